//! Builds small repositories with fixed people, times and therefore ids, through the git binary.
//!
//! No user or system configuration, no locale and no clock reaches them.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use backout::change::ObjectId;
use backout::git::{self, Repository};

/// A repository in a temporary directory; gone when it is dropped.
pub(crate) struct Repo {
    directory: tempfile::TempDir,
    /// Seconds added to each commit's time, so that later commits are later.
    clock: i64,
}

/// 2020-01-01 00:00 UTC; each commit is a day later than the one before.
const EPOCH: i64 = 1_577_836_800;

impl Repo {
    /// An empty repository with a work tree, on branch `main`.
    pub(crate) fn new() -> Self {
        let repo = Self {
            directory: tempfile::tempdir().unwrap(),
            clock: 0,
        };
        repo.git(["init", "--quiet", "--initial-branch=main"]);
        repo
    }

    /// Its work tree.
    pub(crate) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// Opens it as the program does.
    pub(crate) fn open(&self) -> Repository {
        git::open(Some(self.path())).unwrap()
    }

    /// Writes a file into the work tree, directories included.
    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
        self
    }

    /// Removes a file or directory from the work tree.
    pub(crate) fn remove(&self, path: &str) -> &Self {
        let path = self.path().join(path);
        if path.is_dir() {
            std::fs::remove_dir_all(path).unwrap();
        } else {
            std::fs::remove_file(path).unwrap();
        }
        self
    }

    /// Writes these files and commits the whole work tree.
    pub(crate) fn commit(&mut self, files: &[(&str, &str)]) -> ObjectId {
        for (path, content) in files {
            self.write(path, content);
        }
        self.commit_all("change")
    }

    /// Commits the whole work tree as it stands, even where nothing changed.
    pub(crate) fn commit_all(&mut self, message: &str) -> ObjectId {
        self.clock += 86_400;
        self.git(["add", "--all"]);
        self.git(["commit", "--quiet", "--allow-empty", "-m", message]);
        self.id("HEAD")
    }

    /// Merges a branch into the current one with a merge commit.
    pub(crate) fn merge(&mut self, branch: &str) -> ObjectId {
        self.clock += 86_400;
        self.git(["merge", "--quiet", "--no-ff", "-m", "merge", branch]);
        self.id("HEAD")
    }

    /// The id of a revision.
    pub(crate) fn id(&self, revision: &str) -> ObjectId {
        let id = self.git(["rev-parse", "--verify", revision]);
        id.trim().parse().unwrap()
    }

    /// Runs git here and returns what it printed; fails the test where git fails.
    pub(crate) fn git<I>(&self, arguments: I) -> String
    where
        I: IntoIterator,
        I::Item: AsRef<OsStr>,
    {
        let output = self.try_git(arguments);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "git: {errors}");
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs git here, however it ends.
    pub(crate) fn try_git<I>(&self, arguments: I) -> Output
    where
        I: IntoIterator,
        I::Item: AsRef<OsStr>,
    {
        git_command(self.path(), self.clock)
            .args(arguments)
            .output()
            .unwrap()
    }

    /// Clones it with these options into a sibling directory, over `file://` so that `--depth` and `--filter` work.
    pub(crate) fn clone_with(&self, options: &[&str]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        self.git(["config", "uploadpack.allowFilter", "true"]);
        let url = format!("file://{}", self.path().display());
        let mut arguments = vec!["clone", "--quiet"];
        arguments.extend(options);
        let target: PathBuf = directory.path().to_owned();
        let target = target.to_str().unwrap();
        arguments.extend([url.as_str(), target]);
        self.git(arguments);
        Self {
            directory,
            clock: self.clock,
        }
    }
}

/// A git command that sees nothing of the user, the machine and the time.
pub(crate) fn git_command(directory: &Path, clock: i64) -> Command {
    let mut command = Command::new("git");
    let time = format!("{} +0000", EPOCH + clock);
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("GIT_") {
            command.env_remove(name);
        }
    }
    command
        .current_dir(directory)
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("HOME", directory)
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .env("GIT_AUTHOR_NAME", "A U Thor")
        .env("GIT_AUTHOR_EMAIL", "author@example.com")
        .env("GIT_AUTHOR_DATE", &time)
        .env("GIT_COMMITTER_NAME", "C O Mitter")
        .env("GIT_COMMITTER_EMAIL", "committer@example.com")
        .env("GIT_COMMITTER_DATE", &time);
    command
}
