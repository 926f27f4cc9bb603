//! A unified diff into file patches: git's extended headers, renames, modes, binary files, quoted paths.
//!
//! `diffy` reads hunks and headers; what it leaves to its caller is here: blob ids, `-p1`, paths that point outside
//! the tree, bounds on what hostile input may cost.

use diffy::patch_set::{self, FileOperation, ParseOptions, PatchKind, PatchSet};

use crate::change::FileMode;
use crate::text::{BeforeAfter, FilePath};

/// The longest `diff --git` line that is read, in bytes: two paths of the length that systems allow.
const MAX_HEADER: usize = 8192;

/// What a diff does to one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePatch {
    /// Where the file is on each side; `None` where it is not there.
    pub paths: BeforeAfter<Option<FilePath>>,
    /// Its mode on each side, as far as the diff says.
    pub modes: BeforeAfter<Option<FileMode>>,
    /// The blob ids of the `index` line, often shortened; not those of a missing side.
    pub blobs: BeforeAfter<Option<String>>,
    /// Whether the file before stays (`copy from`).
    pub copied: bool,
    /// Its changed lines.
    pub body: Body,
}

/// The changed lines of a file, or why there are none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// In order; none for a pure rename or mode change.
    Text(Vec<PatchHunk>),
    /// A binary file: its content is not read.
    Binary,
}

/// One hunk with its context.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatchHunk {
    /// The first line on each side, from 1; 0 for a side without lines.
    pub starts: BeforeAfter<usize>,
    /// Its lines in order, each with its newline unless the file ends without one.
    pub lines: Vec<PatchLine>,
}

/// One line of a hunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PatchLine {
    /// On both sides.
    Context(Vec<u8>),
    /// Before only.
    Deleted(Vec<u8>),
    /// After only.
    Added(Vec<u8>),
}

impl PatchHunk {
    /// The lines of the side before: context and deleted.
    pub fn before(&self) -> impl Iterator<Item = &[u8]> {
        self.lines.iter().filter_map(|line| match line {
            PatchLine::Context(text) | PatchLine::Deleted(text) => Some(&text[..]),
            PatchLine::Added(_) => None,
        })
    }

    /// The lines of the side after: context and added.
    pub fn after(&self) -> impl Iterator<Item = &[u8]> {
        self.lines.iter().filter_map(|line| match line {
            PatchLine::Context(text) | PatchLine::Added(text) => Some(&text[..]),
            PatchLine::Deleted(_) => None,
        })
    }
}

/// A diff that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum DiffError {
    /// Not of the form of a diff.
    #[error("line {line} of the diff: {why}")]
    Corrupt {
        /// The line of the diff at which the file's part starts, from 1.
        line: usize,
        /// What is wrong.
        why: String,
    },
    /// A path that leaves the tree or enters git's own directory.
    #[error("line {line} of the diff: path {path} is refused: it is not inside the tree")]
    UnsafePath {
        /// The line of the diff at which the file's part starts, from 1.
        line: usize,
        /// As written.
        path: String,
    },
}

/// The file patches of a diff, in order; none where it has none. One leading directory is taken off each path (`-p1`).
///
/// # Errors
/// `Corrupt` and `UnsafePath`, for the first part that is.
pub fn files(diff: &[u8]) -> Result<Vec<FilePatch>, DiffError> {
    let sections = sections(diff);
    if sections.is_empty() {
        return traditional(diff);
    }
    sections
        .into_iter()
        .map(|(line, section)| git(section, line))
        .collect()
}

/// The parts of a git diff with the line each starts on. No line inside a hunk can start with `diff --git`.
fn sections(diff: &[u8]) -> Vec<(usize, &[u8])> {
    let mut starts = Vec::new();
    let mut at = 0;
    for (number, line) in diff.split_inclusive(|byte| *byte == b'\n').enumerate() {
        if line.starts_with(b"diff --git ") {
            starts.push((number + 1, at));
        }
        at += line.len();
    }
    let ends = starts
        .iter()
        .skip(1)
        .map(|(_, start)| *start)
        .chain([diff.len()]);
    let ends: Vec<_> = ends.collect();
    starts
        .into_iter()
        .zip(ends)
        .map(|((line, start), end)| (line, &diff[start..end]))
        .collect()
}

fn git(section: &[u8], line: usize) -> Result<FilePatch, DiffError> {
    let head = section
        .split(|byte| *byte == b'\n')
        .next()
        .unwrap_or_default();
    if head.len() > MAX_HEADER {
        return Err(corrupt(line, "a path is too long"));
    }
    let mut patches = PatchSet::parse_bytes(section, ParseOptions::gitdiff());
    let patch = patches
        .next()
        .ok_or_else(|| corrupt(line, "no patch"))?
        .map_err(|error| corrupt(line, error))?;
    of(patch, index_line(section), line)
}

/// A diff of `diff -u`: `---` and `+++` lines only.
fn traditional(diff: &[u8]) -> Result<Vec<FilePatch>, DiffError> {
    let has_patch = diff.starts_with(b"--- ") || memchr::memmem::find(diff, b"\n--- ").is_some();
    if !has_patch {
        return Ok(Vec::new());
    }
    PatchSet::parse_bytes(diff, ParseOptions::unidiff())
        .map(|patch| {
            of(
                patch.map_err(|error| corrupt(1, error))?,
                Index::default(),
                1,
            )
        })
        .collect()
}

