//! What a change did to the symbols of its C files: facts before against facts after.
//!
//! Looks at differing items alone; equal items are skipped by their hash. Does not see symbols that a macro expands to
//! beyond what the facts of one item say, and knows nothing of files that the change leaves alone.

mod delta;
mod events;
mod facets;
mod label;
mod notes;
mod pairing;
mod renames;
mod rows;
mod sites;
mod tokens;
mod words;

use std::sync::Arc;

use serde::Serialize;

use crate::change::Change;
use crate::facts::{Form, ItemFacts, Linkage, SymbolKind};
use crate::items::{self, FileItems, ItemKey, ItemKind};
use crate::text::{self, BeforeAfter, FilePath, LineIndex, LineNumber, Span};

use delta::Piece;
use facets::Comparison;
use rows::View;
use words::Vocabulary;

pub use events::Event;
pub use label::Label;

/// A C file on both sides of a change; a side that is not there has no path and no bytes.
#[derive(Clone, Copy, Debug)]
pub struct SourcePair<'a> {
    /// Where it is; the sides differ for a renamed file.
    pub paths: BeforeAfter<Option<&'a FilePath>>,
    /// Its bytes.
    pub sources: BeforeAfter<&'a [u8]>,
}

/// The C files of a change, in its order, and a note for each one that could not be read.
///
/// A side that is no C (a rename from `.txt`, a symlink) counts as not there.
#[must_use]
pub fn sources(change: &Change) -> (Vec<SourcePair<'_>>, Vec<String>) {
    let (mut pairs, mut notes) = (Vec::new(), Vec::new());
    for file in &change.files {
        let sides = file.sides.as_ref().map(|side| {
            let is_c = |side: &&crate::change::FileSide| text::is_c_path(&side.path);
            side.as_ref().filter(is_c)
        });
        let both = [sides.before, sides.after];
        if both == [None, None] {
            continue;
        }
        if let Some(side) = both
            .into_iter()
            .flatten()
            .find(|side| side.content.bytes().is_none())
        {
            notes.push(format!("{}: not read, its symbols are unknown", side.path));
            continue;
        }
        pairs.push(SourcePair {
            paths: sides.map(|side| side.map(|side| &side.path)),
            sources: sides.map(|side| {
                side.and_then(|side| side.content.bytes())
                    .unwrap_or_default()
            }),
        });
    }
    (pairs, notes)
}

/// An item whose facts are asked for.
#[derive(Clone, Copy, Debug)]
pub struct ItemText<'a> {
    /// Its kind.
    pub kind: ItemKind,
    /// Its content's key.
    pub key: ItemKey,
    /// Its content.
    pub bytes: &'a [u8],
}

/// Answers with the facts of each item asked for, in the same order; asked a few times a change, so that the answers
/// can be looked up or worked out together.
pub type FactsOf<'f> = dyn Fn(&[ItemText<'_>]) -> Vec<Arc<ItemFacts>> + 'f;

/// Answers with the items of a source: those of [`items::of_source`].
pub type LayoutOf<'f> = dyn Fn(&[u8]) -> Arc<FileItems> + 'f;

/// What happened to a symbol, gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Facet {
    /// It was not there before.
    Added,
    /// It is not there any more.
    Removed,
    /// It has another name.
    Renamed,
    /// It is in another file.
    Moved,
    /// Its parameters, result or declared type changed.
    Signature,
    /// A member's type or place, or the order of a struct's members changed.
    Layout,
    /// It became `static`, or ceased to be.
    Linkage,
    /// A replacement list, an enumerator's value or an initializer changed.
    Value,
    /// A function's statements changed.
    Body,
    /// `inline`, `__attribute__` and their kin changed.
    Attributes,
    /// Only what announces it changed: a prototype, an `extern`, a forward declaration.
    Declaration,
    /// It is a member that came, went or moved with its whole struct, or an enumerator that was reordered with its enum.
    WithStruct,
    /// It names something that has a new name, and is as it was for the rest.
    Follows,
    /// It stands elsewhere in its file, as it was.
    Reordered,
    /// Comments inside it changed, and white space perhaps.
    CommentOnly,
    /// White space inside it changed.
    WhitespaceOnly,
}

/// A symbol on one side of a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Symbol {
    /// What it is.
    pub kind: SymbolKind,
    /// Its name.
    pub name: String,
    /// The macro that makes the name (`HELPER`), where one does.
    pub made_by: Option<String>,
    /// A member's struct, an enumerator's enum.
    pub parent: Option<String>,
    /// Its linkage.
    pub linkage: Linkage,
    /// Whether this is a definition.
    pub form: Form,
    /// Its file on this side.
    pub file: FilePath,
    /// The line of its name.
    pub line: LineNumber,
    /// All of it, in the bytes of its file.
    pub span: Span,
    /// Its tokens that the other side has not, in the bytes of its file, in order.
    pub changed: Vec<Span>,
}

