//! Members that their struct no longer has: `member`, and `restored` where a line comes back that needs one.
//!
//! The struct of an access is worked out from declared types; where that fails, a member counts as gone only if no
//! record of the merged tree has one of its name.

use std::collections::BTreeSet;

use crate::facts::{ItemFacts, Operand, Reference, Role, SymbolKind};
use crate::graph::index::{FileId, ItemId};
use crate::graph::owner::Sight;

use super::names::items_mentioning;
use super::touched::{TouchedFile, given, unread};
use super::tree::Tree;
use super::{BuildConflict, BuildConflictKind, Cause, Trees};

/// Every access to a member that is gone, unsorted.
pub(super) fn conflicts(trees: &Trees<'_>, touched: &[TouchedFile]) -> Vec<BuildConflict> {
    let mut found = lost_members(trees, touched);
    found.extend(
        touched
            .iter()
            .flat_map(|file| restored_accesses(trees, file)),
    );
    found
}

/// A member as an access names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Access {
    item: ItemId,
    /// Where it stands in its file.
    offset: u32,
    name: String,
    /// The record, where the declarations in sight say it.
    record: Option<String>,
}

/// Accesses anywhere to members that the back-out takes out of their records.
fn lost_members(trees: &Trees<'_>, touched: &[TouchedFile]) -> Vec<BuildConflict> {
    let mut lost: BTreeSet<(Option<String>, String)> = BTreeSet::new();
    for file in touched {
        let members = |tree: &Tree<'_>, items: &[ItemId]| -> BTreeSet<_> {
            given(tree.index, items)
                .into_iter()
                .filter(|one| one.kind == SymbolKind::Member)
                .map(|one| (one.parent, one.name))
                .collect()
        };
        let before = members(&trees.target, &file.items.before);
        let after = members(&trees.merged, &file.items.after);
        let unread = unread(trees.merged.index, &file.items.after);
        let gone = before.difference(&after);
        lost.extend(gone.filter(|(_, name)| !unread.contains(name)).cloned());
    }
    let names: BTreeSet<String> = lost.iter().map(|(_, name)| name.clone()).collect();
    trees.merged.learn(&names);
    let accesses = accesses_of(&trees.merged, &names);
    accesses
        .into_iter()
        .map(|access| with_record(trees, access))
        .filter(|access| {
            let by_owner = (access.record.clone(), access.name.clone());
            access.record.is_none() || lost.contains(&by_owner)
        })
        .filter(|access| !has(&trees.merged, access) && had_at_target(trees, access))
        .map(|access| finding(trees, &access, Cause::Use))
        .collect()
}

/// An access whose record the merged tree no longer knows, with the record that the target has for the same item.
fn with_record(trees: &Trees<'_>, access: Access) -> Access {
    if access.record.is_some() {
        return access;
    }
    let place = |tree: &Tree<'_>, access: &Access| {
        let item = tree.index.item(access.item);
        (item.key, access.offset - item.span.start)
    };
    let path = trees.merged.path(access.item.file);
    let there = trees.target.index.file(&path);
    let names = [access.name.clone()].into();
    let then = there.map_or_else(Vec::new, |file| accesses_in(&trees.target, file, &names));
    let here = place(&trees.merged, &access);
    let mut same = then.into_iter();
    let same = same.find(|then| place(&trees.target, then) == here);
    Access {
        record: same.and_then(|then| then.record),
        ..access
    }
}

/// Whether the tree has the member: in the record, or in any record where that is not known.
fn has(tree: &Tree<'_>, access: &Access) -> bool {
    let sites = tree.names.sites(&access.name);
    let mut members = sites.iter().filter(|site| site.kind == SymbolKind::Member);
    members.any(|site| match &access.record {
        Some(record) => site.parent.as_deref() == Some(record),
        None => true,
    })
}

/// Whether the target has the same access in the same file, and the member for it.
fn had_at_target(trees: &Trees<'_>, access: &Access) -> bool {
    let Some(file) = trees
        .target
        .index
        .file(&trees.merged.path(access.item.file))
    else {
        return false;
    };
    had(&trees.target, file, access)
}

fn had(tree: &Tree<'_>, file: FileId, access: &Access) -> bool {
    let names = [access.name.clone()].into();
    let same = accesses_in(tree, file, &names);
    same.iter()
        .any(|then| then.record == access.record && has(tree, then))
}

