//! A whole tree at once: every symbol, every use, as sorted tables.
//!
//! Files are read in parallel and joined in the order of their paths, so the bytes do not depend on the threads.

use std::fmt::Write as _;
use std::sync::Arc;

use rayon::iter::{IntoParallelIterator, ParallelIterator};

use crate::cache::Store;
use crate::change::ObjectId;
use crate::facts::{self, ItemFacts, Linkage};
use crate::git::Repository;
use crate::graph::expansion::Expander;
use crate::graph::includes::Includes;
use crate::graph::index::{FileId, TreeIndex};
use crate::graph::macros::{FileMacros, Macros};
use crate::graph::made::{self, MadeSymbols};
use crate::graph::resolve::Resolver;
use crate::graph::symbols::{self, SymbolRow};
use crate::graph::uses::{self, Name, Row, Rows, Seen, Tree};
use crate::items::{ItemKey, ItemKind};
use crate::text::offset;

use super::LoadError;
use super::index::RevisionIndex;

/// The facts of a whole tree.
pub struct WholeTree<'a> {
    index: RevisionIndex<'a>,
}

impl<'a> WholeTree<'a> {
    /// Reads the tree of a commit; fills the cache.
    ///
    /// # Errors
    /// What git cannot read.
    pub fn open(
        repository: &Repository,
        commit: ObjectId,
        store: &'a Store,
    ) -> Result<Self, LoadError> {
        let tree = repository.commit(commit)?.tree;
        let index = RevisionIndex::open(repository, tree, store)?;
        Ok(Self { index })
    }

    /// What makes its answers weaker, in words.
    #[must_use]
    pub fn notes(&self) -> Vec<String> {
        self.index.notes()
    }

    fn files(&self) -> impl IndexedFiles {
        let count = offset(self.index.files().len());
        (0..count).into_par_iter().map(FileId)
    }

    /// The symbols as lines of TSV, sorted.
    #[must_use]
    pub fn symbols(&self) -> Vec<String> {
        let includes = Includes::new(&self.index);
        let macros = self.macros(&includes);
        let lines = self.files().flat_map_iter(|file| {
            let rows = symbols::of_file(&self.index, &macros, file, &facts_of);
            rows.into_iter()
                .map(|row| self.symbol_line(&row))
                .collect::<Vec<_>>()
        });
        let mut lines: Vec<String> = lines.collect();
        lines.sort_unstable();
        lines.dedup();
        lines
    }

    /// The macros of the tree; reads every file once more.
    fn macros<'i>(&'i self, includes: &'i Includes<'i>) -> Macros<'i> {
        let files = self.files().map(|file| {
            let source = self.index.source(file);
            FileMacros::of(&source, &self.index.items(file))
        });
        Macros::new(&self.index, includes, files.collect())
    }

    fn symbol_line(&self, row: &SymbolRow) -> String {
        let linkage = match row.linkage {
            Linkage::External => "extern",
            Linkage::Internal => "static",
            Linkage::None => "-",
        };
        format!(
            "{}\t{}\t{}\t{}\t{}\t{}\t{linkage}",
            row.kind,
            row.name,
            row.parent.as_deref().unwrap_or("-"),
            self.index.path(row.file),
            self.index.line(row.file, row.span.0).0,
            self.index.line(row.file, row.span.1).0,
        )
    }

    /// The uses as lines of TSV, sorted.
    #[must_use]
    pub fn edges(&self) -> Vec<String> {
        let includes = Includes::new(&self.index);
        let macros = self.macros(&includes);
        let made: Vec<Vec<SymbolRow>> = self
            .files()
            .map(|file| made::of_file(&self.index, &macros, file, &facts_of))
            .collect();
        let made = MadeSymbols::of(made.into_iter().flatten());
        let resolver = Resolver::with_made(&self.index, &made);
        let tree = Tree {
            index: &self.index,
            expander: &Expander::new(&resolver),
            macros: &macros,
            made: &made,
            memo: &facts_of,
        };
        let rows: Vec<Rows> = self.files().map(|file| uses::of_file(tree, file)).collect();
        let mut lines: Vec<String> = rows
            .iter()
            .flatten()
            .map(|(row, seen)| self.edge_line(row, seen))
            .collect();
        lines.sort_unstable();
        lines.dedup();
        lines
    }

    fn edge_line(&self, row: &Row, seen: &Seen) -> String {
        let mut line = format!(
            "{}\t{}\t{}\t{}\t",
            row.kind.word(),
            self.index.path(row.file),
            shown(&row.user),
            shown(&row.target),
        );
        if let Some((file, _)) = row.target_at {
            let _infallible = write!(line, "{}", self.index.path(file));
        }
        let _infallible = write!(line, "\t{}\t", self.index.line(seen.file, seen.offset).0);
        if let Some((file, at)) = row.target_at {
            let _infallible = write!(line, "{}", self.index.line(file, at).0);
        }
        line
    }
}

fn facts_of(_: ItemKey, kind: ItemKind, bytes: &[u8]) -> Arc<ItemFacts> {
    Arc::new(facts::of_item(bytes, kind))
}

/// The files of a tree, in parallel and in order.
trait IndexedFiles: rayon::iter::IndexedParallelIterator<Item = FileId> {}

impl<T: rayon::iter::IndexedParallelIterator<Item = FileId>> IndexedFiles for T {}

fn shown(name: &Name) -> String {
    match &name.owner {
        Some(owner) => format!("{owner}.{}", name.own),
        None => name.own.to_string(),
    }
}