/// What a change did to one symbol; at least one side is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SymbolChange {
    /// The symbol.
    pub sides: BeforeAfter<Option<Symbol>>,
    /// What happened, gravest first, each once, never empty.
    pub facets: Vec<Facet>,
}

impl Facet {
    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Renamed => "renamed",
            Self::Moved => "moved",
            Self::Signature => "signature",
            Self::Layout => "layout",
            Self::Linkage => "linkage",
            Self::Value => "value",
            Self::Body => "body",
            Self::Attributes => "attributes",
            Self::Declaration => "declaration",
            Self::WithStruct => "with-struct",
            Self::Follows => "follows",
            Self::Reordered => "reordered",
            Self::CommentOnly => "comment-only",
            Self::WhitespaceOnly => "whitespace-only",
        }
    }
}

impl SymbolChange {
    /// The symbol after the change or, where it is gone, before it.
    #[must_use]
    pub fn symbol(&self) -> &Symbol {
        let side = self.sides.after.as_ref().or(self.sides.before.as_ref());
        side.expect("a symbol change has at least one side")
    }

    /// Whether `facet` is among what happened.
    #[must_use]
    pub fn has(&self, facet: Facet) -> bool {
        self.facets.contains(&facet)
    }

    /// Whether the symbol means what it meant: comments, white space, order, and names that others got.
    #[must_use]
    pub fn is_neutral(&self) -> bool {
        let neutral = |facet: &Facet| {
            matches!(
                facet,
                Facet::Follows | Facet::Reordered | Facet::CommentOnly | Facet::WhitespaceOnly
            )
        };
        self.facets.iter().all(neutral)
    }
}

/// What a change did to its C files.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SymbolChanges {
    /// Sorted by file, place, kind and name.
    pub symbols: Vec<SymbolChange>,
    /// The class of the whole C change; `None` where no C changed.
    pub label: Option<Label>,
    /// The files of which changed items were not wholly understood, each once with the share, in the change's order.
    pub notes: Vec<String>,
}

/// Lists what a change did to the symbols of its C files.
///
/// Members of a struct that is itself new or gone are `with-struct`; enumerators, which are names for everyone, are
/// `added` and `removed` for themselves. Several definitions of one name in a file are alternatives, matched by tokens, then guard, then order. A
/// prototype is part of its function: it has a row only where no definition of the function is in the change.
#[must_use]
pub fn changes(pairs: &[SourcePair<'_>], facts: &FactsOf<'_>) -> SymbolChanges {
    let layout = |source: &[u8]| Arc::new(items::of_source(source));
    changes_of_split(pairs, &layout, facts)
}

/// The same for files that may be split already.
#[must_use]
pub fn changes_of_split(
    pairs: &[SourcePair<'_>],
    layout: &LayoutOf<'_>,
    facts: &FactsOf<'_>,
) -> SymbolChanges {
    let mut vocabulary = Vocabulary::default();
    let delta = delta::of(pairs, layout, &mut vocabulary);
    let known = delta.pieces.as_ref().map(|pieces| ask(pieces, facts));
    let sites = delta.pieces.as_ref().zip(known.as_ref());
    let sites = sites.map(|(pieces, facts)| sites::of(pieces, facts));
    let pairing = pairing::of(&vocabulary, &delta, sites.as_ref().map(|side| &side[..]));
    let view = View {
        pairs,
        delta: &delta,
        sites: sites.as_ref().map(|side| &side[..]),
        pairing: &pairing,
        lines: pairs
            .iter()
            .map(|pair| pair.sources.map(LineIndex::of))
            .collect(),
        comparison: Comparison {
            vocabulary: &vocabulary,
            renames: &pairing.renames,
        },
    };
    let rows = view.rows();
    let label = label::of(&view, &rows);
    SymbolChanges {
        symbols: rows.into_iter().map(|row| row.change).collect(),
        label,
        notes: notes::of(
            pairs,
            delta.pieces.as_ref().map(|side| &side[..]),
            known.as_ref().map(|side| &side[..]),
        ),
    }
}

fn ask(pieces: &[Piece<'_>], facts: &FactsOf<'_>) -> Vec<Arc<ItemFacts>> {
    let texts: Vec<ItemText<'_>> = pieces
        .iter()
        .map(|piece| ItemText {
            kind: piece.item.kind,
            key: piece.item.key,
            bytes: piece.bytes,
        })
        .collect();
    if texts.is_empty() {
        Vec::new()
    } else {
        facts(&texts)
    }
}
