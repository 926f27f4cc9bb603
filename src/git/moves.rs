//! Renames between the sides of a merge, files and whole directories, as merge-ort follows them.
//!
//! A side is searched only where the answer can matter: a file that it lost and the other side changed, or a directory
//! that it lost and to which the other side added a file. (Git's `merge-ort.c`.)

use std::collections::{BTreeMap, BTreeSet};

use rustc_hash::FxHashSet;

use crate::change::ObjectId;
use crate::change::replay::{ConflictKind, Sides};
use crate::text::FilePath;

use super::renames::{self, Candidate, Rules};
use super::replay::{Place, Places, Trees, is_regular};
use super::trees::{AtPath, Entries, Leaf, TreePair};
use super::{GitError, Repository};

/// `merge.renameLimit` as git has it by default.
const RENAME_LIMIT: usize = 7000;

/// A file that one side renamed.
#[derive(Clone, Debug)]
struct Move {
    from: FilePath,
    to: FilePath,
    /// The file under its new name.
    leaf: Leaf,
}

/// What one side did to the base's names.
#[derive(Default)]
struct Side {
    moves: Vec<Move>,
    /// The directories it lost and to which the other side added files; with those files.
    lost: BTreeMap<Vec<u8>, Vec<FilePath>>,
}

/// Rearranges `places` so that each renamed file has its three sides together, and marks the conflicts that renames make.
pub(super) fn follow(
    repository: &Repository,
    trees: Trees,
    places: &mut Places,
    notes: &mut Vec<String>,
) -> Result<(), GitError> {
    let search = Search {
        repository,
        trees,
        places,
    };
    let ours = search.ours(notes)?;
    let theirs = search.theirs(notes)?;
    let directories = [renamed_directories(&ours), renamed_directories(&theirs)];
    apply(places, &ours.moves, &theirs.moves);
    mark_directories(places, [&ours, &theirs], &directories);
    Ok(())
}

struct Search<'a> {
    repository: &'a Repository,
    trees: Trees,
    places: &'a Places,
}

