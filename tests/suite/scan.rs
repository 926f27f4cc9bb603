//! `scan` on small histories: its rows say what `check` and `plan` say, and its bytes depend on nothing else.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use assert_cmd::Command;
use serde_json::Value;

use crate::support::Repo;

fn backout(repo: &Repo, arguments: &[&str]) -> Command {
    let mut command = Command::new(assert_cmd::cargo::cargo_bin!("backout"));
    command
        .args(["--repo", repo.path().to_str().unwrap()])
        .args(arguments);
    command
}

/// A library that grows function by function, with users, a merged topic, a rename and a disclosed change.
fn history(commits: usize) -> Repo {
    let mut repo = Repo::new();
    let library = |count: usize| -> String {
        let function = |at| format!("int f{at}(int x)\n{{\n    return x + {at};\n}}\n\n");
        (0..count).map(function).collect()
    };
    repo.commit(&[("lib.c", &library(1)), ("README", "a library\n")]);
    for at in 1..commits {
        let user = format!("int f{at}(int x);\nint u{at}(void)\n{{\n    return f{at}(1);\n}}\n");
        match at % 5 {
            0 => {
                repo.git(["checkout", "--quiet", "-b", &format!("topic{at}")]);
                repo.commit(&[(&format!("user{at}.c"), &user)]);
                repo.write(&format!("user{at}.h"), format!("int u{at}(void);\n"));
                repo.commit_all("announce it\n\nAssisted-by: Claude\n");
                repo.git(["checkout", "--quiet", "main"]);
                repo.merge(&format!("topic{at}"));
            }
            1 => drop(repo.commit(&[("README", &format!("a library of {at}\n"))])),
            _ => drop(repo.commit(&[("lib.c", &library(at + 1))])),
        }
    }
    repo
}

struct Scan {
    folder: tempfile::TempDir,
}

impl Scan {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Scans the whole history of `repo` into a file of that name; its bytes.
    fn bytes(&self, repo: &Repo, name: &str, arguments: &[&str]) -> Vec<u8> {
        let out = self.path(name);
        let scan = [
            &["scan", "--all", "--out", out.to_str().unwrap()],
            arguments,
        ]
        .concat();
        let output = backout(repo, &scan).output().unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {errors}");
        assert!(output.stdout.is_empty());
        fs::read(out).unwrap()
    }

    fn rows(&self, repo: &Repo, arguments: &[&str]) -> Vec<Value> {
        lines(&self.bytes(repo, "rows.jsonl", &[&["--no-cache"], arguments].concat()))
    }
}

