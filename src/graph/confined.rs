//! Which mentions of a name can mean a symbol that only the translation units of its own file see: a static function or
//! object, a macro, a typedef, an enumerator.
//!
//! Most such symbols stand in a file that nobody includes. Of the other files, only those that it may include itself can
//! mean them, so a mention in another translation unit need not be read: there are a thousand functions called `reset`.

use rustc_hash::FxHashMap;

use crate::facts::{Linkage, SymbolKind};

use super::Symbol;
use super::includes::Includes;
use super::index::{FileId, ItemId};

/// Mentions that are not worth being told apart.
const FEW: usize = 4;

/// Whether only who sees its definition can mean a symbol: it is neither linked by name, nor a tag that is completed
/// elsewhere, nor a member, whose record is found by its type.
pub(super) fn is_confined(symbol: &Symbol) -> bool {
    match symbol.kind {
        SymbolKind::Function | SymbolKind::Object => symbol.linkage == Linkage::Internal,
        SymbolKind::Macro | SymbolKind::Typedef | SymbolKind::Enumerator => true,
        SymbolKind::Struct | SymbolKind::Union | SymbolKind::Enum | SymbolKind::Member => false,
    }
}

/// The items that mention a name.
pub(super) struct Mentions {
    /// In order.
    pub(super) items: Vec<ItemId>,
    /// The files of the symbols of that name, where all of them are confined.
    pub(super) homes: Option<Vec<FileId>>,
}

impl Mentions {
    /// The files of the symbols, where nothing else mentions the name as they are meant.
    pub(super) fn only_at_home(&self) -> Option<&[FileId]> {
        let homes = self.homes.as_deref()?;
        let is_home = |item: &ItemId| homes.contains(&item.file);
        self.items.iter().all(is_home).then_some(homes)
    }
}

/// Which files are translation units by themselves, remembered.
#[derive(Default)]
pub(super) struct Units(FxHashMap<FileId, bool>);

impl Units {
    /// Leaves those items out that cannot mean the confined symbols they were looked up for.
    pub(super) fn confine(&mut self, all: &mut [Mentions], includes: &Includes<'_>) {
        let homes = all.iter().filter(|one| one.items.len() > FEW);
        let homes = homes.filter_map(|one| one.homes.as_ref()).flatten();
        self.learn(homes.copied().collect(), includes);
        let mut open: Vec<&mut Mentions> = all.iter_mut().collect();
        open.retain(|one| {
            let homes = one.homes.as_ref().filter(|_| one.items.len() > FEW);
            homes.is_some_and(|homes| homes.iter().all(|home| self.is_unit(*home)))
        });
        let files = open.iter().flat_map(|one| &one.items);
        self.learn(files.map(|item| item.file).collect(), includes);
        for one in open {
            let homes = one.homes.as_deref().unwrap_or_default();
            let may_mean = |item: &ItemId| homes.contains(&item.file) || !self.is_unit(item.file);
            one.items.retain(may_mean);
        }
    }

    fn learn(&mut self, mut files: Vec<FileId>, includes: &Includes<'_>) {
        files.retain(|file| !self.0.contains_key(file));
        files.sort_unstable();
        files.dedup();
        let are_units = includes.are_units(&files);
        self.0.extend(files.into_iter().zip(are_units));
    }

    fn is_unit(&self, file: FileId) -> bool {
        self.0.get(&file) == Some(&true)
    }
}
