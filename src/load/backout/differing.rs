//! The files in which a history carried on without a change differs from the real one.

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

use crate::change::replay::ReplaySide;
use crate::git::path_mark;
use crate::text::FilePath;

use super::drift::State;

/// A file that differs from what it was.
pub(super) struct Entry {
    /// As the history has it, with all landed commits so far applied one after the other.
    pub(super) known: Option<ReplaySide>,
    /// As it is without the change.
    pub(super) state: State,
}

/// The files that differ from what they were, under the names that they had.
#[derive(Default)]
pub(super) struct Differing {
    pub(super) files: BTreeMap<FilePath, Entry>,
    pub(super) marks: FxHashSet<u32>,
    /// Those that changed since the last merge into the mainline.
    pub(super) moved: BTreeSet<FilePath>,
}

impl Differing {
    pub(super) fn put(&mut self, path: &FilePath, entry: Entry) {
        self.marks.insert(path_mark(path));
        self.moved.insert(path.clone());
        self.files.insert(path.clone(), entry);
    }

    pub(super) fn take(&mut self, path: &FilePath) -> Option<Entry> {
        // The mark stays: another path may share it, and a mark too many only costs a look.
        self.files.remove(path)
    }
}
