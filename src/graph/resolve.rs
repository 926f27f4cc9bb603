//! Which definitions a use may mean, by C's rules for linkage, name spaces and scope (ISO C 6.2.1 to 6.2.3).
//!
//! Works on one tree without its build: `#if` arms and targets that cannot stand in one program are kept as
//! alternatives. Does not see names that a macro makes. The file is long because names, owners of members and types are
//! looked up by way of each other.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use crate::facts::{
    self, Definition, Form, ItemFacts, Linkage, NameId, Operand, Parameters, Role, Slot, SymbolKind,
};
use crate::items::{Arm, ItemKind};
use crate::text::offset;

use super::branch::{self, Branch};
use super::includes::Includes;
use super::index::{FileId, ItemId, TreeIndex};
use super::made::MadeSymbols;
use super::owner::{Record, Sight};
use super::remembered::Remembered;

/// A definition or declaration of a name at file scope, somewhere in the tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Its item.
    pub item: ItemId,
    /// Its position in the item's definitions.
    pub definition: u32,
    /// What it is.
    pub kind: SymbolKind,
    /// Whether it is brought into being here.
    pub form: Form,
    /// Its linkage.
    pub linkage: Linkage,
    /// The record of a member, the enum of an enumerator.
    pub parent: Option<Arc<str>>,
    /// The name of its declared type.
    pub type_name: Option<Arc<str>>,
    /// Its array brackets.
    pub dimensions: u8,
    /// Its parameters.
    pub parameters: Option<Parameters>,
    /// The offset of its name in its file.
    pub offset: u32,
}

impl Site {
    fn is_external(&self) -> bool {
        self.linkage == Linkage::External
    }

    fn is_definition(&self) -> bool {
        self.form != Form::Declaration
    }

    /// Which definition of the tree it is.
    #[must_use]
    pub fn id(&self) -> DefinitionId {
        (self.item, self.definition)
    }

    /// Whether it is a function-like macro.
    #[must_use]
    pub fn is_called_macro(&self) -> bool {
        self.kind == SymbolKind::Macro && self.parameters.is_some()
    }
}

/// How sure an edge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Nothing that the use can see speaks for it: only the name fits.
    Possible,
    /// One of several alternatives that cannot all be meant in one program, or an external symbol that the use's file
    /// was not seen to declare.
    Probable,
    /// The only definition that C's rules leave, of those in the tree.
    Certain,
}

/// What a use may mean, and how sure that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Targets {
    /// The definitions, sorted by place; declarations only where the tree holds no definition; empty where the tree
    /// has nothing that the use could mean.
    pub sites: Vec<Site>,
    /// How sure each of them is.
    pub confidence: Confidence,
}

/// A definition of the tree: its item and its position in the item's definitions.
pub type DefinitionId = (ItemId, u32);

/// How a name is used whose type is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Used {
    Alone,
    Called,
}

/// Answers what names mean in one tree; remembers what it has looked up.
pub struct Resolver<'a> {
    index: &'a dyn TreeIndex,
    includes: Includes<'a>,
    sites: RwLock<FxHashMap<Arc<str>, Arc<Vec<Site>>>>,
    kept: Remembered<ItemId, Arc<ItemFacts>>,
    nested: Remembered<DefinitionId, Arc<ItemFacts>>,
    branches: Remembered<ItemId, Option<Branch>>,
    declared: Remembered<(FileId, Arc<str>, Used), Arc<Targets>>,
    made: Option<&'a MadeSymbols>,
    /// Whether `sites` holds every name of the tree.
    complete: bool,
}

/// An operand or type chain longer than this is given up: no C that people write comes near.
pub(super) const CHAIN_LIMIT: u8 = 16;
/// A header is judged from at most this many of the units that include it; from more where those know nothing.
const UNIT_LIMITS: [usize; 2] = [4, 64];

