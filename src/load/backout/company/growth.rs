//! What to take along next: those nearest to what stopped, or all that builds on the change.

use std::collections::BTreeSet;

use crate::change::ObjectId;
use crate::git::{GitError, path_mark};
use crate::text::FilePath;

use super::{Company, SMALL};
use crate::load::backout::blockers::names_then;
use crate::load::backout::forward::{Forward, Reach};
use crate::load::backout::later::Later;
use crate::load::backout::limits::{COMPANY_LIMIT, Limit};

impl Company<'_, '_> {
    /// `along` and those who stand in the way of what stopped, in the very files.
    pub(super) fn nearest(&self, along: &BTreeSet<Later>) -> Result<BTreeSet<Later>, GitError> {
        let mut all = along.clone();
        if self.last.along != *along {
            return Ok(all);
        }
        all.extend(&self.last.behind_breaks);
        let mut out: BTreeSet<ObjectId> = along.iter().map(|later| later.id).collect();
        out.extend(self.stage.change);
        out.extend(self.brought_by(along.iter().map(|later| later.id))?);
        let mut marks = BTreeSet::new();
        for stop in &self.last.stops {
            for conflict in &stop.conflicts {
                // Where a newer commit that touched the file did not come out, this one stops for its sake.
                let is_first = !marks.contains(&path_mark(&conflict.path));
                if !is_first && along.len() > SMALL {
                    continue;
                }
                let mut near = self.behind(stop.commit, &names_then(conflict), &out)?;
                if near.is_empty() && is_first {
                    near = self.last_resort(stop, conflict, &out)?;
                }
                out.extend(&near);
                all.extend(self.placed(&near)?);
            }
            let touched = self.memory.files(self.stage.repository, stop.commit)?;
            let sides = touched.iter().flat_map(|file| [&file.before, &file.after]);
            marks.extend(sides.flatten().map(|side| path_mark(&side.path)));
        }
        Ok(all)
    }

    pub(super) fn company(&self, along: &BTreeSet<Later>) -> Result<BTreeSet<Later>, GitError> {
        let Some(oldest) = self.change.last() else {
            return Ok(along.clone());
        };
        let both = along.iter().chain(&self.change).map(|later| later.id);
        let mut without: BTreeSet<ObjectId> = both.collect();
        without.extend(self.brought_by(without.iter().copied())?);
        let forward = Forward {
            repository: self.stage.repository,
            history: self.stage.history,
            without: &without,
            reach: Reach::All,
            merges_left: &self.merges_left,
            memory: &self.memory,
        };
        let concerned = |path: &FilePath| self.concerned.contains(path);
        let behind = forward.from(oldest.id, &concerned)?;
        if behind.cut_off || behind.commits.len() > COMPANY_LIMIT {
            // No step is left, so the next rehearsal says that a limit is met.
            self.steps_left.set(0);
            self.stopped_by(match behind.commits.len() > COMPANY_LIMIT {
                true => Limit::Company,
                false => Limit::Merges,
            });
            return Ok(along.clone());
        }
        let mut all = along.clone();
        all.extend(self.placed(&behind.commits)?);
        Ok(all)
    }
}
