//! Answers that threads work out once and share.

use std::hash::Hash;
use std::sync::{PoisonError, RwLock};

use rustc_hash::FxHashMap;

/// What was answered so far, by question.
#[derive(Debug)]
pub(super) struct Remembered<K, V>(RwLock<FxHashMap<K, V>>);

impl<K, V> Default for Remembered<K, V> {
    fn default() -> Self {
        Self(RwLock::default())
    }
}

impl<K: Eq + Hash, V: Clone> Remembered<K, V> {
    /// The answer to a question. Two threads may work it out at the same time, so it must be the same for both; no lock is
    /// held meanwhile, so it may ask further questions.
    pub(super) fn get_or(&self, key: K, answer: impl FnOnce() -> V) -> V {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = known.get(&key) {
            return value.clone();
        }
        drop(known);
        let value = answer();
        let mut known = self.0.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(key, value.clone());
        value
    }
}
