//! Rewrite rules mined from a change: few templates of which every edit is an instance make a mechanical change.
//!
//! Ways to read an edit, from narrow to wide: the changed tokens as they are (with the call around them where one side
//! is empty), the part of a name or literal that changed (`qemu_x_get` to `io_x_get`), and the whole statement with what
//! stayed the same as `$1`, `$2`. Rules are picked greedily, each covering the most edits that no earlier one covers.
//! Does not see code that moved, and no rule whose instances share nothing but their shape.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::FileChange;

use super::edits::{self, Edit, Group, is_name};

/// At most so many rules make a change mechanical.
const RULES: usize = 3;

/// At most so many tokens on one side of an edit: more is new code, not a rewrite.
const TOKENS: usize = 60;

/// At most so many edits are looked at.
const EDITS: usize = 200_000;

/// A template that matches on no name takes so many instances: `true` became `false` twice in many a fix. Tuned by eye.
const UNANCHORED: usize = 5;

/// Words that stand in any code.
const KEYWORDS: &[&str] = &[
    "true", "false", "NULL", "int", "char", "long", "unsigned", "bool", "void", "const", "static",
    "if", "else", "return", "for", "while", "sizeof", "struct", "u", "U", "L", "ret",
];

/// A rewrite rule as a template on each side.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Template {
    before: String,
    after: String,
}

impl Template {
    /// Whether a semantic patch could find its places: it matches on a name, not on anything or on a number alone.
    fn is_anchored(&self) -> bool {
        let words = self
            .before
            .split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$')));
        let is_name = |word: &str| {
            word.starts_with(|c: char| c.is_alphabetic() || c == '_') && !KEYWORDS.contains(&word)
        };
        !self.before.starts_with(['"', '\'']) && words.into_iter().any(is_name)
    }
}

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

