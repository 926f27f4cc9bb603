//! The heads of functions and the declarations of members, as far as `types` understands them.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::{Definition, SymbolKind};
use crate::graph::index::{FileId, ItemId};
use crate::graph::resolve::Site;
use crate::text::Span;

use super::Trees;
use super::touched::TouchedFile;
use super::tree::Tree;
use super::types::{self, Type, split, words};

/// Whether two heads of one function contradict each other: the same number of parameters, one of which has another type.
/// Results are left to `result`.
pub(super) fn contradict(tree: &Tree<'_>, one: &Site, other: &Site) -> bool {
    let (Some(one), Some(other)) = (parameters(tree, one), parameters(tree, other)) else {
        return false;
    };
    one.len() == other.len() && differ(&one, &other)
}

/// Whether two lists of parameters have not as many, or one of another type.
fn differ(one: &[Parameter], other: &[Parameter]) -> bool {
    let pairs = one.iter().zip(other);
    let mut pairs = pairs.map(|(one, other)| (&one.of_type, &other.of_type));
    one.len() != other.len()
        || pairs.any(|pair| matches!(pair, (Some(one), Some(other)) if one.differs(other)))
}

/// The functions that the items define or declare, each with the words of its head.
pub(super) fn heads(tree: &Tree<'_>, items: &[ItemId]) -> BTreeSet<(String, Vec<String>)> {
    let mut found = BTreeSet::new();
    for (id, facts) in items.iter().zip(tree.index.facts(items)) {
        let functions = facts.definitions.iter();
        let functions = functions.filter(|one| one.kind == SymbolKind::Function);
        found.extend(functions.map(|one| {
            let name = facts.names.name(one.name).to_owned();
            let mut head = before_name(tree, *id, one);
            head.extend(behind_name(tree, *id, one));
            (name, head)
        }));
    }
    found
}

/// The names whose types the back-out changes.
pub(super) struct Changed {
    /// The functions whose head it changes.
    pub(super) functions: BTreeSet<String>,
    /// The members whose declared type it changes.
    pub(super) members: BTreeSet<String>,
}

impl Changed {
    pub(super) fn of(trees: &Trees<'_>, touched: &[TouchedFile]) -> Self {
        Self {
            functions: changed_functions(trees, touched),
            members: changed_members(trees, touched),
        }
    }
}

fn changed_functions(trees: &Trees<'_>, touched: &[TouchedFile]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in touched {
        let then = heads(&trees.target, &file.items.before);
        let now = heads(&trees.merged, &file.items.after);
        let known: BTreeSet<&String> = then.iter().map(|(name, _)| name).collect();
        let changed = now.difference(&then).map(|(name, _)| name);
        names.extend(changed.filter(|name| known.contains(name)).cloned());
    }
    names
}

fn changed_members(trees: &Trees<'_>, touched: &[TouchedFile]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for file in touched {
        let then = members(&trees.target, &file.items.before);
        let now = members(&trees.merged, &file.items.after);
        let changed = now
            .iter()
            .filter(|(member, now)| then.get(*member).is_some_and(|then| then.differs(now)));
        names.extend(changed.map(|((_, name), _)| name.clone()));
    }
    names
}

/// A parameter of a function.
#[derive(Clone, Debug)]
pub(super) struct Parameter {
    /// As written, with its name.
    pub(super) words: Vec<String>,
    /// `None` where it is not understood.
    pub(super) of_type: Option<Type>,
}

/// The parameters of a function.
fn parameters(tree: &Tree<'_>, site: &Site) -> Option<Vec<Parameter>> {
    let facts = tree.index.facts(&[site.item]).pop()?;
    let definition = facts.definitions.get(site.definition as usize)?;
    let words = behind_name(tree, site.item, definition);
    let list = split(&words)?;
    let parameters = list.iter().map(|words| Parameter {
        words: words.iter().map(|word| (*word).to_owned()).collect(),
        of_type: types::of(tree, words),
    });
    Some(parameters.collect())
}

