//! The three sides of a back-out, looked up on the changed paths only.
//!
//! Base is the tree of the commit, theirs the tree of its parent, ours the target's. Paths that the commit did not touch
//! are equal in base and theirs and cannot conflict, so the target is asked for the touched paths alone, and searched
//! whole only where one of them is missing there.

use std::collections::BTreeMap;

use crate::change::replay::{ConflictKind, MergeDriver, Replay, ReplayFile, ReplaySide, Sides};
use crate::change::{FileMode, ObjectId};
use crate::merge;
use crate::text::FilePath;

use super::objects::EMPTY_TREE;
use super::trees::{AtPath, Leaf};
use super::{GitError, Repository, moves};

/// A path of the merge before its contents are read.
#[derive(Clone, Debug)]
pub(super) struct Place {
    /// Where each side has the file.
    pub(super) sides: Sides<Option<(FilePath, Leaf)>>,
    /// What stands in the way at the target: a directory at the path, or a file above it.
    pub(super) obstacle: Option<Obstacle>,
    pub(super) conflict: Option<ConflictKind>,
}

#[derive(Clone, Debug)]
pub(super) enum Obstacle {
    Directory(ObjectId),
    File(FilePath),
}

/// The places of a merge by the path where the result belongs.
pub(super) type Places = BTreeMap<FilePath, Place>;

/// The trees of a back-out.
pub(super) type Trees = Sides<ObjectId>;

impl Repository {
    /// What backing out `commit` from the tree `target` merges; `mainline` is the number of the parent to go back to,
    /// from 1, and has to be given for a merge.
    ///
    /// Renames are followed as merge-ort follows them, on both sides, and renamed directories are seen as it sees them
    /// (`merge.directoryRenames=conflict`). The user's configuration does not change the answer.
    ///
    /// # Errors
    /// [`GitError::MergeCommit`], [`GitError::NoSuchParent`], [`GitError::AbsentObject`], [`GitError::Malformed`],
    /// [`GitError::Unreadable`].
    pub fn replay(
        &self,
        commit: ObjectId,
        mainline: Option<usize>,
        target: ObjectId,
    ) -> Result<Replay, GitError> {
        let mut notes = Vec::new();
        let places = self.places((commit, mainline), target, &mut notes)?;
        let mut files = Vec::with_capacity(places.len());
        for (path, place) in places {
            files.push(self.replay_file(target, (path, place), &mut notes)?);
        }
        Ok(Replay {
            change: commit,
            target_tree: target,
            files,
            notes,
        })
    }

    /// The file with the contents that merging it asks for.
    ///
    /// # Errors
    /// As [`Repository::replay`].
    pub fn with_contents(&self, mut file: ReplayFile) -> Result<ReplayFile, GitError> {
        if file.conflict.is_some() || !needs_contents(file.sides.as_ref().map(Option::as_ref)) {
            return Ok(file);
        }
        let sides = &mut file.sides;
        for side in [&mut sides.base, &mut sides.ours, &mut sides.theirs] {
            if let Some(side) = side
                && side.content.is_none()
                && is_regular(side.mode)
            {
                side.content = Some(self.merge_blob(side.blob)?);
            }
        }
        Ok(file)
    }

