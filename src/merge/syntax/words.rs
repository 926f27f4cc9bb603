//! A text as words, each with the white space before it: what the syntax-aware merge aligns and joins.
//!
//! In C a word is a token of the lexer, or one word inside a comment (the `*` that opens a line of a block comment is
//! white space there). In any other text it is a run of non-blank bytes, and line ends are words too. A last, empty
//! word holds what stands before the end of the text. Invariant: leads and words in order are the text, byte for byte.

use imara_diff::Token;
use rustc_hash::FxHashMap;

use crate::items::lexer::{self, TokenKind};
use crate::text::Span;

/// What a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum WordKind {
    /// A token of C.
    Code(TokenKind),
    /// Part of a comment: its opening, a word in it, its close.
    Comment,
    /// The end of a `//` comment, empty.
    CommentEnd,
    /// A word of a text that is no C.
    Plain,
    /// The end of a line of a text that is no C, empty.
    LineEnd,
    /// The end of the text, empty.
    End,
}

/// One word.
#[derive(Clone, Copy, Debug)]
pub(super) struct Word {
    pub(super) kind: WordKind,
    /// Its bytes.
    pub(super) span: Span,
    /// Where the white space before it starts.
    pub(super) lead: u32,
    /// The line it starts on, from 0.
    pub(super) line: u32,
    /// Equal for equal words of all sides that were read by one [`Reader`].
    pub(super) id: Token,
}

/// How a text is cut into words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Language {
    C,
    Plain,
    /// Plain, and the words of a line are a list.
    Lists,
}

/// The words of one side.
#[derive(Clone, Debug)]
pub(super) struct Words<'a> {
    pub(super) source: &'a [u8],
    pub(super) list: Vec<Word>,
}

impl<'a> Words<'a> {
    pub(super) fn text(&self, at: usize) -> &'a [u8] {
        self.list[at].span.of(self.source)
    }

    /// The white space before a word.
    pub(super) fn lead(&self, at: usize) -> &'a [u8] {
        let word = &self.list[at];
        Span::new(word.lead, word.span.start).of(self.source)
    }

    /// Whether the word stands first in its line.
    pub(super) fn starts_line(&self, at: usize) -> bool {
        let line = |at: usize| self.list.get(at).map(|word| word.line);
        at == 0 || line(at).is_some_and(|own| line(at - 1) < Some(own))
    }

    /// The first word on this line or behind it, of a text of so many lines. The end of the text is behind every line,
    /// also behind a last one that no newline ends, and all other words are on a line, also the empty ones that stand
    /// behind the last newline.
    pub(super) fn at_line(&self, line: u32, lines: usize) -> u32 {
        let words = &self.list[..self.list.len().saturating_sub(1)];
        crate::text::offset(if line as usize >= lines {
            words.len()
        } else {
            words.partition_point(|word| word.line < line)
        })
    }

    pub(super) fn ids(&self) -> Vec<Token> {
        self.list.iter().map(|word| word.id).collect()
    }
}

/// Numbers words, equal ones alike.
#[derive(Default)]
pub(super) struct Reader<'a> {
    ids: FxHashMap<(WordKind, &'a [u8]), u32>,
}

/// The number of every word that no side has.
const UNKNOWN: Token = Token(u32::MAX);

impl<'a> Reader<'a> {
    pub(super) fn distinct(&self) -> u32 {
        crate::text::offset(self.ids.len())
    }

    /// The words of a side.
    pub(super) fn words(&mut self, source: &'a [u8], language: Language) -> Words<'a> {
        read(source, language, |kind, text| {
            let next = crate::text::offset(self.ids.len());
            Token(*self.ids.entry((kind, text)).or_insert(next))
        })
    }

    /// The words of a text that was made from the sides'; words that are none of theirs are equal to none of theirs.
    pub(super) fn reread<'b>(&self, source: &'b [u8], language: Language) -> Words<'b> {
        read(source, language, |kind, text| {
            self.ids.get(&(kind, text)).map_or(UNKNOWN, |id| Token(*id))
        })
    }
}

