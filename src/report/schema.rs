//! The JSON Schema (draft 2020-12) of every JSON form, as shipped with the program.

/// The name of the form that `check` writes.
pub const REPORT: &str = "backout/report@1";
/// The name of the form that `plan` writes.
pub const PLAN: &str = "backout/plan@1";
/// The name of the form that `diff` writes.
pub const DIFF: &str = "backout/diff@1";
/// The name of the form that `impact` writes.
pub const IMPACT: &str = "backout/impact@1";
/// The name of the form that `audit` writes.
pub const AUDIT: &str = "backout/audit@1";
/// The name of the form that `backtest` writes.
pub const BACKTEST: &str = "backout/backtest@1";

/// Each form's name with the text of its schema, sorted by name.
pub const ALL: [(&str, &str); 6] = [
    (AUDIT, include_str!("schemas/audit-1.json")),
    (BACKTEST, include_str!("schemas/backtest-1.json")),
    (DIFF, include_str!("schemas/diff-1.json")),
    (IMPACT, include_str!("schemas/impact-1.json")),
    (PLAN, include_str!("schemas/plan-1.json")),
    (REPORT, include_str!("schemas/report-1.json")),
];
