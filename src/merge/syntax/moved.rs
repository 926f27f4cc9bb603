//! Whether what the target removed of what goes stands elsewhere in its file by then.
//!
//! Where it does, backing out means to take it out there too, and the merge has no place for that. Seen by runs of words
//! that the target has as often as the base although it removed one of them. Does not see what moved to another file,
//! or what was rewritten on the way so that no [`WINDOW`] words in a row are left.

use std::ops::Range;

use imara_diff::Token;
use rustc_hash::FxHashMap;

use crate::items::lexer::TokenKind;
use crate::text::LineNumber;

use super::edits::{self, Edit};
use super::join::Joining;
use super::words::{WordKind, Words};

/// How many words in a row tell a piece of code from another; chosen so that one short call fills it.
const WINDOW: usize = 6;

/// The line of the target where something was taken out that it has elsewhere, the first.
pub(super) fn stands_elsewhere(joining: &Joining<'_>) -> Option<LineNumber> {
    let base = joining.words.base.ids();
    let ours = joining.words.ours.ids();
    let mut counts: Option<(Counts<'_>, Counts<'_>)> = None;
    for (edit, run) in both_removed(joining) {
        let windows: Vec<Range<usize>> = windows(joining.words.base, &run).collect();
        if windows.is_empty() {
            continue;
        }
        let (before, after) = counts.get_or_insert_with(|| (counted(&base), counted(&ours)));
        let is_there = |window: &Range<usize>| {
            let words = &base[window.clone()];
            after.get(words).copied() >= before.get(words).copied()
        };
        if windows.iter().any(is_there) {
            let word = joining.words.ours.list.get(edit.after.start as usize);
            return Some(LineNumber(word.map_or(0, |word| word.line) + 1));
        }
    }
    None
}

type Counts<'a> = FxHashMap<&'a [Token], u32>;

fn counted(ids: &[Token]) -> Counts<'_> {
    let mut counts = Counts::default();
    for window in ids.windows(WINDOW) {
        *counts.entry(window).or_default() += 1;
    }
    counts
}

/// The edits of ours that removed part of what theirs removes, each with what both removed.
fn both_removed<'a>(joining: &'a Joining<'_>) -> impl Iterator<Item = (&'a Edit, Range<u32>)> {
    let removals = |edits: &'a [Edit]| edits.iter().filter(|edit| edit.after.is_empty());
    removals(joining.theirs).flat_map(move |theirs| {
        let from = joining
            .ours
            .partition_point(|ours| ours.before.end <= theirs.before.start);
        let met = joining.ours[from..].iter();
        let met = met.take_while(|ours| ours.before.start < theirs.before.end);
        met.filter(|ours| ours.after.is_empty() && ours.before != theirs.before)
            .map(|ours| (ours, ours.before.clone()))
    })
}

/// Every window of the run in which something has a name.
fn windows(words: &Words<'_>, run: &Range<u32>) -> impl Iterator<Item = Range<usize>> {
    let has_name = |window: &Range<usize>| {
        words.list[window.clone()].iter().any(|word| {
            matches!(
                word.kind,
                WordKind::Code(TokenKind::Identifier | TokenKind::String) | WordKind::Plain
            )
        })
    };
    let run = edits::usizes(run);
    (run.start..(run.end + 1).saturating_sub(WINDOW))
        .map(|start| start..start + WINDOW)
        .filter(has_name)
}
