//! The index and the work tree as changes.

use std::collections::BTreeMap;
use std::path::Path;

use backout::change::{Change, FileStatus};
use backout::git::{self, GitError};

use crate::support::Repo;

fn files(change: &Change) -> Vec<(String, FileStatus)> {
    let file = |file: &backout::change::FileChange| (file.path().to_string(), file.status());
    change.files.iter().map(file).collect()
}

fn only(path: &str, status: FileStatus) -> Vec<(String, FileStatus)> {
    vec![(path.to_owned(), status)]
}

/// Every file below a directory with its bytes and time of change.
fn contents(directory: &Path) -> BTreeMap<String, (Vec<u8>, std::time::SystemTime)> {
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            all.extend(contents(&path));
        } else {
            let time = path.metadata().unwrap().modified().unwrap();
            let bytes = std::fs::read(&path).unwrap();
            all.insert(path.display().to_string(), (bytes, time));
        }
    }
    all
}

#[test]
fn the_index_and_the_work_tree_are_told_apart() {
    let mut repo = Repo::new();
    repo.commit(&[
        ("a.c", "int a;\n"),
        ("b.c", "int b;\n"),
        ("c.c", "int c;\n"),
    ]);
    repo.write("a.c", "int A;\n");
    repo.git(["add", "a.c"]);
    repo.write("b.c", "int B;\n").remove("c.c");
    repo.write("untracked.c", "int u;\n");
    let opened = repo.open();
    let staged = opened.staged().unwrap();
    assert_eq!(files(&staged), only("a.c", FileStatus::Modified));
    assert_eq!(staged.files[0].bytes().after, b"int A;\n");
    let worktree = opened.worktree().unwrap();
    assert_eq!(
        files(&worktree),
        [
            ("a.c".to_owned(), FileStatus::Modified),
            ("b.c".to_owned(), FileStatus::Modified),
            ("c.c".to_owned(), FileStatus::Deleted),
        ]
    );
    assert_eq!(worktree.parents, [repo.id("HEAD")]);
}

#[test]
fn intent_to_add_is_in_the_work_tree_and_not_in_the_index() {
    let mut repo = Repo::new();
    repo.commit(&[("a.c", "int a;\n")]);
    repo.write("new.c", "int n;\n");
    repo.git(["add", "--intent-to-add", "new.c"]);
    let opened = repo.open();
    assert!(opened.staged().unwrap().files.is_empty());
    let worktree = opened.worktree().unwrap();
    assert_eq!(files(&worktree), only("new.c", FileStatus::Added));
}

#[test]
fn line_endings_are_compared_as_git_would_store_them() {
    let mut repo = Repo::new();
    repo.commit(&[(".gitattributes", "*.c text\n"), ("a.c", "int a;\n")]);
    repo.write("a.c", "int a;\r\n");
    assert!(repo.open().worktree().unwrap().files.is_empty());
    repo.write("a.c", "int b;\r\n");
    let worktree = repo.open().worktree().unwrap();
    assert_eq!(worktree.files[0].bytes().after, b"int b;\n");
}

#[test]
fn without_the_attribute_line_endings_count() {
    let mut repo = Repo::new();
    repo.commit(&[("a.c", "int a;\n")]);
    repo.write("a.c", "int a;\r\n");
    let worktree = repo.open().worktree().unwrap();
    assert_eq!(worktree.files[0].bytes().after, b"int a;\r\n");
}

#[test]
fn before_the_first_commit_everything_staged_is_new() {
    let repo = Repo::new();
    repo.write("a.c", "int a;\n");
    repo.git(["add", "a.c"]);
    let staged = repo.open().staged().unwrap();
    assert_eq!(files(&staged), only("a.c", FileStatus::Added));
    let error = repo.open().resolve("HEAD").unwrap_err();
    assert!(matches!(error, GitError::NoCommitYet));
}

#[test]
fn a_bare_repository_has_nothing_pending() {
    let mut repo = Repo::new();
    repo.commit(&[("a.c", "int a;\n")]);
    let bare = repo.clone_with(&["--bare"]);
    let error = git::open(Some(bare.path())).unwrap().staged().unwrap_err();
    assert!(matches!(error, GitError::NoWorkTree { .. }));
}

#[test]
fn looking_writes_nothing_anywhere() {
    let mut repo = Repo::new();
    repo.commit(&[("a.c", "int a;\n")]);
    let commit = repo.commit(&[("a.c", "int b;\n")]);
    repo.write("a.c", "int c;\n");
    let before = contents(repo.path());
    let opened = repo.open();
    opened.worktree().unwrap();
    opened.staged().unwrap();
    let tree = opened.commit(commit).unwrap().tree;
    let merged = backout::merge::three_way(&opened.replay(commit, None, tree).unwrap());
    opened.tree_with(tree, &merged.files).unwrap();
    assert_eq!(contents(repo.path()), before);
}
