//! What the git room reads from repositories of every shape.

use backout::change::{Content, FileMode, FileStatus};
use backout::git::{self, Completeness, GitError, Selection};
use backout::text::FilePath;

use crate::support::Repo;

#[test]
fn a_commit_becomes_a_change_with_hunks() {
    let mut repo = Repo::new();
    let first = repo.commit(&[("a.c", "int a;\nint b;\n"), ("d/b.c", "int x;\n")]);
    let second = repo.commit(&[("a.c", "int a;\nint c;\n")]);
    let change = repo.open().change(second).unwrap();
    assert_eq!(change.parents, [first]);
    assert_eq!(change.author.email, "author@example.com");
    assert_eq!(change.subject, "change");
    assert_eq!(change.files.len(), 1);
    assert_eq!(change.files[0].status(), FileStatus::Modified);
    assert_eq!(change.files[0].hunks.len(), 1);
    assert!(change.notes.is_empty());
}

#[test]
fn a_root_commit_adds_everything() {
    let mut repo = Repo::new();
    let root = repo.commit(&[("a.c", "int a;\n"), ("d/b.c", "int x;\n")]);
    let change = repo.open().change(root).unwrap();
    let paths: Vec<String> = change.files.iter().map(|f| f.path().to_string()).collect();
    assert_eq!(paths, ["a.c", "d/b.c"]);
    assert!(change.files.iter().all(|f| f.status() == FileStatus::Added));
}

#[test]
fn a_renamed_file_is_one_change_and_an_unlike_one_is_two() {
    let text = "int one;\nint two;\nint three;\nint four;\nint five;\n";
    let mut repo = Repo::new();
    repo.commit(&[("old.c", text), ("other.c", "completely different\n")]);
    repo.remove("old.c").remove("other.c");
    repo.write("new.c", text.replace("five", "six"));
    repo.write("unlike.c", "nothing of the kind, really\n");
    let id = repo.commit_all("move");
    let change = repo.open().change(id).unwrap();
    let kinds: Vec<(String, FileStatus)> = change
        .files
        .iter()
        .map(|f| (f.path().to_string(), f.status()))
        .collect();
    assert_eq!(
        kinds,
        [
            ("new.c".to_owned(), FileStatus::Renamed),
            ("other.c".to_owned(), FileStatus::Deleted),
            ("unlike.c".to_owned(), FileStatus::Added),
        ]
    );
}

#[test]
fn a_bare_repository_and_a_linked_work_tree_open() {
    let mut repo = Repo::new();
    let id = repo.commit(&[("a.c", "int a;\n")]);
    let bare = repo.clone_with(&["--bare"]);
    assert_eq!(bare.open().resolve("main").unwrap(), id);
    let linked = tempfile::tempdir().unwrap();
    let path = linked.path().join("tree");
    repo.git(["worktree", "add", "--quiet", path.to_str().unwrap()]);
    let opened = git::open(Some(&path)).unwrap();
    assert_eq!(opened.resolve("HEAD").unwrap(), id);
    assert_eq!(opened.reopen().unwrap().resolve("main").unwrap(), id);
}

#[test]
fn a_directory_below_the_root_finds_its_repository() {
    let mut repo = Repo::new();
    repo.commit(&[("d/e/a.c", "int a;\n")]);
    assert!(git::open(Some(&repo.path().join("d/e"))).is_ok());
}

#[test]
fn no_repository_is_an_error_with_a_hint() {
    let empty = tempfile::tempdir().unwrap();
    let error = git::open(Some(empty.path())).unwrap_err();
    assert!(matches!(error, GitError::NotARepository { .. }));
    assert!(error.hint().unwrap().contains("--repo"));
}

#[test]
fn an_unknown_revision_gets_its_nearest_names() {
    let mut repo = Repo::new();
    repo.commit(&[("a.c", "int a;\n")]);
    repo.git(["tag", "v1.0"]);
    let opened = repo.open();
    let error = opened.resolve("mian").unwrap_err();
    assert_eq!(error.hint().unwrap(), "did you mean main?");
    let error = opened.resolve("v1.1").unwrap_err();
    assert_eq!(error.hint().unwrap(), "did you mean v1.0?");
    let hint = opened.resolve("nothing-like-it").unwrap_err().hint();
    assert!(hint.is_some_and(|hint| hint.contains("git log") && !hint.contains("did you mean")));
    let head = opened.resolve("HEAD").unwrap();
    let error = opened.unknown_path(head, "HEAD", "b.c").unwrap();
    assert_eq!(error.hint().unwrap(), "did you mean a.c?");
}

#[test]
fn a_range_lists_its_commits_oldest_first() {
    let mut repo = Repo::new();
    let ids: Vec<_> = (0..4)
        .map(|n| repo.commit(&[("a.c", &format!("int a{n};\n"))]))
        .collect();
    let opened = repo.open();
    let Selection::Range { from, to } = opened.select("HEAD~2..").unwrap() else {
        panic!("a range");
    };
    assert_eq!(opened.series(from, to).unwrap(), ids[2..]);
    assert_eq!(opened.history(&[to], &[]).unwrap()[0], ids[3]);
    assert_eq!(opened.select("HEAD").unwrap(), Selection::Commit(ids[3]));
}

