//! A plan carried out: each back-out as a new commit, with the message that git gives it.
//!
//! Computes trees and messages; who writes them down, and where, is the caller's choice.

use std::fmt::Write as _;

use crate::cache::Store;
use crate::change::ObjectId;
use crate::git::{GitError, NewCommit, Repository};
use crate::merge;
use crate::report::plan::PlanAnswer;

use super::sequence::Sequence;
use super::{PlanRequest, later, syntax};

/// The commits that take out what a plan says, the first of them to be made on the target first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CarriedOut {
    /// One for each back-out that changes something.
    pub commits: Vec<NewCommit>,
    /// What was left out, in words.
    pub notes: Vec<String>,
}

/// Carries a plan out, in memory; its cascade goes along. `None` where the plan has no way out.
///
/// Every commit has the message of `git revert --no-edit`. One that was merged by syntax says so below, and the oldest
/// of the commits asked for lists what went along with it.
///
/// # Errors
/// As [`plan`](super::plan).
pub fn carried_out(
    repository: &Repository,
    store: &Store,
    request: PlanRequest<'_>,
    answer: &PlanAnswer,
) -> Result<Option<CarriedOut>, GitError> {
    let along: Vec<ObjectId> = match (answer.outcome, &answer.cascade) {
        ("absent" | "clean" | "resolved", _) => Vec::new(),
        (_, Some(cascade)) if !cascade.is_empty() => {
            let ids = cascade.iter().map(|row| row.commit.parse());
            ids.filter_map(Result::ok).collect()
        }
        _ => return Ok(None),
    };
    let all: Vec<ObjectId> = along.iter().chain(request.commits).copied().collect();
    let order = later::newest_first(repository, store, &all, request.target)?;
    let last_asked = order
        .iter()
        .rev()
        .find(|commit| request.commits.contains(commit));
    let mut done = CarriedOut {
        commits: Vec::new(),
        notes: Vec::new(),
    };
    let mut sequence = Sequence::at(repository.commit(request.target)?.tree);
    for commit in &order {
        // A merge that goes along is taken back to its first parent.
        let mainline = match request.commits.contains(commit) {
            true => request.mainline,
            false => Some(1),
        };
        let along = if Some(commit) == last_asked {
            &along[..]
        } else {
            &[]
        };
        let step = Step {
            repository,
            commit: *commit,
            mainline,
        };
        let Some(message) = step.take(&mut sequence, along)? else {
            return Ok(None);
        };
        match message {
            Taken::Message(message) => done.commits.push(NewCommit {
                tree: sequence.tree,
                message,
            }),
            Taken::Nothing => done.notes.push(format!(
                "nothing of {commit:.12} is left, so it has no commit"
            )),
        }
    }
    Ok(Some(done))
}

/// One back-out.
struct Step<'a> {
    repository: &'a Repository,
    commit: ObjectId,
    mainline: Option<usize>,
}

/// What a back-out comes to.
enum Taken {
    /// Another tree, and the message for it.
    Message(String),
    /// The same tree.
    Nothing,
}

impl Step<'_> {
    /// Takes the commit out of the sequence; `None` where it does not merge.
    fn take(&self, sequence: &mut Sequence, along: &[ObjectId]) -> Result<Option<Taken>, GitError> {
        let is_merge = self.repository.commit(self.commit)?.parents.len() > 1;
        let mainline = self.mainline.filter(|_| is_merge);
        let replay = self
            .repository
            .replay(self.commit, mainline, sequence.tree)?;
        let Ok(answer) = merge::by_syntax(&merge::three_way(&replay)) else {
            return Ok(None);
        };
        let before = sequence.tree;
        sequence.tree = self.repository.tree_with(before, &answer.merged.files)?;
        if sequence.tree == before {
            return Ok(Some(Taken::Nothing));
        }
        let mut message = self.message(mainline)?;
        if !answer.resolved.is_empty() {
            message += "\nMerged by syntax, where git conflicts:\n\n";
            for row in answer.resolved.iter().map(syntax::row) {
                message += &format!("    {}: {}\n", row.path, row.how);
            }
        }
        if !along.is_empty() {
            message += "\nIt does not come out alone. Backed out along with it:\n\n";
            for commit in along {
                let text = self.repository.message(*commit)?;
                message += &format!("    {commit:.12} (\"{}\")\n", subject(&text));
            }
        }
        Ok(Some(Taken::Message(message)))
    }

    /// The message of `git revert --no-edit` (git's `sequencer_format_revert_message`).
    fn message(&self, mainline: Option<usize>) -> Result<String, GitError> {
        let text = self.repository.message(self.commit)?;
        let subject = subject(&text);
        let again = subject
            .strip_prefix("Revert \"")
            .filter(|original| !original.starts_with("Revert \""));
        let mut message = match again {
            // Its closing quote is there already.
            Some(original) => format!("Reapply \"{original}\n"),
            None => format!("Revert \"{subject}\"\n"),
        };
        let head = self.repository.commit(self.commit)?;
        // Writing to a string cannot fail.
        let _ = write!(message, "\nThis reverts commit {}", self.commit);
        if let Some(parent) = mainline.and_then(|number| head.parents.get(number.checked_sub(1)?)) {
            let _ = write!(message, ", reversing\nchanges made to {parent}");
        }
        message += ".\n";
        Ok(message)
    }
}

/// The first line of a message, as git takes it for the subject of what it reverts.
fn subject(message: &str) -> &str {
    let is_blank = |line: &&str| line.trim_ascii().is_empty();
    message
        .split('\n')
        .find(|line| !is_blank(line))
        .unwrap_or("")
}
