//! The commits between a change and a target, oldest first, with marks of the paths that each changed.
//!
//! What landed with one commit of the mainline never changes, so it is kept in the store under that commit's id.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::cache::{Space, Store};
use crate::change::ObjectId;
use crate::git::{Arrivals, GitError, Repository};

/// Arrivals by the id of the landing. Counted up whenever the order or the marks change.
const SPACE: Space = Space {
    name: "arrivals",
    version: 1,
};

/// How wrong committers' clocks may be, in seconds: a week.
const SKEW: i64 = 7 * 24 * 3600;

/// Everything that the target has and the change has not.
pub(super) struct LaterHistory {
    commits: Arrivals,
    places: FxHashMap<ObjectId, usize>,
    /// The merges of the mainline among them.
    landings: FxHashSet<ObjectId>,
    /// What landed together with the change, oldest first, merges left out; the change alone where it landed alone.
    pub(super) series: Vec<ObjectId>,
}

impl LaterHistory {
    /// Reads the history from the landing of `change` on the first-parent history of `target` to that target. Where it
    /// never landed there, all that landed since its day counts as later.
    ///
    /// # Errors
    /// Those of reading commits and trees.
    pub(super) fn of(
        repository: &Repository,
        store: &Store,
        (change, target): (ObjectId, ObjectId),
    ) -> Result<Self, GitError> {
        let since = repository.commit(change)?.committed.saturating_sub(SKEW);
        let mut mainline = repository.mainline(target, since)?;
        mainline.reverse();
        let mut series = vec![change];
        let mut landed = None;
        let mut commits = Arrivals::default();
        let mut landings = FxHashSet::default();
        for landing in mainline {
            let arrived = arrivals(repository, store, landing)?;
            if arrived.commits().len() > 1 {
                landings.insert(landing);
            }
            if landed.is_none() && arrived.commits().contains(&change) {
                landed = Some(landing);
                series = without_merges(repository, &arrived)?;
                commits = not_before(repository, &arrived, change)?;
            } else {
                commits.extend(&arrived);
            }
        }
        if series.is_empty() {
            series.push(change);
        }
        let places = commits.commits().iter().enumerate();
        Ok(Self {
            places: places.map(|(at, commit)| (*commit, at)).collect(),
            commits,
            landings,
            series,
        })
    }

    /// Where a commit stands in the history, from 0; `None` where it is not later than the change.
    pub(super) fn place(&self, commit: ObjectId) -> Option<usize> {
        self.places.get(&commit).copied()
    }

    /// Whether the commit is a merge that the mainline took something in with.
    pub(super) fn is_landing(&self, commit: ObjectId) -> bool {
        self.landings.contains(&commit)
    }

    /// The commits later than `commit`, oldest first, with the marks of the paths that each changed.
    pub(super) fn after(&self, commit: ObjectId) -> impl Iterator<Item = (ObjectId, &[u32])> {
        let start = self.places.get(&commit).map_or(0, |at| at + 1);
        let rest = self.commits.commits().iter().enumerate().skip(start);
        rest.map(|(at, commit)| (*commit, self.commits.marks(at)))
    }
}

fn arrivals(
    repository: &Repository,
    store: &Store,
    landing: ObjectId,
) -> Result<Arrivals, GitError> {
    let mut known = Arrivals::default();
    let record = store.record(SPACE, &landing.0);
    if record.is_some_and(|bytes| known.extend_from_bytes(&bytes).is_some()) {
        return Ok(known);
    }
    let arrivals = repository.arrivals(landing)?;
    store.put(SPACE, &landing.0, arrivals.to_bytes());
    Ok(arrivals)
}

fn without_merges(repository: &Repository, arrivals: &Arrivals) -> Result<Vec<ObjectId>, GitError> {
    let mut commits = Vec::new();
    for commit in arrivals.commits() {
        if repository.commit(*commit)?.parents.len() < 2 {
            commits.push(*commit);
        }
    }
    Ok(commits)
}

/// The arrivals that are neither `change` nor among its ancestors.
fn not_before(
    repository: &Repository,
    arrivals: &Arrivals,
    change: ObjectId,
) -> Result<Arrivals, GitError> {
    let here: FxHashSet<ObjectId> = arrivals.commits().iter().copied().collect();
    let mut before = FxHashSet::default();
    let mut open = vec![change];
    while let Some(commit) = open.pop() {
        if here.contains(&commit) && before.insert(commit) {
            open.extend(&repository.commit(commit)?.parents);
        }
    }
    let mut later = Arrivals::default();
    for (at, commit) in arrivals.commits().iter().enumerate() {
        if !before.contains(commit) {
            later.push(*commit, arrivals.marks(at));
        }
    }
    Ok(later)
}
