//! What the history before a change says of the files it touches.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::{Change, ObjectId};
use crate::features::Past;
use crate::git::{GitError, Repository};
use crate::text::{FilePath, is_c_path};

/// The window of [`Past`].
const THIRTY_DAYS: i64 = 30 * 24 * 60 * 60;

/// Counts the commits before `change` that touched its C files; a change that is not in the history yet is taken to
/// land on its first parent at its own committer date.
///
/// # Errors
/// What git cannot read.
pub fn of(change: &Change, repository: &Repository) -> Result<Past, GitError> {
    let Some(parent) = change.parents.first() else {
        return Ok(Past::default());
    };
    let day = change.committer.seconds;
    counted(change, &Touches::default(), (*parent, day), repository)
}

/// The same for one change of a series, as if the whole series landed on its base on the base's own day: a series reads
/// the same as mails and as commits.
///
/// # Errors
/// What git cannot read.
pub fn in_series(
    change: &Change,
    earlier: &Touches,
    base: ObjectId,
    repository: &Repository,
) -> Result<Past, GitError> {
    let day = repository.commit(base)?.committed;
    counted(change, earlier, (base, day), repository)
}

/// What to say where a shallow clone ends within the window: the counts are then too low.
///
/// # Errors
/// What git cannot read.
pub fn cut(change: &Change, repository: &Repository) -> Result<Option<String>, GitError> {
    let since = change.committer.seconds.saturating_sub(THIRTY_DAYS);
    let end = repository.cut_since(since)?;
    Ok(end.map(|end| {
        format!(
            "this shallow clone ends at {end:.12}: commits before it are not counted, and the score knows less of how busy the \
             files are; git fetch --unshallow brings the rest"
        )
    }))
}

/// How many changes of a series so far touch each path.
#[derive(Default)]
pub struct Touches(BTreeMap<FilePath, u32>);

impl Touches {
    /// Counts one more change.
    pub fn add(&mut self, change: &Change) {
        let files = change.files.iter();
        let sides = files.flat_map(|file| [&file.sides.before, &file.sides.after]);
        let paths: BTreeSet<&FilePath> = sides.flatten().map(|side| &side.path).collect();
        for path in paths {
            *self.0.entry(path.clone()).or_default() += 1;
        }
    }
}

fn counted(
    change: &Change,
    earlier: &Touches,
    (parent, day): (ObjectId, i64),
    repository: &Repository,
) -> Result<Past, GitError> {
    let before = change
        .files
        .iter()
        .filter_map(|file| file.sides.before.as_ref());
    let c_files = before.filter(|side| is_c_path(&side.path));
    let paths: Vec<FilePath> = c_files.map(|side| side.path.clone()).collect();
    if paths.is_empty() {
        return Ok(Past::default());
    }
    let since = day.saturating_sub(THIRTY_DAYS);
    let in_series = |path: &FilePath| earlier.0.get(path).copied().unwrap_or_default();
    let mut commits: Vec<u32> = paths.iter().map(in_series).collect();
    for touch in repository.touching(&paths, parent, since)? {
        for path in touch.paths {
            commits[path] += 1;
        }
    }
    Ok(Past {
        busiest_file_commits: commits.iter().copied().max().unwrap_or_default(),
        file_commits: commits.iter().sum(),
    })
}
