//! The one file that writes into a repository: commits on a new branch, or the same commits as mails.
//!
//! Everything is made in memory first. Then all new objects are added as one pack, which git's own rename makes visible
//! at once, and last of all the branch: whoever is interrupted before leaves nothing that a reference leads to. No
//! existing reference, index, work tree or configuration is touched; no hook runs and nothing is signed.

use std::collections::BTreeSet;
use std::io::Write as _;

use git2::{Buf, DiffOptions, Email, EmailCreateOptions, ErrorCode, ObjectType, Oid, Signature};

use crate::change::ObjectId;

use super::objects::{to_id, to_oid};
use super::trees::Entries;
use super::{GitError, Repository, not_opened};

/// A commit that is not there yet: the tree may be one that [`Repository::tree_with`] made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCommit {
    /// What it holds.
    pub tree: ObjectId,
    /// Its message, cleaned up as `git commit` does when it is written.
    pub message: String,
}

/// Commits one on the other, in memory.
struct Drafted {
    raw: git2::Repository,
    commits: Vec<Oid>,
    objects: BTreeSet<Oid>,
}

impl Repository {
    /// Makes the branch `name` with these commits on top of `start`, the first of them first; returns their ids.
    ///
    /// Author and committer are those that git itself would take: `GIT_AUTHOR_*` and `GIT_COMMITTER_*`, else the
    /// configuration.
    ///
    /// # Errors
    /// [`GitError::BranchExists`], [`GitError::BadBranchName`], [`GitError::NoIdentity`], [`GitError::CannotWrite`] and
    /// those of reading the objects.
    pub fn new_branch(
        &self,
        name: &str,
        start: ObjectId,
        commits: &[NewCommit],
    ) -> Result<Vec<ObjectId>, GitError> {
        self.branch_is_free(name)?;
        let made = self.made_commits(start, commits)?;
        let tip = made.commits.last().copied().unwrap_or(to_oid(start));
        let failed = |source| cannot_write(format!("branch {name}"), source);
        let pack = made.pack().map_err(failed)?;
        self.add_pack(&pack).map_err(failed)?;
        let reference = format!("refs/heads/{name}");
        let log = format!("backout: {} commits", commits.len());
        let result = self.raw.reference(&reference, tip, false, &log);
        result.map_err(|source| match source.code() {
            ErrorCode::Exists => GitError::BranchExists {
                name: name.to_owned(),
            },
            _ => failed(source),
        })?;
        Ok(made.commits.into_iter().map(to_id).collect())
    }

    /// Whether a branch of this name could be made.
    ///
    /// # Errors
    /// [`GitError::BranchExists`], [`GitError::BadBranchName`].
    pub fn branch_is_free(&self, name: &str) -> Result<(), GitError> {
        let name_of = || name.to_owned();
        if !git2::Branch::name_is_valid(name).unwrap_or(false) {
            return Err(GitError::BadBranchName { name: name_of() });
        }
        let is_there = |name: &str| {
            self.raw
                .find_reference(&format!("refs/heads/{name}"))
                .is_ok()
        };
        // A branch is a file to git, so none can stand above or below another.
        let slashes = memchr::memchr_iter(b'/', name.as_bytes());
        let above = slashes
            .map(|slash| &name[..slash])
            .find(|above| is_there(above));
        let below = self.raw.references_glob(&format!("refs/heads/{name}/*"));
        let below = below.is_ok_and(|mut below| below.next().is_some());
        match above {
            Some(above) => Err(GitError::BranchExists {
                name: above.to_owned(),
            }),
            None if below || is_there(name) => Err(GitError::BranchExists { name: name_of() }),
            None => Ok(()),
        }
    }

    /// The same commits as mails, as `git am` takes them; nothing is written.
    ///
    /// # Errors
    /// As [`Repository::new_branch`].
    pub fn mails(&self, start: ObjectId, commits: &[NewCommit]) -> Result<Vec<Vec<u8>>, GitError> {
        let made = self.made_commits(start, commits)?;
        let count = made.commits.len();
        let mut mails = Vec::with_capacity(count);
        for (at, id) in made.commits.iter().enumerate() {
            let mail = made.mail(*id, (at + 1, count));
            mails.push(mail.map_err(|source| cannot_write(format!("mail {}", at + 1), source))?);
        }
        Ok(mails)
    }

