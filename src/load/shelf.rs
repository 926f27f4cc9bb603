//! What is kept from one tree index to the next: neighbouring trees share nearly all of their files.
//!
//! A shelf holds one base: the files of a tree that was opened before, with the files of every name. An index over a
//! neighbouring tree takes what is the same from there, and looks only into the other files itself. Answers do not
//! depend on what lies on the shelf. The file is long because opening a tree, mending the one before and taking a new base
//! change the same state.

use std::sync::{Arc, Mutex, PoisonError};

use crate::cache::Store;
use crate::change::ObjectId;
use crate::git::{GitError, Repository};
use crate::graph::index::FileId;
use crate::graph::known_includes::{KnownIncludes, same_lines};
use crate::graph::names::NameMark;
use crate::text::{FilePath, offset};

use super::base::{Base, KnownSites, Neighbour, Postings};
use super::index::listing;
use super::maintainers;
use super::reading::{FactsMemo, Handles, IndexedFile};
use super::strangers::Strangers;

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

/// Files of a tree that the base has not before the tree becomes the new base: more cost time with every tree, a new base
/// costs about a fifth of a second for 7,000 files.
const STRANGERS: usize = 800;

/// Such files of all trees since: more take memory, some 40 KB each.
const MOST_STRANGERS: usize = 1_000;

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
    /// Files that the base has not.
    strangers: Arc<Strangers>,
    facts: Arc<FactsMemo>,
}

/// The tree that was opened before.
#[derive(Clone)]
struct Last {
    tree: ObjectId,
    listing: Arc<Listing>,
    includes: Arc<KnownIncludes>,
    filled: Filled,
}

/// The files of a tree, and which of them the base has.
#[derive(Clone)]
struct Filled {
    files: Arc<Vec<Arc<IndexedFile>>>,
    /// For each path of the tree, where the base has it.
    in_base: Arc<Vec<Option<FileId>>>,
    /// For each file of the base, where the tree has it.
    here: Arc<Vec<Option<FileId>>>,
    /// The files of the tree that the base has not, sorted.
    strangers: Vec<FileId>,
    missing: Vec<FilePath>,
}

/// What a tree's listing is to that of the tree before.
enum Step {
    /// The paths are the same; these files are others, sorted.
    InPlace(Vec<FileId>),
    /// There are other paths, or there was no tree before.
    Other,
}

