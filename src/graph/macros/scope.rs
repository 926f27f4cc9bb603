//! The definitions that are visible at one place of one file.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use crate::expand::{Context, Definition, Visible};
use crate::items::{Arm, Guard};
use crate::text::offset;

use super::events::{Action, Surroundings};
use super::{DEEPEST, FileId, MOST_ALTERNATIVES, Macros, Place};

/// Answers that hold for a whole file, by name and context: those to which the file itself adds nothing.
#[derive(Default)]
pub(super) struct Cache<'m>(RefCell<Answers<'m>>);

type Answers<'m> = FxHashMap<(Box<[u8]>, Context), Vec<Definition<'m>>>;

/// One place.
pub(super) struct Scope<'m, 'c> {
    pub(super) macros: &'m Macros<'m>,
    pub(super) file: FileId,
    /// The offset in the file.
    pub(super) at: u32,
    /// The conditional branch around it.
    pub(super) guard: Option<u32>,
    pub(super) context: Context,
    pub(super) cache: &'c Cache<'m>,
}

impl<'m> Visible<'m> for Scope<'m, '_> {
    fn definitions(&self, name: &[u8]) -> Vec<Definition<'m>> {
        let Some(places) = self.macros.by_name.get(name) else {
            return Vec::new();
        };
        let ask = || {
            let mut search = Search {
                macros: self.macros,
                origin: self.file,
                places,
                found: Vec::new(),
            };
            search.at((self.file, self.at, self.guard), Some(self.context), 0);
            search.definitions()
        };
        if !of_file(places, self.file).is_empty() {
            return ask();
        }
        let key = (Box::from(name), self.context);
        if let Some(known) = self.cache.0.borrow().get(&key) {
            return known.clone();
        }
        let found = ask();
        self.cache.0.borrow_mut().insert(key, found.clone());
        found
    }
}

/// The places of one file among sorted places.
fn of_file(places: &[Place], file: FileId) -> &[Place] {
    let start = places.partition_point(|place| place.file < file);
    let end = places.partition_point(|place| place.file <= file);
    &places[start..end]
}

/// Looks for the definitions of one name.
struct Search<'m, 'p> {
    macros: &'m Macros<'m>,
    /// The file that asks: its own lines count by their order alone, not by who includes it.
    origin: FileId,
    places: &'p [Place],
    /// Each with whether only some configurations have it.
    found: Vec<(Place, bool)>,
}

