//! Backs commits out one after the other, in memory, and can leave some of them out again at the cost of their own files.
//!
//! A run remembers, step by step, which files merged into what. Without some of its commits only the files that those
//! touched, and what later steps made of these files, have to be merged again: that is a [`Run::without`], which is
//! exact as long as every file concerned stands under one name on all three sides. Where one does not, it says so, and
//! the steps are taken anew.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::change::replay::{
    MergeDriver, MergedContent, MergedFile, ReplayFile, ReplaySide, Sides,
};
use crate::change::{Content, ObjectId};
use crate::git::{GitError, Repository};
use crate::merge::Conflict;
use crate::text::{BeforeAfter, FilePath};

use super::drift::{Carried, Change, State};
use super::merges::Merges;
use super::sequence::{Merging, Sequence, Step};
use super::steps::{Done, DoneFile, Steps, without_contents};

/// Commits backed out one after the other without a conflict.
#[derive(Clone)]
pub(super) struct Run {
    steps: Vec<Rc<Done>>,
    pub(super) result: Sequence,
}

/// Where a run stops.
pub(super) struct Stop {
    pub(super) commit: ObjectId,
    /// What came out before it.
    pub(super) taken: Vec<ObjectId>,
    pub(super) conflicts: Vec<Conflict>,
}

/// What a run without some of its commits comes to.
pub(super) enum Without {
    /// All merges, and these files are not as the whole run leaves them.
    Merged(Vec<MergedFile>),
    Stopped(Stop),
    /// Names change, or files come and go: it has to be tried step by step.
    Unsure,
}

impl Run {
    /// Nothing backed out yet.
    pub(super) fn at(tree: ObjectId) -> Self {
        Self {
            steps: Vec::new(),
            result: Sequence::at(tree),
        }
    }

    /// The commits, in the order in which they came out.
    pub(super) fn commits(&self) -> impl Iterator<Item = ObjectId> {
        self.steps.iter().map(|step| step.commit)
    }

    /// The run up to where its order leaves `order`.
    pub(super) fn shared(&self, order: &[ObjectId]) -> Self {
        let same = self
            .commits()
            .zip(order)
            .take_while(|(one, other)| one == *other);
        let count = same.count();
        let result = match self.steps.get(count) {
            Some(next) => next.before.clone(),
            None => self.result.clone(),
        };
        Self {
            steps: self.steps[..count].to_vec(),
            result,
        }
    }

    /// Takes one step more; `Err` where it conflicts.
    pub(super) fn step(
        &mut self,
        repository: &Repository,
        (commit, mainline): (ObjectId, Option<usize>),
        merging: &Merging,
        known: &Steps,
    ) -> Result<Result<(), Stop>, GitError> {
        let last = known.last(commit);
        if let Some(last) = last
            && last.comes_again(repository, &self.result)?
        {
            self.again(repository, &last)?;
            return Ok(Ok(()));
        }
        let (files, next) = match self.result.and(repository, commit, mainline, merging)? {
            Step::Merged { files, next } => (files, next),
            Step::Stopped { conflicts, .. } => {
                return Ok(Err(Stop {
                    commit,
                    taken: self.commits().collect(),
                    conflicts,
                }));
            }
        };
        let mut done = Vec::with_capacity(files.len());
        for file in files {
            let path = file.path.clone();
            let became = next.file(repository, &path)?;
            done.push(DoneFile {
                file: without_contents(file),
                became,
                hunks: OnceCell::new(),
            });
        }
        let before = std::mem::replace(&mut self.result, next);
        let done = Rc::new(Done {
            commit,
            files: done.into(),
            is_anew: true,
            notes: self.result.notes[before.notes.len()..].to_vec(),
            resolved: self.result.resolved[before.resolved.len()..].to_vec(),
            before,
        });
        known.remember(&done);
        self.steps.push(done);
        Ok(Ok(()))
    }

    /// Whether the last step had to be merged: it found other files than when it was taken before.
    pub(super) fn last_is_anew(&self) -> bool {
        self.steps.last().is_some_and(|step| step.is_anew)
    }

    /// Takes a step that leaves the same files as it did before.
    fn again(&mut self, repository: &Repository, last: &Done) -> Result<(), GitError> {
        let id = |side: &ReplaySide| (side.mode, side.blob);
        let changed = last
            .files
            .iter()
            .filter(|one| one.file.sides.ours.as_ref().map(id) != one.became.as_ref().map(id));
        let files: Vec<MergedFile> = changed
            .map(|one| MergedFile {
                path: one.file.path.clone(),
                content: one
                    .became
                    .as_ref()
                    .map(|side| (side.mode, MergedContent::Stored(side.blob))),
            })
            .collect();
        let mut next = self.result.clone();
        next.tree = repository.tree_with(self.result.tree, &files)?;
        next.notes.extend(last.notes.iter().cloned());
        next.resolved.extend(last.resolved.iter().cloned());
        self.steps.push(Rc::new(Done {
            commit: last.commit,
            before: std::mem::replace(&mut self.result, next),
            files: last.files.clone(),
            is_anew: false,
            notes: last.notes.clone(),
            resolved: last.resolved.clone(),
        }));
        Ok(())
    }

