//! Trees as raw bytes: their entries, and what differs between two of them.
//!
//! Two sorted entry lists are merged and only subtrees with different ids are entered, so the cost follows the
//! difference and not the tree (some fifty times cheaper than libgit2's diff, which walks both whole trees).

use std::cmp::Ordering;

use crate::change::{FileMode, ObjectId};
use crate::text::FilePath;

use super::objects::EMPTY_TREE;
use super::{GitError, Repository};

/// Directories nested deeper than this are refused.
const DEPTH_LIMIT: usize = 512;

/// An entry that is not a directory: its mode and its blob (or, for a submodule, commit).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Leaf {
    pub(super) mode: FileMode,
    pub(super) id: ObjectId,
}

/// A path at which two trees differ; at least one side is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TreePair {
    pub(super) path: FilePath,
    pub(super) before: Option<Leaf>,
    pub(super) after: Option<Leaf>,
}

/// One entry of a raw tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    pub(super) mode: u32,
    pub(super) name: &'a [u8],
    pub(super) id: ObjectId,
}

impl<'a> Entry<'a> {
    pub(super) fn is_tree(self) -> bool {
        self.mode & 0o170_000 == 0o040_000
    }

    fn leaf(self) -> Leaf {
        Leaf {
            mode: file_mode(self.mode),
            id: self.id,
        }
    }

    /// Git's order of entries: by name, a directory as if its name ended in `/`.
    pub(super) fn order(self, other: Entry<'_>) -> Ordering {
        let shared = self.name.len().min(other.name.len());
        let (head, tail) = self.name.split_at(shared);
        let (other_head, other_tail) = other.name.split_at(shared);
        let next = |tail: &[u8], is_tree: bool| match tail.first() {
            Some(byte) => *byte,
            None if is_tree => b'/',
            None => 0,
        };
        head.cmp(other_head)
            .then_with(|| next(tail, self.is_tree()).cmp(&next(other_tail, other.is_tree())))
    }
}

pub(super) fn file_mode(mode: u32) -> FileMode {
    match mode & 0o170_000 {
        0o120_000 => FileMode::Symlink,
        0o160_000 => FileMode::Submodule,
        _ if mode & 0o100 != 0 => FileMode::Executable,
        _ => FileMode::Regular,
    }
}

/// The mode as a tree writes it.
pub(super) fn mode_bits(mode: FileMode) -> u32 {
    match mode {
        FileMode::Regular => 0o100_644,
        FileMode::Executable => 0o100_755,
        FileMode::Symlink => 0o120_000,
        FileMode::Submodule => 0o160_000,
    }
}

/// The entries of a raw tree in stored order; stops at the first malformed one.
pub(super) struct Entries<'a>(pub(super) &'a [u8]);

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        let space = memchr::memchr(b' ', self.0)?;
        let zero = space + memchr::memchr(0, &self.0[space..])?;
        let id = self.0.get(zero + 1..zero + 21)?;
        let entry = Entry {
            mode: octal(&self.0[..space])?,
            name: &self.0[space + 1..zero],
            id: ObjectId(id.try_into().ok()?),
        };
        self.0 = &self.0[zero + 21..];
        Some(entry)
    }
}

fn octal(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0u32, |mode, digit| match digit {
        b'0'..=b'7' => mode
            .checked_mul(8)
            .map(|mode| mode + u32::from(digit - b'0')),
        _ => None,
    })
}

/// `directory` and `name` as one path.
pub(super) fn join(directory: &[u8], name: &[u8]) -> Vec<u8> {
    let mut path = Vec::with_capacity(directory.len() + 1 + name.len());
    path.extend_from_slice(directory);
    if !directory.is_empty() {
        path.push(b'/');
    }
    path.extend_from_slice(name);
    path
}

impl Repository {
    /// Where two trees differ, sorted by path; renames are not looked for.
    pub(super) fn tree_pairs(
        &self,
        before: ObjectId,
        after: ObjectId,
    ) -> Result<Vec<TreePair>, GitError> {
        let mut walk = PairWalk {
            repository: self,
            pairs: Vec::new(),
        };
        walk.trees(&[], [Some(before), Some(after)], 0)?;
        Ok(walk.pairs)
    }

    /// All files of a tree, sorted by path, below `directory` (empty for the root).
    pub(super) fn leaves(&self, tree: ObjectId) -> Result<Vec<(FilePath, Leaf)>, GitError> {
        let pairs = self.tree_pairs(EMPTY_TREE, tree)?;
        let leaf = |pair: TreePair| Some((pair.path, pair.after?));
        Ok(pairs.into_iter().filter_map(leaf).collect())
    }

