//! What macros make of the arguments they are called with: which they drop, which are only names, and whether the uses
//! of an expansion depend on them at all.
//!
//! Works on the facts of the definitions; a macro that several places define drops an argument where all of them do.

use std::sync::{PoisonError, RwLock};

use rustc_hash::FxHashMap;

use crate::facts::{Argument, ItemFacts, Operand, Reference, Role, SymbolKind, Template};
use crate::text::Span;

use super::index::FileId;
use super::owner::Sight;
use super::remembered::Remembered;
use super::resolve::{DefinitionId, Resolver, Site};

/// Answers for the macros of one tree; remembers what it has worked out.
pub struct Expander<'r, 'i> {
    /// What names mean.
    pub resolver: &'r Resolver<'i>,
    needs: Remembered<DefinitionId, bool>,
    naming: Remembered<DefinitionId, bool>,
    fates: RwLock<FxHashMap<FateKey, Fate>>,
}

/// A macro, the number of an argument, and where what the macro calls decides, the file of the call.
type FateKey = (DefinitionId, u16, Option<FileId>);

/// What becomes of an argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It is expanded where its parameter stands.
    Kept,
    /// It is a name, alone or pasted, and no use by itself.
    Name,
    /// It does not come out at all.
    Dropped,
}

/// The arguments of an item's macro calls that are no uses.
#[derive(Debug, Default)]
pub struct Fates {
    dropped: Vec<Span>,
    names: Vec<Span>,
}

impl Fates {
    /// Whether a reference stands in an argument that is no use. Asked in order of offset.
    pub fn hide(&mut self, reference: &Reference) -> bool {
        let at = reference.span;
        self.dropped.retain(|span| span.end > at.start);
        self.names.retain(|span| span.end > at.start);
        self.dropped.iter().any(|span| span.contains(at))
            || (self.names.contains(&at) && matches!(reference.role, Role::Value))
    }
}

impl<'r, 'i> Expander<'r, 'i> {
    /// Over a resolver.
    #[must_use]
    pub fn new(resolver: &'r Resolver<'i>) -> Self {
        Self {
            resolver,
            needs: Remembered::default(),
            naming: Remembered::default(),
            fates: RwLock::default(),
        }
    }

    /// Notes which of the arguments of a call of `targets` are no uses.
    pub fn fates(
        &self,
        targets: &[Site],
        arguments: &[Argument],
        sight: &Sight<'_>,
        into: &mut Fates,
    ) {
        let is_macro = |site: &Site| site.kind == SymbolKind::Macro;
        if arguments.is_empty() || targets.is_empty() || !targets.iter().all(is_macro) {
            return;
        }
        for (at, argument) in arguments.iter().enumerate() {
            let fates = targets
                .iter()
                .map(|site| self.fate(site.id(), at, sight.file, &mut Vec::new()));
            let fate = fates.reduce(|one, other| if one == other { one } else { Fate::Kept });
            // Where some configurations have no such macro, a function may be called.
            let fate = fate.filter(|fate| *fate == Fate::Kept || self.resolver.always(targets));
            match fate {
                Some(Fate::Dropped) => into.dropped.push(argument.span),
                Some(Fate::Name) => into.names.push(argument.span),
                Some(Fate::Kept) | None => {}
            }
        }
    }

    /// What a macro makes of its argument at a place, where `user` calls it. `open` are the macros that are being
    /// looked into: what leads back to one of them keeps its argument.
    fn fate(
        &self,
        of: DefinitionId,
        at: usize,
        user: FileId,
        open: &mut Vec<DefinitionId>,
    ) -> Fate {
        let at = u16::try_from(at).unwrap_or(u16::MAX);
        let key = |user| (of, at, user);
        let fates = self.fates.read().unwrap_or_else(PoisonError::into_inner);
        let known = fates
            .get(&key(None))
            .or_else(|| fates.get(&key(Some(user))));
        if let Some(fate) = known {
            return *fate;
        }
        drop(fates);
        if open.contains(&of) || open.len() > MOST_OPEN {
            return Fate::Kept;
        }
        let facts = self.resolver.macro_facts(of);
        let (fate, user) = match own_fate(&facts, usize::from(at)) {
            Ok(fate) => (fate, None),
            Err(templates) => {
                open.push(of);
                let dropped = self.dropped_inside(of, &facts, user, open);
                open.pop();
                let is_dropped =
                    |template: &&Template| dropped.iter().any(|span| span.contains(template.span));
                let fate = match templates.iter().all(is_dropped) {
                    true => Fate::Dropped,
                    false => Fate::Kept,
                };
                (fate, Some(user))
            }
        };
        let mut fates = self.fates.write().unwrap_or_else(PoisonError::into_inner);
        fates.insert(key(user), fate);
        fate
    }

