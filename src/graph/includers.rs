//! Who includes a file: the includes of a tree turned round, carried over to a neighbouring tree by what differs.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::text::offset;

use super::includes::Direct;
use super::index::FileId;

/// For each file those that include it themselves, sorted, each once.
pub(super) type Includers = Vec<Arc<[FileId]>>;

/// The includers in a tree of so many files.
pub(super) fn of<'d>(count: usize, direct: impl Fn(FileId) -> &'d Direct) -> Includers {
    let mut includers = vec![Vec::new(); count];
    for from in (0..offset(count)).map(FileId) {
        for target in direct(from).all() {
            includers[target.0 as usize].push(from);
        }
    }
    includers.iter_mut().for_each(Vec::dedup);
    includers.into_iter().map(Arc::from).collect()
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

    /// The includers in the tree in which files include what `direct` says.
    pub(super) fn mended<'d>(&self, direct: impl Fn(FileId) -> &'d Direct) -> Includers {
        let mut includers = (*self.includers).clone();
        for (from, before) in &self.others {
            for target in before.all() {
                edit(&mut includers[target.0 as usize], |files| {
                    files.retain(|file| file != from);
                });
            }
            for target in direct(*from).all() {
                edit(&mut includers[target.0 as usize], |files| {
                    if let Err(at) = files.binary_search(from) {
                        files.insert(at, *from);
                    }
                });
            }
        }
        includers
    }
}

fn edit(known: &mut Arc<[FileId]>, change: impl FnOnce(&mut Vec<FileId>)) {
    let mut files = known.to_vec();
    change(&mut files);
    *known = files.into();
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
        let whole = |tree: &[Arc<Direct>; 4]| of(4, |file| &tree[file.0 as usize]);
        let [start, middle, end] = [&first, &second, &third].map(whole);
        assert_ne!(start, middle);
        assert_ne!(middle, end);

        let earlier = Earlier::of(&Arc::new(start));
        let earlier = earlier.without(&[FileId(0), FileId(2)], |file| first.get(file.0 as usize));
        let earlier = earlier.expect("the first tree says what its files include");
        assert_eq!(earlier.mended(|file| &second[file.0 as usize]), middle);
        let earlier = earlier.without(&[FileId(0), FileId(1)], |file| second.get(file.0 as usize));
        let earlier = earlier.expect("so does the second");
        assert_eq!(earlier.mended(|file| &third[file.0 as usize]), end);
    }
}
