//! The files of one tree, without their contents.

use crate::text::FilePath;

use super::{FileMode, ObjectId};

/// One file of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnapshotFile {
    /// Where it is.
    pub path: FilePath,
    /// Its mode.
    pub mode: FileMode,
    /// Its blob (or, for a submodule, commit).
    pub blob: ObjectId,
}

/// All files of a tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// The tree.
    pub tree: ObjectId,
    /// Sorted by path, each path once.
    pub files: Vec<SnapshotFile>,
}

impl Snapshot {
    /// The file at a path.
    #[must_use]
    pub fn file(&self, path: &FilePath) -> Option<&SnapshotFile> {
        let at = self
            .files
            .binary_search_by(|file| file.path.cmp(path))
            .ok()?;
        Some(&self.files[at])
    }
}
