//! What does not apply without a change: carries the history on from the change as if it had never been made.
//!
//! From the day of the change on, every file has two states: as it was, and as it is without the change. Each later
//! commit that touches a file in which they differ is applied to the second state, by git's own merge. One that does not
//! apply builds on what is gone, so it stays behind as well, and then all its files have two states. One walk forward
//! so finds all that depends on the change, with as many merges as there are later changes of those files.
//! Deliberately does not know what backing out newest first comes to: that is rehearsed.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::change::ObjectId;
use crate::change::hunks::Hunk;
use crate::change::replay::{MergeDriver, ReplayFile, ReplaySide, Sides};
use crate::git::{GitError, Repository, path_mark};
use crate::text::{BeforeAfter, FilePath};

use super::drift::{Carried, Change, State};
use super::history::LaterHistory;

/// One file as a commit found it and left it.
type Changed = BeforeAfter<Option<ReplaySide>>;

/// How far what stays behind is followed.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Into all its files: everything that depends on the change, however indirectly.
    All,
    /// Not beyond the files that the walk began with: who stands in the way there.
    SameFiles,
}

/// A walk to be made.
pub(super) struct Forward<'a> {
    pub(super) repository: &'a Repository,
    pub(super) history: &'a LaterHistory,
    /// Commits that stay behind whatever they touch.
    pub(super) without: &'a BTreeSet<ObjectId>,
    pub(super) reach: Reach,
    /// How many changes of files may still be carried on.
    pub(super) merges_left: &'a Cell<usize>,
    pub(super) memory: &'a Memory,
}

/// What commits of one history changed: walks over it ask for the same again and again.
#[derive(Default)]
pub(super) struct Memory {
    files: RefCell<FxHashMap<ObjectId, Rc<[Changed]>>>,
    hunks: RefCell<FxHashMap<(ObjectId, ObjectId), Hunks>>,
}

/// `None` where it is not one text that becomes another.
type Hunks = Option<Rc<[Hunk]>>;

impl Memory {
    /// The files of a commit, a renamed one being two.
    pub(super) fn files(
        &self,
        repository: &Repository,
        commit: ObjectId,
    ) -> Result<Rc<[Changed]>, GitError> {
        if let Some(known) = self.files.borrow().get(&commit) {
            return Ok(known.clone());
        }
        let files: Rc<[Changed]> = repository.changed_files(commit)?.into();
        self.files.borrow_mut().insert(commit, files.clone());
        Ok(files)
    }

    fn hunks(&self, change: &Change<'_>) -> Result<Hunks, GitError> {
        let (Some(before), Some(after)) = (change.known.before, change.known.after) else {
            return Ok(None);
        };
        let key = (before.blob, after.blob);
        // A change of the mode alone has no hunks, and its blobs may stand for another change elsewhere.
        if before.mode != after.mode {
            return Ok(None);
        }
        if let Some(known) = self.hunks.borrow().get(&key) {
            return Ok(known.clone());
        }
        let hunks: Hunks = change.hunks()?.map(Rc::from);
        self.hunks.borrow_mut().insert(key, hunks.clone());
        Ok(hunks)
    }
}

/// What stayed behind.
pub(super) struct Behind {
    /// The commits, oldest first; those that had to are not among them.
    pub(super) commits: Vec<ObjectId>,
    /// Whether the walk ended before the target.
    pub(super) cut_off: bool,
}

/// The files that differ from what they were, under the names that they had.
#[derive(Default)]
struct Differing {
    /// As they are without the change.
    files: BTreeMap<FilePath, State>,
    marks: FxHashSet<u32>,
}

impl Differing {
    fn put(&mut self, path: &FilePath, state: State) {
        self.marks.insert(path_mark(path));
        self.files.insert(path.clone(), state);
    }

    fn take(&mut self, path: &FilePath) -> Option<State> {
        // The mark stays: another path may share it, and a mark too many only costs a look.
        self.files.remove(path)
    }
}

