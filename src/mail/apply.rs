//! Applies a file patch to bytes as `git apply` does, or says which hunk does not fit and why; and what a patch shows
//! of a file that is not there.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::change::{Content, FileChange, FileMode, FileSide, hunks};
use crate::text::{BeforeAfter, FilePath};

use super::diff::{Body, FilePatch, PatchHunk};

/// At most so many comparisons of lines are made to find the places of one file's hunks.
const MAX_COMPARISONS: usize = 10_000_000;

/// At most so many blank lines keep the line numbers of a fragment true.
const MAX_PADDING: usize = 1_000_000;

/// Why a patch does not apply.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("hunk {hunk} (line {line}) does not apply: {why}")]
pub struct Rejected {
    /// From 1.
    pub hunk: usize,
    /// Where it says it belongs in the file before, from 1.
    pub line: usize,
    /// What differs, one sentence.
    pub why: String,
}

/// The bytes after the patch.
///
/// A hunk may lie elsewhere than it says, the nearest place wins, earlier before later; no context line is ignored
/// (no fuzz). A hunk at line 1 fits only there, one without trailing context only at the end, as in git. Unlike git,
/// a hunk never goes before the one that precedes it.
///
/// # Errors
/// The first hunk that fits nowhere.
pub fn apply(before: &[u8], hunks: &[PatchHunk]) -> Result<Vec<u8>, Rejected> {
    let lines: Vec<&[u8]> = before.split_inclusive(|byte| *byte == b'\n').collect();
    let mut search = Search::over(&lines);
    let mut out = Vec::with_capacity(before.len());
    let mut done = 0;
    let mut grown = 0_i64;
    for (number, hunk) in hunks.iter().enumerate() {
        let wanted: Vec<u32> = hunk.before().map(|line| search.id(line)).collect();
        // Where it would be in the file before: its place after, less what earlier hunks added.
        let after = i64::try_from(hunk.starts.after).unwrap_or(i64::MAX);
        let expected = after.saturating_sub(1).saturating_sub(grown).max(0);
        let expected = usize::try_from(expected).unwrap_or(usize::MAX);
        let found = search.place(&wanted, expected, done, &edges(hunk));
        let Some(at) = found else {
            return Err(rejected(number, hunk, &lines, search.budget));
        };
        out.extend(lines[done..at].concat());
        out.extend(hunk.after().flatten());
        done = at + wanted.len();
        grown += signed(hunk.after().count()) - signed(wanted.len());
    }
    out.extend(lines[done..].concat());
    Ok(out)
}

fn signed(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Where a hunk may only lie.
struct Edges {
    at_start: bool,
    at_end: bool,
}

fn edges(hunk: &PatchHunk) -> Edges {
    use super::diff::PatchLine;
    Edges {
        at_start: hunk.starts.before <= 1,
        at_end: !matches!(hunk.lines.last(), Some(PatchLine::Context(_))),
    }
}

/// The lines of a file by number of their text, so that comparing two lines is one comparison of integers.
struct Search<'a> {
    ids: FxHashMap<&'a [u8], u32>,
    lines: Vec<u32>,
    budget: usize,
}

