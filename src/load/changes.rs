//! What the user asks about, as changes in the order in which they apply.

use crate::change::{Change, Content, FileMode, ObjectId};
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
    /// Mails or a patch, from one file or (a maildir) from several.
    Mails(Vec<MailFile>),
}

/// A mailbox, a mail or a patch.
#[derive(Clone, Debug)]
pub struct MailFile {
    /// What messages call it.
    pub name: String,
    /// As read.
    pub bytes: Vec<u8>,
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
            Selection::Commit(id) => Ok(vec![commit(id, repository)?]),
            Selection::Range { from, to } => range(from, to, revision, repository),
        },
        Source::MergeRequest { base, head } => {
            let (base, head_id) = (repository.resolve(base)?, repository.resolve(head)?);
            let fork = repository.merge_base(base, head_id)?;
            range(fork, head_id, &format!("{base}..{head}"), repository)
        }
        Source::Mails(files) => mails::changes(files, repository),
        Source::Staged => pending(repository.staged()?, "the index"),
        Source::Worktree => pending(repository.worktree()?, "the work tree"),
    }
}

/// The change that a commit made.
///
/// # Errors
/// [`LoadError::Git`], also where the clone lacks one of its files: an answer about half a change would look like one
/// about all of it.
pub fn commit(id: ObjectId, repository: &Repository) -> Result<Change, LoadError> {
    let change = repository.change(id)?;
    let sides = change
        .files
        .iter()
        .flat_map(|file| [&file.sides.before, &file.sides.after]);
    for side in sides
        .flatten()
        .filter(|side| side.mode != FileMode::Submodule)
    {
        if let (Content::Absent, Some(blob)) = (&side.content, side.blob) {
            repository.blob_bytes(blob)?;
        }
    }
    Ok(change)
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
    commits
        .into_iter()
        .map(|id| commit(id, repository))
        .collect()
}

fn pending(change: Change, what: &'static str) -> Result<Vec<Change>, LoadError> {
    if change.files.is_empty() {
        return Err(LoadError::NothingChanged { what });
    }
    Ok(vec![change])
}
