//! What can go wrong between a question and git, each with one thing to try.

use std::path::PathBuf;

use crate::change::ObjectId;

/// How much of the history a repository holds: why an object may be absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completeness {
    /// Everything should be there.
    Complete,
    /// History ends at a grafted commit (`git clone --depth`).
    Shallow,
    /// Objects are fetched when asked for (`git clone --filter`).
    Partial,
}

/// Why git could not answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GitError {
    /// No repository at a directory or above it.
    #[error("not a git repository: {}", path.display())]
    NotARepository {
        /// The directory that was asked for.
        path: PathBuf,
    },
    /// It belongs to somebody else, and git's own rule is not to read it then.
    #[error("the repository {} is owned by another user", path.display())]
    OwnedByAnother {
        /// The directory that was asked for.
        path: PathBuf,
    },
    /// It is there and cannot be opened.
    #[error("cannot open the repository {}", path.display())]
    CannotOpen {
        /// The directory that was asked for.
        path: PathBuf,
        /// What git said.
        #[source]
        source: git2::Error,
    },
    /// A revision that names nothing.
    #[error("unknown revision {revision}")]
    UnknownRevision {
        /// What was asked for.
        revision: String,
        /// Branches and tags with nearly this name, nearest first, at most three.
        near: Vec<String>,
    },
    /// An abbreviation that several objects share.
    #[error("ambiguous revision {revision}: several objects begin with it")]
    AmbiguousRevision {
        /// What was asked for.
        revision: String,
    },
    /// A revision that names a blob or a tree.
    #[error("{revision} is a {kind}, expected a commit")]
    NotACommit {
        /// What was asked for.
        revision: String,
        /// What it is.
        kind: String,
    },
    /// A path that is not in the tree.
    #[error("no path {path} in {revision}")]
    UnknownPath {
        /// What was asked for.
        path: String,
        /// Where it was looked for.
        revision: String,
        /// Paths with nearly this name, nearest first, at most three.
        near: Vec<String>,
    },
    /// HEAD names a branch without commits.
    #[error("HEAD has no commit yet")]
    NoCommitYet,
    /// Two histories without a common commit.
    #[error("{one} and {other} have no commit in common")]
    NoMergeBase {
        /// The one.
        one: String,
        /// The other.
        other: String,
    },
    /// An object that the repository speaks of and does not hold.
    #[error("object {id} is not in this repository{}", because(*completeness))]
    AbsentObject {
        /// The object.
        id: ObjectId,
        /// Why it may be absent.
        completeness: Completeness,
        /// The remote to fetch it from, where one is configured.
        remote: Option<String>,
    },
    /// A merge is backed out against one of its parents, and none was named.
    #[error("cannot back out {commit}: it is a merge of {parents} parents")]
    MergeCommit {
        /// The merge.
        commit: ObjectId,
        /// How many parents it has.
        parents: usize,
    },
    /// A parent was named that the commit does not have.
    #[error("{commit} has no parent number {mainline}")]
    NoSuchParent {
        /// The commit.
        commit: ObjectId,
        /// The number, from 1.
        mainline: usize,
        /// How many parents it has.
        parents: usize,
    },
    /// A bare repository has no work tree and no index to look at.
    #[error("the repository {} has no work tree", path.display())]
    NoWorkTree {
        /// Its git directory.
        path: PathBuf,
    },
    /// An object or a file that cannot be read.
    #[error("cannot read {what}")]
    Unreadable {
        /// What was being read.
        what: String,
        /// What git said.
        #[source]
        source: git2::Error,
    },
    /// A new branch was asked for under the name of one that is there.
    #[error("the branch {name} exists already")]
    BranchExists {
        /// Its name.
        name: String,
    },
    /// A name that git takes for no branch.
    #[error("{name} is no name for a branch")]
    BadBranchName {
        /// What was asked for.
        name: String,
    },
    /// Nobody to name as author of a new commit.
    #[error("no author for new commits is configured")]
    NoIdentity {
        /// What git said.
        #[source]
        source: git2::Error,
    },
    /// New objects or a reference could not be written.
    #[error("cannot write {what}")]
    CannotWrite {
        /// What was being written.
        what: String,
        /// What git said.
        #[source]
        source: git2::Error,
    },
    /// A tree or commit that is no such thing, or a limit that it breaks.
    #[error("{what} is malformed: {problem}")]
    Malformed {
        /// The object.
        what: String,
        /// What is wrong with it.
        problem: &'static str,
    },
}

fn because(completeness: Completeness) -> &'static str {
    match completeness {
        Completeness::Complete => "",
        Completeness::Shallow => " (a shallow clone)",
        Completeness::Partial => " (a partial clone)",
    }
}

impl GitError {
    /// The next thing to try, if there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::NotARepository { .. } => Some("name a repository with --repo DIR".to_owned()),
            Self::OwnedByAnother { path } => Some(format!(
                "if you trust it: git config --global --add safe.directory {}",
                path.display()
            )),
            Self::UnknownRevision { near, .. } => Some(did_you_mean(near).unwrap_or_else(|| {
                "what there is: git log --oneline, git branch --all, git tag".to_owned()
            })),
            Self::UnknownPath { near, .. } => Some(did_you_mean(near).unwrap_or_else(|| {
                "what there is: git ls-tree -r --name-only REVISION; paths start at the top of the repository".to_owned()
            })),
            Self::AmbiguousRevision { .. } => Some("write more digits of the id".to_owned()),
            Self::AbsentObject {
                id,
                completeness,
                remote,
            } => Some(how_to_fetch(*id, *completeness, remote.as_deref())),
            Self::MergeCommit { .. } => {
                Some("pass --mainline 1 to keep the first parent".to_owned())
            }
            Self::NoSuchParent { parents, .. } => Some(match parents {
                0 | 1 => "leave out --mainline: it is not a merge".to_owned(),
                _ => format!("pass --mainline with a number from 1 to {parents}"),
            }),
            Self::NoWorkTree { .. } => Some("name a revision instead".to_owned()),
            Self::NoCommitYet => Some(
                "name a branch that has commits; backout check --staged looks at what the first one would hold"
                    .to_owned(),
            ),
            Self::NotACommit { .. } => Some("name a commit, a branch or a tag".to_owned()),
            Self::BranchExists { .. } | Self::BadBranchName { .. } => {
                Some("name another branch: existing ones are never touched".to_owned())
            }
            Self::NoIdentity { .. } => {
                Some("tell git who you are: git config user.name, git config user.email".to_owned())
            }
            Self::CannotOpen { .. } => {
                Some("see whether git can: git status; objects named by SHA-256 are not read yet".to_owned())
            }
            Self::CannotWrite { .. }
            | Self::NoMergeBase { .. }
            | Self::Unreadable { .. }
            | Self::Malformed { .. } => None,
        }
    }
}

fn did_you_mean(near: &[String]) -> Option<String> {
    let (last, others) = near.split_last()?;
    if others.is_empty() {
        return Some(format!("did you mean {last}?"));
    }
    Some(format!("did you mean {} or {last}?", others.join(", ")))
}

fn how_to_fetch(id: ObjectId, completeness: Completeness, remote: Option<&str>) -> String {
    let remote = remote.unwrap_or("origin");
    match completeness {
        Completeness::Shallow => format!("fetch the rest: git fetch --unshallow {remote}"),
        Completeness::Partial => format!("fetch it: git fetch {remote} {id}"),
        Completeness::Complete => "look for damage with: git fsck".to_owned(),
    }
}
