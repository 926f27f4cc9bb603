//! The smallest set of later commits that has to come out with a change.
//!
//! A pure search over commits that have an order; what backing a set out comes to is asked of a [`Rehearsal`].
//! Each failed rehearsal names obstacles: of each one's clause at least one commit must go along, or this very obstacle
//! stays. First all that seems to depend on the change is taken along, then each member that can stay is left again: the
//! result fails without any one of its members. Then it is held against the best set that the obstacles met so far admit;
//! as long as that one is better it is rehearsed too, and either works or names a new obstacle. Where none better is
//! left, the answer is the smallest (implicit hitting sets; Reiter 1987, Davies and Bacchus 2011), exact as far as the
//! obstacles are true.

mod cover;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use cover::Cover;

/// What backing out a set of commits together with the change comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt<C> {
    /// Everything comes out, and nothing breaks.
    Free,
    /// It stops at these obstacles; at least one.
    Blocked(Vec<Obstacle<C>>),
    /// It was not tried: a limit on the work of all rehearsals is met.
    LimitMet,
}

/// Why a rehearsal failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle<C> {
    /// The members without which it might not have arisen.
    pub given: BTreeSet<C>,
    /// Where all given ones go along, so must one of these; none of them was in the set. Empty where no later commit
    /// explains the obstacle.
    pub clause: Vec<C>,
    /// What stands there, in words.
    pub because: String,
}

impl<C: Ord> Obstacle<C> {
    /// Whether a set meets it.
    fn stands(&self, along: &BTreeSet<C>) -> bool {
        self.given.is_subset(along) && !self.clause.iter().any(|commit| along.contains(commit))
    }
}

/// Tries back-outs.
pub trait Rehearsal {
    /// A commit between the change and the target; the newest is the least.
    type Commit: Ord + Clone;

    /// Backs out `along` and the change, newest first. Each set is asked for once.
    fn attempt(&mut self, along: &BTreeSet<Self::Commit>) -> Attempt<Self::Commit>;

    /// The same for a set that grows: obstacles that it costs to find may be missing.
    fn glance(&mut self, along: &BTreeSet<Self::Commit>) -> Attempt<Self::Commit> {
        self.attempt(along)
    }

    /// `along`, which was attempted last, and those nearest to what stopped it, rather too few than too many.
    fn with_nearest(&mut self, along: &BTreeSet<Self::Commit>) -> BTreeSet<Self::Commit>;

    /// `along` and whatever seems to have to go with it, rather too many than too few.
    fn with_company(&mut self, along: &BTreeSet<Self::Commit>) -> BTreeSet<Self::Commit>;

    /// Whether the commit is of the change's own series: of two sets of one size, the one with more of these is better.
    fn is_own_series(&self, commit: &Self::Commit) -> bool;
}

/// What the search came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cascade<C> {
    /// These commits, each with what stands in the way when it alone stays.
    Found {
        /// The members.
        along: BTreeMap<C, Vec<String>>,
        /// What is known of other sets.
        proof: Proof,
    },
    /// No set of later commits makes it come out, as far as the obstacles tell; where more than a few dozen stand in
    /// the way, smaller sets than all of them are not tried.
    Impossible,
    /// The limit was met before any set was found.
    LimitMet,
}

/// What is known of a cascade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// No smaller set works, and of this size none is better.
    Smallest,
    /// It fails without any one of its members; a smaller set of others was not ruled out within the limit.
    Irreducible,
    /// It works; the limit was met before each member had been tried to stay.
    Works,
}

/// What one search leaves to the next, which asks for more: obstacles and failures stay, and a smaller set will not do.
#[derive(Clone, Debug)]
pub struct Learned<C> {
    obstacles: Vec<Obstacle<C>>,
    /// The sets that failed.
    failed: BTreeMap<BTreeSet<C>, Attempt<C>>,
    /// The set to begin with.
    along: BTreeSet<C>,
}

impl<C> Default for Learned<C> {
    fn default() -> Self {
        Self {
            obstacles: Vec::new(),
            failed: BTreeMap::new(),
            along: BTreeSet::new(),
        }
    }
}

