//! The test suite: one binary, one module per kind of test.

#![allow(
    clippy::unwrap_used,
    reason = "clippy's allow-unwrap-in-tests does not reach a test's helper functions"
)]

mod architecture;
mod backout;
mod cache;
mod carry;
mod cascade;
mod cli;
mod expand;
mod facts;
mod git;
mod graph;
mod history;
mod index;
mod items;
mod macros;
mod mail;
mod maintainers;
mod merges;
mod pending;
mod policy;
mod queries;
mod quick;
mod replay;
mod report;
mod revert;
mod robust;
mod scan;
mod support;
mod symbol_diff;
mod syntax;
mod trailers;
mod whole;
