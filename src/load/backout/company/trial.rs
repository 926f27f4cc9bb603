//! One rehearsal: backs a set out, from what the last ones left, and says what stops it.

use std::collections::BTreeSet;

use crate::change::ObjectId;
use crate::git::GitError;
use crate::revert::cascade::Attempt;

use super::{Company, Goal, Last, SMALL, Telling};
use crate::load::backout::later::Later;
use crate::load::backout::limits::Limit;
use crate::load::backout::run::{Run, Stop, Without};
use crate::load::backout::sequence::{Merging, Sequence};

/// So many commits are left out of a run before the rest is backed out anew; tuned by eye.
const MANY: usize = 24;

/// What backing out a list of commits came to.
pub(super) enum Ran {
    Merged(Sequence, Run),
    /// All merges; known from the last run, which is kept.
    Left(Sequence),
    Stopped(Vec<Stop>),
    LimitMet,
}

impl Company<'_, '_> {
    pub(super) fn rehearse(
        &mut self,
        along: &BTreeSet<Later>,
        telling: Telling,
    ) -> Result<Attempt<Later>, GitError> {
        self.largest = self.largest.max(along.len());
        let order = self.order_of(along)?;
        let (result, run) = match self.run(&order)? {
            Ran::Merged(result, run) => (result, Some(run)),
            Ran::Left(result) => (result, None),
            Ran::LimitMet => return Ok(self.stopped_by(Limit::Steps)),
            Ran::Stopped(stops) => {
                let mut obstacles = Vec::new();
                // In a large set those that follow mostly stop for the sake of the first.
                let told = match telling {
                    Telling::Whether => 0,
                    Telling::Why if order.len() > SMALL => 1,
                    Telling::Why => stops.len(),
                };
                self.is_concerned(&stops);
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
            let tried = &mut *self.tried.borrow_mut();
            // Most sets are the last one that came out without one more.
            let one = left.iter().find(|commit| !tried.left.contains(commit));
            let path = one.and_then(|one| tried.stopped_in.get(one));
            match self.run.without(repository, &left, merges, path)? {
                Without::Stopped(stop) => {
                    let conflict = stop.conflicts.first().zip(one);
                    let path = conflict.map(|(conflict, one)| (*one, conflict.path.clone()));
                    tried.stopped_in.extend(path);
                    return Ok(Ran::Stopped(vec![stop]));
                }
                Without::Merged(files) => {
                    tried.left.clone_from(&left);
                    if left.len() < MANY && matches!(self.merging, Merging::Git) && !self.is_exact {
                        let mut result = self.run.result.clone();
                        result.tree = repository.tree_with(result.tree, &files)?;
                        return Ok(Ran::Left(result));
                    }
                }
            }
        }
        self.step_by_step(self.run.shared(order), order)
    }

    /// Takes what a run lacks of a list, one commit after the other.
    pub(super) fn step_by_step(&self, mut run: Run, order: &[ObjectId]) -> Result<Ran, GitError> {
        let repository = self.stage.repository;
        let mut stops = Vec::new();
        let merging = (&self.merging, &self.memory.merges);
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
            if let Err(stop) = run.step(repository, step, merging, &self.known_steps)? {
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
}
