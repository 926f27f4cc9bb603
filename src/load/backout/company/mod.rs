//! Which commits have to come out along with a change: rehearses sets of them for the search in `revert`.

mod obstacles;

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use crate::change::ObjectId;
use crate::git::{GitError, Repository, path_mark};
use crate::revert::cascade::{Attempt, Obstacle, Rehearsal};
use crate::text::FilePath;

use super::blockers::{Blockers, names_then};
use super::build::Build;
use super::forward::{Forward, Reach};
use super::history::LaterHistory;
use super::later::Later;
use super::limits::{Budget, COMPANY_LIMIT, Limit};
use super::memory::Memory;
use super::run::{Run, Stop, Without};
use super::sequence::{Merging, Sequence};

/// Up to so many commits every obstacle is followed through the whole history.
const SMALL: usize = 16;

/// Backs sets of commits out in memory and says what is in the way.
pub(super) struct Company<'a, 'b> {
    stage: Stage<'a, 'b>,
    /// The change: the commits that are backed out in any case.
    change: Vec<Later>,
    blockers: Blockers<'a>,
    /// The last set that came out, or the largest that merged.
    run: Run,
    /// How the steps merge.
    merging: Merging,
    /// What each resulting tree breaks.
    checked: BTreeMap<ObjectId, Checked>,
    checks_left: usize,
    steps_left: Cell<usize>,
    merges_left: Cell<usize>,
    memory: Memory,
    /// The files of the change in which it conflicts, as the change names them.
    concerned: BTreeSet<FilePath>,
    /// Whether the resulting tree has to pass the build check, too.
    pub(super) goal: Goal,
    /// What the last set stopped at.
    last: Last,
    /// Which limit was met first.
    met: Cell<Option<Limit>>,
    /// Whether some obstacle is known by its lines only, so that another set might pass it.
    traced: Cell<bool>,
    /// The first failure to read the repository; the search then ends without an answer.
    error: Option<GitError>,
}

/// What a tree breaks.
struct Checked {
    obstacles: Vec<Obstacle<Later>>,
    /// Breaks that no later commit explains; they stay whatever goes along.
    unexplained: BTreeSet<String>,
}

/// What backing out a list of commits came to.
enum Ran {
    Merged(Sequence, Run),
    Stopped(Vec<Stop>),
    LimitMet,
}

/// When a set has come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Goal {
    /// Git merges every step.
    Merges,
    /// And nothing in the last tree breaks.
    Builds,
}

/// A set that did not come out, and why.
#[derive(Default)]
struct Last {
    along: BTreeSet<Later>,
    stops: Vec<Stop>,
    /// Who is behind what breaks.
    behind_breaks: Vec<Later>,
}

/// What rehearsals need.
#[derive(Clone, Copy)]
pub(super) struct Stage<'a, 'b> {
    pub(super) repository: &'a Repository,
    /// Newest first.
    pub(super) change: &'a [ObjectId],
    pub(super) mainline: Option<usize>,
    pub(super) target: ObjectId,
    pub(super) build: &'a Build<'b>,
    pub(super) history: &'a LaterHistory,
    pub(super) series: &'a BTreeSet<ObjectId>,
}

impl<'a, 'b> Company<'a, 'b> {
    pub(super) fn new(
        stage: Stage<'a, 'b>,
        merging: Merging,
        budget: Budget,
    ) -> Result<Self, GitError> {
        let repository = stage.repository;
        let mut change = Vec::new();
        for commit in stage.change {
            change.push(Later::of(repository, stage.history, *commit)?);
        }
        Ok(Self {
            change,
            blockers: Blockers::new(repository, stage.target),
            run: Run::at(repository.commit(stage.target)?.tree),
            merging,
            checked: BTreeMap::new(),
            checks_left: budget.checks,
            steps_left: Cell::new(budget.steps),
            merges_left: Cell::new(budget.merges),
            memory: Memory::default(),
            concerned: BTreeSet::new(),
            goal: Goal::Merges,
            last: Last::default(),
            met: Cell::new(None),
            traced: Cell::new(false),
            error: None,
            stage,
        })
    }

