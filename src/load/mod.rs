//! Brings a change and the trees around it into memory for the core: asks git, mail and the cache.

pub mod index;
mod summary;
