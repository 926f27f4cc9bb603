//! Which added file is which deleted one, as `git diff -M` and merge-ort pair them.
//!
//! Exact pairs first, then pairs of one file name that are 75 % alike, then the best of all pairs that are 50 % alike.
//! Likeness is git's estimate: the share of line hashes (in pieces of at most 64 bytes) that the larger file has from the
//! other. Only regular files pair inexactly. (Git's `diffcore-rename.c`, `diffcore-delta.c`.)

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::change::{Content, FileMode, ObjectId, hunks};
use crate::text::{FilePath, offset};

use super::objects::Weighed;
use super::trees::Leaf;
use super::{GitError, Repository};

/// Git's unit of likeness; half of it is the default threshold.
const FULL: u64 = 60_000;
const THRESHOLD: u64 = FULL / 2;
/// Files of one name need be this much alike: halfway between the threshold and the full score.
const SAME_NAME_THRESHOLD: u64 = THRESHOLD + (FULL - THRESHOLD) / 2;
/// Git keeps this many sources for a destination before it picks the best pairs.
const CANDIDATES: usize = 4;
/// How many equal sources git looks through for one of the same file name.
const EXACT_TRIES: usize = 100;
/// Span counts are remembered up to twice this many (8 bytes each).
const SPAN_MEMO: usize = 2 << 20;
/// The blob without bytes.
const EMPTY_BLOB: ObjectId = ObjectId([
    0xe6, 0x9d, 0xe2, 0x9b, 0xb2, 0xd1, 0xd6, 0x43, 0x4b, 0x8b, 0x29, 0xae, 0x77, 0x5a, 0xd8, 0xc2,
    0xe4, 0x8c, 0x53, 0x91,
]);

/// A deleted or added file.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) path: FilePath,
    pub(super) leaf: Leaf,
}

/// How a caller wants renames found.
pub(super) struct Rules<'a> {
    /// Whether two empty files may pair: yes for a diff, no for a merge.
    pub(super) empty_files: bool,
    /// More pairs than the square of this, and only exact renames and those of one name are found.
    pub(super) limit: usize,
    /// Which sources an inexact rename matters for, by index; all of them for a diff.
    pub(super) relevant: &'a dyn Fn(usize) -> bool,
}

/// What was found.
pub(super) struct Renames {
    /// (source, destination), by index, in order of destination; no index twice.
    pub(super) pairs: Vec<(usize, usize)>,
    /// Whether the limit kept some from being looked for.
    pub(super) limited: bool,
}

/// Pairs `sources` with `destinations`, both sorted by path.
pub(super) fn detect(
    repository: &Repository,
    sides: [&[Candidate]; 2],
    rules: &Rules<'_>,
) -> Result<Renames, GitError> {
    let mut search = Search {
        repository,
        sides,
        source_used: vec![false; sides[0].len()],
        found: vec![None; sides[1].len()],
    };
    search.exclude_empty(rules);
    search.exact();
    let limited = if search.is_done() {
        false
    } else {
        search.of_one_name(rules)?;
        search.alike(rules)?
    };
    let pairs = search.found.iter().enumerate();
    Ok(Renames {
        pairs: pairs
            .filter_map(|(destination, source)| Some(((*source)?, destination)))
            .filter(|(source, _)| *source != usize::MAX)
            .collect(),
        limited,
    })
}

struct Search<'a> {
    repository: &'a Repository,
    sides: [&'a [Candidate]; 2],
    source_used: Vec<bool>,
    /// For each destination its source; `usize::MAX` takes a destination out of the search.
    found: Vec<Option<usize>>,
}

#[derive(Clone, Copy)]
struct Scored {
    score: u64,
    same_name: bool,
    source: usize,
    destination: usize,
}

