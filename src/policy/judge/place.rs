//! The rules about what a change touches: zones, core code, surfaces that outlive a revert, files that are no text.

use std::collections::BTreeSet;

use crate::change::{FileChange, FileMode, hunks};
use crate::text::{FilePath, LineIndex, LineNumber};

use super::super::rule::Rule;
use super::super::zones::ZoneClass;
use super::{Case, Draft, paths};

/// At most so many findings of one rule, so that a tree-wide change still has a readable report.
const LISTED: usize = 10;

pub(super) fn drafts(case: &Case<'_>) -> Vec<Draft> {
    let mut drafts = in_zone(case, ZoneClass::Forbidden, &forbidden);
    drafts.extend(in_zone(case, ZoneClass::Irreversible, &irreversible));
    drafts.extend(irreversible_lines(case));
    drafts.extend(case.files().iter().filter_map(not_text));
    if case.uses_ai() {
        drafts.extend(core_by_use(case));
        drafts.extend(mixed(case));
    }
    drafts
}

/// What `draft` says of the touched paths in zones of a class; the first few, and how many there were.
pub(super) fn in_zone(
    case: &Case<'_>,
    class: ZoneClass,
    draft: &dyn Fn(&FilePath, &str) -> Option<Draft>,
) -> Vec<Draft> {
    let mut drafts: Vec<_> = case
        .files()
        .iter()
        .flat_map(paths)
        .filter_map(|path| Some((path, case.policy.zone_of(path)?)))
        .filter(|(_, zone)| zone.class == class)
        .filter_map(|(path, zone)| Some(draft(path, &zone.name)?.at_path(path)))
        .collect();
    shorten(&mut drafts);
    drafts
}

/// Keeps the first few and says how many there were.
pub(super) fn shorten(drafts: &mut Vec<Draft>) {
    let more = drafts.len().saturating_sub(LISTED);
    drafts.truncate(LISTED);
    if let Some(last) = drafts.last_mut().filter(|_| more > 0) {
        last.evidence
            .push(format!("and {more} more places like this"));
    }
}

fn forbidden(path: &FilePath, zone: &str) -> Option<Draft> {
    Some(Draft::new(
        Rule::ForbiddenZone,
        format!("{path} is in zone {zone}, which is generated or imported"),
        "change it where it comes from, and import it again",
    ))
}

fn irreversible(path: &FilePath, zone: &str) -> Option<Draft> {
    Some(Draft::new(
        Rule::IrreversibleSurface,
        format!("{path} is in zone {zone}: what it says outlives a revert once it is released"),
        "leave it alone, or have it decided by a maintainer before the next release",
    ))
}

fn irreversible_lines(case: &Case<'_>) -> Vec<Draft> {
    let mut drafts: Vec<_> = case
        .files()
        .iter()
        .flat_map(|file| lines_of(case, file))
        .collect();
    shorten(&mut drafts);
    drafts
}

/// One finding a kind of line and file: the first such line, after the change where it is there.
fn lines_of(case: &Case<'_>, file: &FileChange) -> Vec<Draft> {
    let mut drafts = Vec::new();
    let mut kinds = BTreeSet::new();
    let changed = changed_lines(file);
    for rule in &case.policy.irreversible_lines {
        let found = changed
            .iter()
            .find(|line| rule.pattern.is_match(&line.text));
        let Some(line) = found.filter(|_| kinds.insert(&rule.what)) else {
            continue;
        };
        let draft = Draft::new(
            Rule::IrreversibleSurface,
            format!(
                "a {} line touches {}, which outlives a revert",
                line.side, rule.what
            ),
            "leave it alone, or have it decided by a maintainer before the next release",
        );
        let draft = draft.at_path(file.path()).seen(line.text.trim());
        drafts.push(match line.number {
            Some(number) => draft.at_line(number),
            None => draft,
        });
    }
    drafts
}

pub(super) struct ChangedLine {
    side: &'static str,
    /// The line after the change; none for a deleted one.
    number: Option<u32>,
    pub(super) text: String,
}

/// The changed lines of a file, added ones first.
pub(super) fn changed_lines(file: &FileChange) -> Vec<ChangedLine> {
    let bytes = file.bytes();
    let lines = bytes.map(LineIndex::of);
    let sides = lines.as_ref().zip(bytes);
    let of = |(lines, bytes): (&LineIndex, &[u8]), range: hunks::LineRange, side| {
        let first = range.first.0.max(1);
        let numbers = first..first.saturating_add(range.count);
        let changed = numbers.map_while(|number| {
            let start = lines.start(LineNumber(number))? as usize;
            let text = &bytes[start..];
            let text = &text[..memchr::memchr(b'\n', text).unwrap_or(text.len())];
            Some(ChangedLine {
                side,
                number: (side == "added").then_some(number),
                text: String::from_utf8_lossy(&text[..text.len().min(1000)]).into_owned(),
            })
        });
        changed.collect::<Vec<_>>()
    };
    let added = file
        .hunks
        .iter()
        .flat_map(|hunk| of(sides.after, hunk.after, "added"));
    let deleted = file
        .hunks
        .iter()
        .flat_map(|hunk| of(sides.before, hunk.before, "deleted"));
    added.chain(deleted).collect()
}

fn not_text(file: &FileChange) -> Option<Draft> {
    let special = [&file.sides.before, &file.sides.after]
        .into_iter()
        .flatten()
        .find_map(|side| match side.mode {
            FileMode::Symlink => Some("a symbolic link"),
            FileMode::Submodule => Some("a submodule"),
            FileMode::Regular | FileMode::Executable => None,
        });
    let bytes = file.bytes();
    let binary = hunks::is_binary(bytes.before) || hunks::is_binary(bytes.after);
    let what = special.or(binary.then_some("binary"))?;
    Some(
        Draft::new(
            Rule::NotText,
            format!("{} is {what}: line counts say nothing of it", file.path()),
            "look at it yourself",
        )
        .at_path(file.path()),
    )
}

fn core_by_use(case: &Case<'_>) -> Vec<Draft> {
    let (Some(limit), Some(fan_in)) = (
        case.policy.admission.fan_in_is_core_above,
        case.evidence.measures.fan_in,
    ) else {
        return Vec::new();
    };
    let is_leaf = |path: &FilePath| {
        case.policy
            .zone_of(path)
            .is_none_or(|zone| zone.class == ZoneClass::Leaf)
    };
    let mut drafts: Vec<_> = fan_in
        .iter()
        .filter(|(path, users)| *users > limit && is_leaf(path))
        .map(|(path, users)| {
            Draft::new(
                Rule::CoreByUse,
                format!("{users} other files use {path}, more than {limit}: treat it as core"),
                "get a maintainer's agreement first, and record it",
            )
            .at_path(path)
        })
        .collect();
    shorten(&mut drafts);
    drafts
}

fn mixed(case: &Case<'_>) -> Option<Draft> {
    let kinds: BTreeSet<_> = case
        .files()
        .iter()
        .map(|file| case.policy.kind_of(file.path()))
        .collect();
    (kinds.len() > 1).then(|| {
        Draft::new(
            Rule::MixedZones,
            "the change mixes code with tests or documentation",
            "give each a patch of its own",
        )
        .seen(
            kinds
                .iter()
                .map(|kind| format!("{kind:?}").to_lowercase())
                .collect::<Vec<_>>()
                .join(", "),
        )
    })
}
