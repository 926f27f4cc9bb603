//! Which files an `#include` means, and which files a translation unit reaches through its includes.
//!
//! Knows no build file: the `-I` roots are read off the tree. Where several files fit a line equally well, the file that is
//! translated decides (`target/arm/translate.c` gets `target/arm/helper.h` through a header of all targets), and what that
//! leaves open is kept, since one tree serves several builds. Sees includes whose path a macro gives only where the index
//! tells them, as that of a whole tree does.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::items::ItemKind;
use crate::text::{FilePath, offset};

use super::include_path::{has_suffix, is_system_header, normal_path, without_dots};
use super::includers::{self, Includers};
use super::index::{FileId, ItemId, TreeIndex};
use super::known_includes::{Direct, KnownIncludes};
use super::names::IncludeLine;
use super::nearness::{Nearness, nearest};

/// The include structure of a tree, worked out where it is asked for.
pub struct Includes<'a> {
    index: &'a dyn TreeIndex,
    known: Arc<KnownIncludes>,
}

/// Questions for includers that are answered one by one; a question costs about a thirtieth of reading the whole tree.
const LOOKUPS: usize = 32;

impl<'a> Includes<'a> {
    /// Over a tree; reads nothing yet, and takes over what the index remembers.
    #[must_use]
    pub fn new(index: &'a dyn TreeIndex) -> Self {
        let nothing = || Arc::new(KnownIncludes::nothing(index.files().len()));
        Self {
            index,
            known: index.known_includes().unwrap_or_else(nothing),
        }
    }

    /// Over a tree all of which is asked about: its includers are known at once, not looked up line by line.
    #[must_use]
    pub fn of_whole(index: &'a dyn TreeIndex) -> Self {
        let includes = Self::new(index);
        includes.known.asked.store(LOOKUPS, Ordering::Relaxed);
        includes
    }

    /// The files that one include line of `from` may mean, sorted; empty where the tree has none.
    #[must_use]
    pub fn targets(&self, from: &FilePath, line: &IncludeLine) -> Vec<FileId> {
        if !line.brackets
            && let Some(beside) = self.beside(from, &line.path)
        {
            return vec![beside];
        }
        let suffix = without_dots(line.path.as_bytes());
        let name = suffix.rsplit(|byte| *byte == b'/').next();
        let fitting = self.named(name.unwrap_or_default()).iter().copied();
        let fitting: Vec<_> = fitting
            .filter(|file| has_suffix(self.path(*file).as_bytes(), suffix))
            .collect();
        nearest(fitting, |file| self.nearness(from, line, *file))
    }

    /// The file relative to the including one.
    fn beside(&self, from: &FilePath, path: &str) -> Option<FileId> {
        let joined = normal_path(from.directory(), path.as_bytes())?;
        self.index.file(&FilePath::new(&joined))
    }

    /// How near a file is to the including one; `None` for one that cannot be meant.
    fn nearness(&self, from: &FilePath, line: &IncludeLine, file: FileId) -> Option<Nearness> {
        let path = self.path(file);
        let near = Nearness::between(from, path);
        let is_system_like = line.brackets && is_system_header(&line.path);
        let root = &path.as_bytes()[..path.as_bytes().len().saturating_sub(line.path.len())];
        // `<stdio.h>` means the system's, unless the part of the tree at hand brings its own.
        if is_system_like && near.leading == 0 && !root.is_empty() && root != b"include/" {
            return None;
        }
        Some(near)
    }

    fn path(&self, file: FileId) -> &FilePath {
        &self.index.files()[file.0 as usize]
    }

    /// The files of a name, sorted.
    fn named(&self, name: &[u8]) -> &[FileId] {
        let by_name = self.known.by_name.get_or_init(|| {
            let mut all: Vec<FileId> = (0..offset(self.index.files().len())).map(FileId).collect();
            all.sort_by_key(|file| (self.path(*file).file_name(), *file));
            all
        });
        let name_of = |file: &FileId| self.path(*file).file_name();
        let start = by_name.partition_point(|file| name_of(file) < name);
        let count = by_name[start..].partition_point(|file| name_of(file) == name);
        &by_name[start..start + count]
    }

    /// The files that a file includes itself.
    fn direct(&self, file: FileId) -> &Direct {
        static NOTHING: Direct = Direct {
            sure: Vec::new(),
            choices: Vec::new(),
        };
        let Some(slot) = self.known.direct(file) else {
            return &NOTHING;
        };
        slot.get_or_init(|| Arc::new(self.lines(file)))
    }

    fn lines(&self, file: FileId) -> Direct {
        let from = self.path(file);
        let (mut sure, mut choices) = (Vec::new(), Vec::new());
        for line in self.index.includes(file) {
            match self.targets(from, &line) {
                only if only.len() == 1 => sure.extend(only),
                several => choices.push(several),
            }
        }
        sure.sort_unstable();
        sure.dedup();
        choices.retain(|one| !one.is_empty());
        choices.sort_unstable();
        choices.dedup();
        Direct { sure, choices }
    }

    /// Every file that a file reaches through includes, itself among them, sorted: its translation unit, if it is one.
    /// A line that may mean several files means those that are nearest to this one.
    #[must_use]
    pub fn reached(&self, file: FileId) -> &[FileId] {
        self.known.reached(file, || {
            let mut seen = vec![false; self.known.len()];
            seen[file.0 as usize] = true;
            let mut open = vec![file];
            let mut reached = open.clone();
            let mut meet = |target: FileId, open: &mut Vec<FileId>| {
                if !std::mem::replace(&mut seen[target.0 as usize], true) {
                    open.push(target);
                    reached.push(target);
                }
            };
            while let Some(next) = open.pop() {
                let direct = self.direct(next);
                for target in &direct.sure {
                    meet(*target, &mut open);
                }
                for choice in &direct.choices {
                    for target in self.chosen(file, choice) {
                        meet(target, &mut open);
                    }
                }
            }
            reached.sort_unstable();
            reached
        })
    }

