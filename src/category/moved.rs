//! Code that moved from file to file and stayed as it was: a header split, functions in a file of their own.
//!
//! Goes by lines: one that is gone here and new elsewhere has moved. Does not see code that moved within a file, since
//! the order of two statements is what many a fix is about.

use std::collections::BTreeMap;

use crate::change::{FileChange, hunks, hunks::LineRange};

use super::lexed::{Lexed, LexedFile};

/// At least so many lines move; less may be a coincidence. Tuned by eye.
const LINES: usize = 10;

/// Of the changed lines at most one in so many is not moved. Tuned by eye.
const ODD: usize = 10;

/// What moved.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moved {
    /// Lines that left one file for another.
    pub(super) lines: usize,
    /// Changed lines beside them, on both sides.
    pub(super) odd: usize,
    /// Files that only have a new path.
    pub(super) renamed: usize,
}

impl Moved {
    pub(super) fn in_words(self) -> String {
        let Self {
            lines,
            odd,
            renamed,
        } = self;
        match lines {
            0 => format!("{renamed} files have a new path and stay as they are"),
            _ => format!(
                "{lines} lines moved to another file as they are, {odd} lines changed beside them"
            ),
        }
    }
}

/// What moved, where that is all that the change does: includes, guards and a few odd lines aside.
pub(super) fn of(files: &[&LexedFile<'_>]) -> Option<Moved> {
    let mut sides: [BTreeMap<String, Vec<usize>>; 2] = Default::default();
    let mut found = Moved::default();
    for (number, file) in files.iter().enumerate() {
        let bytes = file.change.bytes();
        if hunks::is_binary(bytes.before) || hunks::is_binary(bytes.after) {
            return None;
        }
        let hunks = &file.change.hunks;
        found.renamed += usize::from(is_renamed(file.change) && hunks.is_empty());
        for hunk in hunks {
            let lines = file.sides().zip(*hunk);
            let lines = lines.map(|(side, range)| lines_of(side, range, file.is_c()));
            for (side, lines) in sides.iter_mut().zip([lines.before, lines.after]) {
                for line in lines {
                    side.entry(line).or_default().push(number);
                }
            }
        }
    }
    let [mut gone, new] = sides;
    for (line, places) in new {
        let left = gone.get_mut(&line);
        let elsewhere = |left: &Vec<usize>, place| left.iter().position(|from| *from != place);
        let mut left = left;
        for place in places {
            match left
                .as_deref_mut()
                .and_then(|left| Some((elsewhere(left, place)?, left)))
            {
                Some((at, left)) => {
                    left.swap_remove(at);
                    found.lines += 1;
                }
                None => found.odd += 1,
            }
        }
    }
    found.odd += gone.values().map(Vec::len).sum::<usize>();
    let moves = found.lines >= LINES && found.odd * ODD <= found.lines * 2;
    let renames = found.renamed > 0 && found.lines + found.odd == 0;
    (moves || renames).then_some(found)
}

fn is_renamed(file: &FileChange) -> bool {
    let sides = file
        .sides
        .as_ref()
        .map(|side| side.as_ref().map(|side| &side.path));
    sides.before.is_some() && sides.after.is_some() && sides.before != sides.after
}

/// Those of some lines that say something, trimmed.
fn lines_of(side: &Lexed<'_>, range: LineRange, is_c: bool) -> Vec<String> {
    let says = match is_c {
        true => side.lines_with_tokens(range),
        false => side.lines_not_blank(range),
    };
    let line = |(text, says): (&[u8], bool)| {
        let text = String::from_utf8_lossy(text).trim().to_owned();
        let words = text.chars().filter(|c| c.is_alphanumeric()).count();
        let follows = is_c
            && ["#include", "#if", "#endif", "#define"].iter().any(|word| {
                let is_guard = *word != "#define" || text.split_whitespace().count() == 2;
                text.replace("# ", "#").starts_with(word) && is_guard
            });
        (says && words >= 3 && !follows).then_some(text)
    };
    side.lines_of(range).zip(says).filter_map(line).collect()
}
