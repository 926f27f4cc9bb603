//! A report as GitLab code quality JSON: one object a finding, with a fingerprint that stays the same between runs.
//!
//! Open questions are `info`. Source: GitLab documentation, "Code Quality report format".

use serde_json::json;

use crate::policy::Severity;

use super::Report;

/// The JSON array as text, with a newline at the end.
#[must_use]
pub fn render(report: &Report) -> String {
    let mut issues = Vec::new();
    for change in &report.changes {
        for finding in &change.policy.findings {
            let (path, line) = super::place(change, finding).unwrap_or((".", 1));
            issues.push(json!({
                "description": format!("{}: {}", change.assessment.subject, finding.message),
                "check_name": finding.code.code(),
                "fingerprint": super::fingerprint(change, finding),
                "severity": match finding.severity {
                    Severity::Human | Severity::Info => "info",
                    Severity::Warn => "minor",
                    Severity::Deny => "critical",
                },
                "location": {"path": path, "lines": {"begin": line}},
            }));
        }
    }
    format!("{:#}\n", serde_json::Value::Array(issues))
}
