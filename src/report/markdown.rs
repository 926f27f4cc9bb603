//! A report as Markdown, for a comment on a pull request or a mail: the verdict, a table, the findings.
//!
//! What comes from the change is escaped: no link, no mention and no HTML of an author's gets into the comment.

use std::fmt::Write as _;

use crate::policy::{Finding, Severity, Verdict};

use super::{ChangeReport, Report};

/// At most so many findings a change; the JSON has them all.
const FINDINGS: usize = 25;

/// The comment.
#[must_use]
pub fn render(report: &Report) -> String {
    let mut out = format!("## backout: {}\n\n", word(report.verdict));
    out.push_str(
        "| verdict | change | category | score | estimated impact |\n|---|---|---|---:|---:|\n",
    );
    for change in &report.changes {
        let found = &change.assessment;
        let _ = writeln!(
            out,
            "| {} | {} {} | {} | {:.0} | {} |",
            word(change.policy.verdict),
            escaped(&found.id.chars().take(12).collect::<String>()),
            escaped(&found.subject),
            found.category.name,
            found.score.value,
            found.impact.estimated
        );
    }
    for change in &report.changes {
        section(&mut out, change);
    }
    out
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Pass => "pass",
        Verdict::Warn => "**warn**",
        Verdict::Fail => "**FAIL**",
    }
}

fn section(out: &mut String, change: &ChangeReport) {
    let found = &change.assessment;
    let _ = writeln!(out, "\n### {}\n", escaped(&found.subject));
    let why = found.category.evidence.iter().map(|why| escaped(why));
    let _ = writeln!(
        out,
        "Policy {}; category {}: {}.  \nRevertibility {:.0} of 100 after {} days.",
        escaped(&change.policy.profile),
        found.category.name,
        why.collect::<Vec<_>>().join("; "),
        found.score.value,
        found.score.horizon_days
    );
    let is_open = |finding: &&Finding| finding.severity == Severity::Human;
    let (open, findings): (Vec<_>, Vec<_>) = change.policy.findings.iter().partition(is_open);
    list(out, "Findings", &findings, |finding| {
        let place = finding.path.as_ref().map(|path| {
            let line = finding.line.map(|line| format!(":{line}"));
            format!("{}{}: ", escaped(path), line.unwrap_or_default())
        });
        format!(
            "**{}** {}: {}{} *To do: {}.*",
            finding.severity,
            finding.code.code(),
            place.unwrap_or_default(),
            super::sentence(&escaped(&finding.message)),
            escaped(&finding.remedy)
        )
    });
    list(out, "Open questions for a person", &open, |finding| {
        escaped(&finding.message)
    });
    let notes: Vec<_> = change.notes.iter().collect();
    list(out, "Notes", &notes, |note| escaped(note));
}

fn list<T>(out: &mut String, title: &str, rows: &[T], row: impl Fn(&T) -> String) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{title}:\n");
    for entry in rows.iter().take(FINDINGS) {
        let _ = writeln!(out, "- {}", row(entry));
    }
    if rows.len() > FINDINGS {
        let _ = writeln!(out, "- and {} more", rows.len() - FINDINGS);
    }
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '#' | '~' | '!' => {
                out.push('\\');
                out.push(c);
            }
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            // A mention would send mail to whoever is mentioned; a bare address would become a link.
            '@' => out.push_str("&#64;"),
            ':' => out.push_str("&#58;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
