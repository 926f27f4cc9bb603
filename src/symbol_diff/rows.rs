//! From pairs of sites to symbol changes: what is worth a row, and its place in the file.

use std::collections::{BTreeMap, BTreeSet};

use super::delta::{Delta, Piece};
use super::facets::{self, Comparison};
use super::pairing::{How, Pair, Pairing};
use super::sites::Site;
use super::{Facet, SourcePair, Symbol, SymbolChange, tokens};
use crate::facts::SymbolKind;
use crate::text::{BeforeAfter, FilePath, LineIndex};

/// What is true of a symbol because of others.
struct Context {
    /// The pieces of each side that hold a symbol which both sides know.
    kept: BeforeAfter<BTreeSet<usize>>,
    /// The records, by piece and definition of the after side, whose members stand in another order.
    reordered: BTreeSet<(usize, u32)>,
}

/// A symbol change and what it was made from.
pub(super) struct Row {
    /// What comes out.
    pub(super) change: SymbolChange,
    /// The sites.
    pub(super) pair: Pair,
    /// The changed tokens, as positions in [`Site::all`].
    pub(super) changed: BeforeAfter<Vec<usize>>,
}

/// All that is known of a change when its rows are written.
pub(super) struct View<'v, 's> {
    /// Its files.
    pub(super) pairs: &'v [SourcePair<'s>],
    /// Its differing items.
    pub(super) delta: &'v Delta<'s>,
    /// Their symbols.
    pub(super) sites: BeforeAfter<&'v [Site<'s>]>,
    /// Which is which.
    pub(super) pairing: &'v Pairing,
    /// The lines of each file.
    pub(super) lines: Vec<BeforeAfter<LineIndex>>,
    /// How tokens are compared.
    pub(super) comparison: Comparison<'v>,
}

