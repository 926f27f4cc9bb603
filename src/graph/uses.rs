//! Every use that one file makes of the tree's symbols, as rows: the whole graph of a tree, file by file.
//!
//! Asks the same resolver as the graph around a change, so both say the same of a use. A use whose meaning the tree does
//! not hold gives no row, nor does what lies behind the bounds on macros in macros. The file is long because a use, what
//! a macro makes of it and the member it accesses are one recursion.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::expand::{Bodies, Definition as Maker, Made};
use crate::facts::{Definition, ItemFacts, Operand, PlacedFacts, Reference, Role, SymbolKind};
use crate::items::{Item, ItemKey, ItemKind};

use super::expansion::{Expander, Fates, depends, is_alias, is_named_by_arguments};
use super::index::{FileId, ItemId, TreeIndex};
use super::macros::Macros;
use super::made::MadeSymbols;
use super::owner::{Bound, Record, Sight};
use super::resolve::{self, CHAIN_LIMIT, Confidence, Resolver, Site, Targets};
use super::rows::{Name, Row, Rows, Seen, UseKind};

/// A [`facts::Memo`](crate::facts::Memo) that threads share.
pub type SharedMemo = dyn Fn(ItemKey, ItemKind, &[u8]) -> Arc<ItemFacts> + Sync;

/// What the uses of files are worked out with.
#[derive(Clone, Copy)]
pub struct Tree<'t, 'i> {
    /// The files.
    pub index: &'t dyn TreeIndex,
    /// What names mean, and what macros make of arguments.
    pub expander: &'t Expander<'t, 'i>,
    /// Which macros are visible where.
    pub macros: &'t Macros<'i>,
    /// What they make.
    pub made: &'t MadeSymbols,
    /// The facts of an expansion.
    pub memo: &'t SharedMemo,
}

/// The uses in one file, each kind of use of one target by one user once, at its first place.
#[must_use]
pub fn of_file(tree: Tree<'_, '_>, file: FileId) -> Rows {
    let items = tree.index.items(file);
    let ids: Vec<ItemId> = (0..items.items.len())
        .map(|at| ItemId {
            file,
            item: crate::text::offset(at),
        })
        .collect();
    let mut collector = Collector {
        expander: tree.expander,
        resolver: tree.expander.resolver,
        rows: Rows::new(),
        start: 0,
        table: Table::default(),
        left: MOST_EXPANDED,
        known: FxHashMap::default(),
        nothing: Arc::new(resolve::nothing()),
    };
    let mut expanded: Vec<(ItemId, &Item)> = Vec::new();
    for ((id, facts), item) in ids.iter().zip(tree.index.facts(&ids)).zip(&items.items) {
        if item.kind == ItemKind::Define && is_spread(tree.made, *id, item, &facts) {
            continue;
        }
        collector.table = Table::default();
        collector.item(&Place {
            sight: Sight::of(*id, &facts),
            at: At::Item(item.span.start),
            first: first_user(item.kind, &facts),
            functions: tree.made.functions(*id),
        });
        let is_table = item.kind == ItemKind::Declaration && collector.table.is_made();
        if is_table || item.kind == ItemKind::MacroCall {
            expanded.push((*id, item));
        }
    }
    if expanded.is_empty() {
        return collector.rows;
    }
    let source = tree.index.source(file);
    let seen = tree.macros.in_file(file);
    for (id, item) in expanded {
        for made in seen.expansions(item, item.span.of(&source), Bodies::Kept, &tree.memo) {
            match item.kind {
                ItemKind::MacroCall => collector.made(id, item.span.start, &made),
                _ => collector.made_table(id, item.span.start, &made),
            }
        }
    }
    collector.rows
}

/// Whether the replacement list of a macro makes several symbols: its uses are theirs, not those of everything that it
/// makes.
fn is_spread(made: &MadeSymbols, id: ItemId, item: &Item, facts: &ItemFacts) -> bool {
    let own = facts.definitions.first();
    own.is_some_and(|own| made.is_maker_of_several(id.file, item.span.start + own.name_span.start))
}

/// What is known of the initializers of an item.
#[derive(Clone, Copy, Debug, Default)]
struct Table {
    /// Whether macros are called in them.
    calls: bool,
    /// Whether functions are named in them, or in those macros.
    functions: bool,
}

impl Table {
    /// Whether macros may store functions.
    fn is_made(self) -> bool {
        self.calls && self.functions
    }
}

/// Where the offsets of facts lie in their file.
#[derive(Clone, Copy)]
enum At {
    /// Counted from here.
    Item(u32),
    /// All at one place: that of the macro that makes them.
    Call(u32),
}

