//! Differences carried along hold what a merge makes.

use proptest::{collection, prop_assert_eq, proptest};

use crate::merge::text::{TextMerge, merge};

use super::*;

fn text(lines: &[u8]) -> Vec<u8> {
    lines.iter().flat_map(|line| [b'a' + line, b'\n']).collect()
}

proptest! {
    #[test]
    fn a_drift_makes_the_other_text(
        known in collection::vec(0_u8..5, 0..12),
        other in collection::vec(0_u8..5, 0..12),
    ) {
        let (known, other) = (text(&known), text(&other));
        let drift = Drift::between(&known, &other).unwrap();
        prop_assert_eq!(drift.applied(&known), other);
    }
}

proptest! {
    #[test]
    fn what_is_taken_back_beside_a_drift_adds_up(
        known in collection::vec(0_u8..5, 0..12),
        other in collection::vec(0_u8..5, 0..12),
        next in collection::vec(0_u8..5, 0..12),
    ) {
        let (known, other, next) = (text(&known), text(&other), text(&next));
        let sides = |before, after| BeforeAfter { before, after };
        let drift = Drift::between(&known, &other).unwrap();
        let inverse = Drift::between(&next, &known).unwrap();
        let hunks = changed(sides(&known[..], &next[..])).unwrap();
        if let Some(both) = drift.with(&hunks, &inverse) {
            prop_assert_eq!(both.applied(&next), other);
        }
    }
}

/// Twelve lines, of which some are changed in one of two ways, or gone.
fn edited(edits: &[(usize, u8)]) -> Vec<u8> {
    let mut lines: Vec<String> = (0..12).map(|line| format!("line {line}\n")).collect();
    for (at, how) in edits {
        lines[*at] = match how {
            0 => String::new(),
            how => format!("line {at}, {how}\n"),
        };
    }
    lines.concat().into_bytes()
}

/// What a merge comes to, carried over from another one whose ours is `ours`; `None` where it has to be made.
fn carried(base: &[u8], (ours, other): (&[u8], &[u8]), theirs: &[u8]) -> Option<Vec<u8>> {
    let sides = Sides { base, ours, theirs };
    let TextMerge::Merged(known) = merge(sides) else {
        return None;
    };
    let hunks = changed(BeforeAfter {
        before: ours,
        after: &known[..],
    })?;
    let drift = Drift::between(ours, other)?;
    let is_alike = drift.meets(&alike(sides, &hunks));
    let drift = drift.carried(&hunks).filter(|_| !is_alike)?;
    Some(drift.applied(&known))
}

proptest! {
    #[test]
    fn what_is_carried_over_a_merge_is_what_git_merges(
        base in collection::vec((0_usize..12, 0_u8..3), 0..4),
        ours in collection::vec((0_usize..12, 0_u8..3), 0..4),
        other in collection::vec((0_usize..12, 0_u8..3), 0..4),
        theirs in collection::vec((0_usize..12, 0_u8..3), 0..4),
    ) {
        let [base, ours, other, theirs] = [base, ours, other, theirs].map(|edits| edited(&edits));
        if let Some(merged) = carried(&base, (&ours, &other), &theirs) {
            let sides = Sides { base: &base[..], ours: &other, theirs: &theirs };
            prop_assert_eq!(merge(sides), TextMerge::Merged(merged));
        }
    }
}

/// A step that finds its change made already changes nothing there, and would where it is not made.
#[test]
fn a_change_that_both_sides_made_is_not_carried_over() {
    let (base, theirs) = (edited(&[(3, 1)]), edited(&[]));
    let ours = edited(&[(8, 1)]);
    assert_eq!(
        carried(&base, (&ours, &edited(&[(3, 2), (8, 1)])), &theirs),
        None
    );
    let beside = edited(&[(8, 2)]);
    assert_eq!(
        carried(&base, (&ours, &beside), &theirs),
        Some(beside.clone())
    );
}

#[test]
fn a_change_elsewhere_only_shifts() {
    let known = b"a\nb\nc\nd\ne\n";
    let drift = Drift::between(known, b"a\nb\nc\nD\ne\n").unwrap();
    let next = b"x\ny\na\nb\nc\nd\ne\n";
    let hunks = |after: &'static [u8]| {
        changed(BeforeAfter {
            before: known,
            after,
        })
        .unwrap()
    };
    let carried = drift.carried(&hunks(next)).unwrap();
    assert_eq!(carried.applied(next), b"x\ny\na\nb\nc\nD\ne\n");
    assert_eq!(drift.carried(&hunks(b"a\nb\nC\nd\ne\n")), None);
    assert!(drift.carried(&hunks(b"a\nB\nc\nd\ne\n")).is_some());
}

#[test]
fn a_missing_last_newline_is_a_difference() {
    let (with, without) = (&b"a\nb\n"[..], &b"a\nb"[..]);
    let applied = |known, other| Drift::between(known, other).unwrap().applied(known);
    assert_eq!(applied(with, without), without);
    assert_eq!(applied(without, with), with);
}
