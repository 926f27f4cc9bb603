//! Tokens that a replacement makes: those of a macro's own body, strings out of arguments, and pasted ones.

use std::borrow::Cow;

use crate::items::lexer::{self, TokenKind};

use super::define::{Macro, Part};
use super::replace::Piece;

/// The longest token that is pasted or made a string; names are far shorter.
const LONGEST: usize = 4096;

/// A token of a replacement list.
pub(super) fn body_piece<'m>(of: &'m Macro, part: &Part, number: usize) -> Piece<'m> {
    Piece {
        text: Cow::Borrowed(of.text(part)),
        kind: part.token.kind,
        spaced: part.spaced,
        at: 0,
        written: None,
        maker: Some(number),
        call: None,
        painted: false,
    }
}

/// Nothing, as an operand of `##`.
pub(super) fn placemarker<'m>(number: usize) -> Piece<'m> {
    Piece {
        text: Cow::Borrowed(b""),
        kind: TokenKind::Other,
        spaced: false,
        at: 0,
        written: None,
        maker: Some(number),
        call: None,
        painted: false,
    }
}

/// Puts an argument behind what is there.
pub(super) fn append<'m>(out: &mut Vec<Piece<'m>>, mut pieces: Vec<Piece<'m>>, spaced: bool) {
    if let Some(first) = pieces.first_mut() {
        first.spaced = spaced;
    }
    out.append(&mut pieces);
}

/// The argument as a string; its inside matters to nobody here, so quotes in it are not escaped one by one.
pub(super) fn string<'m>(pieces: &[Piece<'m>], spaced: bool, number: usize) -> Piece<'m> {
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
        text: Cow::Owned(text),
        kind: TokenKind::String,
        spaced,
        at: 0,
        written: None,
        maker: Some(number),
        call: None,
        painted: false,
    }
}

/// Joins the last token of `out` and the first of `right` into one, or into what their bytes read as.
pub(super) fn glue<'m>(out: &mut Vec<Piece<'m>>, right: Vec<Piece<'m>>, number: usize) {
    let mut right = right.into_iter();
    let Some(first) = right.next() else {
        return;
    };
    let fits = |left: &&mut Piece<'m>| left.text.len() + first.text.len() <= LONGEST;
    let Some(left) = out.last_mut().filter(fits).cloned() else {
        out.push(first);
        out.extend(right);
        return;
    };
    out.pop();
    if left.text.is_empty() {
        let spaced = left.spaced;
        out.push(Piece { spaced, ..first });
        out.extend(right);
        return;
    }
    let mut text = left.text.to_vec();
    text.extend_from_slice(&first.text);
    for (at, token) in lexer::significant(&text).enumerate() {
        out.push(Piece {
            text: Cow::Owned(token.span.of(&text).to_vec()),
            kind: token.kind,
            spaced: at == 0 && left.spaced,
            at: 0,
            written: None,
            maker: Some(number),
            call: None,
            painted: false,
        });
    }
    out.extend(right);
}
