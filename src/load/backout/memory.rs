//! What commits changed, worked out once: walks over one history ask for the same again and again.

use std::cell::RefCell;
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::change::ObjectId;
use crate::change::hunks::Hunk;
use crate::change::replay::ReplaySide;
use crate::git::{GitError, Repository};
use crate::text::BeforeAfter;

use super::drift::Change;
use super::merges::Merges;

/// One file as a commit found it and left it.
pub(super) type Changed = BeforeAfter<Option<ReplaySide>>;

/// What commits of one history changed.
#[derive(Default)]
pub(super) struct Memory {
    files: RefCell<FxHashMap<ObjectId, Rc<[Changed]>>>,
    hunks: RefCell<FxHashMap<(ObjectId, ObjectId), Hunks>>,
    pub(super) merges: Merges,
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

    /// What a change does to a text; `None` where it is not one text that becomes another.
    pub(super) fn hunks(&self, change: &Change<'_>) -> Result<Hunks, GitError> {
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
