//! Lays the files that a back-out leaves over the target's tree and asks `revert` what breaks there.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::cache::Store;
use crate::change::{Content, FileMode, ObjectId};
use crate::git::{GitError, Repository};
use crate::graph::files::Overlay;
use crate::graph::split::Split;
use crate::policy::generated::Generated;
use crate::revert::{self, BackOutTrees, BuildConflict, Cause, ChangedPaths, Description};
use crate::text::{BUILD_DESCRIPTIONS, FilePath, is_build_description, is_c_path};

use super::described::Described;
use super::late::{LateIndex, WithDescriptions};

/// The trees that a back-out is judged by, opened when they are first needed.
pub(super) struct Build<'a> {
    repository: &'a Repository,
    store: &'a Store,
    target: ObjectId,
    sources: Vec<ObjectId>,
    split: Split,
    described: Described<'a>,
    at_target: LateIndex<'a>,
    at_sources: Vec<LateIndex<'a>>,
    notes: Vec<String>,
}

/// What backing out would break, and the files that it leaves.
pub(super) struct Breaks {
    pub(super) conflicts: Vec<BuildConflict>,
    pub(super) files: ChangedFiles,
    /// For names that a description stands for and that are lost: the word that stood there for them.
    pub(super) words: BTreeMap<String, String>,
}

/// The changed files with their bytes, `None` where one is gone.
type ChangedFiles = Vec<(FilePath, Option<Arc<[u8]>>)>;

impl Breaks {
    /// Nothing was asked, or nothing could break.
    pub(super) fn none() -> Self {
        Self {
            conflicts: Vec::new(),
            files: Vec::new(),
            words: BTreeMap::new(),
        }
    }
}

impl<'a> Build<'a> {
    /// `target` is the commit that is backed out of, `sources` the trees that restored lines come from, the oldest first, at
    /// most [`SOURCES`] of them; `generated` says which files that are no C the build makes C of.
    pub(super) fn new(
        repository: &'a Repository,
        store: &'a Store,
        (target, sources): (ObjectId, &[ObjectId]),
        generated: &'a [Generated],
    ) -> Result<Self, GitError> {
        let tree = repository.commit(target)?.tree;
        let asked = &sources[..sources.len().min(SOURCES)];
        let late = |tree: &ObjectId| LateIndex::new(repository, store, *tree);
        let cut = || {
            format!(
                "the commits come from {} places of the history; only lines that come back from the oldest {SOURCES} are asked what they need",
                sources.len()
            )
        };
        Ok(Self {
            notes: (sources.len() > SOURCES).then(cut).into_iter().collect(),
            repository,
            store,
            target,
            sources: asked.to_vec(),
            split: Split::default(),
            described: Described::new(generated),
            at_target: LateIndex::new(repository, store, tree),
            at_sources: asked.iter().map(late).collect(),
        })
    }

    /// What breaks in a tree that backing out leaves.
    pub(super) fn breaks(&self, tree: ObjectId) -> Result<Breaks, GitError> {
        let (answers, files) = self.ask(tree, self.at_sources.len(), &revert::build_conflicts)?;
        let conflicts = joined(answers);
        Ok(Breaks {
            words: self.words(&conflicts)?,
            conflicts,
            files,
        })
    }

    fn words(&self, conflicts: &[BuildConflict]) -> Result<BTreeMap<String, String>, GitError> {
        let mut words = BTreeMap::new();
        for conflict in conflicts {
            let Cause::Loss { path } = &conflict.cause else {
                continue;
            };
            if !self.described.reads(path) {
                continue;
            }
            for source in &self.sources {
                let text = self.bytes(self.repository.file_in(*source, path)?)?;
                let word =
                    text.and_then(|text| self.described.word_behind(path, &text, &conflict.symbol));
                words.extend(word.map(|word| (conflict.symbol.clone(), word)));
            }
        }
        Ok(words)
    }

    /// What breaks in a tree that another one, `sound`, does not break: the one in which a few commits more are backed
    /// out. Looks only at the files in which the two differ, so what it finds is there, and it may miss what else is.
    pub(super) fn breaks_beside(
        &self,
        tree: ObjectId,
        sound: ObjectId,
    ) -> Result<Breaks, GitError> {
        let at_target = self.repository.commit(self.target)?.tree;
        let target = WithDescriptions::new(&self.at_target, &self.described, &self.split);
        let all = self.c_files(&self.differing(at_target, sound)?);
        let before = Overlay::known(&target, all, &self.split);
        let near = self.differing(sound, tree)?;
        let c_files = self.c_files(&near);
        let merged = Overlay::known(&before, c_files.iter().cloned(), &self.split);
        let changed = ChangedPaths {
            c_files: c_files.into_iter().map(|(path, _)| path).collect(),
            descriptions: Vec::new(),
            gone: gone(&near),
        };
        // What comes in again is as the target has it.
        let trees = BackOutTrees {
            target: &before,
            merged: &merged,
            source: &target,
        };
        let conflicts = revert::build_conflicts(trees, &changed);
        let files = match conflicts.is_empty() {
            true => near,
            false => self.differing(at_target, tree)?,
        };
        Ok(Breaks {
            words: self.words(&conflicts)?,
            conflicts,
            files,
        })
    }

    /// The files in which two trees differ, as the second has them.
    fn differing(&self, one: ObjectId, other: ObjectId) -> Result<ChangedFiles, GitError> {
        let mut files = Vec::new();
        for (path, there) in self.repository.differing(one, other)? {
            let bytes = self.bytes(there)?;
            files.push((path, bytes));
        }
        Ok(files)
    }