impl At {
    fn offset(self, of: u32) -> u32 {
        match self {
            Self::Item(start) => start + of,
            Self::Call(at) => at,
        }
    }
}

struct Place<'f> {
    sight: Sight<'f>,
    at: At,
    /// Who uses what stands outside all definitions of the item: attributes in front of a declaration.
    first: Option<u32>,
    /// The names of the function that the item defines, where a macro makes them.
    functions: &'f [Arc<str>],
}

impl Place<'_> {
    /// Whether a definition is an object without an initializer at file scope: attributes around it are no uses of it.
    fn of_object(&self, from: u32) -> bool {
        let definition = self.sight.facts.definitions.get(from as usize);
        definition.is_some_and(|one| {
            one.kind == SymbolKind::Object && one.within.is_none() && one.body.is_none()
        })
    }
}

/// One use: who, from where, how sure.
struct Use<'u> {
    user: &'u Name,
    role: &'u Role,
    /// The reference itself, where nothing but what stands around it says whether it is called.
    alone: Option<&'u Reference>,
    seen: Seen,
}

impl Use<'_> {
    /// Whether nothing can call the name: it stands without arguments, and is no argument itself.
    fn is_never_called(&self, facts: &ItemFacts) -> bool {
        let called = matches!(self.role, Role::Call { .. } | Role::Condition);
        let Some(reference) = self.alone.filter(|_| !called) else {
            return false;
        };
        let mut arguments = facts.calls.iter().flat_map(|call| &call.arguments);
        !arguments.any(|argument| argument.span.contains(reference.span))
    }
}

struct Collector<'a, 'i> {
    expander: &'a Expander<'a, 'i>,
    resolver: &'a Resolver<'i>,
    rows: Rows,
    /// Where the item at hand starts in its file.
    start: u32,
    /// What the initializers of that item hold.
    table: Table,
    /// Macros that the use at hand may still be followed into.
    left: u32,
    /// What the names met so far mean in the file.
    known: FxHashMap<(std::mem::Discriminant<Role>, Arc<str>), Arc<Targets>>,
    nothing: Arc<Targets>,
}

impl Collector<'_, '_> {
    fn item(&mut self, place: &Place<'_>) {
        let sight = &place.sight;
        let facts = sight.facts;
        self.start = place.at.offset(0);
        let mut fates = Fates::default();
        for reference in &facts.references {
            if matches!(reference.role, Role::Include { .. }) || fates.hide(reference) {
                continue;
            }
            let from = reference.from.or(place.first);
            let Some(from) = from else {
                continue;
            };
            let users = users(facts, from, place.functions);
            if place.of_object(from) && self.is_attribute(sight, reference) {
                continue;
            }
            for user in users {
                self.by_user(place, reference, &user, &mut fates);
            }
        }
    }

    /// The uses of what a macro call makes.
    fn made(&mut self, item: ItemId, start: u32, made: &Made<'_>) {
        for placed in &made.facts.items {
            let at = made.origin(placed.item.span.start);
            self.item(&Place {
                sight: Sight::of(item, &placed.facts),
                at: At::Call(start + at.map_or(0, |origin| origin.at)),
                first: first_user(placed.item.kind, &placed.facts),
                functions: &[],
            });
        }
        self.makers(item, start, made);
    }

    /// The last symbol that a macro call makes uses the macros that were expanded for it: the call is one use, and has
    /// one user.
    fn makers(&mut self, item: ItemId, start: u32, made: &Made<'_>) {
        let Some((placed, at)) = made.facts.items.iter().rev().find_map(last_symbol) else {
            return;
        };
        let sight = Sight::of(item, &placed.facts);
        let users = users(&placed.facts, at, &[]);
        for number in made.macros_of(placed.item.span) {
            self.made_by(&sight, start, &users, &made.macros[number]);
        }
    }

    fn made_by(&mut self, sight: &Sight<'_>, start: u32, users: &[Name], maker: &Maker<'_>) {
        let name: Arc<str> = Arc::from(&*String::from_utf8_lossy(maker.of.name()));
        let targets = self.targets(sight, &Role::Call { arguments: 0 }, &name);
        let is_maker = |site: &&Site| {
            let place = (site.item.file, site.offset);
            site.kind == SymbolKind::Macro && place == (FileId(maker.file), maker.at)
        };
        for site in targets.sites.iter().filter(is_maker) {
            let seen = Seen {
                offset: start,
                file: sight.file,
                confidence: targets.confidence,
            };
            for user in users {
                let row = Row {
                    kind: UseKind::Macro,
                    file: sight.file,
                    user: user.clone(),
                    target: Name {
                        owner: None,
                        own: Arc::clone(&name),
                    },
                    target_at: Some((site.item.file, site.offset)),
                };
                self.note(row, seen);
            }
        }
    }

