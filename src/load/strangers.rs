//! The files that a base has not, of all trees opened beside it: their names turned round, and what names mean in them.
//!
//! Each file has a number, in the order in which it was met; a question costs what is found and not how many files there
//! are. What a name means in a file is worked out once. Does not know which of the files a tree has: [`Here`] does.

use std::collections::hash_map::Entry;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustc_hash::FxHashMap;

use crate::cache::Store;
use crate::change::ObjectId;
use crate::graph::index::{FileId, ItemId};
use crate::graph::names::NameMark;
use crate::graph::resolve::Site;
use crate::text::offset;

use super::reading::{FactsMemo, Handles, IndexedFile, Reading, Wanted};
use super::summary;

/// Files by number, as [`FileId`]s of their own.
#[derive(Default)]
pub(super) struct Strangers {
    numbers: FxHashMap<ObjectId, u32>,
    files: Vec<Arc<IndexedFile>>,
    /// For each name the numbers of the files that have it, in order, each times the kinds of marks plus the mark's kind.
    names: FxHashMap<NameMark, Vec<u32>>,
    sites: Mutex<ByName>,
}

type ByName = FxHashMap<Arc<str>, OfName>;

/// What a name means in the files that were met before number `upto`, sorted by file and place.
#[derive(Default)]
struct OfName {
    upto: u32,
    sites: Vec<Site>,
}

/// The files of one tree that are strangers: their numbers with their ids in the tree, sorted.
#[derive(Clone, Debug, Default)]
pub(super) struct Here(Vec<(u32, FileId)>);

/// Names beyond which what they mean is forgotten.
const MOST_NAMES: usize = 50_000;

impl Clone for Strangers {
    /// What names mean is worked out again.
    fn clone(&self) -> Self {
        Self {
            numbers: self.numbers.clone(),
            files: self.files.clone(),
            names: self.names.clone(),
            sites: Mutex::default(),
        }
    }
}

impl Strangers {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.files.len()
    }

    /// The file of a blob.
    pub(super) fn file(&self, blob: ObjectId) -> Option<&Arc<IndexedFile>> {
        self.files.get(*self.numbers.get(&blob)? as usize)
    }

    /// Takes one more file.
    pub(super) fn add(&mut self, file: &Arc<IndexedFile>, (store, handles): (&Store, &Handles)) {
        // Two paths of one tree may bring the same blob.
        let Entry::Vacant(new) = self.numbers.entry(file.blob) else {
            return;
        };
        let number = *new.insert(offset(self.files.len()));
        self.files.push(Arc::clone(file));
        for mark in summary::marks(file.names(store, handles)) {
            let place = number * NameMark::KINDS + mark.kind();
            self.names.entry(mark.as_used()).or_default().push(place);
        }
    }

    /// Which of a tree's files these are.
    pub(super) fn here(&self, files: impl Iterator<Item = (FileId, ObjectId)>) -> Here {
        let numbered = files.filter_map(|(id, blob)| Some((*self.numbers.get(&blob)?, id)));
        let mut here: Vec<_> = numbered.collect();
        here.sort_unstable();
        Here(here)
    }

    /// The files that have a name, each with the name's mark in it, in order.
    fn having(&self, name: NameMark) -> impl Iterator<Item = (u32, NameMark)> + '_ {
        let places = self.names.get(&name).into_iter().flatten();
        places.map(move |place| {
            let mark = name.of_kind(place % NameMark::KINDS);
            (place / NameMark::KINDS, mark)
        })
    }

    /// The files of a tree that have a name, each with the name's mark in it.
    pub(super) fn having_here<'a>(
        &'a self,
        name: NameMark,
        here: &'a Here,
    ) -> impl Iterator<Item = (FileId, NameMark)> + 'a {
        let having = self.having(name);
        having.flat_map(|(number, mark)| here.ids(number).map(move |id| (id, mark)))
    }

    /// The sites of each name in the files of a tree, in the order of the names; each list in no order.
    pub(super) fn sites(
        &self,
        names: &[&str],
        here: &Here,
        source: (&Store, &Handles, &FactsMemo),
    ) -> Vec<Vec<Site>> {
        let mut known = self.known();
        let is_behind = |known: &ByName| {
            let upto = |name: &&str| known.get(*name).map_or(0, |one| one.upto);
            names.iter().any(|name| (upto(name) as usize) < self.len())
        };
        while is_behind(&known) {
            drop(known);
            self.learn(names, source);
            known = self.known();
        }
        let of_name = |name: &&str| {
            let sites = known.get(*name).into_iter().flat_map(|one| &one.sites);
            let in_tree = sites.flat_map(|site| {
                let ids = here.ids(site.item.file.0);
                ids.map(|file| Site {
                    item: ItemId { file, ..site.item },
                    ..site.clone()
                })
            });
            in_tree.collect()
        };
        names.iter().map(of_name).collect()
    }

    /// Works out what names mean in the files that came since they were asked for.
    fn learn(&self, names: &[&str], (store, handles, facts): (&Store, &Handles, &FactsMemo)) {
        let count = offset(self.files.len());
        let mut known = self.known();
        if known.len() > MOST_NAMES {
            known.clear();
        }
        let upto = |name: &str| known.get(name).map_or(0, |one| one.upto);
        let behind = names.iter().map(|name| (*name, upto(name)));
        let behind: Vec<(&str, u32)> = behind.filter(|(_, upto)| *upto < count).collect();
        drop(known);
        let names: Vec<&str> = behind.iter().map(|(name, _)| *name).collect();
        let wanted = Wanted::of(&names);
        let met = wanted.met(|at, mark| {
            let upto = behind[at].1;
            let files = self.having(mark);
            files.filter(move |(number, mark)| *number >= upto && mark.is_defined())
        });
        let reading = Reading {
            store,
            handles,
            facts,
            files: &self.files,
        };
        let defining = reading.found(&wanted, &met, NameMark::is_defined);
        let sites = reading.sites(defining, &names).into_iter();
        let mut known = self.known();
        for ((name, upto), sites) in behind.into_iter().zip(sites) {
            let one = known.entry(Arc::from(name)).or_default();
            // Another thread may have been faster, or have forgotten all: then the question comes again.
            if one.upto == upto {
                one.sites.extend(sites);
                one.upto = count;
            }
        }
    }

    fn known(&self) -> MutexGuard<'_, ByName> {
        self.sites.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Here {
    /// The ids of a file: several where paths share a blob.
    fn ids(&self, number: u32) -> impl Iterator<Item = FileId> + '_ {
        let start = self.0.partition_point(|(other, _)| *other < number);
        let same = self.0[start..].iter();
        let same = same.take_while(move |(other, _)| *other == number);
        same.map(|(_, id)| *id)
    }
}
