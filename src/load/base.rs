//! The names of a whole tree turned round, name to files, which neighbouring trees are looked up in.
//!
//! Kept in the cache for few trees only, some 13 MB for 7,000 files: a tree takes the first one that is near enough, and
//! looks into the files in which the two differ itself. Which one that is changes no answer.

use std::sync::{Arc, PoisonError, RwLock};

use rayon::slice::ParallelSliceMut;
use rustc_hash::FxHashMap;

use crate::cache::{Record, Space, Store};
use crate::change::ObjectId;
use crate::graph::index::{FileId, ItemId};
use crate::graph::names::NameMark;
use crate::graph::resolve::Site;
use crate::text::{FilePath, offset};

use super::index::stored_listing;
use super::postings;
use super::reading::{FactsMemo, Handles, IndexedFile, Reading, Wanted};
use super::shelf::Listing;
use super::strangers::{Here, Strangers};
use super::summary;

const BASES: Space = Space {
    name: "bases",
    version: summary::VERSION,
};

/// Trees whose counts of files share all but the lowest bits share their bases.
const NEAR_COUNTS: usize = 64;

/// Bases kept for trees of about as many files.
const GENERATIONS: u8 = 6;

/// A base is near where at most one file in so many is another one. Looking into a file costs about a three-thousandth of
/// building a base.
const NEAR: usize = 6;

/// A tree that others are compared with.
pub(super) struct Base {
    pub(super) listing: Arc<Listing>,
    /// Empty for one out of the cache.
    pub(super) files: Arc<Vec<Arc<IndexedFile>>>,
    pub(super) postings: Postings,
    pub(super) sites: KnownSites,
}

/// What names mean in a base: worked out once.
#[derive(Default)]
pub(super) struct KnownSites(RwLock<Sites>);

#[derive(Default)]
struct Sites {
    by_name: FxHashMap<Arc<str>, Arc<Vec<Site>>>,
    count: usize,
}

/// Names and sites beyond which they are forgotten: some 30 MB.
const MOST_SITES: usize = 200_000;

/// A base and how a tree differs from it.
pub(super) struct Neighbour {
    pub(super) base: Arc<Base>,
    /// For each file of the base, its id in this tree; `None` where it is not there or another.
    pub(super) here: Arc<Vec<Option<FileId>>>,
    /// The files of this tree that the base has not, sorted.
    pub(super) strangers: Vec<FileId>,
    /// Those of them whose names are turned round; `None` where none are.
    pub(super) known: Option<(Arc<Strangers>, Here)>,
}

impl Neighbour {
    /// A tree that is its own base.
    pub(super) fn itself(base: Arc<Base>) -> Self {
        let count = offset(base.listing.blobs.len());
        Self {
            here: Arc::new((0..count).map(|at| Some(FileId(at))).collect()),
            base,
            strangers: Vec::new(),
            known: Some(Default::default()),
        }
    }

    /// The first base of the cache that is near; else the number under which one may be kept, if there is one left.
    pub(super) fn stored(listing: &Listing, store: &Store) -> Result<Self, Option<u8>> {
        for generation in 0..GENERATIONS {
            let Some(record) = store.record(BASES, &key(listing, generation)) else {
                return Err(Some(generation));
            };
            let tree = record.get(..TREE).and_then(|id| id.try_into().ok());
            let base = tree.and_then(|tree| stored_listing(ObjectId(tree), store));
            let found = base.and_then(|base| Self::near(base, listing, Postings(record)));
            if let Some(found) = found {
                return Ok(found);
            }
        }
        Err(None)
    }

