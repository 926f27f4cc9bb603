//! Whether a merged C file reads as well as the files it was made from: syntax, locals, labels.
//!
//! Looks only at items that neither side has as they are. What breaks between items and files is the build check's.

use std::collections::{BTreeMap, BTreeSet};

use crate::change::replay::Sides;
use crate::facts::{self, Form, ItemFacts, SymbolKind};
use crate::items::lexer::{self, TokenKind};
use crate::items::{self, ItemKey, ItemKind};
use crate::parse::{self, ParseHealth};

/// Why a merged file is worse than what it was made from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Flaw {
    /// The parser or the splitter makes less of it.
    Syntax,
    /// A function uses a local that it no longer declares.
    Local(String),
    /// A `goto` without its label.
    Label(String),
}

/// The first flaw of `result`; `None` where it is as sound as ours and theirs.
pub(super) fn flaw(sides: Sides<&[u8]>, result: &[u8]) -> Option<Flaw> {
    let (ours, theirs) = (File::of(sides.ours), File::of(sides.theirs));
    let result = File::of(result);
    let known: BTreeSet<ItemKey> = ours.keys().chain(theirs.keys()).collect();
    let kept: BTreeSet<ItemKey> = result.keys().collect();
    let fresh = |file: &File<'_>, other: &BTreeSet<ItemKey>| -> Health {
        let items = file
            .layout
            .items
            .iter()
            .filter(|item| !other.contains(&item.key));
        items.fold(Health::default(), |sum, item| {
            sum.with(
                parse::item(item.span.of(file.source), item.kind).health,
                item.kind,
            )
        })
    };
    let new = fresh(&result, &known);
    let old = fresh(&ours, &kept).max(fresh(&theirs, &kept));
    if new.is_worse_than(old) || result.unclosed() > ours.unclosed().max(theirs.unclosed()) {
        return Some(Flaw::Syntax);
    }
    let (ours, theirs) = (ours.functions(), theirs.functions());
    let result_functions = result.functions_but(&known);
    result_functions
        .iter()
        .find_map(|(name, function)| function.flaw(ours.get(name), theirs.get(name)))
}

#[derive(Clone, Copy, Debug, Default)]
struct Health {
    error_bytes: u32,
    missing: u32,
    fragments: u32,
}

impl Health {
    fn with(self, health: ParseHealth, kind: ItemKind) -> Self {
        Self {
            error_bytes: self.error_bytes + health.error_bytes,
            missing: self.missing + health.missing,
            fragments: self.fragments + u32::from(kind == ItemKind::Fragment),
        }
    }

    fn max(self, other: Self) -> Self {
        Self {
            error_bytes: self.error_bytes.max(other.error_bytes),
            missing: self.missing.max(other.missing),
            fragments: self.fragments.max(other.fragments),
        }
    }

    fn is_worse_than(self, other: Self) -> bool {
        self.error_bytes > other.error_bytes
            || self.missing > other.missing
            || self.fragments > other.fragments
    }
}

struct File<'a> {
    source: &'a [u8],
    layout: items::FileItems,
}

/// A function of a file.
struct Function<'a> {
    bytes: &'a [u8],
    facts: ItemFacts,
}

impl<'a> File<'a> {
    fn of(source: &'a [u8]) -> Self {
        Self {
            source,
            layout: items::of_source(source),
        }
    }

    fn keys(&self) -> impl Iterator<Item = ItemKey> {
        self.layout.items.iter().map(|item| item.key)
    }

    /// Brackets and conditionals that do not close.
    fn unclosed(&self) -> u64 {
        let (mut depth, mut wrong) = (0_i64, 0_u64);
        let mut directive = false;
        for token in lexer::significant(self.source) {
            let text = token.span.of(self.source);
            let change = match (token.kind, text) {
                (TokenKind::Identifier, b"if" | b"ifdef" | b"ifndef") if directive => 1,
                (TokenKind::Identifier, b"endif") if directive => -1,
                _ => 0,
            };
            directive = token.kind == TokenKind::Hash;
            depth += change;
            if depth < 0 {
                wrong += 1;
                depth = 0;
            }
        }
        wrong + depth.unsigned_abs()
    }

    fn functions(&self) -> BTreeMap<String, Function<'a>> {
        self.functions_but(&BTreeSet::new())
    }

    /// The functions by name, those of known content left out; of several with one name the last.
    fn functions_but(&self, known: &BTreeSet<ItemKey>) -> BTreeMap<String, Function<'a>> {
        let mut found = BTreeMap::new();
        for item in &self.layout.items {
            if item.kind != ItemKind::Function || known.contains(&item.key) {
                continue;
            }
            let bytes = item.span.of(self.source);
            let facts = facts::of_item(bytes, item.kind);
            let defined = facts.definitions.iter().find(|one| {
                one.kind == SymbolKind::Function
                    && one.form == Form::Definition
                    && one.within.is_none()
            });
            if let Some(name) = defined.map(|one| facts.name(one.name).to_owned()) {
                found.insert(name, Function { bytes, facts });
            }
        }
        found
    }
}

impl Function<'_> {
    /// The names that it uses and does not bind.
    fn free_names(&self) -> BTreeSet<&str> {
        let names = self.facts.references.iter();
        names.map(|one| self.facts.name(one.name)).collect()
    }

    fn flaw(&self, ours: Option<&Function<'_>>, theirs: Option<&Function<'_>>) -> Option<Flaw> {
        if let Some(label) = self.lost_label() {
            return Some(Flaw::Label(label));
        }
        let (Some(ours), Some(theirs)) = (ours, theirs) else {
            return None;
        };
        let (one, other) = (ours.free_names(), theirs.free_names());
        let mut free = self.free_names().into_iter();
        let lost = free.find(|name| !one.contains(name) && !other.contains(name))?;
        Some(Flaw::Local(lost.to_owned()))
    }

    /// The label of a `goto` that the function does not have.
    fn lost_label(&self) -> Option<String> {
        let words: Vec<&[u8]> = lexer::significant(self.bytes)
            .map(|token| token.span.of(self.bytes))
            .collect();
        let labels: BTreeSet<&[u8]> = words
            .windows(2)
            .filter(|pair| pair[1] == b":")
            .map(|pair| pair[0])
            .collect();
        let mut jumps = words
            .windows(2)
            .filter(|pair| pair[0] == b"goto" && pair[1] != b"*");
        let lost = jumps.find(|pair| !labels.contains(pair[1]))?;
        Some(String::from_utf8_lossy(lost[1]).into_owned())
    }
}
