//! MAINTAINERS in its dialects, and whose agreement a change lacks.

use backout::policy::file::Policy;
use backout::policy::maintainers::{self, Dialect, Mailmap, Maintainers, Subject};
use backout::policy::rule::Rule;
use backout::policy::{Finding, Verdict};
use backout::text::FilePath;

use super::policy::{change, file, judged_with};

const TREE: &str = "\
Maintainers of this tree
\tM: how a line looks, not one

Network devices
M: Nina Net <nina@example.org>
R: Rita Review <rita@example.org>
L: net@example.org
S: Maintained
F: hw/net/
X: hw/net/old.c

E1000
M: Ewan Card <ewan@example.org>, Egon Card <egon@example.org>
S: Odd Fixes
F: hw/net/e1000*

Words
R: Kate Word <kate@example.org>
S: Maintained
K: \\bmagic_word\\b

Orphans
S: Orphan
F: hw/net/e1000_old.c

THE REST
M: Boss <boss@example.org>
S: Supported
F: *
F: */
V: xen-maintainers-1
";

fn tree(dialect: Option<Dialect>) -> Maintainers {
    let mailmap = Mailmap::read("Nina Net <nina@example.com> <nina@example.org>\n");
    maintainers::read(&[TREE.to_owned()], mailmap, dialect, &|_| false)
}

fn people(tree: &Maintainers, path: &str, text: Option<&str>) -> Vec<String> {
    let path = FilePath::from(path);
    let people = tree.people_of(&Subject { path: &path, text });
    people
        .iter()
        .map(|person| person.mailbox.to_string())
        .collect()
}

#[test]
fn xen_names_a_person_once_for_each_spelling() {
    let text = "ARM\nM: V Babchuk <v_babchuk@example.org>\nF: arch/\n\nTEE\n\
        M: V Babchuk <V_Babchuk@example.org>\nM: V Babchuk <v_babchuk@example.org>\nF: arch/tee/\n";
    let of = |dialect| {
        let tree = maintainers::read(
            &[text.to_owned()],
            Mailmap::default(),
            Some(dialect),
            &|_| true,
        );
        people(&tree, "arch/tee/ffa.c", None)
    };
    assert_eq!(
        of(Dialect::Xen),
        [
            "V Babchuk <V_Babchuk@example.org>",
            "V Babchuk <v_babchuk@example.org>",
        ]
    );
    assert_eq!(of(Dialect::Linux), ["V Babchuk <V_Babchuk@example.org>"]);
}

#[test]
fn the_deepest_section_comes_first_and_an_exception_takes_a_file_out() {
    let tree = tree(Some(Dialect::Qemu));
    assert_eq!(
        people(&tree, "hw/net/e1000.c", None),
        [
            "Ewan Card <ewan@example.org>",
            "Egon Card <egon@example.org>",
            "Nina Net <nina@example.com>",
            "Rita Review <rita@example.org>",
            "net@example.org",
            "Boss <boss@example.org>",
        ]
    );
    assert_eq!(
        people(&tree, "hw/net/old.c", None),
        ["Boss <boss@example.org>"]
    );
}

#[test]
fn a_keyword_brings_its_section_and_needs_no_path() {
    let tree = tree(Some(Dialect::Linux));
    let found = people(&tree, "README", Some("a magic_word here"));
    assert_eq!(
        found,
        ["Boss <boss@example.org>", "Kate Word <kate@example.org>"]
    );
    assert_eq!(
        people(&tree, "README", Some("magic_words")),
        ["Boss <boss@example.org>"]
    );
}

#[test]
fn xen_asks_the_rest_only_where_nobody_else_is() {
    let tree = tree(None); // Told by its `V:` line.
    assert!(!people(&tree, "hw/net/x.c", None).contains(&"Boss <boss@example.org>".to_owned()));
    assert_eq!(people(&tree, "README", None), ["Boss <boss@example.org>"]);
}

#[test]
fn addresses_inside_yaml_count_for_linux() {
    let linux = tree(Some(Dialect::Linux));
    let text = "maintainers:\n  - Yann Binding <yann@example.org>\n";
    let found = people(&linux, "doc/x.yaml", Some(text));
    assert_eq!(
        found,
        ["Boss <boss@example.org>", "Yann Binding <yann@example.org>"]
    );
    let qemu = tree(Some(Dialect::Qemu));
    assert_eq!(
        people(&qemu, "doc/x.yaml", Some(text)),
        ["Boss <boss@example.org>"]
    );
}

fn finding(message: &str, path: &str) -> Option<Finding> {
    let change = change(
        message,
        vec![file(path, Some("int a;\n"), Some("int b;\n"))],
    );
    let judgement = judged_with("xen", &change, Some(&tree(None)));
    let mut found = judgement.findings.into_iter();
    found.find(|finding| finding.code == Rule::AgreementMissing)
}

