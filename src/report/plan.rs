//! The answer of `plan` as data (`backout/plan@1`): what backing out does, what breaks, what has to go along.

use serde::Serialize;

use super::schema;

/// What backing out one change, or a range newest first, does at a target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanReport {
    schema: &'static str,
    /// Everything else.
    #[serde(flatten)]
    pub answer: PlanAnswer,
    /// What was made of it, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub written: Option<WrittenRow>,
}

impl PlanReport {
    /// The answer under its schema.
    #[must_use]
    pub fn new(answer: PlanAnswer) -> Self {
        Self {
            schema: schema::PLAN,
            answer,
            written: None,
        }
    }
}

/// A plan that was carried out.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct WrittenRow {
    /// The new branch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// The commits on it, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub commits: Vec<String>,
    /// The files of the mails, in order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub mails: Vec<String>,
}

/// The content of a [`PlanReport`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlanAnswer {
    /// What is backed out, newest first.
    pub commits: Vec<String>,
    /// The target.
    pub at: String,
    /// How far the question went: `text`, `build` or `cascade`.
    pub depth: &'static str,
    /// `absent`, `clean`, `build-conflict`, `resolved` or `textual-conflict`.
    pub outcome: &'static str,
    /// Whether git's own merge reports no conflict.
    pub git_clean: bool,
    /// Sorted by path.
    pub conflicts: Vec<ConflictRow>,
    /// Sorted by path, line and symbol.
    pub build_conflicts: Vec<BuildConflictRow>,
    /// Sorted by path.
    pub resolved: Vec<ResolvedRow>,
    /// Newest first; `None` where a stated limit was met first or the depth did not ask.
    pub cascade: Option<Vec<CascadeRow>>,
    /// The resulting tree; `None` where there is none without conflict.
    pub tree: Option<String>,
    /// What makes the answer weaker, in words.
    pub notes: Vec<String>,
}

/// A path that git cannot merge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConflictRow {
    /// Where, at the target.
    pub path: String,
    /// `content`, `modify-delete`, `rename`, `add-add`, `mode`, `binary`, `submodule` or `directory`.
    pub kind: &'static str,
    /// Conflicting hunks; 0 where the kind has none.
    pub hunks: u32,
    /// The later commits in the way, newest first.
    pub commits: Vec<String>,
}

/// A place that would no longer compile or link.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BuildConflictRow {
    /// `dangling`, `restored`, `arity`, `member`, `include`, `redefinition`, `declaration`, `macro-shape` or `build-file`.
    pub kind: &'static str,
    /// The symbol or file that is missing or clashes.
    pub symbol: String,
    /// Where it breaks.
    pub path: String,
    /// From 1, in the merged tree.
    pub line: u32,
    /// One sentence that can be checked at that place.
    pub because: String,
    /// The later commit that brought the use in, where known.
    pub introduced_by: Option<String>,
}

/// A conflict of git's that the syntax-aware merge answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ResolvedRow {
    /// Where.
    pub path: String,
    /// How, in words.
    pub how: String,
}

/// A commit that has to be backed out along.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CascadeRow {
    /// Its id.
    pub commit: String,
    /// Its subject.
    pub subject: String,
    /// Whether it came in the same series.
    pub own_series: bool,
    /// Whether its author disclosed AI use.
    pub disclosed: bool,
    /// What ties it, one sentence each.
    pub because: Vec<String>,
}
