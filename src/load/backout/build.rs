//! Lays the files that a back-out leaves over the target's tree and asks `revert` what breaks there.

use std::sync::{Arc, OnceLock};

use crate::cache::Store;
use crate::change::{Content, FileMode, ObjectId};
use crate::facts::ItemFacts;
use crate::git::{Door, GitError, Repository};
use crate::graph::files::{Files, Overlay, Split};
use crate::graph::index::{FileId, ItemId, TreeIndex};
use crate::graph::names::IncludeLine;
use crate::items::{FileItems, Item};
use crate::load::index::RevisionIndex;
use crate::revert::{self, BackOutTrees, BuildConflict, ChangedPaths, Description};
use crate::text::{BUILD_DESCRIPTIONS, FilePath, LineNumber, is_build_description, is_c_path};

/// The trees that a back-out is judged by, opened when they are first needed.
pub(super) struct Build<'a> {
    repository: &'a Repository,
    store: &'a Store,
    target: ObjectId,
    split: Split,
    at_target: LateIndex<'a>,
    at_source: LateIndex<'a>,
}

/// What backing out would break, and the files that it leaves.
pub(super) struct Breaks {
    pub(super) conflicts: Vec<BuildConflict>,
    pub(super) files: ChangedFiles,
}

/// The changed files with their bytes, `None` where one is gone.
type ChangedFiles = Vec<(FilePath, Option<Arc<[u8]>>)>;

impl Breaks {
    /// Nothing was asked, or nothing could break.
    pub(super) fn none() -> Self {
        Self {
            conflicts: Vec::new(),
            files: Vec::new(),
        }
    }
}

impl<'a> Build<'a> {
    /// `target` is the commit that is backed out of, `source` the tree that restored lines come from.
    pub(super) fn new(
        repository: &'a Repository,
        store: &'a Store,
        (target, source): (ObjectId, ObjectId),
    ) -> Result<Self, GitError> {
        let tree = repository.commit(target)?.tree;
        Ok(Self {
            repository,
            store,
            target,
            split: Split::default(),
            at_target: LateIndex::new(repository, store, tree),
            at_source: LateIndex::new(repository, store, source),
        })
    }

    /// What breaks in a tree that backing out leaves.
    pub(super) fn breaks(&self, tree: ObjectId) -> Result<Breaks, GitError> {
        let (conflicts, files) = self.ask(tree, &revert::build_conflicts)?;
        Ok(Breaks { conflicts, files })
    }

    /// What else is worth a word about such a tree.
    pub(super) fn remarks(&self, tree: ObjectId) -> Result<Vec<String>, GitError> {
        let (remarks, _) = self.ask(tree, &revert::remarks)?;
        Ok(remarks)
    }

    /// Asks something of the target with a resulting tree laid over it; with the files in which they differ.
    fn ask<T>(
        &self,
        tree: ObjectId,
        question: &dyn Fn(BackOutTrees<'_>, &ChangedPaths) -> T,
    ) -> Result<(T, ChangedFiles), GitError> {
        let at_target = self.repository.commit(self.target)?.tree;
        let mut files = Vec::new();
        for (path, there) in self.repository.differing(at_target, tree)? {
            let bytes = self.bytes(there)?;
            files.push((path, bytes));
        }
        let c_files = files.iter().filter(|(path, _)| is_c_path(path));
        let merged = Overlay::known(&self.at_target, c_files.clone().cloned(), &self.split);
        let gone: Vec<FilePath> = files
            .iter()
            .filter(|(_, content)| content.is_none())
            .map(|(path, _)| path.clone())
            .collect();
        let changed = ChangedPaths {
            c_files: c_files.map(|(path, _)| path.clone()).collect(),
            descriptions: self.descriptions(&files, &gone)?,
            gone,
        };
        let trees = BackOutTrees {
            target: &self.at_target,
            merged: &merged,
            source: &self.at_source,
        };
        let answer = question(trees, &changed);
        Ok((answer, files))
    }

    /// Where facts and histories are kept.
    pub(super) fn store(&self) -> &'a Store {
        self.store
    }

