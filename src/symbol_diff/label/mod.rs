//! The class of a whole C change: one word where all of it is of one kind, with what follows from that; else `mixed`.

mod rename;

use std::collections::BTreeSet;

use serde::Serialize;

use super::delta::Piece;
use super::facets;
use super::rows::{Row, View};
use super::sites::Site;
use super::words::Word;
use super::{Facet, SymbolChange};
use crate::facts::SymbolKind;
use crate::items::ItemKind;
use crate::text::BeforeAfter;

/// The class of a whole C change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Label {
    /// Comments, and white space perhaps.
    CommentOnly,
    /// White space outside literals, and line breaks that C does not see.
    WhitespaceOnly,
    /// Names gave way to others everywhere; also inside one function; also with the strings that spell them.
    Rename,
    /// Symbols went to another file as they were; their linkage and announcements follow.
    Move,
    /// `static` came or went.
    Linkage,
    /// Signatures, and the functions that call what has them.
    Signature,
    /// Members came, went or changed, and whoever uses them.
    Layout,
    /// Values of macros, enumerators and objects.
    Value,
    /// Prototypes and other announcements.
    Declaration,
    /// Symbols stand elsewhere in their file.
    Reorder,
    /// `#include` lines.
    Include,
    /// Files have other names, and are included by these.
    FileRename,
    /// None of these, or several.
    Mixed,
}

impl Label {
    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CommentOnly => "comment-only",
            Self::WhitespaceOnly => "whitespace-only",
            Self::Rename => "rename",
            Self::Move => "move",
            Self::Linkage => "linkage",
            Self::Signature => "signature",
            Self::Layout => "layout",
            Self::Value => "value",
            Self::Declaration => "declaration",
            Self::Reorder => "reorder",
            Self::Include => "include",
            Self::FileRename => "file-rename",
            Self::Mixed => "mixed",
        }
    }
}

type Fits<'e, 'v, 's> = fn(&Evidence<'e, 'v, 's>) -> bool;

