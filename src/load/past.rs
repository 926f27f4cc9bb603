//! What the history before a change says of the files it touches.

use crate::change::Change;
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
    let before = change
        .files
        .iter()
        .filter_map(|file| file.sides.before.as_ref());
    let c_files = before.filter(|side| is_c_path(&side.path));
    let paths: Vec<FilePath> = c_files.map(|side| side.path.clone()).collect();
    let (Some(parent), false) = (change.parents.first(), paths.is_empty()) else {
        return Ok(Past::default());
    };
    let since = change.committer.seconds.saturating_sub(THIRTY_DAYS);
    let mut commits = vec![0; paths.len()];
    for touch in repository.touching(&paths, *parent, since)? {
        for path in touch.paths {
            commits[path] += 1;
        }
    }
    Ok(Past {
        busiest_file_commits: commits.iter().copied().max().unwrap_or_default(),
        file_commits: commits.iter().sum(),
    })
}
