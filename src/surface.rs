//! What a change newly offers for others to depend on.
//!
//! Does not see symbols that a macro expands to, nor whether a header is installed: a policy's zones say which paths
//! outlive a revert.

use serde::Serialize;

use crate::change::{Change, FileStatus};
use crate::facts::{Form, Linkage, SymbolKind};
use crate::symbol_diff::{Facet, Symbol, SymbolChange};
use crate::text::FilePath;

/// What kind of thing is offered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum OfferKind {
    /// A header that others can include.
    Header,
    /// A symbol.
    #[serde(untagged)]
    Symbol(SymbolKind),
}

/// Something that others can come to depend on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Offer {
    /// The file that offers it.
    pub file: FilePath,
    /// The symbol, a member with its record (`Record.member`), or the path of the header.
    pub name: String,
    /// What it is.
    pub kind: OfferKind,
}

/// Lists what a change newly offers, sorted by file and name, each once.
///
/// Functions and objects with external linkage, wherever they are; everything that a header defines or declares; new
/// headers themselves. A symbol that was renamed, or lost its `static`, is newly offered. The members of a struct that is
/// itself new are offered by their struct; a new member of an older struct stands for itself.
#[must_use]
pub fn of(change: &Change, symbols: &[SymbolChange]) -> Vec<Offer> {
    let new_headers = change.files.iter().filter(|file| {
        matches!(file.status(), FileStatus::Added | FileStatus::Renamed) && is_header(file.path())
    });
    let headers = new_headers.map(|file| Offer {
        file: file.path().clone(),
        name: file.path().to_string(),
        kind: OfferKind::Header,
    });
    let mut offers: Vec<Offer> = headers.chain(symbols.iter().filter_map(offered)).collect();
    offers.sort();
    offers.dedup();
    offers
}

fn offered(change: &SymbolChange) -> Option<Offer> {
    let symbol = change.sides.after.as_ref()?;
    if change.has(Facet::WithStruct) {
        return None;
    }
    let is_new = match &change.sides.before {
        None => true,
        Some(before) => change.has(Facet::Renamed) || !is_visible(before),
    };
    (is_new && is_visible(symbol)).then(|| Offer {
        file: symbol.file.clone(),
        name: match &symbol.parent {
            Some(parent) if symbol.kind == SymbolKind::Member => {
                format!("{parent}.{}", symbol.name)
            }
            _ => symbol.name.clone(),
        },
        kind: OfferKind::Symbol(symbol.kind),
    })
}

/// Whether other translation units can use a symbol.
fn is_visible(symbol: &Symbol) -> bool {
    match symbol.linkage {
        // A declaration in a source file announces what another file offers.
        Linkage::External => symbol.form != Form::Declaration || is_header(&symbol.file),
        Linkage::Internal | Linkage::None => is_header(&symbol.file),
    }
}

/// Whether a path names a file that others include.
#[must_use]
pub fn is_header(path: &FilePath) -> bool {
    let name = path.file_name();
    name.ends_with(b".h") || name.ends_with(b".h.inc")
}
