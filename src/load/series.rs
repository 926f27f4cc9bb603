//! Whether a change comes out of the series that it came in, today.

use std::collections::BTreeMap;

use crate::cache::{Space, Store};
use crate::change::replay::Sides;
use crate::change::{Change, ChangeId, ObjectId};
use crate::git::{Completeness, GitError, Repository};
use crate::merge::text::{self, TextMerge};
use crate::text::FilePath;

use super::backout::series;

/// The last commit of a series, by a commit of it and the tip of the mainline; empty for one that landed alone.
const LAST: Space = Space {
    name: "last-of-series",
    version: 1,
};

/// The commit that a series stands on as a whole: patches that were mailed together, or commits of which each is the
/// parent of the next. `None` for a single change and for commits that branch or skip.
#[must_use]
pub fn base(changes: &[Change]) -> Option<ObjectId> {
    let [first, _, ..] = changes else { return None };
    let stands_on = |pair: &[Change]| match (&pair[0].id, &pair[1].id) {
        (ChangeId::Commit(before), ChangeId::Commit(_)) => pair[1].parents == [*before],
        (ChangeId::Mail(_), ChangeId::Mail(_)) => pair[0].parents == pair[1].parents,
        _ => false,
    };
    changes
        .windows(2)
        .all(stands_on)
        .then(|| first.parents.first().copied())?
}

/// Whether git backs `change` out at the end of its series without conflict; `None` where it is alone, a merge, or not
/// committed and not mailed. `changes` is what was asked about together, in order, `ends` what it leaves.
///
/// A commit asked about alone has the series that landed on HEAD's mainline with it. Patches of a mailed series are
/// tried file by file; of those, renames are not followed.
///
/// # Errors
/// What git cannot read.
pub fn is_free(
    change: &Change,
    (changes, ends): (&[Change], &Ends<'_>),
    (repository, store): (&Repository, &Store),
) -> Result<Option<bool>, GitError> {
    match (&change.id, changes) {
        _ if change.is_merge() => Ok(None),
        (ChangeId::Commit(id), [_]) => match repository.resolve("HEAD") {
            Ok(head) => {
                let last = last_with((repository, store), *id, head)?;
                last.map(|last| series::is_free_at(repository, *id, last))
                    .transpose()
            }
            Err(_no_head) => Ok(None),
        },
        (
            ChangeId::Commit(id),
            [
                ..,
                Change {
                    id: ChangeId::Commit(last),
                    ..
                },
            ],
        ) => series::is_free_at(repository, *id, *last).map(Some),
        (ChangeId::Mail(_), [_, _, ..]) => Ok(Some(mail_is_free(change, ends))),
        _ => Ok(None),
    }
}

/// As [`series::last_with`], out of the cache where that was asked before: finding where an old commit landed walks the
/// whole mainline since. A shallow clone may say otherwise than others do, so it is neither asked nor believed.
fn last_with(
    (repository, store): (&Repository, &Store),
    commit: ObjectId,
    mainline: ObjectId,
) -> Result<Option<ObjectId>, GitError> {
    let id = [commit.0, mainline.0].concat();
    let is_whole = repository.completeness() == Completeness::Complete;
    let known = is_whole.then(|| store.record(LAST, &id)).flatten();
    match known.as_deref() {
        Some([]) => return Ok(None),
        Some(known) if known.len() == commit.0.len() => {
            return Ok(known.try_into().ok().map(ObjectId));
        }
        _ => {}
    }
    let last = series::last_with(repository, commit, mainline)?;
    if is_whole {
        let bytes = last.map_or_else(Vec::new, |last| last.0.to_vec());
        store.put(LAST, &id, bytes);
    }
    Ok(last)
}

/// What a series of patches leaves of each file that it touches; `None` of one that is gone.
#[derive(Default)]
pub struct Ends<'a>(BTreeMap<&'a FilePath, Option<&'a [u8]>>);

impl<'a> Ends<'a> {
    /// What `changes` leave, in order.
    #[must_use]
    pub fn of(changes: &'a [Change]) -> Self {
        let mut ends = BTreeMap::new();
        for file in changes.iter().flat_map(|change| &change.files) {
            if let Some(side) = &file.sides.before {
                ends.insert(&side.path, None);
            }
            if let Some(side) = &file.sides.after {
                ends.insert(&side.path, side.content.bytes());
            }
        }
        Self(ends)
    }
}

/// Backs one patch out of what all patches left, file by file.
fn mail_is_free(change: &Change, ends: &Ends<'_>) -> bool {
    change.files.iter().all(|file| {
        let bytes = file.bytes();
        match ends.0.get(file.path()).copied().flatten() {
            Some(ours) => {
                matches!(
                    text::merge(Sides {
                        base: bytes.after,
                        ours,
                        theirs: bytes.before,
                    }),
                    TextMerge::Merged(_)
                )
            }
            // Gone at the end: it only comes out if this very patch removed it.
            None => file.sides.after.is_none(),
        }
    })
}
