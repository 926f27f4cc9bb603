//! Runs the real binary on small repositories: what it prints where, and how it ends.

use std::collections::BTreeMap;
use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;

use crate::support::Repo;

const LIBRARY: &str = "int lib_open(int how)\n{\n    return how + 1;\n}\n";
const LIBRARY_WITH_CLOSE: &str = "int lib_open(int how)\n{\n    return how + 1;\n}\n\nint lib_close(void)\n{\n    return 0;\n}\n";
const HEADER: &str = "int lib_open(int how);\n";
const HEADER_WITH_CLOSE: &str = "int lib_open(int how);\nint lib_close(void);\n";
const USER: &str = "#include \"lib.h\"\n\nint use(void)\n{\n    return lib_open(2);\n}\n";
const USER_OF_CLOSE: &str =
    "#include \"lib.h\"\n\nint use(void)\n{\n    return lib_open(2) + lib_close();\n}\n";

/// Three commits: a library and its user, then `lib_close`, then a use of it.
fn library() -> Repo {
    let mut repo = Repo::new();
    repo.commit(&[("lib.c", LIBRARY), ("lib.h", HEADER), ("user.c", USER)]);
    repo.commit(&[("lib.c", LIBRARY_WITH_CLOSE), ("lib.h", HEADER_WITH_CLOSE)]);
    repo.commit(&[("user.c", USER_OF_CLOSE)]);
    repo
}

fn backout(directory: &Path) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("backout"));
    command
        .current_dir(directory)
        .env_clear()
        .env("HOME", directory)
        .env("PATH", std::env::var_os("PATH").unwrap());
    command
}

/// What it prints on stdout, and its exit code.
fn answer(directory: &Path, arguments: &[&str]) -> (String, i32) {
    let output = backout(directory)
        .arg("--no-cache")
        .args(arguments)
        .output()
        .unwrap();
    (
        String::from_utf8(output.stdout).unwrap(),
        output.status.code().unwrap(),
    )
}

fn json(directory: &Path, arguments: &[&str]) -> Value {
    let (stdout, _) = answer(directory, &[arguments, &["--format", "json"]].concat());
    serde_json::from_str(&stdout).unwrap_or_else(|error| panic!("{arguments:?}: {error}: {stdout}"))
}

/// What it prints on stderr; it must end with 2 and print nothing on stdout.
fn refusal(directory: &Path, arguments: &[&str]) -> String {
    let output = backout(directory)
        .arg("--no-cache")
        .args(arguments)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{arguments:?}");
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr).unwrap()
}

fn hold_to(schema: &str, value: &Value) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("src/report/schemas")
        .join(schema);
    let schema: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    jsonschema::validator_for(&schema)
        .unwrap()
        .validate(value)
        .unwrap_or_else(|error| panic!("{error}: {value}"));
}

#[test]
fn check_answers_for_the_newest_commit() {
    let repo = library();
    let report = json(repo.path(), &["check"]);
    hold_to("report-1.json", &report);
    let change = &report["changes"][0];
    assert_eq!(change["id"], repo.id("HEAD").to_string());
    assert_eq!(change["symbols"][0]["name"], "use");
    assert_eq!(change["symbols"][0]["change"], "body");
}

#[test]
fn the_contributions_of_a_score_add_up_to_its_probability() {
    let repo = library();
    let score = &json(repo.path(), &["check", "HEAD~1"])["changes"][0]["score"];
    let rows = score["contributions"].as_array().unwrap();
    assert_eq!(rows[0]["feature"], "baseline");
    let sum: f64 = rows
        .iter()
        .map(|row| row["log_odds"].as_f64().unwrap())
        .sum();
    let probability = score["probability"].as_f64().unwrap();
    assert!((sum - (probability / (1.0 - probability)).ln()).abs() < 1e-3);
}

#[test]
fn check_sees_what_a_change_offers_and_who_depends_on_it() {
    let repo = library();
    let offers = json(repo.path(), &["check", "HEAD~1"]);
    assert_eq!(offers["changes"][0]["surface"][0]["symbol"], "lib_close");
    let impact = json(repo.path(), &["impact", "lib_close"]);
    hold_to("impact-1.json", &impact);
    assert_eq!(impact["dependents"][0]["symbol"], "use");
    // The graph is the one of the revision asked for: a commit earlier nobody called it.
    assert_eq!(
        json(repo.path(), &["impact", "lib_close", "--at", "HEAD~1"])["dependents"]
            .as_array()
            .unwrap()
            .len(),
        0
    );
}

