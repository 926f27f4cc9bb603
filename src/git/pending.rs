//! Changes that are not committed: the index and the tracked files of the work tree, each against HEAD.
//!
//! Reads files and writes none: work tree content is converted to what git would store (line endings by `text`, `eol`
//! and `core.autocrlf`) here, since libgit2 would do it only while storing it.

use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use git2::{AttrCheckFlags, AttrValue, IndexEntry, ObjectType, Oid};

use crate::change::{Change, ChangeId, FileMode, Person, hunks};
use crate::text::FilePath;

use super::objects::{EMPTY_TREE, to_id};
use super::trees::{Leaf, TreePair, file_mode};
use super::{BLOB_LIMIT, GitError, Repository};

/// Bits of an index entry (git's `index-format`).
const STAGE: u16 = 0x3000;
const INTENT_TO_ADD: u16 = 1 << 13;
const SKIP_WORKTREE: u16 = 1 << 14;

/// Which uncommitted state is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pending {
    Staged,
    Worktree,
}

impl Repository {
    /// What `git commit` would record: the index against HEAD.
    ///
    /// # Errors
    /// [`GitError::NoWorkTree`], [`GitError::AbsentObject`], [`GitError::Unreadable`].
    pub fn staged(&self) -> Result<Change, GitError> {
        self.pending(Pending::Staged)
    }

    /// What `git commit --all` would record: the tracked files of the work tree against HEAD, those marked with
    /// `git add --intent-to-add` included.
    ///
    /// # Errors
    /// As [`Repository::staged`].
    pub fn worktree(&self) -> Result<Change, GitError> {
        self.pending(Pending::Worktree)
    }

    fn pending(&self, which: Pending) -> Result<Change, GitError> {
        let Some(root) = self.raw.workdir().map(Path::to_owned) else {
            return Err(GitError::NoWorkTree {
                path: self.raw.path().to_owned(),
            });
        };
        let head = match self.resolve("HEAD") {
            Ok(head) => Some(head),
            Err(GitError::NoCommitYet) => None,
            Err(error) => return Err(error),
        };
        let mut notes = Vec::new();
        let now = self.pending_leaves(which, &root, &mut notes)?;
        let tree = match head {
            Some(head) => self.commit(head)?.tree,
            None => EMPTY_TREE,
        };
        let pairs = pairs(self.leaves(tree)?, now);
        let paired = self.with_renames(pairs, &mut notes)?;
        let files = paired
            .into_iter()
            .map(|file| self.file_change(file, &mut notes));
        let files = files.collect::<Result<_, _>>()?;
        let id = match which {
            Pending::Staged => ChangeId::Staged,
            Pending::Worktree => ChangeId::Worktree,
        };
        let (author, committer) = (Person::default(), Person::default());
        Ok(Change {
            subject: id.to_string(),
            id,
            message: String::new(),
            author,
            committer,
            parents: head.into_iter().collect(),
            files,
            notes,
        })
    }

    /// The files of the index or work tree; new contents are kept in memory under the ids they would get.
    fn pending_leaves(
        &self,
        which: Pending,
        root: &Path,
        notes: &mut Vec<String>,
    ) -> Result<BTreeMap<FilePath, Leaf>, GitError> {
        let unreadable = |source| GitError::Unreadable {
            what: "the index".to_owned(),
            source,
        };
        let index = self.raw.index().map_err(unreadable)?;
        let written = modified(&index.path().map(Path::to_owned).unwrap_or_default());
        let mut leaves = BTreeMap::new();
        for entry in index.iter() {
            let path = FilePath::new(&entry.path);
            if entry.flags & STAGE != 0 {
                note_once(notes, format!("{path} is unmerged in the index: left out"));
                continue;
            }
            let leaf = match which {
                Pending::Staged if entry.flags_extended & INTENT_TO_ADD != 0 => None,
                Pending::Staged => Some(indexed(&entry)),
                Pending::Worktree => self.on_disk(root, &entry, written, notes)?,
            };
            leaves.extend(leaf.map(|leaf| (path, leaf)));
        }
        Ok(leaves)
    }

    /// The state of a tracked file in the work tree; `None` where it is gone.
    fn on_disk(
        &self,
        root: &Path,
        entry: &IndexEntry,
        index_written: Option<(i64, i64)>,
        notes: &mut Vec<String>,
    ) -> Result<Option<Leaf>, GitError> {
        let staged = indexed(entry);
        let unmoved = entry.flags_extended & SKIP_WORKTREE != 0;
        if unmoved || staged.mode == FileMode::Submodule {
            return Ok(Some(staged));
        }
        let path = root.join(std::ffi::OsStr::from_bytes(&entry.path));
        let Ok(metadata) = path.symlink_metadata() else {
            return Ok(None);
        };
        if is_unchanged(entry, &metadata, index_written) {
            return Ok(Some(staged));
        }
        let mode = self.mode_on_disk(&metadata, staged.mode);
        let bytes = match mode {
            None => return Ok(None),
            Some(FileMode::Symlink) => std::fs::read_link(&path)
                .ok()
                .map(|target| target.as_os_str().as_bytes().to_vec()),
            Some(_) => read_limited(&path),
        };
        let (Some(mode), Some(bytes)) = (mode, bytes) else {
            notes.push(format!("{} cannot be read: left as staged", path.display()));
            return Ok(Some(staged));
        };
        let bytes = match mode {
            FileMode::Symlink => bytes,
            _ => self.as_stored(entry, bytes, notes)?,
        };
        let id = self.make(ObjectType::Blob, bytes.into())?;
        Ok(Some(Leaf { mode, id }))
    }

