//! An impact set as the answer of `impact`.

use crate::facts::SymbolKind;
use crate::impact::ImpactSet;

use super::diff::{DependentRow, ImpactReport, StartingRow};

/// The set in the tree of the commit `at`.
#[must_use]
pub fn of(at: String, set: &ImpactSet) -> ImpactReport {
    let kind = |kind: SymbolKind| kind.name().to_owned();
    let line = |line: Option<crate::text::LineNumber>| line.map_or(1, |line| line.0);
    let starting = set.starting.iter().map(|symbol| StartingRow {
        symbol: symbol.name.clone(),
        kind: kind(symbol.kind),
        file: symbol.file.to_string(),
        line: line(symbol.line),
    });
    let dependents = set.dependents.iter().map(|one| DependentRow {
        symbol: one.symbol.name.clone(),
        kind: kind(one.symbol.kind),
        file: one.symbol.file.to_string(),
        line: line(one.symbol.line),
        distance: one.distance,
        weight: one.weight,
        via: one.kind.word().to_owned(),
        path: one.path.clone(),
    });
    ImpactReport::new(
        at,
        starting.collect(),
        dependents.collect(),
        set.notes.clone(),
    )
}
