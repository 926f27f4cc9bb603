//! The promise of the syntax-aware merge, checked on its result: nothing that either side did is lost or there twice.
//!
//! With B the words of the base, O those of ours, T those of theirs and R those of the result (renames applied to B and
//! T first):
//!
//! 1. *Nothing dropped, nothing duplicated*: every word is in R as often as `O + T - B` says, where what both sides did
//!    alike counts once.
//! 2. *Ours in order*: O without what theirs removed is a subsequence of R.
//! 3. *Theirs in order*: T without what ours removed is a subsequence of R.
//!
//! So the difference from theirs to R is what ours did to the base, and the difference from ours to R what theirs did.
//! Written apart from the merge and from the words of the finished text, so that a mistake there does not repeat here.

use std::collections::BTreeMap;

use imara_diff::Token;

use crate::change::replay::Sides;

use super::edits::Edit;
use super::layout::places;
use super::words::Words;

/// Whether the result keeps the promise; `same` tells for each edit of theirs whether ours has the same.
pub(super) fn holds(
    sides: &Sides<&Words<'_>>,
    (ours, theirs): (&[Edit], &[Edit]),
    same: &[bool],
    result: &Words<'_>,
) -> bool {
    let result = result.ids();
    let ours_left = without_removed(sides.base, sides.ours, ours, theirs);
    let theirs_left = without_removed(sides.base, sides.theirs, theirs, ours);
    counts_fit(sides, (theirs, same), ours, &result)
        && is_subsequence(&ours_left, &result)
        && is_subsequence(&theirs_left, &result)
}

fn counts_fit(
    sides: &Sides<&Words<'_>>,
    (theirs, same): (&[Edit], &[bool]),
    ours: &[Edit],
    result: &[Token],
) -> bool {
    let mut counts: BTreeMap<u32, i64> = BTreeMap::new();
    let mut add = |words: &[Token], by: i64| {
        for word in words {
            *counts.entry(word.0).or_default() += by;
        }
    };
    add(&sides.ours.ids(), 1);
    add(&sides.theirs.ids(), 1);
    add(&sides.base.ids(), -1);
    add(result, -1);
    // What both sides removed is removed once, what both put there is there once.
    let (gone_ours, gone_theirs) = (removed(sides.base, ours), removed(sides.base, theirs));
    let base = sides.base.ids();
    for at in 0..base.len() {
        if gone_ours[at] && gone_theirs[at] {
            add(&base[at..=at], 1);
        }
    }
    let theirs_ids = sides.theirs.ids();
    for (edit, _) in theirs.iter().zip(same).filter(|(_, same)| **same) {
        add(&theirs_ids[super::edits::usizes(&edit.after)], -1);
    }
    counts.values().all(|count| *count == 0)
}

fn removed(base: &Words<'_>, edits: &[Edit]) -> Vec<bool> {
    let mut gone = vec![false; base.list.len()];
    for edit in edits {
        gone[super::edits::usizes(&edit.before)].fill(true);
    }
    gone
}

/// The words of a side but for those of the base that the other side removed.
fn without_removed(base: &Words<'_>, side: &Words<'_>, own: &[Edit], other: &[Edit]) -> Vec<Token> {
    let places = places(base.list.len(), own);
    let own_gone = removed(base, own);
    let mut goes = vec![false; side.list.len()];
    for (at, _) in removed(base, other)
        .iter()
        .enumerate()
        .filter(|(_, gone)| **gone)
    {
        if !own_gone[at] {
            goes[places[at]] = true;
        }
    }
    let kept = side.list.iter().zip(goes).filter(|(_, goes)| !goes);
    kept.map(|(word, _)| word.id).collect()
}

fn is_subsequence(part: &[Token], whole: &[Token]) -> bool {
    let mut whole = whole.iter();
    part.iter().all(|word| whole.any(|other| other == word))
}
