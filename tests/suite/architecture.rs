//! Holds the house to its plan: arrows between rooms point down, every file says its one job.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The rooms from the bottom up; a room may use the rows before its own, never its own row or a later one.
const LAYERS: &[&[&str]] = &[
    &["text"],
    &["change", "items"],
    &["parse"],
    &["facts"],
    &["expand"],
    &["symbol_diff"],
    &["graph"],
    &["impact", "merge", "surface"],
    &["revert", "features"],
    &["score", "category"],
    &["policy"],
    &["report"],
    &["analyze"], // the core ends here: no I/O above this line
    &["git", "cache", "mail"],
    &["load"],
    &["scan"],
    &["cli"],
];

fn source_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(source_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

/// The room of a file: the first part of its path below `src`.
fn room(file: &Path) -> String {
    let first = file.strip_prefix(src()).unwrap().iter().next().unwrap();
    first.to_str().unwrap().trim_end_matches(".rs").to_owned()
}

fn layer(room: &str) -> Option<usize> {
    LAYERS.iter().position(|rooms| rooms.contains(&room))
}

/// The rooms that a file names as `crate::room`, comments left out.
fn used_rooms(source: &str) -> BTreeSet<String> {
    let code = source
        .lines()
        .map(|line| line.split("//").next().unwrap_or(""));
    code.flat_map(|line| line.split("crate::").skip(1))
        .map(|rest| {
            rest.chars()
                .take_while(|c| c.is_alphanumeric() || *c == '_')
                .collect()
        })
        .collect()
}

/// The arrows of `room` that do not point down, each in words.
fn wrong_arrows(room: &str, source: &str) -> Vec<String> {
    let Some(own) = layer(room) else {
        return vec![format!("{room}: no row in LAYERS")];
    };
    used_rooms(source)
        .iter()
        .filter(|used| *used != room)
        .filter_map(|used| match layer(used) {
            Some(below) if below < own => None,
            Some(_) => Some(format!("{room} -> {used} does not point down")),
            None => Some(format!(
                "{room} -> crate::{used}: not a room (grouped or root import?)"
            )),
        })
        .collect()
}

#[test]
fn arrows_point_down() {
    let mut wrong = Vec::new();
    for file in source_files(&src()) {
        let room = room(&file);
        if room == "lib" || room == "main" {
            continue;
        }
        let source = fs::read_to_string(&file).unwrap();
        wrong.extend(
            wrong_arrows(&room, &source)
                .into_iter()
                .map(|arrow| format!("{}: {arrow}", file.display())),
        );
        // `use super::*` is how a file's own test module sees the file.
        if source.contains("pub use crate::")
            || source.replace("use super::*;", "").contains("::*;")
        {
            wrong.push(format!(
                "{}: a re-export or glob import hides an arrow",
                file.display()
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_arrow_check_sees_an_upward_import() {
    assert_eq!(wrong_arrows("text", "use crate::git::open;").len(), 1);
    assert_eq!(wrong_arrows("git", "use crate::{text, items};").len(), 1);
    assert!(wrong_arrows("git", "use crate::text::Span; // crate::cli").is_empty());
}

#[test]
fn every_file_opens_with_its_job() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let silent: Vec<_> = source_files(&src())
        .into_iter()
        .chain(source_files(&tests))
        .filter(|file| !fs::read_to_string(file).unwrap().starts_with("//!"))
        .collect();
    assert!(silent.is_empty(), "no //! at the top of {silent:?}");
}

#[test]
fn a_long_file_says_why_at_its_top() {
    let mut unexplained = Vec::new();
    for file in source_files(&src()) {
        let source = fs::read_to_string(&file).unwrap();
        let opening: String = source
            .lines()
            .take_while(|line| line.starts_with("//!"))
            .collect();
        if source.lines().count() > 400 && !opening.contains("long because") {
            unexplained.push(file);
        }
    }
    assert!(
        unexplained.is_empty(),
        "over 400 lines and no \"long because\" in the //! of {unexplained:?}"
    );
}
