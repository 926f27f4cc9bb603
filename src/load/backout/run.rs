//! Backs commits out one after the other, in memory, and can leave some of them out again at the cost of their own files.
//!
//! A run remembers, step by step, which files merged into what. Without some of its commits only the files that those
//! touched, and what later steps made of these files, have to be merged again: that is a [`Run::without`], which is
//! exact as long as every file concerned stands under one name on all three sides. Where one does not, it says so, and
//! the steps are taken anew.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::change::hunks::Hunk;
use crate::change::replay::{ReplayFile, ReplaySide};
use crate::change::{Content, FileMode, ObjectId};
use crate::git::{GitError, Repository};
use crate::merge::Conflict;
use crate::text::{BeforeAfter, FilePath};

use super::drift::{Carried, Change, State};
use super::sequence::{Merging, Sequence, Step};

/// One commit of a run.
struct Done {
    commit: ObjectId,
    /// The result before it.
    before: Sequence,
    /// The files that it looked at.
    files: Vec<DoneFile>,
}

/// A file of a step.
struct DoneFile {
    /// As it was merged, contents left out.
    file: ReplayFile,
    /// What it became.
    became: Option<ReplaySide>,
    hunks: OnceCell<Option<Vec<Hunk>>>,
}

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
    /// All merges.
    Merged,
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
        commit: ObjectId,
        mainline: Option<usize>,
        merging: &Merging,
    ) -> Result<Result<(), Stop>, GitError> {
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
        self.steps.push(Rc::new(Done {
            commit,
            before: std::mem::replace(&mut self.result, next),
            files: done,
        }));
        Ok(Ok(()))
    }

    /// What the run would have come to without some of its commits.
    pub(super) fn without(
        &self,
        repository: &Repository,
        left: &BTreeSet<ObjectId>,
        merging: &Merging,
    ) -> Result<Without, GitError> {
        let mut other = Other {
            repository,
            merging,
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
        Ok(Without::Merged)
    }
}

/// A run that differs from a remembered one in some files.
struct Other<'a> {
    repository: &'a Repository,
    merging: &'a Merging,
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
        for one in &step.files {
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
                    let change = one.change(self.repository);
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
        for one in &step.files {
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
            let change = one.change(self.repository);
            match state.carried(&change, one.hunks(self.repository)?)? {
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

impl DoneFile {
    /// Whether the file has one name on every side that has it, and nothing but itself is merged.
    fn is_in_place(&self) -> bool {
        let sides = &self.file.sides;
        let sides = [&sides.base, &sides.ours, &sides.theirs];
        let same = sides
            .into_iter()
            .flatten()
            .all(|side| side.path == self.file.path && side.mode != FileMode::Submodule);
        same && self.file.conflict.is_none()
    }

    fn change<'a>(&'a self, repository: &'a Repository) -> Change<'a> {
        Change {
            repository,
            file: &self.file,
            known: BeforeAfter {
                before: self.file.sides.ours.as_ref(),
                after: self.became.as_ref(),
            },
        }
    }

    /// What the step did to the file, worked out once.
    fn hunks(&self, repository: &Repository) -> Result<Option<&[Hunk]>, GitError> {
        if self.hunks.get().is_none() {
            let hunks = self.change(repository).hunks()?;
            let _ = self.hunks.set(hunks);
        }
        Ok(self.hunks.get().and_then(Option::as_deref))
    }
}

fn without_contents(mut file: ReplayFile) -> ReplayFile {
    let sides = &mut file.sides;
    for side in [&mut sides.base, &mut sides.ours, &mut sides.theirs]
        .into_iter()
        .flatten()
    {
        // What could not be read is remembered, so that it is not asked for again.
        if matches!(side.content, Some(Content::Bytes(_))) {
            side.content = None;
        }
    }
    file
}
