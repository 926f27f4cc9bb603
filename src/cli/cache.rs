//! `backout cache`: the embedded store, looked at from outside.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use crate::cache;

use super::arguments::Common;
use super::failure::Failure;
use super::{Answer, output};

/// Arguments of `backout cache`.
#[derive(Debug, Args)]
#[command(after_help = "Example: backout cache info --cache /var/cache/backout")]
pub(super) struct CacheArguments {
    #[command(subcommand)]
    question: Question,
}

/// What is asked of the cache.
#[derive(Clone, Copy, Debug, Subcommand)]
enum Question {
    /// Say where it is and what it holds
    Info,
    /// Remove what it holds; costs time, never an answer
    Clear,
    /// Read every record and remove what is damaged
    Verify,
}

pub(super) fn run(arguments: &CacheArguments, common: &Common) -> Result<Answer, Failure> {
    let folder = folder(common)?;
    let shown = folder.display();
    let text = match arguments.question {
        Question::Info => {
            let info = cache::info(&folder);
            format!(
                "{shown}\n{} segments, {} records, {} bytes; {} damaged, {} of another version\n",
                info.segments, info.records, info.bytes, info.damaged, info.foreign
            )
        }
        Question::Clear => {
            let cannot = |error| Failure::new(format!("cannot clear {shown}: {error}"));
            let removed = cache::clear(&folder).map_err(cannot)?;
            format!(
                "{shown}\nremoved {} segments, {} bytes\n",
                removed.segments, removed.bytes
            )
        }
        Question::Verify => {
            let found = cache::verify(&folder);
            let removed: String = found
                .removed
                .iter()
                .map(|path| format!("removed {}\n", path.display()))
                .collect();
            format!(
                "{shown}\n{} records are sound, {} damaged\n{removed}",
                found.sound, found.damaged_records
            )
        }
    };
    output::print(&text)?;
    Ok(Answer::Yes)
}

fn folder(common: &Common) -> Result<PathBuf, Failure> {
    let folder = common.cache.clone().or_else(cache::default_folder);
    folder.ok_or_else(|| {
        Failure::new("there is no folder to keep a cache in").hint("name one with --cache DIR")
    })
}
