//! The report as data: exactly the JSON that other tools rely on, as serde types; renderers are its submodules.
//!
//! Every value is complete when it is built; `Option` stands only where the contract says `null`. Ids, kinds and paths
//! are text here: this is the output, where strings belong. Lists keep the order they are given in.

pub mod audit;
pub mod backtest;
pub mod diff;
pub mod gitlab;
pub mod html;
pub mod impact;
pub mod junit;
pub mod markdown;
pub mod plan;
pub mod sarif;
pub mod schema;
pub mod text;

use serde::Serialize;

use crate::policy::disclosure::Disclosure;
use crate::policy::{Finding, Judgement, Verdict};

/// The answer of `check` over one change or a series: `backout/report@1`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    schema: &'static str,
    /// What was looked at.
    pub repo: Repository,
    /// One row a change, in the order asked for (a series: oldest first).
    pub changes: Vec<ChangeReport>,
    /// How the changes hang together.
    pub series: Series,
    /// The worst verdict of the changes.
    pub verdict: Verdict,
}

impl Report {
    /// Joins judged changes; the verdict is the worst of theirs.
    #[must_use]
    pub fn new(repo: Repository, changes: Vec<ChangeReport>, series: Series) -> Self {
        let verdicts = changes.iter().map(|change| change.policy.verdict);
        Self {
            schema: schema::REPORT,
            verdict: verdicts.max().unwrap_or(Verdict::Pass),
            repo,
            changes,
            series,
        }
    }
}

/// The repository that a report speaks of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Repository {
    /// The name of its directory, without the path to it.
    pub name: String,
    /// The commit whose tree the dependents were looked up in.
    pub at: Option<String>,
}

/// What was found out about one change before any policy was asked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Assessment {
    /// A commit id, a message id, `staged` or `worktree`.
    pub id: String,
    /// One line.
    pub subject: String,
    /// RFC 3339, in the author's own offset.
    pub author_date: String,
    /// Sorted by path.
    pub files: Vec<FileRow>,
    /// What kind of change it is, by syntax and paths.
    pub category: CategoryRow,
    /// Sorted by file, then line.
    pub symbols: Vec<SymbolRow>,
    /// What it newly offers for others to depend on.
    pub surface: Vec<SurfaceRow>,
    /// Who depends on what it changed.
    pub impact: ImpactSummary,
    /// How likely it still comes out.
    pub score: ScoreRow,
}

/// One change of a report, judged.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ChangeReport {
    /// What was found out.
    #[serde(flatten)]
    pub assessment: Assessment,
    /// The AI tags that the author wrote, in message order.
    pub disclosure: Vec<DisclosureRow>,
    /// What the policy says of it.
    pub policy: PolicyRow,
    /// What makes the answer weaker, in words.
    pub notes: Vec<String>,
}

impl Assessment {
    /// The same facts with a policy's judgement of them; `notes` says what was read less surely than usual.
    #[must_use]
    pub fn judged(self, judgement: Judgement, notes: Vec<String>) -> ChangeReport {
        let disclosure = judgement.disclosures.into_iter().map(DisclosureRow::from);
        ChangeReport {
            assessment: self,
            disclosure: disclosure.collect(),
            policy: PolicyRow {
                profile: judgement.profile,
                verdict: judgement.verdict,
                findings: judgement.findings,
            },
            notes: [notes, judgement.notes].concat(),
        }
    }
}

/// One touched file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FileRow {
    /// After the change or, for a deleted file, before it.
    pub path: String,
    /// The path before, where it differs.
    pub from: Option<String>,
    /// `added`, `deleted`, `modified`, `renamed` or `type-changed`.
    pub status: &'static str,
    /// Lines; 0 for binary files.
    pub added: u32,
    /// Lines; 0 for binary files.
    pub deleted: u32,
}

/// The category of a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CategoryRow {
    /// `docs`, `tests`, `comment-only`, `whitespace-only`, `mechanical`, `small-fix` or `other`.
    pub name: &'static str,
    /// Why, one sentence each; for `mechanical` the rewrite rules.
    pub evidence: Vec<String>,
}

/// What a change did to one symbol.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SymbolRow {
    /// Its name; a member's or enumerator's with its parent: `BlockState.nb`.
    pub name: String,
    /// `function`, `macro`, `struct` and so on.
    pub kind: String,
    /// `added`, `removed`, `renamed`, `signature`, `body` and so on.
    pub change: String,
    /// Where it is after the change (before, if it was removed).
    pub file: String,
    /// From 1, in that file.
    pub line: u32,
    /// `external`, `internal` or `none`.
    pub linkage: String,
}

