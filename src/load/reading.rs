//! Items of the files of a tree: their places and facts, out of the records of the files, the cache and the memory.
//!
//! Knows nothing of paths: a file is a position among files. What is not known yet is read from the blob, and kept. The file
//! is long because the memories that the reading shares between threads are private to it.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rayon::iter::{IndexedParallelIterator, IntoParallelRefIterator, ParallelIterator};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::cache::{Record, Space, Store};
use crate::change::{Content, ObjectId};
use crate::facts::{self, FACTS_VERSION, ItemFacts};
use crate::git::{GitError, Repository};
use crate::graph::index::{FileId, ItemId};
use crate::graph::names::{IncludeLine, NameMark};
use crate::graph::resolve::{self, Site};
use crate::graph::split::Split;
use crate::items::{FileItems, Item, ItemKey, ItemKind};
use crate::text::LineIndex;

use super::summary::{self, ItemsView, Summary};

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

/// Identical items share their facts, wherever they stand.
pub(super) type FactsKey = (ItemKey, ItemKind);

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
    pub(super) blob: ObjectId,
    names: OnceLock<Record>,
    items: OnceLock<Record>,
    pub(super) layout: OnceLock<Arc<FileItems>>,
    includes: OnceLock<Vec<IncludeLine>>,
    pub(super) lines: OnceLock<LineIndex>,
}

impl IndexedFile {
    /// The files of these blobs, and whether each could be read where that was needed.
    pub(super) fn of_blobs(
        store: &Store,
        handles: &Handles,
        blobs: &[ObjectId],
    ) -> Vec<(Self, bool)> {
        // Few of them are the files of a change, which is asked more of them.
        let split: &SummaryOf<'_> = match blobs.len() <= FEW {
            true => &|source| summary::of_split(&handles.split.of(source)),
            false => &|source| summary_of(&source, handles),
        };
        let files = blobs.par_iter().with_min_len(8);
        files
            .map(|blob| indexed((store, handles), *blob, split))
            .collect()
    }

    /// A file that was read before, as the cache may know.
    pub(super) fn unopened(blob: ObjectId) -> Self {
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
            let split: &SummaryOf<'_> = &|source| summary_of(&source, handles);
            let (file, _is_there) = indexed((store, handles), self.blob, split);
            file.names.into_inner().unwrap_or_else(|| Vec::new().into())
        })
    }

    /// The record of its items.
    pub(super) fn items_record(&self, store: &Store, handles: &Handles) -> &Record {
        self.items.get_or_init(|| {
            let id = self.blob.0;
            let kept = store.record(ITEMS, &id);
            kept.unwrap_or_else(|| {
                let source = handles.blob(self.blob).unwrap_or_default();
                store.put(ITEMS, &id, summary_of(&source, handles).items)
            })
        })
    }

    /// Its includes, in order.
    pub(super) fn include_lines(&self, store: &Store, handles: &Handles) -> &[IncludeLine] {
        let read = || ItemsView(self.items_record(store, handles)).includes();
        self.includes.get_or_init(read)
    }
}

/// Blobs of which the split files are remembered.
const FEW: usize = 16;

/// Splits a source and takes the names of its items.
type SummaryOf<'f> = dyn Fn(Arc<[u8]>) -> Summary + Sync + 'f;

/// The summary of a file, which may be split already.
fn summary_of(source: &[u8], handles: &Handles) -> Summary {
    match handles.split.known(source) {
        Some(split) => summary::of_split(&split),
        None => summary::of_source(source),
    }
}

/// Repository handles that no thread uses at the moment.
pub(super) struct Handles {
    first: Mutex<Vec<Repository>>,
    pub(super) split: Split,
}

impl Handles {
    pub(super) fn new(repository: &Repository) -> Result<Self, GitError> {
        Ok(Self {
            first: Mutex::new(vec![repository.reopen()?]),
            split: Split::default(),
        })
    }

