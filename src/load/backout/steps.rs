//! One step of a run: the files that a commit looked at when it came out, and what it made of them.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::change::hunks::Hunk;
use crate::change::replay::{ReplayFile, ReplaySide};
use crate::change::{Content, FileMode, ObjectId};
use crate::git::{GitError, Repository};
use crate::text::{BeforeAfter, FilePath};

use super::drift::Change;
use super::merges::Merges;
use super::sequence::Sequence;

/// One commit of a run.
pub(super) struct Done {
    pub(super) commit: ObjectId,
    /// Whether it had to be merged.
    pub(super) is_anew: bool,
    /// The result before it.
    pub(super) before: Sequence,
    /// The files that it looked at.
    pub(super) files: Rc<[DoneFile]>,
    /// What it added to the notes, and which files it merged by syntax.
    pub(super) notes: Vec<String>,
    pub(super) resolved: Vec<(ObjectId, FilePath)>,
}

/// How commits came out when they last did: where one finds its files again as they were, so it leaves them.
#[derive(Default)]
pub(super) struct Steps(RefCell<FxHashMap<ObjectId, Rc<Done>>>);

impl Steps {
    pub(super) fn last(&self, commit: ObjectId) -> Option<Rc<Done>> {
        self.0.borrow().get(&commit).cloned()
    }

    pub(super) fn remember(&self, step: &Rc<Done>) {
        self.0.borrow_mut().insert(step.commit, step.clone());
    }
}

/// A file of a step.
pub(super) struct DoneFile {
    /// As it was merged, contents left out.
    pub(super) file: ReplayFile,
    /// What it became.
    pub(super) became: Option<ReplaySide>,
    pub(super) hunks: OnceCell<Option<Vec<Hunk>>>,
}

impl Done {
    /// Whether the step, taken in `now`, finds what it found before. Not asked where names change or files come and go,
    /// for what git then does depends on other files, too.
    pub(super) fn comes_again(
        &self,
        repository: &Repository,
        now: &Sequence,
    ) -> Result<bool, GitError> {
        let id = |side: &ReplaySide| (side.mode, side.blob);
        for one in &*self.files {
            let sides = &one.file.sides;
            let (Some(_), Some(ours)) = (&sides.base, &sides.ours) else {
                return Ok(false);
            };
            if !one.is_in_place() {
                return Ok(false);
            }
            let there = now.file(repository, &one.file.path)?;
            if there.as_ref().map(id) != Some(id(ours)) {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

impl DoneFile {
    /// Whether the file has one name on every side that has it, and nothing but itself is merged.
    pub(super) fn is_in_place(&self) -> bool {
        let sides = &self.file.sides;
        let sides = [&sides.base, &sides.ours, &sides.theirs];
        let same = sides
            .into_iter()
            .flatten()
            .all(|side| side.path == self.file.path && side.mode != FileMode::Submodule);
        same && self.file.conflict.is_none()
    }

    pub(super) fn change<'a>(
        &'a self,
        repository: &'a Repository,
        merges: &'a Merges,
    ) -> Change<'a> {
        Change {
            repository,
            merges,
            file: &self.file,
            known: BeforeAfter {
                before: self.file.sides.ours.as_ref(),
                after: self.became.as_ref(),
            },
        }
    }

    /// What the step did to the file, worked out once.
    pub(super) fn hunks(
        &self,
        repository: &Repository,
        merges: &Merges,
    ) -> Result<Option<&[Hunk]>, GitError> {
        if self.hunks.get().is_none() {
            let hunks = self.change(repository, merges).hunks()?;
            let _ = self.hunks.set(hunks);
        }
        Ok(self.hunks.get().and_then(Option::as_deref))
    }
}

pub(super) fn without_contents(mut file: ReplayFile) -> ReplayFile {
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
