//! The tree index over a tree of git: summaries and facts out of the cache, else out of the blobs.
//!
//! Opening it cold reads every C blob once and splits it (no parsing); warm, it maps the summaries and reads no blob.
//! Facts are read for the items that are asked for and no others. Answers do not depend on the cache or on the number
//! of threads. A blob that is not there (partial clone) or too large counts as empty, and is noted. The file is
//! long because one type answers the whole trait.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rayon::iter::{
    IndexedParallelIterator, IntoParallelIterator, IntoParallelRefIterator, ParallelIterator,
};
use rustc_hash::FxHashMap;

use crate::cache::{Record, Space, Store};
use crate::change::{FileMode, ObjectId};
use crate::facts::{self, FACTS_VERSION, ItemFacts};
use crate::git::{GitError, Repository};
use crate::graph::includes::KnownIncludes;
use crate::graph::index::{FileId, ItemId, TreeIndex};
use crate::graph::names::{IncludeLine, NameMark};
use crate::items::{FileItems, Item, ItemKey, ItemKind};
use crate::text::{FilePath, LineIndex, LineNumber, is_c_path, offset};

use super::base::{Neighbour, Postings};
use super::shelf::{Listing, Opened, Shelf};
use super::summary::{self, ItemsView};

const LISTING: Space = Space {
    name: "c-files",
    version: 1,
};
const NAMES: Space = Space {
    name: "names",
    version: summary::VERSION,
};
const ITEMS: Space = Space {
    name: "items",
    version: summary::VERSION,
};
const FACTS: Space = Space {
    name: "facts",
    version: FACTS_VERSION,
};

/// The C files of one tree and what they say.
pub struct RevisionIndex<'a> {
    store: &'a Store,
    handles: Arc<Handles>,
    listing: Arc<Listing>,
    files: Vec<Arc<IndexedFile>>,
    facts: Arc<FactsMemo>,
    includes: Arc<KnownIncludes>,
    neighbour: Option<Neighbour>,
    notes: Mutex<Vec<String>>,
}

/// Identical items share their facts, wherever they stand.
type FactsKey = (ItemKey, ItemKind);

/// The facts in memory are split in this many parts, so that threads seldom wait for each other.
const SHARDS: usize = 16;

/// Items whose facts one part keeps in each of two generations: some 100 MB in all.
const SHARD_ITEMS: usize = 3_000;

/// Facts that were read or worked out.
pub(super) struct FactsMemo(Vec<Mutex<Generations>>);

/// The young generation becomes the old one when it is full, so what is in use stays.
#[derive(Default)]
struct Generations {
    young: FxHashMap<FactsKey, Arc<ItemFacts>>,
    old: FxHashMap<FactsKey, Arc<ItemFacts>>,
}

impl Default for FactsMemo {
    fn default() -> Self {
        Self((0..SHARDS).map(|_| Mutex::default()).collect())
    }
}

impl FactsMemo {
    fn shard(&self, key: FactsKey) -> std::sync::MutexGuard<'_, Generations> {
        let low = usize::try_from(key.0.0 & 0xff).unwrap_or(0);
        self.0[low % SHARDS]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, key: FactsKey) -> Option<Arc<ItemFacts>> {
        let mut shard = self.shard(key);
        if let Some(facts) = shard.young.get(&key) {
            return Some(Arc::clone(facts));
        }
        let facts = shard.old.remove(&key)?;
        shard.keep(key, &facts);
        Some(facts)
    }

    fn keep(&self, key: FactsKey, facts: &Arc<ItemFacts>) {
        self.shard(key).keep(key, facts);
    }
}

impl Generations {
    fn keep(&mut self, key: FactsKey, facts: &Arc<ItemFacts>) {
        if self.young.len() >= SHARD_ITEMS {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, Arc::clone(facts));
    }
}

/// A file of a tree, its parts read when they are asked for.
pub(super) struct IndexedFile {
    blob: ObjectId,
    names: OnceLock<Record>,
    items: OnceLock<Record>,
    layout: OnceLock<Arc<FileItems>>,
    includes: OnceLock<Vec<IncludeLine>>,
    lines: OnceLock<LineIndex>,
}

impl IndexedFile {
    /// The files of these blobs, and whether each could be read where that was needed.
    pub(super) fn of_blobs(
        store: &Store,
        handles: &Handles,
        blobs: &[ObjectId],
    ) -> Vec<(Self, bool)> {
        let files = blobs.par_iter().with_min_len(8);
        files.map(|blob| indexed(store, handles, *blob)).collect()
    }

    /// A file that was read before, as the cache may know.
    fn unopened(blob: ObjectId) -> Self {
        Self {
            blob,
            names: OnceLock::new(),
            items: OnceLock::new(),
            layout: OnceLock::new(),
            includes: OnceLock::new(),
            lines: OnceLock::new(),
        }
    }

