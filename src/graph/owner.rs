//! What type an operand has, so that a member finds its record: by declarations, typedefs, members, calls, and through
//! macros with their arguments.
//!
//! Several answers where configurations or includers differ. Does not see what a value is converted to on its way
//! through `void *`, nor types that only an expression gives (`typeof` of more than a name). The file is long because the
//! types of names, calls, members and macros are told by way of each other.

use std::sync::Arc;

use crate::facts::{Argument, Definition, ItemFacts, NameId, Operand, Reference, SymbolKind};

use super::index::{FileId, ItemId};
use super::resolve::{CHAIN_LIMIT, Resolver, Site, Used};

/// Where an operand stands.
#[derive(Clone, Copy, Debug)]
pub struct Sight<'s> {
    /// The file whose declarations count.
    pub file: FileId,
    /// The item whose facts speak of it.
    pub item: ItemId,
    /// Those facts.
    pub facts: &'s ItemFacts,
    /// In a replacement list: what its parameters stand for.
    pub bound: Option<Bound<'s>>,
}

/// The arguments of an expansion, and where they stand.
#[derive(Clone, Copy, Debug)]
pub struct Bound<'s> {
    /// In order.
    pub arguments: &'s [Argument],
    /// Where they stand.
    pub from: &'s Sight<'s>,
}

/// What the members of an operand belong to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Record {
    /// A record by its name: its tag, else its typedef.
    Named(Arc<str>),
    /// The untagged record of an object or a typedef: a definition of an item.
    Untagged(ItemId, u32),
}

impl Record {
    /// How exports name it.
    #[must_use]
    pub fn shown(&self) -> Arc<str> {
        match self {
            Self::Named(name) => Arc::clone(name),
            Self::Untagged(..) => Arc::from(ANONYMOUS),
        }
    }
}

/// How exports name a record that nothing names.
pub const ANONYMOUS: &str = "<anon>";

/// Alternatives beyond this number are dropped: people write two or three.
const MOST: usize = 8;

impl<'s> Sight<'s> {
    /// An item outside all expansions.
    #[must_use]
    pub fn of(item: ItemId, facts: &'s ItemFacts) -> Self {
        Self {
            file: item.file,
            item,
            facts,
            bound: None,
        }
    }

    /// The argument that stands for a parameter.
    #[must_use]
    pub fn argument(&self, number: u16) -> Option<(&'s Argument, &'s Sight<'s>)> {
        let bound = self.bound?;
        let argument = bound.arguments.get(usize::from(number))?;
        Some((argument, bound.from))
    }

    /// A name of the facts as it reads here: pasted together, with arguments for parameters. `None` where an argument
    /// is more than one word.
    #[must_use]
    pub fn spelled(&self, name: NameId) -> Option<Arc<str>> {
        let text = self.facts.name(name);
        if self.bound.is_none() {
            return Some(Arc::from(text));
        }
        let mut spelled = String::new();
        for piece in text.split("##") {
            let parameters = &self.facts.replacement.parameters;
            let number = parameters
                .iter()
                .position(|parameter| self.facts.name(parameter.name) == piece);
            let Some(number) = number else {
                spelled.push_str(piece);
                continue;
            };
            let (argument, from) = self.argument(u16::try_from(number).ok()?)?;
            spelled.push_str(&from.spelled(argument.name?)?);
        }
        Some(Arc::from(spelled))
    }
}

