//! The three sides of a back-out, path by path: what C left, what T holds, what stood before C.

use std::sync::Arc;

use crate::text::FilePath;

use super::{Content, FileMode, ObjectId};

/// One side of one path in a three-way merge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReplaySide {
    /// Where the file is on this side; differs between sides where a rename was followed.
    pub path: FilePath,
    /// Its mode.
    pub mode: FileMode,
    /// Its blob (or, for a submodule, commit).
    pub blob: ObjectId,
    /// Its bytes; read only where a content merge needs them.
    pub content: Content,
}

/// One path that the change touched, on the three sides; `None` where the file is not there.
#[derive(Clone, Debug)]
pub struct ReplayFile {
    /// As the change left it.
    pub base: Option<ReplaySide>,
    /// As the target has it.
    pub ours: Option<ReplaySide>,
    /// As it stood before the change.
    pub theirs: Option<ReplaySide>,
}

/// Everything that backing out a change at a target looks at as text.
///
/// Paths that the change did not touch cannot conflict and are left out; what the merge needs to know of them
/// (a path that is in the way, a directory that was renamed) is in `occupied`.
#[derive(Clone, Debug)]
pub struct Replay {
    /// The target's commit.
    pub target: ObjectId,
    /// The target's tree.
    pub target_tree: ObjectId,
    /// The touched paths, sorted by the path on the change's side.
    pub files: Vec<ReplayFile>,
    /// Paths at the target that a restored file would collide with (the path itself or one of its directories as a file).
    pub occupied: Vec<FilePath>,
    /// What could not be followed, in words for the report.
    pub notes: Vec<String>,
}

/// A file of the merged result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MergedFile {
    /// Where it lands.
    pub path: FilePath,
    /// Its mode and bytes, or `None` where the back-out removes it.
    pub content: Option<(FileMode, Arc<[u8]>)>,
}
