//! Locals and parameters that a function uses and no longer declares: `dangling`, `restored`.
//!
//! One side of a merge renames or drops a local, the other adds a use of it: each function compiles, the joined one does
//! not. Judged by the function of the same name on the other sides: a name that nobody provides is lost where the target
//! or the tree before the change binds it there, and neither of them takes it from outside the function. What a macro
//! declares is not seen, so such a name stands free on every side and is no claim.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::{Form, SymbolKind};
use crate::graph::index::{FileId, ItemId, TreeIndex};
use crate::items::ItemKind;
use crate::items::lexer::significant;

use super::names::{Need, Use, uses_in};
use super::touched::{TouchedFile, all_items};
use super::tree::{Answer, Tree};
use super::{BuildConflict, BuildConflictKind, Cause, Trees};

/// Every changed function that uses a local it no longer has, unsorted.
pub(super) fn conflicts(trees: &Trees<'_>, touched: &[TouchedFile]) -> Vec<BuildConflict> {
    touched
        .iter()
        .flat_map(|file| in_file(trees, file))
        .collect()
}

fn in_file(trees: &Trees<'_>, file: &TouchedFile) -> Vec<BuildConflict> {
    let changed = functions(trees.merged.index, &changed_items(trees, file));
    let free: Vec<(ItemId, String, Use)> = changed
        .into_values()
        .flatten()
        .flat_map(|id| {
            let uses = free(&trees.merged, id).into_iter();
            uses.map(move |(used, first)| (id, used, first))
        })
        .collect();
    trees
        .merged
        .learn(&free.iter().map(|(_, used, _)| used.clone()).collect());
    let lost: Vec<_> = free
        .into_iter()
        .filter(|(_, used, first)| trees.merged.answer(used, first).0 == Answer::Nothing)
        .collect();
    if lost.is_empty() {
        return Vec::new();
    }
    let merged = Side::of(&trees.merged, file.file.after);
    let target = Side::of(&trees.target, file.file.before);
    let source = Side::of(&trees.source, trees.source.index.file(&file.path));
    lost.iter()
        .filter_map(|(id, used, first)| {
            let body = merged.body(*id)?;
            let held = (target.holds(body, used), source.holds(body, used));
            let function = body.name;
            let (kind, whose) = match held {
                (Held::Bound, Held::Bound | Held::Nowhere) => {
                    (BuildConflictKind::Dangling, "the target")
                }
                // The tree before the change did not compile either: its blocks declared the name, and who used it stood
                // outside of them, as here.
                (Held::Bound, Held::Free) if is_declared_within(&trees.merged, first, used) => {
                    (BuildConflictKind::Dangling, "the target")
                }
                (Held::Nowhere, Held::Bound) => {
                    (BuildConflictKind::Restored, "the tree before the change")
                }
                _ => return None,
            };
            Some(BuildConflict {
                path: file.path.clone(),
                line: trees.merged.line(first.file(), first.offset),
                because: format!(
                    "uses `{used}`, which `{function}` declares in {whose} and no longer"
                ),
                symbol: used.clone(),
                kind,
                cause: match kind {
                    BuildConflictKind::Restored => Cause::Loss {
                        path: file.path.clone(),
                    },
                    _ => Cause::Use,
                },
            })
        })
        .collect()
}

/// The items of the merged file that the target's has not: also those that only lost lines.
fn changed_items(trees: &Trees<'_>, file: &TouchedFile) -> Vec<ItemId> {
    let Some(after) = file.file.after else {
        return Vec::new();
    };
    let at_target = file
        .file
        .before
        .map(|before| trees.target.index.items(before));
    let known = at_target.iter().flat_map(|items| &items.items);
    let known: BTreeSet<_> = known.map(|item| item.key).collect();
    let merged = trees.merged.index;
    let is_new = |id: &ItemId| !known.contains(&merged.item(*id).key);
    let mut items = all_items(merged, after);
    items.retain(is_new);
    items
}

/// What a function has under a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    /// The function is not there, or was not understood.
    Unknown,
    /// It does not speak of the name.
    Nowhere,
    /// A local, a parameter or a label.
    Bound,
    /// Something from outside the function.
    Free,
}

