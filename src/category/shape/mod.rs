//! Rewrites that show what they are in one place: a call replaced, a cast or a guard dropped, statements folded.
//!
//! Where the rules of [`super::rewrite`] take a second instance, these are known by what they keep: no new operand, no
//! new condition, and something of the old text goes. What a semantic patch does to a file where it finds a single
//! place looks so; a fix adds a condition, a statement or an operand. Goes by tokens, hunk by hunk. Does not see whether
//! a call means the same as the one that it replaces.

mod hunk;

use std::collections::{BTreeMap, BTreeSet};

use crate::text::BeforeAfter;

use super::edits::{self, Block};
use super::lexed::LexedFile;
use super::template;

/// Of the hunks of a change, one in so many may be odd.
const ODD: usize = 4;

/// Calls of another name with the same arguments in so many hunks: `and` for `andc` in one place is a fix.
const SWAPPED: usize = 2;

/// At most so many templates are listed.
const LISTED: usize = 8;

/// A template of more characters is cut.
const WIDTH: usize = 160;

/// What a hunk is by its shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Shape {
    /// A call or macro in place of other code, with its operands.
    Replaced,
    /// Names go for other names and nothing else: a call of another function with the same arguments.
    Swapped,
    /// A cast, parentheses or braces go.
    Bare,
    /// A condition around a call goes.
    Unguarded,
    /// Several statements become fewer, with nothing new in them.
    Folded,
    /// A message has another end: `\n`, a full stop.
    Ending,
    /// Includes go.
    NoInclude,
    /// A few tokens go, or an include comes: no rewrite by itself, and what one brings along.
    Leftover,
    /// Small and without a new condition, and none of these.
    Odd,
    /// Anything else.
    New,
}

impl Shape {
    fn is_rewrite(self) -> bool {
        !matches!(self, Self::Leftover | Self::Odd | Self::New)
    }

    fn in_words(self) -> &'static str {
        match self {
            Self::Replaced => "calls replaced",
            Self::Swapped => "calls of another name",
            Self::Bare => "casts or parentheses dropped",
            Self::Unguarded => "guards dropped",
            Self::Folded => "statements folded",
            Self::Ending => "ends of messages",
            Self::NoInclude => "includes dropped",
            Self::Leftover => "leftovers",
            Self::Odd | Self::New => "odd",
        }
    }
}

/// What the hunks of a change are.
pub(super) struct Shapes {
    /// Hunks by shape.
    hunks: BTreeMap<Shape, usize>,
    /// Instances by shape and template, and the files that hold them.
    templates: BTreeMap<(Shape, String), (usize, BTreeSet<usize>)>,
    /// `path:line` of the odd hunks, in order.
    pub(super) odd: Vec<String>,
}

impl Shapes {
    /// `calls replaced in 3 hunks, leftovers in 1`.
    pub(super) fn in_words(&self) -> String {
        let part = |(at, (shape, count)): (usize, (&Shape, &usize))| {
            let hunks = match (at, count) {
                (0, 1) => " hunk",
                (0, _) => " hunks",
                _ => "",
            };
            format!("{} in {count}{hunks}", shape.in_words())
        };
        let parts: Vec<_> = self.hunks.iter().enumerate().map(part).collect();
        parts.join(", ")
    }

    /// The rewrites as templates, the most frequent first.
    pub(super) fn rules(&self) -> Vec<String> {
        let mut rules: Vec<_> = self.templates.iter().collect();
        rules.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
        let more = rules.len().saturating_sub(LISTED);
        let rule = |((_, template), (count, files)): &(&(Shape, String), &(usize, BTreeSet<_>))| {
            let plural = |number: usize| if number == 1 { "" } else { "s" };
            let files = files.len();
            format!(
                "rule {template}, {count} instance{} in {files} file{}",
                plural(*count),
                plural(files)
            )
        };
        let mut lines: Vec<_> = rules.iter().take(LISTED).map(rule).collect();
        if more > 0 {
            lines.push(format!("and {more} more rules"));
        }
        lines
    }
}

/// The shapes of a change that is all rewrites and what they bring along; `None` of any other.
pub(super) fn of(files: &[&LexedFile<'_>]) -> Option<Shapes> {
    let mut shapes = Shapes {
        hunks: BTreeMap::new(),
        templates: BTreeMap::new(),
        odd: Vec::new(),
    };
    for (number, file) in files.iter().enumerate() {
        for block in edits::blocks(file) {
            let shape = hunk::shape(&block);
            if shape == Shape::New {
                return None;
            }
            *shapes.hunks.entry(shape).or_default() += 1;
            if shape == Shape::Odd {
                shapes
                    .odd
                    .push(format!("{}:{}", file.change.path(), block.line));
            }
            if shape.is_rewrite() {
                let template = (shape, template_of(&block));
                let (count, files) = shapes.templates.entry(template).or_default();
                *count += 1;
                files.insert(number);
            }
        }
    }
    let all: usize = shapes.hunks.values().sum();
    let speaks = |(shape, count): (&Shape, &usize)| {
        shape.is_rewrite() && (*shape != Shape::Swapped || *count >= SWAPPED)
    };
    let rewrites = shapes.hunks.iter().any(speaks);
    (rewrites && shapes.odd.len() * ODD <= all).then_some(shapes)
}

fn template_of(block: &Block<'_>) -> String {
    let sides = block.tokens.as_ref().map(|side| &side[..]);
    let sides = template::with_variables(sides, &|_| true)
        .map(|found| BeforeAfter {
            before: found.before,
            after: found.after,
        })
        .unwrap_or_else(|| sides.map(template::joined));
    let cut = |text: String| match text.char_indices().nth(WIDTH) {
        Some((end, _)) => format!("`{}...`", text[..end].trim_end()),
        None if text.is_empty() => "nothing".to_owned(),
        None => format!("`{text}`"),
    };
    let sides = sides.map(cut);
    format!("{} -> {}", sides.before, sides.after)
}