impl<'s> View<'_, 's> {
    /// The sites of a pair.
    pub(super) fn sites_of(&self, pair: &Pair) -> BeforeAfter<Option<&Site<'s>>> {
        BeforeAfter {
            before: pair.sides.before.map(|at| &self.sites.before[at]),
            after: pair.sides.after.map(|at| &self.sites.after[at]),
        }
    }

    /// The pieces of a pair.
    pub(super) fn pieces_of(&self, pair: &Pair) -> BeforeAfter<Option<&Piece<'s>>> {
        let sites = self.sites_of(pair);
        BeforeAfter {
            before: sites
                .before
                .map(|site| &self.delta.pieces.before[site.piece]),
            after: sites.after.map(|site| &self.delta.pieces.after[site.piece]),
        }
    }

    /// The rows, sorted by file, place and kind.
    pub(super) fn rows(&self) -> Vec<Row> {
        let context = Context {
            kept: self.pieces_with_partners(),
            reordered: self.records_in_another_order(),
        };
        let mut rows = Vec::new();
        let mut announced = Vec::new();
        for pair in &self.pairing.pairs {
            let sites = self.sites_of(pair);
            let facets = self.facets(pair, &context);
            if facets.is_empty() {
                continue;
            }
            let defined = [sites.before, sites.after]
                .into_iter()
                .flatten()
                .any(Site::defines);
            let target = if defined { &mut rows } else { &mut announced };
            target.push(self.row(pair, facets));
        }
        let names_defined: BTreeSet<(SymbolKind, String)> = rows.iter().flat_map(names).collect();
        announced.retain(|row| names(row).iter().all(|name| !names_defined.contains(name)));
        rows.extend(announced);
        rows.sort_by(|one, other| place(&one.change).cmp(&place(&other.change)));
        rows
    }

    fn pieces_with_partners(&self) -> BeforeAfter<BTreeSet<usize>> {
        let mut kept = BeforeAfter::<BTreeSet<usize>>::default();
        for pair in &self.pairing.pairs {
            if let BeforeAfter {
                before: Some(before),
                after: Some(after),
            } = self.sites_of(pair)
            {
                kept.before.insert(before.piece);
                kept.after.insert(after.piece);
            }
        }
        kept
    }

    fn records_in_another_order(&self) -> BTreeSet<(usize, u32)> {
        let mut members = BTreeMap::<(usize, u32), Vec<(usize, usize)>>::new();
        for pair in &self.pairing.pairs {
            let BeforeAfter {
                before: Some(before),
                after: Some(after),
            } = pair.sides
            else {
                continue;
            };
            let site = &self.sites.after[after];
            if let (SymbolKind::Member, Some(record)) =
                (site.definition.kind, site.definition.within)
            {
                members
                    .entry((site.piece, record))
                    .or_default()
                    .push((after, before));
            }
        }
        members.retain(|_, pairs| {
            pairs.sort_unstable();
            !pairs.is_sorted_by_key(|(_, before)| *before)
        });
        members.into_keys().collect()
    }

    fn facets(&self, pair: &Pair, context: &Context) -> Vec<Facet> {
        let sites = self.sites_of(pair);
        let (before, after) = match (sites.before, sites.after) {
            (Some(before), Some(after)) => (before, after),
            (Some(before), None) => {
                return self.alone(before, Facet::Removed, &context.kept.before);
            }
            (None, Some(after)) => return self.alone(after, Facet::Added, &context.kept.after),
            (None, None) => return Vec::new(),
        };
        let sides = BeforeAfter { before, after };
        let mut facets = match pair.how {
            How::Renamed => vec![Facet::Renamed],
            How::Moved if !after.defines() => vec![Facet::Declaration],
            How::Moved => vec![Facet::Moved],
            How::Reordered => vec![Facet::Reordered],
            How::Named | How::Alone => Vec::new(),
        };
        let is_part = matches!(
            after.definition.kind,
            SymbolKind::Member | SymbolKind::Enumerator
        );
        let is_member = after.definition.kind == SymbolKind::Member;
        match pair.how {
            How::Reordered if is_part => return vec![Facet::WithStruct],
            How::Moved if is_member => return vec![Facet::WithStruct],
            _ => {}
        }
        if after.defines() {
            facets.extend(self.comparison.facets(sides));
            if context.reordered.contains(&(after.piece, after.index))
                && !facets.contains(&Facet::Layout)
            {
                facets.push(Facet::Layout);
            }
        } else if pair.how != How::Moved && !self.comparison.same(sides.map(Site::all)) {
            facets.push(Facet::Declaration);
        }
        if facets.is_empty() && before.all() == after.all() {
            let bytes = BeforeAfter {
                before: self.delta.pieces.before[before.piece].bytes_of(before.definition.span),
                after: self.delta.pieces.after[after.piece].bytes_of(after.definition.span),
            };
            facets.extend(facets::neutral(bytes).filter(|_| !is_part));
        } else if facets.is_empty() && after.defines() && self.comparison.same(sides.map(Site::all))
        {
            facets.push(Facet::Follows);
        }
        facets
    }

    /// The facets of a symbol that one side has alone.
    fn alone(&self, site: &Site<'_>, facet: Facet, kept: &BTreeSet<usize>) -> Vec<Facet> {
        match site.definition.kind {
            _ if !site.defines() => vec![Facet::Declaration],
            SymbolKind::Member if !kept.contains(&site.piece) => vec![Facet::WithStruct],
            _ => vec![facet],
        }
    }

    fn row(&self, pair: &Pair, facets: Vec<Facet>) -> Row {
        let sites = self.sites_of(pair);
        let words = sites.map(|site| site.map(Site::all).unwrap_or_default());
        let changed = tokens::changed(self.comparison.vocabulary, words);
        let sides = sites.zip(self.pieces_of(pair)).zip(changed.as_ref());
        let sides = sides.map(|((site, piece), changed)| Some((site?, piece?, &changed[..])));
        let before = sides.before.and_then(|(site, piece, changed)| {
            let path = self.pairs[piece.pair].paths.before?.clone();
            let lines = &self.lines[piece.pair].before;
            Some(symbol(site, piece, (path, lines), changed))
        });
        let after = sides.after.and_then(|(site, piece, changed)| {
            let path = self.pairs[piece.pair].paths.after?.clone();
            let lines = &self.lines[piece.pair].after;
            Some(symbol(site, piece, (path, lines), changed))
        });
        Row {
            change: SymbolChange {
                sides: BeforeAfter { before, after },
                facets,
            },
            pair: *pair,
            changed,
        }
    }
}

fn symbol(
    site: &Site<'_>,
    piece: &Piece<'_>,
    (file, lines): (FilePath, &LineIndex),
    changed: &[usize],
) -> Symbol {
    let definition = site.definition;
    let base = piece.item.span.start;
    let name = |id| site.facts.names.name(id).to_owned();
    let changed = changed
        .iter()
        .map(|at| piece.words.spans[site.tokens.start + at]);
    Symbol {
        kind: definition.kind,
        name: name(definition.name),
        made_by: definition.made_by.map(name),
        parent: definition.parent.map(name),
        linkage: definition.linkage,
        form: definition.form,
        file,
        line: lines.line(definition.name_span.start + base),
        span: definition.span.shifted(base),
        changed: changed.map(|span| span.shifted(base)).collect(),
    }
}

fn place(row: &SymbolChange) -> (&FilePath, u32, SymbolKind, &str) {
    let symbol = row.symbol();
    (&symbol.file, symbol.span.start, symbol.kind, &symbol.name)
}

fn names(row: &Row) -> Vec<(SymbolKind, String)> {
    let sides = &row.change.sides;
    let both = [&sides.before, &sides.after].into_iter().flatten();
    both.map(|symbol| (symbol.kind, symbol.name.clone()))
        .collect()
}