/// Accesses that the back-out brings back.
fn restored_accesses(trees: &Trees<'_>, file: &TouchedFile) -> Vec<BuildConflict> {
    let brought = read(&trees.merged, &file.items.after, |_| true);
    let names: BTreeSet<String> = brought.iter().map(|one| one.name.clone()).collect();
    let there = file.file.before.map_or_else(Vec::new, |before| {
        accesses_in(&trees.target, before, &names)
    });
    let there: BTreeSet<_> = there
        .into_iter()
        .map(|one| (one.record, one.name))
        .collect();
    let is_new = |one: &Access| !there.contains(&(one.record.clone(), one.name.clone()));
    brought
        .into_iter()
        .filter(|one| is_new(one) && !has(&trees.merged, one))
        .filter_map(|one| {
            let source = trees.source.index.file(&file.path)?;
            had(&trees.source, source, &one).then_some(())?;
            let path = record_path(&trees.source, &one).unwrap_or_else(|| file.path.clone());
            Some(finding(trees, &one, Cause::Loss { path }))
        })
        .collect()
}

/// Where a tree declares the member of an access.
fn record_path(tree: &Tree<'_>, access: &Access) -> Option<crate::text::FilePath> {
    let sites = tree.names.sites(&access.name);
    let site = sites.iter().find(|site| {
        let of_record =
            access.record.is_none() || site.parent.as_deref() == access.record.as_deref();
        site.kind == SymbolKind::Member && of_record
    })?;
    Some(tree.path(site.item.file))
}

/// The accesses to members of these names anywhere in the tree.
fn accesses_of(tree: &Tree<'_>, names: &BTreeSet<String>) -> Vec<Access> {
    let asked: Vec<&str> = names.iter().map(String::as_str).collect();
    let items = tree.index.mentioning(&asked);
    read(tree, &items, |name| names.contains(name))
}

/// The same in one file.
fn accesses_in(tree: &Tree<'_>, file: FileId, names: &BTreeSet<String>) -> Vec<Access> {
    let items = items_mentioning(tree.index, file, names);
    read(tree, &items, |name| names.contains(name))
}

/// The member accesses in the items; those whose object is a local of unknown type too.
fn read(tree: &Tree<'_>, items: &[ItemId], wanted: impl Fn(&str) -> bool) -> Vec<Access> {
    let mut found = Vec::new();
    for (id, facts) in items.iter().zip(tree.index.facts(items)) {
        let start = tree.index.item(*id).span.start;
        for reference in &facts.references {
            let name = facts.names.name(reference.name);
            if let Some(owner) = owner(reference).filter(|_| wanted(name)) {
                found.push(Access {
                    item: *id,
                    offset: start + reference.span.start,
                    name: name.to_owned(),
                    record: record(tree, *id, &facts, owner),
                });
            }
        }
    }
    found
}

fn owner(reference: &Reference) -> Option<&Operand> {
    match &reference.role {
        Role::Member { owner } | Role::MemberCall { owner, .. } => Some(owner),
        _ => None,
    }
}

fn record(tree: &Tree<'_>, item: ItemId, facts: &ItemFacts, owner: &Operand) -> Option<String> {
    let record = tree.names.record(&Sight::of(item, facts), owner)?;
    Some(record.as_ref().to_owned())
}

fn finding(trees: &Trees<'_>, access: &Access, cause: Cause) -> BuildConflict {
    let name = &access.name;
    let of = match &access.record {
        Some(record) => format!("`{record}`"),
        None => "any struct or union".to_owned(),
    };
    let (kind, because) = match &cause {
        Cause::Use => (
            BuildConflictKind::Member,
            format!("uses member `{name}`, which the back-out takes out of {of}"),
        ),
        Cause::Loss { path } => (
            BuildConflictKind::Restored,
            format!(
                "the back-out brings back this use of member `{name}` of {of}, which {path} had then and which is gone since"
            ),
        ),
    };
    let symbol = match &access.record {
        Some(record) => format!("{record}.{name}"),
        None => format!(".{name}"),
    };
    BuildConflict {
        path: trees.merged.path(access.item.file),
        line: trees.merged.line(access.item.file, access.offset),
        symbol,
        kind,
        because,
        cause,
    }
}
