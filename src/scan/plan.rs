//! Which commits a scan is about, in which order, and when each of them landed.

use rustc_hash::FxHashSet;
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use crate::change::ObjectId;
use crate::git::{GitError, Landings, Repository};

use super::value::Column;
use super::{Commits, Request, ScanError};

/// How wrong committers' clocks may be, in seconds: a week.
const SKEW: i64 = 7 * 86_400;

/// The part of a scan that one of several machines takes: commits fall to parts by a hash of their ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    pub number: u64,
    /// How many there are.
    pub of: u64,
}

impl Shard {
    fn holds(self, commit: ObjectId) -> bool {
        xxh3_64(&commit.0) % self.of == self.number - 1
    }
}

/// The commits of a scan.
pub(super) struct Plan {
    /// With their positions among those of all shards; in the order in which they landed, parents before children.
    pub(super) commits: Vec<(usize, ObjectId)>,
    pub(super) landings: Landings,
}

/// The commits with their positions, merges left out, and when they landed.
pub(super) fn ordered(
    repository: &Repository,
    commits: Commits,
) -> Result<(Vec<(usize, ObjectId)>, Landings), ScanError> {
    let (tip, chosen) = match commits {
        Commits::Range { from, to } => (to, repository.history(&[to], &[from])?),
        Commits::All { tip } => (tip, repository.history(&[tip], &[])?),
    };
    let mut since = i64::MAX;
    for commit in &chosen {
        since = since.min(repository.commit(*commit)?.committed);
    }
    let head = match repository.resolve("HEAD") {
        Ok(head) => Some(head),
        Err(GitError::NoCommitYet | GitError::UnknownRevision { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    let landings = repository.landings(head, &[tip], since.saturating_sub(SKEW))?;
    let chosen: FxHashSet<ObjectId> = chosen.into_iter().collect();
    let mut commits = Vec::new();
    for commit in landings.order() {
        if chosen.contains(commit) && repository.commit(*commit)?.parents.len() < 2 {
            commits.push((commits.len(), *commit));
        }
    }
    if commits.is_empty() {
        return Err(ScanError::NoCommits);
    }
    Ok((commits, landings))
}

impl Plan {
    pub(super) fn new(repository: &Repository, request: &Request<'_>) -> Result<Self, ScanError> {
        let (mut commits, landings) = ordered(repository, request.commits)?;
        if let Some(shard) = request.shard {
            commits.retain(|(_, commit)| shard.holds(*commit));
        }
        if let Some(count) = request.sample {
            commits.sort_by_key(|(_, commit)| xxh3_64(&commit.0));
            commits.truncate(count);
            commits.sort_unstable();
        }
        Ok(Self { commits, landings })
    }

    /// What tells this scan from every other one.
    pub(super) fn fingerprint(&self, request: &Request<'_>, columns: &[Column]) -> u128 {
        let mut bytes = settings(request).to_le_bytes().to_vec();
        for column in columns {
            bytes.extend_from_slice(column.name.as_bytes());
            bytes.push(0);
        }
        for (position, commit) in &self.commits {
            bytes.extend_from_slice(&position.to_le_bytes());
            bytes.extend_from_slice(&commit.0);
        }
        bytes.extend_from_slice(format!("{:?} {:?}", request.horizons, request.depth).as_bytes());
        xxh3_128(&bytes)
    }
}

/// What an analysis depends on besides the commit and the day it landed: policy, model, limits and this program.
pub(super) fn settings(request: &Request<'_>) -> u128 {
    let bench = &request.bench;
    let text = format!(
        "{} {:?} {:?} {:?}",
        env!("BACKOUT_SOURCES"),
        bench.policy,
        bench.model,
        bench.limits
    );
    xxh3_128(text.as_bytes())
}
