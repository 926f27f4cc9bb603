//! Where the symbols of the differing items stand: each definition with its tokens.
//!
//! Leaves out what is the business of one function alone: types and statics inside its body. A `#define` there stays,
//! since it outlives the function.

use std::ops::Range;
use std::sync::Arc;

use super::delta::Piece;
use super::words::Word;
use crate::facts::{Definition, Form, ItemFacts, SymbolKind};
use crate::text::Span;

/// One definition or declaration in a differing item.
#[derive(Clone, Debug)]
pub(super) struct Site<'s> {
    /// The position of its piece on its side.
    pub(super) piece: usize,
    /// Its position among the item's definitions.
    pub(super) index: u32,
    /// What the item says of it.
    pub(super) definition: &'s Definition,
    /// The facts that hold its names.
    pub(super) facts: &'s ItemFacts,
    /// The tokens of the whole item; the ranges below point into them.
    pub(super) words: &'s [Word],
    /// All its tokens.
    pub(super) tokens: Range<usize>,
    /// Its name's token.
    pub(super) name_at: Option<usize>,
    /// The tokens of its body.
    pub(super) body: Option<Range<usize>>,
    /// The tokens of the symbols inside it, sorted, never nested in each other.
    pub(super) inner: Vec<Range<usize>>,
}

/// The key under which both sides of one symbol meet: its name and, for a member, its struct.
pub(super) type Name<'s> = (SymbolKind, Option<&'s str>, &'s str);

impl<'s> Site<'s> {
    /// The name by itself.
    pub(super) fn bare_name(&self) -> &'s str {
        self.facts.names.name(self.definition.name)
    }

    /// The member's struct, the enumerator's enum.
    pub(super) fn parent(&self) -> Option<&'s str> {
        self.definition.parent.map(|id| self.facts.names.name(id))
    }

    /// Kind, struct (for a member alone: enumerators share one name space) and name.
    pub(super) fn name(&self) -> Name<'s> {
        let kind = self.definition.kind;
        let parent = self.parent().filter(|_| kind == SymbolKind::Member);
        (kind, parent, self.bare_name())
    }

    /// Whether it is more than an announcement.
    pub(super) fn defines(&self) -> bool {
        self.definition.form != Form::Declaration
    }

    /// The token of its name.
    pub(super) fn name_word(&self) -> Option<Word> {
        self.name_at.map(|at| self.words[at])
    }

    /// All its tokens.
    pub(super) fn all(&self) -> &'s [Word] {
        &self.words[self.tokens.clone()]
    }

    /// Its body's tokens; empty where it has none.
    pub(super) fn body(&self) -> &'s [Word] {
        &self.words[self.body.clone().unwrap_or(0..0)]
    }

    /// Its tokens without its body and without the symbols inside it.
    pub(super) fn head(&self) -> Vec<Word> {
        let body = self.body.clone().unwrap_or(0..0);
        self.pick(|at| !body.contains(&at) && !self.is_inner(at))
    }

    /// The tokens of its body that belong to no symbol inside it.
    pub(super) fn loose(&self) -> Vec<Word> {
        let body = self.body.clone().unwrap_or(0..0);
        self.pick(|at| body.contains(&at) && !self.is_inner(at))
    }

    /// Its own tokens but for its name.
    pub(super) fn nameless(&self) -> Vec<Word> {
        self.pick(|at| Some(at) != self.name_at && !self.is_inner(at))
    }

    fn pick(&self, keep: impl Fn(usize) -> bool) -> Vec<Word> {
        let kept = self.tokens.clone().filter(|at| keep(*at));
        kept.map(|at| self.words[at]).collect()
    }

    fn is_inner(&self, at: usize) -> bool {
        let ended = self.inner.partition_point(|range| range.end <= at);
        self.inner
            .get(ended)
            .is_some_and(|range| range.contains(&at))
    }
}

/// The sites of all pieces of one side, in order.
pub(super) fn of<'s>(pieces: &'s [Piece<'_>], facts: &'s [Arc<ItemFacts>]) -> Vec<Site<'s>> {
    let both = pieces.iter().zip(facts).enumerate();
    both.flat_map(|(at, (piece, facts))| of_piece(at, piece, facts))
        .collect()
}

fn of_piece<'s>(at: usize, piece: &'s Piece<'_>, facts: &'s ItemFacts) -> Vec<Site<'s>> {
    let is_local = |definition: &Definition| {
        definition.kind != SymbolKind::Macro && in_a_function(definition, &facts.definitions)
    };
    let shown: Vec<(u32, &Definition)> = (0..)
        .zip(&facts.definitions)
        .filter(|(_, definition)| !is_local(definition))
        .collect();
    let by_start = by_start(&shown);
    let site = |(index, definition): &(u32, &'s Definition)| Site {
        piece: at,
        index: *index,
        definition,
        facts,
        words: &piece.words.ids,
        tokens: piece.words.within(definition.span),
        name_at: Some(piece.words.within(definition.name_span))
            .filter(|range| !range.is_empty())
            .map(|range| range.start),
        body: definition.body.map(|body| piece.words.within(body)),
        inner: inner(definition, &by_start, piece),
    };
    shown.iter().map(site).collect()
}

fn in_a_function(definition: &Definition, all: &[Definition]) -> bool {
    let around = |definition: &Definition| all.get(definition.within? as usize);
    // Nested no deeper than C code is; a chain that an error made longer ends here.
    let chain = std::iter::successors(around(definition), |outer| around(outer));
    chain
        .take(64)
        .any(|outer| outer.kind == SymbolKind::Function)
}

/// The spans that can lie inside another symbol, sorted; empty where no type in the item has a body, the usual case.
fn by_start(shown: &[(u32, &Definition)]) -> Vec<Span> {
    use SymbolKind::{Enumerator, Member};
    if !shown
        .iter()
        .any(|(_, definition)| matches!(definition.kind, Member | Enumerator))
    {
        return Vec::new();
    }
    let mut spans: Vec<Span> = shown
        .iter()
        .map(|(_, definition)| definition.span)
        .collect();
    spans.sort_unstable();
    spans
}

/// The token ranges of the symbols inside `outer`, merged.
fn inner(outer: &Definition, by_start: &[Span], piece: &Piece<'_>) -> Vec<Range<usize>> {
    use SymbolKind::{Enum, Object, Struct, Typedef, Union};
    if !matches!(outer.kind, Struct | Union | Enum | Typedef | Object) {
        return Vec::new();
    }
    let first = by_start.partition_point(|span| span.start < outer.span.start);
    let mut merged: Vec<Range<usize>> = Vec::new();
    let within = by_start[first..]
        .iter()
        .take_while(|span| span.start < outer.span.end);
    for span in within.filter(|span| outer.span.contains(**span) && **span != outer.span) {
        let tokens = piece.words.within(*span);
        match merged.last_mut() {
            Some(last) if tokens.start < last.end => last.end = last.end.max(tokens.end),
            _ => merged.push(tokens),
        }
    }
    merged
}
