//! Merges of single files that were made already: walks over one history, and rounds of one search, ask for the same again.

use std::cell::{Cell, RefCell};

use rustc_hash::FxHashMap;

use crate::change::replay::{ConflictKind, ReplayFile, ReplaySide};
use crate::change::{Content, FileMode, ObjectId};
use crate::git::{GitError, Repository};

use super::drift::{self, State, Unmerged};

/// Bytes of merged texts that are kept at most; beyond, all are forgotten and the next begin anew. A walk over a year of
/// a large file makes some 20 MB.
const KEPT: usize = 32 << 20;

/// Differences of files that are kept at most; beyond, all are forgotten.
const STATES: usize = 20_000;

/// What files merged into, by the modes and blobs of their sides. The merge does not look at the path.
#[derive(Default)]
pub(super) struct Merges {
    known: RefCell<FxHashMap<Key, Result<Option<ReplaySide>, ConflictKind>>>,
    kept: Cell<usize>,
    states: RefCell<FxHashMap<Pair, Option<State>>>,
}

type Key = [Option<(FileMode, ObjectId)>; 3];
type Pair = [Option<(FileMode, ObjectId)>; 2];

impl Merges {
    /// As [`drift::three_way`]; the result has the file's own path. A file that is known not to merge may be without its
    /// contents.
    pub(super) fn three_way(
        &self,
        repository: &Repository,
        file: ReplayFile,
    ) -> Result<Result<Option<ReplaySide>, Unmerged>, GitError> {
        let sides = [&file.sides.base, &file.sides.ours, &file.sides.theirs];
        let key = sides.map(|side| side.as_ref().map(|side| (side.mode, side.blob)));
        match self.known.borrow().get(&key) {
            Some(Ok(side)) => {
                let path = file.path;
                return Ok(Ok(side.clone().map(|side| ReplaySide { path, ..side })));
            }
            Some(Err(kind)) => return Ok(Err((Box::new(file), *kind))),
            None => {}
        }
        let merged = drift::three_way(repository, file)?;
        let side = merged.as_ref().ok().and_then(Option::as_ref);
        let size = match side.and_then(|side| side.content.as_ref()) {
            Some(Content::Bytes(bytes)) => bytes.len(),
            _ => 0,
        };
        let mut known = self.known.borrow_mut();
        if self.kept.get() + size > KEPT {
            known.clear();
            self.kept.set(0);
        }
        self.kept.set(self.kept.get() + size);
        let kept = match &merged {
            Ok(side) => Ok(side.clone()),
            Err((_, kind)) => Err(*kind),
        };
        known.insert(key, kept);
        Ok(merged)
    }

    /// As [`State::of`], without the paths.
    pub(super) fn state(
        &self,
        repository: &Repository,
        known: Option<&ReplaySide>,
        other: Option<&ReplaySide>,
    ) -> Result<Option<State>, GitError> {
        let key = [known, other].map(|side| side.map(|side| (side.mode, side.blob)));
        if let Some(state) = self.states.borrow().get(&key) {
            return Ok(state.clone());
        }
        let state = State::of(repository, known, other)?;
        // What stands for the whole file keeps its path and contents.
        if !matches!(state, Some(State::Whole(_))) {
            let mut states = self.states.borrow_mut();
            if states.len() >= STATES {
                states.clear();
            }
            states.insert(key, state.clone());
        }
        Ok(state)
    }
}
