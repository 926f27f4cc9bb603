//! Cascades over histories with branches: the order in which members come out, and merges that somebody made by hand.

use std::collections::BTreeSet;

use backout::cache::Store;
use backout::change::ObjectId;
use backout::git::Repository;
use backout::load::backout::{Depth, PlanRequest, carry, plan};
use backout::merge::three_way;
use backout::report::plan::PlanAnswer;

use crate::support::Repo;

fn backed_out(repo: &Repo, commit: ObjectId) -> PlanAnswer {
    let request = PlanRequest {
        commits: &[commit],
        mainline: None,
        target: repo.id("HEAD"),
        depth: Depth::Cascade,
        generated: &[],
    };
    plan(&repo.open(), &Store::disabled(), request).unwrap()
}

fn cascade(answer: &PlanAnswer) -> Option<Vec<String>> {
    let rows = answer.cascade.as_ref()?;
    Some(rows.iter().map(|row| row.commit.clone()).collect())
}

fn text(lines: &[usize]) -> String {
    lines.iter().map(|n| format!("line {n}\n")).collect()
}

/// Two commits that stand in the way in different places, one of them on a branch.
#[test]
fn what_landed_last_comes_out_first() {
    let mut repo = Repo::new();
    let mut lines: Vec<usize> = (0..20).collect();
    repo.commit(&[("a.txt", &text(&lines))]);
    (lines[2], lines[15]) = (100, 101);
    let change = repo.commit(&[("a.txt", &text(&lines))]);
    repo.git(["checkout", "--quiet", "-b", "side"]);
    let mut beside = lines.clone();
    beside[2] = 200;
    let older = repo.commit(&[("a.txt", &text(&beside))]);
    repo.git(["checkout", "--quiet", "main"]);
    lines[15] = 201;
    let newer = repo.commit(&[("a.txt", &text(&lines))]);
    repo.merge("side");
    let expected = [older, newer].map(|id| id.to_string()).to_vec();
    assert_eq!(cascade(&backed_out(&repo, change)), Some(expected));
}

/// A merge of two changes that git could not merge: neither of them comes out again by git alone.
#[test]
fn a_step_that_git_does_not_merge_is_merged_by_syntax() {
    let file = |first: &str, size: &str, more: &str| {
        format!(
            "struct machine {{ int first, size, display; }};\nvoid g(struct machine *m)\n{{\n    \
             m->first = {first};\n    m->first += 2;\n    m->first += 3;\n    m->first += 4;\n    \
             m->size = {size};\n{more}}}\n"
        )
    };
    let mut repo = Repo::new();
    repo.commit(&[("a.c", &file("1", "512 * 1024", ""))]);
    let change = repo.commit(&[("a.c", &file("10", "512 * 1024", ""))]);
    repo.git(["checkout", "--quiet", "-b", "side"]);
    repo.commit(&[("a.c", &file("10", "512 * 1024", "    m->display = 1;\n"))]);
    repo.git(["checkout", "--quiet", "main"]);
    let later = repo.commit(&[("a.c", &file("11", "(512 << 10)", ""))]);
    let merged = repo.try_git(["merge", "--quiet", "--no-ff", "-m", "merge", "side"]);
    assert!(!merged.status.success(), "git merges it alone");
    repo.write("a.c", file("11", "(512 << 10)", "    m->display = 1;\n"));
    repo.git(["add", "--all"]);
    repo.git(["commit", "--quiet", "-m", "merge"]);
    let answer = backed_out(&repo, change);
    assert_eq!(answer.outcome, "textual-conflict");
    assert_eq!(cascade(&answer), Some(vec![later.to_string()]));
    let expected = format!("a.c: merged by syntax when {later:.12} comes out, where git conflicts");
    assert!(answer.notes.contains(&expected), "{:?}", answer.notes);
}

