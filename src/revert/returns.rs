//! Functions that no longer give what their body returns: `declaration`.
//!
//! A change of a function's result goes with its `return` lines; where one side of a merge has changed the head and the
//! other the body, they part. Only two misfits are judged: a value in a function that gives none, and none in one that
//! gives a value. Falling off the end of a body is not seen.

use crate::facts::{Definition, SymbolKind};
use crate::graph::index::ItemId;
use crate::items::ItemKind;
use crate::items::lexer::significant;
use crate::text::offset;

use super::result::{ResultClass, class};
use super::touched::{TouchedFile, all_items};
use super::tree::Tree;
use super::{BuildConflict, BuildConflictKind, Cause, Trees};

/// Every changed function whose head and body part, unsorted.
pub(super) fn conflicts(trees: &Trees<'_>, touched: &[TouchedFile]) -> Vec<BuildConflict> {
    touched
        .iter()
        .flat_map(|file| parted(trees, file))
        .collect()
}

fn parted(trees: &Trees<'_>, file: &TouchedFile) -> Vec<BuildConflict> {
    let functions = misfits(&trees.merged, &file.items.after);
    if functions.is_empty() {
        return Vec::new();
    }
    // A head and a body that parted before the change come back parted: what the target has mended breaks again.
    let there = file.file.before;
    let at_target = there.map_or_else(Vec::new, |there| all_items(trees.target.index, there));
    let then = misfits(&trees.target, &at_target);
    let is_old = |one: &Misfit| then.iter().any(|old| old.name == one.name);
    let new = functions.into_iter().filter(|one| !is_old(one));
    new.map(|one| BuildConflict {
        path: file.path.clone(),
        line: trees.merged.line(one.item.file, one.offset),
        because: match one.given {
            ResultClass::Nothing => format!(
                "returns a value from `{}`, which gives nothing then",
                one.name
            ),
            _ => format!(
                "returns nothing from `{}`, which gives a value then",
                one.name
            ),
        },
        symbol: one.name,
        kind: BuildConflictKind::Declaration,
        cause: Cause::Use,
    })
    .collect()
}

/// A function with a `return` that does not fit its result.
struct Misfit {
    name: String,
    item: ItemId,
    /// Where the `return` stands in the file.
    offset: u32,
    given: ResultClass,
}

fn misfits(tree: &Tree<'_>, items: &[ItemId]) -> Vec<Misfit> {
    let is_function = |id: &&ItemId| tree.index.item(**id).kind == ItemKind::Function;
    let functions: Vec<ItemId> = items.iter().filter(is_function).copied().collect();
    let all = functions.iter().zip(tree.index.facts(&functions));
    all.filter_map(|(id, facts)| {
        let mut definitions = facts.definitions.iter();
        let function =
            definitions.find(|one| one.kind == SymbolKind::Function && one.body.is_some())?;
        let given = class(tree, *id, function);
        let offset = misfit(tree, *id, function, given)?;
        Some(Misfit {
            name: facts.names.name(function.name).to_owned(),
            item: *id,
            offset,
            given,
        })
    })
    .collect()
}

/// The first `return` that does not fit.
fn misfit(tree: &Tree<'_>, id: ItemId, function: &Definition, given: ResultClass) -> Option<u32> {
    let item = tree.index.item(id);
    let source = tree.index.source(id.file);
    let text = item.span.of(&source);
    let body = function.body?.of(text);
    let start = item.span.start + function.body?.start;
    let mut tokens = significant(body).peekable();
    while let Some(token) = tokens.next() {
        if token.span.of(body) != b"return" {
            continue;
        }
        let next = tokens.peek().map(|next| next.span.of(body));
        let is_bare = next == Some(b";");
        // A void function may hand on what another one gives, which is nothing as well.
        let is_plain =
            next.is_some_and(|next| !next.starts_with(b"(")) && !hands_on(body, token.span.end);
        let misfits = match given {
            ResultClass::Nothing => !is_bare && is_plain,
            _ => is_bare,
        };
        if misfits {
            return Some(start + offset(token.span.start as usize));
        }
    }
    None
}

/// Whether what is returned holds a call.
fn hands_on(body: &[u8], from: u32) -> bool {
    let rest = body.get(from as usize..).unwrap_or_default();
    let tokens = significant(rest).map(|token| token.span.of(rest));
    tokens
        .take_while(|token| *token != b";")
        .any(|token| token == b"(")
}
