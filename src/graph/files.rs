//! A tree index over files in memory, and one that lays changed files over another index. The file is long because
//! both answer the whole trait, the second by way of the first.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustc_hash::FxHashMap;

use crate::facts::{self, ItemFacts};
use crate::items::{self, FileItems, Item, ItemKey, ItemKind};
use crate::text::{FilePath, LineIndex, LineNumber, Span, offset};

use super::includes::{KnownIncludes, same_lines};
use super::index::{FileId, ItemId, TreeIndex};
use super::names::{self, IncludeLine, NameMark};

/// One C file, split and with the names of its items.
#[derive(Debug)]
struct FileEntry {
    source: Arc<[u8]>,
    layout: Arc<FileItems>,
    /// The names of all items with the item that has them, sorted.
    names: Vec<(NameMark, u32)>,
    facts: Vec<OnceLock<Arc<ItemFacts>>>,
    lines: OnceLock<LineIndex>,
}

impl FileEntry {
    fn new(source: Arc<[u8]>) -> Self {
        let layout = items::of_source(&source);
        let mut names = Vec::new();
        for (at, item) in layout.items.iter().enumerate() {
            let of_item = names::of_item(item.kind, item.span.of(&source));
            names.extend(of_item.into_iter().map(|mark| (mark, offset(at))));
        }
        names.sort_unstable();
        Self {
            names,
            facts: layout.items.iter().map(|_| OnceLock::new()).collect(),
            layout: Arc::new(layout),
            lines: OnceLock::new(),
            source,
        }
    }

    fn item(&self, at: u32) -> Item {
        // An id of another tree gets an empty item rather than a panic.
        self.layout.items.get(at as usize).copied().unwrap_or(Item {
            span: Span::default(),
            kind: items::ItemKind::Fragment,
            key: items::key(b""),
            guard: None,
        })
    }

    fn facts(&self, at: u32) -> Arc<ItemFacts> {
        let fresh = |item: &Item, bytes: &[u8]| Arc::new(facts::of_item(bytes, item.kind));
        self.facts_by(at, &fresh)
    }

    fn facts_by(&self, at: u32, read: &dyn Fn(&Item, &[u8]) -> Arc<ItemFacts>) -> Arc<ItemFacts> {
        let item = self.item(at);
        let read = || read(&item, item.span.of(&self.source));
        match self.facts.get(at as usize) {
            Some(slot) => Arc::clone(slot.get_or_init(read)),
            None => Arc::default(),
        }
    }

    fn includes(&self) -> Vec<IncludeLine> {
        let items = self.layout.items.iter().enumerate();
        let includes = items.filter(|(_, item)| item.kind == items::ItemKind::Include);
        let lines = includes.filter_map(|(at, item)| {
            let line = names::include_line(item.span.of(&self.source))?;
            Some(IncludeLine {
                item: offset(at),
                ..line
            })
        });
        lines.collect()
    }
}

/// Files that were split before, by their bytes: back-outs that are rehearsed one after the other leave mostly the same.
#[derive(Debug, Default)]
pub struct Split(Mutex<FxHashMap<u128, Arc<FileEntry>>>);

/// Beyond so many files the memory starts anew.
const SPLIT_LIMIT: usize = 1000;

impl Split {
    fn entry(&self, source: Arc<[u8]>) -> Arc<FileEntry> {
        let key = xxhash_rust::xxh3::xxh3_128(&source);
        // A poisoned lock only means that another thread panicked between two whole insertions.
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= SPLIT_LIMIT {
            known.clear();
        }
        let entry = known.entry(key);
        Arc::clone(entry.or_insert_with(|| Arc::new(FileEntry::new(source))))
    }
}

/// A tree index over a handful of files: each name is looked for in every file.
#[derive(Debug, Default)]
pub struct Files {
    paths: Vec<FilePath>,
    entries: Vec<Arc<FileEntry>>,
}

impl Files {
    /// Splits the files; of two with one path the later one counts, and paths that are no C are left out.
    #[must_use]
    pub fn new(files: impl IntoIterator<Item = (FilePath, Arc<[u8]>)>) -> Self {
        let files = files.into_iter();
        let files = files.filter(|(path, _)| crate::text::is_c_path(path));
        Self::known(files, &Split::default())
    }