/// The parameters of the functions of that name that a file may call, where none of them contradicts another and no macro
/// stands before them.
pub(super) fn taken(tree: &Tree<'_>, name: &str, file: FileId) -> Option<Vec<Parameter>> {
    let sites = tree.names.sites(name);
    let mut taken: Option<Vec<Parameter>> = None;
    for site in sites.iter() {
        match site.kind {
            SymbolKind::Macro => return None,
            SymbolKind::Function if tree.includes(file, site.item.file) => {
                site.parameters.filter(|one| one.checked && !one.variadic)?;
                let here = parameters(tree, site)?;
                match &taken {
                    Some(other) if differ(&here, other) => return None,
                    _ => taken = Some(here),
                }
            }
            _ => {}
        }
    }
    taken
}

/// The type of a function, from what it gives to what it takes; `None` where its head says nothing of its parameters.
pub(super) fn of_function(tree: &Tree<'_>, site: &Site) -> Option<Type> {
    let facts = tree.index.facts(&[site.item]).pop()?;
    let definition = facts.definitions.get(site.definition as usize)?;
    if definition.kind != SymbolKind::Function || !definition.parameters?.checked {
        return None;
    }
    let given = before_name(tree, site.item, definition);
    let given: Vec<&str> = given.iter().map(String::as_str).collect();
    types::function(tree, &given, &behind_name(tree, site.item, definition))
}

/// The members that the items declare, by record and name, each with its type where that is understood.
fn members(tree: &Tree<'_>, items: &[ItemId]) -> BTreeMap<(String, String), Type> {
    let mut found = BTreeMap::new();
    for (id, facts) in items.iter().zip(tree.index.facts(items)) {
        let members = facts.definitions.iter();
        for one in members.filter(|one| one.kind == SymbolKind::Member) {
            let record = one.parent.map(|parent| facts.name(parent).to_owned());
            if let (Some(record), Some(of_type)) = (record, of_declaration(tree, *id, one)) {
                found.insert((record, facts.name(one.name).to_owned()), of_type);
            }
        }
    }
    found
}

/// The type of a record's member, where all records of that name that a file sees agree.
pub(super) fn of_member(
    tree: &Tree<'_>,
    file: FileId,
    (record, name): (&str, &str),
) -> Option<Type> {
    tree.learn(&[name.to_owned()].into());
    let sites = tree.names.members_of(record, name);
    let sites = tree.names.seen_first(file, &sites);
    let types = sites.iter().map(|site| {
        let facts = tree.index.facts(&[site.item]).pop()?;
        let definition = facts.definitions.get(site.definition as usize)?;
        of_declaration(tree, site.item, definition)
    });
    types::agreed(types)
}

/// The type that a declaration gives to what it declares; `None` for the later ones of several declarators.
fn of_declaration(tree: &Tree<'_>, item: ItemId, definition: &Definition) -> Option<Type> {
    let source = tree.index.source(item.file);
    let start = tree.index.item(item).span.start;
    let words = words(definition.span.shifted(start).of(&source));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    types::of(tree, &words)
}

/// The words of a function's head before its name.
fn before_name(tree: &Tree<'_>, item: ItemId, definition: &Definition) -> Vec<String> {
    let start = tree.index.item(item).span.start;
    let source = tree.index.source(item.file);
    let before = Span::new(definition.span.start, definition.name_span.start);
    words(before.shifted(start).of(&source))
}

/// The words of a function's head behind its name.
fn behind_name(tree: &Tree<'_>, item: ItemId, definition: &Definition) -> Vec<String> {
    let start = tree.index.item(item).span.start;
    let end = definition
        .body
        .map_or(definition.span.end, |body| body.start);
    let source = tree.index.source(item.file);
    let behind = Span::new(definition.name_span.end.min(end), end);
    let text = behind.shifted(start).of(&source);
    words(text)
}
