//! Grows the graph outwards from given symbols, layer by layer: who uses them, who uses those, and so on.
//!
//! Each layer asks the index for the items that mention the layer's names and keeps the uses that resolve to the layer's
//! symbols. Follows macros (a user of a macro uses what its body uses, one step further), typedefs (no step: a typedef
//! and its tag are one type) and functions stored in members (calls through the member; two named tables are told apart,
//! pointers to them are not). Sees what one macro pastes together for the starting symbols ([`super::pasted`]), not for
//! those further out, nor where a function's address travels through variables. The file is long because one layer's steps share the state of the growth.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::facts::{Form, ItemFacts, NameId, Operand, Reference, Role, SymbolKind};
use crate::text::offset;

use super::confined::{Mentions, Units, is_confined};
use super::index::{FileId, ItemId, TreeIndex};
use super::owner::Sight;
use super::pasted;
use super::resolve::{Confidence, DefinitionId, Resolver, Site, fits};
use super::{
    DependencyGraph, EdgeKey, EdgeKind, FileScopeUse, Parts, Symbol, SymbolId, SymbolKey, Use,
};

/// How far the graph grows. A limit that is met leaves a note.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The number of layers: references between a symbol and a starting one.
    pub distance: u32,
    /// The number of symbols at which growing stops.
    pub symbols: usize,
    /// The bytes of the items that are read for facts: what bounds the time, whatever the cache holds.
    pub item_bytes: u64,
}

impl Default for Limits {
    /// Distance 3; 20,000 symbols; 8 MiB of items, which is about half a second of parsing on two cores.
    fn default() -> Self {
        Self {
            distance: 3,
            symbols: 20_000,
            item_bytes: 8 << 20,
        }
    }
}

/// The graph of everything within the limits that reaches the starting symbols. Those that the tree does not define are
/// left out; one without a file stands for all of its name.
#[must_use]
pub fn around(starting: &[SymbolKey], index: &dyn TreeIndex, limits: &Limits) -> DependencyGraph {
    let mut growth = Growth::new(index, limits);
    let mut frontier = growth.start(starting);
    let starting = frontier.clone();
    for distance in 0..limits.distance {
        if frontier.is_empty() {
            break;
        }
        let pasted = match distance {
            0 => growth.pasted(&frontier),
            _ => Vec::new(),
        };
        frontier = growth.layer(frontier);
        frontier.extend(pasted);
        frontier.sort_unstable();
        frontier.dedup();
    }
    growth.finish(starting)
}

struct Growth<'a> {
    index: &'a dyn TreeIndex,
    resolver: Resolver<'a>,
    limits: &'a Limits,
    symbols: Vec<Symbol>,
    by_identity: FxHashMap<Identity, SymbolId>,
    edges: BTreeMap<EdgeKey, Use>,
    file_scope: Vec<FileScopeUse>,
    read: FxHashSet<ItemId>,
    read_bytes: u64,
    units: Units,
    notes: BTreeSet<String>,
}

/// What makes two definitions one symbol of the graph.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Identity {
    name: Arc<str>,
    kind: SymbolKind,
    parent: Option<Arc<str>>,
    file: FileId,
}

fn identity_of_site(name: &str, site: &Site) -> Identity {
    Identity {
        name: Arc::from(name),
        kind: site.kind,
        parent: site.parent.clone(),
        file: site.item.file,
    }
}

/// An item that is looked at for uses.
struct Place<'f> {
    id: ItemId,
    start: u32,
    facts: &'f ItemFacts,
}

/// An item with its facts, and which of its references are sought.
struct Met {
    id: ItemId,
    facts: Arc<ItemFacts>,
    references: Vec<u32>,
}

/// Which references to a name are looked for.
enum Sought {
    /// Those that may mean a symbol of one of these kinds.
    UsesOf(Vec<SymbolKind>),
    /// Calls through a member of that name.
    MemberCalls,
}

impl Sought {
    fn is_met_by(&self, role: &Role) -> bool {
        match self {
            Self::UsesOf(kinds) => kinds.iter().any(|kind| fits(role, *kind)),
            Self::MemberCalls => matches!(role, Role::MemberCall { .. }),
        }
    }
}

type SoughtNames<'n> = FxHashMap<&'n str, Sought>;

