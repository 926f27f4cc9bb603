//! Tells the parameter declarations of an old-style function from declarations that follow a macro call.

use crate::items::lexer::{Token, TokenKind, Tokens};

/// More parameter declarations than any old-style function has; bounds the look ahead.
const MOST_DECLARATIONS: usize = 64;
/// More tokens than one parameter declaration has.
const MOST_TOKENS: usize = 64;

/// Where the body's `{` stands, if `names` (with its parentheses) is an old-style parameter list and what follows at `at`
/// declares parameters up to that brace (ISO C 6.9.1 before C23).
pub(super) fn body(source: &[u8], names: &[u8], at: usize) -> Option<usize> {
    let names = parameter_names(names)?;
    let mut tokens = significant(source, at);
    let mut declared = 0;
    loop {
        let first = tokens.next()?;
        if first.span.of(source) == b"{" {
            return (declared > 0).then_some(first.span.start as usize);
        }
        if first.kind != TokenKind::Identifier || declared == MOST_DECLARATIONS {
            return None;
        }
        if !declares_one_of(&names, source, &mut tokens) {
            return None;
        }
        declared += 1;
    }
}

fn significant(source: &[u8], at: usize) -> impl Iterator<Item = Token> {
    Tokens::resumed(source, at)
        .filter(|token| !matches!(token.kind, TokenKind::Space | TokenKind::Comment))
}

/// The names of `(a, b, c)`; nothing for any other list.
fn parameter_names(list: &[u8]) -> Option<Vec<&[u8]>> {
    let inside = list.strip_prefix(b"(")?.strip_suffix(b")")?;
    let mut names = Vec::new();
    for (at, token) in significant(inside, 0).enumerate() {
        let is_name = token.kind == TokenKind::Identifier;
        if is_name != (at % 2 == 0) || !is_name && token.span.of(inside) != b"," {
            return None;
        }
        if is_name {
            names.push(token.span.of(inside));
        }
        if names.len() > MOST_DECLARATIONS {
            return None;
        }
    }
    (!names.is_empty()).then_some(names)
}

/// Reads to behind the next `;`: whether what stands before it can be a declaration of one of `names`.
fn declares_one_of(
    names: &[&[u8]],
    source: &[u8],
    tokens: &mut impl Iterator<Item = Token>,
) -> bool {
    let mut named = false;
    for token in tokens.take(MOST_TOKENS) {
        match (token.kind, token.span.of(source)) {
            (TokenKind::Punctuator, b";") => return named,
            (TokenKind::Identifier, word) => named |= names.contains(&word),
            (TokenKind::Number, _) => {}
            (TokenKind::Punctuator, b"*" | b"," | b"(" | b")" | b"[" | b"]") => {}
            _ => return false,
        }
    }
    false
}