impl<'a> Resolver<'a> {
    /// Over a tree; reads nothing yet.
    #[must_use]
    pub fn new(index: &'a dyn TreeIndex) -> Self {
        Self {
            index,
            includes: Includes::new(index),
            sites: RwLock::default(),
            kept: Remembered::default(),
            nested: Remembered::default(),
            branches: Remembered::default(),
            declared: Remembered::default(),
            made: None,
            complete: false,
        }
    }

    /// Over a tree all of whose definitions are at hand, and of which it is known what its macros make.
    #[must_use]
    pub fn of_whole(
        index: &'a dyn TreeIndex,
        sites: FxHashMap<Arc<str>, Vec<Site>>,
        made: &'a MadeSymbols,
    ) -> Self {
        let mut sites = sites;
        for (name, own) in made.iter() {
            let all = sites.entry(Arc::clone(name)).or_default();
            all.extend_from_slice(own);
            all.sort_by_key(|site| (site.item, site.definition));
        }
        let sites = sites
            .into_iter()
            .map(|(name, sites)| (name, Arc::new(sites)));
        Self {
            sites: RwLock::new(sites.collect()),
            made: Some(made),
            complete: true,
            includes: Includes::of_whole(index),
            ..Self::new(index)
        }
    }

    /// The include structure of the tree.
    #[must_use]
    pub fn includes(&self) -> &Includes<'a> {
        &self.includes
    }

    /// Looks these names up in one go: the same answers later, sooner.
    pub fn learn<'n>(&self, names: impl IntoIterator<Item = &'n str>) {
        let known = self.sites.read().unwrap_or_else(PoisonError::into_inner);
        let mut new: Vec<&str> = names.into_iter().collect();
        new.sort_unstable();
        new.dedup();
        new.retain(|name| !name.is_empty() && !known.contains_key(*name));
        drop(known);
        if new.is_empty() {
            return;
        }
        let found = self.look_up(&new);
        let mut known = self.sites.write().unwrap_or_else(PoisonError::into_inner);
        known.extend(found);
    }

    fn look_up(&self, names: &[&str]) -> Vec<(Arc<str>, Arc<Vec<Site>>)> {
        let found = names.iter().zip(self.index.sites(names));
        let with_made = |(name, sites): (&&str, Arc<Vec<Site>>)| {
            let own = self.made.map_or(&[][..], |made| made.sites(name));
            if own.is_empty() {
                return (Arc::from(*name), sites);
            }
            let mut all = [&sites[..], own].concat();
            all.sort_by_key(|site| (site.item, site.definition));
            (Arc::from(*name), Arc::new(all))
        };
        found.map(with_made).collect()
    }

    /// The sites of names in one file each, where they alone say what a name means there: the file itself defines it, and
    /// nothing by that name there is linked with other files.
    pub(super) fn settled_at_home<'n>(
        &self,
        wanted: &BTreeMap<&'n str, &[FileId]>,
    ) -> FxHashMap<(&'n str, FileId), Vec<Site>> {
        let names: Vec<&str> = wanted.keys().copied().collect();
        let lists = self.index.defining(&names).into_iter();
        let at_home = lists.zip(wanted.values()).flat_map(|(items, homes)| {
            let is_home = |item: &ItemId| homes.contains(&item.file);
            items.into_iter().filter(is_home)
        });
        let mut items: Vec<ItemId> = at_home.collect();
        items.sort_unstable();
        items.dedup();
        let mut sites: FxHashMap<(&str, FileId), Vec<Site>> = FxHashMap::default();
        let at = items.iter().map(|id| (*id, self.start(*id)));
        let facts = self.index.facts(&items).into_iter();
        each_site(at.zip(facts), &names, |name, site| {
            let file = site.item.file;
            sites.entry((name, file)).or_default().push(site);
        });
        sites.retain(|_, sites| {
            sites.iter().any(Site::is_definition) && !sites.iter().any(Site::is_external)
        });
        sites
    }

    /// Every definition and declaration of a name at file scope, sorted by place.
    #[must_use]
    pub fn sites(&self, name: &str) -> Arc<Vec<Site>> {
        if let Some(sites) = self.known(name) {
            return sites;
        }
        if self.complete {
            return Arc::default();
        }
        self.learn([name]);
        self.known(name).unwrap_or_default()
    }

    fn known(&self, name: &str) -> Option<Arc<Vec<Site>>> {
        let known = self.sites.read().unwrap_or_else(PoisonError::into_inner);
        known.get(name).cloned()
    }

    /// What a reference in an item of `file` may mean. Includes have no target here ([`Includes::targets`]).
    #[must_use]
    pub fn targets(&self, sight: &Sight<'_>, role: &Role, name: NameId) -> Targets {
        match sight.spelled(name) {
            Some(name) => self.targets_of(sight, role, &name),
            None => nothing(),
        }
    }

    /// The same for a name as text.
    #[must_use]
    pub fn targets_of(&self, sight: &Sight<'_>, role: &Role, name: &str) -> Targets {
        match role {
            Role::Member { owner } | Role::MemberCall { owner, .. } => {
                self.member(sight, owner, name)
            }
            Role::Include { .. } => nothing(),
            _ => self.named(sight.file, role, name),
        }
    }

    /// Whether a file, or who includes it, sees a declaration of a name that a role may mean.
    #[must_use]
    pub fn declares(&self, file: FileId, role: &Role, name: &str) -> bool {
        let all = self.sites(name);
        let sites: Vec<&Site> = all.iter().filter(|site| fits(role, site.kind)).collect();
        !self.visible(file, &sites).is_empty()
    }

    /// What a name means in a role. A function-like macro that is not called is none where the name means something
    /// else besides (ISO C 6.10.4).
    fn named(&self, file: FileId, role: &Role, name: &str) -> Targets {
        self.named_among(&self.sites(name), file, role)
    }

    /// The same where these are the definitions and declarations of the name that count.
    pub(super) fn named_among(&self, all: &[Site], file: FileId, role: &Role) -> Targets {
        let targets = self.ordinary_among(all, file, |kind| fits(role, kind));
        let called = matches!(role, Role::Call { .. } | Role::Condition);
        if called || !targets.sites.iter().any(Site::is_called_macro) {
            return targets;
        }
        let besides = self.ordinary_among(all, file, |kind| {
            kind != SymbolKind::Macro && fits(role, kind)
        });
        match besides.sites.is_empty() {
            true => targets,
            false => besides,
        }
    }

    /// The definitions of `name` that a use in `file` may mean, of the kinds that are accepted.
    #[must_use]
    pub fn ordinary(
        &self,
        file: FileId,
        name: &str,
        accept: impl Fn(SymbolKind) -> bool,
    ) -> Targets {
        self.ordinary_among(&self.sites(name), file, accept)
    }

    /// What a name with a type of its own means in a file; remembered but for whole trees, where each is asked about once.
    pub(super) fn declared_as(&self, file: FileId, name: &str, used: Used) -> Arc<Targets> {
        let accept = |kind| match used {
            Used::Alone => matches!(
                kind,
                SymbolKind::Object | SymbolKind::Macro | SymbolKind::Typedef
            ),
            Used::Called => matches!(
                kind,
                SymbolKind::Object | SymbolKind::Macro | SymbolKind::Function
            ),
        };
        let answer = || Arc::new(self.ordinary(file, name, accept));
        match self.complete {
            true => answer(),
            false => self.declared.get_or((file, Arc::from(name), used), answer),
        }
    }

    fn ordinary_among(
        &self,
        all: &[Site],
        file: FileId,
        accept: impl Fn(SymbolKind) -> bool,
    ) -> Targets {
        let sites: Vec<&Site> = all.iter().filter(|site| accept(site.kind)).collect();
        let visible = self.visible(file, &sites);
        if visible.is_empty() {
            return undeclared(&sites);
        }
        let visible = self.macros_first(visible);
        let local: Vec<Site> = visible
            .iter()
            .filter(|site| !site.is_external())
            .map(|site| (*site).clone())
            .collect();
        let is_declared = visible.iter().any(|site| site.is_external());
        let mut found = definitions_of(&local, &sites);
        if is_declared {
            // The file's own definition is the one it calls; else every external definition is an alternative.
            let own = visible
                .iter()
                .find(|site| site.item.file == file && site.is_external() && site.is_definition());
            match own {
                Some(own) => found.push((*own).clone()),
                None => found.extend(self.paired(external(&sites), &visible)),
            }
        }
        found.sort_by_key(|site| (site.item, site.definition));
        let files: FxHashSet<FileId> = found.iter().map(|site| site.item.file).collect();
        let confidence = if files.len() == 1 {
            Confidence::Certain
        } else {
            Confidence::Probable
        };
        Targets {
            sites: found,
            confidence,
        }
    }

    /// Those of the external definitions whose files read one of the declarations that the user sees, as a compiler has
    /// the two agree; all where none does.
    fn paired(&self, external: impl Iterator<Item = Site>, visible: &[&Site]) -> Vec<Site> {
        let external: Vec<Site> = external.collect();
        let is_read = |site: &Site| {
            let mut declared = visible.iter().filter(|one| one.is_external());
            declared.any(|one| self.includes.reaches(site.item.file, one.item.file))
        };
        let is_single = external
            .iter()
            .all(|site| site.item.file == external[0].item.file);
        if is_single || !external.iter().any(is_read) {
            return external;
        }
        external.into_iter().filter(is_read).collect()
    }

    /// Where a macro and something else of one name are visible, the macro is what is meant; what stands in one file with
    /// it may be the other branch of an `#if`, or what the macro itself uses.
    fn macros_first<'s>(&self, visible: Vec<&'s Site>) -> Vec<&'s Site> {
        let is_macro = |site: &&Site| site.kind == SymbolKind::Macro;
        if !visible.iter().any(is_macro) || visible.iter().all(is_macro) {
            return visible;
        }
        let macros: Vec<&Site> = visible.iter().copied().filter(is_macro).collect();
        let is_other_branch = |site: &Site| {
            let beside = macros.iter().copied();
            let beside: Vec<&Site> = beside
                .filter(|one| one.item.file == site.item.file)
                .collect();
            !beside.is_empty()
                && (!self.always(beside.iter().copied())
                    || beside.iter().any(|one| self.uses_itself(one)))
        };
        let mut visible = visible;
        visible.retain(|site| is_macro(site) || is_other_branch(site));
        visible
    }

    /// Whether a macro's own name stands in its replacement list, where it is not expanded again.
    fn uses_itself(&self, of: &Site) -> bool {
        let facts = self.macro_facts(of.id());
        let own = facts.definitions.first().map(|own| own.name);
        let mut uses = facts.references.iter();
        uses.any(|reference| Some(reference.name) == own)
    }

    /// Those of the sites that the translation units of `file` can see: its own ones, else those it includes, else
    /// (for a header or fragment that relies on its includers) those that its units include.
    fn visible<'s>(&self, file: FileId, sites: &[&'s Site]) -> Vec<&'s Site> {
        let within = |accept: &dyn Fn(FileId) -> bool| -> Vec<&'s Site> {
            let seen = sites.iter().filter(|site| accept(site.item.file));
            seen.copied().collect()
        };
        let own = within(&|of| of == file);
        if !own.is_empty() || sites.is_empty() {
            return own;
        }
        let included = within(&|of| self.includes.reaches(file, of));
        if !included.is_empty() {
            return included;
        }
        for limit in UNIT_LIMITS {
            let units = self.includes.units(file, limit);
            let seen = within(&|of| units.iter().any(|unit| self.includes.reaches(*unit, of)));
            if !seen.is_empty() || units.len() < limit {
                return self.of_one_line(file, seen);
            }
        }
        Vec::new()
    }

    /// Without the sites in files that one include line may mean instead of another's: those have one name, and what is
    /// built with a file has the nearest of them.
    fn of_one_line<'s>(&self, file: FileId, sites: Vec<&'s Site>) -> Vec<&'s Site> {
        let mut files: Vec<FileId> = sites.iter().map(|site| site.item.file).collect();
        files.sort_unstable();
        files.dedup();
        if files.len() < 2 {
            return sites;
        }
        let kept = self.includes.nearest_of_each_name(file, &files);
        let mut sites = sites;
        sites.retain(|site| kept.contains(&site.item.file));
        sites
    }

    /// The members called `name` of the records that an operand has.
    fn member(&self, sight: &Sight<'_>, owner: &Operand, name: &str) -> Targets {
        let records = self.records(sight, owner, CHAIN_LIMIT);
        let mut sites = Vec::new();
        for record in &records {
            if let Record::Named(record) = record {
                let members = self.members_of(record, name);
                sites.extend(self.seen_first(sight.file, &members));
            }
        }
        if records.is_empty() {
            if self.is_foreign(sight, owner, CHAIN_LIMIT) {
                return nothing();
            }
            let all = self.sites(name);
            let members = all.iter().filter(|site| site.kind == SymbolKind::Member);
            return unowned(&self.visible(sight.file, &members.collect::<Vec<_>>()));
        }
        let files: FxHashSet<FileId> = sites.iter().map(|site| site.item.file).collect();
        let confidence = if files.len() == 1 && records.len() == 1 {
            Confidence::Certain
        } else {
            Confidence::Probable
        };
        Targets { sites, confidence }
    }

    /// The name under which the members of an operand's record are known: its tag, else its typedef.
    /// `None` where the declaration is not in sight, or is no record.
    #[must_use]
    pub fn record(&self, sight: &Sight<'_>, operand: &Operand) -> Option<Arc<str>> {
        let records = self.records(sight, operand, CHAIN_LIMIT).into_iter();
        records
            .filter_map(|record| match record {
                Record::Named(name) => Some(name),
                Record::Untagged(..) => None,
            })
            .next()
    }

    /// The members called `name` of the record of that name, wherever the tree has one.
    #[must_use]
    pub fn members_of(&self, record: &str, name: &str) -> Vec<Site> {
        let all = self.sites(name);
        let of_record = |site: &&Site| {
            site.kind == SymbolKind::Member && site.parent.as_deref() == Some(record)
        };
        all.iter().filter(of_record).cloned().collect()
    }

    /// Those of some sites that a file sees; all where it sees none.
    #[must_use]
    pub fn seen_first(&self, file: FileId, sites: &[Site]) -> Vec<Site> {
        let all: Vec<&Site> = sites.iter().collect();
        let visible = self.visible(file, &all);
        let chosen = if visible.is_empty() { all } else { visible };
        chosen.into_iter().cloned().collect()
    }

    /// The condition under which an item stands, kept.
    pub(super) fn branch(&self, item: ItemId) -> Option<Branch> {
        self.branches
            .get_or(item, || branch::of_item(self.index, item))
    }

    /// Whether every configuration has one of these macros: one of them stands under no condition, or two stand in the
    /// first and in the last branch of one `#if ... #else`.
    pub(super) fn always<'s>(&self, macros: impl IntoIterator<Item = &'s Site>) -> bool {
        let branches: Vec<Option<Branch>> = macros
            .into_iter()
            .map(|site| self.branch(site.item))
            .collect();
        branches.iter().any(|branch| match branch {
            None => true,
            Some(branch) if branch.arm == Arm::First => branches.contains(&Some(Branch {
                arm: Arm::Else,
                ..*branch
            })),
            Some(_) => false,
        })
    }

    /// Where an item starts in its file.
    pub(super) fn start(&self, item: ItemId) -> u32 {
        self.index.item(item).span.start
    }

    /// The facts of a macro's definition by itself, kept: where it stands inside another item, as if it stood alone.
    #[must_use]
    pub fn macro_facts(&self, of: DefinitionId) -> Arc<ItemFacts> {
        let (item, definition) = of;
        let whole = self.item_facts(item);
        if definition == 0 && self.index.item(item).kind == ItemKind::Define {
            return whole;
        }
        self.nested.get_or(of, || {
            Arc::new(self.nested_facts(item, whole.definitions.get(definition as usize)))
        })
    }

    fn nested_facts(&self, item: ItemId, definition: Option<&Definition>) -> ItemFacts {
        let span = definition.map(|one| one.span.shifted(self.start(item)));
        let source = self.index.source(item.file);
        let bytes = span.and_then(|span| source.get(span.start as usize..span.end as usize));
        bytes.map_or_else(ItemFacts::default, |bytes| {
            facts::of_item(bytes, ItemKind::Define)
        })
    }

    /// The facts of an item that other items' meaning depends on, kept.
    #[must_use]
    pub(super) fn item_facts(&self, item: ItemId) -> Arc<ItemFacts> {
        self.kept.get_or(item, || {
            let mut facts = self.index.facts(&[item]);
            facts.pop().unwrap_or_default()
        })
    }

    /// Whether an operand is an object declared with array brackets.
    pub(super) fn is_array(&self, file: FileId, facts: &ItemFacts, operand: &Operand) -> bool {
        let Operand::Named(name) = operand else {
            return false;
        };
        let targets = self.ordinary(file, facts.names.name(*name), |kind| {
            kind == SymbolKind::Object
        });
        targets.sites.iter().any(|site| site.dimensions > 0)
    }

    /// The member of `record` at a place of its list: its name and the name of its type.
    #[must_use]
    pub fn member_at(
        &self,
        file: FileId,
        record: &str,
        place: u16,
    ) -> Option<(Arc<str>, Option<Arc<str>>)> {
        let targets = self.ordinary(file, record, is_record_name);
        targets.sites.iter().find_map(|site| {
            let facts = self.index.facts(&[site.item]).pop()?;
            let of_record = |definition: &&Definition| {
                definition.kind == SymbolKind::Member
                    && definition
                        .parent
                        .is_some_and(|parent| facts.names.name(parent) == record)
            };
            let member = facts
                .definitions
                .iter()
                .filter(of_record)
                .nth(usize::from(place))?;
            let type_name = member
                .type_name
                .map(|name| Arc::from(facts.names.name(name)));
            Some((Arc::from(facts.names.name(member.name)), type_name))
        })
    }

    /// The member that something is stored in: the name of the record, where known, and of the member.
    #[must_use]
    pub fn slot(
        &self,
        sight: &Sight<'_>,
        owner: &Operand,
        slot: Slot,
    ) -> Option<(Option<Arc<str>>, Arc<str>)> {
        let record = self.record(sight, owner);
        match slot {
            Slot::Member(name) => Some((record, sight.spelled(name)?)),
            Slot::Place(_) if self.is_array(sight.file, sight.facts, owner) => None,
            Slot::Place(place) => {
                let record = record?;
                let (member, _) = self.member_at(sight.file, &record, place)?;
                Some((Some(record), member))
            }
        }
    }

    /// The tables that an operand names: objects that an initializer list fills, so that they are no pointers (one that
    /// points to a compound literal of its own is taken for a table). Empty where it names none.
    #[must_use]
    pub fn tables(&self, file: FileId, facts: &ItemFacts, operand: &Operand) -> Vec<DefinitionId> {
        let Operand::Named(name) = operand else {
            return Vec::new();
        };
        let name = facts.names.name(*name);
        let targets = self.ordinary(file, name, |kind| kind == SymbolKind::Object);
        let tables = targets.sites.iter().filter(|site| self.is_table(site));
        tables.map(Site::id).collect()
    }

    /// Whether an object's own initializer stores into members by a list.
    fn is_table(&self, object: &Site) -> bool {
        let items = self.index.facts(&[object.item]);
        let mut references = items.iter().flat_map(|facts| &facts.references);
        references.any(|reference| {
            reference.from == Some(object.definition)
                && matches!(reference.role, Role::Stored { .. })
        })
    }
}