fn lines(bytes: &[u8]) -> Vec<Value> {
    let text = std::str::from_utf8(bytes).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn json(repo: &Repo, arguments: &[&str]) -> Value {
    let output = backout(
        repo,
        &[&["--no-cache"], arguments, &["--format", "json"]].concat(),
    );
    serde_json::from_slice(&{ output }.output().unwrap().stdout).unwrap()
}

#[test]
fn a_row_says_what_check_says() {
    let repo = history(12);
    let rows = Scan::new().rows(&repo, &[]);
    assert!(rows.len() > 12);
    for row in rows {
        let commit = row["commit"].as_str().unwrap();
        let report = json(&repo, &["check", commit]);
        let change = &report["changes"][0];
        for (column, value) in [
            ("subject", &change["subject"]),
            ("author_date", &change["author_date"]),
            ("category", &change["category"]["name"]),
            ("impact_starting", &change["impact"]["starting"]),
            ("impact_direct", &change["impact"]["direct"]),
            ("impact_estimated", &change["impact"]["estimated"]),
            ("impact_weighted", &change["impact"]["weighted"]),
            ("impact_files", &change["impact"]["files"]),
            ("score", &change["score"]["value"]),
            ("probability", &change["score"]["probability"]),
            ("band_low", &change["score"]["band"][0]),
            ("band_high", &change["score"]["band"][1]),
            ("free_of_series", &change["score"]["free_of_series"]),
            ("model", &change["score"]["model"]),
            ("policy", &change["policy"]["profile"]),
            ("verdict", &change["policy"]["verdict"]),
        ] {
            assert_eq!(&row[column], value, "{column} of {commit}");
        }
        for (column, list) in [
            ("files", "files"),
            ("symbols", "symbols"),
            ("surface", "surface"),
        ] {
            assert_eq!(
                row[column],
                change[list].as_array().unwrap().len(),
                "{column} of {commit}"
            );
        }
        for (name, value) in row.as_object().unwrap() {
            let Some(feature) = name.strip_prefix("feature_") else {
                continue;
            };
            let contributions = change["score"]["contributions"].as_array().unwrap();
            if let Some(weighed) = contributions.iter().find(|one| one["feature"] == *feature) {
                assert_eq!(
                    weighed["value"].as_f64(),
                    value.as_f64(),
                    "{name} of {commit}"
                );
            }
        }
        let is_disclosed = !change["disclosure"].as_array().unwrap().is_empty();
        assert_eq!(row["disclosed"], is_disclosed);
    }
}

#[test]
fn a_kept_series_is_that_of_the_mainline_asked_about() {
    let mut repo = history(12);
    let cache = tempfile::tempdir().unwrap();
    let cache = cache.path().to_str().unwrap();
    let free = |repo: &Repo, arguments: &[&str]| {
        let check = ["check", "topic10", "--format", "json"];
        let output = backout(repo, &[arguments, &check].concat()).output();
        let report: Value = serde_json::from_slice(&output.unwrap().stdout).unwrap();
        report["changes"][0]["score"]["free_of_series"].clone()
    };
    let landed = free(&repo, &["--no-cache"]);
    assert!(landed.is_boolean());
    for _ in 0..2 {
        assert_eq!(free(&repo, &["--cache", cache]), landed);
    }
    // On another mainline the same commit landed nowhere.
    repo.git(["checkout", "--quiet", "-b", "before", "topic5"]);
    repo.commit(&[("README", "elsewhere\n")]);
    for _ in 0..2 {
        assert!(free(&repo, &["--cache", cache]).is_null());
    }
    repo.git(["checkout", "--quiet", "main"]);
    assert_eq!(free(&repo, &["--cache", cache]), landed);
}

#[test]
fn an_outcome_is_that_of_plan_at_the_day() {
    let repo = history(12);
    let rows = Scan::new().rows(&repo, &["--horizon", "5d,400d", "--at", "HEAD"]);
    let mut outcomes = 0;
    for row in &rows {
        assert!(row["outcome_400d"].is_null() && row["target_400d"].is_null());
        for horizon in ["5d", "at"] {
            let Some(target) = row[format!("target_{horizon}")].as_str() else {
                continue;
            };
            let plan = json(
                &repo,
                &["plan", row["commit"].as_str().unwrap(), "--at", target],
            );
            assert_eq!(row[format!("outcome_{horizon}")], plan["outcome"]);
            assert_eq!(row[format!("git_clean_{horizon}")], plan["git_clean"]);
            let cascade = plan["cascade"].as_array().map(Vec::len);
            let size = row[format!("cascade_{horizon}")].as_u64();
            assert_eq!(size, cascade.map(|size| size as u64));
            outcomes += 1;
        }
    }
    assert!(outcomes > rows.len(), "some day within the history");
}

#[test]
fn threads_cache_and_format_do_not_change_a_row() {
    let repo = history(20);
    let scan = Scan::new();
    let cache = scan.path("cache");
    let cache = cache.to_str().unwrap();
    for name in ["rows.jsonl", "rows.csv", "rows.parquet"] {
        let run = |arguments: &[&str]| {
            let horizon = ["--horizon", "3d", "--depth", "build"];
            scan.bytes(&repo, name, &[&horizon, arguments].concat())
        };
        let reference = run(&["--no-cache", "--jobs", "1"]);
        assert!(
            reference == run(&["--no-cache", "--jobs", "2"]),
            "{name}: threads"
        );
        assert!(
            reference == run(&["--cache", cache, "--jobs", "2"]),
            "{name}: cold"
        );
        assert!(reference == run(&["--cache", cache]), "{name}: warm");
    }
}

#[test]
fn a_killed_scan_goes_on_where_it_stopped() {
    let repo = history(60);
    let scan = Scan::new();
    let reference = scan.bytes(&repo, "whole.jsonl", &["--no-cache"]);
    let (out, journal) = (scan.path("rows.jsonl"), scan.path("rows.jsonl.journal"));
    let mut program = std::process::Command::new(assert_cmd::cargo::cargo_bin!("backout"));
    program
        .args([
            "--repo",
            repo.path().to_str().unwrap(),
            "--no-cache",
            "--jobs",
            "1",
        ])
        .args(["scan", "--all", "--out", out.to_str().unwrap()])
        .stderr(Stdio::null());
    let mut child = program.spawn().unwrap();
    // Until the first batch is there; a journal's header alone has 32 bytes.
    while fs::metadata(&journal).map_or(0, |file| file.len()) <= 32
        && child.try_wait().unwrap().is_none()
    {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(journal.exists() || out.exists());
    assert!(scan.bytes(&repo, "rows.jsonl", &["--no-cache", "--resume"]) == reference);
    assert!(!journal.exists());
}

#[test]
fn a_journal_is_resumed_by_its_own_scan_only() {
    let repo = history(6);
    let scan = Scan::new();
    fs::write(
        scan.path("rows.jsonl.journal"),
        [b"backout scan 1\n\0", &[7; 16][..]].concat(),
    )
    .unwrap();
    let out = scan.path("rows.jsonl");
    let arguments = [
        "--no-cache",
        "scan",
        "--all",
        "--resume",
        "--out",
        out.to_str().unwrap(),
    ];
    let output = backout(&repo, &arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("belongs to another scan"), "{errors}");
    assert!(!out.exists());
}

#[test]
fn the_shards_together_are_the_whole() {
    let repo = history(20);
    let scan = Scan::new();
    let whole = scan.rows(&repo, &[]);
    let mut parts: Vec<Value> = Vec::new();
    for shard in ["1/3", "2/3", "3/3"] {
        let part = scan.rows(&repo, &["--shard", shard]);
        assert!(part.len() < whole.len());
        parts.extend(part);
    }
    parts.sort_by_key(|row| row["position"].as_u64());
    assert_eq!(parts, whole);
}

#[cfg(feature = "parquet")]
fn object(row: &parquet::record::Row) -> Value {
    use parquet::record::Field;
    let cells = row.get_column_iter().map(|(name, field)| {
        let value = match field {
            Field::Null => Value::Null,
            Field::Bool(value) => (*value).into(),
            Field::Long(value) => (*value).into(),
            Field::Double(value) => (*value).into(),
            Field::Str(value) => value.clone().into(),
            other => panic!("{name} is {other:?}"),
        };
        (name.clone(), value)
    });
    Value::Object(cells.collect())
}

#[cfg(feature = "parquet")]
#[test]
fn parquet_holds_the_rows_of_json_lines() {
    use parquet::file::reader::{FileReader, SerializedFileReader};
    let repo = history(20);
    let scan = Scan::new();
    let whole = scan.rows(&repo, &["--horizon", "3d"]);
    let mut parts: Vec<Value> = Vec::new();
    for shard in ["1/2", "2/2"] {
        scan.bytes(
            &repo,
            "part.parquet",
            &["--no-cache", "--horizon", "3d", "--shard", shard],
        );
        let file = fs::File::open(scan.path("part.parquet")).unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        parts.extend(
            reader
                .get_row_iter(None)
                .unwrap()
                .map(|row| object(&row.unwrap())),
        );
    }
    parts.sort_by_key(|row| row["position"].as_u64());
    assert_eq!(parts, whole);
}

#[test]
fn a_commit_that_cannot_be_read_is_a_row_with_its_reason() {
    let repo = history(6);
    let partial = repo.clone_with(&["--bare", "--filter=blob:none"]);
    let rows = Scan::new().rows(&partial, &["--horizon", "1d"]);
    assert!(rows.len() > 5);
    for row in rows {
        assert!(row["error"].as_str().unwrap().contains("object"), "{row}");
        assert!(row["commit"].is_string() && row["subject"].is_null());
    }
}

#[test]
fn the_rows_stand_in_the_order_in_which_they_landed() {
    let repo = history(12);
    let rows = Scan::new().rows(&repo, &[]);
    let commits: Vec<&str> = rows
        .iter()
        .map(|row| row["commit"].as_str().unwrap())
        .collect();
    let mainline = repo.git(["rev-list", "--first-parent", "--reverse", "HEAD"]);
    let mainline: Vec<&str> = mainline.lines().collect();
    let landed = |row: &Value| {
        mainline
            .iter()
            .position(|id| *id == row["landed"].as_str().unwrap())
    };
    assert!(rows.is_sorted_by_key(landed));
    for (at, commit) in commits.iter().enumerate() {
        let ancestors = repo.git(["rev-list", "--no-merges", commit]);
        for ancestor in ancestors.lines() {
            assert!(
                commits[..=at].contains(&ancestor),
                "{ancestor} before {commit}"
            );
        }
    }
}

#[test]
fn what_cannot_be_written_is_refused_before_the_work() {
    let repo = history(2);
    for (arguments, message) in [
        (&["scan", "--all", "--out", "rows.xlsx"][..], "format"),
        (&["scan", "HEAD", "--out", "rows.csv"], "range"),
        (&["scan", "HEAD..HEAD~1", "--out", "rows.csv"], "no commit"),
        (
            &["scan", "--all", "--out", "rows.csv", "--shard", "4/3"],
            "I/N",
        ),
        (&["scan", "--all", "--out", "/nowhere/rows.csv"], "cannot"),
    ] {
        let output = backout(&repo, arguments)
            .arg("--no-cache")
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let errors = String::from_utf8(output.stderr).unwrap();
        assert!(errors.contains(message), "{arguments:?}: {errors}");
        assert!(!Path::new("rows.csv").exists());
    }
}

#[test]
fn a_model_of_ones_own_is_fitted_tried_and_used() {
    let repo = history(4);
    let refused = backout(
        &repo,
        &[
            "--no-cache",
            "calibrate",
            "--all",
            "--horizon",
            "1d",
            "--out",
            "own.toml",
        ],
    );
    let output = { refused }.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let errors = String::from_utf8(output.stderr).unwrap();
    assert!(errors.contains("commits with a known outcome"), "{errors}");

    let scan = Scan::new();
    let model = scan.path("small.toml");
    let text = "name = \"small\"\nhorizon_days = 2\nbaseline = -0.5\ncovariance = [[0.01, 0.0], [0.0, 0.04]]\n\
        provenance = { labels = \"\", histories = \"\", method = \"\", held_out = \"\", fitted = \"\" }\n\
        features = [{ name = \"lines_added\", transform = \"log\", center = 2.0, log_odds = -0.4 }]\n";
    fs::write(&model, text).unwrap();
    let model = ["--model", model.to_str().unwrap()];
    let report = json(&repo, &[&model[..], &["check", "HEAD"]].concat());
    assert_eq!(report["changes"][0]["score"]["model"], "small");
    assert_eq!(report["changes"][0]["score"]["horizon_days"], 2);
    let rows = scan.rows(&repo, &model);
    assert!(rows.iter().all(|row| row["model"] == "small"));
}

#[test]
fn a_backtest_counts_the_changes_that_have_reached_their_day() {
    let repo = history(20);
    let trial = json(&repo, &["backtest", "--all", "--horizon", "3d"]);
    let rows = Scan::new().rows(&repo, &["--horizon", "3d", "--depth", "text"]);
    let known = rows
        .iter()
        .filter(|row| row["feature_files"] != 0 && row["outcome_3d"].is_string());
    let known: Vec<_> = known.collect();
    assert!(known.len() > 5 && known.len() < rows.len());
    assert_eq!(trial["trial"]["forecasts"], known.len());
    let clean = known
        .iter()
        .filter(|row| row["git_clean_3d"] == true)
        .count();
    assert_eq!(trial["trial"]["happened"], clean);
    let bins = trial["trial"]["reliability"].as_array().unwrap();
    let in_bins: u64 = bins
        .iter()
        .map(|bin| bin["forecasts"].as_u64().unwrap())
        .sum();
    assert_eq!(in_bins, known.len() as u64);
    let schema =
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/schemas/backtest-1.json"));
    let schema: Value = serde_json::from_slice(&schema.unwrap()).unwrap();
    jsonschema::validator_for(&schema)
        .unwrap()
        .validate(&trial)
        .unwrap();
}

#[test]
fn an_audit_counts_the_lines_that_are_still_there() {
    let mut repo = Repo::new();
    repo.commit(&[("a.c", "int a(void)\n{\n    return 0;\n}\n")]);
    let body: String = (0..8).map(|at| format!("    use({at});\n")).collect();
    let file = format!("int b(void)\n{{\n{body}    return 1;\n}}\n");
    repo.write("b.c", &file);
    let disclosed = repo.commit_all("b\n\nAssisted-by: Claude\n").to_string();
    // Others' lines above and instead of its own; a line of theirs that reads like one of its own is not its own.
    let file = file.replace("return 1", "return 2");
    repo.commit(&[("b.c", &format!("int c;\n\n{file}\nint d(void)\n{{\n}}\n"))]);
    let audit = json(&repo, &["audit"]);
    let schema =
        fs::read(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/schemas/audit-1.json"));
    let schema: Value = serde_json::from_slice(&schema.unwrap()).unwrap();
    jsonschema::validator_for(&schema)
        .unwrap()
        .validate(&audit)
        .unwrap();
    assert_eq!(audit["commits"], 3);
    let rows = audit["disclosed"].as_array().unwrap();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["commit"], disclosed);
    assert_eq!(
        (&rows[0]["added"], &rows[0]["alive"]),
        (&12.into(), &11.into())
    );
    let plan = json(&repo, &["plan", &disclosed]);
    assert_eq!(rows[0]["outcome"], plan["outcome"]);

    repo.git(["mv", "b.c", "renamed.c"]);
    repo.commit_all("rename");
    let file = &json(&repo, &["audit", "--depth", "text"])["disclosed"][0]["files"][0];
    assert_eq!(
        (&file["path"], &file["path_at"]),
        (&"b.c".into(), &"renamed.c".into())
    );
    assert_eq!(file["alive"], 11);
    repo.remove("renamed.c");
    repo.commit_all("gone");
    let file = &json(&repo, &["audit", "--depth", "text"])["disclosed"][0]["files"][0];
    assert_eq!(
        (&file["path_at"], &file["alive"]),
        (&Value::Null, &0.into())
    );
}
