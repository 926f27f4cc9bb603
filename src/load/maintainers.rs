//! Who answers for the files of a commit: its MAINTAINERS and its mailmap, read from git.

use std::sync::{Arc, Mutex, PoisonError};

use crate::change::{Content, ObjectId};
use crate::git::{GitError, Repository};
use crate::policy::file::MaintainersForm;
use crate::policy::maintainers::{self, Mailmap, Maintainers};
use crate::text::FilePath;

use super::input::Laid;

/// The options of a tree's own `get_maintainer.pl`.
const OPTIONS: &str = ".get_maintainer.conf";

/// Names and addresses as people want them written.
const MAILMAP: &str = ".mailmap";

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
    let is_directory = |path: &str| repository.has_directory(commit, path).unwrap_or_default();
    read_at(repository, (commit, &Laid::new()), form, &is_directory)
}

/// As [`at`], with some files laid over the tree.
///
/// # Errors
/// What git cannot read.
pub fn over(
    repository: &Repository,
    (commit, laid): (ObjectId, &Laid),
    form: &MaintainersForm,
) -> Result<Option<Maintainers>, GitError> {
    let is_laid = |path: &str| {
        let mut within = laid.iter().filter(|(_, bytes)| bytes.is_some());
        within.any(|(laid, _)| {
            let rest = laid.as_bytes().strip_prefix(path.as_bytes());
            rest.is_some_and(|rest| rest.starts_with(b"/") || path.ends_with('/'))
        })
    };
    let is_directory =
        |path: &str| is_laid(path) || repository.has_directory(commit, path).unwrap_or_default();
    read_at(repository, (commit, laid), form, &is_directory)
}

fn read_at(
    repository: &Repository,
    (commit, laid): (ObjectId, &Laid),
    form: &MaintainersForm,
    is_directory: &dyn Fn(&str) -> bool,
) -> Result<Option<Maintainers>, GitError> {
    let read = |path: &str| {
        let path = FilePath::from(path);
        match laid.get(&path) {
            Some(bytes) => Ok(bytes
                .as_ref()
                .map(|bytes| String::from_utf8_lossy(bytes).into_owned())),
            None => text_at(repository, commit, &path),
        }
    };
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
    let mailmap = Mailmap::read(&read(MAILMAP)?.unwrap_or_default());
    Ok(Some(maintainers::read(
        &files,
        mailmap,
        form.dialect,
        is_directory,
    )))
}

/// The maintainers of the commit that was asked about last, with what they were read from.
#[derive(Default)]
pub struct Memo(Mutex<Option<Read>>);

struct Read {
    /// The files that were read, those that were not there too.
    sources: Vec<Option<ObjectId>>,
    /// The directories that were asked for.
    directories: Vec<(String, bool)>,
    maintainers: Option<Arc<Maintainers>>,
}

impl Memo {
    /// As [`at`]; nothing is read where the last commit's files say the same of the same directories.
    ///
    /// # Errors
    /// What git cannot read.
    pub fn at(
        &self,
        repository: &Repository,
        commit: ObjectId,
        form: &MaintainersForm,
    ) -> Result<Option<Arc<Maintainers>>, GitError> {
        let blob = |path: &str| {
            let found = repository.file_at(commit, &FilePath::from(path))?;
            Ok::<_, GitError>(found.map(|(_, blob)| blob))
        };
        // The options may send for further files.
        if blob(OPTIONS)?.is_some() {
            return Ok(at(repository, commit, form)?.map(Arc::new));
        }
        let sources = vec![blob(&form.file)?, blob(MAILMAP)?];
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let has = |path: &str| repository.has_directory(commit, path).unwrap_or_default();
        if let Some(read) = last.as_ref().filter(|read| read.sources == sources)
            && read.directories.iter().all(|(path, is)| has(path) == *is)
        {
            return Ok(read.maintainers.clone());
        }
        let asked = Mutex::new(Vec::new());
        let is_directory = |path: &str| {
            let is = has(path);
            let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
            asked.push((path.to_owned(), is));
            is
        };
        let maintainers =
            read_at(repository, (commit, &Laid::new()), form, &is_directory)?.map(Arc::new);
        *last = Some(Read {
            sources,
            maintainers: maintainers.clone(),
            directories: asked.into_inner().unwrap_or_else(PoisonError::into_inner),
        });
        Ok(maintainers)
    }
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

impl std::fmt::Debug for Memo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memo").finish_non_exhaustive()
    }
}