#[test]
fn a_new_struct_and_its_members_are_in_the_schemas() {
    let mut repo = library();
    repo.commit(&[(
        "part.h",
        "struct part {\n    int size;\n    const char *name;\n};\n",
    )]);
    let report = json(repo.path(), &["check"]);
    hold_to("report-1.json", &report);
    assert_eq!(report["changes"][0]["symbols"][1]["change"], "with-struct");
    hold_to("diff-1.json", &json(repo.path(), &["diff"]));
}

#[test]
fn a_policy_that_says_no_ends_with_one() {
    let mut repo = library();
    repo.write("user.c", USER);
    repo.commit_all("user: drop the close\n\nAssisted-by: Claude:claude-opus-4-6\nSigned-off-by: A U Thor <author@example.com>");
    let (text, code) = answer(repo.path(), &["check", "--policy", "qemu/in-force"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.starts_with("FAIL"), "{text}");
    // The near miss: the same change, signed off and without the tag.
    repo.write("user.c", USER_OF_CLOSE);
    repo.commit_all("user: close again\n\nSigned-off-by: A U Thor <author@example.com>");
    let (text, code) = answer(repo.path(), &["check", "--policy", "qemu/in-force"]);
    assert_eq!(code, 0, "{text}");
}

#[test]
fn the_repository_names_its_own_policy() {
    let repo = library();
    repo.write(".backout.toml", "nonsense = true\n");
    let error = refusal(repo.path(), &["check"]);
    assert!(
        error.contains(".backout.toml") && error.contains("nonsense"),
        "{error}"
    );
}

#[test]
fn plan_names_what_a_back_out_breaks() {
    let repo = library();
    let plan = json(repo.path(), &["plan", "HEAD~1"]);
    hold_to("plan-1.json", &plan);
    assert_eq!(plan["outcome"], "build-conflict");
    assert_eq!(plan["build_conflicts"][0]["symbol"], "lib_close");
    assert_eq!(plan["build_conflicts"][0]["path"], "user.c");
    assert_eq!(plan["build_conflicts"][0]["line"], 5);
    assert_eq!(plan["cascade"][0]["commit"], repo.id("HEAD").to_string());
    assert_eq!(answer(repo.path(), &["plan", "HEAD~1"]).1, 1);
    assert_eq!(answer(repo.path(), &["plan", "HEAD"]).1, 0);
    // Together they come out: as one answer, newest first.
    assert_eq!(
        json(repo.path(), &["plan", "HEAD~2..HEAD"])["outcome"],
        "clean"
    );
}

#[test]
fn diff_of_a_commit_and_of_two_files_agree() {
    let repo = library();
    let of_commit = json(repo.path(), &["diff", "HEAD"]);
    hold_to("diff-1.json", &of_commit);
    repo.write("old/user.c", USER);
    let of_files = json(repo.path(), &["diff", "old/user.c", "user.c"]);
    hold_to("diff-1.json", &of_files);
    assert_eq!(of_commit["symbols"][0]["name"], "use");
    assert_eq!(of_commit["symbols"], of_files["symbols"]);
}

#[test]
fn a_batch_answers_every_line_in_order() {
    let repo = library();
    let output = backout(repo.path())
        .args(["--no-cache", "check", "--batch"])
        .write_stdin("HEAD~2\nno-such-revision\n\nHEAD\n")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let lines: Vec<Value> = output
        .stdout
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .map(|line| serde_json::from_slice(line).unwrap())
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[0]["changes"][0]["id"], repo.id("HEAD~2").to_string());
    assert!(
        lines[1]["error"]
            .as_str()
            .unwrap()
            .contains("no-such-revision")
    );
    assert_eq!(lines[2]["changes"][0]["id"], repo.id("HEAD").to_string());
}

