//! One line of source as cells of a terminal: tabs, wide characters, control characters, lines of any length.

use unicode_width::UnicodeWidthChar;

use crate::text::Span;

/// Columns from one tab stop to the next.
const TAB: usize = 8;

/// Rows that one line may take; what is longer is cut around its first changed token.
const MOST_ROWS: usize = 4;

/// Bytes of a line that are looked at; longer ones are cut around their first changed token.
const MOST_BYTES: usize = 4096;

/// A line, cut into characters.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    cells: Vec<Cell>,
    /// Whether bytes before the first cell are left out.
    cut: bool,
}

#[derive(Clone, Copy, Debug)]
struct Cell {
    character: char,
    columns: usize,
    changed: bool,
}

/// A run of characters that are all changed or all not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Segment {
    /// Nothing that a terminal would obey.
    pub(super) text: String,
    /// Its width.
    pub(super) columns: usize,
    /// Whether it belongs to a changed token.
    pub(super) changed: bool,
}

impl Line {
    /// The line at `span` of `source`; `changed` are the changed tokens of the whole source, sorted.
    pub(super) fn of(span: Span, source: &[u8], changed: &[Span]) -> Self {
        let first = changed.partition_point(|token| token.end <= span.start);
        let inside = &changed[first..];
        let mut start = span.start;
        if span.len() as usize > MOST_BYTES {
            let token = inside.first().filter(|token| token.start < span.end);
            start = token.map_or(start, |token| token.start.saturating_sub(100).max(start));
        }
        let end = span.end.min(start + crate::text::offset(MOST_BYTES));
        let bytes = Span::new(start, end).of(source);
        let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
        let bytes = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        Self {
            cells: cells(bytes, start, inside),
            cut: start > span.start,
        }
    }

    /// The line in rows of at most `room` columns.
    pub(super) fn rows(&self, room: usize) -> Vec<Vec<Segment>> {
        let ellipsis = Cell {
            character: '\u{2026}',
            columns: 1,
            changed: false,
        };
        let total: usize = self.cells.iter().map(|cell| cell.columns).sum();
        let first = self.cells.iter().position(|cell| cell.changed).unwrap_or(0);
        let too_long = total > room * MOST_ROWS;
        let start = if too_long {
            first.saturating_sub(room / 2)
        } else {
            0
        };
        let mut cells: Vec<Cell> = Vec::new();
        if self.cut || start > 0 {
            cells.push(ellipsis);
        }
        cells.extend(&self.cells[start..]);
        let mut rows = broken(&cells, room);
        if rows.len() > MOST_ROWS {
            rows.truncate(MOST_ROWS);
            if let Some(last) = rows.last_mut() {
                last.pop();
                last.push(ellipsis);
            }
        }
        rows.iter().map(|row| segments(row)).collect()
    }
}

fn cells(bytes: &[u8], start: u32, changed: &[Span]) -> Vec<Cell> {
    let (mut cells, mut column, mut at, mut token) = (Vec::new(), 0, start, 0);
    for chunk in bytes.utf8_chunks() {
        let lost = (!chunk.invalid().is_empty()).then_some(('\u{fffd}', chunk.invalid().len()));
        let known = chunk
            .valid()
            .chars()
            .map(|character| (character, character.len_utf8()));
        for (character, length) in known.chain(lost) {
            while changed.get(token).is_some_and(|span| span.end <= at) {
                token += 1;
            }
            let changed = changed.get(token).is_some_and(|span| span.start <= at);
            let (character, columns) = shown(character, column);
            cells.push(Cell {
                character,
                columns,
                changed,
            });
            column += columns;
            at += crate::text::offset(length);
        }
    }
    cells
}

/// What stands for a character at a column, and how wide it is; a tab is a blank of many columns.
fn shown(character: char, column: usize) -> (char, usize) {
    let turns = matches!(character, '\u{200e}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    match character {
        '\t' => (' ', TAB - column % TAB),
        _ if character.is_control() || turns => ('\u{fffd}', 1),
        _ => (character, character.width().unwrap_or(1)),
    }
}

fn broken(cells: &[Cell], room: usize) -> Vec<Vec<Cell>> {
    let (mut rows, mut row, mut used) = (Vec::new(), Vec::new(), 0);
    for cell in cells {
        if used + cell.columns > room && !row.is_empty() {
            rows.push(std::mem::take(&mut row));
            used = 0;
        }
        used += cell.columns;
        row.push(*cell);
    }
    rows.push(row);
    rows
}

fn segments(cells: &[Cell]) -> Vec<Segment> {
    let runs = cells.chunk_by(|one, other| one.changed == other.changed);
    let segment = |run: &[Cell]| {
        let mut text = String::new();
        for cell in run {
            text.push(cell.character);
            // A tab's further columns.
            if cell.character == ' ' {
                text.extend(std::iter::repeat_n(' ', cell.columns - 1));
            }
        }
        Segment {
            text,
            columns: run.iter().map(|cell| cell.columns).sum(),
            changed: run[0].changed,
        }
    };
    runs.map(segment).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str, changed: &[Span]) -> Line {
        Line::of(
            Span::new(0, crate::text::offset(text.len())),
            text.as_bytes(),
            changed,
        )
    }

    fn texts(rows: &[Vec<Segment>]) -> Vec<String> {
        let text = |row: &Vec<Segment>| row.iter().map(|segment| &segment.text[..]).collect();
        rows.iter().map(text).collect()
    }

    #[test]
    fn tabs_end_at_columns_of_eight_and_wide_characters_take_two() {
        let rows = line("a\t\u{5b57}b\r\n", &[]).rows(80);
        assert_eq!(texts(&rows), ["a       \u{5b57}b"]);
        assert_eq!(rows[0][0].columns, 11);
    }

    #[test]
    fn nothing_that_a_terminal_obeys_gets_through() {
        let rows = line("x\u{1b}[2J\u{202e}\u{7}\n", &[]).rows(80);
        assert_eq!(texts(&rows), ["x\u{fffd}[2J\u{fffd}\u{fffd}"]);
    }

    #[test]
    fn a_long_line_is_cut_around_its_first_changed_token() {
        let text = format!("{}CHANGED{}", "a".repeat(100_000), "b".repeat(100_000));
        let rows = line(&text, &[Span::new(100_000, 100_007)]).rows(60);
        assert_eq!(rows.len(), MOST_ROWS);
        assert!(texts(&rows)[0].contains("CHANGED"), "{:?}", texts(&rows));
        assert!(texts(&rows)[0].starts_with('\u{2026}') && texts(&rows)[3].ends_with('\u{2026}'));
        assert!(
            rows.iter()
                .flatten()
                .any(|segment| segment.changed && segment.text == "CHANGED")
        );
    }

    #[test]
    fn a_line_that_is_a_little_too_long_is_wrapped() {
        let rows = line(&"ab".repeat(40), &[]).rows(60);
        assert_eq!(texts(&rows), ["ab".repeat(30), "ab".repeat(10)]);
    }
}
