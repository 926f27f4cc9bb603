//! The impact set as text: a list, a tree, Graphviz DOT and Mermaid. Pure functions; equal sets give equal bytes.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::{Dependent, ImpactSet, PlacedSymbol};

/// One line a dependent: distance, weight, name, place, how.
#[must_use]
pub fn list(set: &ImpactSet) -> String {
    let mut out = heading(set);
    for one in &set.dependents {
        let _ = writeln!(
            out,
            "{:>3}  {:.3}  {}  {}  {}",
            one.distance,
            one.weight,
            one.symbol.name,
            one.symbol.place(),
            how(one)
        );
    }
    out + &notes(set)
}

fn heading(set: &ImpactSet) -> String {
    let mut out = String::new();
    for symbol in &set.starting {
        let _ = writeln!(out, "{}  {}", symbol.name, symbol.place());
    }
    let _ = writeln!(
        out,
        "{} direct, {} within the distance, weight {:.1}, in {} files",
        set.direct(),
        set.estimated(),
        set.weighted,
        set.files
    );
    out
}

fn notes(set: &ImpactSet) -> String {
    let lines = set.notes.iter().map(|note| format!("note: {note}\n"));
    lines.collect()
}

fn how(one: &Dependent) -> String {
    match one.path.get(2..) {
        Some(rest) if !rest.is_empty() => format!("{}, then {}", one.via(), rest.join(", ")),
        _ => one.via(),
    }
}

/// Dependents below what they use, each once, at its strongest shortest path.
#[must_use]
pub fn tree(set: &ImpactSet) -> String {
    let mut children: BTreeMap<Vec<&str>, Vec<&Dependent>> = BTreeMap::new();
    for one in &set.dependents {
        let parent = one.path.iter().skip(1).map(String::as_str).collect();
        children.entry(parent).or_default().push(one);
    }
    let mut out = String::new();
    let mut names = BTreeSet::new();
    for symbol in &set.starting {
        let _ = writeln!(out, "{}  {}", symbol.name, symbol.place());
        // Alternatives of one name share their dependents, which stand below the first.
        if names.insert(symbol.name.as_str()) {
            branch(&children, &[&symbol.name], "", &mut out);
        }
    }
    out + &notes(set)
}

/// Recursion is as deep as the impact's distance.
fn branch(
    children: &BTreeMap<Vec<&str>, Vec<&Dependent>>,
    path: &[&str],
    indent: &str,
    out: &mut String,
) {
    let Some(below) = children.get(path) else {
        return;
    };
    let mut seen = BTreeSet::new();
    for (at, one) in below.iter().enumerate() {
        let is_last = at + 1 == below.len();
        let (knot, line) = if is_last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        let symbol = &one.symbol;
        let word = one.kind.word();
        let _ = writeln!(
            out,
            "{indent}{knot}{}  {}  {word}",
            symbol.name,
            symbol.place()
        );
        if seen.insert(symbol.name.as_str()) {
            let longer: Vec<&str> = std::iter::once(symbol.name.as_str())
                .chain(path.iter().copied())
                .collect();
            branch(children, &longer, &format!("{indent}{line}"), out);
        }
    }
}

type Node<'a> = (String, &'a PlacedSymbol);
type Arrow = (String, String, &'static str);

/// Nodes and arrows of the shortest paths, for drawing: each user points to what it uses.
fn arrows(set: &ImpactSet) -> (Vec<Node<'_>>, Vec<Arrow>) {
    let symbols = set
        .starting
        .iter()
        .chain(set.dependents.iter().map(|one| &one.symbol));
    let nodes: Vec<_> = symbols
        .enumerate()
        .map(|(at, symbol)| (format!("n{at}"), symbol))
        .collect();
    let mut by_name: BTreeMap<&str, &str> = BTreeMap::new();
    for (id, symbol) in &nodes {
        by_name.entry(&symbol.name).or_insert(id);
    }
    let users = nodes.iter().skip(set.starting.len()).zip(&set.dependents);
    let arrows = users.filter_map(|((id, _), one)| {
        let used = by_name.get(one.path.get(1)?.as_str())?;
        Some((id.clone(), (*used).to_owned(), one.kind.word()))
    });
    let arrows = arrows.collect();
    (nodes, arrows)
}

/// A digraph in Graphviz's language.
#[must_use]
pub fn dot(set: &ImpactSet) -> String {
    let (nodes, arrows) = arrows(set);
    let mut out = String::from("digraph impact {\n  rankdir=LR;\n  node [shape=box];\n");
    for (at, (id, symbol)) in nodes.iter().enumerate() {
        let style = if at < set.starting.len() {
            ", style=bold"
        } else {
            ""
        };
        let label = format!("{}\\n{}", quoted(&symbol.name), quoted(&symbol.place()));
        let _ = writeln!(out, "  {id} [label=\"{label}\"{style}];");
    }
    for (from, to, word) in arrows {
        let _ = writeln!(out, "  {from} -> {to} [label=\"{word}\"];");
    }
    out + "}\n"
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}

/// A flowchart in Mermaid's language, for Markdown.
#[must_use]
pub fn mermaid(set: &ImpactSet) -> String {
    let (nodes, arrows) = arrows(set);
    let mut out = String::from("flowchart LR\n");
    for (id, symbol) in &nodes {
        let label = format!("{}<br/>{}", escaped(&symbol.name), escaped(&symbol.place()));
        let _ = writeln!(out, "  {id}[\"{label}\"]");
    }
    for (from, to, word) in arrows {
        let _ = writeln!(out, "  {from} -->|{word}| {to}");
    }
    for at in 0..set.starting.len() {
        let _ = writeln!(out, "  style n{at} stroke-width:3px");
    }
    out
}

/// Mermaid reads `#name;` entities inside quoted labels.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("#quot;"),
            '#' => out.push_str("#35;"),
            '<' => out.push_str("#lt;"),
            '>' => out.push_str("#gt;"),
            c => out.push(c),
        }
    }
    out
}
