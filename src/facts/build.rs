//! Collects what a walk or a lexer finds in one item, and closes it into [`ItemFacts`]: names interned, facts sorted,
//! each put inside the definition that encloses it.

use rustc_hash::FxHashMap;

use crate::text::{Span, offset};

use super::scope::Scope;
use super::words;
use super::{
    CallArguments, Definition, ItemFacts, NameId, NameTable, Operand, ParseHealth, Reference,
    Replacement, Role, Template,
};

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
    /// The arguments of the calls in it, in the order found.
    pub(super) calls: Vec<CallArguments>,
    /// What it stands for, if it is a `#define`.
    pub(super) replacement: Replacement,
    /// How well it was understood.
    pub(super) health: ParseHealth,
    /// Whether a replacement list is being read.
    pub(super) in_replacement: bool,
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
            calls: Vec::new(),
            replacement: Replacement::default(),
            in_replacement: false,
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

    /// The word that stands for the further arguments of a macro.
    pub(super) fn rest(&mut self) -> Word {
        let words = &mut self.words;
        let bytes = &b"__VA_ARGS__"[..];
        *self.ids.entry(bytes).or_insert_with(|| {
            words.push(Spelled {
                bytes,
                name: None,
                keyword: false,
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
            .get_or_insert_with(|| self.names.push(&spelling(spelled.bytes)))
    }

    /// A name that does not stand in the item as one word.
    pub(super) fn made_name(&mut self, text: &str) -> NameId {
        let known = self.names.iter().find(|(_, name)| *name == text);
        known
            .map(|(id, _)| id)
            .unwrap_or_else(|| self.names.push(text))
    }

    /// Whether a parameter of the macro that is being defined gives a word, alone or pasted with others.
    pub(super) fn is_template(&self, word: Word) -> bool {
        let pasted = || self.words[word.0 as usize].bytes.contains(&b'#');
        matches!(self.scope.find(word), Some(Operand::Parameter(_)))
            || (!self.replacement.parameters.is_empty() && pasted())
    }

    /// Whether something in the item binds a word.
    pub(super) fn binds(&self, word: Word) -> bool {
        self.scope
            .find(word)
            .is_some_and(|of_type| !matches!(of_type, Operand::Parameter(_)))
    }

    /// Notes a use, whether or not something in the item binds the name.
    pub(super) fn refer(&mut self, role: Role, word: Word, span: Span) {
        if self.is_template(word) {
            let name = self.name(word);
            let templates = &mut self.replacement.templates;
            return templates.push(Template { role, name, span });
        }
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
        self.calls.sort_by_key(|call| call.at);
        self.calls.dedup_by_key(|call| call.at);
        self.replacement
            .templates
            .sort_by_key(|template| template.span);
        ItemFacts {
            names: self.names,
            definitions: self.definitions,
            references: self.references,
            calls: self.calls,
            replacement: self.replacement,
            health: self.health,
        }
    }
}

/// A word as text; one that is pasted together in a replacement list may have white space around its `##`.
fn spelling(bytes: &[u8]) -> std::borrow::Cow<'_, str> {
    let text = String::from_utf8_lossy(bytes);
    match text.contains("##") {
        true => text.chars().filter(|c| !c.is_whitespace()).collect(),
        false => text,
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
