//! Three texts into one, line by line, as git's merge does at its defaults.
//!
//! Equal to `git merge-file --diff-algorithm=histogram` (git's `xmerge.c` at level *zealous*): changes of both sides are
//! laid side by side over the base; those that touch or adjoin conflict unless they are the same; a conflict is then
//! reduced to the lines in which the sides really differ, and vanishes where they differ in none.

use imara_diff::Token;

use crate::change::line_diff::{Edit, Lines};
use crate::change::replay::Sides;
use crate::text::BeforeAfter;

/// Conflicts this many lines apart or fewer are one conflict (git's `xdl_simplify_non_conflicts`).
const NEAR: i64 = 3;

/// What a merge of texts came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TextMerge {
    /// The merged text.
    Merged(Vec<u8>),
    /// The sides contradict each other.
    Conflict {
        /// In how many places, as git would mark them.
        hunks: u32,
    },
}

/// How a region of the merge is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Choice {
    Conflict,
    Ours,
    Theirs,
    /// Both sides made the same change; ours stands for both.
    Same,
}

/// A region that at least one side changed: where it lies in each text, from 0, as start and length.
///
/// Signed, because the line where a side *would* have a region is computed by offsets that pass through negative values.
#[derive(Clone, Copy, Debug)]
struct Region {
    choice: Choice,
    ours: (i64, i64),
    theirs: (i64, i64),
}

/// Merges what `ours` and `theirs` made of `base`.
#[must_use]
pub fn merge(texts: Sides<&[u8]>) -> TextMerge {
    let merging = Merging::of(texts);
    match merging.conflicts() {
        0 => TextMerge::Merged(merging.written()),
        hunks => TextMerge::Conflict { hunks },
    }
}

/// The same, but where the sides conflict the lines of both are kept, ours first (git's `union` driver).
#[must_use]
pub fn union(texts: Sides<&[u8]>) -> Vec<u8> {
    Merging::of(texts).written()
}

/// A merge in the making: the lines of the sides and the regions that changed.
struct Merging<'a> {
    lines: Lines<'a>,
    sides: Sides<Vec<Token>>,
    regions: Vec<Region>,
}

impl<'a> Merging<'a> {
    fn of(texts: Sides<&'a [u8]>) -> Self {
        let mut lines = Lines::new(texts.base.len() * 2);
        let sides = texts.map(|text| lines.of(text));
        let edits = |side: &[Token]| {
            lines.edits(BeforeAfter {
                before: &sides.base,
                after: side,
            })
        };
        let regions = side_by_side(&sides, &edits(&sides.ours), &edits(&sides.theirs));
        let regions = refined(&lines, &sides, regions);
        Self {
            lines,
            sides,
            regions,
        }
    }

    fn conflicts(&self) -> u32 {
        let is_conflict = |region: &&Region| region.choice == Choice::Conflict;
        crate::text::offset(self.regions.iter().filter(is_conflict).count())
    }

    fn written(&self) -> Vec<u8> {
        let (ours, theirs) = (&self.sides.ours, &self.sides.theirs);
        let mut text = Vec::new();
        let mut copied = 0;
        for region in &self.regions {
            if region.choice == Choice::Same {
                continue;
            }
            self.copy(part(ours, (copied, region.ours.0 - copied)), &mut text);
            if region.choice != Choice::Theirs {
                self.copy(part(ours, region.ours), &mut text);
            }
            if region.choice == Choice::Conflict && text.last().is_some_and(|byte| *byte != b'\n') {
                text.push(b'\n');
            }
            if region.choice != Choice::Ours {
                self.copy(part(theirs, region.theirs), &mut text);
            }
            copied = region.ours.0 + region.ours.1;
        }
        self.copy(part(ours, (copied, signed(ours.len()) - copied)), &mut text);
        text
    }

    fn copy(&self, from: &[Token], text: &mut Vec<u8>) {
        for line in from {
            text.extend_from_slice(self.lines.bytes(*line));
        }
    }
}

/// An edit with signed positions.
#[derive(Clone, Copy)]
struct Change {
    base: i64,
    base_len: i64,
    side: i64,
    side_len: i64,
}

