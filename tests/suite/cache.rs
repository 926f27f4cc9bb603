//! The store: what was put comes back or nothing does, whatever happens to the files.

use std::fs;
use std::path::{Path, PathBuf};

use backout::cache::{self, DEFAULT_SIZE, Space, Store};
use proptest::prelude::*;

const SPACE: Space = Space {
    name: "test",
    version: 1,
};

fn value(number: u32) -> Vec<u8> {
    number.to_le_bytes().repeat(1 + number as usize % 50)
}

fn fill(folder: &Path, numbers: std::ops::Range<u32>) {
    let store = Store::open(folder, DEFAULT_SIZE);
    for number in numbers {
        store.put(SPACE, &number.to_le_bytes(), value(number));
    }
}

fn segments(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    paths
        .filter(|path| path.extension().is_some_and(|ending| ending == "segment"))
        .collect()
}

/// How many of the numbers are found; fails where one is found with other bytes than were put.
fn found(folder: &Path, numbers: std::ops::Range<u32>) -> usize {
    let store = Store::open(folder, DEFAULT_SIZE);
    numbers
        .filter(|number| {
            let record = store.record(SPACE, &number.to_le_bytes());
            if let Some(record) = &record {
                assert_eq!(record[..], value(*number)[..]);
            }
            record.is_some()
        })
        .count()
}

#[test]
fn what_was_put_is_there_in_the_next_process() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path(), 0..5000);
    assert_eq!(found(folder.path(), 0..5000), 5000);
    assert_eq!(found(folder.path(), 5000..6000), 0);
}

#[test]
fn what_was_put_is_there_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path(), DEFAULT_SIZE);
    store.put(SPACE, b"a", b"payload".to_vec());
    assert_eq!(store.record(SPACE, b"a").as_deref(), Some(&b"payload"[..]));
    store.flush();
    assert_eq!(store.record(SPACE, b"a").as_deref(), Some(&b"payload"[..]));
}

#[test]
fn another_version_of_a_space_reads_nothing_of_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path(), 0..1);
    let store = Store::open(folder.path(), DEFAULT_SIZE);
    let next = Space {
        version: 2,
        ..SPACE
    };
    assert!(store.record(next, &0_u32.to_le_bytes()).is_none());
}

#[test]
fn a_disabled_store_keeps_nothing() {
    let store = Store::disabled();
    assert_eq!(&store.put(SPACE, b"a", vec![1])[..], [1]);
    assert!(store.record(SPACE, b"a").is_none());
}

#[test]
fn a_folder_that_cannot_be_made_costs_no_answer() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("file");
    fs::write(&file, "in the way").unwrap();
    fill(&file, 0..10);
    assert_eq!(found(&file, 0..10), 0);
    assert_eq!(fs::read(&file).unwrap(), b"in the way");
}

#[test]
fn many_segments_become_one_with_all_records() {
    let folder = tempfile::tempdir().unwrap();
    for start in 0..20 {
        fill(folder.path(), start * 100..start * 100 + 150);
    }
    assert!(segments(folder.path()).len() < 9);
    assert_eq!(found(folder.path(), 0..2050), 2050);
}

#[test]
fn several_processes_may_write_at_once() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        for start in 0..8 {
            let path = folder.path();
            scope.spawn(move || {
                for round in 0..5 {
                    fill(
                        path,
                        start * 500 + round * 100..start * 500 + round * 100 + 100,
                    );
                }
            });
        }
    });
    assert_eq!(found(folder.path(), 0..4000), 4000);
}

#[test]
fn a_merge_keeps_what_is_being_read() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path(), 0..100);
    let reader = Store::open(folder.path(), DEFAULT_SIZE);
    let record = reader.record(SPACE, &7_u32.to_le_bytes()).unwrap();
    for start in 1..12 {
        fill(folder.path(), start * 100..start * 100 + 100);
    }
    cache::clear(folder.path()).unwrap();
    assert_eq!(record[..], value(7)[..]);
    assert_eq!(
        reader.record(SPACE, &8_u32.to_le_bytes()).unwrap()[..],
        value(8)[..]
    );
}

