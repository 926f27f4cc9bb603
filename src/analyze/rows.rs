//! What the core found, in the words of the report.

use jiff::Timestamp;
use jiff::tz::{Offset, TimeZone};

use crate::category::Classification;
use crate::change::{FileChange, FileStatus, Person};
use crate::facts::Linkage;
use crate::impact::ImpactSet;
use crate::policy::file::Policy;
use crate::policy::zones::ZoneClass;
use crate::report::{
    CategoryRow, ContributionRow, FileRow, ImpactRow, ImpactSummary, ScoreRow, SurfaceRow,
    SymbolRow,
};
use crate::score::RevertScore;
use crate::surface::Offer;
use crate::symbol_diff::SymbolChange;

/// Dependents that a report of `check` lists; `impact` lists them all.
pub(super) const TOP: usize = 10;

/// RFC 3339 in the person's own offset; the epoch for a date that no calendar has.
pub(super) fn date(person: &Person) -> String {
    let time = Timestamp::from_second(person.seconds).unwrap_or(Timestamp::UNIX_EPOCH);
    let offset =
        Offset::from_seconds(person.offset_minutes.saturating_mul(60)).unwrap_or(Offset::UTC);
    time.to_zoned(TimeZone::fixed(offset))
        .strftime("%Y-%m-%dT%H:%M:%S%:z")
        .to_string()
}

pub(super) fn file(change: &FileChange) -> FileRow {
    let lines = change.line_counts();
    let before = change.sides.before.as_ref().map(|side| &side.path);
    FileRow {
        path: change.path().to_string(),
        from: before
            .filter(|path| *path != change.path())
            .map(ToString::to_string),
        status: match change.status() {
            FileStatus::Added => "added",
            FileStatus::Deleted => "deleted",
            FileStatus::Modified => "modified",
            FileStatus::Renamed => "renamed",
            FileStatus::TypeChanged => "type-changed",
        },
        added: lines.after,
        deleted: lines.before,
    }
}

pub(super) fn category(classification: &Classification) -> CategoryRow {
    CategoryRow {
        name: classification.category.name(),
        evidence: classification.evidence.clone(),
    }
}

pub(super) fn symbol(change: &SymbolChange) -> SymbolRow {
    let symbol = change.symbol();
    SymbolRow {
        name: match &symbol.parent {
            Some(parent) => format!("{parent}.{}", symbol.name),
            None => symbol.name.clone(),
        },
        kind: word(symbol.kind),
        change: change.facets.first().map(word).unwrap_or_default(),
        file: symbol.file.to_string(),
        line: symbol.line.0,
        linkage: match symbol.linkage {
            Linkage::External => "external",
            Linkage::Internal => "internal",
            Linkage::None => "none",
        }
        .to_owned(),
    }
}

/// The kebab-case word of a plain enum, as serde writes it.
fn word(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

pub(super) fn offer(offer: &Offer, policy: &Policy) -> SurfaceRow {
    let zone = policy.zone_of(&offer.file);
    SurfaceRow {
        symbol: offer.name.clone(),
        kind: word(offer.kind),
        irreversible: zone.is_some_and(|zone| zone.class == ZoneClass::Irreversible),
    }
}

pub(super) fn impact(set: &ImpactSet) -> ImpactSummary {
    let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    let top = set.dependents.iter().take(TOP).map(|dependent| ImpactRow {
        symbol: dependent.symbol.name.clone(),
        file: dependent.symbol.file.to_string(),
        line: dependent.symbol.line.map_or(1, |line| line.0),
        distance: dependent.distance,
        via: dependent.via(),
    });
    ImpactSummary {
        starting: count(set.starting.len()),
        direct: count(set.direct()),
        estimated: count(set.estimated()),
        // The sum of nothing is -0.0; adding zero makes it 0.0.
        weighted: (set.weighted * 100.0).round() / 100.0 + 0.0,
        files: set.files,
        top: top.collect(),
    }
}

pub(super) fn score(score: &RevertScore, free_of_series: Option<bool>) -> ScoreRow {
    // Six decimals: the logit of what is printed then equals the sum of the printed contributions to three.
    let printed = |probability: f64| (probability * 1e6).round() / 1e6;
    let contributions = score.contributions.iter().map(|row| ContributionRow {
        feature: row.feature.clone(),
        value: f64::from(row.value),
        log_odds: row.log_odds,
    });
    ScoreRow {
        value: score.value(),
        probability: printed(score.probability),
        with_series: None,
        free_of_series,
        band: [printed(score.band.0), printed(score.band.1)],
        horizon_days: score.horizon_days,
        model: score.model.clone(),
        contributions: contributions.collect(),
    }
}
