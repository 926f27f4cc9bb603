//! Which later commits stand in the way of a back-out: for a conflict those that touched its lines, for a break those
//! that wrote the use or took away what it needs.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use crate::change::hunks::{self, Hunk};
use crate::change::replay::{ConflictKind, ReplaySide};
use crate::change::{Content, ObjectId};
use crate::git::{GitError, Repository};
use crate::merge::{self, Conflict, FileMerge};
use crate::revert::{BuildConflict, Cause};
use crate::text::{BeforeAfter, FilePath};

use super::build::Breaks;
use super::loss;
use super::trace::{self, Lines, Question, Touch, before, range, touches};

/// Commits of which at least one has to go along, newest first.
pub(super) type Clause = Vec<ObjectId>;

/// Looks for blockers between a change and one target.
pub(super) struct Blockers<'a> {
    pub(super) repository: &'a Repository,
    pub(super) target: ObjectId,
    known: RefCell<BTreeMap<Asked, Clause>>,
    lost: RefCell<BTreeMap<AskedLoss, Option<ObjectId>>>,
}

/// The change, the file and the lines that were asked about, and what counts as touching them.
type Asked = (ObjectId, FilePath, Vec<Lines>, Touch);

/// The change, the file and the word in it that went away.
type AskedLoss = (ObjectId, FilePath, Option<String>);

/// All lines of a file.
const WHOLE: Lines = Lines {
    start: 0,
    end: u32::MAX / 4,
};

impl<'a> Blockers<'a> {
    pub(super) fn new(repository: &'a Repository, target: ObjectId) -> Self {
        Self {
            repository,
            target,
            known: RefCell::default(),
            lost: RefCell::default(),
        }
    }

    /// One clause for each place at which backing out `change` conflicts, commits in `taken` left out.
    pub(super) fn of_conflict(
        &self,
        change: ObjectId,
        conflict: &Conflict,
        taken: &BTreeSet<ObjectId>,
    ) -> Result<Vec<Clause>, GitError> {
        let mut clauses = Vec::new();
        for lines in self.places(conflict)? {
            let path = ours_path(conflict);
            let mut clause = self.touching((change, Touch::Adjoining), &path, &[lines])?;
            clause.retain(|commit| !taken.contains(commit));
            clauses.push(clause);
        }
        clauses.retain(|clause| !clause.is_empty());
        if clauses.is_empty() {
            let mut clause = self.of_paths(change, conflict)?;
            clause.retain(|commit| !taken.contains(commit));
            clauses.push(clause);
        }
        Ok(clauses)
    }

    /// The places of a conflict of contents, as lines of the target's file.
    fn places(&self, conflict: &Conflict) -> Result<Vec<Lines>, GitError> {
        if !matches!(conflict.kind, ConflictKind::Content | ConflictKind::AddAdd) {
            return Ok(Vec::new());
        }
        let file = self.repository.with_contents(conflict.file.clone())?;
        let sides = &file.sides;
        let (Some(ours), Some(theirs)) = (text(sides.ours.as_ref()), text(sides.theirs.as_ref()))
        else {
            return Ok(Vec::new());
        };
        let base = text(sides.base.as_ref()).unwrap_or_default();
        let ours_hunks = hunks::between(BeforeAfter {
            before: base,
            after: ours,
        });
        let theirs_hunks = hunks::between(BeforeAfter {
            before: base,
            after: theirs,
        });
        let Some((_, blob)) = self.repository.file_at(self.target, &ours_path(conflict))? else {
            return Ok(Vec::new());
        };
        let at_target = self.repository.blob(blob)?;
        let since_target = hunks::between(BeforeAfter {
            before: at_target.bytes().unwrap_or_default(),
            after: ours,
        });
        let meeting = theirs_hunks
            .iter()
            .filter_map(|theirs| meeting(&ours_hunks, theirs));
        Ok(meeting
            .map(|lines| before(&since_target, lines, Touch::Adjoining).0)
            .collect())
    }

    /// Whoever touched the file at all, or took it away or put it there.
    fn of_paths(&self, change: ObjectId, conflict: &Conflict) -> Result<Clause, GitError> {
        let sides = &conflict.file.sides;
        let sides = [&sides.ours, &sides.base, &sides.theirs];
        let mut paths: Vec<&FilePath> = sides
            .into_iter()
            .flatten()
            .map(|side| &side.path)
            .chain([&conflict.path])
            .collect();
        paths.sort();
        paths.dedup();
        let mut clause = Clause::new();
        for path in paths {
            clause.extend(self.touching((change, Touch::Adjoining), path, &[WHOLE])?);
            clause.extend(self.losing(change, path, None)?);
        }
        clause.sort();
        clause.dedup();
        Ok(clause)
    }

    fn touching(
        &self,
        (since, touch): (ObjectId, Touch),
        path: &FilePath,
        lines: &[Lines],
    ) -> Result<Clause, GitError> {
        let key = (since, path.clone(), lines.to_vec(), touch);
        if let Some(known) = self.known.borrow().get(&key) {
            return Ok(known.clone());
        }
        let question = Question {
            from: self.target,
            since,
            path: path.clone(),
            lines: lines.to_vec(),
            touch,
        };
        let found = trace::touching(self.repository, &question)?;
        self.known.borrow_mut().insert(key, found.clone());
        Ok(found)
    }

