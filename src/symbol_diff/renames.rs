//! New names: which identifier took the place of which, from the tokens that changed.
//!
//! An identifier votes for another where it stands in its place, at the definition or at a use. A name that is merely
//! replaced once by one that was there before is no rename: `pairing` also asks that the old symbol went and the new came.

use std::collections::{BTreeMap, BTreeSet};

use super::delta::{Delta, Piece};
use super::words::{self, Vocabulary, Word};
use crate::text::BeforeAfter;

/// Old and new names that belong together.
#[derive(Clone, Debug, Default)]
pub(super) struct Renames(BTreeSet<(Word, Word)>);

impl Renames {
    /// Adds a pair.
    pub(super) fn insert(&mut self, before: Word, after: Word) {
        self.0.insert((before, after));
    }

    /// Whether `after` is what `before` became: the same word, or its new name.
    pub(super) fn follows(&self, before: Word, after: Word) -> bool {
        before == after || self.0.contains(&(before, after))
    }

    /// Whether two token sequences are one but for words that follow a new name.
    ///
    /// Compares in place, so that a parameter that keeps the old name of a global is no difference, and one that took
    /// the global's place is.
    pub(super) fn same(&self, sides: BeforeAfter<&[Word]>) -> bool {
        sides.before.len() == sides.after.len()
            && sides
                .before
                .iter()
                .zip(sides.after)
                .all(|(before, after)| self.follows(*before, *after))
    }

    /// The new names of `before`, in no meaningful order.
    pub(super) fn of(&self, before: Word) -> impl Iterator<Item = Word> {
        let all = self.0.range((before, Word::FIRST)..=(before, Word::LAST));
        all.map(|pair| pair.1)
    }

    /// Whether nothing was renamed.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// The pieces that stand for each other: by the symbols they define, or by their place between unchanged items.
pub(super) fn aligned(
    delta: &Delta<'_>,
    by_symbol: impl Iterator<Item = (usize, usize)>,
) -> BTreeSet<(usize, usize)> {
    let mut aligned: BTreeSet<_> = by_symbol.collect();
    let key = |piece: &Piece<'_>| (piece.pair, piece.hunk.0);
    let mut sizes = BTreeMap::<_, BeforeAfter<usize>>::new();
    for piece in &delta.pieces.before {
        sizes.entry(key(piece)).or_default().before += 1;
    }
    for piece in &delta.pieces.after {
        sizes.entry(key(piece)).or_default().after += 1;
    }
    let place = |piece: &Piece<'_>| (piece.pair, piece.hunk);
    let after: BTreeMap<_, usize> = delta
        .pieces
        .after
        .iter()
        .enumerate()
        .map(|(at, piece)| (place(piece), at))
        .collect();
    for (at, piece) in delta.pieces.before.iter().enumerate() {
        let size = sizes[&key(piece)];
        let other = after
            .get(&place(piece))
            .filter(|_| size.before == size.after);
        aligned.extend(other.map(|other| (at, *other)));
    }
    aligned
}

/// The identifiers of which most changed places gave way to one other, which came in no other's place more often.
pub(super) fn substitutions(
    vocabulary: &Vocabulary<'_>,
    delta: &Delta<'_>,
    aligned: &BTreeSet<(usize, usize)>,
) -> Renames {
    let mut votes = BTreeMap::<(Word, Word), usize>::new();
    for (before, after) in aligned {
        let words = BeforeAfter {
            before: &delta.pieces.before[*before].words.ids[..],
            after: &delta.pieces.after[*after].words.ids[..],
        };
        for (before, after) in replaced(words) {
            if vocabulary.is_identifier(before) && vocabulary.is_identifier(after) {
                *votes.entry((before, after)).or_default() += 1;
            }
        }
    }
    let mut totals = BeforeAfter::<BTreeMap<Word, usize>>::default();
    for ((before, after), count) in &votes {
        *totals.before.entry(*before).or_default() += count;
        *totals.after.entry(*after).or_default() += count;
    }
    let dominates = |((before, after), count): &((Word, Word), usize)| {
        2 * count > totals.before[before] && 2 * count > totals.after[after]
    };
    Renames(
        votes
            .into_iter()
            .filter(dominates)
            .map(|(pair, _)| pair)
            .collect(),
    )
}

/// The words that stand in each other's place: all differing ones of sequences of one length, else those of the
/// differing runs of one length.
pub(super) fn replaced(sides: BeforeAfter<&[Word]>) -> Vec<(Word, Word)> {
    if sides.before.len() == sides.after.len() {
        let places = sides
            .before
            .iter()
            .copied()
            .zip(sides.after.iter().copied());
        let differing: Vec<_> = places.filter(|(before, after)| before != after).collect();
        // Sequences of one length that differ in most places are not each other.
        if 2 * differing.len() <= sides.before.len() {
            return differing;
        }
    }
    words::hunks(sides)
        .into_iter()
        .filter(|hunk| hunk.before.len() == hunk.after.len())
        .flat_map(|hunk| {
            let before = sides.before[hunk.before].iter().copied();
            before
                .zip(sides.after[hunk.after].iter().copied())
                .collect::<Vec<_>>()
        })
        .collect()
}
