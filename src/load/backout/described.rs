//! The descriptions of a tree that are no C, read as the C that the build makes of them: files to lay over its index.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::change::{FileMode, ObjectId};
use crate::git::{GitError, Repository};
use crate::policy::generated::{self, Generated};
use crate::text::FilePath;

/// Files with the C that they stand for.
pub(super) type AsC = Vec<(FilePath, Option<Arc<[u8]>>)>;

/// The policy's table with what it has read so far.
pub(super) struct Described<'a> {
    rows: &'a [Generated],
    read: Mutex<Read>,
}

/// The C of descriptions by path and blob.
type Read = BTreeMap<(FilePath, ObjectId), Arc<[u8]>>;

impl<'a> Described<'a> {
    pub(super) fn new(rows: &'a [Generated]) -> Self {
        Self {
            rows,
            read: Mutex::default(),
        }
    }

    /// Whether the table reads a file at this path.
    pub(super) fn reads(&self, path: &FilePath) -> bool {
        generated::is_description(self.rows, path)
    }

    /// The C that a description stands for.
    pub(super) fn as_c(&self, path: &FilePath, bytes: &[u8]) -> Arc<[u8]> {
        generated::as_c(self.rows, path, bytes)
            .unwrap_or_default()
            .into()
    }

    /// The word of a description that stands for a C name.
    pub(super) fn word_behind(&self, path: &FilePath, bytes: &[u8], name: &str) -> Option<String> {
        let words = generated::words_behind(self.rows, path, bytes, name.rsplit('.').next()?);
        words.into_iter().next()
    }

    /// Every description of a tree as C, sorted by path.
    pub(super) fn of_tree(&self, repository: &Repository, tree: ObjectId) -> Result<AsC, GitError> {
        let mut found = Vec::new();
        if self.rows.is_empty() {
            return Ok(found);
        }
        // A poisoned lock only means that another thread panicked between two whole insertions.
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        for file in repository.snapshot_of_tree(tree)?.files {
            let is_file = matches!(file.mode, FileMode::Regular | FileMode::Executable);
            if !is_file || !self.reads(&file.path) {
                continue;
            }
            let key = (file.path, file.blob);
            let c = match read.get(&key) {
                Some(known) => Arc::clone(known),
                None => {
                    let content = repository.blob(file.blob)?;
                    let c = self.as_c(&key.0, content.bytes().unwrap_or_default());
                    read.insert(key.clone(), Arc::clone(&c));
                    c
                }
            };
            found.push((key.0, Some(c)));
        }
        Ok(found)
    }
}
