//! What backing a change out does to the tree: nothing, a clean merge, a build conflict or a textual one.
//!
//! The build check reads no compiler: it asks, for every use whose provider the back-out takes away and for every use
//! that it brings back, whether the tree that the use comes from could resolve it and the merged tree cannot. Breaks that
//! the target has already do not count, and what no tree here can resolve (system headers, generated code) is never
//! claimed to dangle.

mod arguments;
mod arity;
mod build_file;
mod callbacks;
pub mod cascade;
mod guards;
mod heads;
mod include;
mod library;
mod locals;
mod macro_shape;
mod member;
mod names;
mod redefinition;
mod remarks;
mod result;
mod returns;
mod touched;
mod tree;
mod types;
mod uses;

use std::sync::Arc;

use crate::graph::index::TreeIndex;
use crate::text::{BeforeAfter, FilePath, LineNumber};

use touched::TouchedFile;
use tree::Tree;

/// What backing a change out comes to, from the best outcome to the worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RevertOutcome {
    /// Nothing of the change is left at the target.
    Absent,
    /// Git merges, and nothing breaks.
    Clean,
    /// Git conflicts, the syntax-aware merge has one answer, and nothing breaks.
    Resolved,
    /// Git merges, and the result would no longer compile or link.
    BuildConflict,
    /// Git conflicts, and there is no other answer.
    TextualConflict,
}

impl RevertOutcome {
    /// Its name in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Clean => "clean",
            Self::Resolved => "resolved",
            Self::BuildConflict => "build-conflict",
            Self::TextualConflict => "textual-conflict",
        }
    }
}

/// What the merge of the texts came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextResult {
    /// The merged tree is the target's.
    Same,
    /// Git merges.
    Merged,
    /// Git conflicts, and the syntax-aware merge has one answer.
    Resolved,
    /// Git conflicts.
    Conflict,
}

/// The outcome, from what the texts came to and what breaks in the merged tree.
#[must_use]
pub fn judge(text: TextResult, build: &[BuildConflict]) -> RevertOutcome {
    match (text, build) {
        (TextResult::Same, _) => RevertOutcome::Absent,
        (TextResult::Merged, []) => RevertOutcome::Clean,
        (TextResult::Merged, _) => RevertOutcome::BuildConflict,
        (TextResult::Resolved, []) => RevertOutcome::Resolved,
        (TextResult::Resolved | TextResult::Conflict, _) => RevertOutcome::TextualConflict,
    }
}

/// The kind of a build conflict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BuildConflictKind {
    /// A later use of something that the back-out removes.
    Dangling,
    /// A line that the back-out brings back needs something that is gone since.
    Restored,
    /// A call whose number of arguments no longer fits.
    Arity,
    /// A member that its struct no longer has.
    Member,
    /// An include of a file that is gone.
    Include,
    /// A second definition in one scope.
    Redefinition,
    /// A use without a visible declaration although the definition stays, or a declaration that no longer matches.
    Declaration,
    /// A macro that is used in a shape which it no longer has.
    MacroShape,
    /// A build description that lists a file which is gone.
    BuildFile,
}

impl BuildConflictKind {
    /// Its name in reports.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Dangling => "dangling",
            Self::Restored => "restored",
            Self::Arity => "arity",
            Self::Member => "member",
            Self::Include => "include",
            Self::Redefinition => "redefinition",
            Self::Declaration => "declaration",
            Self::MacroShape => "macro-shape",
            Self::BuildFile => "build-file",
        }
    }
}

/// A place that would no longer compile or link.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct BuildConflict {
    /// Where it breaks, in the merged tree.
    pub path: FilePath,
    /// The line there.
    pub line: LineNumber,
    /// What is missing or clashes: a symbol, `Owner.member`, or a file's path.
    pub symbol: String,
    /// What kind of break it is.
    pub kind: BuildConflictKind,
    /// One sentence that can be checked at that place.
    pub because: String,
    /// Where to look for the later commit behind it.
    pub cause: Cause,
}

/// What a later commit did to make a back-out break.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Cause {
    /// It wrote the line that breaks.
    Use,
    /// It took away from `path` what a restored line needs.
    Loss {
        /// Where the restored line's own tree has it.
        path: FilePath,
    },
}