/// The functions of a file on one side.
struct Side<'a, 'b> {
    tree: &'a Tree<'b>,
    /// By name; several of one name are alternatives, in order.
    functions: BTreeMap<String, Vec<ItemId>>,
}

/// A function of a file: which of how many of its name.
#[derive(Clone, Copy)]
struct Body<'n> {
    name: &'n str,
    place: usize,
    count: usize,
}

impl<'a, 'b> Side<'a, 'b> {
    fn of(tree: &'a Tree<'b>, file: Option<FileId>) -> Self {
        let items = file.map_or_else(Vec::new, |file| all_items(tree.index, file));
        Self {
            tree,
            functions: functions(tree.index, &items),
        }
    }

    fn body(&self, id: ItemId) -> Option<Body<'_>> {
        self.functions.iter().find_map(|(name, ids)| {
            let place = ids.iter().position(|one| *one == id)?;
            Some(Body {
                name,
                place,
                count: ids.len(),
            })
        })
    }

    fn holds(&self, body: Body<'_>, name: &str) -> Held {
        let alternatives = self.functions.get(body.name);
        let alternatives = alternatives.filter(|ids| ids.len() == body.count);
        let Some(id) = alternatives.and_then(|ids| ids.get(body.place)) else {
            return Held::Unknown;
        };
        let facts = self.tree.index.facts(&[*id]);
        // A member of the same name is none of it.
        let is_free = || {
            let uses = uses_in(self.tree.index, &[*id]);
            uses.iter().any(|(used, _)| used == name)
        };
        let source = self.tree.index.source(id.file);
        let text = self.tree.index.item(*id).span.of(&source);
        match facts.first() {
            Some(facts) if facts.health.error_bytes > 0 => Held::Unknown,
            Some(_) if is_free() => Held::Free,
            Some(_) if speaks_of(text, name.as_bytes()) => Held::Bound,
            Some(_) => Held::Nowhere,
            None => Held::Unknown,
        }
    }
}

/// Whether some uses of a name in a function are of a local, that of a block, where another is free.
fn is_declared_within(tree: &Tree<'_>, free: &Use, name: &str) -> bool {
    let uses = uses_in(tree.index, &[free.item]);
    let free_ones = uses.iter().filter(|(used, _)| used == name).count();
    let source = tree.index.source(free.file());
    let text = tree.index.item(free.item).span.of(&source);
    spoken(text, name.as_bytes()) > free_ones
}

/// Whether the name stands in the text otherwise than as a member or a tag.
fn speaks_of(text: &[u8], name: &[u8]) -> bool {
    spoken(text, name) > 0
}

/// How often.
fn spoken(text: &[u8], name: &[u8]) -> usize {
    let mut before: &[u8] = b"";
    let mut count = 0;
    for token in significant(text) {
        let word = token.span.of(text);
        let is_other = matches!(before, b"." | b"->" | b"struct" | b"union" | b"enum");
        count += usize::from(word == name && !is_other);
        before = word;
    }
    count
}

/// The functions that the items define, by name.
fn functions(tree: &dyn TreeIndex, items: &[ItemId]) -> BTreeMap<String, Vec<ItemId>> {
    let is_function = |id: &&ItemId| tree.item(**id).kind == ItemKind::Function;
    let items: Vec<ItemId> = items.iter().filter(is_function).copied().collect();
    let mut found: BTreeMap<String, Vec<ItemId>> = BTreeMap::new();
    for (id, facts) in items.iter().zip(tree.facts(&items)) {
        let defined = facts.definitions.iter().find(|one| {
            let is_whole = one.form == Form::Definition && one.within.is_none();
            one.kind == SymbolKind::Function && is_whole
        });
        if let Some(defined) = defined {
            let name = facts.names.name(defined.name).to_owned();
            found.entry(name).or_default().push(*id);
        }
    }
    found
}

/// The names that a function takes from outside, each with its first use; none where it was not understood.
fn free(tree: &Tree<'_>, function: ItemId) -> BTreeMap<String, Use> {
    let facts = tree.index.facts(&[function]);
    if facts.iter().any(|facts| facts.health.error_bytes > 0) {
        return BTreeMap::new();
    }
    let mut found = BTreeMap::new();
    for (name, one) in uses_in(tree.index, &[function]) {
        if one.need == Need::Ordinary {
            found.entry(name).or_insert(one);
        }
    }
    found
}