    /// Its names, sorted.
    pub(super) fn names(&self, store: &Store, handles: &Handles) -> &Record {
        self.names.get_or_init(|| {
            let (file, _is_there) = indexed(store, handles, self.blob);
            file.names.into_inner().unwrap_or_else(|| Vec::new().into())
        })
    }

    /// The record of its items.
    fn items_record(&self, store: &Store, handles: &Handles) -> &Record {
        self.items.get_or_init(|| {
            let id = self.blob.0;
            let kept = store.record(ITEMS, &id);
            kept.unwrap_or_else(|| {
                let source = handles.blob(self.blob).unwrap_or_default();
                store.put(ITEMS, &id, summary::of_source(&source).items)
            })
        })
    }

    /// Its includes, in order.
    pub(super) fn include_lines(&self, store: &Store, handles: &Handles) -> &[IncludeLine] {
        let read = || ItemsView(self.items_record(store, handles)).includes();
        self.includes.get_or_init(read)
    }
}

/// Repository handles that no thread uses at the moment.
pub(super) struct Handles {
    first: Mutex<Vec<Repository>>,
}

impl Handles {
    pub(super) fn new(repository: &Repository) -> Result<Self, GitError> {
        Ok(Self {
            first: Mutex::new(vec![repository.reopen()?]),
        })
    }

    /// The bytes of a blob; `None` where they cannot be had.
    fn blob(&self, id: ObjectId) -> Option<Arc<[u8]>> {
        let handle = self.take()?;
        let content = handle.merge_blob(id).ok();
        self.idle().push(handle);
        match content? {
            crate::change::Content::Bytes(bytes) => Some(bytes),
            crate::change::Content::TooLarge { .. } | crate::change::Content::Absent => None,
        }
    }

