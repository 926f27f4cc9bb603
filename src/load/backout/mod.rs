//! `plan`: gathers what backing commits out at a target needs from git and the tree index, and writes down the answer.
//!
//! Nothing is written into the repository: merged trees exist in memory only, and so do the commits of `carry`.

mod along;
mod blockers;
mod build;
pub mod carry;
mod company;
mod described;
mod differing;
mod drift;
mod forward;
mod history;
mod late;
mod later;
mod limits;
mod loss;
mod memory;
mod merges;
mod rows;
mod run;
mod sequence;
pub mod series;
mod steps;
mod syntax;
mod trace;
mod without;

use std::collections::BTreeSet;

use crate::cache::Store;
use crate::change::ObjectId;
use crate::git::{GitError, Repository};
use crate::merge::Conflict;
use crate::policy::generated::Generated;
use crate::report::plan::{BuildConflictRow, CascadeRow, ConflictRow, PlanAnswer};
use crate::revert::{RevertOutcome, TextResult, judge};

use blockers::Blockers;
use build::{Breaks, Build};
use later::Later;
use sequence::{Merging, Sequence, Step};
use syntax::BySyntax;

/// How far a plan goes; each step costs more than the one before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Depth {
    /// What git's merge says.
    Text,
    /// And what would no longer compile or link.
    Build,
    /// And what has to go along.
    #[default]
    Cascade,
}

impl Depth {
    /// Its name on the command line and in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Build => "build",
            Self::Cascade => "cascade",
        }
    }
}

/// What to back out, and where.
#[derive(Clone, Copy, Debug)]
pub struct PlanRequest<'a> {
    /// The commits, in any order.
    pub commits: &'a [ObjectId],
    /// For merges: the parent to go back to, from 1.
    pub mainline: Option<usize>,
    /// The commit to back out at.
    pub target: ObjectId,
    /// How far to go.
    pub depth: Depth,
    /// Which files that are no C the build makes C of.
    pub generated: &'a [Generated],
}

/// Backs the commits out at the target, newest first, and says what that comes to.
///
/// `tree` is the result as git would write it; where git conflicts there is none. Later commits in the way are named
/// from depth `build` on.
///
/// # Errors
/// [`GitError::MergeCommit`], [`GitError::NoSuchParent`], [`GitError::AbsentObject`] and failures to read.
pub fn plan(
    repository: &Repository,
    store: &Store,
    request: PlanRequest<'_>,
) -> Result<PlanAnswer, GitError> {
    let order = later::newest_first(repository, store, request.commits, request.target)?;
    let text = text(repository, &order, request)?;
    let sources = source_trees(repository, &order, request)?;
    let trees = (request.target, &sources[..]);
    let build = Build::new(repository, store, trees, request.generated)?;
    let mut draft = Draft {
        repository,
        request,
        order,
        notes: Vec::new(),
    };
    match text {
        Text::Merged(sequence) => draft.merged(&build, sequence),
        Text::Stopped {
            at,
            conflicts,
            notes,
        } => {
            draft.notes = notes;
            draft.stopped(&build, at, &conflicts)
        }
    }
}

/// What the merges of the texts came to.
enum Text {
    Merged(Sequence),
    /// Git conflicts when backing out the commit `at`.
    Stopped {
        at: ObjectId,
        conflicts: Vec<Conflict>,
        notes: Vec<String>,
    },
}

fn text(
    repository: &Repository,
    order: &[ObjectId],
    request: PlanRequest<'_>,
) -> Result<Text, GitError> {
    let mut sequence = Sequence::at(repository.commit(request.target)?.tree);
    for commit in order {
        let is_merge = repository.commit(*commit)?.parents.len() > 1;
        let mainline = request.mainline.filter(|_| is_merge);
        match sequence.and(repository, *commit, mainline, &Merging::Git)? {
            Step::Merged { next, .. } => sequence = next,
            Step::Stopped { conflicts, notes } => {
                let at = *commit;
                return Ok(Text::Stopped {
                    at,
                    conflicts,
                    notes,
                });
            }
        }
    }
    Ok(Text::Merged(sequence))
}

/// The trees that restored lines come from, the oldest first: before each of the commits, but for those that only follow
/// another of them. A root commit restores nothing.
fn source_trees(
    repository: &Repository,
    order: &[ObjectId],
    request: PlanRequest<'_>,
) -> Result<Vec<ObjectId>, GitError> {
    let mut trees = Vec::new();
    for commit in order.iter().rev() {
        let head = repository.commit(*commit)?;
        let parent = match request.mainline {
            Some(mainline) if head.parents.len() > 1 => {
                head.parents.get(mainline.saturating_sub(1))
            }
            _ => head.parents.first(),
        };
        // What stood before the first of a row and went with a later one of it, the first one's tree has too.
        let follows = parent.is_some_and(|parent| order.contains(parent));
        if let Some(parent) = parent.filter(|_| !follows) {
            let tree = repository.commit(*parent)?.tree;
            if !trees.contains(&tree) {
                trees.push(tree);
            }
        }
    }
    if trees.is_empty() {
        trees.push(repository.commit(request.target)?.tree);
    }
    Ok(trees)
}

/// An answer in the making.
struct Draft<'a> {
    repository: &'a Repository,
    request: PlanRequest<'a>,
    order: Vec<ObjectId>,
    notes: Vec<String>,
}

