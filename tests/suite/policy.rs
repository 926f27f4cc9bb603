//! Policies as a project meets them: the compiled-in ones read, typos are caught, changes are judged by the text's rules.

use std::sync::Arc;

use backout::category::{self, Category};
use backout::change::{Change, ChangeId, Content, FileChange, FileMode, FileSide, Person, hunks};
use backout::policy::error::PolicyError;
use backout::policy::file::{COMPILED_IN, Policy};
use backout::policy::generated;
use backout::policy::judge::{self, Evidence, Measures, Presumption};
use backout::policy::maintainers::Maintainers;
use backout::policy::trailers::MessageForm;
use backout::policy::{Judgement, Severity, Verdict, rule::Rule, show};
use backout::text::{BeforeAfter, FilePath};

pub(super) fn file(path: &str, before: Option<&str>, after: Option<&str>) -> FileChange {
    let side = |text: &str| FileSide {
        path: FilePath::from(path),
        mode: FileMode::Regular,
        blob: None,
        content: Content::Bytes(Arc::from(text.as_bytes())),
    };
    FileChange {
        hunks: hunks::between(BeforeAfter {
            before: before.unwrap_or_default().as_bytes(),
            after: after.unwrap_or_default().as_bytes(),
        }),
        sides: BeforeAfter {
            before: before.map(side),
            after: after.map(side),
        },
    }
}

pub(super) fn change(message: &str, files: Vec<FileChange>) -> Change {
    let author = Person {
        name: "Mary Author".to_owned(),
        email: "mary@example.org".to_owned(),
        seconds: 1_780_000_000, // 28 May 2026
        offset_minutes: 0,
    };
    Change {
        id: ChangeId::Staged,
        subject: message.lines().next().unwrap_or_default().to_owned(),
        message: message.to_owned(),
        committer: author.clone(),
        author,
        parents: Vec::new(),
        files,
        notes: Vec::new(),
    }
}

fn judged(policy: &str, change: &Change) -> Judgement {
    judged_with(policy, change, None)
}

pub(super) fn judged_with(
    policy: &str,
    change: &Change,
    maintainers: Option<&Maintainers>,
) -> Judgement {
    let policy = Policy::compiled_in(policy).unwrap();
    let evidence = Evidence {
        change,
        form: MessageForm::Commit,
        measures: Measures::default(),
        maintainers,
        presumption: Presumption::AsWritten,
    };
    judge::of(&policy, &evidence)
}

fn severity(judgement: &Judgement, rule: Rule) -> Option<Severity> {
    let finding = judgement.findings.iter().find(|found| found.code == rule);
    finding.map(|found| found.severity)
}

const SIGNED: &str = "Signed-off-by: Mary Author <mary@example.org>\n";

#[test]
fn every_compiled_in_policy_reads_and_lints() {
    for (name, _) in COMPILED_IN {
        let policy = Policy::compiled_in(name).unwrap_or_else(|error| panic!("{name}: {error}"));
        let problems = show::lint(&policy, &[]);
        let idle: Vec<_> = problems
            .iter()
            .filter(|text| text.contains("never fires"))
            .collect();
        assert!(idle.is_empty(), "{name}: {idle:?}");
        assert!(show::text(&policy).contains(&policy.summary));
    }
    assert!(Policy::compiled_in("qemu/proposed").is_ok());
    assert!(Policy::compiled_in("linux/first-form").is_ok());
}

