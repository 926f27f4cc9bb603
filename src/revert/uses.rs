//! Uses that lose their name: `dangling`, `declaration` and `restored`.
//!
//! Two questions, since a merge breaks in two ways. What the back-out takes away (a definition, a declaration, an
//! include): does everybody who used it at the target still find the name? What it brings back: is there still somebody
//! who answers, where the tree that the line comes from had an answer?

use std::collections::BTreeSet;

use crate::facts::SymbolKind;
use crate::graph::index::FileId;
use crate::graph::resolve::Site;

use super::guards::stands_in;
use super::names::{Need, Use, Uses, uses_in, uses_of};
use super::touched::{Given, TouchedFile, all_items, given, provided, unread};
use super::tree::{Answer, is_pulled_in, word};
use super::{BuildConflict, BuildConflictKind, Cause, Trees};

/// Every use that loses its name, unsorted.
pub(super) fn conflicts(trees: &Trees<'_>, touched: &[TouchedFile]) -> Vec<BuildConflict> {
    let mut found = lost_providers(trees, touched);
    for file in touched {
        found.extend(moved_providers(trees, file));
        found.extend(lost_includes(trees, file));
        found.extend(restored_uses(trees, file));
    }
    found
}

/// Names that a file no longer provides as it did: asked of the whole tree.
fn lost_providers(trees: &Trees<'_>, touched: &[TouchedFile]) -> Vec<BuildConflict> {
    let lost: BTreeSet<String> = touched
        .iter()
        .flat_map(|file| lost_names(trees, file))
        .collect();
    let mut now = uses_of(trees.merged.index, &lost, |_| true);
    let mut then = uses_of(trees.target.index, &lost, |_| true);
    trees.target.add_pasted(&lost, &mut then);
    trees
        .merged
        .add_pasted(&then.keys().cloned().collect(), &mut now);
    lost_uses(trees, &then, &now, Answer::Declared)
}

/// The names of which the file loses a provider of some kind, form and linkage; none that stands in text which was not
/// understood.
fn lost_names(trees: &Trees<'_>, file: &TouchedFile) -> BTreeSet<String> {
    let standing_in = |one: &Given| (one.name.clone(), one.kind, one.form, one.linkage);
    let stays: BTreeSet<_> = given(trees.merged.index, &file.items.after)
        .iter()
        .map(standing_in)
        .collect();
    let unread = unread(trees.merged.index, &file.items.after);
    let is_lost = |one: &Given| {
        let may_stay = stays.contains(&standing_in(one)) || unread.contains(&one.name);
        one.kind != SymbolKind::Member && !may_stay
    };
    given(trees.target.index, &file.items.before)
        .into_iter()
        .filter(is_lost)
        .map(|one| one.name)
        .collect()
}

/// Names whose order inside the file may have changed, so that a use now stands before its declaration: asked of that
/// file alone.
fn moved_providers(trees: &Trees<'_>, file: &TouchedFile) -> Vec<BuildConflict> {
    let (Some(before), Some(after)) = (file.file.before, file.file.after) else {
        return Vec::new();
    };
    let merged = trees.merged.index;
    let own = provided(merged, &all_items(merged, after));
    let gone = provided(trees.target.index, &file.items.before);
    let moved: BTreeSet<String> = uses_in(merged, &file.items.after)
        .into_iter()
        .map(|(name, _)| name)
        .chain(gone)
        .filter(|name| own.contains(name))
        .collect();
    let then = trees.target.uses_in_file(before, &moved);
    let now = trees.merged.uses_in_file(after, &moved);
    lost_uses(trees, &then, &now, Answer::Nothing)
}

