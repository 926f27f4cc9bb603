//! Tree indices that are opened when they are first asked something: a revision's own, and one with the descriptions that
//! are no C laid over it. Most back-outs never ask the tree that restored lines come from.

use std::sync::{Arc, OnceLock};

use crate::cache::Store;
use crate::change::ObjectId;
use crate::facts::ItemFacts;
use crate::git::{Door, Repository};
use crate::graph::files::{Files, Overlay};
use crate::graph::index::{FileId, ItemId, TreeIndex};
use crate::graph::known_includes::KnownIncludes;
use crate::graph::names::IncludeLine;
use crate::graph::resolve::Site;
use crate::graph::split::Split;
use crate::items::{FileItems, Item, ItemKey, ItemKind};
use crate::load::index::RevisionIndex;
use crate::text::{FilePath, LineNumber};

use super::described::Described;

/// An index that is there once it is asked for.
pub(super) trait Late: Sync {
    fn get(&self) -> &dyn TreeIndex;
}

/// The index of a tree; where it cannot be opened, an empty one and a note.
pub(super) struct LateIndex<'a> {
    door: Door,
    store: &'a Store,
    tree: ObjectId,
    index: OnceLock<Opened<'a>>,
}

enum Opened<'a> {
    Revision(Box<RevisionIndex<'a>>),
    Failed(Files, String),
}

impl<'a> LateIndex<'a> {
    pub(super) fn new(repository: &Repository, store: &'a Store, tree: ObjectId) -> Self {
        Self {
            door: repository.door(),
            store,
            tree,
            index: OnceLock::new(),
        }
    }

    fn opened(&self) -> &Opened<'a> {
        self.index.get_or_init(|| {
            let opened = self.door.open();
            let opened =
                opened.and_then(|handle| RevisionIndex::open(&handle, self.tree, self.store));
            match opened {
                Ok(index) => Opened::Revision(Box::new(index)),
                Err(error) => Opened::Failed(
                    Files::default(),
                    format!("the tree {:.12} could not be read: {error}", self.tree),
                ),
            }
        })
    }

    pub(super) fn notes(&self) -> Vec<String> {
        match self.index.get() {
            None => Vec::new(),
            Some(Opened::Revision(index)) => index.notes(),
            Some(Opened::Failed(_, note)) => vec![note.clone()],
        }
    }
}

impl Late for LateIndex<'_> {
    fn get(&self) -> &dyn TreeIndex {
        match self.opened() {
            Opened::Revision(index) => &**index,
            Opened::Failed(nothing, _) => nothing,
        }
    }
}

/// The same with the tree's descriptions as the C that they stand for; the index itself where the policy knows of none.
pub(super) struct WithDescriptions<'b, 'a> {
    base: &'b LateIndex<'a>,
    described: &'b Described<'a>,
    split: &'b Split,
    index: OnceLock<Option<Overlay<'b>>>,
}

impl<'b, 'a> WithDescriptions<'b, 'a> {
    pub(super) fn new(
        base: &'b LateIndex<'a>,
        described: &'b Described<'a>,
        split: &'b Split,
    ) -> Self {
        Self {
            base,
            described,
            split,
            index: OnceLock::new(),
        }
    }
}

impl Late for WithDescriptions<'_, '_> {
    fn get(&self) -> &dyn TreeIndex {
        let overlay = self.index.get_or_init(|| {
            // A tree that cannot be read has its note already.
            let handle = self.base.door.open().ok()?;
            let files = self.described.of_tree(&handle, self.base.tree).ok()?;
            let is_any = !files.is_empty();
            is_any.then(|| Overlay::known(self.base, files, self.split))
        });
        match overlay {
            Some(overlay) => overlay,
            None => self.base.get(),
        }
    }
}

impl<T: Late> TreeIndex for T {
    fn files(&self) -> &[FilePath] {
        self.get().files()
    }

    fn mentions(&self, names: &[&str]) -> Vec<Vec<ItemId>> {
        if names.is_empty() {
            return Vec::new();
        }
        self.get().mentions(names)
    }

    fn defining(&self, names: &[&str]) -> Vec<Vec<ItemId>> {
        if names.is_empty() {
            return Vec::new();
        }
        self.get().defining(names)
    }

    fn calling_members(&self, names: &[&str]) -> Vec<Vec<ItemId>> {
        if names.is_empty() {
            return Vec::new();
        }
        self.get().calling_members(names)
    }

    fn sites(&self, names: &[&str]) -> Vec<Arc<Vec<Site>>> {
        if names.is_empty() {
            return Vec::new();
        }
        self.get().sites(names)
    }

    fn facts(&self, items: &[ItemId]) -> Vec<Arc<ItemFacts>> {
        self.get().facts(items)
    }

    fn facts_of(&self, key: ItemKey, kind: ItemKind, bytes: &[u8]) -> Arc<ItemFacts> {
        self.get().facts_of(key, kind, bytes)
    }

    fn item(&self, id: ItemId) -> Item {
        self.get().item(id)
    }

    fn items(&self, file: FileId) -> Arc<FileItems> {
        self.get().items(file)
    }

    fn includes(&self, file: FileId) -> Vec<IncludeLine> {
        self.get().includes(file)
    }

    fn known_includes(&self) -> Option<Arc<KnownIncludes>> {
        self.get().known_includes()
    }

    fn line(&self, file: FileId, offset: u32) -> LineNumber {
        self.get().line(file, offset)
    }

    fn source(&self, file: FileId) -> Arc<[u8]> {
        self.get().source(file)
    }
}
