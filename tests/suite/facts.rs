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

/// What an outline must say of an item: all definitions but the objects, typedefs and prototypes inside functions.
fn outline(facts: &ItemFacts) -> Vec<String> {
    let inside = |it: &Definition| {
        let mut within = it.within;
        while let Some(outer) = within.map(|at| &facts.definitions[at as usize]) {
            if outer.kind == facts::SymbolKind::Function {
                return true;
            }
            within = outer.within;
        }
        false
    };
    let local = |it: &Definition| {
        let hidden = [
            facts::SymbolKind::Object,
            facts::SymbolKind::Typedef,
            facts::SymbolKind::Function,
        ];
        hidden.contains(&it.kind) && inside(it)
    };
    let listed = facts.definitions.iter().filter(|it| !local(it));
    listed
        .map(|it| {
            format!(
                "{} {:?} {:?} {:?}",
                definition(facts, it),
                it.span,
                it.name_span,
                it.body
            )
        })
        .collect()
}

#[test]
fn an_outline_defines_what_the_whole_defines() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut seen = 0;
    for room in ["facts", "items"] {
        for case in fs::read_dir(root.join(room)).unwrap() {
            let source = fs::read(case.unwrap().path().join("input.c")).unwrap();
            for item in backout::items::of_source(&source).items {
                let bytes = item.span.of(&source);
                let whole = facts::of_item(bytes, item.kind);
                let short = facts::of_item_outline(bytes, item.kind);
                assert_eq!(
                    outline(&short),
                    outline(&whole),
                    "{}",
                    String::from_utf8_lossy(bytes)
                );
                seen += whole.definitions.len();
            }
        }
    }
    assert!(seen > 200);
}
