//! What macros make of items, as the resolver and the uses of a file need it: the symbols of a tree that only an
//! expansion shows.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::{Form, SymbolKind};

use super::index::{FileId, ItemId};
use super::resolve::Site;
use super::symbols::{MadeOfFile, SymbolRow};

/// The symbols that macros make in one tree.
#[derive(Debug, Default)]
pub struct MadeSymbols {
    by_name: FxHashMap<Arc<str>, Vec<Site>>,
    /// The functions that an item defines under a name that a macro makes; several where configurations differ.
    functions: FxHashMap<ItemId, Vec<Arc<str>>>,
    /// The macros of which one call makes several symbols at file scope: the file and place of each's name.
    several: FxHashSet<(FileId, u32)>,
}

impl MadeSymbols {
    /// Joins what the macro calls of all files make, file after file in order.
    #[must_use]
    pub fn of(files: impl IntoIterator<Item = MadeOfFile>) -> Self {
        let mut made = Self::default();
        for file in files {
            file.rows.into_iter().for_each(|row| made.add(row));
            made.several.extend(file.several);
        }
        made
    }

    /// Whether one call of the macro whose name stands at this place makes several symbols at file scope.
    #[must_use]
    pub fn is_maker_of_several(&self, file: FileId, at: u32) -> bool {
        self.several.contains(&(file, at))
    }

    fn add(&mut self, row: SymbolRow) {
        let item = ItemId {
            file: row.file,
            item: row.item,
        };
        let name: Arc<str> = Arc::from(row.name);
        if row.symbol == SymbolKind::Function && row.form == Form::Definition {
            let names = self.functions.entry(item).or_default();
            if !names.contains(&name) {
                names.push(Arc::clone(&name));
            }
        }
        let site = Site {
            item,
            definition: u32::MAX,
            kind: row.symbol,
            form: row.form,
            linkage: row.linkage,
            parent: row.parent.map(Arc::from),
            type_name: row.type_name.map(Arc::from),
            dimensions: 0,
            parameters: row.parameters,
            offset: row.span.0,
        };
        self.by_name.entry(name).or_default().push(site);
    }

    /// All names with their symbols, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&Arc<str>, &[Site])> {
        self.by_name.iter().map(|(name, sites)| (name, &sites[..]))
    }

    /// The symbols of a name, in order of place.
    #[must_use]
    pub fn sites(&self, name: &str) -> &[Site] {
        self.by_name.get(name).map_or(&[], Vec::as_slice)
    }

    /// The names of the function that an item defines through a macro; empty where none makes its name.
    #[must_use]
    pub fn functions(&self, item: ItemId) -> &[Arc<str>] {
        self.functions.get(&item).map_or(&[], Vec::as_slice)
    }
}
