//! The three sides of a back-out, path by path: what C left, what T holds, what stood before C.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::text::FilePath;

use super::{Content, FileMode, ObjectId};

/// The three sides of a merge.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sides<T> {
    /// What both sides started from: as the change left it.
    pub base: T,
    /// The side that is kept where nothing conflicts: as the target has it.
    pub ours: T,
    /// The side that is merged in: as it stood before the change.
    pub theirs: T,
}

impl<T> Sides<T> {
    /// Treats all sides alike.
    pub fn map<U>(self, mut f: impl FnMut(T) -> U) -> Sides<U> {
        Sides {
            base: f(self.base),
            ours: f(self.ours),
            theirs: f(self.theirs),
        }
    }

    /// Borrows all sides.
    pub fn as_ref(&self) -> Sides<&T> {
        Sides {
            base: &self.base,
            ours: &self.ours,
            theirs: &self.theirs,
        }
    }
}

/// One side of one path in a three-way merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplaySide {
    /// Where the file is on this side; differs between sides where a rename was followed.
    pub path: FilePath,
    /// Its mode.
    pub mode: FileMode,
    /// Its blob (or, for a submodule, commit).
    pub blob: ObjectId,
    /// Its bytes; `None` where no content merge needs them.
    pub content: Option<Content>,
}

/// Why git would report a conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConflictKind {
    /// Both sides changed the same lines.
    Content,
    /// One side changed the file, the other removed it.
    ModifyDelete,
    /// One side renamed the file; the other removed it, renamed it elsewhere, or put another file there.
    Rename,
    /// Both sides added the file, differently.
    AddAdd,
    /// The sides made it executable and not, or a file and a symlink.
    Mode,
    /// Both sides changed a file that is not text, or a symlink.
    Binary,
    /// Both sides moved a submodule.
    Submodule,
    /// A directory stands where the file belongs, or was renamed under it.
    Directory,
}

/// How a file's contents are merged: git's `merge` attribute, as far as it needs no program.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MergeDriver {
    /// Line by line, where the bytes look like text.
    #[default]
    Text,
    /// Never: a change on both sides is a conflict (`-merge`, `binary`).
    Binary,
    /// Line by line; where the sides conflict, the lines of both (`merge=union`).
    Union,
}

/// One path that the change touched, on the three sides; `None` where the file is not there.
#[derive(Clone, Debug)]
pub struct ReplayFile {
    /// Where the result belongs: where a rename on either side put it.
    pub path: FilePath,
    /// The three sides.
    pub sides: Sides<Option<ReplaySide>>,
    /// How contents are merged here.
    pub driver: MergeDriver,
    /// A conflict that the paths alone make, whatever the contents.
    pub conflict: Option<ConflictKind>,
}

/// Everything that backing out a change at a target looks at as text.
///
/// Paths that the change did not touch cannot conflict and are left out; where they stand in the way or a rename
/// leads to them, the files say so.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The commit that is backed out.
    pub change: ObjectId,
    /// The target's tree; the result so far where several changes are backed out.
    pub target_tree: ObjectId,
    /// The touched paths, sorted by path.
    pub files: Vec<ReplayFile>,
    /// What could not be followed, in words for the report.
    pub notes: Vec<String>,
}

/// The bytes of a merged file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MergedContent {
    /// Those of a blob (or, for a submodule, the commit) that the repository has: no bytes were merged.
    Stored(ObjectId),
    /// New ones.
    Bytes(Arc<[u8]>),
}

/// A file that the back-out changes at the target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedFile {
    /// Where it lands.
    pub path: FilePath,
    /// Its mode and bytes, or `None` where the back-out removes it.
    pub content: Option<(FileMode, MergedContent)>,
}
