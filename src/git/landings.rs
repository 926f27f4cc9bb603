//! When each commit landed: the whole mainline at once, for questions about many commits.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::change::ObjectId;

use super::{GitError, Repository};

/// The first-parent history of a tip since a moment, and which of its commits first contains each other commit.
#[derive(Clone, Debug, Default)]
pub struct Landings {
    /// Newest first, with the committer's date.
    mainline: Vec<(ObjectId, i64)>,
    /// The earliest date among the first so many of `mainline`: clocks may go backwards.
    earliest: Vec<i64>,
    /// Positions in `mainline`.
    landed: FxHashMap<ObjectId, u32>,
    /// Parents before children.
    order: Vec<ObjectId>,
}

impl Landings {
    /// The oldest commit of the mainline that contains `commit`; `None` where none does.
    #[must_use]
    pub fn landed(&self, commit: ObjectId) -> Option<ObjectId> {
        self.landing(commit).map(|(id, _)| id)
    }

    /// The same with its committer's date, seconds since 1970 in UTC.
    #[must_use]
    pub fn landing(&self, commit: ObjectId) -> Option<(ObjectId, i64)> {
        let at = *self.landed.get(&commit)?;
        self.mainline.get(at as usize).copied()
    }

    /// The last commit of the mainline by a moment; `None` where the mainline ends before that moment, so that nobody
    /// knows yet.
    #[must_use]
    pub fn last_by(&self, moment: i64) -> Option<ObjectId> {
        if self.mainline.first().is_none_or(|(_, date)| *date < moment) {
            return None;
        }
        let at = self.earliest.partition_point(|date| *date > moment);
        self.mainline.get(at).map(|(id, _)| *id)
    }

    /// Every commit since the moment, in the order in which they landed, parents before children.
    #[must_use]
    pub fn order(&self) -> &[ObjectId] {
        &self.order
    }
}

impl Repository {
    /// The landings on the first-parent history of `tip` of all commits that were committed since a moment (seconds since
    /// 1970, UTC); the ancestors of `others` since then stand at the end of the order, landed nowhere.
    ///
    /// # Errors
    /// [`GitError::AbsentObject`], [`GitError::Malformed`], [`GitError::Unreadable`].
    pub fn landings(
        &self,
        tip: Option<ObjectId>,
        others: &[ObjectId],
        since: i64,
    ) -> Result<Landings, GitError> {
        let mut landings = Landings::default();
        let chain = match tip {
            Some(tip) => self.mainline(tip, since)?,
            None => Vec::new(),
        };
        let mut earliest = i64::MAX;
        for id in chain {
            let date = self.commit(id)?.committed;
            earliest = earliest.min(date);
            landings.mainline.push((id, date));
            landings.earliest.push(earliest);
        }
        let mut seen = FxHashSet::default();
        for at in (0..landings.mainline.len()).rev() {
            let landing = landings.mainline[at].0;
            let first_new = landings.order.len();
            self.ancestors_into(&mut landings.order, &mut seen, landing, since)?;
            let position = crate::text::offset(at);
            let new = landings.order[first_new..].iter();
            landings
                .landed
                .extend(new.map(|commit| (*commit, position)));
        }
        for other in others {
            self.ancestors_into(&mut landings.order, &mut seen, *other, since)?;
        }
        Ok(landings)
    }

    /// Appends `tip` and its ancestors that were not seen yet, parents first.
    fn ancestors_into(
        &self,
        order: &mut Vec<ObjectId>,
        seen: &mut FxHashSet<ObjectId>,
        tip: ObjectId,
        since: i64,
    ) -> Result<(), GitError> {
        let mut open = vec![(tip, 0)];
        if !seen.insert(tip) {
            return Ok(());
        }
        while let Some((commit, next_parent)) = open.pop() {
            let head = self.commit(commit)?;
            let Some(parent) = head.parents.get(next_parent).copied() else {
                order.push(commit);
                continue;
            };
            open.push((commit, next_parent + 1));
            if seen.contains(&parent) || self.commit(parent)?.committed < since {
                continue;
            }
            seen.insert(parent);
            open.push((parent, 0));
        }
        Ok(())
    }
}
