//! `diff` on a terminal: file by file, symbol by symbol, the changed tokens in colour; side by side where it is wide.
//!
//! Shows whole lines of a symbol with the lines around them. What merely follows a new name or stands elsewhere is named
//! and not shown. Text is shown as it is but for tabs, which end at columns of eight, and control characters.

mod lines;

use anstyle::{AnsiColor, Style};

use super::{DIM, HEADING, Layout, Page, counted};
use crate::change::hunks::{self, LineRange};
use crate::symbol_diff::{Facet, SourcePair, Symbol, SymbolChange, SymbolChanges};
use crate::text::{BeforeAfter, FilePath, LineIndex, LineNumber, Span};

use lines::{Line, Segment};

/// From this width on both sides stand beside each other: two columns of 60 and their line numbers.
const SIDE_BY_SIDE: usize = 140;

/// Unchanged lines shown before and after changed ones.
const AROUND: u32 = 2;

/// Lines shown of a symbol that is new or gone.
const HEAD: u32 = 8;

const GONE: Style = AnsiColor::Red.on_default();
const CAME: Style = AnsiColor::Green.on_default();

/// The whole diff; `pairs` are the sources that `changes` was made from.
#[must_use]
pub fn render(changes: &SymbolChanges, pairs: &[SourcePair<'_>], layout: Layout) -> String {
    let mut page = Page::new(layout);
    let label = changes
        .label
        .map_or("no C file changed", |label| label.name());
    page.entry("", (label, HEADING), "");
    let mut sources = Sources::of(pairs);
    let mut file = None;
    let with_struct = |change: &&SymbolChange| change.facets == [Facet::WithStruct];
    for change in changes.shown().filter(|change| !with_struct(change)) {
        let path = &change.symbol().file;
        if file != Some(path) {
            page.heading(&path.to_text(), "");
            file = Some(path);
        }
        title(&mut page, change);
        if let Some(view) = SymbolView::of(change, &mut sources) {
            view.write(&mut page);
        }
    }
    for note in &changes.notes {
        page.entry("", ("note", DIM), note);
    }
    page.out
}

fn title(page: &mut Page, change: &SymbolChange) {
    let symbol = change.symbol();
    let parent = symbol
        .parent
        .as_ref()
        .map_or(String::new(), |parent| format!("{parent}."));
    let what: Vec<String> = change
        .facets
        .iter()
        .map(|facet| told(*facet, change))
        .collect();
    let counts = change
        .sides
        .as_ref()
        .map(|side| side.as_ref().map_or(0, |symbol| symbol.changed.len()));
    let mut text = format!("{}, line {}", what.join(", "), symbol.line);
    if counts.before + counts.after > 0 {
        let tokens = counted(counts.before + counts.after, "token");
        text.push_str(&format!(
            ", {tokens} (-{} +{})",
            counts.before, counts.after
        ));
    }
    let name = format!("{} {parent}{}", symbol.kind.name(), symbol.written_name());
    page.entry("  ", (&name, HEADING), &text);
}

/// A facet in words, with what the symbol was or where it came from.
fn told(facet: Facet, change: &SymbolChange) -> String {
    match (facet, &change.sides.before) {
        (Facet::Renamed, Some(before)) => format!("renamed from {}", before.written_name()),
        (Facet::Moved, Some(before)) => format!("moved from {}", before.file),
        (Facet::Follows, _) => "follows a new name".to_owned(),
        _ => facet.name().to_owned(),
    }
}

/// The sources by path, and their lines once they are asked for.
struct Sources<'p> {
    pairs: &'p [SourcePair<'p>],
    lines: Vec<BeforeAfter<Option<LineIndex>>>,
}

impl<'p> Sources<'p> {
    fn of(pairs: &'p [SourcePair<'p>]) -> Self {
        let lines = pairs.iter().map(|_| BeforeAfter::default()).collect();
        Self { pairs, lines }
    }

    fn before(&mut self, path: &FilePath) -> Option<Source<'_>> {
        let at = self
            .pairs
            .iter()
            .position(|pair| pair.paths.before == Some(path))?;
        let bytes = self.pairs[at].sources.before;
        let lines = self.lines[at]
            .before
            .get_or_insert_with(|| LineIndex::of(bytes));
        Some(Source { bytes, lines })
    }

    fn after(&mut self, path: &FilePath) -> Option<Source<'_>> {
        let at = self
            .pairs
            .iter()
            .position(|pair| pair.paths.after == Some(path))?;
        let bytes = self.pairs[at].sources.after;
        let lines = self.lines[at]
            .after
            .get_or_insert_with(|| LineIndex::of(bytes));
        Some(Source { bytes, lines })
    }
}