    /// What the run would have come to without some of its commits.
    pub(super) fn without(
        &self,
        repository: &Repository,
        left: &BTreeSet<ObjectId>,
        (merging, merges): (&Merging, &Merges),
    ) -> Result<Without, GitError> {
        let mut other = Other {
            repository,
            merging,
            merges,
            files: BTreeMap::new(),
        };
        let mut taken = Vec::new();
        for step in &self.steps {
            let sure = if left.contains(&step.commit) {
                other.leave(step)?
            } else {
                match other.step(step)? {
                    Stepped::Merged => true,
                    Stepped::Unsure => false,
                    Stepped::Stopped(conflicts) => {
                        return Ok(Without::Stopped(Stop {
                            commit: step.commit,
                            taken,
                            conflicts,
                        }));
                    }
                }
            };
            if !sure {
                return Ok(Without::Unsure);
            }
            if !left.contains(&step.commit) {
                taken.push(step.commit);
            }
        }
        let mut files = Vec::with_capacity(other.files.len());
        for (path, state) in other.files {
            let is = self.result.file(repository, &path)?;
            let file = nothing(path);
            let change = Change {
                repository,
                merges,
                file: &file,
                known: BeforeAfter {
                    before: is.as_ref(),
                    after: None,
                },
            };
            let content = state
                .side(&change)?
                .map(|side| match (side.mode, side.content) {
                    (mode, Some(Content::Bytes(bytes))) => (mode, MergedContent::Bytes(bytes)),
                    (mode, _) => (mode, MergedContent::Stored(side.blob)),
                });
            files.push(MergedFile {
                path: file.path,
                content,
            });
        }
        Ok(Without::Merged(files))
    }
}

/// A file by its path alone.
fn nothing(path: FilePath) -> ReplayFile {
    ReplayFile {
        sides: Sides {
            base: None,
            ours: None,
            theirs: None,
        },
        path,
        driver: MergeDriver::Text,
        conflict: None,
    }
}

/// A run that differs from a remembered one in some files.
struct Other<'a> {
    repository: &'a Repository,
    merging: &'a Merging,
    merges: &'a Merges,
    /// The files that are not as remembered.
    files: BTreeMap<FilePath, State>,
}

enum Stepped {
    Merged,
    Stopped(Vec<Conflict>),
    Unsure,
}

impl Other<'_> {
    /// Leaves out a step: its files stay as they were. Whether that is sure.
    fn leave(&mut self, step: &Done) -> Result<bool, GitError> {
        for one in &*step.files {
            if !one.is_in_place() {
                return Ok(false);
            }
            let path = &one.file.path;
            let (was, is) = (one.file.sides.ours.as_ref(), one.became.as_ref());
            // What had drifted before is now to be told from what the step left.
            let state = match self.files.remove(path) {
                None => State::of(self.repository, is, was)?,
                Some(State::Whole(side)) => State::of(self.repository, is, side.as_ref())?,
                Some(drifted @ State::Drifted(_)) => {
                    let change = one.change(self.repository, self.merges);
                    let side = drifted.side(&change)?;
                    State::of(self.repository, is, side.as_ref())?
                }
            };
            if let Some(state) = state {
                self.files.insert(path.clone(), state);
            }
        }
        Ok(true)
    }

    fn step(&mut self, step: &Done) -> Result<Stepped, GitError> {
        let mut conflicts = Vec::new();
        for one in &*step.files {
            if !self.concerns(&one.file) {
                continue;
            }
            let Some(state) = self.files.get(&one.file.path) else {
                return Ok(Stepped::Unsure);
            };
            // A file that is not there may have been renamed: that is for git's own search to say.
            let is_missing = matches!(state, State::Whole(None)) && one.file.sides.base.is_some();
            if !one.is_in_place() || is_missing {
                return Ok(Stepped::Unsure);
            }
            let change = one.change(self.repository, self.merges);
            match state.carried(&change, one.hunks(self.repository, self.merges)?)? {
                Carried::Joined => drop(self.files.remove(&one.file.path)),
                Carried::Differs(state) => drop(self.files.insert(one.file.path.clone(), state)),
                Carried::Conflict(file, kind) => {
                    let conflict = Conflict {
                        path: one.file.path.clone(),
                        kind,
                        hunks: 0,
                        file: *file,
                    };
                    match self.merging.answer(&conflict) {
                        Some(_) => return Ok(Stepped::Unsure),
                        None => conflicts.push(conflict),
                    }
                }
            }
        }
        if conflicts.is_empty() {
            Ok(Stepped::Merged)
        } else {
            Ok(Stepped::Stopped(conflicts))
        }
    }

    fn concerns(&self, file: &ReplayFile) -> bool {
        let sides = [&file.sides.base, &file.sides.ours, &file.sides.theirs];
        let paths = sides.into_iter().flatten().map(|side| &side.path);
        let mut paths = paths.chain([&file.path]);
        paths.any(|path| self.files.contains_key(path))
    }
}