    /// Whether smaller sets were ruled out by the lines that commits touched alone.
    pub(super) fn is_traced(&self) -> bool {
        self.traced.get()
    }

    /// The files that the last set needed merged by syntax, each with the commit that came out there.
    pub(super) fn resolved(&self) -> &[(ObjectId, FilePath)] {
        &self.run.result.resolved
    }

    /// What the search has not used of its budget.
    pub(super) fn left(&self) -> Budget {
        Budget {
            steps: self.steps_left.get(),
            merges: self.merges_left.get(),
            checks: self.checks_left,
        }
    }

    /// The limit that was met first, if any was.
    pub(super) fn limit(&self) -> Option<Limit> {
        self.met.get()
    }

    /// The breaks that no later commit explains and the last set leaves; the failure to read, if there was one.
    pub(super) fn into_unexplained(mut self) -> Result<BTreeSet<String>, GitError> {
        match self.error {
            Some(error) => Err(error),
            None => {
                let last = self.checked.remove(&self.run.result.tree);
                Ok(last.map(|checked| checked.unexplained).unwrap_or_default())
            }
        }
    }

    fn rehearse(&mut self, along: &BTreeSet<Later>) -> Result<Attempt<Later>, GitError> {
        let all: BTreeSet<Later> = along.iter().chain(&self.change).copied().collect();
        let order: Vec<ObjectId> = all.iter().map(|later| later.id).collect();
        let (result, run) = match self.run(&order)? {
            Ran::Merged(result, run) => (result, run),
            Ran::LimitMet => return Ok(self.stopped_by(Limit::Steps)),
            Ran::Stopped(stops) => {
                let mut obstacles = Vec::new();
                // In a large set those that follow mostly stop for the sake of the first.
                let told = if order.len() > SMALL { 1 } else { stops.len() };
                for stop in &stops[..told] {
                    self.conflicts(stop, &order, &mut obstacles)?;
                }
                self.last = Last {
                    along: along.clone(),
                    stops,
                    behind_breaks: Vec::new(),
                };
                return Ok(Attempt::Blocked(obstacles));
            }
        };
        let obstacles = match self.goal {
            Goal::Merges => Vec::new(),
            Goal::Builds => match self.breaks(&result, along)? {
                Some(obstacles) => obstacles,
                None => return Ok(self.stopped_by(Limit::Checks)),
            },
        };
        self.last = Last {
            along: along.clone(),
            stops: Vec::new(),
            behind_breaks: obstacles
                .iter()
                .flat_map(|one| one.clause.clone())
                .collect(),
        };
        if obstacles.is_empty() || order.len() > self.run.commits().count() {
            self.run = run;
        }
        Ok(match obstacles.is_empty() {
            true => Attempt::Free,
            false => Attempt::Blocked(obstacles),
        })
    }

    /// Backs out a list of commits; where some conflict, they are left where they are and the others go on, so that
    /// all that stands in the way is seen at once.
    fn run(&self, order: &[ObjectId]) -> Result<Ran, GitError> {
        let repository = self.stage.repository;
        let wanted: BTreeSet<ObjectId> = order.iter().copied().collect();
        let known: BTreeSet<ObjectId> = self.run.commits().collect();
        if wanted.is_subset(&known)
            && let Without::Stopped(stop) =
                self.run
                    .without(repository, &(&known - &wanted), &self.merging)?
        {
            return Ok(Ran::Stopped(vec![stop]));
        }
        let mut run = self.run.shared(order);
        let mut stops = Vec::new();
        for commit in &order[run.commits().count()..] {
            let Some(left) = self.steps_left.get().checked_sub(1) else {
                return Ok(Ran::LimitMet);
            };
            self.steps_left.set(left);
            let is_change = self.stage.change.contains(commit);
            let is_merge = repository.commit(*commit)?.parents.len() > 1;
            let mainline = self.stage.mainline.filter(|_| is_change && is_merge);
            if let Err(stop) = run.step(repository, *commit, mainline, &self.merging)? {
                stops.push(stop);
            }
        }
        match stops.is_empty() {
            true => Ok(Ran::Merged(run.result.clone(), run)),
            false => Ok(Ran::Stopped(stops)),
        }
    }

