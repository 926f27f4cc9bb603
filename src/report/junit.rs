//! A report as JUnit XML: one suite a change, one case a finding; `deny` fails, open questions are skipped.
//!
//! A change without findings is one case that passes, so that it is seen to have been looked at.

use std::fmt::Write as _;

use crate::policy::{Finding, Severity};

use super::{ChangeReport, Report};

/// The XML text.
#[must_use]
pub fn render(report: &Report) -> String {
    let mut out =
        String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"backout\">\n");
    for change in &report.changes {
        suite(&mut out, change);
    }
    out.push_str("</testsuites>\n");
    out
}

fn suite(out: &mut String, change: &ChangeReport) {
    let findings = &change.policy.findings;
    let count = |severity| {
        findings
            .iter()
            .filter(|finding| finding.severity == severity)
            .count()
    };
    let name = format!("{} {}", change.assessment.id, change.assessment.subject);
    let _ = writeln!(
        out,
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">",
        escaped(&name),
        findings.len().max(1),
        count(Severity::Deny),
        count(Severity::Human)
    );
    if findings.is_empty() {
        let _ = writeln!(
            out,
            "    <testcase classname=\"{}\" name=\"policy\"/>",
            escaped(&change.policy.profile)
        );
    }
    for finding in findings {
        case(out, &change.policy.profile, finding);
    }
    out.push_str("  </testsuite>\n");
}

fn case(out: &mut String, profile: &str, finding: &Finding) {
    let place = finding.path.as_ref().map(|path| match finding.line {
        Some(line) => format!(" {path}:{line}"),
        None => format!(" {path}"),
    });
    let name = format!("{}{}", finding.code.code(), place.unwrap_or_default());
    let _ = write!(
        out,
        "    <testcase classname=\"{}\" name=\"{}\">",
        escaped(profile),
        escaped(&name)
    );
    let message = escaped(&finding.message);
    let detail = escaped(&format!(
        "{}\nto do: {}",
        finding.evidence.join("\n"),
        finding.remedy
    ));
    let _ = match finding.severity {
        Severity::Deny => write!(out, "<failure message=\"{message}\">{detail}</failure>"),
        Severity::Human => write!(out, "<skipped message=\"{message}\"/>"),
        Severity::Info | Severity::Warn => {
            write!(
                out,
                "<system-out>{}: {message}\n{detail}</system-out>",
                finding.severity
            )
        }
    };
    out.push_str("</testcase>\n");
}

/// Escapes for text and attributes; characters that XML 1.0 has no place for become U+FFFD.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push_str("&#10;"),
            '\t' => out.push(' '),
            '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}
