//! The folder of segments: naming, adding, merging, evicting, clearing. Safe against other processes doing the same.
//!
//! A segment is named by the hash of its keys, written under a temporary name and renamed; a name is never used for other
//! contents. Files with other names are nobody's business here and are never touched.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use xxhash_rust::xxh3::Xxh3;

use super::segment::{self, Refusal, Segment};

const ENDING: &str = "segment";
const TEMPORARY: &str = "new-segment";
/// Where there are this many segments, a lookup's walk over them starts to show.
const MANY: usize = 8;
/// Merging stops here, so that eviction has parts to choose from, and a merge stays under a second.
const MERGED_BYTES: u64 = 256 << 20;
/// A temporary file this old has no writer any more.
const STALE: Duration = Duration::from_hours(24);

/// What lies in a store's folder.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Info {
    /// Segments that can be read.
    pub segments: usize,
    /// Their records; one that is in two segments counts twice.
    pub records: usize,
    /// The bytes of all segments, damaged and foreign ones too.
    pub bytes: u64,
    /// Segments that are damaged.
    pub damaged: usize,
    /// Segments of another version of this program.
    pub foreign: usize,
}

/// What [`super::verify`] found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verification {
    /// Records that were read and are right.
    pub sound: usize,
    /// Records that are not what was written.
    pub damaged_records: usize,
    /// Segments removed for it.
    pub removed: Vec<PathBuf>,
}

/// The segments of a folder, sorted by name; none where the folder cannot be read.
pub(super) fn segments(folder: &Path) -> Vec<PathBuf> {
    with_ending(folder, ENDING)
}

/// Files named by 32 hexadecimal digits (or a process's number) and this ending.
fn with_ending(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let ours = |path: &PathBuf| {
        let stem = path.file_stem().and_then(|stem| stem.to_str());
        path.extension().is_some_and(|found| found == ending)
            && stem
                .is_some_and(|stem| stem.len() == 32 && stem.bytes().all(|b| b.is_ascii_hexdigit()))
    };
    let mut found: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(ours)
        .collect();
    found.sort();
    found
}

/// Writes records (sorted by key, distinct) as a new segment; gives its path, or `None` where that failed.
pub(super) fn add(
    folder: &Path,
    records: impl Iterator<Item = (u128, impl AsRef<[u8]>)>,
) -> Option<PathBuf> {
    prepare(folder).ok()?;
    let temporary = temporary_path(folder);
    let written = try_add(folder, &temporary, records);
    if written.is_err() {
        // The reason for failing may well be a full disk: leave nothing behind.
        fs::remove_file(&temporary).ok();
    }
    written.ok()
}

fn try_add(
    folder: &Path,
    temporary: &Path,
    records: impl Iterator<Item = (u128, impl AsRef<[u8]>)>,
) -> io::Result<PathBuf> {
    let file = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(temporary)?;
    let mut keys = Xxh3::new();
    segment::write(
        file,
        records.inspect(|(key, payload)| {
            keys.update(&key.to_le_bytes());
            keys.update(&AsRef::<[u8]>::as_ref(payload).len().to_le_bytes());
        }),
    )?;
    let path = folder.join(format!("{:032x}.{ENDING}", keys.digest128()));
    fs::rename(temporary, &path)?;
    Ok(path)
}

/// Makes the folder and tells backup programs to leave it alone (the Cache Directory Tagging Specification).
fn prepare(folder: &Path) -> io::Result<()> {
    if folder.is_dir() {
        return Ok(());
    }
    fs::create_dir_all(folder)?;
    fs::write(
        folder.join("CACHEDIR.TAG"),
        "Signature: 8a477f597d28d172789f06886806bc55\n# This directory was made by backout; it may be removed at any time.\n",
    )
}

fn temporary_path(folder: &Path) -> PathBuf {
    static COUNTER: AtomicU32 = AtomicU32::new(0);
    let count = COUNTER.fetch_add(1, Ordering::Relaxed);
    let nanos = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |since| since.subsec_nanos());
    // `create_new` settles the case of two processes of two machines with the same number in the same nanosecond.
    let name = format!("{nanos:016x}{:08x}{count:08x}", std::process::id());
    folder.join(format!("{name}.{TEMPORARY}"))
}

