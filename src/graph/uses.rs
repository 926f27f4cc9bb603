//! Every use that one file makes of the tree's symbols, as rows: the whole graph of a tree, file by file.
//!
//! Asks the same resolver as the graph around a change, so both say the same of a use. A use whose meaning the tree does
//! not hold gives no row.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::facts::{Definition, ItemFacts, Reference, Role, SymbolKind};

use super::EdgeKind;
use super::index::{FileId, ItemId, TreeIndex};
use super::resolve::{Confidence, Resolver, Site};

/// How a row uses its target; what `index --edges` prints in its first column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum UseKind {
    /// Names a function without calling it.
    Address,
    /// Calls a function, or an object that holds one.
    Call,
    /// Names a macro in the condition of an `#if`.
    Condition,
    /// Names an enumerator.
    Enumerator,
    /// A function is stored in a member: the row's source is the member.
    Stored,
    /// Reads or writes an object.
    Object,
    /// Calls through a member.
    IndirectCall,
    /// Expands a macro.
    Macro,
    /// Accesses a member.
    Member,
    /// Names a type.
    Type,
}

impl UseKind {
    /// All of them, in the order of their words.
    pub const ALL: [Self; 10] = [
        Self::Address,
        Self::Call,
        Self::Condition,
        Self::Enumerator,
        Self::Stored,
        Self::Object,
        Self::IndirectCall,
        Self::Macro,
        Self::Member,
        Self::Type,
    ];

    /// Its word in the export.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Address => "addr",
            Self::Call => "call",
            Self::Condition => "cond",
            Self::Enumerator => "enumc",
            Self::Stored => "fpset",
            Self::Object => "gvar",
            Self::IndirectCall => "icall",
            Self::Macro => "macro",
            Self::Member => "member",
            Self::Type => "type",
        }
    }
}

/// A name, and for a member the name of its record: empty where that is not known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name {
    /// The record of a member.
    pub owner: Option<Arc<str>>,
    /// The name itself.
    pub own: Arc<str>,
}

/// What uses what, how; the identity of a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Row {
    /// How.
    pub kind: UseKind,
    /// The file of the user.
    pub file: FileId,
    /// The user.
    pub user: Name,
    /// What is used.
    pub target: Name,
    /// The file that defines it; where none does, that declares it.
    pub target_file: Option<FileId>,
}

/// Where a row's first use and its target stand, and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The offset of the use in the file it stands in.
    pub offset: u32,
    /// That file; the row's own but for [`UseKind::Stored`].
    pub file: FileId,
    /// The offset of the target's name in its file.
    pub target_offset: Option<u32>,
    /// How sure it is.
    pub confidence: Confidence,
}

/// The rows of one file, by identity.
pub type Rows = BTreeMap<Row, Seen>;

/// The uses in one file, each kind of use of one target by one user once, at its first place.
#[must_use]
pub fn of_file(resolver: &Resolver<'_>, index: &dyn TreeIndex, file: FileId) -> Rows {
    let count = index.items(file).items.len();
    let ids: Vec<ItemId> = (0..count)
        .map(|at| ItemId {
            file,
            item: crate::text::offset(at),
        })
        .collect();
    let mut collector = Collector {
        resolver,
        rows: Rows::new(),
    };
    for (id, facts) in ids.iter().zip(index.facts(&ids)) {
        let start = index.item(*id).span.start;
        for reference in &facts.references {
            collector.reference(
                &Place {
                    file,
                    start,
                    facts: &facts,
                },
                reference,
            );
        }
    }
    collector.rows
}

struct Place<'f> {
    file: FileId,
    start: u32,
    facts: &'f ItemFacts,
}

struct Collector<'a, 'i> {
    resolver: &'a Resolver<'i>,
    rows: Rows,
}

