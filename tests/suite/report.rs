//! Every JSON form against its schema: what the types can say is valid, and a key too many or too few is not.

use backout::change::{Change, ChangeId, Person};
use backout::policy::file::Policy;
use backout::policy::judge::{self, Evidence, Measures, Presumption};
use backout::policy::trailers::MessageForm;
use backout::report::diff::{
    DependentRow, DiffReport, ImpactReport, StartingRow, SymbolDiffRow, TokenCounts,
};
use backout::report::plan::{
    BuildConflictRow, CascadeRow, ConflictRow, PlanAnswer, PlanReport, ResolvedRow,
};
use backout::report::text::{Colour, Layout, check, plan};
use backout::report::{
    Assessment, CategoryRow, ContributionRow, FileRow, ImpactRow, ImpactSummary, Report,
    Repository, ScoreRow, Series, SeriesDependency, SurfaceRow, SymbolRow, schema,
};
use backout::report::{gitlab, html, junit, markdown, sarif};
use serde_json::{Value, json};

const COMMIT: &str = "c25df57ae8f9fe1c72eee2dab37d76d904ac382e";

fn valid(form: &str, value: &Value) -> bool {
    let (_, text) = schema::ALL.iter().find(|(name, _)| *name == form).unwrap();
    let schema: Value = serde_json::from_str(text).unwrap();
    jsonschema::validator_for(&schema).unwrap().is_valid(value)
}

/// Checks the value, and that a key more, or any top-level key less, is refused.
fn hold_to(form: &str, value: &Value) {
    let (_, text) = schema::ALL.iter().find(|(name, _)| *name == form).unwrap();
    let schema: Value = serde_json::from_str(text).unwrap();
    jsonschema::meta::validate(&schema).unwrap();
    if let Err(error) = jsonschema::validator_for(&schema).unwrap().validate(value) {
        panic!("{form}: {error} at {}", error.instance_path());
    }
    let mut more = value.clone();
    more["surplus"] = json!(1);
    assert!(!valid(form, &more));
    for key in value.as_object().unwrap().keys() {
        let mut less = value.clone();
        less.as_object_mut().unwrap().remove(key);
        assert!(!valid(form, &less), "{form} without {key}");
    }
}

/// A report in which every list has an element.
pub(crate) fn full_report() -> Report {
    let change = Change {
        id: ChangeId::Staged,
        subject: "hw: fix it".to_owned(),
        message: "hw: fix it\n\nAssisted-by: Claude Opus 4.6\n".to_owned(),
        author: Person::default(),
        committer: Person::default(),
        parents: Vec::new(),
        files: Vec::new(),
        notes: Vec::new(),
    };
    let policy = Policy::compiled_in("qemu/in-force").unwrap();
    let evidence = Evidence {
        change: &change,
        form: MessageForm::Commit,
        measures: Measures::default(),
        maintainers: None,
        presumption: Presumption::AsWritten,
    };
    let judgement = judge::of(&policy, &evidence);
    let judged = assessment().judged(judgement, vec!["a note".to_owned()]);
    let series = Series {
        order: vec![COMMIT.to_owned()],
        depends: vec![SeriesDependency {
            from: COMMIT.to_owned(),
            to: "staged".to_owned(),
            because: vec!["calls ide_reset".to_owned()],
        }],
    };
    let repo = Repository {
        name: "qemu".to_owned(),
        at: Some(COMMIT.to_owned()),
    };
    Report::new(repo, vec![judged], series)
}

fn assessment() -> Assessment {
    Assessment {
        id: COMMIT.to_owned(),
        subject: "hw: fix it".to_owned(),
        author_date: "2026-05-29T09:46:19+02:00".to_owned(),
        files: vec![FileRow {
            path: "hw/ide/core.c".to_owned(),
            from: None,
            status: "modified",
            added: 3,
            deleted: 1,
        }],
        category: CategoryRow {
            name: "small-fix",
            evidence: vec!["3 lines of code added, at most 20".to_owned()],
        },
        symbols: vec![SymbolRow {
            name: "ide_reset".to_owned(),
            kind: "function".to_owned(),
            change: "body".to_owned(),
            file: "hw/ide/core.c".to_owned(),
            line: 12,
            linkage: "external".to_owned(),
        }],
        surface: vec![SurfaceRow {
            symbol: "ide_reset_all".to_owned(),
            kind: "function".to_owned(),
            irreversible: false,
        }],
        impact: ImpactSummary {
            starting: 1,
            direct: 2,
            estimated: 12,
            weighted: 3.25,
            files: 4,
            top: vec![ImpactRow {
                symbol: "ide_bus_reset".to_owned(),
                file: "hw/ide/core.c".to_owned(),
                line: 99,
                distance: 1,
                via: "call of ide_reset".to_owned(),
            }],
        },
        score: score(),
    }
}

