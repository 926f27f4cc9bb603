//! What does not apply without a change: carries the history on from the change as if it had never been made.
//!
//! From the day of the change on, every file has two states: as it was, and as it is without the change. Each later
//! commit that touches a file in which they differ is applied to the second state, by git's own merge. One that does not
//! apply builds on what is gone, so it stays behind as well, and then all its files have two states. One walk forward
//! so finds all that depends on the change, with as many merges as there are later changes of those files.
//! Deliberately does not know what backing out newest first comes to: that is rehearsed.

use std::cell::Cell;
use std::collections::BTreeSet;
use std::rc::Rc;

use crate::change::ObjectId;
use crate::change::replay::{MergeDriver, ReplayFile, ReplaySide, Sides};
use crate::git::{GitError, Repository};
use crate::text::{BeforeAfter, FilePath};

use super::differing::{Differing, Entry};
use super::drift::{Carried, Change, State};
use super::history::LaterHistory;
use super::limits::COMPANY_LIMIT;
use super::memory::{Changed, Memory};

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

/// What stayed behind.
pub(super) struct Behind {
    /// The commits, oldest first; those that had to are not among them.
    pub(super) commits: Vec<ObjectId>,
    /// Whether the walk ended before the target.
    pub(super) cut_off: bool,
}

/// One walk under way.
struct Walk<'a> {
    differing: Differing,
    behind: Behind,
    /// What came in since the last merge into the mainline, as far as it touched a differing file.
    arrived: Vec<(ObjectId, Rc<[Changed]>)>,
    /// Commits that a merge into the mainline does not fit together with what stays behind.
    torn: BTreeSet<ObjectId>,
    /// Commits that stay behind though they apply.
    kept_back: &'a BTreeSet<ObjectId>,
}

/// How often a walk is made anew because a merge did not fit; tuned by eye.
const ROUNDS: usize = 8;