impl Met {
    fn of(id: ItemId, facts: Arc<ItemFacts>, names: &SoughtNames<'_>) -> Self {
        let sought: Vec<_> = facts
            .names
            .iter()
            .map(|(_, name)| names.get(name))
            .collect();
        let is_sought = |one: &Reference| {
            let sought = sought.get(one.name.0 as usize).copied().flatten();
            sought.is_some_and(|sought| sought.is_met_by(&one.role))
        };
        let references = facts.references.iter().enumerate();
        let references = references
            .filter(|(_, one)| is_sought(one))
            .map(|(at, _)| offset(at))
            .collect();
        Self {
            id,
            facts,
            references,
        }
    }

    /// Those references, in order.
    fn references(&self) -> impl Iterator<Item = &Reference> {
        let at = self.references.iter();
        at.filter_map(|at| self.facts.references.get(*at as usize))
    }
}

impl<'f> Place<'f> {
    fn sight(&self) -> Sight<'f> {
        Sight::of(self.id, self.facts)
    }
}

/// A function stored in a member: `record.member = function`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Stored {
    member: Arc<str>,
    record: Option<Arc<str>>,
    /// The tables it is stored in, where the place names one.
    tables: Vec<DefinitionId>,
    function: SymbolId,
}

impl Stored {
    /// Whether a call through the member of such a record, of one of these tables where there are any, may reach it. Two
    /// tables that are both named are not each other; a pointer, on either side, may be any of them.
    fn is_called(&self, record: &Arc<str>, tables: &[DefinitionId]) -> bool {
        self.record.as_ref() == Some(record)
            && (tables.is_empty()
                || self.tables.is_empty()
                || self.tables.iter().any(|table| tables.contains(table)))
    }
}

/// What looking at the mentions of a layer's names found.
#[derive(Default)]
struct Found {
    users: BTreeSet<SymbolId>,
    /// Typedefs of the layer's tags: to be followed in the same layer.
    aliases: BTreeSet<SymbolId>,
    stored: BTreeSet<Stored>,
}

type ByName = BTreeMap<Arc<str>, Vec<SymbolId>>;

impl<'a> Growth<'a> {
    fn new(index: &'a dyn TreeIndex, limits: &'a Limits) -> Self {
        Self {
            index,
            resolver: Resolver::new(index),
            limits,
            symbols: Vec::new(),
            by_identity: FxHashMap::default(),
            edges: BTreeMap::new(),
            file_scope: Vec::new(),
            read: FxHashSet::default(),
            read_bytes: 0,
            units: Units::default(),
            notes: BTreeSet::new(),
        }
    }

    fn start(&mut self, keys: &[SymbolKey]) -> Vec<SymbolId> {
        self.resolver
            .learn(keys.iter().map(|key| key.name.as_str()));
        let mut ids = BTreeSet::new();
        let mut skipped = 0_usize;
        // A text that defines one name a million times is one key, and each key looks at all sites of its name.
        let keys: BTreeSet<&SymbolKey> = keys.iter().collect();
        for key in keys {
            if self.symbols.len() >= self.limits.symbols {
                skipped += 1;
                continue;
            }
            for site in self.matching(key) {
                ids.insert(self.intern_site(&key.name, &site));
            }
        }
        if skipped > 0 {
            self.notes.insert(format!(
                "the impact is cut: {skipped} changed symbols were not looked up (limit {})",
                self.limits.symbols
            ));
        }
        ids.into_iter().collect()
    }

    /// The sites that a key means: definitions in its file, else its declarations there, else those of every file.
    fn matching(&self, key: &SymbolKey) -> Vec<Site> {
        let all = self.resolver.sites(&key.name);
        let fits = |site: &&Site| {
            site.kind == key.kind
                && (key.parent.is_none() || site.parent.as_deref() == key.parent.as_deref())
        };
        let fitting: Vec<&Site> = all.iter().filter(fits).collect();
        let file = key.file.as_ref().and_then(|path| self.index.file(path));
        let in_file: Vec<_> = fitting
            .iter()
            .copied()
            .filter(|site| Some(site.item.file) == file)
            .collect();
        let pool = if in_file.is_empty() { fitting } else { in_file };
        let defined: Vec<_> = pool
            .iter()
            .filter(|site| site.form != Form::Declaration)
            .copied()
            .cloned()
            .collect();
        if defined.is_empty() {
            pool.into_iter().cloned().collect()
        } else {
            defined
        }
    }

