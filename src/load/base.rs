//! The names of a whole tree turned round, name to files, which neighbouring trees are looked up in.
//!
//! Kept in the cache for few trees only, some 13 MB for 7,000 files: a tree takes the first one that is near enough, and
//! looks into the files in which the two differ itself. Which one that is changes no answer.

use std::sync::Arc;

use rayon::slice::ParallelSliceMut;

use crate::cache::{Record, Space, Store};
use crate::change::ObjectId;
use crate::graph::index::FileId;
use crate::graph::names::NameMark;
use crate::text::{FilePath, offset};

use super::index::{Handles, IndexedFile, stored_listing};
use super::postings;
use super::shelf::Listing;
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
    pub(super) files: Vec<Arc<IndexedFile>>,
    pub(super) postings: Postings,
}

/// A base and how a tree differs from it.
pub(super) struct Neighbour {
    pub(super) base: Arc<Base>,
    /// For each file of the base, its id in this tree; `None` where it is not there or another.
    pub(super) here: Vec<Option<FileId>>,
    /// The files of this tree that the base has not.
    pub(super) strangers: Vec<FileId>,
}

impl Neighbour {
    /// A tree that is its own base.
    pub(super) fn itself(base: Arc<Base>) -> Self {
        let count = offset(base.listing.blobs.len());
        Self {
            here: (0..count).map(|at| Some(FileId(at))).collect(),
            base,
            strangers: Vec::new(),
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
                files: Vec::new(),
                postings,
            }),
            here,
            strangers,
        })
    }

    /// Keeps a tree as a base, under a number that [`Neighbour::stored`] gave.
    pub(super) fn keep(listing: &Arc<Listing>, postings: Vec<u8>, place: (u8, &Store)) -> Self {
        let (generation, store) = place;
        let record = store.put(BASES, &key(listing, generation), postings);
        Self::itself(Arc::new(Base {
            listing: Arc::clone(listing),
            files: Vec::new(),
            postings: Postings(record),
        }))
    }

    /// The files of the base that have a name and are here, in no order, with the name's mark in each.
    pub(super) fn having(&self, name: NameMark) -> impl Iterator<Item = (FileId, NameMark)> {
        self.base.postings.files(name).filter_map(|(file, mark)| {
            let file = self.here.get(file as usize).copied().flatten()?;
            Some((file, mark))
        })
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
pub(super) fn places(base: &Listing, listing: &Listing) -> Vec<Option<FileId>> {
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
