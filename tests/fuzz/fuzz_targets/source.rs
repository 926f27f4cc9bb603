//! Any bytes as a C source: split, rewritten, parsed, read, outlined; expanded under the macros that they define.

#![no_main]

use std::sync::Arc;

use backout::facts;
use backout::graph::files::Files;
use backout::graph::includes::Includes;
use backout::graph::index::{FileId, TreeIndex};
use backout::graph::macros::{FileMacros, Macros};
use backout::graph::symbols;
use backout::text::FilePath;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|source: &[u8]| {
    let file = facts::of_source(source);
    for (placed, definition) in file.definitions() {
        assert!(placed.span(definition.span).end as usize <= source.len() + 1);
    }
    let path = FilePath::new(b"a.c");
    let index = Files::new([(path, Arc::from(source))]);
    let includes = Includes::new(&index);
    let id = FileId(0);
    let macros = FileMacros::of(source, &index.items(id));
    let macros = Macros::new(&index, &includes, vec![macros]);
    let _ = symbols::of_file(&index, &macros, id);
});
