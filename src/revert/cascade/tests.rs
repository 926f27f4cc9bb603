//! The search against brute force, over obstacles made up for it.

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
        let standing: Vec<Obstacle<Position>> = self
            .0
            .iter()
            .filter(|(of, _)| of.is_none_or(|of| along.contains(&of)))
            .filter(|(_, by)| by.iter().all(|commit| !along.contains(commit)))
            .map(|(of, by)| Obstacle {
                given: of.iter().copied().collect(),
                clause: by.clone(),
                because: format!("{of:?} needs {by:?}"),
            })
            .collect();
        if standing.is_empty() {
            Attempt::Free
        } else {
            Attempt::Blocked(standing)
        }
    }

    fn with_nearest(&mut self, along: &Along) -> Along {
        along.clone()
    }

    fn with_company(&mut self, along: &Along) -> Along {
        along.clone()
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

fn found(obstacles: &[(Option<Position>, Vec<Position>)], limit: usize) -> Option<(Along, Proof)> {
    match smallest(
        &mut Obstacles(obstacles.to_vec()),
        limit,
        &mut Learned::default(),
    ) {
        Cascade::Found { along, proof } => Some((along.into_keys().collect(), proof)),
        Cascade::Impossible | Cascade::LimitMet => None,
    }
}

proptest! {
    #[test]
    fn the_smallest_set_is_that_of_brute_force(
        obstacles in collection::vec(
            (option::of(0_u32..7), collection::vec(0_u32..7, 0..4)),
            0..8,
        )
    ) {
        let expected = by_brute_force(&mut Obstacles(obstacles.clone()), 7);
        let expected = expected.map(|set| (set, Proof::Smallest));
        prop_assert_eq!(found(&obstacles, 10_000), expected);
    }
}

#[test]
fn nothing_in_the_way_needs_nothing() {
    assert_eq!(found(&[], 1), Some((Along::new(), Proof::Smallest)));
}

#[test]
fn each_member_says_what_stands_there_when_it_stays() {
    let chain = Obstacles(vec![(None, vec![4]), (Some(4), vec![2])]);
    let Cascade::Found { along, .. } = smallest(&mut chain.clone(), 100, &mut Learned::default())
    else {
        panic!("there is a way");
    };
    let reasons = [
        (2, vec!["Some(4) needs [2]".to_owned()]),
        (4, vec!["None needs [4]".to_owned()]),
    ];
    assert_eq!(along, reasons.into());
}

#[test]
fn a_long_chain_takes_few_rehearsals_for_each_of_its_members() {
    let chain: Vec<_> = (0..50_u32)
        .map(|at| (at.checked_sub(1), vec![at]))
        .collect();
    let expected = ((0..50).collect(), Proof::Smallest);
    assert_eq!(found(&chain, 110), Some(expected));
}

#[test]
fn a_long_chain_that_ends_nowhere_is_given_up_at_once() {
    let mut chain: Vec<_> = (0..70_u32)
        .map(|at| (at.checked_sub(1), vec![at]))
        .collect();
    chain.push((Some(69), Vec::new()));
    let mut obstacles = Obstacles(chain);
    let answer = smallest(&mut obstacles, 100, &mut Learned::default());
    assert_eq!(answer, Cascade::Impossible);
}

#[test]
fn what_the_limit_leaves_open_is_said() {
    let chain: Vec<_> = (0..6_u32).map(|at| (at.checked_sub(1), vec![at])).collect();
    assert_eq!(found(&chain, 3), None);
    let all = (0..6).collect();
    assert_eq!(found(&chain, 9), Some((all, Proof::Works)));
    let pairs: Vec<_> = (0..12)
        .flat_map(|at| (0..12).map(move |other| (None, vec![at, other + 12])))
        .collect();
    let some = found(&pairs, 40).map(|(along, proof)| (along.len(), proof));
    assert_eq!(some, Some((12, Proof::Smallest)));
}
