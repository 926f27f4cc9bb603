//! What is kept from one tree index to the next: neighbouring trees share nearly all of their files.
//!
//! A shelf holds one base: the files of a tree that was opened before, with the files of every name. An index over a
//! neighbouring tree takes what is the same from there, and looks only into the other files itself. Answers do not
//! depend on what lies on the shelf.

use std::sync::{Arc, Mutex, PoisonError};

use rayon::slice::ParallelSliceMut;
use rustc_hash::FxHashMap;

use crate::cache::Store;
use crate::change::ObjectId;
use crate::git::{GitError, Repository};
use crate::graph::index::FileId;
use crate::graph::names::NameMark;
use crate::text::{FilePath, offset};

use super::index::{FactsMemo, Handles, IndexedFile, listing, marks_of};

/// The C files of a tree with their blobs, sorted by path.
pub(super) type Listing = Arc<Vec<(FilePath, ObjectId)>>;

/// Files that are not on the shelf before a tree becomes the new base; more make every question slower, a new base costs
/// about a fifth of a second for 7,000 files.
const STRANGERS: usize = 400;

/// Items whose facts are kept in memory from tree to tree: some 50 MB.
const FACTS: usize = 50_000;

/// What one thread keeps of the trees that it opens one after the other.
pub struct Shelf<'a> {
    pub(super) store: &'a Store,
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    handles: Option<Arc<Handles>>,
    last: Option<(ObjectId, Listing)>,
    base: Option<Arc<Base>>,
    /// Files that the base has not, by blob.
    strangers: FxHashMap<ObjectId, Arc<IndexedFile>>,
    facts: Arc<FactsMemo>,
}

/// A tree that others are compared with.
pub(super) struct Base {
    listing: Listing,
    files: Vec<Arc<IndexedFile>>,
    postings: Postings,
}

/// The files of one tree, in order, and which of them the base knows.
pub(super) struct Opened {
    pub(super) handles: Arc<Handles>,
    pub(super) listing: Listing,
    pub(super) files: Vec<Arc<IndexedFile>>,
    pub(super) facts: Arc<FactsMemo>,
    pub(super) neighbour: Option<Neighbour>,
    pub(super) missing: Vec<FilePath>,
}

/// A base and how a tree differs from it.
pub(super) struct Neighbour {
    base: Arc<Base>,
    /// For each file of the base, its id in this tree; `None` where it is not there or another.
    here: Vec<Option<FileId>>,
    /// The files of this tree that the base has not.
    pub(super) strangers: Vec<FileId>,
}

impl Neighbour {
    /// The files of the base that have a name and are here, in no order, with the name's mark in each.
    pub(super) fn having(&self, name: NameMark) -> impl Iterator<Item = (FileId, NameMark)> {
        let found = self.base.postings.of(name).iter();
        found.filter_map(move |entry| {
            let file = self.here.get((entry >> 1) as usize).copied().flatten()?;
            let mark = if entry & 1 == 1 {
                name.as_defined()
            } else {
                name
            };
            Some((file, mark))
        })
    }
}

/// Which files have a name, for every name of a tree.
struct Postings {
    /// Sorted, each once, as names that are only used.
    names: Vec<NameMark>,
    /// Where the files of each name start; one more than names.
    starts: Vec<u32>,
    /// Twice the file's position, plus one where the name may be defined there.
    files: Vec<u32>,
}

impl Postings {
    fn new(files: &[Arc<IndexedFile>]) -> Self {
        let mut all: Vec<u64> = Vec::new();
        for (at, file) in files.iter().enumerate() {
            let file_bits = u64::from(offset(at)) << 1;
            all.extend(marks_of(file).map(|mark| {
                let name = u64::from(NameMark(mark.0 & !1).0) << 32;
                name | file_bits | u64::from(mark.is_defined())
            }));
        }
        all.par_sort_unstable();
        let mut postings = Self {
            names: Vec::new(),
            starts: Vec::new(),
            files: Vec::with_capacity(all.len()),
        };
        for entry in all {
            let name = NameMark(u32::try_from(entry >> 32).unwrap_or_default());
            if postings.names.last() != Some(&name) {
                postings.names.push(name);
                postings.starts.push(offset(postings.files.len()));
            }
            let file = u32::try_from(entry & u64::from(u32::MAX)).unwrap_or_default();
            postings.files.push(file);
        }
        postings.starts.push(offset(postings.files.len()));
        postings
    }

    fn of(&self, name: NameMark) -> &[u32] {
        match self.names.binary_search(&name) {
            Ok(at) => &self.files[self.starts[at] as usize..self.starts[at + 1] as usize],
            Err(_not_there) => &[],
        }
    }
}