impl Search<'_> {
    /// What the target renamed.
    fn ours(&self, notes: &mut Vec<String>) -> Result<Side, GitError> {
        let is_lost = |place: &Place| place.sides.base.is_some() && place.sides.ours.is_none();
        let lost = self.directories_lost_at_target()?;
        if lost.is_empty() && !self.places.values().any(is_lost) {
            return Ok(Side::default());
        }
        let pairs = self
            .repository
            .tree_pairs(self.trees.base, self.trees.ours)?;
        let matters = |path: &FilePath| self.places.contains_key(path) || is_below(path, &lost);
        let moves = self.moves(&pairs, &matters, notes)?;
        Ok(Side { moves, lost })
    }

    /// What the commit renamed, taken back.
    fn theirs(&self, notes: &mut Vec<String>) -> Result<Side, GitError> {
        let pair = |(path, place): (&FilePath, &Place)| {
            let leaves = place.leaves();
            TreePair {
                path: path.clone(),
                before: leaves.base,
                after: leaves.theirs,
            }
        };
        let pairs: Vec<TreePair> = self.places.iter().map(pair).collect();
        let has_new = pairs.iter().any(|pair| pair.before.is_none());
        let has_gone = pairs.iter().any(|pair| pair.after.is_none());
        if !has_new || !has_gone {
            return Ok(Side::default());
        }
        let lost = self.directories_lost_by_change()?;
        let changed_at_target = |path: &FilePath| {
            let leaves = self.places.get(path).map(Place::leaves);
            leaves.is_some_and(|leaves| leaves.ours != leaves.base)
        };
        let matters = |path: &FilePath| changed_at_target(path) || is_below(path, &lost);
        let gone = |pair: &&TreePair| pair.after.is_none();
        if !pairs.iter().filter(gone).any(|pair| matters(&pair.path)) {
            return Ok(Side::default());
        }
        let moves = self.moves(&pairs, &matters, notes)?;
        Ok(Side { moves, lost })
    }

    fn moves(
        &self,
        pairs: &[TreePair],
        matters: &dyn Fn(&FilePath) -> bool,
        notes: &mut Vec<String>,
    ) -> Result<Vec<Move>, GitError> {
        let candidate = |path: &FilePath, leaf| Candidate {
            path: path.clone(),
            leaf,
        };
        let sources: Vec<Candidate> = pairs
            .iter()
            .filter(|pair| pair.after.is_none())
            .filter_map(|pair| Some(candidate(&pair.path, pair.before?)))
            .collect();
        let destinations: Vec<Candidate> = pairs
            .iter()
            .filter(|pair| pair.before.is_none())
            .filter_map(|pair| Some(candidate(&pair.path, pair.after?)))
            .collect();
        let rules = Rules {
            empty_files: false,
            limit: RENAME_LIMIT,
            relevant: &|at| matters(&sources[at].path),
        };
        let found = renames::detect(self.repository, [&sources, &destinations], &rules)?;
        if found.limited {
            notes.push("too many files came and went to look for all renames".to_owned());
        }
        let as_move = |(from, to): (usize, usize)| Move {
            from: sources[from].path.clone(),
            to: destinations[to].path.clone(),
            leaf: destinations[to].leaf,
        };
        Ok(found.pairs.into_iter().map(as_move).collect())
    }

    /// Directories of the base that the target no longer has, and the files that come back into them.
    fn directories_lost_at_target(&self) -> Result<BTreeMap<Vec<u8>, Vec<FilePath>>, GitError> {
        let mut lost: BTreeMap<Vec<u8>, Vec<FilePath>> = BTreeMap::new();
        for (path, place) in self.places {
            let directory = path.directory();
            if place.sides.base.is_some() || directory.is_empty() {
                continue;
            }
            if let Some(files) = lost.get_mut(directory) {
                files.push(path.clone());
            } else if self.directory(self.trees.base, directory)?.is_some()
                && self.directory(self.trees.ours, directory)?.is_none()
            {
                lost.insert(directory.to_vec(), vec![path.clone()]);
            }
        }
        Ok(lost)
    }

    /// Directories that the commit made, and the files that the target has added to them since.
    fn directories_lost_by_change(&self) -> Result<BTreeMap<Vec<u8>, Vec<FilePath>>, GitError> {
        let mut lost = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for (path, place) in self.places {
            if place.sides.theirs.is_some() {
                continue;
            }
            let mut directory = path.directory();
            while !directory.is_empty() && seen.insert(directory.to_vec()) {
                let added = self.added_to(directory)?;
                if !added.is_empty() {
                    lost.insert(directory.to_vec(), added);
                }
                directory = memchr::memrchr(b'/', directory).map_or(&[], |end| &directory[..end]);
            }
        }
        Ok(lost)
    }

    /// The files that the target has directly in a directory of the base, and the base has not; none where theirs keeps
    /// the directory.
    fn added_to(&self, directory: &[u8]) -> Result<Vec<FilePath>, GitError> {
        let at = |tree| self.directory(tree, directory);
        let (Some(base), Some(ours), None) = (
            at(self.trees.base)?,
            at(self.trees.ours)?,
            at(self.trees.theirs)?,
        ) else {
            return Ok(Vec::new());
        };
        let (base, ours) = (self.repository.tree(base)?, self.repository.tree(ours)?);
        let known: FxHashSet<&[u8]> = Entries(&base).map(|entry| entry.name).collect();
        let new = Entries(&ours).filter(|entry| !entry.is_tree() && !known.contains(entry.name));
        Ok(new
            .map(|entry| FilePath::new(&super::trees::join(directory, entry.name)))
            .collect())
    }

    fn directory(&self, tree: ObjectId, path: &[u8]) -> Result<Option<ObjectId>, GitError> {
        Ok(match self.repository.at_path(tree, path)? {
            AtPath::Directory(tree) => Some(tree),
            _ => None,
        })
    }
}

/// Whether a path lies in one of these directories, however deep.
fn is_below(path: &FilePath, directories: &BTreeMap<Vec<u8>, Vec<FilePath>>) -> bool {
    !directories.is_empty()
        && nearest(path, |directory| directories.contains_key(directory)).is_some()
}

/// The innermost directory of a path for which `wanted` holds.
fn nearest(path: &FilePath, wanted: impl Fn(&[u8]) -> bool) -> Option<&[u8]> {
    let mut directory = path.directory();
    while !directory.is_empty() {
        if wanted(directory) {
            return Some(directory);
        }
        directory = memchr::memrchr(b'/', directory).map_or(&[], |end| &directory[..end]);
    }
    None
}

/// Where each lost directory went: to the directory that got most of its files; `None` where two got equally many.
fn renamed_directories(side: &Side) -> BTreeMap<Vec<u8>, Option<Vec<u8>>> {
    let mut renamed = BTreeMap::new();
    for directory in side.lost.keys() {
        let mut counts: BTreeMap<&[u8], usize> = BTreeMap::new();
        for to in side
            .moves
            .iter()
            .filter_map(|file| destination(file, directory))
        {
            *counts.entry(to).or_default() += 1;
        }
        let Some(most) = counts.values().max() else {
            continue;
        };
        let mut best = counts.iter().filter(|(_, count)| *count == most);
        let first = best.next().map(|(to, _)| to.to_vec());
        renamed.insert(directory.clone(), first.filter(|_| best.next().is_none()));
    }
    renamed
}

