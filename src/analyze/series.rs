//! How the changes of one series hang together: which patch cannot come out without which later one.

use std::collections::{BTreeMap, BTreeSet};

use crate::report::SeriesDependency;
use crate::symbol_diff::{Symbol, SymbolChange};

use super::Analysis;
use crate::symbol_diff::SymbolChanges;

/// Reasons that one dependency lists.
const REASONS: usize = 5;

/// Lists which change of a series depends on which earlier one, sorted.
///
/// A change depends on another where it edits a symbol that the other edited (backing the earlier one out then meets
/// the later one's lines), or where its new tokens name a symbol that the other brought in. `analyses` are in series
/// order. Does not see dependencies outside C, nor two edits that merely stand side by side.
#[must_use]
pub fn dependencies(analyses: &[Analysis]) -> Vec<SeriesDependency> {
    let mut dependencies = Vec::new();
    let traces: Vec<Trace> = analyses.iter().map(Trace::of).collect();
    for (at, later) in traces.iter().enumerate() {
        for earlier in &traces[..at] {
            let because = later.ties_to(earlier);
            if !because.is_empty() {
                dependencies.push(SeriesDependency {
                    from: later.id.to_owned(),
                    to: earlier.id.to_owned(),
                    because,
                });
            }
        }
    }
    dependencies.sort();
    dependencies
}

/// The ids of the earlier changes of a series that disclose AI use and that a change depends on, in series order.
pub(super) fn disclosed_below(
    symbols: &SymbolChanges,
    used: &[String],
    earlier: &[Analysis],
) -> Vec<String> {
    let later = Trace::over("", symbols, used);
    earlier
        .iter()
        .filter(|analysis| !analysis.report.disclosure.is_empty())
        .filter(|analysis| !later.ties_to(&Trace::of(analysis)).is_empty())
        .map(|analysis| analysis.report.assessment.id.clone())
        .collect()
}

/// What one change leaves for later ones to meet.
struct Trace<'a> {
    id: &'a str,
    /// Name and file of every symbol that it edits, by either side.
    edits: BTreeMap<(&'a str, &'a [u8]), &'a Symbol>,
    /// Names that it brings in.
    brings: BTreeSet<&'a str>,
    /// Names in the tokens that it adds.
    uses: BTreeSet<&'a str>,
}

impl<'a> Trace<'a> {
    fn of(analysis: &'a Analysis) -> Self {
        let id = &analysis.report.assessment.id;
        Self::over(id, &analysis.symbols, &analysis.used)
    }

    fn over(id: &'a str, symbols: &'a SymbolChanges, used: &'a [String]) -> Self {
        let changes = &symbols.symbols;
        let sides = changes
            .iter()
            .flat_map(|change| [&change.sides.before, &change.sides.after])
            .flatten();
        Self {
            id,
            edits: sides
                .map(|symbol| ((&symbol.name[..], symbol.file.as_bytes()), symbol))
                .collect(),
            brings: changes.iter().filter_map(brought_in).collect(),
            uses: used.iter().map(String::as_str).collect(),
        }
    }

    /// Why this change depends on an earlier one, in words; empty where it does not.
    fn ties_to(&self, earlier: &Self) -> Vec<String> {
        let used = earlier
            .brings
            .intersection(&self.uses)
            .map(|name| format!("uses {name}"));
        let edited = self
            .edits
            .iter()
            .filter(|(key, _)| earlier.edits.contains_key(*key));
        let edited = edited.map(|(_, symbol)| format!("edits {} in {}", symbol.name, symbol.file));
        used.chain(edited).take(REASONS).collect()
    }
}

fn brought_in(change: &SymbolChange) -> Option<&str> {
    let after = change.sides.after.as_ref()?;
    let is_new = change
        .sides
        .before
        .as_ref()
        .is_none_or(|before| before.name != after.name);
    is_new.then_some(&after.name[..])
}
