//! From tokens back to text that the splitter and the parser can read, with the way back to where each token came from.

use crate::items::lexer::TokenKind;
use crate::text::{Span, offset};

use super::piece::{Number, Piece};

/// What stands around an item, where its file is included in the middle of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Context {
    /// Nothing: it is a declaration of its own.
    #[default]
    File,
    /// The enumerators of an enum.
    Enumerators,
    /// The members of a struct or union.
    Members,
}

impl Context {
    fn opening(self) -> &'static [u8] {
        match self {
            Self::File => b"",
            Self::Enumerators => b"enum {\n",
            Self::Members => b"struct {\n",
        }
    }

    fn closing(self) -> &'static [u8] {
        match self {
            Self::File => b"",
            Self::Enumerators | Self::Members => b"\n};",
        }
    }
}

/// Where a token of an expansion comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The item's byte at which the outermost macro stands that brought it; its own place where no macro did.
    pub at: u32,
    /// Where it is written in the item, as an argument or outside all macros; `None` for a token out of a macro's
    /// replacement list and for one that `##` made.
    pub written: Option<Span>,
    /// The macro out of whose replacement list it comes, or that pasted it: a position in [`super::Made::macros`].
    pub maker: Option<usize>,
    /// The innermost call that gave it, or took it as an argument: a number of the expansion.
    pub call: Option<u32>,
}

/// How much of what macros give is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bodies {
    /// All of it, initializers too; of a function that is written out the head alone.
    Kept,
    /// The bodies of functions are left empty, and of initializers a zero: enough to know what is defined.
    Dropped,
}

/// A text, and for the start of each of its tokens the origin, in order.
pub(super) struct Rendered {
    pub(super) text: Vec<u8>,
    pub(super) origins: Vec<(u32, Origin)>,
}

/// The text of `pieces`.
pub(super) fn of_pieces(pieces: &[Piece<'_>], context: Context, bodies: Bodies) -> Rendered {
    let mut text = context.opening().to_vec();
    let mut origins = Vec::with_capacity(pieces.len());
    let mut statement = Statement::default();
    let mut skipped_to = 0;
    for (at, piece) in pieces.iter().enumerate() {
        if at < skipped_to {
            continue;
        }
        if bodies == Bodies::Dropped && statement.depth == 0 && opens_body(pieces, at) {
            skipped_to = closing(pieces, at);
        }
        let calls = pieces.get(at + 1).is_some_and(|next| next.is(b"("));
        let separator = match statement.take(piece, calls) {
            Break::Line => Some(b'\n'),
            Break::None if needs_space(text.last().copied(), piece) => Some(b' '),
            Break::None => None,
        };
        text.extend(separator);
        let origin = Origin {
            at: piece.at,
            written: piece.written,
            maker: piece.maker.map(Number::get),
            call: piece.call.map(|call| offset(call.get())),
        };
        origins.push((offset(text.len()), origin));
        text.extend_from_slice(piece.text);
    }
    text.extend_from_slice(context.closing());
    Rendered { text, origins }
}

/// Whether the brace at `at` is that of a body: it stands behind a parameter list, and holds no tag of its own.
fn opens_body(pieces: &[Piece<'_>], at: usize) -> bool {
    let behind_list = at
        .checked_sub(1)
        .is_some_and(|before| pieces[before].is(b")"));
    let inside = &pieces[at..closing(pieces, at)];
    let tags = |piece: &Piece<'_>| matches!(piece.text, b"struct" | b"union" | b"enum");
    pieces[at].is(b"{") && behind_list && !inside.iter().any(tags)
}

/// The position of the brace that closes the one at `open`; the end where none does.
fn closing(pieces: &[Piece<'_>], open: usize) -> usize {
    let mut depth = 0usize;
    for (at, piece) in pieces.iter().enumerate().skip(open) {
        match piece.text {
            b"{" => depth += 1,
            b"}" if depth == 1 => return at,
            b"}" => depth -= 1,
            _ if depth == 0 => return open,
            _ => {}
        }
    }
    pieces.len()
}

fn needs_space(last: Option<u8>, piece: &Piece<'_>) -> bool {
    let Some(last) = last else {
        return false;
    };
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte > 127;
    let first = piece.text.first().copied().unwrap_or(b' ');
    let words = is_word(last) && (is_word(first) || b"\"'".contains(&first));
    // Two punctuators side by side might read as one.
    let signs = !is_word(last) && !is_word(first) && !b"()[]{};,".contains(&first);
    piece.spaced || words || signs
}

#[derive(PartialEq, Eq)]
enum Break {
    None,
    Line,
}

/// How far a statement outside all braces has come: a call of an unknown macro ends where a declaration begins.
#[derive(Default)]
struct Statement {
    depth: u32,
    words: u32,
    /// Whether it is `name(...)` so far.
    called: bool,
}

impl Statement {
    fn take(&mut self, piece: &Piece<'_>, calls: bool) -> Break {
        match piece.text {
            b"(" | b"[" | b"{" => self.depth += 1,
            b")" => {
                self.depth = self.depth.saturating_sub(1);
                self.called = self.depth == 0 && self.words == 1;
                return Break::None;
            }
            b"]" | b"}" => {
                self.depth = self.depth.saturating_sub(1);
                if self.depth == 0 {
                    self.words = 0;
                }
            }
            b";" if self.depth == 0 => self.words = 0,
            word if self.depth == 0 && piece.kind == TokenKind::Identifier => {
                let ends = self.called && (calls || opens_declaration(word));
                self.called = false;
                self.words = if ends { 1 } else { self.words + 1 };
                return if ends { Break::Line } else { Break::None };
            }
            _ => {}
        }
        self.called = false;
        Break::None
    }
}

/// Words that only a declaration begins with.
fn opens_declaration(word: &[u8]) -> bool {
    matches!(
        word,
        b"static" | b"extern" | b"typedef" | b"inline" | b"struct" | b"union" | b"enum"
    )
}