#[test]
fn threads_and_cache_do_not_change_a_byte() {
    let repo = library();
    let cache = tempfile::tempdir().unwrap();
    let cache = cache.path().to_str().unwrap();
    let run = |arguments: &[&str]| {
        backout(repo.path())
            .args(["check", "HEAD~2..HEAD", "--format", "json"])
            .args(arguments)
            .output()
            .unwrap()
            .stdout
    };
    let reference = run(&["--no-cache", "--jobs", "1"]);
    assert!(!reference.is_empty());
    for arguments in [
        &["--no-cache", "--jobs", "8"][..],
        &["--cache", cache],
        &["--cache", cache, "--jobs", "8"],
    ] {
        assert!(run(arguments) == reference, "{arguments:?}");
    }
}

#[test]
fn a_mailbox_and_the_range_it_was_made_from_say_the_same() {
    let repo = library();
    let mbox = repo.git(["format-patch", "--stdout", "HEAD~2..HEAD"]);
    let from_range = json(repo.path(), &["check", "HEAD~2..HEAD"]);
    repo.git(["checkout", "--quiet", "HEAD~2"]);
    repo.write("series.mbox", mbox);
    let from_mails = json(repo.path(), &["check", "series.mbox"]);
    hold_to("report-1.json", &from_mails);
    // Ids aside, and which commit stands at the end.
    let without_ids = |report: &Value| {
        let mut text = report.to_string();
        for (number, id) in report["series"]["order"]
            .as_array()
            .unwrap()
            .iter()
            .enumerate()
        {
            text = text.replace(id.as_str().unwrap(), &format!("change {number}"));
        }
        let mut report: Value = serde_json::from_str(&text).unwrap();
        report["repo"]["at"] = Value::Null;
        report
    };
    assert_eq!(without_ids(&from_mails), without_ids(&from_range));
    assert!(
        !from_mails["series"]["depends"]
            .as_array()
            .unwrap()
            .is_empty()
    );
    let stdin = backout(repo.path())
        .args(["--no-cache", "check", "-", "--format", "json"])
        .write_stdin(repo.git(["show", "HEAD", "--format=email"]))
        .output()
        .unwrap();
    assert_eq!(
        stdin.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&stdin.stderr)
    );
}

#[test]
fn a_series_that_names_maintainers_is_judged_by_them_from_there_on() {
    let mut repo = Repo::new();
    repo.commit(&[("lib.c", LIBRARY), ("MAINTAINERS", "")]);
    repo.commit(&[("MAINTAINERS", "LIB\nM: L <l@example.org>\nF: lib.c\n")]);
    repo.commit(&[("lib.c", LIBRARY_WITH_CLOSE)]);
    let mails = repo.git(["format-patch", "--stdout", "HEAD~2..HEAD"]);
    std::fs::write(repo.path().join("series.mbox"), mails).unwrap();
    let missing = |source: &str| -> Vec<bool> {
        let report = json(repo.path(), &["check", source]);
        let changes = report["changes"].as_array().unwrap();
        let found = |change: &Value| change["policy"]["findings"].to_string();
        let found = changes.iter().map(found);
        found
            .map(|found| found.contains("no maintainer of LIB"))
            .collect()
    };
    assert_eq!(missing("HEAD~2..HEAD"), [false, true]);
    repo.git(["checkout", "--quiet", "HEAD~2"]);
    assert_eq!(missing("series.mbox"), [false, true]);
}

#[test]
fn a_series_beyond_all_use_is_refused() {
    let mut repo = Repo::new();
    repo.commit(&[("lib.c", LIBRARY)]);
    let mail = "From x@y Mon Sep 17 00:00:00 2001\nFrom: M <m@example.org>\nSubject: [PATCH] x\n\n---\n\
        diff --git a/x.c b/x.c\nnew file mode 100644\n--- /dev/null\n+++ b/x.c\n@@ -0,0 +1 @@\n+int x;\n";
    std::fs::write(repo.path().join("many.mbox"), mail.repeat(2_001)).unwrap();
    let check = |file: &str| {
        let output = backout(repo.path())
            .args(["--no-cache", "check", file])
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), error)
    };
    let (code, error) = check("many.mbox");
    assert_eq!(code, Some(2));
    assert!(
        error.starts_with("error: a series of 2001 patches, the limit is 2000\n"),
        "{error}"
    );
}

