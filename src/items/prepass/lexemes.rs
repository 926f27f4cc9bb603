//! The lexemes of one item: its tokens, and its directives whole.

use crate::items::lexer::{Token, TokenKind, directive_end, tokens};
use crate::items::split::conditional::{self, Directive};
use crate::text::{Span, offset};

/// What a lexeme is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Word,
    Number,
    Literal,
    Punctuator,
    /// A whole directive line.
    Directive(Directive),
}

/// A token that is neither comment nor white space, or a whole directive line.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lexeme {
    pub(super) kind: Kind,
    pub(super) span: Span,
    /// Whether it is the first in its line.
    pub(super) first_in_line: bool,
}

/// The lexemes of `source`.
pub(super) fn of(source: &[u8]) -> Vec<Lexeme> {
    let mut found: Vec<Lexeme> = Vec::new();
    let mut first_in_line = true;
    let mut skip_to = 0;
    for token in tokens(source) {
        if (token.span.start as usize) < skip_to {
            continue;
        }
        match token.kind {
            TokenKind::Space => {
                first_in_line |= memchr::memchr(b'\n', token.span.of(source)).is_some();
            }
            TokenKind::Comment => {}
            TokenKind::DirectiveEnd => first_in_line = true,
            TokenKind::Hash => {
                let at = token.span.start as usize;
                skip_to = directive_end(source, at);
                let span = Span::new(token.span.start, offset(skip_to));
                let name = &source[token.span.end as usize..skip_to];
                let kind = Kind::Directive(conditional::directive(name));
                found.push(Lexeme {
                    kind,
                    span,
                    first_in_line: true,
                });
                first_in_line = true;
            }
            _ => {
                found.push(Lexeme {
                    kind: kind(token),
                    span: token.span,
                    first_in_line,
                });
                first_in_line = false;
            }
        }
    }
    found
}

fn kind(token: Token) -> Kind {
    match token.kind {
        TokenKind::Identifier => Kind::Word,
        TokenKind::Number => Kind::Number,
        TokenKind::String | TokenKind::Character => Kind::Literal,
        _ => Kind::Punctuator,
    }
}
