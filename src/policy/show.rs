//! A policy in words: the rules in force, and which zone and rules a path meets.

use std::fmt::Write as _;

use crate::text::FilePath;

use super::file::{Policy, Standing};
use super::maintainers::{Person, Role};
use super::zones::{Zone, ZoneClass};

/// The whole policy as text: its standing, rules worst first as listed, zones in order, sources.
#[must_use]
pub fn text(policy: &Policy) -> String {
    let mut out = head(policy);
    out.push_str("\nrules\n");
    for (rule, setting) in &policy.rules {
        let _ = writeln!(
            out,
            "  {:6} {:34} {} [{}]",
            setting.severity,
            rule.code(),
            rule.help(),
            setting.source
        );
    }
    out.push_str("\nzones, the first that holds a path\n");
    for zone in &policy.zones {
        let _ = writeln!(
            out,
            "  {:13} {:12} {}",
            zone.name,
            class(zone.class),
            zone.globs.join(" ")
        );
    }
    for line in &policy.irreversible_lines {
        let _ = writeln!(out, "  lines of {}: {}", line.what, line.pattern);
    }
    for row in &policy.generated {
        let _ = writeln!(out, "  read as the C made of it: {}", row.globs.join(" "));
    }
    out.push_str("\nsources\n");
    for (name, source) in &policy.sources {
        let _ = writeln!(out, "  {name}: {source}");
    }
    out
}

fn head(policy: &Policy) -> String {
    let standing = match policy.standing {
        Standing::InForce => "in force",
        Standing::Proposed => "proposed, not adopted",
        Standing::Advice => "advice, no project's text",
    };
    format!(
        "{} ({standing}; sources checked {})\n{}\n",
        policy.full_name(),
        policy.checked,
        policy.summary
    )
}

/// Which zone a path is in and why, the zones that it would otherwise be in, and what follows.
#[must_use]
pub fn explain(policy: &Policy, path: &FilePath) -> String {
    let mut holding = policy.zones.iter().filter(|zone| zone.holds(path));
    let Some(zone) = holding.next() else {
        return format!("{path}: no zone of {} holds it\n", policy.full_name());
    };
    let mut out = format!(
        "{path}: zone {} ({}), by {} [{}]\n{}\n",
        zone.name,
        class(zone.class),
        globs_of(zone, path),
        zone.source,
        meaning(zone.class)
    );
    for later in holding {
        let _ = writeln!(
            out,
            "  also matched, later: zone {} by {}",
            later.name,
            globs_of(later, path)
        );
    }
    out
}

/// Who answers for a file, a line each.
#[must_use]
pub fn answering(people: &[Person]) -> String {
    let mut out = String::new();
    for person in people {
        let role = match person.role {
            Role::Maintainer => "maintainer",
            Role::Reviewer => "reviewer",
            Role::List => "list",
            Role::InFile => "in the file",
        };
        let _ = write!(out, "  {role:11} {}", person.mailbox);
        let _ = match (person.section.as_str(), person.status.as_str()) {
            ("", _) => writeln!(out),
            (section, "") => writeln!(out, "  [{section}]"),
            (section, status) => writeln!(out, "  [{section}: {status}]"),
        };
    }
    out
}

fn globs_of(zone: &Zone, path: &FilePath) -> String {
    let globs: Vec<_> = zone
        .matching(path)
        .into_iter()
        .map(|at| zone.globs[at].as_str())
        .collect();
    globs.join(", ")
}

fn class(class: ZoneClass) -> &'static str {
    match class {
        ZoneClass::Tests => "tests",
        ZoneClass::Docs => "docs",
        ZoneClass::Leaf => "leaf",
        ZoneClass::Core => "core",
        ZoneClass::Irreversible => "irreversible",
        ZoneClass::Forbidden => "forbidden",
    }
}

fn meaning(class: ZoneClass) -> &'static str {
    match class {
        ZoneClass::Tests => "  not counted as code",
        ZoneClass::Docs => "  documentation",
        ZoneClass::Leaf => "  code that little depends on",
        ZoneClass::Core => "  rule core-approval: AI use needs a recorded agreement",
        ZoneClass::Irreversible => "  rule irreversible-surface: what it says outlives a revert",
        ZoneClass::Forbidden => "  rule forbidden-zone: not edited by hand",
    }
}

/// What is suspicious about a policy, seen against the paths of a tree; empty where nothing is.
///
/// A glob that matches nothing, one that an earlier zone always wins over, a rule without the parameter it needs.
#[must_use]
pub fn lint(policy: &Policy, paths: &[FilePath]) -> Vec<String> {
    let mut problems = rules_without_parameter(policy);
    let mut globs: Vec<Vec<GlobUse>> = policy
        .zones
        .iter()
        .map(|zone| vec![GlobUse::default(); zone.globs.len()])
        .collect();
    for path in paths {
        let mut won = false;
        for (zone, uses) in policy.zones.iter().zip(&mut globs) {
            let matching = zone.matching(path);
            for at in &matching {
                uses[*at].matches += 1;
                uses[*at].wins += usize::from(!won);
            }
            won |= !matching.is_empty();
        }
    }
    for (zone, uses) in policy.zones.iter().zip(&globs) {
        for (glob, used) in zone.globs.iter().zip(uses) {
            problems.extend(used.problem(&zone.name, glob));
        }
    }
    problems
}

#[derive(Clone, Default)]
struct GlobUse {
    matches: usize,
    wins: usize,
}

impl GlobUse {
    fn problem(&self, zone: &str, glob: &str) -> Option<String> {
        match (self.matches, self.wins) {
            (0, _) => Some(format!("zone {zone}: {glob} matches no file of the tree")),
            (_, 0) => Some(format!(
                "zone {zone}: an earlier zone takes every file that {glob} matches"
            )),
            _ => None,
        }
    }
}

fn rules_without_parameter(policy: &Policy) -> Vec<String> {
    use super::rule::Rule;
    let limits = &policy.thresholds;
    let needs = [
        (
            Rule::ScoreLow,
            limits.score_at_least.is_some(),
            "thresholds.score-at-least",
        ),
        (
            Rule::ImpactHigh,
            limits.impact_at_most.is_some(),
            "thresholds.impact-at-most",
        ),
        (
            Rule::SurfaceWide,
            limits.surface_at_most.is_some(),
            "thresholds.surface-at-most",
        ),
        (
            Rule::CascadeLong,
            limits.cascade_at_most.is_some(),
            "thresholds.cascade-at-most",
        ),
        (
            Rule::CategoryNotAdmitted,
            policy.admission.categories.is_some(),
            "admission.categories",
        ),
        (
            Rule::CoreByUse,
            policy.admission.fan_in_is_core_above.is_some(),
            "admission.fan-in-is-core-above",
        ),
        (
            Rule::DisclosureKey,
            policy.disclosure.key.is_some(),
            "disclosure.key",
        ),
        (
            Rule::ForbiddenTrailer,
            !policy.disclosure.forbidden_keys.is_empty(),
            "disclosure.forbidden-keys",
        ),
        (
            Rule::CoreApproval,
            !policy.admission.approval_trailers.is_empty(),
            "admission.approval-trailers",
        ),
        (
            Rule::FixReference,
            !policy.admission.fix_trailers.is_empty(),
            "admission.fix-trailers",
        ),
    ];
    needs
        .iter()
        .filter(|(rule, given, _)| policy.rules.contains_key(rule) && !given)
        .map(|(rule, _, key)| format!("rule {} never fires: {key} is not set", rule.code()))
        .collect()
}
