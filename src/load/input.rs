//! One change and its surroundings, ready for the core.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::analyze::{self, Analysis};
use crate::cache::Store;
use crate::change::{Change, ChangeId, FileSide, ObjectId};
use crate::features::Past;
use crate::git::{EMPTY_TREE, Repository};
use crate::graph::around::Limits;
use crate::graph::files::Overlay;
use crate::graph::index::TreeIndex;
use crate::policy::file::Policy;
use crate::policy::maintainers::Maintainers;
use crate::policy::rule::Rule;
use crate::policy::trailers::MessageForm;
use crate::score::Model;
use crate::text::{BeforeAfter, FilePath, is_c_path};

use super::index::RevisionIndex;
use super::shelf::Shelf;
use super::{LoadError, items, maintainers, past, series};

/// What stays the same from one change to the next.
#[derive(Clone, Copy, Debug)]
pub struct Bench<'a> {
    /// The cache.
    pub store: &'a Store,
    /// The policy to judge by.
    pub policy: &'a Policy,
    /// The model to score with.
    pub model: &'a Model,
    /// How far to follow dependents.
    pub limits: Limits,
    /// Where neighbouring trees are kept, for whoever asks about many commits on one thread.
    pub shelf: Option<&'a Shelf<'a>>,
}

/// Files laid over a tree: each path with its bytes, or `None` where it is gone.
pub type Laid = BTreeMap<FilePath, Option<Arc<[u8]>>>;

/// What was there before a change and beside it.
struct Surroundings<'a> {
    free_of_series: Option<bool>,
    past: Past,
    earlier: &'a [Analysis],
}

impl Bench<'_> {
    /// Analyzes changes in the order in which they apply. Commits stand on their own parents; what is not committed yet
    /// (mails, the index) stands on HEAD and on the changes before it.
    ///
    /// # Errors
    /// What git cannot read.
    pub fn analyses(
        &self,
        changes: &[Change],
        repository: &Repository,
    ) -> Result<Vec<Analysis>, LoadError> {
        let mut laid = Laid::new();
        let mut analyses = Vec::new();
        let base = series::base(changes);
        let (ends, mut touches) = (series::Ends::of(changes), past::Touches::default());
        for change in changes {
            let surroundings = Surroundings {
                free_of_series: series::is_free(
                    change,
                    (changes, &ends),
                    (repository, self.store),
                )?,
                past: match base {
                    Some(base) => past::in_series(change, &touches, base, repository)?,
                    None => past::of(change, repository)?,
                },
                earlier: &analyses,
            };
            touches.add(change);
            let analysis = self.analysis((change, surroundings), repository, &mut laid)?;
            analyses.push(analysis);
        }
        Ok(analyses)
    }

    /// Analyzes one commit on its parent.
    ///
    /// # Errors
    /// What git cannot read.
    pub fn analysis_of(
        &self,
        commit: &Change,
        free_of_series: Option<bool>,
        repository: &Repository,
    ) -> Result<Analysis, LoadError> {
        let surroundings = Surroundings {
            free_of_series,
            past: past::of(commit, repository)?,
            earlier: &[],
        };
        self.analysis((commit, surroundings), repository, &mut Laid::new())
    }

    fn asks_for_maintainers(&self) -> bool {
        let asking = [Rule::AgreementMissing, Rule::CoreApproval];
        asking
            .iter()
            .any(|rule| self.policy.rules.contains_key(rule))
    }

    fn maintainers(
        &self,
        repository: &Repository,
        (commit, laid): (ObjectId, &Laid),
    ) -> Result<Option<Arc<Maintainers>>, LoadError> {
        let form = &self.policy.maintainers;
        Ok(match self.shelf {
            _ if !laid.is_empty() => {
                maintainers::over(repository, (commit, laid), form)?.map(Arc::new)
            }
            Some(shelf) => shelf.maintainers.at(repository, commit, form)?,
            None => maintainers::at(repository, commit, form)?.map(Arc::new),
        })
    }

    fn analysis(
        &self,
        (change, surroundings): (&Change, Surroundings<'_>),
        repository: &Repository,
        laid: &mut Laid,
    ) -> Result<Analysis, LoadError> {
        let tree = base_tree(change, repository)?;
        let index = match self.shelf {
            Some(shelf) => RevisionIndex::open_on(shelf, repository, tree)?,
            None => RevisionIndex::open(repository, tree, self.store)?,
        };
        if matches!(change.id, ChangeId::Commit(_)) {
            laid.clear();
        }
        let over = |laid: &Laid| Overlay::known(&index, c_files(laid), index.split());
        let laid_before = (!laid.is_empty()).then(|| over(laid));
        let before: &dyn TreeIndex = match &laid_before {
            Some(laid) => laid,
            None => &index,
        };
        let maintainers = match change
            .parents
            .first()
            .filter(|_| self.asks_for_maintainers())
        {
            Some(parent) => self.maintainers(repository, (*parent, laid))?,
            None => None,
        };
        for file in &change.files {
            let sides = file.sides.as_ref().map(c_bytes);
            if let (Some(before), Some(after)) = (sides.before, sides.after) {
                index.split().learn(before, after);
            }
        }
        lay(change, laid);
        let after = over(laid);
        let input = analyze::Input {
            change,
            form: match change.id {
                ChangeId::Mail(_) => MessageForm::Mail,
                _ => MessageForm::Commit,
            },
            trees: BeforeAfter {
                before,
                after: &after,
            },
            facts: &|texts| items::facts_from(&index, texts),
            layout: &|source| index.split().layout(source),
            past: surroundings.past,
            free_of_series: surroundings.free_of_series,
            earlier: surroundings.earlier,
            maintainers: maintainers.as_deref(),
            limits: self.limits,
        };
        let mut analysis = analyze::analyze(&input, self.policy, self.model);
        let notes = &mut analysis.report.notes;
        notes.extend(index.notes());
        notes.extend(past::cut(change, repository)?);
        Ok(analysis)
    }
}

/// The bytes of one side of a file that is C by its path and was read.
fn c_bytes(side: &Option<FileSide>) -> Option<&[u8]> {
    let side = side.as_ref().filter(|side| is_c_path(&side.path))?;
    side.content.bytes()
}

/// Those of the files that are C by their paths.
fn c_files(laid: &Laid) -> Laid {
    let files = laid.iter().filter(|(path, _)| is_c_path(path));
    files
        .map(|(path, bytes)| (path.clone(), bytes.clone()))
        .collect()
}

/// The tree that the change was made on: its first parent's; an empty one for a root commit.
pub(super) fn base_tree(change: &Change, repository: &Repository) -> Result<ObjectId, LoadError> {
    match change.parents.first() {
        Some(parent) => Ok(repository.commit(*parent)?.tree),
        None => Ok(EMPTY_TREE),
    }
}

/// Lays the files of a change over a tree.
pub(super) fn lay(change: &Change, laid: &mut Laid) {
    for file in &change.files {
        if let Some(before) = &file.sides.before {
            laid.insert(before.path.clone(), None);
        }
        if let Some(after) = &file.sides.after {
            laid.insert(after.path.clone(), after.content.bytes().map(Arc::from));
        }
    }
}
