//! From a change and the trees around it to what the report says: the whole path on one page. Read this first.
//!
//! Pure: reads no clock, environment or thread count, so the same input gives the same report.

pub mod series;

use std::collections::{BTreeMap, BTreeSet};

use crate::change::Change;
use crate::facts::SymbolKind;
use crate::features::{self, Features, Past};
use crate::graph::SymbolKey;
use crate::graph::around::{self, Limits};
use crate::graph::fan_in;
use crate::graph::index::TreeIndex;
use crate::impact::{self, ImpactSet};
use crate::policy::file::Policy;
use crate::policy::judge::{self, Evidence, Measures};
use crate::policy::maintainers::Maintainers;
use crate::policy::rule::Rule;
use crate::policy::trailers::MessageForm;
use crate::report::{Assessment, ChangeReport};
use crate::score::{self, Model};
use crate::surface;
use crate::symbol_diff::{self, Facet, FactsOf, LayoutOf, SymbolChange, SymbolChanges};
use crate::text::{BeforeAfter, FilePath};

mod rows;

/// Of at most so many files of a change the users are counted: a change of more is not small by any policy.
const FAN_IN_FILES: usize = 50;

/// Everything that is known of one change and its surroundings.
pub struct Input<'a> {
    /// The change.
    pub change: &'a Change,
    /// How its message is read.
    pub form: MessageForm,
    /// The tree without the change, and with it.
    pub trees: BeforeAfter<&'a dyn TreeIndex>,
    /// The facts of single items, looked up or worked out.
    pub facts: &'a FactsOf<'a>,
    /// The items of whole files, remembered or split now.
    pub layout: &'a LayoutOf<'a>,
    /// What the history before it says of its files.
    pub past: Past,
    /// Whether it comes out of its own series; `None` where that was not tried.
    pub free_of_series: Option<bool>,
    /// What was found out about the earlier changes of its series, in order.
    pub earlier: &'a [Analysis],
    /// Who answers for which file; `None` where the tree does not say.
    pub maintainers: Option<&'a Maintainers>,
    /// How far to follow who depends on it.
    pub limits: Limits,
}

/// What was found out about a change, and what the symbols were: the latter ties a series together.
pub struct Analysis {
    /// One row of a report.
    pub report: ChangeReport,
    /// What the change did to the symbols.
    pub symbols: SymbolChanges,
    /// What the score was computed from.
    pub features: Features,
    /// The identifiers among the tokens that the change adds to symbols, sorted.
    pub used: Vec<String>,
}

/// Analyzes and judges one change.
#[must_use]
pub fn analyze(input: &Input<'_>, policy: &Policy, model: &Model) -> Analysis {
    let (sources, unread) = symbol_diff::sources(input.change);
    let symbols = symbol_diff::changes_of_split(&sources, input.layout, input.facts);
    let offers = surface::of(input.change, &symbols.symbols);
    let impact = impact_of(&symbols.symbols, input.trees, &input.limits, rows::TOP);
    let features = features::of(input.change, &symbols.symbols, &offers, &impact, input.past);
    let score = score::of(&features, model);
    let used = used_names(input.change, &symbols.symbols);
    let below = series::disclosed_below(&symbols, &used, input.earlier);
    let fan_in = fan_in_of(input, policy);
    let measures = Measures {
        score: Some(score.value()),
        estimated_impact: Some(features.impact),
        surface: Some(features.surface),
        free_of_series: input.free_of_series,
        fan_in: fan_in.as_deref(),
        depends_on_disclosed: Some(&below),
    };
    let evidence = Evidence {
        change: input.change,
        form: input.form,
        measures,
        maintainers: input.maintainers,
        presumption: judge::Presumption::AsWritten,
    };
    let judgement = judge::of(policy, &evidence);
    let assessment = Assessment {
        id: input.change.id.to_string(),
        subject: input.change.subject.clone(),
        author_date: rows::date(&input.change.author),
        files: input.change.files.iter().map(rows::file).collect(),
        category: rows::category(&judgement.classification),
        symbols: symbols.symbols.iter().map(rows::symbol).collect(),
        surface: offers
            .iter()
            .map(|offer| rows::offer(offer, policy))
            .collect(),
        impact: rows::impact(&impact),
        score: rows::score(&score, input.free_of_series),
    };
    let notes = [
        input.change.notes.clone(),
        unread,
        symbols.notes.clone(),
        impact.notes,
        input
            .maintainers
            .map(|maintainers| maintainers.notes.clone())
            .unwrap_or_default(),
    ]
    .concat();
    Analysis {
        report: assessment.judged(judgement, notes),
        symbols,
        features,
        used,
    }
}

