//! How well a source was understood, what each rule of the pre-pass is good for, and whether reading item by item says
//! what reading the whole says.

use std::collections::BTreeSet;

use crate::items::lexer::{self, TokenKind};
use crate::items::prepass::{self, Rule};
use crate::items::{self, ItemKind};
use crate::parse::ParseHealth;
use crate::text::LineIndex;

use super::{FileFacts, ItemFacts, SymbolKind, is_keyword, of_item_without, of_source, of_whole};

/// Sums over sources.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Health {
    /// Sources read.
    pub files: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Functions with bodies.
    pub functions: usize,
    /// Those with an error inside.
    pub broken_functions: usize,
    /// Bytes inside errors.
    pub error_bytes: u64,
    /// Nodes that the parser made up.
    pub missing: u64,
    /// Sources that parse whole, as they stand, without an error.
    pub sound_files: usize,
    /// Of these, those whose items say something else than the whole.
    pub disagreeing: usize,
    /// What each rule does, in the order of [`Rule::ALL`].
    pub rules: Vec<Effect>,
    /// The items with the most bytes inside errors, the worst first; no more than [`WORST`].
    pub worst: Vec<Place>,
    /// Facts of sound sources that their items and the whole do not share, one for each such source; no more than
    /// [`WORST`].
    pub differing: Vec<Place>,
}

/// Places beyond this number are not kept.
pub const WORST: usize = 40;

/// A place of a source and what it is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The source, where [`Health::named`] gave it.
    pub file: String,
    /// The line.
    pub line: u32,
    /// Bytes inside errors, made up nodes counted as one each; 0 for what is no error.
    pub bytes: u32,
    /// What stands there.
    pub text: String,
}

/// What one rule does, over the items that it changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Effect {
    /// The items.
    pub items: usize,
    /// Bytes inside errors, with the rule.
    pub error_bytes: u64,
    /// Bytes inside errors, without it.
    pub error_bytes_without: u64,
    /// Nodes that the parser made up, with the rule.
    pub missing: u64,
    /// Nodes that the parser made up, without it.
    pub missing_without: u64,
    /// Functions that are defined only with the rule.
    pub won: usize,
    /// The names of functions that are defined only without it.
    pub lost: Vec<String>,
}

impl Health {
    /// The same, with every place in `file`.
    #[must_use]
    pub fn named(mut self, file: &str) -> Self {
        for place in self.worst.iter_mut().chain(&mut self.differing) {
            file.clone_into(&mut place.file);
        }
        self
    }

    /// The sums of both.
    #[must_use]
    pub fn plus(mut self, other: &Self) -> Self {
        self.files += other.files;
        self.bytes += other.bytes;
        self.functions += other.functions;
        self.broken_functions += other.broken_functions;
        self.error_bytes += other.error_bytes;
        self.missing += other.missing;
        self.sound_files += other.sound_files;
        self.disagreeing += other.disagreeing;
        self.rules.resize(Rule::ALL.len(), Effect::default());
        for (sum, one) in self.rules.iter_mut().zip(&other.rules) {
            sum.items += one.items;
            sum.error_bytes += one.error_bytes;
            sum.error_bytes_without += one.error_bytes_without;
            sum.missing += one.missing;
            sum.missing_without += one.missing_without;
            sum.won += one.won;
            sum.lost.extend(one.lost.iter().cloned());
        }
        self.worst.extend(other.worst.iter().cloned());
        self.worst.sort_by(|one, next| {
            let key = |place: &Place| (std::cmp::Reverse(place.bytes), place.line);
            key(one).cmp(&key(next)).then(one.file.cmp(&next.file))
        });
        self.worst.truncate(WORST);
        self.differing.extend(other.differing.iter().cloned());
        self.differing
            .sort_by(|one, next| (&one.file, one.line).cmp(&(&next.file, next.line)));
        self.differing.truncate(WORST);
        self
    }
}

