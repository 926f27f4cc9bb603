//! What the facts of C source are: every case of `fixtures/facts/`, one line a fact, against its `expected.snap`.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use backout::facts::{
    self, Definition, FileFacts, ItemFacts, Operand, PlacedFacts, Reference, Role, Slot,
};

fn operand(facts: &ItemFacts, of: &Operand) -> String {
    match of {
        Operand::Typed(name) => format!("<{}>", facts.name(*name)),
        Operand::Named(name) => facts.name(*name).to_owned(),
        Operand::CallOf(name, _) => format!("{}()", facts.name(*name)),
        Operand::MemberOf(inner, name) => {
            format!("{}.{}", operand(facts, inner), facts.name(*name))
        }
        Operand::PlaceOf(inner, place) => format!("{}#{place}", operand(facts, inner)),
        Operand::Parameter(number) => format!("${number}"),
        Operand::Unknown => "?".to_owned(),
    }
}

fn role(facts: &ItemFacts, reference: &Reference) -> String {
    let name = facts.name(reference.name);
    match &reference.role {
        Role::Call { arguments } => format!("call {name}/{arguments}"),
        Role::Value => format!("value {name}"),
        Role::Stored { owner, slot } => {
            let slot = match slot {
                Slot::Member(member) => format!(".{}", facts.name(*member)),
                Slot::Place(place) => format!("#{place}"),
            };
            format!("stored {name} in {}{slot}", operand(facts, owner))
        }
        Role::Type => format!("type {name}"),
        Role::Tag => format!("tag {name}"),
        Role::Member { owner } => format!("member {}.{name}", operand(facts, owner)),
        Role::MemberCall { owner, arguments } => {
            format!("member-call {}.{name}/{arguments}", operand(facts, owner))
        }
        Role::Include { brackets: true } => format!("include <{name}>"),
        Role::Include { brackets: false } => format!("include \"{name}\""),
        Role::Condition => format!("condition {name}"),
    }
}

fn definition(facts: &ItemFacts, it: &Definition) -> String {
    let form = format!("{:?} {:?}", it.form, it.kind).to_lowercase();
    let mut text = format!("{form} {}", facts.name(it.name));
    let mut add = |label: &str, id: Option<facts::NameId>| {
        if let Some(id) = id {
            let _ = write!(text, " {label} {}", facts.name(id));
        }
    };
    add("in", it.parent);
    add("of type", it.type_name);
    add("made by", it.made_by);
    if let Some(parameters) = it.parameters {
        let rest = if parameters.variadic { ", ..." } else { "" };
        let unchecked = if parameters.checked { "" } else { " unchecked" };
        let _ = write!(text, " ({}{rest}{unchecked})", parameters.count);
    }
    if it.dimensions > 0 {
        let _ = write!(text, " [{}]", it.dimensions);
    }
    if it.body.is_some() {
        text.push_str(" with body");
    }
    if it.linkage != facts::Linkage::None {
        let _ = write!(text, " {}", format!("{:?}", it.linkage).to_lowercase());
    }
    text
}

/// One line a fact, in file order: its line, what it is, the definition that it stands in.
fn rendered(file: &FileFacts) -> String {
    let mut lines = Vec::new();
    for placed in &file.items {
        lines.extend(of_item(file, placed));
    }
    let health = file.health();
    if health != backout::parse::ParseHealth::default() {
        lines.push(format!(
            "not understood: {} bytes in errors, {} missing",
            health.error_bytes, health.missing
        ));
    }
    lines.join("\n")
}

fn of_item(file: &FileFacts, placed: &PlacedFacts) -> Vec<String> {
    let facts = &placed.facts;
    let mut lines: Vec<_> = facts
        .definitions
        .iter()
        .map(|it| (it.name_span, 0, definition(facts, it)))
        .collect();
    lines.extend(facts.references.iter().map(|it| {
        let from = facts
            .enclosing(it)
            .map_or("-", |from| facts.name(from.name));
        (it.span, 1, format!("    {from}: {}", role(facts, it)))
    }));
    lines.sort();
    lines
        .into_iter()
        .map(|(span, _, text)| format!("{:>3} {text}", file.line(placed, span)))
        .collect()
}

#[test]
fn every_case_gives_its_facts() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/facts");
    let mut cases: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    assert!(cases.len() > 10);
    for case in cases {
        let facts = facts::of_source(&fs::read(case.join("input.c")).unwrap());
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(&case);
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!("expected", rendered(&facts)));
        // A case that is wrong today holds the answer it should give; when both meet, it is promoted.
        if let Ok(ideal) = fs::read(case.join("ideal.snap")) {
            assert_ne!(
                ideal,
                fs::read(case.join("expected.snap")).unwrap(),
                "{}",
                case.display()
            );
        }
    }
}
