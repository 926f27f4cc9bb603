//! Which lines changed, exactly as git's histogram diff finds them: the diff that merge-ort merges by.
//!
//! Our own and not `imara-diff`'s histogram, because a merge agrees with git's only where each ambiguous match falls
//! the same way: git trims no common ends first, looks on after a match where it ends in the *before* text, and slides
//! the before side first. Where a region has only lines that are there more than `MAX_OCCURRENCES` times, git falls
//! back to Myers, and so do we, to `imara-diff`'s. (Git's `xhistogram.c` after JGit's `HistogramDiff`, `xdl_change_compact`
//! in `xdiffi.c` without indent heuristic, as merges run it; git 2.47.)

use std::ops::Range;

use imara_diff::{Algorithm, Diff, Interner, Token};

use crate::text::BeforeAfter;

use super::slide::{Group, compact};

/// Lines that occur more often than this in the before text anchor nothing.
const MAX_OCCURRENCES: u32 = 64;

const NONE: u32 = u32::MAX;

/// A run of lines that became another; at least one of them is not empty. Line numbers from 0.
pub type Edit = BeforeAfter<Range<u32>>;

/// Texts as numbered lines, equal lines with equal numbers; for any number of texts that are compared with each other.
pub struct Lines<'a> {
    interner: Interner<&'a [u8]>,
}

impl<'a> Lines<'a> {
    /// Without any line yet; `bytes` is the length of the texts to come, as a guess at how many.
    #[must_use]
    pub fn new(bytes: usize) -> Self {
        Self {
            interner: Interner::new(bytes / 32),
        }
    }

    /// The lines of a text. Lines end at `\n` and keep it, so a last line without one is another line.
    pub fn of(&mut self, text: &'a [u8]) -> Vec<Token> {
        let mut lines = Vec::with_capacity(text.len() / 24);
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', text) {
            lines.push(self.interner.intern(&text[start..=end]));
            start = end + 1;
        }
        if start < text.len() {
            lines.push(self.interner.intern(&text[start..]));
        }
        lines
    }

    /// The bytes of a line.
    #[must_use]
    pub fn bytes(&self, line: Token) -> &'a [u8] {
        self.interner[line]
    }

    /// The edits that turn one text into the other, in order, never adjacent on both sides.
    #[must_use]
    pub fn edits(&self, sides: BeforeAfter<&[Token]>) -> Vec<Edit> {
        let mut changed = sides.map(|lines| vec![false; lines.len()]);
        let mut histogram = Histogram::new(self.interner.num_tokens() as usize, sides.before.len());
        histogram.run(sides, &mut changed);
        compact(sides.before, &mut changed.before, &changed.after);
        compact(sides.after, &mut changed.after, &changed.before);
        edits(&changed)
    }
}

/// A part of both texts that is still to be compared.
type Region = BeforeAfter<Range<u32>>;

/// The occurrences of each line in the before side of one region.
struct Histogram {
    /// By line number: where it stands first, and how often it is there (0 outside of a search).
    first: Vec<u32>,
    count: Vec<u32>,
    /// By position: where the same line stands next.
    next: Vec<u32>,
}

/// What a search for the longest rare common run found.
enum Found {
    /// No line in common.
    Nothing,
    /// Only lines that are there too often.
    TooCommon,
    /// A run that is the same on both sides.
    Run(Region),
}

/// The best run so far.
struct Best {
    run: Option<Region>,
    /// One less than its length: git's way to count, which lets a rarer single line win over nothing.
    extent: u32,
    /// How often its rarest line is there.
    occurrences: u32,
}

impl Histogram {
    fn new(distinct: usize, positions: usize) -> Self {
        Self {
            first: vec![NONE; distinct],
            count: vec![0; distinct],
            next: vec![NONE; positions],
        }
    }

    /// Marks what changed: splits at the best run, again and again, by a stack and not by recursion.
    fn run(&mut self, sides: BeforeAfter<&[Token]>, changed: &mut BeforeAfter<Vec<bool>>) {
        let length = |lines: &[Token]| 0..crate::text::offset(lines.len());
        let mut regions = vec![sides.map(length)];
        while let Some(region) = regions.pop() {
            if region.before.is_empty() || region.after.is_empty() {
                mark(changed, &region);
                continue;
            }
            match self.best_run(sides, &region) {
                Found::Nothing => mark(changed, &region),
                Found::TooCommon => self.by_myers(sides, &region, changed),
                Found::Run(run) => {
                    regions.push(BeforeAfter {
                        before: run.before.end..region.before.end,
                        after: run.after.end..region.after.end,
                    });
                    regions.push(BeforeAfter {
                        before: region.before.start..run.before.start,
                        after: region.after.start..run.after.start,
                    });
                }
            }
        }
    }

    fn best_run(&mut self, sides: BeforeAfter<&[Token]>, region: &Region) -> Found {
        self.fill(sides.before, &region.before);
        let mut best = Best {
            run: None,
            extent: 0,
            occurrences: MAX_OCCURRENCES + 1,
        };
        let mut in_common = false;
        let mut at = region.after.start;
        while at < region.after.end {
            let count = self.count[sides.after[at as usize].0 as usize];
            in_common |= count > 0;
            at = if count > 0 && count <= best.occurrences {
                self.improve(sides, region, at, &mut best)
            } else {
                at + 1
            };
        }
        for line in &sides.before[as_usize(&region.before)] {
            self.count[line.0 as usize] = 0;
        }
        match best.run {
            _ if in_common && best.occurrences > MAX_OCCURRENCES => Found::TooCommon,
            Some(run) => Found::Run(run),
            None => Found::Nothing,
        }
    }