    /// Whether backing out `commit` from the tree `target` merges without a conflict: [`Repository::replay`] and
    /// [`merge::is_clean`] in one, reading no further than the first conflict.
    ///
    /// # Errors
    /// As [`Repository::replay`].
    pub fn merges(
        &self,
        commit: ObjectId,
        mainline: Option<usize>,
        target: ObjectId,
    ) -> Result<bool, GitError> {
        let mut notes = Vec::new();
        let trees = self.trees((commit, mainline), target)?;
        let mut places = self.touched(trees)?;
        // A file that all three sides have under one name takes no part in renames: where such a file conflicts, the
        // search for renames, the dearest part by far, is not needed.
        let in_place = |place: &Place| place.is_in_place();
        for (path, place) in places.iter().filter(|(_, place)| in_place(place)) {
            if !self.place_merges(target, (path.clone(), place.clone()), &mut notes)? {
                return Ok(false);
            }
        }
        self.follow(trees, &mut places, &mut notes)?;
        if places.values().any(|place| place.conflict.is_some()) {
            return Ok(false);
        }
        for place in places.into_iter().filter(|(_, place)| !in_place(place)) {
            if !self.place_merges(target, place, &mut notes)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn place_merges(
        &self,
        target: ObjectId,
        place: (FilePath, Place),
        notes: &mut Vec<String>,
    ) -> Result<bool, GitError> {
        let file = self.replay_file(target, place, notes)?;
        Ok(merge::file_is_clean(&file))
    }

    fn places(
        &self,
        (commit, mainline): (ObjectId, Option<usize>),
        target: ObjectId,
        notes: &mut Vec<String>,
    ) -> Result<Places, GitError> {
        let trees = self.trees((commit, mainline), target)?;
        let mut places = self.touched(trees)?;
        self.follow(trees, &mut places, notes)?;
        Ok(places)
    }

    fn trees(
        &self,
        (commit, mainline): (ObjectId, Option<usize>),
        target: ObjectId,
    ) -> Result<Trees, GitError> {
        Ok(Sides {
            base: self.commit(commit)?.tree,
            ours: target,
            theirs: self.tree_before(commit, mainline)?,
        })
    }

    fn follow(
        &self,
        trees: Trees,
        places: &mut Places,
        notes: &mut Vec<String>,
    ) -> Result<(), GitError> {
        moves::follow(self, trees, places, notes)?;
        self.mark_obstacles(places)
    }

    /// The tree that backing out returns to.
    fn tree_before(&self, commit: ObjectId, mainline: Option<usize>) -> Result<ObjectId, GitError> {
        let parents = self.commit(commit)?.parents.clone();
        let no_such = |mainline| GitError::NoSuchParent {
            commit,
            mainline,
            parents: parents.len(),
        };
        match (parents.as_slice(), mainline) {
            ([], None) => Ok(EMPTY_TREE),
            ([parent], None) => Ok(self.commit(*parent)?.tree),
            (_, None) => Err(GitError::MergeCommit {
                commit,
                parents: parents.len(),
            }),
            (_, Some(mainline)) => {
                let parent = mainline.checked_sub(1).and_then(|at| parents.get(at));
                Ok(self.commit(*parent.ok_or_else(|| no_such(mainline))?)?.tree)
            }
        }
    }

    /// The paths in which base and theirs differ, with what the target has there.
    fn touched(&self, trees: Trees) -> Result<Places, GitError> {
        let mut places = Places::new();
        for pair in self.tree_pairs(trees.base, trees.theirs)? {
            let here = |leaf| (pair.path.clone(), leaf);
            let (ours, obstacle) = match self.at_path(trees.ours, pair.path.as_bytes())? {
                AtPath::Nothing => (None, None),
                AtPath::File(leaf) => (Some(here(leaf)), None),
                AtPath::Directory(tree) => (None, Some(Obstacle::Directory(tree))),
                AtPath::BelowFile(path) => (None, Some(Obstacle::File(path))),
            };
            let place = Place {
                sides: Sides {
                    base: pair.before.map(here),
                    ours,
                    theirs: pair.after.map(here),
                },
                obstacle,
                conflict: None,
            };
            places.insert(pair.path, place);
        }
        Ok(places)
    }

    /// A file that comes back conflicts with what stands in its way, unless the back-out removes that as well.
    fn mark_obstacles(&self, places: &mut Places) -> Result<(), GitError> {
        let mut blocked = Vec::new();
        for (path, place) in places.iter() {
            let (Some(obstacle), Some(_)) = (&place.obstacle, &place.sides.theirs) else {
                continue;
            };
            let goes = |path: &FilePath| places.get(path).is_some_and(Place::goes);
            let stays = match obstacle {
                Obstacle::File(above) => !goes(above),
                Obstacle::Directory(tree) => {
                    let below = self.leaves(*tree)?.into_iter().map(|(name, _)| {
                        FilePath::new(&super::trees::join(path.as_bytes(), name.as_bytes()))
                    });
                    !below.into_iter().all(|path| goes(&path))
                }
            };
            if stays {
                blocked.push(path.clone());
            }
        }
        for path in blocked {
            if let Some(place) = places.get_mut(&path) {
                place.conflict.get_or_insert(ConflictKind::Directory);
            }
        }
        Ok(())
    }

    fn replay_file(
        &self,
        target: ObjectId,
        (path, place): (FilePath, Place),
        notes: &mut Vec<String>,
    ) -> Result<ReplayFile, GitError> {
        let merges = place.conflict.is_none() && place.needs_contents();
        let side = |side: Option<(FilePath, Leaf)>| -> Result<Option<ReplaySide>, GitError> {
            let Some((path, leaf)) = side else {
                return Ok(None);
            };
            let read = merges && is_regular(leaf.mode);
            let content = if read {
                Some(self.merge_blob(leaf.id)?)
            } else {
                None
            };
            Ok(Some(ReplaySide {
                path,
                mode: leaf.mode,
                blob: leaf.id,
                content,
            }))
        };
        let driver = if merges {
            self.merge_driver(target, &path, notes)?
        } else {
            MergeDriver::Text
        };
        Ok(ReplayFile {
            path,
            sides: Sides {
                base: side(place.sides.base)?,
                ours: side(place.sides.ours)?,
                theirs: side(place.sides.theirs)?,
            },
            driver,
            conflict: place.conflict,
        })
    }
}

pub(super) fn is_regular(mode: FileMode) -> bool {
    matches!(mode, FileMode::Regular | FileMode::Executable)
}

pub(super) fn leaf(side: Option<&(FilePath, Leaf)>) -> Option<Leaf> {
    side.map(|(_, leaf)| *leaf)
}

impl Place {
    pub(super) fn leaves(&self) -> Sides<Option<Leaf>> {
        self.sides.as_ref().map(|side| leaf(side.as_ref()))
    }

    /// Whether all three sides have the file under one name.
    fn is_in_place(&self) -> bool {
        let paths = self
            .sides
            .as_ref()
            .map(|side| side.as_ref().map(|(path, _)| path));
        paths.base.is_some() && paths.base == paths.ours && paths.base == paths.theirs
    }

    /// Whether the back-out removes the file.
    fn goes(&self) -> bool {
        let leaves = self.leaves();
        self.conflict.is_none() && leaves.theirs.is_none() && leaves.ours == leaves.base
    }

    /// Whether both sides have changed bytes that are not the same.
    fn needs_contents(&self) -> bool {
        both_changed(self.leaves().map(|leaf| leaf.map(|leaf| leaf.id)))
    }
}

fn needs_contents(sides: Sides<Option<&ReplaySide>>) -> bool {
    both_changed(sides.map(|side| side.map(|side| side.blob)))
}

fn both_changed(blobs: Sides<Option<ObjectId>>) -> bool {
    blobs.ours.is_some()
        && blobs.theirs.is_some()
        && blobs.ours != blobs.theirs
        && blobs.ours != blobs.base
        && blobs.theirs != blobs.base
}