#[test]
fn the_size_limit_removes_the_oldest() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path(), 0..1000);
    let old = segments(folder.path());
    let long_ago = std::time::SystemTime::UNIX_EPOCH;
    fs::File::options()
        .write(true)
        .open(&old[0])
        .unwrap()
        .set_modified(long_ago)
        .unwrap();
    let size = fs::metadata(&old[0]).unwrap().len();
    {
        let store = Store::open(folder.path(), size + 100);
        store.put(SPACE, b"new", vec![0; 200]);
    }
    assert!(!old[0].exists());
    let store = Store::open(folder.path(), DEFAULT_SIZE);
    assert!(store.record(SPACE, b"new").is_some());
}

#[test]
fn damage_is_found_and_removed_and_foreign_files_are_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path(), 0..100);
    let segment = segments(folder.path()).remove(0);
    let mut bytes = fs::read(&segment).unwrap();
    bytes[100] ^= 1;
    fs::write(&segment, bytes).unwrap();
    let foreign = folder.path().join(format!("{:032x}.segment", 1));
    fs::write(&foreign, b"backout\n\xff\0\0\0\0\0\0\0 of a later version").unwrap();
    let note = folder.path().join("notes.txt");
    fs::write(&note, "mine").unwrap();

    let verification = cache::verify(folder.path());
    assert_eq!((verification.sound, verification.damaged_records), (99, 1));
    assert_eq!(verification.removed, [segment]);
    assert_eq!(cache::info(folder.path()).foreign, 1);
    fill(folder.path(), 0..100);
    assert!(foreign.exists());
    cache::clear(folder.path()).unwrap();
    assert!(!foreign.exists() && note.exists());
    assert!(segments(folder.path()).is_empty());
}

#[test]
fn a_damaged_segment_is_written_anew() {
    let folder = tempfile::tempdir().unwrap();
    fill(folder.path(), 0..100);
    let segment = segments(folder.path()).remove(0);
    fs::write(&segment, &fs::read(&segment).unwrap()[..60]).unwrap();
    assert_eq!(found(folder.path(), 0..100), 0);
    fill(folder.path(), 0..100);
    assert_eq!(found(folder.path(), 0..100), 100);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_damage_changes_an_answer(place in any::<prop::sample::Index>(), flip in 1_u8.., cut in any::<bool>()) {
        let folder = tempfile::tempdir().unwrap();
        fill(folder.path(), 0..60);
        let segment = segments(folder.path()).remove(0);
        let mut bytes = fs::read(&segment).unwrap();
        let at = place.index(bytes.len());
        if cut {
            bytes.truncate(at);
        } else {
            bytes[at] ^= flip;
        }
        fs::remove_file(&segment).unwrap();
        fs::write(&segment, bytes).unwrap();
        prop_assert!(found(folder.path(), 0..60) <= 60);
        prop_assert!(cache::verify(folder.path()).sound <= 60);
    }
}

#[test]
fn what_was_read_last_is_forgotten_last() {
    let folder = tempfile::tempdir().unwrap();
    for number in [1, 2] {
        let store = Store::open(folder.path(), u64::MAX);
        store.put(SPACE, &[number], vec![number; 5000]);
    }
    // By the day of writing the first one would go first; it is read once more.
    let has = |path: &Path, number: u8| {
        fs::read(path)
            .unwrap()
            .windows(5000)
            .any(|bytes| bytes == vec![number; 5000])
    };
    for path in segments(folder.path()) {
        let day = std::time::Duration::from_secs(if has(&path, 1) { 1000 } else { 2000 });
        let file = fs::File::options().write(true).open(path).unwrap();
        file.set_modified(std::time::UNIX_EPOCH + day).unwrap();
    }
    assert!(
        Store::open(folder.path(), u64::MAX)
            .record(SPACE, &[1])
            .is_some()
    );
    let store = Store::open(folder.path(), 12_000);
    store.put(SPACE, &[3], vec![3; 5000]);
    drop(store);
    let store = Store::open(folder.path(), u64::MAX);
    let kept = [1, 2, 3].map(|number| store.record(SPACE, &[number]).is_some());
    assert_eq!(kept, [true, false, true]);
}