    fn intern_site(&mut self, name: &str, site: &Site) -> SymbolId {
        let symbol = Symbol {
            name: Arc::from(name),
            kind: site.kind,
            parent: site.parent.clone(),
            linkage: site.linkage,
            form: site.form,
            item: site.item,
            offset: site.offset,
        };
        self.intern(symbol)
    }

    fn intern(&mut self, symbol: Symbol) -> SymbolId {
        let identity = Identity {
            name: Arc::clone(&symbol.name),
            kind: symbol.kind,
            parent: symbol.parent.clone(),
            file: symbol.item.file,
        };
        let next = SymbolId(offset(self.symbols.len()));
        let id = *self.by_identity.entry(identity).or_insert(next);
        if id == next {
            self.symbols.push(symbol);
        } else {
            // Of several definitions in one file the first one stands for all, whoever was met first.
            let known = &mut self.symbols[id.0 as usize];
            if (symbol.item, symbol.offset) < (known.item, known.offset) {
                *known = symbol;
            }
        }
        id
    }

    /// One layer: the users of `frontier` that were not met before.
    fn layer(&mut self, frontier: Vec<SymbolId>) -> Vec<SymbolId> {
        let known = self.symbols.len();
        let mut open = frontier;
        let mut users = BTreeSet::new();
        // Typedefs of typedefs: each round follows one more name of the same type.
        for _ in 0..4 {
            let found = self.users(&open);
            users.extend(found.users);
            self.indirect_calls(&found.stored, &mut users);
            open = found
                .aliases
                .into_iter()
                .filter(|id| id.0 as usize >= known)
                .collect();
            if open.is_empty() {
                break;
            }
        }
        let is_new = |id: &SymbolId| id.0 as usize >= known;
        users.into_iter().filter(is_new).collect()
    }

    fn users(&mut self, frontier: &[SymbolId]) -> Found {
        let mut by_name = ByName::new();
        for id in frontier {
            let name = Arc::clone(&self.symbols[id.0 as usize].name);
            by_name.entry(name).or_default().push(*id);
        }
        let mut found = Found::default();
        let mentions = self.mentions(&by_name);
        let at_home = self.learn_sites(&by_name, &mentions);
        let lists: Vec<_> = mentions.into_iter().map(|one| one.items).collect();
        let items = self.affordable(&lists);
        let kind = |id: &SymbolId| self.symbols[id.0 as usize].kind;
        let sought = by_name.iter().map(|(name, layer)| {
            let kinds = layer.iter().map(kind).collect();
            (&**name, Sought::UsesOf(kinds))
        });
        let items = self.facts(&items, &sought.collect());
        self.learn_owners(&items);
        for met in &items {
            let place = self.place(met.id, &met.facts);
            for reference in met.references() {
                let name = met.facts.names.name(reference.name);
                if let Some(layer) = by_name.get(name) {
                    let sites = at_home.get(&(name, met.id.file)).map(|sites| &**sites);
                    self.meet((&place, reference, sites), layer, &mut found);
                }
            }
        }
        found
    }

    /// The users of symbols whose names macros paste together.
    fn pasted(&mut self, symbols: &[SymbolId]) -> Vec<SymbolId> {
        let known = self.symbols.len();
        let mut found = Found::default();
        for to in symbols {
            let name = Arc::clone(&self.symbols[to.0 as usize].name);
            for one in pasted::uses(self.index, self.resolver.includes(), &name) {
                let facts = self.index.facts(&[one.item]).pop().unwrap_or_default();
                let place = self.place(one.item, &facts);
                let targets = self
                    .resolver
                    .targets_of(&place.sight(), &Role::Value, &name);
                let ids = targets
                    .sites
                    .iter()
                    .map(|site| identity_of_site(&name, site));
                if !ids
                    .into_iter()
                    .any(|one| self.by_identity.get(&one) == Some(to))
                {
                    continue;
                }
                let mut calls = facts.references.iter();
                let call = calls.find(|reference| reference.span.start == one.offset);
                let used = Use {
                    kind: edge_kind(&Role::Value, self.symbols[to.0 as usize].kind)
                        .unwrap_or(EdgeKind::Address),
                    confidence: Confidence::Probable,
                    file: one.item.file,
                    offset: place.start + one.offset,
                };
                self.connect(
                    &place,
                    call.and_then(|call| call.from),
                    *to,
                    used,
                    &mut found,
                );
            }
        }
        let is_new = |id: &SymbolId| id.0 as usize >= known;
        found.users.into_iter().filter(is_new).collect()
    }