    fn take(&self) -> Option<Repository> {
        let mut idle = self.idle();
        // The last one stays, as what further ones are opened from.
        if idle.len() > 1 {
            return idle.pop();
        }
        idle.first()?.reopen().ok()
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<Repository>> {
        self.first.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
                files,
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

    /// The record of a file's items.
    fn items_record(&self, file: &'_ IndexedFile) -> Record {
        file.items_record(self.store, &self.handles).clone()
    }

    fn found(&self, names: &[&str], accept: impl Fn(NameMark) -> bool + Sync) -> Vec<Vec<ItemId>> {
        let mut wanted: Vec<(NameMark, usize)> = names
            .iter()
            .enumerate()
            .map(|(at, name)| (NameMark::used(name.as_bytes()), at))
            .collect();
        wanted.sort_unstable();
        let marks: Vec<NameMark> = wanted.iter().map(|(mark, _)| *mark).collect();
        let met = self.met(&marks, &accept);
        let hits: Vec<Vec<(usize, ItemId)>> = met
            .par_iter()
            .with_min_len(16)
            .map(|(file, met)| self.hits(*file, &marks, met, &accept))
            .collect();
        let mut lists = vec![Vec::new(); names.len()];
        for (at, id) in hits.into_iter().flatten() {
            lists[wanted[at].1].push(id);
        }
        lists
    }

    /// The files in which some of the names (sorted) stand acceptably, in order, with the positions of those names.
    fn met(
        &self,
        marks: &[NameMark],
        accept: &(impl Fn(NameMark) -> bool + Sync),
    ) -> Vec<(FileId, Vec<usize>)> {
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
        known.sort_unstable();
        let by_file = known.chunk_by(|one, other| one.0 == other.0);
        let by_file = by_file.map(|group| (group[0].0, group.iter().map(|(_, at)| *at).collect()));
        let strangers = neighbour.strangers.iter().filter_map(|id| look(*id));
        let mut met: Vec<_> = by_file.chain(strangers).collect();
        met.sort_unstable_by_key(|(file, _)| *file);
        met
    }

    /// The items of one file in which those of the wanted names stand that it has: positions in `wanted`, with the items
    /// in order.
    fn hits(
        &self,
        id: FileId,
        wanted: &[NameMark],
        met: &[usize],
        accept: &(impl Fn(NameMark) -> bool + Sync),
    ) -> Vec<(usize, ItemId)> {
        let Some(file) = self.file_of(id) else {
            return Vec::new();
        };
        let record = self.items_record(file);
        let view = ItemsView(&record);
        let mut hits = Vec::new();
        for &at in met {
            let items = view.having(wanted[at]).filter(|(_, mark)| accept(*mark));
            hits.extend(items.map(|(item, _)| (at, ItemId { file: id, item })));
        }
        hits
    }

    fn known_facts(&self, key: FactsKey) -> Option<Arc<ItemFacts>> {
        if let Some(facts) = self.facts.find(key) {
            return Some(facts);
        }
        let record = self.store.record(FACTS, &facts_id(key))?;
        let facts = Arc::new(postcard::from_bytes(&record).ok()?);
        self.facts.keep(key, &facts);
        Some(facts)
    }

    fn read_item(&self, key: FactsKey, bytes: &[u8]) -> Arc<ItemFacts> {
        let facts = Arc::new(facts::of_item(bytes, key.1));
        if self.store.is_enabled()
            && let Ok(bytes) = postcard::to_stdvec(&*facts)
        {
            self.store.put(FACTS, &facts_id(key), bytes);
        }
        self.facts.keep(key, &facts);
        facts
    }

    /// The facts of one item, and the same as they are stored; nothing is kept in memory.
    pub(super) fn stored_facts(&self, item: &Item, bytes: &[u8]) -> (ItemFacts, Record) {
        let id = facts_id((item.key, item.kind));
        let stored = self.store.record(FACTS, &id);
        if let Some(record) = stored
            && let Ok(facts) = postcard::from_bytes(&record)
        {
            return (facts, record);
        }
        let facts = facts::of_item(bytes, item.kind);
        let record = match postcard::to_stdvec(&facts) {
            Ok(bytes) => self.store.put(FACTS, &id, bytes),
            Err(_) => Record::from(Vec::new()),
        };
        (facts, record)
    }

    /// Reads the facts of items of one file and keeps them.
    fn read_facts(&self, file: FileId, items: &[Item]) {
        let source = self.source(file);
        for item in items {
            self.read_item((item.key, item.kind), item.span.of(&source));
        }
    }
}

fn facts_id((key, kind): FactsKey) -> [u8; 17] {
    let mut id = [0; 17];
    id[..16].copy_from_slice(&key.0.to_le_bytes());
    id[16] = kind as u8;
    id
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

/// A file with its names, and whether its blob could be read where that was needed.
fn indexed(store: &Store, handles: &Handles, blob: ObjectId) -> (IndexedFile, bool) {
    let file = |names: Record, items| IndexedFile {
        names: OnceLock::from(names),
        items,
        ..IndexedFile::unopened(blob)
    };
    if let Some(names) = store.record(NAMES, &blob.0) {
        return (file(names, OnceLock::new()), true);
    }
    let Some(source) = handles.blob(blob) else {
        // Not kept: the blob may be there next time.
        let empty = summary::of_source(b"");
        return (
            file(
                empty.names.into(),
                OnceLock::from(Record::from(empty.items)),
            ),
            false,
        );
    };
    let summary = summary::of_source(&source);
    let names = store.put(NAMES, &blob.0, summary.names);
    let items = store.put(ITEMS, &blob.0, summary.items);
    (file(names, OnceLock::from(items)), true)
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

    fn facts(&self, items: &[ItemId]) -> Vec<Arc<ItemFacts>> {
        let places: Vec<(FileId, Item)> =
            items.iter().map(|id| (id.file, self.item(*id))).collect();
        let known: Vec<Option<Arc<ItemFacts>>> = places
            .par_iter()
            .with_min_len(32)
            .map(|(_, item)| self.known_facts((item.key, item.kind)))
            .collect();
        let mut missing: Vec<(FileId, Item)> = Vec::new();
        let mut wanted = rustc_hash::FxHashSet::default();
        for ((file, item), known) in places.iter().zip(&known) {
            if known.is_none() && wanted.insert((item.key, item.kind)) {
                missing.push((*file, *item));
            }
        }
        missing.sort_by_key(|(file, item)| (*file, item.span));
        missing
            .chunk_by(|one, other| one.0 == other.0)
            .collect::<Vec<_>>()
            .par_iter()
            .for_each(|group| {
                let items: Vec<Item> = group.iter().map(|(_, item)| *item).collect();
                self.read_facts(group[0].0, &items);
            });
        let facts = places.iter().zip(known);
        facts
            .map(|((_, item), known)| {
                known
                    .or_else(|| self.known_facts((item.key, item.kind)))
                    .unwrap_or_default()
            })
            .collect()
    }

    fn facts_of(&self, key: ItemKey, kind: ItemKind, bytes: &[u8]) -> Arc<ItemFacts> {
        let key = (key, kind);
        let known = self.known_facts(key);
        known.unwrap_or_else(|| self.read_item(key, bytes))
    }

    fn item(&self, id: ItemId) -> Item {
        match self.file_of(id.file) {
            Some(file) => ItemsView(&self.items_record(file)).item(id.item as usize),
            None => ItemsView(&[]).item(0),
        }
    }

    fn items(&self, file: FileId) -> Arc<FileItems> {
        let Some(file) = self.file_of(file) else {
            return Arc::default();
        };
        let read = || Arc::new(ItemsView(&self.items_record(file)).layout());
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
        let file = self.file_of(file);
        let source = file.and_then(|file| self.handles.blob(file.blob));
        source.unwrap_or_else(|| Arc::from(&b""[..]))
    }
}

impl std::fmt::Debug for RevisionIndex<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RevisionIndex")
            .field("files", &self.files.len())
            .finish_non_exhaustive()
    }
}