#[test]
fn a_row_of_what_is_generated_speaks_of_what_its_entry_captures() {
    let row = |entry: &str, reads_as: &str| {
        let row = format!(
            "\n[[generated]]\nfiles = [\"*.list\"]\nsource = \"inferred\"\nentry = '{entry}'\nreads-as = \"{reads_as}\"\n"
        );
        Policy::from_toml(&(COMPILED_IN[0].1.to_owned() + &row), None)
    };
    let wrong = [
        row("(?P<name>[a-z]+)", "int <nmae>;").unwrap_err(),
        row("(?P<name>[a-z]+)", "int <name:loud>;").unwrap_err(),
        row("(?P<name>[a-z]+", "int <name>;").unwrap_err(),
    ];
    for error in wrong {
        assert!(matches!(error, PolicyError::Malformed { .. }), "{error:?}");
    }
    let policy = row(
        "(?m)^(?P<name>[A-Za-z0-9-]+)$",
        "int <name:name>, <name:words>;",
    )
    .unwrap();
    let read = |path: &str, text: &str| {
        let c = generated::as_c(&policy.generated, &FilePath::from(path), text.as_bytes())?;
        Some(String::from_utf8(c).unwrap())
    };
    assert_eq!(
        read("a.list", "# none\nfast-Unit2X\n\nONE").as_deref(),
        Some("\nint fast_Unit2X, FAST_UNIT2_X; \n\nint ONE, ONE; ")
    );
    assert_eq!(read("b/a.list", "one\n"), None);
}

#[test]
fn a_typo_gets_its_place_and_the_nearest_key() {
    let text = COMPILED_IN[0]
        .1
        .replace("default-profile", "defualt-profile");
    let error = Policy::from_toml(&text, None).unwrap_err();
    assert!(
        matches!(
            error,
            PolicyError::Malformed {
                line: 5,
                column: 1,
                ..
            }
        ),
        "{error:?}"
    );
    assert_eq!(
        error.hint().as_deref(),
        Some("did you mean default-profile?")
    );

    let text = COMPILED_IN[0].1.replace("score-low", "score-lo");
    let error = Policy::from_toml(&text, None).unwrap_err();
    assert_eq!(error.hint().as_deref(), Some("did you mean score-low?"));

    let error = Policy::compiled_in("qmeu").unwrap_err();
    assert_eq!(error.hint().as_deref(), Some("did you mean qemu?"));
    let error = Policy::compiled_in("qemu/propsed").unwrap_err();
    assert_eq!(error.hint().as_deref(), Some("did you mean proposed?"));
}

#[test]
fn qemu_in_force_declines_what_is_disclosed_and_says_nothing_of_the_rest() {
    let files = || vec![file("hw/ide/core.c", Some("int a;\n"), Some("int b;\n"))];
    let disclosed = change(&format!("hw: fix\n\nAI-used-for: code\n{SIGNED}"), files());
    let judgement = judged("qemu", &disclosed);
    assert_eq!(judgement.profile, "qemu/in-force");
    assert_eq!(judgement.verdict, Verdict::Fail);
    assert_eq!(severity(&judgement, Rule::AiContent), Some(Severity::Deny));

    let silent = judged("qemu", &change(&format!("hw: fix\n\n{SIGNED}"), files()));
    assert_eq!(silent.verdict, Verdict::Pass);
    assert_eq!(severity(&silent, Rule::NoDisclosure), Some(Severity::Info));
}

#[test]
fn qemu_proposed_takes_a_small_fix_of_a_leaf_and_not_of_core() {
    let message = format!("hw: fix\n\nFixes: 123456789012 (\"x\")\nAI-used-for: code\n{SIGNED}");
    let leaf = file("hw/ide/core.c", Some("int a;\n"), Some("int b;\n"));
    let judgement = judged("qemu/proposed", &change(&message, vec![leaf]));
    assert_eq!(judgement.verdict, Verdict::Pass, "{judgement:#?}");
    assert!(
        judgement
            .notes
            .iter()
            .any(|note| note.contains("is a proposal"))
    );
    assert_eq!(
        severity(&judgement, Rule::HumanMessage),
        Some(Severity::Human)
    );

    let core = || file("util/osdep.c", Some("int a;\n"), Some("int b;\n"));
    let judgement = judged("qemu/proposed", &change(&message, vec![core()]));
    assert_eq!(
        severity(&judgement, Rule::CoreApproval),
        Some(Severity::Deny)
    );

    let own = message.replace(
        "AI-used",
        "Acked-by: Mary Author <mary@example.org>\nAI-used",
    );
    let judgement = judged("qemu/proposed", &change(&own, vec![core()]));
    assert_eq!(
        severity(&judgement, Rule::CoreApproval),
        Some(Severity::Deny)
    );

    let acked = message.replace("AI-used", "Acked-by: A Maintainer <m@example.org>\nAI-used");
    let judgement = judged("qemu/proposed", &change(&acked, vec![core()]));
    assert_eq!(severity(&judgement, Rule::CoreApproval), None);
}