    /// The arguments that the macros in a replacement list drop.
    fn dropped_inside(
        &self,
        of: DefinitionId,
        facts: &ItemFacts,
        user: FileId,
        open: &mut Vec<DefinitionId>,
    ) -> Vec<Span> {
        let sight = Sight {
            file: user,
            item: of.0,
            facts,
            bound: None,
        };
        let mut dropped = Vec::new();
        for reference in &facts.references {
            let arguments = facts.arguments(reference.span.start);
            if arguments.is_empty() || !matches!(reference.role, Role::Call { .. }) {
                continue;
            }
            let targets = self
                .resolver
                .targets(&sight, &reference.role, reference.name)
                .sites;
            if targets.is_empty() || targets.iter().any(|site| site.kind != SymbolKind::Macro) {
                continue;
            }
            for (at, argument) in arguments.iter().enumerate() {
                let mut drops = |site: &Site| {
                    site.id() != of && self.fate(site.id(), at, user, open) == Fate::Dropped
                };
                if targets.iter().all(&mut drops) && self.resolver.always(&targets) {
                    dropped.push(argument.span);
                }
            }
        }
        dropped
    }

    /// Whether a macro is nothing but attributes, itself or through an alias.
    #[must_use]
    pub fn is_attribute(&self, of: DefinitionId, left: u8) -> bool {
        let facts = self.resolver.macro_facts(of);
        if facts.replacement.attribute {
            return true;
        }
        let (true, Some(left)) = (is_alias(&facts), left.checked_sub(1)) else {
            return false;
        };
        let sight = Sight::of(of.0, &facts);
        facts.references.iter().all(|reference| {
            let targets = self
                .resolver
                .targets(&sight, &reference.role, reference.name);
            let sites = targets.sites.iter();
            !targets.sites.is_empty()
                && sites.filter(|site| site.id() != of).any(|site| {
                    site.kind == SymbolKind::Macro && self.is_attribute(site.id(), left)
                })
        })
    }

    /// Whether what an expansion uses depends on the arguments, or on the role in which the macro is used.
    #[must_use]
    pub fn needs_arguments(&self, of: DefinitionId, left: u8) -> bool {
        self.needs.get_or(of, || self.needs_anew(of, left))
    }

    fn needs_anew(&self, of: DefinitionId, left: u8) -> bool {
        let facts = self.resolver.macro_facts(of);
        let templates = &facts.replacement.templates;
        if is_alias(&facts)
            || templates
                .iter()
                .any(|one| is_named_by_arguments(&facts, one))
        {
            return true;
        }
        let own = facts.definitions.first().map(|own| own.name);
        let sight = Sight::of(of.0, &facts);
        facts
            .references
            .iter()
            .any(|reference| match &reference.role {
                _ if Some(reference.name) == own => true,
                Role::Member { owner } | Role::MemberCall { owner, .. } => depends(&facts, owner),
                Role::Call { .. } if left > 0 => {
                    let targets = self
                        .resolver
                        .targets(&sight, &reference.role, reference.name);
                    let is_macro = |site: &&Site| site.kind == SymbolKind::Macro && site.id() != of;
                    targets
                        .sites
                        .iter()
                        .filter(is_macro)
                        .any(|site| self.needs_arguments(site.id(), left - 1))
                }
                _ => false,
            })
    }
}