    /// The bytes of a blob; `None` where they cannot be had.
    pub(super) fn blob(&self, id: ObjectId) -> Option<Arc<[u8]>> {
        let handle = self.take()?;
        let content = handle.merge_blob(id).ok();
        self.idle().push(handle);
        match content? {
            Content::Bytes(bytes) => Some(bytes),
            Content::TooLarge { .. } | Content::Absent => None,
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

/// The files that a question is about, and where what they say is kept.
#[derive(Clone, Copy)]
pub(super) struct Reading<'r> {
    pub(super) store: &'r Store,
    pub(super) handles: &'r Handles,
    pub(super) facts: &'r FactsMemo,
    pub(super) files: &'r [Arc<IndexedFile>],
}

/// Files in which some of the wanted names stand, in order, with the positions of those names among the marks.
pub(super) type Met = Vec<(FileId, Vec<usize>)>;

/// Names that are looked for.
pub(super) struct Wanted {
    /// Their marks, sorted.
    pub(super) marks: Vec<NameMark>,
    /// For each mark the position of its name.
    order: Vec<usize>,
}

impl Wanted {
    pub(super) fn of(names: &[&str]) -> Self {
        let marks = names.iter().map(|name| NameMark::used(name.as_bytes()));
        let mut wanted: Vec<(NameMark, usize)> = marks.zip(0..).collect();
        wanted.sort_unstable();
        let (marks, order) = wanted.into_iter().unzip();
        Self { marks, order }
    }

    /// The files that have one of them, as `having` knows the files of each: by the position of its name, and its mark.
    pub(super) fn met<F>(&self, having: impl Fn(usize, NameMark) -> F) -> Met
    where
        F: Iterator<Item = (u32, NameMark)>,
    {
        let mut known: Vec<(FileId, usize)> = Vec::new();
        for (at, (mark, name)) in self.marks.iter().zip(&self.order).enumerate() {
            known.extend(having(*name, *mark).map(|(file, _)| (FileId(file), at)));
        }
        by_file(known)
    }
}

/// Puts together what belongs to one file.
pub(super) fn by_file(mut known: Vec<(FileId, usize)>) -> Met {
    known.sort_unstable();
    let by_file = known.chunk_by(|one, other| one.0 == other.0);
    let by_file = by_file.map(|group| (group[0].0, group.iter().map(|(_, at)| *at).collect()));
    by_file.collect()
}

impl Reading<'_> {
    pub(super) fn file(&self, file: FileId) -> Option<&IndexedFile> {
        self.files.get(file.0 as usize).map(|file| &**file)
    }

    pub(super) fn item(&self, id: ItemId) -> Item {
        match self.file(id.file) {
            Some(file) => {
                ItemsView(file.items_record(self.store, self.handles)).item(id.item as usize)
            }
            None => ItemsView(&[]).item(0),
        }
    }

    pub(super) fn source(&self, file: FileId) -> Arc<[u8]> {
        let source = self
            .file(file)
            .and_then(|file| self.handles.blob(file.blob));
        source.unwrap_or_else(|| Arc::from(&b""[..]))
    }

    /// The items of the files in which each of the wanted names stands acceptably, in the order of the names.
    pub(super) fn found(
        &self,
        wanted: &Wanted,
        met: &Met,
        accept: impl Fn(NameMark) -> bool + Sync,
    ) -> Vec<Vec<ItemId>> {
        let hits: Vec<Vec<(usize, ItemId)>> = met
            .par_iter()
            .with_min_len(16)
            .map(|(file, met)| self.hits(*file, &wanted.marks, met, &accept))
            .collect();
        let mut lists = vec![Vec::new(); wanted.order.len()];
        for (at, id) in hits.into_iter().flatten() {
            lists[wanted.order[at]].push(id);
        }
        lists
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
        let Some(file) = self.file(id) else {
            return Vec::new();
        };
        let view = ItemsView(file.items_record(self.store, self.handles));
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

    /// The facts of some items, in the same order.
    pub(super) fn facts(&self, items: &[ItemId]) -> Vec<Arc<ItemFacts>> {
        let places: Vec<(FileId, Item)> =
            items.iter().map(|id| (id.file, self.item(*id))).collect();
        let known: Vec<Option<Arc<ItemFacts>>> = places
            .par_iter()
            .with_min_len(32)
            .map(|(_, item)| self.known_facts((item.key, item.kind)))
            .collect();
        let mut missing: Vec<(FileId, Item)> = Vec::new();
        let mut wanted = FxHashSet::default();
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

    /// The sites of each name among some items, in the order of the names.
    pub(super) fn sites(&self, defining: Vec<Vec<ItemId>>, names: &[&str]) -> Vec<Vec<Site>> {
        let mut items: Vec<ItemId> = defining.into_iter().flatten().collect();
        items.sort_unstable();
        items.dedup();
        let at = items.iter().map(|id| (*id, self.item(*id).span.start));
        resolve::sites_among(at.zip(self.facts(&items)), names)
    }

    /// The facts of an item by its bytes.
    pub(super) fn facts_of(&self, key: FactsKey, bytes: &[u8]) -> Arc<ItemFacts> {
        let known = self.known_facts(key);
        known.unwrap_or_else(|| self.read_item(key, bytes))
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

/// A file with its names, and whether its blob could be read where that was needed.
fn indexed(
    (store, handles): (&Store, &Handles),
    blob: ObjectId,
    split: &SummaryOf<'_>,
) -> (IndexedFile, bool) {
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
    let summary = split(source);
    let names = store.put(NAMES, &blob.0, summary.names);
    let items = store.put(ITEMS, &blob.0, summary.items);
    (file(names, OnceLock::from(items)), true)
}