    /// The functions that an initializer stores with its macros expanded.
    fn made_table(&mut self, item: ItemId, start: u32, made: &Made<'_>) {
        for placed in &made.facts.items {
            let facts = &placed.facts;
            let sight = Sight::of(item, facts);
            for reference in &facts.references {
                if !matches!(reference.role, Role::Stored { .. }) {
                    continue;
                }
                let at = made.origin(placed.item.span.start + reference.span.start);
                let seen = Seen {
                    offset: start + at.map_or(0, |origin| origin.at),
                    file: sight.file,
                    confidence: Confidence::Certain,
                };
                let name: Arc<str> = Arc::from(facts.name(reference.name));
                let targets = self.targets(&sight, &reference.role, &name);
                for site in &targets.sites {
                    let confidence = targets.confidence;
                    let seen = Seen { confidence, ..seen };
                    self.stored(&sight, &reference.role, site, &name, seen);
                }
            }
        }
    }

    /// Notes what a reference of an initializer says of functions that macros may store.
    fn note_table(&mut self, role: &Role, targets: &[Site]) {
        let called = matches!(role, Role::Call { .. });
        for site in targets {
            match site.kind {
                SymbolKind::Macro if called => {
                    self.table.calls = true;
                    self.table.functions |= self.expander.names_functions(site.id(), DEEPEST);
                }
                SymbolKind::Function if !called => self.table.functions = true,
                _ => {}
            }
        }
    }

    /// Whether a reference is an attribute that a macro stands for.
    fn is_attribute(&self, sight: &Sight<'_>, reference: &Reference) -> bool {
        if !matches!(reference.role, Role::Call { .. } | Role::Value) {
            return false;
        }
        let targets = self
            .resolver
            .targets(sight, &reference.role, reference.name);
        !targets.sites.is_empty()
            && targets.sites.iter().any(|site| {
                site.kind == SymbolKind::Macro && self.expander.is_attribute(site.id(), DEEPEST)
            })
    }

    fn by_user(
        &mut self,
        place: &Place<'_>,
        reference: &Reference,
        user: &Name,
        fates: &mut Fates,
    ) {
        let sight = &place.sight;
        let facts = sight.facts;
        let name: Arc<str> = Arc::from(facts.name(reference.name));
        let alias = is_alias(facts).then(|| self.alias_role(sight, &name));
        let role = alias.as_ref().unwrap_or(&reference.role);
        let used = Use {
            user,
            role,
            alone: Some(reference).filter(|_| !is_alias(facts)),
            seen: Seen {
                offset: place.at.offset(reference.span.start),
                file: sight.file,
                confidence: Confidence::Certain,
            },
        };
        let targets = self.used(sight, &used, &name);
        let targets = &targets.sites;
        self.note_table(&reference.role, targets);
        if !matches!(reference.role, Role::Call { .. }) && !is_alias_use(&reference.role) {
            return;
        }
        let arguments = facts.arguments(reference.span.start);
        self.expander.fates(targets, arguments, sight, fates);
        let bound = Bound {
            arguments,
            from: sight,
        };
        self.left = MOST_EXPANDED;
        self.expand(targets, bound, &used, DEEPEST);
    }

    /// How an alias uses the name that it stands for: an alias of a function is there to be called, one of a tag to
    /// stand behind `struct`.
    fn alias_role(&self, sight: &Sight<'_>, name: &str) -> Role {
        let called = Role::Call { arguments: 0 };
        let sees = |role| self.resolver.declares(sight.file, role, name);
        match !sees(&called) && !sees(&Role::Value) && sees(&Role::Tag) {
            true => Role::Tag,
            false => called,
        }
    }

