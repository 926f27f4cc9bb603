//! Every symbol that one file defines or declares, as rows.

use std::sync::Arc;

use crate::facts::{Definition, Form, ItemFacts, Linkage, SymbolKind};
use crate::text::offset;

use super::index::{FileId, ItemId, TreeIndex};

/// One symbol of a file, as `index --symbols` prints it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SymbolRow {
    /// Its kind: that of the symbol, `proto` and `extern` for what is only declared.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// The record of a member, the enum of an enumerator.
    pub parent: Option<String>,
    /// Its file.
    pub file: FileId,
    /// The offsets of its first and last byte.
    pub span: (u32, u32),
    /// Its linkage.
    pub linkage: Linkage,
}

/// The symbols of one file at file scope, in order of place.
#[must_use]
pub fn of_file(index: &dyn TreeIndex, file: FileId) -> Vec<SymbolRow> {
    let count = index.items(file).items.len();
    let ids: Vec<ItemId> = (0..count)
        .map(|at| ItemId {
            file,
            item: offset(at),
        })
        .collect();
    let mut rows = Vec::new();
    for (id, facts) in ids.iter().zip(index.facts(&ids)) {
        let start = index.item(*id).span.start;
        rows.extend(of_item(file, start, &facts));
    }
    rows
}

fn of_item(file: FileId, start: u32, facts: &Arc<ItemFacts>) -> Vec<SymbolRow> {
    let definitions = facts.definitions.iter();
    let rows = definitions.filter_map(|definition| {
        if !is_file_scope(facts, definition) {
            return None;
        }
        Some(SymbolRow {
            kind: kind(definition)?,
            name: facts.name(definition.name).to_owned(),
            parent: definition
                .parent
                .map(|parent| facts.name(parent).to_owned()),
            file,
            span: (
                start + definition.span.start,
                start + definition.span.end.saturating_sub(1),
            ),
            linkage: definition.linkage,
        })
    });
    rows.collect()
}

fn is_file_scope(facts: &ItemFacts, definition: &Definition) -> bool {
    let mut within = definition.within;
    for _ in 0..16 {
        let Some(outer) = within.and_then(|at| facts.definitions.get(at as usize)) else {
            return true;
        };
        if outer.kind == SymbolKind::Function {
            return false;
        }
        within = outer.within;
    }
    true
}

fn kind(definition: &Definition) -> Option<&'static str> {
    Some(match (definition.kind, definition.form) {
        (SymbolKind::Function, Form::Declaration) => "proto",
        (SymbolKind::Object, Form::Declaration) => "extern",
        (SymbolKind::Object, _) => "global",
        (SymbolKind::Struct | SymbolKind::Union | SymbolKind::Enum, Form::Declaration) => {
            return None;
        }
        (kind, _) => kind.name(),
    })
}
