//! Second definitions in one scope: `redefinition`; declarations and definitions that contradict each other: `declaration`.
//!
//! Definitions under a condition are alternatives and never judged, nor are typedefs (C11 admits the same one twice).
//! Of parameters, their number and their types as far as `types` understands them are compared, and the linkage; results are not.

use std::collections::BTreeSet;

use crate::facts::{Form, Linkage, Parameters, SymbolKind};
use crate::graph::index::FileId;
use crate::graph::resolve::Site;
use crate::text::FilePath;

use super::guards::is_conditional;
use super::touched::{TouchedFile, given};
use super::tree::{Tree, is_pulled_in, word};
use super::{BuildConflict, BuildConflictKind, Cause, Trees, heads};

/// Every pair that clashes in the merged tree and did not at the target, unsorted.
pub(super) fn conflicts(trees: &Trees<'_>, touched: &[TouchedFile]) -> Vec<BuildConflict> {
    touched
        .iter()
        .filter_map(|file| Some((file, file.file.after?)))
        .flat_map(|(file, after)| in_file(trees, file, after))
        .collect()
}

/// What the back-out brings into one file, against everything that shares its scope.
fn in_file(trees: &Trees<'_>, file: &TouchedFile, after: FileId) -> Vec<BuildConflict> {
    let before = given(trees.target.index, &file.items.before);
    let mut brought: BTreeSet<String> = given(trees.merged.index, &file.items.after)
        .difference(&before)
        .filter(|one| one.kind != SymbolKind::Member)
        .map(|one| one.name.clone())
        .collect();
    let now = heads::heads(&trees.merged, &file.items.after);
    let then = heads::heads(&trees.target, &file.items.before);
    brought.extend(now.difference(&then).map(|(name, _)| name.clone()));
    trees.merged.learn(&brought);
    let mut found = Vec::new();
    for name in brought {
        let clashes = clashes(&trees.merged, &name);
        if clashes.is_empty() {
            continue;
        }
        // What clashed before the change compiles for a reason that is not seen here.
        let mut there = keys(&trees.source, &name);
        // But no compiler takes two bodies of a function in one file, or another type of a parameter: the change mended that.
        there.retain(|(one, other, why)| match why {
            Why::TwoBodies => one != other,
            Why::Types => false,
            Why::DefinedTwice | Why::Parameters | Why::Linkage => true,
        });
        there.extend(keys(&trees.target, &name));
        found.extend(
            clashes
                .into_iter()
                .filter(|clash| clash.site.item.file == after || clash.other.item.file == after)
                .filter(|clash| !there.contains(&clash.key(&trees.merged)))
                .map(|clash| finding(trees, &name, &clash)),
        );
    }
    found
}

fn keys(tree: &Tree<'_>, name: &str) -> BTreeSet<(FilePath, FilePath, Why)> {
    let all = clashes(tree, name).into_iter();
    all.map(|clash| clash.key(tree)).collect()
}

/// Two providers of one name that cannot stand together.
struct Clash {
    /// The later of the two, where the compiler complains.
    site: Site,
    other: Site,
    why: Why,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Why {
    TwoBodies,
    DefinedTwice,
    Parameters,
    Types,
    Linkage,
}

impl Clash {
    /// What two trees have in common of the same clash.
    fn key(&self, tree: &Tree<'_>) -> (FilePath, FilePath, Why) {
        let path = |site: &Site| tree.path(site.item.file);
        (path(&self.site), path(&self.other), self.why)
    }
}

/// The clashes among the unconditional providers of a name, one for each provider at most.
fn clashes(tree: &Tree<'_>, name: &str) -> Vec<Clash> {
    let all = tree.names.sites(name);
    let sites: Vec<&Site> = all
        .iter()
        .filter(|site| !is_conditional(tree.index, site.item))
        .collect();
    let mut found = Vec::new();
    for site in &sites {
        let clash = sites.iter().find_map(|other| {
            let why = why(tree, site, other)?;
            let is_later = other.item.file != site.item.file || other.offset < site.offset;
            (is_later && shares_scope(tree, site, other, why)).then(|| Clash {
                site: (*site).clone(),
                other: (*other).clone(),
                why,
            })
        });
        found.extend(clash);
    }
    found
}

/// Why two providers clash where they share a scope.
fn why(tree: &Tree<'_>, site: &Site, other: &Site) -> Option<Why> {
    let defines = |site: &Site| site.form == Form::Definition;
    if std::ptr::eq(site, other) || !same_name_space(site.kind, other.kind) {
        return None;
    }
    let are_functions = (site.kind, other.kind) == (SymbolKind::Function, SymbolKind::Function);
    if defines(site) && defines(other) {
        return Some(match are_functions {
            true => Why::TwoBodies,
            false => Why::DefinedTwice,
        });
    }
    if !are_functions {
        return None;
    }
    if site.linkage == Linkage::Internal && other.linkage == Linkage::External {
        return Some(Why::Linkage);
    }
    let (one, two) = (site.parameters?, other.parameters?);
    if !one.checked || !two.checked {
        return None;
    }
    if !fits(one, two) {
        return Some(Why::Parameters);
    }
    heads::contradict(tree, site, other).then_some(Why::Types)
}

fn fits(one: Parameters, two: Parameters) -> bool {
    (one.count, one.variadic) == (two.count, two.variadic)
}

/// Whether the kinds share a name space in which two definitions clash (ISO C 6.2.3); macros and typedefs do not.
fn same_name_space(one: SymbolKind, other: SymbolKind) -> bool {
    let ordinary = |kind| {
        matches!(
            kind,
            SymbolKind::Function | SymbolKind::Object | SymbolKind::Enumerator
        )
    };
    let tag = |kind| {
        matches!(
            kind,
            SymbolKind::Struct | SymbolKind::Union | SymbolKind::Enum
        )
    };
    ordinary(one) && ordinary(other) || tag(one) && tag(other)
}

/// Whether one translation unit holds both: the same file, or the second included by the first. Two external
/// definitions in two plain sources may be alternatives of two programs, so they are left to the linker.
fn shares_scope(tree: &Tree<'_>, site: &Site, other: &Site, why: Why) -> bool {
    let (file, of) = (site.item.file, other.item.file);
    let is_early_enough = why != Why::Linkage || other.offset < site.offset || file != of;
    is_early_enough && (file == of || tree.includes(file, of) && is_pulled_in(&tree.path(of)))
}

fn finding(trees: &Trees<'_>, name: &str, clash: &Clash) -> BuildConflict {
    let Clash { site, other, why } = clash;
    let place = trees.merged.place(other);
    let what = word(site.kind);
    let (kind, because) = match why {
        Why::TwoBodies | Why::DefinedTwice => (
            BuildConflictKind::Redefinition,
            format!("defines {what} `{name}`, which {place} defines too"),
        ),
        Why::Parameters => (
            BuildConflictKind::Declaration,
            format!("`{name}` has other parameters here than at {place}"),
        ),
        Why::Types => (
            BuildConflictKind::Declaration,
            format!("a parameter of `{name}` has another type here than at {place}"),
        ),
        Why::Linkage => (
            BuildConflictKind::Declaration,
            format!("`{name}` is static here and not at {place}"),
        ),
    };
    BuildConflict {
        path: trees.merged.path(site.item.file),
        line: trees.merged.line(site.item.file, site.offset),
        symbol: name.to_owned(),
        kind,
        because,
        cause: Cause::Use,
    }
}
