//! Functions that are handed on where a function of another type is wanted: `declaration`.
//!
//! Stored in a member, or given as an argument, by its name alone. What is wanted is read off the declaration of the member or
//! the callee, typedefs followed, and what is given off the function's head; where these are not understood, or did not fit in
//! the tree that the line comes from either, nothing is claimed.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::facts::{ItemFacts, Reference, Role, SymbolKind};
use crate::graph::index::{FileId, ItemId};
use crate::graph::owner::Sight;

use super::heads::Changed;
use super::touched::TouchedFile;
use super::tree::Tree;
use super::types::{self, Type};
use super::{BuildConflict, BuildConflictKind, Cause, Trees, heads};

/// Every function that fitted where it is handed on and no longer does, unsorted.
pub(super) fn conflicts(
    trees: &Trees<'_>,
    touched: &[TouchedFile],
    changed: &Changed,
) -> Vec<BuildConflict> {
    let merged = &trees.merged;
    let names = &changed.functions | &changed.members;
    let asked: Vec<&str> = names.iter().map(String::as_str).collect();
    let speaks = |one: &Handed| match &one.to {
        _ if names.contains(&one.name) => true,
        Slot::Member { member, .. } => names.contains(&member[..]),
        Slot::Argument { .. } => false,
    };
    let mut all = handed(merged, &merged.index.mentioning(&asked));
    all.retain(speaks);
    for file in touched {
        let mut brought = handed(merged, &file.items.after);
        brought.retain(|one| file.brings(merged.line(one.item.file, one.offset)));
        all.extend(brought);
    }
    let mut spoken: BTreeSet<String> = all.iter().map(|one| one.name.clone()).collect();
    spoken.extend(all.iter().filter_map(|one| match &one.to {
        Slot::Argument { callee, .. } => Some(callee.clone()),
        Slot::Member { .. } => None,
    }));
    merged.learn(&spoken);
    let judged = all.iter().filter_map(|one| judged(trees, touched, one));
    judged.collect()
}

/// A name that is handed on.
struct Handed {
    item: ItemId,
    /// Where it stands in its file.
    offset: u32,
    name: String,
    to: Slot,
}

/// What it is handed on to.
enum Slot {
    Member { record: Arc<str>, member: Arc<str> },
    Argument { callee: String, place: usize },
}

/// The names in the items that are handed on.
fn handed(tree: &Tree<'_>, items: &[ItemId]) -> Vec<Handed> {
    let mut found = Vec::new();
    for (id, facts) in items.iter().zip(tree.index.facts(items)) {
        let start = tree.index.item(*id).span.start;
        let source = tree.index.source(id.file);
        for reference in &facts.references {
            let before = &source[..(start + reference.span.start) as usize];
            let is_cast = before.trim_ascii_end().ends_with(b")");
            if !is_cast && let Some(to) = slot(tree, *id, &facts, reference) {
                found.push(Handed {
                    item: *id,
                    offset: start + reference.span.start,
                    name: facts.name(reference.name).to_owned(),
                    to,
                });
            }
        }
    }
    found
}

fn slot(tree: &Tree<'_>, id: ItemId, facts: &ItemFacts, reference: &Reference) -> Option<Slot> {
    match &reference.role {
        Role::Stored { owner, slot } => {
            let (record, member) = tree.names.slot(&Sight::of(id, facts), owner, *slot)?;
            Some(Slot::Member {
                record: record?,
                member,
            })
        }
        Role::Value => {
            let mut places = facts.calls.iter().filter_map(|call| {
                let mut arguments = call.arguments.iter();
                let place = arguments.position(|one| one.span == reference.span)?;
                Some((call.at, place))
            });
            let (at, place) = places.next()?;
            let is_callee =
                |one: &&Reference| one.span.start == at && matches!(one.role, Role::Call { .. });
            let callee = facts.references.iter().find(is_callee)?;
            Some(Slot::Argument {
                callee: facts.name(callee.name).to_owned(),
                place,
            })
        }
        _ => None,
    }
}

/// The break where a function is handed on that fitted in the tree which the line comes from.
fn judged(trees: &Trees<'_>, touched: &[TouchedFile], one: &Handed) -> Option<BuildConflict> {
    let merged = &trees.merged;
    let given = given(merged, &one.name, one.item.file)?;
    let wanted = wanted(merged, &one.to, one.item.file).filter(Type::is_function)?;
    if !given.contradicts(&wanted) {
        return None;
    }
    let path = merged.path(one.item.file);
    let line = merged.line(one.item.file, one.offset);
    let own = touched.iter().find(|file| file.path == path);
    let (before, cause) = match own.is_some_and(|file| file.brings(line)) {
        true => (&trees.source, Cause::Loss { path: path.clone() }),
        false => (&trees.target, Cause::Use),
    };
    let there = before.index.file(&path)?;
    let then = self::given(before, &one.name, there)?;
    if then.contradicts(&self::wanted(before, &one.to, there)?) {
        return None;
    }
    let to = match &one.to {
        Slot::Member { record, member } => format!("`{record}.{member}`"),
        Slot::Argument { callee, place } => format!("argument {} of `{callee}`", place + 1),
    };
    Some(BuildConflict {
        path,
        line,
        symbol: one.name.clone(),
        kind: BuildConflictKind::Declaration,
        because: format!(
            "hands on `{}`, which is `{given}` then, as {to}, which is `{wanted}`",
            one.name
        ),
        cause,
    })
}

/// The type of the functions of that name that a file sees.
fn given(tree: &Tree<'_>, name: &str, file: FileId) -> Option<Type> {
    tree.learn(&[name.to_owned()].into());
    let sites = tree.names.sites(name);
    let seen = sites
        .iter()
        .filter(|site| tree.includes(file, site.item.file));
    let seen = seen.filter(|site| site.kind != SymbolKind::Member);
    types::agreed(seen.map(|site| heads::of_function(tree, site)))
}

/// The type that a member or a parameter has.
fn wanted(tree: &Tree<'_>, to: &Slot, file: FileId) -> Option<Type> {
    match to {
        Slot::Member { record, member } => heads::of_member(tree, file, (record, member)),
        Slot::Argument { callee, place } => {
            tree.learn(&[callee.clone()].into());
            let taken = heads::taken(tree, callee, file)?;
            taken.into_iter().nth(*place)?.of_type
        }
    }
}
