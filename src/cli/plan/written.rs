//! `plan --branch` and `plan --patch`: what was planned as commits or as mails.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cache::Store;
use crate::change::ObjectId;
use crate::git::{NewCommit, Repository};
use crate::load::backout::carry;
use crate::policy::generated::Generated;
use crate::report::plan::{PlanAnswer, WrittenRow};

use super::super::failure::Failure;
use super::PlanArguments;

/// Writes what was asked for; `None` where nothing was asked for or the plan has no way out.
pub(super) fn plan(
    answer: &PlanAnswer,
    (arguments, generated): (&PlanArguments, &[Generated]),
    repository: &Repository,
    store: &Store,
) -> Result<Option<WrittenRow>, Failure> {
    if arguments.branch.is_none() && arguments.patch.is_none() {
        return Ok(None);
    }
    let id = |text: &String| text.parse::<ObjectId>().ok();
    let commits: Vec<ObjectId> = answer.commits.iter().filter_map(id).collect();
    let Some(target) = id(&answer.at) else {
        return Ok(None);
    };
    let request = arguments.request(&commits, target, generated);
    let Some(done) = carry::carried_out(repository, store, request, answer)? else {
        eprintln!("note: nothing was written, since it does not come out");
        return Ok(None);
    };
    for note in &done.notes {
        eprintln!("note: {note}");
    }
    if done.commits.is_empty() {
        eprintln!("note: nothing was written, since nothing is left to take out");
        return Ok(None);
    }
    let mut written = WrittenRow::default();
    if let Some(directory) = &arguments.patch {
        let mails = repository.mails(target, &done.commits)?;
        written.mails = write_mails(directory, &done.commits, &mails)?;
    }
    if let Some(branch) = &arguments.branch {
        let ids = repository.new_branch(branch, target, &done.commits)?;
        written.branch = Some(branch.clone());
        written.commits = ids.iter().map(ObjectId::to_string).collect();
    }
    Ok(Some(written))
}

/// Writes the mails beside the directory first and renames it into place at the end, so that it is there whole or not.
fn write_mails(
    directory: &Path,
    commits: &[NewCommit],
    mails: &[Vec<u8>],
) -> Result<Vec<String>, Failure> {
    let is_free = match fs::read_dir(directory) {
        Ok(mut entries) => entries.next().is_none(),
        Err(_none) => !directory.exists(),
    };
    let failed = |what: &Path, error: std::io::Error| {
        Failure::new(format!("cannot write {}: {error}", what.display()))
    };
    if !is_free {
        return Err(
            Failure::new(format!("{} exists already", directory.display()))
                .hint("name a new directory: existing files are never touched"),
        );
    }
    let mut name = directory.as_os_str().to_owned();
    name.push(format!(".{}.partial", std::process::id()));
    let partial = PathBuf::from(name);
    let mut paths = Vec::with_capacity(mails.len());
    let result = fs::create_dir_all(&partial).and_then(|()| {
        for (at, (commit, mail)) in commits.iter().zip(mails).enumerate() {
            let file = file_name(at + 1, &commit.message);
            fs::write(partial.join(&file), mail)?;
            paths.push(directory.join(&file).display().to_string());
        }
        fs::rename(&partial, directory)
    });
    if let Err(error) = result {
        let _gone_or_unwritable = fs::remove_dir_all(&partial);
        return Err(failed(directory, error));
    }
    Ok(paths)
}

/// `0001-Revert-what-it-was.patch`, as `git format-patch` names its files.
fn file_name(number: usize, message: &str) -> String {
    /// Git's own limit, its ending left out.
    const LONGEST: usize = 52;
    let subject = message.lines().next().unwrap_or_default();
    let mut name = String::new();
    for letter in subject.chars() {
        if letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_') {
            name.push(letter);
        } else if !name.is_empty() && !name.ends_with('-') {
            name.push('-');
        }
    }
    name.truncate(LONGEST);
    let name = name.trim_end_matches(['-', '.']);
    format!("{number:04}-{name}.patch")
}
