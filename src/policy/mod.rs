//! Whether a project's policy admits a change: rules as data, findings as answers.
//!
//! A policy is a value read from TOML text; judging is a pure function of it and of what the rooms below found out.
//! Never claims to see AI use that the author did not disclose.

pub mod disclosure;
pub mod error;
pub mod file;
pub mod generated;
pub mod judge;
pub mod maintainers;
pub mod rule;
pub mod show;
pub mod trailers;
pub mod zones;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::category::Classification;
use crate::change::Person;

use disclosure::Disclosure;
use rule::Rule;

/// How much a rule weighs when it is not met.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// Worth knowing; never changes the verdict.
    Info,
    /// The verdict becomes `warn`.
    Warn,
    /// The verdict becomes `fail`.
    Deny,
    /// An open question for a person; never changes the verdict and is never counted as met.
    Human,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Info => "info",
            Self::Warn => "warn",
            Self::Deny => "deny",
            Self::Human => "human",
        })
    }
}

/// The answer of a policy, ordered from good to bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// No rule of severity `warn` or `deny` fired.
    Pass,
    /// The worst rule that fired is a `warn`.
    Warn,
    /// A `deny` fired.
    Fail,
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
        })
    }
}

impl Verdict {
    /// The verdict over findings of these severities; `pass` where there are none.
    #[must_use]
    pub fn over(severities: impl IntoIterator<Item = Severity>) -> Self {
        let verdict = |severity| match severity {
            Severity::Info | Severity::Human => Self::Pass,
            Severity::Warn => Self::Warn,
            Severity::Deny => Self::Fail,
        };
        severities
            .into_iter()
            .map(verdict)
            .max()
            .unwrap_or(Self::Pass)
    }
}

/// A rule that was not met, or a question that stays open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The rule; written as its code.
    pub code: Rule,
    /// As the policy weighs it.
    pub severity: Severity,
    /// What is the matter, one sentence.
    pub message: String,
    /// The primary place, if it is in a file.
    pub path: Option<String>,
    /// From 1: a line of that file after the change or, without a path, of the message.
    pub line: Option<u32>,
    /// What was seen, in the order it was met; the policy's source and date come last.
    pub evidence: Vec<String>,
    /// What would make it go away, one sentence.
    pub remedy: String,
}

/// What a policy says of one change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// `name/profile`.
    pub profile: String,
    /// The worst of the findings.
    pub verdict: Verdict,
    /// Worst first (`human` after `info`), then by code, path and line.
    pub findings: Vec<Finding>,
    /// The category, with the policy's zones and size cap.
    pub classification: Classification,
    /// The AI tags that the author wrote, in message order.
    pub disclosures: Vec<Disclosure>,
    /// Rules that could not be asked because nothing was measured, in words.
    pub notes: Vec<String>,
}

/// The day of a person's date in their own offset, `YYYY-MM-DD`; `0000-00-00` for a date that no calendar has.
#[must_use]
pub fn date(person: &Person) -> String {
    let local = person
        .seconds
        .saturating_add(i64::from(person.offset_minutes).saturating_mul(60));
    jiff::Timestamp::from_second(local).map_or_else(
        |_out_of_range| "0000-00-00".to_owned(),
        |time| time.strftime("%Y-%m-%d").to_string(),
    )
}