/// The files of one tree, in order, and which of them the base knows.
pub(super) struct Opened {
    pub(super) handles: Arc<Handles>,
    pub(super) listing: Arc<Listing>,
    pub(super) files: Arc<Vec<Arc<IndexedFile>>>,
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
        let last = self.last.take();
        let (listing, step) = match &last {
            Some(last) => neighbouring(repository, last, tree)?,
            None => (listing(repository, tree, store)?.into(), Step::Other),
        };
        let source = (store, &*handles);
        let (filled, includes) = match (last, step) {
            (Some(last), Step::InPlace(changed)) if last.filled.missing.is_empty() => {
                self.mended(last, (&listing, changed), source)
            }
            (last, _) => self.filled(last.as_ref(), &listing, source),
        };
        let mut opened = Opened {
            neighbour: self.neighbour(&filled, &listing),
            missing: filled.missing.clone(),
            files: Arc::clone(&filled.files),
            facts: Arc::clone(&self.facts),
            handles,
            listing,
            includes,
        };
        self.last = Some(Last {
            tree,
            listing: Arc::clone(&opened.listing),
            includes: Arc::clone(&opened.includes),
            filled,
        });
        let is_far = (opened.neighbour.as_ref()).is_none_or(|one| one.strangers.len() > STRANGERS);
        // A base without all of its files would hide that some are missing.
        if opened.missing.is_empty() && (is_far || self.strangers.len() > MOST_STRANGERS) {
            opened.neighbour = Some(self.rebased(&opened, store));
        }
        Ok(opened)
    }

    /// Makes a tree, the one that was opened last, the new base.
    fn rebased(&mut self, opened: &Opened, store: &Store) -> Neighbour {
        let base = Arc::new(Base {
            listing: Arc::clone(&opened.listing),
            files: Arc::clone(&opened.files),
            postings: Postings::of(&opened.files, (store, &opened.handles)),
            sites: KnownSites::default(),
        });
        // What names mean here goes over to the new base.
        if let (Some(old), Some(neighbour)) = (&self.base, &opened.neighbour) {
            let names = old.sites.names();
            let names: Vec<&str> = names.iter().map(|name| &**name).collect();
            let sites = neighbour.sites(&names, (store, &opened.handles, &opened.facts));
            base.sites.keep(&names, &sites.unwrap_or_default());
        }
        self.base = Some(Arc::clone(&base));
        self.strangers = Arc::default();
        let itself = Neighbour::itself(base);
        if let Some(last) = &mut self.last {
            last.filled.in_base = Arc::clone(&itself.here);
            last.filled.here = Arc::clone(&itself.here);
            last.filled.strangers.clear();
        }
        itself
    }

    fn neighbour(&self, filled: &Filled, listing: &Listing) -> Option<Neighbour> {
        let base = self.base.clone()?;
        let strangers = filled.strangers.iter();
        let blobs = strangers.map(|id| (*id, listing.blobs[id.0 as usize]));
        Some(Neighbour {
            base,
            here: Arc::clone(&filled.here),
            known: Some((Arc::clone(&self.strangers), self.strangers.here(blobs))),
            strangers: filled.strangers.clone(),
        })
    }

    /// The files of a tree whose paths are those of the tree before, in which these files are others.
    fn mended(
        &mut self,
        last: Last,
        (listing, changed): (&Listing, Vec<FileId>),
        source: (&Store, &Handles),
    ) -> (Filled, Arc<KnownIncludes>) {
        let (mut filled, includes) = (last.filled, last.includes);
        let before: Vec<_> = changed
            .iter()
            .map(|id| Arc::clone(&filled.files[id.0 as usize]))
            .collect();
        self.fill(&mut filled, (listing, &changed), source);
        let before = before.iter().zip(changed);
        let includes = match other_lines(before, &filled.files, source) {
            others if others.is_empty() => includes,
            others => Arc::new(includes.without(&others)),
        };
        (filled, includes)
    }

    /// The files of any tree.
    fn filled(
        &mut self,
        last: Option<&Last>,
        listing: &Listing,
        source: (&Store, &Handles),
    ) -> (Filled, Arc<KnownIncludes>) {
        let count = listing.blobs.len();
        let base = self.base.as_ref().map(|base| &*base.listing);
        let in_base = base.map_or_else(|| vec![None; count], |base| paths_in(base, listing));
        let unopened = Arc::new(IndexedFile::unopened(ObjectId::default()));
        let mut filled = Filled {
            files: Arc::new(vec![unopened; count]),
            in_base: Arc::new(in_base),
            here: Arc::new(vec![None; base.map_or(0, |base| base.blobs.len())]),
            strangers: Vec::new(),
            missing: Vec::new(),
        };
        let all: Vec<FileId> = (0..offset(count)).map(FileId).collect();
        self.fill(&mut filled, (listing, &all), source);
        let known = last.and_then(|last| self.moved(last, (&filled, listing), source));
        let nothing = || Arc::new(KnownIncludes::nothing(count));
        (filled, known.unwrap_or_else(nothing))
    }

    /// What of the includes of the tree before is true of one with other paths.
    fn moved(
        &self,
        last: &Last,
        (filled, listing): (&Filled, &Listing),
        source: (&Store, &Handles),
    ) -> Option<Arc<KnownIncludes>> {
        let neighbour = self.neighbour(filled, listing)?;
        let here = paths_in(listing, &last.listing);
        let (mut is_new, mut both) = (vec![true; listing.paths.len()], Vec::new());
        for (file, id) in last.filled.files.iter().zip(&here) {
            if let Some(id) = id {
                is_new[id.0 as usize] = false;
                both.push((file, *id));
            }
        }
        let new = (0..).zip(&is_new).filter(|(_, is_new)| **is_new);
        let new: Vec<FileId> = new.map(|(at, _)| FileId(at)).collect();
        let gone = here.iter().zip(&*last.listing.paths);
        let gone = gone.filter(|(id, _)| id.is_none()).map(|(_, path)| path);
        let came = new.iter().map(|id| &listing.paths[id.0 as usize]);
        let names = gone.chain(came).map(FilePath::file_name);
        let mut others: Vec<FileId> = names
            .flat_map(|name| neighbour.having(NameMark::used(name)))
            .map(|(file, _)| file)
            .collect();
        others.extend(other_lines(both.into_iter(), &filled.files, source));
        others.extend(new);
        others.sort_unstable();
        others.dedup();
        let count = listing.paths.len();
        Some(Arc::new(last.includes.moved(&here, &others, count)))
    }

    /// Looks these files up: in the base, among the strangers, in the cache, in the repository.
    fn fill(
        &mut self,
        filled: &mut Filled,
        (listing, ids): (&Listing, &[FileId]),
        (store, handles): (&Store, &Handles),
    ) {
        let (files, here) = (
            Arc::make_mut(&mut filled.files),
            Arc::make_mut(&mut filled.here),
        );
        let mut new = Vec::new();
        for id in ids {
            let blob = listing.blobs[id.0 as usize];
            let place = filled.in_base[id.0 as usize];
            let base = self.base.as_ref().zip(place);
            let known = base.filter(|(base, at)| base.listing.blobs[at.0 as usize] == blob);
            if let Some(at) = place {
                here[at.0 as usize] = known.map(|_same| *id);
            }
            let among = filled.strangers.binary_search(id);
            let file = match known {
                Some((base, at)) => base.files.get(at.0 as usize),
                None => self.strangers.file(blob),
            };
            match (known, among) {
                (Some(_), Ok(at)) => drop(filled.strangers.remove(at)),
                (None, Err(at)) => filled.strangers.insert(at, *id),
                _ => {}
            }
            match file {
                Some(file) => files[id.0 as usize] = Arc::clone(file),
                None => new.push(*id),
            }
        }
        let blobs: Vec<ObjectId> = new.iter().map(|id| listing.blobs[id.0 as usize]).collect();
        let read = IndexedFile::of_blobs(store, handles, &blobs);
        for (id, (file, is_there)) in new.into_iter().zip(read) {
            let file = Arc::new(file);
            if !is_there {
                filled.missing.push(listing.paths[id.0 as usize].clone());
            } else if self.base.is_some() {
                Arc::make_mut(&mut self.strangers).add(&file, (store, handles));
            }
            files[id.0 as usize] = file;
        }
    }
}

