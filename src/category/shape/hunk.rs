//! One hunk by its shape: what it keeps, what goes, what is new in it.

use std::collections::{BTreeMap, BTreeSet};

use crate::text::BeforeAfter;

use super::super::edits::{Block, is_name};
use super::Shape;

/// Lines that go beside a rewrite, in tokens at most: a declaration, a call that is not needed any more. More is
/// code taken out. Tuned on the history of QEMU, as the other bounds here.
const LEFTOVER: usize = 25;

/// A hunk of more tokens is code rewritten by a person.
const TOKENS: usize = 400;

/// Words that steer: a hunk with more of them decides something anew.
const STEERING: &[&[u8]] = &[
    b"if",
    b"else",
    b"for",
    b"while",
    b"do",
    b"switch",
    b"case",
    b"default",
    b"return",
    b"goto",
    b"break",
    b"continue",
];

/// Operators that do.
const DECIDING: &[&[u8]] = &[
    b"&&", b"||", b"?", b"==", b"!=", b"<", b">", b"<=", b">=", b"!",
];

/// Other words that are no operands.
const WORDS: &[&[u8]] = &[
    b"sizeof",
    b"int",
    b"char",
    b"long",
    b"unsigned",
    b"signed",
    b"short",
    b"bool",
    b"void",
    b"const",
    b"static",
    b"struct",
    b"union",
    b"enum",
    b"float",
    b"double",
    b"volatile",
    b"extern",
    b"inline",
    b"NULL",
    b"true",
    b"false",
];

fn is_control(token: &[u8]) -> bool {
    STEERING.contains(&token) || DECIDING.contains(&token)
}

fn is_word(token: &[u8]) -> bool {
    STEERING.contains(&token) || WORDS.contains(&token)
}

/// The tokens of a side, counted and by what they are.
struct Census<'a> {
    counts: BTreeMap<&'a [u8], usize>,
    /// Names and literals.
    operands: BTreeSet<&'a [u8]>,
    /// Names with a parenthesis behind them.
    callees: BTreeSet<&'a [u8]>,
}

impl<'a> Census<'a> {
    fn of(tokens: &[&'a [u8]]) -> Self {
        let mut counts: BTreeMap<&[u8], usize> = BTreeMap::new();
        for token in tokens {
            *counts.entry(token).or_default() += 1;
        }
        let operands = tokens.iter().copied().filter(|token| is_operand(token));
        let calls = tokens.windows(2).filter(|pair| pair[1] == b"(");
        let callees = calls.map(|pair| pair[0]);
        Self {
            operands: operands.collect(),
            callees: callees
                .filter(|name| is_operand(name) && !is_word(name))
                .collect(),
            counts,
        }
    }

    /// The tokens that it has more of than the other.
    fn beyond<'b>(&'b self, other: &'b Self) -> impl Iterator<Item = &'a [u8]> + 'b {
        let has_more = |(token, count): &(&&'a [u8], &usize)| {
            **count > other.counts.get(**token).copied().unwrap_or(0)
        };
        self.counts.iter().filter(has_more).map(|(token, _)| *token)
    }
}

fn is_operand(token: &[u8]) -> bool {
    let first = token.first().copied().unwrap_or(b' ');
    is_name(token) || first.is_ascii_digit() || matches!(first, b'"' | b'\'')
}

fn is_bracket(token: &[u8]) -> bool {
    matches!(token, b"(" | b")" | b"{" | b"}" | b";" | b"," | b"\n")
}

/// A name that looks like one of a type: `SysBusDevice`, `uint8_t`.
fn is_type_like(token: &[u8]) -> bool {
    let is_camel = token.first().is_some_and(u8::is_ascii_uppercase)
        && token.iter().any(u8::is_ascii_lowercase);
    is_camel || token.ends_with(b"_t")
}

/// What a hunk is by the tokens on its two sides.
pub(super) fn shape(block: &Block<'_>) -> Shape {
    let BeforeAfter { before, after } = &block.tokens;
    if before.len() + after.len() > TOKENS {
        return Shape::New;
    }
    if before.is_empty() || after.is_empty() {
        return one_sided(before, after);
    }
    let (was, is) = (Census::of(before), Census::of(after));
    let control: Vec<_> = is.beyond(&was).filter(|t| is_control(t)).collect();
    let calls = is.callees.iter().any(|name| !was.operands.contains(name));
    let mut fresh = is.operands.difference(&was.operands).copied();
    let new: Vec<&[u8]> = fresh
        .by_ref()
        .filter(|token| !is.callees.contains(token) && !is_word(token))
        .collect();
    let loses = was.beyond(&is).any(|token| !is_bracket(token));
    if new.is_empty() && !calls && is_folded(&block.tokens, &control, &was, &is) {
        return Shape::Folded;
    }
    if !control.is_empty() {
        return Shape::New;
    }
    if calls && loses && new.iter().all(|token| is_type_like(token)) {
        return if is_swapped(before, after) {
            Shape::Swapped
        } else {
            Shape::Replaced
        };
    }
    if new.is_empty() && is.beyond(&was).next().is_none() {
        return shrunk(before, after);
    }
    if is_other_ending(before, after) {
        return Shape::Ending;
    }
    if new.len() <= 1 {
        Shape::Odd
    } else {
        Shape::New
    }
}

