//! `check` on a terminal: the verdict first, then what a maintainer asks next, on about one page a change.

use super::super::{ChangeReport, DisclosureRow, Report, ScoreRow};
use super::{
    BAD, DIM, GOOD, HEADING, Layout, MIDDLING, PLAIN, Page, QUESTION, counted, of_severity,
    of_verdict, short, yes_or_no,
};
use crate::policy::{Finding, Severity};

/// At most so many rows of one list; the JSON has them all.
const ROWS: usize = 12;

/// The whole report; a series opens with one line a change.
#[must_use]
pub fn render(report: &Report, layout: Layout) -> String {
    let mut page = Page::new(layout);
    if report.changes.len() != 1 {
        overview(&mut page, report);
    }
    for change in &report.changes {
        page.blank();
        verdict(&mut page, change);
        score(&mut page, &change.assessment.score);
        touches(&mut page, change);
        surface(&mut page, change);
        impact(&mut page, change);
        disclosure(&mut page, &change.disclosure);
        findings(&mut page, &change.policy.findings);
        notes(&mut page, &change.notes);
    }
    page.out
}

fn overview(page: &mut Page, report: &Report) {
    let (word, style) = of_verdict(report.verdict);
    page.entry("", (word, style), &counted(report.changes.len(), "change"));
    for change in &report.changes {
        let found = &change.assessment;
        let text = format!(
            "{:>3.0}  {:15}  {}  {}",
            found.score.value,
            found.category.name,
            short(&found.id),
            found.subject
        );
        page.entry("  ", of_verdict(change.policy.verdict), &text);
    }
    page.rows(&report.series.depends, ROWS, |page, depends| {
        let text = format!(
            "{} needs {}: {}",
            short(&depends.from),
            short(&depends.to),
            depends.because.join("; ")
        );
        page.line("  ", &text);
    });
}

fn verdict(page: &mut Page, change: &ChangeReport) {
    let found = &change.assessment;
    let title = format!("{}  {}", short(&found.id), found.subject);
    page.entry("", of_verdict(change.policy.verdict), &title);
    page.entry("      ", ("policy", DIM), &change.policy.profile);
    let why = found.category.evidence.split_first();
    let (first, rest) = why.map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    page.entry("      ", (found.category.name, HEADING), first);
    page.rows(rest, ROWS, |page, why| page.line("        ", why));
}

fn score(page: &mut Page, score: &ScoreRow) {
    let text = format!(
        "{:.0} of 100: probability {:.3} that it still comes out clean after {} days (90 % interval of the estimate: {:.2} to {:.2}; model {})",
        score.value,
        score.probability,
        score.horizon_days,
        score.band[0],
        score.band[1],
        score.model
    );
    page.heading("Revertibility", &text);
    contributions(page, score);
    let with_series = score
        .with_series
        .map_or("not known".to_owned(), |probability| {
            format!("{probability:.3}")
        });
    let free = score.free_of_series.map_or("not known", yes_or_no);
    page.line(
        "  ",
        &format!("with its series: {with_series}; comes out of its own series today: {free}"),
    );
}

/// The rows are rounded so that they add up to the rounded total: each is the step between two rounded partial sums.
fn contributions(page: &mut Page, score: &ScoreRow) {
    let mut total = 0.0;
    for row in &score.contributions {
        let before = rounded(total);
        total += row.log_odds;
        let step = rounded(total) - before + 0.0; // never -0.00
        let style = if step < 0.0 { MIDDLING } else { PLAIN };
        let label = format!("{step:+6.2}");
        let text = match row.feature.as_str() {
            "baseline" => row.feature.clone(),
            feature => format!("{feature} = {}", trimmed(row.value)),
        };
        page.entry("  ", (&label, style), &text);
    }
    let label = format!("{:+6.2}", rounded(total));
    page.entry(
        "  ",
        (&label, HEADING),
        "sum, the log-odds of the probability",
    );
}

fn rounded(value: f64) -> f64 {
    (value * 100.0).round() / 100.0
}

