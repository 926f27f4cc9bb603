//! The tokens and lines of a touched file, read once for all questions about them.

use std::cell::OnceCell;

use crate::change::{FileChange, hunks::LineRange};
use crate::items::lexer::{self, Token, TokenKind};
use crate::text::{BeforeAfter, LineIndex, LineNumber, is_c_path};

/// A touched file with the tokens of both sides, read when they are first asked for.
pub(super) struct LexedFile<'a> {
    pub(super) change: &'a FileChange,
    sides: OnceCell<BeforeAfter<Lexed<'a>>>,
}

impl<'a> LexedFile<'a> {
    pub(super) fn new(change: &'a FileChange) -> Self {
        Self {
            change,
            sides: OnceCell::new(),
        }
    }

    /// Both sides; a side that is not there is empty.
    pub(super) fn sides(&self) -> BeforeAfter<&Lexed<'a>> {
        let read = || {
            let bytes = self.change.bytes();
            let before = Lexed::of(bytes.before);
            let after = Lexed::after(bytes.after, &before);
            BeforeAfter { before, after }
        };
        self.sides.get_or_init(read).as_ref()
    }

    pub(super) fn is_c(&self) -> bool {
        is_c_path(self.change.path())
    }
}

/// One side of a file. What is no C is cut into tokens as if it were.
pub(super) struct Lexed<'a> {
    source: &'a [u8],
    /// Those that mean something, in order.
    tokens: Vec<Token>,
    pub(super) lines: LineIndex,
}

impl<'a> Lexed<'a> {
    fn of(source: &'a [u8]) -> Self {
        Self {
            source,
            tokens: lexer::significant(source).collect(),
            lines: LineIndex::of(source),
        }
    }

    /// Another version of a file.
    fn after(source: &'a [u8], before: &Self) -> Self {
        Self {
            source,
            tokens: lexer::significant_after(source, (before.source, &before.tokens)),
            lines: LineIndex::of(source),
        }
    }

    pub(super) fn source(&self) -> &'a [u8] {
        self.source
    }

    /// How many tokens there are.
    pub(super) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// The text of a token, that of a directive's end as a newline; empty past the last.
    pub(super) fn text(&self, at: usize) -> &'a [u8] {
        match self.tokens.get(at) {
            Some(token) if token.kind == TokenKind::DirectiveEnd => b"\n",
            Some(token) => token.span.of(self.source),
            None => b"",
        }
    }

    /// The texts of some tokens.
    pub(super) fn texts(&self, tokens: std::ops::Range<usize>) -> Vec<&'a [u8]> {
        tokens.map(|at| self.text(at)).collect()
    }

    /// Where a token starts; the last one's start past the end.
    pub(super) fn start(&self, at: usize) -> u32 {
        let token = self.tokens.get(at).or(self.tokens.last());
        token.map_or(0, |token| token.span.start)
    }

    /// The tokens that start in a run of lines.
    pub(super) fn within(&self, lines: LineRange) -> std::ops::Range<usize> {
        let at = |line: u32| {
            let offset = self.lines.start(LineNumber(line)).unwrap_or(u32::MAX);
            self.tokens
                .partition_point(|token| token.span.start < offset)
        };
        at(lines.first.0)..at(lines.first.0.saturating_add(lines.count))
    }

    /// For each of a run of lines, as far as they are there, whether it holds a token or a part of one.
    pub(super) fn lines_with_tokens(&self, lines: LineRange) -> Vec<bool> {
        let first = (lines.first.0 as usize).saturating_sub(1);
        let count = first
            .saturating_add(lines.count as usize)
            .min(self.len_in_lines());
        let mut holds = vec![false; count.saturating_sub(first)];
        let (Some(start), false) = (self.lines.start(lines.first), holds.is_empty()) else {
            return holds;
        };
        let from = self.tokens.partition_point(|token| token.span.end <= start);
        for token in &self.tokens[from..] {
            if token.kind == TokenKind::DirectiveEnd || token.span.is_empty() {
                continue;
            }
            let line = |offset| self.lines.line(offset).0 as usize - 1;
            let begins = line(token.span.start).max(first);
            if begins >= count {
                break;
            }
            let ends = line(token.span.end - 1).clamp(begins, count - 1);
            holds[begins - first..=ends - first].fill(true);
        }
        holds
    }

    /// For each of a run of lines, as far as they are there, whether it is more than blanks.
    pub(super) fn lines_not_blank(&self, lines: LineRange) -> Vec<bool> {
        let is_blank = |line: &[u8]| line.iter().all(u8::is_ascii_whitespace);
        self.lines_of(lines).map(|line| !is_blank(line)).collect()
    }

    /// The lines of a run, as far as they are there, without their ends.
    pub(super) fn lines_of(&self, lines: LineRange) -> impl Iterator<Item = &'a [u8]> {
        let first = lines.first.0.max(1);
        let numbers = first..first.saturating_add(lines.count);
        numbers.map_while(|number| {
            let start = self.lines.start(LineNumber(number))? as usize;
            let end = match self.lines.start(LineNumber(number.saturating_add(1))) {
                Some(next) => (next as usize).saturating_sub(1),
                None => self.source.len(),
            };
            self.source.get(start..end)
        })
    }

    fn len_in_lines(&self) -> usize {
        self.lines.line(u32::MAX).0 as usize
    }

    /// Whether another source is the same but for comments and white space.
    pub(super) fn has_tokens_of(&self, other: &Lexed<'_>) -> bool {
        let same = |(one, theirs): (&Token, &Token)| {
            one.kind == theirs.kind
                && (one.kind == TokenKind::DirectiveEnd
                    || one.span.of(self.source) == theirs.span.of(other.source))
        };
        self.source == other.source
            || self.tokens.len() == other.tokens.len()
                && self.tokens.iter().zip(&other.tokens).all(same)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(first: u32, count: u32) -> LineRange {
        LineRange {
            first: LineNumber(first),
            count,
        }
    }

    #[test]
    fn a_line_holds_a_token_where_a_part_of_one_stands() {
        let side = Lexed::of(b"/* a\n*/ int\n\n// b\n\"c\\\nd\";\n");
        let all = [false, true, false, false, true, true, false];
        assert_eq!(side.lines_with_tokens(range(1, 9)), all);
        for first in 1..8 {
            let from = first as usize - 1;
            assert_eq!(
                side.lines_with_tokens(range(first, 2)),
                all[from..all.len().min(from + 2)]
            );
        }
        assert!(side.lines_with_tokens(range(9, 2)).is_empty());
    }

    #[test]
    fn lines_come_without_their_ends_as_far_as_they_are_there() {
        let side = Lexed::of(b"a\n \nb");
        assert_eq!(
            side.lines_of(range(2, 7)).collect::<Vec<_>>(),
            [&b" "[..], b"b"]
        );
        assert_eq!(side.lines_not_blank(range(1, 2)), [true, false]);
        assert_eq!(side.lines_of(range(2, 0)).count(), 0);
    }
}
