//! Which items of a file differ between the target and the merged tree, and which of its names come or go with them.

use std::collections::BTreeSet;

use crate::change::hunks::{self, LineRange};
use crate::facts::{Definition, Form, ItemFacts, Linkage, Parameters, SymbolKind};
use crate::graph::index::{FileId, ItemId, TreeIndex};
use crate::items::lexer::identifiers;
use crate::text::{BeforeAfter, FilePath, LineNumber, Span, offset};

use super::Trees;
use super::names::{Uses, uses_in};

/// A C file that the back-out changes: before at the target, after in the merged tree.
#[derive(Clone, Debug)]
pub(super) struct TouchedFile {
    pub(super) path: FilePath,
    pub(super) file: BeforeAfter<Option<FileId>>,
    /// The items of each side that share a line with a hunk; all of them where the other side has no file.
    pub(super) items: BeforeAfter<Vec<ItemId>>,
    /// The lines of the merged file that the target's has not, sorted.
    brought: Vec<LineRange>,
}

impl TouchedFile {
    /// Whether a line of the merged file is none of the target's.
    pub(super) fn brings(&self, line: LineNumber) -> bool {
        let next = self
            .brought
            .partition_point(|range| range.first.0 + range.count <= line.0);
        self.brought
            .get(next)
            .is_some_and(|range| range.contains(line))
    }
}

/// Compares one path of both trees.
pub(super) fn file(trees: BeforeAfter<&dyn TreeIndex>, path: &FilePath) -> TouchedFile {
    let file = trees.map(|tree| tree.file(path));
    let all = LineRange {
        first: LineNumber(1),
        count: u32::MAX - 1,
    };
    let mut brought = vec![all];
    let items = match (file.before, file.after) {
        (Some(before), Some(after)) => {
            let sources = BeforeAfter {
                before: trees.before.source(before),
                after: trees.after.source(after),
            };
            let hunks = hunks::between(sources.as_ref().map(|source| &source[..]));
            let lines: BeforeAfter<Vec<LineRange>> = BeforeAfter {
                before: hunks.iter().map(|hunk| hunk.before).collect(),
                after: hunks.iter().map(|hunk| hunk.after).collect(),
            };
            brought.clone_from(&lines.after);
            trees
                .zip(BeforeAfter { before, after })
                .zip(lines)
                .map(|((tree, file), lines)| items_on(tree, file, &lines))
        }
        _ => trees
            .zip(file)
            .map(|(tree, file)| file.map_or(Vec::new(), |file| all_items(tree, file))),
    };
    TouchedFile {
        path: path.clone(),
        file,
        items,
        brought,
    }
}

/// Every item of a file, in order.
pub(super) fn all_items(tree: &dyn TreeIndex, file: FileId) -> Vec<ItemId> {
    let count = offset(tree.items(file).items.len());
    (0..count).map(|item| ItemId { file, item }).collect()
}

/// The items that share a line with one of the sorted `ranges`.
fn items_on(tree: &dyn TreeIndex, file: FileId, ranges: &[LineRange]) -> Vec<ItemId> {
    let items = tree.items(file);
    let on_a_range = |item: &ItemId| {
        let span = items.items[item.item as usize].span;
        let first = tree.line(file, span.start);
        let last = tree.line(file, span.end.saturating_sub(1).max(span.start));
        let next = ranges.partition_point(|range| range.first.0 + range.count <= first.0);
        ranges[next..]
            .iter()
            .take_while(|range| range.first <= last)
            .any(|range| range.count > 0)
    };
    let mut touched = all_items(tree, file);
    touched.retain(on_a_range);
    touched
}

/// A symbol that an item gives to its file, as far as another could stand in for it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Given {
    pub(super) name: String,
    pub(super) kind: SymbolKind,
    pub(super) form: Form,
    pub(super) linkage: Linkage,
    pub(super) parameters: Option<Parameters>,
    /// The record of a member, the enum of an enumerator.
    pub(super) parent: Option<String>,
}

/// Everything that the items give to their file, sorted, members too; locals and names that a macro makes left out.
pub(super) fn given(tree: &dyn TreeIndex, items: &[ItemId]) -> BTreeSet<Given> {
    let mut all = BTreeSet::new();
    for facts in tree.facts(items) {
        let reaching = facts
            .definitions
            .iter()
            .filter(|definition| definition.made_by.is_none() && !is_local(&facts, definition));
        all.extend(reaching.map(|definition| {
            Given {
                name: facts.names.name(definition.name).to_owned(),
                kind: definition.kind,
                form: definition.form,
                linkage: definition.linkage,
                parameters: definition.parameters,
                parent: definition
                    .parent
                    .map(|parent| facts.names.name(parent).to_owned()),
            }
        }));
    }
    all
}

/// The names that stand in items which were not understood: whether those provide them is not known.
pub(super) fn unread(tree: &dyn TreeIndex, items: &[ItemId]) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (id, facts) in items.iter().zip(tree.facts(items)) {
        if facts.health.error_bytes > 0 {
            let source = tree.source(id.file);
            let bytes = tree.item(*id).span.of(&source);
            let text = |span: Span| String::from_utf8_lossy(span.of(bytes)).into_owned();
            names.extend(identifiers(bytes).map(text));
        }
    }
    names
}

/// Whether a function stands around the definition, however far out.
fn is_local(facts: &ItemFacts, definition: &Definition) -> bool {
    let outward = |at: &u32| facts.definitions.get(*at as usize)?.within;
    // Each step goes outward, so the chain is no longer than the list.
    std::iter::successors(definition.within, outward)
        .take(facts.definitions.len())
        .filter_map(|at| facts.definitions.get(at as usize))
        .any(|around| around.kind == SymbolKind::Function)
}

/// The names, members left out, that the items give to their file.
pub(super) fn provided(tree: &dyn TreeIndex, items: &[ItemId]) -> BTreeSet<String> {
    let all = given(tree, items).into_iter();
    all.filter(|one| one.kind != SymbolKind::Member)
        .map(|one| one.name)
        .collect()
}

/// The calls in the touched items that stand in a line which the target's file has not, or of which that file has none
/// alike; their names are looked up at once.
pub(super) fn brought_calls(trees: &Trees<'_>, file: &TouchedFile) -> Uses {
    let mut calls = Uses::new();
    for (name, call) in uses_in(trees.merged.index, &file.items.after) {
        if call.arguments.is_some() {
            calls.entry(name).or_default().push(call);
        }
    }
    if let Some(before) = file.file.before {
        let names = calls.keys().cloned().collect();
        let there = trees.target.uses_in_file(before, &names);
        for (name, calls) in &mut calls {
            let there = there.get(name).map_or(&[][..], Vec::as_slice);
            calls.retain(|call| {
                file.brings(trees.merged.line(call.file(), call.offset))
                    || there.iter().all(|one| one.arguments != call.arguments)
            });
        }
    }
    calls.retain(|_, calls| !calls.is_empty());
    trees.merged.learn(&calls.keys().cloned().collect());
    calls
}
