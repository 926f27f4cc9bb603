//! What one side did to the base, as edits of words: lines first, as git compares them, then the words of changed lines.
//!
//! Two changed words with nothing but punctuation between them are one edit: a bracket or a comma that happens to be
//! the same on both sides does not make two changes independent.

use std::ops::Range;

use imara_diff::{Algorithm, Diff, Token};

use crate::change::line_diff::{self, Lines};
use crate::items::lexer::TokenKind;
use crate::text::BeforeAfter;

use super::context;
use super::words::{Language, WordKind, Words};

/// Words of the base that became other words; from 0, at least one range not empty.
pub(super) type Edit = line_diff::Edit;

/// The edits from `before` to `after`, in order, at least one unchanged word between any two.
///
/// `distinct` is how many different words there are.
pub(super) fn between(
    sides: BeforeAfter<&Words<'_>>,
    language: Language,
    distinct: u32,
) -> Vec<Edit> {
    let mut lines = Lines::new(sides.before.source.len());
    let texts = sides.map(|words| lines.of(words.source));
    let changed = lines.edits(BeforeAfter {
        before: &texts.before,
        after: &texts.after,
    });
    let ids = sides.map(Words::ids);
    let mut edits = Vec::new();
    for hunk in changed {
        let words = BeforeAfter {
            before: on_lines(sides.before, &hunk.before, texts.before.len()),
            after: on_lines(sides.after, &hunk.after, texts.after.len()),
        };
        let ids = ids.as_ref().map(Vec::as_slice);
        refine(ids, words, distinct, &mut edits);
    }
    let edits = joined(sides.before, edits);
    slid_all(sides, language, edits)
}

/// The words on a range of the lines of a text, which has `lines` of them.
fn on_lines(words: &Words<'_>, range: &Range<u32>, lines: usize) -> Range<u32> {
    words.at_line(range.start, lines)..words.at_line(range.end, lines)
}

/// The words that differ within changed lines.
fn refine(ids: BeforeAfter<&[Token]>, within: Edit, distinct: u32, edits: &mut Vec<Edit>) {
    if within.before.is_empty() || within.after.is_empty() {
        edits.push(within);
        return;
    }
    let mut diff = Diff::default();
    diff.compute_with(
        Algorithm::Histogram,
        &ids.before[usizes(&within.before)],
        &ids.after[usizes(&within.after)],
        distinct,
    );
    let shifted = |range: Range<u32>, by: u32| range.start + by..range.end + by;
    edits.extend(diff.hunks().map(|hunk| BeforeAfter {
        before: shifted(hunk.before, within.before.start),
        after: shifted(hunk.after, within.after.start),
    }));
}

/// Joins edits that touch, and those with only punctuation between them.
fn joined(base: &Words<'_>, edits: Vec<Edit>) -> Vec<Edit> {
    let mut result: Vec<Edit> = Vec::with_capacity(edits.len());
    for edit in edits {
        if edit.before.is_empty() && edit.after.is_empty() {
            continue;
        }
        match result.last_mut() {
            Some(last) if is_weak(base, last.before.end..edit.before.start, last, &edit) => {
                last.before.end = edit.before.end;
                last.after.end = edit.after.end;
            }
            _ => result.push(edit),
        }
    }
    result
}

fn is_weak(base: &Words<'_>, between: Range<u32>, one: &Edit, other: &Edit) -> bool {
    if between.is_empty() {
        return true;
    }
    // Whole lines that came or went are told apart however little stands between.
    let is_pure = |edit: &Edit| edit.before.is_empty() || edit.after.is_empty();
    if is_pure(one) && is_pure(other) {
        return false;
    }
    let list = &base.list[usizes(&between)];
    list.iter().all(|word| {
        matches!(
            word.kind,
            WordKind::Code(TokenKind::Punctuator | TokenKind::Other | TokenKind::DirectiveEnd)
        )
    })
}

/// Moves every edit that only adds or only removes to where it covers whole lines or follows the end of a statement,
/// if equal words around it allow that.
fn slid_all(sides: BeforeAfter<&Words<'_>>, language: Language, edits: Vec<Edit>) -> Vec<Edit> {
    let mut result: Vec<Edit> = Vec::with_capacity(edits.len());
    for (at, edit) in edits.iter().enumerate() {
        let before = result.last().map_or(0, |last| last.before.end + 1);
        let end = crate::text::offset(sides.before.list.len());
        let after = edits.get(at + 1).map_or(end, |next| next.before.start);
        let room = BeforeAfter {
            before: edit.before.start.saturating_sub(before),
            after: after.saturating_sub(edit.before.end + 1),
        };
        result.push(slid(sides, language, edit.clone(), room));
    }
    result
}

/// One edit, moved by no more unchanged words than there is room for on either side of it.
fn slid(
    sides: BeforeAfter<&Words<'_>>,
    language: Language,
    edit: Edit,
    room: BeforeAfter<u32>,
) -> Edit {
    let (words, run, is_removal) = match (edit.before.is_empty(), edit.after.is_empty()) {
        (true, false) => (sides.after, &edit.after, false),
        (false, true) => (sides.before, &edit.before, true),
        _ => return edit,
    };
    // How far it can move within its side without changing what is left.
    let same = |one: u32, other: u32| words.list[one as usize].id == words.list[other as usize].id;
    let (mut up, mut down) = (0, 0);
    while up < run.start && up < room.before && same(run.start - 1 - up, run.end - 1 - up) {
        up += 1;
    }
    while ((run.end + down) as usize) < words.list.len()
        && down < room.after
        && same(run.start + down, run.end + down)
    {
        down += 1;
    }
    let at = |shift: i64, place: u32| u32::try_from(i64::from(place) + shift).unwrap_or(0);
    if (up, down) == (0, 0) {
        return edit;
    }
    let best = (-i64::from(up)..=i64::from(down))
        .rev()
        .max_by_key(|shift| {
            (
                place_value(
                    words,
                    language,
                    &(at(*shift, run.start)..at(*shift, run.end)),
                ),
                -shift.abs(),
            )
        });
    let shift = best.unwrap_or(0);
    let other = if is_removal {
        &edit.after
    } else {
        &edit.before
    };
    let moved = at(shift, run.start)..at(shift, run.end);
    let other = at(shift, other.start)..at(shift, other.end);
    if is_removal {
        BeforeAfter {
            before: moved,
            after: other,
        }
    } else {
        BeforeAfter {
            before: other,
            after: moved,
        }
    }
}

/// How natural it is for a run of words to come or go at this place: as whole statements or items, as whole lines.
fn place_value(words: &Words<'_>, language: Language, run: &Range<u32>) -> u32 {
    let (start, end) = (run.start as usize, run.end as usize);
    let whole_lines =
        words.starts_line(start) && (end >= words.list.len() || words.starts_line(end));
    2 * u32::from(context::is_whole(words, language, run)) + u32::from(whole_lines)
}

pub(super) fn covers(one: &Range<u32>, other: &Range<u32>) -> bool {
    one.start <= other.start && one.end >= other.end
}

pub(super) fn usizes(range: &Range<u32>) -> Range<usize> {
    range.start as usize..range.end as usize
}
