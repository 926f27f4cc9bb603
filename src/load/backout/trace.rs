//! Which commits touched some lines of a file, followed back through its history like `git log -L`.
//!
//! Lines are followed by diff from commit to commit and through renames; of a merge, the parent that has the same file
//! is followed, else all of them. A stretch of the mainline over which the file does not change is skipped.

use std::collections::BTreeMap;

use crate::change::hunks::{self, Hunk};
use crate::change::{FileStatus, ObjectId};
use crate::git::{GitError, Repository};
use crate::text::{BeforeAfter, FilePath, LineNumber};

/// Lines from `start` to before `end`, from 0; an empty range is the place between two lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Lines {
    pub(super) start: u32,
    pub(super) end: u32,
}

impl Lines {
    pub(super) fn one(line: LineNumber) -> Self {
        let start = line.0.saturating_sub(1);
        Self {
            start,
            end: start + 1,
        }
    }
}

/// What counts as touching.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Touch {
    /// A change of the lines themselves: who wrote them.
    Inside,
    /// A change of the lines or beside them: who stands in the way of a merge there.
    Adjoining,
}

/// Where to look, and how far back.
#[derive(Clone, Debug)]
pub(super) struct Question {
    /// The commit to start from.
    pub(super) from: ObjectId,
    /// The change: what it and its ancestors did is not asked for.
    pub(super) since: ObjectId,
    pub(super) path: FilePath,
    pub(super) lines: Vec<Lines>,
    pub(super) touch: Touch,
}

/// Histories longer than this many changes of one file are cut off.
pub(super) const STEP_LIMIT: usize = 4000;

/// Commit clocks may be off, and a branch may be older than the change and merged after it: a walk goes on for so many
/// seconds below the change's own date.
pub(super) const SLACK: i64 = 120 * 24 * 3600;

/// A place in the walk: newest commits first, each once.
type Front = BTreeMap<(i64, ObjectId), Vec<(FilePath, Lines)>>;

/// The commits after `since` that touched the lines, oldest ones last; none for a file that is not there.
pub(super) fn touching(
    repository: &Repository,
    question: &Question,
) -> Result<Vec<ObjectId>, GitError> {
    let oldest = repository.commit(question.since)?.committed - SLACK;
    let mut front = Front::new();
    let start = question.lines.iter();
    let start = start.map(|lines| (question.path.clone(), *lines)).collect();
    let date = repository.commit(question.from)?.committed;
    front.insert((date, question.from), start);
    let mut touched = Vec::new();
    for _ in 0..STEP_LIMIT {
        let Some(((date, commit), lines)) = front.pop_last() else {
            break;
        };
        if date < oldest || commit == question.since {
            continue;
        }
        let step = Step {
            repository,
            commit,
            touch: question.touch,
        };
        if step.take(&mut front, lines)? {
            touched.push(commit);
        }
    }
    let mut later = Vec::new();
    for commit in touched {
        if is_later(repository, commit, question.since)? {
            later.push(commit);
        }
    }
    Ok(later)
}

/// Whether `commit` is neither `change` nor one of its ancestors. A clock a day ahead settles it: walking from one to
/// the other through a long history costs more than all the rest.
pub(super) fn is_later(
    repository: &Repository,
    commit: ObjectId,
    change: ObjectId,
) -> Result<bool, GitError> {
    const CLEARLY: i64 = 24 * 3600;
    let date = repository.commit(commit)?.committed;
    if date > repository.commit(change)?.committed + CLEARLY {
        return Ok(true);
    }
    is_ancestor(repository, commit, change).map(|is_older| !is_older)
}

/// The oldest commit down the first parents, at some distance, that still has the same file (or still has none).
pub(super) fn skip_ahead(
    repository: &Repository,
    commit: ObjectId,
    (path, blob): (&FilePath, Option<ObjectId>),
) -> Result<ObjectId, GitError> {
    let mut same = commit;
    let mut stride = 1;
    while let Some(further) = down(repository, same, stride)? {
        let there = repository.file_at(further, path)?;
        if there.map(|(_, there)| there) == blob {
            same = further;
            stride *= 2;
        } else if stride == 1 {
            break;
        } else {
            stride = 1;
        }
    }
    Ok(same)
}