/// Names that came through an include that goes: asked of the file and of those that include it.
fn lost_includes(trees: &Trees<'_>, file: &TouchedFile) -> Vec<BuildConflict> {
    let (Some(before), Some(after)) = (file.file.before, file.file.after) else {
        return Vec::new();
    };
    let lost = no_longer_seen(trees, before, after);
    let names: BTreeSet<String> = lost
        .iter()
        .flat_map(|lost| provided(trees.target.index, &all_items(trees.target.index, *lost)))
        .collect();
    // A plain source is seldom included, and looking for who does so reads the includes of every user of the names.
    let is_alone = !is_pulled_in(&file.path);
    let then = uses_of(trees.target.index, &names, |user| {
        user == before || !is_alone && trees.target.includes(user, before)
    });
    let now = uses_of(trees.merged.index, &names, |user| {
        user == after || !is_alone && trees.merged.includes(user, after)
    });
    lost_uses(trees, &then, &now, Answer::Nothing)
}

/// The files, as of the target, that `before` includes and `after` does not, however deep.
fn no_longer_seen(trees: &Trees<'_>, before: FileId, after: FileId) -> Vec<FileId> {
    let is_lost = |seen: &FileId| {
        let there = trees.merged.index.file(&trees.target.path(*seen));
        there.is_some_and(|there| !trees.merged.includes(after, there))
    };
    let seen = trees.target.names.includes().reached(before).iter();
    seen.copied().filter(is_lost).collect()
}

/// The uses in `now` whose answer fell to `worst` or below from a better one that the target gives to `then`.
fn lost_uses(trees: &Trees<'_>, then: &Uses, now: &Uses, worst: Answer) -> Vec<BuildConflict> {
    let names: BTreeSet<String> = now.keys().cloned().collect();
    trees.merged.learn(&names);
    trees.target.learn(&names);
    let mut found = Vec::new();
    for (name, uses) in now {
        let then = then.get(name).map_or(&[][..], Vec::as_slice);
        for a_use in uses {
            let (answer, left) = trees.merged.answer(name, a_use);
            if answer <= worst
                && let Some((before, Some(provider))) = at_target(trees, name, then, a_use)
                && answer < before
                && !(answer == Answer::Nothing && only_stood_in(trees, name, then))
                && !comes_from_outside(trees, name, (a_use, answer))
            {
                found.push(lost(trees, (name, a_use), &provider, left));
            }
        }
    }
    found
}

/// Whether all that the target provided of a name stood in for the system's own, for the uses in sight of it.
fn only_stood_in(trees: &Trees<'_>, name: &str, then: &[Use]) -> bool {
    let sites = trees.target.names.sites(name);
    let is_seen = |site: &&Site| then.iter().any(|one| trees.target.sees(one, site));
    let seen: Vec<&Site> = sites.iter().filter(is_seen).collect();
    let is_alone = seen.len() == 1;
    let mut all = seen.iter();
    !seen.is_empty() && all.all(|site| stands_in(&trees.target, name, site, is_alone))
}

/// Whether the same file used the name before the change, and nothing in the tree answered it any better: then the system
/// or the build provides it, and goes on to do so. A line that stood there just so is enough.
fn comes_from_outside(trees: &Trees<'_>, name: &str, (a_use, now): (&Use, Answer)) -> bool {
    let Some(file) = trees.source.index.file(&trees.merged.path(a_use.file())) else {
        return false;
    };
    let uses = trees.source.uses_in_file(file, &[name.to_owned()].into());
    let uses = uses.get(name).map_or(&[][..], Vec::as_slice);
    // The replacement list of a macro sees more than a line of code does.
    let alike = |one: &&Use| (one.need, one.in_macro) == (a_use.need, a_use.in_macro);
    let mut same = uses.iter().filter(alike);
    let no_better = |one: &Use| trees.source.answer(name, one).0 <= now;
    if same.clone().next().is_some() && same.clone().all(no_better) {
        return true;
    }
    let line = trees.merged.line_text(a_use);
    same.any(|one| trees.source.line_text(one) == line && no_better(one))
}

/// How the target answers the same name in the same file; `None` where nothing there uses it so.
fn at_target(
    trees: &Trees<'_>,
    name: &str,
    then: &[Use],
    a_use: &Use,
) -> Option<(Answer, Option<Site>)> {
    let file = trees.target.index.file(&trees.merged.path(a_use.file()))?;
    then.iter()
        .filter(|then| then.file() == file && then.need == a_use.need)
        .map(|then| trees.target.answer(name, then))
        .max_by_key(|(answer, _)| *answer)
}

