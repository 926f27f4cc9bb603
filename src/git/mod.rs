//! The only room that names git2 and gitoxide: opens a repository and turns what it holds into owned data.
//!
//! Reads objects, refs, the index and tracked files; writes nothing, neither into the repository nor beside it, but for
//! what `write` says.
//! Objects are not re-hashed when read (`git fsck` is for that). A [`Repository`] belongs to one thread; each worker
//! takes its own with [`Repository::reopen`].

mod arrivals;
mod attributes;
mod blame;
mod changes;
mod commits;
mod error;
mod history;
mod landings;
mod made;
mod moves;
mod objects;
mod pending;
mod renames;
mod replay;
mod revisions;
mod snapshot;
mod stored;
mod trees;
mod write;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};

pub use arrivals::{Arrivals, path_mark};
pub use blame::PlacedLine;
pub use commits::CommitHead;
pub use error::{Completeness, GitError};
pub use history::Touch;
pub use landings::Landings;
pub use objects::EMPTY_TREE;
pub use revisions::Selection;
pub use snapshot::Differing;
pub use write::NewCommit;

use made::Made;
use objects::Memo;
use stored::{Reader, Stored};

/// A blob above this many bytes is not read; its file is then [`Content::TooLarge`](crate::change::Content).
pub const BLOB_LIMIT: usize = 16 << 20;

/// Bytes of a pack that are mapped at a time.
const PACK_WINDOW: usize = 1 << 20;

/// Bytes of packs that stay mapped, for the whole process.
const MAPPED_PACKS: usize = 32 << 20;

/// An open repository, for one thread.
pub struct Repository {
    raw: git2::Repository,
    memo: RefCell<Memo>,
    stored: Reader,
    made: Made,
}

/// Where a repository is, with the objects that one of its handles has made: cheaper to hold than a handle.
#[derive(Clone)]
pub struct Door {
    path: PathBuf,
    stored: Arc<Stored>,
    made: Made,
}

impl Door {
    /// A handle of its own.
    ///
    /// # Errors
    /// [`GitError::CannotOpen`] where the repository has gone away since.
    pub fn open(&self) -> Result<Repository, GitError> {
        let raw = git2::Repository::open(&self.path);
        let raw = raw.map_err(|error| not_opened(&self.path, error))?;
        Ok(Repository {
            raw,
            memo: RefCell::default(),
            stored: Reader::of(&self.stored),
            made: self.made.clone(),
        })
    }
}

/// Opens the repository at `directory` or above it; without one, as git finds it from the environment
/// (`GIT_DIR` and its kin) and the current directory.
///
/// Bare repositories, linked work trees, shallow and partial clones are fine. A repository of another user is refused
/// unless git's `safe.directory` admits it.
///
/// # Errors
/// [`GitError::NotARepository`], [`GitError::OwnedByAnother`], [`GitError::CannotOpen`].
pub fn open(directory: Option<&Path>) -> Result<Repository, GitError> {
    configure_library();
    let raw = match directory {
        Some(directory) => git2::Repository::discover(directory),
        None => git2::Repository::open_from_env(),
    };
    let asked = directory.unwrap_or(Path::new("."));
    raw.map(Repository::new)
        .map_err(|error| not_opened(asked, error))
}

/// Settings of libgit2 that hold for the whole process, made before its first use.
fn configure_library() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        git2::opts::strict_hash_verification(false);
        allow_partial_clones();
        map_little_of_packs();
    });
}

/// Clones that git before 2.36 made with `--filter` carry an extension that libgit2 does not know by itself; it only
/// says that objects may be missing, which every read here is ready for.
#[expect(
    unsafe_code,
    reason = "libgit2 keeps its extensions in a global; `Once` makes this its only writer, before any repository is open"
)]
fn allow_partial_clones() {
    // A failure leaves such clones unopened, with libgit2's own message.
    let _ = unsafe { git2::opts::set_extensions(&["partialclone"]) };
}

