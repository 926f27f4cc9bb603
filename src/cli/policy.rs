//! `backout policy`: the rules in force, and which of them a path meets.

use clap::{Args, Subcommand};

use crate::git::{GitError, Repository};
use crate::load::maintainers;
use crate::policy::file::Policy;
use crate::policy::maintainers::Subject;
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
    /// Say which zone and rules a path meets, and who maintains it
    Explain {
        /// Paths, from the root of the repository
        #[arg(required = true, value_name = "PATH")]
        paths: Vec<String>,
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
        Question::Explain { paths } => {
            output::print(&explained(paths, &policy, repository.as_ref())?)?;
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

/// What the policy says of each path and, where the tree at HEAD says so, who answers for it.
fn explained(
    paths: &[String],
    policy: &Policy,
    repository: Option<&Repository>,
) -> Result<String, Failure> {
    let tree =
        repository.and_then(|repository| Some((repository, repository.resolve("HEAD").ok()?)));
    let maintainers = match tree {
        Some((repository, head)) => maintainers::at(repository, head, &policy.maintainers)?,
        None => None,
    };
    let mut out = String::new();
    for path in paths.iter().map(|path| FilePath::from(&path[..])) {
        out.push_str(&show::explain(policy, &path));
        if let (Some(maintainers), Some((repository, head))) = (&maintainers, tree) {
            let text = maintainers::text_at(repository, head, &path)?;
            let subject = Subject {
                path: &path,
                text: text.as_deref(),
            };
            out.push_str(&show::answering(&maintainers.people_of(&subject)));
        }
    }
    Ok(out)
}
