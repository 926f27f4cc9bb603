//! Judges one change by one policy: every rule that is on is asked of the evidence.
//!
//! Rules about AI use are asked only of changes that disclose it (or are presumed to); the others of every change. A
//! rule whose figure nobody measured is not met and not broken: a note says so.

mod agreement;
mod ai;
mod place;
mod revert;
mod sign;

use std::cmp::Reverse;

use crate::category::{self, Category, Classification, PathKind};
use crate::change::{Change, ChangeId, FileChange};
use crate::text::FilePath;

use super::disclosure::{self, Disclosure};
use super::file::{Policy, Standing};
use super::maintainers::Maintainers;
use super::rule::Rule;
use super::trailers::{self, MessageForm, Trailer};
use super::zones::{self, Zone, ZoneClass};
use super::{Finding, Judgement, Severity, Verdict};

/// Whether the rules about AI use are asked of a change that discloses none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presumption {
    /// Believe the message.
    #[default]
    AsWritten,
    /// Ask what the policy would say if AI had been used.
    AiUsed,
}

/// What a policy looks at.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    /// The change.
    pub change: &'a Change,
    /// How its message is read.
    pub form: MessageForm,
    /// What the rooms below measured.
    pub measures: Measures<'a>,
    /// Who answers for which file of the tree; `None` where it does not say.
    pub maintainers: Option<&'a Maintainers>,
    /// Whether to believe the message.
    pub presumption: Presumption,
}

/// Figures of one change; what is `None` was not measured.
#[derive(Clone, Copy, Debug, Default)]
pub struct Measures<'a> {
    /// The revertibility score, in `[0, 100]`.
    pub score: Option<f64>,
    /// The size of the estimated impact set.
    pub estimated_impact: Option<u32>,
    /// Newly offered symbols and headers.
    pub surface: Option<u32>,
    /// Whether it comes out of its own series.
    pub free_of_series: Option<bool>,
    /// Per touched file, how many other files use its symbols; sorted by path.
    pub fan_in: Option<&'a [(FilePath, u32)]>,
    /// The ids of changes with a disclosure, in its series, that it depends on.
    pub depends_on_disclosed: Option<&'a [String]>,
}

/// Judges a change.
///
/// The findings do not depend on the order of the policy's rules. Findings of a policy that is only proposed say what
/// the proposal would say.
#[must_use]
pub fn of(policy: &Policy, evidence: &Evidence<'_>) -> Judgement {
    let case = Case::new(policy, evidence);
    let checks = [
        ai::drafts,
        place::drafts,
        agreement::drafts,
        sign::drafts,
        revert::drafts,
    ];
    let mut findings: Vec<_> = checks
        .iter()
        .flat_map(|check| check(&case))
        .filter_map(|draft| draft.weighed(policy))
        .collect();
    sort(&mut findings);
    Judgement {
        profile: policy.full_name(),
        verdict: Verdict::over(findings.iter().map(|finding| finding.severity)),
        findings,
        notes: notes(&case),
        classification: case.classification,
        disclosures: case.disclosures,
    }
}

/// Whether a change discloses AI use, so that the rules about it are asked.
#[must_use]
pub fn discloses(policy: &Policy, change: &Change, form: MessageForm) -> bool {
    let trailers = trailers::of(&change.message, form);
    !disclosure::among(&trailers, policy.disclosure.key.as_deref()).is_empty()
}

/// The judgement with what only the end of its series shows: `later`, the ids of the changes that build on this one.
///
/// Before a merge nothing else can stand on a change, so of one alone the list is empty.
#[must_use]
pub fn in_series(
    policy: &Policy,
    (verdict, findings): (Verdict, Vec<Finding>),
    later: &[&str],
) -> (Verdict, Vec<Finding>) {
    let Some(finding) = revert::cascade(policy, later) else {
        return (verdict, findings);
    };
    let mut findings = [findings, vec![finding]].concat();
    sort(&mut findings);
    let verdict = Verdict::over(findings.iter().map(|finding| finding.severity));
    (verdict, findings)
}

/// Worst first, then by code and place.
fn sort(findings: &mut [Finding]) {
    findings.sort_by(|one, other| {
        let key = |finding: &Finding| (Reverse(rank(finding.severity)), finding.code);
        let place = |finding: &Finding| (finding.path.clone(), finding.line);
        key(one)
            .cmp(&key(other))
            .then_with(|| place(one).cmp(&place(other)))
    });
}

/// The category of a change with this policy's zones and size cap.
#[must_use]
pub fn category_of(policy: &Policy, change: &Change) -> Classification {
    let cap = policy.admission.small_fix.unwrap_or_default();
    category::of(change, &|path| policy.kind_of(path), cap)
}

impl Policy {
    /// What a path is to the category of a change: by its zone, or by convention where the policy has no zones.
    #[must_use]
    pub fn kind_of(&self, path: &FilePath) -> PathKind {
        if self.zones.is_empty() {
            return category::usual_kind(path);
        }
        match self.zone_of(path).map(|zone| zone.class) {
            Some(ZoneClass::Tests) => PathKind::Tests,
            Some(ZoneClass::Docs) => PathKind::Docs,
            _ => PathKind::Code,
        }
    }

