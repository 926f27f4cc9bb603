//! Who answers for the files of a commit: its MAINTAINERS and its mailmap, read from git.

use crate::change::{Content, ObjectId};
use crate::git::{GitError, Repository};
use crate::policy::file::MaintainersForm;
use crate::policy::maintainers::{self, Mailmap, Maintainers};
use crate::text::FilePath;

/// The options of a tree's own `get_maintainer.pl`.
const OPTIONS: &str = ".get_maintainer.conf";

/// Reads the maintainers of a commit's tree; `None` where it has no such file.
///
/// All files of that name are read where the tree's `.get_maintainer.conf` says `--find-maintainer-files`.
///
/// # Errors
/// What git cannot read.
pub fn at(
    repository: &Repository,
    commit: ObjectId,
    form: &MaintainersForm,
) -> Result<Option<Maintainers>, GitError> {
    let read = |path: &str| text_at(repository, commit, &FilePath::from(path));
    let mut files: Vec<String> = read(&form.file)?.into_iter().collect();
    let options = read(OPTIONS)?.unwrap_or_default();
    if options.contains("--find-maintainer-files") {
        let name = format!("/{}", form.file);
        for file in repository.snapshot(commit)?.files {
            if file.path.as_bytes().ends_with(name.as_bytes()) {
                files.extend(text_at(repository, commit, &file.path)?);
            }
        }
    }
    if files.is_empty() {
        return Ok(None);
    }
    let mailmap = Mailmap::read(&read(".mailmap")?.unwrap_or_default());
    let is_directory = |path: &str| repository.has_directory(commit, path).unwrap_or_default();
    Ok(Some(maintainers::read(
        &files,
        mailmap,
        form.dialect,
        &is_directory,
    )))
}

/// The text of a file; `None` where it is not there.
///
/// # Errors
/// What git cannot read.
pub fn text_at(
    repository: &Repository,
    commit: ObjectId,
    path: &FilePath,
) -> Result<Option<String>, GitError> {
    let Some((_, blob)) = repository.file_at(commit, path)? else {
        return Ok(None);
    };
    Ok(match repository.blob(blob)? {
        Content::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        Content::TooLarge { .. } | Content::Absent => None,
    })
}
