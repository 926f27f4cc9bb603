//! How a text differs from a known one, carried along as the known one changes.
//!
//! Taking a commit back changes a few lines of a file; hundreds of other commits then change the same file elsewhere.
//! Where two changes do not touch they commute, so the difference only shifts, and no text needs to be merged. Where
//! they touch it is for git's own merge to say; then the text is written out.

#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::change::hunks::{self, Hunk};
use crate::change::replay::{ConflictKind, MergedContent, ReplayFile, ReplaySide, Sides};
use crate::change::{Content, ObjectId};
use crate::git::{GitError, Repository};
use crate::merge::{self, FileMerge};
use crate::text::{BeforeAfter, LineNumber};

use super::merges::Merges;
use super::trace::{Lines, Touch, before};

/// The places in which a text is not as the known one, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Drift(Vec<Part>);

/// Lines of the known text, from 0, and what stands there instead.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Part {
    start: u32,
    end: u32,
    text: Arc<[u8]>,
}

impl Drift {
    /// The differences of `other` from `known`; `None` where either is binary.
    pub(super) fn between(known: &[u8], other: &[u8]) -> Option<Self> {
        let hunks = changed(BeforeAfter {
            before: known,
            after: other,
        })?;
        let starts = line_starts(other);
        let parts = hunks.iter().map(|hunk| {
            let (start, end) = lines(hunk.before.first, hunk.before.count);
            let (from, to) = lines(hunk.after.first, hunk.after.count);
            Part {
                start,
                end,
                text: part(other, &starts, from, to).into(),
            }
        });
        Some(Self(parts.collect()))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The same differences after `hunks` changed the known text; `None` where one of them touches.
    pub(super) fn carried(&self, hunks: &[Hunk]) -> Option<Self> {
        let mut carried = Vec::with_capacity(self.0.len());
        let mut hunks = hunks.iter().peekable();
        let mut shift = 0_i64;
        for part in &self.0 {
            while let Some(hunk) = hunks.peek() {
                let (start, end) = lines(hunk.before.first, hunk.before.count);
                if start > part.end {
                    break;
                }
                if end >= part.start {
                    return None;
                }
                shift += i64::from(hunk.after.count) - i64::from(hunk.before.count);
                hunks.next();
            }
            let moved = |line: u32| u32::try_from(i64::from(line) + shift).unwrap_or_default();
            carried.push(Part {
                start: moved(part.start),
                end: moved(part.end),
                text: part.text.clone(),
            });
        }
        Some(Self(carried))
    }

    /// The same differences, and those that `hunks` made of the known text taken back: `inverse` are these, told from the
    /// text after them. `None` where any two touch.
    pub(super) fn with(&self, hunks: &[Hunk], inverse: &Self) -> Option<Self> {
        let mut parts = self.carried(hunks)?.0;
        parts.extend(inverse.0.iter().cloned());
        parts.sort_by_key(|part| (part.start, part.end));
        let mut pairs = parts.iter().zip(parts.iter().skip(1));
        let are_apart = pairs.all(|(one, next)| one.end < next.start);
        are_apart.then_some(Self(parts))
    }

    /// Whether a difference touches or adjoins one of these lines of the known text.
    fn meets(&self, lines: &[Lines]) -> bool {
        let meets = |part: &Part, lines: &Lines| part.start <= lines.end && lines.start <= part.end;
        let mut parts = self.0.iter();
        parts.any(|part| lines.iter().any(|lines| meets(part, lines)))
    }

    /// The text, written out.
    pub(super) fn applied(&self, known: &[u8]) -> Vec<u8> {
        let starts = line_starts(known);
        let mut text = Vec::with_capacity(known.len());
        let mut copied = 0;
        for one in &self.0 {
            text.extend_from_slice(part(known, &starts, copied, one.start));
            text.extend_from_slice(&one.text);
            copied = one.end;
        }
        text.extend_from_slice(part(known, &starts, copied, u32::MAX));
        text
    }
}

/// A file that is not as a known history of it has it.
#[derive(Clone, Debug)]
pub(super) enum State {
    /// By its differences from the known text.
    Drifted(Drift),
    /// As it is; `None` for one that is not there.
    Whole(Option<ReplaySide>),
}

/// What became of such a file.
pub(super) enum Carried {
    /// It is as the known history has it again.
    Joined,
    Differs(State),
    /// Git cannot merge: the file with its contents.
    Conflict(Box<ReplayFile>, ConflictKind),
}

/// One change of the known history to a file, as a merge: `file` has the sides `base` and `theirs`, ours is filled in.
pub(super) struct Change<'a> {
    pub(super) repository: &'a Repository,
    pub(super) merges: &'a Merges,
    pub(super) file: &'a ReplayFile,
    /// The file in the known history, before and after the change.
    pub(super) known: BeforeAfter<Option<&'a ReplaySide>>,
}

