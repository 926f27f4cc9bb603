//! Under which condition an item stands.

use crate::facts::{Role, SymbolKind};
use crate::items::{Arm, Guard, ItemKind};

use super::index::{FileId, ItemId, TreeIndex};

/// The innermost branch of an `#if` around an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Branch {
    /// The file.
    pub file: FileId,
    /// The offset of the directive that opens the group.
    pub opened_at: u32,
    /// Which branch.
    pub arm: Arm,
}

/// The innermost branch around an item; `None` for an item of every configuration.
///
/// `#ifndef X` with `#define X` behind it is no condition: it keeps from including twice, or lets X be given; nor is one
/// that asks for the macro itself that the item defines.
#[must_use]
pub(super) fn of_item(index: &dyn TreeIndex, item: ItemId) -> Option<Branch> {
    let layout = index.items(item.file);
    let mut next = layout.items.get(item.item as usize)?.guard;
    while let Some(guard) = next.and_then(|at| layout.guards.get(at as usize)) {
        if !is_default(index, item.file, guard) && !asks_for(index, item, guard) {
            return Some(Branch {
                file: item.file,
                opened_at: guard.opened_by.start,
                arm: guard.arm,
            });
        }
        next = guard.parent;
    }
    None
}

/// Whether the group of a branch begins by asking for the macro that an item inside defines.
fn asks_for(index: &dyn TreeIndex, item: ItemId, guard: &Guard) -> bool {
    let layout = index.items(item.file);
    let opener = layout
        .items
        .binary_search_by_key(&guard.opened_by.start, |item| item.span.start);
    let Ok(opener) = opener else {
        return false;
    };
    let opener = ItemId {
        item: crate::text::offset(opener),
        ..item
    };
    let [condition, define] = &index.facts(&[opener, item])[..] else {
        return false;
    };
    let own = define.definitions.first().map(|own| define.name(own.name));
    let asked = condition.references.iter();
    own.is_some_and(|own| {
        asked
            .filter(|one| one.role == Role::Condition)
            .any(|one| condition.name(one.name) == own)
    })
}

/// Whether a branch asks only whether the macro that it begins with is not defined yet.
fn is_default(index: &dyn TreeIndex, file: FileId, guard: &Guard) -> bool {
    let layout = index.items(file);
    let opener = layout
        .items
        .binary_search_by_key(&guard.directive.start, |item| item.span.start);
    let (Arm::First, Ok(opener)) = (guard.arm, opener) else {
        return false;
    };
    let defines = layout
        .items
        .get(opener + 1)
        .is_some_and(|next| next.kind == ItemKind::Define);
    if !defines {
        return false;
    }
    let id = |at: usize| ItemId {
        file,
        item: crate::text::offset(at),
    };
    let [condition, define] = &index.facts(&[id(opener), id(opener + 1)])[..] else {
        return false;
    };
    let [asked] = condition.references.as_slice() else {
        return false;
    };
    let defined = define
        .definitions
        .iter()
        .find(|one| one.kind == SymbolKind::Macro);
    asked.role == Role::Condition
        && defined.is_some_and(|one| define.name(one.name) == condition.name(asked.name))
}