/// The commit so many first parents down; `None` where the history is shorter.
fn down(
    repository: &Repository,
    from: ObjectId,
    steps: usize,
) -> Result<Option<ObjectId>, GitError> {
    let mut commit = from;
    for _ in 0..steps {
        match repository.commit(commit)?.parents.first() {
            Some(parent) => commit = *parent,
            None => return Ok(None),
        }
    }
    Ok(Some(commit))
}

/// Whether `one` is `other` or one of its ancestors.
fn is_ancestor(repository: &Repository, one: ObjectId, other: ObjectId) -> Result<bool, GitError> {
    if one == other {
        return Ok(true);
    }
    match repository.merge_base(one, other) {
        Ok(base) => Ok(base == one),
        Err(GitError::NoMergeBase { .. }) => Ok(false),
        Err(error) => Err(error),
    }
}

struct Step<'a> {
    repository: &'a Repository,
    commit: ObjectId,
    touch: Touch,
}

impl Step<'_> {
    /// Moves the lines on to the parents; says whether the commit touched them itself.
    fn take(&self, front: &mut Front, lines: Vec<(FilePath, Lines)>) -> Result<bool, GitError> {
        let mut by_path: BTreeMap<FilePath, Vec<Lines>> = BTreeMap::new();
        for (path, lines) in lines {
            by_path.entry(path).or_default().push(lines);
        }
        let mut touched = false;
        for (path, lines) in by_path {
            touched |= self.take_file(front, &path, &lines)?;
        }
        Ok(touched)
    }

    fn take_file(
        &self,
        front: &mut Front,
        path: &FilePath,
        lines: &[Lines],
    ) -> Result<bool, GitError> {
        let head = self.repository.commit(self.commit)?;
        let Some((_, blob)) = self.repository.file_at(self.commit, path)? else {
            return Ok(false);
        };
        let mut parents = Vec::new();
        for parent in &head.parents {
            let there = self.repository.file_at(*parent, path)?;
            if there.is_some_and(|(_, there)| there == blob) {
                let parent = skip_ahead(self.repository, *parent, (path, Some(blob)))?;
                self.push(front, parent, path, lines.iter().copied())?;
                return Ok(false);
            }
            parents.push((*parent, there.map(|(_, blob)| blob)));
        }
        if let [(parent, None)] = parents[..] {
            return self.take_rename(front, parent, path, lines);
        }
        let is_merge = parents.len() > 1;
        let mut touched = parents.is_empty();
        for (parent, there) in parents {
            let Some(there) = there else { continue };
            let hunks = self.hunks(BeforeAfter {
                before: there,
                after: blob,
            })?;
            let moved: Vec<_> = lines
                .iter()
                .map(|lines| before(&hunks, *lines, self.touch))
                .collect();
            touched |= !is_merge && moved.iter().any(|(_, touched)| *touched);
            self.push(
                front,
                parent,
                path,
                moved.into_iter().map(|(lines, _)| lines),
            )?;
        }
        Ok(touched)
    }

    /// A file that the only parent has not: made here, or renamed from elsewhere.
    fn take_rename(
        &self,
        front: &mut Front,
        parent: ObjectId,
        path: &FilePath,
        lines: &[Lines],
    ) -> Result<bool, GitError> {
        let change = self.repository.change(self.commit)?;
        let renamed = change
            .files
            .iter()
            .find(|file| file.path() == path && file.status() == FileStatus::Renamed);
        let source = renamed.and_then(|file| Some((file.sides.before.as_ref()?, &file.hunks)));
        let Some((source, hunks)) = source else {
            return Ok(true);
        };
        let moved: Vec<_> = lines
            .iter()
            .map(|lines| before(hunks, *lines, self.touch))
            .collect();
        let touched = moved.iter().any(|(_, touched)| *touched);
        let lines = moved.into_iter().map(|(lines, _)| lines);
        self.push(front, parent, &source.path, lines)?;
        Ok(touched)
    }

    fn hunks(&self, blobs: BeforeAfter<ObjectId>) -> Result<Vec<Hunk>, GitError> {
        let sides = BeforeAfter {
            before: self.repository.blob(blobs.before)?,
            after: self.repository.blob(blobs.after)?,
        };
        let bytes = sides
            .as_ref()
            .map(|content| content.bytes().unwrap_or_default());
        Ok(hunks::between(bytes))
    }

    fn push(
        &self,
        front: &mut Front,
        commit: ObjectId,
        path: &FilePath,
        lines: impl Iterator<Item = Lines>,
    ) -> Result<(), GitError> {
        let date = self.repository.commit(commit)?.committed;
        // Lines that came into being have no writer before.
        let is_left = |lines: &Lines| self.touch == Touch::Adjoining || lines.start < lines.end;
        let lines: Vec<_> = lines.filter(is_left).collect();
        if lines.is_empty() {
            return Ok(());
        }
        let there = front.entry((date, commit)).or_default();
        there.extend(lines.into_iter().map(|lines| (path.clone(), lines)));
        there.sort();
        there.dedup();
        Ok(())
    }
}