/// The trees of one back-out.
#[derive(Clone, Copy)]
pub struct BackOutTrees<'a> {
    /// The tree that the change is backed out of.
    pub target: &'a dyn TreeIndex,
    /// The target with the merged files laid over it.
    pub merged: &'a dyn TreeIndex,
    /// The tree that restored lines come from: the parent of the change. Asked only for names that the merged tree
    /// cannot answer.
    pub source: &'a dyn TreeIndex,
}

/// The same trees with what has been worked out about them.
struct Trees<'a> {
    target: Tree<'a>,
    merged: Tree<'a>,
    source: Tree<'a>,
}

/// What the back-out does to the files of the target.
#[derive(Clone, Debug, Default)]
pub struct ChangedPaths {
    /// The C files that differ between target and merged tree, also those that only one of them has, and so the descriptions
    /// that the trees hold as the C that they stand for.
    pub c_files: Vec<FilePath>,
    /// The files of any kind that the merged tree no longer has.
    pub gone: Vec<FilePath>,
    /// The build descriptions that may speak of a file which is gone, and those that the back-out changes.
    pub descriptions: Vec<Description>,
}

/// A file that tells the build which files there are: a makefile, `meson.build`, `Kbuild`, `CMakeLists.txt`.
#[derive(Clone, Debug)]
pub struct Description {
    /// Where it is.
    pub path: FilePath,
    /// As the target has it; empty where it has none.
    pub before: Arc<[u8]>,
    /// As the merged tree has it.
    pub after: Arc<[u8]>,
}

/// Lists what would no longer compile or link in the merged tree, sorted by path, line and symbol, each once.
///
/// A description that is no C (a list of trace events, a schema) is judged as the C that the trees hold for it. Does not see
/// conditions (a name that any branch provides is provided), and gives no expression a type: of types it sees what heads, members
/// and functions that are handed on declare.
#[must_use]
pub fn build_conflicts(trees: BackOutTrees<'_>, changed: &ChangedPaths) -> Vec<BuildConflict> {
    let touched = touched_files(trees, changed);
    let trees = Trees {
        target: Tree::of(trees.target),
        merged: Tree::of(trees.merged),
        source: Tree::of(trees.source),
    };
    let brought: Vec<_> = touched
        .iter()
        .map(|file| touched::brought_calls(&trees, file))
        .collect();
    let changed_types = heads::Changed::of(&trees, &touched);
    let mut found = uses::conflicts(&trees, &touched);
    found.extend(include::conflicts(&trees, &touched, &changed.gone));
    found.extend(library::conflicts(&trees, &touched));
    found.extend(locals::conflicts(&trees, &touched));
    found.extend(build_file::conflicts(
        &trees,
        &changed.descriptions,
        &changed.gone,
    ));
    found.extend(arguments::conflicts(
        &trees,
        &touched,
        &changed_types,
        &brought,
    ));
    found.extend(arity::conflicts(&trees, &touched, &brought));
    found.extend(callbacks::conflicts(&trees, &touched, &changed_types));
    found.extend(macro_shape::conflicts(&trees, &touched));
    found.extend(member::conflicts(&trees, &touched));
    found.extend(redefinition::conflicts(&trees, &touched));
    found.extend(result::conflicts(&trees, &touched, &brought));
    found.extend(returns::conflicts(&trees, &touched));
    found.sort();
    found.dedup_by(|one, other| {
        let place =
            |one: &BuildConflict| (one.path.clone(), one.line, one.symbol.clone(), one.kind);
        place(one) == place(other)
    });
    found
}

/// What is no break but worth a word, one sentence each: text that was not understood, so that a break in it may be
/// missed, and static functions and objects that the back-out leaves without a user.
#[must_use]
pub fn remarks(trees: BackOutTrees<'_>, changed: &ChangedPaths) -> Vec<String> {
    remarks::of(trees, &touched_files(trees, changed))
}

fn touched_files(trees: BackOutTrees<'_>, changed: &ChangedPaths) -> Vec<TouchedFile> {
    let sides = BeforeAfter {
        before: trees.target,
        after: trees.merged,
    };
    let paths = changed.c_files.iter();
    paths.map(|path| touched::file(sides, path)).collect()
}
