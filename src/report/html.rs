//! A report as one self-contained page: no script, no font, no picture from elsewhere; readable in the dark and on paper.
//!
//! What comes from the change is escaped, and the page forbids itself to load anything.

use std::fmt::Write as _;

use crate::policy::{Finding, Severity, Verdict};

use super::{ChangeReport, ContributionRow, Report};

/// At most so many rows a table; the JSON has them all.
const ROWS: usize = 200;

const HEAD: &str = "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">
<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">
<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">
<style>
:root{color-scheme:light dark}
body{font:15px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;padding:0 1rem}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1rem}
th,td{text-align:left;vertical-align:top;padding:.2rem .6rem;border-bottom:1px solid #8884}
td.n{text-align:right;font-variant-numeric:tabular-nums}
code{font:13px ui-monospace,monospace;overflow-wrap:anywhere}
.pass,.info{color:#2a7d3c}.warn{color:#a86400}.fail,.deny{color:#c0262d}.human{color:#5b5bd6}
.tag{font-weight:600}
.bar{display:inline-block;height:.7em;background:#2a7d3c}.bar.minus{background:#c0262d}
details{margin:1rem 0;border:1px solid #8884;border-radius:6px;padding:.5rem 1rem}
summary{cursor:pointer;font-weight:600}
small{opacity:.75}
</style>
";

/// The page.
#[must_use]
pub fn render(report: &Report) -> String {
    let mut out = HEAD.to_owned();
    let name = escaped(&report.repo.name);
    let _ = writeln!(
        out,
        "<title>backout: {name}: {}</title>\n</head>\n<body>",
        report.verdict
    );
    let _ = writeln!(out, "<h1>{name}: {}</h1>", tag(report.verdict));
    if let Some(at) = &report.repo.at {
        let _ = writeln!(out, "<p>at <code>{}</code></p>", escaped(at));
    }
    overview(&mut out, report);
    for change in &report.changes {
        details(&mut out, change);
    }
    out.push_str("</body>\n</html>\n");
    out
}

fn tag(verdict: Verdict) -> String {
    format!("<span class=\"tag {verdict}\">{verdict}</span>")
}

fn overview(out: &mut String, report: &Report) {
    let rows = report.changes.iter().enumerate().map(|(number, change)| {
        let found = &change.assessment;
        vec![
            tag(change.policy.verdict),
            format!("<a href=\"#c{number}\">{}</a>", escaped(&found.subject)),
            found.category.name.to_owned(),
            number_cell(format!("{:.0}", found.score.value)),
            number_cell(found.impact.estimated.to_string()),
        ]
    });
    table(
        out,
        &["verdict", "change", "category", "score", "impact"],
        rows,
    );
    let depends = report.series.depends.iter().map(|row| {
        vec![
            code(&row.from),
            code(&row.to),
            escaped(&row.because.join(", ")),
        ]
    });
    if !report.series.depends.is_empty() {
        out.push_str("<h2>What depends on what</h2>\n");
        table(out, &["change", "needs", "because"], depends);
    }
}

fn details(out: &mut String, change: &ChangeReport) {
    let found = &change.assessment;
    let anchor = out.matches("<details").count();
    let open = if change.policy.verdict == Verdict::Pass {
        ""
    } else {
        " open"
    };
    let _ = writeln!(
        out,
        "<details id=\"c{anchor}\"{open}>\n<summary>{} {}</summary>\n<p><code>{}</code>, {}; policy {}</p>",
        tag(change.policy.verdict),
        escaped(&found.subject),
        escaped(&found.id),
        escaped(&found.author_date),
        escaped(&change.policy.profile)
    );
    let why = found.category.evidence.iter().map(|why| escaped(why));
    let why = why.collect::<Vec<_>>().join("<br>");
    let _ = writeln!(out, "<p><b>{}</b><br>{why}</p>", found.category.name);
    findings(out, &change.policy.findings);
    score(out, change);
    touched(out, change);
    for note in &change.notes {
        let _ = writeln!(out, "<p><small>{}</small></p>", escaped(note));
    }
    out.push_str("</details>\n");
}

fn findings(out: &mut String, findings: &[Finding]) {
    let rows = findings.iter().map(|finding| {
        let class = if finding.severity == Severity::Human {
            "question"
        } else {
            ""
        };
        let place = finding.path.as_ref().map(|path| match finding.line {
            Some(line) => code(&format!("{path}:{line}")),
            None => code(path),
        });
        let evidence = finding.evidence.iter().map(|seen| escaped(seen));
        vec![
            format!(
                "<span class=\"tag {0} {class}\">{0}</span>",
                finding.severity
            ),
            format!("<code>{}</code>", finding.code.code()),
            format!(
                "{} {}<br><small>{}<br>To do: {}</small>",
                escaped(&finding.message),
                place.unwrap_or_default(),
                evidence.collect::<Vec<_>>().join("<br>"),
                escaped(&finding.remedy)
            ),
        ]
    });
    table(out, &["", "rule", "what"], rows);
}

fn score(out: &mut String, change: &ChangeReport) {
    let score = &change.assessment.score;
    let _ = writeln!(
        out,
        "<h3>Revertibility {:.0} of 100</h3>\n<p>probability {:.3} ({:.2} to {:.2}) after {} days; model {}</p>",
        score.value,
        score.probability,
        score.band[0],
        score.band[1],
        score.horizon_days,
        escaped(&score.model)
    );
    let rows = score.contributions.iter().map(|row| {
        vec![
            escaped(&row.feature),
            number_cell(format!("{}", row.value)),
            number_cell(format!("{:+.2}", row.log_odds)),
            bar(row),
        ]
    });
    table(out, &["feature", "value", "log-odds", ""], rows);
}

fn bar(row: &ContributionRow) -> String {
    let class = if row.log_odds < 0.0 {
        "bar minus"
    } else {
        "bar"
    };
    let width = (row.log_odds.abs() * 4.0).min(20.0);
    format!("<span class=\"{class}\" style=\"width:{width:.1}em\"></span>")
}

fn touched(out: &mut String, change: &ChangeReport) {
    let found = &change.assessment;
    let files = found.files.iter().map(|file| {
        vec![
            file.status.to_owned(),
            code(&file.path),
            number_cell(format!("+{} -{}", file.added, file.deleted)),
        ]
    });
    table(out, &["file", "", ""], files);
    let symbols = found.symbols.iter().map(|symbol| {
        vec![
            escaped(&symbol.change),
            escaped(&symbol.kind),
            code(&symbol.name),
            code(&format!("{}:{}", symbol.file, symbol.line)),
        ]
    });
    table(out, &["symbol", "", "", ""], symbols);
    let surface = found.surface.iter().map(|row| {
        let lasts = if row.irreversible {
            "outlives a revert"
        } else {
            ""
        };
        vec![escaped(&row.kind), code(&row.symbol), lasts.to_owned()]
    });
    table(out, &["surface", "", ""], surface);
    let impact = found.impact.top.iter().map(|row| {
        vec![
            code(&row.symbol),
            code(&format!("{}:{}", row.file, row.line)),
            number_cell(row.distance.to_string()),
            escaped(&row.via),
        ]
    });
    table(out, &["depends on it", "", "distance", "via"], impact);
}

/// A table of cells that are HTML already; nothing where there is no row.
fn table(out: &mut String, heads: &[&str], rows: impl Iterator<Item = Vec<String>>) {
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return;
    }
    let heads: String = heads
        .iter()
        .map(|head| format!("<th>{head}</th>"))
        .collect();
    let _ = writeln!(out, "<table>\n<tr>{heads}</tr>");
    for cells in rows.by_ref().take(ROWS) {
        let cell = |cell: String| match cell.strip_prefix(NUMBER) {
            Some(number) => format!("<td class=\"n\">{number}</td>"),
            None => format!("<td>{cell}</td>"),
        };
        let cells: String = cells.into_iter().map(cell).collect();
        let _ = writeln!(out, "<tr>{cells}</tr>");
    }
    let more = rows.count();
    if more > 0 {
        let _ = writeln!(out, "<tr><td>and {more} more</td></tr>");
    }
    out.push_str("</table>\n");
}

/// Marks a cell to be set right; no text of a change gets into a cell without being escaped, so none starts so.
const NUMBER: char = '\u{1}';

fn number_cell(text: String) -> String {
    format!("{NUMBER}{text}")
}

fn code(text: &str) -> String {
    format!("<code>{}</code>", escaped(text))
}

fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out
}
