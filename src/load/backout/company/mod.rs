//! Which commits have to come out along with a change: rehearses sets of them for the search in `revert`.

mod by_hand;
mod growth;
mod obstacles;

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use crate::change::ObjectId;
use crate::git::{GitError, Repository};
use crate::revert::cascade::{Attempt, Obstacle, Rehearsal};
use crate::text::FilePath;

use super::blockers::Blockers;
use super::build::Build;
use super::history::LaterHistory;
use super::later::Later;
use super::limits::{Budget, Limit};
use super::memory::Memory;
use super::run::{Run, Stop, Without};
use super::sequence::{Merging, Sequence};
use super::steps::Steps;

/// Up to so many commits every obstacle is followed through the whole history.
const SMALL: usize = 16;

/// So many commits are left out of a run before the rest is backed out anew; tuned by eye.
const MANY: usize = 24;

/// Backs sets of commits out in memory and says what is in the way.
pub(super) struct Company<'a, 'b> {
    stage: Stage<'a, 'b>,
    /// The change: the commits that are backed out in any case.
    change: Vec<Later>,
    blockers: Blockers<'a>,
    /// The last set that came out, or the largest that merged.
    run: Run,
    /// What the last set that came out left.
    came_out: Sequence,
    /// How the steps merge.
    merging: Merging,
    /// What each resulting tree breaks.
    checked: BTreeMap<ObjectId, Checked>,
    /// The last set whose result breaks nothing, and the resulting tree.
    sound: Option<(BTreeSet<Later>, ObjectId)>,
    checks_left: usize,
    steps_left: Cell<usize>,
    merges_left: Cell<usize>,
    memory: Memory,
    /// How commits came out last.
    known_steps: Steps,
    /// What the merges that were looked at bring.
    branches: RefCell<BTreeMap<ObjectId, Rc<[ObjectId]>>>,
    /// Whether merges may go along, however few commits do.
    pub(super) takes_merges: bool,
    /// Whether a merge that somebody made by hand stood in the way.
    met_merge: Cell<bool>,
    /// The largest set that was tried.
    largest: usize,
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
    /// All merges; known from the last run, which is kept.
    Left(Sequence),
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
            sound: None,
            checks_left: budget.checks,
            steps_left: Cell::new(budget.steps),
            merges_left: Cell::new(budget.merges),
            memory: Memory::default(),
            known_steps: Steps::default(),
            came_out: Sequence::at(repository.commit(stage.target)?.tree),
            branches: RefCell::default(),
            takes_merges: false,
            met_merge: Cell::new(false),
            largest: 0,
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
        &self.came_out.resolved
    }

    /// Whether the last set that came out does so when it is taken out once more, each step after the other, and leaves
    /// the same tree.
    pub(super) fn confirms<'c>(
        &mut self,
        along: impl Iterator<Item = &'c Later>,
    ) -> Result<bool, GitError> {
        let order = self.order_of(&along.copied().collect())?;
        self.steps_left.set(self.steps_left.get() + order.len());
        let start = Run::at(self.stage.repository.commit(self.stage.target)?.tree);
        let Ran::Merged(result, _) = self.step_by_step(start, &order)? else {
            return Ok(false);
        };
        let same = result.tree == self.came_out.tree;
        self.came_out.resolved = result.resolved;
        Ok(same)
    }

    /// What the search has not used of its budget.
    pub(super) fn left(&self) -> Budget {
        Budget {
            steps: self.steps_left.get(),
            merges: self.merges_left.get(),
            checks: self.checks_left,
        }
    }

    /// Whether a search with merges may find what this one did not.
    pub(super) fn met_merge(&self) -> bool {
        self.met_merge.get()
    }

    /// Whether no more than a few dozen commits were ever tried together.
    pub(super) fn stayed_small(&self) -> bool {
        self.largest <= by_hand::FEW
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
                let last = self.checked.remove(&self.came_out.tree);
                Ok(last.map(|checked| checked.unexplained).unwrap_or_default())
            }
        }
    }

    fn rehearse(&mut self, along: &BTreeSet<Later>) -> Result<Attempt<Later>, GitError> {
        self.largest = self.largest.max(along.len());
        let order = self.order_of(along)?;
        let (result, run) = match self.run(&order)? {
            Ran::Merged(result, run) => (result, Some(run)),
            Ran::Left(result) => (result, None),
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
        if let Some(run) = run
            && (obstacles.is_empty() || order.len() > self.run.commits().count())
        {
            self.run = run;
        }
        if obstacles.is_empty() {
            self.came_out = result;
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
        let left = &known - &wanted;
        if wanted.is_subset(&known) && !left.is_empty() {
            let merges = (&self.merging, &self.memory.merges);
            match self.run.without(repository, &left, merges)? {
                Without::Stopped(stop) => return Ok(Ran::Stopped(vec![stop])),
                Without::Merged(files)
                    if left.len() < MANY && matches!(self.merging, Merging::Git) =>
                {
                    let mut result = self.run.result.clone();
                    result.tree = repository.tree_with(result.tree, &files)?;
                    return Ok(Ran::Left(result));
                }
                Without::Merged(_) | Without::Unsure => {}
            }
        }
        self.step_by_step(self.run.shared(order), order)
    }

    /// Takes what a run lacks of a list, one commit after the other.
    fn step_by_step(&self, mut run: Run, order: &[ObjectId]) -> Result<Ran, GitError> {
        let repository = self.stage.repository;
        let mut stops = Vec::new();
        for commit in &order[run.commits().count()..] {
            let left = self.steps_left.get();
            if left == 0 {
                return Ok(Ran::LimitMet);
            }
            let is_change = self.stage.change.contains(commit);
            let is_merge = self.is_merge(*commit)?;
            let mainline = match is_change {
                true => self.stage.mainline,
                false => Some(1),
            };
            let mainline = mainline.filter(|_| is_merge);
            let step = (*commit, mainline);
            if let Err(stop) = run.step(repository, step, &self.merging, &self.known_steps)? {
                stops.push(stop);
                self.steps_left.set(left - 1);
            } else if run.last_is_anew() {
                self.steps_left.set(left - 1);
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
