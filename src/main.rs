//! The `backout` binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    backout::cli::run()
}
