//! One item into a syntax tree, with what the parser made of it.
//!
//! Plain C is read by a parser of our own (`quick`), which gives up at the first thing that it does not know for sure;
//! all else by tree-sitter, whose tree the other one's must equal. Never fails: what the parser cannot take in bounded
//! time is blanked and named in `hidden`, and the tree of the rest is returned.

pub mod grammar;
mod grown;
mod quick;
pub mod tree;

use std::cell::RefCell;
use std::ops::ControlFlow;

use serde::{Deserialize, Serialize};
use tree_sitter::{ParseOptions, Parser};

use crate::items::ItemKind;
use crate::items::prepass::{self, Hidden, Rule};

use self::tree::Tree;

/// How well an item was understood; the less, the better.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ParseHealth {
    /// Bytes inside `ERROR` nodes.
    pub error_bytes: u32,
    /// Nodes the parser made up.
    pub missing: u32,
}

/// An item as the parser saw it.
#[derive(Clone, Debug)]
pub struct SyntaxTree {
    /// Its tree; offsets are those of the item's own bytes. A call without `;` was given one: a node may end one byte
    /// past the item.
    pub tree: Tree,
    /// The bytes that were parsed: the item's own with what the grammar has no rule for blanked. Offsets are kept.
    pub bytes: Vec<u8>,
    /// What the parser did not see, in order of offset.
    pub hidden: Vec<Hidden>,
    /// How many branches the groups have of which the tree shows one; 1 where there is no such group.
    pub branches: usize,
    /// How well it was understood.
    pub health: ParseHealth,
}

/// Parses one item; `bytes` are the item's own.
///
/// Where an `#if` splits a statement or a brace the tree shows its first branch that is code; [`branch`] shows the others.
#[must_use]
pub fn item(bytes: &[u8], kind: ItemKind) -> SyntaxTree {
    branch(bytes, kind, 0)
}

/// Parses one item with branch number `branch` in sight, from 0, of every `#if` that splits a statement or a brace.
///
/// Asked for each number below [`SyntaxTree::branches`], the trees together show every branch; what `hidden` of one
/// lists as `Branch` and no other tree shows is dead (`#if 0`).
#[must_use]
pub fn branch(bytes: &[u8], kind: ItemKind, branch: usize) -> SyntaxTree {
    branch_without(bytes, kind, branch, None)
}

/// The same with one rule of the pre-pass left out.
#[must_use]
pub fn branch_without(
    bytes: &[u8],
    kind: ItemKind,
    branch: usize,
    off: Option<Rule>,
) -> SyntaxTree {
    let rewritten = prepass::rewritten_without(bytes, kind, branch, off);
    let (tree, health) = match quick::tree(&rewritten.bytes, kind) {
        Some(tree) => (tree, ParseHealth::default()),
        None => grown(&rewritten.bytes),
    };
    SyntaxTree {
        tree,
        bytes: rewritten.bytes.into_owned(),
        hidden: rewritten.hidden,
        branches: rewritten.branches,
        health,
    }
}

/// An item as the quick parser reads it, where it does, and as tree-sitter does: what a test holds against each other.
#[must_use]
pub fn readings(bytes: &[u8], kind: ItemKind, branch: usize) -> (Option<Tree>, Tree) {
    let rewritten = prepass::rewritten(bytes, kind, branch);
    let quick = quick::tree(&rewritten.bytes, kind);
    (quick, grown(&rewritten.bytes).0)
}

/// Parses a whole source as it stands, with no pre-pass.
#[must_use]
pub fn plain(bytes: &[u8]) -> SyntaxTree {
    let (tree, health) = grown(bytes);
    SyntaxTree {
        health,
        tree,
        bytes: bytes.to_vec(),
        hidden: Vec::new(),
        branches: 1,
    }
}

thread_local! {
    static PARSER: RefCell<Parser> = RefCell::new(parser());
}

fn parser() -> Parser {
    let mut parser = Parser::new();
    parser
        .set_language(&tree_sitter_c::LANGUAGE.into())
        .expect("the grammar's version is one that the library was built for");
    parser
}

/// The parser reports every hundred steps; it takes about a third of a step for a byte of sound C, and twelve are allowed.
const FEWEST_REPORTS: usize = 2_000;
const BYTES_A_REPORT: usize = 8;

/// The tree that tree-sitter grows.
fn grown(bytes: &[u8]) -> (Tree, ParseHealth) {
    let tree = grow(bytes);
    (grown::of(&tree), health(&tree))
}

fn grow(bytes: &[u8]) -> tree_sitter::Tree {
    PARSER.with_borrow_mut(|parser| {
        bounded(parser, bytes).unwrap_or_else(|| {
            parser.reset();
            let blank = vec![b' '; bytes.len()];
            parser
                .parse(&blank, None)
                .expect("the parser has a language and no limit")
        })
    })
}

/// The tree of `bytes`, or `None` when the parser takes more steps than any sound item of that length.
fn bounded(parser: &mut Parser, bytes: &[u8]) -> Option<tree_sitter::Tree> {
    let mut left = FEWEST_REPORTS + bytes.len() / BYTES_A_REPORT;
    let mut count = |_: &tree_sitter::ParseState| {
        left = left.saturating_sub(1);
        if left == 0 {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let options = ParseOptions::new().progress_callback(&mut count);
    let mut read = |at: usize, _| bytes.get(at..).unwrap_or_default();
    parser.parse_with_options(&mut read, None, Some(options))
}

/// Counts errors with a cursor, which needs no stack of ours however deep the tree is.
fn health(tree: &tree_sitter::Tree) -> ParseHealth {
    let mut health = ParseHealth::default();
    if !tree.root_node().has_error() {
        return health;
    }
    let mut cursor = tree.walk();
    loop {
        let node = cursor.node();
        health.missing += u32::from(node.is_missing());
        if node.is_error() {
            health.error_bytes += crate::text::offset(node.byte_range().len());
        }
        let enter = node.has_error() && !node.is_error();
        if enter && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return health;
            }
        }
    }
}