    /// Notes a use of a name; gives its targets.
    fn used(&mut self, sight: &Sight<'_>, used: &Use<'_>, name: &Arc<str>) -> Arc<Targets> {
        if let Role::Member { owner } | Role::MemberCall { owner, .. } = used.role {
            self.member(sight, used, owner, name);
            return Arc::clone(&self.nothing);
        }
        let targets = self.targets(sight, used.role, name);
        for site in &targets.sites {
            let Some(edge) = super::around::edge_kind(used.role, site.kind) else {
                continue;
            };
            if site.is_called_macro() && used.is_never_called(sight.facts) {
                continue;
            }
            let seen = Seen {
                confidence: targets.confidence.min(used.seen.confidence),
                ..used.seen
            };
            self.stored(sight, used.role, site, name, seen);
            let row = Row {
                kind: UseKind::of(edge, site.kind),
                file: used.seen.file,
                user: used.user.clone(),
                target: Name {
                    owner: None,
                    own: Arc::clone(name),
                },
                target_at: Some((site.item.file, site.offset)),
            };
            self.note(row, seen);
        }
        targets
    }

    /// What a name means in the file, kept.
    fn targets(&mut self, sight: &Sight<'_>, role: &Role, name: &Arc<str>) -> Arc<Targets> {
        let key = (std::mem::discriminant(role), Arc::clone(name));
        let resolver = self.resolver;
        let read = || Arc::new(resolver.targets_of(sight, role, name));
        Arc::clone(self.known.entry(key).or_insert_with(read))
    }

    fn member(&mut self, sight: &Sight<'_>, used: &Use<'_>, owner: &Operand, name: &Arc<str>) {
        let records = self.resolver.records(sight, owner, CHAIN_LIMIT);
        let mut found = false;
        for record in &records {
            if let Some((_, definition)) = self.resolver.local_member(sight, record, name) {
                let at = (sight.file, self.start + definition.name_span.start);
                self.member_row(used, Some(record.shown()), name, Some(at));
                found = true;
                continue;
            }
            match record {
                Record::Named(of) => {
                    let members = self.resolver.members_of(of, name);
                    for site in self.resolver.seen_first(sight.file, &members) {
                        let at = (site.item.file, site.offset);
                        self.member_row(used, Some(Arc::clone(of)), name, Some(at));
                        found = true;
                    }
                }
                Record::Untagged(item, of) => {
                    if let Some(at) = self.resolver.untagged_member(*item, *of, name) {
                        let at = (item.file, at);
                        self.member_row(used, Some(record.shown()), name, Some(at));
                        found = true;
                    }
                }
            }
        }
        if found || records.is_empty() && self.resolver.is_foreign(sight, owner, CHAIN_LIMIT) {
            return;
        }
        let sites = self.resolver.sites(name);
        if sites.iter().any(|site| site.kind == SymbolKind::Member) {
            self.member_row(used, None, name, None);
        }
    }

    fn member_row(
        &mut self,
        used: &Use<'_>,
        owner: Option<Arc<str>>,
        name: &Arc<str>,
        at: Option<(FileId, u32)>,
    ) {
        let row = Row {
            kind: UseKind::Member,
            file: used.seen.file,
            user: used.user.clone(),
            target: Name {
                owner: Some(owner.unwrap_or_else(|| Arc::from(""))),
                own: Arc::clone(name),
            },
            target_at: at,
        };
        let seen = used.seen;
        if matches!(used.role, Role::MemberCall { .. }) {
            let kind = UseKind::IndirectCall;
            self.note(
                Row {
                    kind,
                    ..row.clone()
                },
                seen,
            );
        }
        self.note(row, seen);
    }

