//! What is kept from one tree index to the next: neighbouring trees share nearly all of their files.
//!
//! A shelf holds one base: the files of a tree that was opened before, with the files of every name. An index over a
//! neighbouring tree takes what is the same from there, and looks only into the other files itself. Answers do not
//! depend on what lies on the shelf.

use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

use crate::cache::Store;
use crate::change::ObjectId;
use crate::git::{GitError, Repository};
use crate::graph::includes::{KnownIncludes, same_lines};
use crate::graph::index::FileId;
use crate::text::{FilePath, offset};

use super::base::{Base, Neighbour, Postings, places};
use super::index::{FactsMemo, Handles, IndexedFile, listing};
use super::maintainers;

/// The C files of a tree, sorted by path.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Shared by trees of the same paths.
    pub(super) paths: Arc<Vec<FilePath>>,
    /// In the order of the paths.
    pub(super) blobs: Vec<ObjectId>,
}

impl FromIterator<(FilePath, ObjectId)> for Listing {
    fn from_iter<T: IntoIterator<Item = (FilePath, ObjectId)>>(files: T) -> Self {
        let (paths, blobs): (Vec<_>, _) = files.into_iter().unzip();
        Self {
            paths: Arc::new(paths),
            blobs,
        }
    }
}

/// Files that are not on the shelf before a tree becomes the new base; more make every question slower, a new base costs
/// about a fifth of a second for 7,000 files.
const STRANGERS: usize = 400;

/// What one thread keeps of the trees that it opens one after the other.
pub struct Shelf<'a> {
    pub(super) store: &'a Store,
    kept: Mutex<Kept>,
    origin: Option<&'a Origin>,
    pub(super) maintainers: maintainers::Memo,
}

/// What the shelves of several threads start from: whoever comes first fills it.
#[derive(Default)]
pub struct Origin(Mutex<Option<Kept>>);

#[derive(Clone, Default)]
struct Kept {
    handles: Option<Arc<Handles>>,
    last: Option<Last>,
    base: Option<Arc<Base>>,
    /// Files that the base has not, by blob.
    strangers: FxHashMap<ObjectId, Arc<IndexedFile>>,
    facts: Arc<FactsMemo>,
}

/// The tree that was opened before.
#[derive(Clone)]
struct Last {
    tree: ObjectId,
    listing: Arc<Listing>,
    files: Vec<Arc<IndexedFile>>,
    includes: Arc<KnownIncludes>,
}

/// The files of one tree, in order, and which of them the base knows.
pub(super) struct Opened {
    pub(super) handles: Arc<Handles>,
    pub(super) listing: Arc<Listing>,
    pub(super) files: Vec<Arc<IndexedFile>>,
    pub(super) facts: Arc<FactsMemo>,
    pub(super) includes: Arc<KnownIncludes>,
    pub(super) neighbour: Option<Neighbour>,
    pub(super) missing: Vec<FilePath>,
}

impl<'a> Shelf<'a> {
    /// An empty one.
    #[must_use]
    pub fn new(store: &'a Store) -> Self {
        Self {
            store,
            kept: Mutex::default(),
            origin: None,
            maintainers: maintainers::Memo::default(),
        }
    }

    /// One of several that start from the same tree, the first that any of them opens, and share the facts of items.
    #[must_use]
    pub fn beside(store: &'a Store, origin: &'a Origin) -> Self {
        Self {
            origin: Some(origin),
            ..Self::new(store)
        }
    }

    /// The files of a tree, as many as possible from the shelf.
    pub(super) fn open(&self, repository: &Repository, tree: ObjectId) -> Result<Opened, GitError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(origin) = self.origin.filter(|_| kept.base.is_none()) else {
            return kept.open(repository, tree, self.store);
        };
        let mut first = origin.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(first) = &*first {
            *kept = first.clone();
            kept.handles = None;
            return kept.open(repository, tree, self.store);
        }
        let opened = kept.open(repository, tree, self.store)?;
        *first = kept.base.is_some().then(|| kept.clone());
        Ok(opened)
    }
}

impl Kept {
    fn open(
        &mut self,
        repository: &Repository,
        tree: ObjectId,
        store: &Store,
    ) -> Result<Opened, GitError> {
        let handles = match &self.handles {
            Some(handles) => Arc::clone(handles),
            None => Arc::new(Handles::new(repository)?),
        };
        self.handles = Some(Arc::clone(&handles));
        let listing = match &self.last {
            Some(last) => neighbouring(repository, last, tree)?,
            None => listing(repository, tree, store)?.into(),
        };
        let mut opened = self.opened(store, handles, listing);
        self.last = Some(Last {
            tree,
            listing: Arc::clone(&opened.listing),
            files: opened.files.clone(),
            includes: Arc::clone(&opened.includes),
        });
        let strangers = opened.neighbour.as_ref().map(|one| one.strangers.len());
        let is_far = strangers.is_none_or(|count| count > STRANGERS);
        // A base without all of its files would hide that some are missing.
        if opened.missing.is_empty() && (is_far || self.strangers.len() > 2 * STRANGERS) {
            opened.neighbour = Some(self.rebased(&opened, store));
        }
        Ok(opened)
    }

