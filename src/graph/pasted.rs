//! Uses of a name that is written nowhere: a macro pastes it together of words of its own and an argument.
//!
//! `#define API(name) register(RM_ ## name)` and `API(Next)` use `RM_Next`. The index has such words with the `##` beside
//! them as names ([`names_of`]), so the macros that may make a name are found by its beginnings and ends. Sees macros
//! that paste one argument to words of their own; not those that hand the pasting on to another macro.

use std::sync::Arc;

use crate::expand::{Macro, Pattern, reads_as_type};
use crate::items::ItemKind;
use crate::items::lexer::{Token, significant};

use super::includes::Includes;
use super::index::{ItemId, TreeIndex};

/// More macros that may make one name are not looked into.
const MOST_MACROS: usize = 64;

/// A call whose macro makes the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastedUse {
    /// The item that the call stands in.
    pub item: ItemId,
    /// Where the macro's name stands in the item.
    pub offset: u32,
}

/// What a `#define` that pastes is known by besides its names.
#[must_use]
pub fn names_of(define: &[u8]) -> Vec<Vec<u8>> {
    if memchr::memmem::find(define, b"##").is_none() {
        return Vec::new();
    }
    let patterns = Macro::of_define(define).map_or_else(Vec::new, |one| one.patterns());
    patterns.iter().map(name_of).collect()
}

fn name_of(pattern: &Pattern) -> Vec<u8> {
    match &*pattern.before {
        [] => [b"##", &*pattern.after].concat(),
        before => [before, b"##"].concat(),
    }
}

/// Who uses a name without writing it, in order of place.
#[must_use]
pub fn uses(index: &dyn TreeIndex, includes: &Includes<'_>, name: &str) -> Vec<PastedUse> {
    let makers: Vec<String> = makers_of(name).collect();
    let makers: Vec<&str> = makers.iter().map(String::as_str).collect();
    let mut defines = index.mentioning(&makers);
    defines.retain(|id| index.item(*id).kind == ItemKind::Define);
    let mut found = Vec::new();
    for define in defines.into_iter().take(MOST_MACROS) {
        let source = index.source(define.file);
        let Some(of) = Macro::of_define(index.item(define).span.of(&source)) else {
            continue;
        };
        for pattern in of.patterns().iter().filter(|one| !one.is_declared) {
            let Some(argument) = pattern.argument(name.as_bytes()) else {
                continue;
            };
            let call = Call {
                name: of.name(),
                argument,
                pattern,
            };
            let mut users = users(index, &call);
            users.retain(|one| includes.reaches(one.item.file, define.file));
            found.extend(users);
        }
    }
    found.sort_unstable_by_key(|one| (one.item, one.offset));
    found.dedup();
    found
}

/// The names under which macros that may make `name` are known: its beginnings and ends at the bounds of its words.
fn makers_of(name: &str) -> impl Iterator<Item = String> {
    let bytes = name.as_bytes();
    let is_bound = move |at: &usize| {
        let (one, other) = (bytes[*at - 1], bytes[*at]);
        let class = |byte: u8| {
            (
                byte == b'_',
                byte.is_ascii_digit(),
                byte.is_ascii_uppercase(),
            )
        };
        class(one) != class(other)
    };
    let bounds = (1..bytes.len()).filter(is_bound);
    bounds
        .filter(|at| name.is_char_boundary(*at))
        .flat_map(|at| {
            let (before, after) = name.split_at(at);
            [format!("{before}##"), format!("##{after}")]
        })
}

/// A call that makes the name.
struct Call<'a> {
    name: &'a [u8],
    argument: &'a [u8],
    pattern: &'a Pattern,
}

fn users(index: &dyn TreeIndex, call: &Call<'_>) -> Vec<PastedUse> {
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let (name, argument) = (text(call.name), text(call.argument));
    let mentions = index.mentions(&[&name, &argument]);
    let [callers, speakers] = &*mentions else {
        return Vec::new();
    };
    let both = callers
        .iter()
        .filter(|id| speakers.binary_search(id).is_ok());
    let mut found = Vec::new();
    for item in both.copied() {
        let source: Arc<[u8]> = index.source(item.file);
        let bytes = index.item(item).span.of(&source);
        let places = places(bytes, call).into_iter();
        found.extend(places.map(|offset| PastedUse { item, offset }));
    }
    found
}

/// Where in an item the call stands.
fn places(bytes: &[u8], call: &Call<'_>) -> Vec<u32> {
    let tokens: Vec<Token> = significant(bytes).collect();
    let text = |at: usize| {
        tokens
            .get(at)
            .map_or(&b""[..], |token| token.span.of(bytes))
    };
    let is_call = |at: &usize| {
        let is_used = !call.pattern.is_first
            || at
                .checked_sub(1)
                .is_some_and(|before| !reads_as_type(text(before)));
        text(*at) == call.name
            && text(*at + 1) == b"("
            && is_used
            && argument(&tokens[*at + 2..], bytes, call.pattern.parameter) == Some(call.argument)
    };
    let found = (0..tokens.len()).filter(is_call);
    found.map(|at| tokens[at].span.start).collect()
}

/// The argument at a position, where it is one token; `tokens` starts behind the parenthesis.
fn argument<'b>(tokens: &[Token], bytes: &'b [u8], position: usize) -> Option<&'b [u8]> {
    let (mut depth, mut at, mut only) = (0_u32, 0, None);
    for token in tokens {
        let text = token.span.of(bytes);
        match text {
            b"(" | b"[" | b"{" => depth += 1,
            b"," | b")" if depth == 0 && at == position => return only,
            b")" if depth == 0 => return None,
            b")" | b"]" | b"}" => depth = depth.saturating_sub(1),
            b"," if depth == 0 => at += 1,
            _ if at == position && only.is_none() => only = Some(text),
            _ if at == position => return None,
            _ => {}
        }
    }
    None
}