#[test]
fn a_maildir_is_read_mail_by_mail() {
    let repo = library();
    repo.git(["format-patch", "--quiet", "-o", "box/new", "HEAD~2..HEAD"]);
    std::fs::create_dir_all(repo.path().join("box/cur")).unwrap();
    // A body that looks like the start of the next mail of an mbox.
    let first = repo.path().join("box/new/0001-2.patch");
    let files: Vec<_> = std::fs::read_dir(repo.path().join("box/new"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(files.len(), 2, "{files:?} {first:?}");
    for path in &files {
        let mail = std::fs::read_to_string(path).unwrap();
        let (_, mail) = mail.split_once('\n').unwrap();
        let body = "\n\nFrom me to you Mon Sep 17 00:00:00 2001\n\n";
        std::fs::write(path, mail.replacen("\n\n", body, 1)).unwrap();
    }
    repo.git(["checkout", "--quiet", "HEAD~2"]);
    let report = json(repo.path(), &["check", "box"]);
    assert_eq!(report["changes"].as_array().unwrap().len(), 2);
}

#[test]
fn an_undisclosed_patch_that_builds_on_a_disclosed_one_is_found() {
    let mut repo = Repo::new();
    repo.commit(&[("lib.c", LIBRARY), ("lib.h", HEADER), ("user.c", USER)]);
    repo.write("lib.c", LIBRARY_WITH_CLOSE);
    repo.git(["add", "-A"]);
    repo.git(["commit", "--quiet", "-m", "close\n\nAssisted-by: LLM"]);
    repo.write("user.c", USER_OF_CLOSE);
    repo.git(["add", "-A"]);
    repo.git(["commit", "--quiet", "-m", "use it"]);
    let report = json(repo.path(), &["check", "HEAD~2..HEAD"]);
    let codes = |change: usize| -> Vec<String> {
        let findings = report["changes"][change]["policy"]["findings"]
            .as_array()
            .unwrap();
        findings
            .iter()
            .map(|finding| finding["code"].as_str().unwrap().to_owned())
            .collect()
    };
    let code = "undisclosed-depends-on-disclosed".to_owned();
    assert!(codes(1).contains(&code), "{:?}", codes(1));
    assert!(!codes(0).contains(&code));
}

#[test]
fn a_patch_that_much_of_its_series_builds_on_has_a_long_cascade() {
    let mut repo = Repo::new();
    repo.commit(&[("lib.c", "int a(void)\n{\n    return 0;\n}\n")]);
    let names = ["a", "b", "c", "d", "e", "f"];
    for pair in names.windows(2) {
        let text = format!(
            "int {1}(void)\n{{\n    return {0}();\n}}\n",
            pair[0], pair[1]
        );
        repo.commit(&[(&format!("{}.c", pair[1]), text.as_str())]);
    }
    let report = json(repo.path(), &["check", "HEAD~5..HEAD"]);
    let long = |change: &serde_json::Value| -> Vec<String> {
        let findings = change["policy"]["findings"].as_array().unwrap();
        let long = findings.iter().filter(|one| one["code"] == "cascade-long");
        long.map(|one| one["message"].as_str().unwrap().to_owned())
            .collect()
    };
    let changes = report["changes"].as_array().unwrap();
    assert_eq!(
        long(&changes[0]),
        ["changes of its series that have to go along: 4, more than 3"]
    );
    assert_eq!(changes[0]["policy"]["verdict"], "warn");
    // The near miss: three of them.
    assert!(long(&changes[1]).is_empty());
    // Before the merge nothing else can stand on a change alone: that is known, not left out.
    let alone = json(repo.path(), &["check", "HEAD~4"]);
    assert!(long(&alone["changes"][0]).is_empty());
    assert!(
        !alone["changes"][0]["notes"]
            .to_string()
            .contains("cascade-long")
    );
}

#[test]
fn a_leaf_file_that_many_use_counts_as_core() {
    let mut repo = Repo::new();
    let users: Vec<_> = (0..12)
        .map(|at| (format!("hw/u{at}.c"), USER.to_owned()))
        .collect();
    let mut files: Vec<(&str, &str)> = vec![("hw/lib.c", LIBRARY), ("hw/lib.h", HEADER)];
    files.extend(
        users
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str())),
    );
    repo.commit(&files);
    let touched = |file: &str, from: &str, to: &str| {
        repo.write(file, from.replace("return", to));
        repo.git(["add", "-A"]);
        repo.git(["commit", "--quiet", "-m", "x: y\n\nAI-used-for: code"]);
        let report = json(repo.path(), &["check", "--policy", "qemu/proposed"]);
        let findings = report["changes"][0]["policy"]["findings"]
            .as_array()
            .unwrap()
            .clone();
        let mut found = findings.into_iter();
        found.find(|finding| finding["code"] == "core-by-use")
    };
    let finding = touched("hw/lib.c", LIBRARY, "return 1 +").unwrap();
    assert!(
        finding["message"]
            .as_str()
            .unwrap()
            .starts_with("12 other files use hw/lib.c")
    );
    assert!(touched("hw/u3.c", USER, "return 1 +").is_none());
}