impl std::fmt::Debug for Resolver<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Resolver").finish_non_exhaustive()
    }
}

fn is_record_name(kind: SymbolKind) -> bool {
    matches!(
        kind,
        SymbolKind::Struct | SymbolKind::Union | SymbolKind::Typedef
    )
}

/// Whether a use in this role can mean a symbol of this kind: C's name spaces, with macros in all of them.
pub(super) fn fits(role: &Role, kind: SymbolKind) -> bool {
    use SymbolKind as K;
    match role {
        Role::Call { .. } => matches!(kind, K::Function | K::Macro | K::Object | K::Typedef),
        Role::Value => matches!(
            kind,
            K::Function | K::Macro | K::Object | K::Enumerator | K::Typedef
        ),
        Role::Stored { .. } => matches!(kind, K::Function | K::Macro | K::Object | K::Enumerator),
        Role::Type => matches!(kind, K::Typedef | K::Macro),
        Role::Tag => matches!(kind, K::Struct | K::Union | K::Enum | K::Macro),
        Role::Condition => kind == K::Macro,
        Role::Member { .. } | Role::MemberCall { .. } => kind == K::Member,
        Role::Include { .. } => false,
    }
}

fn is_tag(kind: SymbolKind) -> bool {
    matches!(
        kind,
        SymbolKind::Struct | SymbolKind::Union | SymbolKind::Enum
    )
}