/// Where lines of the after side stand in the before side, and whether a hunk touches them.
pub(super) fn before(hunks: &[Hunk], lines: Lines, touch: Touch) -> (Lines, bool) {
    let mut moved = Lines {
        start: before_edge(hunks, lines.start, Edge::Start),
        end: before_edge(hunks, lines.end, Edge::End),
    };
    let mut touched = false;
    for hunk in hunks {
        let after = range(hunk.after.first, hunk.after.count);
        if touches(after, lines, touch) {
            touched = true;
            let from = range(hunk.before.first, hunk.before.count);
            moved.start = moved.start.min(from.start);
            moved.end = moved.end.max(from.end);
        }
    }
    moved.end = moved.end.max(moved.start);
    (moved, touched)
}

pub(super) fn range(first: LineNumber, count: u32) -> Lines {
    let start = first.0.saturating_sub(1);
    Lines {
        start,
        end: start + count,
    }
}

pub(super) fn touches(one: Lines, other: Lines, touch: Touch) -> bool {
    match touch {
        Touch::Inside => one.start < other.end && other.start < one.end,
        Touch::Adjoining => one.start <= other.end && other.start <= one.end,
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Edge {
    Start,
    End,
}

/// An edge of a range carried to the before side; one inside a hunk goes to the hunk's own edge.
fn before_edge(hunks: &[Hunk], at: u32, edge: Edge) -> u32 {
    let (mut added, mut removed) = (0, 0);
    for hunk in hunks {
        let after = range(hunk.after.first, hunk.after.count);
        let from = range(hunk.before.first, hunk.before.count);
        let is_behind = match edge {
            Edge::Start => after.end <= at,
            Edge::End => after.end < at || after.end == at && after.start < at,
        };
        if is_behind {
            added += after.end - after.start;
            removed += from.end - from.start;
        } else if after.start < at {
            return match edge {
                Edge::Start => from.start,
                Edge::End => from.end,
            };
        }
    }
    (at + removed).saturating_sub(added)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moved(before_text: &str, after_text: &str, lines: (u32, u32)) -> ((u32, u32), bool) {
        let hunks = hunks::between(BeforeAfter {
            before: before_text.as_bytes(),
            after: after_text.as_bytes(),
        });
        let lines = Lines {
            start: lines.0,
            end: lines.1,
        };
        let (lines, touched) = before(&hunks, lines, Touch::Inside);
        ((lines.start, lines.end), touched)
    }

    #[test]
    fn lines_behind_an_addition_move_back() {
        assert_eq!(moved("a\nb\n", "x\ny\na\nb\n", (3, 4)), ((1, 2), false));
    }

    #[test]
    fn changed_lines_go_to_what_they_were() {
        assert_eq!(moved("a\nb\nc\n", "a\nB\nc\n", (1, 2)), ((1, 2), true));
        assert_eq!(moved("a\nc\n", "a\nb\nc\n", (1, 2)), ((1, 1), true));
    }

    #[test]
    fn a_deletion_beside_the_lines_adjoins_them() {
        let hunks = hunks::between(BeforeAfter {
            before: &b"a\nb\nc\n"[..],
            after: b"a\nc\n",
        });
        let lines = Lines { start: 1, end: 2 };
        assert!(!before(&hunks, lines, Touch::Inside).1);
        assert_eq!(
            before(&hunks, lines, Touch::Adjoining),
            (Lines { start: 1, end: 3 }, true)
        );
    }
}