    /// Who took `word`, or the file, away since the change; each is looked for once, however many rehearsals ask.
    fn losing(
        &self,
        since: ObjectId,
        path: &FilePath,
        word: Option<&str>,
    ) -> Result<Option<ObjectId>, GitError> {
        let key = (since, path.clone(), word.map(str::to_owned));
        if let Some(known) = self.lost.borrow().get(&key) {
            return Ok(*known);
        }
        let found = loss::losing(self.repository, (self.target, since), path, word)?;
        self.lost.borrow_mut().insert(key, found);
        Ok(found)
    }

    /// The later commits behind a build conflict, newest first: who wrote the use, or who took away what it needs.
    pub(super) fn of_break(
        &self,
        change: ObjectId,
        broken: &BuildConflict,
        breaks: &Breaks,
    ) -> Result<Clause, GitError> {
        match &broken.cause {
            Cause::Loss { path } => {
                let name = broken.symbol.rsplit('.').next().unwrap_or_default();
                let name = breaks
                    .words
                    .get(&broken.symbol)
                    .map_or(name, String::as_str);
                let word =
                    Some(name).filter(|name| !name.is_empty() && !broken.symbol.contains('/'));
                let lost = self.losing(change, path, word)?;
                Ok(lost.into_iter().collect())
            }
            Cause::Use => {
                let lines = self.at_target(broken, breaks)?;
                self.touching((change, Touch::Inside), &broken.path, &[lines])
            }
        }
    }

    /// Who wrote the lines that name what a break is about, in the file of the break and where the name comes from.
    pub(super) fn of_name(
        &self,
        change: ObjectId,
        broken: &BuildConflict,
    ) -> Result<Clause, GitError> {
        let name = broken.symbol.rsplit('.').next().unwrap_or_default();
        if name.is_empty() || broken.symbol.contains('/') {
            return Ok(Clause::new());
        }
        let mut paths = BTreeSet::from([&broken.path]);
        if let Cause::Loss { path } = &broken.cause {
            paths.insert(path);
        }
        let mut clause = Clause::new();
        for path in paths {
            let Some((_, blob)) = self.repository.file_at(self.target, path)? else {
                continue;
            };
            let content = self.repository.blob(blob)?;
            let text = content.bytes().unwrap_or_default();
            let lines = text.split(|byte| *byte == b'\n').zip(0_u32..);
            let named: Vec<Lines> = lines
                .filter(|(line, _)| loss::mentions(line, name))
                .map(|(_, start)| Lines {
                    start,
                    end: start + 1,
                })
                .collect();
            clause.extend(self.touching((change, Touch::Inside), path, &named)?);
        }
        clause.sort();
        clause.dedup();
        Ok(clause)
    }

    /// The line of a break as the target's file has it.
    fn at_target(&self, broken: &BuildConflict, breaks: &Breaks) -> Result<Lines, GitError> {
        let line = Lines::one(broken.line);
        let changed = breaks.files.iter().find(|(path, _)| *path == broken.path);
        let Some((path, Some(merged))) = changed else {
            return Ok(line);
        };
        let Some((_, blob)) = self.repository.file_at(self.target, path)? else {
            return Ok(line);
        };
        let at_target: Content = self.repository.blob(blob)?;
        let hunks = hunks::between(BeforeAfter {
            before: at_target.bytes().unwrap_or_default(),
            after: merged,
        });
        Ok(before(&hunks, line, Touch::Inside).0)
    }
}

/// The names that a conflicting file had when the change was made.
pub(super) fn names_then(conflict: &Conflict) -> BTreeSet<FilePath> {
    let sides = [&conflict.file.sides.base, &conflict.file.sides.theirs];
    let paths = sides.into_iter().flatten().map(|side| side.path.clone());
    paths.collect()
}

/// Whether the same conflict arises at the target with nothing else backed out. Not asked of files that were renamed or
/// are not there.
pub(super) fn conflicts_at(
    repository: &Repository,
    target: ObjectId,
    conflict: &Conflict,
) -> Result<bool, GitError> {
    let mut file = conflict.file.clone();
    let Some(ours) = &mut file.sides.ours else {
        return Ok(false);
    };
    let Some((mode, blob)) = repository.file_at(target, &ours.path)? else {
        return Ok(false);
    };
    (ours.mode, ours.blob, ours.content) = (mode, blob, None);
    let file = repository.with_contents(file)?;
    Ok(matches!(merge::file(&file), FileMerge::Conflict(_)))
}

fn ours_path(conflict: &Conflict) -> FilePath {
    let ours = conflict.file.sides.ours.as_ref();
    ours.map_or_else(|| conflict.path.clone(), |side| side.path.clone())
}

fn text(side: Option<&ReplaySide>) -> Option<&[u8]> {
    side?.content.as_ref()?.bytes()
}

/// The lines of ours that meet a hunk of theirs over the base; `None` where none do.
fn meeting(ours: &[Hunk], theirs: &Hunk) -> Option<Lines> {
    let base = range(theirs.before.first, theirs.before.count);
    let met = ours.iter().filter(|hunk| {
        let base_of_ours = range(hunk.before.first, hunk.before.count);
        touches(base_of_ours, base, Touch::Adjoining)
    });
    met.map(|hunk| range(hunk.after.first, hunk.after.count))
        .reduce(|one, other| Lines {
            start: one.start.min(other.start),
            end: one.end.max(other.end),
        })
}