fn score() -> ScoreRow {
    let contribution = |feature: &str, value, log_odds| ContributionRow {
        feature: feature.to_owned(),
        value,
        log_odds,
    };
    ScoreRow {
        value: 73.1,
        probability: 0.731,
        with_series: None,
        free_of_series: Some(true),
        band: [0.6, 0.8],
        horizon_days: 365,
        model: "test@1".to_owned(),
        contributions: vec![
            contribution("baseline", 1.0, 1.5),
            contribution("lines added", 3.0, -0.5),
        ],
    }
}

#[test]
fn a_report_is_valid() {
    hold_to(
        schema::REPORT,
        &serde_json::to_value(full_report()).unwrap(),
    );
}

fn full_plan() -> PlanReport {
    let commit = COMMIT.to_owned();
    PlanReport::new(PlanAnswer {
        commits: vec![commit.clone()],
        at: commit.clone(),
        depth: "cascade",
        outcome: "build-conflict",
        git_clean: true,
        conflicts: vec![ConflictRow {
            path: "a.c".to_owned(),
            kind: "content",
            hunks: 1,
            commits: vec![commit.clone()],
        }],
        build_conflicts: vec![BuildConflictRow {
            kind: "dangling",
            symbol: "f".to_owned(),
            path: "a.c".to_owned(),
            line: 3,
            because: "calls f, which the back-out removes".to_owned(),
            introduced_by: None,
        }],
        resolved: vec![ResolvedRow {
            path: "b.c".to_owned(),
            how: "both sides add an include".to_owned(),
        }],
        cascade: Some(vec![CascadeRow {
            commit: commit.clone(),
            subject: "use f".to_owned(),
            own_series: true,
            disclosed: false,
            because: vec!["calls f".to_owned()],
        }]),
        tree: Some(commit),
        notes: Vec::new(),
    })
}

#[test]
fn a_plan_is_valid() {
    let plan = full_plan();
    hold_to(schema::PLAN, &serde_json::to_value(&plan).unwrap());
    let unmeasured = PlanReport::new(PlanAnswer {
        cascade: None,
        tree: None,
        ..plan.answer
    });
    hold_to(schema::PLAN, &serde_json::to_value(unmeasured).unwrap());
}

#[test]
fn a_diff_is_valid() {
    let row = SymbolDiffRow {
        change: "renamed".to_owned(),
        kind: "member".to_owned(),
        name: "nb".to_owned(),
        parent: Some("BlockState".to_owned()),
        file: "block.c".to_owned(),
        line: 1,
        from: Some("count".to_owned()),
        tokens: TokenCounts {
            added: 1,
            removed: 1,
        },
    };
    let diff = DiffReport::new(COMMIT.to_owned(), "rename", vec![row], Vec::new());
    hold_to(schema::DIFF, &serde_json::to_value(diff).unwrap());
}

#[test]
fn an_impact_is_valid() {
    let starting = StartingRow {
        symbol: "f".to_owned(),
        kind: "function".to_owned(),
        file: "a.c".to_owned(),
        line: 1,
    };
    let dependent = DependentRow {
        symbol: "g".to_owned(),
        kind: "function".to_owned(),
        file: "b.c".to_owned(),
        line: 7,
        distance: 1,
        weight: 0.5,
        via: "call".to_owned(),
        path: vec!["g".to_owned(), "f".to_owned()],
    };
    let impact = ImpactReport::new(
        COMMIT.to_owned(),
        vec![starting],
        vec![dependent],
        Vec::new(),
    );
    hold_to(schema::IMPACT, &serde_json::to_value(impact).unwrap());
}

#[test]
fn the_page_of_a_check_says_the_verdict_first_and_adds_up() {
    let layout = Layout {
        width: 80,
        colour: Colour::None,
    };
    insta::assert_snapshot!("check_text", check::render(&full_report(), layout));
    let coloured = Layout {
        colour: Colour::Ansi,
        ..layout
    };
    let with_colour = check::render(&full_report(), coloured);
    assert!(with_colour.starts_with("\u{1b}["));
    assert_ne!(with_colour, check::render(&full_report(), layout));
}

