//! One segment of the store: an immutable file of records with a sorted index.
//!
//! The index is looked up through a memory map, and so are large records. Others are read into memory of their own: a page
//! fault on a mapped record brings in 64 KiB around it, which made small records of a large store cost 20 times their size.
//!
//! Layout, little-endian: a header of 48 bytes (magic, format, count of records, offset of the index, length of the file,
//! xxh3-64 of what precedes), the records (xxh3-64 of the payload seeded with the key, then the payload), the index
//! (32 bytes an entry: key, offset, length, zeros), sorted by key. Invariant: [`Segment::find`] returns the bytes that
//! were written under the key or nothing, whatever happened to the file.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use memmap2::Mmap;
use xxhash_rust::xxh3::{xxh3_64, xxh3_64_with_seed};

use super::{Bytes, Record};

const MAGIC: [u8; 8] = *b"backout\n";
/// Changes with the layout above; what the payloads mean has its own version in their keys.
const FORMAT: u64 = 1;
const HEADER: usize = 48;
const ENTRY: usize = 32;
const CHECK: usize = 8;
/// Records of so many bytes are not copied.
const LARGE: usize = 1 << 20;

/// A segment that is open for reading.
#[derive(Debug)]
pub(super) struct Segment {
    file: File,
    map: Arc<Mmap>,
    index: Range<usize>,
    /// Whether a record was found here.
    used: AtomicBool,
}

/// Why a file is no segment of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// Not ours, or of another format: another program's business.
    Foreign,
    /// Ours and damaged.
    Damaged,
}

impl Segment {
    /// Maps a segment and checks its header and length; the records are checked when they are read.
    pub(super) fn open(path: &Path) -> Result<Self, Refusal> {
        let file = File::open(path).map_err(|_unreadable| Refusal::Damaged)?;
        #[expect(
            unsafe_code,
            reason = "segments are written once under another name, renamed, and never changed again; whoever changes \
                      one behind our back is caught by the checksums, and who truncates one under our feet ends this process"
        )]
        let map = unsafe { Mmap::map(&file) }.map_err(|_unmappable| Refusal::Damaged)?;
        let index = checked_index(&map)?;
        Ok(Self {
            file,
            map: Arc::new(map),
            index,
            used: AtomicBool::new(false),
        })
    }

    /// How many records it holds.
    pub(super) fn len(&self) -> usize {
        self.index.len() / ENTRY
    }

    /// Its size on disk in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.map.len()
    }

    /// The payload of `key`, if its checksum is right.
    pub(super) fn find(&self, key: u128) -> Option<Record> {
        let place = self.location(self.position(key)?)?.1;
        if place.len() >= LARGE {
            self.used.store(true, Ordering::Relaxed);
            let mapped = || Record(Bytes::Mapped(Arc::clone(&self.map), place.clone()));
            return self.is_sound(key, &place).then(mapped);
        }
        let payload = self.read(key, &place)?;
        self.used.store(true, Ordering::Relaxed);
        Some(Record(Bytes::Owned(payload.into())))
    }

    /// Dates the file by its last use, which eviction goes by; where that is not allowed, it keeps the day it was written.
    pub(super) fn touch(&self) {
        if self.used.swap(false, Ordering::Relaxed) {
            self.file.set_modified(SystemTime::now()).ok();
        }
    }

    /// The payload at a position of the order of keys, read into memory of its own; `None` for a damaged one. Who goes
    /// through all records does so without making the whole file resident.
    pub(super) fn payload(&self, at: usize) -> Option<Box<[u8]>> {
        let (key, place) = self.location(at)?;
        self.read(key, &place)
    }

    fn read(&self, key: u128, place: &Range<usize>) -> Option<Box<[u8]>> {
        let mut bytes = vec![0; CHECK + place.len()];
        let start = u64::try_from(place.start - CHECK).ok()?;
        self.file.read_exact_at(&mut bytes, start).ok()?;
        let (stored, payload) = bytes.split_at(CHECK);
        (stored == check(key, payload).to_le_bytes()).then(|| payload.into())
    }

    fn is_sound(&self, key: u128, payload: &Range<usize>) -> bool {
        let stored = self.map.get(payload.start - CHECK..payload.start);
        let bytes = self.map.get(payload.clone());
        match (stored, bytes) {
            (Some(stored), Some(bytes)) => stored == check(key, bytes).to_le_bytes(),
            _ => false,
        }
    }

    /// The position of `key` in the index. Keys are hashes, so where a key should lie is known to within the square root
    /// of their number: gallop from there, then halve.
    fn position(&self, key: u128) -> Option<usize> {
        let count = self.len();
        let high = u64::try_from(key >> 64).unwrap_or(u64::MAX);
        let guess = usize::try_from((u128::from(high) * count as u128) >> 64).unwrap_or(0);
        let (mut low, mut end, mut step) = (guess, guess, 16);
        while low > 0 && self.key(low) > key {
            low = low.saturating_sub(step);
            step *= 2;
        }
        step = 16;
        while end < count && self.key(end) < key {
            end = (end + step).min(count);
            step *= 2;
        }
        end = (end + 1).min(count);
        while low < end {
            let middle = low.midpoint(end);
            match self.key(middle).cmp(&key) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Equal => return Some(middle),
                std::cmp::Ordering::Greater => end = middle,
            }
        }
        None
    }

    /// The key at a position of their order.
    pub(super) fn key(&self, at: usize) -> u128 {
        let start = self.index.start + at * ENTRY;
        u128::from_le_bytes(array(&self.map, start))
    }

    /// The key and the payload's place of the entry at a position; `None` where the entry points outside the records.
    fn location(&self, at: usize) -> Option<(u128, Range<usize>)> {
        let entry = self.index.start + at * ENTRY;
        let start = usize::try_from(u64::from_le_bytes(array(&self.map, entry + 16))).ok()?;
        let length = u32::from_le_bytes(array(&self.map, entry + 24)) as usize;
        let end = start.checked_add(length)?;
        let inside = start >= HEADER + CHECK && end <= self.index.start;
        inside.then(|| (self.key(at), start..end))
    }
}