impl Resolver<'_> {
    /// The records whose members an operand has, the likeliest first; empty where no declaration is in sight, or where
    /// it is no record.
    #[must_use]
    pub fn records(&self, sight: &Sight<'_>, operand: &Operand, fuel: u8) -> Vec<Record> {
        let mut records = Vec::new();
        for of_type in self.types(sight, operand, fuel) {
            let found = match of_type {
                Record::Named(name) => self.records_named(sight, &name, fuel),
                untagged @ Record::Untagged(..) => vec![untagged],
            };
            for record in found {
                if !records.contains(&record) && records.len() < MOST {
                    records.push(record);
                }
            }
        }
        records
    }

    /// Whether an operand is of a type, or a part of one, that nothing in the tree declares: what its members are is not
    /// for the tree to say.
    #[must_use]
    pub fn is_foreign(&self, sight: &Sight<'_>, operand: &Operand, fuel: u8) -> bool {
        let Some(fuel) = fuel.checked_sub(1) else {
            return false;
        };
        let types = self.types(sight, operand, fuel);
        let (Operand::MemberOf(owner, _) | Operand::PlaceOf(owner, _)) = operand else {
            return !types.is_empty()
                && types.iter().all(|one| self.is_undeclared(sight, one, fuel));
        };
        match types.is_empty() {
            true => self.is_foreign(sight, owner, fuel),
            false => types.iter().all(|one| self.is_undeclared(sight, one, fuel)),
        }
    }

    fn is_undeclared(&self, sight: &Sight<'_>, of_type: &Record, fuel: u8) -> bool {
        let (Record::Named(name), Some(fuel)) = (of_type, fuel.checked_sub(1)) else {
            return false;
        };
        let all = self.sites(name);
        let mut declared = all.iter().filter(|site| {
            matches!(
                site.kind,
                SymbolKind::Struct | SymbolKind::Union | SymbolKind::Typedef | SymbolKind::Macro
            )
        });
        !self.is_local_tag(sight, name)
            && declared.all(|site| match (site.kind, &site.type_name) {
                (SymbolKind::Typedef, Some(aliased)) if aliased != name => {
                    self.is_undeclared(sight, &Record::Named(Arc::clone(aliased)), fuel)
                }
                _ => false,
            })
    }

    /// The types of an operand.
    fn types(&self, sight: &Sight<'_>, operand: &Operand, fuel: u8) -> Vec<Record> {
        let Some(fuel) = fuel.checked_sub(1) else {
            return Vec::new();
        };
        match operand {
            Operand::Typed(name) => {
                let name = sight.spelled(*name).map(Record::Named);
                name.into_iter().collect()
            }
            Operand::Named(name) => match sight.spelled(*name) {
                Some(name) => {
                    let declared = self.declared(sight, &name, Form::Value, fuel);
                    if declared.is_empty() {
                        return self.declared_by_macro(sight, &name, fuel);
                    }
                    declared
                }
                None => Vec::new(),
            },
            Operand::CallOf(name, at) => match sight.spelled(*name) {
                Some(name) => self.declared(sight, &name, Form::Call(*at), fuel),
                None => Vec::new(),
            },
            Operand::MemberOf(owner, member) => {
                let records = self.records(sight, owner, fuel);
                let Some(member) = sight.spelled(*member) else {
                    return Vec::new();
                };
                let types = records
                    .iter()
                    .flat_map(|record| self.member_types(sight, record, &member));
                distinct(types)
            }
            Operand::PlaceOf(owner, place) => {
                if self.is_array(sight.file, sight.facts, owner) {
                    return self.types(sight, owner, fuel);
                }
                let records = self.records(sight, owner, fuel);
                let types = records.iter().filter_map(|record| match record {
                    Record::Named(name) => self.member_at(sight.file, name, *place)?.1,
                    Record::Untagged(..) => None,
                });
                distinct(types.map(Record::Named))
            }
            Operand::Parameter(number) => match sight.argument(*number) {
                Some((argument, from)) => self.types(from, &argument.operand, fuel),
                None => Vec::new(),
            },
            Operand::Unknown => Vec::new(),
        }
    }

    /// What a name has for a type where it stands alone or is called.
    fn declared(&self, sight: &Sight<'_>, name: &str, form: Form, fuel: u8) -> Vec<Record> {
        let used = match form {
            Form::Value => Used::Alone,
            Form::Call(_) => Used::Called,
        };
        let targets = self.declared_as(sight.file, name, used);
        let types = targets.sites.iter().flat_map(|site| match site.kind {
            SymbolKind::Typedef => vec![Record::Named(Arc::from(name))],
            SymbolKind::Macro => {
                let facts = self.macro_facts(site.id());
                let arguments = match form {
                    Form::Call(at) => sight.facts.arguments(at),
                    Form::Value => &[],
                };
                let inner = Sight {
                    file: sight.file,
                    item: site.item,
                    facts: &facts,
                    bound: Some(Bound {
                        arguments,
                        from: sight,
                    }),
                };
                // `#define current current` and the like stand for themselves.
                match &facts.replacement.value {
                    Operand::Named(own) | Operand::CallOf(own, _) if facts.name(*own) == name => {
                        Vec::new()
                    }
                    value => self.types(&inner, value, fuel),
                }
            }
            _ => self.type_of_site(site).into_iter().collect(),
        });
        distinct(types)
    }

    /// The type of a local that a macro of the same item declares.
    fn declared_by_macro(&self, sight: &Sight<'_>, name: &str, fuel: u8) -> Vec<Record> {
        if sight.bound.is_some() {
            return Vec::new();
        }
        let is_macro = |kind| kind == SymbolKind::Macro;
        for call in &sight.facts.calls {
            let at = |one: &&Reference| one.span.start == call.at;
            let references = &sight.facts.references;
            let place = references.partition_point(|one| one.span.start < call.at);
            let Some(reference) = references.get(place).filter(at) else {
                continue;
            };
            let macro_name = sight.facts.name(reference.name);
            for site in self.ordinary(sight.file, macro_name, is_macro).sites {
                let facts = self.macro_facts(site.id());
                let inner = Sight {
                    file: sight.file,
                    item: site.item,
                    facts: &facts,
                    bound: Some(Bound {
                        arguments: &call.arguments,
                        from: sight,
                    }),
                };
                let locals = facts.replacement.locals.iter();
                let mut named =
                    locals.filter(|(local, _)| inner.spelled(*local).as_deref() == Some(name));
                if let Some((_, operand)) = named.next() {
                    return self.types(&inner, operand, fuel);
                }
            }
        }
        Vec::new()
    }

    /// What an object or function is declared as.
    fn type_of_site(&self, site: &Site) -> Option<Record> {
        match &site.type_name {
            Some(name) => Some(Record::Named(Arc::clone(name))),
            None if site.kind == SymbolKind::Object => {
                Some(Record::Untagged(site.item, site.definition))
            }
            None => None,
        }
    }

    /// The types of a member of a record; one without a name is a record inside its own.
    fn member_types(&self, sight: &Sight<'_>, record: &Record, member: &str) -> Vec<Record> {
        if let Some((at, definition)) = self.local_member(sight, record, member) {
            return match definition.type_name {
                Some(name) => vec![Record::Named(Arc::from(sight.facts.name(name)))],
                None if definition.parent.is_some() => vec![record.clone()],
                None => vec![Record::Untagged(sight.item, at)],
            };
        }
        match record {
            Record::Named(name) => {
                let sites = self.members_of(name, member);
                let visible = self.seen_first(sight.file, &sites);
                let types = visible.iter().map(|site| match &site.type_name {
                    Some(name) => Record::Named(Arc::clone(name)),
                    None => record.clone(),
                });
                distinct(types)
            }
            Record::Untagged(item, of) => {
                let facts = self.item_facts(*item);
                let found = members_within(&facts, *of)
                    .find(|(_, definition)| facts.name(definition.name) == member);
                let of_type = found.map(|(at, definition)| match definition.type_name {
                    Some(name) => Record::Named(Arc::from(facts.name(name))),
                    None => Record::Untagged(*item, at),
                });
                of_type.into_iter().collect()
            }
        }
    }

    /// A member of a record that the item itself declares, inside a function or without a name.
    #[must_use]
    pub fn local_member<'f>(
        &self,
        sight: &Sight<'f>,
        record: &Record,
        member: &str,
    ) -> Option<(u32, &'f Definition)> {
        let Record::Named(record) = record else {
            return None;
        };
        let facts = sight.facts;
        let definitions = facts.definitions.iter().enumerate();
        let found = definitions
            .filter(|(_, one)| one.kind == SymbolKind::Member && facts.name(one.name) == member)
            .find(|(_, one)| {
                let parent = one.parent.map(|parent| facts.name(parent));
                parent == Some(&**record) || (parent.is_none() && &**record == ANONYMOUS)
            })?;
        Some((crate::text::offset(found.0), found.1))
    }

    /// The member called `name` of the untagged record of a definition: the offset of its name in its file.
    #[must_use]
    pub fn untagged_member(&self, item: ItemId, of: u32, name: &str) -> Option<u32> {
        let facts = self.item_facts(item);
        let found = members_within(&facts, of)
            .find(|(_, definition)| facts.name(definition.name) == name)?;
        Some(self.start(item) + found.1.name_span.start)
    }

    /// Follows typedefs and macros from a type's name to the names that its members go by.
    fn records_named(&self, sight: &Sight<'_>, type_name: &str, fuel: u8) -> Vec<Record> {
        let mut records = Vec::new();
        let mut open: Vec<(Arc<str>, u8)> = vec![(Arc::from(type_name), CHAIN_LIMIT)];
        while let Some((name, left)) = open.pop() {
            let Some(left) = left.checked_sub(1) else {
                continue;
            };
            let targets = self.ordinary(sight.file, &name, |kind| {
                matches!(
                    kind,
                    SymbolKind::Struct
                        | SymbolKind::Union
                        | SymbolKind::Typedef
                        | SymbolKind::Macro
                )
            });
            let mut is_record = targets.sites.is_empty() && self.is_local_tag(sight, &name);
            for site in targets.sites.iter().rev() {
                match (site.kind, &site.type_name) {
                    (SymbolKind::Typedef, Some(aliased)) if *aliased != name => {
                        open.push((Arc::clone(aliased), left));
                    }
                    (SymbolKind::Macro, _) => {
                        let facts = self.macro_facts(site.id());
                        let inner = Sight {
                            file: sight.file,
                            item: site.item,
                            facts: &facts,
                            bound: None,
                        };
                        match &facts.replacement.value {
                            Operand::Typed(own) | Operand::Named(own)
                                if facts.name(*own) == &*name =>
                            {
                                is_record = true;
                            }
                            Operand::Typed(own) | Operand::Named(own) => {
                                open.push((Arc::from(facts.name(*own)), left));
                            }
                            value => {
                                let fuel = fuel.saturating_sub(1);
                                records.extend(self.types(&inner, value, fuel));
                            }
                        }
                    }
                    // A tag, or a typedef of an untagged record: its members name it as their parent.
                    _ => is_record = true,
                }
            }
            let record = Record::Named(name);
            if is_record && !records.contains(&record) {
                records.push(record);
            }
            if records.len() >= MOST {
                break;
            }
        }
        records
    }

    fn is_local_tag(&self, sight: &Sight<'_>, name: &str) -> bool {
        name == ANONYMOUS
            || sight.facts.definitions.iter().any(|one| {
                matches!(
                    one.kind,
                    SymbolKind::Struct | SymbolKind::Union | SymbolKind::Typedef
                ) && sight.facts.name(one.name) == name
            })
    }
}

/// How a name stands in an operand.
#[derive(Clone, Copy)]
enum Form {
    Value,
    /// Called; the offset of the name.
    Call(u32),
}

/// The members that stand directly in a definition of an item.
fn members_within(facts: &ItemFacts, of: u32) -> impl Iterator<Item = (u32, &Definition)> {
    let definitions = facts.definitions.iter().enumerate();
    definitions
        .filter(move |(_, one)| one.kind == SymbolKind::Member && one.within == Some(of))
        .map(|(at, one)| (crate::text::offset(at), one))
}

fn distinct(types: impl Iterator<Item = Record>) -> Vec<Record> {
    let mut all = Vec::new();
    for one in types {
        if !all.contains(&one) && all.len() < MOST {
            all.push(one);
        }
    }
    all
}
