//! Where one top-level item ends and the next begins.
//!
//! One pass over the bytes, whatever they are, and at most one more: where a brace or parenthesis is still open at
//! the end of the source, the item that opened it is read again, and from there on a `}` in column 0 closes everything.
//! Invariant: every token that is no comment lies in exactly one item.

mod braces;
pub(super) mod conditional;
mod directives;
pub(super) mod head;
mod knr;

use self::braces::{Column0, Stop};
use self::conditional::{Inner, Outer};
use self::head::{Block, Head, Shape};
use super::lexer::{Token, TokenKind, Tokens};
use super::{FileItems, Item, ItemKind};
use crate::text::{Span, offset};

/// The items of `source`, in order.
#[must_use]
pub fn items(source: &[u8]) -> FileItems {
    let mut splitter = Splitter::new(source);
    splitter.run();
    splitter.found
}

struct Splitter<'a> {
    source: &'a [u8],
    tokens: Tokens<'a>,
    found: FileItems,
    head: Head,
    /// Where the item in progress starts.
    start: u32,
    /// Where its last token ends.
    end: u32,
    /// Newlines since the last token.
    newlines: usize,
    outer: Vec<Outer>,
    inner: Vec<Inner>,
    /// Groups around whole items that the item in progress turned out to split, the innermost first.
    swallowed: Vec<Outer>,
    column0: Column0,
}

impl<'a> Splitter<'a> {
    fn new(source: &'a [u8]) -> Self {
        Self {
            source,
            tokens: Tokens::resumed(source, 0),
            found: FileItems::default(),
            head: Head::default(),
            start: 0,
            end: 0,
            newlines: 0,
            outer: Vec::new(),
            inner: Vec::new(),
            swallowed: Vec::new(),
            column0: Column0::Ignored,
        }
    }

    fn run(&mut self) {
        loop {
            if self.head.braces > 0 && self.tokens.position() < self.source.len() {
                self.run_block();
            } else if let Some(token) = self.tokens.next() {
                self.take(token);
            } else if self.is_idle() {
                return;
            } else if self.column0 == Column0::Ignored
                && !(self.head.is_level() && self.inner.is_empty())
            {
                self.read_again();
            } else {
                self.finish(self.head.done.unwrap_or(self.head.kind()));
            }
        }
    }

    /// Whether no item is in progress.
    fn is_idle(&self) -> bool {
        self.head.is_empty() && self.inner.is_empty()
    }

    fn take(&mut self, token: Token) {
        match token.kind {
            TokenKind::Space => {
                self.newlines += memchr::memchr_iter(b'\n', token.span.of(self.source)).count()
            }
            TokenKind::Comment => {}
            TokenKind::Hash => self.directive(token.span.start as usize),
            _ => {
                self.significant(token);
                self.newlines = 0;
            }
        }
    }

    fn significant(&mut self, token: Token) {
        let text = token.span.of(self.source);
        if self.newlines > 0 && self.ends_before(token) {
            self.finish(self.head.kind());
        }
        if self.is_idle() {
            self.start = token.span.start;
        }
        let open = self.head.parens > 0;
        match text {
            b"{" => self.open_brace(token),
            b"}" => self.stray_brace(token),
            b";" if !open || self.column0 == Column0::Stops => self.semicolon(token),
            b"," if !open && self.head_is_element() => {
                self.complete(ItemKind::Fragment, token.span.end)
            }
            _ => {
                self.end = token.span.end;
                self.head.push(token, text);
            }
        }
    }

    /// Whether a comma here ends an element of a header-less list.
    fn head_is_element(&self) -> bool {
        matches!(
            self.head.shape,
            Shape::Empty | Shape::Word | Shape::Capitals | Shape::Call | Shape::Element
        )
    }

    /// Whether the item ends without `;` before `token`, which starts a line.
    fn ends_before(&self, token: Token) -> bool {
        if !self.inner.is_empty() || token.kind != TokenKind::Identifier {
            return false;
        }
        if self.head.has_storage() {
            let text = token.span.of(self.source);
            return matches!(text, b"static" | b"extern" | b"typedef");
        }
        if !self.head.can_end() {
            return false;
        }
        match self.head.shape {
            Shape::Call => self.old_style_body().is_none(),
            Shape::Capitals => self.newlines > 1,
            _ => false,
        }
    }

