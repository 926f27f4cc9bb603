//! C files that were split into items and names, remembered by their bytes.
//!
//! A file is split for several questions, and the after side of one change is the before side of a later one. Bounded by
//! the bytes of the sources; what is forgotten is split again.

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use rustc_hash::FxHashMap;

use crate::facts::{self, ItemFacts};
use crate::items::{self, FileItems, Item};
use crate::text::{LineIndex, Span, offset};

use super::names::{self, IncludeLine, NameMark};

/// One C file, split and with the names of its items.
#[derive(Debug)]
pub struct SplitFile {
    pub(super) source: Arc<[u8]>,
    pub(super) layout: Arc<FileItems>,
    /// The names of all items with the item that has them, sorted.
    pub(super) names: Vec<(NameMark, u32)>,
    facts: Vec<OnceLock<Arc<ItemFacts>>>,
    pub(super) lines: OnceLock<LineIndex>,
}

impl SplitFile {
    /// The items, in order.
    #[must_use]
    pub fn layout(&self) -> &Arc<FileItems> {
        &self.layout
    }

    /// The bytes.
    #[must_use]
    pub fn source(&self) -> &[u8] {
        &self.source
    }

    /// The names of all items, each with the item that has it, sorted.
    #[must_use]
    pub fn names(&self) -> &[(NameMark, u32)] {
        &self.names
    }

    pub(super) fn new(source: Arc<[u8]>) -> Self {
        Self::after(source, None)
    }

    /// A file of which another version may be known: names of items that both have are taken from there.
    fn after(source: Arc<[u8]>, before: Option<&Self>) -> Self {
        let layout = items::of_source(&source);
        let (mut names, fresh) = match before {
            Some(before) => before.names_in(&layout.items),
            None => (Vec::new(), 0..layout.items.len()),
        };
        for (at, item) in (0..).zip(&layout.items[fresh.clone()]) {
            let of_item = names::of_item(item.kind, item.span.of(&source));
            let at = offset(fresh.start) + at;
            names.extend(of_item.into_iter().map(|mark| (mark, at)));
        }
        names.sort();
        Self {
            names,
            facts: layout.items.iter().map(|_| OnceLock::new()).collect(),
            layout: Arc::new(layout),
            lines: OnceLock::new(),
            source,
        }
    }

    /// The names of the items that another version starts and ends with as this one does, by their positions there, and
    /// which of its items are left.
    fn names_in(&self, items: &[Item]) -> (Vec<(NameMark, u32)>, Range<usize>) {
        let own = &self.layout.items;
        let same = |(one, other): &(&Item, &Item)| one.key == other.key && one.kind == other.kind;
        let head = own.iter().zip(items).take_while(same).count();
        let rests = (own[head..].iter().rev()).zip(items[head..].iter().rev());
        let tail = rests.take_while(same).count();
        let fresh = head..items.len() - tail;
        let (head, tail) = (offset(head), offset(own.len() - tail));
        let there = |&(mark, at): &(NameMark, u32)| match at {
            _ if at < head => Some((mark, at)),
            _ if at >= tail => Some((mark, at - tail + offset(fresh.end))),
            _ => None,
        };
        let names = self.names.iter().filter_map(there).collect();
        (names, fresh)
    }

    pub(super) fn item(&self, at: u32) -> Item {
        // An id of another tree gets an empty item rather than a panic.
        self.layout.items.get(at as usize).copied().unwrap_or(Item {
            span: Span::default(),
            kind: items::ItemKind::Fragment,
            key: items::key(b""),
            guard: None,
        })
    }

    pub(super) fn facts(&self, at: u32) -> Arc<ItemFacts> {
        let fresh = |item: &Item, bytes: &[u8]| Arc::new(facts::of_item(bytes, item.kind));
        self.facts_by(at, &fresh)
    }

    pub(super) fn facts_by(
        &self,
        at: u32,
        read: &dyn Fn(&Item, &[u8]) -> Arc<ItemFacts>,
    ) -> Arc<ItemFacts> {
        let item = self.item(at);
        let read = || read(&item, item.span.of(&self.source));
        match self.facts.get(at as usize) {
            Some(slot) => Arc::clone(slot.get_or_init(read)),
            None => Arc::default(),
        }
    }

