//! A change as owned data: who, why, and pairs of files, whether it came from a commit, a mail or the index.
//!
//! Nothing here reads git or a mail: `git` and `mail` fill these types, everything below them only reads.

pub mod hunks;
pub mod line_diff;
pub mod replay;
mod slide;
pub mod snapshot;

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::text::{BeforeAfter, FilePath};

use hunks::Hunk;

/// The id of a git object (SHA-1).
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ObjectId(pub [u8; 20]);

impl fmt::Display for ObjectId {
    /// The 40 hexadecimal digits; a precision (`{:.12}`) shortens them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits: String = self.0.iter().map(|byte| format!("{byte:02x}")).collect();
        f.pad(&digits)
    }
}

impl fmt::Debug for ObjectId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:.12}")
    }
}

impl FromStr for ObjectId {
    type Err = NotAnObjectId;

    fn from_str(text: &str) -> Result<Self, NotAnObjectId> {
        let mut id = [0; 20];
        if text.len() != 40 || !text.is_ascii() {
            return Err(NotAnObjectId);
        }
        for (byte, pair) in id.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
            let pair = std::str::from_utf8(pair).map_err(|_not_ascii| NotAnObjectId)?;
            *byte = u8::from_str_radix(pair, 16).map_err(|_not_hex| NotAnObjectId)?;
        }
        Ok(Self(id))
    }
}

/// A text that is not 40 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not an object id: expected 40 hexadecimal digits")]
pub struct NotAnObjectId;

/// A name, an address and a moment, as a commit or a mail gives them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    /// The name, decoded.
    pub name: String,
    /// The address, without `<` and `>`.
    pub email: String,
    /// Seconds since 1970 in UTC.
    pub seconds: i64,
    /// Offset from UTC in minutes, as written.
    pub offset_minutes: i32,
}

/// Where a change came from, and its id there.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeId {
    /// A commit.
    Commit(ObjectId),
    /// A mail or a patch file: its `Message-ID` or, where there is none, the place it was read from.
    Mail(String),
    /// The index against HEAD.
    Staged,
    /// The work tree against HEAD.
    Worktree,
}

impl fmt::Display for ChangeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commit(id) => id.fmt(f),
            Self::Mail(id) => f.write_str(id),
            Self::Staged => f.write_str("staged"),
            Self::Worktree => f.write_str("worktree"),
        }
    }
}

/// The mode of a tree entry, as git stores it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileMode {
    /// `100644` (and the historical `100664`).
    Regular,
    /// `100755`.
    Executable,
    /// `120000`: the content is the target's path.
    Symlink,
    /// `160000`: the id is a commit of another repository.
    Submodule,
}

/// The bytes of one side of a file, or why there are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// The bytes as git stores them (no end-of-line or filter conversion).
    Bytes(Arc<[u8]>),
    /// Not read: larger than the stated limit.
    TooLarge {
        /// Its size in bytes.
        bytes: u64,
    },
    /// Not in this repository (a shallow or partial clone, a submodule).
    Absent,
}

impl Content {
    /// The bytes, where they were read.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        match self {
            Self::Bytes(bytes) => Some(bytes),
            Self::TooLarge { .. } | Self::Absent => None,
        }
    }
}

/// One side of a changed file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileSide {
    /// Where it is on this side.
    pub path: FilePath,
    /// Its mode on this side.
    pub mode: FileMode,
    /// The blob, where one is known (a mail may name none).
    pub blob: Option<ObjectId>,
    /// Its bytes.
    pub content: Content,
}

/// What a change did to one file. At least one side is there; both are for a modified or renamed file.
#[derive(Clone, Debug)]
pub struct FileChange {
    /// The file on each side, `None` where it is not there.
    pub sides: BeforeAfter<Option<FileSide>>,
    /// The changed lines, in order; empty for binary files, pure renames and mode changes.
    pub hunks: Vec<Hunk>,
}

/// The kind of a file change, in git's letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileStatus {
    /// `A`.
    Added,
    /// `D`.
    Deleted,
    /// `M` (also where only the mode changed).
    Modified,
    /// `R`: the path differs.
    Renamed,
    /// `T`: a file became a symlink or the like.
    TypeChanged,
}

impl FileChange {
    /// The path after the change or, for a deleted file, before it.
    #[must_use]
    pub fn path(&self) -> &FilePath {
        let side = self.sides.after.as_ref().or(self.sides.before.as_ref());
        &side.expect("a file change has at least one side").path
    }

    /// Its kind.
    #[must_use]
    pub fn status(&self) -> FileStatus {
        match (&self.sides.before, &self.sides.after) {
            (None, _) => FileStatus::Added,
            (_, None) => FileStatus::Deleted,
            (Some(before), Some(after)) if before.path != after.path => FileStatus::Renamed,
            (Some(before), Some(after)) if !same_type(before.mode, after.mode) => {
                FileStatus::TypeChanged
            }
            _ => FileStatus::Modified,
        }
    }

    /// The bytes of both sides; a missing side is empty.
    #[must_use]
    pub fn bytes(&self) -> BeforeAfter<&[u8]> {
        self.sides.as_ref().map(|side| {
            side.as_ref()
                .and_then(|side| side.content.bytes())
                .unwrap_or_default()
        })
    }

    /// Lines added and deleted, summed over the hunks.
    #[must_use]
    pub fn line_counts(&self) -> BeforeAfter<u32> {
        BeforeAfter {
            before: self.hunks.iter().map(|hunk| hunk.before.count).sum(),
            after: self.hunks.iter().map(|hunk| hunk.after.count).sum(),
        }
    }
}

fn same_type(before: FileMode, after: FileMode) -> bool {
    let is_file = |mode| matches!(mode, FileMode::Regular | FileMode::Executable);
    before == after || is_file(before) && is_file(after)
}

/// A commit, a mailed patch, or the index or work tree against HEAD.
#[derive(Clone, Debug)]
pub struct Change {
    /// Where it came from.
    pub id: ChangeId,
    /// The first paragraph of the message on one line, without `[PATCH n/m]`.
    pub subject: String,
    /// The whole message as a commit would hold it, subject included; UTF-8 (other charsets are decoded).
    pub message: String,
    /// Who wrote it.
    pub author: Person,
    /// Who committed it; the author again for a mail.
    pub committer: Person,
    /// The commits it was made on, first parent first; empty for a root commit and where unknown.
    pub parents: Vec<ObjectId>,
    /// The files it touches, sorted by path; against the first parent for a merge.
    pub files: Vec<FileChange>,
    /// What could not be read, in words for the report; empty as a rule.
    pub notes: Vec<String>,
}

impl Change {
    /// Whether it joins histories; its files are then those of the first parent's side.
    #[must_use]
    pub fn is_merge(&self) -> bool {
        self.parents.len() > 1
    }
}
