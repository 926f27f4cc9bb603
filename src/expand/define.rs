//! One `#define` line as a macro: its name, its parameters, its replacement list (ISO C 6.10.4).

use crate::items::lexer::{self, Token, TokenKind};
use crate::text::Span;

/// A macro as one `#define` defines it.
#[derive(Clone, Debug)]
pub struct Macro {
    bytes: Box<[u8]>,
    name: Span,
    /// The names of its parameters, the variadic one last; `None` for an object-like macro.
    parameters: Option<Box<[Span]>>,
    /// Whether the last parameter takes all that is left.
    variadic: bool,
    pub(super) body: Box<[Part]>,
}

/// A token of a replacement list.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part {
    pub(super) token: Token,
    /// The parameter that it stands for.
    pub(super) parameter: Option<usize>,
    /// Whether white space stands before it.
    pub(super) spaced: bool,
}

impl Macro {
    /// The macro of a directive's bytes, `#` first; `None` for anything but a `#define` with a name.
    #[must_use]
    pub fn of_define(directive: &[u8]) -> Option<Self> {
        let tokens: Vec<Token> = lexer::significant(directive)
            .filter(|token| token.kind != TokenKind::DirectiveEnd)
            .collect();
        let [hash, word, name, rest @ ..] = tokens.as_slice() else {
            return None;
        };
        let is_define = hash.kind == TokenKind::Hash && word.span.of(directive) == b"define";
        if !is_define || name.kind != TokenKind::Identifier {
            return None;
        }
        let opens = rest.first().is_some_and(|open| {
            open.span.start == name.span.end && open.span.of(directive) == b"("
        });
        let list = opens.then(|| parameters(directive, rest));
        let (parameters, variadic, used) = match list {
            Some((names, variadic, used)) => (Some(names), variadic, used),
            None => (None, false, 0),
        };
        let body = body(directive, &rest[used..], parameters.as_deref());
        Some(Self {
            bytes: directive.into(),
            name: name.span,
            parameters: parameters.map(Into::into),
            variadic,
            body,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &[u8] {
        self.name.of(&self.bytes)
    }

    /// Where its name stands in the directive.
    #[must_use]
    pub fn name_at(&self) -> u32 {
        self.name.start
    }

    /// How many parameters it has, a variadic one counted; `None` for an object-like macro.
    #[must_use]
    pub fn parameters(&self) -> Option<usize> {
        self.parameters.as_ref().map(|names| names.len())
    }

    /// Whether its last parameter takes any number of arguments.
    #[must_use]
    pub fn is_variadic(&self) -> bool {
        self.variadic
    }

    /// The tokens of its replacement list as written.
    pub fn replacement(&self) -> impl Iterator<Item = &[u8]> {
        self.body.iter().map(|part| self.text(part))
    }

    /// Whether it does no more than give another name: its replacement list is one identifier.
    #[must_use]
    pub fn is_alias(&self) -> bool {
        let [only] = &*self.body else {
            return false;
        };
        self.parameters.is_none() && only.token.kind == TokenKind::Identifier
    }

    pub(super) fn text(&self, part: &Part) -> &[u8] {
        part.token.span.of(&self.bytes)
    }
}

/// The names of the list that `tokens` starts with, whether the last is variadic, and how many tokens the list has.
fn parameters(source: &[u8], tokens: &[Token]) -> (Vec<Span>, bool, usize) {
    let mut names = Vec::new();
    let mut variadic = false;
    for (at, token) in tokens.iter().enumerate().skip(1) {
        match token.span.of(source) {
            b")" => return (names, variadic, at + 1),
            b"..." => {
                variadic = true;
                let named = tokens[at - 1].kind == TokenKind::Identifier;
                if !named {
                    // Stands for `__VA_ARGS__`; recognized by its own text.
                    names.push(token.span);
                }
            }
            _ if token.kind == TokenKind::Identifier => names.push(token.span),
            _ => {}
        }
    }
    (names, variadic, tokens.len())
}

fn body(source: &[u8], tokens: &[Token], parameters: Option<&[Span]>) -> Box<[Part]> {
    let mut end = tokens.first().map_or(0, |first| first.span.start);
    let part = |token: &Token| {
        let spaced = token.span.start > end;
        end = token.span.end;
        Part {
            token: *token,
            parameter: parameters.and_then(|names| parameter(source, names, *token)),
            spaced,
        }
    };
    tokens.iter().map(part).collect()
}

fn parameter(source: &[u8], names: &[Span], token: Token) -> Option<usize> {
    if token.kind != TokenKind::Identifier {
        return None;
    }
    let wanted = match token.span.of(source) {
        b"__VA_ARGS__" => b"...",
        name => name,
    };
    names.iter().position(|name| name.of(source) == wanted)
}