    /// A function stored in a member.
    fn stored(&mut self, sight: &Sight<'_>, role: &Role, site: &Site, name: &Arc<str>, seen: Seen) {
        let Role::Stored { owner, slot } = role else {
            return;
        };
        if site.kind != SymbolKind::Function {
            return;
        }
        let slot = self.resolver.slot(sight, owner, *slot);
        let Some((Some(record), member)) = slot else {
            return;
        };
        let members = self.resolver.members_of(&record, &member);
        let declared = self.resolver.seen_first(sight.file, &members);
        let Some(declared) = declared.first() else {
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
                own: Arc::clone(name),
            },
            target_at: Some((site.item.file, site.offset)),
        };
        self.note(row, seen);
    }

    /// What the expansion of macros makes of its arguments: uses of the one who expands.
    fn expand(&mut self, targets: &[Site], bound: Bound<'_>, used: &Use<'_>, left: u8) {
        let Some(left) = left.checked_sub(1) else {
            return;
        };
        for site in targets.iter().filter(|site| site.kind == SymbolKind::Macro) {
            if !self.expander.needs_arguments(site.id(), DEEPEST) {
                continue;
            }
            let Some(left_over) = self.left.checked_sub(1) else {
                return;
            };
            self.left = left_over;
            let facts = self.resolver.macro_facts(site.id());
            let sight = Sight {
                file: bound.from.file,
                item: site.item,
                facts: &facts,
                bound: Some(bound),
            };
            for template in &facts.replacement.templates {
                if !is_named_by_arguments(&facts, template) {
                    continue;
                }
                if let Some(name) = sight.spelled(template.name) {
                    let used = Use {
                        role: &template.role,
                        alone: None,
                        ..*used
                    };
                    let made = self.used(&sight, &used, &name);
                    if matches!(template.role, Role::Call { .. }) {
                        let bound = Bound {
                            arguments: facts.arguments(template.span.start),
                            from: &sight,
                        };
                        self.expand(&made.sites, bound, &used, left);
                    }
                }
            }
            self.expand_references(&sight, used, left);
        }
    }

    fn expand_references(&mut self, sight: &Sight<'_>, used: &Use<'_>, left: u8) {
        let facts = sight.facts;
        let own = facts.definitions.first().map(|own| own.name);
        let mut fates = Fates::default();
        for reference in &facts.references {
            if fates.hide(reference) {
                continue;
            }
            let name: Arc<str> = Arc::from(facts.name(reference.name));
            let role = match &reference.role {
                // What an alias stands for is called where the alias is.
                Role::Value if is_alias(facts) => used.role,
                role => role,
            };
            let used = Use {
                role,
                alone: None,
                ..*used
            };
            match &reference.role {
                Role::Member { owner } | Role::MemberCall { owner, .. }
                    if depends(facts, owner) =>
                {
                    self.used(sight, &used, &name);
                }
                Role::Member { .. } | Role::MemberCall { .. } => {}
                _ if Some(reference.name) == own || is_alias(facts) => {
                    self.used(sight, &used, &name);
                }
                Role::Call { .. } => {
                    let targets = self.targets(sight, role, &name);
                    let targets = &targets.sites;
                    let arguments = facts.arguments(reference.span.start);
                    self.expander.fates(targets, arguments, sight, &mut fates);
                    let bound = Bound {
                        arguments,
                        from: sight,
                    };
                    self.expand(targets, bound, &used, left);
                }
                _ => {}
            }
        }
    }

    fn note(&mut self, row: Row, seen: Seen) {
        self.rows.entry(row).or_insert(seen);
    }
}

/// Definitions of macros that one use is followed into: a table of hundreds of entries made by macros in macros stays
/// below, several definitions of each of several that call each other need not.
const MOST_EXPANDED: u32 = 10_000;

/// Macros in macros are followed this deep.
const DEEPEST: u8 = 8;

/// Whether a use in this role may be one of an alias, so that what the alias stands for is used in the same role.
fn is_alias_use(role: &Role) -> bool {
    matches!(
        role,
        Role::Value | Role::Stored { .. } | Role::Type | Role::Tag
    )
}

/// The last symbol of an item at file scope, members and enumerators left out.
fn last_symbol(placed: &PlacedFacts) -> Option<(&PlacedFacts, u32)> {
    let is_one = |one: &Definition| {
        one.within.is_none() && !matches!(one.kind, SymbolKind::Member | SymbolKind::Enumerator)
    };
    let at = placed.facts.definitions.iter().rposition(is_one)?;
    Some((placed, crate::text::offset(at)))
}

/// The definition of an item to which attributes in front of it belong.
fn first_user(kind: ItemKind, facts: &ItemFacts) -> Option<u32> {
    let wanted = match kind {
        ItemKind::Function => facts
            .definitions
            .iter()
            .position(|one| one.kind == SymbolKind::Function),
        // What stands in front of an object is no part of it.
        ItemKind::Declaration => facts
            .definitions
            .first()
            .filter(|first| first.kind != SymbolKind::Object)
            .map(|_| 0),
        _ => None,
    };
    wanted.map(crate::text::offset)
}

/// The symbols that a use inside definition `from` of an item belongs to: the innermost named record or enum at file
/// scope, else the outermost definition around it; `functions` where that is a function whose name a macro makes.
fn users(facts: &ItemFacts, from: u32, functions: &[Arc<str>]) -> Vec<Name> {
    let Some(mut definition) = facts.definitions.get(from as usize) else {
        return Vec::new();
    };
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
    let named = |own: Arc<str>| Name { owner: None, own };
    match chosen.kind {
        SymbolKind::Function if !functions.is_empty() => {
            functions.iter().cloned().map(named).collect()
        }
        _ => vec![named(Arc::from(facts.name(chosen.name)))],
    }
}

fn is_tag(kind: SymbolKind) -> bool {
    matches!(
        kind,
        SymbolKind::Struct | SymbolKind::Union | SymbolKind::Enum
    )
}
