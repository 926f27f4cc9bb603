//! What has to go along with a change, as rows of the report and notes on how sure that is.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::ObjectId;
use crate::git::{GitError, Repository};
use crate::policy::disclosure;
use crate::policy::trailers::{self, MessageForm};
use crate::report::plan::CascadeRow;
use crate::revert::cascade::{self, Cascade, Learned, Proof};

use super::build::Build;
use super::company::{CHECK_LIMIT, COMPANY_LIMIT, Company, Goal, STEP_LIMIT, Stage};
use super::forward::MERGE_LIMIT;
use super::history::LaterHistory;
use super::later::Later;
use super::{PlanRequest, series};

/// Sets of commits that are rehearsed in search of a cascade before the search is given up: once for the texts, once more
/// for the build.
const REHEARSAL_LIMIT: usize = 1000;

/// For which change, and where.
#[derive(Clone, Copy)]
pub(super) struct Question<'a, 'b> {
    pub(super) repository: &'a Repository,
    /// Newest first.
    pub(super) commits: &'a [ObjectId],
    pub(super) request: PlanRequest<'a>,
    pub(super) build: &'a Build<'b>,
}

/// The members of a cascade, each with what stands in the way when it alone stays.
type Members = BTreeMap<Later, Vec<String>>;

/// The cascade, newest first, and notes; `None` where the notes say why there is none.
///
/// The texts come first: what git itself does not merge has to go along in any case, and without a tree there is nothing
/// to build. Only then is more taken along for what the build lacks.
pub(super) fn rows(
    question: &Question<'_, '_>,
) -> Result<(Option<Vec<CascadeRow>>, Vec<String>), GitError> {
    let Some(oldest) = question.commits.last().copied() else {
        return Ok((Some(Vec::new()), Vec::new()));
    };
    let (repository, target) = (question.repository, question.request.target);
    let history = LaterHistory::of(repository, question.build.store(), (oldest, target))?;
    let mut own: BTreeSet<ObjectId> = history.series.iter().copied().collect();
    for commit in question.commits.iter().filter(|commit| **commit != oldest) {
        own.extend(series::of(repository, *commit, target)?);
    }
    let mut company = Company::new(Stage {
        repository,
        change: question.commits,
        mainline: question.request.mainline,
        target,
        build: question.build,
        history: &history,
        series: &own,
    })?;
    let mut learned = Learned::default();
    let as_text = cascade::smallest(&mut company, REHEARSAL_LIMIT, &mut learned);
    let found = match &as_text {
        Cascade::Found { .. } => {
            company.goal = Goal::Builds;
            cascade::smallest(&mut company, REHEARSAL_LIMIT, &mut learned)
        }
        Cascade::Impossible | Cascade::LimitMet => as_text.clone(),
    };
    let unexplained = company.into_unexplained()?;
    let (members, mut notes) = told(as_text, found);
    if let Some(first) = unexplained.first().filter(|_| members.is_some()) {
        notes.push(format!(
            "no later commit explains {} of the breaks, so the cascade leaves them as they are: {first}",
            unexplained.len()
        ));
    }
    let Some(members) = members else {
        return Ok((None, notes));
    };
    let mut rows = Vec::new();
    for (later, because) in members {
        rows.push(row(repository, (later.id, because), &own)?);
    }
    Ok((Some(rows), notes))
}

/// What was found, with notes on how sure it is.
fn told(as_text: Cascade<Later>, found: Cascade<Later>) -> (Option<Members>, Vec<String>) {
    let limits = format!(
        "the limits ({COMPANY_LIMIT} commits that build on it, {REHEARSAL_LIMIT} rehearsals of {STEP_LIMIT} steps, \
         {MERGE_LIMIT} later changes of files, {CHECK_LIMIT} files checked)"
    );
    let mut notes = Vec::new();
    let found = match (found, as_text) {
        (Cascade::Impossible | Cascade::LimitMet, text @ Cascade::Found { .. }) => {
            notes.push(format!(
                "the cascade is that of the texts: what has to go along besides for the build was not settled within \
                 {limits}"
            ));
            text
        }
        (found, _) => found,
    };
    let members = match found {
        Cascade::Found { along, proof } => {
            match proof {
                Proof::Smallest => {}
                Proof::Irreducible => notes.push(
                    "no member of the cascade can stay, but a smaller set of other commits was not ruled out"
                        .to_owned(),
                ),
                Proof::Works => notes.push(format!(
                    "the cascade works, but whether each of its members has to go was not settled within {limits}"
                )),
            }
            Some(along).filter(|along| !along.is_empty())
        }
        Cascade::Impossible => {
            notes.push("no set of later commits was found that makes it come out".to_owned());
            None
        }
        Cascade::LimitMet => {
            notes.push(format!("no cascade was found within {limits}"));
            None
        }
    };
    (members, notes)
}

fn row(
    repository: &Repository,
    (commit, because): (ObjectId, Vec<String>),
    own: &BTreeSet<ObjectId>,
) -> Result<CascadeRow, GitError> {
    let change = repository.change(commit)?;
    let trailers = trailers::of(&change.message, MessageForm::Commit);
    Ok(CascadeRow {
        commit: commit.to_string(),
        subject: change.subject,
        own_series: own.contains(&commit),
        disclosed: !disclosure::among(&trailers, None).is_empty(),
        because,
    })
}
