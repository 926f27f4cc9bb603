//! A report as SARIF 2.1.0, for code scanning services.
//!
//! Findings without a path point at the first file of their change, since such services show nothing without a place.
//! Open questions have kind `review` and level `none`. Source: OASIS SARIF 2.1.0.

use serde_json::{Value, json};

use crate::policy::rule::Rule;
use crate::policy::{Finding, Severity};

use super::{ChangeReport, Report};

/// The log as JSON text, with a newline at the end.
#[must_use]
pub fn render(report: &Report) -> String {
    let rule = |rule: &Rule| json!({"id": rule.code(), "shortDescription": {"text": rule.help()}});
    let results: Vec<_> = report
        .changes
        .iter()
        .flat_map(|change| {
            change
                .policy
                .findings
                .iter()
                .map(move |finding| result(change, finding))
        })
        .collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "backout",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "informationUri": env!("CARGO_PKG_REPOSITORY"),
                "rules": Rule::ALL.iter().map(rule).collect::<Vec<_>>(),
            }},
            "columnKind": "utf16CodeUnits",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn result(change: &ChangeReport, finding: &Finding) -> Value {
    let text = format!(
        "{} To do: {}.",
        super::sentence(&finding.message),
        finding.remedy
    );
    let rule_index = Rule::ALL.iter().position(|rule| *rule == finding.code);
    let mut result = json!({
        "ruleId": finding.code.code(),
        "ruleIndex": rule_index,
        "kind": if finding.severity == Severity::Human { "review" } else { "fail" },
        "level": match finding.severity {
            Severity::Human => "none",
            Severity::Info => "note",
            Severity::Warn => "warning",
            Severity::Deny => "error",
        },
        "message": {"text": text},
        "partialFingerprints": {"backout/v1": super::fingerprint(change, finding)},
        "properties": {
            "change": change.assessment.id,
            "profile": change.policy.profile,
            "evidence": finding.evidence,
        },
    });
    if let Some((path, line)) = super::place(change, finding) {
        result["locations"] = json!([{"physicalLocation": {
            "artifactLocation": {"uri": uri(path), "uriBaseId": "%SRCROOT%"},
            "region": {"startLine": line},
        }}]);
    }
    result
}

/// A path as a relative URI reference (RFC 3986).
fn uri(path: &str) -> String {
    let keeps = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/+@,".contains(&byte);
    path.bytes()
        .map(|byte| {
            if keeps(byte) {
                char::from(byte).to_string()
            } else {
                format!("%{byte:02X}")
            }
        })
        .collect()
}
