//! A run without some of its commits: what differs from the run is carried over the steps that stay.
//!
//! A step in which a file that differs does not stand under one name on all three sides is taken anew, in the very tree.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::change::ObjectId;
use crate::change::replay::{ConflictKind, MergeDriver, MergedFile, ReplayFile, ReplaySide, Sides};
use crate::git::{GitError, Repository};
use crate::merge::Conflict;
use crate::text::{BeforeAfter, FilePath};

use super::drift::{Carried, Change, State};
use super::merges::Merges;
use super::sequence::{Merging, Sequence, Step};
use super::steps::{Done, DoneFile, content_of};

/// A run that differs from a remembered one in some files.
pub(super) struct Other<'a> {
    repository: &'a Repository,
    merging: &'a Merging,
    merges: &'a Merges,
    /// The files that are not as remembered.
    files: BTreeMap<FilePath, State>,
}

impl<'a> Other<'a> {
    /// Nothing differs yet.
    pub(super) fn new(
        repository: &'a Repository,
        (merging, merges): (&'a Merging, &'a Merges),
    ) -> Self {
        Self {
            repository,
            merging,
            merges,
            files: BTreeMap::new(),
        }
    }

    /// Leaves out a step: its files stay as they were.
    pub(super) fn leave(&mut self, step: &Done, after: ObjectId) -> Result<(), GitError> {
        if !step.files.iter().all(DoneFile::is_in_place) {
            let tree = self.tree(step.before.tree)?;
            return self.told_from(after, tree);
        }
        for one in &*step.files {
            self.leave_file(one)?;
        }
        Ok(())
    }

    fn leave_file(&mut self, one: &DoneFile) -> Result<(), GitError> {
        let path = &one.file.path;
        // What had drifted before is now to be told from what the step left.
        let state = match self.files.remove(path) {
            None => one.left(self.repository)?,
            Some(State::Whole(side)) => {
                self.merges
                    .state(self.repository, one.became.as_ref(), side.as_ref())?
            }
            Some(drifted @ State::Drifted(_)) => {
                let alone = one.left(self.repository)?;
                let hunks = &one.effect(self.repository, self.merges)?.hunks;
                match drifted.leaving(hunks.as_deref(), alone.as_ref()) {
                    Some(state) => Some(state),
                    None => {
                        let side = drifted.side(&one.change(self.repository, self.merges))?;
                        self.merges
                            .state(self.repository, one.became.as_ref(), side.as_ref())?
                    }
                }
            }
        };
        if let Some(state) = state {
            self.files.insert(path.clone(), state);
        }
        Ok(())
    }

    /// Takes a step; the conflicts where it stops.
    pub(super) fn step(
        &mut self,
        step: &Done,
        after: ObjectId,
    ) -> Result<Option<Vec<Conflict>>, GitError> {
        let mut conflicts = Vec::new();
        let concerned = step.files.iter().filter(|one| self.concerns(&one.file));
        let concerned: Vec<&DoneFile> = concerned.collect();
        if !concerned.iter().all(|one| self.is_plain(one)) {
            return self.step_exactly(step, after);
        }
        let mut states = Vec::new();
        for one in concerned {
            match self.carried(one)? {
                Carried::Joined => states.push((&one.file.path, None)),
                Carried::Differs(state) => states.push((&one.file.path, Some(state))),
                Carried::Conflict(file, kind) => conflicts.push(conflict(one, *file, kind)),
            }
        }
        if !conflicts.is_empty() {
            return match self.merging {
                Merging::Git => Ok(Some(conflicts)),
                Merging::OrSyntax(_) => self.step_exactly(step, after),
            };
        }
        for (path, state) in states {
            match state {
                Some(state) => self.files.insert(path.clone(), state),
                None => self.files.remove(path),
            };
        }
        Ok(None)
    }

    /// Takes a step as git does in the very tree: names change, or files come and go.
    fn step_exactly(
        &mut self,
        step: &Done,
        after: ObjectId,
    ) -> Result<Option<Vec<Conflict>>, GitError> {
        let now = Sequence::at(self.tree(step.before.tree)?);
        match now.and(self.repository, step.commit, step.mainline, self.merging)? {
            Step::Merged { next, .. } => self.told_from(after, next.tree).map(|()| None),
            Step::Stopped { conflicts, .. } => Ok(Some(conflicts)),
        }
    }

