//! The answers of `diff` (`backout/diff@1`) and `impact` (`backout/impact@1`) as data.

use serde::Serialize;

use super::schema;
use crate::symbol_diff::{Event, Label, SymbolChanges};
use crate::text;

/// What a change did, symbol by symbol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiffReport {
    schema: &'static str,
    /// A commit id or the name of the other side.
    pub commit: String,
    /// The class of the whole C change: `comment-only`, `rename`, `mixed` and so on.
    pub label: &'static str,
    /// Sorted by file, then line.
    pub symbols: Vec<SymbolDiffRow>,
    /// What makes the answer weaker, in words.
    pub notes: Vec<String>,
}

impl DiffReport {
    /// The rows under their schema.
    #[must_use]
    pub fn new(
        commit: String,
        label: &'static str,
        symbols: Vec<SymbolDiffRow>,
        notes: Vec<String>,
    ) -> Self {
        Self {
            schema: schema::DIFF,
            commit,
            label,
            symbols,
            notes,
        }
    }
}

impl From<(&str, &SymbolChanges)> for DiffReport {
    /// The events of a change under its id. A change that touches no C is `mixed`, with a note.
    fn from((commit, changes): (&str, &SymbolChanges)) -> Self {
        let rows = changes.events().iter().map(SymbolDiffRow::from).collect();
        let mut notes = changes.notes.clone();
        if changes.label.is_none() {
            notes.push("no C file changed".to_owned());
        }
        let label = changes.label.unwrap_or(Label::Mixed);
        Self::new(commit.to_owned(), label.name(), rows, notes)
    }
}

/// What a change did to one symbol, with its tokens counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SymbolDiffRow {
    /// `added`, `removed`, `renamed`, `signature`, `body` and so on.
    pub change: String,
    /// `function`, `macro`, `struct` and so on.
    pub kind: String,
    /// Its name alone.
    pub name: String,
    /// A member's struct, an enumerator's enum.
    pub parent: Option<String>,
    /// Where it is after the change (before, if it was removed).
    pub file: String,
    /// From 1.
    pub line: u32,
    /// The name or file it had before, for `renamed` and `moved`.
    pub from: Option<String>,
    /// Tokens that came and went.
    pub tokens: TokenCounts,
}

impl From<&Event<'_>> for SymbolDiffRow {
    fn from(event: &Event<'_>) -> Self {
        let symbol = event.symbol;
        Self {
            change: event.facet.name().to_owned(),
            kind: symbol.kind.name().to_owned(),
            name: symbol.written_name().into_owned(),
            parent: symbol.parent.clone(),
            file: symbol.file.to_text().into_owned(),
            line: symbol.line.0,
            from: event.from.as_ref().map(|from| from.clone().into_owned()),
            tokens: TokenCounts {
                added: text::offset(event.tokens.after),
                removed: text::offset(event.tokens.before),
            },
        }
    }
}

/// Changed tokens of one symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct TokenCounts {
    /// That came.
    pub added: u32,
    /// That went.
    pub removed: u32,
}

/// Who depends on given symbols, in full.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImpactReport {
    schema: &'static str,
    /// The commit whose tree was asked.
    pub at: String,
    /// The starting set, sorted by file, then line.
    pub starting: Vec<StartingRow>,
    /// Nearest first, then heaviest.
    pub dependents: Vec<DependentRow>,
    /// The sum of the dependents' weights.
    pub weighted: f64,
    /// What makes the answer weaker, in words.
    pub notes: Vec<String>,
}

impl ImpactReport {
    /// The rows under their schema; `weighted` is their sum.
    #[must_use]
    pub fn new(
        at: String,
        starting: Vec<StartingRow>,
        dependents: Vec<DependentRow>,
        notes: Vec<String>,
    ) -> Self {
        Self {
            schema: schema::IMPACT,
            at,
            starting,
            weighted: dependents.iter().map(|row| row.weight).sum(),
            dependents,
            notes,
        }
    }
}

/// A symbol whose dependents were asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StartingRow {
    /// Its name, with its parent where it has one.
    pub symbol: String,
    /// Its kind.
    pub kind: String,
    /// Where it is defined.
    pub file: String,
    /// From 1.
    pub line: u32,
}

/// One dependent, with the path that reaches it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DependentRow {
    /// Its name.
    pub symbol: String,
    /// Its kind.
    pub kind: String,
    /// Where it is defined.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// 1 is direct.
    pub distance: u32,
    /// Its part of the weighted sum.
    pub weight: f64,
    /// The kind of its own reference: `call`, `address`, `type`, `member` and so on.
    pub via: String,
    /// The symbols from it to the starting set, itself first, the starting symbol last.
    pub path: Vec<String>,
}
