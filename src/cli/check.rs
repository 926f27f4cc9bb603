//! `backout check`: judges changes before the merge.

use std::fs;
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::analyze::series;
use crate::change::{Change, ChangeId};
use crate::git::Repository;
use crate::graph::around::Limits;
use crate::load::changes;
use crate::load::input::Bench;
use crate::policy::Verdict;
use crate::report::text::{self, Layout};
use crate::report::{self, Report, Series, gitlab, html, junit, markdown, sarif};

use super::arguments::Common;
use super::failure::Failure;
use super::source::SourceArguments;
use super::{Answer, batch, output};

const EXAMPLES: &str = "\
Examples:
  backout check                              the newest commit
  backout check main..topic                  every commit of a branch, as a series
  backout check series.mbox                  the mails of git format-patch
  b4 am -o - <message-id> | backout check -  a thread from the list
  backout check --staged                     what the next commit would hold
  backout check --policy qemu/proposed --format json HEAD
  git rev-list -n 100 HEAD | backout check --batch

Exit code: 0 the policy admits every change, 1 it does not, 2 the question could not be answered.";

/// Arguments of `backout check`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CheckArguments {
    #[command(flatten)]
    source: SourceArguments,
    /// How to print the report
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Write the report to a file as well, in a format of its own; may be given several times
    #[arg(long, value_name = "FORMAT=FILE", value_parser = output_file)]
    output: Vec<(Format, PathBuf)>,
    /// How far to follow who depends on the changed symbols
    #[arg(long, value_name = "N", default_value_t = 3)]
    distance: u32,
    /// Read one revision a line from stdin, write one JSON object a line; exit 0 if every line was answered
    #[arg(long, conflicts_with_all = ["input", "staged", "worktree", "base", "output"])]
    batch: bool,
}

/// The forms of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For a terminal
    Text,
    /// Schema backout/report@1
    Json,
    /// For a pull request or a mail
    Markdown,
    /// SARIF 2.1.0, for code scanning
    Sarif,
    /// GitLab code quality
    Gitlab,
    /// JUnit XML: one test case a change
    Junit,
    /// One self-contained page
    Html,
}

fn output_file(argument: &str) -> Result<(Format, PathBuf), String> {
    let (format, file) = argument
        .split_once('=')
        .ok_or("expected FORMAT=FILE, such as json=report.json")?;
    Ok((Format::from_str(format, true)?, file.into()))
}

pub(super) fn run(arguments: &CheckArguments, common: &Common) -> Result<Answer, Failure> {
    let repository = common.repository()?;
    let (store, policy) = (common.store(), common.policy(Some(&repository))?);
    let model = common.model()?;
    let bench = Bench {
        store: &store,
        policy: &policy,
        model: &model,
        limits: Limits {
            distance: arguments.distance,
            ..Limits::default()
        },
        shelf: None,
    };
    let ending = if arguments.batch {
        batch::run(&repository, |handle, line| {
            let changes = vec![changes::commit(handle.resolve(line)?, handle)?];
            Ok(serde_json::to_value(report(&bench, handle, &changes)?)?)
        })?
    } else {
        let changes = changes::of(&arguments.source.read(&repository)?, &repository)?;
        let report = report(&bench, &repository, &changes)?;
        write(&report, arguments, common)?;
        if report.verdict == Verdict::Fail {
            Answer::No
        } else {
            Answer::Yes
        }
    };
    store.flush();
    Ok(ending)
}

fn report(
    bench: &Bench<'_>,
    repository: &Repository,
    changes: &[Change],
) -> Result<Report, Failure> {
    let analyses = bench.analyses(changes, repository)?;
    let depends = series::dependencies(&analyses);
    let reports = series::reports(analyses, &depends, bench.policy);
    let order = reports
        .iter()
        .map(|report| report.assessment.id.clone())
        .collect();
    let at = changes.last().and_then(|change| match change.id {
        ChangeId::Commit(id) => Some(id.to_string()),
        _ => change.parents.first().map(ToString::to_string),
    });
    let repository = report::Repository {
        name: repository.name(),
        at,
    };
    Ok(Report::new(repository, reports, Series { order, depends }))
}

/// Writes the report to stdout and to every file that was asked for.
fn write(report: &Report, arguments: &CheckArguments, common: &Common) -> Result<(), Failure> {
    for (format, file) in &arguments.output {
        let unwritable = |error| Failure::new(format!("cannot write {}: {error}", file.display()));
        let text = rendered(report, *format, output::plain())?;
        fs::write(file, text).map_err(unwritable)?;
    }
    output::print(&rendered(report, arguments.format, common.layout())?)
}

fn rendered(report: &Report, format: Format, layout: Layout) -> Result<String, Failure> {
    match format {
        Format::Text => Ok(text::check::render(report, layout)),
        Format::Json => output::json(report),
        Format::Markdown => Ok(markdown::render(report)),
        Format::Sarif => Ok(sarif::render(report)),
        Format::Gitlab => Ok(gitlab::render(report)),
        Format::Junit => Ok(junit::render(report)),
        Format::Html => Ok(html::render(report)),
    }
}
