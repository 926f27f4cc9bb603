//! How the changes of one series hang together: which patch cannot come out without which later one.

use std::collections::{BTreeMap, BTreeSet};

use crate::policy::file::Policy;
use crate::policy::judge;
use crate::report::{ChangeReport, PolicyRow, SeriesDependency};
use crate::symbol_diff::{Symbol, SymbolChange};

use super::Analysis;
use crate::symbol_diff::SymbolChanges;

/// Reasons that one dependency lists.
const REASONS: usize = 5;

/// Of a change at most so many dependencies are listed, the nearest first.
const TIES: usize = 50;

/// So many changes before it are looked at: who mails more gets no list of all pairs.
const WINDOW: usize = 1_000;

/// Lists which change of a series depends on which earlier one, sorted.
///
/// A change depends on another where it edits a symbol that the other edited (backing the earlier one out then meets
/// the later one's lines), or where its new tokens name a symbol that the other brought in. `analyses` are in series
/// order. Does not see dependencies outside C, nor two edits that merely stand side by side, nor more than the nearest
/// 50 of the 1,000 changes before it.
#[must_use]
pub fn dependencies(analyses: &[Analysis]) -> Vec<SeriesDependency> {
    let mut dependencies = Vec::new();
    let traces: Vec<Trace> = analyses.iter().map(Trace::of).collect();
    for (at, later) in traces.iter().enumerate() {
        let tie = |earlier: &Trace<'_>| {
            let because = later.ties_to(earlier);
            (!because.is_empty()).then(|| SeriesDependency {
                from: later.id.to_owned(),
                to: earlier.id.to_owned(),
                because,
            })
        };
        let nearest = traces[at.saturating_sub(WINDOW)..at].iter().rev();
        dependencies.extend(nearest.filter_map(tie).take(TIES));
    }
    dependencies.sort();
    dependencies
}

/// The reports of a series, each judged with the later changes that have to go along with it, however far they build on
/// one another.
#[must_use]
pub fn reports(
    analyses: Vec<Analysis>,
    depends: &[SeriesDependency],
    policy: &Policy,
) -> Vec<ChangeReport> {
    let reports: Vec<_> = analyses.into_iter().map(|one| one.report).collect();
    let ids: Vec<String> = reports
        .iter()
        .map(|report| report.assessment.id.clone())
        .collect();
    let mut builds_on: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for one in depends {
        builds_on.entry(&one.from).or_default().push(&one.to);
    }
    let judged = |(at, report): (usize, ChangeReport)| {
        let PolicyRow {
            profile,
            verdict,
            findings,
        } = report.policy;
        let later = along(&ids[at], &ids[at + 1..], &builds_on);
        let (verdict, findings) = judge::in_series(policy, (verdict, findings), &later);
        let is_full = at > WINDOW
            || builds_on
                .get(&ids[at][..])
                .is_some_and(|below| below.len() >= TIES);
        let note = is_full.then(|| {
            format!("only the nearest {TIES} of the {WINDOW} changes before it are listed as what it depends on")
        });
        ChangeReport {
            notes: report.notes.into_iter().chain(note).collect(),
            policy: PolicyRow {
                profile,
                verdict,
                findings,
            },
            ..report
        }
    };
    reports.into_iter().enumerate().map(judged).collect()
}

/// Those of the next changes that build on a change or on another one that does, in series order.
fn along<'a>(id: &str, later: &'a [String], builds_on: &BTreeMap<&str, Vec<&str>>) -> Vec<&'a str> {
    let mut going = BTreeSet::from([id]);
    let mut along = Vec::new();
    for candidate in later.iter().take(WINDOW) {
        let below = builds_on.get(&candidate[..]).map_or(&[][..], Vec::as_slice);
        if below.iter().any(|one| going.contains(one)) {
            going.insert(candidate);
            along.push(&candidate[..]);
        }
    }
    along
}

/// The ids of the earlier changes of a series that disclose AI use and that a change depends on, in series order.
pub(super) fn disclosed_below(
    symbols: &SymbolChanges,
    used: &[String],
    earlier: &[Analysis],
) -> Vec<String> {
    let later = Trace::over("", symbols, used);
    earlier[earlier.len().saturating_sub(WINDOW)..]
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
