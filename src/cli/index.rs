//! `backout index`: every symbol or every use of a tree, and a full cache.

use std::io::{BufWriter, Write as _};

use clap::Args;

use crate::load::whole::WholeTree;

use super::Answer;
use super::arguments::Common;
use super::failure::Failure;

const EXAMPLES: &str = "\
Examples:
  backout index                              fill the cache with the facts of HEAD
  backout index --edges --at v9.0.0 >edges.tsv
  backout index --symbols | grep ^function";

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
    /// Print every use: kind, file, user, what is used, its file, line, its line
    #[arg(long)]
    edges: bool,
}

pub(super) fn run(arguments: &IndexArguments, common: &Common) -> Result<Answer, Failure> {
    let repository = common.repository()?;
    let store = common.store();
    let commit = repository.resolve(&arguments.at)?;
    let tree = WholeTree::open(&repository, commit, &store)?;
    let mut out = BufWriter::new(std::io::stdout().lock());
    if arguments.symbols {
        for line in tree.symbols() {
            writeln!(out, "{line}")?;
        }
    } else if arguments.edges {
        for part in tree.edges() {
            for line in part.lines.lines() {
                writeln!(out, "{}{line}", part.begin)?;
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
