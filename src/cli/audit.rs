//! `backout audit`: the disclosed commits of a history, what is alive of them, what it would take to be rid of them.

use clap::{Args, ValueEnum};

use crate::load::audit::Question;
use crate::load::backout::Depth;
use crate::report::audit::AuditReport;
use crate::scan;

use super::arguments::Common;
use super::failure::Failure;
use super::scan::{HowFar, commits};
use super::{Answer, output};

const EXAMPLES: &str = "\
Examples:
  backout audit                          every disclosed commit that HEAD reaches
  backout audit v9.0.0..HEAD --at HEAD   those of a range
  backout audit --depth text --format json

Reads the tags that authors wrote; undisclosed use leaves no trace and is not looked for.";

/// Arguments of `backout audit`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct AuditArguments {
    /// The commits: what B has and A has not, merges left out; default: all that HEAD reaches
    #[arg(value_name = "A..B")]
    range: Option<String>,
    /// The revision at which lines are looked for and commits are backed out
    #[arg(long, value_name = "T", default_value = "HEAD")]
    at: String,
    /// How far to go when backing out; each step costs more than the one before
    #[arg(long, value_enum, default_value_t = HowFar::Cascade)]
    depth: HowFar,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    /// Schema backout/audit@1
    Json,
}

pub(super) fn run(arguments: &AuditArguments, common: &Common) -> Result<Answer, Failure> {
    let repository = common.repository()?;
    let (store, policy) = (common.store(), common.policy(Some(&repository))?);
    let question = Question {
        repository: &repository,
        store: &store,
        target: repository.resolve(&arguments.at)?,
        depth: arguments.depth.into(),
        own_key: policy.disclosure.key.as_deref(),
        generated: &policy.generated,
    };
    let asked = scan::in_order(
        &repository,
        commits(arguments.range.as_deref(), &repository)?,
    )?;
    let disclosed = question.disclosed(&asked)?;
    let rows = disclosed.into_iter().map(|commit| question.row(commit));
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    let range = arguments.range.clone().unwrap_or_else(|| "all".to_owned());
    let settings = (
        question.target.to_string(),
        Depth::from(arguments.depth).word(),
    );
    let report = AuditReport::new(range, settings, asked.len(), rows);
    store.flush();
    output::print(&match arguments.format {
        Format::Text => report.text(),
        Format::Json => output::json(&report)?,
    })?;
    Ok(Answer::Yes)
}
