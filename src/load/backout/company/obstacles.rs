//! Why a rehearsal failed: which later commits stand in the way of what conflicts or breaks.

use std::collections::BTreeSet;

use crate::change::ObjectId;
use crate::git::{GitError, path_mark};
use crate::merge::Conflict;
use crate::revert::{BuildConflict, Cause, cascade::Obstacle};
use crate::text::FilePath;

use super::by_hand::FEW;
use super::{Checked, Company, SMALL};
use crate::load::backout::blockers;
use crate::load::backout::build::Breaks;
use crate::load::backout::forward::{Forward, Reach};
use crate::load::backout::later::Later;
use crate::load::backout::run::Stop;
use crate::load::backout::sequence::Sequence;

/// Up to so many later changes of its files a commit is taken out of the history to see who builds on it; beyond, the
/// commits that touched the very lines are taken for those. Tuned by eye.
const LONG: usize = 40;

/// Breaks that are looked into by the name alone, at most, where nothing else tells who is behind them.
const TRACED: usize = 4;

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
            let mut given = Vec::new();
            if !is_change {
                given.push(commit);
            }
            if order.len() > FEW {
                // Nobody asks a set of this size what else may do.
                self.traced.set(true);
            } else if !blockers::conflicts_at(repository, self.stage.target, conflict)? {
                given.extend(self.touching(&paths, &taken)?);
            }
            for clause in self.clauses(
                order.len(),
                (commit, conflict),
                (&paths, &taken),
                left.as_ref(),
            )? {
                obstacles.push(Obstacle {
                    given: self.placed(&given)?.into_iter().collect(),
                    clause: self.placed(&clause)?,
                    because: format!("backing out {commit:.12} conflicts in {}", conflict.path),
                });
            }
        }
        Ok(())
    }

    /// Remembers in which files the change conflicts where it comes out alone.
    pub(super) fn is_concerned(&mut self, stops: &[Stop]) {
        let is_alone = |stop: &&Stop| {
            let mut all = stop.taken.iter().chain([&stop.commit]);
            all.all(|commit| self.stage.change.contains(commit))
        };
        let conflicts = stops.iter().filter(is_alone);
        let conflicts = conflicts.flat_map(|stop| &stop.conflicts);
        let paths: Vec<FilePath> = conflicts.flat_map(blockers::names_then).collect();
        self.concerned.extend(paths);
    }

    /// Commits of which one has to go along for a conflict: one such list, or one for each place of the file.
    fn clauses(
        &self,
        order: usize,
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
        if order <= SMALL && self.has_long_history(commit, paths) {
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
        let behind = self.behind(commit, paths, taken)?;
        if !behind.is_empty() {
            return Ok(behind);
        }
        let mut later = self.later_changes(commit, paths, taken);
        later.extend(self.merge_by_hand(commit, paths, taken)?);
        Ok(later)
    }

    /// The later commits that do not apply in these files without `commit` and `taken`, oldest first.
    pub(super) fn behind(
        &self,
        commit: ObjectId,
        paths: &BTreeSet<FilePath>,
        taken: &BTreeSet<ObjectId>,
    ) -> Result<Vec<ObjectId>, GitError> {
        let mut without = taken.clone();
        without.extend(self.brought_by(taken.iter().copied())?);
        let forward = Forward {
            repository: self.stage.repository,
            history: self.stage.history,
            without: &without,
            reach: Reach::SameFiles,
            merges_left: &self.merges_left,
            memory: &self.memory,
        };
        let concerned = |path: &FilePath| paths.is_empty() || paths.contains(path);
        Ok(forward.from(commit, &concerned)?.commits)
    }

    /// All later commits that touched the files, oldest first.
    fn later_changes(
        &self,
        commit: ObjectId,
        paths: &BTreeSet<FilePath>,
        taken: &BTreeSet<ObjectId>,
    ) -> Vec<ObjectId> {
        let marks: Vec<u32> = paths.iter().map(path_mark).collect();
        let touching = self.stage.history.after(commit).filter(|(later, there)| {
            !taken.contains(later) && marks.iter().any(|mark| there.contains(mark))
        });
        touching.map(|(later, _)| later).collect()
    }

    /// Where every later commit applies without those that are out, and git still conflicts when they come out: whoever
    /// made a merge by hand there, else whoever touched the very lines, else the last to change the file.
    pub(super) fn last_resort(
        &self,
        stop: &Stop,
        conflict: &Conflict,
        out: &BTreeSet<ObjectId>,
    ) -> Result<Vec<ObjectId>, GitError> {
        let mut paths = blockers::names_then(conflict);
        paths.insert(conflict.path.clone());
        if let Some(merge) = self.merge_by_hand(stop.commit, &paths, out)? {
            return Ok(vec![merge]);
        }
        let mut near = self
            .blockers
            .of_conflict(stop.commit, conflict, out)?
            .concat();
        if near.is_empty() {
            near.extend(self.later_changes(stop.commit, &paths, out).last());
        }
        Ok(near)
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
            let files = self.memory.files(self.stage.repository, *commit)?;
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

    /// The later commits that took an include of `lost` out of a file: what came through it is gone, though no name is.
    fn dropping_include(
        &self,
        (oldest, path): (ObjectId, &FilePath),
        lost: &FilePath,
        along: &BTreeSet<Later>,
    ) -> Result<Vec<ObjectId>, GitError> {
        let repository = self.stage.repository;
        let out: BTreeSet<ObjectId> = along.iter().map(|later| later.id).collect();
        let mut found = Vec::new();
        for commit in self.later_changes(oldest, &BTreeSet::from([path.clone()]), &out) {
            let files = self.memory.files(repository, commit)?;
            let here = files.iter().filter_map(|file| {
                let (before, after) = (file.before.as_ref()?, file.after.as_ref()?);
                (before.path == *path).then_some((before.blob, after.blob))
            });
            for (before, after) in here {
                let (before, after) = (
                    repository.merge_blob(before)?,
                    repository.merge_blob(after)?,
                );
                let then = includes(before.bytes().unwrap_or_default(), lost.file_name());
                let now = includes(after.bytes().unwrap_or_default(), lost.file_name());
                if !then.is_subset(&now) {
                    found.push(commit);
                }
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
        let is_proven = self.proven.contains(&result.tree);
        if let Some(known) = self.checked.get(&result.tree)
            && (is_proven || !self.is_exact || !known.obstacles.is_empty())
        {
            return Ok(Some(known.obstacles.clone()));
        }
        if self.checks_left == 0 {
            return Ok(None);
        }
        let breaks = self.breaks_of(result.tree, along)?;
        let Some(oldest) = self.change.last().map(|later| later.id) else {
            return Ok(Some(Vec::new()));
        };
        let mut obstacles = Vec::new();
        let mut unexplained = Vec::new();
        for broken in &breaks.conflicts {
            let mut clause = self.blockers.of_break(oldest, broken, &breaks)?;
            clause.retain(|commit| {
                !self.stage.change.contains(commit) && along.iter().all(|later| later.id != *commit)
            });
            let because = format!("{}:{}: {}", broken.path, broken.line, broken.because);
            if let (true, Cause::Loss { path }) = (clause.is_empty(), &broken.cause) {
                clause = self.dropping_include((oldest, &broken.path), path, along)?;
            }
            if let (true, Some((set, _))) = (clause.is_empty(), &self.sound)
                && along.is_subset(set)
            {
                // Without these it breaks, whoever else may be behind it.
                clause = set.difference(along).map(|later| later.id).collect();
                self.traced.set(true);
            }
            if clause.is_empty() {
                unexplained.push((broken, because));
                continue;
            }
            obstacles.push(Obstacle {
                given: along.clone(),
                clause: self.placed(&clause)?,
                because,
            });
        }
        if obstacles.is_empty() {
            for (broken, because) in std::mem::take(&mut unexplained) {
                let obstacle = match obstacles.len() < TRACED {
                    true => self.by_name((oldest, broken), &because, along)?,
                    false => None,
                };
                match obstacle {
                    Some(obstacle) => obstacles.push(obstacle),
                    None => unexplained.push((broken, because)),
                }
            }
        }
        let checked = Checked {
            obstacles: obstacles.clone(),
            unexplained: unexplained
                .into_iter()
                .map(|(_, because)| because)
                .collect(),
        };
        self.checked.insert(result.tree, checked);
        Ok(Some(obstacles))
    }

    /// The obstacle of a break whose name nobody took away: it may not be what it was.
    fn by_name(
        &self,
        (oldest, broken): (ObjectId, &BuildConflict),
        because: &str,
        along: &BTreeSet<Later>,
    ) -> Result<Option<Obstacle<Later>>, GitError> {
        let mut clause = self.blockers.of_name(oldest, broken)?;
        clause.retain(|commit| along.iter().all(|later| later.id != *commit));
        let clause = self.placed(&clause)?;
        Ok((!clause.is_empty()).then(|| Obstacle {
            given: along.clone(),
            clause,
            because: because.to_owned(),
        }))
    }

    /// What the resulting tree breaks. Where it is that of a set that came out without a few of its members, whatever
    /// these bring back is looked at first, which is a small part of the work.
    fn breaks_of(&mut self, tree: ObjectId, along: &BTreeSet<Later>) -> Result<Breaks, GitError> {
        if let Some((set, sound)) = &self.sound
            && along.is_subset(set)
        {
            let breaks = self.stage.build.breaks_beside(tree, *sound)?;
            self.checks_left = self.checks_left.saturating_sub(10);
            if !breaks.conflicts.is_empty() {
                return Ok(breaks);
            }
            if !self.is_exact {
                self.sound = Some((along.clone(), tree));
                return Ok(breaks);
            }
        }
        let breaks = self.stage.build.breaks(tree)?;
        self.proven.insert(tree);
        self.checks_left = self.checks_left.saturating_sub(10 + breaks.files.len());
        if breaks.conflicts.is_empty() {
            self.sound = Some((along.clone(), tree));
        }
        Ok(breaks)
    }
}

/// The lines that include a file of this name.
fn includes<'a>(text: &'a [u8], name: &[u8]) -> BTreeSet<&'a [u8]> {
    let lines = text.split(|byte| *byte == b'\n');
    let is_include = |line: &&[u8]| {
        let rest = line.trim_ascii_start().strip_prefix(b"#");
        rest.is_some_and(|rest| rest.trim_ascii_start().starts_with(b"include"))
            && memchr::memmem::find(line, name).is_some()
    };
    lines.filter(is_include).collect()
}
