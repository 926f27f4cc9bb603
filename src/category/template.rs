//! Ways to read edits as instances of a template, from narrow to wide.
//!
//! The changed tokens as they are (with the call around them where one side is empty), the part of a name or literal that
//! changed (`qemu_x_get` to `io_x_get`), and the whole statement with variables: for what stayed the same, for every
//! operand of both sides, or for every operand that no other statement's edits share (which generalises the instances of
//! a rule without comparing them in pairs).

use std::collections::{BTreeMap, BTreeSet};

use crate::text::BeforeAfter;

use super::edits::{Edit, Group, is_name};

/// At most so many tokens on one side of an edit: more is new code, not a rewrite.
const TOKENS: usize = 60;

/// Words that stand in any code.
const KEYWORDS: &[&str] = &[
    "true", "false", "NULL", "int", "char", "long", "unsigned", "bool", "void", "const", "static",
    "if", "else", "return", "for", "while", "sizeof", "struct", "u", "U", "L", "ret",
];

/// A rewrite rule as a template on each side.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Template {
    pub(super) before: String,
    pub(super) after: String,
}

/// Operands that several statements share: they are a rule's own, not its variables.
pub(super) type Frequent<'a> = BTreeSet<Vec<&'a [u8]>>;

impl Template {
    /// Whether a semantic patch could find its places: it matches on a name, not on anything or on a number alone.
    pub(super) fn is_anchored(&self) -> bool {
        let is_name = |word: &&str| {
            word.starts_with(|c: char| c.is_alphabetic() || c == '_') && !KEYWORDS.contains(word)
        };
        let words = |text: &str| -> BTreeSet<String> {
            let words = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '$')));
            words.filter(is_name).map(str::to_owned).collect()
        };
        let (before, after) = (words(&self.before), words(&self.after));
        // What is rewritten has a name, or what it becomes has one of its own: `sizeof(a) / sizeof(a[0])`.
        let calls = |word: &String| self.after.contains(&format!("{word}("));
        !self.before.starts_with(['"', '\''])
            && (!before.is_empty() || !self.before.is_empty() && after.iter().any(calls))
    }
}

/// The templates of one edit on its own.
pub(super) fn of_edit<'a>(edit: &Edit<'a>, frequent: &Frequent<'a>) -> Vec<Template> {
    let alone = edit.tokens.as_ref().map(|side| &side[..]);
    let readings = [
        plain(edit),
        part_of_name(edit),
        part_of_literal(edit),
        with_variables(alone, &|operand| frequent.contains(operand)),
    ];
    readings.into_iter().flatten().collect()
}

/// The templates of all edits of a statement together.
pub(super) fn of_group<'a>(group: &Group<'a>, frequent: &Frequent<'a>) -> Vec<Template> {
    let mut sides: BeforeAfter<Vec<&[u8]>> = BeforeAfter::default();
    for (number, edit) in group.edits.iter().enumerate() {
        sides.before.extend(&edit.tokens.before);
        sides.after.extend(&edit.tokens.after);
        if let Some(between) = group.between.get(number) {
            sides.before.extend(between);
            sides.after.extend(between);
        }
    }
    let sides = sides.as_ref().map(|tokens| &tokens[..]);
    let readings = [
        whole(group),
        with_variables(sides, &|_| true),
        with_variables(sides, &|operand| frequent.contains(operand)),
    ];
    readings.into_iter().flatten().collect()
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
pub(super) fn joined(tokens: &[&[u8]]) -> String {
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

/// With a variable for every operand (`x`, `s->field`, `12`) that stands on both sides, or that may not stay.
pub(super) fn with_variables(
    sides: BeforeAfter<&[&[u8]]>,
    stays: &dyn Fn(&[&[u8]]) -> bool,
) -> Option<Template> {
    if sides.before.len() > TOKENS || sides.after.len() > TOKENS {
        return None;
    }
    let sides = sides.map(|tokens| operands(tokens));
    let mut variables: BTreeMap<&[&[u8]], String> = BTreeMap::new();
    for operand in sides.before.iter().filter(|operand| is_operand(operand[0])) {
        let number = variables.len() + 1;
        if sides.after.contains(operand) || !stays(operand) {
            variables
                .entry(*operand)
                .or_insert_with(|| format!("${number}"));
        }
    }
    if variables.is_empty() {
        return None;
    }
    let texts = sides.map(|operands| {
        let tokens = operands
            .into_iter()
            .flat_map(|operand| match variables.get(operand) {
                Some(variable) => vec![variable.as_bytes()],
                None => operand.to_vec(),
            });
        joined(&tokens.collect::<Vec<_>>())
    });
    Some(Template {
        before: texts.before,
        after: texts.after,
    })
}

fn is_operand(token: &[u8]) -> bool {
    let is_keyword = std::str::from_utf8(token).is_ok_and(|text| KEYWORDS.contains(&text));
    !is_keyword && (is_name(token) || token.first().is_some_and(u8::is_ascii_digit))
}

/// Tokens in runs: a name with the members behind it, or one token.
pub(super) fn operands<'t, 'a>(tokens: &'t [&'a [u8]]) -> Vec<&'t [&'a [u8]]> {
    let mut runs = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let mut end = at + 1;
        while is_name(tokens[at])
            && matches!(tokens.get(end), Some(&(b"->" | b".")))
            && tokens.get(end + 1).is_some_and(|next| is_name(next))
        {
            end += 2;
        }
        runs.push(&tokens[at..end]);
        at = end;
    }
    runs
}