#[test]
fn the_scripts_of_the_integrations_gate_a_repository() {
    let repo = library();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("integrations");
    let run = |script: &str, arguments: &[&str], policy: &str| {
        let output = Command::new("sh")
            .arg(root.join(script))
            .args(arguments)
            .current_dir(repo.path())
            .env("BACKOUT", assert_cmd::cargo::cargo_bin!("backout"))
            .env("BACKOUT_POLICY", policy)
            .env("HOME", repo.path())
            .output()
            .unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.code(), stderr)
    };
    assert_eq!(
        run("git/pre-commit", &[], "linux"),
        (Some(0), String::new())
    );
    repo.write("lib.c", LIBRARY);
    repo.git(["add", "lib.c"]);
    // What is staged has no sign-off yet, and that is no reason to refuse it.
    assert_eq!(
        run("git/pre-commit", &[], "linux"),
        (Some(0), String::new())
    );
    assert_eq!(run("git/pre-commit", &[], "qmeu").0, Some(2));
    repo.git(["reset", "--quiet", "--hard"]);
    assert_eq!(run("gate.sh", &["HEAD~2"], ""), (Some(0), String::new()));
    assert_eq!(run("gate.sh", &["HEAD~2"], "linux").0, Some(1));
    let reports = repo.path().join("backout-reports");
    for report in [
        "backout.sarif",
        "code-quality.json",
        "junit.xml",
        "summary.md",
        "backout.html",
    ] {
        let text = std::fs::read_to_string(reports.join(report)).unwrap();
        assert!(text.contains("sign-off-missing"), "{report}");
    }
    assert_eq!(run("gate.sh", &["nowhere"], "").0, Some(2));
}

#[test]
fn a_mail_that_does_not_apply_is_still_judged() {
    let repo = library();
    let mail = repo
        .git(["format-patch", "--stdout", "-1", "HEAD"])
        .replace("lib_open(2);", "lib_open(3);");
    repo.write("one.patch", mail);
    let report = json(repo.path(), &["check", "one.patch"]);
    let notes = report["changes"][0]["notes"].to_string();
    assert!(
        notes.contains("hunk 1") && notes.contains("user.c"),
        "{notes}"
    );
}

#[test]
fn the_index_and_the_work_tree_are_changes_too() {
    let repo = library();
    assert!(refusal(repo.path(), &["check", "--staged"]).contains("the index has no changes"));
    repo.write("user.c", USER);
    assert_eq!(
        json(repo.path(), &["check", "--worktree"])["changes"][0]["symbols"][0]["name"],
        "use"
    );
    repo.git(["add", "user.c"]);
    assert_eq!(
        json(repo.path(), &["check", "--staged"])["changes"][0]["id"],
        "staged"
    );
}

#[test]
fn every_kind_of_repository_answers() {
    let mut repo = library();
    let (root, _) = answer(repo.path(), &["check", "HEAD~2"]);
    assert!(root.contains("lib_open"), "{root}");
    let bare = repo.clone_with(&["--bare"]);
    let linked = tempfile::tempdir().unwrap();
    let linked = linked.path().join("linked");
    repo.git([
        "worktree",
        "add",
        "--quiet",
        "--detach",
        linked.to_str().unwrap(),
        "HEAD",
    ]);
    let reference = json(repo.path(), &["check"])["changes"].clone();
    assert_eq!(json(bare.path(), &["check"])["changes"], reference);
    assert_eq!(json(&linked, &["check"])["changes"], reference);
    repo.git(["checkout", "--quiet", "-b", "side", "HEAD~1"]);
    repo.commit(&[("other.c", "int other;\n")]);
    repo.git(["checkout", "--quiet", "main"]);
    repo.merge("side");
    assert_eq!(
        json(repo.path(), &["check"])["changes"][0]["files"][0]["path"],
        "other.c"
    );
    assert!(refusal(repo.path(), &["plan", "HEAD"]).contains("merge of 2 parents"));
    assert_eq!(
        json(repo.path(), &["plan", "-m", "1", "HEAD"])["outcome"],
        "clean"
    );
}