pub(super) fn nothing() -> Targets {
    Targets {
        sites: Vec::new(),
        confidence: Confidence::Possible,
    }
}

/// Nothing declares the name in sight: an external definition may still be linked (its prototype may be generated,
/// or behind a macro), and a tag needs no declaration (ISO C 6.7.2.3); a macro, a typedef or a static of another file
/// cannot be meant.
fn undeclared(sites: &[&Site]) -> Targets {
    let tags = sites
        .iter()
        .filter(|site| is_tag(site.kind) && site.is_definition());
    Targets {
        sites: external(sites)
            .filter(Site::is_definition)
            .chain(tags.map(|site| (*site).clone()))
            .collect(),
        confidence: Confidence::Probable,
    }
}

/// A member access whose object is declared out of sight: the member, where the tree has one record that has it.
fn unowned(sites: &[&Site]) -> Targets {
    let mut parents: Vec<_> = sites.iter().map(|site| site.parent.as_deref()).collect();
    parents.sort_unstable();
    parents.dedup();
    if parents.len() != 1 {
        return nothing();
    }
    Targets {
        sites: sites.iter().map(|site| (*site).clone()).collect(),
        confidence: Confidence::Possible,
    }
}

/// The definitions among visible sites without external linkage. A tag that is only announced there is completed
/// wherever the tree does so (an opaque type); what is defined nowhere keeps its declarations.
fn definitions_of(visible: &[Site], all: &[&Site]) -> Vec<Site> {
    let (defined, announced): (Vec<_>, Vec<_>) =
        visible.iter().cloned().partition(Site::is_definition);
    if !defined.is_empty() {
        return defined;
    }
    let completes = |site: &&&Site| {
        site.is_definition() && announced.iter().any(|other| other.kind == site.kind)
    };
    let completed: Vec<Site> = all
        .iter()
        .filter(completes)
        .map(|site| (*site).clone())
        .collect();
    if completed.is_empty() {
        announced
    } else {
        completed
    }
}

