//! Which commits have to come out along with a change: rehearses sets of them for the search in `revert`.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};

use crate::change::ObjectId;
use crate::git::{GitError, Repository, path_mark};
use crate::revert::cascade::{Attempt, Obstacle, Rehearsal};
use crate::text::FilePath;

use super::blockers::{self, Blockers};
use super::build::Build;
use super::forward::{Forward, MERGE_LIMIT, Reach};
use super::history::LaterHistory;
use super::later::Later;
use super::run::{Run, Stop, Without};
use super::sequence::Sequence;

/// Files that all build checks of one search look at together, at most: each check reads what mentions a name that comes
/// or goes in them, all over the tree.
pub(super) const CHECK_LIMIT: usize = 800;

/// Commits that all rehearsals of one search back out one by one, at most. Those that a rehearsal need not look at anew
/// do not count.
pub(super) const STEP_LIMIT: usize = 2000;

/// Up to so many commits every obstacle is followed through the whole history.
const SMALL: usize = 16;

/// Where more commits than this build on a change the search is given up: nobody backs so many out.
pub(super) const COMPANY_LIMIT: usize = 400;

/// Backs sets of commits out in memory and says what is in the way.
pub(super) struct Company<'a, 'b> {
    stage: Stage<'a, 'b>,
    /// The change: the commits that are backed out in any case.
    change: Vec<Later>,
    blockers: Blockers<'a>,
    /// The last set that came out, or the largest that merged.
    run: Run,
    /// What each resulting tree breaks.
    checked: BTreeMap<ObjectId, Checked>,
    checks_left: usize,
    steps_left: Cell<usize>,
    merges_left: Cell<usize>,
    /// The files of the change in which it conflicts, as the change names them.
    concerned: BTreeSet<FilePath>,
    /// Whether the resulting tree has to pass the build check, too.
    pub(super) goal: Goal,
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

/// What rehearsals need.
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
    pub(super) fn new(stage: Stage<'a, 'b>) -> Result<Self, GitError> {
        let repository = stage.repository;
        let mut change = Vec::new();
        for commit in stage.change {
            change.push(Later::of(repository, *commit)?);
        }
        Ok(Self {
            change,
            blockers: Blockers::new(repository, stage.target),
            run: Run::at(repository.commit(stage.target)?.tree),
            checked: BTreeMap::new(),
            checks_left: CHECK_LIMIT,
            steps_left: Cell::new(STEP_LIMIT),
            merges_left: Cell::new(MERGE_LIMIT),
            concerned: BTreeSet::new(),
            goal: Goal::Merges,
            error: None,
            stage,
        })
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
            Ran::LimitMet => return Ok(Attempt::LimitMet),
            Ran::Stopped(stops) => {
                let mut obstacles = Vec::new();
                for stop in stops {
                    self.conflicts(&stop, &order, &mut obstacles)?;
                }
                return Ok(Attempt::Blocked(obstacles));
            }
        };
        let obstacles = match self.goal {
            Goal::Merges => Vec::new(),
            Goal::Builds => match self.breaks(&result, along)? {
                Some(obstacles) => obstacles,
                None => return Ok(Attempt::LimitMet),
            },
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
            && let Without::Stopped(stop) = self.run.without(repository, &(&known - &wanted))?
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
            let mainline = self.stage.mainline.filter(|_| is_change);
            let is_merge = repository.commit(*commit)?.parents.len() > 1;
            if let Err(stop) = run.step(repository, *commit, mainline.filter(|_| is_merge))? {
                stops.push(stop);
            }
        }
        match stops.is_empty() {
            true => Ok(Ran::Merged(run.result.clone(), run)),
            false => Ok(Ran::Stopped(stops)),
        }
    }

    /// What stands in the way of a commit that conflicts.
    fn conflicts(
        &mut self,
        stop: &Stop,
        order: &[ObjectId],
        obstacles: &mut Vec<Obstacle<Later>>,
    ) -> Result<(), GitError> {
        let repository = self.stage.repository;
        let commit = stop.commit;
        let left = self.left_of_many(order);
        let is_change = self.stage.change.contains(&commit);
        let taken: BTreeSet<ObjectId> = stop.taken.iter().copied().collect();
        for conflict in &stop.conflicts {
            let paths = blockers::names_then(conflict);
            if is_change && taken.is_subset(&self.stage.change.iter().copied().collect()) {
                self.concerned.extend(paths.iter().cloned());
            }
            let mut given = Vec::new();
            if !is_change {
                given.push(commit);
            }
            if !blockers::conflicts_at(repository, self.stage.target, conflict)? {
                given.extend(self.touching(&paths, &taken)?);
            }
            let clause = match &left {
                Some(left) => self.touching(&paths, left)?,
                None => self.in_the_way(commit, &paths, &taken)?,
            };
            let clause = match &left {
                Some(left) if clause.is_empty() => left.iter().copied().collect(),
                _ => clause,
            };
            obstacles.push(Obstacle {
                given: self.placed(&given)?.into_iter().collect(),
                clause: self.placed(&clause)?,
                because: format!("backing out {commit:.12} conflicts in {}", conflict.path),
            });
        }
        Ok(())
    }

    /// What a large set lacks of the one that came out: whatever then stands in the way is among that. Small sets are
    /// looked at without that knowledge, so that nothing else that may do is missed.
    fn left_of_many(&self, order: &[ObjectId]) -> Option<BTreeSet<ObjectId>> {
        let known: BTreeSet<ObjectId> = self.run.commits().collect();
        let wanted: BTreeSet<ObjectId> = order.iter().copied().collect();
        let is_large = order.len() > SMALL && wanted.is_subset(&known);
        is_large.then(|| &known - &wanted)
    }

    /// The later commits that do not apply without `commit`, as far as these files go; where none is found, all that
    /// touched them.
    fn in_the_way(
        &self,
        commit: ObjectId,
        paths: &BTreeSet<FilePath>,
        taken: &BTreeSet<ObjectId>,
    ) -> Result<Vec<ObjectId>, GitError> {
        let forward = Forward {
            repository: self.stage.repository,
            history: self.stage.history,
            without: taken,
            reach: Reach::SameFiles,
            merges_left: &self.merges_left,
        };
        let concerned = |path: &FilePath| paths.is_empty() || paths.contains(path);
        let behind = forward.from(commit, &concerned)?;
        if !behind.commits.is_empty() {
            return Ok(behind.commits);
        }
        let marks: Vec<u32> = paths.iter().map(path_mark).collect();
        let touching = self.stage.history.after(commit).filter(|(later, there)| {
            !taken.contains(later) && marks.iter().any(|mark| there.contains(mark))
        });
        Ok(touching.map(|(later, _)| later).collect())
    }

    /// Those of `commits` that changed one of these files.
    fn touching(
        &self,
        paths: &BTreeSet<FilePath>,
        commits: &BTreeSet<ObjectId>,
    ) -> Result<Vec<ObjectId>, GitError> {
        let mut found = Vec::new();
        for commit in commits {
            if self.stage.change.contains(commit) {
                continue;
            }
            let files = self.stage.repository.changed_files(*commit)?;
            let paths_of = files.iter().flat_map(|file| [&file.before, &file.after]);
            if paths_of
                .flatten()
                .any(|side| paths.is_empty() || paths.contains(&side.path))
            {
                found.push(*commit);
            }
        }
        Ok(found)
    }

    /// An obstacle for each break of the resulting tree; `None` where the limit is met.
    fn breaks(
        &mut self,
        result: &Sequence,
        along: &BTreeSet<Later>,
    ) -> Result<Option<Vec<Obstacle<Later>>>, GitError> {
        if let Some(known) = self.checked.get(&result.tree) {
            return Ok(Some(known.obstacles.clone()));
        }
        if self.checks_left == 0 {
            return Ok(None);
        }
        let breaks = self.stage.build.breaks(result.tree)?;
        self.checks_left = self.checks_left.saturating_sub(10 + breaks.files.len());
        let Some(oldest) = self.change.last().map(|later| later.id) else {
            return Ok(Some(Vec::new()));
        };
        let mut obstacles = Vec::new();
        let mut unexplained = BTreeSet::new();
        for broken in &breaks.conflicts {
            let mut clause = self.blockers.of_break(oldest, broken, &breaks)?;
            clause.retain(|commit| {
                !self.stage.change.contains(commit) && along.iter().all(|later| later.id != *commit)
            });
            let because = format!("{}:{}: {}", broken.path, broken.line, broken.because);
            if clause.is_empty() {
                unexplained.insert(because);
                continue;
            }
            obstacles.push(Obstacle {
                given: along.clone(),
                clause: self.placed(&clause)?,
                because,
            });
        }
        let checked = Checked {
            obstacles: obstacles.clone(),
            unexplained,
        };
        self.checked.insert(result.tree, checked);
        Ok(Some(obstacles))
    }

    /// The commits in their places, newest first; what is not later than the change is left out.
    fn placed(&self, commits: &[ObjectId]) -> Result<Vec<Later>, GitError> {
        let mut placed = Vec::with_capacity(commits.len());
        for commit in commits {
            if !self.stage.change.contains(commit) {
                placed.push(Later::of(self.stage.repository, *commit)?);
            }
        }
        placed.sort_unstable();
        placed.dedup();
        Ok(placed)
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
        };
        let concerned = |path: &FilePath| self.concerned.contains(path);
        let behind = forward.from(oldest.id, &concerned)?;
        if behind.cut_off || behind.commits.len() > COMPANY_LIMIT {
            // No step is left, so the next rehearsal says that the limit is met.
            self.steps_left.set(0);
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
