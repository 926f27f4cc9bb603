//! A token on its way through an expansion, and the numbers that say where it comes from.

use std::num::NonZeroU32;

use crate::items::lexer::{self, TokenKind};
use crate::text::{Span, offset};

/// A macro or a call by its number, in four bytes even where there may be none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number(NonZeroU32);

impl Number {
    pub(super) fn of(number: usize) -> Self {
        Self(NonZeroU32::MIN.saturating_add(offset(number)))
    }

    pub(super) fn get(self) -> usize {
        (self.0.get() - 1) as usize
    }
}

/// A token on its way through the expansion: small, since each is copied several times.
#[derive(Clone, Copy, Debug)]
pub(super) struct Piece<'m> {
    pub(super) text: &'m [u8],
    pub(super) kind: TokenKind,
    /// Whether white space stands before it.
    pub(super) spaced: bool,
    /// Where the outermost macro stands that brought it, or it itself does.
    pub(super) at: u32,
    /// Where it is written in the item; `None` for what comes out of a macro's body or is pasted.
    pub(super) written: Option<Span>,
    /// The macro whose body holds it, or pasted it.
    pub(super) maker: Option<Number>,
    /// The innermost call that gave it, or took it as an argument; `None` for a token outside all calls.
    pub(super) call: Option<Number>,
    /// Whether it may never be expanded again: its macro was being expanded when it was met.
    pub(super) painted: bool,
}

impl Piece<'_> {
    /// A token of the item itself.
    pub(super) fn written(source: &[u8], token: lexer::Token, spaced: bool) -> Piece<'_> {
        Piece {
            text: token.span.of(source),
            kind: token.kind,
            spaced,
            at: token.span.start,
            written: Some(token.span),
            maker: None,
            call: None,
            painted: false,
        }
    }

    /// A token that nothing brought.
    pub(super) fn extra(text: &'static [u8], at: u32) -> Self {
        Self {
            text,
            kind: TokenKind::Punctuator,
            spaced: true,
            at,
            written: None,
            maker: None,
            call: None,
            painted: true,
        }
    }

    pub(super) fn is(&self, text: &[u8]) -> bool {
        self.text == text
    }
}