impl Change {
    fn of(edit: &Edit) -> Self {
        Self {
            base: i64::from(edit.before.start),
            base_len: i64::from(edit.before.end - edit.before.start),
            side: i64::from(edit.after.start),
            side_len: i64::from(edit.after.end - edit.after.start),
        }
    }

    fn base_end(self) -> i64 {
        self.base + self.base_len
    }

    fn side_end(self) -> i64 {
        self.side + self.side_len
    }

    /// How much later a line of the base stands on this side, before the change.
    fn shift(self) -> i64 {
        self.side - self.base
    }
}

/// Appends regions, joining those that touch.
#[derive(Default)]
struct Regions(Vec<Region>);

impl Regions {
    fn push(&mut self, region: Region) {
        if let Some(last) = self.0.last_mut()
            && (region.ours.0 <= last.ours.0 + last.ours.1
                || region.theirs.0 <= last.theirs.0 + last.theirs.1)
        {
            if region.choice != last.choice {
                last.choice = Choice::Conflict;
            }
            last.ours.1 = region.ours.0 + region.ours.1 - last.ours.0;
            last.theirs.1 = region.theirs.0 + region.theirs.1 - last.theirs.0;
        } else {
            self.0.push(region);
        }
    }

    /// A change of ours alone; `shift` is how much later the base's lines stand on their side here.
    fn push_ours(&mut self, change: Change, shift: i64) {
        self.push(Region {
            choice: Choice::Ours,
            ours: (change.side, change.side_len),
            theirs: (change.base + shift, change.base_len),
        });
    }

    fn push_theirs(&mut self, change: Change, shift: i64) {
        self.push(Region {
            choice: Choice::Theirs,
            ours: (change.base + shift, change.base_len),
            theirs: (change.side, change.side_len),
        });
    }

    /// Changes of both sides that meet: the region spans the base lines of both.
    fn push_conflict(&mut self, ours: Change, theirs: Change) {
        let start = ours.base.min(theirs.base);
        let end = ours.base_end().max(theirs.base_end());
        let span = |change: Change| {
            let first = change.side - (change.base - start);
            let last = change.side_end() + (end - change.base_end());
            (first, last - first)
        };
        self.push(Region {
            choice: Choice::Conflict,
            ours: span(ours),
            theirs: span(theirs),
        });
    }
}

fn side_by_side(sides: &Sides<Vec<Token>>, ours: &[Edit], theirs: &[Edit]) -> Vec<Region> {
    let growth = |side: &[Token]| signed(side.len()) - signed(sides.base.len());
    let mut regions = Regions::default();
    let mut ours = ours.iter().map(Change::of).peekable();
    let mut theirs = theirs.iter().map(Change::of).peekable();
    loop {
        match (ours.peek().copied(), theirs.peek().copied()) {
            (None, None) => return regions.0,
            (Some(one), None) => {
                regions.push_ours(one, growth(&sides.theirs));
                ours.next();
            }
            (None, Some(other)) => {
                regions.push_theirs(other, growth(&sides.ours));
                theirs.next();
            }
            (Some(one), Some(other)) if one.base_end() < other.base => {
                regions.push_ours(one, other.shift());
                ours.next();
            }
            (Some(one), Some(other)) if other.base_end() < one.base => {
                regions.push_theirs(other, one.shift());
                theirs.next();
            }
            (Some(one), Some(other)) => {
                if !same_change(sides, one, other) {
                    regions.push_conflict(one, other);
                }
                if one.base_end() <= other.base_end() {
                    ours.next();
                }
                if other.base_end() <= one.base_end() {
                    theirs.next();
                }
            }
        }
    }
}

/// Whether both sides replaced the same lines of the base by the same lines.
fn same_change(sides: &Sides<Vec<Token>>, one: Change, other: Change) -> bool {
    (one.base, one.base_len) == (other.base, other.base_len)
        && part(&sides.ours, (one.side, one.side_len))
            == part(&sides.theirs, (other.side, other.side_len))
}

