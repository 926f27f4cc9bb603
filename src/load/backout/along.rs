//! What has to go along with a change, as rows of the report and notes on how sure that is.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::ObjectId;
use crate::git::{GitError, Repository};
use crate::policy::disclosure;
use crate::policy::trailers::{self, MessageForm};
use crate::report::plan::CascadeRow;
use crate::revert::cascade::{self, Cascade, Learned, Proof};
use crate::text::FilePath;

use super::build::Build;
use super::company::{Company, Goal, Stage};
use super::history::LaterHistory;
use super::later::Later;
use super::limits::{Budget, Limit};
use super::sequence::Merging;
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
    let stage = Stage {
        repository,
        change: question.commits,
        mainline: question.request.mainline,
        target,
        build: question.build,
        history: &history,
        series: &own,
    };
    let mut sought = sought(stage, Way::Git, Budget::WHOLE)?;
    let mut left = sought.left;
    for way in [Way::Syntax, Way::Merges] {
        // What stood in the way of hundreds, the syntax would have to merge in hundreds of places.
        let may_help = match way {
            Way::Git => false,
            Way::Syntax => sought.stayed_small,
            Way::Merges => sought.met_merge,
        };
        if sought.answer.is_err() && may_help {
            let other = self::sought(stage, way, left.for_another())?;
            left = other.left;
            if other.answer.is_ok() {
                sought = other;
            }
        }
    }
    let (members, mut notes) = match sought.answer {
        Ok(told) => told,
        Err(notes) => return Ok((None, notes)),
    };
    for later in members.keys() {
        if repository.commit(later.id)?.parents.len() > 1 {
            notes.push(format!(
                "{:.12} is a merge that somebody made by hand: it is taken back as a whole, by `git revert -m 1`",
                later.id
            ));
        }
    }
    notes.extend(sought.resolved.iter().map(|(commit, path)| {
        format!("{path}: merged by syntax when {commit:.12} comes out, where git conflicts")
    }));
    let mut rows = Vec::new();
    for (later, because) in members {
        rows.push(row(repository, (later.id, because), &own)?);
    }
    Ok((Some(rows), notes))
}

/// What a search came to.
struct Sought {
    /// The members and notes on them; `Err` with notes on why there are none.
    answer: Result<(Members, Vec<String>), Vec<String>>,
    /// The files of steps that were merged by syntax.
    resolved: Vec<(ObjectId, FilePath)>,
    left: Budget,
    /// Whether no more than a few dozen commits were ever tried together.
    stayed_small: bool,
    /// Whether a merge that somebody made by hand stood in the way.
    met_merge: bool,
}

/// How a search takes steps.
#[derive(Clone, Copy)]
enum Way {
    /// As git merges; merges go along only where many commits do.
    Git,
    /// Or else by syntax.
    Syntax,
    /// As git merges; merges may go along.
    Merges,
}

fn sought(stage: Stage<'_, '_>, way: Way, budget: Budget) -> Result<Sought, GitError> {
    let merging = match way {
        Way::Git | Way::Merges => Merging::Git,
        Way::Syntax => Merging::or_syntax(),
    };
    let mut company = Company::new(stage, merging, budget)?;
    company.takes_merges = matches!(way, Way::Merges);
    let mut learned = Learned::default();
    let as_text = cascade::smallest(&mut company, REHEARSAL_LIMIT, &mut learned);
    let mut found = as_text.clone();
    if let Cascade::Found { .. } = &as_text {
        company.goal = Goal::Builds;
        found = cascade::smallest(&mut company, REHEARSAL_LIMIT, &mut learned);
    }
    // Leaving members out of a run is quicker than git, and not always right.
    while !company.is_exact && !confirmed(&mut company, &found)? {
        company.is_exact = true;
        found = cascade::smallest(&mut company, REHEARSAL_LIMIT, &mut learned);
    }
    let limit = company.limit();
    let found = match found {
        Cascade::Found { along, proof } if proof == Proof::Smallest && company.is_traced() => {
            let proof = Proof::Irreducible;
            Cascade::Found { along, proof }
        }
        other => other,
    };
    let is_confirmed = confirmed(&mut company, &found)?;
    let (resolved, left) = (company.resolved().to_vec(), company.left());
    let (stayed_small, met_merge) = (company.stayed_small(), company.met_merge());
    let unexplained = company.into_unexplained()?;
    let answer = match told(&as_text, found, limit) {
        Ok((along, _)) if !is_confirmed => Err(format!(
            "no cascade: {} seemed to come out together with it, and did not when it was tried again",
            listed(&along)
        )),
        Ok((_, _)) if !unexplained.is_empty() => Err(format!(
            "{} of the breaks have no later commit behind them, so no cascade mends them: {}",
            unexplained.len(),
            unexplained.first().map_or("", String::as_str)
        )),
        other => other,
    };
    let answer = match answer {
        Ok((members, note)) => Ok((members, note.into_iter().collect())),
        Err(why) => {
            let texts = match &as_text {
                Cascade::Found { along, .. } => Some(alone(along)),
                Cascade::Impossible | Cascade::LimitMet => None,
            };
            Err([Some(why), texts].into_iter().flatten().collect())
        }
    };
    Ok(Sought {
        answer,
        resolved,
        left,
        stayed_small,
        met_merge,
    })
}

