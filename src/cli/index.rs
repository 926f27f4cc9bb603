//! `backout index`: every symbol or every use of a tree, and a full cache.

use std::io::{BufWriter, Write as _};

use clap::Args;
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::facts::health::{Health, Place};
use crate::items::prepass::Rule;
use crate::load::whole::{Part, WholeTree};

use super::Answer;
use super::arguments::Common;
use super::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  backout index                              fill the cache with the facts of HEAD
  backout index --edges --at v9.0.0 >edges.tsv
  backout index --symbols | grep ^function
  backout index --health                     how much of the tree the parser cannot read, rule by rule";

/// Arguments of `backout index`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct IndexArguments {
    /// The revision whose tree is read; default: HEAD
    #[arg(long, value_name = "T", default_value = "HEAD")]
    at: String,
    /// Print every symbol: kind, name, parent, file, first line, last line, linkage
    #[arg(long, conflicts_with = "edges")]
    symbols: bool,
    /// Print how well the tree is understood, and what each rule of the pre-pass does to it
    #[arg(long, conflicts_with_all = ["edges", "symbols"])]
    health: bool,
    /// Print every use: kind, file, user, what is used, its file, line, its line
    #[arg(long)]
    edges: bool,
}

/// Parts of the table of edges that are written out at once.
const AT_ONCE: usize = 256;

pub(super) fn run(arguments: &IndexArguments, common: &Common) -> Result<Answer, Failure> {
    let repository = common.repository()?;
    let store = common.store();
    let commit = repository.resolve(&arguments.at)?;
    let tree = WholeTree::open(&repository, commit, &store)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    if arguments.health {
        for line in health_lines(&tree.health()) {
            writeln!(out, "{line}")?;
        }
    } else if arguments.symbols {
        for line in tree.symbols() {
            writeln!(out, "{line}")?;
        }
    } else if arguments.edges {
        for parts in tree.edges().chunks(AT_ONCE) {
            let texts: Vec<String> = parts.par_iter().map(Part::text).collect();
            for text in texts {
                out.write_all(text.as_bytes())?;
            }
        }
    } else {
        tree.fill();
    }
    out.flush()?;
    store.flush();
    if !common.quiet {
        for note in tree.notes() {
            eprintln!("note: {note}");
        }
    }
    Ok(Answer::Yes)
}

/// The report of `--health`: totals, then a table of the rules.
fn health_lines(health: &Health) -> Vec<String> {
    let percent = |part: u64, all: u64| 100.0 * part as f64 / all.max(1) as f64;
    let broken = percent(health.broken_functions as u64, health.functions as u64);
    let mut lines = vec![
        format!("files {}, bytes {}", health.files, health.bytes),
        format!(
            "functions {}, with an error inside {} ({broken:.2} %)",
            health.functions, health.broken_functions
        ),
        format!(
            "bytes in errors {} ({:.3} %), nodes made up {}",
            health.error_bytes,
            percent(health.error_bytes, health.bytes),
            health.missing
        ),
        format!(
            "files without an error as they stand {}, of which their items say something else {}",
            health.sound_files, health.disagreeing
        ),
        format!(
            "{:<12}{:>8}{:>14}{:>10}{:>12}{:>10}{:>8}{:>8}",
            "rule", "items", "error bytes", "without", "made up", "without", "won", "lost"
        ),
    ];
    for (rule, effect) in Rule::ALL.iter().zip(&health.rules) {
        lines.push(format!(
            "{:<12}{:>8}{:>14}{:>10}{:>12}{:>10}{:>8}{:>8}",
            rule.word(),
            effect.items,
            effect.error_bytes,
            effect.error_bytes_without,
            effect.missing,
            effect.missing_without,
            effect.won,
            effect.lost.len()
        ));
    }
    let shown = |place: &Place| format!("{}:{}: {}", place.file, place.line, place.text);
    let worst = health.worst.iter();
    lines.extend(worst.map(|place| format!("{} bytes in errors, {}", place.bytes, shown(place))));
    let differing = health.differing.iter();
    lines.extend(differing.map(|place| format!("items differ, {}", shown(place))));
    for (rule, effect) in Rule::ALL.iter().zip(&health.rules) {
        if !effect.lost.is_empty() {
            lines.push(format!(
                "lost to {}: {}",
                rule.word(),
                effect.lost.join(" ")
            ));
        }
    }
    lines
}
