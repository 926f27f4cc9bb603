//! The tree index over a tree of git: summaries and facts out of the cache, else out of the blobs.
//!
//! Opening it cold reads every C blob once and splits it (no parsing); warm, it maps the summaries and reads no blob.
//! Facts are read for the items that are asked for and no others. Answers do not depend on the cache or on the number
//! of threads. A blob that is not there (partial clone) or too large counts as empty, and is noted. The file is
//! long because one type answers the whole trait.

use std::sync::{Arc, Mutex, PoisonError};

use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};

use crate::cache::{Record, Space, Store};
use crate::change::{FileMode, ObjectId};
use crate::facts::ItemFacts;
use crate::git::{GitError, Repository};
use crate::graph::index::{FileId, ItemId, TreeIndex};
use crate::graph::known_includes::KnownIncludes;
use crate::graph::names::{IncludeLine, NameMark};
use crate::graph::resolve::Site;
use crate::graph::split::Split;
use crate::items::{FileItems, Item, ItemKey, ItemKind};
use crate::text::{FilePath, LineIndex, LineNumber, is_c_path, offset};

use super::base::{Neighbour, Postings};
use super::reading::{FactsMemo, Handles, IndexedFile, Met, Reading, Wanted, by_file};
use super::shelf::{Listing, Opened, Shelf};
use super::summary::{self, ItemsView};

const LISTING: Space = Space {
    name: "c-files",
    version: 1,
};
/// The C files of one tree and what they say.
pub struct RevisionIndex<'a> {
    store: &'a Store,
    handles: Arc<Handles>,
    listing: Arc<Listing>,
    files: Arc<Vec<Arc<IndexedFile>>>,
    facts: Arc<FactsMemo>,
    includes: Arc<KnownIncludes>,
    neighbour: Option<Neighbour>,
    notes: Mutex<Vec<String>>,
}

impl<'a> RevisionIndex<'a> {
    /// Opens the index of a tree.
    ///
    /// # Errors
    /// Those of reading the tree itself ([`Repository::snapshot_of_tree`]).
    pub fn open(
        repository: &Repository,
        tree: ObjectId,
        store: &'a Store,
    ) -> Result<Self, GitError> {
        let listing = Arc::new(listing(repository, tree, store)?);
        let handles = Arc::new(Handles::new(repository)?);
        let stored = Neighbour::stored(&listing, store);
        let blobs = listing.blobs.iter();
        let mut files: Vec<_> = blobs
            .map(|blob| Arc::new(IndexedFile::unopened(*blob)))
            .collect();
        let all = || (0..offset(files.len())).map(FileId).collect();
        let unknown: Vec<FileId> = match &stored {
            Ok(neighbour) => neighbour.strangers.clone(),
            Err(_) => all(),
        };
        let blobs: Vec<_> = unknown
            .iter()
            .map(|id| listing.blobs[id.0 as usize])
            .collect();
        let read = IndexedFile::of_blobs(store, &handles, &blobs);
        let mut missing = Vec::new();
        for (id, (file, is_there)) in unknown.into_iter().zip(read) {
            files[id.0 as usize] = Arc::new(file);
            if !is_there {
                missing.push(listing.paths[id.0 as usize].clone());
            }
        }
        let neighbour = match stored {
            Ok(neighbour) => Some(neighbour),
            // A base without all of its files would hide that some are missing.
            Err(Some(place)) if missing.is_empty() && store.is_enabled() => {
                let postings = Postings::bytes(tree, &files, (store, &handles));
                Some(Neighbour::keep(&listing, postings, (place, store)))
            }
            Err(_) => None,
        };
        Ok(Self::of(
            store,
            Opened {
                handles,
                includes: Arc::new(KnownIncludes::nothing(files.len())),
                listing,
                files: Arc::new(files),
                facts: Arc::default(),
                neighbour,
                missing,
            },
        ))
    }

