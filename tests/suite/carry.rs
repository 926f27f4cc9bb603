//! `plan --branch` and `--patch`: commits and mails held against what git itself makes.

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;

use crate::support::Repo;

/// Who commits, and when: the same for git and for the program.
const PEOPLE: [(&str, &str); 6] = [
    ("GIT_AUTHOR_NAME", "Bäck Ouț"),
    ("GIT_AUTHOR_EMAIL", "back@example.com"),
    ("GIT_AUTHOR_DATE", "1700000000 +0530"),
    ("GIT_COMMITTER_NAME", "Com Mitter"),
    ("GIT_COMMITTER_EMAIL", "com@example.com"),
    ("GIT_COMMITTER_DATE", "1700000001 -0800"),
];

fn run(directory: &Path, program: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(program);
    command
        .current_dir(directory)
        .env_clear()
        .env("HOME", directory)
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .envs(PEOPLE)
        .args(arguments);
    command.output().unwrap()
}

fn git(repo: &Repo, arguments: &[&str]) -> String {
    let output = run(repo.path(), "git", arguments);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "git {arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

fn plan(repo: &Repo, arguments: &[&str]) -> (Output, Value) {
    let program = assert_cmd::cargo::cargo_bin!("backout");
    let fixed = ["--no-cache", "plan", "--format", "json"];
    let output = run(
        repo.path(),
        program.to_str().unwrap(),
        &[&fixed[..], arguments].concat(),
    );
    let json = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
    (output, json)
}

/// All that a plan may not touch: references, what they hold, the index, the work tree, the configuration.
fn state(repo: &Repo) -> Vec<String> {
    let index = std::fs::read(repo.path().join(".git/index")).unwrap();
    vec![
        git(repo, &["for-each-ref"]),
        git(repo, &["rev-parse", "HEAD"]),
        git(repo, &["symbolic-ref", "HEAD"]),
        git(repo, &["status", "--porcelain"]),
        git(repo, &["config", "--list", "--local"]),
        format!("{:x}", xxhash(&index)),
    ]
}

fn xxhash(bytes: &[u8]) -> u128 {
    backout::items::key(bytes).0
}

fn objects(repo: &Repo) -> String {
    git(repo, &["count-objects", "-v"])
}

fn numbers(list: &[u32]) -> String {
    list.iter()
        .map(|number| format!("f({number});\n"))
        .collect()
}

/// A history with a plain change, its revert, the revert of that, and a merge.
fn history() -> Repo {
    let mut repo = Repo::new();
    repo.write("a.txt", numbers(&[1, 2, 3, 4, 5, 6, 7, 8, 9]));
    repo.commit_all("start\n");
    repo.write("a.txt", numbers(&[1, 20, 3, 4, 5, 6, 7, 8, 9]));
    repo.write("dir/new.bin", b"\0binary\0\xff");
    repo.commit_all(
        "make 2 a 20 with \"quotes\" and ümlauts\n\nA body.\nSigned-off-by: A <a@example.com>\n",
    );
    repo
}

/// Lets git revert on a detached HEAD and gives the raw commit that it made.
fn by_git(repo: &Repo, arguments: &[&str]) -> String {
    git(repo, &["checkout", "--quiet", "--detach", "main"]);
    git(repo, &[&["revert", "--no-edit"], arguments].concat());
    let made = git(repo, &["cat-file", "commit", "HEAD"]);
    git(repo, &["checkout", "--quiet", "main"]);
    made
}

/// The branch that a plan makes is, commit for commit and byte for byte, what git makes.
fn same_as_git(repo: &Repo, branch: &str, ours: &[&str], gits: &[&str]) {
    let expected = by_git(repo, gits);
    let before = state(repo);
    let (output, json) = plan(repo, &[ours, &["--branch", branch]].concat());
    assert!(output.status.success(), "{output:?}");
    assert_eq!(json["written"]["branch"], branch);
    assert_eq!(git(repo, &["cat-file", "commit", branch]), expected);
    git(repo, &["fsck", "--strict"]);
    git(repo, &["update-ref", "-d", &format!("refs/heads/{branch}")]);
    assert_eq!(state(repo), before);
}

#[test]
fn a_branch_is_what_git_revert_makes() {
    let mut repo = history();
    same_as_git(&repo, "out/plain", &["HEAD"], &["HEAD"]);
    git(&repo, &["revert", "--no-edit", "HEAD"]);
    same_as_git(&repo, "again", &["HEAD"], &["HEAD"]);
    git(&repo, &["revert", "--no-edit", "HEAD"]);
    assert!(git(&repo, &["log", "-1", "--format=%s"]).starts_with("Reapply \""));
    same_as_git(&repo, "third", &["HEAD"], &["HEAD"]);
    repo.write("b.txt", "b\n");
    repo.commit_all("Revert \"Revert \"once more\"\"\n");
    same_as_git(&repo, "nested", &["HEAD"], &["HEAD"]);
}

#[test]
fn the_back_out_of_a_merge_names_the_parent() {
    let mut repo = history();
    repo.git(["checkout", "--quiet", "-b", "topic"]);
    repo.commit(&[("topic.txt", "one\n")]);
    repo.git(["checkout", "--quiet", "main"]);
    repo.commit(&[("other.txt", "two\n")]);
    repo.merge("topic");
    same_as_git(&repo, "out", &["-m", "1", "HEAD"], &["-m", "1", "HEAD"]);
    same_as_git(&repo, "out", &["-m", "2", "HEAD"], &["-m", "2", "HEAD"]);
}

#[test]
fn several_commits_come_out_newest_first() {
    let mut repo = history();
    repo.write("a.txt", numbers(&[1, 20, 3, 4, 5, 60, 7, 8, 9]));
    repo.commit_all("make 6 a 60\n");
    let before = git(&repo, &["rev-parse", "HEAD~2^{tree}"]);
    let (_, json) = plan(&repo, &["HEAD~2..HEAD", "--branch", "out"]);
    assert_eq!(json["written"]["commits"].as_array().unwrap().len(), 2);
    assert_eq!(git(&repo, &["rev-parse", "out^{tree}"]), before);
    let subjects = git(&repo, &["log", "-2", "--format=%s", "out"]);
    assert_eq!(
        subjects,
        "Revert \"make 2 a 20 with \"quotes\" and ümlauts\"\nRevert \"make 6 a 60\"\n"
    );
}

#[test]
fn mails_are_what_git_am_takes() {
    let mut repo = history();
    repo.write("a.txt", numbers(&[1, 20, 3, 4, 5, 60, 7, 8, 9]));
    repo.commit_all("make 6 a 60\n");
    let (before, store) = (state(&repo), objects(&repo));
    let mails = repo.path().parent().unwrap().join(format!(
        "mails-{}",
        repo.path().file_name().unwrap().to_str().unwrap()
    ));
    let directory = mails.to_str().unwrap();
    let (output, json) = plan(&repo, &["HEAD~2..HEAD", "--patch", directory]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!((state(&repo), objects(&repo)), (before, store));
    let files: Vec<&str> = json["written"]["mails"]
        .as_array()
        .unwrap()
        .iter()
        .map(|file| file.as_str().unwrap())
        .collect();
    let names: Vec<_> = files
        .iter()
        .map(|file| Path::new(file).file_name().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "0001-Revert-make-6-a-60.patch",
            "0002-Revert-make-2-a-20-with-quotes-and-mlauts.patch"
        ]
    );
    git(&repo, &["branch", "sent"]);
    git(&repo, &["checkout", "--quiet", "sent"]);
    git(&repo, &[&["am", "--quiet"], &files[..]].concat());
    assert_eq!(
        git(&repo, &["rev-parse", "HEAD^{tree}"]),
        git(&repo, &["rev-parse", "HEAD~4^{tree}"])
    );
    git(&repo, &["checkout", "--quiet", "main"]);
    plan(&repo, &["HEAD~2..HEAD", "--branch", "out"]);
    let messages = |branch| git(&repo, &["log", "-2", "--format=%an <%ae>%n%B", branch]);
    assert_eq!(messages("sent"), messages("out"));
    // A directory with something in it is left alone.
    let (output, _) = plan(&repo, &["HEAD", "--patch", directory]);
    assert_eq!(output.status.code(), Some(2));
    std::fs::remove_dir_all(mails).unwrap();
}

#[test]
fn an_existing_branch_is_never_touched() {
    let repo = history();
    git(&repo, &["branch", "taken", "HEAD~1"]);
    let (before, store) = (state(&repo), objects(&repo));
    for name in ["taken", "main", "taken/below", "no..name", "-x"] {
        let (output, _) = plan(&repo, &["HEAD", &format!("--branch={name}")]);
        assert_eq!(output.status.code(), Some(2), "{name}");
    }
    assert_eq!((state(&repo), objects(&repo)), (before, store));
}

#[test]
fn without_a_flag_nothing_is_written() {
    let mut repo = history();
    repo.write("a.txt", numbers(&[1, 20, 21, 3, 4, 5, 6, 7, 8, 9]));
    repo.commit_all("put 21 behind 20\n");
    let (before, store) = (state(&repo), objects(&repo));
    for commit in ["HEAD", "HEAD~1"] {
        for depth in ["text", "build", "cascade"] {
            let (_, json) = plan(&repo, &[commit, "--depth", depth]);
            assert!(json.get("written").is_none());
        }
    }
    assert_eq!((state(&repo), objects(&repo)), (before, store));
}

#[test]
fn what_goes_along_is_backed_out_and_named() {
    let mut repo = Repo::new();
    let file = |sum: &str| format!("int g(void)\n{{\n    return {sum};\n}}\n");
    repo.write("a.c", file("1"));
    repo.commit_all("one\n");
    repo.write("a.c", file("1 + 2"));
    let change = repo.commit_all("add two\n").to_string();
    repo.write("a.c", file("1 + 2 * 3"));
    let later = repo.commit_all("times three\n").to_string();
    let (output, json) = plan(&repo, &[change.as_str(), "--branch", "out"]);
    assert_eq!(output.status.code(), Some(1), "the change alone conflicts");
    assert_eq!(json["written"]["commits"].as_array().unwrap().len(), 2);
    assert_eq!(
        git(&repo, &["rev-parse", "out^{tree}"]),
        git(&repo, &["rev-parse", &format!("{change}^^{{tree}}")])
    );
    let message = git(&repo, &["log", "-1", "--format=%B", "out"]);
    let expected = format!(
        "Revert \"add two\"\n\nThis reverts commit {change}.\n\n\
         It does not come out alone. Backed out along with it:\n\n    {} (\"times three\")\n",
        &later[..12]
    );
    assert_eq!(message.trim_end(), expected.trim_end());
}

#[test]
fn what_was_merged_by_syntax_is_named() {
    let mut repo = Repo::new();
    let file = |calls: &str| {
        format!("int f(int);\nint g(void)\n{{\n    f(1);\n{calls}    f(9);\n    return 0;\n}}\n")
    };
    repo.write("a.c", file(""));
    repo.commit_all("start\n");
    repo.write("a.c", file("    f(2);\n"));
    repo.commit_all("call f\n");
    repo.write("a.c", file("    f(2);\n    f(3);\n"));
    repo.commit_all("call f again\n");
    let (output, json) = plan(&repo, &["HEAD~1", "--branch", "out"]);
    assert!(output.status.success(), "{output:?}");
    assert_eq!(json["outcome"], "resolved");
    assert_eq!(git(&repo, &["show", "out:a.c"]), file("    f(3);\n"));
    let message = git(&repo, &["log", "-1", "--format=%B", "out"]);
    assert!(
        message.contains("\n\nMerged by syntax, where git conflicts:\n\n    a.c: "),
        "{message}"
    );
}

#[test]
fn a_conflict_without_a_way_out_writes_nothing() {
    let mut repo = history();
    repo.write("a.txt", numbers(&[1, 22, 3, 4, 5, 6, 7, 8, 9]));
    repo.commit_all("make 20 a 22\n");
    let (before, store) = (state(&repo), objects(&repo));
    let (output, json) = plan(&repo, &["HEAD~1", "--depth", "build", "--branch", "out"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(json.get("written").is_none());
    assert!(String::from_utf8_lossy(&output.stderr).contains("nothing was written"));
    assert_eq!((state(&repo), objects(&repo)), (before, store));
}