/// libgit2 maps packs in windows of 1 GiB, and what it touched once stays resident: small windows and a low limit keep
/// `check` on a history of 400 MB under 100 MB.
#[expect(
    unsafe_code,
    reason = "libgit2 keeps its limits in globals; `Once` makes this their only writer, before any repository is open"
)]
fn map_little_of_packs() {
    // A failure leaves libgit2's own limits.
    let _ = unsafe { git2::opts::set_mwindow_size(PACK_WINDOW) };
    let _ = unsafe { git2::opts::set_mwindow_mapped_limit(MAPPED_PACKS) };
}

fn not_opened(path: &Path, error: git2::Error) -> GitError {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    match error.code() {
        git2::ErrorCode::NotFound => GitError::NotARepository { path },
        git2::ErrorCode::Owner => GitError::OwnedByAnother { path },
        _ => GitError::CannotOpen {
            path,
            source: error,
        },
    }
}

impl Repository {
    fn new(raw: git2::Repository) -> Self {
        let stored = Stored::below(raw.commondir().join("objects"));
        Self {
            raw,
            memo: RefCell::default(),
            stored: Reader::of(&stored),
            made: Made::default(),
        }
    }

    /// A second handle on the same repository, for another thread; opens in about a millisecond.
    ///
    /// # Errors
    /// [`GitError::CannotOpen`] where it has gone away since.
    pub fn reopen(&self) -> Result<Self, GitError> {
        self.door().open()
    }

    /// What it takes to open it again, in any thread.
    #[must_use]
    pub fn door(&self) -> Door {
        Door {
            path: self.raw.path().to_owned(),
            stored: Arc::clone(self.stored.stored()),
            made: self.made.clone(),
        }
    }

    /// Its git directory; for a linked work tree, the one of the main repository.
    #[must_use]
    pub fn git_directory(&self) -> &Path {
        self.raw.commondir()
    }

    /// The root of its work tree, unless it is bare.
    #[must_use]
    pub fn work_tree(&self) -> Option<&Path> {
        self.raw.workdir()
    }

    /// A name for reports: the last part of the path, `.git` left out.
    #[must_use]
    pub fn name(&self) -> String {
        let directory: PathBuf = match self.raw.workdir() {
            Some(root) => root.to_owned(),
            None => self.raw.path().to_owned(),
        };
        let name = directory.file_name().unwrap_or_default().to_string_lossy();
        name.trim_end_matches(".git").to_owned()
    }

    /// How much of the history it holds.
    #[must_use]
    pub fn completeness(&self) -> Completeness {
        if self.promisor().is_some() {
            Completeness::Partial
        } else if self.raw.is_shallow() {
            Completeness::Shallow
        } else {
            Completeness::Complete
        }
    }

    /// The remote that a partial clone fetches missing objects from.
    fn promisor(&self) -> Option<String> {
        let config = self.raw.config().ok()?;
        if let Ok(remote) = config.get_string("extensions.partialclone") {
            return Some(remote);
        }
        let remotes = self.raw.remotes().ok()?;
        let mut names = remotes.iter().flatten().flatten().map(str::to_owned);
        names.find(|name| {
            config
                .get_bool(&format!("remote.{name}.promisor"))
                .unwrap_or(false)
        })
    }

    /// The remote to fetch from: the promisor, `origin`, or the only one there is.
    fn usual_remote(&self) -> Option<String> {
        let remotes = self.raw.remotes().ok()?;
        let names: Vec<String> = remotes
            .iter()
            .flatten()
            .flatten()
            .map(str::to_owned)
            .collect();
        self.promisor()
            .or_else(|| names.iter().find(|name| *name == "origin").cloned())
            .or_else(|| names.first().cloned())
    }
}

impl std::fmt::Debug for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Repository").field(&self.raw.path()).finish()
    }
}
