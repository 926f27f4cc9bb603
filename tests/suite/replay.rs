//! Backing out, held against git itself: `git merge-tree` on repositories built for each case.

use backout::change::ObjectId;
use backout::change::replay::ConflictKind;
use backout::git::GitError;
use backout::merge::{self, Merged};

use crate::support::Repo;

/// What backing `commit` out at `target` comes to: the tree, or the conflicts.
fn back_out(repo: &Repo, commit: ObjectId, target: ObjectId) -> (Merged, ObjectId) {
    let opened = repo.open();
    let tree = opened.commit(target).unwrap().tree;
    let replay = opened.replay(commit, None, tree).unwrap();
    let merged = merge::three_way(&replay);
    let result = opened.tree_with(tree, &merged.files).unwrap();
    assert_eq!(merge::is_clean(&replay), merged.is_clean());
    let merges = opened.merges(commit, None, tree).unwrap();
    assert_eq!(merges, merged.is_clean());
    (merged, result)
}

/// What git says of the same: the tree where it merges.
fn git_back_out(repo: &Repo, commit: ObjectId, target: ObjectId) -> Option<ObjectId> {
    let base = format!("--merge-base={commit}");
    let parent = repo.try_git(["rev-parse", "--verify", &format!("{commit}^")]);
    let theirs = match parent.status.success() {
        true => String::from_utf8(parent.stdout).unwrap(),
        false => repo.git(["hash-object", "-t", "tree", "-w", "/dev/null"]),
    };
    let target = target.to_string();
    let output = repo.try_git(["merge-tree", "--write-tree", &base, &target, theirs.trim()]);
    let text = String::from_utf8(output.stdout).unwrap();
    match output.status.code() {
        Some(0) => Some(text.lines().next().unwrap().parse().unwrap()),
        Some(1) => None,
        _ => panic!(
            "git merge-tree: {}",
            String::from_utf8_lossy(&output.stderr)
        ),
    }
}

/// Holds both answers to each other and returns ours: the kinds of its conflicts.
pub(crate) fn agreed(repo: &Repo, commit: ObjectId, target: ObjectId) -> Vec<ConflictKind> {
    let (merged, tree) = back_out(repo, commit, target);
    let ours = merged.is_clean().then_some(tree);
    assert_eq!(ours, git_back_out(repo, commit, target), "{merged:?}");
    merged.conflicts.iter().map(|c| c.kind).collect()
}

const LINES: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\neight\n";

#[test]
fn a_change_elsewhere_in_the_file_stays() {
    let mut repo = Repo::new();
    repo.commit(&[("a.c", LINES)]);
    let change = repo.commit(&[("a.c", &LINES.replace("two", "2"))]);
    let target = repo.commit(&[("a.c", &LINES.replace("two", "2").replace("seven", "7"))]);
    assert!(agreed(&repo, change, target).is_empty());
}

#[test]
fn a_change_of_the_same_line_conflicts() {
    let mut repo = Repo::new();
    repo.commit(&[("a.c", LINES)]);
    let change = repo.commit(&[("a.c", &LINES.replace("two", "2"))]);
    let target = repo.commit(&[("a.c", &LINES.replace("two", "II"))]);
    assert_eq!(agreed(&repo, change, target), [ConflictKind::Content]);
}

#[test]
fn what_was_taken_back_already_leaves_the_tree_alone() {
    let mut repo = Repo::new();
    repo.commit(&[("a.c", LINES), ("b.c", LINES)]);
    let change = repo.commit(&[("a.c", &LINES.replace("two", "2"))]);
    let target = repo.commit(&[("a.c", LINES), ("b.c", "other\n")]);
    assert!(agreed(&repo, change, target).is_empty());
    let tree = repo.open().commit(target).unwrap().tree;
    assert_eq!(back_out(&repo, change, target).1, tree);
}