#[test]
fn the_cap_counts_code_without_comments_blanks_and_tests() {
    let lines = |count: usize| {
        (0..count)
            .map(|at| format!("int v{at};\n"))
            .collect::<String>()
    };
    let message = format!("hw: fix\n\nFixes: 123456789012 (\"x\")\nAI-used-for: code\n{SIGNED}");
    let with = |code: usize| {
        let after = format!(
            "int a;\n/* a\n * long\n * comment\n */\n\n\n{}",
            lines(code)
        );
        let files = vec![
            file("hw/ide/core.c", Some("int a;\n"), Some(&after)),
            file("tests/qtest/x.c", Some("int a;\n"), Some(&lines(100))),
        ];
        judged("qemu/proposed", &change(&message, files))
    };
    assert_eq!(severity(&with(20), Rule::CategoryNotAdmitted), None);
    assert_eq!(
        severity(&with(21), Rule::CategoryNotAdmitted),
        Some(Severity::Deny)
    );
}

#[test]
fn an_unknown_word_warns_and_a_named_tool_too() {
    let message = |value: &str| format!("docs: x\n\nAI-used-for: {value}\n{SIGNED}");
    let docs = || vec![file("docs/a.rst", Some("a\n"), Some("b\n"))];
    let of = |value: &str| judged("qemu/proposed", &change(&message(value), docs()));
    let free = of("collecting comments and updating patch");
    assert_eq!(
        severity(&free, Rule::DisclosureGrammar),
        Some(Severity::Warn)
    );
    assert_eq!(severity(&of("docs"), Rule::DisclosureGrammar), None);
    assert_eq!(
        severity(&of("code (refactoring), docs"), Rule::DisclosureGrammar),
        None
    );
    assert_eq!(severity(&of("docs"), Rule::DisclosureNames), None);
    assert_eq!(
        severity(&of("docs (Claude)"), Rule::DisclosureNames),
        Some(Severity::Warn)
    );
    assert_eq!(
        severity(&of("tests"), Rule::DisclosureScope),
        Some(Severity::Warn)
    );
}

#[test]
fn linux_takes_the_form_of_the_day() {
    let grammar = |value: &str, seconds| {
        let mut change = change(
            &format!("x: y\n\nAssisted-by: {value}\n{SIGNED}"),
            vec![file("drivers/a.c", Some("int a;\n"), Some("int b;\n"))],
        );
        change.author.seconds = seconds;
        severity(&judged("linux", &change), Rule::DisclosureGrammar)
    };
    let (may, october) = (1_778_000_000, 1_791_000_000);
    assert_eq!(grammar("Claude:claude-opus-4-6", may), None);
    assert_eq!(
        grammar("Claude:claude-opus-4-6", october),
        Some(Severity::Warn)
    );
    assert_eq!(grammar("LLM coccinelle", october), None);
    assert_eq!(grammar("LLM", may), Some(Severity::Warn));
    assert_eq!(grammar("Claude Code:GLM-5.2", may), Some(Severity::Warn));
}

#[test]
fn a_line_of_migration_state_is_irreversible_wherever_it_stands() {
    let before = "static int a;\n";
    let after = "static int a;\nVMSTATE_UINT32(x, S),\n";
    let message = format!("hw: x\n\nAI-used-for: code\n{SIGNED}");
    let files = vec![file("hw/ide/core.c", Some(before), Some(after))];
    let judgement = judged("qemu/proposed", &change(&message, files));
    let finding = judgement
        .findings
        .iter()
        .find(|finding| finding.code == Rule::IrreversibleSurface)
        .unwrap();
    assert_eq!(finding.path.as_deref(), Some("hw/ide/core.c"));
    assert_eq!(finding.line, Some(2));
}

