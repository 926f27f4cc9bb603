//! Merges of generated texts and histories, held against git's own.

use std::collections::BTreeSet;
use std::path::Path;

use backout::change::ObjectId;
use backout::change::replay::Sides;
use backout::merge::{self, text};

use crate::replay::agreed;
use crate::support::Repo;

/// A small generator of numbers, the same on every run.
struct Dice(u64);

impl Dice {
    /// A number below `limit`.
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }
}

/// Lines that repeat often, as braces and blank lines do in C.
const WORDS: [&str; 9] = [
    "{", "}", "", "a = 1;", "b = 2;", "return;", "\tif (x)", "c();", "d();",
];

fn lines(dice: &mut Dice, count: usize) -> Vec<String> {
    let line = |dice: &mut Dice| match dice.below(4) {
        0 => format!("unique {}", dice.below(10_000)),
        _ => WORDS[dice.below(WORDS.len())].to_owned(),
    };
    (0..count).map(|_| line(dice)).collect()
}

/// The text after a few edits in places of its own choice.
fn edited(dice: &mut Dice, base: &[String]) -> Vec<String> {
    let mut text = base.to_vec();
    for _ in 0..=dice.below(3) {
        let at = dice.below(text.len() + 1);
        let end = (at + dice.below(3)).min(text.len());
        let count = dice.below(4);
        let new = lines(dice, count);
        text.splice(at..end, new);
    }
    text
}

fn text(dice: &mut Dice, lines: &[String]) -> String {
    let end = if dice.chance(3) { "\r\n" } else { "\n" };
    let mut text = lines.join(end);
    if !dice.chance(6) {
        text.push_str(end);
    }
    text
}

/// Three texts that share most of their lines; the same line ends on all sides but for the last line.
fn triple(dice: &mut Dice) -> Sides<String> {
    let count = 1 + dice.below(30);
    let base = lines(dice, count);
    let (ours, theirs) = (edited(dice, &base), edited(dice, &base));
    let seed = dice.below(1 << 20) as u64;
    Sides { base, ours, theirs }.map(|lines| text(&mut Dice(seed), &lines))
}

fn commit(repo: &mut Repo, texts: &[String]) -> ObjectId {
    for (at, text) in texts.iter().enumerate() {
        repo.write(&format!("{at:03}"), text);
    }
    repo.commit_all("texts")
}

/// What git makes of many triples at once: the merged texts, `None` for those that conflict.
fn git_merges(triples: &[Sides<String>]) -> Vec<Option<Vec<u8>>> {
    let mut repo = Repo::new();
    let side = |pick: fn(&Sides<String>) -> &String| -> Vec<String> {
        triples.iter().map(|triple| pick(triple).clone()).collect()
    };
    let base = commit(&mut repo, &side(|triple| &triple.base));
    let ours = commit(&mut repo, &side(|triple| &triple.ours)).to_string();
    let theirs = commit(&mut repo, &side(|triple| &triple.theirs)).to_string();
    let base = format!("--merge-base={base}");
    let options = ["merge-tree", "--write-tree", "--name-only", "--no-messages"];
    let arguments = options.into_iter().chain([&*base, &*ours, &*theirs]);
    let output = repo.try_git(arguments);
    let text = String::from_utf8(output.stdout).unwrap();
    let mut output = text.lines();
    let tree: ObjectId = output.next().unwrap().parse().unwrap();
    let conflicts: BTreeSet<&str> = output.collect();
    let opened = repo.open();
    let snapshot = opened.snapshot_of_tree(tree).unwrap();
    let merged = snapshot.files.iter().map(|file| {
        let merges = !conflicts.contains(&*file.path.to_text());
        merges.then(|| opened.blob_bytes(file.blob).unwrap().to_vec())
    });
    merged.collect()
}

#[test]
fn generated_texts_merge_as_in_git() {
    let mut dice = Dice(1);
    let triples: Vec<_> = (0..900).map(|_| triple(&mut dice)).collect();
    let expected = git_merges(&triples);
    assert_eq!(expected.len(), triples.len());
    let conflicts = expected.iter().filter(|merged| merged.is_none()).count();
    assert!(
        (200..700).contains(&conflicts),
        "{conflicts} conflicts: a one-sided test"
    );
    for (triple, expected) in triples.iter().zip(expected) {
        let ours = match text::merge(triple.as_ref().map(|text| text.as_bytes())) {
            text::TextMerge::Merged(bytes) => Some(bytes),
            text::TextMerge::Conflict { .. } => None,
        };
        assert_eq!(ours, expected, "{triple:#?}");
    }
}

/// Does something to the work tree: edits, adds, removes or moves a file.
fn step(dice: &mut Dice, repo: &Repo) {
    let names: Vec<String> = ["a.c", "b.c", "d/c.c", "d/d.c", "e/f.c", "g.h"]
        .into_iter()
        .map(str::to_owned)
        .collect();
    let name = &names[dice.below(names.len())];
    let path = repo.path().join(name);
    let count = 8 + dice.below(12);
    if !path.exists() {
        let new = lines(dice, count);
        repo.write(name, new.join("\n") + "\n");
    } else if dice.chance(6) {
        repo.remove(name);
    } else if dice.chance(4) {
        rename(repo, &path, &names[dice.below(names.len())]);
    } else {
        let old = std::fs::read_to_string(&path).unwrap();
        let old: Vec<String> = old.lines().map(str::to_owned).collect();
        repo.write(name, edited(dice, &old).join("\n") + "\n");
    }
}

fn rename(repo: &Repo, from: &Path, to: &str) {
    let text = std::fs::read(from).unwrap();
    std::fs::remove_file(from).unwrap();
    repo.write(to, text);
}

#[test]
fn generated_histories_come_out_as_in_git() {
    for seed in 1..=6 {
        let mut dice = Dice(seed * 7919);
        let mut repo = Repo::new();
        let mut commits = Vec::new();
        for _ in 0..9 {
            for _ in 0..=dice.below(3) {
                step(&mut dice, &repo);
            }
            commits.push(repo.commit_all("step"));
        }
        let newest = commits[commits.len() - 1];
        for commit in &commits {
            agreed(&repo, *commit, newest);
        }
        newest_comes_out_exactly(&repo, newest, commits[commits.len() - 2]);
    }
}

fn newest_comes_out_exactly(repo: &Repo, newest: ObjectId, parent: ObjectId) {
    let opened = repo.open();
    let tree = opened.commit(newest).unwrap().tree;
    let merged = merge::three_way(&opened.replay(newest, None, tree).unwrap());
    assert!(merged.is_clean());
    let result = opened.tree_with(tree, &merged.files).unwrap();
    assert_eq!(result, opened.commit(parent).unwrap().tree);
}
