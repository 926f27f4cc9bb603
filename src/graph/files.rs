//! A tree index over files in memory, and one that lays changed files over another index. The file is long because
//! both answer the whole trait, the second by way of the first.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use crate::facts::ItemFacts;
use crate::items::{FileItems, Item, ItemKey, ItemKind};
use crate::text::{FilePath, LineIndex, LineNumber, offset};

use super::index::{FileId, ItemId, TreeIndex};
use super::known_includes::{KnownIncludes, same_lines};
use super::names::{IncludeLine, NameMark};
use super::resolve::{self, Site};
use super::split::{Split, SplitFile};

/// A tree index over a handful of files: each name is looked for in every file.
#[derive(Debug, Default)]
pub struct Files {
    paths: Vec<FilePath>,
    entries: Vec<Arc<SplitFile>>,
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
            entries: sources.into_iter().map(|source| split.of(source)).collect(),
        }
    }

    fn entry(&self, file: FileId) -> Option<&SplitFile> {
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
        static NOTHING: OnceLock<SplitFile> = OnceLock::new();
        let nothing = || NOTHING.get_or_init(|| SplitFile::new(Arc::from(&b""[..])));
        self.entry(id.file).unwrap_or_else(nothing).item(id.item)
    }

    fn items(&self, file: FileId) -> Arc<FileItems> {
        let layout = self.entry(file).map(|entry| Arc::clone(&entry.layout));
        layout.unwrap_or_default()
    }

    fn includes(&self, file: FileId) -> Vec<IncludeLine> {
        self.entry(file)
            .map(SplitFile::includes)
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
    includes: OnceLock<Option<Arc<KnownIncludes>>>,
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
            includes: OnceLock::new(),
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
            includes: OnceLock::new(),
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

    /// What the base knows of its includes, as far as it is true here.
    fn includes_of_base(&self) -> Option<Arc<KnownIncludes>> {
        let known = self.base.known_includes()?;
        let there = |id: &FileId| self.base.file(&self.paths[id.0 as usize]);
        let is_other = |here: &FileId| {
            let before = there(here).map(|there| self.base.includes(there));
            before.is_none_or(|before| !same_lines(&self.includes(*here), &before))
        };
        let mut others: Vec<_> = self.from_changed.iter().copied().filter(is_other).collect();
        if matches!(self.paths, Cow::Borrowed(_)) {
            return Some(match others.is_empty() {
                true => known,
                false => Arc::new(known.without(&others)),
            });
        }
        let all = self.from_base.iter().zip(self.base.files());
        let here: Vec<Option<FileId>> = all
            .map(|(id, path)| id.or_else(|| self.file(path)))
            .collect();
        let gone = here.iter().zip(self.base.files());
        let gone = gone.filter(|(id, _)| id.is_none()).map(|(_, path)| path);
        let new = self.from_changed.iter().filter(|id| there(id).is_none());
        let new = new.map(|id| &self.paths[id.0 as usize]);
        let names = gone
            .chain(new)
            .map(|path| String::from_utf8_lossy(path.file_name()));
        let names: Vec<_> = names.collect();
        let names: Vec<&str> = names.iter().map(|name| &**name).collect();
        others.extend(self.mentioning(&names).iter().map(|item| item.file));
        others.sort_unstable();
        others.dedup();
        Some(Arc::new(known.moved(&here, &others, self.paths.len())))
    }

    /// The sites of each name in the changed files, by their ids here.
    fn changed_sites(&self, names: &[&str]) -> Vec<Vec<Site>> {
        let mut lists = self.changed.defining(names);
        for id in lists.iter_mut().flatten() {
            id.file = self.from_changed[id.file.0 as usize];
        }
        resolve::looked_up(self, lists, names)
    }

    /// Joins the sites of one name: those of the base as the base has them, those of the changed files as they are here.
    fn joined_sites(&self, base: Arc<Vec<Site>>, changed: Vec<Site>) -> Arc<Vec<Site>> {
        let here = |site: &Site| {
            self.from_base
                .get(site.item.file.0 as usize)
                .copied()
                .flatten()
        };
        let is_same = |site: &Site| here(site) == Some(site.item.file);
        if changed.is_empty() && base.iter().all(is_same) {
            return base;
        }
        let stays = |site: &Site| {
            let file = here(site)?;
            let item = ItemId { file, ..site.item };
            Some(Site {
                item,
                ..site.clone()
            })
        };
        let mut joined: Vec<Site> = base.iter().filter_map(stays).chain(changed).collect();
        joined.sort_by_key(|site| (site.item, site.definition));
        Arc::new(joined)
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

    fn sites(&self, names: &[&str]) -> Vec<Arc<Vec<Site>>> {
        let base = self.base.sites(names).into_iter();
        let changed = self.changed_sites(names).into_iter();
        base.zip(changed)
            .map(|(base, changed)| self.joined_sites(base, changed))
            .collect()
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
        let known = self.includes.get_or_init(|| self.includes_of_base());
        known.clone()
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
