//! The uses of names in items: what has to be provided by somebody, and how it is used.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::facts::{Form, ItemFacts, Reference, Role, SymbolKind};
use crate::graph::index::{FileId, ItemId, TreeIndex};
use crate::items::ItemKind;
use crate::items::lexer::{identifiers, significant};
use crate::text::offset;

/// What a use needs of its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Need {
    /// A function, object, enumerator or macro (or, in `sizeof` and casts, a type).
    Ordinary,
    /// A typedef, or a macro that stands for a type.
    Type,
    /// A struct, union or enum whose members or size matter.
    CompleteTag,
}

impl Need {
    /// Whether a definition of this kind and form answers it.
    pub(super) fn is_met_by(self, kind: SymbolKind, form: Form) -> bool {
        match self {
            Self::Ordinary => matches!(
                kind,
                SymbolKind::Function
                    | SymbolKind::Object
                    | SymbolKind::Enumerator
                    | SymbolKind::Macro
                    | SymbolKind::Typedef
            ),
            Self::Type => matches!(kind, SymbolKind::Typedef | SymbolKind::Macro),
            Self::CompleteTag => match kind {
                SymbolKind::Struct | SymbolKind::Union | SymbolKind::Enum => {
                    form != Form::Declaration
                }
                _ => kind == SymbolKind::Macro,
            },
        }
    }
}

/// A use of a name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Use {
    pub(super) item: ItemId,
    /// Where it stands in its file.
    pub(super) offset: u32,
    pub(super) need: Need,
    /// The arguments, where it is called.
    pub(super) arguments: Option<u16>,
    /// It stands in a macro's replacement list, so it is looked up where the macro is expanded.
    pub(super) in_macro: bool,
}

impl Use {
    pub(super) fn file(&self) -> FileId {
        self.item.file
    }
}

/// The uses of some names, by name, each list in tree order.
pub(super) type Uses = BTreeMap<String, Vec<Use>>;

/// The items of one file in which one of `names` stands: reads that file alone, where the index would look at them all.
pub(super) fn items_mentioning(
    tree: &dyn TreeIndex,
    file: FileId,
    names: &BTreeSet<String>,
) -> Vec<ItemId> {
    if names.is_empty() {
        return Vec::new();
    }
    let source = tree.source(file);
    let items = tree.items(file);
    let mentions = |bytes: &[u8]| {
        identifiers(bytes).any(|span| {
            let name = std::str::from_utf8(span.of(bytes));
            name.is_ok_and(|name| names.contains(name))
        })
    };
    let numbered = items.items.iter().enumerate();
    numbered
        .filter(|(_, item)| mentions(item.span.of(&source)))
        .map(|(at, _)| ItemId {
            file,
            item: offset(at),
        })
        .collect()
}

/// The uses of `names` in one file.
pub(super) fn uses_in_file(tree: &dyn TreeIndex, file: FileId, names: &BTreeSet<String>) -> Uses {
    let items = items_mentioning(tree, file, names);
    among(tree, &items, names)
}

/// The uses of `names` in the files that `wanted` admits.
pub(super) fn uses_of(
    tree: &dyn TreeIndex,
    names: &BTreeSet<String>,
    wanted: impl Fn(FileId) -> bool,
) -> Uses {
    let asked: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut items = tree.mentioning(&asked);
    items.retain(|item| wanted(item.file));
    among(tree, &items, names)
}

fn among(tree: &dyn TreeIndex, items: &[ItemId], names: &BTreeSet<String>) -> Uses {
    let mut found = Uses::new();
    for (name, a_use) in uses_in(tree, items) {
        if names.contains(&name) {
            found.entry(name).or_default().push(a_use);
        }
    }
    found
}

/// Every use in the items, in order; members, includes and conditions left out.
pub(super) fn uses_in(tree: &dyn TreeIndex, items: &[ItemId]) -> Vec<(String, Use)> {
    let mut all = Vec::new();
    for (id, facts) in items.iter().zip(tree.facts(items)) {
        let reader = ItemReader::new(tree, *id, &facts);
        all.extend(facts.references.iter().filter_map(|one| reader.read(one)));
    }
    all
}

/// One item's facts with the item's place.
struct ItemReader<'a> {
    id: ItemId,
    base: u32,
    in_macro: bool,
    source: Arc<[u8]>,
    facts: &'a ItemFacts,
}

impl<'a> ItemReader<'a> {
    fn new(tree: &dyn TreeIndex, id: ItemId, facts: &'a ItemFacts) -> Self {
        let item = tree.item(id);
        Self {
            id,
            base: item.span.start,
            in_macro: item.kind == ItemKind::Define,
            source: tree.source(id.file),
            facts,
        }
    }

    fn read(&self, reference: &Reference) -> Option<(String, Use)> {
        let (need, arguments) = self.need(reference)?;
        let a_use = Use {
            item: self.id,
            offset: self.base + reference.span.start,
            need,
            arguments,
            in_macro: self.in_macro,
        };
        Some((self.facts.names.name(reference.name).to_owned(), a_use))
    }

    fn need(&self, reference: &Reference) -> Option<(Need, Option<u16>)> {
        match reference.role {
            Role::Call { arguments } => Some((Need::Ordinary, Some(arguments))),
            Role::Value | Role::Stored { .. } => Some((Need::Ordinary, None)),
            Role::Type => Some((Need::Type, None)),
            Role::Tag => self
                .needs_complete_type(reference)
                .then_some((Need::CompleteTag, None)),
            Role::Member { .. }
            | Role::MemberCall { .. }
            | Role::Include { .. }
            | Role::Condition => None,
        }
    }

    /// Whether `struct name` stands where its size or members matter: before anything but a pointer's star.
    fn needs_complete_type(&self, reference: &Reference) -> bool {
        let end = (self.base + reference.span.end) as usize;
        let rest = self.source.get(end..).unwrap_or(&[]);
        let next = significant(rest).next();
        let text = next.map_or(&[][..], |token| token.span.of(rest));
        !matches!(text, b"*" | b";" | b"" | b"const")
    }
}
