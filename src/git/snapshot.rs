//! The whole tree of a revision as a list of files.

use crate::change::snapshot::{Snapshot, SnapshotFile};
use crate::change::{FileMode, ObjectId};
use crate::text::FilePath;

use super::trees::AtPath;
use super::{GitError, Repository};

impl Repository {
    /// Lists the files of a commit's tree; contents are read by blob id ([`Repository::blob`]).
    ///
    /// # Errors
    /// [`GitError::AbsentObject`], [`GitError::Malformed`], [`GitError::Unreadable`].
    pub fn snapshot(&self, commit: ObjectId) -> Result<Snapshot, GitError> {
        self.snapshot_of_tree(self.commit(commit)?.tree)
    }

    /// The same for a tree.
    ///
    /// # Errors
    /// As [`Repository::snapshot`].
    pub fn snapshot_of_tree(&self, tree: ObjectId) -> Result<Snapshot, GitError> {
        let leaves = self.leaves(tree)?;
        let file = |(path, leaf): (FilePath, super::trees::Leaf)| SnapshotFile {
            path,
            mode: leaf.mode,
            blob: leaf.id,
        };
        Ok(Snapshot {
            tree,
            files: leaves.into_iter().map(file).collect(),
        })
    }

    /// The file at a path of a commit: its mode and blob; `None` where there is no file.
    ///
    /// # Errors
    /// As [`Repository::snapshot`].
    pub fn file_at(
        &self,
        commit: ObjectId,
        path: &FilePath,
    ) -> Result<Option<(FileMode, ObjectId)>, GitError> {
        self.file_in(self.commit(commit)?.tree, path)
    }

    /// The file at a path of a tree.
    ///
    /// # Errors
    /// As [`Repository::snapshot`].
    pub fn file_in(
        &self,
        tree: ObjectId,
        path: &FilePath,
    ) -> Result<Option<(FileMode, ObjectId)>, GitError> {
        Ok(match self.at_path(tree, path.as_bytes())? {
            AtPath::File(leaf) => Some((leaf.mode, leaf.id)),
            _ => None,
        })
    }

    /// Whether a commit has a directory at a path.
    ///
    /// # Errors
    /// As [`Repository::snapshot`].
    pub fn has_directory(&self, commit: ObjectId, path: &str) -> Result<bool, GitError> {
        let tree = self.commit(commit)?.tree;
        let found = self.at_path(tree, path.as_bytes())?;
        Ok(matches!(found, AtPath::Directory(_)))
    }

    /// The files in which two trees differ, as the second has them, sorted by path; `None` for one that it has not.
    ///
    /// # Errors
    /// As [`Repository::snapshot`].
    pub fn differing(&self, one: ObjectId, other: ObjectId) -> Result<Differing, GitError> {
        let pairs = self.tree_pairs(one, other)?;
        let file = |pair: super::trees::TreePair| {
            let there = pair.after.map(|leaf| (leaf.mode, leaf.id));
            (pair.path, there)
        };
        Ok(pairs.into_iter().map(file).collect())
    }
}

/// Files by path, each with its mode and blob, or `None` where it is gone.
pub type Differing = Vec<(FilePath, Option<(FileMode, ObjectId)>)>;