#[test]
fn a_rename_meets_the_zones_of_both_paths() {
    let mut renamed = file("util/a.c", Some("int a;\n"), Some("int a;\n"));
    renamed.sides.after.as_mut().unwrap().path = FilePath::from("tests/a.c");
    let message = format!("x: y\n\nAI-used-for: tests\n{SIGNED}");
    let judgement = judged("qemu/proposed", &change(&message, vec![renamed]));
    assert_eq!(
        severity(&judgement, Rule::CoreApproval),
        Some(Severity::Deny)
    );
}

#[test]
fn sign_offs_name_the_author_first() {
    let files = || vec![file("hw/a.c", Some("int a;\n"), Some("int b;\n"))];
    let rule = |block: &str, rule| {
        let judgement = judged("qemu", &change(&format!("hw: x\n\n{block}"), files()));
        severity(&judgement, rule)
    };
    let other = "Signed-off-by: Other <o@example.org>\n";
    assert_eq!(
        rule("no trailer\n", Rule::SignOffMissing),
        Some(Severity::Deny)
    );
    assert_eq!(rule(SIGNED, Rule::SignOffMissing), None);
    assert_eq!(rule(other, Rule::SignOffAuthor), Some(Severity::Warn));
    let late = format!("{other}{SIGNED}");
    assert_eq!(rule(&late, Rule::SignOffOrder), Some(Severity::Info));
    assert_eq!(rule(&format!("{SIGNED}{other}"), Rule::SignOffOrder), None);
    let bot = format!("{SIGNED}Signed-off-by: Claude <noreply@anthropic.com>\n");
    assert_eq!(rule(&bot, Rule::AiIdentity), Some(Severity::Deny));
}

#[test]
fn categories_go_by_paths_and_tokens() {
    let category = |files: Vec<FileChange>| {
        category::of(
            &change("", files),
            &category::usual_kind,
            Default::default(),
        )
        .category
    };
    let c = |before, after| file("a.c", Some(before), Some(after));
    assert_eq!(
        category(vec![c("int  a;\n", "int a;\n")]),
        Category::WhitespaceOnly
    );
    assert_eq!(
        category(vec![c("int a; /* x */\n", "int a; /* y */\n")]),
        Category::CommentOnly
    );
    assert_eq!(
        category(vec![c("int a; /* x */\n", "int b; /* y */\n")]),
        Category::SmallFix
    );
    assert_eq!(
        category(vec![file("Makefile", Some("# a\n"), Some("# b\n"))]),
        Category::SmallFix
    );
    assert_eq!(
        category(vec![file("docs/x.rst", None, Some("a\n"))]),
        Category::Docs
    );
    assert_eq!(
        category(vec![file("tests/x.c", None, Some("a\n"))]),
        Category::Tests
    );
    assert_eq!(
        category(vec![file("x.c", None, Some("int a;\n"))]),
        Category::Other
    );
    assert_eq!(category(Vec::new()), Category::Other);
}

#[test]
fn lint_finds_globs_without_effect() {
    let policy = Policy::compiled_in("generic").unwrap();
    let paths = [FilePath::from("tests/a.md"), FilePath::from("src/a.c")];
    let problems = show::lint(&policy, &paths);
    let says = |what: &str| problems.iter().any(|problem| problem.contains(what));
    assert!(says("earlier zone takes every file that **/*.md matches"));
    assert!(says("unit/** matches no file"));
    assert!(!says("tests/** matches"));
    let explained = show::explain(&policy, &paths[0]);
    assert!(
        explained.contains("zone tests") && explained.contains("also matched, later: zone docs")
    );
}

