//! From what the user typed to commits.

use git2::{ErrorCode, ObjectType, Sort};

use crate::change::ObjectId;
use crate::text::FilePath;

use super::objects::{to_id, to_oid};
use super::{GitError, Repository};

/// How many near names an error offers.
const NEAR: usize = 3;

/// What a revision argument names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// One commit.
    Commit(ObjectId),
    /// `A..B`: what `B` has and `A` has not.
    Range {
        /// `A`; HEAD where it is left out.
        from: ObjectId,
        /// `B`; HEAD where it is left out.
        to: ObjectId,
    },
}

impl Repository {
    /// The commit that `revision` names, tags followed: anything `git rev-parse` takes that names one commit.
    ///
    /// # Errors
    /// [`GitError::UnknownRevision`] with near names, [`GitError::AmbiguousRevision`], [`GitError::NotACommit`],
    /// [`GitError::NoCommitYet`].
    pub fn resolve(&self, revision: &str) -> Result<ObjectId, GitError> {
        let object = self
            .raw
            .revparse_single(revision)
            .map_err(|error| self.not_resolved(revision, &error))?;
        let kind = object.kind();
        match object.peel(ObjectType::Commit) {
            Ok(commit) => Ok(to_id(commit.id())),
            Err(error) if kind == Some(ObjectType::Commit) => {
                Err(self.failed(to_id(object.id()), error))
            }
            Err(_) => Err(GitError::NotACommit {
                revision: revision.to_owned(),
                kind: kind.map_or("object", |kind| kind.str()).to_owned(),
            }),
        }
    }

    fn not_resolved(&self, revision: &str, error: &git2::Error) -> GitError {
        if error.code() == ErrorCode::Ambiguous {
            return GitError::AmbiguousRevision {
                revision: revision.to_owned(),
            };
        }
        let unborn = |error: &git2::Error| error.code() == ErrorCode::UnbornBranch;
        if revision.starts_with("HEAD") && self.raw.head().is_err_and(|error| unborn(&error)) {
            return GitError::NoCommitYet;
        }
        if let Ok(id) = revision.parse() {
            return self.absent(id);
        }
        GitError::UnknownRevision {
            revision: revision.to_owned(),
            near: self.near_revisions(revision),
        }
    }

    /// Reads one revision argument: `REV` or `A..B`, either end defaulting to HEAD.
    ///
    /// # Errors
    /// As [`Repository::resolve`].
    pub fn select(&self, argument: &str) -> Result<Selection, GitError> {
        let Some((from, to)) = argument.split_once("..") else {
            return self.resolve(argument).map(Selection::Commit);
        };
        let end = |text: &str| self.resolve(if text.is_empty() { "HEAD" } else { text });
        if let Some(to) = to.strip_prefix('.') {
            let (from, to) = (end(from)?, end(to)?);
            let from = self.merge_base(from, to)?;
            return Ok(Selection::Range { from, to });
        }
        Ok(Selection::Range {
            from: end(from)?,
            to: end(to)?,
        })
    }

    /// The best common ancestor of two commits.
    ///
    /// # Errors
    /// [`GitError::NoMergeBase`], [`GitError::AbsentObject`].
    pub fn merge_base(&self, one: ObjectId, other: ObjectId) -> Result<ObjectId, GitError> {
        match self.raw.merge_base(to_oid(one), to_oid(other)) {
            Ok(base) => Ok(to_id(base)),
            Err(error) if error.code() == ErrorCode::NotFound => Err(GitError::NoMergeBase {
                one: one.to_string(),
                other: other.to_string(),
            }),
            Err(error) => Err(self.failed(one, error)),
        }
    }

    /// The commits that `to` has and `from` has not, merges included, oldest first, parents before children.
    ///
    /// # Errors
    /// [`GitError::AbsentObject`], [`GitError::Unreadable`].
    pub fn series(&self, from: ObjectId, to: ObjectId) -> Result<Vec<ObjectId>, GitError> {
        self.walk(&[to], &[from], Sort::TOPOLOGICAL | Sort::REVERSE)
    }

    /// The commits reachable from `tips` and not from `hidden`, merges included, newest first by commit date.
    ///
    /// # Errors
    /// As [`Repository::series`].
    pub fn history(
        &self,
        tips: &[ObjectId],
        hidden: &[ObjectId],
    ) -> Result<Vec<ObjectId>, GitError> {
        // Any sorting makes libgit2 load the whole history first; unsorted is already by date.
        self.walk(tips, hidden, Sort::NONE)
    }

    fn walk(
        &self,
        tips: &[ObjectId],
        hidden: &[ObjectId],
        sort: Sort,
    ) -> Result<Vec<ObjectId>, GitError> {
        let any = tips.first().copied().unwrap_or_default();
        let failed = |error| self.failed(any, error);
        let mut walk = self.raw.revwalk().map_err(failed)?;
        walk.set_sorting(sort).map_err(failed)?;
        for &tip in tips {
            walk.push(to_oid(tip))
                .map_err(|error| self.failed(tip, error))?;
        }
        for &commit in hidden {
            walk.hide(to_oid(commit))
                .map_err(|error| self.failed(commit, error))?;
        }
        walk.map(|id| id.map(to_id).map_err(failed)).collect()
    }

    /// An error for a path that `revision` does not have, with the nearest paths that it does have.
    ///
    /// # Errors
    /// Only where the tree cannot be read.
    pub fn unknown_path(
        &self,
        commit: ObjectId,
        revision: &str,
        path: &str,
    ) -> Result<GitError, GitError> {
        let paths = self.snapshot(commit)?.files;
        let names = paths.iter().map(|file| file.path.to_text().into_owned());
        let mut near = nearest(path, names);
        if near.is_empty() {
            let name = FilePath::from(path);
            let same_name = |file: &&crate::change::snapshot::SnapshotFile| {
                file.path.file_name() == name.file_name()
            };
            near = paths
                .iter()
                .filter(same_name)
                .take(NEAR)
                .map(|file| file.path.to_text().into_owned())
                .collect();
        }
        Ok(GitError::UnknownPath {
            path: path.to_owned(),
            revision: revision.to_owned(),
            near,
        })
    }

    fn near_revisions(&self, revision: &str) -> Vec<String> {
        let Ok(references) = self.raw.references() else {
            return Vec::new();
        };
        let names = references
            .flatten()
            .filter_map(|reference| reference.shorthand().ok().map(str::to_owned));
        nearest(revision, names)
    }
}

/// The names nearest to `wanted`, nearest first, at most [`NEAR`], none that differs in more than a third of it.
fn nearest(wanted: &str, names: impl Iterator<Item = String>) -> Vec<String> {
    let limit = wanted.chars().count().div_ceil(3).max(1);
    let mut near: Vec<(usize, String)> = names
        .filter(|name| name.len().abs_diff(wanted.len()) <= limit)
        .map(|name| (strsim::osa_distance(wanted, &name), name))
        .filter(|(distance, _)| *distance <= limit)
        .collect();
    near.sort();
    near.dedup();
    near.into_iter().take(NEAR).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(wanted: &str, names: &[&str]) -> Vec<String> {
        nearest(wanted, names.iter().map(|name| (*name).to_owned()))
    }

    #[test]
    fn a_slip_of_the_finger_is_near_and_another_word_is_not() {
        assert_eq!(near("mian", &["main", "maint", "topic"]), ["main", "maint"]);
        assert!(near("v1.0", &["master", "release"]).is_empty());
    }
}
