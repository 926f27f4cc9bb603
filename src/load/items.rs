//! The facts of single items, out of the cache or worked out in parallel.

use std::sync::Arc;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::cache::Store;
use crate::facts::{self, ItemFacts};
use crate::symbol_diff::ItemText;

/// The facts of each item, in the same order.
#[must_use]
pub fn facts(items: &[ItemText<'_>], store: &Store) -> Vec<Arc<ItemFacts>> {
    let _ = store;
    items
        .par_iter()
        .map(|item| Arc::new(facts::of_item(item.bytes, item.kind)))
        .collect()
}
