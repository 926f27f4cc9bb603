//! The tree index of a whole tree: every fact of every item, kept as bytes.
//!
//! Decoded facts of a large tree take several times what the tree itself does; packed they take about as much.

use std::sync::Arc;

use rayon::iter::{IntoParallelIterator, ParallelIterator};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::ItemFacts;
use crate::graph::index::{FileId, ItemId, TreeIndex};
use crate::graph::macros::FileMacros;
use crate::graph::names::IncludeLine;
use crate::graph::resolve::{self, Site};
use crate::items::{FileItems, Item};
use crate::text::{FilePath, LineNumber, offset};

use super::index::RevisionIndex;

/// The facts of one file: those of each item, one behind the other.
#[derive(Debug, Default)]
struct PackedFacts {
    bytes: Box<[u8]>,
    ends: Box<[u32]>,
}

impl PackedFacts {
    fn item(&self, at: u32) -> Option<ItemFacts> {
        let at = at as usize;
        let end = *self.ends.get(at)?;
        let start = match at.checked_sub(1) {
            Some(before) => *self.ends.get(before)?,
            None => 0,
        };
        let bytes = self.bytes.get(start as usize..end as usize)?;
        postcard::from_bytes(bytes).ok()
    }
}

/// Every fact of a tree.
pub(super) struct PackedIndex<'a> {
    base: &'a RevisionIndex<'a>,
    files: Vec<PackedFacts>,
    /// Includes whose path a macro gives.
    computed: FxHashMap<FileId, Vec<IncludeLine>>,
}

/// What reading a whole tree gives besides its facts.
pub(super) struct Read {
    /// Every definition and declaration at file scope.
    pub(super) sites: FxHashMap<Arc<str>, Vec<Site>>,
    /// What each file does to macros.
    pub(super) macros: Vec<FileMacros>,
}

impl<'a> PackedIndex<'a> {
    /// Reads every file of a tree.
    pub(super) fn read(base: &'a RevisionIndex<'a>) -> (Self, Read) {
        let count = offset(base.files().len());
        let read: Vec<_> = (0..count)
            .into_par_iter()
            .map(|file| read_file(base, FileId(file)))
            .collect();
        let mut files = Vec::with_capacity(read.len());
        let mut macros = Vec::with_capacity(read.len());
        let mut sites: FxHashMap<Arc<str>, Vec<Site>> = FxHashMap::default();
        // Types and records have a name each, which many sites speak of.
        let mut shared: FxHashSet<Arc<str>> = FxHashSet::default();
        for (packed, of_file, own) in read {
            files.push(packed);
            macros.push(of_file);
            for (name, mut site) in own {
                for other in [&mut site.parent, &mut site.type_name]
                    .into_iter()
                    .flatten()
                {
                    match shared.get(other) {
                        Some(known) => *other = Arc::clone(known),
                        None => drop(shared.insert(Arc::clone(other))),
                    }
                }
                // Most names have one site.
                let of_name = sites.entry(name).or_insert_with(|| Vec::with_capacity(1));
                of_name.push(site);
            }
        }
        let index = Self {
            base,
            files,
            computed: FxHashMap::default(),
        };
        (index, Read { sites, macros })
    }

    /// The files, those with the most facts first: a large one that is begun last leaves all threads but one without work.
    pub(super) fn heaviest_first(&self) -> Vec<FileId> {
        let mut files: Vec<FileId> = (0..offset(self.files.len())).map(FileId).collect();
        files.sort_by_key(|file| std::cmp::Reverse(self.files[file.0 as usize].bytes.len()));
        files
    }

    /// Adds includes that only the macros of the tree tell.
    pub(super) fn include(&mut self, computed: Vec<(FileId, IncludeLine)>) {
        for (file, line) in computed {
            self.computed.entry(file).or_default().push(line);
        }
    }
}

fn read_file(
    base: &RevisionIndex<'_>,
    file: FileId,
) -> (PackedFacts, FileMacros, Vec<(Arc<str>, Site)>) {
    let source = base.source(file);
    let layout = base.items(file);
    let mut bytes = Vec::new();
    let mut ends = Vec::with_capacity(layout.items.len());
    let mut sites = Vec::new();
    for (at, item) in layout.items.iter().enumerate() {
        let (facts, packed) = base.stored_facts(item, item.span.of(&source));
        bytes.extend_from_slice(&packed);
        ends.push(offset(bytes.len()));
        let id = ItemId {
            file,
            item: offset(at),
        };
        sites.extend(resolve::sites_of(id, item.span.start, &facts));
    }
    let packed = PackedFacts {
        bytes: bytes.into(),
        ends: ends.into(),
    };
    (packed, FileMacros::of(&source, &layout), sites)
}

impl TreeIndex for PackedIndex<'_> {
    fn files(&self) -> &[FilePath] {
        self.base.files()
    }

    fn mentions(&self, names: &[&str]) -> Vec<Vec<ItemId>> {
        self.base.mentions(names)
    }

    fn defining(&self, names: &[&str]) -> Vec<Vec<ItemId>> {
        self.base.defining(names)
    }

    fn facts(&self, items: &[ItemId]) -> Vec<Arc<ItemFacts>> {
        let of = |id: &ItemId| self.files.get(id.file.0 as usize)?.item(id.item);
        items
            .iter()
            .map(|id| Arc::new(of(id).unwrap_or_default()))
            .collect()
    }

    fn item(&self, id: ItemId) -> Item {
        self.base.item(id)
    }

    fn items(&self, file: FileId) -> Arc<FileItems> {
        self.base.items(file)
    }

    fn includes(&self, file: FileId) -> Vec<IncludeLine> {
        let mut lines = self.base.includes(file);
        lines.extend(self.computed.get(&file).into_iter().flatten().cloned());
        lines
    }

    fn line(&self, file: FileId, offset: u32) -> LineNumber {
        self.base.line(file, offset)
    }

    fn source(&self, file: FileId) -> Arc<[u8]> {
        self.base.source(file)
    }
}