/// Searches with at most `limit` rehearsals, from what is known already.
pub fn smallest<R: Rehearsal>(
    rehearsal: &mut R,
    limit: usize,
    learned: &mut Learned<R::Commit>,
) -> Cascade<R::Commit> {
    let mut search = Search {
        rehearsal,
        known: std::mem::take(&mut learned.failed),
        obstacles: std::mem::take(&mut learned.obstacles),
        glanced: Vec::new(),
        left: limit,
    };
    let found = search.found(learned.along.clone());
    learned.obstacles = search.obstacles;
    learned.failed = search.known;
    learned
        .failed
        .retain(|_, attempt| matches!(attempt, Attempt::Blocked(_)));
    if let Cascade::Found { along, .. } = &found {
        learned.along = along.keys().cloned().collect();
    }
    found
}

struct Search<'a, R: Rehearsal> {
    rehearsal: &'a mut R,
    known: BTreeMap<BTreeSet<R::Commit>, Attempt<R::Commit>>,
    obstacles: Vec<Obstacle<R::Commit>>,
    /// Sets that failed for no reason told.
    glanced: Vec<Along<R>>,
    left: usize,
}

/// Why no set was found by growing.
enum Stuck {
    Limit,
    /// So many commits along, and nothing tells what else stands in the way.
    DeadEnd {
        reached: usize,
    },
}

/// What looking for a better set came to.
enum Improved<C> {
    To(BTreeSet<C>),
    Not,
    Unknown,
}

/// How many commits a set grows by what is nearest before all that builds on the change is looked for; tuned by eye.
const NEAR: usize = 64;

/// How often a set beyond [`NEAR`] grows because it does not come out. Tuned by eye.
const ROUNDS: usize = 24;

/// Sets that are rehearsed, one after the other, because they would be better than the one that was found: so many for
/// small ones, and fewer the larger they are, down to a few, for each costs the more. Tuned by eye.
const BETTER: usize = 100;
const BETTER_LEAST: usize = 8;
const BETTER_MEMBERS: usize = 800;

type Along<R> = BTreeSet<<R as Rehearsal>::Commit>;