#[test]
fn the_page_of_a_plan_names_every_place() {
    let layout = Layout {
        width: 80,
        colour: Colour::None,
    };
    insta::assert_snapshot!("plan_text", plan::render(&full_plan(), layout));
}

/// The full report with a subject that tries to break out of every format.
fn hostile_report() -> Report {
    let mut report = full_report();
    report.changes[0].assessment.subject =
        "<script>@all [x](http://y) | `z` & \"q\" ]]> \u{1b}[2J".to_owned();
    report
}

#[test]
fn sarif_has_what_its_readers_need() {
    let log: Value = serde_json::from_str(&sarif::render(&full_report())).unwrap();
    // The pattern of a run's language has a bracket too many, which some readers of patterns forgive.
    let schema = include_str!("../schemas/sarif-2.1.0.json").replace("{2}]?$", "{2}$");
    let schema: Value = serde_json::from_str(&schema).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    if let Err(error) = schema.validate(&log) {
        panic!("{error} at {}", error.instance_path());
    }
    let mut wrong = log.clone();
    wrong["runs"][0]["results"][0]["level"] = json!("bad");
    assert!(!schema.is_valid(&wrong));
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules = run["tool"]["driver"]["rules"].as_array().unwrap();
    let results = run["results"].as_array().unwrap();
    assert_eq!(
        results.len(),
        full_report().changes[0].policy.findings.len()
    );
    for result in results {
        let rule = &rules[usize::try_from(result["ruleIndex"].as_u64().unwrap()).unwrap()];
        assert_eq!(rule["id"], result["ruleId"]);
        assert!(["none", "note", "warning", "error"].contains(&result["level"].as_str().unwrap()));
        let is_question = result["kind"] == "review";
        assert_eq!(is_question, result["level"] == "none");
        let place = &result["locations"][0]["physicalLocation"];
        assert!(place["region"]["startLine"].as_u64().unwrap() >= 1);
        assert_eq!(place["artifactLocation"]["uri"], "hw/ide/core.c");
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
    }
}

#[test]
fn the_html_page_is_whole_and_loads_nothing() {
    let mut report = full_report();
    report.changes[0].assessment.subject = "<script>alert(1)</script> & \"x\"".to_owned();
    let page = html::render(&report);
    assert!(page.starts_with("<!doctype html>") && page.ends_with("</html>\n"));
    for wrong in ["<script", "src=", "http:", "url(", "\u{1}"] {
        assert!(!page.contains(wrong), "{wrong}");
    }
    assert!(page.contains("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;x&quot;"));
    for tag in ["table", "details", "tr", "td", "p", "span", "code"] {
        let count = |text: &str| page.matches(text).count();
        let opened = count(&format!("<{tag}>")) + count(&format!("<{tag} "));
        assert_eq!(opened, count(&format!("</{tag}>")), "{tag}");
    }
    for finding in &report.changes[0].policy.findings {
        assert!(page.contains(finding.code.code()));
    }
}

#[test]
fn gitlab_issues_have_stable_and_distinct_fingerprints() {
    let issues: Value = serde_json::from_str(&gitlab::render(&full_report())).unwrap();
    let issues = issues.as_array().unwrap();
    let mut prints: Vec<_> = issues
        .iter()
        .map(|issue| issue["fingerprint"].to_string())
        .collect();
    prints.sort();
    prints.dedup();
    assert_eq!(prints.len(), issues.len());
    assert!(
        issues
            .iter()
            .all(|issue| issue["location"]["lines"]["begin"].is_u64())
    );
    assert_eq!(
        gitlab::render(&full_report()),
        gitlab::render(&full_report())
    );
}

#[test]
fn no_subject_breaks_out_of_markdown_or_xml() {
    let comment = markdown::render(&hostile_report());
    assert!(
        !comment.contains("<script>") && !comment.contains("@all") && !comment.contains("[x](http")
    );
    assert!(comment.contains("**FAIL**") && comment.contains("Open questions"));
    let xml = junit::render(&hostile_report());
    assert!(!xml.contains("<script>") && !xml.contains('\u{1b}'));
    assert_eq!(
        xml.matches("<testcase").count(),
        xml.matches("</testcase>").count()
    );
    assert!(xml.contains("<failure message=") && xml.contains("<skipped message="));
}