#[test]
fn few_rules_that_say_a_change_make_it_mechanical() {
    let of = |files: &[(&str, &str)]| {
        let files = files.iter().enumerate();
        let files =
            files.map(|(at, (before, after))| file(&format!("f{at}.c"), Some(before), Some(after)));
        category::of(
            &change("", files.collect()),
            &category::usual_kind,
            Default::default(),
        )
    };
    let renamed = of(&[
        (
            "int a;\nvoid f(void) { old(1); }\n",
            "int a;\nvoid f(void) { fresh(1); }\n",
        ),
        ("int b = old(2); /* x */\n", "int b = fresh(2); /* y */\n"),
    ]);
    assert_eq!(renamed.category, Category::Mechanical);
    assert_eq!(
        renamed.evidence[1],
        "rule `old` -> `fresh`, 2 instances in 2 files"
    );
    // The near misses: a few alike in one file, which are in many a fix.
    let operands = of(&[(
        "int b = f(old, 1);\nint a;\nint c = f(old, 2);\nint e;\nint d = f(old, 3);\n",
        "int b = f(fresh, 1);\nint a;\nint c = f(fresh, 2);\nint e;\nint d = f(fresh, 3);\n",
    )]);
    assert_eq!(operands.category, Category::SmallFix, "{operands:?}");

    let argument = of(&[
        ("int a = f(x);\n", "int a = f(x, NULL);\n"),
        ("int b = f(y, g(z));\n", "int b = f(y, g(z), NULL);\n"),
    ]);
    assert_eq!(argument.category, Category::Mechanical, "{argument:?}");
    assert_eq!(
        argument.evidence[1],
        "rule `f(...)` -> `f(... , NULL ...)`, 2 instances in 2 files"
    );

    let statement = of(&[
        (
            "void f(void) { p = g_malloc(sizeof(Foo)); }\n",
            "void f(void) { p = g_new(Foo, 1); }\n",
        ),
        (
            "void f(void) { q = g_malloc(sizeof(struct Bar)); }\n",
            "void f(void) { q = g_new(struct Bar, 1); }\n",
        ),
    ]);
    assert_eq!(statement.category, Category::Mechanical, "{statement:?}");

    let names = "get put free new x";
    let uses = |prefix: &str| -> String {
        let names = names.split(' ');
        names
            .map(|name| format!("int {name} = {prefix}_lock_{name};\n"))
            .collect()
    };
    let prefix = of(&[
        (&uses("qemu"), &uses("io")),
        ("int a = qemu_lock_a;\n", "int a = io_lock_a;\n"),
    ]);
    assert_eq!(prefix.category, Category::Mechanical, "{prefix:?}");
    assert!(
        prefix.evidence[1].contains("`qemu_$2` -> `io_$2`"),
        "{prefix:?}"
    );

    let mut many: String = (0..30).map(|at| format!("int v{at} = old();\n")).collect();
    let rewritten = many.replace("old", "fresh");
    many.push_str("int odd;\n");
    let odd = of(&[(&many, &(rewritten + "long odd = 7;\n"))]);
    assert_eq!(odd.category, Category::Mechanical, "{odd:?}");
    assert_eq!(odd.evidence[0], "1 rule covers 30 of 32 edits");
    assert_eq!(odd.evidence[2], "odd: f0.c:31, f0.c:31");
}

#[test]
fn a_rewrite_may_show_itself_in_one_place() {
    let of = |before: &str, after: &str| {
        let body = |text: &str| format!("void f(void)\n{{\n    {text}\n}}\n");
        let files = vec![file("a.c", Some(&body(before)), Some(&body(after)))];
        category::of(
            &change("", files),
            &category::usual_kind,
            Default::default(),
        )
    };
    let rewrites = [
        ("n = (x + SIZE - 1) / SIZE;", "n = DIV_ROUND_UP(x, SIZE);"),
        ("put(d, key, string(s));", "put_string(d, key, s);"),
        ("p = g_malloc(sizeof(Foo) * n);", "p = g_new(Foo, n);"),
        ("init_ram(m, s);\n    set_readonly(m);", "init_rom(m, s);"),
        ("write(f, (void *)buffer, n);", "write(f, buffer, n);"),
        ("n = ((DIV(x, 4)));", "n = DIV(x, 4);"),
        ("if (p != NULL) {\n        drop(p);\n    }", "drop(p);"),
        ("int ret = g(x);\n    return ret;", "return g(x);"),
        ("error(errp, \"no disk\\n\");", "error(errp, \"no disk\");"),
    ];
    for (before, after) in rewrites {
        let found = of(before, after);
        assert_eq!(found.category, Category::Mechanical, "{before}: {found:?}");
    }
    let found = of(rewrites[1].0, rewrites[1].1);
    assert_eq!(
        found.evidence,
        [
            "calls replaced in 1 hunk",
            "rule `put($1, $2, string($3));` -> `put_string($1, $2, $3);`, 1 instance in 1 file"
        ]
    );
    // The near misses: what fixes do.
    for (before, after) in [
        ("n = x;", "n = ALIGN(x);"),
        ("put(d, key);", "put_other(d, key, fresh);"),
        (
            "put(d, key);",
            "if (d) {\n        put_other(d, key);\n    }",
        ),
        ("put(d, key);", "put_key(d, key);"),
        ("put(d, key);", "put(key, d);"),
        ("if (x < 3) {\n        drop(p);\n    }", "drop(p);"),
        ("n = a * (b + c);", "n = a * b;"),
        ("error(errp, \"no disk\");", "error(errp, \"no file\");"),
        ("one(x);\n    two(y);", "two(y);\n    one(x);"),
    ] {
        let found = of(before, after);
        assert_eq!(found.category, Category::SmallFix, "{before}: {found:?}");
    }
}