    /// What stands at a path, if anything does.
    pub(super) fn at_path(&self, root: ObjectId, path: &[u8]) -> Result<AtPath, GitError> {
        let mut tree = root;
        let mut rest = path;
        loop {
            let (name, below) = match memchr::memchr(b'/', rest) {
                Some(slash) => (&rest[..slash], Some(&rest[slash + 1..])),
                None => (rest, None),
            };
            match (below, self.named(tree, name)?) {
                (_, Named::Nothing) => return Ok(AtPath::Nothing),
                (None, Named::Directory(id)) => return Ok(AtPath::Directory(id)),
                (None, Named::File(leaf)) => return Ok(AtPath::File(leaf)),
                (Some(_), Named::File(_)) => {
                    let depth = path.len() - rest.len() + name.len();
                    return Ok(AtPath::BelowFile(FilePath::new(&path[..depth])));
                }
                (Some(below), Named::Directory(id)) => (tree, rest) = (id, below),
            }
        }
    }

    /// What an entry of a tree is, remembered: a history has few distinct trees at a path.
    fn named(&self, tree: ObjectId, name: &[u8]) -> Result<Named, GitError> {
        let key = xxhash_rust::xxh3::xxh3_128(&[&tree.0[..], name].concat());
        if let Some(named) = self.memo.borrow().named.get(&key) {
            return Ok(*named);
        }
        let bytes = self.tree(tree)?;
        let found = Entries(&bytes).find(|entry| entry.name == name);
        let named = found.map_or(Named::Nothing, |entry| match entry.is_tree() {
            true => Named::Directory(entry.id),
            false => Named::File(entry.leaf()),
        });
        let mut memo = self.memo.borrow_mut();
        if memo.named.len() >= NAMED_MEMO {
            memo.named.clear();
        }
        memo.named.insert(key, named);
        Ok(named)
    }
}

/// What a tree has under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    Nothing,
    File(Leaf),
    Directory(ObjectId),
}

/// How many entries of trees are remembered (some 48 bytes each).
const NAMED_MEMO: usize = 1 << 17;

/// What a tree has at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum AtPath {
    /// No entry.
    Nothing,
    /// A file, symlink or submodule.
    File(Leaf),
    /// A directory: its tree.
    Directory(ObjectId),
    /// No entry, and one of the path's directories is a file: its path.
    BelowFile(FilePath),
}

struct PairWalk<'a> {
    repository: &'a Repository,
    pairs: Vec<TreePair>,
}

impl PairWalk<'_> {
    fn trees(
        &mut self,
        directory: &[u8],
        sides: [Option<ObjectId>; 2],
        depth: usize,
    ) -> Result<(), GitError> {
        if depth > DEPTH_LIMIT {
            return Err(GitError::Malformed {
                what: format!("directory {}", FilePath::new(directory)),
                problem: "it is nested too deeply",
            });
        }
        let read = |id: Option<ObjectId>| id.map(|id| self.repository.tree(id)).transpose();
        let [before, after] = [read(sides[0])?, read(sides[1])?];
        let mut before = Entries(before.as_deref().unwrap_or_default()).peekable();
        let mut after = Entries(after.as_deref().unwrap_or_default()).peekable();
        loop {
            let order = match (before.peek(), after.peek()) {
                (None, None) => return Ok(()),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(one), Some(other)) => one.order(*other),
            };
            let one = before.next_if(|_| order != Ordering::Greater);
            let other = after.next_if(|_| order != Ordering::Less);
            self.entries(directory, [one, other], depth)?;
        }
    }

    /// Entries of one name on both sides: both are files, or both are directories, or one side is missing.
    fn entries(
        &mut self,
        directory: &[u8],
        sides: [Option<Entry<'_>>; 2],
        depth: usize,
    ) -> Result<(), GitError> {
        let [one, other] = sides;
        let Some(any) = one.or(other) else {
            return Ok(());
        };
        if let (Some(one), Some(other)) = (one, other)
            && one.id == other.id
            && one.mode == other.mode
        {
            return Ok(());
        }
        let path = join(directory, any.name);
        if any.is_tree() {
            return self.trees(
                &path,
                sides.map(|side| side.map(|entry| entry.id)),
                depth + 1,
            );
        }
        let [before, after] = sides.map(|side| side.map(Entry::leaf));
        if before != after {
            self.pairs.push(TreePair {
                path: FilePath::new(&path),
                before,
                after,
            });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(mode: u32, name: &[u8]) -> Entry<'_> {
        Entry {
            mode,
            name,
            id: ObjectId::default(),
        }
    }

    #[test]
    fn a_directory_sorts_as_if_it_ended_in_a_slash() {
        let directory = entry(0o040_000, b"a");
        assert_eq!(directory.order(entry(0o100_644, b"a.c")), Ordering::Greater);
        assert_eq!(directory.order(entry(0o100_644, b"a0")), Ordering::Less);
        assert_eq!(directory.order(entry(0o040_000, b"a")), Ordering::Equal);
        assert_eq!(directory.order(entry(0o100_644, b"a")), Ordering::Greater);
    }

    #[test]
    fn bytes_that_are_no_tree_have_no_entries() {
        assert_eq!(Entries(b"100644 a\0short").count(), 0);
        assert_eq!(Entries(b"9 a\0").count(), 0);
        assert_eq!(Entries(b"").count(), 0);
    }
}
