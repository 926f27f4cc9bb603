//! What is kept of one C file for the tree index: its items, the names in each, its includes; as flat bytes.
//!
//! Two records a file, so that the usual question (is this name anywhere in this file?) touches only the smaller one.
//! Reading never fails: a record is checked when it leaves the cache, and what is out of bounds reads as empty.

use crate::graph::names::{self, IncludeLine, NameMark};
use crate::graph::split::SplitFile;
use crate::items::{self, Arm, FileItems, Guard, Item, ItemKey, ItemKind};
use crate::text::{Span, offset};

use super::postings;

/// Counted up whenever splitting, the names of an item or the form below changes.
pub(super) const VERSION: u32 = 5;

const HEAD: usize = 16;
const ITEM: usize = 32;
const NAME: usize = 4;

/// The two records of a file.
pub(super) struct Summary {
    /// The names of the whole file, as [`NameMark`]s, sorted.
    pub(super) names: Vec<u8>,
    /// Its items and which of them have a name; see [`encode`].
    pub(super) items: Vec<u8>,
}

/// Splits a file and takes the names of its items.
pub(super) fn of_source(source: &[u8]) -> Summary {
    let layout = items::of_source(source);
    let mut all = Vec::new();
    let mut entries = Vec::new();
    let mut includes = Vec::new();
    for (at, item) in (0..).zip(&layout.items) {
        let bytes = item.span.of(source);
        let marks = names::of_item(item.kind, bytes);
        entries.extend(marks.iter().map(|mark| postings::entry(at, *mark)));
        all.extend(marks);
        if item.kind == ItemKind::Include {
            let line = names::include_line(bytes);
            includes.extend(line.map(|line| IncludeLine { item: at, ..line }));
        }
    }
    entries.sort_unstable();
    names::merge(&mut all);
    Summary {
        names: bytes_of(&all),
        items: encode(&layout, &postings::bytes(&entries), &includes),
    }
}

/// The same of a file that was split before.
pub(super) fn of_split(file: &SplitFile) -> Summary {
    let mut all: Vec<NameMark> = file.names().iter().map(|(mark, _)| *mark).collect();
    let entries = file.names().iter();
    let mut entries: Vec<u64> = entries
        .map(|(mark, item)| postings::entry(*item, *mark))
        .collect();
    entries.sort_unstable();
    names::merge(&mut all);
    Summary {
        names: bytes_of(&all),
        items: encode(file.layout(), &postings::bytes(&entries), &file.includes()),
    }
}

fn bytes_of(marks: &[NameMark]) -> Vec<u8> {
    let numbers = marks.iter().map(|mark| mark.number().to_le_bytes());
    numbers.flatten().collect()
}

/// Little-endian: four counts (items, guards, bytes of postings, includes); the items (32 bytes each: span, kind, guard plus
/// one, key); the guards; the [`postings`] of the items; the includes.
fn encode(layout: &FileItems, postings: &[u8], includes: &[IncludeLine]) -> Vec<u8> {
    let mut out = Vec::new();
    let counts = [layout.items.len(), layout.guards.len(), postings.len()];
    for count in counts.into_iter().chain([includes.len()]) {
        put(&mut out, offset(count));
    }
    for item in &layout.items {
        put(&mut out, item.span.start);
        put(&mut out, item.span.end);
        put(&mut out, kind_code(item.kind));
        put(&mut out, item.guard.map_or(0, |guard| guard + 1));
        out.extend_from_slice(&item.key.0.to_le_bytes());
    }
    for guard in &layout.guards {
        put(&mut out, guard.parent.map_or(0, |parent| parent + 1));
        put(&mut out, arm_code(guard.arm));
        for span in [guard.directive, guard.opened_by] {
            put(&mut out, span.start);
            put(&mut out, span.end);
        }
    }
    out.extend_from_slice(postings);
    for line in includes {
        put(&mut out, line.item);
        put(&mut out, u32::from(line.brackets));
        put(&mut out, offset(line.path.len()));
        out.extend_from_slice(line.path.as_bytes());
    }
    out
}