fn checked_index(map: &[u8]) -> Result<Range<usize>, Refusal> {
    if map.get(..8) != Some(&MAGIC[..]) {
        return Err(Refusal::Foreign);
    }
    if map.len() >= 16 && u64::from_le_bytes(array(map, 8)) != FORMAT {
        return Err(Refusal::Foreign);
    }
    if map.len() < HEADER {
        return Err(Refusal::Damaged);
    }
    let field = |at| usize::try_from(u64::from_le_bytes(array(map, at))).ok();
    let sound = u64::from_le_bytes(array(map, 40)) == xxh3_64(&map[..40]);
    let (Some(count), Some(start), Some(length), true) = (field(16), field(24), field(32), sound)
    else {
        return Err(Refusal::Damaged);
    };
    let end = count
        .checked_mul(ENTRY)
        .and_then(|size| start.checked_add(size));
    match end {
        Some(end) if end == length && length == map.len() && start >= HEADER => Ok(start..end),
        _ => Err(Refusal::Damaged),
    }
}

fn check(key: u128, payload: &[u8]) -> u64 {
    let low = u64::try_from(key & u128::from(u64::MAX)).unwrap_or(0);
    xxh3_64_with_seed(payload, low)
}

/// `N` bytes from `at`; zeros past the end, which no checksum accepts.
fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    bytes
        .get(at..at + N)
        .and_then(|slice| slice.try_into().ok())
        .unwrap_or([0; N])
}

/// Writes a segment of these records, sorted by key and distinct, to `file`.
pub(super) fn write(
    file: File,
    records: impl Iterator<Item = (u128, impl AsRef<[u8]>)>,
) -> io::Result<()> {
    let mut out = BufWriter::with_capacity(1 << 18, file);
    out.write_all(&[0; HEADER])?;
    let mut index = Vec::new();
    let mut offset = HEADER as u64;
    for (key, payload) in records {
        let payload = payload.as_ref();
        let Ok(length) = u32::try_from(payload.len()) else {
            continue; // over 4 GiB: not worth keeping
        };
        out.write_all(&check(key, payload).to_le_bytes())?;
        out.write_all(payload)?;
        index.extend_from_slice(&key.to_le_bytes());
        index.extend_from_slice(&(offset + CHECK as u64).to_le_bytes());
        index.extend_from_slice(&length.to_le_bytes());
        index.extend_from_slice(&[0; 4]);
        offset += CHECK as u64 + u64::from(length);
    }
    out.write_all(&index)?;
    out.seek(SeekFrom::Start(0))?;
    out.write_all(&header(&index, offset))?;
    out.flush()
}

fn header(index: &[u8], index_start: u64) -> [u8; HEADER] {
    let size = index.len() as u64;
    let mut header = [0; HEADER];
    header[..8].copy_from_slice(&MAGIC);
    let fields = [FORMAT, size / ENTRY as u64, index_start, index_start + size];
    for (place, field) in header[8..40].chunks_exact_mut(8).zip(fields) {
        place.copy_from_slice(&field.to_le_bytes());
    }
    let sum = xxh3_64(&header[..40]);
    header[40..].copy_from_slice(&sum.to_le_bytes());
    header
}