    /// The mode git would record; `None` for what it would not (a directory, a device).
    fn mode_on_disk(&self, metadata: &std::fs::Metadata, staged: FileMode) -> Option<FileMode> {
        use std::os::unix::fs::PermissionsExt;
        if metadata.is_symlink() {
            return Some(FileMode::Symlink);
        }
        if !metadata.is_file() {
            return None;
        }
        let config = self.raw.config().ok();
        let trusts_modes = config.and_then(|config| config.get_bool("core.filemode").ok());
        if trusts_modes == Some(false) && staged != FileMode::Symlink {
            return Some(staged);
        }
        Some(match metadata.permissions().mode() & 0o100 {
            0 => FileMode::Regular,
            _ => FileMode::Executable,
        })
    }

    /// The bytes as `git add` would store them (git's `convert.c`); filters that run programs are not run, with a note.
    fn as_stored(
        &self,
        entry: &IndexEntry,
        bytes: Vec<u8>,
        notes: &mut Vec<String>,
    ) -> Result<Vec<u8>, GitError> {
        let path = PathBuf::from(std::ffi::OsStr::from_bytes(&entry.path));
        for name in ["filter", "working-tree-encoding"] {
            if let AttrValue::String(value) = self.attribute(&path, name) {
                let path = path.display();
                note_once(notes, format!("{path}: {name}={value} is not applied"));
            }
        }
        let text = self.attribute(&path, "text");
        let eol = self.attribute(&path, "eol");
        let auto = match (text, eol) {
            (AttrValue::False, _) => return Ok(bytes),
            (AttrValue::True, _) | (AttrValue::Unspecified, AttrValue::String(_)) => false,
            (AttrValue::String("auto"), _) => true,
            _ if self.converts_line_ends() => true,
            _ => return Ok(bytes),
        };
        let stored_with_cr = || -> Result<bool, GitError> {
            let stored = self.blob(to_id(entry.id))?;
            let stored = stored.bytes().unwrap_or_default();
            Ok(memchr::memmem::find(stored, b"\r\n").is_some())
        };
        if auto && (hunks::is_binary(&bytes) || stored_with_cr()?) {
            return Ok(bytes);
        }
        Ok(without_carriage_returns(&bytes))
    }

    fn converts_line_ends(&self) -> bool {
        let Ok(config) = self.raw.config() else {
            return false;
        };
        match config.get_string("core.autocrlf") {
            Ok(value) if value.eq_ignore_ascii_case("input") => true,
            Ok(_) => config.get_bool("core.autocrlf").unwrap_or(false),
            Err(_) => false,
        }
    }

    fn attribute(&self, path: &Path, name: &str) -> AttrValue<'_> {
        let value = self.raw.get_attr(path, name, AttrCheckFlags::default());
        value.map_or(AttrValue::Unspecified, AttrValue::from_string)
    }
}

fn indexed(entry: &IndexEntry) -> Leaf {
    Leaf {
        mode: file_mode(entry.mode),
        id: to_id(entry.id),
    }
}

fn note_once(notes: &mut Vec<String>, note: String) {
    if !notes.contains(&note) {
        notes.push(note);
    }
}

fn modified(path: &Path) -> Option<(i64, i64)> {
    use std::os::unix::fs::MetadataExt;
    let metadata = path.metadata().ok()?;
    Some((metadata.mtime(), metadata.mtime_nsec()))
}

/// Whether size and time say that a file is as staged; a file written no earlier than the index is looked at anyway.
fn is_unchanged(
    entry: &IndexEntry,
    metadata: &std::fs::Metadata,
    index_written: Option<(i64, i64)>,
) -> bool {
    use std::os::unix::fs::PermissionsExt;
    let time = modified_of(metadata);
    let staged_time = (
        i64::from(entry.mtime.seconds()),
        i64::from(entry.mtime.nanoseconds()),
    );
    let same_mode = metadata.is_symlink() == (file_mode(entry.mode) == FileMode::Symlink)
        && (metadata.is_symlink()
            || (metadata.permissions().mode() & 0o100 != 0) == (entry.mode & 0o100 != 0));
    same_mode
        && u64::from(entry.file_size) == metadata.len()
        && time == staged_time
        && index_written.is_some_and(|written| time < written)
        && entry.id != Oid::ZERO_SHA1
}

fn modified_of(metadata: &std::fs::Metadata) -> (i64, i64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.mtime(), metadata.mtime_nsec())
}

/// The bytes of a file, cut just above the limit so that a huge one is seen to be too large.
fn read_limited(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).ok()?;
    file.take(BLOB_LIMIT as u64 + 1)
        .read_to_end(&mut bytes)
        .ok()?;
    Some(bytes)
}

fn without_carriage_returns(bytes: &[u8]) -> Vec<u8> {
    let keeps = |(at, byte): &(usize, &u8)| !(**byte == b'\r' && bytes.get(at + 1) == Some(&b'\n'));
    bytes
        .iter()
        .enumerate()
        .filter(keeps)
        .map(|(_, byte)| *byte)
        .collect()
}

/// Where two lists of files differ, sorted by path.
fn pairs(before: Vec<(FilePath, Leaf)>, after: BTreeMap<FilePath, Leaf>) -> Vec<TreePair> {
    let mut all: BTreeMap<FilePath, [Option<Leaf>; 2]> = BTreeMap::new();
    for (path, leaf) in before {
        all.entry(path).or_default()[0] = Some(leaf);
    }
    for (path, leaf) in after {
        all.entry(path).or_default()[1] = Some(leaf);
    }
    let differing = all.into_iter().filter(|(_, [one, other])| one != other);
    differing
        .map(|(path, [before, after])| TreePair {
            path,
            before,
            after,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_carriage_returns_before_newlines_go() {
        assert_eq!(without_carriage_returns(b"a\r\nb\rc\r"), b"a\nb\rc\r");
    }
}
