//! Commits between a change and a target, in the order in which they have to be backed out.

use std::cmp::Reverse;

use crate::change::ObjectId;
use crate::git::{GitError, Repository};

/// A commit by its place in history: the newest is the least, a child comes before its parents.
///
/// Ordered by commit date; within one second (a series that was applied at once) and where a clock went backwards, by
/// descent along first parents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Later {
    date: Reverse<i64>,
    depth: Reverse<u32>,
    pub(super) id: ObjectId,
}

/// Chains of commits of one second, or of clocks going backwards, are followed this far.
const CHAIN_LIMIT: u32 = 10_000;

impl Later {
    pub(super) fn of(repository: &Repository, id: ObjectId) -> Result<Self, GitError> {
        let mut date = repository.commit(id)?.committed;
        let mut depth = 0;
        let mut here = id;
        while depth < CHAIN_LIMIT {
            let Some(parent) = repository.commit(here)?.parents.first().copied() else {
                break;
            };
            let before = repository.commit(parent)?.committed;
            if before < date {
                break;
            }
            date = before;
            depth += 1;
            here = parent;
        }
        Ok(Self {
            date: Reverse(date),
            depth: Reverse(depth),
            id,
        })
    }
}

/// The commits in the order in which they are backed out.
pub(super) fn newest_first(
    repository: &Repository,
    commits: &[ObjectId],
) -> Result<Vec<ObjectId>, GitError> {
    let mut order = Vec::with_capacity(commits.len());
    for commit in commits {
        order.push(Later::of(repository, *commit)?);
    }
    order.sort_unstable();
    order.dedup();
    Ok(order.into_iter().map(|later| later.id).collect())
}
