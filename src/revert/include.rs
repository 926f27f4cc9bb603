//! Includes of files that are gone: `include`.
//!
//! Sees paths as written; an include through a macro is not followed, and a header that only the build makes is never
//! missed, since no tree has it.

use crate::graph::index::{FileId, ItemId};
use crate::graph::names::IncludeLine;
use crate::text::FilePath;

use super::touched::TouchedFile;
use super::tree::Tree;
use super::{BuildConflict, BuildConflictKind, Cause, Trees};

/// Every include in the merged tree of a file that is gone, unsorted.
pub(super) fn conflicts(
    trees: &Trees<'_>,
    touched: &[TouchedFile],
    gone: &[FilePath],
) -> Vec<BuildConflict> {
    let mut found: Vec<_> = gone
        .iter()
        .flat_map(|path| includers(trees, path))
        .collect();
    found.extend(touched.iter().flat_map(|file| restored(trees, file)));
    found
}

/// Who still includes a file that the back-out removes.
fn includers(trees: &Trees<'_>, gone: &FilePath) -> Vec<BuildConflict> {
    let name = String::from_utf8_lossy(gone.file_name()).into_owned();
    let because = format!("includes {gone}, which the back-out removes");
    let mut found = Vec::new();
    for id in trees.merged.index.mentioning(&[&name]) {
        let Some(line) = line_of(&trees.merged, id) else {
            continue;
        };
        let path = trees.merged.path(id.file);
        let Some(before) = trees.target.index.file(&path) else {
            continue;
        };
        let meant_it = same_line(&trees.target, before, &line).is_some()
            && may_mean(&trees.target, before, &line, gone);
        if meant_it
            && targets(&trees.merged, id.file, &line).is_empty()
            && !came_from_outside(trees, &path, &line)
        {
            found.push(finding(trees, id, &line, (&because, Cause::Use)));
        }
    }
    found
}

/// Whether the same line stood there before the change, when the tree had no such file: then the system or the build has it.
fn came_from_outside(trees: &Trees<'_>, user: &FilePath, line: &IncludeLine) -> bool {
    let file = trees.source.index.file(user);
    file.is_some_and(|file| {
        let then = same_line(&trees.source, file, line);
        then.is_some_and(|then| targets(&trees.source, file, &then).is_empty())
    })
}

/// Whether the include means `path` in this tree: a C file by its lookup, any other by the ending of its path.
fn may_mean(tree: &Tree<'_>, from: FileId, line: &IncludeLine, path: &FilePath) -> bool {
    match tree.index.file(path) {
        Some(file) => targets(tree, from, line).contains(&file),
        None => path.as_bytes().ends_with(line.path.as_bytes()),
    }
}

fn targets(tree: &Tree<'_>, from: FileId, line: &IncludeLine) -> Vec<FileId> {
    tree.names.includes().targets(&tree.path(from), line)
}

/// The include that an item is.
fn line_of(tree: &Tree<'_>, id: ItemId) -> Option<IncludeLine> {
    let lines = tree.index.includes(id.file);
    lines.into_iter().find(|line| line.item == id.item)
}

/// The include of the same path in a file of another tree.
fn same_line(tree: &Tree<'_>, file: FileId, line: &IncludeLine) -> Option<IncludeLine> {
    let lines = tree.index.includes(file);
    lines.into_iter().find(|other| other.path == line.path)
}

/// Includes that come back although their file is gone since.
fn restored(trees: &Trees<'_>, file: &TouchedFile) -> Vec<BuildConflict> {
    let Some(after) = file.file.after else {
        return Vec::new();
    };
    let is_new = |line: &IncludeLine| {
        let before = file.file.before;
        before.is_none_or(|before| same_line(&trees.target, before, line).is_none())
    };
    let lines = trees.merged.index.includes(after).into_iter();
    lines
        .filter(|line| is_new(line) && targets(&trees.merged, after, line).is_empty())
        .filter_map(|line| {
            let source = trees.source.index.file(&file.path)?;
            let then = same_line(&trees.source, source, &line)?;
            let meant = targets(&trees.source, source, &then);
            let path = trees.source.path(*meant.first()?);
            let because =
                format!("the back-out brings back this include of {path}, which is gone since");
            let id = ItemId {
                file: after,
                item: line.item,
            };
            Some(finding(trees, id, &line, (&because, Cause::Loss { path })))
        })
        .collect()
}

fn finding(
    trees: &Trees<'_>,
    id: ItemId,
    line: &IncludeLine,
    (because, cause): (&str, Cause),
) -> BuildConflict {
    let offset = trees.merged.index.item(id).span.start;
    BuildConflict {
        path: trees.merged.path(id.file),
        line: trees.merged.line(id.file, offset),
        symbol: line.path.clone(),
        kind: BuildConflictKind::Include,
        because: because.to_owned(),
        cause,
    }
}
