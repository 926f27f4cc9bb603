//! A [`Replay`] into one tree: what git's merge-ort decides for each path, and the conflicts where it cannot.
//!
//! Pure: paths, renames and bytes were looked up by whoever made the replay.

pub mod syntax;
pub mod text;

use std::sync::Arc;

use crate::change::hunks;
use crate::change::replay::{
    ConflictKind, MergeDriver, MergedContent, MergedFile, Replay, ReplayFile, ReplaySide, Sides,
};
use crate::change::{Content, FileMode, ObjectId};
use crate::text::FilePath;

use syntax::{Refusal, Resolution};
use text::TextMerge;

/// One path that git could not merge.
#[derive(Clone, Debug)]
pub struct Conflict {
    /// Where the result would belong.
    pub path: FilePath,
    /// Why.
    pub kind: ConflictKind,
    /// In how many places, for conflicts of content; else 0.
    pub hunks: u32,
    /// The three sides, with their bytes where it is a conflict of content.
    pub file: ReplayFile,
}

/// What a back-out comes to, as text.
#[derive(Clone, Debug, Default)]
pub struct Merged {
    /// The files that differ from the target's, sorted by path; conflicting ones are left out.
    pub files: Vec<MergedFile>,
    /// Where git conflicts, sorted by path.
    pub conflicts: Vec<Conflict>,
    /// What made the answer less sure, in words for the report.
    pub notes: Vec<String>,
}

impl Merged {
    /// Whether git would report no conflict.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.conflicts.is_empty()
    }
}

/// Merges every path of a replay.
#[must_use]
pub fn three_way(replay: &Replay) -> Merged {
    let mut merged = Merged {
        notes: replay.notes.clone(),
        ..Merged::default()
    };
    for file in &replay.files {
        match one_file(file) {
            Ok(Some(content)) => merged.take(file, content),
            Ok(None) => {}
            Err((kind, hunks)) => merged.conflicts.push(Conflict {
                path: file.path.clone(),
                kind,
                hunks,
                file: file.clone(),
            }),
        }
    }
    merged.files.sort_by(|one, other| one.path.cmp(&other.path));
    merged
}

/// A merge with its conflicts answered by syntax.
#[derive(Clone, Debug)]
pub struct BySyntax {
    /// The merge, without conflict.
    pub merged: Merged,
    /// How each conflict was answered, sorted by path.
    pub resolved: Vec<(FilePath, Resolution)>,
}

/// Answers every conflict of a merge by syntax; all or nothing.
///
/// # Errors
/// The conflicts that have no answer, sorted by path, each with the reason: `None` where it is no conflict of contents.
pub fn by_syntax(merged: &Merged) -> Result<BySyntax, Vec<(FilePath, Option<Refusal>)>> {
    let mut result = Merged {
        files: merged.files.clone(),
        conflicts: Vec::new(),
        notes: merged.notes.clone(),
    };
    let (mut resolved, mut refused) = (Vec::new(), Vec::new());
    for conflict in &merged.conflicts {
        match conflict_by_syntax(conflict) {
            Ok((mode, resolution)) => {
                let bytes = MergedContent::Bytes(Arc::from(&resolution.bytes[..]));
                result.take(&conflict.file, Some((mode, bytes)));
                resolved.push((conflict.path.clone(), resolution));
            }
            Err(refusal) => refused.push((conflict.path.clone(), refusal)),
        }
    }
    if !refused.is_empty() {
        return Err(refused);
    }
    result.files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(BySyntax {
        merged: result,
        resolved,
    })
}

/// Answers one conflict by syntax.
///
/// # Errors
/// The reason why there is no answer; `None` where it is no conflict of contents.
pub fn conflict_by_syntax(conflict: &Conflict) -> Result<(FileMode, Resolution), Option<Refusal>> {
    let sides = conflict.file.sides.as_ref().map(Option::as_ref);
    let (ConflictKind::Content, Some(base), Some(ours), Some(theirs)) =
        (conflict.kind, sides.base, sides.ours, sides.theirs)
    else {
        return Err(None);
    };
    let mode = merged_mode(Some(base.mode), ours.mode, theirs.mode).ok_or(None)?;
    let texts = Sides {
        base: bytes(base).map_err(|_no_bytes| None)?,
        ours: bytes(ours).map_err(|_no_bytes| None)?,
        theirs: bytes(theirs).map_err(|_no_bytes| None)?,
    };
    let resolution = syntax::merge(&conflict.path, texts).map_err(Some)?;
    Ok((mode, resolution))
}

/// Whether a replay merges; stops at the first conflict, so it is cheaper than [`three_way`].
#[must_use]
pub fn is_clean(replay: &Replay) -> bool {
    let decided_by_paths = replay.files.iter().any(|file| file.conflict.is_some());
    !decided_by_paths && replay.files.iter().all(file_is_clean)
}

/// What a path comes to.
#[derive(Clone, Debug)]
pub enum FileMerge {
    /// The target's file stays as it is.
    Kept,
    /// It becomes this; `None` where it goes.
    Becomes(Option<(FileMode, MergedContent)>),
    /// Git cannot merge it.
    Conflict(ConflictKind),
}

/// Merges one path, whose contents have to be there where both sides changed them.
#[must_use]
pub fn file(file: &ReplayFile) -> FileMerge {
    match one_file(file) {
        Ok(None) => FileMerge::Kept,
        Ok(Some(content)) => FileMerge::Becomes(content),
        Err((kind, _)) => FileMerge::Conflict(kind),
    }
}

/// Whether one path merges.
#[must_use]
pub fn file_is_clean(file: &ReplayFile) -> bool {
    one_file(file).is_ok()
}

/// What a path becomes: removed, or a mode and bytes.
type Outcome = Option<(FileMode, MergedContent)>;

