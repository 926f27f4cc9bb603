//! A commit and the series that it came in: what the mainline took in together with it.

use crate::change::ObjectId;
use crate::git::{GitError, Repository};

/// Whether a commit comes out at the last commit of its own series: what landed together with it on `mainline`.
/// `None` for a commit that landed alone.
///
/// # Errors
/// As [`plan`](super::plan).
pub fn free_of_series(
    repository: &Repository,
    commit: ObjectId,
    mainline: ObjectId,
) -> Result<Option<bool>, GitError> {
    let series = of(repository, commit, mainline)?;
    let Some(last) = series.last().copied().filter(|_| series.len() > 1) else {
        return Ok(None);
    };
    is_free_at(repository, commit, last).map(Some)
}

/// The commits that landed on `mainline` together with this one, oldest first; itself alone where it is not there.
pub(super) fn of(
    repository: &Repository,
    commit: ObjectId,
    mainline: ObjectId,
) -> Result<Vec<ObjectId>, GitError> {
    match repository.landed(commit, mainline)? {
        Some(landed) => repository.landed_with(landed),
        None => Ok(vec![commit]),
    }
}

/// Whether git backs the commit out at `target` without conflict.
///
/// # Errors
/// As [`plan`](super::plan).
pub fn is_free_at(
    repository: &Repository,
    commit: ObjectId,
    target: ObjectId,
) -> Result<bool, GitError> {
    let tree = repository.commit(target)?.tree;
    repository.merges(commit, None, tree)
}
