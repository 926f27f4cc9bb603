//! Questions about the history of a mainline: what landed when, who touched these paths, how much somebody had done.
//!
//! A walk is bounded by committer dates, which clocks may bend: commits dated more than [`SKEW`] before a descendant's
//! bound are not seen.

use std::collections::BinaryHeap;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::change::ObjectId;
use crate::text::FilePath;

use super::trees::AtPath;
use super::{GitError, Repository};

/// How wrong committers' clocks may be, in seconds: a week.
const SKEW: i64 = 7 * 86_400;

/// How long a commit may wait on a side branch while others land, in seconds: half a year.
const PARALLEL: i64 = 180 * 86_400;

/// A commit that changed one or more of the paths that were asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Touch {
    /// The commit; never a merge.
    pub commit: ObjectId,
    /// When it was committed, seconds since 1970 in UTC.
    pub committed: i64,
    /// Its author, as in [`CommitHead::author`](super::CommitHead::author).
    pub author: u64,
    /// Which of the paths, by index, ascending.
    pub paths: Vec<usize>,
}

impl Repository {
    /// The commits that changed any of `paths` among `from` and its ancestors since a moment (seconds since 1970, UTC),
    /// newest first.
    ///
    /// History is simplified as `git log -- PATHS` does it: a merge that has the paths as one of its parents has them is
    /// followed to that parent only. Renames are not followed.
    ///
    /// # Errors
    /// [`GitError::AbsentObject`], [`GitError::Malformed`], [`GitError::Unreadable`].
    pub fn touching(
        &self,
        paths: &[FilePath],
        from: ObjectId,
        since: i64,
    ) -> Result<Vec<Touch>, GitError> {
        let mut walk = PathWalk {
            repository: self,
            paths,
            known: FxHashMap::default(),
            queue: Queue::default(),
        };
        walk.queue.push(self, from, since)?;
        let mut touches = Vec::new();
        while let Some(commit) = walk.queue.pop() {
            touches.extend(walk.step(commit, since)?);
        }
        Ok(touches)
    }

    /// The commits that changed any of `paths` after `change` on the way to `target`: reachable from `target` and not
    /// from `change`, newest first. Commits made more than half a year before `change` and merged after it are missed.
    ///
    /// # Errors
    /// As [`Repository::touching`].
    pub fn touching_after(
        &self,
        paths: &[FilePath],
        change: ObjectId,
        target: ObjectId,
    ) -> Result<Vec<Touch>, GitError> {
        let since = self.commit(change)?.committed.saturating_sub(PARALLEL);
        let before = self.touching(paths, change, since)?;
        let before: FxHashSet<ObjectId> = before.iter().map(|touch| touch.commit).collect();
        let mut touches = self.touching(paths, target, since)?;
        touches.retain(|touch| touch.commit != change && !before.contains(&touch.commit));
        Ok(touches)
    }

    /// How many of the ancestors of `commit` since a moment have its author, itself left out.
    ///
    /// # Errors
    /// As [`Repository::touching`].
    pub fn prior_commits(&self, commit: ObjectId, since: i64) -> Result<usize, GitError> {
        let author = self.commit(commit)?.author;
        let mut queue = Queue::default();
        queue.push(self, commit, since)?;
        let mut count = 0;
        while let Some(next) = queue.pop() {
            let head = self.commit(next)?;
            count += usize::from(next != commit && head.author == author);
            for parent in &head.parents {
                queue.push(self, *parent, since)?;
            }
        }
        Ok(count)
    }

    /// The first-parent history of `tip` since a moment, newest first; `tip` itself is there only if it is not older.
    ///
    /// # Errors
    /// As [`Repository::touching`].
    pub fn mainline(&self, tip: ObjectId, since: i64) -> Result<Vec<ObjectId>, GitError> {
        let mut chain = Vec::new();
        let mut next = Some(tip);
        while let Some(commit) = next {
            let head = self.commit(commit)?;
            if head.committed < since {
                break;
            }
            chain.push(commit);
            next = head.parents.first().copied();
        }
        Ok(chain)
    }

    /// The last commit of the first-parent history of `tip` that was committed by `moment`; `None` where all are later.
    ///
    /// # Errors
    /// As [`Repository::touching`].
    pub fn mainline_at(&self, tip: ObjectId, moment: i64) -> Result<Option<ObjectId>, GitError> {
        let mut next = Some(tip);
        while let Some(commit) = next {
            let head = self.commit(commit)?;
            if head.committed <= moment {
                return Ok(Some(commit));
            }
            next = head.parents.first().copied();
        }
        Ok(None)
    }