    fn open_brace(&mut self, token: Token) {
        self.end = token.span.end;
        if self.head.shape == Shape::ExternString {
            self.complete(ItemKind::Fragment, token.span.end);
        } else {
            self.head.open_brace();
        }
    }

    /// A `}` that closes no brace of an item: of `extern "C" {`, or one too many.
    fn stray_brace(&mut self, token: Token) {
        if !self.is_idle() && self.inner.is_empty() {
            self.finish(self.head.kind());
            self.start = token.span.start;
        }
        self.head.parens = 0;
        self.complete(ItemKind::Fragment, token.span.end);
    }

    fn semicolon(&mut self, token: Token) {
        self.end = token.span.end;
        match self.old_style_body() {
            Some(body) => {
                self.tokens = Tokens::resumed(self.source, body);
                self.head.parens = 0;
            }
            None => self.complete(self.head.kind_at_semicolon(), token.span.end),
        }
    }

    /// The `{` of an old-style function whose parameter declarations have begun.
    fn old_style_body(&self) -> Option<usize> {
        let (start, end) = self.head.group?;
        let names = Span::new(start, end).of(self.source);
        knr::body(self.source, names, end as usize)
    }

    fn run_block(&mut self) {
        let (at, braces, stop) = braces::run(
            self.source,
            self.tokens.position(),
            self.head.braces,
            self.column0,
        );
        self.head.braces = braces;
        self.tokens = Tokens::resumed(self.source, at);
        self.newlines = 0;
        match stop {
            Stop::Directive => self.directive(at),
            Stop::End => self.end = offset(at),
            Stop::Closed => self.close_block(offset(at)),
            Stop::Column0 => {
                self.inner.clear();
                if self.head.block == Block::Nested {
                    self.complete(ItemKind::Fragment, offset(at));
                } else {
                    self.close_block(offset(at));
                }
            }
        }
    }

    fn close_block(&mut self, end: u32) {
        self.end = end;
        let block = self.head.block;
        self.head.close_block();
        match block {
            Block::Body => self.complete(ItemKind::Function, end),
            Block::Unknown if !self.goes_on(end) => self.complete(ItemKind::Fragment, end),
            _ => {}
        }
    }

    /// Whether the block that ends at `end` is followed by the rest of its declaration.
    fn goes_on(&self, end: u32) -> bool {
        let rest = &self.source[end as usize..];
        rest.iter()
            .find(|byte| !byte.is_ascii_whitespace())
            .is_some_and(|byte| b";,=".contains(byte))
    }

    /// Ends what is in progress, unless a conditional group inside the item holds it open.
    fn complete(&mut self, kind: ItemKind, end: u32) {
        self.end = end;
        if self.inner.is_empty() {
            self.finish(kind);
        } else {
            self.head = Head::behind(kind);
        }
    }

    /// Ends the item in progress behind its last token.
    fn finish(&mut self, kind: ItemKind) {
        let around = self.swallowed.first().or(self.outer.last());
        let guard = around.map(|group| group.guard);
        self.push_item(Span::new(self.start, self.end), kind, guard);
        self.head = Head::default();
        self.inner.clear();
        self.swallowed.clear();
    }

    fn push_item(&mut self, span: Span, kind: ItemKind, guard: Option<u32>) {
        let key = super::key(span.of(self.source));
        self.found.items.push(Item {
            span,
            kind,
            key,
            guard,
        });
    }

    /// Reads the item in progress again from its start, with `}` in column 0 as the end of everything.
    fn read_again(&mut self) {
        self.column0 = Column0::Stops;
        self.tokens = Tokens::resumed(self.source, self.start as usize);
        self.head = Head::default();
        self.inner.clear();
        self.outer.extend(self.swallowed.drain(..).rev());
    }
}

#[cfg(test)]
mod tests;