    /// The includes, in order.
    #[must_use]
    pub fn includes(&self) -> Vec<IncludeLine> {
        let items = self.layout.items.iter().enumerate();
        let includes = items.filter(|(_, item)| item.kind == items::ItemKind::Include);
        let lines = includes.filter_map(|(at, item)| {
            let line = names::include_line(item.span.of(&self.source))?;
            Some(IncludeLine {
                item: offset(at),
                ..line
            })
        });
        lines.collect()
    }
}

/// Files that were split before.
#[derive(Debug, Default)]
pub struct Split(Mutex<Generations>);

/// The young generation becomes the old one when it is full, so what is in use stays.
#[derive(Debug, Default)]
struct Generations {
    young: FxHashMap<u128, Arc<SplitFile>>,
    old: FxHashMap<u128, Arc<SplitFile>>,
    /// Of the sources of the young one.
    bytes: usize,
}

/// Bytes of sources that a generation holds; with what is known of them they take some three times as much.
const GENERATION: usize = 4 << 20;

impl Split {
    /// A file by its bytes, split now if it is not remembered.
    #[must_use]
    pub fn of(&self, source: Arc<[u8]>) -> Arc<SplitFile> {
        let key = key(&source);
        // Not split under the lock: another thread may split the same meanwhile.
        let known = self.generations().find(key);
        known.unwrap_or_else(|| {
            let file = Arc::new(SplitFile::new(source));
            self.generations().keep(key, &file);
            file
        })
    }

    /// Remembers both sides of a change to a file.
    pub fn learn(&self, before: &[u8], after: &[u8]) {
        if self.known(after).is_some() {
            return;
        }
        let known = self.known(before);
        let before = known.unwrap_or_else(|| self.of(Arc::from(before)));
        let file = Arc::new(SplitFile::after(Arc::from(after), Some(&before)));
        self.generations().keep(key(after), &file);
    }

    /// A file by its bytes, if it is remembered.
    #[must_use]
    pub fn known(&self, source: &[u8]) -> Option<Arc<SplitFile>> {
        self.generations().find(key(source))
    }

    /// The items of a source.
    #[must_use]
    pub fn layout(&self, source: &[u8]) -> Arc<FileItems> {
        let known = self.known(source);
        let file = known.unwrap_or_else(|| self.of(Arc::from(source)));
        Arc::clone(file.layout())
    }

    fn generations(&self) -> MutexGuard<'_, Generations> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Generations {
    fn find(&mut self, key: u128) -> Option<Arc<SplitFile>> {
        if let Some(file) = self.young.get(&key) {
            return Some(Arc::clone(file));
        }
        let file = self.old.remove(&key)?;
        self.keep(key, &file);
        Some(file)
    }

    fn keep(&mut self, key: u128, file: &Arc<SplitFile>) {
        if self.bytes > GENERATION {
            self.old = std::mem::take(&mut self.young);
            self.bytes = 0;
        }
        self.bytes += file.source.len();
        self.young.insert(key, Arc::clone(file));
    }
}

fn key(source: &[u8]) -> u128 {
    xxhash_rust::xxh3::xxh3_128(source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_after_a_change_is_split_as_it_would_be_alone() {
        const TEXT: &str = "#include \"a.h\"\nint a(int x) { return b(x); }\n#if A\nint c;\n#endif\nint a(int x) { return b(x); }\n\
                            static int d = 4;\nvoid e(void) { a(d); }\n";
        let edits = [
            "",
            "int z(void) { return d; }\n",
            "/*",
            "}",
            "\n#if B\n",
            "\"",
            "q",
        ];
        for at in 0..=TEXT.len() {
            for removed in [0, 1, 7, 40] {
                for edit in edits {
                    let rest = &TEXT[(at + removed).min(TEXT.len())..];
                    let after = [&TEXT[..at], edit, rest].concat();
                    let split = Split::default();
                    split.learn(TEXT.as_bytes(), after.as_bytes());
                    let known = split.known(after.as_bytes()).unwrap();
                    let alone = SplitFile::new(Arc::from(after.as_bytes()));
                    assert_eq!(known.names, alone.names, "{after}");
                    assert_eq!(known.layout, alone.layout, "{after}");
                }
            }
        }
    }
}
