//! Calls whose number of arguments no longer fits: `arity`, and `macro-shape` where it is a macro that changed under them.
//!
//! Judges by what the call's file sees: a prototype, a definition, or a macro. Where one of several fits, or one has
//! no checked parameters (`f()`, an object, a macro that stands for another name), nothing is claimed. A macro argument
//! that expands to several counts as one on both sides alike.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::{Parameters, SymbolKind};
use crate::graph::index::{FileId, ItemId, TreeIndex};
use crate::graph::resolve::Site;

use super::names::{Use, Uses, uses_of};
use super::touched::{TouchedFile, given};
use super::tree::{Tree, word};
use super::{BuildConflict, BuildConflictKind, Cause, Trees};

/// Every call that fitted and no longer does, unsorted.
pub(super) fn conflicts(
    trees: &Trees<'_>,
    touched: &[TouchedFile],
    brought: &[Uses],
) -> Vec<BuildConflict> {
    let mut found = changed_heads(trees, touched);
    let all = touched.iter().zip(brought);
    found.extend(all.flat_map(|(file, calls)| restored_calls(trees, file, calls)));
    found
}

/// How a call fits what its file sees of the name.
enum Fit {
    /// One of the providers takes so many arguments, or does not say.
    Fits(Site),
    /// Every provider in sight says another number.
    Misfits(Site),
    /// Nothing in sight, or no call.
    Unknown,
}

fn fit(tree: &Tree<'_>, name: &str, call: &Use) -> Fit {
    let Some(arguments) = call.arguments else {
        return Fit::Unknown;
    };
    let sites = tree.names.sites(name);
    let mut seen = sites.iter().filter(|site| tree.sees(call, site)).peekable();
    let Some(first) = seen.peek().copied() else {
        return Fit::Unknown;
    };
    match seen.find(|site| takes(site, arguments)) {
        Some(fitting) => Fit::Fits(fitting.clone()),
        None => Fit::Misfits(first.clone()),
    }
}

fn takes(site: &Site, arguments: u16) -> bool {
    let Some(parameters) = site.parameters else {
        return true;
    };
    let Parameters {
        count,
        variadic,
        checked,
    } = parameters;
    // `M()` gives a macro of one parameter one empty argument (ISO C 6.10.3).
    let empty = site.kind == SymbolKind::Macro && count == 1 && arguments == 0;
    !checked || arguments == count || variadic && arguments >= count || empty
}

/// What each function and macro of the items may be called with.
fn heads(tree: &dyn TreeIndex, items: &[ItemId]) -> BTreeMap<String, BTreeSet<Option<Parameters>>> {
    let mut heads: BTreeMap<String, BTreeSet<Option<Parameters>>> = BTreeMap::new();
    for one in given(tree, items) {
        if matches!(one.kind, SymbolKind::Function | SymbolKind::Macro) {
            heads.entry(one.name).or_default().insert(one.parameters);
        }
    }
    heads
}

/// Calls anywhere of functions and macros whose head the back-out changes.
fn changed_heads(trees: &Trees<'_>, touched: &[TouchedFile]) -> Vec<BuildConflict> {
    let mut names = BTreeSet::new();
    for file in touched {
        let before = heads(trees.target.index, &file.items.before);
        let after = heads(trees.merged.index, &file.items.after);
        let changed = after
            .into_iter()
            .filter(|(name, now)| before.get(name).is_some_and(|then| then != now));
        names.extend(changed.map(|(name, _)| name));
    }
    let now = uses_of(trees.merged.index, &names, |_| true);
    let then = uses_of(trees.target.index, &names, |_| true);
    misfits(trees, &now, |name, call| {
        let file = trees.target.index.file(&trees.merged.path(call.file()))?;
        fitting(&trees.target, &then, (name, call), file).map(|_| Cause::Use)
    })
}

/// The provider that the same call in `file` of another tree fits.
fn fitting(tree: &Tree<'_>, uses: &Uses, (name, call): (&str, &Use), file: FileId) -> Option<Site> {
    let same = uses.get(name)?.iter();
    same.filter(|then| then.file() == file && then.arguments == call.arguments)
        .find_map(|then| match fit(tree, name, then) {
            Fit::Fits(site) => Some(site),
            Fit::Misfits(_) | Fit::Unknown => None,
        })
}

/// The calls in `now` that misfit and for which `before` says that they fitted, with why they came to be.
fn misfits(
    trees: &Trees<'_>,
    now: &Uses,
    before: impl Fn(&str, &Use) -> Option<Cause>,
) -> Vec<BuildConflict> {
    trees.merged.learn(&now.keys().cloned().collect());
    let mut found = Vec::new();
    for (name, calls) in now {
        for call in calls {
            if let Fit::Misfits(site) = fit(&trees.merged, name, call)
                && let Some(cause) = before(name, call)
            {
                found.push(finding(trees, (name, call), &site, cause));
            }
        }
    }
    found
}

/// Calls that the back-out brings back although the callee has changed since.
fn restored_calls(trees: &Trees<'_>, file: &TouchedFile, calls: &Uses) -> Vec<BuildConflict> {
    misfits(trees, calls, |name, call| {
        let source = trees.source.index.file(&file.path)?;
        let uses = trees.source.uses_in_file(source, &[name.to_owned()].into());
        let site = fitting(&trees.source, &uses, (name, call), source)?;
        let path = trees.source.path(site.item.file);
        Some(Cause::Loss { path })
    })
}

fn finding(
    trees: &Trees<'_>,
    (name, call): (&str, &Use),
    site: &Site,
    cause: Cause,
) -> BuildConflict {
    let given = call.arguments.unwrap_or(0);
    let wanted = site.parameters.map_or(0, |parameters| parameters.count);
    let is_macro = site.kind == SymbolKind::Macro && cause == Cause::Use;
    BuildConflict {
        path: trees.merged.path(call.file()),
        line: trees.merged.line(call.file(), call.offset),
        symbol: name.to_owned(),
        kind: if is_macro {
            BuildConflictKind::MacroShape
        } else {
            BuildConflictKind::Arity
        },
        because: format!(
            "gives {what} `{name}` {given} argument{s}, and {place} then takes {wanted}",
            s = if given == 1 { "" } else { "s" },
            what = word(site.kind),
            place = trees.merged.place(site),
        ),
        cause,
    }
}
