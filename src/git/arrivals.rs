//! What each commit of a mainline took in, oldest first, with marks of the paths that were changed.
//!
//! A back-out asks again and again which later commits changed a file. Marks answer that for a whole history without
//! reading a tree: 32 bits of a hash of each path, so a mark may lie and a change is looked up before it is believed.

use std::collections::BinaryHeap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::change::ObjectId;
use crate::change::replay::ReplaySide;
use crate::text::{BeforeAfter, FilePath};

use super::objects::EMPTY_TREE;
use super::trees::Leaf;
use super::{GitError, Repository};

/// Commits in an order in which parents come before their children, with the paths that each changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Arrivals {
    commits: Vec<ObjectId>,
    /// Where the marks of each commit end.
    ends: Vec<u32>,
    marks: Vec<u32>,
}

/// A hash of a path, as [`Arrivals`] keeps it.
#[must_use]
pub fn path_mark(path: &FilePath) -> u32 {
    let hash = xxhash_rust::xxh3::xxh3_64(path.as_bytes());
    u32::try_from(hash & u64::from(u32::MAX)).expect("the mask leaves 32 bits")
}

impl Arrivals {
    /// The commits, merges included.
    #[must_use]
    pub fn commits(&self) -> &[ObjectId] {
        &self.commits
    }

    /// The marks of the paths that the commit at a place of [`Arrivals::commits`] changed; none for merges.
    #[must_use]
    pub fn marks(&self, at: usize) -> &[u32] {
        let end = |at: usize| self.ends.get(at).map_or(0, |end| *end as usize);
        let start = at.checked_sub(1).map_or(0, end);
        self.marks.get(start..end(at)).unwrap_or_default()
    }

    /// Adds a commit behind all others.
    pub fn push(&mut self, commit: ObjectId, marks: &[u32]) {
        self.commits.push(commit);
        self.marks.extend_from_slice(marks);
        self.ends.push(crate::text::offset(self.marks.len()));
    }

    /// As bytes, for a store.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(24 * self.commits.len() + 4 * self.marks.len());
        for (at, commit) in self.commits.iter().enumerate() {
            let marks = self.marks(at);
            bytes.extend_from_slice(&commit.0);
            bytes.extend_from_slice(&crate::text::offset(marks.len()).to_le_bytes());
            marks
                .iter()
                .for_each(|mark| bytes.extend_from_slice(&mark.to_le_bytes()));
        }
        bytes
    }

    /// Adds what [`Arrivals::to_bytes`] wrote; `None`, with nothing added, where the bytes are cut short.
    pub fn extend_from_bytes(&mut self, mut bytes: &[u8]) -> Option<()> {
        let mut read = Self::default();
        while !bytes.is_empty() {
            let (commit, rest) = bytes.split_at_checked(20)?;
            let (count, rest) = rest.split_at_checked(4)?;
            let count = u32::from_le_bytes(count.try_into().ok()?) as usize;
            let (marks, rest) = rest.split_at_checked(count.checked_mul(4)?)?;
            read.commits.push(ObjectId(commit.try_into().ok()?));
            let mark = |four: &[u8]| four.try_into().map(u32::from_le_bytes).unwrap_or_default();
            read.marks.extend(marks.chunks_exact(4).map(mark));
            read.ends.push(crate::text::offset(read.marks.len()));
            bytes = rest;
        }
        self.extend(&read);
        Some(())
    }

    /// Adds all of `other` behind.
    pub fn extend(&mut self, other: &Self) {
        for (at, commit) in other.commits.iter().enumerate() {
            self.push(*commit, other.marks(at));
        }
    }
}

impl Repository {
    /// What landed on a mainline with the commit `landing`: `landing^1..landing`, merges and itself included; itself
    /// alone where it is no merge.
    ///
    /// # Errors
    /// As [`Repository::touching`].
    pub fn arrivals(&self, landing: ObjectId) -> Result<Arrivals, GitError> {
        let mut arrivals = Arrivals::default();
        for commit in self.taken_in(landing)? {
            let head = self.commit(commit)?;
            if head.parents.len() > 1 {
                arrivals.push(commit, &[]);
                continue;
            }
            let before = match head.parents.first() {
                Some(parent) => self.commit(*parent)?.tree,
                None => EMPTY_TREE,
            };
            let pairs = self.tree_pairs(before, head.tree)?;
            let mut marks: Vec<u32> = pairs.iter().map(|pair| path_mark(&pair.path)).collect();
            marks.sort_unstable();
            arrivals.push(commit, &marks);
        }
        Ok(arrivals)
    }