impl<'a> Shelf<'a> {
    /// An empty one.
    #[must_use]
    pub fn new(store: &'a Store) -> Self {
        Self {
            store,
            kept: Mutex::default(),
        }
    }

    /// The files of a tree, as many as possible from the shelf.
    pub(super) fn open(&self, repository: &Repository, tree: ObjectId) -> Result<Opened, GitError> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let handles = match &kept.handles {
            Some(handles) => Arc::clone(handles),
            None => Arc::new(Handles::new(repository)?),
        };
        kept.handles = Some(Arc::clone(&handles));
        let listing = match &kept.last {
            Some((last, listing)) => neighbouring(repository, (*last, listing), tree)?,
            None => listing(repository, tree, self.store)?.into(),
        };
        kept.last = Some((tree, Arc::clone(&listing)));
        if kept.facts.len() > FACTS {
            kept.facts = Arc::default();
        }
        let mut opened = kept.opened(self.store, handles, listing);
        let strangers = opened.neighbour.as_ref().map(|one| one.strangers.len());
        let is_far = strangers.is_none_or(|count| count > STRANGERS);
        // A base without all of its files would hide that some are missing.
        if opened.missing.is_empty() && (is_far || kept.strangers.len() > 2 * STRANGERS) {
            let base = Base {
                listing: Arc::clone(&opened.listing),
                files: opened.files.clone(),
                postings: Postings::new(&opened.files),
            };
            let ids = (0..opened.files.len()).map(|at| Some(FileId(offset(at))));
            opened.neighbour = Some(Neighbour {
                here: ids.collect(),
                base: Arc::new(base),
                strangers: Vec::new(),
            });
            kept.base = opened.neighbour.as_ref().map(|one| Arc::clone(&one.base));
            kept.strangers.clear();
        }
        Ok(opened)
    }
}

impl Kept {
    fn opened(&mut self, store: &Store, handles: Arc<Handles>, listing: Listing) -> Opened {
        let base = self.base.clone();
        let known: &[(FilePath, ObjectId)] = base.as_ref().map_or(&[], |base| &base.listing);
        let mut here = vec![None; known.len()];
        let mut strangers = Vec::new();
        let mut files: Vec<Option<Arc<IndexedFile>>> = Vec::with_capacity(listing.len());
        let mut at_known = 0;
        for (at, entry) in listing.iter().enumerate() {
            let id = FileId(offset(at));
            while known.get(at_known).is_some_and(|(path, _)| *path < entry.0) {
                at_known += 1;
            }
            let same = base.as_ref().filter(|_| known.get(at_known) == Some(entry));
            files.push(match same {
                Some(base) => {
                    here[at_known] = Some(id);
                    base.files.get(at_known).cloned()
                }
                None => {
                    strangers.push(id);
                    self.strangers.get(&entry.1).cloned()
                }
            });
        }
        let new: Vec<usize> = (0..files.len()).filter(|at| files[*at].is_none()).collect();
        let read = IndexedFile::of_blobs(
            store,
            &handles,
            new.iter().map(|at| listing[*at].1).collect(),
        );
        let mut missing = Vec::new();
        for (at, (file, is_there)) in new.into_iter().zip(read) {
            let file = Arc::new(file);
            if is_there {
                if base.is_some() {
                    self.strangers.insert(listing[at].1, Arc::clone(&file));
                }
            } else {
                missing.push(listing[at].0.clone());
            }
            files[at] = Some(file);
        }
        Opened {
            handles,
            files: files.into_iter().flatten().collect(),
            listing,
            facts: Arc::clone(&self.facts),
            neighbour: base.map(|base| Neighbour {
                base,
                here,
                strangers,
            }),
            missing,
        }
    }
}

/// The listing of a tree from that of another one, by what differs between them.
fn neighbouring(
    repository: &Repository,
    (last, listing): (ObjectId, &Listing),
    tree: ObjectId,
) -> Result<Listing, GitError> {
    let differences = repository.c_files_between(last, tree)?;
    if differences.is_empty() {
        return Ok(Arc::clone(listing));
    }
    let mut differences = differences.into_iter().peekable();
    let mut files = Vec::with_capacity(listing.len() + 16);
    for entry in listing.iter() {
        while let Some((path, blob)) = differences.next_if(|(path, _)| *path < entry.0) {
            files.extend(blob.map(|blob| (path, blob)));
        }
        match differences.next_if(|(path, _)| *path == entry.0) {
            Some((path, blob)) => files.extend(blob.map(|blob| (path, blob))),
            None => files.push(entry.clone()),
        }
    }
    files.extend(differences.filter_map(|(path, blob)| Some((path, blob?))));
    Ok(Arc::new(files))
}

impl std::fmt::Debug for Shelf<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Shelf").finish_non_exhaustive()
    }
}