    /// Those of the files that a line may mean which are nearest to the file that is translated.
    fn chosen(&self, unit: FileId, choice: &[FileId]) -> Vec<FileId> {
        let unit = self.path(unit);
        nearest(choice.to_vec(), |file| {
            Some(Nearness::between(unit, self.path(*file)))
        })
    }

    /// Of files that have one name, those that are nearest to `file`.
    #[must_use]
    pub fn nearest_of_each_name(&self, file: FileId, files: &[FileId]) -> Vec<FileId> {
        let name = |file: &FileId| self.path(*file).file_name();
        let mut files = files.to_vec();
        files.sort_by_key(name);
        let by_name = files.chunk_by(|one, other| name(one) == name(other));
        by_name.flat_map(|alike| self.chosen(file, alike)).collect()
    }

    /// Whether `file` reaches `target`.
    #[must_use]
    pub fn reaches(&self, file: FileId, target: FileId) -> bool {
        self.reached(file).binary_search(&target).is_ok()
    }

    /// The files that include a file themselves, sorted. The first few questions look for lines that name the file; who
    /// asks on has the includes of the whole tree read.
    #[must_use]
    pub fn includers(&self, file: FileId) -> Vec<FileId> {
        let is_early = || self.known.asked.fetch_add(1, Ordering::Relaxed) < LOOKUPS;
        if !self.knows_includers() && is_early() {
            return self.looked_up_includers(file);
        }
        let includers = self.all_includers().get(file);
        includers.map(|files| files.to_vec()).unwrap_or_default()
    }

    fn knows_includers(&self) -> bool {
        self.known.includers.get().is_some() || self.known.earlier.is_some()
    }

    /// Whether each of these files is a translation unit by itself: no header, and nobody includes it.
    #[must_use]
    pub fn are_units(&self, files: &[FileId]) -> Vec<bool> {
        let is_header = |file: &FileId| self.path(*file).as_bytes().ends_with(b".h");
        if self.knows_includers() {
            let all = self.all_includers();
            let is_included = |file: &FileId| all.get(*file).is_some_and(|all| !all.is_empty());
            let is_unit = |file: &FileId| !is_header(file) && !is_included(file);
            return files.iter().map(is_unit).collect();
        }
        let name = |file: &FileId| String::from_utf8_lossy(self.path(*file).file_name());
        let names: Vec<_> = files
            .iter()
            .filter(|file| !is_header(file))
            .map(name)
            .collect();
        let names: Vec<&str> = names.iter().map(|name| &**name).collect();
        let mut mentions = self.index.mentions(&names).into_iter();
        let is_unit = |file: &FileId| {
            let mut is_named = || mentions.next().is_some_and(|items| !items.is_empty());
            !is_header(file) && (!is_named() || self.looked_up_includers(*file).is_empty())
        };
        files.iter().map(is_unit).collect()
    }

    /// An include that means a file ends in the file's own name, and is found under it.
    fn looked_up_includers(&self, file: FileId) -> Vec<FileId> {
        let Some(path) = self.index.files().get(file.0 as usize) else {
            return Vec::new();
        };
        let name = String::from_utf8_lossy(path.file_name());
        let mut mentions = self.index.mentions(&[&name]);
        let found = mentions.pop().unwrap_or_default();
        let by_file = found.chunk_by(|one, other| one.file == other.file);
        let includes = |items: &&[ItemId]| {
            let is_include = |id: &ItemId| self.index.item(*id).kind == ItemKind::Include;
            let from = items[0].file;
            if !items.iter().any(is_include) {
                return false;
            }
            let lines = self.index.includes(from);
            let mut own = lines
                .iter()
                .filter(|line| items.iter().any(|id| id.item == line.item));
            own.any(|line| self.targets(self.path(from), line).contains(&file))
        };
        by_file
            .filter(includes)
            .map(|items| items[0].file)
            .collect()
    }

    fn all_includers(&self) -> &Includers {
        self.known.includers.get_or_init(|| {
            if let Some(earlier) = &self.known.earlier {
                return Arc::new(earlier.mended(|file| self.direct(file)));
            }
            let count = self.known.len();
            Arc::new(includers::of(count, |file| self.direct(file)))
        })
    }

    /// The `.c` files in whose translation units a file takes part, itself if it is one that nobody includes; sorted,
    /// at most `limit` of them.
    #[must_use]
    pub fn units(&self, file: FileId, limit: usize) -> Vec<FileId> {
        let mut seen = vec![false; self.known.len()];
        let mut open = std::collections::VecDeque::from([file]);
        let mut units = Vec::new();
        while let Some(next) = open.pop_front() {
            let Some(first_time) = seen.get_mut(next.0 as usize) else {
                continue;
            };
            if std::mem::replace(first_time, true) {
                continue;
            }
            let includers = self.includers(next);
            // A line on the way up may mean another file for this unit.
            if includers.is_empty() && self.reaches(next, file) {
                units.push(next);
            }
            if units.len() == limit {
                break;
            }
            open.extend(includers);
        }
        units.sort_unstable();
        units
    }
}

impl std::fmt::Debug for Includes<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Includes").finish_non_exhaustive()
    }
}