    /// Makes a tree the new base.
    fn rebased(&mut self, opened: &Opened, store: &Store) -> Neighbour {
        let base = Arc::new(Base {
            listing: Arc::clone(&opened.listing),
            files: opened.files.clone(),
            postings: Postings::of(&opened.files, (store, &opened.handles)),
        });
        self.base = Some(Arc::clone(&base));
        self.strangers.clear();
        Neighbour::itself(base)
    }

    fn opened(&mut self, store: &Store, handles: Arc<Handles>, listing: Arc<Listing>) -> Opened {
        let base = self.base.clone();
        let here = base
            .as_ref()
            .map_or_else(Vec::new, |base| places(&base.listing, &listing));
        let mut files: Vec<Option<Arc<IndexedFile>>> = vec![None; listing.blobs.len()];
        for (at, id) in here.iter().enumerate() {
            if let (Some(id), Some(base)) = (id, &base) {
                files[id.0 as usize] = base.files.get(at).cloned();
            }
        }
        let ids = (0..files.len()).filter(|at| files[*at].is_none());
        let strangers: Vec<FileId> = ids.map(|at| FileId(offset(at))).collect();
        for id in &strangers {
            let at = id.0 as usize;
            files[at] = self.strangers.get(&listing.blobs[at]).cloned();
        }
        let new: Vec<usize> = (0..files.len()).filter(|at| files[*at].is_none()).collect();
        let blobs: Vec<ObjectId> = new.iter().map(|at| listing.blobs[*at]).collect();
        let read = IndexedFile::of_blobs(store, &handles, &blobs);
        let mut missing = Vec::new();
        for (at, (file, is_there)) in new.into_iter().zip(read) {
            let file = Arc::new(file);
            if is_there {
                if base.is_some() {
                    self.strangers.insert(listing.blobs[at], Arc::clone(&file));
                }
            } else {
                missing.push(listing.paths[at].clone());
            }
            files[at] = Some(file);
        }
        let files: Vec<_> = files.into_iter().flatten().collect();
        let known = self
            .last
            .as_ref()
            .map(|last| last.includes(&listing, &files, (store, &handles)));
        let nothing = || Arc::new(KnownIncludes::nothing(files.len()));
        Opened {
            includes: known.flatten().unwrap_or_else(nothing),
            handles,
            files,
            listing,
            facts: Arc::clone(&self.facts),
            neighbour: base.map(|base| Neighbour {
                base,
                here,
                strangers,
            }),
            missing,
        }
    }
}

impl Last {
    /// What of its includes is true of another tree as well; `None` where the paths are others.
    fn includes(
        &self,
        listing: &Listing,
        files: &[Arc<IndexedFile>],
        (store, handles): (&Store, &Handles),
    ) -> Option<Arc<KnownIncludes>> {
        if !Arc::ptr_eq(&self.listing.paths, &listing.paths) {
            return None;
        }
        let pairs = self.files.iter().zip(files).enumerate();
        let is_other = |one: &Arc<IndexedFile>, other: &Arc<IndexedFile>| {
            let lines = |file: &'_ Arc<IndexedFile>| file.include_lines(store, handles).to_vec();
            !Arc::ptr_eq(one, other) && !same_lines(&lines(one), &lines(other))
        };
        let others = pairs.filter(|(_, (one, other))| is_other(one, other));
        let others: Vec<_> = others.map(|(at, _)| FileId(offset(at))).collect();
        if others.is_empty() {
            return Some(Arc::clone(&self.includes));
        }
        Some(Arc::new(self.includes.without(&others)))
    }
}

/// The listing of a tree from that of another one, by what differs between them.
fn neighbouring(
    repository: &Repository,
    last: &Last,
    tree: ObjectId,
) -> Result<Arc<Listing>, GitError> {
    let differences = repository.c_files_between(last.tree, tree)?;
    let listing = &last.listing;
    if differences.is_empty() {
        return Ok(Arc::clone(listing));
    }
    let place = |path: &FilePath| listing.paths.binary_search(path).ok();
    if differences
        .iter()
        .all(|(path, blob)| place(path).is_some() == blob.is_some())
    {
        let mut blobs = listing.blobs.clone();
        for (path, blob) in differences {
            if let (Some(at), Some(blob)) = (place(&path), blob) {
                blobs[at] = blob;
            }
        }
        let paths = Arc::clone(&listing.paths);
        return Ok(Arc::new(Listing { paths, blobs }));
    }
    let mut differences = differences.into_iter().peekable();
    let mut files: Vec<(FilePath, ObjectId)> = Vec::with_capacity(listing.blobs.len() + 16);
    for (path, blob) in listing.paths.iter().zip(&listing.blobs) {
        while let Some((path, blob)) = differences.next_if(|(other, _)| other < path) {
            files.extend(blob.map(|blob| (path, blob)));
        }
        match differences.next_if(|(other, _)| other == path) {
            Some((path, blob)) => files.extend(blob.map(|blob| (path, blob))),
            None => files.push((path.clone(), *blob)),
        }
    }
    files.extend(differences.filter_map(|(path, blob)| Some((path, blob?))));
    Ok(Arc::new(files.into_iter().collect()))
}

impl std::fmt::Debug for Shelf<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shelf").finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Origin").finish_non_exhaustive()
    }
}
