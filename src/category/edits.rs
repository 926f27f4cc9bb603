//! The edits of a change token by token: what each run of changed tokens was and became, and where it stands.

use imara_diff::{Algorithm, Diff, InternedInput};

use crate::change::hunks::LineRange;
use crate::text::{BeforeAfter, LineNumber};

use super::lexed::{Lexed, LexedFile};

/// Unchanged tokens that may stand between two edits of one statement.
const GAP: usize = 24;

/// How far back the call around an edit is looked for, in tokens.
const CALL_REACH: usize = 300;

/// A hunk of more tokens is one edit: nobody rewrites a generated table token by token.
const HUNK: usize = 50_000;

/// One run of changed tokens.
pub(super) struct Edit<'a> {
    /// Its line after the change.
    pub(super) line: LineNumber,
    /// The tokens on each side; one side may be empty.
    pub(super) tokens: BeforeAfter<Vec<&'a [u8]>>,
    /// The innermost call whose parentheses are open before it.
    pub(super) call: Option<&'a [u8]>,
}

/// Edits of one statement, and the tokens between them.
pub(super) struct Group<'a> {
    /// In order.
    pub(super) edits: Vec<Edit<'a>>,
    /// Between edit n and edit n + 1, unchanged tokens.
    pub(super) between: Vec<Vec<&'a [u8]>>,
}

/// The edits of a file in order, grouped by statement; comments and white space do not count.
///
/// Text that is no C is cut into tokens as if it were: words stay words.
pub(super) fn of<'a>(file: &LexedFile<'a>) -> Vec<Group<'a>> {
    let hunks = file.change.hunks.iter();
    hunks
        .flat_map(|hunk| of_hunk(file.sides(), *hunk))
        .collect()
}

/// The tokens of one hunk on each side; comments and white space do not count.
pub(super) struct Block<'a> {
    /// Its first line after the change.
    pub(super) line: LineNumber,
    /// The tokens of its lines.
    pub(super) tokens: BeforeAfter<Vec<&'a [u8]>>,
}

/// The hunks of a file in order, those left out whose tokens are the same on both sides.
pub(super) fn blocks<'a>(file: &LexedFile<'a>) -> Vec<Block<'a>> {
    let block = |lines: &BeforeAfter<LineRange>| {
        let sides = file.sides().zip(*lines);
        let tokens = sides.map(|(side, lines)| side.texts(side.within(lines)));
        Block {
            line: lines.after.first,
            tokens,
        }
    };
    let is_edit = |block: &Block<'_>| block.tokens.before != block.tokens.after;
    let hunks = file.change.hunks.iter();
    hunks.map(block).filter(is_edit).collect()
}

fn of_hunk<'a>(sides: BeforeAfter<&Lexed<'a>>, lines: BeforeAfter<LineRange>) -> Vec<Group<'a>> {
    let within = sides.zip(lines).map(|(side, lines)| side.within(lines));
    let texts = sides
        .zip(within.clone())
        .map(|(side, within)| side.texts(within));
    if texts.before.len() + texts.after.len() > HUNK {
        let edit = Edit {
            line: lines.after.first,
            call: None,
            tokens: texts,
        };
        return vec![Group {
            edits: vec![edit],
            between: Vec::new(),
        }];
    }
    let mut input = InternedInput::default();
    input.update_before(texts.before.iter().copied());
    input.update_after(texts.after.iter().copied());
    let diff = Diff::compute(Algorithm::Histogram, &input);
    let mut groups: Vec<Group<'a>> = Vec::new();
    let mut end_of_last = 0;
    for run in diff.hunks() {
        let (before, after) = (range(&run.before), range(&run.after));
        let edit = Edit {
            line: line_of(sides.after, within.after.start + after.start),
            call: call_around(sides.before, within.before.start + before.start),
            tokens: BeforeAfter {
                before: texts.before[before.clone()].to_vec(),
                after: texts.after[after].to_vec(),
            },
        };
        let gap = &texts.before[end_of_last..before.start];
        match groups.last_mut().filter(|_| !ends_statement(gap)) {
            Some(group) => {
                group.between.push(gap.to_vec());
                group.edits.push(edit);
            }
            None => groups.push(Group {
                edits: vec![edit],
                between: Vec::new(),
            }),
        }
        end_of_last = before.end;
    }
    groups
}

fn range(tokens: &std::ops::Range<u32>) -> std::ops::Range<usize> {
    tokens.start as usize..tokens.end as usize
}

fn ends_statement(gap: &[&[u8]]) -> bool {
    gap.len() > GAP
        || gap
            .iter()
            .any(|token| matches!(*token, b";" | b"{" | b"}" | b"\n"))
}

fn line_of(side: &Lexed<'_>, token: usize) -> LineNumber {
    side.lines.line(side.start(token))
}

fn call_around<'a>(side: &Lexed<'a>, token: usize) -> Option<&'a [u8]> {
    let mut depth = 0;
    let first = token.saturating_sub(CALL_REACH);
    for at in (first..token.min(side.len())).rev() {
        match side.text(at) {
            b")" => depth += 1,
            b"(" if depth > 0 => depth -= 1,
            b"(" => {
                return Some(side.text(at.checked_sub(1)?)).filter(|name| is_name(name));
            }
            b";" | b"{" | b"}" => return None,
            _ => {}
        }
    }
    None
}

/// Whether a token is an identifier or keyword.
pub(super) fn is_name(token: &[u8]) -> bool {
    token
        .first()
        .is_some_and(|first| first.is_ascii_alphabetic() || *first == b'_' || *first > 127)
}
