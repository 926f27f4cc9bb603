//! Which commits have to come out along with a change: rehearses sets of them for the search in `revert`.

mod by_hand;
mod growth;
mod obstacles;
mod trial;

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
use super::run::{Run, Stop};
use super::sequence::{Merging, Sequence};
use super::steps::Steps;
use trial::Ran;

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
    /// What the last set that came out left.
    came_out: Sequence,
    /// How the steps merge.
    merging: Merging,
    /// What each resulting tree breaks.
    checked: BTreeMap<ObjectId, Checked>,
    /// Trees that were checked as a whole.
    proven: BTreeSet<ObjectId>,
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
    /// Whether a merge was made by hand in a file.
    by_hand: RefCell<BTreeMap<(ObjectId, FilePath), bool>>,
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
    /// What was left out of the run so far.
    tried: RefCell<Tried>,
    /// Whether what came out without some of its members is backed out step by step once more, and checked as a whole.
    pub(super) is_exact: bool,
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

/// What is told of a set that does not come out.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Telling {
    Why,
    /// Only that it does not.
    Whether,
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

/// Members that were left out of a run.
#[derive(Default)]
struct Tried {
    /// Those without which it came out.
    left: BTreeSet<ObjectId>,
    /// A file in which it stopped without this member.
    stopped_in: BTreeMap<ObjectId, FilePath>,
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
            proven: BTreeSet::new(),
            sound: None,
            checks_left: budget.checks,
            steps_left: Cell::new(budget.steps),
            merges_left: Cell::new(budget.merges),
            memory: Memory::default(),
            known_steps: Steps::default(),
            came_out: Sequence::at(repository.commit(stage.target)?.tree),
            branches: RefCell::default(),
            by_hand: RefCell::default(),
            takes_merges: false,
            met_merge: Cell::new(false),
            largest: 0,
            concerned: BTreeSet::new(),
            goal: Goal::Merges,
            last: Last::default(),
            tried: RefCell::default(),
            is_exact: false,
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
    /// the same tree, which breaks nothing as a whole.
    pub(super) fn confirms<'c>(
        &mut self,
        along: impl Iterator<Item = &'c Later>,
    ) -> Result<bool, GitError> {
        let along = along.copied().collect();
        let order = self.order_of(&along)?;
        self.steps_left.set(self.steps_left.get() + order.len());
        let start = Run::at(self.stage.repository.commit(self.stage.target)?.tree);
        let Ran::Merged(result, _) = self.step_by_step(start, &order)? else {
            return Ok(false);
        };
        let same = result.tree == self.came_out.tree;
        self.came_out.resolved.clone_from(&result.resolved);
        if !same || self.goal == Goal::Merges || self.proven.contains(&result.tree) {
            return Ok(same);
        }
        self.checked.remove(&result.tree);
        self.sound = None;
        self.checks_left = self.checks_left.max(1);
        let obstacles = self.breaks(&result, &along)?;
        Ok(obstacles.is_none_or(|obstacles| obstacles.is_empty()))
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
        self.rehearse(along, Telling::Why).unwrap_or_else(|error| {
            self.error = Some(error);
            Attempt::LimitMet
        })
    }

    fn glance(&mut self, along: &BTreeSet<Later>) -> Attempt<Later> {
        if self.error.is_some() {
            return Attempt::LimitMet;
        }
        self.rehearse(along, Telling::Whether)
            .unwrap_or_else(|error| {
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