#[test]
fn a_root_commit_can_be_backed_out_until_its_file_changes() {
    let mut repo = Repo::new();
    let root = repo.commit(&[("a.c", LINES), ("d/b.c", "int b;\n")]);
    let target = repo.commit(&[("c.c", "int c;\n")]);
    assert!(agreed(&repo, root, target).is_empty());
    let target = repo.commit(&[("a.c", "changed\n")]);
    assert_eq!(agreed(&repo, root, target), [ConflictKind::ModifyDelete]);
}

#[test]
fn a_merge_needs_a_mainline() {
    let mut repo = Repo::new();
    repo.commit(&[("a.c", LINES)]);
    repo.git(["checkout", "--quiet", "-b", "side"]);
    repo.commit(&[("side.c", "int s;\n")]);
    repo.git(["checkout", "--quiet", "main"]);
    let main = repo.commit(&[("main.c", "int m;\n")]);
    let merge = repo.merge("side");
    let opened = repo.open();
    let tree = opened.commit(merge).unwrap().tree;
    let error = opened.replay(merge, None, tree).unwrap_err();
    assert!(matches!(error, GitError::MergeCommit { parents: 2, .. }));
    assert!(error.hint().unwrap().contains("--mainline 1"));
    let replay = opened.replay(merge, Some(1), tree).unwrap();
    let merged = merge::three_way(&replay);
    let result = opened.tree_with(tree, &merged.files).unwrap();
    assert_eq!(result, opened.commit(main).unwrap().tree);
    let error = opened.replay(merge, Some(3), tree).unwrap_err();
    assert!(matches!(error, GitError::NoSuchParent { mainline: 3, .. }));
}

#[test]
fn a_file_that_the_target_renamed_is_followed() {
    let mut repo = Repo::new();
    repo.commit(&[("old/a.c", LINES)]);
    let change = repo.commit(&[("old/a.c", &LINES.replace("two", "2"))]);
    repo.remove("old/a.c");
    let target = repo.commit(&[("new/b.c", &LINES.replace("two", "2").replace("seven", "7"))]);
    assert!(agreed(&repo, change, target).is_empty());
}

#[test]
fn a_rename_is_taken_back_with_later_edits_kept() {
    let mut repo = Repo::new();
    repo.commit(&[("a.c", LINES)]);
    repo.remove("a.c");
    let change = repo.commit(&[("b.c", LINES)]);
    let target = repo.commit(&[("b.c", &LINES.replace("seven", "7"))]);
    assert!(agreed(&repo, change, target).is_empty());
}

#[test]
fn an_added_file_that_was_renamed_since_conflicts() {
    let mut repo = Repo::new();
    repo.commit(&[("x.c", "int x;\n")]);
    let change = repo.commit(&[("a.c", LINES)]);
    repo.remove("a.c");
    let target = repo.commit(&[("b.c", LINES)]);
    assert_eq!(agreed(&repo, change, target), [ConflictKind::Rename]);
}

#[test]
fn a_file_that_both_sides_renamed_differently_conflicts() {
    let mut repo = Repo::new();
    repo.commit(&[("a.c", LINES)]);
    repo.remove("a.c");
    let change = repo.commit(&[("b.c", LINES)]);
    repo.remove("b.c");
    let target = repo.commit(&[("c.c", LINES)]);
    assert_eq!(agreed(&repo, change, target), [ConflictKind::Rename]);
}

#[test]
fn a_file_that_comes_back_into_a_renamed_directory_conflicts() {
    let mut repo = Repo::new();
    repo.commit(&[
        ("d/a.c", LINES),
        ("d/b.c", "int one;\nint two;\nint three;\n"),
        ("d/gone.c", "something else entirely\n"),
    ]);
    repo.remove("d/gone.c");
    let change = repo.commit_all("remove one");
    repo.git(["mv", "d", "e"]);
    let target = repo.commit_all("rename the directory");
    assert_eq!(agreed(&repo, change, target), [ConflictKind::Directory]);
}