/// One thing that others can come to depend on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SurfaceRow {
    /// The symbol, or the path of a header or schema.
    pub symbol: String,
    /// A symbol kind, `header`, `schema`, `format` and the like.
    pub kind: String,
    /// Whether it outlives a revert: wire and migration formats, installed headers, exported symbol lists, schemas.
    pub irreversible: bool,
}

/// The impact of a change in figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ImpactSummary {
    /// The changed symbols.
    pub starting: u32,
    /// Symbols at distance 1.
    pub direct: u32,
    /// Distinct symbols within the distance limit, the starting set left out.
    pub estimated: u32,
    /// A sum that falls with distance and with the weakness of the reference.
    pub weighted: f64,
    /// Files that hold an estimated symbol.
    pub files: u32,
    /// The heaviest few, heaviest first.
    pub top: Vec<ImpactRow>,
}

/// One dependent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImpactRow {
    /// The dependent symbol.
    pub symbol: String,
    /// Where it is defined.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// References between it and a changed symbol; 1 is direct.
    pub distance: u32,
    /// The kind of the first reference and the symbol it leads to: `call of bdrv_open`.
    pub via: String,
}

/// The revertibility score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ScoreRow {
    /// In `[0, 100]`: 100 times the probability.
    pub value: f64,
    /// In `[0, 1]`: that the change alone still backs out `clean` at the horizon.
    pub probability: f64,
    /// The same for the change with its series.
    pub with_series: Option<f64>,
    /// Whether it comes out of its own series today.
    pub free_of_series: Option<bool>,
    /// The 90 % confidence interval of the estimate, as probabilities: how well the model knows its mean for such changes.
    pub band: [f64; 2],
    /// Days after landing that the probability speaks of.
    pub horizon_days: u32,
    /// The model's name and version.
    pub model: String,
    /// Their log-odds sum to logit(probability); the first is `baseline`.
    pub contributions: Vec<ContributionRow>,
}

/// One summand of the score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ContributionRow {
    /// What was measured.
    pub feature: String,
    /// As measured, in the feature's own unit.
    pub value: f64,
    /// Negative makes it harder to back out.
    pub log_odds: f64,
}

/// An AI tag that the author wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DisclosureRow {
    /// The key as written.
    pub tag: String,
    /// The value, folded lines joined.
    pub value: String,
    /// The line of the message, from 1.
    pub line: u32,
    /// Whether git reads it as a trailer.
    pub in_trailer_block: bool,
}

impl From<Disclosure> for DisclosureRow {
    fn from(tag: Disclosure) -> Self {
        Self {
            tag: tag.key,
            value: tag.value,
            line: tag.line,
            in_trailer_block: tag.in_block,
        }
    }
}

/// What the policy says of one change.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PolicyRow {
    /// `name/profile`.
    pub profile: String,
    /// The worst of the findings.
    pub verdict: Verdict,
    /// Worst first, then by code, path and line.
    pub findings: Vec<Finding>,
}

/// How the changes of one report depend on each other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Series {
    /// The ids, oldest first.
    pub order: Vec<String>,
    /// Sorted by `from`, then `to`.
    pub depends: Vec<SeriesDependency>,
}

/// One change of a series needs another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct SeriesDependency {
    /// The dependent's id.
    pub from: String,
    /// What it depends on.
    pub to: String,
    /// The symbols or lines that tie them.
    pub because: Vec<String>,
}

/// A question of a batch that could not be answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Unanswered {
    /// The line as it was asked.
    pub input: String,
    /// Why there is no answer.
    pub error: String,
    /// What to try, if there is something.
    pub hint: Option<String>,
}

/// Where a finding is shown by tools that know files only: its own place, or line 1 of the change's first file.
fn place<'a>(change: &'a ChangeReport, finding: &'a Finding) -> Option<(&'a str, u32)> {
    match &finding.path {
        Some(path) => Some((path, finding.line.unwrap_or(1))),
        None => {
            let first = change.assessment.files.first()?;
            Some((&first.path, 1))
        }
    }
}

/// The same for the same finding of the same change, whatever else changes: 32 hexadecimal digits.
fn fingerprint(change: &ChangeReport, finding: &Finding) -> String {
    let path = finding.path.as_deref().unwrap_or_default();
    let parts = [
        &change.assessment.subject,
        finding.code.code(),
        path,
        &finding.message,
    ];
    let key = xxhash_rust::xxh3::xxh3_128(parts.join("\0").as_bytes());
    format!("{key:032x}")
}

/// A message with a full stop, unless it asks a question.
fn sentence(message: &str) -> String {
    if message.ends_with('?') {
        message.to_owned()
    } else {
        format!("{message}.")
    }
}
