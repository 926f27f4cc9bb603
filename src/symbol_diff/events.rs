//! Symbol changes as a flat list, one event for each thing that happened: the form in which they are reported.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::{Facet, Symbol, SymbolChange, SymbolChanges};
use crate::facts::SymbolKind;
use crate::text::{BeforeAfter, FilePath};

/// One thing that happened to a symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event<'c> {
    /// What.
    pub facet: Facet,
    /// The symbol after the change; before it where it is gone from this place.
    pub symbol: &'c Symbol,
    /// The old name of what was renamed, the old file of what came from another one.
    pub from: Option<Cow<'c, str>>,
    /// How many of the symbol's tokens the other side has not; the same for all events of a symbol.
    pub tokens: BeforeAfter<usize>,
}

impl Symbol {
    /// The name as the source spells it: `HELPER(x)` where a macro makes it.
    #[must_use]
    pub fn written_name(&self) -> Cow<'_, str> {
        match &self.made_by {
            Some(maker) => Cow::Owned(format!("{maker}({})", self.name)),
            None => Cow::Borrowed(&self.name),
        }
    }
}

impl SymbolChanges {
    /// The changes to show, in order: a tag that only shares its fate with the typedef of its name is left out.
    pub fn shown(&self) -> impl Iterator<Item = &SymbolChange> {
        let typedefs: BTreeSet<Fate<'_>> = self
            .symbols
            .iter()
            .filter(|change| change.symbol().kind == SymbolKind::Typedef)
            .map(fate)
            .collect();
        self.symbols.iter().filter(move |change| {
            let is_tag = matches!(
                change.symbol().kind,
                SymbolKind::Struct | SymbolKind::Union | SymbolKind::Enum
            );
            !is_tag || !typedefs.contains(&fate(change))
        })
    }

    /// The events of what is shown, gravest first for each symbol.
    ///
    /// A function that went to another file `moved`: the linker finds it there. Anything else is known by the file that
    /// it is in, so that whoever included the old one loses it: `removed` there and `added` here, `from` saying whence,
    /// and no more.
    #[must_use]
    pub fn events(&self) -> Vec<Event<'_>> {
        self.shown().flat_map(SymbolChange::events).collect()
    }
}

type Fate<'c> = (&'c str, &'c FilePath, &'c [Facet]);

fn fate(change: &SymbolChange) -> Fate<'_> {
    let symbol = change.symbol();
    (&symbol.name, &symbol.file, &change.facets)
}

impl SymbolChange {
    /// The events of this symbol, gravest first.
    fn events(&self) -> Vec<Event<'_>> {
        let goes_by_file = self.has(Facet::Moved) && self.symbol().kind != SymbolKind::Function;
        let told = if goes_by_file {
            &[Facet::Moved][..]
        } else {
            &self.facets
        };
        told.iter()
            .flat_map(|facet| self.events_of(*facet))
            .collect()
    }

    fn events_of(&self, facet: Facet) -> Vec<Event<'_>> {
        let event = |facet, symbol, from| Event {
            facet,
            symbol,
            from,
            tokens: self
                .sides
                .as_ref()
                .map(|side| side.as_ref().map_or(0, |symbol| symbol.changed.len())),
        };
        let symbol = self.symbol();
        let Some(before) = &self.sides.before else {
            return vec![event(facet, symbol, None)];
        };
        match facet {
            Facet::Renamed => vec![event(facet, symbol, Some(before.written_name()))],
            Facet::Moved if symbol.kind == SymbolKind::Function => {
                vec![event(facet, symbol, Some(before.file.to_text()))]
            }
            Facet::Moved => vec![
                event(Facet::Removed, before, None),
                event(Facet::Added, symbol, Some(before.file.to_text())),
            ],
            _ => vec![event(facet, symbol, None)],
        }
    }
}
