//! The impact of a commit, or of a symbol by its name, from the tree at a revision.

use std::collections::BTreeSet;

use crate::analyze;
use crate::cache::Store;
use crate::change::ObjectId;
use crate::facts::SymbolKind;
use crate::git::Repository;
use crate::graph::SymbolKey;
use crate::graph::around::{self, Limits};
use crate::graph::files::Overlay;
use crate::graph::index::{FileId, TreeIndex};
use crate::impact::{self, ImpactSet};
use crate::items::lexer;
use crate::symbol_diff;
use crate::text::{self, BeforeAfter};

use super::index::RevisionIndex;
use super::input::{self, Laid};
use super::{LoadError, changes, items};

/// Near names that an error offers.
const NEAR: usize = 3;

/// What the impact is worked out with.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// The cache.
    pub store: &'a Store,
    /// How far to follow dependents.
    pub limits: Limits,
}

impl Context<'_> {
    /// Who depends on the symbols that a commit changed.
    ///
    /// # Errors
    /// What git cannot read.
    pub fn of_commit(&self, commit: ObjectId) -> Result<ImpactSet, LoadError> {
        let change = changes::commit(commit, self.repository)?;
        let (sources, _) = symbol_diff::sources(&change);
        let symbols = symbol_diff::changes(&sources, &|texts| items::facts(texts)).symbols;
        let index = RevisionIndex::open(
            self.repository,
            input::base_tree(&change, self.repository)?,
            self.store,
        )?;
        let mut laid = Laid::new();
        input::lay(&change, &mut laid);
        let after = Overlay::new(&index, laid);
        let trees = BeforeAfter {
            before: &index as &dyn TreeIndex,
            after: &after,
        };
        let set = analyze::impact_of(&symbols, trees, &self.limits, usize::MAX);
        Ok(ImpactSet {
            notes: [index.notes(), set.notes].concat(),
            ..set
        })
    }

    /// Who depends on a symbol in the tree at a revision; `Record.member` names a member. A name that several files
    /// define stands for all of them.
    ///
    /// # Errors
    /// [`LoadError::UnknownSymbol`] with near names, and what git cannot read.
    pub fn of_symbol(&self, name: &str, at: &str) -> Result<ImpactSet, LoadError> {
        let commit = self.repository.commit(self.repository.resolve(at)?)?;
        let index = RevisionIndex::open(self.repository, commit.tree, self.store)?;
        let keys = keys(name, &index);
        if keys.is_empty() {
            return Err(LoadError::UnknownSymbol {
                symbol: name.to_owned(),
                revision: at.to_owned(),
                near: near(name, &index),
            });
        }
        let set = impact::of(
            &around::around(&keys, &index, &self.limits),
            &index,
            usize::MAX,
        );
        Ok(ImpactSet {
            notes: [index.notes(), set.notes].concat(),
            ..set
        })
    }
}

/// Every kind of symbol that the tree defines or declares under a name.
fn keys(name: &str, index: &dyn TreeIndex) -> Vec<SymbolKey> {
    let (parent, own) = name
        .rsplit_once('.')
        .map_or((None, name), |(parent, own)| (Some(parent), own));
    let defining = index.defining(&[own]).concat();
    let mut found = BTreeSet::new();
    for facts in index.facts(&defining) {
        for definition in facts
            .definitions
            .iter()
            .filter(|one| facts.name(one.name) == own)
        {
            let record = definition
                .parent
                .map(|parent| facts.name(parent).to_owned());
            let is_member = definition.kind == SymbolKind::Member;
            if parent.is_none_or(|parent| is_member && record.as_deref() == Some(parent)) {
                found.insert((definition.kind, record.filter(|_| is_member)));
            }
        }
    }
    let key = |(kind, parent)| SymbolKey {
        name: own.to_owned(),
        kind,
        parent,
        file: None,
    };
    found.into_iter().map(key).collect()
}

/// The identifiers of the tree that are nearest to `name`; reads every file, which only an error may cost.
fn near(name: &str, index: &dyn TreeIndex) -> Vec<String> {
    let limit = name.len().div_ceil(3);
    let mut nearest: BTreeSet<(usize, String)> = BTreeSet::new();
    let mut seen = BTreeSet::new();
    for file in 0..index.files().len() {
        let source = index.source(FileId(text::offset(file)));
        for span in lexer::identifiers(&source) {
            let bytes = span.of(&source);
            if bytes.len().abs_diff(name.len()) > limit || !seen.insert(bytes.to_vec()) {
                continue;
            }
            let Ok(identifier) = std::str::from_utf8(bytes) else {
                continue;
            };
            let distance = strsim::osa_distance(name, identifier);
            if distance <= limit {
                nearest.insert((distance, identifier.to_owned()));
                if nearest.len() > NEAR {
                    nearest.pop_last();
                }
            }
        }
    }
    nearest.into_iter().map(|(_, name)| name).collect()
}
