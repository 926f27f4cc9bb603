//! The macros of a tree, and which of their definitions are visible where: decided by includes and by order.
//!
//! A place sees what its own file defines before it, else what the file's includes leave defined, else, in a file that
//! may be included several times, what its includers have defined before they include it. Several answers (branches of
//! an `#if`, several includers) are alternatives, and all are kept. Knows no `-D`, no system header, and not in which
//! order the includes of one file come.

pub mod events;
mod scope;

use std::sync::OnceLock;

use rustc_hash::FxHashMap;

use crate::expand::{self, Bodies, Context, Macro, Made};
use crate::facts::Memo;
use crate::items::lexer;
use crate::items::{FileItems, Guard, Item};
use crate::text::{Span, offset};

use self::events::{Action, Surroundings};
use self::scope::Scope;
use super::includes::Includes;
use super::index::{FileId, TreeIndex};
use super::names::IncludeLine;

/// What one file does to macros, read from its bytes alone.
#[derive(Debug)]
pub struct FileMacros {
    /// The texts that `steps` speak of: whole `#define` lines, names, paths.
    text: Box<[u8]>,
    steps: Box<[Step]>,
    guards: Box<[Guard]>,
    repeatable: bool,
}

/// One step of a file, with its text kept.
#[derive(Debug)]
struct Step {
    action: Action,
    /// Where the directive stands in the file.
    at: u32,
    /// The directive of a definition, else the name alone: a span of the file's texts.
    text: Span,
    guard: Option<u32>,
    inside: bool,
    parsed: OnceLock<Option<Box<Macro>>>,
}

impl FileMacros {
    /// Reads a file that is split already.
    #[must_use]
    pub fn of(source: &[u8], items: &FileItems) -> Self {
        let mut text = Vec::new();
        let events = events::of_file(source, items);
        let steps = events.into_iter().map(|event| {
            let kept = match event.action {
                Action::Define => event.span,
                Action::Undefine | Action::Include(_) => event.name,
            };
            let start = offset(text.len());
            text.extend_from_slice(kept.of(source));
            Step {
                action: event.action,
                at: event.span.start,
                text: Span::new(start, offset(text.len())),
                guard: event.guard,
                inside: event.inside,
                parsed: OnceLock::new(),
            }
        });
        let steps = steps.collect();
        Self {
            steps,
            text: text.into(),
            guards: items.guards.clone().into(),
            repeatable: events::is_repeatable(source, items),
        }
    }

    fn text(&self, step: &Step) -> &[u8] {
        step.text.of(&self.text)
    }

    /// The macro that a step defines or ends.
    fn name(&self, step: &Step) -> Option<&[u8]> {
        let text = self.text(step);
        match step.action {
            Action::Define => {
                let name = lexer::significant(text).nth(2)?;
                Some(name.span.of(text))
            }
            Action::Undefine => Some(text),
            Action::Include(_) => None,
        }
    }

    fn parsed(&self, step: u32) -> Option<&Macro> {
        let step = self.steps.get(step as usize)?;
        let parse = || Macro::of_define(self.text(step)).map(Box::new);
        step.parsed.get_or_init(parse).as_deref()
    }
}

/// A step of some file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    file: FileId,
    step: u32,
}

/// The macros of a whole tree.
pub struct Macros<'a> {
    includes: &'a Includes<'a>,
    files: Vec<FileMacros>,
    /// Where each name is defined or undefined, sorted.
    by_name: FxHashMap<Box<[u8]>, Vec<Place>>,
    /// For each file that may be included several times, where it is.
    sites: FxHashMap<FileId, Vec<Place>>,
    /// The files that are included, but only under conditions, sorted.
    conditional: Vec<FileId>,
}

/// More definitions of one name than people give it in one place.
const MOST_ALTERNATIVES: usize = 24;

impl<'a> Macros<'a> {
    /// Joins the files of a tree: `files` in the order of [`TreeIndex::files`].
    #[must_use]
    pub fn new(
        index: &'a dyn TreeIndex,
        includes: &'a Includes<'a>,
        files: Vec<FileMacros>,
    ) -> Self {
        let mut by_name: FxHashMap<Box<[u8]>, Vec<Place>> = FxHashMap::default();
        for (at, file) in files.iter().enumerate() {
            for (step, one) in file.steps.iter().enumerate() {
                let place = Place {
                    file: FileId(offset(at)),
                    step: offset(step),
                };
                let Some(name) = file.name(one) else {
                    continue;
                };
                match by_name.get_mut(name) {
                    Some(places) => places.push(place),
                    None => drop(by_name.insert(name.into(), vec![place])),
                }
            }
        }
        let mut macros = Self {
            includes,
            files,
            by_name,
            sites: FxHashMap::default(),
            conditional: Vec::new(),
        };
        let included = macros.included(index);
        macros.sites = macros.sites(&included);
        macros.conditional = macros.conditional(&included);
        macros
    }

    /// The includes whose path a macro gives, each with the file it stands in, in order.
    #[must_use]
    pub fn computed_includes(&self) -> Vec<(FileId, IncludeLine)> {
        let mut all = Vec::new();
        for (at, file) in (0..).zip(&self.files) {
            let includes = file.steps.iter();
            let includes = includes.filter(|one| matches!(one.action, Action::Include(_)));
            let computed = includes.filter(|one| !matches!(file.text(one), [b'<' | b'"', ..]));
            let lines = computed.flat_map(|one| self.paths(file.text(one)));
            all.extend(lines.map(|line| (FileId(at), line)));
        }
        all
    }

