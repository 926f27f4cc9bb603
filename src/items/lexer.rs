//! C tokens out of bytes: enough to split, to compare and to find identifiers; no keywords, no numbers' values.
//!
//! Invariant: the tokens of [`tokens`] stand in order and together cover every byte exactly once, whatever the bytes
//! are. Knows neither encodings (a byte above 127 is part of an identifier) nor trigraphs; an identifier or a number
//! that a line continuation cuts in two gives two tokens.

mod again;
mod ends;

pub use self::again::significant_after;
pub(in crate::items) use self::ends::{comment_end, continuation_end, literal_end};
use self::ends::{number_end, punctuator_end};
use crate::text::{Span, offset};

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TokenKind {
    /// Blanks, newlines outside directives, line continuations, a byte order mark at the start.
    Space,
    /// `/* ... */` or `// ...`, the latter without its newline; unterminated: up to the end of the source.
    Comment,
    /// A name or keyword; bytes above 127 count as letters.
    Identifier,
    /// A preprocessing number: `0x1f`, `1e+3f`, `1'000`.
    Number,
    /// A string with its prefix; one that its line does not close ends before the newline.
    String,
    /// A character constant with its prefix; one that its line does not close ends before the newline.
    Character,
    /// One punctuator, the longest that fits: `->`, `>>=`, `...`, `##`.
    Punctuator,
    /// The `#` (or `%:`) that starts a directive.
    Hash,
    /// `<...>` behind `#include`.
    HeaderName,
    /// The newline that ends a directive; empty where the source ends first.
    DirectiveEnd,
    /// A byte that C has no use for: a NUL, a control character, `@`, a stray backslash.
    Other,
}

/// One token and where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its bytes.
    pub span: Span,
}

/// Every token of `source`, comments and white space included.
#[must_use]
pub fn tokens(source: &[u8]) -> Tokens<'_> {
    Tokens::resumed(source, 0)
}

/// The tokens that mean something: all but comments and white space.
///
/// Two sources whose significant tokens have equal kinds and texts are the same C. `DirectiveEnd` stays, since a
/// newline there is part of the language; its text does not matter.
pub fn significant(source: &[u8]) -> impl Iterator<Item = Token> {
    tokens(source).filter(is_significant)
}

fn is_significant(token: &Token) -> bool {
    !matches!(token.kind, TokenKind::Space | TokenKind::Comment)
}

/// Whether two sources are the same but for comments and white space.
#[must_use]
pub fn same_tokens(one: &[u8], other: &[u8]) -> bool {
    let text = |source: &'_ [u8], token: Token| match token.kind {
        TokenKind::DirectiveEnd => (token.kind, Vec::new()),
        kind => (kind, token.span.of(source).to_vec()),
    };
    one == other
        || significant(one)
            .map(|token| text(one, token))
            .eq(significant(other).map(|token| text(other, token)))
}

/// The identifiers of `source`, keywords included, in order and with repeats; none out of comments or literals.
pub fn identifiers(source: &[u8]) -> impl Iterator<Item = Span> {
    tokens(source)
        .filter(|token| token.kind == TokenKind::Identifier)
        .map(|token| token.span)
}

/// Where the directive line that holds `at` ends: the offset of its newline, or the end of the source.
///
/// Sees continuation lines, comments that span lines, and literals. `at` must not lie inside a literal or a comment.
#[must_use]
pub fn directive_end(source: &[u8], at: usize) -> usize {
    let mut at = at;
    while let Some(&byte) = source.get(at) {
        at = match byte {
            b'\n' => return at,
            b'"' | b'\'' => literal_end(source, at),
            b'/' => comment_end(source, at).unwrap_or(at + 1),
            b'\\' => continuation_end(source, at).unwrap_or(at + 1),
            _ => at + 1,
        };
    }
    source.len()
}

/// Walks the tokens of one source; made by [`tokens`].
#[derive(Clone, Debug)]
pub struct Tokens<'a> {
    source: &'a [u8],
    at: usize,
    /// Whether only white space and comments stand between the start of the line and here.
    line_start: bool,
    directive: Directive,
}

/// How far a directive line has been read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Directive {
    Outside,
    /// Behind the `#`: the directive's name comes next.
    Named,
    /// Behind `#include` and its kin: `<` opens a header name.
    Header,
    Body,
}

impl<'a> Tokens<'a> {
    /// Goes on at byte `at`, outside any directive.
    pub(super) fn resumed(source: &'a [u8], at: usize) -> Self {
        Self {
            source,
            at,
            line_start: starts_line(source, at),
            directive: Directive::Outside,
        }
    }

