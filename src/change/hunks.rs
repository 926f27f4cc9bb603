//! The changed lines of one file, found as git finds them.

use crate::text::{BeforeAfter, LineNumber};

use super::line_diff::Lines;

/// A run of lines in one side of a hunk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LineRange {
    /// The first line, from 1; where `count` is 0, the line that would follow.
    pub first: LineNumber,
    /// How many lines.
    pub count: u32,
}

impl LineRange {
    /// Whether it holds `line`.
    #[must_use]
    pub fn contains(self, line: LineNumber) -> bool {
        self.first <= line && line.0 < self.first.0 + self.count
    }
}

/// A run of lines that became another, without context (`git diff -U0`).
pub type Hunk = BeforeAfter<LineRange>;

/// The hunks between two texts, in order, never empty ones; none where either side is binary.
///
/// Lines end at `\n` and keep it, so a missing final newline is a difference. Histogram diff (as merge-ort uses),
/// slid as git slides it without the indent heuristic.
#[must_use]
pub fn between(sides: BeforeAfter<&[u8]>) -> Vec<Hunk> {
    if is_binary(sides.before) || is_binary(sides.after) {
        return Vec::new();
    }
    let mut lines = Lines::new(sides.before.len() + sides.after.len());
    let numbered = sides.map(|text| lines.of(text));
    let range = |lines: std::ops::Range<u32>| LineRange {
        first: LineNumber(lines.start + 1),
        count: lines.end - lines.start,
    };
    let edits = lines.edits(numbered.as_ref().map(Vec::as_slice));
    edits.into_iter().map(|edit| edit.map(range)).collect()
}

/// Whether git would call these bytes binary: a NUL among the first 8000 (`buffer_is_binary` in git's `xdiff-interface.c`).
#[must_use]
pub fn is_binary(bytes: &[u8]) -> bool {
    memchr::memchr(0, &bytes[..bytes.len().min(8000)]).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_final_newline_is_a_difference() {
        let hunks = between(BeforeAfter {
            before: b"a\nb\n",
            after: b"a\nb",
        });
        assert_eq!(hunks.len(), 1);
        assert_eq!(
            hunks[0].before,
            LineRange {
                first: LineNumber(2),
                count: 1
            }
        );
    }

    #[test]
    fn a_binary_side_has_no_hunks() {
        assert!(
            between(BeforeAfter {
                before: b"a\0",
                after: b"b"
            })
            .is_empty()
        );
    }
}
