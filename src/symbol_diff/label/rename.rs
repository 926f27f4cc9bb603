//! Whether a change is a rename and nothing else: every differing item is its partner but for words.
//!
//! Names of symbols, names that go with them (labels, parts of pasted names), strings that spell them; or, where no
//! symbol has a new name, the locals of a function. A word replaced once where the old one stays is a fix, no rename.

use std::collections::{BTreeMap, BTreeSet};

use super::View;
use super::Word;
use crate::text::BeforeAfter;

/// Words that took another's place, by the positions of the pieces they stand in.
type Substitutions = BTreeMap<(usize, usize), Vec<(Word, Word)>>;

/// Whether new names explain every item in `rest`, the positions of the pieces that differ.
pub(super) fn covers(view: &View<'_, '_>, rest: &BeforeAfter<Vec<usize>>) -> bool {
    Rename { view, rest }.covers()
}

struct Rename<'e, 'v, 's> {
    view: &'e View<'v, 's>,
    rest: &'e BeforeAfter<Vec<usize>>,
}

impl Rename<'_, '_, '_> {
    fn covers(&self) -> bool {
        let Some(others) = self.substitutions() else {
            return false;
        };
        let renames = &self.view.pairing.renames;
        if renames.is_empty() {
            return !others.is_empty()
                && others
                    .iter()
                    .all(|(pieces, names)| self.is_local(*pieces, names));
        }
        others.iter().all(|(_, names)| {
            names
                .iter()
                .all(|(before, after)| self.gave_way(*before, *after))
        })
    }

    /// The words that differ beyond the renames, by pair of pieces; `None` where more than words differs.
    fn substitutions(&self) -> Option<Substitutions> {
        let mut others = Substitutions::new();
        let aligned = &self.view.pairing.aligned;
        let (mut seen_before, mut seen_after) = (BTreeSet::new(), BTreeSet::new());
        for (before, after) in aligned {
            let words = BeforeAfter {
                before: &self.view.delta.pieces.before[*before].words.ids[..],
                after: &self.view.delta.pieces.after[*after].words.ids[..],
            };
            if words.before.len() != words.after.len() {
                return None;
            }
            seen_before.insert(*before);
            seen_after.insert(*after);
            for (before_word, after_word) in words.before.iter().zip(words.after) {
                if !self.view.pairing.renames.follows(*before_word, *after_word) {
                    let names = others.entry((*before, *after)).or_default();
                    names.push((*before_word, *after_word));
                }
            }
        }
        let all_seen = self.rest.before.iter().all(|at| seen_before.contains(at))
            && self.rest.after.iter().all(|at| seen_after.contains(at));
        all_seen.then_some(others)
    }

    /// Whether a word that is no symbol's name went with the rename: a literal, or an identifier that is gone.
    fn gave_way(&self, before: Word, after: Word) -> bool {
        let vocabulary = self.view.comparison.vocabulary;
        if vocabulary.is_literal(before) {
            return vocabulary.is_literal(after);
        }
        let mut pieces = self
            .rest
            .after
            .iter()
            .map(|at| &self.view.delta.pieces.after[*at]);
        vocabulary.is_identifier(before)
            && vocabulary.is_identifier(after)
            && !pieces.any(|piece| piece.words.ids.contains(&before))
    }

    /// Whether one item's locals have other names: each new name is new there, each old one is gone, and both were used.
    fn is_local(&self, pieces: (usize, usize), names: &[(Word, Word)]) -> bool {
        let vocabulary = self.view.comparison.vocabulary;
        let before_words = &self.view.delta.pieces.before[pieces.0].words.ids;
        let after_words = &self.view.delta.pieces.after[pieces.1].words.ids;
        let one_to_one = |(before, after): &(Word, Word)| {
            names
                .iter()
                .all(|other| (other.0 == *before) == (other.1 == *after))
        };
        let is_renamed = |pair: &(Word, Word)| {
            let (before, after) = *pair;
            vocabulary.is_identifier(before)
                && vocabulary.is_identifier(after)
                && one_to_one(pair)
                && !after_words.contains(&before)
                && !before_words.contains(&after)
                && names.iter().filter(|other| *other == pair).count() > 1
        };
        names.iter().all(is_renamed)
    }
}
