//! The tokens of an item that macros may turn into declarations: all but function bodies and initializers.

use crate::items::ItemKind;
use crate::items::lexer::{self, Token, TokenKind};
use crate::items::prepass;
use crate::text::Span;

use super::piece::Piece;
use super::text::Bodies;

/// The head of an item.
pub(super) struct Head<'s> {
    pub(super) pieces: Vec<Piece<'s>>,
    /// How many branches its conditionals have of which this shows one.
    pub(super) branches: usize,
    /// The names that it may define as a function's: behind a type, before one parameter list.
    pub(super) functions: Vec<&'s [u8]>,
}

/// More tokens than any head has that people write; what is longer is a table.
const LONGEST: usize = 60_000;

/// The tokens of an item outside function bodies and initializers, with branch number `branch` of each `#if` that splits
/// something; a body is `{}`, an initializer `0` unless bodies are kept. `None` for items that are no declarations, and for endless ones.
pub(super) fn of_item(
    bytes: &[u8],
    kind: ItemKind,
    bodies: Bodies,
    branch: usize,
) -> Option<Head<'_>> {
    if !matches!(
        kind,
        ItemKind::Function | ItemKind::Declaration | ItemKind::MacroCall
    ) {
        return None;
    }
    let (hidden, branches) = match memchr::memchr(b'#', bytes) {
        Some(_) => prepass::conditionals(bytes, kind, branch),
        None => (Vec::new(), 1),
    };
    let mut reader = Reader {
        bytes,
        hidden: &hidden,
        end: 0,
        in_directive: false,
        pieces: Vec::new(),
    };
    let mut tokens = lexer::significant(bytes);
    match kind {
        ItemKind::MacroCall => reader.all(&mut tokens),
        ItemKind::Declaration if bodies == Bodies::Kept => reader.all(&mut tokens),
        ItemKind::Function => reader.function(&mut tokens),
        _ => reader.declaration(&mut tokens),
    }
    let pieces = reader.pieces;
    let functions = match kind {
        ItemKind::Function => declarators(bytes, &pieces),
        _ => Vec::new(),
    };
    (pieces.len() < LONGEST).then_some(Head {
        pieces,
        branches,
        functions,
    })
}

/// The names behind a type and before one parameter list.
fn declarators<'s>(bytes: &'s [u8], pieces: &[Piece<'_>]) -> Vec<&'s [u8]> {
    let mut names = Vec::new();
    let mut depth = 0usize;
    let mut opened = None;
    for (at, piece) in pieces.iter().enumerate() {
        match piece.text {
            b"(" => {
                if depth == 0 {
                    opened = Some(at);
                }
                depth += 1;
            }
            b")" => {
                depth = depth.saturating_sub(1);
                let again = pieces.get(at + 1).is_some_and(|next| next.is(b"("));
                let name = opened.and_then(|open| declarator(pieces, open));
                if depth == 0
                    && !again
                    && let Some(name) = name
                {
                    names.push(name.of(bytes));
                }
            }
            _ => {}
        }
    }
    names
}

/// The name in front of the bracket at `open`, where a type stands before it.
fn declarator(pieces: &[Piece<'_>], open: usize) -> Option<Span> {
    let name = pieces.get(open.checked_sub(1)?)?;
    let before = pieces.get(open.checked_sub(2)?)?;
    let storage = [&b"static"[..], b"extern", b"inline"];
    let is_type = match before.kind {
        TokenKind::Identifier => !storage.iter().any(|word| before.is(word)),
        _ => before.is(b"*"),
    };
    name.written
        .filter(|_| is_type && name.kind == TokenKind::Identifier)
}

struct Reader<'s, 'h> {
    bytes: &'s [u8],
    hidden: &'h [Span],
    end: u32,
    in_directive: bool,
    pieces: Vec<Piece<'s>>,
}

impl<'s> Reader<'s, '_> {
    /// The next token in sight.
    fn next(&mut self, tokens: &mut impl Iterator<Item = Token>) -> Option<Token> {
        if self.pieces.len() >= LONGEST {
            return None;
        }
        for token in tokens {
            match token.kind {
                TokenKind::Hash => self.in_directive = true,
                TokenKind::DirectiveEnd => {
                    self.in_directive = false;
                    continue;
                }
                _ => {}
            }
            if self.in_directive || self.is_hidden(token) {
                continue;
            }
            return Some(token);
        }
        None
    }

    fn is_hidden(&mut self, token: Token) -> bool {
        while let Some((first, rest)) = self.hidden.split_first()
            && first.end <= token.span.start
        {
            self.hidden = rest;
        }
        self.hidden
            .first()
            .is_some_and(|first| first.start <= token.span.start)
    }

    fn push(&mut self, token: Token) {
        let spaced = token.span.start > self.end;
        self.end = token.span.end;
        self.pieces.push(Piece::written(self.bytes, token, spaced));
    }

    fn last_is(&self, back: usize, text: &[u8]) -> bool {
        let at = self.pieces.len().checked_sub(back);
        at.is_some_and(|at| self.pieces[at].is(text))
    }

    fn all(&mut self, tokens: &mut impl Iterator<Item = Token>) {
        while let Some(token) = self.next(tokens) {
            self.push(token);
        }
    }

    /// Up to the first brace that holds no members.
    fn function(&mut self, tokens: &mut impl Iterator<Item = Token>) {
        let mut depth = 0usize;
        while let Some(token) = self.next(tokens) {
            let text = token.span.of(self.bytes);
            if text == b"{" && depth == 0 && !self.opens_members() {
                self.pieces.push(Piece::extra(b"{", token.span.start));
                self.pieces.push(Piece::extra(b"}", token.span.start));
                return;
            }
            depth = deeper(depth, text);
            self.push(token);
        }
    }

    /// Whether a brace here is that of `struct`, `struct tag` and their kin.
    fn opens_members(&self) -> bool {
        let tag = |back| {
            [&b"struct"[..], b"union", b"enum"]
                .iter()
                .any(|tag| self.last_is(back, tag))
        };
        tag(1) || tag(2)
    }

    /// Everything but what stands behind a `=` outside all brackets.
    fn declaration(&mut self, tokens: &mut impl Iterator<Item = Token>) {
        let mut depth = 0usize;
        let mut initializer = false;
        while let Some(token) = self.next(tokens) {
            let text = token.span.of(self.bytes);
            depth = deeper(depth, text);
            if initializer && (depth > 0 || !matches!(text, b"," | b";")) {
                continue;
            }
            initializer = false;
            self.push(token);
            if text == b"=" && depth == 0 {
                self.pieces.push(Piece::extra(b"0", token.span.start));
                initializer = true;
            }
        }
    }
}

fn deeper(depth: usize, text: &[u8]) -> usize {
    match text {
        b"(" | b"[" | b"{" => depth + 1,
        b")" | b"]" | b"}" => depth.saturating_sub(1),
        _ => depth,
    }
}
