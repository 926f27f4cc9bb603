//! Says whether a change to C code is easy to back out, and what breaks if it is.
//!
//! The rooms, from the top down; a room uses only rooms below it (`tests/suite/architecture.rs` holds the table):
//!
//! | room | its job |
//! |---|---|
//! | [`cli`] | flags, commands, printing |
//! | [`scan`] | many commits into rows, in a stable order |
//! | [`load`] | a change and the trees around it into memory |
//! | [`cache`] | pure values kept on disk by content |
//! | [`git`] | the only room that names git2: repositories into owned data |
//! | [`mail`] | mails and patch files into patches |
//! | [`analyze`] | the pipeline on one page: a change and its trees into a report |
//! | [`report`] | the report as data, and its renderers |
//! | [`policy`] | whether a project's policy admits a change |
//! | [`score`] | the calibrated probability and its reasons |
//! | [`category`] | what kind of change it is |
//! | [`revert`] | what breaks when a change is backed out, and what has to go along |
//! | [`impact`] | who can come to feel a change |
//! | [`features`] | what is known of a change on its day |
//! | [`surface`] | what a change newly offers |
//! | [`graph`] | who uses whom, from the tree index |
//! | [`symbol_diff`] | what a change did to the symbols |
//! | [`merge`] | three sides of a back-out into one tree |
//! | [`expand`] | what macros make |
//! | [`facts`] | what one item defines and uses |
//! | [`parse`] | one item into a syntax tree |
//! | [`items`] | bytes into top-level items |
//! | [`change`] | a change as owned data |
//! | [`text`] | spans, lines, paths, both sides |

pub mod analyze;
pub mod cache;
pub mod category;
pub mod change;
pub mod cli;
pub mod expand;
pub mod facts;
pub mod features;
pub mod git;
pub mod graph;
pub mod impact;
pub mod items;
pub mod load;
pub mod mail;
pub mod merge;
pub mod parse;
pub mod policy;
pub mod report;
pub mod revert;
pub mod scan;
pub mod score;
pub mod surface;
pub mod symbol_diff;
pub mod text;