impl Forward<'_> {
    /// Walks on from `change`, of which only the files that `concerned` names are taken back.
    pub(super) fn from(
        &self,
        change: ObjectId,
        concerned: &dyn Fn(&FilePath) -> bool,
    ) -> Result<Behind, GitError> {
        let mut kept_back = BTreeSet::new();
        for _ in 1..ROUNDS {
            let walk = self.walk(change, concerned, &kept_back)?;
            if walk.torn.is_subset(&kept_back) || walk.behind.cut_off {
                return Ok(walk.behind);
            }
            kept_back.extend(walk.torn);
        }
        Ok(self.walk(change, concerned, &kept_back)?.behind)
    }

    fn walk<'a>(
        &self,
        change: ObjectId,
        concerned: &dyn Fn(&FilePath) -> bool,
        kept_back: &'a BTreeSet<ObjectId>,
    ) -> Result<Walk<'a>, GitError> {
        let mut walk = Walk {
            differing: self.taken_back(change, concerned)?,
            behind: Behind {
                commits: Vec::new(),
                cut_off: false,
            },
            arrived: Vec::new(),
            torn: BTreeSet::new(),
            kept_back,
        };
        for (commit, marks) in self.history.after(change) {
            if self.history.is_landing(commit) {
                self.land(commit, &mut walk)?;
            } else if marks.iter().any(|mark| walk.differing.marks.contains(mark)) {
                let is_many = walk.behind.commits.len() > COMPANY_LIMIT;
                if is_many || self.merges_left.get() == 0 {
                    walk.behind.cut_off = true;
                    break;
                }
                self.arrive(commit, &mut walk)?;
            } else if self.without.contains(&commit) && self.reach == Reach::All {
                let files = self.memory.files(self.repository, commit)?;
                self.leave(&mut walk.differing, &files)?;
            }
        }
        Ok(walk)
    }

    /// The files of the change, as they are without it.
    fn taken_back(
        &self,
        change: ObjectId,
        concerned: &dyn Fn(&FilePath) -> bool,
    ) -> Result<Differing, GitError> {
        let mut differing = Differing::default();
        for file in self.repository.moved_files(change)? {
            let sides = [&file.before, &file.after];
            let is_meant = sides.iter().any(|side| {
                let path = side.as_ref().map(|side| &side.path);
                path.is_some_and(concerned)
            });
            let is = file.after.as_ref().or(file.before.as_ref());
            if let Some(key) = is.map(|side| side.path.clone()).filter(|_| is_meant) {
                let (was, known) = (file.before.as_ref(), file.after.clone());
                if let Some(state) =
                    self.memory
                        .merges
                        .state(self.repository, known.as_ref(), was)?
                {
                    differing.put(&key, Entry { known, state });
                }
            }
        }
        Ok(differing)
    }

    /// Carries the differing files over a commit, or leaves it behind.
    fn arrive(&self, commit: ObjectId, walk: &mut Walk<'_>) -> Result<(), GitError> {
        let files = self.files(commit, &walk.differing)?;
        if self.without.contains(&commit) {
            return self.leave(&mut walk.differing, &files);
        }
        let states = match walk.kept_back.contains(&commit) {
            true => None,
            false => self.applied(&walk.differing, &files)?,
        };
        match states {
            Some(states) => {
                for one in states {
                    walk.differing.take(&one.was);
                    if let Some(entry) = one.entry {
                        walk.differing.put(&one.is, entry);
                    }
                }
                walk.arrived.push((commit, files));
            }
            None => {
                walk.behind.commits.push(commit);
                self.leave(&mut walk.differing, &files)?;
            }
        }
        Ok(())
    }

    /// A merge into the mainline: what the commits came to one after the other becomes what the merge made of them.
    fn land(&self, landing: ObjectId, walk: &mut Walk<'_>) -> Result<(), GitError> {
        for path in std::mem::take(&mut walk.differing.moved) {
            let Some(entry) = walk.differing.files.get(&path) else {
                continue;
            };
            let id = |side: &ReplaySide| (side.mode, side.blob);
            let Some(there) = self.repository.file_at(landing, &path)? else {
                continue;
            };
            if entry.known.as_ref().map(id) == Some(there) {
                continue;
            }
            let after = Some(ReplaySide {
                path: path.clone(),
                mode: there.0,
                blob: there.1,
                content: None,
            });
            let merge = BeforeAfter {
                before: entry.known.clone(),
                after,
            };
            let is_out = self.without.contains(&landing);
            let carried = match is_out {
                true => None,
                false => self.carried(&entry.state, &merge)?,
            };
            let state = match carried {
                Some(state) => state,
                None => {
                    let touches = |files: &[Changed]| {
                        let mut sides = files.iter().flat_map(|file| [&file.before, &file.after]);
                        sides.any(|side| side.as_ref().is_some_and(|side| side.path == path))
                    };
                    let arrived = walk.arrived.iter().filter(|_| !is_out);
                    let here = arrived.filter(|(_, files)| touches(files));
                    walk.torn.extend(here.map(|(commit, _)| *commit));
                    let other = entry.state.side(&self.change(&merge, &merged(&merge)))?;
                    self.memory.merges.state(
                        self.repository,
                        merge.after.as_ref(),
                        other.as_ref(),
                    )?
                }
            };
            walk.differing.take(&path);
            if let Some(state) = state {
                let known = merge.after;
                walk.differing.put(&path, Entry { known, state });
            }
        }
        walk.differing.moved.clear();
        walk.arrived.clear();
        Ok(())
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
            let (known, other) = match differing.take(&was.path) {
                Some(entry) => {
                    let linear = self.linear(entry.known.as_ref(), file)?;
                    let linear = linear.unwrap_or_else(|| BeforeAfter {
                        before: entry.known.clone(),
                        after: entry.known.clone(),
                    });
                    let merged = merged(&linear);
                    let change = self.change(&linear, &merged);
                    let (before, after) = (linear.before.as_ref(), linear.after.as_ref());
                    let alone = self.memory.merges.state(self.repository, after, before)?;
                    let hunks = self.memory.hunks(&change)?;
                    if let Some(state) = entry.state.leaving(hunks.as_deref(), alone.as_ref()) {
                        let known = linear.after.clone();
                        differing.put(&is, Entry { known, state });
                        continue;
                    }
                    let other = entry.state.side(&change)?;
                    (linear.after.clone(), other)
                }
                None if self.reach == Reach::All => (file.after.clone(), file.before.clone()),
                None => continue,
            };
            if let Some(state) =
                self.memory
                    .merges
                    .state(self.repository, known.as_ref(), other.as_ref())?
            {
                differing.put(&is, Entry { known, state });
            }
        }
        Ok(())
    }

    /// What a commit does to a file that may stand differently where the commit was made: on a branch of its own, other
    /// commits that landed before are not there. `None` where git cannot tell.
    fn linear(
        &self,
        known: Option<&ReplaySide>,
        file: &Changed,
    ) -> Result<Option<Changed>, GitError> {
        let id = |side: &ReplaySide| (side.mode, side.blob);
        if known.map(id) == file.before.as_ref().map(id) {
            return Ok(Some(file.clone()));
        }
        let mut three = merged(file);
        let path = three.path.clone();
        three.sides.ours = known.map(|side| ReplaySide {
            path,
            ..side.clone()
        });
        let Ok(after) = self.memory.merges.three_way(self.repository, three)? else {
            return Ok(None);
        };
        let path = file.after.as_ref().map(|side| &side.path);
        Ok(Some(BeforeAfter {
            before: known.cloned(),
            after: after.map(|side| ReplaySide {
                path: path.unwrap_or(&side.path).clone(),
                ..side
            }),
        }))
    }

    fn change<'a>(&'a self, file: &'a Changed, merged: &'a ReplayFile) -> Change<'a> {
        Change {
            repository: self.repository,
            merges: &self.memory.merges,
            file: merged,
            known: file.as_ref().map(Option::as_ref),
        }
    }

    /// The state after a change, itself `None` where nothing differs any more; `None` where it does not apply.
    fn carried(&self, state: &State, file: &Changed) -> Result<Option<Option<State>>, GitError> {
        let left = self.merges_left.get();
        self.merges_left.set(left.saturating_sub(1));
        let merged = merged(file);
        let change = self.change(file, &merged);
        Ok(
            match state.carried(&change, (self.memory.hunks(&change)?.as_deref(), &[]))? {
                Carried::Joined => Some(None),
                Carried::Differs(state) => Some(Some(state)),
                Carried::Conflict(..) => None,
            },
        )
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
            let Some(entry) = differing.files.get(&was.path) else {
                continue;
            };
            // Where git cannot tell, the merge into the mainline will.
            let Some(linear) = self.linear(entry.known.as_ref(), file)? else {
                continue;
            };
            let Some(state) = self.carried(&entry.state, &linear)? else {
                return Ok(None);
            };
            let known = linear.after;
            states.push(Applied {
                was: was.path.clone(),
                is: file.after.as_ref().unwrap_or(was).path.clone(),
                entry: state.map(|state| Entry { known, state }),
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
    entry: Option<Entry>,
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
