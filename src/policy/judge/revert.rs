//! The rules about backing out: thresholds on what was measured.

use super::super::rule::Rule;
use super::{Case, Draft};

pub(super) fn drafts(case: &Case<'_>) -> Vec<Draft> {
    let above = |rule, what: &str, found: Option<u32>, limit: Option<u32>| {
        let (found, limit) = (found?, limit?);
        (found > limit).then(|| {
            Draft::new(
                rule,
                format!("{what}: {found}, more than {limit}"),
                "make it smaller, or split off what others come to depend on",
            )
        })
    };
    let limits = &case.policy.thresholds;
    let found = &case.evidence.measures;
    [
        score(case),
        above(
            Rule::ImpactHigh,
            "symbols of the estimated impact set",
            found.estimated_impact,
            limits.impact_at_most,
        ),
        above(
            Rule::SurfaceWide,
            "newly offered symbols and headers",
            found.surface,
            limits.surface_at_most,
        ),
        above(
            Rule::CascadeLong,
            "commits that have to go along",
            found.cascade,
            limits.cascade_at_most,
        ),
        entangled(case),
        depends(case),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn score(case: &Case<'_>) -> Option<Draft> {
    let limit = case.policy.thresholds.score_at_least?;
    let score = case.evidence.measures.score?;
    (score < limit).then(|| {
        Draft::new(
            Rule::ScoreLow,
            format!("revertibility score {score:.0}, below {limit:.0}"),
            "see the contributions to the score for what weighs most",
        )
    })
}

fn entangled(case: &Case<'_>) -> Option<Draft> {
    (case.evidence.measures.free_of_series == Some(false)).then(|| {
        Draft::new(
            Rule::SeriesEntangled,
            "the change does not come out of its own series",
            "order the series so that what may have to go comes last",
        )
    })
}

fn depends(case: &Case<'_>) -> Option<Draft> {
    let disclosed = case.evidence.measures.depends_on_disclosed?;
    (case.disclosures.is_empty() && !disclosed.is_empty()).then(|| {
        let draft = Draft::new(
            Rule::UndisclosedOnDisclosed,
            "the change discloses no AI use and builds on one of its series that does",
            "order the series so that changes with AI use come last",
        );
        disclosed
            .iter()
            .fold(draft, |draft, id| draft.seen(id.as_str()))
    })
}
