//! Which symbol after the change is which symbol before it: by name in its file, across files, and under a new name.

mod new_names;

use std::collections::BTreeMap;

use super::delta::{Delta, Piece, Twin};
use super::renames::{self, Renames};
use super::sites::Site;
use super::tokens;
use super::words::Vocabulary;
use crate::facts::{Linkage, SymbolKind};
use crate::text::BeforeAfter;

/// Functions whose tokens agree less than this are two functions. Half, as git has it for files (`-M50%`, gitdiffcore).
const LEAST_LIKENESS: f64 = 0.5;

/// With more pairs of candidates than this for new names, only replaced names count, not likeness.
const MOST_CANDIDATES: usize = 10_000;

/// How the two sides of a symbol were found to be one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// It has one side only.
    Alone,
    /// Same name, same file.
    Named,
    /// Same name and tokens, another place in the file.
    Reordered,
    /// Same name, another file.
    Moved,
    /// Another name.
    Renamed,
}

/// A symbol of the change: positions in the sites of each side; at least one is there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair {
    /// The sites.
    pub(super) sides: BeforeAfter<Option<usize>>,
    /// Why they are one symbol.
    pub(super) how: How,
}

/// All pairs of a change, and what was renamed in it.
pub(super) struct Pairing {
    /// Every site once, in the order of the after side; what is only on the before side comes last.
    pub(super) pairs: Vec<Pair>,
    /// The names that others took the place of.
    pub(super) renames: Renames,
    /// The pieces that stand for each other.
    pub(super) aligned: Vec<(usize, usize)>,
}

/// The sites of a change and which of them are paired already.
struct Matching<'d, 's> {
    delta: &'d Delta<'s>,
    sites: BeforeAfter<&'d [Site<'s>]>,
    taken: BeforeAfter<Vec<bool>>,
    found: Vec<(usize, usize, How)>,
}

/// Pairs the sites of a change.
pub(super) fn of<'s>(
    vocabulary: &Vocabulary<'_>,
    delta: &Delta<'s>,
    sites: BeforeAfter<&[Site<'s>]>,
) -> Pairing {
    let mut matching = Matching {
        delta,
        sites,
        taken: sites.map(|side| vec![false; side.len()]),
        found: Vec::new(),
    };
    matching.by_twin();
    matching.by_name();
    matching.across_files();
    let by_symbol = matching
        .found
        .iter()
        .map(|(before, after, _)| (sites.before[*before].piece, sites.after[*after].piece));
    let aligned = renames::aligned(delta, by_symbol);
    let substitutions = renames::substitutions(vocabulary, delta, &aligned);
    let renames = matching.by_new_name(&substitutions);
    Pairing {
        pairs: matching.into_pairs(),
        renames,
        aligned: aligned.into_iter().collect(),
    }
}

