//! Why a rehearsal failed: which later commits stand in the way of what conflicts or breaks.

use std::collections::BTreeSet;

use crate::change::ObjectId;
use crate::git::{GitError, path_mark};
use crate::merge::Conflict;
use crate::revert::cascade::Obstacle;
use crate::text::FilePath;

use super::{Checked, Company, SMALL};
use crate::load::backout::blockers;
use crate::load::backout::forward::{Forward, Reach};
use crate::load::backout::later::Later;
use crate::load::backout::run::Stop;
use crate::load::backout::sequence::Sequence;

/// Up to so many later changes of its files a commit is taken out of the history to see who builds on it; beyond, the
/// commits that touched the very lines are taken for those. Tuned by eye.
const LONG: usize = 40;

impl Company<'_, '_> {
    /// What stands in the way of a commit that conflicts.
    pub(super) fn conflicts(
        &mut self,
        stop: &Stop,
        order: &[ObjectId],
        obstacles: &mut Vec<Obstacle<Later>>,
    ) -> Result<(), GitError> {
        let repository = self.stage.repository;
        let commit = stop.commit;
        let left = self.left_of_many(order);
        let is_change = self.stage.change.contains(&commit);
        let taken: BTreeSet<ObjectId> = stop.taken.iter().copied().collect();
        for conflict in &stop.conflicts {
            let paths = blockers::names_then(conflict);
            if is_change && taken.is_subset(&self.stage.change.iter().copied().collect()) {
                self.concerned.extend(paths.iter().cloned());
            }
            let mut given = Vec::new();
            if !is_change {
                given.push(commit);
            }
            if !blockers::conflicts_at(repository, self.stage.target, conflict)? {
                given.extend(self.touching(&paths, &taken)?);
            }
            for clause in self.clauses((commit, conflict), (&paths, &taken), left.as_ref())? {
                obstacles.push(Obstacle {
                    given: self.placed(&given)?.into_iter().collect(),
                    clause: self.placed(&clause)?,
                    because: format!("backing out {commit:.12} conflicts in {}", conflict.path),
                });
            }
        }
        Ok(())
    }

    /// Commits of which one has to go along for a conflict: one such list, or one for each place of the file.
    fn clauses(
        &self,
        (commit, conflict): (ObjectId, &Conflict),
        (paths, taken): (&BTreeSet<FilePath>, &BTreeSet<ObjectId>),
        left: Option<&BTreeSet<ObjectId>>,
    ) -> Result<Vec<Vec<ObjectId>>, GitError> {
        if let Some(left) = left {
            let touching = self.touching(paths, left)?;
            return Ok(vec![match touching.is_empty() {
                true => left.iter().copied().collect(),
                false => touching,
            }]);
        }
        if self.has_long_history(commit, paths) {
            let at_places = self.blockers.of_conflict(commit, conflict, taken)?;
            if at_places.iter().all(|clause| !clause.is_empty()) && !at_places.is_empty() {
                self.traced.set(true);
                return Ok(at_places);
            }
        }
        Ok(vec![self.in_the_way(commit, paths, taken)?])
    }

    /// Whether too many later commits changed these files to carry each of them on without this one.
    fn has_long_history(&self, commit: ObjectId, paths: &BTreeSet<FilePath>) -> bool {
        let marks: Vec<u32> = paths.iter().map(path_mark).collect();
        let later = self.stage.history.after(commit);
        let touching = later.filter(|(_, there)| marks.iter().any(|mark| there.contains(mark)));
        touching.take(LONG + 1).count() > LONG
    }

    /// What a large set lacks of the one that came out: whatever then stands in the way is among that. Small sets are
    /// looked at without that knowledge, so that nothing else that may do is missed.
    fn left_of_many(&self, order: &[ObjectId]) -> Option<BTreeSet<ObjectId>> {
        let known: BTreeSet<ObjectId> = self.run.commits().collect();
        let wanted: BTreeSet<ObjectId> = order.iter().copied().collect();
        let is_large = order.len() > SMALL && wanted.is_subset(&known);
        is_large.then(|| &known - &wanted)
    }

    /// The later commits that do not apply without `commit`, as far as these files go; where none is found, all that
    /// touched them.
    fn in_the_way(
        &self,
        commit: ObjectId,
        paths: &BTreeSet<FilePath>,
        taken: &BTreeSet<ObjectId>,
    ) -> Result<Vec<ObjectId>, GitError> {
        let forward = Forward {
            repository: self.stage.repository,
            history: self.stage.history,
            without: taken,
            reach: Reach::SameFiles,
            merges_left: &self.merges_left,
        };
        let concerned = |path: &FilePath| paths.is_empty() || paths.contains(path);
        let behind = forward.from(commit, &concerned)?;
        if !behind.commits.is_empty() {
            return Ok(behind.commits);
        }
        let marks: Vec<u32> = paths.iter().map(path_mark).collect();
        let touching = self.stage.history.after(commit).filter(|(later, there)| {
            !taken.contains(later) && marks.iter().any(|mark| there.contains(mark))
        });
        Ok(touching.map(|(later, _)| later).collect())
    }

    /// Those of `commits` that changed one of these files.
    fn touching(
        &self,
        paths: &BTreeSet<FilePath>,
        commits: &BTreeSet<ObjectId>,
    ) -> Result<Vec<ObjectId>, GitError> {
        let mut found = Vec::new();
        for commit in commits {
            if self.stage.change.contains(commit) {
                continue;
            }
            let files = self.stage.repository.changed_files(*commit)?;
            let paths_of = files.iter().flat_map(|file| [&file.before, &file.after]);
            if paths_of
                .flatten()
                .any(|side| paths.is_empty() || paths.contains(&side.path))
            {
                found.push(*commit);
            }
        }
        Ok(found)
    }

    /// An obstacle for each break of the resulting tree; `None` where the limit is met.
    pub(super) fn breaks(
        &mut self,
        result: &Sequence,
        along: &BTreeSet<Later>,
    ) -> Result<Option<Vec<Obstacle<Later>>>, GitError> {
        if let Some(known) = self.checked.get(&result.tree) {
            return Ok(Some(known.obstacles.clone()));
        }
        if self.checks_left == 0 {
            return Ok(None);
        }
        let breaks = self.stage.build.breaks(result.tree)?;
        self.checks_left = self.checks_left.saturating_sub(10 + breaks.files.len());
        let Some(oldest) = self.change.last().map(|later| later.id) else {
            return Ok(Some(Vec::new()));
        };
        let mut obstacles = Vec::new();
        let mut unexplained = BTreeSet::new();
        for broken in &breaks.conflicts {
            let mut clause = self.blockers.of_break(oldest, broken, &breaks)?;
            clause.retain(|commit| {
                !self.stage.change.contains(commit) && along.iter().all(|later| later.id != *commit)
            });
            let because = format!("{}:{}: {}", broken.path, broken.line, broken.because);
            if clause.is_empty() {
                unexplained.insert(because);
                continue;
            }
            obstacles.push(Obstacle {
                given: along.clone(),
                clause: self.placed(&clause)?,
                because,
            });
        }
        let checked = Checked {
            obstacles: obstacles.clone(),
            unexplained,
        };
        self.checked.insert(result.tree, checked);
        Ok(Some(obstacles))
    }
}