impl Expander<'_, '_> {
    /// Whether a macro's replacement list names a function without calling it, itself or through other macros, or
    /// may make the name of one.
    #[must_use]
    pub fn names_functions(&self, of: DefinitionId, left: u8) -> bool {
        self.naming.get_or(of, || self.names_anew(of, left))
    }

    fn names_anew(&self, of: DefinitionId, left: u8) -> bool {
        let facts = self.resolver.macro_facts(of);
        let sight = Sight::of(of.0, &facts);
        let pasted = |one: &Template| {
            matches!(one.role, Role::Stored { .. } | Role::Value)
                && facts.name(one.name).contains("##")
        };
        let names = |reference: &Reference| {
            let role = &reference.role;
            let called = matches!(role, Role::Call { .. });
            if !called && !matches!(role, Role::Stored { .. } | Role::Value) {
                return false;
            }
            let targets = self.resolver.targets(&sight, role, reference.name);
            targets.sites.iter().any(|site| match site.kind {
                SymbolKind::Function => !called,
                SymbolKind::Macro if site.id() != of && left > 0 => {
                    self.names_functions(site.id(), left - 1)
                }
                _ => false,
            })
        };
        facts.replacement.templates.iter().any(pasted) || facts.references.iter().any(names)
    }
}

/// Macros beyond this number that are looked into at one time are given up.
const MOST_OPEN: usize = 64;

/// What a macro makes of its argument at a place as far as it tells alone; else the templates that take the argument,
/// all of which other macros must drop.
fn own_fate(facts: &ItemFacts, at: usize) -> Result<Fate, Vec<&Template>> {
    let replacement = &facts.replacement;
    let Some(last) = replacement.parameters.len().checked_sub(1) else {
        return Ok(Fate::Kept);
    };
    let number = match replacement.variadic {
        true => at.min(last),
        false => at,
    };
    let Some(parameter) = replacement.parameters.get(number) else {
        return Ok(Fate::Kept);
    };
    if parameter.uses == 0 {
        return Ok(Fate::Dropped);
    }
    let name = facts.name(parameter.name);
    let takes = |template: &&Template| {
        let text = facts.name(template.name);
        text == name || text.contains(name) && text.split("##").any(|piece| piece == name)
    };
    let templates: Vec<&Template> = replacement.templates.iter().filter(takes).collect();
    if templates.len() < usize::from(parameter.uses) {
        return Ok(Fate::Kept);
    }
    let names = |template: &&Template| is_named_by_arguments(facts, template);
    match templates.iter().all(names) {
        true => Ok(Fate::Name),
        false => Err(templates),
    }
}

/// Whether a replacement list is nothing but a name.
#[must_use]
pub fn is_alias(facts: &ItemFacts) -> bool {
    let [only] = facts.references.as_slice() else {
        return false;
    };
    facts.replacement.parameters.is_empty()
        && matches!(&facts.replacement.value, Operand::Named(name) if *name == only.name)
        && only.role == Role::Value
}

/// Whether what a template uses is a name that only the arguments give: not where a parameter stands for an expression or
/// a type, which the arguments use by themselves.
#[must_use]
pub fn is_named_by_arguments(facts: &ItemFacts, template: &Template) -> bool {
    facts.name(template.name).contains("##")
        || matches!(
            template.role,
            Role::Member { .. } | Role::MemberCall { .. } | Role::Tag | Role::Stored { .. }
        )
}

/// Whether an operand of a replacement list is told by the arguments.
#[must_use]
pub fn depends(facts: &ItemFacts, operand: &Operand) -> bool {
    match operand {
        Operand::Parameter(_) => true,
        Operand::CallOf(name, at) => {
            facts.name(*name).contains("##")
                || facts
                    .arguments(*at)
                    .iter()
                    .any(|argument| depends(facts, &argument.operand))
        }
        Operand::Typed(name) | Operand::Named(name) => facts.name(*name).contains("##"),
        Operand::MemberOf(owner, _) | Operand::PlaceOf(owner, _) => depends(facts, owner),
        Operand::Unknown => false,
    }
}
