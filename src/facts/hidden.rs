//! Reads what the pre-pass took out of the parser's sight, when the walk comes past it, so that scopes hold.

use crate::items::lexer::{self, Token, TokenKind};
use crate::items::prepass::{Hidden, HiddenKind};
use crate::text::Span;

use super::build::Word;
use super::walk::Walk;
use super::{Role, directive, lexical, words};

/// A macro call that makes the next declared name.
#[derive(Clone, Copy)]
pub(super) struct Maker {
    /// All of the call.
    pub(super) call: Span,
    /// The macro.
    pub(super) name: Word,
    /// What stands between its brackets.
    pub(super) arguments: Span,
}

/// The longest call whose arguments are counted token by token; real ones are far below.
const LONGEST_CALL: usize = 16 * 1024;

impl Walk<'_, '_, '_> {
    /// Reads what is hidden before `end` and was not read yet.
    pub(super) fn read_hidden(&mut self, end: u32) {
        while let Some((first, rest)) = self.hidden.split_first()
            && first.span.start < end
        {
            self.hidden = rest;
            let span = first.span;
            match first.kind {
                HiddenKind::Directive => {
                    directive::inside(self.builder, span, self.functions.last().copied());
                }
                HiddenKind::NameMacro => self.maker(span),
                HiddenKind::Loop => self.call_at(span),
                HiddenKind::Operand if words::opens_tag(span.of(self.builder.bytes)) => {
                    self.tag_behind = Some(span.end);
                }
                // Other branches are read from trees of their own.
                HiddenKind::Branch => {}
                HiddenKind::Attribute | HiddenKind::Operand | HiddenKind::Bulk => {
                    lexical::references(self.builder, span);
                }
            }
        }
    }

    fn maker(&mut self, call: Span) {
        let tokens = tokens(call.of(self.builder.bytes), call.start);
        let (Some(name), Some(open), Some(close)) = (tokens.first(), tokens.get(1), tokens.last())
        else {
            return;
        };
        let arguments = Span::new(open.span.end, close.span.start);
        let word = self.builder.word(name.span);
        let role = Role::Call {
            arguments: count(self.builder.bytes, &tokens[1..]),
        };
        self.builder.refer(role, word, name.span);
        self.maker = Some(Maker {
            call,
            name: word,
            arguments,
        });
    }

    /// A call of which only the name is hidden.
    fn call_at(&mut self, name: Span) {
        let source = self.builder.bytes;
        let end = source.len().min(name.end as usize + LONGEST_CALL);
        let tokens = tokens(&source[name.end as usize..end], name.end);
        let word = self.builder.word(name);
        let role = match tokens.first().map(|open| open.span.of(source)) {
            Some(b"(") => Role::Call {
                arguments: count(source, &tokens),
            },
            _ => Role::Value,
        };
        if let Role::Call { .. } = role {
            let inner = between(source, &tokens);
            lexical::arguments(self.builder, name.start, inner);
        }
        if !self.builder.is_keyword(word) {
            self.builder.refer(role, word, name);
        }
    }

    /// Whether the word that starts at `at` had its `struct`, `union` or `enum` hidden.
    pub(super) fn takes_tag(&mut self, at: Span) -> bool {
        let Some(end) = self.tag_behind else {
            return false;
        };
        let between = Span::new(end, at.start).of(self.builder.bytes);
        let follows = end <= at.start && between.iter().all(u8::is_ascii_whitespace);
        if follows {
            self.tag_behind = None;
        }
        follows
    }
}

fn tokens(source: &[u8], base: u32) -> Vec<Token> {
    lexer::significant(source)
        .filter(|token| token.kind != TokenKind::DirectiveEnd)
        .map(|token| Token {
            span: token.span.shifted(base),
            ..token
        })
        .collect()
}

/// The tokens between the bracket that `tokens` starts with and the one that closes it.
fn between<'t>(source: &[u8], tokens: &'t [Token]) -> &'t [Token] {
    let mut depth = 0usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.span.of(source) {
            b"(" | b"[" | b"{" => depth += 1,
            b")" | b"]" | b"}" if depth <= 1 => return tokens.get(1..at).unwrap_or_default(),
            b")" | b"]" | b"}" => depth -= 1,
            _ => {}
        }
    }
    &[]
}

/// The number of arguments of the call whose opening bracket is the first of `tokens`.
fn count(source: &[u8], tokens: &[Token]) -> u16 {
    let mut depth = 0usize;
    let mut commas = 0usize;
    for (at, token) in tokens.iter().enumerate() {
        match token.span.of(source) {
            b"(" | b"[" | b"{" => depth += 1,
            b")" | b"]" | b"}" if depth <= 1 => {
                return if at == 1 {
                    0
                } else {
                    u16::try_from(commas + 1).unwrap_or(u16::MAX)
                };
            }
            b")" | b"]" | b"}" => depth -= 1,
            b"," if depth == 1 => commas += 1,
            _ => {}
        }
    }
    u16::try_from(commas + 1).unwrap_or(u16::MAX)
}

/// Whether a fact at `span` is one that only another branch's tree shows.
pub(super) fn in_other_branch(hidden: &[Hidden], span: Span) -> bool {
    let before = hidden.partition_point(|it| it.span.start <= span.start);
    hidden[..before]
        .iter()
        .rev()
        .take(64)
        .any(|it| it.kind == HiddenKind::Branch && it.span.contains(span))
}