    /// The same index, sooner where a neighbouring tree was opened on the shelf before.
    ///
    /// # Errors
    /// As [`RevisionIndex::open`].
    pub fn open_on(
        shelf: &Shelf<'a>,
        repository: &Repository,
        tree: ObjectId,
    ) -> Result<Self, GitError> {
        Ok(Self::of(shelf.store, shelf.open(repository, tree)?))
    }

    fn of(store: &'a Store, opened: Opened) -> Self {
        let notes = missing_note(&opened.missing.iter().collect::<Vec<_>>());
        Self {
            store,
            handles: opened.handles,
            listing: opened.listing,
            includes: opened.includes,
            files: opened.files,
            facts: opened.facts,
            neighbour: opened.neighbour,
            notes: Mutex::new(notes.into_iter().collect()),
        }
    }

    /// The facts of one item, and the same as they are stored; nothing is kept in memory.
    pub(super) fn stored_facts(&self, item: &Item, bytes: &[u8]) -> (ItemFacts, Record) {
        self.reading().stored_facts(item, bytes)
    }

    /// What makes its answers weaker, in words, sorted.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        let mut notes = self
            .notes
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        notes.sort();
        notes.dedup();
        notes
    }

    fn file_of(&self, file: FileId) -> Option<&IndexedFile> {
        self.files.get(file.0 as usize).map(|file| &**file)
    }

    /// Files that were split for a question about a tree near this one.
    pub(super) fn split(&self) -> &Split {
        &self.handles.split
    }

    fn reading(&self) -> Reading<'_> {
        Reading {
            store: self.store,
            handles: &self.handles,
            facts: &self.facts,
            files: &self.files,
        }
    }

    fn found(&self, names: &[&str], accept: impl Fn(NameMark) -> bool + Sync) -> Vec<Vec<ItemId>> {
        let wanted = Wanted::of(names);
        let met = self.met(&wanted.marks, &accept);
        self.reading().found(&wanted, &met, accept)
    }

    /// The files in which some of the names (sorted) stand acceptably, in order, with the positions of those names.
    fn met(&self, marks: &[NameMark], accept: &(impl Fn(NameMark) -> bool + Sync)) -> Met {
        let look = |id: FileId| {
            let file = self.file_of(id)?;
            let names = file.names(self.store, &self.handles);
            let met = summary::meet(names, marks, accept);
            (!met.is_empty()).then_some((id, met))
        };
        let Some(neighbour) = &self.neighbour else {
            let all = (0..self.files.len()).into_par_iter().with_min_len(64);
            return all.filter_map(|at| look(FileId(offset(at)))).collect();
        };
        let mut known: Vec<(FileId, usize)> = Vec::new();
        for (at, mark) in marks.iter().enumerate() {
            let having = neighbour.having(*mark).filter(|(_, mark)| accept(*mark));
            known.extend(having.map(|(file, _)| (file, at)));
        }
        for (file, met) in neighbour.unknown().iter().filter_map(|id| look(*id)) {
            known.extend(met.into_iter().map(|at| (file, at)));
        }
        by_file(known)
    }
}

/// Files that could not be read, in one sentence.
fn missing_note(paths: &[&FilePath]) -> Option<String> {
    match paths {
        [] => None,
        [path] => Some(format!(
            "{path} is not in this clone or too large: it counts as empty"
        )),
        [first, others @ ..] => Some(format!(
            "{first} and {} other C files are not in this clone or too large: they count as empty; git fetch --refetch brings them",
            others.len()
        )),
    }
}

/// The C files of a tree with their blobs, sorted by path; symlinks and submodules are none.
pub(super) fn listing(
    repository: &Repository,
    tree: ObjectId,
    store: &Store,
) -> Result<Listing, GitError> {
    if let Some(files) = stored_listing(tree, store) {
        return Ok(files);
    }
    let snapshot = repository.snapshot_of_tree(tree)?;
    let is_file = |mode| matches!(mode, FileMode::Regular | FileMode::Executable);
    let files = snapshot.files.into_iter();
    let files: Listing = files
        .filter(|file| is_file(file.mode) && is_c_path(&file.path))
        .map(|file| (file.path, file.blob))
        .collect();
    let mut bytes = Vec::new();
    for (path, blob) in files.paths.iter().zip(&files.blobs) {
        bytes.extend_from_slice(&blob.0);
        bytes.extend_from_slice(&offset(path.as_bytes().len()).to_le_bytes());
        bytes.extend_from_slice(path.as_bytes());
    }
    store.put(LISTING, &tree.0, bytes);
    Ok(files)
}

