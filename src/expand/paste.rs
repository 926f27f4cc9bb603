//! Tokens that a replacement makes: those of a macro's own body, strings out of arguments, and pasted ones.

use std::cell::{Cell, OnceCell};

use crate::items::lexer::{self, TokenKind};

use super::define::{Macro, Part};
use super::piece::{Number, Piece};

/// The longest token that is pasted or made a string; names are far shorter.
const LONGEST: usize = 4096;

/// A token of a replacement list.
pub(super) fn body_piece<'m>(of: &'m Macro, part: &Part, number: usize) -> Piece<'m> {
    Piece {
        text: of.text(part),
        kind: part.token.kind,
        spaced: part.spaced,
        at: 0,
        written: None,
        maker: Some(Number::of(number)),
        call: None,
        painted: false,
    }
}

/// Nothing, as an operand of `##`.
pub(super) fn placemarker<'m>(number: usize) -> Piece<'m> {
    Piece {
        text: b"",
        kind: TokenKind::Other,
        spaced: false,
        at: 0,
        written: None,
        maker: Some(Number::of(number)),
        call: None,
        painted: false,
    }
}

/// Puts an argument behind what is there.
pub(super) fn append<'m>(out: &mut Vec<Piece<'m>>, pieces: &[Piece<'m>], spaced: bool) {
    let first = out.len();
    out.extend_from_slice(pieces);
    if let Some(first) = out.get_mut(first) {
        first.spaced = spaced;
    }
}

/// The argument as a string; its inside matters to nobody here, so quotes in it are not escaped one by one.
pub(super) fn string<'m>(
    pieces: &[Piece<'m>],
    spaced: bool,
    number: usize,
    texts: &Texts<'m>,
) -> Piece<'m> {
    let mut text = vec![b'"'];
    for piece in pieces {
        if piece.spaced && text.len() > 1 {
            text.push(b' ');
        }
        let plain = piece.text.iter().filter(|byte| !b"\"\\\n".contains(byte));
        text.extend(plain.take(LONGEST.saturating_sub(text.len())));
    }
    text.push(b'"');
    Piece {
        text: texts.keep(text),
        kind: TokenKind::String,
        spaced,
        at: 0,
        written: None,
        maker: Some(Number::of(number)),
        call: None,
        painted: false,
    }
}

/// Joins the last token of `out` and the first of `right` into one, or into what their bytes read as.
pub(super) fn glue<'m>(
    out: &mut Vec<Piece<'m>>,
    right: &[Piece<'m>],
    number: usize,
    texts: &Texts<'m>,
) {
    let Some((first, right)) = right.split_first() else {
        return;
    };
    let fits = |left: &&mut Piece<'m>| left.text.len() + first.text.len() <= LONGEST;
    let Some(left) = out.last_mut().filter(fits).copied() else {
        out.push(*first);
        out.extend_from_slice(right);
        return;
    };
    out.pop();
    if left.text.is_empty() {
        let spaced = left.spaced;
        out.push(Piece { spaced, ..*first });
        out.extend_from_slice(right);
        return;
    }
    let mut text = left.text.to_vec();
    text.extend_from_slice(first.text);
    let text = texts.keep(text);
    for (at, token) in lexer::significant(text).enumerate() {
        out.push(Piece {
            text: token.span.of(text),
            kind: token.kind,
            spaced: at == 0 && left.spaced,
            at: 0,
            written: None,
            maker: Some(Number::of(number)),
            call: None,
            painted: false,
        });
    }
    out.extend_from_slice(right);
}

/// The text of the tokens that one run makes, kept until all of it is written.
pub(super) struct Texts<'t> {
    end: Cell<&'t OnceCell<Box<Text>>>,
}

/// One text, and the one that was kept after it.
pub(super) struct Text {
    bytes: Box<[u8]>,
    next: OnceCell<Box<Text>>,
}

impl<'t> Texts<'t> {
    /// Texts that hang on `first`.
    pub(super) fn behind(first: &'t OnceCell<Box<Text>>) -> Self {
        Self {
            end: Cell::new(first),
        }
    }

    fn keep(&self, bytes: Vec<u8>) -> &'t [u8] {
        let text = self.end.get().get_or_init(|| {
            Box::new(Text {
                bytes: bytes.into(),
                next: OnceCell::new(),
            })
        });
        self.end.set(&text.next);
        &text.bytes
    }
}

impl Drop for Text {
    /// One after the other: a chain that drops itself would go as deep as it is long.
    fn drop(&mut self) {
        let mut next = self.next.take();
        while let Some(mut text) = next {
            next = text.next.take();
        }
    }
}
