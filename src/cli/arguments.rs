//! What the user may say: the clap types, nothing of what it means.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::audit::AuditArguments;
use super::backtest::BacktestArguments;
use super::cache::CacheArguments;
use super::calibrate::CalibrateArguments;
use super::check::CheckArguments;
use super::diff::DiffArguments;
use super::failure::Failure;
use super::impact::ImpactArguments;
use super::index::IndexArguments;
use super::plan::PlanArguments;
use super::policy::PolicyArguments;
use super::scan::ScanArguments;

/// Says whether a change to C code is easy to back out, and what breaks if it is.
#[derive(Debug, Parser)]
#[command(
    name = "backout",
    version,
    propagate_version = true,
    max_term_width = 100
)]
pub(super) struct Arguments {
    #[command(flatten)]
    pub(super) common: Common,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Judge a change before the merge: what it touches, how likely it still comes out in a year, what the policy says
    Check(CheckArguments),
    /// Show what a change did, symbol by symbol, with the changed tokens inside each
    Diff(DiffArguments),
    /// Show who depends on the changed symbols, or on a symbol by name
    Impact(ImpactArguments),
    /// Back a commit out at any revision: what conflicts, what would no longer compile, what has to go along
    Plan(PlanArguments),
    /// Read a whole tree: fill the cache, or print its symbols or its edges as tab separated lines
    Index(IndexArguments),
    /// One row a commit, in bulk: what `check` and `plan` say of it, as Parquet, JSON Lines or CSV
    Scan(ScanArguments),
    /// Show the disclosed commits of a history: what is alive of them, and what it would take to be rid of them
    Audit(AuditArguments),
    /// Hold the forecasts of the score against what really happened
    Backtest(BacktestArguments),
    /// Fit the score to this project's own history
    Calibrate(CalibrateArguments),
    /// Show the rules in force, and which of them a path meets
    Policy(PolicyArguments),
    /// Look at, clear or verify the cache
    Cache(CacheArguments),
    /// Print a completion script for a shell
    #[command(
        after_help = "Example: backout completions bash >~/.local/share/bash-completion/completions/backout"
    )]
    Completions {
        /// The shell to write it for
        shell: clap_complete::Shell,
    },
    /// Print the manual page
    #[command(after_help = "Example: backout man >backout.1")]
    Man,
}

/// Flags that every command takes.
#[derive(Debug, Args)]
#[command(next_help_heading = "Common options")]
pub(super) struct Common {
    /// The repository; found from the current directory upwards where not given
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) repo: Option<PathBuf>,
    /// The policy: a compiled-in name (`qemu`, `qemu/proposed`, `generic`) or a TOML file; default: .backout.toml, else generic
    #[arg(long, global = true, value_name = "NAME[/PROFILE]|FILE")]
    pub(super) policy: Option<String>,
    /// The score model: a TOML file that `backout calibrate` wrote; default: the one that ships
    #[arg(long, global = true, value_name = "FILE")]
    pub(super) model: Option<PathBuf>,
    /// Threads to use; default: one for each core
    #[arg(long, global = true, value_name = "N")]
    pub(super) jobs: Option<usize>,
    /// Colour on stdout and stderr
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(super) color: Color,
    /// The folder of the cache; default: backout in the user's cache folder
    #[arg(long, global = true, value_name = "DIR")]
    pub(super) cache: Option<PathBuf>,
    /// The size above which the cache forgets what it has not used for long, in MiB
    #[arg(long, global = true, value_name = "MIB", default_value_t = 2048)]
    pub(super) cache_size: u64,
    /// Neither read nor write a cache
    #[arg(long, global = true, conflicts_with_all = ["cache"])]
    pub(super) no_cache: bool,
    /// Print nothing but the result and errors
    #[arg(long, short, global = true)]
    pub(super) quiet: bool,
    /// Say on stderr what is being done
    #[arg(long, short, global = true, action = clap::ArgAction::Count)]
    pub(super) verbose: u8,
}

/// When to colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

impl Common {
    /// Sets the number of threads for the whole process.
    pub(super) fn start_threads(&self) -> Result<(), Failure> {
        if self.jobs == Some(0) {
            return Err(Failure::new("--jobs 0: at least one thread is needed")
                .hint("leave --jobs out to use every core"));
        }
        let threads = rayon::ThreadPoolBuilder::new().num_threads(self.jobs.unwrap_or(0));
        threads
            .build_global()
            .map_err(|error| Failure::new(format!("cannot start threads: {error}")))
    }
}
