//! What the core asks of a whole tree: which items mention a name, and what those items say.
//!
//! `load` answers out of git and the cache, tests out of a handful of files. Answers are complete and sorted, so
//! whatever is computed from them is a pure function of the tree.

use std::sync::Arc;

use crate::facts::ItemFacts;
use crate::items::{FileItems, Item};
use crate::text::{FilePath, LineNumber};

/// A C file of the tree: its position in [`TreeIndex::files`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// An item of the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ItemId {
    /// Its file.
    pub file: FileId,
    /// Its position in the file.
    pub item: u32,
}

/// What a tree says about names. Questions come in batches, so that an answer can be worked out in parallel.
pub trait TreeIndex: Sync {
    /// The C files of the tree, sorted by path.
    fn files(&self) -> &[FilePath];

    /// Every item in which one of `names` appears as an identifier, sorted; an item may be there although its name only
    /// shares a hash, never the other way round.
    fn mentioning(&self, names: &[&str]) -> Vec<ItemId>;

    /// The facts of these items, in the same order.
    fn facts(&self, items: &[ItemId]) -> Vec<Arc<ItemFacts>>;

    /// The item itself: its place and kind.
    fn item(&self, id: ItemId) -> Item;

    /// All items of a file, with their guards.
    fn items(&self, file: FileId) -> Arc<FileItems>;

    /// The line of an offset in a file.
    fn line(&self, file: FileId, offset: u32) -> LineNumber;

    /// The bytes of a file.
    fn source(&self, file: FileId) -> Arc<[u8]>;

    /// The file at a path, if it is C and there.
    fn file(&self, path: &FilePath) -> Option<FileId> {
        let at = self.files().binary_search(path).ok()?;
        Some(FileId(crate::text::offset(at)))
    }
}
