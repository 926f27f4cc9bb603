//! Landings, series, churn and authors, on a small history with a merge.

use backout::change::ObjectId;
use backout::git::PlacedLine;
use backout::text::{FilePath, LineNumber};

use crate::support::Repo;

struct Story {
    repo: Repo,
    first: ObjectId,
    side: [ObjectId; 2],
    main: ObjectId,
    merge: ObjectId,
    last: ObjectId,
}

/// `first - main - merge - last`, where `merge` brings a side branch of two commits.
fn story() -> Story {
    let mut repo = Repo::new();
    let first = repo.commit(&[("a.c", "1\n"), ("d/b.c", "1\n")]);
    repo.git(["checkout", "--quiet", "-b", "side"]);
    let side = [
        repo.commit(&[("d/b.c", "2\n")]),
        repo.commit(&[("d/b.c", "3\n")]),
    ];
    repo.git(["checkout", "--quiet", "main"]);
    let main = repo.commit(&[("a.c", "2\n")]);
    let merge = repo.merge("side");
    let last = repo.commit(&[("c.c", "1\n")]);
    Story {
        repo,
        first,
        side,
        main,
        merge,
        last,
    }
}

#[test]
fn a_commit_lands_where_the_mainline_first_has_it() {
    let story = story();
    let opened = story.repo.open();
    for commit in story.side {
        assert_eq!(
            opened.landed(commit, story.last).unwrap(),
            Some(story.merge)
        );
    }
    assert_eq!(
        opened.landed(story.main, story.last).unwrap(),
        Some(story.main)
    );
    assert_eq!(opened.landed(story.last, story.merge).unwrap(), None);
    assert_eq!(opened.landed_with(story.merge).unwrap(), story.side);
    assert_eq!(opened.landed_with(story.main).unwrap(), [story.main]);
}

#[test]
fn the_commits_that_touched_a_path_are_found_through_a_merge() {
    let story = story();
    let opened = story.repo.open();
    let paths = [FilePath::from("d/b.c"), FilePath::from("c.c")];
    let touches = opened.touching(&paths, story.last, 0).unwrap();
    let found: Vec<_> = touches
        .iter()
        .map(|t| (t.commit, t.paths.clone()))
        .collect();
    assert_eq!(
        found,
        [
            (story.last, vec![1]),
            (story.side[1], vec![0]),
            (story.side[0], vec![0]),
            (story.first, vec![0]),
        ]
    );
    let since = touches[1].committed;
    assert_eq!(opened.touching(&paths, story.last, since).unwrap().len(), 2);
}

#[test]
fn the_mainline_goes_by_first_parents_and_dates() {
    let story = story();
    let opened = story.repo.open();
    let chain = [story.last, story.merge, story.main, story.first];
    assert_eq!(opened.mainline(story.last, 0).unwrap(), chain);
    let moment = opened.commit(story.merge).unwrap().committed;
    let by = |moment| opened.mainline_at(story.last, moment).unwrap();
    assert_eq!(by(moment), Some(story.merge));
    assert_eq!(by(moment - 1), Some(story.main));
    assert_eq!(by(0), None);
}

#[test]
fn an_author_has_done_what_the_ancestors_say() {
    let story = story();
    let opened = story.repo.open();
    assert_eq!(opened.prior_commits(story.last, 0).unwrap(), 5);
    assert_eq!(opened.prior_commits(story.first, 0).unwrap(), 0);
}

#[test]
fn what_touched_a_path_after_a_change_leaves_out_what_was_before_it() {
    let story = story();
    let opened = story.repo.open();
    let paths = [FilePath::from("d/b.c")];
    let after = opened
        .touching_after(&paths, story.side[0], story.last)
        .unwrap();
    let found: Vec<_> = after.iter().map(|touch| touch.commit).collect();
    assert_eq!(found, [story.side[1]]);
}

fn line(commit: ObjectId, path: &str, line: u32) -> PlacedLine {
    PlacedLine {
        commit,
        path: FilePath::from(path),
        line: LineNumber(line),
    }
}

#[test]
fn a_line_is_traced_through_edits_merges_and_renames() {
    let mut repo = Repo::new();
    let first = repo.commit(&[("a.c", "one\ntwo\nthree\nfour\n")]);
    repo.git(["checkout", "--quiet", "-b", "side"]);
    let side = repo.commit(&[("a.c", "one\ntwo\nthree\nFOUR\n")]);
    repo.git(["checkout", "--quiet", "main"]);
    let main = repo.commit(&[("a.c", "zero\none\ntwo\nthree\nfour\n")]);
    repo.merge("side");
    repo.git(["mv", "a.c", "b.c"]);
    let last = repo.commit_all("rename");
    let opened = repo.open();
    let found = |number| opened.introduced(&line(last, "b.c", number), 0).unwrap();
    assert_eq!(found(1), Some(line(main, "a.c", 1)));
    assert_eq!(found(2), Some(line(first, "a.c", 1)));
    assert_eq!(found(5), Some(line(side, "a.c", 4)));
    assert_eq!(found(6), None);
    let moment = opened.commit(last).unwrap().committed;
    assert_eq!(
        opened.introduced(&line(last, "b.c", 2), moment).unwrap(),
        None
    );
}