impl Merged {
    fn take(&mut self, file: &ReplayFile, content: Outcome) {
        // A rename that is taken back leaves the target's name behind.
        if let Some(ours) = file
            .sides
            .ours
            .as_ref()
            .filter(|ours| ours.path != file.path)
        {
            self.files.push(MergedFile {
                path: ours.path.clone(),
                content: None,
            });
        }
        self.files.push(MergedFile {
            path: file.path.clone(),
            content,
        });
    }
}

/// What becomes of one path: nothing new (`Ok(None)`), another content, or a conflict with its number of places.
fn one_file(file: &ReplayFile) -> Result<Option<Outcome>, (ConflictKind, u32)> {
    if let Some(kind) = file.conflict {
        return Err((kind, 0));
    }
    let sides = file.sides.as_ref().map(Option::as_ref);
    let id = |side: &ReplaySide| (side.mode, side.blob);
    let same = |one: Option<&ReplaySide>, other: Option<&ReplaySide>| one.map(id) == other.map(id);
    let in_place = sides.ours.is_none_or(|ours| ours.path == file.path);
    if in_place && (same(sides.ours, sides.theirs) || same(sides.base, sides.theirs)) {
        return Ok(None);
    }
    match (sides.ours, sides.theirs) {
        (Some(ours), Some(theirs)) => both(file, sides.base, (ours, theirs)).map(Some),
        _ if same(sides.base, sides.ours) => Ok(Some(sides.theirs.map(stored))),
        _ => Err((ConflictKind::ModifyDelete, 0)),
    }
}

fn stored(side: &ReplaySide) -> (FileMode, MergedContent) {
    (side.mode, MergedContent::Stored(side.blob))
}

fn is_regular(mode: FileMode) -> bool {
    matches!(mode, FileMode::Regular | FileMode::Executable)
}

/// A file that both sides have, at least one of them changed.
fn both(
    file: &ReplayFile,
    base: Option<&ReplaySide>,
    (ours, theirs): (&ReplaySide, &ReplaySide),
) -> Result<Outcome, (ConflictKind, u32)> {
    let same_type =
        |one: FileMode, other: FileMode| one == other || is_regular(one) && is_regular(other);
    let blob = |side: &ReplaySide| Some(side.blob);
    let base_mode = base.map(|base| base.mode);
    let matches_base = |side: &ReplaySide| {
        base.is_some_and(|base| (base.mode, base.blob) == (side.mode, side.blob))
    };
    if !same_type(ours.mode, theirs.mode) {
        return match (matches_base(ours), matches_base(theirs)) {
            (true, _) => Ok(Some(stored(theirs))),
            (_, true) => Ok(Some(stored(ours))),
            _ => Err((ConflictKind::Mode, 0)),
        };
    }
    let mode = merged_mode(base_mode, ours.mode, theirs.mode).ok_or((ConflictKind::Mode, 0))?;
    let base_blob = base.and_then(blob);
    if ours.blob == theirs.blob || blob(ours) == base_blob {
        return Ok(Some((mode, MergedContent::Stored(theirs.blob))));
    }
    if blob(theirs) == base_blob {
        return Ok(Some((mode, MergedContent::Stored(ours.blob))));
    }
    contents(file, base, (ours, theirs)).map(|content| Some((mode, content)))
}

/// The mode that the sides agree on: where they differ, the one that differs from the base.
fn merged_mode(base: Option<FileMode>, ours: FileMode, theirs: FileMode) -> Option<FileMode> {
    if ours == theirs || Some(ours) == base {
        Some(theirs)
    } else {
        (Some(theirs) == base).then_some(ours)
    }
}

/// The contents of a file that both sides changed.
fn contents(
    file: &ReplayFile,
    base: Option<&ReplaySide>,
    (ours, theirs): (&ReplaySide, &ReplaySide),
) -> Result<MergedContent, (ConflictKind, u32)> {
    match ours.mode {
        FileMode::Submodule => return Err((ConflictKind::Submodule, 0)),
        FileMode::Symlink => return Err((ConflictKind::Binary, 0)),
        FileMode::Regular | FileMode::Executable => {}
    }
    // A base of another type is no base.
    let base = base.filter(|base| is_regular(base.mode));
    let texts = Sides {
        base: base.map(bytes).transpose()?.unwrap_or_default(),
        ours: bytes(ours)?,
        theirs: bytes(theirs)?,
    };
    let any_binary = [texts.base, texts.ours, texts.theirs]
        .into_iter()
        .any(hunks::is_binary);
    if file.driver == MergeDriver::Binary || any_binary {
        return Err((ConflictKind::Binary, 0));
    }
    if file.driver == MergeDriver::Union {
        return Ok(MergedContent::Bytes(text::union(texts).into()));
    }
    match text::merge(texts) {
        TextMerge::Merged(bytes) => Ok(MergedContent::Bytes(Arc::from(bytes))),
        TextMerge::Conflict { hunks } if base.is_none() => Err((ConflictKind::AddAdd, hunks)),
        TextMerge::Conflict { hunks } => Err((ConflictKind::Content, hunks)),
    }
}

/// The bytes of a side; what was too large to read or is not there merges like a binary file.
fn bytes(side: &ReplaySide) -> Result<&[u8], (ConflictKind, u32)> {
    let content = side.content.as_ref().and_then(Content::bytes);
    content.ok_or((ConflictKind::Binary, 0))
}

/// The blob that a merged file keeps, where its bytes are not new.
#[must_use]
pub fn stored_blob(file: &MergedFile) -> Option<ObjectId> {
    match file.content {
        Some((_, MergedContent::Stored(blob))) => Some(blob),
        _ => None,
    }
}