fn corrupt(line: usize, why: impl ToString) -> DiffError {
    DiffError::Corrupt {
        line,
        why: why.to_string(),
    }
}

/// What an `index 1234..5678 100644` line says.
#[derive(Default)]
struct Index {
    blobs: BeforeAfter<Option<String>>,
    mode: Option<FileMode>,
}

fn index_line(section: &[u8]) -> Index {
    let found = section
        .split(|byte| *byte == b'\n')
        .take(16)
        .take_while(|line| !line.starts_with(b"@@"))
        .find_map(|line| line.strip_prefix(b"index "));
    let text = String::from_utf8_lossy(found.unwrap_or_default());
    let (ids, mode) = text.split_once(' ').unwrap_or((&text, ""));
    let Some((before, after)) = ids.split_once("..") else {
        return Index::default();
    };
    let blob = |id: &str| {
        let is_id = (4..=40).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
        (is_id && id.bytes().any(|byte| byte != b'0')).then(|| id.to_owned())
    };
    Index {
        blobs: BeforeAfter { before, after }.map(blob),
        mode: mode.trim().parse().ok().map(mode_of),
    }
}

fn mode_of(mode: patch_set::FileMode) -> FileMode {
    match mode {
        patch_set::FileMode::Regular => FileMode::Regular,
        patch_set::FileMode::Executable => FileMode::Executable,
        patch_set::FileMode::Symlink => FileMode::Symlink,
        patch_set::FileMode::Gitlink => FileMode::Submodule,
    }
}

fn of(
    patch: patch_set::FilePatch<'_, [u8]>,
    index: Index,
    line: usize,
) -> Result<FilePatch, DiffError> {
    let (paths, copied) = paths(patch.operation(), line)?;
    let modes = BeforeAfter {
        before: patch.old_mode().copied().map(mode_of).or(index.mode),
        after: patch.new_mode().copied().map(mode_of).or(index.mode),
    };
    let there = paths.as_ref().map(Option::is_some);
    Ok(FilePatch {
        modes: there.zip(modes).map(|(there, mode)| mode.filter(|_| there)),
        blobs: there
            .zip(index.blobs)
            .map(|(there, blob)| blob.filter(|_| there)),
        copied,
        body: match patch.into_patch() {
            PatchKind::Binary(_) => Body::Binary,
            PatchKind::Text(text) => Body::Text(text.hunks().iter().map(hunk).collect()),
        },
        paths,
    })
}

fn hunk(hunk: &diffy::Hunk<'_, [u8]>) -> PatchHunk {
    let line = |line: &diffy::Line<'_, [u8]>| match line {
        diffy::Line::Context(text) => PatchLine::Context(text.to_vec()),
        diffy::Line::Delete(text) => PatchLine::Deleted(text.to_vec()),
        diffy::Line::Insert(text) => PatchLine::Added(text.to_vec()),
    };
    PatchHunk {
        starts: BeforeAfter {
            before: hunk.old_range().start(),
            after: hunk.new_range().start(),
        },
        lines: hunk.lines().iter().map(line).collect(),
    }
}

type Paths = BeforeAfter<Option<FilePath>>;

fn paths(operation: &FileOperation<'_, [u8]>, line: usize) -> Result<(Paths, bool), DiffError> {
    // `rename from` and `copy from` carry no prefix.
    let whole = |path: &[u8]| safe(path, line).map(Some);
    let stripped = |path: &[u8]| {
        let slash = memchr::memchr(b'/', path).map_or(0, |slash| slash + 1);
        safe(&path[slash..], line).map(Some)
    };
    let both = |before, after| BeforeAfter { before, after };
    Ok(match operation {
        FileOperation::Create(path) => (both(None, stripped(path)?), false),
        FileOperation::Delete(path) => (both(stripped(path)?, None), false),
        // Without a rename header, `x.orig` and `x` are one file: that of the side after.
        FileOperation::Modify { modified, .. } => {
            (both(stripped(modified)?, stripped(modified)?), false)
        }
        FileOperation::Rename { from, to } => (both(whole(from)?, whole(to)?), false),
        FileOperation::Copy { from, to } => (both(whole(from)?, whole(to)?), true),
    })
}

/// Refuses what git refuses to check out: absolute paths, `.`, `..`, `.git`, empty parts and NULs.
fn safe(path: &[u8], line: usize) -> Result<FilePath, DiffError> {
    let is_safe = |part: &[u8]| {
        !part.is_empty() && part != b"." && part != b".." && !part.eq_ignore_ascii_case(b".git")
    };
    if path.contains(&0)
        || path.len() > MAX_HEADER
        || !path.split(|byte| *byte == b'/').all(is_safe)
    {
        return Err(DiffError::UnsafePath {
            line,
            path: String::from_utf8_lossy(&path[..path.len().min(200)])
                .escape_debug()
                .to_string(),
        });
    }
    Ok(FilePath::new(path))
}