fn put(out: &mut Vec<u8>, value: u32) {
    out.extend_from_slice(&value.to_le_bytes());
}

const KINDS: [ItemKind; 8] = [
    ItemKind::Function,
    ItemKind::Declaration,
    ItemKind::Define,
    ItemKind::Include,
    ItemKind::Conditional,
    ItemKind::Directive,
    ItemKind::MacroCall,
    ItemKind::Fragment,
];

fn kind_code(kind: ItemKind) -> u32 {
    offset(
        KINDS
            .iter()
            .position(|one| *one == kind)
            .unwrap_or(KINDS.len()),
    )
}

const ARMS: [Arm; 3] = [Arm::First, Arm::Elif, Arm::Else];

fn arm_code(arm: Arm) -> u32 {
    offset(
        ARMS.iter()
            .position(|one| *one == arm)
            .unwrap_or(ARMS.len()),
    )
}

fn number(bytes: &[u8], at: usize) -> u32 {
    let slice = bytes
        .get(at..at + 4)
        .and_then(|slice| slice.try_into().ok());
    slice.map_or(0, u32::from_le_bytes)
}

/// A read-only view of the record of items.
#[derive(Clone, Copy)]
pub(super) struct ItemsView<'a>(pub(super) &'a [u8]);

impl<'a> ItemsView<'a> {
    /// How many items the file has.
    pub(super) fn len(self) -> usize {
        // A damaged count cannot come out of the cache; the bound keeps a wrong one from looping long.
        (number(self.0, 0) as usize).min(self.0.len() / ITEM)
    }

    /// The item at a position; an empty fragment past the end.
    pub(super) fn item(self, at: usize) -> Item {
        let base = self.item_base(at);
        let key = self
            .0
            .get(base + 16..base + ITEM)
            .and_then(|slice| slice.try_into().ok());
        let kind = KINDS.get(number(self.0, base + 8) as usize);
        if at >= self.len() {
            return Item {
                span: Span::default(),
                kind: ItemKind::Fragment,
                key: ItemKey(0),
                guard: None,
            };
        }
        Item {
            span: Span::new(number(self.0, base), number(self.0, base + 4)),
            kind: kind.copied().unwrap_or(ItemKind::Fragment),
            key: ItemKey(key.map_or(0, u128::from_le_bytes)),
            guard: number(self.0, base + 12).checked_sub(1),
        }
    }

    fn item_base(self, at: usize) -> usize {
        HEAD + at * ITEM
    }

    fn guards_base(self) -> usize {
        self.item_base(self.len())
    }

    fn postings_base(self) -> usize {
        self.guards_base() + number(self.0, 4) as usize * GUARD
    }

    fn includes_base(self) -> usize {
        self.postings_base() + number(self.0, 8) as usize
    }

    /// The items that have a name, in order, each with the name's mark in it.
    pub(super) fn having(self, name: NameMark) -> impl Iterator<Item = (u32, NameMark)> + 'a {
        let postings = self.0.get(self.postings_base()..self.includes_base());
        postings::places(postings.unwrap_or_default(), name)
    }

    /// The items and guards as the splitter gave them.
    pub(super) fn layout(self) -> FileItems {
        let guards = (number(self.0, 4) as usize).min(self.0.len() / GUARD);
        FileItems {
            items: (0..self.len()).map(|at| self.item(at)).collect(),
            guards: (0..guards).map(|at| self.guard(at)).collect(),
        }
    }

    fn guard(self, at: usize) -> Guard {
        let base = self.guards_base() + at * GUARD;
        let span = |at| Span::new(number(self.0, at), number(self.0, at + 4));
        Guard {
            parent: number(self.0, base).checked_sub(1),
            arm: ARMS
                .get(number(self.0, base + 4) as usize)
                .copied()
                .unwrap_or(Arm::First),
            directive: span(base + 8),
            opened_by: span(base + 16),
        }
    }

    /// The includes, in order.
    pub(super) fn includes(self) -> Vec<IncludeLine> {
        let count = number(self.0, 12) as usize;
        let mut at = self.includes_base();
        let mut lines = Vec::new();
        for _ in 0..count {
            let length = number(self.0, at + 8) as usize;
            let Some(path) = self.0.get(at + 12..at + 12 + length) else {
                break;
            };
            lines.push(IncludeLine {
                item: number(self.0, at),
                path: String::from_utf8_lossy(path).into_owned(),
                brackets: number(self.0, at + 4) == 1,
            });
            at += 12 + length;
        }
        lines
    }
}