fn read<'a>(
    source: &'a [u8],
    language: Language,
    mut id: impl FnMut(WordKind, &'a [u8]) -> Token,
) -> Words<'a> {
    let pieces = match language {
        Language::C => c_pieces(source),
        Language::Plain | Language::Lists => plain_pieces(source),
    };
    let mut list = Vec::with_capacity(pieces.len() + 1);
    let (mut lead, mut line, mut counted) = (0, 0, 0);
    let end = crate::text::offset(source.len());
    let last = (WordKind::End, Span::new(end, end));
    for (kind, span) in pieces.into_iter().chain([last]) {
        let skipped = Span::new(counted, span.start).of(source);
        line += crate::text::offset(memchr::memchr_iter(b'\n', skipped).count());
        counted = span.start;
        list.push(Word {
            kind,
            span,
            lead,
            line,
            id: id(kind, span.of(source)),
        });
        lead = span.end;
    }
    Words { source, list }
}

type Piece = (WordKind, Span);

fn c_pieces(source: &[u8]) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(source.len() / 4);
    for token in lexer::tokens(source) {
        match token.kind {
            TokenKind::Space => {}
            TokenKind::Comment => comment_pieces(source, token.span, &mut pieces),
            // Its newline belongs to what follows, as everywhere else.
            TokenKind::DirectiveEnd => {
                let at = Span::new(token.span.start, token.span.start);
                pieces.push((WordKind::Code(token.kind), at));
            }
            kind => pieces.push((WordKind::Code(kind), token.span)),
        }
    }
    pieces
}

/// The words of a comment, opening and close among them.
fn comment_pieces(source: &[u8], comment: Span, pieces: &mut Vec<Piece>) {
    let text = comment.of(source);
    let is_block = text.starts_with(b"/*");
    let closes = is_block && text.len() >= 4 && text.ends_with(b"*/");
    let end = if closes { text.len() - 2 } else { text.len() };
    let opening = 2 + text[2..end]
        .iter()
        .take_while(|byte| matches!(byte, b'*' | b'!' | b'/'))
        .count();
    let mut push = |kind, from: usize, to: usize| {
        let at = |offset| comment.start + crate::text::offset(offset);
        pieces.push((kind, Span::new(at(from), at(to))));
    };
    push(WordKind::Comment, 0, opening);
    let mut at = opening;
    let mut starts_line = false;
    while at < end {
        let byte = text[at];
        if byte.is_ascii_whitespace() {
            starts_line |= byte == b'\n';
            at += 1;
            continue;
        }
        let length = text[at..end]
            .iter()
            .take_while(|byte| !byte.is_ascii_whitespace())
            .count();
        let is_margin = is_block && starts_line && &text[at..at + length] == b"*";
        if !is_margin {
            push(WordKind::Comment, at, at + length);
        }
        starts_line = false;
        at += length;
    }
    if closes {
        push(WordKind::Comment, end, text.len());
    } else {
        push(WordKind::CommentEnd, text.len(), text.len());
    }
}

fn plain_pieces(source: &[u8]) -> Vec<Piece> {
    let mut pieces = Vec::with_capacity(source.len() / 5);
    let mut at = 0;
    while at < source.len() {
        if source[at] == b'\n' {
            let end = crate::text::offset(at);
            pieces.push((WordKind::LineEnd, Span::new(end, end)));
            at += 1;
        } else if source[at].is_ascii_whitespace() {
            at += 1;
        } else {
            let length = source[at..]
                .iter()
                .take_while(|byte| !byte.is_ascii_whitespace())
                .count();
            let span = Span::new(crate::text::offset(at), crate::text::offset(at + length));
            pieces.push((WordKind::Plain, span));
            at += length;
        }
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str, language: Language) -> Vec<String> {
        let words = Reader::default().words(source.as_bytes(), language);
        let text = |at| String::from_utf8_lossy(words.text(at)).into_owned();
        (0..words.list.len()).map(text).collect()
    }

    #[test]
    fn comments_are_words_and_their_margin_is_white_space() {
        assert_eq!(
            texts("a; /* one\n * two *three */ // four\n", Language::C),
            [
                "a", ";", "/*", "one", "two", "*three", "*/", "//", "four", "", ""
            ]
        );
    }

    #[test]
    fn leads_and_words_are_the_text() {
        let source = "#define A \\\n  1\n/** x\n */\nint\tf(void)\r\n{ return \"a b\"; }\n\n";
        for language in [Language::C, Language::Plain] {
            let words = Reader::default().words(source.as_bytes(), language);
            let mut text = Vec::new();
            for (at, word) in words.list.iter().enumerate() {
                text.extend_from_slice(words.lead(at));
                text.extend_from_slice(word.span.of(words.source));
            }
            assert_eq!(String::from_utf8_lossy(&text), source);
        }
    }
}