    /// The commits and all that is new with them, in a handle that keeps them in memory.
    fn made_commits(&self, start: ObjectId, commits: &[NewCommit]) -> Result<Drafted, GitError> {
        let path = self.raw.path();
        let raw = git2::Repository::open(path).map_err(|error| not_opened(path, error))?;
        let no_identity = |source| GitError::NoIdentity { source };
        let author = raw.author_from_env().map_err(no_identity)?;
        let committer = raw.committer_from_env().map_err(no_identity)?;
        let mut new = NewObjects::default();
        for commit in commits {
            self.collect(commit.tree, &mut new)?;
        }
        let failed = |source| cannot_write("the new commits".to_owned(), source);
        let (ids, objects) =
            in_memory(&raw, (&author, &committer), &new, (start, commits)).map_err(failed)?;
        Ok(Drafted {
            raw,
            commits: ids,
            objects,
        })
    }

    /// Adds the objects below a tree that are in memory only.
    fn collect(&self, tree: ObjectId, new: &mut NewObjects) -> Result<(), GitError> {
        let Some(bytes) = self.made.read(tree, ObjectType::Tree) else {
            return Ok(());
        };
        if !new.seen.insert(tree) {
            return Ok(());
        }
        for entry in Entries(&bytes) {
            if entry.is_tree() {
                self.collect(entry.id, new)?;
            } else if let Some(blob) = self.made.read(entry.id, ObjectType::Blob)
                && new.seen.insert(entry.id)
            {
                new.list.push((ObjectType::Blob, blob));
            }
        }
        new.list.push((ObjectType::Tree, bytes));
        Ok(())
    }

    /// Adds a pack to the object database.
    fn add_pack(&self, pack: &[u8]) -> Result<(), git2::Error> {
        let odb = self.raw.odb()?;
        let mut writer = odb.packwriter()?;
        writer
            .write_all(pack)
            .map_err(|error| git2::Error::from_str(&error.to_string()))?;
        writer.commit()?;
        Ok(())
    }
}

/// Objects that no object database has.
#[derive(Default)]
struct NewObjects {
    seen: BTreeSet<ObjectId>,
    list: Vec<(ObjectType, std::sync::Arc<[u8]>)>,
}

/// Puts the objects and the commits into a handle's memory; the ids of the commits, and of all that is new.
fn in_memory(
    raw: &git2::Repository,
    (author, committer): (&Signature<'_>, &Signature<'_>),
    new: &NewObjects,
    (start, commits): (ObjectId, &[NewCommit]),
) -> Result<(Vec<Oid>, BTreeSet<Oid>), git2::Error> {
    /// Above those of loose objects and packs, so that every write stays in memory.
    const PRIORITY: i32 = 1000;
    let odb = raw.odb()?;
    odb.add_new_mempack_backend(PRIORITY)?;
    let mut objects = BTreeSet::new();
    for (kind, bytes) in &new.list {
        objects.insert(odb.write(*kind, bytes)?);
    }
    let mut ids = Vec::with_capacity(commits.len());
    let mut parent = raw.find_commit(to_oid(start))?;
    for commit in commits {
        let tree = raw.find_tree(to_oid(commit.tree))?;
        let message = git2::message_prettify(commit.message.as_str(), None)?;
        let buffer = raw.commit_create_buffer(author, committer, &message, &tree, &[&parent])?;
        let id = odb.write(ObjectType::Commit, &buffer)?;
        objects.insert(id);
        ids.push(id);
        parent = raw.find_commit(id)?;
    }
    Ok((ids, objects))
}

impl Drafted {
    /// All that is new as one pack.
    fn pack(&self) -> Result<Buf, git2::Error> {
        let mut builder = self.raw.packbuilder()?;
        for id in &self.objects {
            builder.insert_object(*id, None)?;
        }
        let mut pack = Buf::new();
        builder.write_buf(&mut pack)?;
        Ok(pack)
    }

    /// One commit as a mail: number so much of so many.
    fn mail(&self, id: Oid, (number, count): (usize, usize)) -> Result<Vec<u8>, git2::Error> {
        let commit = self.raw.find_commit(id)?;
        let before = commit.parent(0)?.tree()?;
        let mut options = DiffOptions::new();
        options.show_binary(true);
        let diff =
            self.raw
                .diff_tree_to_tree(Some(&before), Some(&commit.tree()?), Some(&mut options))?;
        let message = commit.message().unwrap_or_default();
        let (subject, body) = message.split_once('\n').unwrap_or((message, ""));
        let mut form = EmailCreateOptions::new();
        form.ignore_renames(true);
        let mail = Email::from_diff(
            &diff,
            number,
            count,
            &id,
            subject,
            body.trim_start_matches('\n'),
            &commit.author(),
            &mut form,
        )?;
        Ok(mail.as_slice().to_vec())
    }
}

fn cannot_write(what: String, source: git2::Error) -> GitError {
    GitError::CannotWrite { what, source }
}