impl<'m> Search<'m, '_> {
    /// Looks from a place outwards; `context` is what must stand around the file at its includers, if that matters.
    fn at(&mut self, place: (FileId, u32, Option<u32>), context: Option<Context>, depth: usize) {
        let (file, at, guard) = place;
        let before = self.found.len();
        if self.own(file, at, guard) || self.found.len() > before {
            return;
        }
        self.included(file);
        if self.found.len() > before {
            return;
        }
        if depth < DEEPEST {
            self.includers(file, context, depth);
        }
    }

    /// What a file itself says before an offset, the last word first; whether that is the last word for sure.
    fn own(&mut self, file: FileId, before: u32, guard: Option<u32>) -> bool {
        let of = &self.macros.files[file.0 as usize];
        let first = self.found.len();
        let mut sure = false;
        for place in of_file(self.places, file).iter().rev() {
            let step = &of.steps[place.step as usize];
            if step.at >= before || excludes(&of.guards, step.guard, guard) {
                continue;
            }
            let conditional = step.inside || !holds(&of.guards, step.guard, guard);
            if step.action == Action::Define {
                self.found.push((*place, conditional));
            }
            if !conditional {
                sure = true;
                break;
            }
        }
        self.join_branches(file, first);
        sure
    }

    /// Definitions in the first and in the last branch of one `#if ... #else` leave no configuration without.
    fn join_branches(&mut self, file: FileId, first: usize) {
        let of = &self.macros.files[file.0 as usize];
        let group = |place: &Place| {
            let guard = of.steps[place.step as usize].guard?;
            let guard = of.guards.get(guard as usize)?;
            Some((guard.opened_by.start, guard.arm))
        };
        let arms: Vec<_> = self.found[first..]
            .iter()
            .map(|(place, _)| group(place))
            .collect();
        let has = |opened, arm| arms.contains(&Some((opened, arm)));
        for (at, found) in self.found[first..].iter_mut().enumerate() {
            let Some((opened, _)) = arms[at] else {
                continue;
            };
            found.1 &= !(has(opened, Arm::First) && has(opened, Arm::Else));
        }
    }

    /// What the includes of a file leave defined.
    fn included(&mut self, file: FileId) {
        let mut places = self.places;
        while let Some(first) = places.first() {
            let next = first.file;
            places = &places[of_file(places, next).len()..];
            if self.found.len() >= MOST_ALTERNATIVES {
                return;
            }
            if next != file && next != self.origin && self.macros.includes.reaches(file, next) {
                let before = self.found.len();
                self.own(next, u32::MAX, None);
                if self.macros.conditional.binary_search(&next).is_ok() {
                    let found = &mut self.found[before..];
                    found
                        .iter_mut()
                        .for_each(|(_, conditional)| *conditional = true);
                }
            }
        }
    }

    /// What the includers of a file have defined before they include it.
    fn includers(&mut self, file: FileId, context: Option<Context>, depth: usize) {
        let Some(sites) = self.macros.sites.get(&file) else {
            return;
        };
        for site in sites {
            if self.found.len() >= MOST_ALTERNATIVES {
                return;
            }
            let surroundings = self.macros.surroundings(*site);
            let further = match (context, surroundings) {
                (None, _)
                | (Some(Context::Enumerators), Surroundings::Enumerators)
                | (Some(Context::Members), Surroundings::Members) => None,
                (Some(context), Surroundings::File) => {
                    let around = self.macros.contexts(site.file, depth + 1);
                    if !around.contains(&context) {
                        continue;
                    }
                    Some(context)
                }
                _ => continue,
            };
            let step = &self.macros.files[site.file.0 as usize].steps[site.step as usize];
            self.at((site.file, step.at, step.guard), further, depth + 1);
        }
    }

    /// The macros found, each text once.
    fn definitions(mut self) -> Vec<Definition<'m>> {
        let mut definitions: Vec<Definition<'m>> = Vec::new();
        self.found.truncate(MOST_ALTERNATIVES);
        let mut texts: Vec<&[u8]> = Vec::new();
        for (place, conditional) in self.found {
            let file = &self.macros.files[place.file.0 as usize];
            let step = &file.steps[place.step as usize];
            let text = file.text(step);
            if let Some(at) = texts.iter().position(|known| *known == text) {
                definitions[at].conditional &= conditional;
                continue;
            }
            let Some(of) = file.parsed(place.step) else {
                continue;
            };
            texts.push(text);
            definitions.push(Definition {
                of,
                file: offset(place.file.0 as usize),
                at: step.at + of.name_at(),
                conditional,
            });
        }
        definitions
    }
}

/// The guards around a place, the innermost first.
fn around(guards: &[Guard], guard: Option<u32>) -> impl Iterator<Item = (u32, &Guard)> {
    let of = move |at: u32| guards.get(at as usize).map(|guard| (at, guard));
    std::iter::successors(guard.and_then(of), move |(_, guard)| {
        guard.parent.and_then(of)
    })
}

/// Whether what stands under `step` is there wherever what stands under `place` is.
fn holds(guards: &[Guard], step: Option<u32>, place: Option<u32>) -> bool {
    step.is_none_or(|step| around(guards, place).any(|(at, _)| at == step))
}

/// Whether the two stand in different branches of one `#if`.
fn excludes(guards: &[Guard], step: Option<u32>, place: Option<u32>) -> bool {
    around(guards, step).any(|(one, guard)| {
        around(guards, place).any(|(other, of)| one != other && guard.opened_by == of.opened_by)
    })
}
