//! Functions that the target moved within the file: followed, so that a change of one is found where it stands by then.
//!
//! A function is the same on all sides by its name, and only those are looked at that a side defines once, outside every
//! `#if`. It takes along what stands between it and the item before it, its comment above all. Does not see what moved
//! to another file, or anything but functions.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::replay::Sides;
use crate::items::lexer::{self, TokenKind};
use crate::items::{self, ItemKind};

/// Base and theirs with their functions in the target's order, and how many had to be moved for that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Moved {
    pub(super) base: Vec<u8>,
    pub(super) theirs: Vec<u8>,
    pub(super) functions: usize,
}

/// `None` where the target moved no function.
pub(super) fn followed(texts: Sides<&[u8]>) -> Option<Moved> {
    let files = texts.map(File::of);
    let names = files.base.moved_in(&files.ours);
    if names.is_empty() {
        return None;
    }
    let base = files.base.arranged(&files.ours, &names);
    let theirs = files.theirs.arranged(&files.ours, &names);
    let is_kept = same_lines(&base, texts.base) && same_lines(&theirs, texts.theirs);
    is_kept.then_some(Moved {
        base,
        theirs,
        functions: names.len(),
    })
}

/// A text and its functions by name.
struct File<'a> {
    source: &'a [u8],
    functions: BTreeMap<&'a [u8], Function>,
    /// Their names as they stand in the file.
    order: Vec<&'a [u8]>,
}

#[derive(Clone, Copy)]
struct Function {
    /// Where the line behind the item before it starts.
    start: usize,
    /// Behind its last line.
    end: usize,
}

impl<'a> File<'a> {
    fn of(source: &'a [u8]) -> Self {
        let line_end = |at: usize| {
            memchr::memchr(b'\n', &source[at..]).map_or(source.len(), |newline| at + newline + 1)
        };
        let mut functions = BTreeMap::new();
        let mut order = Vec::new();
        let mut twice = BTreeSet::new();
        let mut start = None;
        for item in items::of_source(source).items {
            let end = line_end(item.span.end as usize);
            let before = start
                .replace(end)
                .filter(|start| *start <= item.span.start as usize);
            let (ItemKind::Function, Some(name)) = (item.kind, name(item.span.of(source))) else {
                continue;
            };
            let is_free = item.guard.is_none();
            let Some(start) = before.filter(|_| is_free) else {
                twice.insert(name);
                continue;
            };
            if functions.insert(name, Function { start, end }).is_some() {
                twice.insert(name);
            }
            order.push(name);
        }
        functions.retain(|name, _| !twice.contains(name));
        order.retain(|name| functions.contains_key(name));
        Self {
            source,
            functions,
            order,
        }
    }

    /// The functions of both files that are out of order in the other: all but a longest run that keeps its order.
    fn moved_in(&self, other: &File<'_>) -> BTreeSet<&'a [u8]> {
        let places: BTreeMap<&[u8], usize> = other.order.iter().copied().zip(0..).collect();
        let common: Vec<(&'a [u8], usize)> = self
            .order
            .iter()
            .filter_map(|name| Some((*name, *places.get(name)?)))
            .collect();
        // Patience: the last of each pile, and for each element the one that it follows.
        let mut piles: Vec<usize> = Vec::new();
        let mut follows = vec![None; common.len()];
        for (at, (_, place)) in common.iter().enumerate() {
            let pile = piles.partition_point(|top| common[*top].1 < *place);
            follows[at] = pile.checked_sub(1).map(|below| piles[below]);
            if pile == piles.len() {
                piles.push(at);
            } else {
                piles[pile] = at;
            }
        }
        let mut kept = BTreeSet::new();
        let mut at = piles.last().copied();
        while let Some(one) = at {
            kept.insert(common[one].0);
            at = follows[one];
        }
        let names = common.into_iter().map(|(name, _)| name);
        names.filter(|name| !kept.contains(name)).collect()
    }

    /// The text with these functions behind those that they follow in the other file.
    fn arranged(&self, other: &File<'_>, moved: &BTreeSet<&[u8]>) -> Vec<u8> {
        let mut behind: BTreeMap<&[u8], Vec<&[u8]>> = BTreeMap::new();
        let mut anchor = None;
        for name in &other.order {
            if !self.functions.contains_key(name) {
                continue;
            }
            match anchor {
                Some(anchor) if moved.contains(name) => {
                    behind.entry(anchor).or_default().push(name);
                }
                _ if moved.contains(name) => {}
                _ => anchor = Some(*name),
            }
        }
        let leaving: BTreeSet<&[u8]> = behind.values().flatten().copied().collect();
        let mut result = Vec::with_capacity(self.source.len());
        let mut copied = 0;
        for name in &self.order {
            let function = self.functions[name];
            if leaving.contains(name) {
                result.extend_from_slice(&self.source[copied..function.start]);
            } else {
                result.extend_from_slice(&self.source[copied..function.end]);
            }
            copied = function.end;
            for name in behind.get(name).into_iter().flatten() {
                let function = self.functions[name];
                result.extend_from_slice(&self.source[function.start..function.end]);
            }
        }
        result.extend_from_slice(&self.source[copied..]);
        result
    }
}

/// The name of a function: the first that parentheses follow outside all brackets.
fn name(item: &[u8]) -> Option<&[u8]> {
    let mut last = None;
    for token in lexer::significant(item) {
        let text = token.span.of(item);
        match token.kind {
            TokenKind::Identifier => last = Some(text),
            TokenKind::Punctuator if text == b"(" => return last,
            TokenKind::Punctuator if text != b"*" => last = None,
            TokenKind::Punctuator => {}
            _ => return None,
        }
    }
    None
}

fn same_lines(one: &[u8], other: &[u8]) -> bool {
    let sorted = |text: &[u8]| {
        let mut lines: Vec<Vec<u8>> = text
            .split(|byte| *byte == b'\n')
            .map(<[u8]>::to_vec)
            .collect();
        lines.sort_unstable();
        lines
    };
    sorted(one) == sorted(other)
}