fn trimmed(value: f64) -> String {
    let text = format!("{value:.2}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

fn touches(page: &mut Page, change: &ChangeReport) {
    let found = &change.assessment;
    let summary = format!(
        "{}, {}",
        counted(found.files.len(), "file"),
        counted(found.symbols.len(), "symbol")
    );
    page.heading("Touches", &summary);
    page.rows(&found.files, ROWS, |page, file| {
        let from = file.from.as_ref().map(|from| format!(" (was {from})"));
        let text = format!(
            "+{} -{}  {}{}",
            file.added,
            file.deleted,
            file.path,
            from.unwrap_or_default()
        );
        page.entry("  ", (&format!("{:8}", file.status), DIM), &text);
    });
    let mut symbols: Vec<_> = found.symbols.iter().collect();
    symbols.sort_by_key(|symbol| gravity(&symbol.change));
    page.rows(&symbols, ROWS, |page, symbol| {
        let text = format!(
            "{} {}  {}:{}",
            symbol.kind, symbol.name, symbol.file, symbol.line
        );
        page.entry("  ", (&format!("{:8}", symbol.change), DIM), &text);
    });
}

/// How grave it is for a back-out that a symbol changed so, gravest first: what others come to depend on or lose, then
/// what they only run, then what no code sees.
fn gravity(change: &str) -> usize {
    const ORDER: [&str; 16] = [
        "removed",
        "signature",
        "layout",
        "renamed",
        "added",
        "linkage",
        "value",
        "moved",
        "body",
        "attributes",
        "declaration",
        "with-struct",
        "follows",
        "reordered",
        "comment-only",
        "whitespace-only",
    ];
    ORDER
        .iter()
        .position(|known| *known == change)
        .unwrap_or(ORDER.len())
}

fn surface(page: &mut Page, change: &ChangeReport) {
    let surface = &change.assessment.surface;
    if surface.is_empty() {
        page.heading("Surface", "offers nothing new to depend on");
        return;
    }
    page.heading("Surface", "what it newly offers for others to depend on");
    page.rows(surface, ROWS, |page, row| {
        let mark = if row.irreversible {
            ("outlives a revert", BAD)
        } else {
            ("reversible", DIM)
        };
        page.entry("  ", mark, &format!("{} {}", row.kind, row.symbol));
    });
}

fn impact(page: &mut Page, change: &ChangeReport) {
    let impact = &change.assessment.impact;
    let text = format!(
        "{} changed; {} depend on them directly, {} within the distance limit, in {}; weighted {:.1}",
        counted(impact.starting as usize, "symbol"),
        impact.direct,
        impact.estimated,
        counted(impact.files as usize, "file"),
        impact.weighted
    );
    page.heading("Impact", &text);
    page.rows(&impact.top, ROWS, |page, row| {
        let text = format!("{}  {}:{}  {}", row.symbol, row.file, row.line, row.via);
        page.entry("  ", (&row.distance.to_string(), DIM), &text);
    });
}

fn disclosure(page: &mut Page, rows: &[DisclosureRow]) {
    if rows.is_empty() {
        page.heading("Disclosure", "none; undisclosed use cannot be seen");
        return;
    }
    page.heading("Disclosure", "as the author wrote it");
    page.rows(rows, ROWS, |page, row| {
        let place = if row.in_trailer_block {
            ""
        } else {
            "  (outside the trailer block)"
        };
        let text = format!("{}: {}{place}", row.tag, row.value);
        page.entry("  ", (&format!("line {}", row.line), DIM), &text);
    });
}

fn findings(page: &mut Page, findings: &[Finding]) {
    let is_open = |finding: &&Finding| finding.severity == Severity::Human;
    let (open, found): (Vec<_>, Vec<_>) = findings.iter().partition(is_open);
    if found.is_empty() {
        page.heading("Findings", "none");
    } else {
        page.heading("Findings", "");
    }
    for finding in found {
        write_finding(page, finding);
    }
    if open.is_empty() {
        return;
    }
    page.heading("Open questions", "for a person; never counted as answered");
    for question in open {
        page.entry("  ", ("?", QUESTION), &question.message);
    }
}

fn write_finding(page: &mut Page, finding: &Finding) {
    let place = match (&finding.path, finding.line) {
        (Some(path), Some(line)) => format!("{path}:{line}: "),
        (Some(path), None) => format!("{path}: "),
        (None, Some(line)) => format!("message line {line}: "),
        (None, None) => String::new(),
    };
    let label = finding.severity.to_string();
    let text = format!("{}: {place}{}", finding.code.code(), finding.message);
    page.entry(
        "  ",
        (&format!("{label:5}"), of_severity(finding.severity)),
        &text,
    );
    for seen in &finding.evidence {
        page.entry("         ", ("seen", DIM), seen);
    }
    page.entry("         ", ("to do", GOOD), &finding.remedy);
}

pub(super) fn notes(page: &mut Page, notes: &[String]) {
    if notes.is_empty() {
        return;
    }
    page.heading("Notes", "what makes this answer weaker");
    page.rows(notes, ROWS, |page, note| page.entry("  ", ("-", DIM), note));
}