/// Whether what was found holds when it is taken out once more.
fn confirmed(company: &mut Company<'_, '_>, found: &Cascade<Later>) -> Result<bool, GitError> {
    match found {
        Cascade::Found { along, .. } => company.confirms(along.keys()),
        Cascade::Impossible | Cascade::LimitMet => Ok(true),
    }
}

/// The cascade, with a note on what is known of other sets; `Err` with the reason where there is none.
fn told(
    as_text: &Cascade<Later>,
    found: Cascade<Later>,
    limit: Option<Limit>,
) -> Result<(Members, Option<String>), String> {
    let limit = limit.map_or_else(
        || format!("more than {REHEARSAL_LIMIT} sets would have to be tried"),
        Limit::words,
    );
    match found {
        Cascade::Found { along, proof } => match proof {
            Proof::Smallest => Ok((along, None)),
            Proof::Irreducible => {
                let note = "no member of the cascade can stay, but a smaller set of other commits was not ruled out";
                Ok((along, Some(note.to_owned())))
            }
            Proof::Works => Err(format!(
                "no cascade: {} come out together with it, but whether each of them has to was not settled, since {limit}",
                listed(&along)
            )),
        },
        Cascade::Impossible => {
            Err("no set of later commits was found that makes it come out".to_owned())
        }
        Cascade::LimitMet => Err(match as_text {
            Cascade::Found { .. } => format!(
                "no cascade: what has to go along for the build was not settled, since {limit}"
            ),
            Cascade::Impossible | Cascade::LimitMet => format!("no cascade: {limit}"),
        }),
    }
}

/// What the texts alone ask for, as a note.
fn alone(along: &Members) -> String {
    match along.len() {
        0 => "the texts alone need no other commit to go along".to_owned(),
        _ => format!("the texts alone need {} to go along", listed(along)),
    }
}

/// How many commits these are, and the newest of them.
fn listed(along: &Members) -> String {
    const SHOWN: usize = 12;
    let shown = along.keys().take(SHOWN);
    let shown: Vec<String> = shown.map(|later| format!("{:.12}", later.id)).collect();
    let more = match along.len().saturating_sub(SHOWN) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let commits = if along.len() == 1 {
        "commit"
    } else {
        "commits"
    };
    format!("{} {commits} ({}{more})", along.len(), shown.join(", "))
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

#[cfg(test)]
mod tests {
    use super::*;

    fn found(proof: Proof) -> Cascade<Later> {
        let along = Members::new();
        Cascade::Found { along, proof }
    }

    #[test]
    fn a_set_that_was_not_settled_is_no_cascade() {
        let text = found(Proof::Smallest);
        let steps = Some(Limit::Steps);
        assert!(told(&text, found(Proof::Irreducible), None).is_ok());
        for unsettled in [found(Proof::Works), Cascade::LimitMet] {
            let why = told(&text, unsettled, steps).unwrap_err();
            assert!(why.contains(&Limit::Steps.words()), "{why}");
        }
    }

    #[test]
    fn the_note_says_which_limit_was_met() {
        let none = Cascade::LimitMet;
        let why = told(&none, none.clone(), Some(Limit::Company)).unwrap_err();
        assert_eq!(why, "no cascade: more than 500 commits build on it");
        let why = told(&none, none.clone(), None).unwrap_err();
        assert_eq!(
            why,
            "no cascade: more than 1000 sets would have to be tried"
        );
    }
}
