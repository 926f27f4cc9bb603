//! The command line: flags, one file per command, how errors and exit codes look.
//!
//! The only room that prints, and the only one that knows clap. Results go to stdout, everything else to stderr; a
//! closed pipe is not an error.

mod arguments;
mod batch;
mod cache;
mod failure;
mod output;
mod session;
mod source;

mod audit;
mod backtest;
mod calibrate;
mod check;
mod diff;
mod impact;
mod index;
mod plan;
mod policy;
mod scan;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use arguments::{Arguments, Command};
use failure::Failure;

/// How a command ended that did not fail as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    /// Yes.
    Yes,
    /// The policy or the merge says no.
    No,
    /// Some line of a batch could not be answered.
    Unanswered,
}

/// Runs the program on `std::env::args` and says how it ended: 0 yes, 1 no, 2 not answered.
#[must_use]
pub fn run() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(usage) => return print_usage(&usage),
    };
    match answer(&arguments) {
        Ok(Answer::Yes) => ExitCode::SUCCESS,
        Ok(Answer::No) => ExitCode::from(1),
        Ok(Answer::Unanswered) => ExitCode::from(2),
        Err(failure) if failure.is_closed_pipe() => ExitCode::SUCCESS,
        Err(failure) => {
            failure.print(arguments.common.color);
            ExitCode::from(2)
        }
    }
}

/// Help and version are answers; a wrong flag is a question that could not be answered.
fn print_usage(usage: &clap::Error) -> ExitCode {
    let _closed_pipe = usage.print();
    if usage.use_stderr() {
        ExitCode::from(2)
    } else {
        ExitCode::SUCCESS
    }
}

fn answer(arguments: &Arguments) -> Result<Answer, Failure> {
    let common = &arguments.common;
    common.start_threads()?;
    match &arguments.command {
        Command::Check(check) => check::run(check, common),
        Command::Diff(diff) => diff::run(diff, common),
        Command::Impact(impact) => impact::run(impact, common),
        Command::Index(index) => index::run(index, common),
        Command::Plan(plan) => plan::run(plan, common),
        Command::Scan(scan) => scan::run(scan, common),
        Command::Audit(audit) => audit::run(audit, common),
        Command::Backtest(backtest) => backtest::run(backtest, common),
        Command::Calibrate(calibrate) => calibrate::run(calibrate, common),
        Command::Policy(policy) => policy::run(policy, common),
        Command::Cache(cache) => cache::run(cache, common),
        Command::Completions { shell } => {
            output::completions(*shell, &mut Arguments::command());
            Ok(Answer::Yes)
        }
        Command::Man => output::man(Arguments::command()).map(|()| Answer::Yes),
    }
}
