//! Stored objects, read by gitoxide's object database: it inflates nearly twice as fast as libgit2.
//!
//! It maps whole packs, and what it touched of them stays resident; so the packs are mapped anew after so many reads. What
//! it does not find or cannot read, the caller asks libgit2 for, whose word on missing and damaged objects is the one
//! that counts.

use std::cell::RefCell;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use git2::ObjectType;
use gix_object::Find;
use gix_odb::store::init::Options;
use gix_odb::{HandleArc, Header, Store};
use gix_pack::cache::lru::MemoryCappedHashmap;

use crate::change::ObjectId;

/// Objects that are read from one mapping of the packs: some 50 MB of QEMU's.
const READS: usize = 4096;

/// Bytes of delta bases that a handle remembers.
const BASES: usize = 8 << 20;

/// No object beyond this is read here.
const LARGEST: usize = 64 << 20;

/// The stored objects of a repository, for all its handles.
pub(super) struct Stored {
    directory: PathBuf,
    reads: AtomicUsize,
    mapped: Mutex<Mapped>,
}

/// The packs as they were mapped last, and which time that was.
#[derive(Default)]
struct Mapped {
    turn: usize,
    store: Option<Arc<Store>>,
}

/// A reader of stored objects, for one thread.
pub(super) struct Reader {
    stored: Arc<Stored>,
    handle: RefCell<Option<(usize, HandleArc)>>,
    buffer: RefCell<Vec<u8>>,
}

impl Stored {
    /// Those of an object directory and of its alternates; reads nothing yet.
    pub(super) fn below(directory: PathBuf) -> Arc<Self> {
        Arc::new(Self {
            directory,
            reads: AtomicUsize::new(0),
            mapped: Mutex::default(),
        })
    }

    /// Counts a read; which mapping is to serve it.
    fn turn(&self) -> usize {
        self.reads.fetch_add(1, Ordering::Relaxed) / READS + 1
    }

    fn handle(&self, turn: usize) -> Option<HandleArc> {
        // A poisoned lock only means that another thread panicked between two whole assignments.
        let mut mapped = self.mapped.lock().unwrap_or_else(PoisonError::into_inner);
        if mapped.turn < turn || mapped.store.is_none() {
            let options = Options {
                alloc_limit_bytes: Some(LARGEST),
                ..Options::default()
            };
            let directory = self.directory.clone();
            let no_replacements = &mut std::iter::empty();
            let store = Store::at_opts(directory, gix_hash::Kind::Sha1, no_replacements, options);
            *mapped = Mapped {
                turn,
                store: Some(Arc::new(store.ok()?)),
            };
        }
        let mut handle = mapped.store.as_ref()?.to_cache_arc();
        handle.set_pack_cache(|| Box::new(MemoryCappedHashmap::new(BASES)));
        Some(handle)
    }
}

impl Reader {
    pub(super) fn of(stored: &Arc<Stored>) -> Self {
        Self {
            stored: Arc::clone(stored),
            handle: RefCell::default(),
            buffer: RefCell::default(),
        }
    }

    pub(super) fn stored(&self) -> &Arc<Stored> {
        &self.stored
    }

    /// The kind of an object, and its bytes as `take` has them.
    pub(super) fn object<T>(
        &self,
        id: ObjectId,
        take: impl FnOnce(&[u8]) -> T,
    ) -> Option<(ObjectType, T)> {
        let mut buffer = self.buffer.borrow_mut();
        self.ask(|handle| {
            let found = handle.try_find(&to_gix(id), &mut buffer).ok()??;
            Some((to_type(found.kind), take(found.data)))
        })
    }

    /// The kind and size of an object.
    pub(super) fn header(&self, id: ObjectId) -> Option<(ObjectType, u64)> {
        self.ask(|handle| {
            let found = handle.try_header(&to_gix(id)).ok()??;
            Some((to_type(found.kind()), found.size()))
        })
    }

    fn ask<T>(&self, question: impl FnOnce(&HandleArc) -> Option<T>) -> Option<T> {
        let turn = self.stored.turn();
        let mut held = self.handle.borrow_mut();
        if held.as_ref().is_none_or(|(of, _)| *of != turn) {
            // The old packs are let go before the new ones are mapped.
            *held = None;
            *held = Some((turn, self.stored.handle(turn)?));
        }
        question(&held.as_ref()?.1)
    }
}

fn to_gix(id: ObjectId) -> gix_hash::ObjectId {
    gix_hash::ObjectId::Sha1(id.0)
}

fn to_type(kind: gix_object::Kind) -> ObjectType {
    match kind {
        gix_object::Kind::Tree => ObjectType::Tree,
        gix_object::Kind::Blob => ObjectType::Blob,
        gix_object::Kind::Commit => ObjectType::Commit,
        gix_object::Kind::Tag => ObjectType::Tag,
    }
}