    /// What made the answer weaker.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = self.at_target.notes();
        notes.extend(self.at_source.notes());
        notes
    }

    fn bytes(&self, file: Option<(FileMode, ObjectId)>) -> Result<Option<Arc<[u8]>>, GitError> {
        let Some((FileMode::Regular | FileMode::Executable, blob)) = file else {
            return Ok(None);
        };
        Ok(match self.repository.blob(blob)? {
            Content::Bytes(bytes) => Some(bytes),
            Content::TooLarge { .. } | Content::Absent => None,
        })
    }

    /// The build descriptions that the back-out changes, and those above a file that is gone.
    fn descriptions(
        &self,
        files: &[(FilePath, Option<Arc<[u8]>>)],
        gone: &[FilePath],
    ) -> Result<Vec<Description>, GitError> {
        let mut paths: Vec<FilePath> = files
            .iter()
            .map(|(path, _)| path.clone())
            .filter(is_build_description)
            .collect();
        for path in gone {
            paths.extend(descriptions_above(path));
        }
        paths.sort();
        paths.dedup();
        let mut found = Vec::new();
        for path in paths {
            let before = self.at_target_tree(&path)?;
            let replaced = files.iter().find(|(other, _)| *other == path);
            let after = replaced.map_or_else(|| before.clone(), |(_, bytes)| bytes.clone());
            if let Some(after) = after {
                found.push(Description {
                    before: before.unwrap_or_default(),
                    path,
                    after,
                });
            }
        }
        Ok(found)
    }

    fn at_target_tree(&self, path: &FilePath) -> Result<Option<Arc<[u8]>>, GitError> {
        self.bytes(self.repository.file_at(self.target, path)?)
    }
}

/// Every description that may stand in the folder of `path` or above it.
fn descriptions_above(path: &FilePath) -> Vec<FilePath> {
    let mut found = Vec::new();
    let mut folder = FilePath::new(path.directory());
    loop {
        for name in BUILD_DESCRIPTIONS {
            found.push(match folder.as_bytes() {
                b"" => name.into(),
                above => FilePath::new(&[above, b"/", name.as_bytes()].concat()),
            });
        }
        if folder.as_bytes().is_empty() {
            return found;
        }
        folder = FilePath::new(folder.directory());
    }
}

/// The index of a tree, opened at the first question; where it cannot be, an empty one and a note.
struct LateIndex<'a> {
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
    fn new(repository: &Repository, store: &'a Store, tree: ObjectId) -> Self {
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

    fn get(&self) -> &dyn TreeIndex {
        match self.opened() {
            Opened::Revision(index) => &**index,
            Opened::Failed(nothing, _) => nothing,
        }
    }

    fn notes(&self) -> Vec<String> {
        match self.index.get() {
            None => Vec::new(),
            Some(Opened::Revision(index)) => index.notes(),
            Some(Opened::Failed(_, note)) => vec![note.clone()],
        }
    }
}

impl TreeIndex for LateIndex<'_> {
    fn files(&self) -> &[FilePath] {
        self.get().files()
    }

    fn mentions(&self, names: &[&str]) -> Vec<Vec<ItemId>> {
        if names.is_empty() {
            return Vec::new();
        }
        self.get().mentions(names)
    }

    fn calling_members(&self, names: &[&str]) -> Vec<Vec<ItemId>> {
        self.get().calling_members(names)
    }

    fn defining(&self, names: &[&str]) -> Vec<Vec<ItemId>> {
        if names.is_empty() {
            return Vec::new();
        }
        self.get().defining(names)
    }

    fn facts(&self, items: &[ItemId]) -> Vec<Arc<ItemFacts>> {
        self.get().facts(items)
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

    fn line(&self, file: FileId, offset: u32) -> LineNumber {
        self.get().line(file, offset)
    }

    fn source(&self, file: FileId) -> Arc<[u8]> {
        self.get().source(file)
    }
}
