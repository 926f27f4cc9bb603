//! Reports for a terminal: a page of wrapped lines, in colour where asked.
//!
//! Text from a change (subjects, paths, tags) may be hostile: control characters never reach the terminal.

pub mod check;
pub mod diff;
pub mod plan;

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};

use crate::policy::{Severity, Verdict};

/// Whether a page has colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Text alone.
    None,
    /// ANSI escapes.
    Ansi,
}

/// How a page is laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Layout {
    /// Columns; lines are wrapped at blanks to fit, a longer word stays whole. Less than 40 counts as 40.
    pub width: usize,
    /// Whether it has colours.
    pub colour: Colour,
}

/// The lines written so far.
struct Page {
    out: String,
    width: usize,
    colour: Colour,
}

impl Page {
    fn new(layout: Layout) -> Self {
        Self {
            out: String::new(),
            width: layout.width.max(40),
            colour: layout.colour,
        }
    }

    fn blank(&mut self) {
        if !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// A heading of one line after a blank one.
    fn heading(&mut self, title: &str, rest: &str) {
        self.blank();
        self.entry("", (title, HEADING), rest);
    }

    /// A wrapped line behind an indent; further lines are indented alike.
    fn line(&mut self, indent: &str, text: &str) {
        self.entry(indent, ("", PLAIN), text);
    }

    /// A styled label, then text, wrapped under the start of the text where there is room.
    fn entry(&mut self, indent: &str, (label, style): (&str, Style), text: &str) {
        let label = clean(label);
        let gap = if label.is_empty() || text.is_empty() {
            ""
        } else {
            "  "
        };
        let room = |used: usize| self.width.saturating_sub(used).max(20);
        let head = columns(indent) + columns(&label) + gap.len();
        let hang = if head * 3 > self.width {
            columns(indent) + 4
        } else {
            head
        };
        let lines = wrapped(&clean(text), room(head), room(hang));
        let painted = self.painted(&label, style);
        let mut lines = lines.iter();
        let first = lines.next().map_or("", String::as_str);
        let _ = writeln!(self.out, "{indent}{painted}{gap}{first}");
        for line in lines {
            let _ = writeln!(self.out, "{:hang$}{line}", "");
        }
    }

    fn painted(&self, text: &str, style: Style) -> String {
        match self.colour {
            Colour::None => text.to_owned(),
            Colour::Ansi if text.is_empty() => String::new(),
            Colour::Ansi => format!("{style}{text}{style:#}"),
        }
    }

    /// Up to `limit` rows, and how many more there are.
    fn rows<T>(&mut self, rows: &[T], limit: usize, mut write: impl FnMut(&mut Self, &T)) {
        for row in rows.iter().take(limit) {
            write(self, row);
        }
        if let Some(more) = rows.len().checked_sub(limit).filter(|more| *more > 0) {
            self.line("  ", &format!("and {more} more"));
        }
    }
}

const PLAIN: Style = Style::new();
const HEADING: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();
const GOOD: Style = AnsiColor::Green.on_default().bold();
const MIDDLING: Style = AnsiColor::Yellow.on_default().bold();
const BAD: Style = AnsiColor::Red.on_default().bold();
const QUESTION: Style = AnsiColor::Cyan.on_default().bold();

fn of_verdict(verdict: Verdict) -> (&'static str, Style) {
    match verdict {
        Verdict::Pass => ("PASS", GOOD),
        Verdict::Warn => ("WARN", MIDDLING),
        Verdict::Fail => ("FAIL", BAD),
    }
}

fn of_severity(severity: Severity) -> Style {
    match severity {
        Severity::Info => DIM,
        Severity::Warn => MIDDLING,
        Severity::Deny => BAD,
        Severity::Human => QUESTION,
    }
}

/// Control characters would let a subject write over the verdict, and so would marks that turn the direction of text.
fn clean(text: &str) -> String {
    let hides = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars()
        .map(|c| if c == '\t' { ' ' } else { c })
        .map(|c| if hides(c) { '\u{fffd}' } else { c })
        .collect()
}

/// Counts characters: East Asian wide ones count as one column.
fn columns(text: &str) -> usize {
    text.chars().count()
}

fn wrapped(text: &str, first: usize, rest: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let room = if lines.len() == 1 { first } else { rest };
        let last = lines.last_mut().expect("there is one line from the start");
        if last.is_empty() {
            last.push_str(word);
        } else if columns(last) + 1 + columns(word) <= room {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

fn yes_or_no(answer: bool) -> &'static str {
    if answer { "yes" } else { "no" }
}

/// `1 file`, `2 files`.
fn counted(count: usize, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

/// The first 12 digits of a commit's id; other ids as they are.
fn short(id: &str) -> &str {
    let is_commit = id.len() == 40 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    if is_commit { &id[..12] } else { id }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        let mut page = Page::new(Layout {
            width: 80,
            colour: Colour::None,
        });
        page.line("", "\u{1b}[2Jall is well\u{202e}\r");
        assert!(
            !page
                .out
                .trim_end_matches('\n')
                .contains(|c: char| c.is_control())
        );
        assert!(!page.out.contains('\u{202e}'));
    }

    #[test]
    fn lines_are_wrapped_at_blanks() {
        let long = "word ".repeat(40);
        let mut page = Page::new(Layout {
            width: 50,
            colour: Colour::None,
        });
        page.entry("  ", ("label", HEADING), &long);
        assert!(page.out.lines().all(|line| line.len() <= 50));
        assert_eq!(page.out.matches("word").count(), 40);
    }
}