impl<'a> Search<'a> {
    fn over(lines: &[&'a [u8]]) -> Self {
        let mut ids = FxHashMap::default();
        let lines = lines
            .iter()
            .map(|line| {
                let next = crate::text::offset(ids.len());
                *ids.entry(*line).or_insert(next)
            })
            .collect();
        Self {
            ids,
            lines,
            budget: MAX_COMPARISONS,
        }
    }

    fn id(&self, line: &[u8]) -> u32 {
        self.ids.get(line).copied().unwrap_or(u32::MAX)
    }

    /// The nearest place at or after `from` where the lines are those wanted.
    fn place(
        &mut self,
        wanted: &[u32],
        expected: usize,
        from: usize,
        edges: &Edges,
    ) -> Option<usize> {
        let last = self.lines.len().checked_sub(wanted.len())?;
        if wanted.contains(&u32::MAX) || from > last {
            return None;
        }
        let start = if edges.at_start {
            0
        } else if edges.at_end {
            last
        } else {
            expected
        };
        let start = start.clamp(from, last);
        let before = (from..start).rev().map(Some).chain(std::iter::repeat(None));
        let after = (start + 1..=last).map(Some).chain(std::iter::repeat(None));
        let steps = last - from + 1;
        let around = before
            .zip(after)
            .take(steps)
            .flat_map(|(before, after)| [before, after]);
        std::iter::once(Some(start))
            .chain(around)
            .flatten()
            .find(|at| {
                (!edges.at_start || *at == 0)
                    && (!edges.at_end || *at == last)
                    && self.fits(wanted, *at)
            })
    }

    fn fits(&mut self, wanted: &[u32], at: usize) -> bool {
        let there = &self.lines[at..at + wanted.len()];
        let same = wanted
            .iter()
            .zip(there)
            .take(self.budget)
            .take_while(|(one, other)| one == other)
            .count();
        if self.budget <= same {
            self.budget = 0;
            return false;
        }
        self.budget -= same + 1;
        same == wanted.len()
    }
}

fn rejected(number: usize, hunk: &PatchHunk, lines: &[&[u8]], budget: usize) -> Rejected {
    let line = hunk.starts.before.max(1);
    let shown = |text: &[u8]| {
        let text = String::from_utf8_lossy(&text[..text.len().min(80)]).into_owned();
        text.trim_end().escape_debug().to_string()
    };
    let differs = hunk.before().enumerate().find_map(|(offset, wanted)| {
        let at = line - 1 + offset;
        match lines.get(at) {
            Some(there) if *there == wanted => None,
            Some(there) => Some(format!(
                "line {} is \"{}\", the patch wants \"{}\"",
                at + 1,
                shown(there),
                shown(wanted)
            )),
            None => Some(format!(
                "the file has {} lines, the patch wants line {}",
                lines.len(),
                at + 1
            )),
        }
    });
    let why = match differs {
        _ if budget == 0 => "the search for its place met its limit".to_owned(),
        Some(why) => why,
        None => "it fits where an earlier hunk already is, or not at the file's edge".to_owned(),
    };
    Rejected {
        hunk: number + 1,
        line,
        why,
    }
}

/// Both sides of a file as far as its hunks show them, on their true lines: what lies between is blank.
///
/// Where a hunk shows that it begins inside a comment, the comment is opened above it. What is missing still makes weaker
/// answers: a comment that neither begins nor ends in its hunk, and does not look like one, is taken for code.
#[must_use]
pub fn fragments(hunks: &[PatchHunk]) -> BeforeAfter<Vec<u8>> {
    let inside = || hunks.iter().map(begins_in_comment);
    let before = hunks.iter().map(|hunk| (hunk.starts.before, hunk.before()));
    let after = hunks.iter().map(|hunk| (hunk.starts.after, hunk.after()));
    BeforeAfter {
        before: fragment(before.zip(inside())),
        after: fragment(after.zip(inside())),
    }
}

/// Whether a hunk of a C file begins inside a block comment, on both sides: its first comment mark closes one, or all its
/// lines open with the `*` that such comments are drawn with.
#[must_use]
pub fn begins_in_comment(hunk: &PatchHunk) -> bool {
    fn is_inside<'a>(lines: impl Iterator<Item = &'a [u8]>) -> bool {
        let (mut all, mut drawn) = (0, 0);
        for line in lines {
            let at = |mark: &[u8]| memchr::memmem::find(line, mark).unwrap_or(usize::MAX);
            let (open, close) = (at(b"/*"), at(b"*/"));
            if open != close {
                return close < open;
            }
            let text = line.trim_ascii_start();
            let is_drawn = matches!(text, [b'*'] | [b'*', b' ' | b'\t' | b'\r' | b'\n', ..]);
            all += 1;
            drawn += usize::from(is_drawn);
        }
        all > 1 && drawn == all
    }
    is_inside(hunk.before()) && is_inside(hunk.after())
}

fn fragment<'a, Lines: Iterator<Item = &'a [u8]>>(
    hunks: impl Iterator<Item = ((usize, Lines), bool)>,
) -> Vec<u8> {
    let mut out = Vec::new();
    let mut next_line = 1;
    for ((start, lines), begins_in_comment) in hunks {
        let padding = start.saturating_sub(next_line);
        if padding <= MAX_PADDING {
            out.extend(std::iter::repeat_n(b'\n', padding));
            next_line += padding;
        }
        if begins_in_comment && padding > 0 && out.pop().is_some() {
            out.extend(b"/*\n");
        }
        for line in lines {
            out.extend(line);
            next_line += 1;
        }
    }
    out
}

/// A patch of one file as a change of it.
///
/// With the bytes before, they are patched. Without them both sides are [`fragments`]; `blob`s are never full ids, so
/// the sides have none.
///
/// # Errors
/// The hunk that does not apply to the bytes before.
pub fn file_change(patch: &FilePatch, before: Option<Arc<[u8]>>) -> Result<FileChange, Rejected> {
    let contents = match (&patch.body, before) {
        (Body::Binary, before) => BeforeAfter {
            before: before.map_or(Content::Absent, Content::Bytes),
            after: Content::Absent,
        },
        (Body::Text(hunks), Some(before)) => BeforeAfter {
            after: Content::Bytes(apply(&before, hunks)?.into()),
            before: Content::Bytes(before),
        },
        (Body::Text(hunks), None) => fragments(hunks).map(|bytes| Content::Bytes(bytes.into())),
    };
    let bytes = contents
        .as_ref()
        .map(|content| content.bytes().unwrap_or_default());
    let hunks = match patch.body {
        Body::Binary => Vec::new(),
        Body::Text(_) => hunks::between(bytes),
    };
    let side = |(path, (mode, content)): (Option<FilePath>, (Option<FileMode>, Content))| {
        path.map(|path| FileSide {
            path,
            mode: mode.unwrap_or(FileMode::Regular),
            blob: None,
            content,
        })
    };
    let mut sides = patch.paths.clone().zip(patch.modes.zip(contents)).map(side);
    if patch.copied {
        sides.before = None;
    }
    Ok(FileChange { sides, hunks })
}
