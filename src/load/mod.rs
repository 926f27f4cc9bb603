//! From what the user asks about to what the core reads: asks git, mail and the cache, and decides nothing.

pub mod audit;
pub mod backout;
mod base;
pub mod batch;
pub mod changes;
pub mod impact;
pub mod index;
pub mod input;
pub mod items;
mod lines;
pub mod mails;
pub mod maintainers;
mod packed;
pub mod past;
mod postings;
mod reading;
pub mod series;
pub mod shelf;
mod strangers;
mod summary;
pub mod whole;

use crate::git::GitError;
use crate::mail::MailError;
use crate::mail::diff::DiffError;

/// A question that could not be put to the core.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// Git could not answer.
    #[error(transparent)]
    Git(#[from] GitError),
    /// A mailbox could not be read.
    #[error(transparent)]
    Mail(#[from] MailError),
    /// A diff inside a mail could not be read.
    #[error("{mail}")]
    Diff {
        /// The mail's id.
        mail: String,
        /// Where and why.
        source: DiffError,
    },
    /// Mails, and no patch among them.
    #[error("{name} holds mails, but no patch")]
    NoPatch {
        /// What was read.
        name: String,
    },
    /// A symbol that the tree does not have.
    #[error("{revision} has no symbol \"{symbol}\"")]
    UnknownSymbol {
        /// As typed.
        symbol: String,
        /// As typed.
        revision: String,
        /// The nearest names, nearest first.
        near: Vec<String>,
    },
    /// A range without commits.
    #[error("{range} holds no commit")]
    EmptyRange {
        /// As typed.
        range: String,
    },
    /// No change to look at.
    #[error("{what} has no changes")]
    NothingChanged {
        /// `the index` or `the work tree`.
        what: &'static str,
    },
}

impl LoadError {
    /// The next thing to try, if there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Git(error) => error.hint(),
            Self::Mail(error) => error.hint(),
            Self::Diff { .. } => {
                Some("git format-patch --stdout A..B writes what is read here".to_owned())
            }
            Self::NoPatch { .. } => Some(
                "check the mails that carry the patches, not the cover letter or replies"
                    .to_owned(),
            ),
            Self::UnknownSymbol { near, .. } if near.is_empty() => {
                Some("name a revision, or a symbol as the source spells it".to_owned())
            }
            Self::UnknownSymbol { near, .. } => {
                Some(format!("did you mean {}?", near.join(" or ")))
            }
            Self::EmptyRange { range } => {
                let (from, to) = range.split_once("..")?;
                Some(format!(
                    "ranges go from old to new: did you mean {to}..{from}?"
                ))
            }
            Self::NothingChanged { what: "the index" } => {
                Some("stage something with git add, or ask for --worktree".to_owned())
            }
            Self::NothingChanged { .. } => Some("name a revision to look at a commit".to_owned()),
        }
    }
}
