//! Macros that change their shape under their users: `macro-shape` (the number of parameters is `arity`'s).
//!
//! Two shapes matter beside the parameters. A function-like macro named without arguments is not expanded (ISO C
//! 6.10.3), so what it stood for as an object-like macro is gone. And a body that ends its own statement (`;`, a
//! block) does not fit before `else` with another `;`, while one that does not needs it.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::SymbolKind;
use crate::graph::index::{ItemId, TreeIndex};
use crate::items::lexer::{TokenKind, significant};

use super::names::{Use, uses_of};
use super::touched::TouchedFile;
use super::tree::Tree;
use super::{BuildConflict, BuildConflictKind, Cause, Trees};

/// What a macro is to the statement that it stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shape {
    /// Without parameters.
    Object,
    /// With parameters; the `;` is its user's.
    Open,
    /// With parameters; the body ends the statement itself.
    Closed,
}

/// Every use that the old shape allowed and the new one does not, unsorted.
pub(super) fn conflicts(trees: &Trees<'_>, touched: &[TouchedFile]) -> Vec<BuildConflict> {
    let mut changed: BTreeMap<String, (Shape, Shape)> = BTreeMap::new();
    for file in touched {
        let before = shapes(trees.target.index, &file.items.before);
        for (name, now) in shapes(trees.merged.index, &file.items.after) {
            if let Some(then) = before.get(&name).filter(|then| **then != now) {
                changed.insert(name, (*then, now));
            }
        }
    }
    let names: BTreeSet<String> = changed.keys().cloned().collect();
    trees.merged.learn(&names);
    let mut found = Vec::new();
    for (name, uses) in uses_of(trees.merged.index, &names, |_| true) {
        let Some(shapes) = changed.get(&name) else {
            continue;
        };
        for one in &uses {
            if was_there(trees, &name, one)
                && let Some(because) = misused(&trees.merged, &name, one, *shapes)
            {
                found.push(finding(trees, &name, one, because));
            }
        }
    }
    found
}

/// The shapes of the macros that the items define; one with several shapes (branches) is left out.
fn shapes(tree: &dyn TreeIndex, items: &[ItemId]) -> BTreeMap<String, Shape> {
    let mut found: BTreeMap<String, BTreeSet<Shape>> = BTreeMap::new();
    for (id, facts) in items.iter().zip(tree.facts(items)) {
        let source = tree.source(id.file);
        let start = tree.item(*id).span.start;
        for one in &facts.definitions {
            if one.kind == SymbolKind::Macro && one.made_by.is_none() {
                let body = one.body.map(|body| body.shifted(start).of(&source));
                let shape = shape(one.parameters.is_some(), body.unwrap_or(b""));
                let name = facts.names.name(one.name).to_owned();
                found.entry(name).or_default().insert(shape);
            }
        }
    }
    let single = |(name, shapes): (String, BTreeSet<Shape>)| match shapes.len() {
        1 => shapes.first().map(|shape| (name, *shape)),
        _ => None,
    };
    found.into_iter().filter_map(single).collect()
}

fn shape(has_parameters: bool, body: &[u8]) -> Shape {
    let last = significant(body)
        .filter(|token| token.kind != TokenKind::DirectiveEnd)
        .last();
    let closed = last.is_some_and(|last| matches!(last.span.of(body), b";" | b"}"));
    match (has_parameters, closed) {
        (false, _) => Shape::Object,
        (true, false) => Shape::Open,
        (true, true) => Shape::Closed,
    }
}

/// Whether the target has a use of the name in the same file: then the old shape was right for it.
fn was_there(trees: &Trees<'_>, name: &str, one: &Use) -> bool {
    let Some(file) = trees.target.index.file(&trees.merged.path(one.file())) else {
        return false;
    };
    let uses = trees.target.uses_in_file(file, &[name.to_owned()].into());
    let same = |then: &Use| then.arguments.is_some() == one.arguments.is_some();
    uses.get(name).is_some_and(|uses| uses.iter().any(same))
}

/// Why a use does not fit the macro's new shape.
fn misused(tree: &Tree<'_>, name: &str, one: &Use, shapes: (Shape, Shape)) -> Option<String> {
    let is_call = one.arguments.is_some();
    match shapes {
        (Shape::Object, Shape::Open | Shape::Closed) if !is_call => {
            let sites = tree.names.sites(name);
            let stands_in = sites
                .iter()
                .any(|site| site.kind != SymbolKind::Macro && tree.sees(one, site));
            (!stands_in).then(|| format!("`{name}` takes arguments then, and here it has none"))
        }
        (Shape::Open, Shape::Closed) if is_call && is_followed(tree, one, &[b";", b"else"]) => {
            Some(format!(
                "`{name}` ends its statement itself then, so that this `;` cuts off the `else`"
            ))
        }
        (Shape::Closed, Shape::Open) if is_call && needs_semicolon(tree, one) => Some(format!(
            "`{name}` no longer ends its statement itself, and no `;` follows here"
        )),
        _ => None,
    }
}

/// The significant tokens behind the arguments of a call, at most two.
fn behind(tree: &Tree<'_>, one: &Use) -> Vec<Vec<u8>> {
    let source = tree.index.source(one.file());
    let rest = source.get(one.offset as usize..).unwrap_or(&[]);
    let mut depth = 0_u32;
    let mut tokens = significant(rest).map(|token| token.span.of(rest));
    for text in tokens.by_ref() {
        match text {
            b"(" => depth += 1,
            b")" if depth <= 1 => break,
            b")" => depth -= 1,
            _ => {}
        }
    }
    tokens.take(2).map(<[u8]>::to_vec).collect()
}

fn is_followed(tree: &Tree<'_>, one: &Use, by: &[&[u8]]) -> bool {
    behind(tree, one) == by
}

/// Whether the next token begins another statement or ends the block.
fn needs_semicolon(tree: &Tree<'_>, one: &Use) -> bool {
    let next = behind(tree, one).into_iter().next().unwrap_or_default();
    next == b"}"
        || next
            .first()
            .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
}

fn finding(trees: &Trees<'_>, name: &str, one: &Use, because: String) -> BuildConflict {
    BuildConflict {
        path: trees.merged.path(one.file()),
        line: trees.merged.line(one.file(), one.offset),
        symbol: name.to_owned(),
        kind: BuildConflictKind::MacroShape,
        because,
        cause: Cause::Use,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_in_do_while_leaves_the_semicolon_to_its_user() {
        assert_eq!(shape(true, b"do { f(); } while (0)"), Shape::Open);
        assert_eq!(shape(true, b"{ f(); }"), Shape::Closed);
        assert_eq!(shape(true, b"f();"), Shape::Closed);
        assert_eq!(shape(false, b"f();"), Shape::Object);
    }
}