#[test]
fn a_file_added_to_a_directory_that_the_change_had_renamed_conflicts() {
    let mut repo = Repo::new();
    repo.commit(&[
        ("d/a.c", LINES),
        ("d/b.c", "int one;\nint two;\nint three;\n"),
    ]);
    repo.git(["mv", "d", "e"]);
    let change = repo.commit_all("rename the directory");
    let target = repo.commit(&[("e/new.c", "int new;\n")]);
    assert_eq!(agreed(&repo, change, target), [ConflictKind::Directory]);
}

#[test]
fn a_directory_where_a_file_comes_back_conflicts_unless_it_goes() {
    let mut repo = Repo::new();
    repo.commit(&[("x", "a file\n"), ("k.c", LINES)]);
    repo.remove("x");
    let change = repo.commit_all("remove x");
    let target = repo.commit(&[("x/y.c", "int y;\n")]);
    assert_eq!(agreed(&repo, change, target), [ConflictKind::Directory]);
    repo.remove("x");
    repo.commit(&[("x", "a file\n")]);
    repo.remove("x");
    let change = repo.commit(&[("x/y.c", "int y;\n")]);
    let target = repo.commit(&[("z.c", "int z;\n")]);
    assert!(agreed(&repo, change, target).is_empty());
}

#[test]
fn modes_merge_as_contents_do() {
    let mut repo = Repo::new();
    repo.commit(&[("run.sh", LINES)]);
    repo.git(["update-index", "--chmod=+x", "run.sh"]);
    repo.git(["commit", "--quiet", "-m", "executable"]);
    let change = repo.id("HEAD");
    repo.git(["checkout", "--quiet", "-f", "HEAD"]);
    let target = repo.commit(&[("run.sh", &LINES.replace("two", "2"))]);
    assert!(agreed(&repo, change, target).is_empty());
}

#[test]
fn binary_files_and_symlinks_do_not_merge() {
    let mut repo = Repo::new();
    repo.write("a.bin", b"a\0one\n");
    std::os::unix::fs::symlink("one", repo.path().join("link")).unwrap();
    repo.commit_all("first");
    repo.write("a.bin", b"a\0two\n").remove("link");
    std::os::unix::fs::symlink("two", repo.path().join("link")).unwrap();
    let change = repo.commit_all("second");
    repo.write("a.bin", b"a\0three\n").remove("link");
    std::os::unix::fs::symlink("three", repo.path().join("link")).unwrap();
    let target = repo.commit_all("third");
    let binary = ConflictKind::Binary;
    assert_eq!(agreed(&repo, change, target), [binary, binary]);
}

#[test]
fn a_file_that_became_a_symlink_conflicts_with_its_change() {
    let mut repo = Repo::new();
    repo.commit(&[("a.c", LINES), ("b.c", "int b;\n")]);
    let change = repo.commit(&[("a.c", &LINES.replace("two", "2"))]);
    repo.remove("a.c");
    std::os::unix::fs::symlink("b.c", repo.path().join("a.c")).unwrap();
    let target = repo.commit_all("a link now");
    assert_eq!(agreed(&repo, change, target), [ConflictKind::Mode]);
}

#[test]
fn submodules_go_back_alone_and_conflict_together() {
    let repo = Repo::new();
    let bump = |digit: &str| {
        let entry = format!("160000,{},sub", digit.repeat(40));
        repo.git(["update-index", "--add", "--cacheinfo", &entry]);
        repo.git(["commit", "--quiet", "-m", "bump"]);
        repo.id("HEAD")
    };
    let (_, second, third) = (bump("1"), bump("2"), bump("3"));
    assert!(agreed(&repo, second, second).is_empty());
    assert_eq!(agreed(&repo, second, third), [ConflictKind::Submodule]);
}

