//! Who includes a file: the includes of a tree turned round, carried over to a neighbouring tree by what differs.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

use crate::text::offset;

use super::index::FileId;
use super::known_includes::Direct;

/// For each file those that include it themselves, sorted, each once.
#[derive(Clone)]
pub(super) struct Includers {
    /// As a neighbouring tree has them.
    base: Arc<Vec<Arc<[FileId]>>>,
    /// As it is here where that differs.
    edits: BTreeMap<FileId, Arc<[FileId]>>,
}

/// So many differences are made a base of their own.
const MOST_EDITS: usize = 500;

impl Includers {
    fn whole(base: Vec<Arc<[FileId]>>) -> Self {
        Self {
            base: Arc::new(base),
            edits: BTreeMap::new(),
        }
    }

    /// Those of one file; `None` past the last.
    pub(super) fn get(&self, file: FileId) -> Option<&Arc<[FileId]>> {
        let base = || self.base.get(file.0 as usize);
        self.edits.get(&file).or_else(base)
    }

    /// Those of every file, in order.
    fn all(&self) -> impl Iterator<Item = &Arc<[FileId]>> {
        let files = (0..offset(self.base.len())).map(FileId);
        files.filter_map(|file| self.get(file))
    }

    fn edit(&mut self, file: FileId, change: impl FnOnce(&mut Vec<FileId>)) {
        let mut files = self.get(file).map_or_else(Vec::new, |files| files.to_vec());
        change(&mut files);
        self.edits.insert(file, files.into());
    }
}

/// The includers in a tree of so many files.
pub(super) fn of<'d>(count: usize, direct: impl Fn(FileId) -> &'d Direct) -> Includers {
    let mut includers = vec![Vec::new(); count];
    for from in (0..offset(count)).map(FileId) {
        for target in direct(from).all() {
            includers[target.0 as usize].push(from);
        }
    }
    includers.iter_mut().for_each(Vec::dedup);
    Includers::whole(includers.into_iter().map(Arc::from).collect())
}

/// The includers in an earlier tree of the same paths.
#[derive(Clone)]
pub(super) struct Earlier {
    includers: Arc<Includers>,
    /// What the files that have other lines by now included there.
    others: BTreeMap<FileId, Arc<Direct>>,
}

impl Earlier {
    /// Of a tree in which nothing has changed yet.
    pub(super) fn of(includers: &Arc<Includers>) -> Self {
        Self {
            includers: Arc::clone(includers),
            others: BTreeMap::new(),
        }
    }

    /// The same, seen from a tree in which these files have other lines as well; `before` is what a file included until
    /// then.
    pub(super) fn without<'d>(
        mut self,
        changed: &[FileId],
        before: impl Fn(FileId) -> Option<&'d Arc<Direct>>,
    ) -> Option<Self> {
        for file in changed {
            if !self.others.contains_key(file) {
                self.others.insert(*file, Arc::clone(before(*file)?));
            }
        }
        Some(self)
    }

    /// The same by the ids of a tree of other paths, as [`super::known_includes::KnownIncludes::moved`] takes them;
    /// `before` is what the file at a position included until then.
    pub(super) fn moved<'d>(
        self,
        here: &[Option<FileId>],
        (others, count): (&[FileId], usize),
        before: impl Fn(usize) -> Option<&'d Arc<Direct>>,
    ) -> Option<Self> {
        let to = |file: &FileId| here.get(file.0 as usize).copied().flatten();
        let mut moved = Self {
            includers: Arc::clone(&self.includers),
            others: BTreeMap::new(),
        };
        let mut includers: Vec<Arc<[FileId]>> = vec![Arc::from([]); count];
        for (known, id) in self.includers.all().zip(here) {
            if let Some(id) = id {
                includers[id.0 as usize] = match known.iter().all(|one| to(one) == Some(*one)) {
                    true => Arc::clone(known),
                    false => known.iter().filter_map(to).collect(),
                };
            }
        }
        moved.includers = Arc::new(Includers::whole(includers));
        let there =
            |one: &Direct| Arc::new(Direct::sure(one.all().filter_map(|of| to(&of)).collect()));
        for (from, one) in &self.others {
            if let Some(from) = to(from) {
                moved.others.insert(from, there(one));
            }
        }
        for (at, id) in here.iter().enumerate() {
            let Some(id) = id.filter(|id| others.binary_search(id).is_ok()) else {
                continue;
            };
            if let Entry::Vacant(new) = moved.others.entry(id) {
                new.insert(there(before(at)?));
            }
        }
        // What was not there before included nothing.
        for id in others {
            moved
                .others
                .entry(*id)
                .or_insert_with(|| Arc::new(Direct::sure(Vec::new())));
        }
        Some(moved)
    }

    /// The includers in the tree in which files include what `direct` says.
    pub(super) fn mended<'d>(&self, direct: impl Fn(FileId) -> &'d Direct) -> Includers {
        let mut includers = (*self.includers).clone();
        for (from, before) in &self.others {
            for target in before.all() {
                includers.edit(target, |files| files.retain(|file| file != from));
            }
            for target in direct(*from).all() {
                includers.edit(target, |files| {
                    if let Err(at) = files.binary_search(from) {
                        files.insert(at, *from);
                    }
                });
            }
        }
        if includers.edits.len() > MOST_EDITS {
            return Includers::whole(includers.all().cloned().collect());
        }
        includers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn direct(files: &[u32]) -> Arc<Direct> {
        Arc::new(Direct::sure(files.iter().copied().map(FileId).collect()))
    }

    #[test]
    fn what_is_carried_over_is_what_the_tree_says() {
        let first = [direct(&[1, 2]), direct(&[2]), direct(&[]), direct(&[0, 1])];
        let second = [direct(&[2, 3]), direct(&[2]), direct(&[0]), direct(&[0, 1])];
        let third = [direct(&[1]), direct(&[]), direct(&[0]), direct(&[0, 1])];
        let all = |includers: &Includers| includers.all().cloned().collect::<Vec<_>>();
        let whole = |tree: &[Arc<Direct>; 4]| of(4, |file| &tree[file.0 as usize]);
        let [start, middle, end] = [&first, &second, &third].map(whole);
        assert_ne!(all(&start), all(&middle));
        assert_ne!(all(&middle), all(&end));

        let earlier = Earlier::of(&Arc::new(start));
        let earlier = earlier.without(&[FileId(0), FileId(2)], |file| first.get(file.0 as usize));
        let earlier = earlier.expect("the first tree says what its files include");
        let mended = earlier.mended(|file| &second[file.0 as usize]);
        assert_eq!(all(&mended), all(&middle));
        let earlier = earlier.without(&[FileId(0), FileId(1)], |file| second.get(file.0 as usize));
        let earlier = earlier.expect("so does the second");
        let mended = earlier.mended(|file| &third[file.0 as usize]);
        assert_eq!(all(&mended), all(&end));
    }
}
