//! The embedded store of pure values under the content they were computed from; a broken cache is an empty cache.
//!
//! A folder of immutable segments (`segment`), chosen over redb, LMDB, fjall and SQLite by measurement: as nothing is ever
//! changed in place, no transaction is needed, and several processes share the folder without a lock. What is stored is
//! always what would be computed again, so a lost, damaged or foreign segment costs time and never an answer.
//! Deliberately does not know what the payloads mean.

mod folder;
mod segment;

use std::collections::BTreeMap;
use std::ops::{Deref, Range};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use memmap2::Mmap;
use xxhash_rust::xxh3::xxh3_128;

use segment::Segment;

pub use folder::{Info, Verification};

/// What a kind of record is, and the version of its meaning: a new version never reads an old record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Space {
    /// Its name, distinct from that of every other space.
    pub name: &'static str,
    /// Counted up whenever the bytes or how they are computed change.
    pub version: u32,
}

impl Space {
    fn key(self, id: &[u8]) -> u128 {
        let parts = [self.name.as_bytes(), &[0], &self.version.to_le_bytes(), id];
        xxh3_128(&parts.concat())
    }
}

/// Bytes out of the store.
#[derive(Clone, Debug)]
pub struct Record(Bytes);

#[derive(Clone, Debug)]
enum Bytes {
    Owned(Arc<[u8]>),
    /// A large record stays in its segment.
    Mapped(Arc<Mmap>, Range<usize>),
}

impl Deref for Record {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Bytes::Owned(bytes) => bytes,
            Bytes::Mapped(map, place) => map.get(place.clone()).unwrap_or_default(),
        }
    }
}

impl From<Vec<u8>> for Record {
    fn from(bytes: Vec<u8>) -> Self {
        Self(Bytes::Owned(bytes.into()))
    }
}

/// How much is held in memory before it becomes a segment: a flush is a file, and a scan must not hold everything.
const FLUSH_BYTES: usize = 16 << 20;

/// The default of `--cache-size`, in bytes. Facts and summaries of one revision of a tree with 7,000 C files take about 60 MB.
pub const DEFAULT_SIZE: u64 = 2 << 30;

/// Open segments at which a long run joins them, since every lookup asks each of them.
const TIDY: usize = 24;

#[derive(Debug, Default)]
struct Pending {
    records: BTreeMap<u128, Arc<[u8]>>,
    bytes: usize,
}

/// An open store, shared by threads; what was put becomes a segment when it is dropped.
#[derive(Debug)]
pub struct Store {
    folder: Option<PathBuf>,
    size_limit: u64,
    segments: RwLock<Vec<Segment>>,
    pending: Mutex<Pending>,
}

impl Store {
    /// Opens the store in `folder`, which need not exist yet, and keeps it under `size_limit` bytes as it grows.
    /// Never fails: what cannot be read is not there, what cannot be written is forgotten.
    #[must_use]
    pub fn open(folder: &Path, size_limit: u64) -> Self {
        Self {
            folder: Some(folder.to_owned()),
            size_limit,
            segments: RwLock::new(opened(folder)),
            pending: Mutex::default(),
        }
    }

    /// A store that keeps nothing (`--no-cache`).
    #[must_use]
    pub fn disabled() -> Self {
        Self {
            folder: None,
            size_limit: 0,
            segments: RwLock::default(),
            pending: Mutex::default(),
        }
    }

    /// Whether it keeps anything.
    #[must_use]
    pub fn is_enabled(&self) -> bool {
        self.folder.is_some()
    }

    /// What was put under `id`, byte for byte, or `None`.
    #[must_use]
    pub fn record(&self, space: Space, id: &[u8]) -> Option<Record> {
        self.folder.as_ref()?;
        let key = space.key(id);
        if let Some(bytes) = self.stored(key) {
            return Some(bytes);
        }
        let pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let bytes = pending.records.get(&key)?;
        Some(Record(Bytes::Owned(Arc::clone(bytes))))
    }

    fn stored(&self, key: u128) -> Option<Record> {
        let segments = self.segments.read().unwrap_or_else(PoisonError::into_inner);
        segments.iter().find_map(|segment| segment.find(key))
    }

    /// Keeps `bytes` under `id`; gives them back as a record.
    pub fn put(&self, space: Space, id: &[u8], bytes: Vec<u8>) -> Record {
        let bytes: Arc<[u8]> = bytes.into();
        if self.is_enabled() {
            let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
            pending.bytes += bytes.len();
            pending.records.insert(space.key(id), Arc::clone(&bytes));
            if pending.bytes >= FLUSH_BYTES {
                let full = std::mem::take(&mut *pending);
                drop(pending);
                self.write(&full);
            }
        }
        Record(Bytes::Owned(bytes))
    }

    /// Writes what was put so far as a segment of its own; what cannot be written is dropped.
    pub fn flush(&self) {
        let mut pending = self.pending.lock().unwrap_or_else(PoisonError::into_inner);
        let full = std::mem::take(&mut *pending);
        drop(pending);
        if !full.records.is_empty() {
            self.write(&full);
        }
    }

    fn write(&self, pending: &Pending) {
        let Some(folder) = &self.folder else { return };
        let records = pending
            .records
            .iter()
            .map(|(key, bytes)| (*key, &bytes[..]));
        let Some(path) = folder::add(folder, records) else {
            return;
        };
        if let Ok(segment) = Segment::open(&path) {
            let mut segments = self
                .segments
                .write()
                .unwrap_or_else(PoisonError::into_inner);
            segments.push(segment);
            let many = segments.len() >= TIDY;
            drop(segments);
            if many {
                self.tidy(folder);
            }
        }
    }

    /// Joins small segments and keeps to the size limit in the middle of long work.
    fn tidy(&self, folder: &Path) {
        folder::merge(folder);
        folder::evict(folder, self.size_limit);
        let fresh = opened(folder);
        let mut segments = self
            .segments
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *segments = fresh;
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let wrote = self
            .pending
            .get_mut()
            .is_ok_and(|pending| !pending.records.is_empty());
        self.flush();
        for segment in self.segments.get_mut().into_iter().flatten() {
            segment.touch();
        }
        if let (Some(folder), true) = (&self.folder, wrote) {
            folder::merge(folder);
            folder::evict(folder, self.size_limit);
        }
    }
}

fn opened(folder: &Path) -> Vec<Segment> {
    let segments = folder::segments(folder).into_iter();
    segments
        .filter_map(|path| Segment::open(&path).ok())
        .collect()
}

/// What lies in a store's folder.
#[must_use]
pub fn info(folder: &Path) -> Info {
    folder::info(folder)
}

/// Removes every segment of a store's folder, and nothing else.
///
/// # Errors
/// The first file that could not be removed.
pub fn clear(folder: &Path) -> std::io::Result<Info> {
    folder::clear(folder)
}

/// Reads every record of a store's folder against its checksum; removes the segments that hold a damaged one.
#[must_use]
pub fn verify(folder: &Path) -> Verification {
    folder::verify(folder)
}

/// The store's folder where the user names none: `backout` in the user's cache directory
/// (`$XDG_CACHE_HOME`, else `~/.cache`; on Windows `%LOCALAPPDATA%`); `None` where there is no home.
#[must_use]
pub fn default_folder() -> Option<PathBuf> {
    use etcetera::BaseStrategy as _;
    let strategy = etcetera::choose_base_strategy().ok()?;
    Some(strategy.cache_dir().join("backout"))
}