    fn known(files: impl IntoIterator<Item = (FilePath, Arc<[u8]>)>, split: &Split) -> Self {
        let distinct: BTreeMap<_, _> = files.into_iter().collect();
        let (paths, sources): (Vec<_>, Vec<_>) = distinct.into_iter().unzip();
        Self {
            paths,
            entries: sources
                .into_iter()
                .map(|source| split.entry(source))
                .collect(),
        }
    }

    fn entry(&self, file: FileId) -> Option<&FileEntry> {
        self.entries.get(file.0 as usize).map(|entry| &**entry)
    }

    fn having(&self, name: &str, accept: impl Fn(NameMark) -> bool) -> Vec<ItemId> {
        let wanted = NameMark::used(name.as_bytes());
        let mut found = Vec::new();
        for (file, entry) in self.entries.iter().enumerate() {
            let start = entry.names.partition_point(|(mark, _)| *mark < wanted);
            let same = entry.names[start..].iter();
            let same = same.take_while(|(mark, _)| mark.is_same_name(wanted));
            for (_, item) in same.filter(|(mark, _)| accept(*mark)) {
                found.push(ItemId {
                    file: FileId(offset(file)),
                    item: *item,
                });
            }
        }
        // Items that use a name and items that define it come in two runs.
        found.sort_unstable();
        found
    }
}

impl TreeIndex for Files {
    fn files(&self) -> &[FilePath] {
        &self.paths
    }

    fn mentions(&self, names: &[&str]) -> Vec<Vec<ItemId>> {
        names
            .iter()
            .map(|name| self.having(name, |_| true))
            .collect()
    }

    fn defining(&self, names: &[&str]) -> Vec<Vec<ItemId>> {
        let lists = names.iter();
        lists
            .map(|name| self.having(name, NameMark::is_defined))
            .collect()
    }

    fn calling_members(&self, names: &[&str]) -> Vec<Vec<ItemId>> {
        let names = names.iter();
        names
            .map(|name| self.having(name, NameMark::is_called_member))
            .collect()
    }

    fn facts(&self, items: &[ItemId]) -> Vec<Arc<ItemFacts>> {
        let of = |id: &ItemId| self.entry(id.file).map(|entry| entry.facts(id.item));
        items.iter().map(|id| of(id).unwrap_or_default()).collect()
    }

    fn item(&self, id: ItemId) -> Item {
        static NOTHING: OnceLock<FileEntry> = OnceLock::new();
        let nothing = || NOTHING.get_or_init(|| FileEntry::new(Arc::from(&b""[..])));
        self.entry(id.file).unwrap_or_else(nothing).item(id.item)
    }

    fn items(&self, file: FileId) -> Arc<FileItems> {
        let layout = self.entry(file).map(|entry| Arc::clone(&entry.layout));
        layout.unwrap_or_default()
    }

    fn includes(&self, file: FileId) -> Vec<IncludeLine> {
        self.entry(file)
            .map(FileEntry::includes)
            .unwrap_or_default()
    }

    fn line(&self, file: FileId, offset: u32) -> LineNumber {
        self.entry(file).map_or(LineNumber(1), |entry| {
            let lines = entry.lines.get_or_init(|| LineIndex::of(&entry.source));
            lines.line(offset)
        })
    }

    fn source(&self, file: FileId) -> Arc<[u8]> {
        let source = self.entry(file).map(|entry| Arc::clone(&entry.source));
        source.unwrap_or_else(|| Arc::from(&b""[..]))
    }
}

/// Where a file of an overlay comes from.
#[derive(Clone, Copy, Debug)]
enum Origin {
    Base(FileId),
    Changed(FileId),
}

/// A tree index in which some files of another are replaced, added or removed: the tree that a back-out leaves.
/// Answers as an index over the resulting tree would.
pub struct Overlay<'a> {
    base: &'a dyn TreeIndex,
    changed: Files,
    paths: Cow<'a, [FilePath]>,
    origins: Vec<Origin>,
    /// For each file of the base, its id here.
    from_base: Vec<Option<FileId>>,
    /// For each changed file, its id here.
    from_changed: Vec<FileId>,
}