/// How many other files use each touched file, where the policy asks and AI use is disclosed; as the tree before the
/// change has it.
fn fan_in_of(input: &Input<'_>, policy: &Policy) -> Option<Vec<(FilePath, u32)>> {
    policy.rules.get(&Rule::CoreByUse)?;
    if !judge::discloses(policy, input.change, input.form) {
        return None;
    }
    let sides = input.change.files.iter().map(|file| &file.sides.before);
    let mut paths: Vec<_> = sides.flatten().map(|side| &side.path).collect();
    paths.truncate(FAN_IN_FILES);
    let users = fan_in::of(&paths, input.trees.before);
    let known = paths.into_iter().zip(users);
    Some(
        known
            .filter_map(|(path, users)| Some((path.clone(), users?)))
            .collect(),
    )
}

/// The identifiers that stand in the added tokens.
fn used_names(change: &Change, symbols: &[SymbolChange]) -> Vec<String> {
    let mut names = BTreeSet::new();
    let bytes: BTreeMap<&FilePath, &[u8]> = change
        .files
        .iter()
        .map(|file| (file.path(), file.bytes().after))
        .collect();
    for symbol in symbols
        .iter()
        .filter_map(|change| change.sides.after.as_ref())
    {
        let source = bytes.get(&symbol.file).copied().unwrap_or_default();
        let texts = symbol.changed.iter().map(|span| span.of(source));
        names.extend(texts.filter(|text| {
            text.first()
                .is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        }));
    }
    names
        .into_iter()
        .map(|name| String::from_utf8_lossy(name).into_owned())
        .collect()
}

/// The impact of the changed symbols: those that are still there on the tree after the change, the others on the one
/// before. The starting symbols and the first `lines` dependents get their lines.
#[must_use]
pub fn impact_of(
    symbols: &[SymbolChange],
    trees: BeforeAfter<&dyn TreeIndex>,
    limits: &Limits,
    lines: usize,
) -> ImpactSet {
    let keys = starting(symbols);
    let on = |keys: &[SymbolKey], index: &dyn TreeIndex| {
        impact::of(&around::around(keys, index, limits), index, lines)
    };
    let after = on(&keys.after, trees.after);
    if keys.before.is_empty() {
        return after;
    }
    after.joined(on(&keys.before, trees.before))
}

/// The starting impact set: on the before side only what the after side no longer has under that name.
fn starting(symbols: &[SymbolChange]) -> BeforeAfter<Vec<SymbolKey>> {
    let real = || symbols.iter().filter(|change| !change.is_neutral());
    let gone = |change: &&SymbolChange| change.sides.after.is_none() || change.has(Facet::Renamed);
    BeforeAfter {
        before: real()
            .filter(gone)
            .filter_map(|change| change.sides.before.as_ref())
            .map(key)
            .collect(),
        after: real()
            .filter_map(|change| change.sides.after.as_ref())
            .map(key)
            .collect(),
    }
}

fn key(symbol: &symbol_diff::Symbol) -> SymbolKey {
    let is_definition = symbol.form != crate::facts::Form::Declaration;
    SymbolKey {
        name: symbol.name.clone(),
        kind: symbol.kind,
        parent: symbol
            .parent
            .clone()
            .filter(|_| symbol.kind == SymbolKind::Member),
        file: is_definition.then(|| symbol.file.clone()),
    }
}