struct Source<'s> {
    bytes: &'s [u8],
    lines: &'s LineIndex,
}

/// The lines of a symbol on one side.
#[derive(Default)]
struct Side {
    first: u32,
    lines: Vec<Line>,
    bytes: Vec<u8>,
}

impl Side {
    fn of(symbol: Option<&Symbol>, source: Option<Source<'_>>) -> Self {
        let (Some(symbol), Some(source)) = (symbol, source) else {
            return Self::default();
        };
        let first = source.lines.line(symbol.span.start).0;
        let last = source
            .lines
            .line(symbol.span.end.max(symbol.span.start + 1) - 1)
            .0;
        let start = |line: u32| source.lines.start(LineNumber(line));
        let end_of = |line: u32| start(line + 1).unwrap_or(crate::text::offset(source.bytes.len()));
        let span = |line: u32| start(line).map(|start| Span::new(start, end_of(line)));
        let lines = (first..=last).filter_map(span);
        Self {
            first,
            lines: lines
                .map(|line| Line::of(line, source.bytes, &symbol.changed))
                .collect(),
            bytes: start(first)
                .map(|start| Span::new(start, end_of(last)).of(source.bytes).to_vec())
                .unwrap_or_default(),
        }
    }
}

/// A changed symbol, ready to be laid out.
struct SymbolView {
    sides: BeforeAfter<Side>,
    hunks: Vec<BeforeAfter<LineRange>>,
}

impl SymbolView {
    /// `None` for what needs no showing.
    fn of(change: &SymbolChange, sources: &mut Sources<'_>) -> Option<Self> {
        let told = [Facet::Follows, Facet::Reordered];
        if change.facets.iter().all(|facet| told.contains(facet)) {
            return None;
        }
        let BeforeAfter { before, after } = change.sides.as_ref().map(Option::as_ref);
        let before = Side::of(
            before,
            before.and_then(|symbol| sources.before(&symbol.file)),
        );
        let after = Side::of(after, after.and_then(|symbol| sources.after(&symbol.file)));
        let sides = BeforeAfter { before, after };
        let hunks = hunks::between(sides.as_ref().map(|side| &side.bytes[..]));
        Some(Self { sides, hunks })
    }

    fn write(&self, page: &mut Page) {
        let mut shown = BeforeAfter {
            before: 0,
            after: 0,
        };
        for (at, hunk) in self.hunks.iter().enumerate() {
            let ranges = hunk.as_ref().map(|range| {
                let start = range.first.0 - 1;
                start..start + range.count
            });
            let from = ranges.after.start.saturating_sub(AROUND).max(shown.after);
            self.context(page, from..ranges.after.start, &ranges);
            self.hunk(page, &ranges);
            shown = ranges.map(|range| range.end);
            let next = self.hunks.get(at + 1).map(|next| next.after.first.0 - 1);
            let end = crate::text::offset(self.sides.after.lines.len());
            let until = (shown.after + AROUND).min(next.unwrap_or(end));
            let after_hunk = BeforeAfter {
                before: shown.before..shown.before,
                after: shown.after..shown.after,
            };
            self.context(page, shown.after..until, &after_hunk);
            shown.after = shown.after.max(until);
        }
    }

    /// Lines that both sides have, counted on the after side; `near` is where both sides are known to meet.
    fn context(&self, page: &mut Page, lines: std::ops::Range<u32>, near: &Ranges) {
        for at in lines {
            let before = (near.before.start + at).checked_sub(near.after.start);
            let side = |side: &Side, at: Option<u32>| {
                let line = side.lines.get(at? as usize)?.clone();
                Some((side.first + at?, line))
            };
            let after = side(&self.sides.after, Some(at));
            let before = side(&self.sides.before, before);
            page.both(before, after, Kind::Same);
        }
    }