impl<'a> Overlay<'a> {
    /// Lays `changes` over `base`: each path with its new contents, or `None` where the file is gone. Paths that are no C
    /// are left out.
    #[must_use]
    pub fn new(
        base: &'a dyn TreeIndex,
        changes: impl IntoIterator<Item = (FilePath, Option<Arc<[u8]>>)>,
    ) -> Self {
        let changes = changes.into_iter();
        let changes = changes.filter(|(path, _)| crate::text::is_c_path(path));
        Self::known(base, changes, &Split::default())
    }

    /// The same, with files that may have been split before, each of which is read as C whatever its path.
    #[must_use]
    pub fn known(
        base: &'a dyn TreeIndex,
        changes: impl IntoIterator<Item = (FilePath, Option<Arc<[u8]>>)>,
        split: &Split,
    ) -> Self {
        let changes: BTreeMap<FilePath, Option<Arc<[u8]>>> = changes.into_iter().collect();
        let stays = |(path, content): (&FilePath, &Option<Arc<[u8]>>)| {
            base.file(path).is_some() == content.is_some()
        };
        if changes.iter().all(stays) {
            let sources = changes.into_iter();
            let sources = sources.filter_map(|(path, content)| Some((path, content?)));
            return Self::in_place(base, Files::known(sources, split));
        }
        let kept = base.files().iter().enumerate();
        let kept = kept.filter(|(_, path)| !changes.contains_key(*path));
        let mut all: Vec<(FilePath, Origin)> = kept
            .map(|(at, path)| (path.clone(), Origin::Base(FileId(offset(at)))))
            .collect();
        let sources = changes.into_iter();
        let sources = sources.filter_map(|(path, content)| Some((path, content?)));
        let changed = Files::known(sources, split);
        let added = changed.paths.iter().enumerate();
        all.extend(added.map(|(at, path)| (path.clone(), Origin::Changed(FileId(offset(at))))));
        all.sort_by(|(one, _), (other, _)| one.cmp(other));
        Self::over(base, changed, all)
    }

    /// Where the paths stay as they are, so do the ids.
    fn in_place(base: &'a dyn TreeIndex, changed: Files) -> Self {
        let count = offset(base.files().len());
        let mut origins: Vec<_> = (0..count).map(|at| Origin::Base(FileId(at))).collect();
        let mut from_base: Vec<_> = (0..count).map(|at| Some(FileId(at))).collect();
        let here = changed.paths.iter();
        let from_changed: Vec<FileId> = here.filter_map(|path| base.file(path)).collect();
        for (at, here) in from_changed.iter().enumerate() {
            origins[here.0 as usize] = Origin::Changed(FileId(offset(at)));
            from_base[here.0 as usize] = None;
        }
        Self {
            base,
            changed,
            paths: Cow::Borrowed(base.files()),
            origins,
            from_base,
            from_changed,
        }
    }

    fn over(base: &'a dyn TreeIndex, changed: Files, all: Vec<(FilePath, Origin)>) -> Self {
        let mut from_base = vec![None; base.files().len()];
        let mut from_changed = vec![FileId(0); changed.paths.len()];
        for (at, (_, origin)) in all.iter().enumerate() {
            let here = FileId(offset(at));
            match origin {
                Origin::Base(file) => from_base[file.0 as usize] = Some(here),
                Origin::Changed(file) => from_changed[file.0 as usize] = here,
            }
        }
        let (paths, origins): (Vec<_>, Vec<_>) = all.into_iter().unzip();
        Self {
            base,
            changed,
            paths: Cow::Owned(paths),
            origins,
            from_base,
            from_changed,
        }
    }

    /// The index that knows a file, and the file's id there.
    fn origin(&self, file: FileId) -> (&dyn TreeIndex, FileId) {
        match self.origins.get(file.0 as usize) {
            Some(Origin::Base(there)) => (self.base, *there),
            Some(Origin::Changed(there)) => (&self.changed, *there),
            None => (&self.changed, FileId(u32::MAX)),
        }
    }

