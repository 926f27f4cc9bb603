//! Commits between a change and a target, in the order in which they have to be backed out.

use std::cmp::Reverse;

use crate::cache::Store;
use crate::change::ObjectId;
use crate::git::{GitError, Repository};

use super::history::LaterHistory;

/// A commit by its place in history: the newest is the least, a child comes before its parents.
///
/// What landed on the mainline last is the newest, whatever its date: taking landings back in this order leads from
/// one state of the mainline to the one before. Commits that did not land since the change come behind all others, by commit date;
/// within one second (a series that was applied at once) and where a clock went backwards, by descent along first parents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Later {
    place: Reverse<Option<usize>>,
    date: Reverse<i64>,
    depth: Reverse<u32>,
    pub(super) id: ObjectId,
}

/// Chains of commits of one second, or of clocks going backwards, are followed this far.
const CHAIN_LIMIT: u32 = 10_000;

impl Later {
    /// The commit in a history.
    pub(super) fn of(
        repository: &Repository,
        history: &LaterHistory,
        id: ObjectId,
    ) -> Result<Self, GitError> {
        let by_date = Self::by_date(repository, id)?;
        Ok(Self {
            place: Reverse(history.place(id)),
            ..by_date
        })
    }

    /// The commit by its date alone.
    pub(super) fn by_date(repository: &Repository, id: ObjectId) -> Result<Self, GitError> {
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
            place: Reverse(None),
            date: Reverse(date),
            depth: Reverse(depth),
            id,
        })
    }
}

/// The commits in the order in which they are backed out at the target.
pub(super) fn newest_first(
    repository: &Repository,
    store: &Store,
    commits: &[ObjectId],
    target: ObjectId,
) -> Result<Vec<ObjectId>, GitError> {
    let mut order = Vec::with_capacity(commits.len());
    for commit in commits {
        order.push(Later::by_date(repository, *commit)?);
    }
    order.sort_unstable();
    order.dedup();
    if let [_, .., oldest] = order[..] {
        let history = LaterHistory::of(repository, store, (oldest.id, target))?;
        for later in &mut order {
            later.place = Reverse(history.place(later.id));
        }
        order.sort_unstable();
    }
    Ok(order.into_iter().map(|later| later.id).collect())
}
