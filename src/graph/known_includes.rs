//! What was worked out about the includes of one tree, and what of it is true of a neighbouring one.
//!
//! Invariant: what is kept is what would be worked out again. Positions grow with paths, so what is sorted stays sorted
//! where a file of another tree has another position.

use std::sync::atomic::AtomicUsize;
use std::sync::{Arc, OnceLock};

use crate::text::offset;

use super::includers::{Earlier, Includers};
use super::index::FileId;
use super::names::IncludeLine;

/// What was worked out about the includes of a tree. It depends on the paths and the include lines of its files alone, so
/// neighbouring trees may share it.
pub struct KnownIncludes {
    /// Every file, by its name without directories, then by path.
    pub(super) by_name: Arc<OnceLock<Vec<FileId>>>,
    /// Of a tree of the same paths.
    shared: Arc<Shared>,
    /// The files that have other include lines there, sorted, each with what it includes here.
    changed: Vec<FileId>,
    own: Vec<OnceLock<Arc<Direct>>>,
    /// What was asked for here.
    reached: Vec<OnceLock<Arc<[FileId]>>>,
    pub(super) includers: OnceLock<Arc<Includers>>,
    pub(super) earlier: Option<Earlier>,
    /// How often somebody asked for includers before all were known.
    pub(super) asked: AtomicUsize,
}

/// What neighbouring trees share: true of each file that reaches none of those that have other lines.
struct Shared {
    direct: Vec<OnceLock<Arc<Direct>>>,
    reached: Vec<OnceLock<Arc<[FileId]>>>,
}

/// So many files with other lines make a tree share nothing any more: each costs time with every question.
const MOST_CHANGED: usize = 64;

fn empty<T>(count: usize) -> Vec<OnceLock<T>> {
    (0..count).map(|_| OnceLock::new()).collect()
}

/// What a file includes itself.
#[derive(Debug, Default)]
pub(super) struct Direct {
    /// The files that its lines mean for everybody, sorted, each once.
    pub(super) sure: Vec<FileId>,
    /// The files that one line may mean, depending on what is built; each once, every one of two and more files.
    pub(super) choices: Vec<Vec<FileId>>,
}

impl Direct {
    /// Files that are meant for everybody.
    pub(super) fn sure(sure: Vec<FileId>) -> Self {
        let choices = Vec::new();
        Self { sure, choices }
    }

    /// The same by the ids of another tree, which has all of them; `None` where it has not.
    fn moved(self: &Arc<Self>, to: impl Fn(FileId) -> Option<FileId>) -> Option<Arc<Self>> {
        if self.all().all(|file| to(file) == Some(file)) {
            return Some(Arc::clone(self));
        }
        let all = |files: &Vec<FileId>| files.iter().map(|file| to(*file)).collect();
        let sure = all(&self.sure)?;
        let choices = self.choices.iter().map(all).collect::<Option<_>>()?;
        Some(Arc::new(Self { sure, choices }))
    }

    pub(super) fn all(&self) -> impl Iterator<Item = FileId> {
        let choices = self.choices.iter().flatten();
        self.sure.iter().chain(choices).copied()
    }
}

impl KnownIncludes {
    /// Nothing yet, of a tree of so many files.
    #[must_use]
    pub fn nothing(count: usize) -> Self {
        Self::of(Shared {
            direct: empty(count),
            reached: empty(count),
        })
    }

    fn of(shared: Shared) -> Self {
        Self {
            by_name: Arc::default(),
            reached: empty(shared.direct.len()),
            shared: Arc::new(shared),
            changed: Vec::new(),
            own: Vec::new(),
            includers: OnceLock::new(),
            earlier: None,
            asked: AtomicUsize::new(0),
        }
    }

    /// How many files the tree has.
    pub(super) fn len(&self) -> usize {
        self.shared.direct.len()
    }

    /// Where what a file includes itself is kept.
    pub(super) fn direct(&self, file: FileId) -> Option<&OnceLock<Arc<Direct>>> {
        match self.changed.binary_search(&file) {
            Ok(at) => self.own.get(at),
            Err(_) => self.shared.direct.get(file.0 as usize),
        }
    }

    /// What a file reaches: as known here or in a neighbouring tree, else as `answer` has it.
    pub(super) fn reached(&self, file: FileId, answer: impl FnOnce() -> Vec<FileId>) -> &[FileId] {
        let at = file.0 as usize;
        let (Some(own), Some(shared)) = (self.reached.get(at), self.shared.reached.get(at)) else {
            return &[];
        };
        own.get_or_init(|| {
            if let Some(files) = shared.get().filter(|files| self.is_shared(files)) {
                return Arc::clone(files);
            }
            let files: Arc<[FileId]> = answer().into();
            if self.is_shared(&files) {
                // Another tree may have been faster: it says the same.
                shared.set(Arc::clone(&files)).ok();
            }
            files
        })
    }

