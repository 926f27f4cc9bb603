//! Objects by id: raw trees and commits behind a bounded memo, blobs with a size limit.

use std::sync::Arc;

use git2::{ErrorCode, ObjectType, Oid};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::change::{Content, ObjectId};

use super::attributes::Rule;
use super::commits::CommitHead;
use super::renames::Spans;
use super::trees::Named;
use super::{BLOB_LIMIT, GitError, Repository};

/// Trees and commits beyond this are refused: no real one comes near, and a hostile one must not fill the memory.
const OBJECT_LIMIT: usize = 64 << 20;

/// Raw trees are kept up to twice this many bytes.
const TREE_MEMO_BYTES: usize = 6 << 20;

/// Blobs that merges read are kept up to twice this many bytes: those of a target's busy files come again and again.
const BLOB_MEMO_BYTES: usize = 8 << 20;

/// How many sizes are remembered (32 bytes each).
const SIZE_MEMO: usize = 1 << 18;

/// What one handle remembers of the objects it has read.
#[derive(Default)]
pub(super) struct Memo {
    trees: Generations<[u8]>,
    blobs: Generations<[u8]>,
    /// Entries of trees, by the hash of tree and name.
    pub(super) named: FxHashMap<u128, Named>,
    /// About 100 bytes a commit, so a history of 100,000 takes some 10 MB.
    pub(super) commits: FxHashMap<ObjectId, Arc<CommitHead>>,
    /// What the search for renames has read.
    pub(super) spans: Generations<Spans>,
    /// Sizes of blobs, up to [`SIZE_MEMO`].
    sizes: FxHashMap<ObjectId, u64>,
    /// What `.gitattributes` blobs say of merging.
    pub(super) rules: FxHashMap<ObjectId, Arc<[Rule]>>,
    /// Where a shallow clone ends, once it was asked for.
    pub(super) grafts: Option<FxHashSet<ObjectId>>,
}

/// What is remembered in [`Generations`], and what it counts for towards the limit.
pub(super) trait Weighed {
    fn weight(&self) -> usize;
}

impl Weighed for [u8] {
    /// In bytes, those of its key among them.
    fn weight(&self) -> usize {
        self.len() + 64
    }
}

/// Values by id in two generations: the young one becomes the old one when it is full, so what is in use stays.
pub(super) struct Generations<T: ?Sized> {
    young: FxHashMap<ObjectId, Arc<T>>,
    old: FxHashMap<ObjectId, Arc<T>>,
    young_weight: usize,
}

impl<T: ?Sized> Default for Generations<T> {
    fn default() -> Self {
        Self {
            young: FxHashMap::default(),
            old: FxHashMap::default(),
            young_weight: 0,
        }
    }
}

impl<T: Weighed + ?Sized> Generations<T> {
    pub(super) fn find(&mut self, id: ObjectId, limit: usize) -> Option<Arc<T>> {
        if let Some(value) = self.young.get(&id) {
            return Some(Arc::clone(value));
        }
        let value = self.old.remove(&id)?;
        self.keep(id, &value, limit);
        Some(value)
    }

    pub(super) fn keep(&mut self, id: ObjectId, value: &Arc<T>, limit: usize) {
        if self.young_weight > limit {
            self.old = std::mem::take(&mut self.young);
            self.young_weight = 0;
        }
        self.young_weight += value.weight();
        self.young.insert(id, Arc::clone(value));
    }
}

pub(super) fn to_oid(id: ObjectId) -> Oid {
    Oid::from_bytes(&id.0).expect("an object id has the twenty bytes that git2 asks for")
}

pub(super) fn to_id(oid: Oid) -> ObjectId {
    let mut id = ObjectId::default();
    let bytes = oid.as_bytes();
    let length = bytes.len().min(id.0.len());
    id.0[..length].copy_from_slice(&bytes[..length]);
    id
}

impl Repository {
    /// The raw bytes of a tree.
    pub(super) fn tree(&self, id: ObjectId) -> Result<Arc<[u8]>, GitError> {
        if let Some(tree) = self.memo.borrow_mut().trees.find(id, TREE_MEMO_BYTES) {
            return Ok(tree);
        }
        if let Some(tree) = self.made.read(id, ObjectType::Tree) {
            return Ok(tree);
        }
        let tree: Arc<[u8]> = self.object(id, ObjectType::Tree)?.into();
        let mut memo = self.memo.borrow_mut();
        memo.trees.keep(id, &tree, TREE_MEMO_BYTES);
        Ok(tree)
    }

    /// The bytes of a blob as [`Repository::blob`] has them, remembered for the next merge.
    ///
    /// # Errors
    /// As [`Repository::blob`].
    pub fn merge_blob(&self, id: ObjectId) -> Result<Content, GitError> {
        if let Some(blob) = self.memo.borrow_mut().blobs.find(id, BLOB_MEMO_BYTES) {
            return Ok(Content::Bytes(blob));
        }
        let content = self.blob(id)?;
        if let Content::Bytes(bytes) = &content {
            let mut memo = self.memo.borrow_mut();
            memo.blobs.keep(id, bytes, BLOB_MEMO_BYTES);
        }
        Ok(content)
    }