    fn near(base: Listing, listing: &Listing, postings: Postings) -> Option<Self> {
        let here = places(&base, listing);
        let mut is_known = vec![false; listing.blobs.len()];
        for id in here.iter().flatten() {
            is_known[id.0 as usize] = true;
        }
        let strangers = (0..offset(is_known.len())).filter(|at| !is_known[*at as usize]);
        let strangers: Vec<_> = strangers.map(FileId).collect();
        (strangers.len() * NEAR <= is_known.len()).then(|| Self {
            base: Arc::new(Base {
                listing: Arc::new(base),
                files: Arc::default(),
                postings,
                sites: KnownSites::default(),
            }),
            here: Arc::new(here),
            strangers,
            known: None,
        })
    }

    /// Keeps a tree as a base, under a number that [`Neighbour::stored`] gave.
    pub(super) fn keep(listing: &Arc<Listing>, postings: Vec<u8>, place: (u8, &Store)) -> Self {
        let (generation, store) = place;
        let record = store.put(BASES, &key(listing, generation), postings);
        Self::itself(Arc::new(Base {
            listing: Arc::clone(listing),
            files: Arc::default(),
            postings: Postings(record),
            sites: KnownSites::default(),
        }))
    }

    /// The files of the base that have a name and are here, and the known strangers that have it, in no order, with the
    /// name's mark in each.
    pub(super) fn having(&self, name: NameMark) -> impl Iterator<Item = (FileId, NameMark)> {
        let of_base = self.base.postings.files(name).filter_map(|(file, mark)| {
            let file = self.here.get(file as usize).copied().flatten()?;
            Some((file, mark))
        });
        let known = self.known.iter();
        of_base.chain(known.flat_map(move |(files, here)| files.having_here(name, here)))
    }

    /// The strangers that [`Neighbour::having`] does not look into.
    pub(super) fn unknown(&self) -> &[FileId] {
        match self.known {
            Some(_) => &[],
            None => &self.strangers,
        }
    }

    /// The sites of each name, in the order of the names, each list in order of place; `None` where the base does not
    /// have its files at hand.
    pub(super) fn sites(
        &self,
        names: &[&str],
        source: (&Store, &Handles, &FactsMemo),
    ) -> Option<Vec<Arc<Vec<Site>>>> {
        let (files, here) = self.known.as_ref()?;
        let of_base = self.base.sites(names, source)?.into_iter();
        let of_strangers = files.sites(names, here, source).into_iter();
        let both = of_base.zip(of_strangers);
        Some(both.map(|(base, own)| self.joined(base, own)).collect())
    }

    /// Joins the sites of one name: those of the base by its ids, those of other files by the ids here.
    fn joined(&self, base: Arc<Vec<Site>>, own: Vec<Site>) -> Arc<Vec<Site>> {
        let here = |site: &Site| self.here.get(site.item.file.0 as usize).copied().flatten();
        let is_same = |site: &Site| here(site) == Some(site.item.file);
        if own.is_empty() && base.iter().all(is_same) {
            return base;
        }
        let stays = |site: &Site| {
            let item = ItemId {
                file: here(site)?,
                ..site.item
            };
            Some(Site {
                item,
                ..site.clone()
            })
        };
        let mut joined: Vec<Site> = base.iter().filter_map(stays).chain(own).collect();
        joined.sort_by_key(|site| (site.item, site.definition));
        Arc::new(joined)
    }
}

impl Base {
    /// The sites of each name by the ids of the base, in the order of the names; `None` without files.
    fn sites(
        &self,
        names: &[&str],
        (store, handles, facts): (&Store, &Handles, &FactsMemo),
    ) -> Option<Vec<Arc<Vec<Site>>>> {
        if self.files.is_empty() && !self.listing.blobs.is_empty() {
            return None;
        }
        let mut answers = self.sites.of(names);
        let new: Vec<usize> = (0..names.len())
            .filter(|at| answers[*at].is_none())
            .collect();
        if !new.is_empty() {
            let names: Vec<&str> = new.iter().map(|at| names[*at]).collect();
            let wanted = Wanted::of(&names);
            let defining = |mark| {
                self.postings
                    .files(mark)
                    .filter(|(_, mark)| mark.is_defined())
            };
            let met = wanted.met(|_, mark| defining(mark));
            let reading = Reading {
                store,
                handles,
                facts,
                files: &self.files,
            };
            let defining = reading.found(&wanted, &met, NameMark::is_defined);
            let sites = reading.sites(defining, &names).into_iter();
            let sites: Vec<_> = sites.map(Arc::new).collect();
            self.sites.keep(&names, &sites);
            for (at, sites) in new.into_iter().zip(sites) {
                answers[at] = Some(sites);
            }
        }
        Some(answers.into_iter().map(Option::unwrap_or_default).collect())
    }
}