    fn is_shared(&self, files: &[FileId]) -> bool {
        let mut changed = self.changed.iter();
        !changed.any(|one| files.binary_search(one).is_ok())
    }

    /// What a file is known to reach.
    fn known_reached(&self, at: usize) -> Option<&Arc<[FileId]>> {
        let shared = self.shared.reached.get(at).and_then(OnceLock::get);
        let own = self.reached.get(at).and_then(OnceLock::get);
        own.or(shared.filter(|files| self.is_shared(files)))
    }

    /// What stays true of a tree of the same paths in which some files (sorted) have other include lines.
    #[must_use]
    pub fn without(&self, others: &[FileId]) -> Self {
        let is_other = |file: &FileId| others.binary_search(file).is_ok();
        let stays = |files: &&Arc<[FileId]>| {
            let mut others = others.iter();
            !others.any(|one| files.binary_search(one).is_ok())
        };
        let mut changed = [&self.changed[..], others].concat();
        changed.sort_unstable();
        changed.dedup();
        let direct = |file: FileId| match is_other(&file) {
            true => OnceLock::new(),
            false => self.direct(file).cloned().unwrap_or_default(),
        };
        let earlier = self.earlier_for(others);
        let by_name = Arc::clone(&self.by_name);
        if changed.len() > MOST_CHANGED {
            let all = 0..self.len();
            let reached = all.clone().map(|at| self.known_reached(at).filter(stays));
            let shared = Shared {
                direct: all.map(|at| direct(FileId(offset(at)))).collect(),
                reached: reached.map(kept).collect(),
            };
            return Self {
                by_name,
                earlier,
                ..Self::of(shared)
            };
        }
        let reached = self.reached.iter();
        let reached = reached.map(|known| known.get().filter(stays));
        Self {
            by_name,
            shared: Arc::clone(&self.shared),
            own: changed.iter().map(|file| direct(*file)).collect(),
            changed,
            reached: reached.map(kept).collect(),
            includers: OnceLock::new(),
            earlier,
            asked: AtomicUsize::new(0),
        }
    }

    /// What stays true of a tree of other paths: `here` says where it has each file of this one, `others` (sorted) which of
    /// its files this one has not, or has with other lines, or has with a line that names what came or went.
    #[must_use]
    pub fn moved(&self, here: &[Option<FileId>], others: &[FileId], count: usize) -> Self {
        let to = |file: FileId| here.get(file.0 as usize).copied().flatten();
        let stays = |file: &FileId| others.binary_search(file).is_err();
        let mut moved = Shared {
            direct: empty(count),
            reached: empty(count),
        };
        for (at, id) in here.iter().enumerate() {
            let Some(id) = id.filter(stays) else { continue };
            let direct = self.direct(FileId(offset(at))).and_then(OnceLock::get);
            if let Some(direct) = direct.and_then(|direct| direct.moved(to)) {
                moved.direct[id.0 as usize] = OnceLock::from(direct);
            }
            let reached = self
                .known_reached(at)
                .and_then(|files| moved_files(files, to));
            if let Some(files) = reached.filter(|files| files.iter().all(stays)) {
                moved.reached[id.0 as usize] = OnceLock::from(files);
            }
        }
        let earlier = match self.includers.get() {
            Some(includers) => Some(Earlier::of(includers)),
            None => self.earlier.clone(),
        };
        let before = |at: usize| self.direct(FileId(offset(at)))?.get();
        Self {
            earlier: earlier.and_then(|earlier| earlier.moved(here, (others, count), before)),
            ..Self::of(moved)
        }
    }

    fn earlier_for(&self, changed: &[FileId]) -> Option<Earlier> {
        let earlier = match self.includers.get() {
            Some(includers) => Some(Earlier::of(includers)),
            None => self.earlier.clone(),
        };
        earlier?.without(changed, |file| self.direct(file)?.get())
    }
}

impl std::fmt::Debug for KnownIncludes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KnownIncludes").finish_non_exhaustive()
    }
}

/// Whether two files include the same, line by line.
#[must_use]
pub fn same_lines(one: &[IncludeLine], other: &[IncludeLine]) -> bool {
    let written = |line: &IncludeLine| (line.brackets, line.path.clone());
    one.iter().map(written).eq(other.iter().map(written))
}

fn kept(known: Option<&Arc<[FileId]>>) -> OnceLock<Arc<[FileId]>> {
    known.map_or_else(OnceLock::new, |files| OnceLock::from(Arc::clone(files)))
}

/// Files by the ids of another tree, if it has all of them.
fn moved_files(
    files: &Arc<[FileId]>,
    to: impl Fn(FileId) -> Option<FileId>,
) -> Option<Arc<[FileId]>> {
    if files.iter().all(|file| to(*file) == Some(*file)) {
        return Some(Arc::clone(files));
    }
    files.iter().map(|file| to(*file)).collect()
}