    /// The raw bytes of a tree or commit.
    pub(super) fn object(&self, id: ObjectId, kind: ObjectType) -> Result<Vec<u8>, GitError> {
        if id == EMPTY_TREE {
            return Ok(Vec::new());
        }
        if let Some((found, bytes)) = self.stored.object(id, <[u8]>::to_vec)
            && found == kind
        {
            return Ok(bytes);
        }
        let odb = self.raw.odb().map_err(|error| self.failed(id, error))?;
        let (size, found) = odb
            .read_header(to_oid(id))
            .map_err(|error| self.failed(id, error))?;
        if found != kind || size > OBJECT_LIMIT {
            return Err(GitError::Malformed {
                what: format!("{kind} {id}"),
                problem: if found == kind {
                    "it is too large"
                } else {
                    "it is of another kind"
                },
            });
        }
        let object = odb
            .read(to_oid(id))
            .map_err(|error| self.failed(id, error))?;
        Ok(object.data().to_vec())
    }

    /// The bytes of a blob, or why there are none: above [`BLOB_LIMIT`], or not in this repository.
    ///
    /// # Errors
    /// [`GitError::Unreadable`] where the object database is damaged.
    pub fn blob(&self, id: ObjectId) -> Result<Content, GitError> {
        if let Some(bytes) = self.made.read(id, ObjectType::Blob) {
            return Ok(Content::Bytes(bytes));
        }
        let small = |bytes: &[u8]| (bytes.len() <= BLOB_LIMIT).then(|| Arc::from(bytes));
        if let Some((ObjectType::Blob, Some(bytes))) = self.stored.object(id, small) {
            return Ok(Content::Bytes(bytes));
        }
        let odb = self.raw.odb().map_err(|error| self.failed(id, error))?;
        let (size, kind) = match odb.read_header(to_oid(id)) {
            Ok(header) => header,
            Err(error) if error.code() == ErrorCode::NotFound => return Ok(Content::Absent),
            Err(error) => return Err(self.failed(id, error)),
        };
        if kind != ObjectType::Blob {
            return Ok(Content::Absent);
        }
        if size > BLOB_LIMIT {
            return Ok(Content::TooLarge { bytes: size as u64 });
        }
        let object = odb
            .read(to_oid(id))
            .map_err(|error| self.failed(id, error))?;
        Ok(Content::Bytes(object.data().into()))
    }

    /// The size of a blob in bytes; `None` where it is not there or no blob.
    pub(super) fn blob_size(&self, id: ObjectId) -> Result<Option<u64>, GitError> {
        if let Some(size) = self.memo.borrow().sizes.get(&id) {
            return Ok(Some(*size));
        }
        if let Some(bytes) = self.made.read(id, ObjectType::Blob) {
            return Ok(Some(bytes.len() as u64));
        }
        let Some(size) = self.stored_size(id)? else {
            return Ok(None);
        };
        let mut memo = self.memo.borrow_mut();
        if memo.sizes.len() >= SIZE_MEMO {
            memo.sizes.clear();
        }
        memo.sizes.insert(id, size);
        Ok(Some(size))
    }

    fn stored_size(&self, id: ObjectId) -> Result<Option<u64>, GitError> {
        if let Some((kind, size)) = self.stored.header(id) {
            return Ok((kind == ObjectType::Blob).then_some(size));
        }
        let odb = self.raw.odb().map_err(|error| self.failed(id, error))?;
        match odb.read_header(to_oid(id)) {
            Ok((size, ObjectType::Blob)) => Ok(Some(size as u64)),
            Ok(_) => Ok(None),
            Err(error) if error.code() == ErrorCode::NotFound => Ok(None),
            Err(error) => Err(self.failed(id, error)),
        }
    }

    /// The bytes of a blob that has to be there.
    ///
    /// # Errors
    /// [`GitError::AbsentObject`], [`GitError::Malformed`] above [`BLOB_LIMIT`], [`GitError::Unreadable`].
    pub fn blob_bytes(&self, id: ObjectId) -> Result<Arc<[u8]>, GitError> {
        match self.blob(id)? {
            Content::Bytes(bytes) => Ok(bytes),
            Content::TooLarge { .. } => Err(GitError::Malformed {
                what: format!("blob {id}"),
                problem: "it is too large",
            }),
            Content::Absent => Err(self.absent(id)),
        }
    }

    pub(super) fn absent(&self, id: ObjectId) -> GitError {
        GitError::AbsentObject {
            id,
            completeness: self.completeness(),
            remote: self.usual_remote(),
        }
    }

    pub(super) fn failed(&self, id: ObjectId, error: git2::Error) -> GitError {
        if error.code() == ErrorCode::NotFound {
            return self.absent(id);
        }
        GitError::Unreadable {
            what: format!("object {id}"),
            source: error,
        }
    }
}

/// The tree without entries: git knows it without storing it.
pub const EMPTY_TREE: ObjectId = ObjectId([
    0x4b, 0x82, 0x5d, 0xc6, 0x42, 0xcb, 0x6e, 0xb9, 0xa0, 0x60, 0xe5, 0x4b, 0xf8, 0xd6, 0x92, 0x88,
    0xfb, 0xee, 0x49, 0x04,
]);