/// The external definitions, or where the tree holds none, the first declaration.
fn external<'s>(sites: &[&'s Site]) -> impl Iterator<Item = Site> + use<'s> {
    let external: Vec<&'s Site> = sites
        .iter()
        .filter(|site| site.is_external())
        .copied()
        .collect();
    let has_definition = external.iter().any(|site| site.is_definition());
    let kept = external
        .into_iter()
        .filter(move |site| site.is_definition() == has_definition);
    let limit = if has_definition { usize::MAX } else { 1 };
    kept.take(limit).cloned()
}

/// Whether a definition is visible outside the function that it may stand in.
fn is_file_scope(facts: &ItemFacts, definition: &Definition) -> bool {
    let mut within = definition.within;
    // An enclosing definition always comes earlier or is the item's only typedef; the count bounds a damaged chain.
    for _ in 0..CHAIN_LIMIT {
        let Some(outer) = within.and_then(|at| facts.definitions.get(at as usize)) else {
            return true;
        };
        if outer.kind == SymbolKind::Function {
            return false;
        }
        within = outer.within;
    }
    true
}

/// Every definition and declaration at file scope that an item has, by name; `start` is where it starts in its file.
pub fn sites_of(
    item: ItemId,
    start: u32,
    facts: &ItemFacts,
) -> impl Iterator<Item = (Arc<str>, Site)> {
    let definitions = facts.definitions.iter().enumerate();
    // The members of one record share its name.
    let mut shared: FxHashMap<NameId, Arc<str>> = FxHashMap::default();
    definitions.filter_map(move |(at, definition)| {
        if !is_site(facts, definition) {
            return None;
        }
        let mut text = |name: NameId| {
            let new = || Arc::from(facts.names.name(name));
            Arc::clone(shared.entry(name).or_insert_with(new))
        };
        let name = text(definition.name);
        Some((name, site((item, offset(at)), definition, start, &mut text)))
    })
}

