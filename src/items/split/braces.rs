//! Runs through a braced block at the speed of a byte table: only braces, comments, literals and directives count.

use crate::items::lexer::{comment_end, is_literal_prefix, is_word, literal_end, starts_line};

/// Why a run stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stop {
    /// Behind the `}` that closed the last open brace.
    Closed,
    /// At the `#` of a directive.
    Directive,
    /// Behind a `}` in column 0, whatever is open; only where the caller asked for it.
    Column0,
    /// At the end of the source.
    End,
}

/// Whether a `}` in column 0 stops the run, closed or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Column0 {
    Ignored,
    Stops,
}

/// Runs from `at` with `depth` open braces; returns where and why it stopped and the braces then open.
pub(super) fn run(source: &[u8], at: usize, depth: u32, column0: Column0) -> (usize, u32, Stop) {
    let (mut at, mut depth) = (at, depth);
    loop {
        let Some(found) = source[at..].iter().position(|byte| STOPS[*byte as usize]) else {
            return (source.len(), depth, Stop::End);
        };
        at += found;
        match source[at] {
            b'{' => depth += 1,
            b'}' if column0 == Column0::Stops && source[..at].last() == Some(&b'\n') => {
                return (at + 1, 0, Stop::Column0);
            }
            b'}' if depth == 1 => return (at + 1, 0, Stop::Closed),
            b'}' => depth -= 1,
            b'#' if starts_line(source, at) => return (at, depth, Stop::Directive),
            b'"' => {
                at = literal_end(source, at);
                continue;
            }
            b'\'' if !separates_digits(source, at) => {
                at = literal_end(source, at);
                continue;
            }
            b'/' => {
                at = comment_end(source, at).unwrap_or(at + 1);
                continue;
            }
            _ => {}
        }
        at += 1;
    }
}

const STOPS: [bool; 256] = {
    let mut table = [false; 256];
    let mut at = 0;
    while at < 7 {
        table[b"{}\"'/##"[at] as usize] = true;
        at += 1;
    }
    table
};

/// Whether the quote at `at` stands inside a number (`1'000`) or a word of prose (`don't`).
fn separates_digits(source: &[u8], at: usize) -> bool {
    // The longest prefix of a literal has two letters: three bytes tell a prefix from the end of a longer word.
    let before = &source[at.saturating_sub(3)..at];
    let word = before
        .iter()
        .rposition(|byte| !is_word(*byte))
        .map_or(before, |gap| &before[gap + 1..]);
    !word.is_empty() && !is_literal_prefix(word)
}