/// Two changes of one word, merged by hand into a third: neither comes out alone, and no syntax helps.
#[test]
fn a_merge_made_by_hand_is_taken_back_as_a_whole() {
    let mut repo = Repo::new();
    let mut lines: Vec<usize> = (0..12).collect();
    repo.commit(&[("a.txt", &text(&lines))]);
    lines[5] = 100;
    let change = repo.commit(&[("a.txt", &text(&lines))]);
    repo.git(["checkout", "--quiet", "-b", "side"]);
    let mut beside = lines.clone();
    beside[5] = 200;
    repo.commit(&[("a.txt", &text(&beside))]);
    repo.git(["checkout", "--quiet", "main"]);
    lines[5] = 300;
    let older = repo.commit(&[("a.txt", &text(&lines))]);
    let merged = repo.try_git(["merge", "--quiet", "--no-ff", "-m", "merge", "side"]);
    assert!(!merged.status.success(), "git merges it alone");
    lines[5] = 250;
    repo.write("a.txt", text(&lines));
    repo.git(["add", "--all"]);
    repo.git(["commit", "--quiet", "-m", "merge"]);
    let merge = repo.id("HEAD");
    let answer = backed_out(&repo, change);
    let expected = [merge, older].map(|id| id.to_string()).to_vec();
    assert_eq!(cascade(&answer), Some(expected), "{:?}", answer.notes);
    let says = |note: &String| note.contains("made by hand") && note.contains("git revert -m 1");
    assert!(answer.notes.iter().any(says), "{:?}", answer.notes);
    let request = PlanRequest {
        commits: &[change],
        mainline: None,
        target: merge,
        depth: Depth::Cascade,
        generated: &[],
    };
    let done = carry::carried_out(&repo.open(), &Store::disabled(), request, &answer).unwrap();
    let commits = done.unwrap().commits;
    assert!(commits[0].message.contains(", reversing\nchanges made to"));
    let before = repo.open().commit(change).unwrap().parents[0];
    let before = repo.open().commit(before).unwrap().tree;
    assert_eq!(commits.last().unwrap().tree, before);
}

/// Whether backing these commits out merges at every step.
fn merges(repository: &Repository, order: &[ObjectId], target: ObjectId) -> bool {
    let mut tree = repository.commit(target).unwrap().tree;
    for commit in order {
        let merged = three_way(&repository.replay(*commit, None, tree).unwrap());
        if !merged.is_clean() {
            return false;
        }
        tree = repository.tree_with(tree, &merged.files).unwrap();
    }
    true
}

/// The size of the smallest set that merges; `later` in the order in which they come out.
fn smallest(
    repository: &Repository,
    later: &[ObjectId],
    change: ObjectId,
    target: ObjectId,
) -> Option<usize> {
    let sets = 0_u32..1 << later.len();
    let chosen = |bits: u32| {
        let chosen = later.iter().enumerate();
        let chosen = chosen.filter(move |(at, _)| bits >> at & 1 == 1);
        chosen
            .map(|(_, commit)| *commit)
            .chain([change])
            .collect::<Vec<_>>()
    };
    let works = |bits: &u32| merges(repository, &chosen(*bits), target);
    sets.filter(works)
        .map(|bits| bits.count_ones() as usize)
        .min()
}

/// Files of a few lines, changed, put in and taken out on two branches that are merged.
#[test]
fn small_cascades_across_merges_are_those_of_brute_force() {
    let mut state = 5_u32;
    let mut next = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 16) as usize % below
    };
    let mut sizes = BTreeSet::new();
    for history in 0..30 {
        let mut repo = Repo::new();
        let mut step = |repo: &mut Repo, lines: &mut Vec<usize>| {
            let (at, number) = (next(lines.len()), 100 + next(1000));
            match next(5) {
                0 => lines.insert(at, number),
                1 if lines.len() > 5 => drop(lines.remove(at)),
                _ => lines[at] = number,
            }
            repo.commit(&[("a.txt", &text(lines))])
        };
        let mut lines: Vec<usize> = (0..12).collect();
        repo.commit(&[("a.txt", &text(&lines))]);
        let change = step(&mut repo, &mut lines);
        repo.git(["checkout", "--quiet", "-b", "side"]);
        let mut beside = lines.clone();
        let side = [(); 2].map(|()| step(&mut repo, &mut beside));
        repo.git(["checkout", "--quiet", "main"]);
        let main = [(); 2].map(|()| step(&mut repo, &mut lines));
        if !repo
            .try_git(["merge", "--quiet", "--no-ff", "-m", "merge", "side"])
            .status
            .success()
        {
            continue;
        }
        let merged = std::fs::read_to_string(repo.path().join("a.txt")).unwrap();
        let number = |line: &str| line[5..].parse().unwrap();
        let mut lines: Vec<usize> = merged.lines().map(number).collect();
        let last = [(); 2].map(|()| step(&mut repo, &mut lines));
        let mut later: Vec<ObjectId> = [main, side, last].concat();
        later.reverse();
        let answer = backed_out(&repo, change);
        let by_syntax = |note: &String| note.contains("merged by syntax when");
        if answer.outcome == "resolved" || answer.notes.iter().any(by_syntax) {
            continue;
        }
        let opened = repo.open();
        let expected = smallest(&opened, &later, change, repo.id("HEAD"));
        sizes.insert(expected);
        let found = cascade(&answer);
        let size = found.as_ref().map(Vec::len);
        assert_eq!(size, expected, "history {history}: {:?}", answer.notes);
        let along = found.into_iter().flatten().map(|id| id.parse().unwrap());
        let order: Vec<ObjectId> = along.chain([change]).collect();
        assert_eq!(merges(&opened, &order, repo.id("HEAD")), expected.is_some());
    }
    assert!(
        sizes.len() > 3,
        "{sizes:?}: the histories are too much alike"
    );
}
