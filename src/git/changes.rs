//! A commit as a [`Change`]: its files against its first parent, renames followed, with contents and hunks.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Change, ChangeId, Content, FileChange, FileMode, FileSide, ObjectId, hunks};
use crate::text::{BeforeAfter, FilePath, is_c_path};

use super::commits::subject;
use super::objects::EMPTY_TREE;
use super::renames::{self, Candidate, Rules};
use super::trees::{Leaf, TreePair};
use super::{GitError, Repository};

/// `diff.renameLimit` as git has it by default.
const RENAME_LIMIT: usize = 1000;

/// A file on both sides, before its contents are read.
pub(super) struct PairedFile {
    pub(super) sides: BeforeAfter<Option<(FilePath, Leaf)>>,
}

impl Repository {
    /// The change that a commit made: against its first parent, or against nothing for a root commit and for one whose
    /// parents a shallow clone cut off (then with a note).
    ///
    /// # Errors
    /// [`GitError::AbsentObject`], [`GitError::Malformed`], [`GitError::Unreadable`].
    pub fn change(&self, id: ObjectId) -> Result<Change, GitError> {
        let commit = self.full_commit(id)?;
        let before = match commit.head.parents.first() {
            Some(parent) => self.commit(*parent)?.tree,
            None => EMPTY_TREE,
        };
        let mut notes = Vec::new();
        if self.is_graft(id) {
            notes.push(format!(
                "{id:.12} is where this shallow clone ends: compared with an empty tree"
            ));
        }
        let files = self.file_changes([before, commit.head.tree], &mut notes)?;
        Ok(Change {
            id: ChangeId::Commit(id),
            subject: subject(&commit.message),
            message: commit.message,
            author: commit.author,
            committer: commit.committer,
            parents: commit.head.parents,
            files,
            notes,
        })
    }

    /// The paths that a commit touches against its first parent, sorted; renames count as both paths.
    ///
    /// # Errors
    /// As [`Repository::change`].
    pub fn touched_paths(&self, id: ObjectId) -> Result<Vec<FilePath>, GitError> {
        let commit = self.commit(id)?;
        let before = match commit.parents.first() {
            Some(parent) => self.commit(*parent)?.tree,
            None => EMPTY_TREE,
        };
        let pairs = self.tree_pairs(before, commit.tree)?;
        Ok(pairs.into_iter().map(|pair| pair.path).collect())
    }

    /// The C files in which two trees differ, sorted by path, with what the later one has there; symlinks and submodules
    /// are none.
    ///
    /// # Errors
    /// As [`Repository::change`].
    pub fn c_files_between(
        &self,
        before: ObjectId,
        after: ObjectId,
    ) -> Result<Vec<(FilePath, Option<ObjectId>)>, GitError> {
        let is_file = |leaf: &Leaf| matches!(leaf.mode, FileMode::Regular | FileMode::Executable);
        let pairs = self.tree_pairs(before, after)?.into_iter();
        let pairs = pairs.filter(|pair| is_c_path(&pair.path));
        Ok(pairs
            .map(|pair| (pair.path, pair.after.filter(is_file).map(|leaf| leaf.id)))
            .collect())
    }

    fn file_changes(
        &self,
        trees: [ObjectId; 2],
        notes: &mut Vec<String>,
    ) -> Result<Vec<FileChange>, GitError> {
        let pairs = self.tree_pairs(trees[0], trees[1])?;
        let paired = self.with_renames(pairs, notes)?;
        paired
            .into_iter()
            .map(|file| self.file_change(file, notes))
            .collect()
    }

