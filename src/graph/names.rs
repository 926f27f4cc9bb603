//! Which names an item mentions and which of them it may define, by its tokens alone: what a tree index is made of.
//!
//! Runs over every byte of a tree, so there is no parsing here. Invariant: every name that `facts` defines at file scope
//! in an item (names that a macro makes left out) is among those marked as defined, and every member that it calls among
//! those marked so.

use std::borrow::Cow;

use crate::items::lexer::{Token, TokenKind, significant};
use crate::items::{ItemKind, name_hash};
use crate::text::Span;

use super::pasted;

/// A name of an item: its hash with the two lowest bits replaced by what the item may do with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NameMark(u32);

const DEFINED: u32 = 1;
const CALLED_MEMBER: u32 = 2;
const FLAGS: u32 = DEFINED | CALLED_MEMBER;

impl NameMark {
    /// The mark of a name that is only used.
    #[must_use]
    pub fn used(name: &[u8]) -> Self {
        Self(name_hash(name) & !FLAGS)
    }

    /// The mark that was stored as a number.
    #[must_use]
    pub fn stored(number: u32) -> Self {
        Self(number)
    }

    /// As a number, in the order of marks: those of one name come together, the one of a name that is only used first.
    #[must_use]
    pub fn number(self) -> u32 {
        self.0
    }

    /// The same name, as one that is only used.
    #[must_use]
    pub fn as_used(self) -> Self {
        Self(self.0 & !FLAGS)
    }

    /// The same name, as one that may be defined.
    #[must_use]
    pub fn as_defined(self) -> Self {
        Self(self.0 | DEFINED)
    }

    /// Whether the item may define it.
    #[must_use]
    pub fn is_defined(self) -> bool {
        self.0 & DEFINED != 0
    }

    /// The same name, as that of a member that is called.
    #[must_use]
    pub fn as_called_member(self) -> Self {
        Self(self.0 | CALLED_MEMBER)
    }

    /// Whether the item calls a member of that name: `x.name(...)` or `x->name(...)`.
    #[must_use]
    pub fn is_called_member(self) -> bool {
        self.0 & CALLED_MEMBER != 0
    }

    /// What the item may do with the name, as a number below [`NameMark::KINDS`].
    #[must_use]
    pub fn kind(self) -> u32 {
        self.0 & FLAGS
    }

    /// The same name with what another item may do with it, as [`NameMark::kind`] has it.
    #[must_use]
    pub fn of_kind(self, kind: u32) -> Self {
        Self(self.0 & !FLAGS | kind & FLAGS)
    }

    /// How many kinds of marks there are for one name.
    pub const KINDS: u32 = FLAGS + 1;

    /// Whether both are of the same name (or share a hash).
    #[must_use]
    pub fn is_same_name(self, other: Self) -> bool {
        self.as_used() == other.as_used()
    }
}

/// The names of one item, sorted, each once; keywords that open statements are left out. An `#include` has one name:
/// the last part of its path.
#[must_use]
pub fn of_item(kind: ItemKind, bytes: &[u8]) -> Vec<NameMark> {
    let mut marks = match kind {
        ItemKind::Include => include_name(bytes).into_iter().collect(),
        ItemKind::Define => of_define(bytes),
        ItemKind::Conditional | ItemKind::Directive => used_in(bytes),
        ItemKind::Function => of_function(bytes),
        ItemKind::Declaration | ItemKind::MacroCall | ItemKind::Fragment => of_declaration(bytes),
    };
    merge(&mut marks);
    marks
}

/// Sorts and joins marks: what is done with a name anywhere among them counts.
pub fn merge(marks: &mut Vec<NameMark>) {
    marks.sort_unstable();
    marks.dedup_by(|next, kept| {
        let is_same = next.is_same_name(*kept);
        if is_same {
            kept.0 |= next.0;
        }
        is_same
    });
}

/// A token with what stands before and behind it.
struct Word<'b> {
    token: Token,
    text: &'b [u8],
    before: &'b [u8],
    after: Option<&'b [u8]>,
}

fn words(bytes: &[u8]) -> impl Iterator<Item = Word<'_>> {
    let mut tokens = significant(bytes).peekable();
    let mut last = &b""[..];
    std::iter::from_fn(move || {
        let token = tokens.next()?;
        let text = token.span.of(bytes);
        Some(Word {
            token,
            text,
            before: std::mem::replace(&mut last, text),
            after: tokens.peek().map(|next| next.span.of(bytes)),
        })
    })
}

impl Word<'_> {
    fn mark(&self) -> Option<NameMark> {
        if self.token.kind != TokenKind::Identifier || is_keyword(self.text) {
            return None;
        }
        let name = NameMark::used(self.text);
        let is_called_member = matches!(self.before, b"." | b"->") && self.after == Some(b"(");
        Some(match is_called_member {
            true => name.as_called_member(),
            false => name,
        })
    }
}