fn is_site(facts: &ItemFacts, definition: &Definition) -> bool {
    definition.made_by.is_none() && is_file_scope(facts, definition)
}

/// Hands over the sites of wanted names in some items, with where these start in their files, in order of place.
pub fn each_site<'n>(
    items: impl Iterator<Item = ((ItemId, u32), Arc<ItemFacts>)>,
    names: &[&'n str],
    mut take: impl FnMut(&'n str, Site),
) {
    let wanted: FxHashSet<&'n str> = names.iter().copied().collect();
    for ((item, start), facts) in items {
        let mut text = |name: NameId| Arc::from(facts.names.name(name));
        for (at, definition) in facts.definitions.iter().enumerate() {
            let Some(name) = wanted.get(facts.names.name(definition.name)) else {
                continue;
            };
            if is_site(&facts, definition) {
                let site = site((item, offset(at)), definition, start, &mut text);
                take(name, site);
            }
        }
    }
}

/// The sites of each name among some items, as [`each_site`] takes them, in the order of the names.
pub fn sites_among(
    items: impl Iterator<Item = ((ItemId, u32), Arc<ItemFacts>)>,
    names: &[&str],
) -> Vec<Vec<Site>> {
    let mut by_name: FxHashMap<&str, Vec<Site>> = FxHashMap::default();
    each_site(items, names, |name, site| {
        by_name.entry(name).or_default().push(site);
    });
    let names = names.iter();
    names
        .map(|name| by_name.remove(*name).unwrap_or_default())
        .collect()
}

/// The sites of each name, in the same order, by the items that may define it: those of `defining`.
pub(super) fn looked_up(
    index: &(impl TreeIndex + ?Sized),
    defining: Vec<Vec<ItemId>>,
    names: &[&str],
) -> Vec<Vec<Site>> {
    let mut items: Vec<ItemId> = defining.into_iter().flatten().collect();
    items.sort_unstable();
    items.dedup();
    let at = items.iter().map(|id| (*id, index.item(*id).span.start));
    sites_among(at.zip(index.facts(&items)), names)
}

fn site(
    (item, at): (ItemId, u32),
    definition: &Definition,
    start: u32,
    text: &mut impl FnMut(NameId) -> Arc<str>,
) -> Site {
    Site {
        item,
        definition: at,
        kind: definition.kind,
        form: definition.form,
        linkage: definition.linkage,
        parent: definition.parent.map(&mut *text),
        type_name: definition.type_name.map(text),
        dimensions: definition.dimensions,
        parameters: definition.parameters,
        offset: start + definition.name_span.start,
    }
}