const GUARD: usize = 24;

/// The mark of a name in a sorted list of marks.
pub(super) fn find(marks: &[u8], wanted: NameMark) -> Option<NameMark> {
    let (mut low, mut high) = (0, marks.len() / NAME);
    while low < high {
        let middle = low.midpoint(high);
        if number(marks, middle * NAME) < wanted.number() {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let mark = NameMark::stored(number(marks, low * NAME));
    (low < marks.len() / NAME && mark.is_same_name(wanted)).then_some(mark)
}

/// A sorted list of marks.
pub(super) fn marks(marks: &[u8]) -> impl Iterator<Item = NameMark> {
    let numbers = marks.chunks_exact(NAME);
    numbers.map(|bytes| NameMark::stored(number(bytes, 0)))
}

/// The positions in `wanted` (sorted by mark) of the names that a sorted list of marks holds acceptably, in order.
pub(super) fn meet(
    marks: &[u8],
    wanted: &[NameMark],
    accept: impl Fn(NameMark) -> bool,
) -> Vec<usize> {
    let count = marks.len() / NAME;
    let halvings = count.checked_ilog2().map_or(1, |log| log as usize + 1);
    if wanted.len() * halvings < count {
        let found = wanted.iter().enumerate();
        return found
            .filter(|(_, name)| find(marks, **name).is_some_and(&accept))
            .map(|(at, _)| at)
            .collect();
    }
    let mut found = Vec::new();
    let mut at = 0;
    for mark in self::marks(marks) {
        while wanted.get(at).is_some_and(|name| *name < mark.as_used()) {
            at += 1;
        }
        // Two names may share a hash: all of them are met.
        let same = wanted[at..]
            .iter()
            .take_while(|name| name.is_same_name(mark))
            .count();
        found.extend((at..at + same).filter(|_| accept(mark)));
        at += same;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::split::Split;

    const SOURCE: &[u8] =
        b"#include <a/b.h>\n#ifdef X\n#include \"c.h\"\n#endif\nint f(int x) { return g(x); }\n";

    #[test]
    fn a_layout_survives_its_record() {
        let summary = of_source(SOURCE);
        assert_eq!(ItemsView(&summary.items).layout(), items::of_source(SOURCE));
    }

    #[test]
    fn a_file_that_was_split_before_has_the_same_records() {
        let fresh = of_source(SOURCE);
        let split = of_split(&Split::default().of(SOURCE.into()));
        assert_eq!(fresh.names, split.names);
        assert_eq!(fresh.items, split.items);
    }

    #[test]
    fn includes_survive_their_record() {
        let summary = of_source(SOURCE);
        let lines = ItemsView(&summary.items).includes();
        let paths: Vec<_> = lines
            .iter()
            .map(|line| (line.path.as_str(), line.brackets))
            .collect();
        assert_eq!(paths, [("a/b.h", true), ("c.h", false)]);
    }

    #[test]
    fn few_and_many_names_are_found_alike() {
        let summary = of_source(SOURCE);
        let mut wanted: Vec<_> = ["f", "g", "h", "b.h", "x", "y"]
            .map(|name| NameMark::used(name.as_bytes()))
            .into();
        wanted.sort_unstable();
        let many = meet(&summary.names, &wanted, |_| true);
        let few: Vec<_> = (0..wanted.len())
            .filter(|at| find(&summary.names, wanted[*at]).is_some())
            .collect();
        assert_eq!(many, few);
        assert_eq!(many.len(), 4);
    }
}