/// Joins small segments where there are many, smallest first.
///
/// Two processes may do so at once: both write all records and remove the same inputs; at worst a record is kept twice.
pub(super) fn merge(folder: &Path) {
    let mut open = Vec::new();
    for path in segments(folder) {
        match Segment::open(&path) {
            Ok(segment) => open.push((path, segment)),
            Err(Refusal::Damaged) => drop(fs::remove_file(&path)),
            Err(Refusal::Foreign) => {}
        }
    }
    remove_stale(folder);
    if open.len() < MANY {
        return;
    }
    open.sort_by_key(|(path, segment)| (segment.bytes(), path.clone()));
    let mut total = 0;
    let small: Vec<_> = open
        .into_iter()
        .take_while(|(_, segment)| {
            total += segment.bytes() as u64;
            total <= MERGED_BYTES
        })
        .collect();
    if small.len() > 1 {
        join(folder, &small);
    }
}

fn join(folder: &Path, inputs: &[(PathBuf, Segment)]) {
    let mut places: Vec<(u128, usize, usize)> = Vec::new();
    for (of, (_, segment)) in inputs.iter().enumerate() {
        places.extend((0..segment.len()).map(|at| (segment.key(at), of, at)));
    }
    places.sort_unstable();
    let by_key = places.chunk_by(|one, other| one.0 == other.0);
    let records = by_key.filter_map(|places| {
        let mut copies = places.iter();
        let sound = copies.find_map(|(_, of, at)| inputs[*of].1.payload(*at))?;
        Some((places[0].0, sound))
    });
    let Some(joined) = add(folder, records) else {
        return;
    };
    for (path, _) in inputs.iter().filter(|(path, _)| *path != joined) {
        // Where this fails (another process was faster, or Windows holds it open) the next merge removes it.
        fs::remove_file(path).ok();
    }
}

fn remove_stale(folder: &Path) {
    let now = SystemTime::now();
    for path in with_ending(folder, TEMPORARY) {
        let age = fs::metadata(&path)
            .and_then(|metadata| metadata.modified())
            .map(|modified| now.duration_since(modified).unwrap_or_default());
        if age.is_ok_and(|age| age > STALE) {
            fs::remove_file(&path).ok();
        }
    }
}

/// Removes segments, the least recently used first, until the folder is within `limit` bytes.
pub(super) fn evict(folder: &Path, limit: u64) {
    let mut aged: Vec<_> = segments(folder)
        .into_iter()
        .filter_map(|path| {
            let metadata = fs::metadata(&path).ok()?;
            Some((metadata.modified().ok()?, path, metadata.len()))
        })
        .collect();
    aged.sort();
    let mut total: u64 = aged.iter().map(|(_, _, bytes)| bytes).sum();
    for (_, path, bytes) in aged {
        if total <= limit {
            return;
        }
        if fs::remove_file(&path).is_ok() {
            total -= bytes;
        }
    }
}

pub(super) fn info(folder: &Path) -> Info {
    let mut info = Info::default();
    for path in segments(folder) {
        info.bytes += fs::metadata(&path).map_or(0, |metadata| metadata.len());
        match Segment::open(&path) {
            Ok(segment) => {
                info.segments += 1;
                info.records += segment.len();
            }
            Err(Refusal::Damaged) => info.damaged += 1,
            Err(Refusal::Foreign) => info.foreign += 1,
        }
    }
    info
}

pub(super) fn clear(folder: &Path) -> io::Result<Info> {
    let info = info(folder);
    for path in segments(folder)
        .into_iter()
        .chain(with_ending(folder, TEMPORARY))
    {
        fs::remove_file(path)?;
    }
    Ok(info)
}

pub(super) fn verify(folder: &Path) -> Verification {
    let mut verification = Verification::default();
    for path in segments(folder) {
        let damaged = match Segment::open(&path) {
            Err(Refusal::Foreign) => continue,
            Err(Refusal::Damaged) => 1,
            Ok(segment) => {
                let damaged = (0..segment.len())
                    .filter(|at| segment.payload(*at).is_none())
                    .count();
                verification.sound += segment.len() - damaged;
                damaged
            }
        };
        verification.damaged_records += damaged;
        if damaged > 0 && fs::remove_file(&path).is_ok() {
            verification.removed.push(path);
        }
    }
    verification
}