const SIGNED: &str = "Signed-off-by: Mary Author <mary@example.org>\n";

#[test]
fn one_maintainer_of_the_most_specific_section_is_enough_and_needed() {
    let with = |trailer: &str| finding(&format!("s\n\n{SIGNED}{trailer}\n"), "hw/net/e1000.c");
    assert!(with("Acked-by: Egon Card <egon@example.org>").is_none());
    assert!(with("Signed-off-by: Ewan Card <ewan@elsewhere.org>").is_none());
    for not_enough in [
        "Acked-by: Nina Net <nina@example.org>",
        "Reviewed-by: Rita Review <rita@example.org>",
        "Tested-by: Egon Card <egon@example.org>",
    ] {
        let finding = with(not_enough).unwrap();
        assert!(finding.message.contains("Ewan Card"), "{}", finding.message);
        assert!(!finding.message.contains("Nina"), "{}", finding.message);
    }
}

#[test]
fn a_section_without_maintainer_falls_to_the_next() {
    let finding = finding(&format!("s\n\n{SIGNED}"), "hw/net/e1000_old.c").unwrap();
    assert!(finding.message.contains("E1000"), "{}", finding.message);
}

#[test]
fn a_maintainer_who_is_the_author_needs_somebody_else() {
    let tree = TREE.replace(
        "Ewan Card <ewan@example.org>",
        "Mary Author <mary@example.org>",
    );
    let tree = maintainers::read(&[tree], Mailmap::default(), None, &|_| false);
    let judged = |trailer: &str| {
        let file = file("hw/net/e1000.c", Some("int a;\n"), Some("int b;\n"));
        let change = change(&format!("s\n\n{SIGNED}{trailer}\n"), vec![file]);
        judged_with("xen", &change, Some(&tree))
    };
    let has = |judgement: &backout::policy::Judgement, rule| {
        judgement
            .findings
            .iter()
            .any(|finding| finding.code == rule)
    };
    let own = judged("Acked-by: Mary Author <mary@example.org>");
    assert!(has(&own, Rule::AgreementMissing) && has(&own, Rule::SelfApproval));
    assert_eq!(own.verdict, Verdict::Warn);
    let reviewed = judged("Reviewed-by: Anybody Else <any@example.org>");
    assert!(!has(&reviewed, Rule::AgreementMissing) && !has(&reviewed, Rule::SelfApproval));
}

#[test]
fn core_code_asks_for_a_maintainer_of_the_file() {
    let change = |trailer: &str| {
        let message = format!("s\n\nAI-used-for: code\nFixes: 0\n{trailer}\n{SIGNED}");
        change(
            &message,
            vec![file("util/a.c", Some("int a;\n"), Some("int b;\n"))],
        )
    };
    let tree = maintainers::read(
        &["Util\nM: Uma Util <uma@example.org>\nF: util/\n".to_owned()],
        Mailmap::default(),
        None,
        &|_| false,
    );
    let denied = |trailer: &str| {
        let judgement = judged_with("qemu/proposed", &change(trailer), Some(&tree));
        let mut findings = judgement.findings.into_iter();
        findings.any(|finding| finding.code == Rule::CoreApproval)
    };
    assert!(denied("Acked-by: Somebody Else <else@example.org>"));
    assert!(!denied("Acked-by: Uma Util <uma@example.org>"));
}

#[test]
fn maintainers_are_read_again_where_file_mailmap_or_directories_differ() {
    use backout::load::maintainers::{Memo, at};
    let mut repo = crate::support::Repo::new();
    let file = "NET\nM: A <a@x>\nF: net\n";
    let commits = [
        repo.commit(&[("a.c", "int a;\n")]),
        repo.commit(&[("MAINTAINERS", file), ("net", "no directory")]),
        repo.commit(&[("a.c", "int b;\n")]),
        repo.commit(&[(".mailmap", "B <b@x> A <a@x>\n")]),
        {
            repo.git(["rm", "--quiet", "net"]);
            repo.commit(&[("net/a.c", "int n;\n")])
        },
        repo.commit(&[("MAINTAINERS", "NET\nM: C <c@x>\nF: net\n")]),
    ];
    let handle = repo.open();
    let policy = Policy::compiled_in("generic").unwrap();
    let memo = Memo::default();
    let mut said = std::collections::BTreeSet::new();
    for commit in commits.iter().chain(commits.iter().rev()) {
        let fresh = at(&handle, *commit, &policy.maintainers).unwrap();
        let known = memo.at(&handle, *commit, &policy.maintainers).unwrap();
        assert_eq!(format!("{known:?}"), format!("{fresh:?}"));
        said.insert(format!("{fresh:?}"));
    }
    assert_eq!(said.len(), 5);
}