impl Search<'_> {
    fn is_done(&self) -> bool {
        self.source_used.iter().all(|used| *used) || self.found.iter().all(Option::is_some)
    }

    fn take(&mut self, source: usize, destination: usize) {
        self.source_used[source] = true;
        self.found[destination] = Some(source);
    }

    fn exclude_empty(&mut self, rules: &Rules<'_>) {
        if rules.empty_files {
            return;
        }
        for (used, source) in self.source_used.iter_mut().zip(self.sides[0]) {
            *used = source.leaf.id == EMPTY_BLOB;
        }
        for (found, destination) in self.found.iter_mut().zip(self.sides[1]) {
            *found = (destination.leaf.id == EMPTY_BLOB).then_some(usize::MAX);
        }
    }

    /// Equal blobs; among several sources the first unused one, of the same file name if there is one.
    fn exact(&mut self) {
        let mut by_blob: FxHashMap<ObjectId, Vec<usize>> = FxHashMap::default();
        for (at, source) in self.sides[0].iter().enumerate() {
            by_blob.entry(source.leaf.id).or_default().push(at);
        }
        for (at, destination) in self.sides[1].iter().enumerate() {
            let Some(sources) = by_blob.get(&destination.leaf.id) else {
                continue;
            };
            let open = |source: &&usize| {
                let leaf = self.sides[0][**source].leaf;
                !self.source_used[**source] && may_pair_exactly(leaf, destination.leaf)
            };
            let open: Vec<usize> = sources
                .iter()
                .filter(open)
                .take(EXACT_TRIES)
                .copied()
                .collect();
            let same_name = |source: &&usize| {
                self.sides[0][**source].path.file_name() == destination.path.file_name()
            };
            let best = open.iter().find(same_name).or(open.first());
            if let (Some(source), None) = (best, self.found[at]) {
                self.take(*source, at);
            }
        }
    }

    /// Files whose name is unique among what is left of both sides.
    fn of_one_name(&mut self, rules: &Rules<'_>) -> Result<(), GitError> {
        let unique = |side: &[Candidate], taken: &dyn Fn(usize) -> bool| {
            let mut names: BTreeMap<Vec<u8>, Option<usize>> = BTreeMap::new();
            for (at, file) in side.iter().enumerate().filter(|(at, _)| !taken(*at)) {
                let place = names.entry(file.path.file_name().to_vec());
                place.and_modify(|at| *at = None).or_insert(Some(at));
            }
            names
        };
        let sources = unique(self.sides[0], &|at| self.source_used[at]);
        let destinations = unique(self.sides[1], &|at| self.found[at].is_some());
        for (name, source) in &sources {
            let destination = destinations.get(name).copied().flatten();
            let (Some(source), Some(destination)) = (*source, destination) else {
                continue;
            };
            if (rules.relevant)(source)
                && self.likeness(source, destination, SAME_NAME_THRESHOLD)? >= SAME_NAME_THRESHOLD
            {
                self.take(source, destination);
            }
        }
        Ok(())
    }

    /// The best of all remaining pairs; says whether there were too many of them to look.
    fn alike(&mut self, rules: &Rules<'_>) -> Result<bool, GitError> {
        let sources: Vec<usize> = (0..self.sides[0].len())
            .filter(|at| !self.source_used[*at] && (rules.relevant)(*at))
            .collect();
        let destinations: Vec<usize> = (0..self.sides[1].len())
            .filter(|at| self.found[*at].is_none())
            .collect();
        if sources.len().saturating_mul(destinations.len())
            > rules.limit.saturating_mul(rules.limit)
        {
            return Ok(true);
        }
        let mut best = Vec::new();
        for destination in destinations {
            best.extend(self.best_sources(&sources, destination)?);
        }
        best.sort_by(|one, other| better(other, one));
        for pair in best {
            if !self.source_used[pair.source] && self.found[pair.destination].is_none() {
                self.take(pair.source, pair.destination);
            }
        }
        Ok(false)
    }

    fn best_sources(
        &mut self,
        sources: &[usize],
        destination: usize,
    ) -> Result<Vec<Scored>, GitError> {
        let mut best = Vec::with_capacity(CANDIDATES + 1);
        for &source in sources {
            let score = self.likeness(source, destination, THRESHOLD)?;
            if score < THRESHOLD {
                continue;
            }
            let same_name = self.sides[0][source].path.file_name()
                == self.sides[1][destination].path.file_name();
            best.push(Scored {
                score,
                same_name,
                source,
                destination,
            });
            best.sort_by(|one, other| better(other, one));
            best.truncate(CANDIDATES);
        }
        Ok(best)
    }

    fn likeness(
        &mut self,
        source: usize,
        destination: usize,
        threshold: u64,
    ) -> Result<u64, GitError> {
        let leaves = [self.sides[0][source].leaf, self.sides[1][destination].leaf];
        if !leaves.iter().all(|leaf| is_regular(leaf.mode)) {
            return Ok(0);
        }
        // Sizes are cheap to learn and rule most pairs out.
        let [one, other] = leaves.map(|leaf| self.repository.blob_size(leaf.id));
        let (Some(one), Some(other)) = (one?, other?) else {
            return Ok(0);
        };
        if too_far_apart(one, other, threshold) {
            return Ok(0);
        }
        let [one, other] = leaves.map(|leaf| self.repository.spans(leaf.id));
        Ok(match (one?, other?) {
            (Some(one), Some(other)) => one.likeness(&other),
            _ => 0,
        })
    }
}