    fn hunk(&self, page: &mut Page, ranges: &Ranges) {
        let lines = |side: &Side, range: &std::ops::Range<u32>| {
            let limit = if ranges.before.is_empty() || ranges.after.is_empty() {
                HEAD
            } else {
                u32::MAX
            };
            let shown = range.clone().take(limit as usize);
            let lines = shown
                .filter_map(|at| Some((side.first + at, side.lines.get(at as usize)?.clone())));
            let more = (range.len()).saturating_sub(limit as usize);
            (lines.collect::<Vec<_>>(), more)
        };
        let (before, more_before) = lines(&self.sides.before, &ranges.before);
        let (after, more_after) = lines(&self.sides.after, &ranges.after);
        page.hunk(before, after);
        if more_before + more_after > 0 {
            page.line(
                "         ",
                &format!("and {}", counted(more_before + more_after, "more line")),
            );
        }
    }
}

type Ranges = BeforeAfter<std::ops::Range<u32>>;
type Numbered = (u32, Line);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Same,
    Gone,
    Came,
}

impl Kind {
    fn sign(self) -> char {
        match self {
            Self::Same => ' ',
            Self::Gone => '-',
            Self::Came => '+',
        }
    }

    fn style(self) -> Style {
        match self {
            Self::Same => DIM,
            Self::Gone => GONE,
            Self::Came => CAME,
        }
    }
}

impl Page {
    /// One line on both sides; one of them where they stand below each other.
    fn both(&mut self, before: Option<Numbered>, after: Option<Numbered>, kind: Kind) {
        if self.width >= SIDE_BY_SIDE {
            self.beside(
                before.map(|line| (line, kind)),
                after.map(|line| (line, kind)),
            );
        } else if let Some(line) = after.or(before) {
            self.below(&line, kind);
        }
    }

    fn hunk(&mut self, before: Vec<Numbered>, after: Vec<Numbered>) {
        if self.width < SIDE_BY_SIDE {
            before.iter().for_each(|line| self.below(line, Kind::Gone));
            after.iter().for_each(|line| self.below(line, Kind::Came));
            return;
        }
        let count = before.len().max(after.len());
        let (mut before, mut after) = (before.into_iter(), after.into_iter());
        for _ in 0..count {
            let before = before.next().map(|line| (line, Kind::Gone));
            let after = after.next().map(|line| (line, Kind::Came));
            self.beside(before, after);
        }
    }

    fn below(&mut self, (number, line): &Numbered, kind: Kind) {
        let room = self.width.saturating_sub(11);
        for row in self.cells(*number, line, kind, room) {
            let text = row.text.trim_end();
            self.out.push_str("  ");
            self.out.push_str(text);
            self.out.push('\n');
        }
    }

    fn beside(&mut self, before: Option<(Numbered, Kind)>, after: Option<(Numbered, Kind)>) {
        let column = (self.width - 7) / 2;
        let rows = |page: &Self, side: Option<(Numbered, Kind)>| {
            side.map_or(Vec::new(), |((number, line), kind)| {
                page.cells(number, &line, kind, column - 9)
            })
        };
        let (before, after) = (rows(self, before), rows(self, after));
        for at in 0..before.len().max(after.len()) {
            let (left, used) = before
                .get(at)
                .map_or(("", 0), |row| (&row.text[..], row.columns));
            let right = after.get(at).map_or("", |row| &row.text[..]);
            let gap = " ".repeat(column.saturating_sub(used));
            let row = format!("  {left}{gap} | {right}");
            self.out.push_str(row.trim_end());
            self.out.push('\n');
        }
    }

    /// The rows of one line: sign, number and text, the latter cut to `room` columns.
    fn cells(&self, number: u32, line: &Line, kind: Kind, room: usize) -> Vec<Row> {
        let rows = line.rows(room.max(20));
        let mut cells = Vec::new();
        for (at, row) in rows.iter().enumerate() {
            let gutter = if at == 0 {
                format!("{} {number:>5}  ", kind.sign())
            } else {
                format!("{}        ", kind.sign())
            };
            let text: String = row
                .iter()
                .map(|segment| self.segment(segment, kind))
                .collect();
            cells.push(Row {
                text: format!("{}{text}", self.painted(&gutter, kind.style())),
                columns: 9 + row.iter().map(|segment| segment.columns).sum::<usize>(),
            });
        }
        cells
    }

    fn segment(&self, segment: &Segment, kind: Kind) -> String {
        if segment.changed {
            self.painted(&segment.text, kind.style().bold().underline())
        } else {
            segment.text.clone()
        }
    }
}

/// One row of the terminal.
struct Row {
    text: String,
    columns: usize,
}
