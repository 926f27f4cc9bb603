//! What became of disclosed commits: which of their lines are alive at a later commit, and what backing them out would take.

use std::collections::BTreeSet;

use crate::cache::Store;
use crate::change::{Change, Content, FileChange, ObjectId};
use crate::git::Repository;
use crate::policy::disclosure::{self, Disclosure};
use crate::policy::generated::Generated;
use crate::policy::trailers::{self, MessageForm};
use crate::report::DisclosureRow;
use crate::report::audit::{AuditRow, FileAudit};
use crate::text::{self, FilePath, LineNumber};

use super::backout::{self, Depth, PlanRequest};
use super::{LoadError, changes};

/// How wrong committers' clocks may be, in seconds: a week.
const SKEW: i64 = 7 * 86_400;

/// What is asked of every disclosed commit.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// The cache.
    pub store: &'a Store,
    /// The commit at which lines are looked for and commits are backed out.
    pub target: ObjectId,
    /// How far to go when backing out.
    pub depth: Depth,
    /// The key of the project's own disclosures.
    pub own_key: Option<&'a str>,
    /// Which files that are no C the build makes C of.
    pub generated: &'a [Generated],
}

impl Question<'_> {
    /// Those of the commits whose authors disclosed AI use, in the same order.
    ///
    /// # Errors
    /// What git cannot read.
    pub fn disclosed(&self, commits: &[ObjectId]) -> Result<Vec<ObjectId>, LoadError> {
        let mut found = Vec::new();
        for commit in commits {
            let message = self.repository.message(*commit)?;
            if !self.tags(&message).is_empty() {
                found.push(*commit);
            }
        }
        Ok(found)
    }

    fn tags(&self, message: &str) -> Vec<Disclosure> {
        disclosure::among(&trailers::of(message, MessageForm::Commit), self.own_key)
    }

    /// What became of one commit.
    ///
    /// # Errors
    /// What git cannot read.
    pub fn row(&self, commit: ObjectId) -> Result<AuditRow, LoadError> {
        let change = changes::commit(commit, self.repository)?;
        let mut files = Vec::new();
        for file in &change.files {
            files.extend(self.file(&change, commit, file)?);
        }
        let request = PlanRequest {
            commits: &[commit],
            mainline: None,
            target: self.target,
            depth: self.depth,
            generated: self.generated,
        };
        let plan = backout::plan(self.repository, self.store, request)?;
        let tags = self.tags(&change.message).into_iter();
        Ok(AuditRow {
            commit: commit.to_string(),
            disclosure: tags.map(DisclosureRow::from).collect(),
            added: files.iter().map(|file| file.added).sum(),
            alive: files.iter().map(|file| file.alive).sum(),
            files,
            outcome: plan.outcome,
            conflicts: plan.conflicts.len(),
            build_conflicts: plan.build_conflicts.len(),
            cascade: plan
                .cascade
                .map(|along| along.into_iter().map(|row| row.commit).collect()),
            notes: [change.notes, plan.notes].concat(),
            subject: change.subject,
        })
    }

    /// The lines that a commit added to a file, and those of them that stand at the target as it wrote them. `None` for a
    /// file without added lines.
    fn file(
        &self,
        change: &Change,
        commit: ObjectId,
        file: &FileChange,
    ) -> Result<Option<FileAudit>, LoadError> {
        let added = file.line_counts().after;
        if added == 0 {
            return Ok(None);
        }
        let path = file.path();
        let there = self.repository.followed(path, [commit, self.target])?;
        let alive = match &there {
            Some(there) => self.alive(change, (commit, file), there)?,
            None => 0,
        };
        Ok(Some(FileAudit {
            path: path.to_string(),
            path_at: there.map(|there| there.to_string()),
            added,
            alive,
        }))
    }

    /// Only lines that read like an added one are asked about, so a large file costs little.
    fn alive(
        &self,
        change: &Change,
        (commit, file): (ObjectId, &FileChange),
        there: &FilePath,
    ) -> Result<u32, LoadError> {
        let Some((_, blob)) = self.repository.file_at(self.target, there)? else {
            return Ok(0);
        };
        if file.sides.after.as_ref().and_then(|side| side.blob) == Some(blob) {
            return Ok(file.line_counts().after);
        }
        let Content::Bytes(now) = self.repository.blob(blob)? else {
            return Ok(0);
        };
        let written = file.bytes().after;
        let lines: Vec<&[u8]> = written.split(|byte| *byte == b'\n').collect();
        let added: BTreeSet<&[u8]> = file
            .hunks
            .iter()
            .flat_map(|hunk| hunk.after.first.0..hunk.after.first.0 + hunk.after.count)
            .filter_map(|line| lines.get(line.checked_sub(1)? as usize).copied())
            .collect();
        let like_added = now.split(|byte| *byte == b'\n').zip(1..);
        let like_added = like_added.filter(|(line, _)| added.contains(line));
        let asked: Vec<LineNumber> = like_added.map(|(_, number)| LineNumber(number)).collect();
        let since = change.committer.seconds.saturating_sub(SKEW);
        let origins = self
            .repository
            .origins((self.target, there), &asked, since)?;
        let own = origins
            .iter()
            .flatten()
            .filter(|origin| origin.commit == commit);
        Ok(text::offset(own.count()))
    }
}