impl State {
    /// The state of a file that is `other` where the known history has `known`; `None` where they are the same.
    pub(super) fn of(
        repository: &Repository,
        known: Option<&ReplaySide>,
        other: Option<&ReplaySide>,
    ) -> Result<Option<Self>, GitError> {
        let id = |side: &ReplaySide| (side.mode, side.blob);
        if known.map(id) == other.map(id) {
            return Ok(None);
        }
        if let (Some(known), Some(other)) = (known, other)
            && known.mode == other.mode
            && let (Some(known), Some(text)) =
                (bytes(repository, known)?, bytes(repository, other)?)
            && let Some(drift) = Drift::between(&known, &text)
        {
            return Ok((!drift.is_empty()).then_some(Self::Drifted(drift)));
        }
        Ok(Some(Self::Whole(other.cloned())))
    }

    /// Carries the state over a change of the known history: its hunks, and the lines that it would have changed had
    /// they not been changed so already.
    pub(super) fn carried(
        &self,
        change: &Change<'_>,
        (hunks, alike): (Option<&[Hunk]>, &[Lines]),
    ) -> Result<Carried, GitError> {
        if let (Self::Drifted(drift), Some(hunks)) = (self, hunks)
            && !drift.meets(alike)
            && let Some(drift) = drift.carried(hunks)
        {
            return Ok(Carried::Differs(Self::Drifted(drift)));
        }
        let mut file = change.file.clone();
        file.sides.ours = self.side(change)?;
        let next = match change.merges.three_way(change.repository, file)? {
            Ok(next) => next,
            Err((file, kind)) => return Ok(Carried::Conflict(file, kind)),
        };
        let known = change.known.after;
        let state = change
            .merges
            .state(change.repository, known, next.as_ref())?;
        Ok(state.map_or(Carried::Joined, Carried::Differs))
    }

    /// The state where a change of the known history is left out, too: `alone` is what leaving it out makes where nothing
    /// else differs. `None` where the texts have to be compared.
    pub(super) fn leaving(&self, hunks: Option<&[Hunk]>, alone: Option<&Self>) -> Option<Self> {
        match (self, hunks, alone) {
            (Self::Drifted(drift), Some(hunks), Some(Self::Drifted(inverse))) => {
                drift.with(hunks, inverse).map(Self::Drifted)
            }
            _ => None,
        }
    }

    /// The file as a side of a merge.
    pub(super) fn side(&self, change: &Change<'_>) -> Result<Option<ReplaySide>, GitError> {
        let drift = match self {
            Self::Whole(side) => {
                let path = change.file.path.clone();
                return Ok(side.clone().map(|side| ReplaySide { path, ..side }));
            }
            Self::Drifted(drift) => drift,
        };
        let Some(known) = change.known.before else {
            return Ok(None);
        };
        let text = bytes(change.repository, known)?.unwrap_or_default();
        let text: Arc<[u8]> = drift.applied(&text).into();
        Ok(Some(ReplaySide {
            path: change.file.path.clone(),
            mode: known.mode,
            blob: stand_in(&text),
            content: Some(Content::Bytes(text)),
        }))
    }
}

/// The lines of ours that theirs changes too, where the merge changes anything else than what theirs does to the base.
fn alike(texts: Sides<&[u8]>, hunks: &[Hunk]) -> Vec<Lines> {
    let between = |before, after| changed(BeforeAfter { before, after }).unwrap_or_default();
    let wanted = between(texts.base, texts.theirs);
    let size = |hunk: &Hunk| hunk.as_ref().map(|range| range.count);
    if wanted.iter().map(size).eq(hunks.iter().map(size)) {
        return Vec::new();
    }
    let moved = between(texts.ours, texts.base);
    let lines = wanted.iter().map(|hunk| {
        let (start, end) = lines(hunk.before.first, hunk.before.count);
        before(&moved, Lines { start, end }, Touch::Adjoining).0
    });
    lines.collect()
}

/// What the sides of a file merge into; where git cannot, the file with its contents.
pub(super) fn three_way(
    repository: &Repository,
    file: ReplayFile,
) -> Result<Result<Option<ReplaySide>, Unmerged>, GitError> {
    let file = repository.with_contents(file)?;
    Ok(Ok(match merge::file(&file) {
        FileMerge::Kept => file.sides.ours,
        FileMerge::Becomes(None) => None,
        FileMerge::Becomes(Some((mode, content))) => {
            let (blob, content) = match content {
                MergedContent::Bytes(bytes) => (stand_in(&bytes), Some(Content::Bytes(bytes))),
                MergedContent::Stored(blob) => {
                    let sides = [&file.sides.ours, &file.sides.theirs];
                    let same = sides.into_iter().flatten().find(|side| side.blob == blob);
                    (blob, same.and_then(|side| side.content.clone()))
                }
            };
            Some(ReplaySide {
                path: file.path.clone(),
                mode,
                blob,
                content,
            })
        }
        FileMerge::Conflict(kind) => return Ok(Err((Box::new(file), kind))),
    }))
}