    /// The zone of a path: the first that holds it.
    #[must_use]
    pub fn zone_of(&self, path: &FilePath) -> Option<&Zone> {
        zones::of(&self.zones, path)
    }
}

fn rank(severity: Severity) -> u8 {
    match severity {
        Severity::Human => 0,
        Severity::Info => 1,
        Severity::Warn => 2,
        Severity::Deny => 3,
    }
}

fn notes(case: &Case<'_>) -> Vec<String> {
    let Case {
        policy, evidence, ..
    } = case;
    let measures = &evidence.measures;
    let unmeasured = [
        (Rule::ScoreLow, measures.score.is_none()),
        (Rule::ImpactHigh, measures.estimated_impact.is_none()),
        (Rule::SurfaceWide, measures.surface.is_none()),
        (Rule::SeriesEntangled, measures.free_of_series.is_none()),
        (Rule::CoreByUse, case.uses_ai() && measures.fan_in.is_none()),
    ];
    let change = evidence.change;
    let uncommitted = matches!(change.id, ChangeId::Staged | ChangeId::Worktree);
    let unwritten = (uncommitted && change.message.is_empty())
        .then(|| "there is no message yet: rules about it were not asked".to_owned());
    let proposal = (policy.standing == Standing::Proposed).then(|| {
        let name = policy.full_name();
        format!(
            "{name} is a proposal: the verdict is what it would say, not what the project takes"
        )
    });
    let missing = unmeasured
        .iter()
        .filter(|(rule, missing)| *missing && policy.rules.contains_key(rule))
        .map(|(rule, _)| format!("rule {} was not asked: not measured here", rule.code()));
    proposal
        .into_iter()
        .chain(unwritten)
        .chain(missing)
        .collect()
}

/// One change before one policy, with everything that several rules look at.
struct Case<'a> {
    policy: &'a Policy,
    evidence: &'a Evidence<'a>,
    trailers: Vec<Trailer>,
    disclosures: Vec<Disclosure>,
    classification: Classification,
}

impl<'a> Case<'a> {
    fn new(policy: &'a Policy, evidence: &'a Evidence<'a>) -> Self {
        let trailers = trailers::of(&evidence.change.message, evidence.form);
        Self {
            disclosures: disclosure::among(&trailers, policy.disclosure.key.as_deref()),
            classification: category_of(policy, evidence.change),
            trailers,
            policy,
            evidence,
        }
    }

    fn files(&self) -> &'a [FileChange] {
        &self.evidence.change.files
    }

    fn category(&self) -> Category {
        self.classification.category
    }

    /// Whether there is a message to judge: what is not committed has none yet.
    fn has_message(&self) -> bool {
        let change = self.evidence.change;
        !matches!(change.id, ChangeId::Staged | ChangeId::Worktree) || !change.message.is_empty()
    }

    /// Whether the rules about AI use are asked.
    fn uses_ai(&self) -> bool {
        !self.disclosures.is_empty() || self.evidence.presumption == Presumption::AiUsed
    }

    /// The trailers of the block with this key, in message order.
    fn block_trailers<'b>(&'b self, key: &'b str) -> impl Iterator<Item = &'b Trailer> {
        self.trailers
            .iter()
            .filter(move |trailer| trailer.in_block && trailer.is(key))
    }

    fn has_any_trailer(&self, keys: &[String]) -> bool {
        keys.iter()
            .any(|key| self.block_trailers(key).next().is_some())
    }
}

/// The paths of a file change: both, where it was renamed.
fn paths(file: &FileChange) -> Vec<&FilePath> {
    let sides = [&file.sides.before, &file.sides.after];
    let mut paths: Vec<_> = sides.into_iter().flatten().map(|side| &side.path).collect();
    paths.dedup();
    paths
}

/// A finding before the policy has weighed it.
struct Draft {
    rule: Rule,
    message: String,
    path: Option<String>,
    line: Option<u32>,
    evidence: Vec<String>,
    remedy: String,
}

impl Draft {
    fn new(rule: Rule, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            rule,
            message: message.into(),
            path: None,
            line: None,
            evidence: Vec::new(),
            remedy: remedy.into(),
        }
    }

    fn at_path(self, path: &FilePath) -> Self {
        Self {
            path: Some(path.to_text().into_owned()),
            ..self
        }
    }

    fn at_line(self, line: u32) -> Self {
        Self {
            line: Some(line),
            ..self
        }
    }

    fn seen(mut self, evidence: impl Into<String>) -> Self {
        self.evidence.push(evidence.into());
        self
    }

    /// The finding, if the policy has the rule on.
    fn weighed(self, policy: &Policy) -> Option<Finding> {
        let setting = policy.rules.get(&self.rule)?;
        let checked = setting.checked.as_ref().unwrap_or(&policy.checked);
        let source = match policy.sources.get(&setting.source) {
            Some(text) => format!("rule from {text}; checked {checked}"),
            None => format!("rule {}; checked {checked}", setting.source),
        };
        let mut evidence = self.evidence;
        evidence.push(source);
        Some(Finding {
            code: self.rule,
            severity: setting.severity,
            message: self.message,
            path: self.path,
            line: self.line,
            evidence,
            remedy: self.remedy,
        })
    }
}
