//! Every symbol that one file defines or declares, those that macros make among them, as rows.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::expand::{Bodies, Made};
use crate::facts::{
    self, Definition, Form, ItemFacts, Linkage, Parameters, PlacedFacts, SymbolKind,
};
use crate::items::{Item, ItemKind};

use super::index::{FileId, TreeIndex};
use super::macros::Macros;

/// One symbol of a file, as `index --symbols` prints it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct SymbolRow {
    /// Its kind: that of the symbol, `proto` and `extern` for what is only declared.
    pub kind: &'static str,
    /// Its name.
    pub name: String,
    /// The record of a member, the enum of an enumerator; `<anon>` for a member of a record inside a function that
    /// nothing names.
    pub parent: Option<String>,
    /// Its file.
    pub file: FileId,
    /// The offsets of its name and of its last byte; of what a macro makes, of the macro's call.
    pub span: (u32, u32),
    /// Its linkage.
    pub linkage: Linkage,
    /// The macro that makes it, where one does.
    pub made_by: Option<String>,
    /// Its item.
    pub item: u32,
    /// What it is.
    pub symbol: SymbolKind,
    /// Whether it is brought into being here.
    pub form: Form,
    /// The name of its declared type.
    pub type_name: Option<String>,
    /// Its parameters.
    pub parameters: Option<Parameters>,
}

/// What the macros that one file calls make.
#[derive(Debug, Default)]
pub struct MadeOfFile {
    /// The symbols that only an expansion shows, in order of place.
    pub rows: Vec<SymbolRow>,
    /// The macros of which one call makes several symbols at file scope: the file and place of each's name.
    pub several: BTreeSet<(FileId, u32)>,
}

/// The symbols of one file, in order of place. Of what stands inside functions only macros, tags, members and
/// enumerators.
#[must_use]
pub fn of_file(index: &dyn TreeIndex, macros: &Macros<'_>, file: FileId) -> Vec<SymbolRow> {
    let mut rows = Vec::new();
    each_item(index, macros, file, |item, bytes, made| {
        let facts = facts::of_item_outline(bytes, item.kind);
        rows.extend(of_item((file, item), &facts, made));
    });
    rows
}

/// What the macros that one file calls make.
#[must_use]
pub fn made_of_file(index: &dyn TreeIndex, macros: &Macros<'_>, file: FileId) -> MadeOfFile {
    let mut of_file = MadeOfFile::default();
    let mut at = 0;
    each_item(index, macros, file, |item, bytes, made| {
        if !made.is_empty() {
            let facts = facts::of_item_outline(bytes, item.kind);
            let rows = of_item((file, item), &facts, made).into_iter();
            let rows = rows.filter(|row| row.made_by.is_some());
            of_file
                .rows
                .extend(rows.map(|row| SymbolRow { item: at, ..row }));
        }
        if item.kind == ItemKind::MacroCall {
            of_file.several.extend(made.iter().flat_map(several));
        }
        at += 1;
    });
    of_file
}

