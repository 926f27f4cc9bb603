//! The facts of single items, worked out in parallel.

use std::sync::Arc;

use rayon::iter::{IntoParallelRefIterator, ParallelIterator};

use crate::facts::{self, ItemFacts};
use crate::graph::index::TreeIndex;
use crate::symbol_diff::ItemText;

/// The facts of each item, in the same order, as the tree that they are compared with remembers them.
#[must_use]
pub fn facts_from(index: &dyn TreeIndex, items: &[ItemText<'_>]) -> Vec<Arc<ItemFacts>> {
    let facts = |item: &ItemText<'_>| index.facts_of(item.key, item.kind, item.bytes);
    items.par_iter().map(facts).collect()
}

/// The facts of each item, in the same order. Nothing is kept: the changed items of a commit are few, and new.
#[must_use]
pub fn facts(items: &[ItemText<'_>]) -> Vec<Arc<ItemFacts>> {
    let facts = |item: &ItemText<'_>| Arc::new(facts::of_item(item.bytes, item.kind));
    items.par_iter().map(facts).collect()
}
