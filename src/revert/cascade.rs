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
    /// No set of later commits makes it come out, as far as the clauses tell.
    Impossible,
    /// The limit was met before all smaller sets were ruled out.
    LimitMet,
}

/// Searches with at most `limit` rehearsals.
pub fn smallest<R: Rehearsal>(rehearsal: &mut R, limit: usize) -> Cascade<R::Commit> {
    let mut search = Search {
        rehearsal,
        known: BTreeMap::new(),
        left: limit,
    };
    search.by_size().unwrap_or(Cascade::LimitMet)
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

    /// Tries all sets in order of size.
    fn by_size(&mut self) -> Result<Cascade<R::Commit>, LimitMet> {
        for size in 0.. {
            let mut level = Level {
                seen: BTreeSet::new(),
                best: None,
            };
            let cut_off = self.deepen(&mut level, &Along::<R>::new(), size)?;
            if let Some(best) = level.best {
                return Ok(Cascade::Smallest(best));
            }
            if cut_off == CutOff::No {
                break;
            }
        }
        Ok(Cascade::Impossible)
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
        let needed = disjoint(&clauses);
        let Some(narrowest) = clauses.into_iter().min_by_key(Vec::len) else {
            return Ok(CutOff::No);
        };
        if narrowest.is_empty() {
            return Ok(CutOff::No);
        }
        if along.len() + needed > size {
            return Ok(CutOff::Yes);
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

/// How many clauses share no commit with each other, narrow ones taken first: so many commits more are needed at least.
fn disjoint<C: Ord>(clauses: &[Vec<C>]) -> usize {
    let mut order: Vec<&Vec<C>> = clauses.iter().collect();
    order.sort_by_key(|clause| clause.len());
    let mut met = BTreeSet::new();
    let mut count = 0;
    for clause in order {
        if clause.iter().all(|commit| !met.contains(commit)) {
            met.extend(clause);
            count += 1;
        }
    }
    count
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
    fn clauses_that_share_no_commit_need_one_each() {
        assert_eq!(disjoint(&[vec![1, 2], vec![3], vec![2, 3]]), 2);
        assert_eq!(disjoint(&[vec![1, 2], vec![2, 3], vec![3, 1]]), 1);
    }

    #[test]
    fn a_set_that_works_is_no_answer_before_the_smaller_ones_are_ruled_out() {
        let wide = (0..6).map(|at| (None, vec![at, at + 6, at + 12])).collect();
        assert_eq!(smallest(&mut Obstacles(wide), 100), Cascade::LimitMet);
    }

    #[test]
    fn a_long_chain_takes_one_rehearsal_for_each_of_its_members() {
        let chain = (0..50_u32)
            .map(|at| (at.checked_sub(1), vec![at]))
            .collect();
        let found = smallest(&mut Obstacles(chain), 51);
        assert_eq!(found, Cascade::Smallest((0..50).collect()));
    }

    #[test]
    fn the_limit_is_said_and_not_guessed_over() {
        let chain = (0..6)
            .map(|at| ((at > 0).then(|| at - 1), vec![at]))
            .collect();
        assert_eq!(smallest(&mut Obstacles(chain), 3), Cascade::LimitMet);
    }
}
