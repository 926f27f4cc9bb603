//! Mails and patch files as changes, applied one after the other to the tree they are meant for.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::change::{Change, ChangeId, Content, FileChange, ObjectId};
use crate::git::{GitError, Repository};
use crate::mail::diff::{self, Body, FilePatch};
use crate::mail::{self, MAX_FILES, MAX_PATCHES, MailError, MailPatch, apply};
use crate::text::{FilePath, is_c_path};

use super::LoadError;
use super::changes::MailFile;

/// The files as the patches so far left them; `None` where a patch removed one.
type Patched = BTreeMap<FilePath, Option<Arc<[u8]>>>;

/// Reads the changes of a mailbox, a mail or a patch; in series order.
///
/// They are applied to `base-commit:` where the repository has it, else to HEAD, each to what the one before left. A
/// file whose hunks do not fit is known by its hunks alone, and a note says which one and why. Without a repository (or
/// a commit in it) that holds for all files.
///
/// # Errors
/// [`LoadError::Mail`], [`LoadError::Diff`], [`LoadError::NoPatch`], and what git cannot read.
pub fn changes(files: &[MailFile], repository: &Repository) -> Result<Vec<Change>, LoadError> {
    let mut mails = Vec::new();
    for file in files {
        mails.extend(mail::read(&file.bytes, &file.name)?);
    }
    let series = mail::series(mails);
    if series.patches.is_empty() {
        let name = files.first().map(|file| file.name.clone());
        return Err(LoadError::NoPatch {
            name: name.unwrap_or_else(|| "the maildir".to_owned()),
        });
    }
    let patches = series.patches.len();
    if patches > MAX_PATCHES {
        return Err(MailError::TooManyPatches { patches }.into());
    }
    let (base, base_note) = base(series.base_commit(), repository)?;
    let mut patched = Patched::new();
    let mut changes = Vec::new();
    let mut files = 0;
    for patch in series.patches {
        let change = change(patch, base, &mut patched, repository)?;
        files += change.files.len();
        if files > MAX_FILES {
            return Err(MailError::TooManyFiles.into());
        }
        changes.push(change);
    }
    if let Some(first) = changes.first_mut() {
        first
            .notes
            .extend(series.notes.into_iter().chain(base_note));
    }
    Ok(changes)
}

/// The commit to apply to, and a note where it is not the one that the series names.
fn base(
    named: Option<ObjectId>,
    repository: &Repository,
) -> Result<(Option<ObjectId>, Option<String>), LoadError> {
    if let Some(named) = named {
        if repository.commit(named).is_ok() {
            return Ok((Some(named), None));
        }
        let note = format!("base-commit {named:.12} is not in this repository: applied to HEAD");
        return Ok((head(repository)?, Some(note)));
    }
    Ok((head(repository)?, None))
}

fn head(repository: &Repository) -> Result<Option<ObjectId>, LoadError> {
    match repository.resolve("HEAD") {
        Ok(head) => Ok(Some(head)),
        Err(GitError::NoCommitYet) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn change(
    mail: MailPatch,
    base: Option<ObjectId>,
    patched: &mut Patched,
    repository: &Repository,
) -> Result<Change, LoadError> {
    let patches = diff::files(&mail.diff).map_err(|source| LoadError::Diff {
        mail: mail.id.clone(),
        source,
    })?;
    let mut notes = mail.notes;
    let mut files = Vec::new();
    for patch in &patches {
        let before = before(patch, base, patched, repository)?;
        if before.is_none() {
            notes.extend(comments_in(patch));
            notes.push(format!(
                "{}: not there to apply to; judged by its hunks alone",
                shown_path(patch)
            ));
        }
        let file = apply::file_change(patch, before).or_else(|rejected| {
            notes.push(format!(
                "{}: {rejected}; judged by its hunks alone",
                shown_path(patch)
            ));
            notes.extend(comments_in(patch));
            apply::file_change(patch, None)
        });
        // Without the bytes before there is no hunk that could fail to fit.
        let Ok(file) = file else { continue };
        remember(&file, patched);
        files.push(file);
    }
    files.sort_by(|one, other| one.path().cmp(other.path()));
    Ok(Change {
        id: ChangeId::Mail(mail.id),
        subject: mail.subject,
        message: mail.message,
        committer: mail.author.clone(),
        author: mail.author,
        parents: base.into_iter().collect(),
        files,
        notes,
    })
}

/// Says which hunks of a C file that is known by its hunks alone begin inside a comment.
fn comments_in(patch: &FilePatch) -> Option<String> {
    let path = patch.paths.after.as_ref().or(patch.paths.before.as_ref())?;
    let Body::Text(hunks) = &patch.body else {
        return None;
    };
    let inside = hunks
        .iter()
        .enumerate()
        .filter(|(_, hunk)| apply::begins_in_comment(hunk));
    let numbers: Vec<_> = inside.map(|(at, _)| (at + 1).to_string()).collect();
    (is_c_path(path) && !numbers.is_empty()).then(|| {
        let numbers = numbers.join(", ");
        format!("{path}: hunk {numbers} begins inside a comment, and is read so")
    })
}

fn shown_path(patch: &FilePatch) -> String {
    let path = patch.paths.after.as_ref().or(patch.paths.before.as_ref());
    path.map(ToString::to_string).unwrap_or_default()
}

/// The bytes that a patch applies to: as an earlier patch left them, or as the base has them; none for a new file.
fn before(
    patch: &FilePatch,
    base: Option<ObjectId>,
    patched: &Patched,
    repository: &Repository,
) -> Result<Option<Arc<[u8]>>, LoadError> {
    let Some(path) = &patch.paths.before else {
        return Ok(Some(Arc::default()));
    };
    if let Some(content) = patched.get(path) {
        return Ok(content.clone());
    }
    let Some(base) = base else { return Ok(None) };
    let Some((_, blob)) = repository.file_at(base, path)? else {
        return Ok(None);
    };
    Ok(match repository.blob(blob)? {
        Content::Bytes(bytes) => Some(bytes),
        Content::TooLarge { .. } | Content::Absent => None,
    })
}

fn remember(file: &FileChange, patched: &mut Patched) {
    if let Some(side) = &file.sides.before {
        patched.insert(side.path.clone(), None);
    }
    if let Some(side) = &file.sides.after {
        patched.insert(side.path.clone(), side.content.bytes().map(Arc::from));
    }
}
