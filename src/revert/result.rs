//! Calls whose result is no longer what the caller makes of it: `declaration`.
//!
//! Three classes of results are told apart by the head as written: none (`void`), a pointer (a star), a value (the
//! rest, typedefs of pointers too). Only two uses are judged: any use of a result that is none, and `return f(..)` in a
//! function that returns the other class.

use std::collections::BTreeSet;

use crate::facts::{Definition, ItemFacts, SymbolKind};
use crate::graph::index::{FileId, ItemId};
use crate::items::lexer::{TokenKind, significant};

use super::names::{Use, Uses, uses_of};
use super::touched::{TouchedFile, provided};
use super::tree::Tree;
use super::{BuildConflict, BuildConflictKind, Cause, Trees};

/// What a function gives to its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ResultClass {
    Nothing,
    Pointer,
    Value,
}

impl ResultClass {
    fn words(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Pointer => "a pointer",
            Self::Value => "a value",
        }
    }
}

/// Every call that fitted its callee's result and no longer does, unsorted.
pub(super) fn conflicts(
    trees: &Trees<'_>,
    touched: &[TouchedFile],
    brought: &[Uses],
) -> Vec<BuildConflict> {
    let mut found = changed_results(trees, touched);
    for (name, calls) in brought.iter().flatten() {
        found.extend(calls.iter().filter_map(|call| judged(trees, name, call)));
    }
    found
}

/// Calls anywhere of functions whose result the back-out changes.
fn changed_results(trees: &Trees<'_>, touched: &[TouchedFile]) -> Vec<BuildConflict> {
    let mut names = BTreeSet::new();
    for file in touched {
        let both = &provided(trees.target.index, &file.items.before)
            & &provided(trees.merged.index, &file.items.after);
        trees.merged.learn(&both);
        trees.target.learn(&both);
        names.extend(
            both.into_iter()
                .filter(|name| classes(&trees.target, name) != classes(&trees.merged, name)),
        );
    }
    let calls = uses_of(trees.merged.index, &names, |_| true);
    calls
        .iter()
        .flat_map(|(name, calls)| calls.iter().filter_map(|call| judged(trees, name, call)))
        .collect()
}

/// The classes that the functions of a name have in a tree.
fn classes(tree: &Tree<'_>, name: &str) -> BTreeSet<ResultClass> {
    let sites = tree.names.sites(name);
    sites
        .iter()
        .filter(|site| site.kind == SymbolKind::Function)
        .filter_map(|site| {
            let facts = tree.index.facts(&[site.item]).pop()?;
            let definition = facts.definitions.get(site.definition as usize)?;
            Some(class(tree, site.item, definition))
        })
        .collect()
}

/// What a function gives, by its head as written.
pub(super) fn class(tree: &Tree<'_>, item: ItemId, definition: &Definition) -> ResultClass {
    let start = tree.index.item(item).span.start;
    let head = crate::text::Span::new(definition.span.start, definition.name_span.start);
    let source = tree.index.source(item.file);
    let text = head.shifted(start).of(&source);
    let tokens: Vec<&[u8]> = significant(text).map(|token| token.span.of(text)).collect();
    if tokens.contains(&&b"*"[..]) {
        ResultClass::Pointer
    } else if tokens.contains(&&b"void"[..]) {
        ResultClass::Nothing
    } else {
        ResultClass::Value
    }
}

/// The break at a call, if it fitted in the tree that the call comes from.
fn judged(trees: &Trees<'_>, name: &str, call: &Use) -> Option<BuildConflict> {
    let (wanted, given) = misuse(&trees.merged, name, call)?;
    let path = trees.merged.path(call.file());
    let fitted = |tree: &Tree<'_>, file: FileId| {
        let uses = tree.uses_in_file(file, &[name.to_owned()].into());
        let uses = uses.get(name).map_or(&[][..], Vec::as_slice);
        let takes = takes(&trees.merged, call);
        let is_same = |one: &&Use| {
            one.arguments == call.arguments && self::takes(tree, one).is_some() == takes.is_some()
        };
        let same: Vec<_> = uses.iter().filter(is_same).collect();
        let all_fit = same.iter().all(|one| misuse(tree, name, one).is_none());
        (!same.is_empty()).then(|| all_fit && !classes(tree, name).is_empty())
    };
    let at = |tree: &Tree<'_>| fitted(tree, tree.index.file(&path)?);
    let cause = match at(&trees.target) {
        Some(true) => Cause::Use,
        Some(false) => return None,
        None => {
            at(&trees.source).filter(|fitted| *fitted)?;
            Cause::Loss { path: path.clone() }
        }
    };
    Some(BuildConflict {
        line: trees.merged.line(call.file(), call.offset),
        path,
        symbol: name.to_owned(),
        kind: BuildConflictKind::Declaration,
        because: format!(
            "takes {} from `{name}`, which gives {} then",
            wanted.words(),
            given.words()
        ),
        cause,
    })
}

/// How a caller takes a result.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Takes {
    /// It returns it.
    HandsOn,
    /// It makes anything else of it.
    Uses,
}

/// How a call's result is taken, by what stands before it; `None` where it is left, or may be.
fn takes(tree: &Tree<'_>, call: &Use) -> Option<Takes> {
    let source = tree.index.source(call.file());
    let item = tree.index.item(call.item);
    let before = crate::text::Span::new(item.span.start, call.offset).of(&source);
    let statement_ends: [&[u8]; 8] = [b";", b"{", b"}", b")", b":", b"else", b"do", b"("];
    match last_token(before)? {
        b"return" => Some(Takes::HandsOn),
        last => (!statement_ends.contains(&last)).then_some(Takes::Uses),
    }
}

/// What the caller takes and what the callee gives, where these differ.
fn misuse(tree: &Tree<'_>, name: &str, call: &Use) -> Option<(ResultClass, ResultClass)> {
    call.arguments?;
    let takes = takes(tree, call)?;
    let classes = classes(tree, name);
    let mut all = classes.into_iter();
    let (given, None) = (all.next()?, all.next()) else {
        return None;
    };
    let is_macro = tree
        .names
        .sites(name)
        .iter()
        .any(|site| site.kind == SymbolKind::Macro);
    if is_macro {
        return None;
    }
    if takes == Takes::Uses {
        return (given == ResultClass::Nothing).then_some((ResultClass::Value, given));
    }
    let facts = tree.index.facts(&[call.item]).pop()?;
    let wanted = class(tree, call.item, enclosing(&facts)?);
    (wanted != given).then_some((wanted, given))
}

/// The text of the last significant token; read from the start, since what looks like code may stand in a comment.
fn last_token(text: &[u8]) -> Option<&[u8]> {
    let tokens = significant(text).filter(|token| token.kind != TokenKind::DirectiveEnd);
    tokens.last().map(|token| token.span.of(text))
}

/// The function that an item defines.
fn enclosing(facts: &ItemFacts) -> Option<&Definition> {
    let mut all = facts.definitions.iter();
    all.find(|one| one.kind == SymbolKind::Function && one.body.is_some())
}