impl KnownSites {
    fn of(&self, names: &[&str]) -> Vec<Option<Arc<Vec<Site>>>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let names = names.iter();
        names
            .map(|name| known.by_name.get(*name).cloned())
            .collect()
    }

    /// Keeps the sites of some names.
    pub(super) fn keep(&self, names: &[&str], sites: &[Arc<Vec<Site>>]) {
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        for (name, sites) in names.iter().zip(sites) {
            if known.count > MOST_SITES {
                *known = Sites::default();
            }
            known.count += 1 + sites.len();
            known.by_name.insert(Arc::from(*name), Arc::clone(sites));
        }
    }

    /// The names whose sites are known, sorted.
    pub(super) fn names(&self) -> Vec<Arc<str>> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut names: Vec<_> = known.by_name.keys().cloned().collect();
        names.sort_unstable();
        names
    }
}

fn key(listing: &Listing, generation: u8) -> Vec<u8> {
    let count = listing.blobs.len() / NEAR_COUNTS;
    // Two repositories seldom share their first path and its blob for long, so they seldom share a key.
    let first = listing.paths.first().map_or(&b""[..], FilePath::as_bytes);
    [&count.to_le_bytes()[..], &[generation], first].concat()
}

/// Which files have a name, for every name of a tree: the tree's id and the [`postings`] of its files.
pub(super) struct Postings(Record);

const TREE: usize = 20;

impl Postings {
    /// Of a tree that is not kept.
    pub(super) fn of(files: &[Arc<IndexedFile>], source: (&Store, &Handles)) -> Self {
        Self(Self::bytes(ObjectId::default(), files, source).into())
    }

    pub(super) fn bytes(
        tree: ObjectId,
        files: &[Arc<IndexedFile>],
        (store, handles): (&Store, &Handles),
    ) -> Vec<u8> {
        let mut all: Vec<u64> = Vec::new();
        for (at, file) in (0..).zip(files) {
            let marks = summary::marks(file.names(store, handles));
            all.extend(marks.map(|mark| postings::entry(at, mark)));
        }
        all.par_sort_unstable();
        [&tree.0[..], &postings::bytes(&all)].concat()
    }

    fn files(&self, name: NameMark) -> impl Iterator<Item = (u32, NameMark)> {
        postings::places(self.0.get(TREE..).unwrap_or_default(), name)
    }
}

/// For each file of a base, its id in another tree; `None` where that has none or another one at the path.
fn places(base: &Listing, listing: &Listing) -> Vec<Option<FileId>> {
    let same = |(at, (one, other)): (usize, (&ObjectId, &ObjectId))| {
        (one == other).then_some(FileId(offset(at)))
    };
    if Arc::ptr_eq(&base.paths, &listing.paths) {
        let blobs = base.blobs.iter().zip(&listing.blobs);
        return blobs.enumerate().map(same).collect();
    }
    let mut at = 0;
    let known = base.paths.iter().zip(&base.blobs);
    let place = |(path, blob): (&FilePath, &ObjectId)| {
        while listing.paths.get(at).is_some_and(|other| other < path) {
            at += 1;
        }
        let is_same = listing.paths.get(at) == Some(path) && listing.blobs.get(at) == Some(blob);
        is_same.then_some(FileId(offset(at)))
    };
    known.map(place).collect()
}
