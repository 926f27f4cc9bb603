//! A policy as TOML text: the form of the file, and the one profile of it that is asked for as a [`Policy`].
//!
//! Unknown keys are errors with their place and the nearest known key: a typo must not switch a gate off.

use std::collections::BTreeMap;

use regex::Regex;
use serde::Deserialize;

use super::Severity;
use super::error::{PolicyError, malformed};
use super::generated::Generated;
use super::maintainers::Dialect;
use super::rule::Rule;
use super::zones::{Zone, ZoneClass};
use crate::category::{Category, size::SizeCap};

/// The policies that are compiled in: name and text, sorted by name.
pub const COMPILED_IN: &[(&str, &str)] = &[
    ("generic", include_str!("data/generic.toml")),
    ("libvirt", include_str!("data/libvirt.toml")),
    ("linux", include_str!("data/linux.toml")),
    ("qemu", include_str!("data/qemu.toml")),
    ("xen", include_str!("data/xen.toml")),
];

/// Whether the project applies a profile today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The project's own text says so.
    InForce,
    /// Proposed and not adopted: a verdict says what the proposal would say, never what the project allows.
    Proposed,
    /// No project's text: defaults of this program or of the policy's author.
    Advice,
}

/// One profile of one policy, ready to judge with.
#[derive(Clone, Debug)]
pub struct Policy {
    /// The project.
    pub name: String,
    /// The profile.
    pub profile: String,
    /// Whether it is in force.
    pub standing: Standing,
    /// What it says, one sentence.
    pub summary: String,
    /// The day its sources were last read, `YYYY-MM-DD`.
    pub checked: String,
    /// The texts behind it, by the short name that rules use.
    pub sources: BTreeMap<String, String>,
    /// The rules that are on.
    pub rules: BTreeMap<Rule, RuleSetting>,
    /// How AI use is disclosed.
    pub disclosure: DisclosureForm,
    /// What AI content is taken in.
    pub admission: Admission,
    /// Figures above or below which a rule fires.
    pub thresholds: Thresholds,
    /// Whose agreement counts, and as what.
    pub maintainers: MaintainersForm,
    /// In the order of the file; the first that holds a path is its zone.
    pub zones: Vec<Zone>,
    /// Lines that outlive a revert wherever they stand.
    pub irreversible_lines: Vec<IrreversibleLine>,
    /// Descriptions that are no C and from which the build makes C.
    pub generated: Vec<Generated>,
}

/// How a policy weighs one rule.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RuleSetting {
    /// Its weight.
    pub severity: Severity,
    /// The short name of the text it comes from, or `inferred`.
    pub source: String,
    /// The day that text was read, where it differs from the policy's own.
    pub checked: Option<String>,
}

/// How AI use is disclosed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct DisclosureForm {
    /// The trailer's key; `None` where the project names none.
    pub key: Option<String>,
    /// The forms of a value, newest first; none means that any value will do.
    pub grammar: Vec<Grammar>,
    /// What splits a value into items, for `words`.
    pub separator: Option<String>,
    /// The words of an item, each with the zone classes that it covers; none means that items are not looked at.
    pub words: BTreeMap<String, Vec<ZoneClass>>,
    /// Whether a value may not name a tool, a model or an address.
    pub scope_only: bool,
    /// Keys that may not credit an AI.
    pub forbidden_keys: Vec<String>,
    /// Trailers that stand behind the disclosure.
    pub before: Vec<String>,
}

/// One dated form of a disclosure's value.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Grammar {
    /// Its name, for messages.
    pub name: String,
    /// A regular expression for the whole value.
    #[serde(deserialize_with = "whole_pattern")]
    pub pattern: Regex,
    /// The first day it is the documented form, `YYYY-MM-DD`.
    pub from: Option<String>,
    /// The first day it no longer is.
    pub until: Option<String>,
    /// Whether the project documents it; else it is known from use, and fires the rule.
    #[serde(default = "documented")]
    pub documented: bool,
}

fn documented() -> bool {
    true
}

/// What AI content is taken in. Without `categories` every category is.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Admission {
    /// The categories that are taken.
    pub categories: Option<Vec<Category>>,
    /// When a change is small.
    pub small_fix: Option<SizeCap>,
    /// Trailers of which a small fix has one.
    pub fix_trailers: Vec<String>,
    /// Trailers that record a maintainer's agreement.
    pub approval_trailers: Vec<String>,
    /// How many other files may use a file's symbols before it counts as core.
    pub fan_in_is_core_above: Option<u32>,
}

/// Where the tree names its maintainers, and how they agree.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct MaintainersForm {
    /// The file, from the root of the tree.
    pub file: String,
    /// How it is read; told by its text where it is not set.
    pub dialect: Option<Dialect>,
    /// Trailers of a maintainer that say so.
    pub approval_trailers: Vec<String>,
    /// Whether the sign-off of a maintainer who passes a change on says so too.
    pub sign_off_agrees: bool,
}

impl Default for MaintainersForm {
    fn default() -> Self {
        Self {
            file: "MAINTAINERS".to_owned(),
            dialect: None,
            approval_trailers: vec!["Acked-by".to_owned(), "Reviewed-by".to_owned()],
            sign_off_agrees: true,
        }
    }
}

/// Figures above or below which a rule fires; one that is not set is not asked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Thresholds {
    /// For `score-low`, in `[0, 100]`.
    pub score_at_least: Option<f64>,
    /// For `impact-high`: symbols of the estimated impact set.
    pub impact_at_most: Option<u32>,
    /// For `surface-wide`: newly offered symbols and headers.
    pub surface_at_most: Option<u32>,
    /// For `cascade-long`: commits.
    pub cascade_at_most: Option<u32>,
}

