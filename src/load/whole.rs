//! A whole tree at once: every symbol, every use, as sorted tables.
//!
//! Files are read in parallel and joined in the order of their paths, so the bytes do not depend on the threads.

use std::fmt::Write as _;
use std::sync::Arc;

use rayon::iter::{
    IndexedParallelIterator, IntoParallelIterator, IntoParallelRefIterator, ParallelIterator,
};
use rayon::slice::ParallelSliceMut;

use crate::cache::Store;
use crate::change::ObjectId;
use crate::facts::health::{self, Health};
use crate::facts::{self, ItemFacts, Linkage};
use crate::git::Repository;
use crate::graph::expansion::Expander;
use crate::graph::includes::Includes;
use crate::graph::index::{FileId, TreeIndex};
use crate::graph::macros::{FileMacros, Macros};
use crate::graph::made::MadeSymbols;
use crate::graph::resolve::Resolver;
use crate::graph::rows::{Row, Rows, Seen};
use crate::graph::symbols::{self, MadeOfFile, SymbolRow};
use crate::graph::uses::{self, Tree};
use crate::items::{ItemKey, ItemKind};
use crate::text::offset;

use super::LoadError;
use super::index::RevisionIndex;
use super::lines::SortedLines;
use super::packed::PackedIndex;

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
            let rows = symbols::of_file(&self.index, &macros, file);
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

    /// How well the tree is understood, and what each rule of the pre-pass does.
    #[must_use]
    pub fn health(&self) -> Health {
        let of_files = self.files().map(|file| {
            let path = self.index.path(file).to_string();
            health::of_bytes(&self.index.source(file)).named(&path)
        });
        of_files.reduce(Health::default, |sum, one| sum.plus(&one))
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

    /// Reads every fact of the tree, which fills the cache.
    pub fn fill(&self) {
        self.files().for_each(|file| {
            let source = self.index.source(file);
            for item in &self.index.items(file).items {
                let _stored = self.index.stored_facts(item, item.span.of(&source));
            }
        });
    }

    /// The uses as lines of TSV, sorted: in parts, one for each kind and file.
    #[must_use]
    pub fn edges(&self) -> Vec<Part> {
        let (mut index, read) = PackedIndex::read(&self.index);
        let includes = Includes::new(&self.index);
        let macros = Macros::new(&self.index, &includes, read.macros);
        index.include(macros.computed_includes());
        let heaviest_first = index.heaviest_first();
        let files = || heaviest_first.par_iter().with_max_len(1);
        let mut made: Vec<(FileId, MadeOfFile)> = files()
            .map(|file| (*file, symbols::made_of_file(&index, &macros, *file)))
            .collect();
        made.sort_by_key(|(file, _)| *file);
        let made = MadeSymbols::of(made.into_iter().map(|(_, made)| made));
        let resolver = Resolver::of_whole(&index, read.sites, &made);
        let tree = Tree {
            index: &index,
            expander: &Expander::new(&resolver),
            macros: &macros,
            made: &made,
            memo: &facts_of,
        };
        let parts = files().flat_map_iter(|file| self.parts(&uses::of_file(tree, *file)));
        let mut parts: Vec<Part> = parts.collect();
        parts.par_sort_unstable_by(|one, other| one.begin.cmp(&other.begin));
        joined(parts)
    }

    /// The rows of one file, by what their lines begin with.
    fn parts(&self, rows: &Rows) -> Vec<Part> {
        let rows: Vec<(&Row, &Seen)> = rows.iter().collect();
        let begin = |row: &Row| (row.kind, row.file);
        let parts = rows.chunk_by(|one, other| begin(one.0) == begin(other.0));
        parts.map(|rows| self.part(rows)).collect()
    }

    /// Rows of one kind and file.
    fn part(&self, rows: &[(&Row, &Seen)]) -> Part {
        let mut text = String::new();
        let mut ends = Vec::with_capacity(rows.len());
        for (row, seen) in rows {
            self.add_edge(row, seen, &mut text);
            ends.push(text.len());
        }
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let mut lines: Vec<&str> = starts
            .zip(&ends)
            .map(|(start, end)| &text[start..*end])
            .collect();
        lines.sort_unstable();
        lines.dedup();
        let first = rows.first().map(|(row, _)| row);
        Part {
            begin: first.map_or_else(String::new, |row| {
                format!("{}\t{}\t", row.kind.word(), self.index.path(row.file))
            }),
            lines: SortedLines::of(lines),
        }
    }

    fn add_edge(&self, row: &Row, seen: &Seen, line: &mut String) {
        for name in [&row.user, &row.target] {
            if let Some(owner) = &name.owner {
                line.push_str(owner);
                line.push('.');
            }
            line.push_str(&name.own);
            line.push('\t');
        }
        if let Some((file, _)) = row.target_at {
            let _infallible = write!(line, "{}", self.index.path(file));
        }
        let _infallible = write!(line, "\t{}\t", self.index.line(seen.file, seen.offset).0);
        if let Some((file, at)) = row.target_at {
            let _infallible = write!(line, "{}", self.index.line(file, at).0);
        }
    }
}

fn facts_of(_: ItemKey, kind: ItemKind, bytes: &[u8]) -> Arc<ItemFacts> {
    Arc::new(facts::of_item(bytes, kind))
}

/// Some lines of a table that begin alike.
#[derive(Debug)]
pub struct Part {
    /// What each line begins with.
    pub begin: String,
    /// The rest of each.
    pub lines: SortedLines,
}

impl Part {
    /// Its lines, each whole and with its end.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        for line in self.lines.iter() {
            text.push_str(&self.begin);
            text.push_str(&line);
            text.push('\n');
        }
        text
    }
}

/// Sorted parts, those that begin alike as one: a member of a header is set by many files.
fn joined(parts: Vec<Part>) -> Vec<Part> {
    let mut joined: Vec<Part> = Vec::with_capacity(parts.len());
    let mut parts = parts.into_iter().peekable();
    while let Some(Part { begin, lines }) = parts.next() {
        let mut alike = vec![lines];
        while let Some(next) = parts.next_if(|next| next.begin == begin) {
            alike.push(next.lines);
        }
        let lines = match alike.len() {
            1 => alike.remove(0),
            _ => SortedLines::joined(&alike),
        };
        joined.push(Part { begin, lines });
    }
    joined
}

/// The files of a tree, in parallel and in order.
trait IndexedFiles: rayon::iter::IndexedParallelIterator<Item = FileId> {}

impl<T: rayon::iter::IndexedParallelIterator<Item = FileId>> IndexedFiles for T {}