impl Repository {
    /// The span counts of a blob, remembered; `None` where its content is not there or too large.
    fn spans(&self, id: ObjectId) -> Result<Option<Arc<Spans>>, GitError> {
        if let Some(spans) = self.memo.borrow_mut().spans.find(id, SPAN_MEMO) {
            return Ok(Some(spans));
        }
        let Content::Bytes(bytes) = self.blob(id)? else {
            return Ok(None);
        };
        let spans = Arc::new(Spans::of(&bytes));
        let mut memo = self.memo.borrow_mut();
        memo.spans.keep(id, &spans, SPAN_MEMO);
        Ok(Some(spans))
    }
}

/// Whether the sizes alone keep two files below a threshold.
fn too_far_apart(one: u64, other: u64, threshold: u64) -> bool {
    let larger = one.max(other);
    let apart = larger - one.min(other);
    larger * (FULL - threshold) < apart * FULL
}

fn better(one: &Scored, other: &Scored) -> std::cmp::Ordering {
    (one.score, one.same_name).cmp(&(other.score, other.same_name))
}

fn is_regular(mode: FileMode) -> bool {
    matches!(mode, FileMode::Regular | FileMode::Executable)
}

fn may_pair_exactly(source: Leaf, destination: Leaf) -> bool {
    is_regular(source.mode) && is_regular(destination.mode) || source.mode == destination.mode
}

/// A line is hashed in pieces of so many bytes.
const PIECE: usize = 64;

/// Git's hash of a piece.
fn hash(piece: &[u8]) -> u32 {
    let (mut low, mut high) = (0_u32, 0_u32);
    for &byte in piece {
        (low, high) = (
            ((low << 7) ^ (high >> 25)).wrapping_add(u32::from(byte)),
            (high << 7) ^ (low >> 25),
        );
    }
    low.wrapping_add(high.wrapping_mul(0x61)) % 107_927
}

/// The text without those before a line feed.
fn without_carriage_returns(text: &[u8]) -> Vec<u8> {
    let next = text.iter().skip(1).chain([&0]);
    let both = text.iter().zip(next);
    both.filter(|pair| *pair != (&b'\r', &b'\n'))
        .map(|(byte, _)| *byte)
        .collect()
}

/// How many bytes of a file hash to which value, sorted by value.
pub(super) struct Spans {
    size: u64,
    counts: Vec<(u32, u32)>,
}

impl Weighed for Spans {
    fn weight(&self) -> usize {
        self.counts.len()
    }
}

impl Spans {
    fn of(bytes: &[u8]) -> Self {
        let mut text = Cow::Borrowed(bytes);
        if !hunks::is_binary(bytes) && memchr::memmem::find(bytes, b"\r\n").is_some() {
            text = Cow::Owned(without_carriage_returns(bytes));
        }
        let mut counts = Vec::with_capacity(bytes.len() / 24);
        let mut start = 0;
        for end in memchr::memchr_iter(b'\n', &text)
            .map(|at| at + 1)
            .chain([text.len()])
        {
            let pieces = text[start..end].chunks(PIECE);
            counts.extend(pieces.map(|piece| (hash(piece), offset(piece.len()))));
            start = end;
        }
        counts.sort_unstable_by_key(|(hash, _)| *hash);
        counts.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        Self {
            size: bytes.len() as u64,
            counts,
        }
    }

    /// Of [`FULL`].
    fn likeness(&self, other: &Self) -> u64 {
        let larger = self.size.max(other.size);
        if other.size == 0 {
            return 0;
        }
        let mut copied = 0u64;
        let mut theirs = other.counts.iter().peekable();
        for (hash, count) in &self.counts {
            while theirs.next_if(|(other, _)| other < hash).is_some() {}
            if let Some((_, other)) = theirs.next_if(|(other, _)| other == hash) {
                copied += u64::from(*count.min(other));
            }
        }
        copied * FULL / larger
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_files_are_fully_alike_and_foreign_ones_not_at_all() {
        let one = Spans::of(b"int a;\nint b;\nint c;\n");
        assert_eq!(one.likeness(&one), FULL);
        let foreign = Spans::of(b"x\ny\nz\nx\ny\nz\nx\ny\nz\n");
        assert_eq!(one.likeness(&foreign), 0);
    }

    #[test]
    fn line_endings_do_not_make_files_differ() {
        let unix = Spans::of(b"int a;\nint b;\n");
        let dos = Spans::of(b"int a;\r\nint b;\r\n");
        assert!(unix.likeness(&dos) > FULL * 8 / 10);
    }
}