/// Text that outlives a revert wherever it stands: a changed line that matches is irreversible.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct IrreversibleLine {
    /// Looked for in changed lines.
    #[serde(deserialize_with = "pattern")]
    pub pattern: Regex,
    /// What such a line is, for messages: `migration state`.
    pub what: String,
    /// The short name of the text it comes from, or `inferred`.
    pub source: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct PolicyFile {
    schema: u32,
    name: String,
    default_profile: String,
    checked: String,
    #[serde(default)]
    sources: BTreeMap<String, String>,
    #[serde(default)]
    rules: BTreeMap<Rule, RuleSetting>,
    #[serde(default)]
    thresholds: Thresholds,
    #[serde(default)]
    maintainers: MaintainersForm,
    profile: BTreeMap<String, ProfileFile>,
    #[serde(default)]
    zone: Vec<ZoneFile>,
    #[serde(default)]
    irreversible_line: Vec<IrreversibleLine>,
    #[serde(default)]
    generated: Vec<Generated>,
}

#[derive(Clone, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct ProfileFile {
    standing: Standing,
    summary: String,
    #[serde(default)]
    rules: BTreeMap<Rule, RuleSetting>,
    #[serde(default)]
    disclosure: DisclosureForm,
    #[serde(default)]
    admission: Admission,
    thresholds: Option<Thresholds>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct ZoneFile {
    name: String,
    class: ZoneClass,
    globs: Vec<String>,
    source: String,
}

impl Policy {
    /// Reads the profile called `profile`, or the file's default one.
    ///
    /// # Errors
    /// `Malformed` for what is no policy file, `UnknownProfile`, `BadGlob`, `UnknownSchema`, `UnknownSource`.
    pub fn from_toml(text: &str, profile: Option<&str>) -> Result<Self, PolicyError> {
        let file: PolicyFile = toml::from_str(text).map_err(|error| malformed(text, &error))?;
        if file.schema != 1 {
            return Err(PolicyError::UnknownSchema { found: file.schema });
        }
        let wanted = profile.unwrap_or(&file.default_profile).to_owned();
        let Some(chosen) = file.profile.get(&wanted).cloned() else {
            return Err(PolicyError::UnknownProfile {
                policy: file.name,
                profile: wanted,
                known: file.profile.into_keys().collect(),
            });
        };
        let policy = joined(file, chosen, &wanted)?;
        policy.check_sources()?;
        Ok(policy)
    }

    /// The compiled-in policy called `name` or `name/profile`.
    ///
    /// # Errors
    /// `UnknownPolicy` and `UnknownProfile`.
    pub fn compiled_in(name: &str) -> Result<Self, PolicyError> {
        let (policy, profile) = match name.split_once('/') {
            Some((policy, profile)) => (policy, Some(profile)),
            None => (name, None),
        };
        let Some((_, text)) = COMPILED_IN.iter().find(|(known, _)| *known == policy) else {
            return Err(PolicyError::UnknownPolicy {
                policy: policy.to_owned(),
            });
        };
        Self::from_toml(text, profile)
    }

    /// `name/profile`.
    #[must_use]
    pub fn full_name(&self) -> String {
        format!("{}/{}", self.name, self.profile)
    }

    fn check_sources(&self) -> Result<(), PolicyError> {
        let of_rules = self.rules.values().map(|setting| &setting.source);
        let of_zones = self.zones.iter().map(|zone| &zone.source);
        let of_lines = self.irreversible_lines.iter().map(|line| &line.source);
        let of_generated = self.generated.iter().map(|row| &row.source);
        let unknown = of_rules
            .chain(of_zones)
            .chain(of_lines)
            .chain(of_generated)
            .find(|source| *source != "inferred" && !self.sources.contains_key(*source));
        unknown.map_or(Ok(()), |source| {
            Err(PolicyError::UnknownSource {
                source_name: source.clone(),
                known: self.sources.keys().cloned().collect(),
            })
        })
    }
}

fn joined(file: PolicyFile, profile: ProfileFile, name: &str) -> Result<Policy, PolicyError> {
    let mut rules = file.rules;
    rules.extend(profile.rules);
    let zone = |zone: ZoneFile| {
        let name = zone.name.clone();
        Zone::new(zone.name, zone.class, zone.globs, zone.source).map_err(|(glob, cause)| {
            PolicyError::BadGlob {
                zone: name,
                glob,
                cause,
            }
        })
    };
    Ok(Policy {
        name: file.name,
        profile: name.to_owned(),
        standing: profile.standing,
        summary: profile.summary,
        checked: file.checked,
        sources: file.sources,
        rules,
        disclosure: profile.disclosure,
        admission: profile.admission,
        thresholds: profile.thresholds.unwrap_or(file.thresholds),
        maintainers: file.maintainers,
        zones: file.zone.into_iter().map(zone).collect::<Result<_, _>>()?,
        irreversible_lines: file.irreversible_line,
        generated: file.generated,
    })
}

pub(super) fn pattern<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Regex, D::Error> {
    let text = String::deserialize(deserializer)?;
    Regex::new(&text).map_err(serde::de::Error::custom)
}

fn whole_pattern<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Regex, D::Error> {
    let text = String::deserialize(deserializer)?;
    Regex::new(&format!("^(?:{text})$")).map_err(serde::de::Error::custom)
}
