//! What is no break but worth a word: text that was not understood, so that a break in it may be missed, and functions
//! and objects that the back-out leaves without a user in their file (a warning of the compiler, an error under `-Werror`).

use std::collections::BTreeSet;

use crate::facts::{Form, Linkage, SymbolKind};
use crate::graph::index::{ItemId, TreeIndex};
use crate::text::FilePath;

use super::names::uses_in;
use super::touched::{TouchedFile, all_items, given};
use super::tree::{is_pulled_in, word};

/// One sentence each, in the order of the files.
pub(super) fn of(trees: super::BackOutTrees<'_>, touched: &[TouchedFile]) -> Vec<String> {
    let mut remarks = Vec::new();
    for file in touched {
        remarks.extend(not_understood(trees, file));
        remarks.extend(without_user(trees, file));
    }
    remarks.extend(unread_uses(trees, touched));
    remarks
}

/// Places in other files that speak of a name which the back-out takes away, in text that was not understood: whether they
/// use it is not known. One remark a file.
fn unread_uses(trees: super::BackOutTrees<'_>, touched: &[TouchedFile]) -> Vec<String> {
    let names = |tree: &dyn TreeIndex, side: &dyn Fn(&TouchedFile) -> Vec<ItemId>| {
        let items = touched.iter().flat_map(side).collect::<Vec<_>>();
        let given = given(tree, &items).into_iter();
        given.map(|one| one.name).collect::<BTreeSet<String>>()
    };
    let lost = &names(trees.target, &|file| file.items.before.clone())
        - &names(trees.merged, &|file| file.items.after.clone());
    let asked: Vec<&str> = lost.iter().map(String::as_str).collect();
    let tree = trees.merged;
    let items = tree.mentioning(&asked);
    let mut remarks: Vec<(FilePath, String)> = Vec::new();
    for (id, facts) in items.iter().zip(tree.facts(&items)) {
        let path = tree.path(id.file);
        let is_own = touched.iter().any(|file| file.path == path);
        if facts.health.error_bytes == 0 || is_own {
            continue;
        }
        let references = facts.references.iter().map(|one| one.name);
        let definitions = facts.definitions.iter().map(|one| one.name);
        let known: BTreeSet<&str> = references
            .chain(definitions)
            .map(|name| facts.names.name(name))
            .collect();
        let source = tree.source(id.file);
        let item = tree.item(*id);
        let bytes = item.span.of(&source);
        let unread = crate::items::lexer::identifiers(bytes).find_map(|span| {
            let name = std::str::from_utf8(span.of(bytes)).ok()?;
            (lost.contains(name) && !known.contains(name)).then_some((name, span.start))
        });
        if let Some((name, at)) = unread
            && remarks.iter().all(|(other, _)| *other != path)
        {
            let line = tree.line(id.file, item.span.start + at);
            let text = format!(
                "{path}:{line}: speaks of `{name}`, which the back-out takes, in text that was not understood"
            );
            remarks.push((path, text));
        }
    }
    remarks.into_iter().map(|(_, text)| text).collect()
}

/// The share of the items that differ, on both sides together, in which the parser was lost.
fn not_understood(trees: super::BackOutTrees<'_>, file: &TouchedFile) -> Option<String> {
    let sides = [
        (trees.target, &file.items.before),
        (trees.merged, &file.items.after),
    ];
    let (mut all, mut lost) = (0_u64, 0_u64);
    for (tree, items) in sides {
        for (id, facts) in items.iter().zip(tree.facts(items)) {
            let length = u64::from(tree.item(*id).span.len());
            all += length;
            lost += u64::from(facts.health.error_bytes).min(length);
        }
    }
    let percent = (lost * 100 + all / 2).checked_div(all)?;
    let share = match (lost, percent) {
        (0, _) => return None,
        (_, 0) => "less than 1 %".to_owned(),
        _ => format!("{percent} %"),
    };
    Some(format!(
        "{}: {share} of what the back-out touches was not understood; a break there may be missed",
        file.path
    ))
}

/// The functions and objects with internal linkage that the file used at the target and no longer uses.
fn without_user(trees: super::BackOutTrees<'_>, file: &TouchedFile) -> Vec<String> {
    let (Some(_), Some(after)) = (file.file.before, file.file.after) else {
        return Vec::new();
    };
    if is_pulled_in(&file.path) {
        return Vec::new();
    }
    let names = |tree: &dyn TreeIndex, items: &[ItemId]| -> BTreeSet<String> {
        uses_in(tree, items)
            .into_iter()
            .map(|(name, _)| name)
            .collect()
    };
    let lost = &names(trees.target, &file.items.before) - &names(trees.merged, &file.items.after);
    if lost.is_empty() {
        return Vec::new();
    }
    let all = all_items(trees.merged, after);
    let left: BTreeSet<String> = given(trees.merged, &all)
        .into_iter()
        .filter(|one| {
            one.linkage == Linkage::Internal
                && one.form == Form::Definition
                && matches!(one.kind, SymbolKind::Function | SymbolKind::Object)
                && lost.contains(&one.name)
        })
        .map(|one| format!("{} `{}`", word(one.kind), one.name))
        .collect();
    let still = mentioned(trees.merged, &all, &lost);
    left.into_iter()
        .filter(|what| !still.contains(what.split('`').nth(1).unwrap_or_default()))
        .map(|what| unused(&file.path, &what))
        .collect()
}

/// The names that some item mentions beside the one that defines them, whatever the parser made of it.
fn mentioned(tree: &dyn TreeIndex, items: &[ItemId], names: &BTreeSet<String>) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (id, facts) in items.iter().zip(tree.facts(items)) {
        let source = tree.source(id.file);
        let bytes = tree.item(*id).span.of(&source);
        for span in crate::items::lexer::identifiers(bytes) {
            let Ok(name) = std::str::from_utf8(span.of(bytes)) else {
                continue;
            };
            let defines = facts.definitions.iter().any(|definition| {
                definition.name_span.start == span.start
                    && facts.names.name(definition.name) == name
            });
            if !defines && names.contains(name) {
                found.insert(name.to_owned());
            }
        }
    }
    found
}

fn unused(path: &FilePath, what: &str) -> String {
    format!("{path}: nothing in the file uses the static {what} any more")
}