/// The class of a change; `None` where no C changed.
pub(super) fn of(view: &View<'_, '_>, rows: &[Row]) -> Option<Label> {
    let evidence = Evidence::of(view, rows);
    if evidence.is_neutral() {
        return neutral(&evidence);
    }
    let classes: [(Label, Fits<'_, '_, '_>); 10] = [
        (Label::FileRename, Evidence::is_file_rename),
        (Label::Include, Evidence::is_include),
        (Label::Rename, Evidence::is_rename),
        (Label::Reorder, Evidence::is_reorder),
        (Label::Move, Evidence::is_move),
        (Label::Linkage, Evidence::is_linkage),
        (Label::Signature, Evidence::is_signature),
        (Label::Layout, Evidence::is_layout),
        (Label::Value, Evidence::is_value),
        (Label::Declaration, Evidence::is_declaration),
    ];
    let label = classes.into_iter().find(|(_, fits)| fits(&evidence));
    Some(label.map_or(Label::Mixed, |(label, _)| label))
}

/// The class of a change in which no token changed.
fn neutral(evidence: &Evidence<'_, '_, '_>) -> Option<Label> {
    let facets = evidence
        .view
        .pairs
        .iter()
        .filter_map(|pair| facets::neutral(pair.sources));
    match facets.min() {
        _ if evidence.files_renamed => Some(Label::FileRename),
        Some(Facet::CommentOnly) => Some(Label::CommentOnly),
        Some(_) => Some(Label::WhitespaceOnly),
        None => None,
    }
}

/// What the classes are decided by.
struct Evidence<'e, 'v, 's> {
    view: &'e View<'v, 's>,
    /// The rows that are no mere comment or white space, and go with no other.
    rows: Vec<&'e Row>,
    /// The pieces without a twin that are no `#include`, as positions.
    rest: BeforeAfter<Vec<usize>>,
    includes: Includes,
    files_renamed: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Includes {
    Same,
    Changed,
}

impl<'e, 'v, 's> Evidence<'e, 'v, 's> {
    fn of(view: &'e View<'v, 's>, rows: &'e [Row]) -> Self {
        let is_include = |piece: &Piece<'_>| piece.item.kind == ItemKind::Include;
        let rest = view.delta.pieces.as_ref().map(|side| {
            let left = |at: &usize| side[*at].twin.is_none() && !is_include(&side[*at]);
            (0..side.len()).filter(left).collect::<Vec<_>>()
        });
        let pieces = &view.delta.pieces;
        let mut twinless = pieces
            .before
            .iter()
            .chain(&pieces.after)
            .filter(|piece| piece.twin.is_none());
        Self {
            view,
            rows: rows.iter().filter(|row| has_code(&row.change)).collect(),
            rest,
            includes: if twinless.any(is_include) {
                Includes::Changed
            } else {
                Includes::Same
            },
            files_renamed: view.pairs.iter().any(|pair| match pair.paths {
                BeforeAfter {
                    before: Some(before),
                    after: Some(after),
                } => before != after,
                _ => false,
            }),
        }
    }

    fn is_neutral(&self) -> bool {
        self.nothing_left() && self.includes == Includes::Same && self.rows.is_empty()
    }

    fn nothing_left(&self) -> bool {
        self.rest.before.is_empty() && self.rest.after.is_empty()
    }

    fn any(&self, facet: Facet) -> bool {
        self.rows.iter().any(|row| row.change.has(facet))
    }

    /// Whether every row has facets of `allowed` alone, and every differing item a row.
    fn only(&self, allowed: &[Facet]) -> bool {
        self.all_have_rows()
            && self.rows.iter().all(|row| {
                row.change
                    .facets
                    .iter()
                    .all(|facet| allowed.contains(facet))
            })
    }

    /// Whether every differing item of a file that both sides have is the place of some symbol.
    fn all_have_rows(&self) -> bool {
        let view = self.view;
        let homeless = |piece: &Piece<'_>, sites: &[Site<'_>], at: usize| {
            let paths = view.pairs[piece.pair].paths;
            let both = paths.before.is_some() && paths.after.is_some();
            let start = sites.partition_point(|site| site.piece < at);
            let has_site = sites.get(start).is_some_and(|site| site.piece == at);
            !has_site && (both || piece.item.kind != ItemKind::Conditional)
        };
        let before = |at: &usize| homeless(&view.delta.pieces.before[*at], view.sites.before, *at);
        let after = |at: &usize| homeless(&view.delta.pieces.after[*at], view.sites.after, *at);
        !self.rest.before.iter().any(before) && !self.rest.after.iter().any(after)
    }

    fn is_file_rename(&self) -> bool {
        self.files_renamed && self.nothing_left() && self.rows.is_empty()
    }

    fn is_include(&self) -> bool {
        self.nothing_left() && self.rows.is_empty()
    }

    fn is_reorder(&self) -> bool {
        self.any(Facet::Reordered) && self.only(&[Facet::Reordered, Facet::Declaration])
    }

    fn is_move(&self) -> bool {
        let follows = |row: &&&Row| !self.is_guard_of_new_file(row);
        let allowed = |facet: &Facet| {
            matches!(
                facet,
                Facet::Moved
                    | Facet::Linkage
                    | Facet::Declaration
                    | Facet::Attributes
                    | Facet::Reordered
            )
        };
        let mut rows = self.rows.iter().filter(follows);
        self.any(Facet::Moved)
            && self.all_have_rows()
            && rows.all(|row| row.change.facets.iter().all(allowed))
    }

    /// The macro that keeps a new header from being read twice: without a value, in a file that one side has alone.
    fn is_guard_of_new_file(&self, row: &Row) -> bool {
        let sites = self.view.sites_of(&row.pair);
        let pieces = self.view.pieces_of(&row.pair);
        let [Some(site)] = [sites.before.xor(sites.after)] else {
            return false;
        };
        let [Some(piece)] = [pieces.before.or(pieces.after)] else {
            return false;
        };
        let paths = self.view.pairs[piece.pair].paths;
        site.definition.kind == SymbolKind::Macro
            && site.body().is_empty()
            && (paths.before.is_none() || paths.after.is_none())
    }

    fn is_linkage(&self) -> bool {
        self.any(Facet::Linkage)
            && self.only(&[Facet::Linkage, Facet::Declaration, Facet::Attributes])
    }

    fn is_signature(&self) -> bool {
        let allowed = [
            Facet::Signature,
            Facet::Body,
            Facet::Value,
            Facet::Declaration,
            Facet::Attributes,
        ];
        let is_source = |row: &&Row| row.change.has(Facet::Signature);
        self.any(Facet::Signature)
            && self.only(&allowed)
            && self.rest_mentions(is_source, Self::mentions)
    }

    fn is_layout(&self) -> bool {
        let is_member = |row: &&Row| {
            row.change.symbol().kind == SymbolKind::Member || row.change.has(Facet::Layout)
        };
        let allowed = [Facet::Layout, Facet::Body, Facet::Value, Facet::Declaration];
        let others_allowed = |row: &&Row| {
            row.change
                .facets
                .iter()
                .all(|facet| allowed.contains(facet))
        };
        self.rows.iter().any(|row| is_member(&&**row))
            && self.all_have_rows()
            && self
                .rows
                .iter()
                .filter(|row| !is_member(&&***row))
                .all(|row| others_allowed(&&**row))
            && self.rest_mentions(is_member, Self::mentions_in_changed)
    }

    fn is_value(&self) -> bool {
        self.any(Facet::Value) && self.only(&[Facet::Value])
    }

    fn is_declaration(&self) -> bool {
        self.any(Facet::Declaration) && self.only(&[Facet::Declaration])
    }

    /// Whether every row that is no source mentions the name of one.
    fn rest_mentions(
        &self,
        is_source: impl Fn(&&Row) -> bool,
        mentions: impl Fn(&Self, &Row, &BTreeSet<Word>) -> bool,
    ) -> bool {
        let sources = self.rows.iter().filter(|row| is_source(&&***row));
        let names: BTreeSet<Word> = sources.flat_map(|row| self.names(row)).collect();
        let follows =
            |row: &&Row| row.change.facets == [Facet::Declaration] || mentions(self, row, &names);
        self.rows
            .iter()
            .filter(|row| !is_source(&&***row))
            .all(|row| follows(&&**row))
    }

    fn names(&self, row: &Row) -> Vec<Word> {
        let sites = self.view.sites_of(&row.pair);
        let names = [sites.before, sites.after].into_iter().flatten();
        names.filter_map(Site::name_word).collect()
    }

    fn mentions(&self, row: &Row, names: &BTreeSet<Word>) -> bool {
        let sites = self.view.sites_of(&row.pair);
        let mut words = [sites.before, sites.after]
            .into_iter()
            .flatten()
            .flat_map(Site::all);
        words.any(|word| names.contains(word))
    }

    fn mentions_in_changed(&self, row: &Row, names: &BTreeSet<Word>) -> bool {
        let sites = self.view.sites_of(&row.pair);
        let any = |site: Option<&Site<'_>>, changed: &[usize]| {
            site.is_some_and(|site| changed.iter().any(|at| names.contains(&site.all()[*at])))
        };
        any(sites.before, &row.changed.before) || any(sites.after, &row.changed.after)
    }

    fn is_rename(&self) -> bool {
        rename::covers(self.view, &self.rest)
    }
}

fn has_code(change: &SymbolChange) -> bool {
    let neutral = |facet: &Facet| {
        matches!(
            facet,
            Facet::WithStruct | Facet::Follows | Facet::CommentOnly | Facet::WhitespaceOnly
        )
    };
    !change.facets.iter().all(neutral)
}
