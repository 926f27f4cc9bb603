//! The conditions around an item: whether it is there in some configurations only, and whether it stands in for a name that
//! the system may have.

use crate::facts::SymbolKind;
use crate::graph::index::{ItemId, TreeIndex};
use crate::graph::resolve::Site;
use crate::items::lexer::{TokenKind, significant};
use crate::items::{Arm, Guard};

use super::tree::Tree;

/// Whether a branch of a conditional encloses the item, the guard of a header around all of it left out.
pub(super) fn is_conditional(tree: &dyn TreeIndex, id: ItemId) -> bool {
    !around(tree, id).is_empty()
}

/// The arms around an item with their directives, the innermost first; the guard of a header around all of it left out.
fn around(tree: &dyn TreeIndex, id: ItemId) -> Vec<(Arm, Vec<u8>)> {
    let items = tree.items(id.file);
    let source = tree.source(id.file);
    let parent = |at: &u32| items.guards.get(*at as usize)?.parent;
    let guards = std::iter::successors(tree.item(id).guard, parent).take(items.guards.len());
    let text = |guard: &Guard| guard.directive.of(&source).to_vec();
    let arms = guards.filter_map(|at| {
        let guard = items.guards.get(at as usize)?;
        let text = text(guard);
        let is_header_guard = at == 0 && memchr::memmem::find(&text, b"ndef").is_some();
        (!is_header_guard).then_some((guard.arm, text))
    });
    arms.collect()
}

/// Whether a provider is there only where the system lacks the name: under a condition it gives the name another one
/// (`#ifdef NO_STRTOUMAX`, `#define strtoumax gitstrtoumax`), or the condition asks whether the name, or the system's (`HAVE_`,
/// as Autoconf has it), is there already. Who uses it outside of such a condition has it from elsewhere too. In an `#else` it
/// may be the rest of what the other arms provide, unless it is `alone`: then these leave the name to a header.
pub(super) fn stands_in(tree: &Tree<'_>, name: &str, site: &Site, alone: bool) -> bool {
    let arms = around(tree.index, site.item);
    let completes = arms.iter().any(|(arm, _)| *arm == Arm::Else);
    if arms.is_empty() || completes && !alone {
        return false;
    }
    let gives_way = arms.iter().any(|(_, directive)| {
        let words: Vec<&[u8]> = significant(directive)
            .filter(|token| token.kind != TokenKind::DirectiveEnd)
            .map(|token| token.span.of(directive))
            .collect();
        let is_negative = words.iter().any(|word| matches!(*word, b"ifndef" | b"!"));
        let asks = |word: &&[u8]| *word == name.as_bytes() || word.starts_with(b"HAVE_");
        is_negative && words.iter().any(asks)
    });
    gives_way && !completes || is_other_name(tree, site)
}

/// Whether a macro only gives its name another one.
fn is_other_name(tree: &Tree<'_>, site: &Site) -> bool {
    if site.kind != SymbolKind::Macro || site.parameters.is_some() {
        return false;
    }
    let facts = tree.index.facts(&[site.item]).pop();
    let body = facts.and_then(|facts| facts.definitions.get(site.definition as usize)?.body);
    let Some(body) = body else { return false };
    let source = tree.index.source(site.item.file);
    let start = tree.index.item(site.item).span.start;
    let text = body.shifted(start).of(&source);
    let mut tokens = significant(text).filter(|token| token.kind != TokenKind::DirectiveEnd);
    let first = tokens.next();
    let is_name = first.is_some_and(|token| {
        let first = token.span.of(text).first();
        first.is_some_and(|byte| *byte == b'_' || byte.is_ascii_alphabetic())
    });
    is_name && tokens.next().is_none()
}