fn lost(
    trees: &Trees<'_>,
    (name, a_use): (&str, &Use),
    provider: &Site,
    left: Option<Site>,
) -> BuildConflict {
    let from = trees.target.place(provider);
    let what = word(provider.kind);
    let hidden = match left {
        Some(_) => None,
        None => trees.merged.definition_out_of_sight(name, a_use),
    };
    let (kind, because) = match hidden {
        Some(hidden) => (
            BuildConflictKind::Declaration,
            format!(
                "uses {what} `{name}`, which {} defines but nothing declares where this line sees it",
                trees.merged.place(&hidden)
            ),
        ),
        None => (
            BuildConflictKind::Dangling,
            format!("uses {what} `{name}`, which the back-out takes from {from}"),
        ),
    };
    finding(trees, (name, a_use), (kind, because), Cause::Use)
}

/// Uses that the back-out brings back and that nobody answers any more.
fn restored_uses(trees: &Trees<'_>, file: &TouchedFile) -> Vec<BuildConflict> {
    let Some(after) = file.file.after else {
        return Vec::new();
    };
    let brought = uses_in(trees.merged.index, &file.items.after);
    let names: BTreeSet<String> = brought.iter().map(|(name, _)| name.clone()).collect();
    let there_already = needs_at_target(trees, file, &names);
    let brought: Vec<_> = brought
        .into_iter()
        .filter(|(name, one)| !there_already.contains(&(name.clone(), one.need)))
        .collect();
    trees
        .merged
        .learn(&brought.iter().map(|(name, _)| name.clone()).collect());
    let unanswered: Vec<_> = brought
        .into_iter()
        .filter(|(name, one)| trees.merged.answer(name, one).0 == Answer::Nothing)
        .collect();
    if unanswered.is_empty() {
        return Vec::new();
    }
    let Some(source) = trees.source.index.file(&file.path) else {
        return Vec::new();
    };
    let names = unanswered.iter().map(|(name, _)| name.clone()).collect();
    trees.source.learn(&names);
    let then = trees.source.uses_in_file(source, &names);
    unanswered
        .iter()
        .filter(|(_, one)| one.file() == after)
        .filter_map(|(name, one)| restored(trees, &then, name, one))
        .collect()
}

/// How the file uses these names at the target.
fn needs_at_target(
    trees: &Trees<'_>,
    file: &TouchedFile,
    names: &BTreeSet<String>,
) -> BTreeSet<(String, Need)> {
    let Some(before) = file.file.before else {
        return BTreeSet::new();
    };
    let uses = trees.target.uses_in_file(before, names);
    uses.iter()
        .flat_map(|(name, uses)| uses.iter().map(|one| (name.clone(), one.need)))
        .collect()
}

fn restored(trees: &Trees<'_>, then: &Uses, name: &str, one: &Use) -> Option<BuildConflict> {
    let alike = || {
        then.get(name)
            .into_iter()
            .flatten()
            .filter(|then| then.need == one.need)
    };
    // A line that nothing answered then either asks for nothing.
    let line = trees.merged.line_text(one);
    let stood_alone = |then: &&Use| {
        trees.source.line_text(then) == line && trees.source.answer(name, then).0 == Answer::Nothing
    };
    if alike().any(|then| stood_alone(&then)) {
        return None;
    }
    let provider = alike().find_map(|then| trees.source.answer(name, then).1)?;
    let path = trees.source.path(provider.item.file);
    let because = format!(
        "the back-out brings back this use of {} `{name}`, which {path} provided then and nothing in sight provides now",
        word(provider.kind)
    );
    let what = (BuildConflictKind::Restored, because);
    Some(finding(trees, (name, one), what, Cause::Loss { path }))
}

fn finding(
    trees: &Trees<'_>,
    (name, a_use): (&str, &Use),
    (kind, because): (BuildConflictKind, String),
    cause: Cause,
) -> BuildConflict {
    BuildConflict {
        path: trees.merged.path(a_use.file()),
        line: trees.merged.line(a_use.file(), a_use.offset),
        symbol: name.to_owned(),
        kind,
        because,
        cause,
    }
}
