//! Which commits have to come out along with a change: rehearses sets of them for the search in `revert`.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::ObjectId;
use crate::git::{GitError, Repository};
use crate::revert::cascade::{Attempt, Rehearsal};

use super::blockers::{Blockers, Clause};
use super::build::Build;
use super::later::Later;
use super::sequence::{Sequence, Step};

/// Backs sets of commits out in memory and says what is in the way.
pub(super) struct Company<'a, 'b> {
    repository: &'a Repository,
    /// The change: the commits that are backed out in any case.
    change: Vec<Later>,
    mainline: Option<usize>,
    start: Sequence,
    blockers: Blockers<'a>,
    build: &'a Build<'b>,
    series: BTreeSet<ObjectId>,
    /// What each run of back-outs from the target on came to.
    runs: BTreeMap<Vec<ObjectId>, Run>,
    /// Why each commit is in the way.
    because: BTreeMap<ObjectId, BTreeSet<String>>,
    /// The first failure to read the repository; the search then ends without an answer.
    error: Option<GitError>,
}

/// What a run of back-outs came to.
#[derive(Clone)]
enum Run {
    Merged(Sequence),
    Stopped(Vec<Clause>),
}

/// What a rehearsal needs beside the repository.
pub(super) struct Stage<'a, 'b> {
    pub(super) change: &'a [ObjectId],
    pub(super) mainline: Option<usize>,
    pub(super) target: ObjectId,
    pub(super) build: &'a Build<'b>,
    pub(super) series: BTreeSet<ObjectId>,
}

impl<'a, 'b> Company<'a, 'b> {
    pub(super) fn new(repository: &'a Repository, stage: Stage<'a, 'b>) -> Result<Self, GitError> {
        let mut change = Vec::new();
        for commit in stage.change {
            change.push(Later::of(repository, *commit)?);
        }
        Ok(Self {
            repository,
            change,
            mainline: stage.mainline,
            start: Sequence::at(repository.commit(stage.target)?.tree),
            blockers: Blockers::new(repository, stage.target),
            build: stage.build,
            series: stage.series,
            runs: BTreeMap::new(),
            because: BTreeMap::new(),
            error: None,
        })
    }

    /// Why a commit is in the way, one sentence each; the failure to read, if there was one.
    pub(super) fn into_reasons(self) -> Result<BTreeMap<ObjectId, BTreeSet<String>>, GitError> {
        match self.error {
            Some(error) => Err(error),
            None => Ok(self.because),
        }
    }

    fn rehearse(&mut self, along: &BTreeSet<Later>) -> Result<Attempt<Later>, GitError> {
        let all: BTreeSet<Later> = along.iter().chain(&self.change).copied().collect();
        let order: Vec<ObjectId> = all.iter().map(|later| later.id).collect();
        let clauses = match self.run(&order)? {
            Run::Stopped(clauses) => clauses,
            Run::Merged(sequence) => self.breaks(&sequence, &order)?,
        };
        if clauses.is_empty() {
            return Ok(Attempt::Free);
        }
        let mut blocked = Vec::new();
        for clause in clauses {
            let mut later = Vec::new();
            for commit in clause {
                later.push(Later::of(self.repository, commit)?);
            }
            later.sort_unstable();
            blocked.push(later);
        }
        Ok(Attempt::Blocked(blocked))
    }

    /// Backs out a list of commits, going on from the longest part of it that was done before.
    fn run(&mut self, order: &[ObjectId]) -> Result<Run, GitError> {
        let known = (1..=order.len())
            .rev()
            .find_map(|count| Some((count, self.runs.get(&order[..count])?.clone())));
        let (mut done, mut run) = known.unwrap_or((0, Run::Merged(self.start.clone())));
        while let Run::Merged(sequence) = &run {
            let Some(commit) = order.get(done).copied() else {
                break;
            };
            run = self.step(sequence, commit, &order[..done])?;
            done += 1;
            self.runs.insert(order[..done].to_vec(), run.clone());
        }
        Ok(run)
    }

    fn step(
        &mut self,
        sequence: &Sequence,
        commit: ObjectId,
        taken: &[ObjectId],
    ) -> Result<Run, GitError> {
        let is_change = self.change.iter().any(|later| later.id == commit);
        let mainline = self.mainline.filter(|_| is_change);
        let conflicts = match sequence.and(self.repository, commit, mainline)? {
            Step::Merged(sequence) => return Ok(Run::Merged(sequence)),
            Step::Stopped { conflicts, .. } => conflicts,
        };
        let taken: BTreeSet<ObjectId> = taken.iter().copied().collect();
        let mut clauses = Vec::new();
        for conflict in &conflicts {
            for clause in self.blockers.of_conflict(commit, conflict, &taken)? {
                let because = format!(
                    "touches what backing out {commit:.12} changes in {}",
                    conflict.path
                );
                self.note(&clause, &because);
                clauses.push(clause);
            }
        }
        Ok(Run::Stopped(clauses))
    }

    /// A clause for each break of the resulting tree.
    fn breaks(&mut self, sequence: &Sequence, taken: &[ObjectId]) -> Result<Vec<Clause>, GitError> {
        let breaks = self.build.breaks(sequence)?;
        let Some(oldest) = self.change.last().map(|later| later.id) else {
            return Ok(Vec::new());
        };
        let mut clauses = Vec::new();
        for broken in &breaks.conflicts {
            let mut clause = self.blockers.of_break(oldest, broken, &breaks)?;
            clause.retain(|commit| !taken.contains(commit));
            let because = format!("{}:{}: {}", broken.path, broken.line, broken.because);
            self.note(&clause, &because);
            clauses.push(clause);
        }
        clauses.sort();
        clauses.dedup();
        Ok(clauses)
    }

    fn note(&mut self, clause: &[ObjectId], because: &str) {
        for commit in clause {
            let reasons = self.because.entry(*commit).or_default();
            reasons.insert(because.to_owned());
        }
    }
}

impl Rehearsal for Company<'_, '_> {
    type Commit = Later;

    fn attempt(&mut self, along: &BTreeSet<Later>) -> Attempt<Later> {
        if self.error.is_some() {
            return Attempt::Blocked(Vec::new());
        }
        self.rehearse(along).unwrap_or_else(|error| {
            self.error = Some(error);
            Attempt::Blocked(Vec::new())
        })
    }

    fn is_own_series(&self, commit: &Later) -> bool {
        self.series.contains(&commit.id)
    }
}
