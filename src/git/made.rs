//! Trees that do not exist: the result of a merge as a tree with an id, computed without writing an object.
//!
//! New blobs and trees are kept in memory, shared by all handles that were reopened from one, and every read of this
//! room finds them: a made tree can be diffed, listed and merged into like any other. They go with
//! [`Repository::forget_made`].

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use git2::{ObjectType, Oid};
use rustc_hash::FxHashMap;

use crate::change::replay::{MergedContent, MergedFile};
use crate::change::{FileMode, ObjectId};

use super::objects::to_id;
use super::trees::{Entries, Entry, Leaf, mode_bits};
use super::{GitError, Repository};

/// Objects that are in memory only.
#[derive(Clone, Default)]
pub(super) struct Made(Arc<RwLock<Objects>>);

type Objects = FxHashMap<ObjectId, (ObjectType, Arc<[u8]>)>;

impl Made {
    pub(super) fn read(&self, id: ObjectId, kind: ObjectType) -> Option<Arc<[u8]>> {
        // A poisoned lock only means that another thread panicked between two whole insertions.
        let objects = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let (found, bytes) = objects.get(&id)?;
        (*found == kind).then(|| Arc::clone(bytes))
    }

    fn keep(&self, id: ObjectId, kind: ObjectType, bytes: Arc<[u8]>) {
        let mut objects = self.0.write().unwrap_or_else(PoisonError::into_inner);
        objects.insert(id, (kind, bytes));
    }

    fn clear(&self) {
        let mut objects = self.0.write().unwrap_or_else(PoisonError::into_inner);
        objects.clear();
    }
}

/// The changes below one directory, by the next part of their paths.
#[derive(Default)]
struct Edits<'a> {
    files: BTreeMap<&'a [u8], Option<Leaf>>,
    directories: BTreeMap<&'a [u8], Edits<'a>>,
}

impl<'a> Edits<'a> {
    fn insert(&mut self, path: &'a [u8], leaf: Option<Leaf>) {
        let mut edits = self;
        let mut rest = path;
        while let Some(slash) = memchr::memchr(b'/', rest) {
            edits = edits.directories.entry(&rest[..slash]).or_default();
            rest = &rest[slash + 1..];
        }
        edits.files.insert(rest, leaf);
    }
}

impl Repository {
    /// The tree that `tree` becomes with these files put in place or removed; directories left empty go.
    ///
    /// No object is written; the new blobs and trees stay readable through this handle and those reopened from it or
    /// from the same one, until [`Repository::forget_made`].
    ///
    /// # Errors
    /// [`GitError::AbsentObject`], [`GitError::Malformed`], [`GitError::Unreadable`].
    pub fn tree_with(&self, tree: ObjectId, files: &[MergedFile]) -> Result<ObjectId, GitError> {
        let mut edits = Edits::default();
        for file in files {
            let leaf = match &file.content {
                None => None,
                Some((mode, content)) => Some(self.leaf_of(*mode, content)?),
            };
            edits.insert(file.path.as_bytes(), leaf);
        }
        Ok(self
            .edited(Some(tree), &edits)?
            .unwrap_or(super::objects::EMPTY_TREE))
    }

    /// Forgets the blobs and trees that [`Repository::tree_with`] made; their ids then name nothing, though a handle that
    /// has just merged with one may still remember it.
    pub fn forget_made(&self) {
        self.made.clear();
    }

    fn leaf_of(&self, mode: FileMode, content: &MergedContent) -> Result<Leaf, GitError> {
        let id = self.kept(content)?;
        Ok(Leaf { mode, id })
    }

    /// The blob of merged content; new bytes are kept in memory as by [`Repository::tree_with`].
    ///
    /// # Errors
    /// [`GitError::Unreadable`].
    pub fn kept(&self, content: &MergedContent) -> Result<ObjectId, GitError> {
        match content {
            MergedContent::Stored(id) => Ok(*id),
            MergedContent::Bytes(bytes) => self.make(ObjectType::Blob, Arc::clone(bytes)),
        }
    }

    pub(super) fn make(&self, kind: ObjectType, bytes: Arc<[u8]>) -> Result<ObjectId, GitError> {
        let id = Oid::hash_object(kind, &bytes)
            .map(to_id)
            .map_err(|source| GitError::Unreadable {
                what: "bytes to hash".to_owned(),
                source,
            })?;
        self.made.keep(id, kind, bytes);
        Ok(id)
    }

    /// The tree with the edits below it made; `None` where nothing is left in it.
    fn edited(
        &self,
        tree: Option<ObjectId>,
        edits: &Edits<'_>,
    ) -> Result<Option<ObjectId>, GitError> {
        let bytes = match tree {
            Some(tree) => self.tree(tree)?,
            None => Arc::default(),
        };
        let mut entries: Vec<Entry<'_>> = Vec::new();
        for entry in Entries(&bytes) {
            let replaced = edits.files.contains_key(entry.name) && !entry.is_tree();
            if !replaced && !edits.directories.contains_key(entry.name) {
                entries.push(entry);
            }
        }
        for (name, below) in &edits.directories {
            let known = Entries(&bytes).find(|entry| entry.name == *name && entry.is_tree());
            if let Some(id) = self.edited(known.map(|entry| entry.id), below)? {
                entries.push(Entry {
                    mode: 0o040_000,
                    name,
                    id,
                });
            }
        }
        for (name, leaf) in &edits.files {
            if let Some(leaf) = leaf {
                entries.push(Entry {
                    mode: mode_bits(leaf.mode),
                    name,
                    id: leaf.id,
                });
            }
        }
        if entries.is_empty() {
            return Ok(None);
        }
        entries.sort_by(|one, other| one.order(*other));
        self.make(ObjectType::Tree, serialized(&entries)).map(Some)
    }
}

fn serialized(entries: &[Entry<'_>]) -> Arc<[u8]> {
    let mut bytes = Vec::with_capacity(entries.len() * 40);
    for entry in entries {
        bytes.extend_from_slice(format!("{:o} ", entry.mode).as_bytes());
        bytes.extend_from_slice(entry.name);
        bytes.push(0);
        bytes.extend_from_slice(&entry.id.0);
    }
    bytes.into()
}