    /// Joins the answers of both indices for one name.
    fn joined(&self, base: Vec<ItemId>, changed: Vec<ItemId>) -> Vec<ItemId> {
        let base = base.into_iter().filter_map(|id| {
            let file = self.from_base.get(id.file.0 as usize).copied().flatten()?;
            Some(ItemId { file, ..id })
        });
        let changed = changed.into_iter().map(|id| ItemId {
            file: self.from_changed[id.file.0 as usize],
            ..id
        });
        let mut joined: Vec<_> = base.chain(changed).collect();
        if !joined.is_sorted() {
            joined.sort_unstable();
        }
        joined
    }

    fn both(&self, base: Vec<Vec<ItemId>>, changed: Vec<Vec<ItemId>>) -> Vec<Vec<ItemId>> {
        let lists = base.into_iter().zip(changed);
        lists
            .map(|(base, changed)| self.joined(base, changed))
            .collect()
    }
}

impl std::fmt::Debug for Overlay<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Overlay").field(&self.changed.paths).finish()
    }
}

impl TreeIndex for Overlay<'_> {
    fn files(&self) -> &[FilePath] {
        &self.paths
    }

    fn mentions(&self, names: &[&str]) -> Vec<Vec<ItemId>> {
        self.both(self.base.mentions(names), self.changed.mentions(names))
    }

    fn defining(&self, names: &[&str]) -> Vec<Vec<ItemId>> {
        self.both(self.base.defining(names), self.changed.defining(names))
    }

    fn calling_members(&self, names: &[&str]) -> Vec<Vec<ItemId>> {
        let (base, changed) = (&self.base, &self.changed);
        self.both(base.calling_members(names), changed.calling_members(names))
    }

    fn facts(&self, items: &[ItemId]) -> Vec<Arc<ItemFacts>> {
        let is_base = |id: &&ItemId| {
            let origin = self.origins.get(id.file.0 as usize);
            matches!(origin, Some(Origin::Base(_)))
        };
        let there = |id: &ItemId| ItemId {
            file: self.origin(id.file).1,
            ..*id
        };
        let of_base: Vec<_> = items.iter().filter(is_base).map(there).collect();
        let mut of_base = self.base.facts(&of_base).into_iter();
        let facts = items.iter().map(|id| {
            if is_base(&id) {
                of_base.next().unwrap_or_default()
            } else {
                let remembered =
                    |item: &Item, bytes: &[u8]| self.base.facts_of(item.key, item.kind, bytes);
                let entry = self.changed.entry(self.origin(id.file).1);
                entry
                    .map(|entry| entry.facts_by(id.item, &remembered))
                    .unwrap_or_default()
            }
        });
        facts.collect()
    }

    fn facts_of(&self, key: ItemKey, kind: ItemKind, bytes: &[u8]) -> Arc<ItemFacts> {
        self.base.facts_of(key, kind, bytes)
    }

    fn item(&self, id: ItemId) -> Item {
        let (index, file) = self.origin(id.file);
        index.item(ItemId { file, ..id })
    }

    fn items(&self, file: FileId) -> Arc<FileItems> {
        let (index, file) = self.origin(file);
        index.items(file)
    }

    fn known_includes(&self) -> Option<Arc<KnownIncludes>> {
        if matches!(self.paths, Cow::Owned(_)) {
            return None;
        }
        let known = self.base.known_includes()?;
        let other = |here: &FileId| !same_lines(&self.includes(*here), &self.base.includes(*here));
        let others: Vec<_> = self.from_changed.iter().copied().filter(other).collect();
        if others.is_empty() {
            return Some(known);
        }
        Some(Arc::new(known.without(&others)))
    }

    fn includes(&self, file: FileId) -> Vec<IncludeLine> {
        let (index, file) = self.origin(file);
        index.includes(file)
    }

    fn line(&self, file: FileId, offset: u32) -> LineNumber {
        let (index, file) = self.origin(file);
        index.line(file, offset)
    }

    fn source(&self, file: FileId) -> Arc<[u8]> {
        let (index, file) = self.origin(file);
        index.source(file)
    }
}
