//! What we look for in C, as tree-sitter queries: one file a kind of fact in `queries/c/`, compiled once.
//!
//! The queries are the clear statement, the walk is the fast one; a test holds both to the same answer on whole trees.
//! The captures: `@name` with `@definition.*` or `@declaration.*` around it, `@reference.*` alone, `@ignored` for names
//! that only look like one; all are listed in [`CAPTURES`]. A query knows no scope: see each file's blind spots.

use std::sync::LazyLock;

use tree_sitter::{Parser, Query, QueryCursor, StreamingIterator, Tree};

use crate::text::{Span, offset};

use crate::parse::grammar;

/// A query file of `queries/c/`.
#[derive(Debug)]
pub struct QueryFile {
    /// Its kind of fact: the file's name without `.scm`.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

macro_rules! query_files {
    ($($name:literal),*) => {
        &[$(QueryFile { name: $name, text: include_str!(concat!("../../queries/c/", $name, ".scm")) }),*]
    };
}

/// All query files, in the order in which their kinds are named in the house rules.
pub const FILES: &[QueryFile] = query_files![
    "definitions",
    "declarations",
    "references",
    "includes",
    "macros",
    "types"
];

/// Every capture that a query file may use.
pub const CAPTURES: &[&str] = &[
    "name",
    "declaration.nested",
    "definition.function",
    "definition.object",
    "definition.member",
    "definition.enumerator",
    "definition.struct",
    "definition.union",
    "definition.enum",
    "definition.typedef",
    "definition.macro",
    "declaration.function",
    "declaration.object",
    "declaration.struct",
    "declaration.union",
    "declaration.enum",
    "declaration.local",
    "ignored",
    "reference.call",
    "reference.member-call",
    "reference.member",
    "reference.tag",
    "reference.type",
    "reference.value",
    "reference.condition",
    "reference.include",
];

/// What a pattern found: what it is of, and the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    /// The name's bytes.
    pub span: Span,
    /// The capture that says what it is: never `name`.
    pub capture: &'static str,
    /// The query file: its position in [`FILES`].
    pub file: usize,
    /// The pattern's number in its file, from 0.
    pub pattern: usize,
}

/// Compiled on first use: the texts are our own, and the suite compiles each of them.
static QUERIES: LazyLock<Vec<Option<Query>>> = LazyLock::new(|| {
    let compiled = FILES
        .iter()
        .map(|file| Query::new(&grammar::language(), file.text).ok());
    compiled.collect()
});

/// The number of patterns in a query file, by its position in [`FILES`]; `None` if it does not compile.
#[must_use]
pub fn patterns(file: usize) -> Option<usize> {
    Some(QUERIES.get(file)?.as_ref()?.pattern_count())
}

fn parsed(source: &[u8]) -> Option<Tree> {
    let mut parser = Parser::new();
    parser.set_language(&grammar::language()).ok()?;
    parser.parse(source, None)
}

/// Everything that the query files find in `source`, sorted by place, each once.
///
/// Sees what the grammar sees of the bare source: no pre-pass, no scope.
#[must_use]
pub fn found(source: &[u8]) -> Vec<Found> {
    let Some(tree) = parsed(source) else {
        return Vec::new();
    };
    let files = QUERIES.iter().enumerate();
    let mut all: Vec<Found> = files
        .filter_map(|(file, query)| Some((file, query.as_ref()?)))
        .flat_map(|(file, query)| of_file(file, query, &tree, source))
        .collect();
    all.sort_unstable();
    all.dedup();
    all
}

fn of_file(file: usize, query: &Query, tree: &Tree, source: &[u8]) -> Vec<Found> {
    let names = query.capture_names();
    let capture = |at: u32| names.get(at as usize).copied().unwrap_or_default();
    let mut all = Vec::new();
    let mut cursor = QueryCursor::new();
    let mut matches = cursor.matches(query, tree.root_node(), source);
    while let Some(found) = matches.next() {
        let with = |wanted: &dyn Fn(&str) -> bool| {
            let mut captures = found.captures().iter();
            captures.find(|it| wanted(capture(it.index)))
        };
        let role = with(&|capture| capture != "name");
        let name = with(&|capture| capture == "name").or(role);
        if let (Some(role), Some(name)) = (role, name) {
            let known = CAPTURES.iter().find(|known| **known == capture(role.index));
            all.extend(known.map(|capture| Found {
                span: {
                    let bytes = name.node.byte_range();
                    Span::new(offset(bytes.start), offset(bytes.end))
                },
                capture,
                file,
                pattern: found.pattern_index,
            }));
        }
    }
    all
}
