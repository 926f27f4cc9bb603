//! Backs commits out with git's conflicts merged by syntax, and says how, or why not.

use crate::change::ObjectId;
use crate::git::{GitError, Repository};
use crate::merge;
use crate::merge::syntax::{Flaw, Meeting, Reason, Refusal, Resolution};
use crate::report::plan::ResolvedRow;
use crate::text::FilePath;

use super::PlanRequest;
use super::build::Build;
use super::sequence::Sequence;

/// A back-out in which every conflict of git's has its one answer by syntax, and which breaks nothing.
pub(super) struct BySyntax {
    pub(super) sequence: Sequence,
    /// How each file was resolved, sorted by path.
    pub(super) rows: Vec<ResolvedRow>,
}

/// The back-out of `order` by syntax; `Err` with the reasons, for the notes, where there is none.
pub(super) fn answer(
    repository: &Repository,
    build: &Build<'_>,
    order: &[ObjectId],
    request: PlanRequest<'_>,
) -> Result<Result<BySyntax, Vec<String>>, GitError> {
    let mut sequence = Sequence::at(repository.commit(request.target)?.tree);
    let mut rows = Vec::new();
    for commit in order {
        let is_merge = repository.commit(*commit)?.parents.len() > 1;
        let mainline = request.mainline.filter(|_| is_merge);
        let replay = repository.replay(*commit, mainline, sequence.tree)?;
        let answer = match merge::by_syntax(&merge::three_way(&replay)) {
            Ok(answer) => answer,
            Err(refused) => return Ok(Err(refused.iter().map(why).collect())),
        };
        rows.extend(answer.resolved.iter().map(row));
        sequence.tree = repository.tree_with(sequence.tree, &answer.merged.files)?;
        sequence.notes.extend(answer.merged.notes);
    }
    rows.sort_by(|one, other| one.path.cmp(&other.path));
    let breaks = build.breaks(sequence.tree)?;
    Ok(match breaks.conflicts.first() {
        None => Ok(BySyntax { sequence, rows }),
        Some(first) => Err(vec![format!(
            "merged by syntax it would break at {}:{}: {}",
            first.path, first.line, first.because
        )]),
    })
}

/// A resolved file as a row.
pub(super) fn row((path, resolution): &(FilePath, Resolution)) -> ResolvedRow {
    let count = |meeting| {
        resolution
            .meetings
            .iter()
            .filter(|one| **one == meeting)
            .count()
    };
    let mut how = Vec::new();
    let mut say = |count: usize, one: &str, many: &str| match count {
        0 => {}
        1 => how.push(format!("1 {one}")),
        _ => how.push(format!("{count} {many}")),
    };
    say(
        count(Meeting::Apart),
        "pair of changes to different parts of near lines",
        "pairs of changes to different parts of near lines",
    );
    say(
        count(Meeting::Beside),
        "pair of whole changes beside each other",
        "pairs of whole changes beside each other",
    );
    say(
        count(Meeting::BothAdded),
        "place where both sides add items",
        "places where both sides add items",
    );
    say(
        count(Meeting::Same),
        "change that both sides made",
        "changes that both sides made",
    );
    say(
        count(Meeting::BothRemoved),
        "place where both sides remove something",
        "places where both sides remove something",
    );
    say(
        count(Meeting::CommentGoes),
        "changed comment that goes with its code",
        "changed comments that go with their code",
    );
    for rename in &resolution.renames {
        how.push(format!("`{}` is `{}` by then", rename.from, rename.to));
    }
    match resolution.moves {
        0 => {}
        1 => how.push("1 function stands elsewhere in the file by then".to_owned()),
        many => how.push(format!(
            "{many} functions stand elsewhere in the file by then"
        )),
    }
    if how.is_empty() {
        how.push("the sides differ in white space alone".to_owned());
    }
    ResolvedRow {
        path: path.to_text().into_owned(),
        how: how.join("; "),
    }
}

/// Why a conflict has no answer by syntax, as a note.
fn why((path, refusal): &(FilePath, Option<Refusal>)) -> String {
    let reason = match refusal {
        None => return format!("{path}: no conflict of contents, so the syntax cannot answer it"),
        Some(Refusal::Declined(declined)) => {
            return format!("{path}:{}: {}", declined.line, because(declined.reason));
        }
        Some(Refusal::Unkept) => {
            "the merge by syntax would not keep what both sides did".to_owned()
        }
        Some(Refusal::TooLarge) => "too large to merge by syntax".to_owned(),
        Some(Refusal::Flawed(flaw)) => match flaw {
            Flaw::Syntax => "merged by syntax it would be worse C than either side".to_owned(),
            Flaw::Local(name) => {
                format!("merged by syntax it would use the local `{name}`, which is gone")
            }
            Flaw::Label(name) => {
                format!("merged by syntax it would jump to `{name}`, which is gone")
            }
        },
    };
    format!("{path}: {reason}")
}

fn because(reason: Reason) -> &'static str {
    match reason {
        Reason::SameWords => "both sides change the same words",
        Reason::SameExpression => "both sides change one expression",
        Reason::ChangedSince => "changed since in what the commit brought",
        Reason::GoneSince => "gone since, with what the commit changed in it",
        Reason::PartlyUndone => "partly taken out since",
        Reason::Order => "both sides put something here, in an order that matters",
        Reason::Touching => "both sides change parts of one statement",
        Reason::Moved => "what both sides take out here stands elsewhere in the target",
        Reason::Depends => "one side sets what the other uses here",
    }
}
