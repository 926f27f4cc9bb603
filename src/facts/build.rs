//! Collects what a walk or a lexer finds in one item, and closes it into [`ItemFacts`]: names interned, facts sorted,
//! each put inside the definition that encloses it.

use rustc_hash::FxHashMap;

use crate::text::{Span, offset};

use super::scope::Scope;
use super::words;
use super::{Definition, ItemFacts, NameId, NameTable, ParseHealth, Reference, Role};

/// A word of one item, keywords and locals included: an index into the words met so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Word(pub(super) u32);

/// What is known of a word besides its spelling.
struct Spelled<'a> {
    bytes: &'a [u8],
    name: Option<NameId>,
    keyword: bool,
}

/// The facts of one item, in the making.
pub(super) struct Builder<'a> {
    /// The item.
    pub(super) bytes: &'a [u8],
    /// Names bound by the item itself, where the walk stands.
    pub(super) scope: Scope,
    /// Tags bound inside a function.
    pub(super) tags: Scope,
    /// What it defines, in the order found.
    pub(super) definitions: Vec<Definition>,
    /// What it uses, in the order found.
    pub(super) references: Vec<Reference>,
    /// How well it was understood.
    pub(super) health: ParseHealth,
    ids: FxHashMap<&'a [u8], Word>,
    words: Vec<Spelled<'a>>,
    names: NameTable,
}

impl<'a> Builder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            scope: Scope::default(),
            tags: Scope::default(),
            definitions: Vec::new(),
            references: Vec::new(),
            health: ParseHealth::default(),
            ids: FxHashMap::default(),
            words: Vec::new(),
            names: NameTable::default(),
        }
    }

    /// The word at a span.
    pub(super) fn word(&mut self, span: Span) -> Word {
        let bytes = span.of(self.bytes);
        let words = &mut self.words;
        *self.ids.entry(bytes).or_insert_with(|| {
            words.push(Spelled {
                bytes,
                name: None,
                keyword: words::is_keyword(bytes),
            });
            Word(offset(words.len() - 1))
        })
    }

    /// Whether a word is no name at all.
    pub(super) fn is_keyword(&self, word: Word) -> bool {
        self.words[word.0 as usize].keyword
    }

    /// The word as a name of the facts.
    pub(super) fn name(&mut self, word: Word) -> NameId {
        let spelled = &mut self.words[word.0 as usize];
        *spelled
            .name
            .get_or_insert_with(|| self.names.push(&String::from_utf8_lossy(spelled.bytes)))
    }

    /// A name that does not stand in the item as one word.
    pub(super) fn made_name(&mut self, text: &str) -> NameId {
        let known = self.names.iter().find(|(_, name)| *name == text);
        known
            .map(|(id, _)| id)
            .unwrap_or_else(|| self.names.push(text))
    }

    /// Notes a use, whether or not something in the item binds the name.
    pub(super) fn refer(&mut self, role: Role, word: Word, span: Span) {
        let name = self.name(word);
        self.refer_to(role, name, span);
    }

    /// Notes a use of a name that is in the table already.
    pub(super) fn refer_to(&mut self, role: Role, name: NameId, span: Span) {
        self.references.push(Reference {
            role,
            name,
            span,
            from: None,
        });
    }

    /// How many definitions and references were found so far.
    pub(super) fn counts(&self) -> (usize, usize) {
        (self.definitions.len(), self.references.len())
    }

    /// Of the facts found since `definitions` and `references` were counted, keeps those whose name `keep` accepts.
    pub(super) fn keep_after(
        &mut self,
        definitions: usize,
        references: usize,
        keep: impl Fn(Span) -> bool,
    ) {
        let mut at = 0;
        self.definitions.retain(|it| {
            at += 1;
            at <= definitions || keep(it.name_span)
        });
        let mut at = 0;
        self.references.retain(|it| {
            at += 1;
            at <= references || keep(it.span)
        });
    }

    /// The finished facts.
    pub(super) fn finish(mut self) -> ItemFacts {
        self.definitions
            .sort_by_key(|definition| (definition.name_span, definition.kind, definition.span));
        // A branch that was read again says the same of the same place: the first reading stands.
        self.definitions
            .dedup_by_key(|definition| (definition.name_span, definition.kind));
        self.references.sort_by_key(|reference| reference.span);
        self.references.dedup_by_key(|reference| reference.span);
        place(&mut self.definitions, &mut self.references);
        ItemFacts {
            names: self.names,
            definitions: self.definitions,
            references: self.references,
            health: self.health,
        }
    }
}

/// Puts every fact inside the innermost definition around it: one sweep over both, by start.
fn place(definitions: &mut [Definition], references: &mut [Reference]) {
    let mut by_start: Vec<u32> = (0..offset(definitions.len())).collect();
    by_start.sort_by_key(|at| {
        let span = definitions[*at as usize].span;
        (span.start, std::cmp::Reverse(span.end), *at)
    });
    let mut open: Vec<u32> = Vec::new();
    let mut references = references.iter_mut().peekable();
    for at in by_start {
        let span = definitions[at as usize].span;
        while let Some(reference) =
            references.next_if(|reference| reference.span.start < span.start)
        {
            reference.from = innermost(&mut open, definitions, reference.span.start);
        }
        definitions[at as usize].within = innermost(&mut open, definitions, span.start);
        open.push(at);
    }
    for reference in references {
        reference.from = innermost(&mut open, definitions, reference.span.start);
    }
}

/// The last opened definition that still holds the byte at `start`; closes those that do not.
fn innermost(open: &mut Vec<u32>, definitions: &[Definition], start: u32) -> Option<u32> {
    while open
        .pop_if(|at| definitions[*at as usize].span.end <= start)
        .is_some()
    {}
    open.last().copied()
}
