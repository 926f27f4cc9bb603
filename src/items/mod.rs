//! Splits C source into its top-level items: functions, declarations, directives; the unit that everything above works in.
//!
//! A lexer and brace counting, no grammar: runs at hundreds of megabytes a second, so that the parser sees only the
//! items that matter and an error stays inside its item. Never fails: bytes that are no C become `Fragment` items.

pub mod lexer;
pub mod prepass;
pub mod split;

use serde::{Deserialize, Serialize};

use crate::text::Span;

/// What an item looks like from outside, decided by the lexer alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ItemKind {
    /// A function with its body (K&R parameter declarations included).
    Function,
    /// Anything else that ends at `;`: prototypes, objects with initializers, types, typedefs.
    Declaration,
    /// `#define` with its continuation lines.
    Define,
    /// `#include`, `#include_next`, `#import`.
    Include,
    /// `#if`, `#ifdef`, `#ifndef`, `#elif`, `#else`, `#endif`.
    Conditional,
    /// Any other directive: `#undef`, `#pragma`, `#error`, `#line`.
    Directive,
    /// A macro call that stands as a declaration, with or without its `;`: `type_init(x)`, `DEF_HELPER_2(a, b)`.
    MacroCall,
    /// What is left: list elements of a header-less fragment, text that is no C.
    Fragment,
}

/// The content of an item as a key: xxh3-128 of its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ItemKey(pub u128);

/// One top-level item of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its bytes in the file, from its first token to its last: comments before it belong to no item.
    pub span: Span,
    /// Its kind.
    pub kind: ItemKind,
    /// Its content, byte for byte.
    pub key: ItemKey,
    /// The innermost conditional branch around it: an index into [`FileItems::guards`].
    pub guard: Option<u32>,
}

/// Which arm of a conditional group a guard is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Arm {
    /// The first: `#if`, `#ifdef`, `#ifndef`.
    First,
    /// `#elif` and its kin.
    Elif,
    /// `#else`.
    Else,
}

/// One arm of an `#if` group that encloses whole items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guard {
    /// The arm that encloses this one.
    pub parent: Option<u32>,
    /// Which arm.
    pub arm: Arm,
    /// The arm's directive line, continuation lines included; for `Else` the `#else`.
    pub directive: Span,
    /// The first directive of its group.
    pub opened_by: Span,
}

/// The items of one file, in order, never overlapping, and the conditionals around them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileItems {
    /// In file order.
    pub items: Vec<Item>,
    /// In the order of their directives.
    pub guards: Vec<Guard>,
}

/// Splits a source in its items.
///
/// Sees through `extern "C" {`. An `#if` that splits a statement or a brace stays inside the item that it splits; an
/// `#if` around whole items is an item of its own and guards them.
#[must_use]
pub fn of_source(source: &[u8]) -> FileItems {
    split::items(source)
}

/// The key of an item's bytes.
#[must_use]
pub fn key(bytes: &[u8]) -> ItemKey {
    ItemKey(xxhash_rust::xxh3::xxh3_128(bytes))
}

/// The hash under which an identifier is looked up in a tree index: xxh3-64, cut to 32 bits.
///
/// Two names may share it, so whoever looks a name up by it reads the name itself before believing.
#[must_use]
pub fn name_hash(name: &[u8]) -> u32 {
    let [a, b, c, d, ..] = xxhash_rust::xxh3::xxh3_64(name).to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}
