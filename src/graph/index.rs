//! What the core asks of a whole tree: which items mention or define a name, and what those items say.
//!
//! `load` answers out of git and the cache, [`Files`](super::files::Files) out of a handful of files in memory. Answers
//! are complete and sorted, so whatever is computed from them is a pure function of the tree.

use std::sync::Arc;

use crate::facts::{self, ItemFacts};
use crate::items::{FileItems, Item, ItemKey, ItemKind};
use crate::text::{FilePath, LineNumber};

use super::known_includes::KnownIncludes;
use super::names::IncludeLine;
use super::resolve::{self, Site};

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

    /// For each name, in the same order, every item in which it appears as an identifier, sorted. An `#include` is found
    /// under the last part of its path. An item may be there although its name only shares a hash, never the other way
    /// round.
    fn mentions(&self, names: &[&str]) -> Vec<Vec<ItemId>>;

    /// The same, cut to the items that may define or declare the name at file scope: a superset of those whose facts
    /// have it as a definition, names that a macro makes left out.
    fn defining(&self, names: &[&str]) -> Vec<Vec<ItemId>>;

    /// The same, cut to the items that call a member of the name (`x.name(...)`, `x->name(...)`): a superset of those
    /// whose facts do.
    fn calling_members(&self, names: &[&str]) -> Vec<Vec<ItemId>> {
        self.mentions(names)
    }

    /// For each name (each once), in the same order, every definition and declaration at file scope, sorted by place;
    /// those that macros make are left out.
    fn sites(&self, names: &[&str]) -> Vec<Arc<Vec<Site>>> {
        let sites = resolve::looked_up(self, self.defining(names), names).into_iter();
        sites.map(Arc::new).collect()
    }

    /// Every item in which one of `names` appears, sorted, each once.
    fn mentioning(&self, names: &[&str]) -> Vec<ItemId> {
        let mut items: Vec<_> = self.mentions(names).into_iter().flatten().collect();
        items.sort_unstable();
        items.dedup();
        items
    }

    /// The facts of these items, in the same order.
    fn facts(&self, items: &[ItemId]) -> Vec<Arc<ItemFacts>>;

    /// The facts of an item by its bytes, wherever it stands: remembered where it was read before.
    fn facts_of(&self, key: ItemKey, kind: ItemKind, bytes: &[u8]) -> Arc<ItemFacts> {
        let _not_remembered = key;
        Arc::new(facts::of_item(bytes, kind))
    }

    /// The item itself: its place and kind.
    fn item(&self, id: ItemId) -> Item;

    /// All items of a file, with their guards.
    fn items(&self, file: FileId) -> Arc<FileItems>;

    /// The includes of a file, in order.
    fn includes(&self, file: FileId) -> Vec<IncludeLine>;

    /// What is known already of who includes whom in this very tree, to be added to; `None` where nothing is remembered.
    fn known_includes(&self) -> Option<Arc<KnownIncludes>> {
        None
    }

    /// The line of an offset in a file.
    fn line(&self, file: FileId, offset: u32) -> LineNumber;

    /// The bytes of a file.
    fn source(&self, file: FileId) -> Arc<[u8]>;

    /// The file at a path, if it is C and there.
    fn file(&self, path: &FilePath) -> Option<FileId> {
        let at = self.files().binary_search(path).ok()?;
        Some(FileId(crate::text::offset(at)))
    }

    /// The path of a file; empty for an id of another tree.
    fn path(&self, file: FileId) -> FilePath {
        let path = self.files().get(file.0 as usize);
        path.cloned().unwrap_or_else(|| FilePath::new(b""))
    }
}
