//! The dependency graph over symbols: who uses whom, how, and how sure that is.

pub mod index;
