//! Backs commits out one after the other, in memory: each step merges into the tree that the last one left.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use crate::change::replay::{MergedContent, MergedFile, ReplayFile, ReplaySide, Sides};
use crate::change::{FileMode, ObjectId};
use crate::git::{GitError, Repository};
use crate::merge::{self, Conflict};
use crate::text::FilePath;

/// How steps merge.
#[derive(Default)]
pub(super) enum Merging {
    /// As git does.
    #[default]
    Git,
    /// As git does, and where it conflicts, by syntax.
    OrSyntax(Answers),
}

/// What conflicts came to by syntax, by the blobs of their sides.
type Answers = RefCell<BTreeMap<Sides3, Answer>>;
type Sides3 = [Option<ObjectId>; 3];
type Answer = Option<(FileMode, Arc<[u8]>)>;

impl Merging {
    /// Git first, then the syntax.
    pub(super) fn or_syntax() -> Self {
        Self::OrSyntax(Answers::default())
    }

    /// The merged file; `None` where the conflict stays one.
    pub(super) fn answer(&self, conflict: &Conflict) -> Answer {
        let Self::OrSyntax(known) = self else {
            return None;
        };
        let Sides { base, ours, theirs } = conflict.file.sides.as_ref();
        let key = [base, ours, theirs].map(|side| side.as_ref().map(|side| side.blob));
        if let Some(answer) = known.borrow().get(&key) {
            return answer.clone();
        }
        let answer = merge::conflict_by_syntax(conflict).ok();
        let answer = answer.map(|(mode, resolution)| (mode, Arc::from(resolution.bytes)));
        known.borrow_mut().insert(key, answer.clone());
        answer
    }
}

/// What backing out some commits, newest first, has come to so far.
#[derive(Clone, Debug)]
pub(super) struct Sequence {
    /// The resulting tree; readable, though no object was written.
    pub(super) tree: ObjectId,
    pub(super) notes: Vec<String>,
    /// The files that were merged by syntax, each with the commit that came out there.
    pub(super) resolved: Vec<(ObjectId, FilePath)>,
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
            resolved: Vec::new(),
        }
    }

    /// Backs out one commit more.
    pub(super) fn and(
        &self,
        repository: &Repository,
        commit: ObjectId,
        mainline: Option<usize>,
        merging: &Merging,
    ) -> Result<Step, GitError> {
        let replay = repository.replay(commit, mainline, self.tree)?;
        let mut merged = merge::three_way(&replay);
        let mut next = self.clone();
        for conflict in &merged.conflicts {
            let Some((mode, bytes)) = merging.answer(conflict) else {
                return Ok(Step::Stopped {
                    conflicts: merged.conflicts,
                    notes: merged.notes,
                });
            };
            // A file that was renamed goes from the name that it has by now.
            let ours = conflict.file.sides.ours.as_ref();
            if let Some(ours) = ours.filter(|ours| ours.path != conflict.path) {
                merged.files.push(MergedFile {
                    path: ours.path.clone(),
                    content: None,
                });
            }
            merged.files.push(MergedFile {
                path: conflict.path.clone(),
                content: Some((mode, MergedContent::Bytes(bytes))),
            });
            next.resolved.push((commit, conflict.path.clone()));
        }
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
