//! The smallest set of later commits that has to come out with a change.
//!
//! A pure search over commits that have an order; what backing a set out comes to is asked of a [`Rehearsal`].
//! Each failed rehearsal names clauses: of each of them at least one commit must go along, or this very obstacle stays.
//! So every set that works is reached by adding, again and again, one commit of one clause, and trying all ways in order
//! of size finds the smallest (iterative deepening over hitting sets; Reiter 1987). Exact as far as the clauses are true.

use std::collections::{BTreeMap, BTreeSet};

/// What backing out a set of commits together with the change comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attempt<C> {
    /// Everything comes out, and nothing breaks.
    Free,
    /// It stops. Of each clause at least one commit has to be in the set, and none is yet. No clause at all, or an empty
    /// one, means that no later commit explains it.
    Blocked(Vec<Vec<C>>),
}

/// Tries back-outs; the answers are remembered here, so each set is asked once.
pub trait Rehearsal {
    /// A commit between the change and the target; the newest is the least.
    type Commit: Ord + Clone;

    /// Backs out `along` and the change, newest first.
    fn attempt(&mut self, along: &BTreeSet<Self::Commit>) -> Attempt<Self::Commit>;

    /// Whether the commit is of the change's own series: of two sets of one size, the one with more of these is better.
    fn is_own_series(&self, commit: &Self::Commit) -> bool;
}

/// What the search came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cascade<C> {
    /// No smaller set works, and of this size none is better.
    Smallest(BTreeSet<C>),
    /// It works, and not without any one of its members; the limit was met before all smaller sets were ruled out.
    Works(BTreeSet<C>),
    /// No set of later commits makes it come out, as far as the clauses tell.
    Impossible,
    /// The limit was met before any set worked.
    LimitMet,
}

/// Searches with at most `limit` rehearsals.
pub fn smallest<R: Rehearsal>(rehearsal: &mut R, limit: usize) -> Cascade<R::Commit> {
    let mut search = Search {
        rehearsal,
        known: BTreeMap::new(),
        left: limit,
    };
    let upper = match search.by_taking_all() {
        Ok(Some(all)) => search.without_needless(all),
        Ok(None) => return search.exhaustive(None),
        Err(LimitMet) => return Cascade::LimitMet,
    };
    search.exhaustive(Some(upper))
}

/// The allowed number of rehearsals is used up.
struct LimitMet;

struct Search<'a, R: Rehearsal> {
    rehearsal: &'a mut R,
    known: BTreeMap<BTreeSet<R::Commit>, Attempt<R::Commit>>,
    left: usize,
}

/// The sets of one size that were met, and the best that works.
struct Level<C> {
    seen: BTreeSet<BTreeSet<C>>,
    best: Option<BTreeSet<C>>,
}

type Along<R> = BTreeSet<<R as Rehearsal>::Commit>;

impl<R: Rehearsal> Search<'_, R> {
    fn attempt(&mut self, along: &Along<R>) -> Result<Attempt<R::Commit>, LimitMet> {
        if let Some(known) = self.known.get(along) {
            return Ok(known.clone());
        }
        self.left = self.left.checked_sub(1).ok_or(LimitMet)?;
        let attempt = self.rehearsal.attempt(along);
        self.known.insert(along.clone(), attempt.clone());
        Ok(attempt)
    }

    /// A set that works, by taking along whatever is in the way; `None` where that leads nowhere.
    fn by_taking_all(&mut self) -> Result<Option<Along<R>>, LimitMet> {
        let mut along = Along::<R>::new();
        loop {
            match self.attempt(&along)? {
                Attempt::Free => return Ok(Some(along)),
                Attempt::Blocked(clauses) => {
                    let before = along.len();
                    along.extend(clauses.into_iter().flatten());
                    if along.len() == before {
                        return Ok(None);
                    }
                }
            }
        }
    }

    /// Drops members that are not needed, foreign and old ones first, until each one is (or the limit is met).
    fn without_needless(&mut self, mut along: Along<R>) -> Along<R> {
        let mut order: Vec<R::Commit> = along.iter().rev().cloned().collect();
        order.sort_by_key(|commit| self.rehearsal.is_own_series(commit));
        let mut dropped = true;
        while dropped {
            dropped = false;
            for commit in &order {
                let mut fewer = along.clone();
                if fewer.remove(commit) && matches!(self.attempt(&fewer), Ok(Attempt::Free)) {
                    along = fewer;
                    dropped = true;
                }
            }
        }
        along
    }

    /// Tries all sets in order of size, up to the size of `upper`, which works.
    fn exhaustive(&mut self, upper: Option<Along<R>>) -> Cascade<R::Commit> {
        let most = upper.as_ref().map_or(usize::MAX, Along::<R>::len);
        let mut size = 0;
        loop {
            let mut level = Level {
                seen: BTreeSet::new(),
                best: None,
            };
            match self.deepen(&mut level, &Along::<R>::new(), size) {
                Err(LimitMet) => return upper.map_or(Cascade::LimitMet, Cascade::Works),
                Ok(_) if level.best.is_some() => {
                    return level.best.map_or(Cascade::Impossible, Cascade::Smallest);
                }
                Ok(CutOff::No) if upper.is_none() => return Cascade::Impossible,
                Ok(_) if size >= most => return upper.map_or(Cascade::Impossible, Cascade::Works),
                Ok(_) => size += 1,
            }
        }
    }

    /// Visits every set of `size` that contains `along` and that the clauses lead to.
    fn deepen(
        &mut self,
        level: &mut Level<R::Commit>,
        along: &Along<R>,
        size: usize,
    ) -> Result<CutOff, LimitMet> {
        if !level.seen.insert(along.clone()) {
            return Ok(CutOff::No);
        }
        let clauses = match self.attempt(along)? {
            Attempt::Free => {
                self.take_if_better(level, along);
                return Ok(CutOff::No);
            }
            Attempt::Blocked(clauses) => clauses,
        };
        let Some(narrowest) = clauses.into_iter().min_by_key(Vec::len) else {
            return Ok(CutOff::No);
        };
        if along.len() == size {
            return Ok(if narrowest.is_empty() {
                CutOff::No
            } else {
                CutOff::Yes
            });
        }
        let mut cut_off = CutOff::No;
        for commit in narrowest {
            let mut more = along.clone();
            if more.insert(commit) {
                cut_off = cut_off.max(self.deepen(level, &more, size)?);
            }
        }
        Ok(cut_off)
    }

    fn take_if_better(&self, level: &mut Level<R::Commit>, along: &Along<R>) {
        let rank = |set: &Along<R>| {
            let own = set.iter().filter(|one| self.rehearsal.is_own_series(one));
            (set.len(), usize::MAX - own.count(), set.clone())
        };
        if level
            .best
            .as_ref()
            .is_none_or(|best| rank(along) < rank(best))
        {
            level.best = Some(along.clone());
        }
    }
}

