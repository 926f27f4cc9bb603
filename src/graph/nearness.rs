//! How near two files of a tree are: nobody reads the `-I` options of a build here, so folders tell which file a line means.

use crate::text::FilePath;

use super::index::FileId;

/// Those that are nearest, in order.
pub(super) fn nearest(
    files: Vec<FileId>,
    near: impl Fn(&FileId) -> Option<Nearness>,
) -> Vec<FileId> {
    let known = files.into_iter();
    let known: Vec<_> = known
        .filter_map(|file| Some((near(&file)?, file)))
        .collect();
    let most = known.iter().map(|(near, _)| *near).max();
    let best = known.into_iter().filter(|(near, _)| Some(*near) == most);
    best.map(|(_, file)| file).collect()
}

/// How near two files are, as far as folders tell: `-I` roots are those of the part of the tree that is built.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Nearness {
    /// How many leading folders their paths share.
    pub(super) leading: usize,
    /// How many folders of the one have the name of a folder of the other: `hw/arm` goes with `target/arm`.
    named_alike: usize,
}

impl Nearness {
    pub(super) fn between(one: &FilePath, other: &FilePath) -> Self {
        let pairs = folders(one).zip(folders(other));
        let shared = pairs.take_while(|(one, other)| one == other && !one.is_empty());
        let alike = |folder: &&[u8]| folders(one).any(|other| other == *folder);
        Self {
            leading: shared.count(),
            named_alike: folders(other).filter(alike).count(),
        }
    }
}

fn folders(path: &FilePath) -> impl Iterator<Item = &[u8]> {
    path.directory().split(|byte| *byte == b'/')
}
