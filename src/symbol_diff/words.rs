//! Tokens as numbers: the significant tokens of an item, interned over a whole change so that comparing is cheap.
//!
//! Knows no item, no symbol and no file. Two tokens have one number if and only if they have one kind and one text.

use std::hash::Hash;
use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput, Interner};
use rustc_hash::FxHashMap;

use crate::items::lexer::{self, TokenKind};
use crate::text::{BeforeAfter, Span};

/// The number of a token's kind and text in a [`Vocabulary`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Word(u32);

impl Word {
    /// Below every other.
    pub(super) const FIRST: Self = Self(0);
    /// Above every other.
    pub(super) const LAST: Self = Self(u32::MAX);
}

/// What a token's number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Meaning<'a> {
    kind: TokenKind,
    text: &'a [u8],
}

/// The tokens met so far in one change.
#[derive(Debug, Default)]
pub(super) struct Vocabulary<'a> {
    numbers: FxHashMap<Meaning<'a>, Word>,
    meanings: Vec<Meaning<'a>>,
}

/// The significant tokens of one item and where they stand in it; both lists have one length.
#[derive(Clone, Debug, Default)]
pub(super) struct Words {
    /// In order.
    pub(super) ids: Vec<Word>,
    /// In order, offsets from the item's first byte.
    pub(super) spans: Vec<Span>,
}

impl Words {
    /// The tokens that lie wholly inside `span`.
    pub(super) fn within(&self, span: Span) -> Range<usize> {
        let first = self.spans.partition_point(|token| token.start < span.start);
        let end = self.spans.partition_point(|token| token.end <= span.end);
        first..end.max(first)
    }
}

impl<'a> Vocabulary<'a> {
    /// The significant tokens of `bytes`.
    ///
    /// The parenthesis of a function-like macro is not that of an object-like one whose replacement starts with it:
    /// only there does white space decide what the tokens mean (ISO C 6.10.3).
    pub(super) fn read(&mut self, bytes: &'a [u8]) -> Words {
        let mut words = Words::default();
        let mut macro_name_end = None;
        for token in lexer::significant(bytes) {
            let text = match token.kind {
                TokenKind::DirectiveEnd => &[],
                _ => token.span.of(bytes),
            };
            let opens_parameters = text == b"(" && macro_name_end == Some(token.span.start);
            let kind = if opens_parameters {
                TokenKind::Other
            } else {
                token.kind
            };
            macro_name_end = self.names_macro(&words.ids).then_some(token.span.end);
            words.ids.push(self.number(Meaning { kind, text }));
            words.spans.push(token.span);
        }
        words
    }

    /// Whether the tokens read so far end in `# define`, so that the next one is a macro's name.
    fn names_macro(&self, read: &[Word]) -> bool {
        let [.., hash, define] = read else {
            return false;
        };
        self.kind(*hash) == TokenKind::Hash && self.text(*define) == b"define"
    }

    fn number(&mut self, meaning: Meaning<'a>) -> Word {
        let next = Word(crate::text::offset(self.meanings.len()));
        let word = *self.numbers.entry(meaning).or_insert(next);
        if word == next {
            self.meanings.push(meaning);
        }
        word
    }

    /// The kind of a token.
    pub(super) fn kind(&self, word: Word) -> TokenKind {
        self.meanings[word.0 as usize].kind
    }

    /// The text of a token; empty for the end of a directive.
    pub(super) fn text(&self, word: Word) -> &'a [u8] {
        self.meanings[word.0 as usize].text
    }

    /// Whether a token is an identifier or keyword.
    pub(super) fn is_identifier(&self, word: Word) -> bool {
        self.kind(word) == TokenKind::Identifier
    }

    /// Whether a token is a string or character constant.
    pub(super) fn is_literal(&self, word: Word) -> bool {
        matches!(self.kind(word), TokenKind::String | TokenKind::Character)
    }
}

/// The ranges in which two sequences differ, in order; nothing where they are equal (histogram diff, slid down).
pub(super) fn hunks<T: Copy + Eq + Hash>(
    sides: BeforeAfter<&[T]>,
) -> Vec<BeforeAfter<Range<usize>>> {
    let mut input = InternedInput {
        before: Vec::with_capacity(sides.before.len()),
        after: Vec::with_capacity(sides.after.len()),
        interner: Interner::new(sides.before.len() + sides.after.len()),
    };
    input.update_before(sides.before.iter().copied());
    input.update_after(sides.after.iter().copied());
    let mut diff = Diff::compute(Algorithm::Histogram, &input);
    diff.postprocess_no_heuristic(&input);
    let range = |range: Range<u32>| range.start as usize..range.end as usize;
    diff.hunks()
        .map(|hunk| BeforeAfter {
            before: range(hunk.before),
            after: range(hunk.after),
        })
        .collect()
}