fn used_in(bytes: &[u8]) -> Vec<NameMark> {
    words(bytes).filter_map(|word| word.mark()).collect()
}

fn include_name(bytes: &[u8]) -> Option<NameMark> {
    let line = include_line(bytes)?;
    let last = line.path.rsplit('/').next().unwrap_or_default();
    Some(NameMark::used(last.as_bytes()))
}

/// `#define NAME ...`: the first name behind the directive's own is the one defined. What it pastes names together of counts
/// too, with the `##` beside it.
fn of_define(bytes: &[u8]) -> Vec<NameMark> {
    let names = words(bytes).filter(|word| word.token.kind == TokenKind::Identifier);
    let names = names.skip(1).enumerate();
    let marks = names.map(|(at, word)| {
        let name = word.mark().unwrap_or_else(|| NameMark::used(word.text));
        match at {
            0 => name.as_defined(),
            _ => name,
        }
    });
    let pasted = pasted::names_of(bytes);
    let pasted = pasted.iter().map(|name| NameMark::used(name));
    marks.chain(pasted).collect()
}

/// The head defines what stands before a parenthesis, opening or closing (the function's own name in all its forms), and
/// what stands before the brace (the tag of a record that it returns).
fn of_function(bytes: &[u8]) -> Vec<NameMark> {
    let mut marks = Vec::new();
    let mut in_head = true;
    for word in words(bytes) {
        in_head &= word.text != b"{";
        let Some(name) = word.mark() else {
            continue;
        };
        let is_candidate = matches!(word.after, Some(b"(" | b")" | b"{"));
        marks.push(if in_head && is_candidate {
            name.as_defined()
        } else {
            name
        });
    }
    marks
}

/// A declarator's name is followed by what ends, initializes or extends a declarator; a type's name by a name or a star.
/// What stands behind `=` outside braces is an initializer and defines nothing.
fn of_declaration(bytes: &[u8]) -> Vec<NameMark> {
    let mut marks = Vec::new();
    let mut depth = 0_i32;
    let mut in_initializer = false;
    for word in words(bytes) {
        match word.text {
            b"{" | b"(" | b"[" => depth += 1,
            b"}" | b")" | b"]" => depth -= 1,
            b"=" if depth == 0 => in_initializer = true,
            b";" | b"," if depth == 0 => in_initializer = false,
            _ => {}
        }
        let Some(name) = word.mark() else {
            continue;
        };
        marks.push(if !in_initializer && may_end_declarator(word.after) {
            name.as_defined()
        } else {
            name
        });
    }
    marks
}

fn may_end_declarator(next: Option<&[u8]>) -> bool {
    let Some(next) = next else { return true };
    match next {
        b"*" | b"." | b"->" => false,
        [first, ..] if first.is_ascii_alphabetic() || *first == b'_' => is_attribute_like(next),
        _ => true,
    }
}

/// `__attribute__`, `asm`, or a word without small letters: what may stand between a declarator's name and its end.
fn is_attribute_like(word: &[u8]) -> bool {
    word.starts_with(b"__") || word == b"asm" || !word.iter().any(u8::is_ascii_lowercase)
}

/// The keywords that make up a good part of all identifiers; what is left out here is never asked for.
fn is_keyword(name: &[u8]) -> bool {
    matches!(
        name,
        b"if"
            | b"else"
            | b"for"
            | b"while"
            | b"do"
            | b"return"
            | b"break"
            | b"continue"
            | b"goto"
            | b"switch"
            | b"case"
            | b"default"
            | b"sizeof"
            | b"static"
            | b"const"
            | b"struct"
            | b"union"
            | b"enum"
            | b"typedef"
            | b"extern"
            | b"void"
            | b"int"
            | b"char"
            | b"unsigned"
            | b"long"
            | b"short"
            | b"signed"
            | b"volatile"
    )
}

/// The path of an `#include`, as written.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IncludeLine {
    /// The item's position in its file.
    pub item: u32,
    /// What stands between the quotes or brackets.
    pub path: String,
    /// Whether it stands in angle brackets.
    pub brackets: bool,
}

/// Reads an include directive; `None` where a macro stands for the path. `item` is left at 0.
#[must_use]
pub fn include_line(bytes: &[u8]) -> Option<IncludeLine> {
    let path = significant(bytes).find_map(|token| path_token(bytes, token))?;
    let text = path.0.of(bytes);
    let inner = text.get(1..text.len().checked_sub(1)?)?;
    let path_text: Cow<'_, str> = String::from_utf8_lossy(inner);
    Some(IncludeLine {
        item: 0,
        path: path_text.into_owned(),
        brackets: path.1,
    })
}

fn path_token(bytes: &[u8], token: Token) -> Option<(Span, bool)> {
    match token.kind {
        TokenKind::HeaderName => Some((token.span, true)),
        TokenKind::String if token.span.of(bytes).first() == Some(&b'"') => {
            Some((token.span, false))
        }
        _ => None,
    }
}