impl Forward<'_> {
    /// Walks on from `change`, of which only the files that `concerned` names are taken back.
    pub(super) fn from(
        &self,
        change: ObjectId,
        concerned: &dyn Fn(&FilePath) -> bool,
    ) -> Result<Behind, GitError> {
        let mut differing = Differing::default();
        for file in self.repository.moved_files(change)? {
            let sides = [&file.before, &file.after];
            let is_meant = sides.iter().any(|side| {
                let path = side.as_ref().map(|side| &side.path);
                path.is_some_and(concerned)
            });
            let is = file.after.as_ref().or(file.before.as_ref());
            if let Some(key) = is.map(|side| side.path.clone()).filter(|_| is_meant) {
                let (was, is) = (file.before.as_ref(), file.after.as_ref());
                if let Some(state) = State::of(self.repository, is, was)? {
                    differing.put(&key, state);
                }
            }
        }
        let mut behind = Behind {
            commits: Vec::new(),
            cut_off: false,
        };
        for (commit, marks) in self.history.after(change) {
            if !marks.iter().any(|mark| differing.marks.contains(mark)) {
                if self.without.contains(&commit) && self.reach == Reach::All {
                    self.leave(&mut differing, &self.memory.files(self.repository, commit)?)?;
                }
                continue;
            }
            if self.merges_left.get() == 0 {
                behind.cut_off = true;
                break;
            }
            let files = self.files(commit, &differing)?;
            if self.without.contains(&commit) {
                self.leave(&mut differing, &files)?;
                continue;
            }
            match self.applied(&differing, &files)? {
                Some(states) => {
                    for one in states {
                        differing.take(&one.was);
                        if let Some(state) = one.state {
                            differing.put(&one.is, state);
                        }
                    }
                }
                None => {
                    behind.commits.push(commit);
                    self.leave(&mut differing, &files)?;
                }
            }
        }
        Ok(behind)
    }

    /// The files of a commit; renames are looked for where one of the differing files goes.
    fn files(&self, commit: ObjectId, differing: &Differing) -> Result<Rc<[Changed]>, GitError> {
        let files = self.memory.files(self.repository, commit)?;
        let goes = |file: &Changed| {
            let before = file.before.as_ref().filter(|_| file.after.is_none());
            before.is_some_and(|side| differing.files.contains_key(&side.path))
        };
        if files.iter().any(goes) && files.iter().any(|file| file.before.is_none()) {
            return Ok(self.repository.moved_files(commit)?.into());
        }
        Ok(files)
    }

    /// The files of a commit that stays behind now differ too, as far as the walk reaches.
    fn leave(&self, differing: &mut Differing, files: &[Changed]) -> Result<(), GitError> {
        for file in files {
            let Some(was) = file.before.as_ref().or(file.after.as_ref()) else {
                continue;
            };
            let is = file.after.as_ref().unwrap_or(was).path.clone();
            let other = match differing.take(&was.path) {
                Some(state) => state.side(&self.change(file, &merged(file)))?,
                None if self.reach == Reach::All => file.before.clone(),
                None => continue,
            };
            if let Some(state) = State::of(self.repository, file.after.as_ref(), other.as_ref())? {
                differing.put(&is, state);
            }
        }
        Ok(())
    }

    fn change<'a>(&'a self, file: &'a Changed, merged: &'a ReplayFile) -> Change<'a> {
        Change {
            repository: self.repository,
            file: merged,
            known: file.as_ref().map(Option::as_ref),
        }
    }

    /// The differing files after the commit was applied to them; `None` where it does not apply.
    fn applied(
        &self,
        differing: &Differing,
        files: &[Changed],
    ) -> Result<Option<Vec<Applied>>, GitError> {
        let mut states = Vec::new();
        for file in files {
            let Some(was) = file.before.as_ref().or(file.after.as_ref()) else {
                continue;
            };
            let Some(state) = differing.files.get(&was.path) else {
                continue;
            };
            let left = self.merges_left.get();
            self.merges_left.set(left.saturating_sub(1));
            let merged = merged(file);
            let change = self.change(file, &merged);
            let state = match state.carried(&change, self.memory.hunks(&change)?.as_deref())? {
                Carried::Joined => None,
                Carried::Differs(state) => Some(state),
                Carried::Conflict(..) => return Ok(None),
            };
            states.push(Applied {
                was: was.path.clone(),
                is: file.after.as_ref().unwrap_or(was).path.clone(),
                state,
            });
        }
        Ok(Some(states))
    }
}

/// A differing file after a commit was applied to it.
struct Applied {
    was: FilePath,
    is: FilePath,
    /// `None` where it no longer differs.
    state: Option<State>,
}

/// A change of a file as the merge that applies it to another state: renamed or not, it is one file.
fn merged(file: &Changed) -> ReplayFile {
    let any = file.before.as_ref().or(file.after.as_ref());
    let path = any.map_or_else(|| FilePath::new(b""), |side| side.path.clone());
    let here = |side: &ReplaySide| ReplaySide {
        path: path.clone(),
        ..side.clone()
    };
    ReplayFile {
        sides: Sides {
            base: file.before.as_ref().map(here),
            ours: None,
            theirs: file.after.as_ref().map(here),
        },
        path,
        driver: MergeDriver::Text,
        conflict: None,
    }
}
