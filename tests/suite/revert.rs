//! What breaks in a merged tree: every case of `fixtures/revert/`, one line a break, against its `expected.snap`.
//!
//! A case has the tree before a change, with it, and the target later; the change is backed out by the text merge.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Arc;

use backout::change::replay::Sides;
use backout::graph::files::{Files, Overlay};
use backout::graph::split::Split;
use backout::merge::text::{self, TextMerge};
use backout::policy::file::Policy;
use backout::policy::generated::{self, Generated};
use backout::revert::{self, BackOutTrees, BuildConflict, ChangedPaths, Description};
use backout::text::{FilePath, is_c_path};

type Tree = BTreeMap<FilePath, Arc<[u8]>>;

fn read(folder: &Path) -> Tree {
    fn walk(root: &Path, folder: &Path, tree: &mut Tree) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(root, &path, tree);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap();
                tree.insert(name.into(), fs::read(&path).unwrap().into());
            }
        }
    }
    let mut tree = Tree::new();
    walk(folder, folder, &mut tree);
    tree
}

/// The target without the change.
fn backed_out(before: &Tree, change: &Tree, target: &Tree) -> Tree {
    let mut merged = target.clone();
    let paths: BTreeSet<&FilePath> = before.keys().chain(change.keys()).collect();
    for path in paths {
        let (base, theirs) = (change.get(path), before.get(path));
        let ours = target.get(path);
        if base == theirs {
            continue;
        }
        if base == ours {
            match theirs {
                Some(bytes) => merged.insert(path.clone(), bytes.clone()),
                None => merged.remove(path),
            };
            continue;
        }
        let sides = Sides {
            base: base.unwrap(),
            ours: ours.unwrap(),
            theirs: theirs.unwrap(),
        };
        match text::merge(sides.map(|bytes| &bytes[..])) {
            TextMerge::Merged(bytes) => merged.insert(path.clone(), bytes.into()),
            TextMerge::Conflict { .. } => {
                panic!("{path} conflicts: the case is not one for the build")
            }
        };
    }
    merged
}

fn index(tree: &Tree) -> Files {
    Files::new(
        tree.iter()
            .map(|(path, bytes)| (path.clone(), bytes.clone())),
    )
}

/// A file as the build check reads it, `None` where it reads none such.
fn as_c(rows: &[Generated], path: &FilePath, bytes: &Arc<[u8]>) -> Option<Arc<[u8]>> {
    let described = || Some(generated::as_c(rows, path, bytes)?.into());
    is_c_path(path)
        .then(|| Arc::clone(bytes))
        .or_else(described)
}

/// Lays the descriptions of a tree over its index, as the C that they stand for.
fn with_descriptions<'a>(base: &'a Files, tree: &Tree, rows: &[Generated]) -> Overlay<'a> {
    let others = tree.iter().filter(|(path, _)| !is_c_path(path));
    let laid = others.filter_map(|(path, bytes)| Some((path.clone(), as_c(rows, path, bytes)?)));
    let laid = laid.map(|(path, c)| (path, Some(c)));
    Overlay::known(base, laid, &Split::default())
}

/// What backing out breaks, asked as `load` asks it.
fn breaks(before: &Tree, change: &Tree, target: &Tree, rows: &[Generated]) -> Vec<BuildConflict> {
    let merged = backed_out(before, change, target);
    let paths: BTreeSet<&FilePath> = target.keys().chain(merged.keys()).collect();
    let differing: Vec<&FilePath> = paths
        .into_iter()
        .filter(|path| target.get(*path) != merged.get(*path))
        .collect();
    let (plain_target, plain_source) = (index(target), index(before));
    let at_target = with_descriptions(&plain_target, target, rows);
    let source = with_descriptions(&plain_source, before, rows);
    let is_read = |path: &FilePath| is_c_path(path) || generated::is_description(rows, path);
    let changes = differing.iter().filter(|path| is_read(path));
    let changes = changes.map(|path| {
        let text = merged.get(*path);
        let text = text.and_then(|bytes| as_c(rows, path, bytes));
        ((*path).clone(), text)
    });
    let overlay = Overlay::known(&at_target, changes, &Split::default());
    let changed = ChangedPaths {
        c_files: differing
            .iter()
            .filter(|path| is_read(path))
            .map(|path| (*path).clone())
            .collect(),
        gone: differing
            .iter()
            .filter(|path| !merged.contains_key(**path))
            .map(|path| (*path).clone())
            .collect(),
        descriptions: merged
            .iter()
            .filter(|(path, _)| path.file_name() == b"Makefile")
            .map(|(path, bytes)| Description {
                path: path.clone(),
                before: target.get(path).cloned().unwrap_or_default(),
                after: bytes.clone(),
            })
            .collect(),
    };
    let trees = BackOutTrees {
        target: &at_target,
        merged: &overlay,
        source: &source,
    };
    revert::build_conflicts(trees, &changed)
}

fn line(broken: &BuildConflict) -> String {
    let BuildConflict {
        path,
        line,
        symbol,
        kind,
        because,
        cause,
    } = broken;
    format!(
        "{path}:{line}: {} {symbol}: {because} [{cause:?}]\n",
        kind.word()
    )
}

/// The policy that a case names: a line `policy = "..."` of its `case.toml`.
fn policy(case: &Path) -> Option<Policy> {
    let text = fs::read_to_string(case.join("case.toml")).unwrap();
    let name = text
        .lines()
        .find_map(|line| line.strip_prefix("policy = "))?;
    Some(Policy::compiled_in(name.trim_matches('"')).unwrap())
}

#[test]
fn every_case_breaks_as_expected() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/revert");
    let mut cases: Vec<_> = fs::read_dir(root)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    assert!(!cases.is_empty());
    for case in cases {
        let tree = |step: &str| read(&case.join(step));
        let rows = policy(&case).map_or_else(Vec::new, |policy| policy.generated);
        let steps = ["01-before", "02-change", "03-target"].map(tree);
        let found = breaks(&steps[0], &steps[1], &steps[2], &rows);
        let text: String = found.iter().map(line).collect();
        insta::with_settings!({
            snapshot_path => &case,
            prepend_module_to_snapshot => false,
            omit_expression => true,
        }, {
            insta::assert_snapshot!("expected", text);
        });
    }
}
