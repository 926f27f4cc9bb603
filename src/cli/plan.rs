//! `backout plan`: backs commits out at any revision, in memory, and says what that comes to.

mod written;

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cache::Store;
use crate::change::ObjectId;
use crate::git::{Repository, Selection};
use crate::load::backout::{self, Depth, PlanRequest};
use crate::load::changes;
use crate::policy::generated::Generated;
use crate::report::plan::{PlanAnswer, PlanReport};
use crate::report::text;

use super::arguments::Common;
use super::failure::Failure;
use super::{Answer, batch, output};

const EXAMPLES: &str = "\
Examples:
  backout plan 1a2b3c4                 take one commit out of HEAD
  backout plan 1a2b3c4 --at v9.0.0     at another revision
  backout plan v8.2.0..topic           a range, newest first, as one answer
  backout plan -m 1 5d6e7f8            a merge, back to its first parent
  backout plan 1a2b3c4 --branch out    and make it so: a new branch, nothing else is touched
  backout plan 1a2b3c4 --patch mails   or as mails for `git am`
  git rev-list --no-merges v8.2.0..HEAD | sed 's/$/ HEAD/' | backout plan --batch --depth text

Exit code: 0 it comes out, 1 it conflicts or would no longer compile, 2 the question could not be answered.";

/// Arguments of `backout plan`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct PlanArguments {
    /// The commits to back out: revisions or ranges, in any order
    #[arg(value_name = "REV|A..B", required_unless_present = "batch")]
    commits: Vec<String>,
    /// The revision to back them out at
    #[arg(long, value_name = "T", default_value = "HEAD")]
    at: String,
    /// For merges: the parent to go back to, from 1
    #[arg(long, short, value_name = "N")]
    mainline: Option<usize>,
    /// How far to go; each step costs more than the one before
    #[arg(long, value_enum, default_value_t = HowFar::Cascade)]
    depth: HowFar,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Read `REVISION TARGET` a line from stdin, write one JSON object a line; exit 0 if every line was answered
    #[arg(long, conflicts_with = "commits")]
    batch: bool,
    /// Make a new branch with the back-out, and what has to go along, as commits on top of T
    #[arg(long, value_name = "NAME", conflicts_with = "batch")]
    branch: Option<String>,
    /// Write the same commits as mails for `git am` into a new directory
    #[arg(long, value_name = "DIR", conflicts_with = "batch")]
    patch: Option<PathBuf>,
}

/// [`Depth`] as the user says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum HowFar {
    /// What git's merge says
    Text,
    /// And what would no longer compile or link
    Build,
    /// And which later commits have to go along
    Cascade,
}

/// The forms of a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    /// Schema backout/plan@1
    Json,
}

pub(super) fn run(arguments: &PlanArguments, common: &Common) -> Result<Answer, Failure> {
    let (repository, store) = (common.repository()?, common.store());
    let generated = common.policy(Some(&repository))?.generated;
    let ending = if arguments.batch {
        batch::run(&repository, |handle, line| {
            let (revision, target) = line
                .split_once(char::is_whitespace)
                .unwrap_or((line, &arguments.at));
            let answer = answer(
                &[revision.to_owned()],
                target.trim(),
                (arguments, &generated),
                handle,
                &store,
            );
            // The handle is used again, and nobody asks for these trees any more.
            handle.forget_made();
            Ok(serde_json::to_value(PlanReport::new(answer?))?)
        })?
    } else {
        if let Some(branch) = &arguments.branch {
            repository.branch_is_free(branch)?;
        }
        let answer = answer(
            &arguments.commits,
            &arguments.at,
            (arguments, &generated),
            &repository,
            &store,
        )?;
        let comes_out = matches!(answer.outcome, "absent" | "clean" | "resolved");
        let mut report = PlanReport::new(answer);
        report.written =
            written::plan(&report.answer, (arguments, &generated), &repository, &store)?;
        output::print(&match arguments.format {
            Format::Text => text::plan::render(&report, common.layout()),
            Format::Json => output::json(&report)?,
        })?;
        if comes_out { Answer::Yes } else { Answer::No }
    };
    store.flush();
    Ok(ending)
}

impl PlanArguments {
    fn request<'a>(
        &self,
        commits: &'a [ObjectId],
        target: ObjectId,
        generated: &'a [Generated],
    ) -> PlanRequest<'a> {
        PlanRequest {
            commits,
            generated,
            mainline: self.mainline,
            target,
            depth: match self.depth {
                HowFar::Text => Depth::Text,
                HowFar::Build => Depth::Build,
                HowFar::Cascade => Depth::Cascade,
            },
        }
    }
}

fn answer(
    revisions: &[String],
    target: &str,
    (arguments, generated): (&PlanArguments, &[Generated]),
    repository: &Repository,
    store: &Store,
) -> Result<PlanAnswer, Failure> {
    let commits = commits(revisions, repository)?;
    if arguments.depth != HowFar::Text {
        // A merge can be right without reading a file; what it breaks cannot be known without.
        for commit in &commits {
            changes::commit(*commit, repository)?;
        }
    }
    let target = repository.resolve(target)?;
    let request = arguments.request(&commits, target, generated);
    Ok(backout::plan(repository, store, request)?)
}

/// The commits that the arguments name; the merges of a range are left out, as `git revert` would refuse them.
fn commits(revisions: &[String], repository: &Repository) -> Result<Vec<ObjectId>, Failure> {
    let mut commits = Vec::new();
    for revision in revisions {
        match repository.select(revision)? {
            Selection::Commit(commit) => commits.push(commit),
            Selection::Range { from, to } => {
                for commit in repository.series(from, to)? {
                    if repository.commit(commit)?.parents.len() < 2 {
                        commits.push(commit);
                    }
                }
            }
        }
    }
    if commits.is_empty() {
        return Err(Failure::new(format!(
            "{} holds no commit to back out",
            revisions.join(" ")
        )));
    }
    Ok(commits)
}