    fn fill(&mut self, before: &[Token], range: &Range<u32>) {
        for at in range.clone().rev() {
            let line = before[at as usize].0 as usize;
            self.next[at as usize] = if self.count[line] > 0 {
                self.first[line]
            } else {
                NONE
            };
            self.first[line] = at;
            self.count[line] += 1;
        }
    }

    /// Tries the line at `at` of the after side against each of its places in the before side; returns the position to
    /// go on from: behind the longest run found.
    fn improve(
        &self,
        sides: BeforeAfter<&[Token]>,
        region: &Region,
        at: u32,
        best: &mut Best,
    ) -> u32 {
        let line = sides.after[at as usize].0 as usize;
        let mut resume = at + 1;
        let mut place = self.first[line];
        while place != NONE {
            let (run, occurrences) = self.widen(sides, region, (place, at));
            resume = resume.max(run.after.end);
            let extent = run.before.end - 1 - run.before.start;
            let mut next = self.next[place as usize];
            while next != NONE && next < run.before.end {
                next = self.next[next as usize];
            }
            if best.extent < extent || occurrences < best.occurrences {
                *best = Best {
                    run: Some(run),
                    extent,
                    occurrences,
                };
            }
            place = next;
        }
        resume
    }

    /// The longest equal run around a pair of equal lines, and how often its rarest line is there.
    fn widen(
        &self,
        sides: BeforeAfter<&[Token]>,
        region: &Region,
        (before, after): (u32, u32),
    ) -> (Region, u32) {
        let same = |one: u32, other: u32| sides.before[one as usize] == sides.after[other as usize];
        let count = |at: u32| self.count[sides.before[at as usize].0 as usize];
        let mut occurrences = count(before);
        let (mut start, mut after_start) = (before, after);
        while start > region.before.start
            && after_start > region.after.start
            && same(start - 1, after_start - 1)
        {
            start -= 1;
            after_start -= 1;
            occurrences = occurrences.min(count(start));
        }
        let (mut end, mut after_end) = (before + 1, after + 1);
        while end < region.before.end && after_end < region.after.end && same(end, after_end) {
            occurrences = occurrences.min(count(end));
            end += 1;
            after_end += 1;
        }
        let run = BeforeAfter {
            before: start..end,
            after: after_start..after_end,
        };
        (run, occurrences)
    }

    fn by_myers(
        &self,
        sides: BeforeAfter<&[Token]>,
        region: &Region,
        changed: &mut BeforeAfter<Vec<bool>>,
    ) {
        let distinct = crate::text::offset(self.count.len());
        let mut diff = Diff::default();
        let before = &sides.before[as_usize(&region.before)];
        let after = &sides.after[as_usize(&region.after)];
        diff.compute_with(Algorithm::Myers, before, after, distinct);
        for at in region.before.clone() {
            changed.before[at as usize] = diff.is_removed(at - region.before.start);
        }
        for at in region.after.clone() {
            changed.after[at as usize] = diff.is_added(at - region.after.start);
        }
    }
}

fn mark(changed: &mut BeforeAfter<Vec<bool>>, region: &Region) {
    changed.before[as_usize(&region.before)].fill(true);
    changed.after[as_usize(&region.after)].fill(true);
}

fn as_usize(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}

fn edits(changed: &BeforeAfter<Vec<bool>>) -> Vec<Edit> {
    let mut edits = Vec::new();
    let mut before = Some(Group::first(&changed.before));
    let mut after = Some(Group::first(&changed.after));
    while let (Some(one), Some(other)) = (before, after) {
        if !one.is_empty() || !other.is_empty() {
            let range =
                |group: Group| crate::text::offset(group.start)..crate::text::offset(group.end);
            edits.push(BeforeAfter {
                before: range(one),
                after: range(other),
            });
        }
        before = one.next(&changed.before);
        after = other.next(&changed.after);
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn between(before: &[u8], after: &[u8]) -> Vec<(Range<u32>, Range<u32>)> {
        let mut lines = Lines::new(before.len() + after.len());
        let (before, after) = (lines.of(before), lines.of(after));
        let edits = lines.edits(BeforeAfter {
            before: &before,
            after: &after,
        });
        edits.into_iter().map(|e| (e.before, e.after)).collect()
    }

    #[test]
    fn equal_texts_have_no_edits() {
        assert!(between(b"a\nb\n", b"a\nb\n").is_empty());
        assert!(between(b"", b"").is_empty());
    }

    #[test]
    fn a_whole_text_comes_and_goes() {
        assert_eq!(between(b"", b"a\nb\n"), [(0..0, 0..2)]);
        assert_eq!(between(b"a\nb", b""), [(0..2, 0..0)]);
    }

    #[test]
    fn an_added_repetition_slides_to_the_end() {
        assert_eq!(between(b"x\na\ny\n", b"x\na\na\ny\n"), [(2..2, 2..3)]);
    }

    #[test]
    fn lines_that_are_everywhere_fall_back_to_myers() {
        let before = b"a\n".repeat(80);
        let after = b"a\n".repeat(81);
        assert_eq!(between(&before, &after).len(), 1);
    }

    #[test]
    fn a_missing_final_newline_is_a_changed_line() {
        assert_eq!(between(b"a\nb\n", b"a\nb"), [(1..2, 1..2)]);
    }
}