    /// Looks up in one go what the owners of these items' members are declared as: one by one would ask the whole tree
    /// for each.
    fn learn_owners(&self, items: &[Met]) {
        let mut owners = FxHashSet::default();
        for met in items {
            for reference in met.references() {
                if let Role::Member { owner }
                | Role::MemberCall { owner, .. }
                | Role::Stored { owner, .. } = &reference.role
                {
                    owners.extend(owner_names(owner).map(|name| met.facts.names.name(name)));
                }
            }
        }
        let mut owners: Vec<&str> = owners.into_iter().collect();
        owners.sort_unstable();
        self.resolver.learn(owners.iter().copied());
        let types: BTreeSet<Arc<str>> = owners
            .iter()
            .flat_map(|name| self.resolver.sites(name).to_vec())
            .filter_map(|site| site.type_name)
            .collect();
        self.resolver.learn(types.iter().map(|name| &**name));
    }

    fn place<'f>(&self, id: ItemId, facts: &'f ItemFacts) -> Place<'f> {
        let start = self.index.item(id).span.start;
        Place { id, start, facts }
    }

    /// For each name the items that mention it and may mean a symbol of its layer.
    fn mentions(&mut self, names: &ByName) -> Vec<Mentions> {
        let texts: Vec<&str> = names.keys().map(|name| &**name).collect();
        let lists = self.index.mentions(&texts).into_iter();
        let mut mentions: Vec<Mentions> = lists
            .zip(names.values())
            .map(|(items, layer)| {
                let symbols = layer.iter().map(|id| &self.symbols[id.0 as usize]);
                let home = |symbol: &Symbol| is_confined(symbol).then_some(symbol.item.file);
                let homes: Option<Vec<FileId>> = symbols.map(home).collect();
                let homes = homes.filter(|homes| !homes.is_empty());
                Mentions { items, homes }
            })
            .collect();
        self.units.confine(&mut mentions, self.resolver.includes());
        mentions
    }

    /// Looks up what the names of a layer mean: in the files of the symbols alone where only those mention them.
    fn learn_sites<'n>(
        &self,
        names: &'n ByName,
        mentions: &[Mentions],
    ) -> FxHashMap<(&'n str, FileId), Vec<Site>> {
        let (mut at_home, mut everywhere) = (BTreeMap::new(), Vec::new());
        for (name, mentions) in names.keys().zip(mentions) {
            match mentions.only_at_home() {
                Some(homes) => drop(at_home.insert(&**name, homes)),
                None => everywhere.push(&**name),
            }
        }
        self.resolver.learn(everywhere);
        self.resolver.settled_at_home(&at_home)
    }

    /// Of the items of each name as many as the limits allow: names in few items first, so that one popular
    /// name does not use up what all others need.
    fn affordable(&mut self, lists: &[Vec<ItemId>]) -> Vec<ItemId> {
        let mut order: Vec<usize> = (0..lists.len()).collect();
        order.sort_by_key(|at| (lists[*at].len(), *at));
        let mut items = Vec::new();
        let mut skipped = 0_usize;
        for at in order {
            let is_full = self.symbols.len() >= self.limits.symbols;
            if is_full || self.read_bytes > self.limits.item_bytes {
                skipped += 1;
                continue;
            }
            for id in &lists[at] {
                if self.read.insert(*id) {
                    self.read_bytes += u64::from(self.index.item(*id).span.len());
                }
            }
            items.extend_from_slice(&lists[at]);
        }
        if skipped > 0 {
            self.notes.insert(format!(
                "the impact is cut: the dependents of {skipped} symbols were not looked up ({} MiB of items, {} symbols)",
                self.limits.item_bytes >> 20,
                self.limits.symbols
            ));
        }
        items.sort_unstable();
        items.dedup();
        items
    }

    /// The items with their facts and the references that are sought.
    fn facts(&self, items: &[ItemId], names: &SoughtNames<'_>) -> Vec<Met> {
        let facts = self.index.facts(items);
        let items = items.iter().zip(facts);
        items
            .map(|(id, facts)| Met::of(*id, facts, names))
            .collect()
    }

    /// Keeps a reference if it means one of the layer's symbols of its name; `at_home` are the sites of the name where those
    /// of the reference's own file settle it.
    fn meet(
        &mut self,
        (place, reference, at_home): (&Place<'_>, &Reference, Option<&[Site]>),
        layer: &[SymbolId],
        found: &mut Found,
    ) {
        let file = place.id.file;
        let (role, resolver) = (&reference.role, &self.resolver);
        let targets = match at_home {
            Some(sites) => resolver.named_among(sites, file, role),
            None => resolver.targets(&place.sight(), role, reference.name),
        };
        let name = place.facts.names.name(reference.name);
        for site in &targets.sites {
            let Some(kind) = edge_kind(&reference.role, site.kind) else {
                continue;
            };
            let known = self.by_identity.get(&identity_of_site(name, site)).copied();
            let Some(to) = known.filter(|to| layer.contains(to)) else {
                continue;
            };
            self.note_stored(place, reference, to, found);
            let used = Use {
                kind,
                confidence: targets.confidence,
                file,
                offset: place.start + reference.span.start,
            };
            self.connect(place, reference.from, to, used, found);
        }
    }

    /// The tables that a reference stores into: the one whose initializer it stands in, or the one it names.
    fn tables(
        &self,
        place: &Place<'_>,
        reference: &Reference,
        owner: &Operand,
    ) -> Vec<DefinitionId> {
        let definitions = &place.facts.definitions;
        let from = reference.from.filter(|from| {
            definitions
                .get(*from as usize)
                .is_some_and(|definition| definition.kind == SymbolKind::Object)
        });
        match from {
            Some(from) => vec![(place.id, from)],
            None => self.resolver.tables(place.id.file, place.facts, owner),
        }
    }

    fn note_stored(
        &self,
        place: &Place<'_>,
        reference: &Reference,
        to: SymbolId,
        found: &mut Found,
    ) {
        let Role::Stored { owner, slot } = &reference.role else {
            return;
        };
        if self.symbols[to.0 as usize].kind != SymbolKind::Function {
            return;
        }
        if let Some((record, member)) = self.resolver.slot(&place.sight(), owner, *slot) {
            found.stored.insert(Stored {
                member,
                record,
                tables: self.tables(place, reference, owner),
                function: to,
            });
        }
    }

    fn connect(
        &mut self,
        place: &Place<'_>,
        from: Option<u32>,
        to: SymbolId,
        used: Use,
        found: &mut Found,
    ) {
        let Some(user) = from.and_then(|from| user(place, from)) else {
            self.file_scope.push(FileScopeUse {
                item: place.id,
                to,
                kind: used.kind,
                confidence: used.confidence,
                offset: used.offset,
            });
            return;
        };
        if user.form == Form::Declaration && user.kind != SymbolKind::Typedef {
            return; // a prototype's types are those of its definition, which is a user itself
        }
        let is_alias =
            user.kind == SymbolKind::Typedef && is_type(self.symbols[to.0 as usize].kind);
        let from = self.intern(user);
        if from == to {
            return;
        }
        let kept = self.edges.entry((from, to, used.kind)).or_insert(used);
        let is_stronger = used.confidence > kept.confidence;
        let is_earlier = used.confidence == kept.confidence
            && (used.file, used.offset) < (kept.file, kept.offset);
        if is_stronger || is_earlier {
            *kept = used;
        }
        if is_alias {
            found.aliases.insert(from);
        }
        found.users.insert(from);
    }

    /// Calls through the members that the layer's functions are stored in.
    fn indirect_calls(&mut self, stored: &BTreeSet<Stored>, users: &mut BTreeSet<SymbolId>) {
        if stored.is_empty() {
            return;
        }
        let mut by_member: BTreeMap<Arc<str>, Vec<&Stored>> = BTreeMap::new();
        for one in stored {
            by_member
                .entry(Arc::clone(&one.member))
                .or_default()
                .push(one);
        }
        let texts: Vec<&str> = by_member.keys().map(|name| &**name).collect();
        let lists = self.index.calling_members(&texts);
        let items = self.affordable(&lists);
        let sought = texts.iter().map(|name| (*name, Sought::MemberCalls));
        let items = self.facts(&items, &sought.collect());
        self.learn_owners(&items);
        let mut found = Found::default();
        for met in &items {
            let (id, facts) = (met.id, &met.facts);
            let place = self.place(id, facts);
            for reference in met.references() {
                let Role::MemberCall { owner, .. } = &reference.role else {
                    continue;
                };
                let Some(stored) = by_member.get(facts.names.name(reference.name)) else {
                    continue;
                };
                let Some(record) = self.resolver.record(&place.sight(), owner) else {
                    continue;
                };
                let tables = self.resolver.tables(id.file, facts, owner);
                for one in stored.iter().filter(|one| one.is_called(&record, &tables)) {
                    let used = Use {
                        kind: EdgeKind::IndirectCall,
                        confidence: Confidence::Probable,
                        file: id.file,
                        offset: place.start + reference.span.start,
                    };
                    self.connect(&place, reference.from, one.function, used, &mut found);
                }
            }
        }
        users.extend(found.users);
    }

    fn finish(self, starting: Vec<SymbolId>) -> DependencyGraph {
        let parts = Parts {
            starting,
            file_scope: self.file_scope,
            notes: self.notes.into_iter().collect(),
        };
        DependencyGraph::of_parts(self.symbols, &self.edges, parts)
    }
}

