//! Backs commits out one after the other, in memory: each step merges into the tree that the last one left.

use std::collections::BTreeMap;

use crate::change::replay::{MergedContent, MergedFile};
use crate::change::{FileMode, ObjectId};
use crate::git::{GitError, Repository};
use crate::merge::{self, Conflict};
use crate::text::FilePath;

/// What backing out some commits, newest first, has come to so far.
#[derive(Clone, Debug)]
pub(super) struct Sequence {
    /// The resulting tree; readable, though no object was written.
    pub(super) tree: ObjectId,
    /// The files that were changed on the way, as they are now; `None` where one is gone.
    pub(super) files: BTreeMap<FilePath, Option<(FileMode, MergedContent)>>,
    pub(super) notes: Vec<String>,
}

/// The result of one more step.
pub(super) enum Step {
    Merged(Sequence),
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
            files: BTreeMap::new(),
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
        for MergedFile { path, content } in merged.files {
            next.files.insert(path, content);
        }
        Ok(Step::Merged(next))
    }
}
