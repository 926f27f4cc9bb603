//! The rules about backing out: thresholds on what was measured.

use super::super::Finding;
use super::super::file::Policy;
use super::super::rule::Rule;
use super::{Case, Draft};

/// At most so many ids are shown.
const LISTED: usize = 20;

/// The finding about `later`, the ids of the changes that build on a change in its own series, if they are too many.
pub(super) fn cascade(policy: &Policy, later: &[&str]) -> Option<Finding> {
    let limit = policy.thresholds.cascade_at_most?;
    let found = u32::try_from(later.len()).unwrap_or(u32::MAX);
    if found <= limit {
        return None;
    }
    let draft = Draft::new(
        Rule::CascadeLong,
        format!("changes of its series that have to go along: {found}, more than {limit}"),
        "move it towards the end of the series, or split off what the others build on",
    );
    let draft = later
        .iter()
        .take(LISTED)
        .fold(draft, |draft, id| draft.seen(*id));
    draft.weighed(policy)
}

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