/// The names that an operand speaks of, the outermost first.
fn owner_names(operand: &Operand) -> impl Iterator<Item = NameId> {
    std::iter::successors(Some(operand), |operand| match operand {
        Operand::MemberOf(owner, _) | Operand::PlaceOf(owner, _) => Some(&**owner),
        _ => None,
    })
    .filter_map(|operand| match operand {
        Operand::Typed(name)
        | Operand::Named(name)
        | Operand::CallOf(name, _)
        | Operand::MemberOf(_, name) => Some(*name),
        Operand::PlaceOf(..) | Operand::Parameter(_) | Operand::Unknown => None,
    })
}

fn is_type(kind: SymbolKind) -> bool {
    matches!(
        kind,
        SymbolKind::Struct | SymbolKind::Union | SymbolKind::Enum | SymbolKind::Typedef
    )
}

/// The symbol that a use stands in: the outermost definition around it, since a member belongs to its record, a local
/// to its function.
fn user(place: &Place<'_>, from: u32) -> Option<Symbol> {
    let definitions = &place.facts.definitions;
    let mut definition = definitions.get(from as usize)?;
    // Enclosing chains are a few steps long; the count bounds a damaged one.
    for _ in 0..16 {
        let Some(outer) = definition
            .within
            .and_then(|at| definitions.get(at as usize))
        else {
            break;
        };
        definition = outer;
    }
    let text = |name| Arc::from(place.facts.names.name(name));
    Some(Symbol {
        name: text(definition.name),
        kind: definition.kind,
        parent: definition.parent.map(text),
        linkage: definition.linkage,
        form: definition.form,
        item: place.id,
        offset: place.start + definition.name_span.start,
    })
}

/// The kind of edge that a use in this role of a symbol of this kind is.
pub(super) fn edge_kind(role: &Role, kind: SymbolKind) -> Option<EdgeKind> {
    Some(match (role, kind) {
        (Role::Include { .. }, _) => return None,
        (Role::Condition, _) => EdgeKind::Condition,
        (_, SymbolKind::Macro) => EdgeKind::Macro,
        (Role::Call { .. }, SymbolKind::Typedef) => EdgeKind::Type,
        (Role::Call { .. }, _) => EdgeKind::Call,
        (_, SymbolKind::Function) => EdgeKind::Address,
        (_, SymbolKind::Object) => EdgeKind::Object,
        (_, SymbolKind::Enumerator) => EdgeKind::Enumerator,
        (_, SymbolKind::Member) => EdgeKind::Member,
        (_, SymbolKind::Struct | SymbolKind::Union | SymbolKind::Enum | SymbolKind::Typedef) => {
            EdgeKind::Type
        }
    })
}