/// Goes through the items of a file, each with its bytes and its expansions.
fn each_item(
    index: &dyn TreeIndex,
    macros: &Macros<'_>,
    file: FileId,
    mut then: impl FnMut(&Item, &[u8], &[Made<'_>]),
) {
    let items = index.items(file);
    let source = index.source(file);
    let seen = macros.in_file(file);
    let memo: &facts::Memo<'_> = &|_, kind, bytes| Arc::new(facts::of_item_outline(bytes, kind));
    for item in &items.items {
        let bytes = item.span.of(&source);
        let made = seen.expansions(item, bytes, Bodies::Dropped, memo);
        then(item, bytes, &made);
    }
}

/// The macros of which one call gave several items with symbols.
fn several(made: &Made<'_>) -> Vec<(FileId, u32)> {
    let defining = |placed: &&PlacedFacts| !placed.facts.definitions.is_empty();
    let items = made.facts.items.iter().filter(defining);
    let spans: Vec<_> = items.map(|placed| placed.item.span).collect();
    if spans.len() < 2 {
        return Vec::new();
    }
    let macros = made.makers_of_several(&spans).into_iter();
    macros
        .map(|number| &made.macros[number])
        .map(|of| (FileId(of.file), of.at))
        .collect()
}

fn of_item(place: (FileId, &Item), facts: &ItemFacts, made: &[Made<'_>]) -> Vec<SymbolRow> {
    let written = written(place, facts);
    let sound = |made: &&Made<'_>| made.facts.health() <= facts.health;
    let mut sound: Vec<&Made<'_>> = made.iter().filter(sound).collect();
    if sound.is_empty() && place.1.kind == ItemKind::MacroCall {
        sound.extend(made);
    }
    let made = sound;
    let mut rows: Vec<SymbolRow> = Vec::new();
    let mut known: BTreeSet<(SymbolKind, String, Option<String>)> = BTreeSet::new();
    for (kind, row) in made.iter().flat_map(|made| made_rows(place, made)) {
        if known.insert((kind, row.name.clone(), row.parent.clone())) {
            let same = written.iter().find(|(other, _, at)| {
                *other == kind && at.name == row.name && at.parent == row.parent
            });
            rows.push(match same {
                Some((_, _, at)) => SymbolRow {
                    span: at.span,
                    made_by: None,
                    ..row
                },
                None => row,
            });
        }
    }
    let stays = |local: bool| made.is_empty() || local && place.1.kind == ItemKind::Function;
    let rest = written.into_iter().filter(|(_, local, _)| stays(*local));
    rows.extend(rest.map(|(_, _, row)| row));
    rows.sort_by_key(|row| row.span);
    rows
}

/// What the item says as it is written: each with whether it stands inside a function.
fn written((file, item): (FileId, &Item), facts: &ItemFacts) -> Vec<(SymbolKind, bool, SymbolRow)> {
    let rows = facts.definitions.iter().filter_map(|definition| {
        let local = is_local(facts, definition);
        let row = row(file, facts, definition, local)?;
        let end = definition.span.shifted(item.span.start).end;
        let start = item.span.start + definition.name_span.start;
        let span = (start, end.saturating_sub(1).max(start));
        Some((definition.kind, local, SymbolRow { span, ..row }))
    });
    rows.collect()
}

/// What an expansion of the item says.
fn made_rows<'a>(
    (file, item): (FileId, &'a Item),
    made: &'a Made<'_>,
) -> impl Iterator<Item = (SymbolKind, SymbolRow)> + 'a {
    let of = move |(placed, definition): (&'a PlacedFacts, &'a Definition)| {
        let facts = &placed.facts;
        let row = row(file, facts, definition, is_local(facts, definition))?;
        let origin = made.origin(placed.span(definition.name_span).start)?;
        let maker = made.macros.get(origin.maker.unwrap_or(0));
        let end = match (item.kind, definition.body) {
            (ItemKind::MacroCall, _) => item.span.end,
            (ItemKind::Function, Some(_)) if definition.kind == SymbolKind::Function => {
                item.span.end
            }
            _ => made
                .origin(placed.span(definition.span).end.saturating_sub(1))
                .map_or(item.span.end, |last| item.span.start + last.at + 1),
        };
        let start = item.span.start + origin.at;
        let row = SymbolRow {
            span: (start, end.saturating_sub(1).max(start)),
            made_by: maker.map(|maker| String::from_utf8_lossy(maker.of.name()).into_owned()),
            ..row
        };
        Some((definition.kind, row))
    };
    made.facts.definitions().filter_map(of)
}

/// The row of a definition, its place left open; `None` for what the table leaves out.
fn row(file: FileId, facts: &ItemFacts, definition: &Definition, local: bool) -> Option<SymbolRow> {
    let listed = matches!(
        definition.kind,
        SymbolKind::Macro
            | SymbolKind::Struct
            | SymbolKind::Union
            | SymbolKind::Enum
            | SymbolKind::Member
            | SymbolKind::Enumerator
    );
    if local && !listed {
        return None;
    }
    let parent = match (definition.kind, definition.parent) {
        (SymbolKind::Member | SymbolKind::Enumerator, Some(parent)) => Some(facts.name(parent)),
        (SymbolKind::Member, None) if local => Some("<anon>"),
        _ => None,
    };
    Some(SymbolRow {
        kind: kind(definition)?,
        name: facts.name(definition.name).to_owned(),
        parent: parent.map(str::to_owned),
        file,
        span: (0, 0),
        linkage: definition.linkage,
        made_by: None,
        item: 0,
        symbol: definition.kind,
        form: definition.form,
        type_name: definition.type_name.map(|name| facts.name(name).to_owned()),
        parameters: definition.parameters,
    })
}

fn is_local(facts: &ItemFacts, definition: &Definition) -> bool {
    let mut within = definition.within;
    for _ in 0..16 {
        let Some(outer) = within.and_then(|at| facts.definitions.get(at as usize)) else {
            return false;
        };
        if outer.kind == SymbolKind::Function {
            return true;
        }
        within = outer.within;
    }
    false
}

fn kind(definition: &Definition) -> Option<&'static str> {
    Some(match (definition.kind, definition.form) {
        (SymbolKind::Function, Form::Declaration) => "proto",
        (SymbolKind::Object, Form::Declaration) => "extern",
        (SymbolKind::Object, _) => "global",
        (SymbolKind::Struct | SymbolKind::Union | SymbolKind::Enum, Form::Declaration) => {
            return None;
        }
        (kind, _) => kind.name(),
    })
}
