//! A commit and the series that it came in: what the mainline took in together with it.

use crate::change::ObjectId;
use crate::git::{GitError, Repository};

/// The last commit of a commit's own series: of what landed together with it on `mainline`. `None` for a commit that
/// landed alone.
///
/// # Errors
/// As [`plan`](super::plan).
pub fn last_with(
    repository: &Repository,
    commit: ObjectId,
    mainline: ObjectId,
) -> Result<Option<ObjectId>, GitError> {
    let series = of(repository, commit, mainline)?;
    Ok(series.last().copied().filter(|_| series.len() > 1))
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