impl<R: Rehearsal> Search<'_, R> {
    fn found(&mut self, start: Along<R>) -> Cascade<R::Commit> {
        let (along, proof) = match self.grown(start) {
            Ok(along) => self.reduced(along),
            Err(Stuck::Limit) => return Cascade::LimitMet,
            Err(Stuck::DeadEnd { reached }) if reached > NEAR => return Cascade::Impossible,
            Err(Stuck::DeadEnd { .. }) => match self.improved(None) {
                Improved::To(along) => self.reduced(along),
                Improved::Not => return Cascade::Impossible,
                Improved::Unknown => return Cascade::LimitMet,
            },
        };
        let members = along.iter();
        let members = members.map(|one| (one.clone(), self.reasons(&along, one)));
        Cascade::Found {
            along: members.collect(),
            proof,
        }
    }

    fn attempt(&mut self, along: &Along<R>) -> Attempt<R::Commit> {
        self.tried(along, R::attempt)
    }

    /// A set that is tried in some way; one that fails for no reason told is not remembered.
    fn tried(
        &mut self,
        along: &Along<R>,
        way: impl Fn(&mut R, &Along<R>) -> Attempt<R::Commit>,
    ) -> Attempt<R::Commit> {
        if let Some(known) = self.known.get(along) {
            return known.clone();
        }
        let Some(left) = self.left.checked_sub(1) else {
            return Attempt::LimitMet;
        };
        self.left = left;
        let attempt = way(self.rehearsal, along);
        if let Attempt::Blocked(obstacles) = &attempt {
            if obstacles.is_empty() {
                self.glanced.push(along.clone());
                return attempt;
            }
            for obstacle in obstacles {
                if !self.obstacles.contains(obstacle) {
                    self.obstacles.push(obstacle.clone());
                }
            }
        }
        self.known.insert(along.clone(), attempt.clone());
        attempt
    }

    /// Takes along whatever stands in the way until nothing does: what is nearest as long as the set stays small, for
    /// most cascades are; then all that there is.
    fn grown(&mut self, mut along: Along<R>) -> Result<Along<R>, Stuck> {
        let start = along.clone();
        let mut is_near = true;
        let mut has_walked = false;
        let mut rounds = 0;
        loop {
            match self.tried(&along, R::glance) {
                Attempt::Free => return Ok(along),
                Attempt::LimitMet => return Err(Stuck::Limit),
                Attempt::Blocked(_) => {}
            }
            let before = along.len();
            if is_near {
                let near = self.rehearsal.with_nearest(&along);
                if near.len() > before && near.len() <= start.len() + NEAR {
                    along = near;
                    continue;
                }
            }
            // What was nearest may not have been needed, and all that builds on it would come along.
            if std::mem::take(&mut is_near) {
                let company = self.rehearsal.with_company(&start);
                has_walked = company.len() > start.len();
                if has_walked {
                    along = company;
                    continue;
                }
            }
            rounds += usize::from(before > start.len() + NEAR);
            if rounds > ROUNDS {
                return Err(Stuck::Limit);
            }
            let mut more = self.rehearsal.with_nearest(&along);
            if more.len() == before
                && let Attempt::Blocked(obstacles) = self.attempt(&along)
            {
                more.extend(obstacles.into_iter().flat_map(|obstacle| obstacle.clause));
            }
            if more.len() == before {
                return Err(Stuck::DeadEnd { reached: before });
            }
            // Few are missing after the first time; they rarely have more behind them than what is nearest to them.
            has_walked = !has_walked;
            along = match has_walked {
                true => self.rehearsal.with_company(&more),
                false => more,
            };
        }
    }

    /// Leaves members that can stay, then looks for a better set, until there is none.
    fn reduced(&mut self, mut along: Along<R>) -> (Along<R>, Proof) {
        loop {
            if self.leave_what_can_stay(&mut along).is_err() {
                return (along, Proof::Works);
            }
            match self.improved(Some(&along)) {
                Improved::To(better) => along = better,
                Improved::Not => return (along, Proof::Smallest),
                Improved::Unknown => return (along, Proof::Irreducible),
            }
        }
    }

    /// The limit was met where this fails.
    fn leave_what_can_stay(&mut self, along: &mut Along<R>) -> Result<(), ()> {
        loop {
            let before = along.len();
            // The oldest first, since newer ones are often there for their sake; those of the own series last.
            let mut order: Vec<_> = along.iter().rev().cloned().collect();
            order.sort_by_key(|one| self.rehearsal.is_own_series(one));
            for one in order {
                let mut fewer = along.clone();
                fewer.remove(&one);
                match self.attempt(&fewer) {
                    Attempt::Free => *along = fewer,
                    Attempt::Blocked(_) => {}
                    Attempt::LimitMet => return Err(()),
                }
            }
            if along.len() == before {
                return Ok(());
            }
        }
    }

    /// Rehearses what the obstacles admit, best first, as long as that is better than `along`.
    fn improved(&mut self, along: Option<&Along<R>>) -> Improved<R::Commit> {
        if along.is_some_and(|along| along.len() > NEAR) {
            return Improved::Unknown;
        }
        let size = along.map_or(1, BTreeSet::len);
        let better = (BETTER_MEMBERS / size.max(1)).clamp(BETTER_LEAST, BETTER);
        for small in std::mem::take(&mut self.glanced) {
            if small.len() <= better {
                self.attempt(&small);
            }
        }
        let most = self.left.saturating_sub(better);
        loop {
            if self.left < most {
                return Improved::Unknown;
            }
            let rehearsal = &*self.rehearsal;
            let is_own = |one: &R::Commit| rehearsal.is_own_series(one);
            let bound = along.map(|along| cover::rank(along, &is_own));
            let candidate = match cover::best(&self.obstacles, bound, &is_own) {
                Cover::Best(candidate) => candidate,
                Cover::None => return Improved::Not,
                Cover::Unknown => return Improved::Unknown,
            };
            match self.attempt(&candidate) {
                Attempt::Free => return Improved::To(candidate),
                // Obstacles that let their own set pass teach nothing.
                Attempt::Blocked(met) if !met.iter().any(|one| one.stands(&candidate)) => {
                    return Improved::Unknown;
                }
                Attempt::Blocked(_) => {}
                Attempt::LimitMet => return Improved::Unknown,
            }
        }
    }

    /// What stands in the way when `one` alone stays.
    fn reasons(&self, along: &Along<R>, one: &R::Commit) -> Vec<String> {
        let mut fewer = along.clone();
        fewer.remove(one);
        let Some(Attempt::Blocked(obstacles)) = self.known.get(&fewer) else {
            return Vec::new();
        };
        let mut reasons: Vec<String> = obstacles
            .iter()
            .filter(|obstacle| obstacle.clause.contains(one))
            .map(|obstacle| obstacle.because.clone())
            .collect();
        reasons.sort();
        reasons.dedup();
        reasons
    }
}
