//! `backout policy`: the rules in force, and which of them a path meets.

use clap::{Args, Subcommand};

use crate::git::GitError;
use crate::policy::show;
use crate::text::FilePath;

use super::arguments::Common;
use super::failure::Failure;
use super::{Answer, output};

const EXAMPLES: &str = "\
Examples:
  backout policy show --policy qemu/proposed
  backout policy lint --policy my-policy.toml     globs and rules that match nothing in the tree
  backout policy explain hw/net/e1000.c --policy qemu/proposed";

/// Arguments of `backout policy`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct PolicyArguments {
    #[command(subcommand)]
    question: Question,
}

/// What is asked of a policy.
#[derive(Debug, Subcommand)]
enum Question {
    /// Print the rules in force with their sources
    Show,
    /// Hold the policy against the tree at HEAD: what matches nothing, what can never be reached
    Lint,
    /// Say which zone and rules a path meets
    Explain {
        /// The path, from the root of the repository
        path: String,
    },
}

pub(super) fn run(arguments: &PolicyArguments, common: &Common) -> Result<Answer, Failure> {
    // A compiled-in policy can be read anywhere; only the repository's own needs one.
    let repository = match &arguments.question {
        Question::Lint => Some(common.repository()?),
        _ => common.repository().ok(),
    };
    let policy = common.policy(repository.as_ref())?;
    match &arguments.question {
        Question::Show => output::print(&show::text(&policy))?,
        Question::Explain { path } => {
            output::print(&show::explain(&policy, &FilePath::from(&path[..])))?
        }
        Question::Lint => {
            let Some(repository) = repository else {
                return Ok(Answer::Unanswered);
            };
            let paths = repository
                .resolve("HEAD")
                .and_then(|head| repository.snapshot(head));
            let paths: Result<Vec<FilePath>, GitError> =
                paths.map(|snapshot| snapshot.files.into_iter().map(|file| file.path).collect());
            let problems = show::lint(&policy, &paths?);
            output::print(
                &problems
                    .iter()
                    .map(|problem| format!("{problem}\n"))
                    .collect::<String>(),
            )?;
            return Ok(if problems.is_empty() {
                Answer::Yes
            } else {
                Answer::No
            });
        }
    }
    Ok(Answer::Yes)
}