    /// What else is worth a word about such a tree.
    pub(super) fn remarks(&self, tree: ObjectId) -> Result<Vec<String>, GitError> {
        let (remarks, _) = self.ask(tree, 1, &revert::remarks)?;
        Ok(remarks.concat())
    }

    /// Asks something of the target with a resulting tree laid over it, once for each of the first `sources`; with the files
    /// in which they differ.
    fn ask<T>(
        &self,
        tree: ObjectId,
        sources: usize,
        question: &dyn Fn(BackOutTrees<'_>, &ChangedPaths) -> T,
    ) -> Result<(Vec<T>, ChangedFiles), GitError> {
        let at_target = self.repository.commit(self.target)?.tree;
        let files = self.differing(at_target, tree)?;
        let target = WithDescriptions::new(&self.at_target, &self.described, &self.split);
        let c_files = self.c_files(&files);
        let merged = Overlay::known(&target, c_files.iter().cloned(), &self.split);
        let gone = gone(&files);
        let changed = ChangedPaths {
            c_files: c_files.into_iter().map(|(path, _)| path).collect(),
            descriptions: self.descriptions(&files, &gone)?,
            gone,
        };
        let answers = self.at_sources.iter().take(sources).map(|source| {
            let source = WithDescriptions::new(source, &self.described, &self.split);
            let trees = BackOutTrees {
                target: &target,
                merged: &merged,
                source: &source,
            };
            question(trees, &changed)
        });
        Ok((answers.collect(), files))
    }

    /// Where facts and histories are kept.
    pub(super) fn store(&self) -> &'a Store {
        self.store
    }

    /// What made the answer weaker.
    pub(super) fn notes(&self) -> Vec<String> {
        let mut notes = self.at_target.notes();
        notes.extend(self.at_sources.iter().flat_map(LateIndex::notes));
        notes.extend(self.notes.iter().cloned());
        notes
    }

    /// Those of some changed files that the build check reads.
    fn c_files(&self, files: &ChangedFiles) -> ChangedFiles {
        let read = files.iter();
        read.filter_map(|(path, bytes)| self.as_c(path, bytes.as_ref()))
            .collect()
    }

    /// A changed file as the build check reads it: C, or the C that a description stands for; `None` for anything else.
    fn as_c(
        &self,
        path: &FilePath,
        bytes: Option<&Arc<[u8]>>,
    ) -> Option<(FilePath, Option<Arc<[u8]>>)> {
        let text = if is_c_path(path) {
            bytes.map(Arc::clone)
        } else if self.described.reads(path) {
            bytes.map(|bytes| self.described.as_c(path, bytes))
        } else {
            return None;
        };
        Some((path.clone(), text))
    }

    fn bytes(&self, file: Option<(FileMode, ObjectId)>) -> Result<Option<Arc<[u8]>>, GitError> {
        let Some((FileMode::Regular | FileMode::Executable, blob)) = file else {
            return Ok(None);
        };
        Ok(match self.repository.blob(blob)? {
            Content::Bytes(bytes) => Some(bytes),
            Content::TooLarge { .. } | Content::Absent => None,
        })
    }

    /// The build descriptions that the back-out changes, and those above a file that is gone.
    fn descriptions(
        &self,
        files: &[(FilePath, Option<Arc<[u8]>>)],
        gone: &[FilePath],
    ) -> Result<Vec<Description>, GitError> {
        let mut paths: Vec<FilePath> = files
            .iter()
            .map(|(path, _)| path.clone())
            .filter(is_build_description)
            .collect();
        for path in gone {
            paths.extend(descriptions_above(path));
        }
        paths.sort();
        paths.dedup();
        let mut found = Vec::new();
        for path in paths {
            let before = self.at_target_tree(&path)?;
            let replaced = files.iter().find(|(other, _)| *other == path);
            let after = replaced.map_or_else(|| before.clone(), |(_, bytes)| bytes.clone());
            if let Some(after) = after {
                found.push(Description {
                    before: before.unwrap_or_default(),
                    path,
                    after,
                });
            }
        }
        Ok(found)
    }

    fn at_target_tree(&self, path: &FilePath) -> Result<Option<Arc<[u8]>>, GitError> {
        self.bytes(self.repository.file_at(self.target, path)?)
    }
}

/// The trees that restored lines come from are asked one by one; more than so many are left out, and a note says so.
const SOURCES: usize = 8;

fn gone(files: &ChangedFiles) -> Vec<FilePath> {
    let gone = files.iter().filter(|(_, content)| content.is_none());
    gone.map(|(path, _)| path.clone()).collect()
}

/// What the back-out breaks, by the answers for each tree that restored lines come from: a line that comes back from any of
/// them may miss what that tree had; whether others lose what they use, the oldest says.
fn joined(answers: Vec<Vec<BuildConflict>>) -> Vec<BuildConflict> {
    let mut answers = answers.into_iter();
    let mut all = answers.next().unwrap_or_default();
    let later = answers.flatten();
    all.extend(later.filter(|one| matches!(one.cause, Cause::Loss { .. })));
    all.sort();
    all.dedup_by(|one, other| {
        (&one.path, one.line, &one.symbol) == (&other.path, other.line, &other.symbol)
    });
    all
}

/// Every description that may stand in the folder of `path` or above it.
fn descriptions_above(path: &FilePath) -> Vec<FilePath> {
    let mut found = Vec::new();
    let mut folder = FilePath::new(path.directory());
    loop {
        for name in BUILD_DESCRIPTIONS {
            found.push(match folder.as_bytes() {
                b"" => name.into(),
                above => FilePath::new(&[above, b"/", name.as_bytes()].concat()),
            });
        }
        if folder.as_bytes().is_empty() {
            return found;
        }
        folder = FilePath::new(folder.directory());
    }
}
