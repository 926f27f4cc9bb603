//! `plan` on a terminal: the outcome first, then every place in the way, then what has to go along.

use super::super::plan::{CascadeRow, PlanAnswer, PlanReport};
use super::{BAD, DIM, GOOD, Layout, MIDDLING, Page, counted, short};

/// At most so many rows of one list; the JSON has them all.
const ROWS: usize = 40;

/// The whole plan.
#[must_use]
pub fn render(report: &PlanReport, layout: Layout) -> String {
    let mut page = Page::new(layout);
    let plan = &report.answer;
    outcome(&mut page, plan);
    conflicts(&mut page, plan);
    build_conflicts(&mut page, plan);
    resolved(&mut page, plan);
    cascade(&mut page, plan);
    written(&mut page, report);
    super::check::notes(&mut page, &plan.notes);
    page.out
}

fn outcome(page: &mut Page, plan: &PlanAnswer) {
    let (style, meaning) = match plan.outcome {
        "absent" => (GOOD, "nothing of it is left at the target"),
        "clean" if plan.depth == "text" => (
            GOOD,
            "git backs it out without conflict; the build was not checked",
        ),
        "clean" => (GOOD, "git backs it out, and every use still resolves"),
        "resolved" => (
            MIDDLING,
            "git reports a conflict; the syntax-aware merge has one answer",
        ),
        "build-conflict" => (
            BAD,
            "git backs it out, and the result would not compile or link",
        ),
        _ => (BAD, "git reports a conflict"),
    };
    let commits: Vec<_> = plan.commits.iter().map(|id| short(id)).collect();
    page.entry("", (plan.outcome, style), meaning);
    let text = format!("{} at {}", commits.join(" "), short(&plan.at));
    page.entry("  ", ("back out", DIM), &text);
    if let Some(tree) = &plan.tree {
        page.entry("  ", ("tree", DIM), tree);
    }
}

fn written(page: &mut Page, report: &PlanReport) {
    let Some(written) = &report.written else {
        return;
    };
    page.heading("Written", "");
    if let Some(branch) = &written.branch {
        let text = format!("{branch}, {}", counted(written.commits.len(), "commit"));
        page.entry("  ", ("branch", DIM), &text);
    }
    for mail in &written.mails {
        page.entry("  ", ("mail", DIM), mail);
    }
}

fn conflicts(page: &mut Page, plan: &PlanAnswer) {
    if plan.conflicts.is_empty() {
        return;
    }
    page.heading("Conflicts", &counted(plan.conflicts.len(), "path"));
    page.rows(&plan.conflicts, ROWS, |page, row| {
        let hunks = if row.hunks > 0 {
            format!(", {}", counted(row.hunks as usize, "hunk"))
        } else {
            String::new()
        };
        page.line("  ", &format!("{}: {}{hunks}", row.path, row.kind));
        if !row.commits.is_empty() {
            let commits: Vec<_> = row.commits.iter().map(|id| short(id)).collect();
            page.entry("    ", ("in the way", DIM), &commits.join(" "));
        }
    });
}

fn build_conflicts(page: &mut Page, plan: &PlanAnswer) {
    if plan.build_conflicts.is_empty() {
        return;
    }
    page.heading(
        "Would not build",
        &counted(plan.build_conflicts.len(), "place"),
    );
    page.rows(&plan.build_conflicts, ROWS, |page, row| {
        page.line("  ", &format!("{}:{}: {}", row.path, row.line, row.because));
        let by = row.introduced_by.as_deref().map(short);
        let text = by.map_or(row.symbol.clone(), |by| {
            format!("{}, brought in by {by}", row.symbol)
        });
        page.entry("    ", (row.kind, DIM), &text);
    });
}

fn resolved(page: &mut Page, plan: &PlanAnswer) {
    if plan.resolved.is_empty() {
        return;
    }
    page.heading("Resolved", "by syntax");
    page.rows(&plan.resolved, ROWS, |page, row| {
        page.line("  ", &format!("{}: {}", row.path, row.how));
    });
}

fn cascade(page: &mut Page, plan: &PlanAnswer) {
    if plan.depth != "cascade" {
        return;
    }
    let Some(cascade) = &plan.cascade else {
        page.heading("Has to go along", "not known, the notes say why");
        return;
    };
    if cascade.is_empty() {
        page.heading("Has to go along", "nothing");
        return;
    }
    page.heading("Has to go along", &company(cascade));
    page.rows(cascade, ROWS, |page, row| {
        let own = if row.own_series { " [own series]" } else { "" };
        let disclosed = if row.disclosed {
            " [discloses AI use]"
        } else {
            ""
        };
        let text = format!("{}{own}{disclosed}", row.subject);
        page.entry("  ", (short(&row.commit), DIM), &text);
        for because in &row.because {
            page.line("      ", because);
        }
    });
}

/// How many commits, those of the own series and those that disclose AI use apart.
fn company(cascade: &[CascadeRow]) -> String {
    let count = |wanted: fn(&CascadeRow) -> bool| cascade.iter().filter(|row| wanted(row)).count();
    let (own, disclosed) = (count(|row| row.own_series), count(|row| row.disclosed));
    let mut text = counted(cascade.len(), "commit");
    let mut apart = Vec::new();
    if own > 0 {
        apart.push(format!("{own} of its own series"));
    }
    if disclosed > 0 {
        apart.push(format!("{disclosed} with AI use disclosed"));
    }
    if !apart.is_empty() {
        text.push_str(&format!(" ({})", apart.join(", ")));
    }
    text.push_str(", newest first");
    text
}