impl<'s> Matching<'_, 's> {
    fn take(&mut self, before: usize, after: usize, how: How) {
        self.taken.before[before] = true;
        self.taken.after[after] = true;
        self.found.push((before, after, how));
    }

    fn piece_before(&self, site: usize) -> &Piece<'s> {
        &self.delta.pieces.before[self.sites.before[site].piece]
    }

    fn piece_after(&self, site: usize) -> &Piece<'s> {
        &self.delta.pieces.after[self.sites.after[site].piece]
    }

    /// Pairs the sites of pieces that have the same tokens, one by one.
    fn by_twin(&mut self) {
        let sites = self.sites;
        let of_piece = |side: &'_ [Site<'s>], piece: usize| {
            let start = side.partition_point(|site| site.piece < piece);
            start..side.partition_point(|site| site.piece <= piece)
        };
        for (at, piece) in self.delta.pieces.before.iter().enumerate() {
            let Some(twin) = piece.twin else { continue };
            let (Twin::InPlace(other) | Twin::Moved(other)) = twin;
            let how = match twin {
                Twin::InPlace(_) => How::Named,
                Twin::Moved(_) if self.delta.pieces.after[other].pair == piece.pair => {
                    How::Reordered
                }
                Twin::Moved(_) => How::Moved,
            };
            let before = of_piece(sites.before, at);
            for (before, after) in before.zip(of_piece(sites.after, other)) {
                if sites.before[before].name() == sites.after[after].name() {
                    self.take(before, after, how);
                }
            }
        }
    }

    /// Pairs what has one name in one file; several definitions of a name by their tokens, then by their guards, then
    /// in order.
    fn by_name(&mut self) {
        let groups = self.open_groups(|site, piece| (piece.pair, site.defines(), site.name()));
        for group in groups {
            self.pair_group(group, How::Named);
        }
    }

    fn pair_group(&mut self, group: BeforeAfter<Vec<usize>>, how: How) {
        let mut group = group;
        if group.before.len() > 1 || group.after.len() > 1 {
            self.pair_equal(&mut group, how, |this, before, after| {
                this.sites.before[before].all() == this.sites.after[after].all()
            });
            self.pair_equal(&mut group, how, |this, before, after| {
                this.piece_before(before).guard == this.piece_after(after).guard
            });
        }
        for (before, after) in group.before.into_iter().zip(group.after) {
            self.take(before, after, how);
        }
    }

    fn pair_equal(
        &mut self,
        group: &mut BeforeAfter<Vec<usize>>,
        how: How,
        equal: impl Fn(&Self, usize, usize) -> bool,
    ) {
        // A name has a handful of alternatives; a generated file may hold thousands, and order serves it as well.
        if group.before.len() * group.after.len() > MOST_CANDIDATES {
            return;
        }
        group.before.retain(|before| {
            let found = group
                .after
                .iter()
                .position(|after| equal(self, *before, *after));
            if let Some(at) = found {
                let after = group.after.remove(at);
                self.take(*before, after, how);
            }
            found.is_none()
        });
    }

    /// Pairs what left one file and appears in another under the same name.
    ///
    /// Two functions of which neither has external linkage, and all that is no function, must also be alike.
    fn across_files(&mut self) {
        let groups = self.open_groups(|site, _| (site.defines(), site.name()));
        for group in groups {
            let (mut firm, mut before_left) = (Vec::new(), group.before);
            for after in group.after {
                let found = before_left
                    .iter()
                    .position(|before| self.may_move(*before, after));
                if let Some(at) = found {
                    firm.push((before_left.remove(at), after));
                }
            }
            for (before, after) in firm {
                self.take(before, after, How::Moved);
            }
        }
    }

    fn may_move(&self, before: usize, after: usize) -> bool {
        let (before, after) = (&self.sites.before[before], &self.sites.after[after]);
        let external = |site: &Site<'_>| site.definition.linkage == Linkage::External;
        let kind = before.definition.kind;
        !before.defines()
            || kind == SymbolKind::Member
            || kind == SymbolKind::Function && (external(before) || external(after))
            || is_alike(before, after)
    }

    /// Sites of both sides that are still open, grouped by `key`; groups with sites on both sides only.
    fn open_groups<K: Ord>(
        &self,
        key: impl Fn(&Site<'s>, &Piece<'s>) -> K,
    ) -> Vec<BeforeAfter<Vec<usize>>> {
        let mut groups = BTreeMap::<K, BeforeAfter<Vec<usize>>>::new();
        for (at, site) in self.sites.before.iter().enumerate() {
            if !self.taken.before[at] {
                let key = key(site, self.piece_before(at));
                groups.entry(key).or_default().before.push(at);
            }
        }
        for (at, site) in self.sites.after.iter().enumerate() {
            if !self.taken.after[at] {
                let key = key(site, self.piece_after(at));
                groups.entry(key).or_default().after.push(at);
            }
        }
        let both =
            |group: &BeforeAfter<Vec<usize>>| !group.before.is_empty() && !group.after.is_empty();
        groups.into_values().filter(both).collect()
    }

    fn into_pairs(self) -> Vec<Pair> {
        let mut partner: Vec<Option<(usize, How)>> = vec![None; self.sites.after.len()];
        for (before, after, how) in self.found {
            partner[after] = Some((before, how));
        }
        let after = partner.into_iter().enumerate().map(|(at, partner)| Pair {
            sides: BeforeAfter {
                before: partner.map(|(before, _)| before),
                after: Some(at),
            },
            how: partner.map_or(How::Alone, |(_, how)| how),
        });
        let before_only = self
            .taken
            .before
            .iter()
            .enumerate()
            .filter(|(_, taken)| !**taken);
        let before = before_only.map(|(at, _)| Pair {
            sides: BeforeAfter {
                before: Some(at),
                after: None,
            },
            how: How::Alone,
        });
        after.chain(before).collect()
    }
}

fn likeness(before: &Site<'_>, after: &Site<'_>) -> f64 {
    tokens::likeness(BeforeAfter {
        before: before.all(),
        after: after.all(),
    })
}

fn is_alike(before: &Site<'_>, after: &Site<'_>) -> bool {
    likeness(before, after) >= LEAST_LIKENESS
}