#[test]
fn includes_that_go_are_mechanical_and_those_that_come_are_not() {
    let of = |before: &str, after: &str| {
        let files = vec![file("a.c", Some(before), Some(after))];
        category::of(
            &change("", files),
            &category::usual_kind,
            Default::default(),
        )
        .category
    };
    let (with, without) = ("#include \"a.h\"\n#include \"b.h\"\n", "#include \"a.h\"\n");
    assert_eq!(of(with, without), Category::Mechanical);
    assert_eq!(of(without, with), Category::SmallFix);
}

#[test]
fn instances_may_differ_in_their_operands() {
    let site = |x: &str, env: &str| {
        let body = |text: &str| format!("void f(CPU *{x})\n{{\n    {text}\n}}\n");
        let before = body(&format!("A *cpu = A_CPU({x}); E *{env} = &cpu->env;"));
        (before, body(&format!("E *{env} = cpu_env({x});")))
    };
    let sites = [site("cs", "env"), site("c", "e"), site("other", "state")];
    let files = sites
        .iter()
        .enumerate()
        .map(|(at, (before, after))| file(&format!("f{at}.c"), Some(before), Some(after)));
    let found = category::of(
        &change("", files.collect()),
        &category::usual_kind,
        Default::default(),
    );
    assert_eq!(found.category, Category::Mechanical, "{found:?}");
    assert!(
        found.evidence[1].contains("3 instances in 3 files"),
        "{found:?}"
    );
}

#[test]
fn code_that_only_moved_to_another_file_is_mechanical() {
    let lines: String = (0..12).map(|at| format!("int value_{at};\n")).collect();
    let of = |files: Vec<_>| {
        category::of(
            &change("", files),
            &category::usual_kind,
            Default::default(),
        )
        .category
    };
    let moved = format!("#include \"x.h\"\n{lines}");
    let files = vec![
        file(
            "a.c",
            Some(&format!("int stays;\n{lines}")),
            Some("int stays;\n"),
        ),
        file("b.c", None, Some(&moved)),
    ];
    assert_eq!(of(files), Category::Mechanical);
    // The near misses: copied, and moved within the file.
    let copied = vec![
        file("a.c", Some(&lines), Some(&lines)),
        file("b.c", None, Some(&moved)),
    ];
    assert_eq!(of(copied), Category::Other);
    let within = file(
        "a.c",
        Some(&format!("{lines}int one;\nint two;\n")),
        Some(&format!("int one;\nint two;\n{lines}")),
    );
    assert_ne!(of(vec![within]), Category::Mechanical);
}

#[test]
fn blanks_at_the_ends_of_lines_are_white_space_anywhere() {
    let of = |before: &str, after: &str| {
        let change = change("", vec![file("x.py", Some(before), Some(after))]);
        category::of(&change, &category::usual_kind, Default::default()).category
    };
    assert_eq!(
        of("if x:  \n    y\n", "if x:\n    y\n"),
        Category::WhitespaceOnly
    );
    assert_eq!(of("if x:\n    y\n", "if x:\n  y\n"), Category::SmallFix);
}
