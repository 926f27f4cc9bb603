//! Which commit took something away from a file: a name, or the file itself.

use std::collections::BTreeSet;

use crate::change::ObjectId;
use crate::git::{GitError, Repository};
use crate::text::FilePath;

use super::trace::{SLACK, STEP_LIMIT, is_later, skip_ahead};

/// The newest commit after `since` that took `word` out of the file at `path`, or the file away; `None` where it still
/// has the word. Without a word only the file counts. Renames are not followed: a renamed file went away.
pub(super) fn losing(
    repository: &Repository,
    (from, since): (ObjectId, ObjectId),
    path: &FilePath,
    word: Option<&str>,
) -> Result<Option<ObjectId>, GitError> {
    let has_word = |blob: Option<ObjectId>| -> Result<bool, GitError> {
        let (Some(blob), Some(word)) = (blob, word) else {
            return Ok(blob.is_some());
        };
        let content = repository.blob(blob)?;
        Ok(content.bytes().is_some_and(|bytes| mentions(bytes, word)))
    };
    let blob_at = |commit| -> Result<Option<ObjectId>, GitError> {
        let file = repository.file_at(commit, path)?;
        Ok(file.map(|(_, blob)| blob))
    };
    let oldest = repository.commit(since)?.committed - SLACK;
    let mut front = BTreeSet::from([(repository.commit(from)?.committed, from)]);
    for _ in 0..STEP_LIMIT {
        let Some((date, commit)) = front.pop_last() else {
            return Ok(None);
        };
        if date < oldest || commit == since {
            continue;
        }
        let blob = blob_at(commit)?;
        if has_word(blob)? {
            continue;
        }
        let head = repository.commit(commit)?;
        let mut next = Vec::new();
        for parent in &head.parents {
            let there = blob_at(*parent)?;
            if there == blob {
                next = vec![skip_ahead(repository, *parent, (path, blob))?];
                break;
            }
            if head.parents.len() == 1 && has_word(there)? {
                let is_later = is_later(repository, commit, since)?;
                return Ok(is_later.then_some(commit));
            }
            next.push(*parent);
        }
        for parent in next {
            front.insert((repository.commit(parent)?.committed, parent));
        }
    }
    Ok(None)
}

/// Whether `word` stands in the bytes as a whole word.
pub(super) fn mentions(bytes: &[u8], word: &str) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    memchr::memmem::find_iter(bytes, word.as_bytes()).any(|at| {
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        let after = bytes.get(at + word.len());
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}