    /// Where the next token starts.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    fn kind_and_end(&mut self, byte: u8) -> (TokenKind, usize) {
        let (source, at) = (self.source, self.at);
        match CLASS[byte as usize] {
            Class::Space => (TokenKind::Space, self.space_end()),
            Class::Letter if at == 0 && source.starts_with(b"\xef\xbb\xbf") => {
                (TokenKind::Space, 3)
            }
            Class::Letter => identifier_or_literal(source, at),
            Class::Digit => (TokenKind::Number, number_end(source, at)),
            Class::Quote => (literal_kind(byte), literal_end(source, at)),
            Class::Slash => match comment_end(source, at) {
                Some(end) => (TokenKind::Comment, end),
                None => (TokenKind::Punctuator, punctuator_end(source, at)),
            },
            Class::Backslash => match continuation_end(source, at) {
                Some(end) => (TokenKind::Space, end),
                None => (TokenKind::Other, at + 1),
            },
            Class::Punctuator => self.punctuator(byte),
            Class::Other => (TokenKind::Other, at + 1),
        }
    }

    fn space_end(&mut self) -> usize {
        let outside = self.directive == Directive::Outside;
        let mut at = self.at;
        while let Some(&byte) = self.source.get(at) {
            match byte {
                b'\n' if !outside => break,
                b'\n' => self.line_start = true,
                b' ' | b'\t' | b'\r' | 0x0b | 0x0c => {}
                _ => break,
            }
            at += 1;
        }
        at
    }

    fn punctuator(&self, byte: u8) -> (TokenKind, usize) {
        let (source, at) = (self.source, self.at);
        let rest = &source[at..];
        if self.line_start && self.directive == Directive::Outside {
            if byte == b'#' {
                return (TokenKind::Hash, at + 1);
            }
            if rest.starts_with(b"%:") {
                return (TokenKind::Hash, at + 2);
            }
        }
        if byte == b'.' && rest.get(1).is_some_and(u8::is_ascii_digit) {
            return (TokenKind::Number, number_end(source, at));
        }
        if byte == b'<' && self.directive == Directive::Header {
            let close = memchr::memchr2(b'>', b'\n', rest).filter(|close| rest[*close] == b'>');
            if let Some(close) = close {
                return (TokenKind::HeaderName, at + close + 1);
            }
        }
        (TokenKind::Punctuator, punctuator_end(source, at))
    }

    fn note_directive(&mut self, kind: TokenKind, text: &[u8]) {
        self.directive = match (kind, self.directive) {
            (TokenKind::Hash, _) => Directive::Named,
            (TokenKind::Space | TokenKind::Comment, state) => state,
            (TokenKind::Identifier, Directive::Named) => match text {
                b"include" | b"include_next" | b"import" | b"embed" => Directive::Header,
                _ => Directive::Body,
            },
            (_, Directive::Outside) => Directive::Outside,
            _ => Directive::Body,
        };
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let start = self.at;
        let (kind, end) = match self.source.get(start) {
            None if self.directive == Directive::Outside => return None,
            None => (TokenKind::DirectiveEnd, start),
            Some(b'\n') if self.directive != Directive::Outside => {
                (TokenKind::DirectiveEnd, start + 1)
            }
            Some(byte) => self.kind_and_end(*byte),
        };
        self.at = end;
        if kind == TokenKind::DirectiveEnd {
            self.directive = Directive::Outside;
            self.line_start = true;
        } else if !matches!(kind, TokenKind::Space | TokenKind::Comment) {
            if self.line_start || self.directive != Directive::Outside {
                self.note_directive(kind, &self.source[start..end]);
            }
            self.line_start = false;
        }
        Some(Token {
            kind,
            span: Span::new(offset(start), offset(end)),
        })
    }
}

/// Whether only blanks stand between the start of the line and `at`.
pub(super) fn starts_line(source: &[u8], at: usize) -> bool {
    source[..at]
        .iter()
        .rev()
        .find(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | 0x0b | 0x0c))
        .is_none_or(|byte| *byte == b'\n')
}

/// What a byte can start.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Other,
    Space,
    Letter,
    Digit,
    Quote,
    Slash,
    Backslash,
    Punctuator,
}

const CLASS: [Class; 256] = {
    let mut table = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = match byte as u8 {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => Class::Space,
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' => Class::Letter,
            0x80..=0xff => Class::Letter,
            b'0'..=b'9' => Class::Digit,
            b'"' | b'\'' => Class::Quote,
            b'/' => Class::Slash,
            b'\\' => Class::Backslash,
            b'@' | b'`' | 0..=0x1f | 0x7f => Class::Other,
            _ => Class::Punctuator,
        };
        byte += 1;
    }
    table
};

/// Whether `byte` can stand inside an identifier.
pub(super) fn is_word(byte: u8) -> bool {
    WORD[byte as usize]
}

const WORD: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = byte >= 0x80
            || matches!(byte as u8, b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' | b'0'..=b'9');
        byte += 1;
    }
    table
};

fn word_end(source: &[u8], at: usize) -> usize {
    let rest = &source[at..];
    at + rest
        .iter()
        .position(|byte| !WORD[*byte as usize])
        .unwrap_or(rest.len())
}

fn identifier_or_literal(source: &[u8], at: usize) -> (TokenKind, usize) {
    let end = word_end(source, at + 1);
    match source.get(end) {
        Some(&quote @ (b'"' | b'\'')) if is_literal_prefix(&source[at..end]) => {
            (literal_kind(quote), literal_end(source, end))
        }
        _ => (TokenKind::Identifier, end),
    }
}

/// Whether a word directly before a quote belongs to the literal.
pub(super) fn is_literal_prefix(word: &[u8]) -> bool {
    matches!(word, b"L" | b"u" | b"U" | b"u8")
}

fn literal_kind(quote: u8) -> TokenKind {
    if quote == b'"' {
        TokenKind::String
    } else {
        TokenKind::Character
    }
}

#[cfg(test)]
mod tests;