impl Draft<'_> {
    /// Git merges: what does the build say?
    fn merged(mut self, build: &Build<'_>, sequence: Sequence) -> Result<PlanAnswer, GitError> {
        self.notes.extend(sequence.notes.iter().cloned());
        let at_target = self.repository.commit(self.request.target)?.tree;
        let is_absent = sequence.tree == at_target;
        let asks_build = self.request.depth >= Depth::Build && !is_absent;
        let breaks = match asks_build {
            true => build.breaks(sequence.tree)?,
            false => Breaks::none(),
        };
        let result = if is_absent {
            TextResult::Same
        } else {
            TextResult::Merged
        };
        let outcome = judge(result, &breaks.conflicts);
        if asks_build {
            self.notes.extend(build.remarks(sequence.tree)?);
        }
        let rows = self.break_rows(&breaks)?;
        let cascade = self.cascade(build, outcome)?;
        self.notes.extend(build.notes());
        Ok(PlanAnswer {
            build_conflicts: rows,
            cascade,
            tree: Some(sequence.tree.to_string()),
            ..self.answer(outcome, Vec::new())
        })
    }

    /// Git conflicts: does the syntax have an answer, and else, who is in the way?
    fn stopped(
        mut self,
        build: &Build<'_>,
        at: ObjectId,
        conflicts: &[Conflict],
    ) -> Result<PlanAnswer, GitError> {
        let resolved = self.by_syntax(build)?;
        let outcome = match &resolved {
            Some(_) => judge(TextResult::Resolved, &[]),
            None => judge(TextResult::Conflict, &[]),
        };
        let mut rows = Vec::new();
        for conflict in conflicts {
            rows.push(self.conflict_row(at, conflict)?);
        }
        if at != self.order[0] {
            self.notes.push(format!(
                "the conflict arises at {at:.12}; the newer commits come out before it"
            ));
        }
        let cascade = self.cascade(build, outcome)?;
        self.notes.extend(build.notes());
        let tree = resolved
            .as_ref()
            .map(|answer| answer.sequence.tree.to_string());
        Ok(PlanAnswer {
            cascade,
            tree,
            resolved: resolved.map_or_else(Vec::new, |answer| answer.rows),
            ..self.answer(outcome, rows)
        })
    }

    /// The back-out with git's conflicts merged by syntax, where that has one answer and breaks nothing; else the notes
    /// say why not.
    fn by_syntax(&mut self, build: &Build<'_>) -> Result<Option<BySyntax>, GitError> {
        if self.request.depth < Depth::Build {
            return Ok(None);
        }
        match syntax::answer(self.repository, build, &self.order, self.request)? {
            Ok(answer) => Ok(Some(answer)),
            Err(reasons) => {
                self.notes.extend(reasons);
                Ok(None)
            }
        }
    }

    fn answer(&self, outcome: RevertOutcome, conflicts: Vec<ConflictRow>) -> PlanAnswer {
        let mut notes = self.notes.clone();
        notes.sort();
        notes.dedup();
        PlanAnswer {
            commits: self.order.iter().map(ObjectId::to_string).collect(),
            at: self.request.target.to_string(),
            depth: self.request.depth.word(),
            outcome: outcome.word(),
            git_clean: conflicts.is_empty(),
            conflicts,
            build_conflicts: Vec::new(),
            resolved: Vec::new(),
            cascade: None,
            tree: None,
            notes,
        }
    }

    fn conflict_row(&self, at: ObjectId, conflict: &Conflict) -> Result<ConflictRow, GitError> {
        let mut commits = BTreeSet::new();
        if self.request.depth >= Depth::Build {
            let blockers = Blockers::new(self.repository, self.request.target);
            let clauses = blockers.of_conflict(at, conflict, &BTreeSet::new())?;
            for commit in clauses.into_iter().flatten() {
                commits.insert(Later::by_date(self.repository, commit)?);
            }
        }
        Ok(ConflictRow {
            path: conflict.path.to_text().into_owned(),
            kind: rows::kind(conflict.kind),
            hunks: conflict.hunks,
            commits: commits.iter().map(|later| later.id.to_string()).collect(),
        })
    }

    /// The breaks as rows, each with the later commit behind it.
    fn break_rows(&self, breaks: &Breaks) -> Result<Vec<BuildConflictRow>, GitError> {
        let blockers = Blockers::new(self.repository, self.request.target);
        let Some(oldest) = self.order.last() else {
            return Ok(Vec::new());
        };
        let mut rows = Vec::new();
        for broken in &breaks.conflicts {
            let behind = blockers.of_break(*oldest, broken, breaks)?;
            rows.push(rows::of_break(broken, behind.first()));
        }
        Ok(rows)
    }

    fn cascade(
        &mut self,
        build: &Build<'_>,
        outcome: RevertOutcome,
    ) -> Result<Option<Vec<CascadeRow>>, GitError> {
        if self.request.depth < Depth::Cascade {
            return Ok(None);
        }
        if outcome < RevertOutcome::BuildConflict {
            return Ok(Some(Vec::new()));
        }
        let question = along::Question {
            repository: self.repository,
            commits: &self.order,
            request: self.request,
            build,
        };
        let (rows, notes) = along::rows(&question)?;
        self.notes.extend(notes);
        Ok(rows)
    }
}