/// The rules of these files' edits; `None` where there is no edit, or more than can be looked at.
pub(super) fn mine(files: &[&FileChange]) -> Option<Mined> {
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
        .map(|(_, (file, edit))| format!("{}:{}", files[file].path(), edit.line))
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
    for (file, group) in groups {
        let first = number;
        let mut note = |template: Option<Template>, edits| {
            if let Some(template) = template {
                readings
                    .entry(template)
                    .or_default()
                    .push(Instance { edits, file: *file });
            }
        };
        for edit in &group.edits {
            note(plain(edit), number..number + 1);
            note(part_of_name(edit), number..number + 1);
            note(part_of_literal(edit), number..number + 1);
            number += 1;
        }
        note(whole(group), first..number);
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

/// The template that covers the most uncovered edits; of two, the first in order. None if none covers any.
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
    (cover(instances) > 0).then_some((template, instances))
}

fn plain(edit: &Edit<'_>) -> Option<Template> {
    let sides = edit.tokens.as_ref();
    if sides.before.len() > TOKENS || sides.after.len() > TOKENS {
        return None;
    }
    let one_sided = sides.before.is_empty() || sides.after.is_empty();
    let is_statement = |tokens: &[&[u8]]| matches!(tokens.last(), Some(&(b";" | b"\n" | b"}")));
    let texts = sides.map(|tokens| joined(tokens));
    let whole = is_statement(sides.before) || is_statement(sides.after);
    let template = match edit.call.filter(|_| one_sided && !whole) {
        None => texts,
        Some(call) => {
            let call = String::from_utf8_lossy(call);
            texts.map(|text| match text.as_str() {
                "" => format!("{call}(...)"),
                text => format!("{call}(... {text} ...)"),
            })
        }
    };
    Some(Template {
        before: template.before,
        after: template.after,
    })
}

/// For one name that became another: the parts between `_` that differ, as `sed` would replace them.
fn part_of_name(edit: &Edit<'_>) -> Option<Template> {
    let ([before], [after]) = (&edit.tokens.before[..], &edit.tokens.after[..]) else {
        return None;
    };
    if !is_name(before) || !is_name(after) {
        return None;
    }
    let (before, after) = (
        String::from_utf8_lossy(before),
        String::from_utf8_lossy(after),
    );
    let (one, other): (Vec<_>, Vec<_>) = (before.split('_').collect(), after.split('_').collect());
    let start = one.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let room = one.len().min(other.len()) - start;
    let tail = one.iter().rev().zip(other.iter().rev()).take(room);
    let end = tail.take_while(|(a, b)| a == b).count();
    if start + end == 0 {
        return None;
    }
    let side = |parts: &[&str]| {
        let lead = (start > 0).then_some("$1");
        let trail = (end > 0).then_some("$2");
        let middle = parts[start..parts.len() - end].iter().copied();
        let parts: Vec<_> = lead.into_iter().chain(middle).chain(trail).collect();
        parts.join("_")
    };
    Some(Template {
        before: side(&one),
        after: side(&other),
    })
}

/// For one literal that became another: the part of it that differs.
fn part_of_literal(edit: &Edit<'_>) -> Option<Template> {
    let ([before], [after]) = (&edit.tokens.before[..], &edit.tokens.after[..]) else {
        return None;
    };
    let is_literal = |token: &[u8]| matches!(token.last(), Some(b'"' | b'>')) && token.len() > 2;
    if !is_literal(before) || !is_literal(after) {
        return None;
    }
    let (before, after) = (
        String::from_utf8_lossy(before),
        String::from_utf8_lossy(after),
    );
    let same = |(a, b): &(char, char)| a == b;
    let start = before.chars().zip(after.chars()).take_while(same).count();
    let room = before.chars().count().min(after.chars().count()) - start;
    let tail = before.chars().rev().zip(after.chars().rev()).take(room);
    let end = tail.take_while(same).count();
    let side = |text: &str| {
        let kept = text.chars().count() - start - end;
        let middle: String = text.chars().skip(start).take(kept).collect();
        format!("\"$1{middle}$2\"")
    };
    Some(Template {
        before: side(&before),
        after: side(&after),
    })
}

/// The whole statement, with runs that stayed the same as variables; only where it has several edits.
fn whole(group: &Group<'_>) -> Option<Template> {
    if group.edits.len() < 2 {
        return None;
    }
    let mut before: Vec<&[u8]> = Vec::new();
    let mut after: Vec<&[u8]> = Vec::new();
    const VARIABLES: [&[u8]; 8] = [b"$1", b"$2", b"$3", b"$4", b"$5", b"$6", b"$7", b"$8"];
    for (number, edit) in group.edits.iter().enumerate() {
        before.extend(&edit.tokens.before);
        after.extend(&edit.tokens.after);
        if let Some(between) = group.between.get(number) {
            let variable = VARIABLES.get(number)?;
            let kept = abstracted(between, variable);
            before.extend(&kept);
            after.extend(&kept);
        }
    }
    if before.len() > TOKENS || after.len() > TOKENS {
        return None;
    }
    Some(Template {
        before: joined(&before),
        after: joined(&after),
    })
}

/// A run of unchanged tokens: its punctuation at both ends as it is, what lies between as a variable.
fn abstracted<'a>(run: &[&'a [u8]], variable: &'a [u8]) -> Vec<&'a [u8]> {
    let is_word = |token: &&[u8]| {
        token.first().is_some_and(|first| {
            !first.is_ascii_punctuation() || matches!(first, b'_' | b'"' | b'\'')
        })
    };
    let (Some(first), Some(last)) = (run.iter().position(is_word), run.iter().rposition(is_word))
    else {
        return run.to_vec();
    };
    let (lead, trail) = (&run[..first], &run[last + 1..]);
    [lead, &[variable], trail].concat()
}

/// Tokens as one would write them, more or less.
fn joined(tokens: &[&[u8]]) -> String {
    let mut out = String::new();
    let mut before: &[u8] = b"";
    for token in tokens {
        let tight = out.is_empty()
            || matches!(
                *token,
                b"," | b";" | b")" | b"]" | b"[" | b"." | b"->" | b"\n"
            )
            || matches!(before, b"(" | b"[" | b"." | b"->" | b"!" | b"&" | b"#")
            || *token == b"(" && is_name(before);
        if !tight {
            out.push(' ');
        }
        if *token != b"\n" {
            out.push_str(&String::from_utf8_lossy(token));
        }
        before = token;
    }
    out
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
