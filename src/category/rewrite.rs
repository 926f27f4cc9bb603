//! Rewrite rules mined from a change: few templates of which its edits are instances make a mechanical change.
//!
//! Rules are picked greedily, each covering the most edits that no earlier one covers; one that covers a single edit says
//! nothing and is not picked. What rules there may be: [`super::template`].

use std::collections::{BTreeMap, BTreeSet};

use super::edits::{self, Edit, Group};
use super::lexed::LexedFile;
use super::template::{self, Frequent, Template};

/// At most so many rules: more than a few explain nothing.
const RULES: usize = 12;

/// A change of at least so many edits may have odd ones beside its rules. Smaller ones are rewritten whole or not.
const EDITS_WITH_ODD: usize = 4;

/// Rules that cover everything are at most so many, as `mechanical` was first drawn up.
const RULES_OF_ALL: usize = 3;

/// Some rule stands in two files, or has so many instances: edits alike in one file are in many a fix.
const INSTANCES: usize = 30;

/// At most so many edits are looked at.
const EDITS: usize = 200_000;

/// A template that matches on no name takes so many instances: `true` became `false` twice in many a fix. Tuned on the
/// history of QEMU.
const UNANCHORED: usize = 4;

/// A rule and how often it was met.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Rewrite {
    template: Template,
    instances: usize,
    files: usize,
}

impl Rewrite {
    /// `a -> b, 12 instances in 3 files`.
    pub(super) fn in_words(&self) -> String {
        let side = |text: &str| {
            if text.is_empty() {
                "nothing".to_owned()
            } else {
                format!("`{text}`")
            }
        };
        format!(
            "{} -> {}, {} instances in {} file{}",
            side(&self.template.before),
            side(&self.template.after),
            self.instances,
            self.files,
            if self.files == 1 { "" } else { "s" }
        )
    }
}

/// What mining found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mined {
    /// In the order picked: widest cover first.
    pub(super) rules: Vec<Rewrite>,
    /// How many edits there are.
    pub(super) edits: usize,
    /// `path:line` of the edits that no rule covers, in order.
    pub(super) odd: Vec<String>,
}

impl Mined {
    /// Whether the rules say the change: told by them and its odd edits, it is at most two fifths as long. Of a small
    /// change they say everything.
    ///
    /// The bounds are where, on the history of QEMU, more would call bug fixes mechanical.
    pub(super) fn is_mechanical(&self) -> bool {
        let told = self.rules.len() + self.odd.len();
        let short = self.edits >= EDITS_WITH_ODD && told * 5 <= self.edits * 2;
        let whole = self.odd.is_empty() && self.rules.len() <= RULES_OF_ALL;
        let spread = |rule: &Rewrite| rule.files > 1 || rule.instances >= INSTANCES;
        (short || whole) && self.rules.iter().any(spread)
    }
}

/// The rules of these files' edits; `None` where there is no edit, or more than can be looked at.
pub(super) fn mine(files: &[&LexedFile<'_>]) -> Option<Mined> {
    let groups: Vec<(usize, Group<'_>)> = files
        .iter()
        .enumerate()
        .flat_map(|(number, file)| {
            edits::of(file)
                .into_iter()
                .map(move |group| (number, group))
        })
        .collect();
    let edits: usize = groups.iter().map(|(_, group)| group.edits.len()).sum();
    if edits == 0 || edits > EDITS {
        return None;
    }
    let readings = readings(&groups);
    let mut uncovered: BTreeSet<usize> = (0..edits).collect();
    let mut rules = Vec::new();
    while rules.len() < RULES
        && let Some((template, instances)) = widest(&readings, &uncovered)
    {
        for instance in instances {
            instance.edits.clone().for_each(|edit| {
                uncovered.remove(&edit);
            });
        }
        let files: BTreeSet<_> = instances.iter().map(|instance| instance.file).collect();
        rules.push(Rewrite {
            template: template.clone(),
            instances: instances.len(),
            files: files.len(),
        });
    }
    let all = groups
        .iter()
        .flat_map(|(file, group)| group.edits.iter().map(move |edit| (*file, edit)));
    let odd = all
        .enumerate()
        .filter(|(number, (_, edit))| {
            uncovered.contains(number) && !is_renamed_string(edit, &rules)
        })
        .map(|(_, (file, edit))| format!("{}:{}", files[file].change.path(), edit.line))
        .collect();
    Some(Mined { rules, edits, odd })
}

/// Where a template was met: the edits it accounts for, by number.
struct Instance {
    edits: std::ops::Range<usize>,
    file: usize,
}

type Readings = BTreeMap<Template, Vec<Instance>>;

/// Every template with its instances, those met once left out.
fn readings(groups: &[(usize, Group<'_>)]) -> Readings {
    let mut readings = Readings::new();
    let mut number = 0;
    let frequent = frequent(groups);
    for (file, group) in groups {
        let first = number;
        let mut note = |template: Template, edits: std::ops::Range<usize>| {
            let instances: &mut Vec<Instance> = readings.entry(template).or_default();
            // Two ways to read one edit may come to the same.
            if instances
                .last()
                .is_none_or(|last| last.edits.end <= edits.start)
            {
                instances.push(Instance { edits, file: *file });
            }
        };
        for edit in &group.edits {
            for template in template::of_edit(edit, &frequent) {
                note(template, number..number + 1);
            }
            number += 1;
        }
        for template in template::of_group(group, &frequent) {
            note(template, first..number);
        }
    }
    readings.retain(|template, instances| {
        instances.len()
            >= if template.is_anchored() {
                2
            } else {
                UNANCHORED
            }
    });
    readings
}

/// The template that covers the most uncovered edits; of two, the first in order. None if none covers two.
fn widest<'a>(
    readings: &'a Readings,
    uncovered: &BTreeSet<usize>,
) -> Option<(&'a Template, &'a [Instance])> {
    let cover = |instances: &[Instance]| {
        let edits = instances.iter().flat_map(|instance| instance.edits.clone());
        edits.filter(|edit| uncovered.contains(edit)).count()
    };
    let (template, instances) = readings
        .iter()
        .rev()
        .max_by_key(|(_, instances)| cover(instances))?;
    (cover(instances) > 1).then_some((template, instances))
}

/// Whether an edit is a literal in which one of the rules was followed: a function's name in its own message.
fn is_renamed_string(edit: &Edit<'_>, rules: &[Rewrite]) -> bool {
    let ([before], [after]) = (&edit.tokens.before[..], &edit.tokens.after[..]) else {
        return false;
    };
    let (before, after) = (
        String::from_utf8_lossy(before),
        String::from_utf8_lossy(after),
    );
    before.starts_with('"')
        && rules.iter().any(|rule| {
            let from = rule.template.before.replace(['$'], "");
            !from.is_empty() && before.replace(&from, &rule.template.after) == after
        })
}

/// Operands that stand among the changed tokens of several statements: what the instances of a rule share.
fn frequent<'a>(groups: &[(usize, Group<'a>)]) -> Frequent<'a> {
    let mut counts: BTreeMap<Vec<&[u8]>, usize> = BTreeMap::new();
    for (_, group) in groups {
        let sides = group
            .edits
            .iter()
            .flat_map(|edit| [&edit.tokens.before, &edit.tokens.after]);
        let here: BTreeSet<_> = sides.flat_map(|side| template::operands(side)).collect();
        for operand in here {
            *counts.entry(operand.to_vec()).or_default() += 1;
        }
    }
    let several = counts.into_iter().filter(|(_, count)| *count > 1);
    several.map(|(operand, _)| operand).collect()
}
