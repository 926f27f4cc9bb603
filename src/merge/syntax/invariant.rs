//! The promise of the syntax-aware merge, checked on its result: nothing that either side did is lost or there twice.
//!
//! With B the words of the base, O those of ours, T those of theirs and R those of the result (renames applied to B and
//! T first):
//!
//! 1. *Nothing dropped, nothing duplicated*: every word is in R as often as `O + T - B` says, where what both sides did
//!    alike, or both removed, counts once.
//! 2. *Ours in order*: O without what theirs removed is a subsequence of R.
//! 3. *Theirs in order*: T without what ours removed is a subsequence of R.
//!
//! One thing goes with what it belongs to: a comment of code that theirs removes, comment and all, is removed also where
//! ours had changed it. No token of C is ever in that.
//!
//! So the difference from theirs to R is what ours did to the base, and the difference from ours to R what theirs did.
//! Written apart from the merge and from the words of the finished text, so that a mistake there does not repeat here.

use std::collections::BTreeMap;
use std::ops::Range;

use imara_diff::Token;

use crate::change::replay::Sides;

use super::edits::{Edit, usizes};
use super::join::Settled;
use super::layout::places;
use super::words::{WordKind, Words};

/// Whether the result keeps the promise.
pub(super) fn holds(
    sides: &Sides<&Words<'_>>,
    (ours, theirs): (&[Edit], &[Edit]),
    settled: &Settled,
    result: &Words<'_>,
) -> bool {
    let result = result.ids();
    let ours = Side {
        words: sides.ours,
        edits: ours,
    };
    let theirs = Side {
        words: sides.theirs,
        edits: theirs,
    };
    let moot = moot_edits(&ours, &settled.moot);
    let ours_left = ours.without_removed(sides.base, &theirs, &moot);
    let theirs_left = theirs.without_removed(sides.base, &ours, &[]);
    goes_with_code(sides, &theirs, &moot)
        && counts_fit(
            sides.base,
            (&ours, &theirs),
            (&moot, &settled.same),
            &result,
        )
        && is_subsequence(&ours_left, &result)
        && is_subsequence(&theirs_left, &result)
}

fn moot_edits<'a>(side: &Side<'a>, moot: &[bool]) -> Vec<&'a Edit> {
    let all = side.edits.iter().zip(moot);
    all.filter(|(_, moot)| **moot)
        .map(|(edit, _)| edit)
        .collect()
}

/// Whether every one of these edits of ours has only comments in it, before and after, and theirs removes all that was
/// there and code beside it.
fn goes_with_code(sides: &Sides<&Words<'_>>, theirs: &Side<'_>, moot: &[&Edit]) -> bool {
    let only_comments = |words: &Words<'_>, run: &Range<u32>| {
        let mut all = words.list[usizes(run)].iter();
        all.all(|word| matches!(word.kind, WordKind::Comment | WordKind::CommentEnd))
    };
    moot.iter().all(|edit| {
        let goes_with = theirs.edits.iter().any(|removal| {
            removal.after.is_empty()
                && removal.before.start <= edit.before.start
                && edit.before.end <= removal.before.end
                && !only_comments(sides.base, &removal.before)
        });
        goes_with
            && only_comments(sides.base, &edit.before)
            && only_comments(sides.ours, &edit.after)
    })
}

/// One side and what it did to the base.
struct Side<'a> {
    words: &'a Words<'a>,
    edits: &'a [Edit],
}

impl Side<'_> {
    /// The words of the base that this side removed.
    fn removed(&self, base: &Words<'_>) -> Vec<bool> {
        let mut gone = vec![false; base.list.len()];
        for edit in self.edits {
            gone[usizes(&edit.before)].fill(true);
        }
        gone
    }

    /// The words of this side but for those of the base that the other removed, and those of these edits.
    fn without_removed(&self, base: &Words<'_>, other: &Side<'_>, moot: &[&Edit]) -> Vec<Token> {
        let places = places(base.list.len(), self.edits);
        let own_gone = self.removed(base);
        let mut goes = vec![false; self.words.list.len()];
        for (at, gone) in other.removed(base).into_iter().enumerate() {
            if gone && !own_gone[at] {
                goes[places[at]] = true;
            }
        }
        for edit in moot {
            goes[usizes(&edit.after)].fill(true);
        }
        let kept = self.words.list.iter().zip(goes).filter(|(_, goes)| !goes);
        kept.map(|(word, _)| word.id).collect()
    }
}

fn counts_fit(
    base: &Words<'_>,
    (ours, theirs): (&Side<'_>, &Side<'_>),
    (moot, same): (&[&Edit], &[bool]),
    result: &[Token],
) -> bool {
    let mut counts: BTreeMap<u32, i64> = BTreeMap::new();
    let mut add = |words: &[Token], by: i64| {
        for word in words {
            *counts.entry(word.0).or_default() += by;
        }
    };
    let base_ids = base.ids();
    let (ours_ids, theirs_ids) = (ours.words.ids(), theirs.words.ids());
    add(&ours_ids, 1);
    add(&theirs_ids, 1);
    add(&base_ids, -1);
    add(result, -1);
    // What both sides removed is removed once, what both put there is there once.
    let (gone_ours, gone_theirs) = (ours.removed(base), theirs.removed(base));
    for at in 0..base_ids.len() {
        if gone_ours[at] && gone_theirs[at] {
            add(&base_ids[at..=at], 1);
        }
    }
    for (edit, _) in theirs.edits.iter().zip(same).filter(|(_, same)| **same) {
        add(&theirs_ids[usizes(&edit.after)], -1);
    }
    for edit in moot {
        add(&ours_ids[usizes(&edit.after)], -1);
    }
    counts.values().all(|count| *count == 0)
}

fn is_subsequence(part: &[Token], whole: &[Token]) -> bool {
    let mut whole = whole.iter();
    part.iter().all(|word| whole.any(|other| other == word))
}