/// Whether larger sets remain to be tried.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum CutOff {
    No,
    Yes,
}

#[cfg(test)]
mod tests {
    use proptest::{collection, option, prop_assert_eq, proptest};

    use super::*;

    /// 0 is the newest.
    type Position = u32;
    type Along = BTreeSet<Position>;

    /// Obstacles, each removed by any commit of its list; an obstacle can also hang on a commit that goes along.
    #[derive(Clone, Debug)]
    struct Obstacles(Vec<(Option<Position>, Vec<Position>)>);

    impl Rehearsal for Obstacles {
        type Commit = Position;

        fn attempt(&mut self, along: &Along) -> Attempt<Position> {
            let standing: Vec<Vec<Position>> = self
                .0
                .iter()
                .filter(|(of, _)| of.is_none_or(|of| along.contains(&of)))
                .filter(|(_, by)| by.iter().all(|commit| !along.contains(commit)))
                .map(|(_, by)| by.clone())
                .collect();
            if standing.is_empty() {
                Attempt::Free
            } else {
                Attempt::Blocked(standing)
            }
        }

        fn is_own_series(&self, commit: &Position) -> bool {
            commit.is_multiple_of(3)
        }
    }

    fn by_brute_force(obstacles: &mut Obstacles, commits: u32) -> Option<Along> {
        let sets = (0_u32..1 << commits)
            .map(|bits| -> Along { (0..commits).filter(|at| bits >> at & 1 == 1).collect() });
        let mut working: Vec<Along> = sets
            .filter(|set| obstacles.attempt(set) == Attempt::Free)
            .collect();
        working.sort_by_key(|set| {
            let own = set.iter().filter(|one| one.is_multiple_of(3)).count();
            (set.len(), usize::MAX - own, set.clone())
        });
        working.into_iter().next()
    }

    proptest! {
        #[test]
        fn the_smallest_set_is_that_of_brute_force(
            obstacles in collection::vec(
                (option::of(0_u32..7), collection::vec(0_u32..7, 0..4)),
                0..8,
            )
        ) {
            let mut obstacles = Obstacles(obstacles);
            let expected = by_brute_force(&mut obstacles, 7);
            let found = smallest(&mut obstacles, 10_000);
            match expected {
                Some(set) => prop_assert_eq!(found, Cascade::Smallest(set)),
                None => prop_assert_eq!(found, Cascade::Impossible),
            }
        }
    }

    #[test]
    fn nothing_in_the_way_needs_nothing() {
        assert_eq!(
            smallest(&mut Obstacles(vec![]), 1),
            Cascade::Smallest(Along::new())
        );
    }

    #[test]
    fn the_limit_is_said_and_not_guessed_over() {
        let chain = (0..6)
            .map(|at| ((at > 0).then(|| at - 1), vec![at]))
            .collect();
        assert_eq!(smallest(&mut Obstacles(chain), 3), Cascade::LimitMet);
    }
}
