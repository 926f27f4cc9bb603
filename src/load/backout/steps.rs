//! One step of a run: the files that a commit looked at when it came out, and what it made of them.

use std::cell::{OnceCell, RefCell};
use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::change::hunks::Hunk;
use crate::change::replay::{MergedContent, ReplayFile, ReplaySide};
use crate::change::{Content, FileMode, ObjectId};
use crate::git::{GitError, Repository};
use crate::merge::Conflict;
use crate::text::{BeforeAfter, FilePath};

use super::drift::{Change, State};
use super::merges::Merges;
use super::sequence::Sequence;
use super::trace::Lines;

/// One commit of a run.
pub(super) struct Done {
    pub(super) commit: ObjectId,
    pub(super) mainline: Option<usize>,
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
    effect: OnceCell<Effect>,
    left: OnceCell<Option<State>>,
}

/// What a step does to a file; `hunks` is `None` where it is not one text that becomes another.
pub(super) struct Effect {
    pub(super) hunks: Option<Vec<Hunk>>,
    /// Lines of the file before it that the step would have changed, had they not been changed alike already.
    pub(super) alike: Vec<Lines>,
}

/// What a step finds where it is taken once more.
pub(super) enum Found {
    /// The very files that it found before.
    Same,
    /// All its files where they were, as they are now.
    InPlace(Vec<ReplaySide>),
    /// Names change, or files come and go: what git then does depends on other files, too.
    Elsewhere,
}

/// The files that a step merged, with what they became; `Err` with its conflicts.
type Refreshed = Result<Vec<(ReplayFile, Option<ReplaySide>)>, Vec<Conflict>>;

impl Done {
    /// What the step, taken in `now`, finds.
    pub(super) fn finds(&self, repository: &Repository, now: &Sequence) -> Result<Found, GitError> {
        let id = |side: &ReplaySide| (side.mode, side.blob);
        let mut files = Vec::with_capacity(self.files.len());
        let mut is_same = true;
        for one in &*self.files {
            let sides = &one.file.sides;
            let (Some(_), Some(ours)) = (&sides.base, &sides.ours) else {
                return Ok(Found::Elsewhere);
            };
            let there = now.file(repository, &one.file.path)?;
            let Some(there) = there.filter(|_| one.is_in_place()) else {
                return Ok(Found::Elsewhere);
            };
            if there.mode == FileMode::Submodule {
                return Ok(Found::Elsewhere);
            }
            is_same &= id(&there) == id(ours);
            files.push(there);
        }
        Ok(match is_same {
            true => Found::Same,
            false => Found::InPlace(files),
        })
    }

    /// Merges the files of the step into others that stand in their places.
    pub(super) fn merged(
        &self,
        repository: &Repository,
        merges: &Merges,
        ours: Vec<ReplaySide>,
    ) -> Result<Refreshed, GitError> {
        let id = |side: &ReplaySide| (side.mode, side.blob);
        let (mut files, mut conflicts) = (Vec::new(), Vec::new());
        for (one, ours) in self.files.iter().zip(ours) {
            let mut file = one.file.clone();
            let is_same = file.sides.ours.as_ref().map(id) == Some(id(&ours));
            file.sides.ours = Some(ours);
            if is_same {
                files.push((file, one.became.clone()));
                continue;
            }
            match merges.three_way(repository, file.clone())? {
                Ok(became) => files.push((file, became)),
                Err((file, kind)) => conflicts.push(Conflict {
                    path: one.file.path.clone(),
                    kind,
                    hunks: 0,
                    file: *file,
                }),
            }
        }
        Ok(match conflicts.is_empty() {
            true => Ok(files),
            false => Err(conflicts),
        })
    }
}

impl DoneFile {
    pub(super) fn new(file: ReplayFile, became: Option<ReplaySide>) -> Self {
        Self {
            file: without_contents(file),
            became,
            effect: OnceCell::new(),
            left: OnceCell::new(),
        }
    }

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

    /// Whether a side of the file, or what it becomes, has this name.
    pub(super) fn names(&self, path: &FilePath) -> bool {
        let sides = &self.file.sides;
        let sides = [&sides.base, &sides.ours, &sides.theirs];
        self.file.path == *path || sides.into_iter().flatten().any(|side| side.path == *path)
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
    pub(super) fn effect(
        &self,
        repository: &Repository,
        merges: &Merges,
    ) -> Result<&Effect, GitError> {
        if let Some(known) = self.effect.get() {
            return Ok(known);
        }
        let change = self.change(repository, merges);
        let hunks = change.hunks()?;
        let alike = match &hunks {
            Some(hunks) => change.alike(hunks)?,
            None => Vec::new(),
        };
        Ok(self.effect.get_or_init(|| Effect { hunks, alike }))
    }

    /// The file where this step alone is left out, told from what the step made of it; worked out once.
    pub(super) fn left(&self, repository: &Repository) -> Result<Option<State>, GitError> {
        if let Some(known) = self.left.get() {
            return Ok(known.clone());
        }
        let (was, is) = (self.file.sides.ours.as_ref(), self.became.as_ref());
        let state = State::of(repository, is, was)?;
        Ok(self.left.get_or_init(|| state).clone())
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

/// What a file of a step is put into a tree as.
pub(super) fn content_of(side: ReplaySide) -> (FileMode, MergedContent) {
    match side.content {
        Some(Content::Bytes(bytes)) => (side.mode, MergedContent::Bytes(bytes)),
        _ => (side.mode, MergedContent::Stored(side.blob)),
    }
}
