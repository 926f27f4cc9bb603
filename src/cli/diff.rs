//! `backout diff`: what a change did, symbol by symbol.

use std::fs;

use clap::{Args, ValueEnum};

use crate::change::Change;
use crate::load::changes;
use crate::load::items;
use crate::report::diff::DiffReport;
use crate::report::text;
use crate::symbol_diff::{self, FactsOf, SourcePair, SymbolChanges};
use crate::text::{BeforeAfter, FilePath};

use super::arguments::Common;
use super::failure::Failure;
use super::source::SourceArguments;
use super::{Answer, batch, output};

const EXAMPLES: &str = "\
Examples:
  backout diff                     the newest commit
  backout diff v8.2.0..v9.0.0      every commit of a range
  backout diff old.c new.c         two files
  backout diff --worktree          what is not committed yet
  git rev-list -n 100 HEAD | backout diff --batch";

/// Arguments of `backout diff`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct DiffArguments {
    #[command(flatten)]
    source: SourceArguments,
    /// The second of two files
    #[arg(value_name = "FILE", requires = "input")]
    second: Option<String>,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Read one revision a line from stdin, write one JSON object a line; exit 0 if every line was answered
    #[arg(long, conflicts_with_all = ["input", "staged", "worktree", "base"])]
    batch: bool,
}

/// The forms of a diff.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal, side by side where it is wide enough
    Text,
    /// Schema backout/diff@1; one object for each commit of a range
    Json,
}

pub(super) fn run(arguments: &DiffArguments, common: &Common) -> Result<Answer, Failure> {
    if let (Some(before), Some(after)) = (&arguments.source.input, &arguments.second) {
        return files(BeforeAfter { before, after }, arguments.format, common);
    }
    let repository = common.repository()?;
    let ending = if arguments.batch {
        batch::run(&repository, |handle, line| {
            let change = changes::commit(handle.resolve(line)?, handle)?;
            let changes = changes_of(&change, &items::facts);
            Ok(serde_json::to_value(DiffReport::from((
                &change.id.to_string()[..],
                &changes,
            )))?)
        })?
    } else {
        for change in changes::of(&arguments.source.read(&repository)?, &repository)? {
            let changes = changes_of(&change, &items::facts);
            let (sources, _) = symbol_diff::sources(&change);
            let id = change.id.to_string();
            if arguments.format == Format::Text {
                output::print(&format!("{id:.12} {}\n", change.subject))?;
            }
            show(&id, &sources, &changes, arguments.format, common)?;
        }
        Answer::Yes
    };
    Ok(ending)
}

/// What a change did, with a note for each file that was not read.
fn changes_of(change: &Change, facts: &FactsOf<'_>) -> SymbolChanges {
    let (sources, unread) = symbol_diff::sources(change);
    let changes = symbol_diff::changes(&sources, facts);
    SymbolChanges {
        notes: [change.notes.clone(), unread, changes.notes].concat(),
        ..changes
    }
}

/// Two files outside of any repository; the second one's name stands for both.
fn files(names: BeforeAfter<&String>, format: Format, common: &Common) -> Result<Answer, Failure> {
    let read = |name: &String| {
        let unreadable = |error| Failure::new(format!("cannot read {name}: {error}"));
        fs::read(name).map_err(unreadable)
    };
    let (before, after) = (read(names.before)?, read(names.after)?);
    let path = FilePath::from(&names.after[..]);
    let pair = SourcePair {
        paths: BeforeAfter {
            before: Some(&path),
            after: Some(&path),
        },
        sources: BeforeAfter {
            before: &before,
            after: &after,
        },
    };
    let changes = symbol_diff::changes(&[pair], &items::facts);
    show(
        &format!("{}..{}", names.before, names.after),
        &[pair],
        &changes,
        format,
        common,
    )?;
    Ok(Answer::Yes)
}

fn show(
    id: &str,
    sources: &[SourcePair<'_>],
    changes: &SymbolChanges,
    format: Format,
    common: &Common,
) -> Result<(), Failure> {
    match format {
        Format::Text => output::print(&text::diff::render(changes, sources, common.layout())),
        Format::Json => output::print(&output::json(&DiffReport::from((id, changes)))?),
    }
}