/// Where a moved file says that `directory` went: its own new directory, less the part below `directory`.
fn destination<'a>(file: &'a Move, directory: &[u8]) -> Option<&'a [u8]> {
    let below = file.from.directory().strip_prefix(directory)?;
    if below.is_empty() {
        return Some(file.to.directory());
    }
    below.strip_prefix(b"/")?;
    let to = file.to.directory();
    let same_tail = to == &below[1..];
    to.strip_suffix(below).or(same_tail.then_some(&[]))
}

/// Brings the three sides of renamed files together.
fn apply(places: &mut Places, ours: &[Move], theirs: &[Move]) {
    let by_source = |moves: &[Move]| -> BTreeMap<FilePath, Move> {
        let pair = |file: &Move| (file.from.clone(), file.clone());
        moves.iter().map(pair).collect()
    };
    let (ours, theirs) = (by_source(ours), by_source(theirs));
    let sources: BTreeSet<&FilePath> = ours.keys().chain(theirs.keys()).collect();
    for source in sources {
        // A path that is not among the places is the same in base and theirs: the target's rename simply stays.
        let Some(place) = places.get(source).cloned() else {
            continue;
        };
        match (ours.get(source), theirs.get(source)) {
            (Some(one), Some(other)) => apply_both(places, place, one, other),
            (Some(one), None) => apply_ours(places, place, one),
            (None, Some(other)) => apply_theirs(places, place, other),
            (None, None) => {}
        }
    }
}

fn apply_both(places: &mut Places, place: Place, ours: &Move, theirs: &Move) {
    places.remove(&ours.from);
    let conflict = (ours.to != theirs.to).then_some(ConflictKind::Rename);
    let sides = Sides {
        base: place.sides.base,
        ours: Some((ours.to.clone(), ours.leaf)),
        theirs: Some((theirs.to.clone(), theirs.leaf)),
    };
    put(places, &theirs.to, sides, conflict);
}

fn apply_ours(places: &mut Places, place: Place, file: &Move) {
    let theirs_there = places
        .get(&file.to)
        .is_some_and(|there| there.sides.theirs.is_some());
    let conflict = conflict_of(theirs_there, place.sides.theirs.as_ref(), file);
    places.remove(&file.from);
    let sides = Sides {
        ours: Some((file.to.clone(), file.leaf)),
        ..place.sides
    };
    put(places, &file.to, sides, conflict);
}

fn apply_theirs(places: &mut Places, place: Place, file: &Move) {
    let ours_there = places
        .get(&file.to)
        .is_some_and(|there| there.sides.ours.is_some());
    let conflict = conflict_of(ours_there, place.sides.ours.as_ref(), file);
    places.remove(&file.from);
    let sides = Sides {
        theirs: Some((file.to.clone(), file.leaf)),
        ..place.sides
    };
    put(places, &file.to, sides, conflict);
}

/// A rename conflicts where the other side removed the file, made it something else, or has a file at the new place.
fn conflict_of(taken: bool, other: Option<&(FilePath, Leaf)>, file: &Move) -> Option<ConflictKind> {
    match other {
        None => Some(ConflictKind::Rename),
        Some(_) if taken => Some(ConflictKind::Rename),
        Some((_, other)) if is_regular(other.mode) != is_regular(file.leaf.mode) => {
            Some(ConflictKind::Mode)
        }
        Some(_) => None,
    }
}

fn put(
    places: &mut Places,
    path: &FilePath,
    sides: Sides<Option<(FilePath, Leaf)>>,
    conflict: Option<ConflictKind>,
) {
    let obstacle = places.get(path).and_then(|place| place.obstacle.clone());
    let place = Place {
        sides,
        obstacle,
        conflict,
    };
    places.insert(path.clone(), place);
}

/// Marks the files that one side adds to a directory that the other side renamed: git asks where they belong.
fn mark_directories(
    places: &mut Places,
    sides: [&Side; 2],
    renamed: &[BTreeMap<Vec<u8>, Option<Vec<u8>>>; 2],
) {
    for (at, side) in sides.iter().enumerate() {
        let (own, other) = (&renamed[at], &renamed[1 - at]);
        for (directory, to) in own {
            // What both sides renamed is left alone, and so is what would move into a directory that moved itself.
            let excluded = other.contains_key(directory)
                || to.as_ref().is_some_and(|to| other.contains_key(to));
            if excluded {
                continue;
            }
            for path in side.lost.get(directory).into_iter().flatten() {
                let place = places.entry(path.clone()).or_insert_with(|| Place {
                    sides: Sides::default(),
                    obstacle: None,
                    conflict: None,
                });
                place.conflict.get_or_insert(ConflictKind::Directory);
            }
        }
    }
}