    /// The commits in their places, newest first; what is not later than the change is left out.
    fn placed(&self, commits: &[ObjectId]) -> Result<Vec<Later>, GitError> {
        let mut placed = Vec::with_capacity(commits.len());
        for commit in commits {
            if !self.stage.change.contains(commit) {
                placed.push(Later::of(
                    self.stage.repository,
                    self.stage.history,
                    *commit,
                )?);
            }
        }
        placed.sort_unstable();
        placed.dedup();
        Ok(placed)
    }

    fn stopped_by(&self, limit: Limit) -> Attempt<Later> {
        self.met.set(self.met.get().or(Some(limit)));
        Attempt::LimitMet
    }

    /// `along` and those who stand in the way of what stopped, in the very files.
    fn nearest(&self, along: &BTreeSet<Later>) -> Result<BTreeSet<Later>, GitError> {
        let mut all = along.clone();
        if self.last.along != *along {
            return Ok(all);
        }
        all.extend(&self.last.behind_breaks);
        let mut out: BTreeSet<ObjectId> = along.iter().map(|later| later.id).collect();
        out.extend(self.stage.change);
        let mut marks = BTreeSet::new();
        for stop in &self.last.stops {
            for conflict in &stop.conflicts {
                // Where a newer commit that touched the file did not come out, this one stops for its sake.
                let is_first = !marks.contains(&path_mark(&conflict.path));
                let mut near = self.behind(stop.commit, &names_then(conflict), &out)?;
                if near.is_empty() && is_first {
                    near = self.last_resort(stop, conflict, &out)?;
                }
                out.extend(&near);
                all.extend(self.placed(&near)?);
            }
            let touched = self.memory.files(self.stage.repository, stop.commit)?;
            let sides = touched.iter().flat_map(|file| [&file.before, &file.after]);
            marks.extend(sides.flatten().map(|side| path_mark(&side.path)));
        }
        Ok(all)
    }

    fn company(&self, along: &BTreeSet<Later>) -> Result<BTreeSet<Later>, GitError> {
        let Some(oldest) = self.change.last() else {
            return Ok(along.clone());
        };
        let both = along.iter().chain(&self.change);
        let forward = Forward {
            repository: self.stage.repository,
            history: self.stage.history,
            without: &both.map(|later| later.id).collect(),
            reach: Reach::All,
            merges_left: &self.merges_left,
            memory: &self.memory,
        };
        let concerned = |path: &FilePath| self.concerned.contains(path);
        let behind = forward.from(oldest.id, &concerned)?;
        if behind.cut_off || behind.commits.len() > COMPANY_LIMIT {
            // No step is left, so the next rehearsal says that a limit is met.
            self.steps_left.set(0);
            self.stopped_by(if behind.cut_off {
                Limit::Merges
            } else {
                Limit::Company
            });
            return Ok(along.clone());
        }
        let mut all = along.clone();
        all.extend(self.placed(&behind.commits)?);
        Ok(all)
    }
}

impl Rehearsal for Company<'_, '_> {
    type Commit = Later;

    fn attempt(&mut self, along: &BTreeSet<Later>) -> Attempt<Later> {
        if self.error.is_some() {
            return Attempt::LimitMet;
        }
        self.rehearse(along).unwrap_or_else(|error| {
            self.error = Some(error);
            Attempt::LimitMet
        })
    }

    fn with_nearest(&mut self, along: &BTreeSet<Later>) -> BTreeSet<Later> {
        self.nearest(along).unwrap_or_else(|error| {
            self.error.get_or_insert(error);
            along.clone()
        })
    }

    fn with_company(&mut self, along: &BTreeSet<Later>) -> BTreeSet<Later> {
        self.company(along).unwrap_or_else(|error| {
            self.error.get_or_insert(error);
            along.clone()
        })
    }

    fn is_own_series(&self, commit: &Later) -> bool {
        self.stage.series.contains(&commit.id)
    }
}