#[test]
fn line_endings_and_a_missing_final_newline_merge_as_in_git() {
    let mut repo = Repo::new();
    let dos = LINES.replace('\n', "\r\n");
    repo.commit(&[("dos.c", &dos), ("end.c", LINES.trim_end())]);
    let change = repo.commit(&[
        ("dos.c", &dos.replace("two", "2")),
        ("end.c", &LINES.replace("two", "2")),
    ]);
    let target = repo.commit(&[
        ("dos.c", &dos.replace("two", "2").replace("seven", "7")),
        ("end.c", &LINES.replace("two", "2").replace("five", "5")),
    ]);
    assert!(agreed(&repo, change, target).is_empty());
}

#[test]
fn several_commits_come_out_newest_first_as_one() {
    let mut repo = Repo::new();
    let before = repo.commit(&[("a.c", LINES)]);
    let one = repo.commit(&[("a.c", &LINES.replace("two", "2"))]);
    let other = repo.commit(&[("a.c", &LINES.replace("two", "II")), ("d/n.c", "int n;\n")]);
    let opened = repo.open();
    let mut tree = opened.commit(other).unwrap().tree;
    for commit in [other, one] {
        let merged = merge::three_way(&opened.replay(commit, None, tree).unwrap());
        assert!(merged.is_clean());
        tree = opened.tree_with(tree, &merged.files).unwrap();
    }
    assert_eq!(tree, opened.commit(before).unwrap().tree);
    assert_eq!(opened.snapshot_of_tree(tree).unwrap().files.len(), 1);
    assert_eq!(
        repo.git(["count-objects"]).trim().split(' ').next(),
        Some("11")
    );
}

#[test]
fn merge_attributes_of_the_target_hold() {
    let mut repo = Repo::new();
    let attributes = "*.log merge=union\n*.dat -merge\n";
    repo.commit(&[
        (".gitattributes", attributes),
        ("a.log", LINES),
        ("a.dat", LINES),
    ]);
    let changed = LINES.replace("two", "2");
    let change = repo.commit(&[("a.log", &changed), ("a.dat", &changed)]);
    let later = changed.replace("2", "II");
    let target = repo.commit(&[("a.log", &later), ("a.dat", &changed.replace("seven", "7"))]);
    assert_eq!(agreed(&repo, change, target), [ConflictKind::Binary]);
}

#[test]
fn merge_attributes_count_for_nothing_in_a_bare_repository() {
    let mut repo = Repo::new();
    repo.commit(&[(".gitattributes", "*.c merge=binary\n"), ("a.c", LINES)]);
    let change = repo.commit(&[("a.c", &LINES.replace("two", "2"))]);
    let target = repo.commit(&[("a.c", &LINES.replace("two", "2").replace("seven", "7"))]);
    assert_eq!(agreed(&repo, change, target), [ConflictKind::Binary]);
    repo.git(["clone", "--quiet", "--bare", ".", "bare"]);
    // A copy of the git directory alone need not say that it is bare; git sees it by the name.
    repo.git(["-C", "bare", "config", "--unset", "core.bare"]);
    let bare = backout::git::open(Some(&repo.path().join("bare"))).unwrap();
    let tree = bare.commit(target).unwrap().tree;
    let merged = merge::three_way(&bare.replay(change, None, tree).unwrap());
    let [note] = &merged.notes[..] else {
        panic!("one note for one file: {:?}", merged.notes);
    };
    assert!(note.starts_with("a.c: merged as text"), "{note}");
    let merge_base = format!("--merge-base={change}");
    let (target, before) = (target.to_string(), format!("{change}^"));
    let arguments = [
        "-C",
        "bare",
        "merge-tree",
        "--write-tree",
        &merge_base,
        &target,
        &before,
    ];
    let expected = repo.git(arguments);
    let result = bare.tree_with(tree, &merged.files).unwrap();
    assert_eq!(expected.trim(), result.to_string());
}