#[test]
fn a_shallow_clone_says_what_it_cannot_count() {
    let repo = library();
    let url = format!("file://{}", repo.path().display());
    let folder = tempfile::tempdir().unwrap();
    repo.git([
        "clone",
        "--quiet",
        "--depth=2",
        &url,
        folder.path().to_str().unwrap(),
    ]);
    let end = repo.id("HEAD~1").to_string();
    let (whole, _) = answer(repo.path(), &["check"]);
    let (cut, _) = answer(folder.path(), &["check"]);
    let note = format!("this shallow clone ends at {}", &end[..12]);
    assert!(!whole.contains("shallow"), "{whole}");
    assert!(cut.contains(&note), "{cut}");
}

#[test]
fn an_absent_object_is_named_with_what_to_fetch() {
    let repo = library();
    let partial = repo.clone_with(&["--filter=blob:none", "--bare"]);
    let blob = repo.id("HEAD:user.c").to_string();
    for command in ["check", "diff", "impact", "plan"] {
        let error = refusal(partial.path(), &[command, "HEAD"]);
        assert!(
            error.contains("hint: ") && error.contains("fetch"),
            "{command}: {error}"
        );
        assert!(
            error.contains(&blob) || error.contains(&repo.id("HEAD~1:user.c").to_string()),
            "{command}: {error}"
        );
    }
}

#[test]
fn a_slip_gets_its_nearest_names() {
    let repo = library();
    let error = refusal(repo.path(), &["check", "mian"]);
    assert!(
        error.starts_with("error: ")
            && error.contains("mian")
            && error.contains("did you mean main"),
        "{error}"
    );
    let error = refusal(repo.path(), &["impact", "lib_opne"]);
    assert!(error.contains("did you mean lib_open"), "{error}");
    assert!(
        refusal(repo.path(), &["check", "--repo", "/no/such/place"]).contains("/no/such/place")
    );
    assert!(refusal(repo.path(), &["check", "HEAD..HEAD~1"]).contains("did you mean HEAD~1..HEAD"));
}

/// Every file below a directory with its content.
#[test]
fn what_names_nothing_is_answered_with_what_there_is() {
    let repo = library();
    let error = refusal(repo.path(), &["plan", "no-such-branch-anywhere"]);
    assert!(
        error.contains("unknown revision no-such-branch-anywhere"),
        "{error}"
    );
    assert!(
        error.contains("hint: ") && error.contains("git log"),
        "{error}"
    );
    let error = refusal(repo.path(), &["check", "series.mbox"]);
    assert!(
        error.contains("no revision and no file named series.mbox"),
        "{error}"
    );
    assert!(error.contains("hint: git format-patch"), "{error}");
}

fn content(directory: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(content(&path));
        } else {
            files.insert(path.display().to_string(), std::fs::read(&path).unwrap());
        }
    }
    files
}

#[test]
fn nothing_is_written_into_the_repository() {
    let repo = library();
    let before = content(repo.path());
    for arguments in [
        &["check"][..],
        &["diff"],
        &["impact", "lib_open"],
        &["plan", "HEAD~1"],
        &["plan", "HEAD"],
    ] {
        answer(repo.path(), arguments);
    }
    assert_eq!(content(repo.path()), before);
}

#[test]
fn every_command_has_help_with_an_example() {
    let directory = tempfile::tempdir().unwrap();
    let (commands, code) = answer(directory.path(), &["--help"]);
    assert_eq!(code, 0);
    for command in [
        "check",
        "diff",
        "impact",
        "plan",
        "scan",
        "audit",
        "backtest",
        "calibrate",
        "policy",
        "cache",
    ] {
        assert!(commands.contains(command));
        let (help, code) = answer(directory.path(), &[command, "--help"]);
        assert_eq!(code, 0);
        assert!(help.contains("Example"), "{command}");
    }
    assert!(
        answer(directory.path(), &["completions", "bash"])
            .0
            .contains("_backout")
    );
    assert!(answer(directory.path(), &["man"]).0.contains(".TH backout"));
}