impl Collector<'_, '_> {
    fn reference(&mut self, place: &Place<'_>, reference: &Reference) {
        if matches!(reference.role, Role::Include { .. }) {
            return;
        }
        let Some(user) = user(place.facts, reference) else {
            return;
        };
        let targets =
            self.resolver
                .targets(place.file, place.facts, &reference.role, reference.name);
        let own: Arc<str> = Arc::from(place.facts.name(reference.name));
        for site in &targets.sites {
            let Some(edge) = super::around::edge_kind(&reference.role, site.kind) else {
                continue;
            };
            let row = Row {
                kind: use_kind(edge),
                file: place.file,
                user: user.clone(),
                target: Name {
                    owner: site
                        .parent
                        .clone()
                        .filter(|_| site.kind == SymbolKind::Member),
                    own: Arc::clone(&own),
                },
                target_file: Some(site.item.file),
            };
            let seen = Seen {
                offset: place.start + reference.span.start,
                file: place.file,
                target_offset: Some(site.offset),
                confidence: targets.confidence,
            };
            if matches!(reference.role, Role::MemberCall { .. }) {
                self.note(
                    Row {
                        kind: UseKind::IndirectCall,
                        ..row.clone()
                    },
                    seen,
                );
            }
            self.stored(place, reference, site, seen);
            self.note(row, seen);
        }
    }

    /// A function stored in a member.
    fn stored(&mut self, place: &Place<'_>, reference: &Reference, site: &Site, seen: Seen) {
        let Role::Stored { owner, slot } = &reference.role else {
            return;
        };
        if site.kind != SymbolKind::Function {
            return;
        }
        let slot = self.resolver.slot(place.file, place.facts, owner, *slot);
        let Some((Some(record), member)) = slot else {
            return;
        };
        let sites = self.resolver.sites(&member);
        let of_record = sites
            .iter()
            .find(|site| site.kind == SymbolKind::Member && site.parent.as_ref() == Some(&record));
        let Some(declared) = of_record else {
            return;
        };
        let row = Row {
            kind: UseKind::Stored,
            file: declared.item.file,
            user: Name {
                owner: Some(record),
                own: member,
            },
            target: Name {
                owner: None,
                own: Arc::from(place.facts.name(reference.name)),
            },
            target_file: Some(site.item.file),
        };
        self.note(row, seen);
    }

    fn note(&mut self, row: Row, seen: Seen) {
        self.rows.entry(row).or_insert(seen);
    }
}

/// The symbol that a reference stands in: the innermost named record or enum at file scope, else the outermost
/// definition around it. `None` at file scope.
fn user(facts: &ItemFacts, reference: &Reference) -> Option<Name> {
    let mut definition = facts.enclosing(reference)?;
    let mut record: Option<&Definition> = None;
    for _ in 0..16 {
        if is_tag(definition.kind) && record.is_none() {
            record = Some(definition);
        }
        let outer = definition
            .within
            .and_then(|at| facts.definitions.get(at as usize));
        let Some(outer) = outer else {
            break;
        };
        definition = outer;
    }
    let chosen = match record {
        Some(record) if definition.kind != SymbolKind::Function => record,
        _ => definition,
    };
    Some(Name {
        owner: None,
        own: Arc::from(facts.name(chosen.name)),
    })
}

fn is_tag(kind: SymbolKind) -> bool {
    matches!(
        kind,
        SymbolKind::Struct | SymbolKind::Union | SymbolKind::Enum
    )
}

fn use_kind(edge: EdgeKind) -> UseKind {
    match edge {
        EdgeKind::Call => UseKind::Call,
        EdgeKind::Macro => UseKind::Macro,
        EdgeKind::Type => UseKind::Type,
        EdgeKind::Member => UseKind::Member,
        EdgeKind::Object => UseKind::Object,
        EdgeKind::Enumerator => UseKind::Enumerator,
        EdgeKind::Address => UseKind::Address,
        EdgeKind::IndirectCall => UseKind::IndirectCall,
        EdgeKind::Condition => UseKind::Condition,
    }
}