/// A file that git cannot merge, with its contents, and why.
pub(super) type Unmerged = (Box<ReplayFile>, ConflictKind);

impl Change<'_> {
    /// Lines of the known text that the merge of this change finds changed on both sides, if there are such: what it
    /// would change there, had they not been changed alike before. All lines that it changes where any are.
    pub(super) fn alike(&self, hunks: &[Hunk]) -> Result<Vec<Lines>, GitError> {
        let sides = &self.file.sides;
        let (Some(base), Some(ours), Some(theirs)) = (&sides.base, &sides.ours, &sides.theirs)
        else {
            return Ok(Vec::new());
        };
        if base.blob == ours.blob {
            return Ok(Vec::new());
        }
        let read = |side| bytes(self.repository, side);
        let (Some(base), Some(ours), Some(theirs)) = (read(base)?, read(ours)?, read(theirs)?)
        else {
            return Ok(Vec::new());
        };
        Ok(alike(
            Sides {
                base: &base,
                ours: &ours,
                theirs: &theirs,
            },
            hunks,
        ))
    }

    /// What the change does to the known text; `None` where it is not one text that becomes another.
    pub(super) fn hunks(&self) -> Result<Option<Vec<Hunk>>, GitError> {
        let (Some(before), Some(after)) = (self.known.before, self.known.after) else {
            return Ok(None);
        };
        if before.mode != after.mode {
            return Ok(None);
        }
        let (Some(before), Some(after)) = (
            bytes(self.repository, before)?,
            bytes(self.repository, after)?,
        ) else {
            return Ok(None);
        };
        Ok(changed(BeforeAfter {
            before: &before[..],
            after: &after[..],
        }))
    }
}

/// The bytes of a regular file; `None` for anything else, and where they cannot be had.
fn bytes(repository: &Repository, side: &ReplaySide) -> Result<Option<Arc<[u8]>>, GitError> {
    use crate::change::FileMode::{Executable, Regular};
    if !matches!(side.mode, Regular | Executable) {
        return Ok(None);
    }
    let content = match &side.content {
        Some(content) => content.clone(),
        None => repository.merge_blob(side.blob)?,
    };
    Ok(match content {
        Content::Bytes(bytes) => Some(bytes),
        Content::TooLarge { .. } | Content::Absent => None,
    })
}

/// An id for bytes that are in no object database: such files are only compared with each other.
fn stand_in(bytes: &[u8]) -> ObjectId {
    let mut id = [0xff; 20];
    id[..16].copy_from_slice(&xxhash_rust::xxh3::xxh3_128(bytes).to_le_bytes());
    ObjectId(id)
}

/// The hunks between two texts; lines that they begin and end with alike are not looked at. `None` where either is
/// binary.
pub(super) fn changed(texts: BeforeAfter<&[u8]>) -> Option<Vec<Hunk>> {
    if hunks::is_binary(texts.before) || hunks::is_binary(texts.after) {
        return None;
    }
    let head = shared_head(texts.before, texts.after);
    let rest = texts.map(|text| &text[head..]);
    let tail = shared_tail(rest.before, rest.after);
    let middle = rest.map(|text| &text[..text.len() - tail]);
    let above = memchr::memchr_iter(b'\n', &texts.before[..head]).count();
    let mut hunks = hunks::between(middle);
    for hunk in &mut hunks {
        hunk.before.first.0 += crate::text::offset(above);
        hunk.after.first.0 += crate::text::offset(above);
    }
    Some(hunks)
}

/// The bytes of the whole lines that both texts begin with.
fn shared_head(one: &[u8], other: &[u8]) -> usize {
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    memchr::memrchr(b'\n', &one[..same]).map_or(0, |at| at + 1)
}

/// The bytes of the whole lines that both texts end with.
fn shared_tail(one: &[u8], other: &[u8]) -> usize {
    let pairs = one.iter().rev().zip(other.iter().rev());
    let same = pairs.take_while(|(a, b)| a == b).count();
    let tail = &one[one.len() - same..];
    // The first line of the shared bytes may be the end of different ones.
    memchr::memchr(b'\n', tail).map_or(0, |at| tail.len() - at - 1)
}

fn lines(first: LineNumber, count: u32) -> (u32, u32) {
    let start = first.0.saturating_sub(1);
    (start, start + count)
}

fn line_starts(text: &[u8]) -> Vec<usize> {
    let ends = memchr::memchr_iter(b'\n', text).map(|at| at + 1);
    std::iter::once(0).chain(ends).collect()
}

/// The bytes from the start of one line to the start of another.
fn part<'a>(text: &'a [u8], starts: &[usize], from: u32, to: u32) -> &'a [u8] {
    let at = |line: u32| starts.get(line as usize).copied().unwrap_or(text.len());
    &text[at(from)..at(to).max(at(from))]
}
