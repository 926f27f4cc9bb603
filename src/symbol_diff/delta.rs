//! Which items of a change differ, and which of them are the same item elsewhere or in other dress.
//!
//! Items with equal bytes in place cost a hash comparison and no more. Everything above works on what is left.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use super::words::{self, Vocabulary, Word, Words};
use super::{LayoutOf, SourcePair};
use crate::items::{Arm, FileItems, Item, ItemKind};
use crate::text::{BeforeAfter, Span};

/// An item that one side has and the other has not, not in that place and dress.
#[derive(Debug)]
pub(super) struct Piece<'a> {
    /// The position of its file in the change.
    pub(super) pair: usize,
    /// Its place.
    pub(super) item: Item,
    /// Its bytes.
    pub(super) bytes: &'a [u8],
    /// Its significant tokens.
    pub(super) words: Words,
    /// Which run of differing items it stands in, counted within its file, and its position in that run.
    pub(super) hunk: (usize, usize),
    /// The arm of the innermost `#if` around it and the text of that arm's directive (of an `#else`: of its `#if`).
    pub(super) guard: Option<(Arm, &'a [u8])>,
    /// The same item on the other side.
    pub(super) twin: Option<Twin>,
}

impl<'a> Piece<'a> {
    /// The bytes of a span of the item.
    pub(super) fn bytes_of(&self, span: Span) -> &'a [u8] {
        span.of(self.bytes)
    }
}

/// The same tokens on the other side: a position in the other side's pieces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Twin {
    /// In the same place: comments or white space inside it changed.
    InPlace(usize),
    /// Elsewhere in the file or in another file.
    Moved(usize),
}

/// All differing items of a change.
#[derive(Debug, Default)]
pub(super) struct Delta<'a> {
    /// Sorted by file and place.
    pub(super) pieces: BeforeAfter<Vec<Piece<'a>>>,
    /// The items of every file.
    pub(super) files: Vec<BeforeAfter<Arc<FileItems>>>,
}

/// Compares the items of every file.
pub(super) fn of<'a>(
    pairs: &[SourcePair<'a>],
    layout: &LayoutOf<'_>,
    vocabulary: &mut Vocabulary<'a>,
) -> Delta<'a> {
    let mut delta = Delta::default();
    for (at, pair) in pairs.iter().enumerate() {
        let files = pair.sources.map(layout);
        if pair.sources.before != pair.sources.after {
            take_differing(&mut delta, at, pair, files.as_ref().map(|file| &**file));
        }
        delta.files.push(files);
    }
    for pieces in [&mut delta.pieces.before, &mut delta.pieces.after] {
        for piece in pieces {
            piece.words = vocabulary.read(piece.bytes);
        }
    }
    pair_in_place(&mut delta.pieces);
    pair_moved(&mut delta.pieces, |piece| Some(piece.pair));
    pair_moved(&mut delta.pieces, |_| None);
    delta
}

fn take_differing<'a>(
    delta: &mut Delta<'a>,
    pair: usize,
    sources: &SourcePair<'a>,
    files: BeforeAfter<&FileItems>,
) {
    let keys = files.map(|file| file.items.iter().map(|item| item.key).collect::<Vec<_>>());
    let hunks = words::hunks(keys.as_ref().map(|side| &side[..]));
    for (number, hunk) in hunks.into_iter().enumerate() {
        let pieces = |file: &FileItems, source: &'a [u8], range: Range<usize>| {
            let items = file.items[range].iter().enumerate();
            let pieces = items.map(|(position, item)| Piece {
                pair,
                item: *item,
                bytes: item.span.of(source),
                words: Words::default(),
                hunk: (number, position),
                guard: guard(file, item, source),
                twin: None,
            });
            pieces.collect::<Vec<_>>()
        };
        let before = pieces(files.before, sources.sources.before, hunk.before);
        let after = pieces(files.after, sources.sources.after, hunk.after);
        delta.pieces.before.extend(before);
        delta.pieces.after.extend(after);
    }
}

