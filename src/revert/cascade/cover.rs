//! The best set that satisfies what is known of the obstacles: what any cascade contains at least.

use std::collections::BTreeSet;

use super::Obstacle;

/// How sets are compared: fewer commits first, then more of the own series, then the newest.
pub(super) type Rank<C> = (usize, usize, BTreeSet<C>);

/// What the search for a cover came to.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Cover<C> {
    /// No set that satisfies the obstacles ranks better.
    Best(BTreeSet<C>),
    /// No set satisfies them and ranks better than the bound.
    None,
    /// The limit was met first.
    Unknown,
}

/// Ways that are followed before the search gives up.
const WAYS: usize = 20_000;

/// The best set that ranks better than `bound` and passes every obstacle.
pub(super) fn best<C: Ord + Clone>(
    obstacles: &[Obstacle<C>],
    bound: Option<Rank<C>>,
    is_own: &dyn Fn(&C) -> bool,
) -> Cover<C> {
    let mut search = Search {
        obstacles,
        is_own,
        best: bound,
        found: false,
        left: WAYS,
    };
    search.follow(BTreeSet::new(), BTreeSet::new());
    if search.left == 0 {
        return Cover::Unknown;
    }
    match search.best {
        Some((_, _, set)) if search.found => Cover::Best(set),
        _ => Cover::None,
    }
}

/// How a set compares with others.
pub(super) fn rank<C: Ord + Clone>(set: &BTreeSet<C>, is_own: &dyn Fn(&C) -> bool) -> Rank<C> {
    let own = set.iter().filter(|one| is_own(one)).count();
    (set.len(), set.len() - own, set.clone())
}

struct Search<'a, C> {
    obstacles: &'a [Obstacle<C>],
    is_own: &'a dyn Fn(&C) -> bool,
    best: Option<Rank<C>>,
    found: bool,
    left: usize,
}

impl<C: Ord + Clone> Search<'_, C> {
    /// Visits every set that contains `taken` and nothing of `refused`, as far as it may be the best.
    fn follow(&mut self, mut taken: BTreeSet<C>, mut refused: BTreeSet<C>) {
        if self.left == 0 {
            return;
        }
        self.left -= 1;
        let Some(open) = self.forced(&mut taken, &refused) else {
            return;
        };
        let least = taken.len() + disjoint(&open);
        if self.best.as_ref().is_some_and(|best| least > best.0) {
            return;
        }
        let Some(narrowest) = open.into_iter().min_by_key(Vec::len) else {
            let rank = rank(&taken, self.is_own);
            if self.best.as_ref().is_none_or(|best| rank < *best) {
                self.best = Some(rank);
                self.found = true;
            }
            return;
        };
        for commit in narrowest {
            let mut more = taken.clone();
            more.insert(commit.clone());
            self.follow(more, refused.clone());
            refused.insert(commit);
        }
    }

    /// Takes what every such set has to contain; the choices that remain, or `None` where there is no such set.
    fn forced(&self, taken: &mut BTreeSet<C>, refused: &BTreeSet<C>) -> Option<Vec<Vec<C>>> {
        loop {
            let mut open = Vec::new();
            let before = taken.len();
            for obstacle in self.obstacles {
                if !obstacle.stands(taken) {
                    continue;
                }
                let mut choice: Vec<C> = obstacle.clause.clone();
                choice.retain(|commit| !refused.contains(commit));
                match choice.len() {
                    0 => return None,
                    1 => taken.extend(choice),
                    _ => open.push(choice),
                }
            }
            if taken.len() == before {
                return Some(open);
            }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clauses_that_share_no_commit_need_one_each() {
        assert_eq!(disjoint(&[vec![1, 2], vec![3], vec![2, 3]]), 2);
        assert_eq!(disjoint(&[vec![1, 2], vec![2, 3], vec![3, 1]]), 1);
    }

    #[test]
    fn an_obstacle_counts_only_where_it_is_given() {
        let obstacle = |given: &[u32], clause: &[u32]| Obstacle {
            given: given.iter().copied().collect(),
            clause: clause.to_vec(),
            because: String::new(),
        };
        let obstacles = [obstacle(&[], &[1, 2]), obstacle(&[1], &[3, 4])];
        let found = best(&obstacles, None, &|_| false);
        assert_eq!(found, Cover::Best([2].into()));
        let impossible = [obstacle(&[], &[1]), obstacle(&[1], &[])];
        assert_eq!(best(&impossible, None, &|_| false), Cover::None);
    }
}