#[test]
fn a_snapshot_lists_modes_and_blobs() {
    let repo = Repo::new();
    repo.write("a.c", "int a;\n");
    repo.write("run.sh", "#!/bin/sh\n");
    std::os::unix::fs::symlink("a.c", repo.path().join("link")).unwrap();
    repo.git(["add", "--all"]);
    repo.git(["update-index", "--chmod=+x", "run.sh"]);
    let submodule = "160000,0123456789012345678901234567890123456789,sub";
    repo.git(["update-index", "--add", "--cacheinfo", submodule]);
    repo.git(["commit", "--quiet", "-m", "all kinds"]);
    let opened = repo.open();
    let snapshot = opened.snapshot(repo.id("HEAD")).unwrap();
    let modes: Vec<_> = snapshot.files.iter().map(|file| file.mode).collect();
    assert_eq!(
        modes,
        [
            FileMode::Regular,
            FileMode::Symlink,
            FileMode::Executable,
            FileMode::Submodule
        ]
    );
    let file = snapshot.file(&FilePath::from("a.c")).unwrap();
    assert_eq!(&*opened.blob_bytes(file.blob).unwrap(), b"int a;\n");
    let change = opened.change(repo.id("HEAD")).unwrap();
    assert_eq!(change.notes, ["sub is a submodule: not looked into"]);
}

#[test]
fn a_shallow_clone_answers_where_it_can_and_names_what_is_absent() {
    let mut repo = Repo::new();
    let first = repo.commit(&[("a.c", "int a;\n")]);
    let second = repo.commit(&[("a.c", "int b;\n")]);
    let shallow = repo.clone_with(&["--depth", "1"]);
    let opened = shallow.open();
    assert_eq!(opened.completeness(), Completeness::Shallow);
    let change = opened.change(second).unwrap();
    assert_eq!(change.files[0].status(), FileStatus::Added);
    assert_eq!(change.notes.len(), 1);
    let error = opened.change(first).unwrap_err();
    assert!(error.to_string().contains(&first.to_string()), "{error}");
    assert_eq!(
        error.hint().unwrap(),
        "fetch the rest: git fetch --unshallow origin"
    );
}

#[test]
fn a_partial_clone_names_the_blob_to_fetch() {
    let mut repo = Repo::new();
    repo.commit(&[("a.c", "int a;\n")]);
    let second = repo.commit(&[("a.c", "int b;\n")]);
    let partial = repo.clone_with(&["--filter=blob:none", "--no-checkout"]);
    let opened = partial.open();
    assert_eq!(opened.completeness(), Completeness::Partial);
    let change = opened.change(second).unwrap();
    let side = change.files[0].sides.before.as_ref().unwrap();
    assert_eq!(side.content, Content::Absent);
    assert_eq!(change.notes.len(), 2);
    let blob = side.blob.unwrap();
    let hint = opened.blob_bytes(blob).unwrap_err().hint().unwrap();
    assert_eq!(hint, format!("fetch it: git fetch origin {blob}"));
}

#[test]
fn objects_are_read_wherever_they_are_stored() {
    let mut repo = Repo::new();
    repo.commit(&[("a.c", "int a;\n"), ("b.c", "int b;\n")]);
    let [a, b] = ["HEAD:a.c", "HEAD:b.c"].map(|blob| repo.id(blob));
    let opened = repo.open();
    let read = |blob| opened.blob_bytes(blob).unwrap();
    assert_eq!(&*read(a), b"int a;\n", "loose");
    repo.git(["repack", "--quiet", "-a", "-d"]);
    repo.git(["prune-packed", "--quiet"]);
    assert_eq!(&*read(b), b"int b;\n", "packed since it was opened");
    let shared = repo.clone_with(&["--shared"]);
    let bytes = shared.open().blob_bytes(a).unwrap();
    assert_eq!(&*bytes, b"int a;\n", "in an alternate");
    // More reads than one mapping of the packs serves.
    for _ in 0..10_000 {
        assert_eq!(read(a).len(), 7);
    }
    repo.commit(&[("c.c", "int c;\n")]);
    let bytes = read(repo.id("HEAD:c.c"));
    assert_eq!(&*bytes, b"int c;\n", "written since it was opened");
}

#[test]
fn a_latin_1_message_is_decoded() {
    let mut repo = Repo::new();
    repo.commit(&[("a.c", "int a;\n")]);
    let commit = b"caf\xe9\n";
    let message = repo.path().join(".git/message");
    std::fs::write(&message, commit).unwrap();
    repo.git([
        "-c",
        "i18n.commitEncoding=latin1",
        "commit",
        "--quiet",
        "--allow-empty",
        "-F",
        message.to_str().unwrap(),
    ]);
    let change = repo.open().change(repo.id("HEAD")).unwrap();
    assert_eq!(change.subject, "caf\u{e9}");
}

#[test]
fn a_merge_is_seen_from_its_first_parent() {
    let mut repo = Repo::new();
    repo.commit(&[("a.c", "int a;\n")]);
    repo.git(["checkout", "--quiet", "-b", "side"]);
    repo.commit(&[("side.c", "int s;\n")]);
    repo.git(["checkout", "--quiet", "main"]);
    repo.commit(&[("main.c", "int m;\n")]);
    let merge = repo.merge("side");
    let change = repo.open().change(merge).unwrap();
    assert!(change.is_merge());
    assert_eq!(change.files.len(), 1);
    assert_eq!(change.files[0].path().to_string(), "side.c");
}