fn guard<'a>(file: &FileItems, item: &Item, source: &'a [u8]) -> Option<(Arm, &'a [u8])> {
    let guard = file.guards.get(item.guard? as usize)?;
    let directive = match guard.arm {
        Arm::Else => guard.opened_by,
        Arm::First | Arm::Elif => guard.directive,
    };
    Some((guard.arm, directive.of(source)))
}

/// Finds the pieces that stand in the same order between the same unchanged items and have the same tokens.
fn pair_in_place(pieces: &mut BeforeAfter<Vec<Piece<'_>>>) {
    let run = |piece: &Piece<'_>| (piece.pair, piece.hunk.0);
    let mut start = BeforeAfter::<usize>::default();
    while let Some(first) = pieces.before.get(start.before) {
        let current = run(first);
        start.after += pieces.after[start.after..].partition_point(|piece| run(piece) < current);
        let ranges = pieces.as_ref().zip(start).map(|(side, start)| {
            start..start + side[start..].partition_point(|piece| run(piece) == current)
        });
        let ids = pieces.as_ref().zip(ranges.clone()).map(|(side, range)| {
            let ids = side[range].iter().map(|piece| &piece.words.ids[..]);
            ids.collect::<Vec<_>>()
        });
        for (before, after) in kept(ids.as_ref().map(|side| &side[..])) {
            let (before, after) = (before + start.before, after + start.after);
            pieces.before[before].twin = Some(Twin::InPlace(after));
            pieces.after[after].twin = Some(Twin::InPlace(before));
        }
        start = ranges.map(|range| range.end);
    }
}

/// The positions that a diff keeps, as pairs.
fn kept(sides: BeforeAfter<&[&[Word]]>) -> Vec<(usize, usize)> {
    let (mut kept, mut before, mut after) = (Vec::new(), 0, 0);
    let mut keep_until = |before_end: usize, next: BeforeAfter<usize>| {
        while before < before_end {
            kept.push((before, after));
            (before, after) = (before + 1, after + 1);
        }
        (before, after) = (next.before, next.after);
    };
    for hunk in words::hunks(sides) {
        let next = hunk.as_ref().map(|range| range.end);
        keep_until(hunk.before.start, next);
    }
    let ends = sides.map(<[_]>::len);
    keep_until(ends.before, ends);
    kept
}

/// Pairs pieces of equal tokens that have no twin yet, in order, where `scope` is equal on both sides.
fn pair_moved(
    pieces: &mut BeforeAfter<Vec<Piece<'_>>>,
    scope: impl Fn(&Piece<'_>) -> Option<usize>,
) {
    let moves = |piece: &Piece<'_>| piece.twin.is_none() && can_move(piece.item.kind);
    let twins = {
        let mut waiting = BTreeMap::<_, Vec<usize>>::new();
        for (at, piece) in pieces.before.iter().enumerate().rev() {
            if moves(piece) {
                let key = (scope(piece), &piece.words.ids[..]);
                waiting.entry(key).or_default().push(at);
            }
        }
        let mut twins = Vec::new();
        for (after, piece) in pieces.after.iter().enumerate() {
            let key = (scope(piece), &piece.words.ids[..]);
            if let Some(stack) = waiting.get_mut(&key).filter(|_| moves(piece)) {
                twins.extend(stack.pop().map(|before| (before, after)));
            }
        }
        twins
    };
    for (before, after) in twins {
        pieces.before[before].twin = Some(Twin::Moved(after));
        pieces.after[after].twin = Some(Twin::Moved(before));
    }
}

/// Whether an item means the same elsewhere; an `#endif` does not.
fn can_move(kind: ItemKind) -> bool {
    !matches!(
        kind,
        ItemKind::Include | ItemKind::Conditional | ItemKind::Directive
    )
}