/// The health of one source.
#[must_use]
pub fn of_bytes(source: &[u8]) -> Health {
    let agreement = disagreement(source);
    let lines = LineIndex::of(source);
    let place = |at: u32, bytes: u32, text: String| Place {
        file: String::new(),
        line: lines.line(at).0,
        bytes,
        text,
    };
    let first = agreement.iter().flatten().next();
    let differing = first.map(|(what, name, at)| place(*at, 0, format!("{what} {name}")));
    let mut health = Health {
        files: 1,
        bytes: source.len() as u64,
        sound_files: usize::from(agreement.is_some()),
        disagreeing: usize::from(agreement.is_some_and(|differing| !differing.is_empty())),
        rules: vec![Effect::default(); Rule::ALL.len()],
        differing: differing.into_iter().collect(),
        ..Health::default()
    };
    for item in &items::of_source(source).items {
        if !matches!(item.kind, ItemKind::Function | ItemKind::Declaration) {
            continue;
        }
        let bytes = item.span.of(source);
        let facts = of_item_without(bytes, item.kind, None);
        let broken = facts.health != ParseHealth::default();
        let is_function = item.kind == ItemKind::Function;
        health.functions += usize::from(is_function);
        health.broken_functions += usize::from(is_function && broken);
        health.error_bytes += u64::from(facts.health.error_bytes);
        health.missing += u64::from(facts.health.missing);
        if broken {
            let text = bytes.iter().take_while(|byte| **byte != b'\n').take(60);
            let text = String::from_utf8_lossy(&text.copied().collect::<Vec<_>>()).into_owned();
            let bad = facts.health.error_bytes.max(facts.health.missing);
            health.worst.push(place(item.span.start, bad, text));
        }
        for (effect, rule) in health.rules.iter_mut().zip(Rule::ALL) {
            add_effect(effect, rule, (bytes, item.kind), &facts);
        }
    }
    health
}

fn add_effect(effect: &mut Effect, rule: Rule, (bytes, kind): (&[u8], ItemKind), with: &ItemFacts) {
    let changed = prepass::rewritten(bytes, kind, 0)
        != prepass::rewritten_without(bytes, kind, 0, Some(rule));
    if !changed {
        return;
    }
    let without = of_item_without(bytes, kind, Some(rule));
    effect.items += 1;
    effect.error_bytes += u64::from(with.health.error_bytes);
    effect.error_bytes_without += u64::from(without.health.error_bytes);
    effect.missing += u64::from(with.health.missing);
    effect.missing_without += u64::from(without.health.missing);
    let (with, without) = (functions(with), functions(&without));
    effect.won += with.difference(&without).count();
    let lost = without.difference(&with);
    effect.lost.extend(lost.map(|name| (*name).to_owned()));
}

fn functions(facts: &ItemFacts) -> BTreeSet<&str> {
    let functions = facts.definitions.iter();
    functions
        .filter(|it| it.kind == SymbolKind::Function)
        .map(|it| facts.name(it.name))
        .collect()
}

/// One fact without its kind of use: `defines` or `uses`, the name, the offset.
type Fact = (&'static str, String, u32);

/// What the items of a source say and the whole does not, or the other way round; `None` for a source with an error,
/// and for one that the grammar is known to misread without one.
#[must_use]
pub fn disagreement(source: &[u8]) -> Option<Vec<Fact>> {
    let whole = of_whole(source);
    if whole.health != ParseHealth::default() || is_misread(source) {
        return None;
    }
    let of_whole = of_facts(&whole, 0);
    let of_items = of_file(&of_source(source));
    Some(of_whole.symmetric_difference(&of_items).cloned().collect())
}

/// Whether the grammar sees something else than C does in the source as it stands, and no error: `/*` inside a literal of
/// a `#define` opens a comment for it, and `T *(*f)(void);` at file scope is a product and a call.
fn is_misread(source: &[u8]) -> bool {
    items::of_source(source).items.iter().any(|item| {
        let bytes = item.span.of(source);
        match item.kind {
            ItemKind::Define => lexer::significant(bytes).any(|token| {
                let text = token.span.of(bytes);
                token.kind == TokenKind::String && memchr::memmem::find(text, b"/*").is_some()
            }),
            ItemKind::Declaration => is_like_a_product(bytes),
            _ => false,
        }
    })
}

/// Whether a declaration begins `T *(*` or `T (*`.
fn is_like_a_product(bytes: &[u8]) -> bool {
    let mut tokens = lexer::significant(bytes);
    let names_type = tokens.next().is_some_and(|first| {
        first.kind == TokenKind::Identifier && !is_keyword(first.span.of(bytes))
    });
    let mut rest = tokens.map(|token| token.span.of(bytes));
    let opens = rest.find(|text| *text != b"*") == Some(b"(");
    names_type && opens && rest.next() == Some(b"*")
}

fn of_file(file: &FileFacts) -> BTreeSet<Fact> {
    let items = file.items.iter();
    items
        .flat_map(|placed| of_facts(&placed.facts, placed.item.span.start))
        .collect()
}

fn of_facts(facts: &ItemFacts, start: u32) -> BTreeSet<Fact> {
    let name = |id| facts.name(id).to_owned();
    let defined = facts.definitions.iter();
    let defined = defined.map(|it| ("defines", name(it.name), start + it.name_span.start));
    let used = facts.references.iter();
    let used = used.map(|it| ("uses", name(it.name), start + it.span.start));
    defined.chain(used).collect()
}
