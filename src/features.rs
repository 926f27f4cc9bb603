//! What is known of a change on the day it is made: the numbers that the score is computed from.
//!
//! Only facts that end at the change's own committer date: nothing here knows the future, nor the message.

use std::collections::BTreeSet;

use crate::change::{Change, FileChange};
use crate::facts::SymbolKind;
use crate::impact::ImpactSet;
use crate::surface::{self, Offer};
use crate::symbol_diff::{Facet, SymbolChange};
use crate::text::{self, FilePath};

/// What the history before a change says of the files it touches. All windows end at the change's committer date.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Past {
    /// Non-merge commits of the last 30 days that touched the busiest of the change's C files.
    pub busiest_file_commits: u32,
    /// The same, summed over its C files (a commit counts once for each file it touched).
    pub file_commits: u32,
}

/// The features of one change, by name; counts are of C files only.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Features {
    /// Lines added.
    pub lines_added: u32,
    /// Lines deleted.
    pub lines_deleted: u32,
    /// Hunks without context.
    pub hunks: u32,
    /// Lines added and deleted in the largest hunk.
    pub largest_hunk: u32,
    /// Files touched.
    pub files: u32,
    /// Headers among them.
    pub headers: u32,
    /// Functions that the change adds, removes or edits.
    pub functions: u32,
    /// External functions and objects, macros, types and enumerators that it newly offers.
    pub surface: u32,
    /// Functions whose parameters or return type it changes, and types whose members it changes.
    pub interfaces: u32,
    /// Symbols that reach the changed ones within the impact distance.
    pub impact: u32,
    /// [`Past::busiest_file_commits`].
    pub busiest_file_commits: u32,
    /// [`Past::file_commits`].
    pub file_commits: u32,
}

/// Computes the features of a change.
#[must_use]
pub fn of(
    change: &Change,
    symbols: &[SymbolChange],
    offers: &[Offer],
    impact: &ImpactSet,
    past: Past,
) -> Features {
    let c_files: Vec<&FileChange> = change
        .files
        .iter()
        .filter(|file| text::is_c_path(file.path()))
        .collect();
    let lines = c_files.iter().map(|file| file.line_counts());
    let hunk_sizes = c_files
        .iter()
        .flat_map(|file| &file.hunks)
        .map(|hunk| hunk.before.count + hunk.after.count);
    Features {
        lines_added: lines.clone().map(|count| count.after).sum(),
        lines_deleted: lines.map(|count| count.before).sum(),
        hunks: text::offset(c_files.iter().map(|file| file.hunks.len()).sum()),
        largest_hunk: hunk_sizes.max().unwrap_or_default(),
        files: text::offset(c_files.len()),
        headers: text::offset(
            c_files
                .iter()
                .filter(|file| surface::is_header(file.path()))
                .count(),
        ),
        functions: text::offset(functions(symbols)),
        surface: text::offset(offers.len()),
        interfaces: text::offset(
            symbols
                .iter()
                .filter(|change| is_interface_change(change))
                .count(),
        ),
        impact: text::offset(impact.estimated()),
        busiest_file_commits: past.busiest_file_commits,
        file_commits: past.file_commits,
    }
}

/// Functions that the compiler would see changed, each once.
fn functions(symbols: &[SymbolChange]) -> usize {
    let changed = symbols
        .iter()
        .filter(|change| !change.is_neutral())
        .map(SymbolChange::symbol);
    let functions = changed.filter(|symbol| symbol.kind == SymbolKind::Function);
    let distinct: BTreeSet<(&FilePath, &str)> = functions
        .map(|symbol| (&symbol.file, &symbol.name[..]))
        .collect();
    distinct.len()
}

/// Whether users of the symbol may have to change with it.
fn is_interface_change(change: &SymbolChange) -> bool {
    change.has(Facet::Signature) || change.has(Facet::Layout)
}

impl Features {
    /// All features with their names, in the order of the fields.
    #[must_use]
    pub fn named(&self) -> [(&'static str, u32); 12] {
        [
            ("lines_added", self.lines_added),
            ("lines_deleted", self.lines_deleted),
            ("hunks", self.hunks),
            ("largest_hunk", self.largest_hunk),
            ("files", self.files),
            ("headers", self.headers),
            ("functions", self.functions),
            ("surface", self.surface),
            ("interfaces", self.interfaces),
            ("impact", self.impact),
            ("busiest_file_commits", self.busiest_file_commits),
            ("file_commits", self.file_commits),
        ]
    }

    /// The features of these values, asked for by name.
    #[must_use]
    pub fn from_values(value: impl Fn(&str) -> u32) -> Self {
        Self {
            lines_added: value("lines_added"),
            lines_deleted: value("lines_deleted"),
            hunks: value("hunks"),
            largest_hunk: value("largest_hunk"),
            files: value("files"),
            headers: value("headers"),
            functions: value("functions"),
            surface: value("surface"),
            interfaces: value("interfaces"),
            impact: value("impact"),
            busiest_file_commits: value("busiest_file_commits"),
            file_commits: value("file_commits"),
        }
    }

    /// The feature of that name.
    #[must_use]
    pub fn value(&self, name: &str) -> Option<u32> {
        self.named()
            .into_iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }
}