    /// The oldest commit of the first-parent history of `tip` that contains `commit`: where it landed; the commit itself
    /// where it was made on the mainline, `None` where `tip` does not contain it.
    ///
    /// # Errors
    /// As [`Repository::touching`].
    pub fn landed(&self, commit: ObjectId, tip: ObjectId) -> Result<Option<ObjectId>, GitError> {
        let since = self.commit(commit)?.committed.saturating_sub(SKEW);
        let chain = self.mainline(tip, since)?;
        if chain.contains(&commit) {
            return Ok(Some(commit));
        }
        let mut seen: FxHashSet<ObjectId> = chain.iter().copied().collect();
        // Oldest first, so each commit is visited from the landing that brought it.
        for &landing in chain.iter().rev() {
            let mut open = self.commit(landing)?.parents.clone();
            while let Some(next) = open.pop() {
                if next == commit {
                    return Ok(Some(landing));
                }
                if !seen.insert(next) {
                    continue;
                }
                let head = self.commit(next)?;
                if head.committed >= since {
                    open.extend(&head.parents);
                }
            }
        }
        Ok(None)
    }

    /// The commits that landed together at `landed`: those of `landed^1..landed` without merges, oldest first; itself
    /// alone where it is no merge.
    ///
    /// # Errors
    /// As [`Repository::touching`].
    pub fn landed_with(&self, landed: ObjectId) -> Result<Vec<ObjectId>, GitError> {
        let head = self.commit(landed)?;
        let [first, _, ..] = head.parents.as_slice() else {
            return Ok(vec![landed]);
        };
        let mut commits = Vec::new();
        for commit in self.series(*first, landed)? {
            if self.commit(commit)?.parents.len() <= 1 {
                commits.push(commit);
            }
        }
        Ok(commits)
    }
}

/// Commits to visit, newest first, each once.
#[derive(Default)]
struct Queue {
    heap: BinaryHeap<(i64, ObjectId)>,
    seen: FxHashSet<ObjectId>,
}

impl Queue {
    fn push(
        &mut self,
        repository: &Repository,
        commit: ObjectId,
        since: i64,
    ) -> Result<(), GitError> {
        if self.seen.insert(commit) {
            let committed = repository.commit(commit)?.committed;
            if committed >= since {
                self.heap.push((committed, commit));
            }
        }
        Ok(())
    }

    fn pop(&mut self) -> Option<ObjectId> {
        self.heap.pop().map(|(_, commit)| commit)
    }
}

struct PathWalk<'a> {
    repository: &'a Repository,
    paths: &'a [FilePath],
    /// What trees have at the paths.
    known: FxHashMap<ObjectId, Vec<AtPath>>,
    queue: Queue,
}

impl PathWalk<'_> {
    fn step(&mut self, commit: ObjectId, since: i64) -> Result<Option<Touch>, GitError> {
        let head = self.repository.commit(commit)?;
        let own = self.at_paths(head.tree)?;
        let mut changed: Vec<usize> = Vec::new();
        for parent in &head.parents {
            let tree = self.repository.commit(*parent)?.tree;
            let theirs = self.at_paths(tree)?;
            changed = (0..own.len())
                .filter(|at| own[*at] != theirs[*at])
                .collect();
            if changed.is_empty() {
                self.queue.push(self.repository, *parent, since)?;
                return Ok(None);
            }
        }
        for parent in &head.parents {
            self.queue.push(self.repository, *parent, since)?;
        }
        if head.parents.is_empty() {
            changed = (0..own.len())
                .filter(|at| own[*at] != AtPath::Nothing)
                .collect();
        }
        let is_touch = head.parents.len() <= 1 && !changed.is_empty();
        Ok(is_touch.then(|| Touch {
            commit,
            committed: head.committed,
            author: head.author,
            paths: changed,
        }))
    }

    fn at_paths(&mut self, tree: ObjectId) -> Result<Vec<AtPath>, GitError> {
        if let Some(known) = self.known.get(&tree) {
            return Ok(known.clone());
        }
        let at = |path: &FilePath| self.repository.at_path(tree, path.as_bytes());
        let found = self.paths.iter().map(at).collect::<Result<Vec<_>, _>>()?;
        self.known.insert(tree, found.clone());
        Ok(found)
    }
}