    fn carried(&self, one: &DoneFile) -> Result<Carried, GitError> {
        let Some(state) = self.files.get(&one.file.path) else {
            return Ok(Carried::Joined);
        };
        let effect = one.effect(self.repository, self.merges)?;
        let change = one.change(self.repository, self.merges);
        state.carried(&change, (effect.hunks.as_deref(), &effect.alike))
    }

    /// Whether the file takes part in the step under one name, and is there. One that is not may have been renamed: that
    /// is for git's own search to say.
    fn is_plain(&self, one: &DoneFile) -> bool {
        match self.files.get(&one.file.path) {
            None => false,
            Some(State::Whole(None)) if one.file.sides.base.is_some() => false,
            Some(_) => one.is_in_place(),
        }
    }

    fn concerns(&self, file: &ReplayFile) -> bool {
        let sides = [&file.sides.base, &file.sides.ours, &file.sides.theirs];
        let paths = sides.into_iter().flatten().map(|side| &side.path);
        let mut paths = paths.chain([&file.path]);
        paths.any(|path| self.files.contains_key(path))
    }

    /// The first step that stops in one file, whatever becomes of the others; `None` too where that file cannot be told
    /// from the others.
    pub(super) fn stops_in(
        mut self,
        path: &FilePath,
        steps: &[Rc<Done>],
        left: &BTreeSet<ObjectId>,
    ) -> Result<Option<(ObjectId, Conflict)>, GitError> {
        if !matches!(self.merging, Merging::Git) {
            return Ok(None);
        }
        for step in steps {
            let here = step.files.iter().filter(|one| one.names(path));
            for one in here {
                if one.file.path != *path || !one.is_in_place() {
                    return Ok(None);
                }
                if left.contains(&step.commit) {
                    self.leave_file(one)?;
                    continue;
                }
                if !self.files.contains_key(path) {
                    continue;
                }
                if !self.is_plain(one) {
                    return Ok(None);
                }
                match self.carried(one)? {
                    Carried::Joined => drop(self.files.remove(path)),
                    Carried::Differs(state) => drop(self.files.insert(path.clone(), state)),
                    Carried::Conflict(file, kind) => {
                        return Ok(Some((step.commit, conflict(one, *file, kind))));
                    }
                }
            }
        }
        Ok(None)
    }

    /// The files that differ from a tree of the run, as they are.
    pub(super) fn changed(self, known: ObjectId) -> Result<Vec<MergedFile>, GitError> {
        let mut files = Vec::with_capacity(self.files.len());
        for (path, state) in &self.files {
            let is = Sequence::at(known).file(self.repository, path)?;
            let file = nothing(path.clone());
            let change = Change {
                repository: self.repository,
                merges: self.merges,
                file: &file,
                known: BeforeAfter {
                    before: is.as_ref(),
                    after: None,
                },
            };
            let content = state.side(&change)?.map(content_of);
            files.push(MergedFile {
                path: file.path,
                content,
            });
        }
        Ok(files)
    }

    /// The tree that stands here in the place of one of the run.
    fn tree(&mut self, known: ObjectId) -> Result<ObjectId, GitError> {
        let here = Other {
            files: std::mem::take(&mut self.files),
            ..*self
        };
        self.repository.tree_with(known, &here.changed(known)?)
    }

    /// Goes on with a tree, told from one of the run.
    fn told_from(&mut self, known: ObjectId, tree: ObjectId) -> Result<(), GitError> {
        self.files.clear();
        for (path, there) in self.repository.differing(known, tree)? {
            let is = Sequence::at(known).file(self.repository, &path)?;
            let other = there.map(|(mode, blob)| ReplaySide {
                path: path.clone(),
                mode,
                blob,
                content: None,
            });
            if let Some(state) = self
                .merges
                .state(self.repository, is.as_ref(), other.as_ref())?
            {
                self.files.insert(path, state);
            }
        }
        Ok(())
    }
}

fn conflict(one: &DoneFile, file: ReplayFile, kind: ConflictKind) -> Conflict {
    Conflict {
        path: one.file.path.clone(),
        kind,
        hunks: 0,
        file,
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