/// Conflicts reduced to where the sides differ, and near ones joined again.
fn refined(lines: &Lines<'_>, sides: &Sides<Vec<Token>>, regions: Vec<Region>) -> Vec<Region> {
    let mut result: Vec<Region> = Vec::with_capacity(regions.len());
    for region in regions {
        if region.choice != Choice::Conflict || region.ours.1 == 0 || region.theirs.1 == 0 {
            join_or_push(&mut result, region);
            continue;
        }
        let edits = lines.edits(BeforeAfter {
            before: part(&sides.ours, region.ours),
            after: part(&sides.theirs, region.theirs),
        });
        if edits.is_empty() {
            result.push(Region {
                choice: Choice::Same,
                ..region
            });
        }
        for edit in edits.iter().map(Change::of) {
            let smaller = Region {
                choice: Choice::Conflict,
                ours: (region.ours.0 + edit.base, edit.base_len),
                theirs: (region.theirs.0 + edit.side, edit.side_len),
            };
            join_or_push(&mut result, smaller);
        }
    }
    result
}

fn join_or_push(regions: &mut Vec<Region>, region: Region) {
    if let Some(last) = regions.last_mut()
        && last.choice == Choice::Conflict
        && region.choice == Choice::Conflict
        && region.ours.0 - (last.ours.0 + last.ours.1) <= NEAR
    {
        last.ours.1 = region.ours.0 + region.ours.1 - last.ours.0;
        last.theirs.1 = region.theirs.0 + region.theirs.1 - last.theirs.0;
    } else {
        regions.push(region);
    }
}

fn signed(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

/// The lines from a start on, cut to what is there.
fn part(side: &[Token], (start, length): (i64, i64)) -> &[Token] {
    let at = |line: i64| usize::try_from(line).unwrap_or(0).min(side.len());
    let (start, end) = (at(start), at(start + length));
    &side[start..end.max(start)]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn merged(base: &str, ours: &str, theirs: &str) -> TextMerge {
        merge(Sides {
            base: base.as_bytes(),
            ours: ours.as_bytes(),
            theirs: theirs.as_bytes(),
        })
    }

    fn text(text: &str) -> TextMerge {
        TextMerge::Merged(text.as_bytes().to_vec())
    }

    #[test]
    fn changes_apart_from_each_other_merge() {
        let result = merged("a\nb\nc\nd\ne\n", "A\nb\nc\nd\ne\n", "a\nb\nc\nd\nE\n");
        assert_eq!(result, text("A\nb\nc\nd\nE\n"));
    }

    #[test]
    fn changes_of_adjoining_lines_conflict_as_in_git() {
        let result = merged("a\nb\nc\n", "A\nb\nc\n", "a\nB\nc\n");
        assert_eq!(result, TextMerge::Conflict { hunks: 1 });
    }

    #[test]
    fn a_line_between_is_enough() {
        let result = merged("a\nb\nc\n", "A\nb\nc\n", "a\nb\nC\n");
        assert_eq!(result, text("A\nb\nC\n"));
    }

    #[test]
    fn the_same_change_on_both_sides_is_one_change() {
        assert_eq!(merged("a\nb\n", "a\nB\n", "a\nB\n"), text("a\nB\n"));
        assert_eq!(merged("", "a\n", "a\n"), text("a\n"));
    }

    #[test]
    fn a_final_newline_that_one_side_removes_stays_removed() {
        let result = merged("a\nb\nc\nd\n", "a\nb\nc\nd", "A\nb\nc\nd\n");
        assert_eq!(result, text("A\nb\nc\nd"));
    }

    #[test]
    fn near_conflicts_count_once_and_far_ones_twice() {
        let base = "a\n1\n2\n3\nb\n";
        let near = merged(base, "x\n1\n2\n3\nx\n", "y\n1\n2\n3\ny\n");
        assert_eq!(near, TextMerge::Conflict { hunks: 1 });
        let base = "a\n1\n2\n3\n4\nb\n";
        let far = merged(base, "x\n1\n2\n3\n4\nx\n", "y\n1\n2\n3\n4\ny\n");
        assert_eq!(far, TextMerge::Conflict { hunks: 2 });
    }
}