    /// Joins deleted and added files that are one renamed file; sorted by the path after (before, for deleted ones).
    pub(super) fn with_renames(
        &self,
        pairs: Vec<TreePair>,
        notes: &mut Vec<String>,
    ) -> Result<Vec<PairedFile>, GitError> {
        let gone = |pair: &TreePair| one_sided(&pair.path, pair.before, pair.after);
        let new = |pair: &TreePair| one_sided(&pair.path, pair.after, pair.before);
        let sources: Vec<Candidate> = pairs.iter().filter_map(gone).collect();
        let destinations: Vec<Candidate> = pairs.iter().filter_map(new).collect();
        let rules = Rules {
            empty_files: true,
            limit: RENAME_LIMIT,
            relevant: &|_| true,
        };
        let renames = renames::detect(self, [&sources, &destinations], &rules)?;
        if renames.limited {
            notes.push("too many files came and went to look for all renames".to_owned());
        }
        let came_from: BTreeMap<&FilePath, &Candidate> = renames
            .pairs
            .iter()
            .map(|(source, to)| (&destinations[*to].path, &sources[*source]))
            .collect();
        let moved_away: BTreeSet<&FilePath> =
            came_from.values().map(|source| &source.path).collect();
        let mut files: Vec<PairedFile> = Vec::with_capacity(pairs.len());
        for pair in pairs {
            let before = match (pair.before, pair.after) {
                (Some(_), None) if moved_away.contains(&pair.path) => continue,
                (None, Some(_)) => came_from
                    .get(&pair.path)
                    .map(|source| (source.path.clone(), source.leaf)),
                (before, _) => before.map(|leaf| (pair.path.clone(), leaf)),
            };
            let after = pair.after.map(|leaf| (pair.path.clone(), leaf));
            files.push(PairedFile {
                sides: BeforeAfter { before, after },
            });
        }
        Ok(files)
    }

    pub(super) fn file_change(
        &self,
        file: PairedFile,
        notes: &mut Vec<String>,
    ) -> Result<FileChange, GitError> {
        let side = |side: Option<(FilePath, Leaf)>| {
            side.map(|(path, leaf)| self.file_side(path, leaf))
                .transpose()
        };
        let sides = BeforeAfter {
            before: side(file.sides.before)?,
            after: side(file.sides.after)?,
        };
        Ok(finished(sides, notes))
    }

    fn file_side(&self, path: FilePath, leaf: Leaf) -> Result<FileSide, GitError> {
        let content = match leaf.mode {
            FileMode::Submodule => Content::Absent,
            _ => self.merge_blob(leaf.id)?,
        };
        Ok(FileSide {
            path,
            mode: leaf.mode,
            blob: Some(leaf.id),
            content,
        })
    }
}

fn one_sided(path: &FilePath, here: Option<Leaf>, there: Option<Leaf>) -> Option<Candidate> {
    let leaf = here.filter(|_| there.is_none())?;
    Some(Candidate {
        path: path.clone(),
        leaf,
    })
}

/// Adds the hunks, and a note for each side that could not be read.
pub(super) fn finished(
    sides: BeforeAfter<Option<FileSide>>,
    notes: &mut Vec<String>,
) -> FileChange {
    let mut file = FileChange {
        sides,
        hunks: Vec::new(),
    };
    let mut readable = true;
    for side in [&file.sides.before, &file.sides.after]
        .into_iter()
        .flatten()
    {
        let problem = match (side.mode, &side.content) {
            (FileMode::Submodule, _) => "is a submodule: not looked into".to_owned(),
            (_, Content::Bytes(_)) => continue,
            (_, Content::TooLarge { bytes }) => format!("has {bytes} bytes: not read"),
            (_, Content::Absent) => match side.blob {
                Some(blob) => format!("is not in this repository (blob {blob}): not read"),
                None => "is not in this repository: not read".to_owned(),
            },
        };
        readable = false;
        notes.push(format!("{} {problem}", side.path));
    }
    let [before, after] = [&file.sides.before, &file.sides.after]
        .map(|side| side.as_ref().and_then(|side| side.blob));
    if readable && (before.is_none() || before != after) {
        file.hunks = hunks::between(file.bytes());
    }
    notes.dedup();
    file
}
