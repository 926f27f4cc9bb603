//! Backs commits out one after the other, in memory, and can leave some of them out again at the cost of their own files.
//!
//! A run remembers, step by step, which files merged into what. Without some of its commits only the files that those
//! touched, and what later steps made of these files, have to be merged again: that is a [`Run::without`].

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::change::ObjectId;
use crate::change::replay::{MergedContent, MergedFile, ReplayFile, ReplaySide};
use crate::git::{GitError, Repository};
use crate::merge::Conflict;
use crate::text::FilePath;

use super::merges::Merges;
use super::sequence::{Merging, Sequence, Step};
use super::steps::{Done, DoneFile, Found, Steps, content_of};
use super::without::Other;

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
        (merging, merges): (&Merging, &Merges),
        known: &Steps,
    ) -> Result<Result<(), Stop>, GitError> {
        let stop = |run: &Self, conflicts| Stop {
            commit,
            taken: run.commits().collect(),
            conflicts,
        };
        if let Some(last) = known.last(commit) {
            match last.finds(repository, &self.result)? {
                Found::Same => {
                    self.again(repository, &last)?;
                    return Ok(Ok(()));
                }
                Found::InPlace(ours) if matches!(merging, Merging::Git) => {
                    return Ok(match last.merged(repository, merges, ours)? {
                        Ok(files) => {
                            self.take(repository, &last, files, known)?;
                            Ok(())
                        }
                        Err(conflicts) => Err(stop(self, conflicts)),
                    });
                }
                Found::InPlace(_) | Found::Elsewhere => {}
            }
        }
        let (files, next) = match self.result.and(repository, commit, mainline, merging)? {
            Step::Merged { files, next } => (files, next),
            Step::Stopped { conflicts, .. } => return Ok(Err(stop(self, conflicts))),
        };
        let mut done = Vec::with_capacity(files.len());
        for file in files {
            let became = next.file(repository, &file.path)?;
            done.push(DoneFile::new(file, became));
        }
        let before = std::mem::replace(&mut self.result, next);
        let done = Rc::new(Done {
            commit,
            mainline,
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

    /// Takes a step whose files stand where they stood, merged one by one.
    fn take(
        &mut self,
        repository: &Repository,
        last: &Done,
        merged: Vec<(ReplayFile, Option<ReplaySide>)>,
        known: &Steps,
    ) -> Result<(), GitError> {
        let id = |side: &ReplaySide| (side.mode, side.blob);
        let changed = merged
            .iter()
            .filter(|(file, became)| file.sides.ours.as_ref().map(id) != became.as_ref().map(id));
        let files: Vec<MergedFile> = changed
            .map(|(file, became)| MergedFile {
                path: file.path.clone(),
                content: became.clone().map(content_of),
            })
            .collect();
        let mut next = self.result.clone();
        next.tree = repository.tree_with(self.result.tree, &files)?;
        next.notes.extend(last.notes.iter().cloned());
        let mut done = Vec::with_capacity(merged.len());
        for (file, _) in merged {
            let became = next.file(repository, &file.path)?;
            done.push(DoneFile::new(file, became));
        }
        let done = Rc::new(Done {
            commit: last.commit,
            mainline: last.mainline,
            before: std::mem::replace(&mut self.result, next),
            files: done.into(),
            is_anew: true,
            notes: last.notes.clone(),
            resolved: Vec::new(),
        });
        known.remember(&done);
        self.steps.push(done);
        Ok(())
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
            mainline: last.mainline,
            before: std::mem::replace(&mut self.result, next),
            files: last.files.clone(),
            is_anew: false,
            notes: last.notes.clone(),
            resolved: last.resolved.clone(),
        }));
        Ok(())
    }

    /// What the run would have come to without some of its commits.
    ///
    /// A file in which such a run is known to stop may be named: that file alone is looked at first.
    pub(super) fn without(
        &self,
        repository: &Repository,
        left: &BTreeSet<ObjectId>,
        merging: (&Merging, &Merges),
        likely: Option<&FilePath>,
    ) -> Result<Without, GitError> {
        let other = || Other::new(repository, merging);
        if let Some(path) = likely
            && let Some((commit, conflict)) = other().stops_in(path, &self.steps, left)?
        {
            return Ok(Without::Stopped(self.stop((commit, vec![conflict]), left)));
        }
        let mut other = other();
        for (at, step) in self.steps.iter().enumerate() {
            let next = self.steps.get(at + 1);
            let after = next.map_or(self.result.tree, |next| next.before.tree);
            if left.contains(&step.commit) {
                other.leave(step, after)?;
            } else if let Some(conflicts) = other.step(step, after)? {
                return Ok(Without::Stopped(self.stop((step.commit, conflicts), left)));
            }
        }
        other.changed(self.result.tree).map(Without::Merged)
    }

    fn stop(
        &self,
        (commit, conflicts): (ObjectId, Vec<Conflict>),
        left: &BTreeSet<ObjectId>,
    ) -> Stop {
        let before = self.commits().take_while(|one| *one != commit);
        Stop {
            commit,
            taken: before.filter(|one| !left.contains(one)).collect(),
            conflicts,
        }
    }
}
