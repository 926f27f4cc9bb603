//! The `backout` binary.

use std::process::ExitCode;

/// Parsing is allocation. By its `override` feature tree-sitter and libgit2 use it too: an eighth of the time of a cold index.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    backout::cli::run()
}