    /// Which file is included where, in order of place.
    fn included(&self, index: &dyn TreeIndex) -> Vec<(FileId, Place)> {
        let mut included = Vec::new();
        for (at, file) in self.files.iter().enumerate() {
            let includer = FileId(offset(at));
            for (step, one) in file.steps.iter().enumerate() {
                if !matches!(one.action, Action::Include(_)) {
                    continue;
                }
                let place = Place {
                    file: includer,
                    step: offset(step),
                };
                for line in self.paths(file.text(one)) {
                    let targets = self.includes.targets(&index.files()[at], &line);
                    let others = targets.into_iter().filter(|target| *target != includer);
                    included.extend(others.map(|target| (target, place)));
                }
            }
        }
        included
    }

    fn sites(&self, included: &[(FileId, Place)]) -> FxHashMap<FileId, Vec<Place>> {
        let mut sites: FxHashMap<FileId, Vec<Place>> = FxHashMap::default();
        for (target, place) in included {
            let target_file = self.files.get(target.0 as usize);
            if target_file.is_some_and(|file| file.repeatable) {
                sites.entry(*target).or_default().push(*place);
            }
        }
        sites
    }

    fn conditional(&self, included: &[(FileId, Place)]) -> Vec<FileId> {
        let mut files: Vec<(FileId, bool)> = included
            .iter()
            .map(|(target, place)| {
                let step = &self.files[place.file.0 as usize].steps[place.step as usize];
                (*target, step.guard.is_some() || step.inside)
            })
            .collect();
        // The unconditional include of a file comes first, where it has one.
        files.sort_unstable();
        files.dedup_by_key(|(file, _)| *file);
        files.retain(|(_, conditional)| *conditional);
        files.into_iter().map(|(file, _)| file).collect()
    }

    /// The paths that an include may mean: as written, or every string that a macro of that name stands for.
    fn paths(&self, text: &[u8]) -> Vec<IncludeLine> {
        let brackets = text.starts_with(b"<");
        let line = |path: &[u8]| IncludeLine {
            item: 0,
            path: String::from_utf8_lossy(path).into_owned(),
            brackets,
        };
        if let [b'<' | b'"', path @ .., b'>' | b'"'] = text {
            return vec![line(path)];
        }
        let places = self.by_name.get(text).map_or(&[][..], Vec::as_slice);
        let mut paths: Vec<IncludeLine> = Vec::new();
        for place in places {
            let Some(of) = self.files[place.file.0 as usize].parsed(place.step) else {
                continue;
            };
            let only: Vec<&[u8]> = of.replacement().take(2).collect();
            if let [[b'"', path @ .., b'"']] = only.as_slice() {
                paths.push(line(path));
            }
        }
        paths.sort();
        paths.dedup();
        paths
    }

    /// The view of one file.
    #[must_use]
    pub fn in_file(&self, file: FileId) -> InFile<'_> {
        let mut contexts = self.contexts(file, 0);
        contexts.sort_unstable();
        contexts.dedup();
        InFile {
            macros: self,
            file,
            contexts,
            cache: scope::Cache::default(),
        }
    }

    /// What may stand around the items of a file.
    fn contexts(&self, file: FileId, depth: usize) -> Vec<Context> {
        let Some(sites) = self.sites.get(&file).filter(|_| depth < DEEPEST) else {
            return vec![Context::File];
        };
        let mut contexts = Vec::new();
        for site in sites {
            match self.surroundings(*site) {
                Surroundings::Enumerators => contexts.push(Context::Enumerators),
                Surroundings::Members => contexts.push(Context::Members),
                Surroundings::File => contexts.extend(self.contexts(site.file, depth + 1)),
                Surroundings::Value | Surroundings::Block => {}
            }
            contexts.sort_unstable();
            contexts.dedup();
        }
        contexts
    }

    fn surroundings(&self, site: Place) -> Surroundings {
        let step = &self.files[site.file.0 as usize].steps[site.step as usize];
        match step.action {
            Action::Include(surroundings) => surroundings,
            _ => Surroundings::Block,
        }
    }
}

/// Files that include each other further than this are not followed.
const DEEPEST: usize = 8;

impl std::fmt::Debug for Macros<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Macros")
            .field("names", &self.by_name.len())
            .finish_non_exhaustive()
    }
}

/// The macros as one file sees them.
pub struct InFile<'m> {
    macros: &'m Macros<'m>,
    file: FileId,
    contexts: Vec<Context>,
    cache: scope::Cache<'m>,
}

impl<'m> InFile<'m> {
    /// The expansions of an item of the file, by what stands around them; `bytes` are the item's. Empty where no macro is
    /// visible that matters to it.
    #[must_use]
    pub fn expansions(
        &self,
        item: &Item,
        bytes: &[u8],
        bodies: Bodies,
        memo: &Memo<'_>,
    ) -> Vec<Made<'m>> {
        let mut all = Vec::new();
        for context in &self.contexts {
            let scope = Scope {
                macros: self.macros,
                file: self.file,
                at: item.span.start,
                guard: item.guard,
                context: *context,
                cache: &self.cache,
            };
            let around = (*context, bodies);
            all.extend(expand::of_item(bytes, item.kind, around, &scope, memo));
        }
        all
    }

    /// Whether an identifier is a macro somewhere: a quick test before the exact one.
    #[must_use]
    pub fn may_be_macro(&self, name: &[u8]) -> bool {
        self.macros.by_name.contains_key(name)
    }
}

impl std::fmt::Debug for InFile<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InFile")
            .field("file", &self.file)
            .finish_non_exhaustive()
    }
}
