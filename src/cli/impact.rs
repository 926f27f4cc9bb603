//! `backout impact`: who depends on the changed symbols, or on a symbol by name.

use clap::{Args, ValueEnum};

use crate::change::ObjectId;
use crate::git::GitError;
use crate::graph::around::Limits;
use crate::impact::{ImpactSet, render};
use crate::load::impact;
use crate::report;

use super::arguments::Common;
use super::failure::Failure;
use super::{Answer, output};

const EXAMPLES: &str = "\
Examples:
  backout impact HEAD                        who depends on what the newest commit changed
  backout impact bdrv_open                   who uses a function, near and far
  backout impact BlockDriverState --at v9.0.0
  backout impact bdrv_open --format dot | dot -Tsvg >impact.svg";

/// Arguments of `backout impact`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ImpactArguments {
    /// A revision, or the name of a symbol (Record.member for a member)
    #[arg(value_name = "REV|SYMBOL")]
    subject: String,
    /// The revision in whose tree the symbol is looked up; default: HEAD
    #[arg(long, value_name = "T")]
    at: Option<String>,
    /// How many references away a dependent may be
    #[arg(long, value_name = "N", default_value_t = 3)]
    distance: u32,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::List)]
    format: Format,
}

/// The forms of an impact set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// One dependent a line, nearest first
    List,
    /// Each below what it depends on
    Tree,
    /// For Graphviz
    Dot,
    /// For a mail or a web page
    Mermaid,
    /// Schema backout/impact@1
    Json,
}

pub(super) fn run(arguments: &ImpactArguments, common: &Common) -> Result<Answer, Failure> {
    let repository = common.repository()?;
    let store = common.store();
    let limits = Limits {
        distance: arguments.distance,
        ..Limits::default()
    };
    let context = impact::Context {
        repository: &repository,
        store: &store,
        limits,
    };
    let (at, set) = impact_set(arguments, &context)?;
    store.flush();
    output::print(&match arguments.format {
        Format::List => render::list(&set),
        Format::Tree => render::tree(&set),
        Format::Dot => render::dot(&set),
        Format::Mermaid => render::mermaid(&set),
        Format::Json => output::json(&report::impact::of(at.to_string(), &set))?,
    })?;
    Ok(Answer::Yes)
}

/// The commit whose tree was asked, and the set. A name that is no revision is a symbol; with `--at` it is one in any
/// case.
fn impact_set(
    arguments: &ImpactArguments,
    context: &impact::Context<'_>,
) -> Result<(ObjectId, ImpactSet), Failure> {
    let subject = &arguments.subject;
    let of_symbol = |at: &str| {
        Ok((
            context.repository.resolve(at)?,
            context.of_symbol(subject, at)?,
        ))
    };
    if let Some(at) = &arguments.at {
        return of_symbol(at);
    }
    match context.repository.resolve(subject) {
        Ok(commit) => Ok((commit, context.of_commit(commit)?)),
        Err(GitError::UnknownRevision { .. }) => of_symbol("HEAD"),
        Err(error) => Err(error.into()),
    }
}
