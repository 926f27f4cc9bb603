//! Backs commits out one after the other, in memory: each step merges into the tree that the last one left.

use crate::change::ObjectId;
use crate::change::replay::{ReplayFile, ReplaySide};
use crate::git::{GitError, Repository};
use crate::merge::{self, Conflict};
use crate::text::FilePath;

/// What backing out some commits, newest first, has come to so far.
#[derive(Clone, Debug)]
pub(super) struct Sequence {
    /// The resulting tree; readable, though no object was written.
    pub(super) tree: ObjectId,
    pub(super) notes: Vec<String>,
}

/// The result of one more step.
pub(super) enum Step {
    /// Git merges, having looked at these files.
    Merged {
        files: Vec<ReplayFile>,
        next: Sequence,
    },
    /// Git conflicts here.
    Stopped {
        conflicts: Vec<Conflict>,
        notes: Vec<String>,
    },
}

impl Sequence {
    /// Nothing backed out yet.
    pub(super) fn at(tree: ObjectId) -> Self {
        Self {
            tree,
            notes: Vec::new(),
        }
    }

    /// Backs out one commit more.
    pub(super) fn and(
        &self,
        repository: &Repository,
        commit: ObjectId,
        mainline: Option<usize>,
    ) -> Result<Step, GitError> {
        let replay = repository.replay(commit, mainline, self.tree)?;
        let merged = merge::three_way(&replay);
        if !merged.is_clean() {
            return Ok(Step::Stopped {
                conflicts: merged.conflicts,
                notes: merged.notes,
            });
        }
        let mut next = self.clone();
        next.tree = repository.tree_with(self.tree, &merged.files)?;
        next.notes.extend(merged.notes);
        Ok(Step::Merged {
            files: replay.files,
            next,
        })
    }

    /// A file of the result, its content unread; `None` where it has none at the path.
    pub(super) fn file(
        &self,
        repository: &Repository,
        path: &FilePath,
    ) -> Result<Option<ReplaySide>, GitError> {
        let there = repository.file_in(self.tree, path)?;
        Ok(there.map(|(mode, blob)| ReplaySide {
            path: path.clone(),
            mode,
            blob,
            content: None,
        }))
    }
}