    /// The commits of `landing^1..landing`, parents before children, itself last.
    ///
    /// # Errors
    /// As [`Repository::touching`].
    pub fn taken_in(&self, landing: ObjectId) -> Result<Vec<ObjectId>, GitError> {
        let head = self.commit(landing)?;
        let [first, others @ ..] = head.parents.as_slice() else {
            return Ok(vec![landing]);
        };
        if others.is_empty() {
            return Ok(vec![landing]);
        }
        let wanted = self.beside(landing, *first)?;
        let mut order = Vec::with_capacity(wanted.len());
        let mut seen = FxHashSet::default();
        // Depth first, the first parent's side first; a commit is written when all its parents are.
        let mut open = vec![(landing, 0)];
        seen.insert(landing);
        while let Some((commit, next)) = open.pop() {
            let head = self.commit(commit)?;
            let Some(parent) = head.parents.get(next).copied() else {
                order.push(commit);
                continue;
            };
            open.push((commit, next + 1));
            if wanted.contains(&parent) && seen.insert(parent) {
                open.push((parent, 0));
            }
        }
        Ok(order)
    }

    /// The commits reachable from `tip` and not from `hidden`, in no order.
    fn beside(&self, tip: ObjectId, hidden: ObjectId) -> Result<FxHashSet<ObjectId>, GitError> {
        let mut is_hidden: FxHashMap<ObjectId, bool> = FxHashMap::default();
        let mut heap = BinaryHeap::new();
        let mut wanted_left = 0_usize;
        for (commit, hide) in [(tip, false), (hidden, true)] {
            is_hidden.insert(commit, hide);
            heap.push((self.commit(commit)?.committed, commit, hide));
            wanted_left += usize::from(!hide);
        }
        while wanted_left > 0 {
            let Some((_, commit, hide)) = heap.pop() else {
                break;
            };
            wanted_left -= usize::from(!hide);
            let hide = hide || is_hidden.get(&commit) == Some(&true);
            for parent in self.commit(commit)?.parents.clone() {
                let known = is_hidden.get(&parent).copied();
                // Seen from a side that says no more than what is known: nothing to do.
                if known == Some(true) || known == Some(hide) {
                    continue;
                }
                is_hidden.insert(parent, hide);
                heap.push((self.commit(parent)?.committed, parent, hide));
                wanted_left += usize::from(!hide);
            }
        }
        let wanted = is_hidden.into_iter().filter(|(_, hide)| !hide);
        Ok(wanted.map(|(commit, _)| commit).collect())
    }

    /// The files that a commit changed against its first parent, contents unread: each under one path on both sides,
    /// so a renamed file is there twice.
    ///
    /// # Errors
    /// As [`Repository::touching`].
    pub fn changed_files(
        &self,
        commit: ObjectId,
    ) -> Result<Vec<BeforeAfter<Option<ReplaySide>>>, GitError> {
        let pairs = self.tree_pairs(self.tree_under(commit)?, self.commit(commit)?.tree)?;
        let pair = |pair: super::trees::TreePair| BeforeAfter {
            before: pair.before.map(|leaf| unread(&pair.path, leaf)),
            after: pair.after.map(|leaf| unread(&pair.path, leaf)),
        };
        Ok(pairs.into_iter().map(pair).collect())
    }

    /// The same, a renamed file being one.
    ///
    /// # Errors
    /// As [`Repository::touching`].
    pub fn moved_files(
        &self,
        commit: ObjectId,
    ) -> Result<Vec<BeforeAfter<Option<ReplaySide>>>, GitError> {
        let pairs = self.tree_pairs(self.tree_under(commit)?, self.commit(commit)?.tree)?;
        let files = self.with_renames(pairs, &mut Vec::new())?;
        let side = |side: Option<(FilePath, Leaf)>| side.map(|(path, leaf)| unread(&path, leaf));
        Ok(files.into_iter().map(|file| file.sides.map(side)).collect())
    }

    fn tree_under(&self, commit: ObjectId) -> Result<ObjectId, GitError> {
        Ok(match self.commit(commit)?.parents.first() {
            Some(parent) => self.commit(*parent)?.tree,
            None => EMPTY_TREE,
        })
    }
}

fn unread(path: &FilePath, leaf: Leaf) -> ReplaySide {
    ReplaySide {
        path: path.clone(),
        mode: leaf.mode,
        blob: leaf.id,
        content: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrivals_survive_their_bytes() {
        let mut arrivals = Arrivals::default();
        arrivals.push(ObjectId([1; 20]), &[7, 9]);
        arrivals.push(ObjectId([2; 20]), &[]);
        arrivals.push(ObjectId([3; 20]), &[8]);
        let bytes = arrivals.to_bytes();
        let mut read = Arrivals::default();
        assert_eq!(read.extend_from_bytes(&bytes), Some(()));
        assert_eq!(read, arrivals);
        assert_eq!((read.marks(0), read.marks(2)), (&[7, 9][..], &[8][..]));
        assert_eq!(read.extend_from_bytes(&bytes[..bytes.len() - 1]), None);
        assert_eq!(read, arrivals);
    }
}
