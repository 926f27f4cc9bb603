//! Merges that somebody made by hand: of the commits that met there none comes out alone, whatever later ones go along.
//!
//! Such a merge is taken back as a whole, as `git revert -m 1` does: what its branch brought goes with it, so commits of
//! the branch that were to go along are not backed out once more.

use std::collections::BTreeSet;
use std::rc::Rc;

use crate::change::ObjectId;
use crate::change::replay::{MergeDriver, ReplayFile, ReplaySide, Sides};
use crate::change::{Content, FileMode};
use crate::git::{GitError, path_mark};
use crate::text::FilePath;

use super::Company;
use crate::load::backout::later::Later;

/// Up to so many commits along, sets without merges are looked for only; beyond, nobody asks for the very smallest.
pub(super) const FEW: usize = 64;

/// Merges that are looked at though nothing that they take in touched the file; tuned by eye.
const OTHERS: usize = 200;

impl Company<'_, '_> {
    /// What the merges among `commits` bring, themselves left out.
    pub(super) fn brought_by(
        &self,
        commits: impl Iterator<Item = ObjectId>,
    ) -> Result<BTreeSet<ObjectId>, GitError> {
        let mut brought = BTreeSet::new();
        for commit in commits {
            if !self.stage.change.contains(&commit) && self.is_merge(commit)? {
                let all = self.brought(commit)?;
                brought.extend(all.iter().filter(|one| **one != commit));
            }
        }
        Ok(brought)
    }

    pub(super) fn is_merge(&self, commit: ObjectId) -> Result<bool, GitError> {
        Ok(self.stage.repository.commit(commit)?.parents.len() > 1)
    }

    /// The commits that a merge brings, with itself.
    fn brought(&self, merge: ObjectId) -> Result<Rc<[ObjectId]>, GitError> {
        if let Some(known) = self.branches.borrow().get(&merge) {
            return Ok(known.clone());
        }
        let all: Rc<[ObjectId]> = self.stage.repository.taken_in(merge)?.into();
        self.branches.borrow_mut().insert(merge, all.clone());
        Ok(all)
    }

    /// The next merge after `commit` that somebody made by hand in one of these files and that may be taken back as a
    /// whole; none where few commits go along, and merges were not asked for.
    pub(super) fn merge_by_hand(
        &self,
        commit: ObjectId,
        paths: &BTreeSet<FilePath>,
        out: &BTreeSet<ObjectId>,
    ) -> Result<Option<ObjectId>, GitError> {
        let wanted: Vec<u32> = paths.iter().map(path_mark).collect();
        let mut touched = true;
        let mut others = OTHERS;
        for (later, marks) in self.stage.history.after(commit) {
            touched = touched || marks.iter().any(|mark| wanted.contains(mark));
            let is_likely = match self.stage.history.is_landing(later) {
                true => std::mem::take(&mut touched),
                false => touched,
            };
            let may_be = marks.is_empty() && !out.contains(&later) && (is_likely || others > 0);
            if !may_be || !self.is_merge(later)? {
                continue;
            }
            others -= usize::from(!is_likely);
            let mut here = false;
            for path in paths {
                here = here || self.is_by_hand(later, path)?;
            }
            if !here || self.takes_the_change(later)? {
                continue;
            }
            self.met_merge.set(true);
            return Ok((self.takes_merges || out.len() > FEW).then_some(later));
        }
        Ok(None)
    }

    fn takes_the_change(&self, merge: ObjectId) -> Result<bool, GitError> {
        let brought = self.brought(merge)?;
        Ok(self
            .stage
            .change
            .iter()
            .any(|commit| brought.contains(commit)))
    }

    /// Whether a file of a merge is neither as a parent has it nor as git merges it; looked up once.
    fn is_by_hand(&self, merge: ObjectId, path: &FilePath) -> Result<bool, GitError> {
        let key = (merge, path.clone());
        if let Some(known) = self.by_hand.borrow().get(&key) {
            return Ok(*known);
        }
        let found = self.was_made_by_hand(merge, path)?;
        self.by_hand.borrow_mut().insert(key, found);
        Ok(found)
    }

    fn was_made_by_hand(&self, merge: ObjectId, path: &FilePath) -> Result<bool, GitError> {
        let repository = self.stage.repository;
        let parents = repository.commit(merge)?.parents.clone();
        let here = repository.file_at(merge, path)?;
        let mut sides = Vec::new();
        for parent in &parents {
            let there = repository.file_at(*parent, path)?;
            if there == here {
                return Ok(false);
            }
            sides.push(there);
        }
        let ([one, other], [ours, theirs]) = (&parents[..], &sides[..]) else {
            return Ok(true);
        };
        let Ok(base) = repository.merge_base(*one, *other) else {
            return Ok(true);
        };
        let side = |side: Option<(FileMode, ObjectId)>| {
            side.map(|(mode, blob)| ReplaySide {
                path: path.clone(),
                mode,
                blob,
                content: None,
            })
        };
        let file = ReplayFile {
            sides: Sides {
                base: side(repository.file_at(base, path)?),
                ours: side(*ours),
                theirs: side(*theirs),
            },
            path: path.clone(),
            driver: MergeDriver::Text,
            conflict: None,
        };
        let Ok(merged) = self.memory.merges.three_way(repository, file)? else {
            return Ok(true);
        };
        let (Some(merged), Some((_, blob))) = (&merged, here) else {
            return Ok(merged.is_some() || here.is_some());
        };
        let content = match &merged.content {
            Some(content) => content.clone(),
            None => repository.merge_blob(merged.blob)?,
        };
        let there = repository.merge_blob(blob)?;
        let bytes = |content: &Content| content.bytes().map(<[u8]>::to_vec);
        Ok(bytes(&content) != bytes(&there))
    }

    /// A set in the order in which it comes out, with the change; what merges in it bring is not there again.
    pub(super) fn order_of(&self, along: &BTreeSet<Later>) -> Result<Vec<ObjectId>, GitError> {
        let all: BTreeSet<Later> = along.iter().chain(&self.change).copied().collect();
        let brought = self.brought_by(all.iter().map(|later| later.id))?;
        let order = all.iter().map(|later| later.id);
        Ok(order
            .filter(|commit| self.stage.change.contains(commit) || !brought.contains(commit))
            .collect())
    }
}