/// Those of the files, each with what it was before, whose include lines are other ones now.
fn other_lines<'f>(
    before: impl Iterator<Item = (&'f Arc<IndexedFile>, FileId)>,
    files: &[Arc<IndexedFile>],
    (store, handles): (&Store, &Handles),
) -> Vec<FileId> {
    let is_other = |(one, id): &(&Arc<IndexedFile>, FileId)| {
        let other = &files[id.0 as usize];
        let lines = |file: &'_ Arc<IndexedFile>| file.include_lines(store, handles).to_vec();
        !Arc::ptr_eq(one, other) && !same_lines(&lines(one), &lines(other))
    };
    before.filter(is_other).map(|(_, id)| id).collect()
}

/// For each path of a tree, where a base has it.
fn paths_in(base: &Listing, listing: &Listing) -> Vec<Option<FileId>> {
    let mut at = 0;
    let place = |path: &FilePath| {
        while base.paths.get(at).is_some_and(|other| other < path) {
            at += 1;
        }
        (base.paths.get(at) == Some(path)).then_some(FileId(offset(at)))
    };
    listing.paths.iter().map(place).collect()
}

/// The listing of a tree from that of another one, by what differs between them.
fn neighbouring(
    repository: &Repository,
    last: &Last,
    tree: ObjectId,
) -> Result<(Arc<Listing>, Step), GitError> {
    let differences = repository.c_files_between(last.tree, tree)?;
    let listing = &last.listing;
    if differences.is_empty() {
        return Ok((Arc::clone(listing), Step::InPlace(Vec::new())));
    }
    let place = |path: &FilePath| listing.paths.binary_search(path).ok();
    if differences
        .iter()
        .all(|(path, blob)| place(path).is_some() == blob.is_some())
    {
        let (mut blobs, mut changed) = (listing.blobs.clone(), Vec::new());
        for (path, blob) in differences {
            if let (Some(at), Some(blob)) = (place(&path), blob) {
                blobs[at] = blob;
                changed.push(FileId(offset(at)));
            }
        }
        changed.sort_unstable();
        let paths = Arc::clone(&listing.paths);
        return Ok((Arc::new(Listing { paths, blobs }), Step::InPlace(changed)));
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
    Ok((Arc::new(files.into_iter().collect()), Step::Other))
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
