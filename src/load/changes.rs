//! What the user asks about, as changes in the order in which they apply.

use crate::change::{Change, ObjectId};
use crate::git::{Repository, Selection};

use super::{LoadError, mails};

/// Where changes are read from.
#[derive(Clone, Debug)]
pub enum Source {
    /// `REV` or `A..B`, as typed.
    Revision(String),
    /// What `head` has and `base` has not.
    MergeRequest {
        /// The branch to merge into.
        base: String,
        /// The branch to merge.
        head: String,
    },
    /// The index against HEAD.
    Staged,
    /// The tracked files of the work tree against HEAD.
    Worktree,
    /// Mails or a patch.
    Mails {
        /// What messages call it.
        name: String,
        /// As read.
        bytes: Vec<u8>,
    },
}

/// Reads the changes that `source` names, oldest first.
///
/// The merges of a range are left out: what they bring is there as its own commits.
///
/// # Errors
/// [`LoadError`]: revisions that do not exist, objects that are not there, nothing to look at.
pub fn of(source: &Source, repository: &Repository) -> Result<Vec<Change>, LoadError> {
    match source {
        Source::Revision(revision) => match repository.select(revision)? {
            Selection::Commit(id) => Ok(vec![repository.change(id)?]),
            Selection::Range { from, to } => range(from, to, revision, repository),
        },
        Source::MergeRequest { base, head } => {
            let (base, head_id) = (repository.resolve(base)?, repository.resolve(head)?);
            let fork = repository.merge_base(base, head_id)?;
            range(fork, head_id, &format!("{base}..{head}"), repository)
        }
        Source::Mails { name, bytes } => mails::changes(bytes, name, repository),
        Source::Staged => pending(repository.staged()?, "the index"),
        Source::Worktree => pending(repository.worktree()?, "the work tree"),
    }
}

fn range(
    from: ObjectId,
    to: ObjectId,
    typed: &str,
    repository: &Repository,
) -> Result<Vec<Change>, LoadError> {
    let mut commits = repository.series(from, to)?;
    let mut is_merge = Vec::new();
    for commit in &commits {
        is_merge.push(repository.commit(*commit)?.parents.len() > 1);
    }
    let mut merges = is_merge.into_iter();
    commits.retain(|_| !merges.next().unwrap_or_default());
    if commits.is_empty() {
        return Err(LoadError::EmptyRange {
            range: typed.to_owned(),
        });
    }
    Ok(commits
        .into_iter()
        .map(|commit| repository.change(commit))
        .collect::<Result<_, _>>()?)
}

fn pending(change: Change, what: &'static str) -> Result<Vec<Change>, LoadError> {
    if change.files.is_empty() {
        return Err(LoadError::NothingChanged { what });
    }
    Ok(vec![change])
}