/// The same out of the cache.
pub(super) fn stored_listing(tree: ObjectId, store: &Store) -> Option<Listing> {
    decoded(&store.record(LISTING, &tree.0)?)
}

fn decoded(mut bytes: &[u8]) -> Option<Listing> {
    let mut files: Vec<(FilePath, ObjectId)> = Vec::new();
    while !bytes.is_empty() {
        let (blob, rest) = bytes.split_at_checked(20)?;
        let (length, rest) = rest.split_at_checked(4)?;
        let length = u32::from_le_bytes(length.try_into().ok()?) as usize;
        let (path, rest) = rest.split_at_checked(length)?;
        files.push((FilePath::new(path), ObjectId(blob.try_into().ok()?)));
        bytes = rest;
    }
    Some(files.into_iter().collect())
}

impl TreeIndex for RevisionIndex<'_> {
    fn files(&self) -> &[FilePath] {
        &self.listing.paths
    }

    fn mentions(&self, names: &[&str]) -> Vec<Vec<ItemId>> {
        self.found(names, |_| true)
    }

    fn defining(&self, names: &[&str]) -> Vec<Vec<ItemId>> {
        self.found(names, NameMark::is_defined)
    }

    fn calling_members(&self, names: &[&str]) -> Vec<Vec<ItemId>> {
        self.found(names, NameMark::is_called_member)
    }

    fn sites(&self, names: &[&str]) -> Vec<Arc<Vec<Site>>> {
        let source = (self.store, &*self.handles, &*self.facts);
        let known = self.neighbour.as_ref();
        let known = known.and_then(|neighbour| neighbour.sites(names, source));
        known.unwrap_or_else(|| {
            let sites = self.reading().sites(self.defining(names), names);
            sites.into_iter().map(Arc::new).collect()
        })
    }

    fn facts(&self, items: &[ItemId]) -> Vec<Arc<ItemFacts>> {
        self.reading().facts(items)
    }

    fn facts_of(&self, key: ItemKey, kind: ItemKind, bytes: &[u8]) -> Arc<ItemFacts> {
        self.reading().facts_of((key, kind), bytes)
    }

    fn item(&self, id: ItemId) -> Item {
        self.reading().item(id)
    }

    fn items(&self, file: FileId) -> Arc<FileItems> {
        let Some(file) = self.file_of(file) else {
            return Arc::default();
        };
        let record = || file.items_record(self.store, &self.handles);
        let read = || Arc::new(ItemsView(record()).layout());
        Arc::clone(file.layout.get_or_init(read))
    }

    fn includes(&self, file: FileId) -> Vec<IncludeLine> {
        let file = self.file_of(file);
        file.map(|file| file.include_lines(self.store, &self.handles).to_vec())
            .unwrap_or_default()
    }

    fn known_includes(&self) -> Option<Arc<KnownIncludes>> {
        Some(Arc::clone(&self.includes))
    }

    fn line(&self, file: FileId, offset: u32) -> LineNumber {
        let Some(indexed) = self.file_of(file) else {
            return LineNumber(1);
        };
        let lines = indexed
            .lines
            .get_or_init(|| LineIndex::of(&self.source(file)));
        lines.line(offset)
    }

    fn source(&self, file: FileId) -> Arc<[u8]> {
        self.reading().source(file)
    }
}

impl std::fmt::Debug for RevisionIndex<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RevisionIndex")
            .field("files", &self.files.len())
            .finish_non_exhaustive()
    }
}
