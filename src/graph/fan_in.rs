//! How many other files use what a file offers: core code by measurement, next to the list that a policy gives.
//!
//! Goes by names, not by resolved references: a local variable of the same name counts as a use. That is a little too
//! much, never too little.

use std::collections::BTreeSet;

use crate::facts::{Form, Linkage};
use crate::text::FilePath;

use super::index::{FileId, TreeIndex};

/// The number of other files that use each of these files, in the same order; `None` for one that is no C of the tree.
///
/// Of a source file those count that name a function or object with external linkage which it defines, of a header those
/// that include it or name what it defines.
#[must_use]
pub fn of(paths: &[&FilePath], index: &dyn TreeIndex) -> Vec<Option<u32>> {
    let users = |path: &&FilePath| Some(users_of(index.file(path)?, path, index));
    paths.iter().map(users).collect()
}

fn users_of(file: FileId, path: &FilePath, index: &dyn TreeIndex) -> u32 {
    let is_header = path.file_name().ends_with(b".h");
    let mut names = offered(file, is_header, index);
    if is_header {
        names.insert(String::from_utf8_lossy(path.file_name()).into_owned());
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let defining: BTreeSet<_> = index.defining(&names).into_iter().flatten().collect();
    let using = index.mentioning(&names).into_iter();
    let files: BTreeSet<FileId> = using
        .filter(|item| item.file != file && !defining.contains(item))
        .map(|item| item.file)
        .collect();
    crate::text::offset(files.len())
}

/// The names that others can use.
fn offered(file: FileId, is_header: bool, index: &dyn TreeIndex) -> BTreeSet<String> {
    let items = index.items(file).items.len();
    let items: Vec<_> = (0..crate::text::offset(items))
        .map(|item| super::index::ItemId { file, item })
        .collect();
    let mut names = BTreeSet::new();
    for facts in index.facts(&items) {
        let offered = facts.definitions.iter().filter(|definition| {
            let is_external = definition.linkage == Linkage::External;
            let at_file_scope = definition.within.is_none() && definition.made_by.is_none();
            let is_whole = definition.form != Form::Declaration;
            at_file_scope && is_whole && (is_external || is_header)
        });
        names.extend(offered.map(|definition| facts.names.name(definition.name).to_owned()));
    }
    names
}