/// Whether all that differs is names.
fn is_swapped(before: &[&[u8]], after: &[&[u8]]) -> bool {
    let differing = |(one, other): &(&&[u8], &&[u8])| one != other;
    let mut differing = before.iter().zip(after).filter(differing);
    before.len() == after.len() && differing.all(|(one, other)| is_name(one) && is_name(other))
}

fn one_sided(before: &[&[u8]], after: &[&[u8]]) -> Shape {
    let count = |tokens: &[&[u8]], word: &[u8]| tokens.iter().filter(|t| **t == word).count();
    let only_includes = |tokens: &[&[u8]]| {
        let directives = count(tokens, b"#");
        let line_starts = tokens.split(|token| *token == b"\n");
        directives > 0
            && directives == count(tokens, b"include")
            && line_starts
                .filter(|line| !line.is_empty())
                .all(|line| line[0] == b"#")
    };
    if only_includes(before) {
        Shape::NoInclude
    } else if only_includes(after) || after.is_empty() && before.len() <= LEFTOVER {
        Shape::Leftover
    } else {
        Shape::New
    }
}

/// `x = f(y); return x;` to `return f(y);`, and the like: fewer statements, less text, hardly a name gone.
fn is_folded(
    sides: &BeforeAfter<Vec<&[u8]>>,
    control: &[&[u8]],
    was: &Census<'_>,
    is: &Census<'_>,
) -> bool {
    let statements = sides
        .as_ref()
        .map(|side| side.iter().filter(|token| **token == b";").count());
    control.iter().all(|token| *token == b"!")
        && statements.after < statements.before
        && was.operands.difference(&is.operands).count() <= 2
        && sides.after.len() * 4 <= sides.before.len() * 3
}

/// What a hunk is that has nothing new.
fn shrunk(before: &[&[u8]], after: &[&[u8]]) -> Shape {
    let Some(gone) = gone(before, after) else {
        return Shape::Odd;
    };
    if gone.iter().all(|run| is_bare(before, run.clone())) {
        return Shape::Bare;
    }
    if is_unguarded(before, after) {
        Shape::Unguarded
    } else {
        Shape::Odd
    }
}

/// The runs of tokens that go where `after` is `before` without them; `None` where the order differs.
fn gone(before: &[&[u8]], after: &[&[u8]]) -> Option<Vec<std::ops::Range<usize>>> {
    let mut runs = Vec::new();
    let mut kept = after.iter().peekable();
    let mut start = 0;
    for (at, token) in before.iter().enumerate() {
        if kept.peek() == Some(&token) {
            kept.next();
            if start < at {
                runs.push(start..at);
            }
            start = at + 1;
        }
    }
    if start < before.len() {
        runs.push(start..before.len());
    }
    kept.peek().is_none().then_some(runs)
}

/// Whether a run is a cast, or parentheses or braces alone.
fn is_bare(tokens: &[&[u8]], run: std::ops::Range<usize>) -> bool {
    let inside = &tokens[run.clone()];
    if inside
        .iter()
        .all(|token| matches!(*token, b"(" | b")" | b"{" | b"}"))
    {
        return true;
    }
    let count = |word: &[u8]| inside.iter().filter(|token| **token == word).count();
    let is_of_call = inside[0] == b"(" && run.start > 0 && is_name(tokens[run.start - 1]);
    let is_cast_token = |token: &&[u8]| is_name(token) || matches!(*token, b"(" | b")" | b"*");
    count(b"(") == 1 && count(b")") == 1 && inside.iter().all(is_cast_token) && !is_of_call
}

/// Whether `if (x) f(x);` became `f(x);`: the condition speaks of nothing that the statement does not.
fn is_unguarded(before: &[&[u8]], after: &[&[u8]]) -> bool {
    if !before.starts_with(&[b"if", b"("]) {
        return false;
    }
    let mut depth = 0;
    let close = before.iter().position(|token| {
        depth += i32::from(*token == b"(") - i32::from(*token == b")");
        *token == b")" && depth == 0
    });
    let Some(close) = close else {
        return false;
    };
    let without_braces = |tokens: &[&'_ [u8]]| -> Vec<Vec<u8>> {
        let tokens = tokens
            .iter()
            .filter(|token| !matches!(**token, b"{" | b"}"));
        tokens.map(|token| token.to_vec()).collect()
    };
    let rest = &before[close + 1..];
    let condition = before[2..close].iter().filter(|token| is_name(token));
    without_braces(rest) == without_braces(after)
        && condition
            .into_iter()
            .all(|name| *name == b"NULL" || rest.contains(name))
}

/// Whether one literal differs, and only at its end.
fn is_other_ending(before: &[&[u8]], after: &[&[u8]]) -> bool {
    if before.len() != after.len() {
        return false;
    }
    let mut differing = before.iter().zip(after).filter(|(one, other)| one != other);
    let (Some((one, other)), None) = (differing.next(), differing.next()) else {
        return false;
    };
    one.first() == Some(&b'"') && other.first() == Some(&b'"') && stem(one) == stem(other)
}

/// A literal without the full stop, colon, blank or `\n` at its end.
fn stem(literal: &[u8]) -> &[u8] {
    let mut stem = literal.strip_suffix(b"\"").unwrap_or(literal);
    loop {
        stem = match stem {
            [rest @ .., b'\\', b'n'] | [rest @ .., b'.' | b'!' | b':' | b' '] => rest,
            _ => return stem,
        };
    }
}
