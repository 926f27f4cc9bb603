//! One commit into its row, out of the cache where it was computed before.

use std::panic::{self, AssertUnwindSafe};
use std::path::Path;

use rustc_hash::FxHashMap;
use xxhash_rust::xxh3::xxh3_128;

use crate::cache::Space;
use crate::change::ObjectId;
use crate::git::{self, GitError, Landings, Repository};
use crate::load::backout::{self, Depth, PlanRequest, series};

use crate::load::input::Bench;
use crate::load::shelf::{Origin, Shelf};
use crate::load::{LoadError, changes};

use super::columns::{self, Found, Place};
use super::value::{Row, Value};
use super::{Moment, Request, plan};

const DAY: i64 = 86_400;

/// Cells of single commits; what they depend on is in their ids.
const ANALYSES: Space = Space {
    name: "scan-analyses",
    version: 1,
};
const OUTCOMES: Space = Space {
    name: "scan-outcomes",
    version: 1,
};

/// What a thread keeps from commit to commit.
pub(super) struct Worker<'a> {
    repository: Repository,
    landings: &'a Landings,
    shelf: Shelf<'a>,
    settings: u128,
    /// Which descriptions the policy reads as C: the outcomes depend on it.
    generated: u128,
    /// The last commit of what landed together, by landing; `None` where a commit landed alone.
    series: FxHashMap<ObjectId, Option<ObjectId>>,
}

impl<'a> Worker<'a> {
    pub(super) fn new(
        directory: &Path,
        request: &Request<'a>,
        (landings, origin): (&'a Landings, &'a Origin),
    ) -> Result<Self, GitError> {
        Ok(Self {
            repository: git::open(Some(directory))?,
            landings,
            shelf: Shelf::beside(request.bench.store, origin),
            settings: plan::settings(request),
            generated: xxh3_128(format!("{:?}", request.bench.policy.generated).as_bytes()),
            series: FxHashMap::default(),
        })
    }
}

/// The row of a commit. Whatever goes wrong with it stands in the row.
pub(super) fn row(
    worker: &mut Result<Worker<'_>, GitError>,
    request: &Request<'_>,
    position: usize,
    commit: ObjectId,
) -> Row {
    let mut place = Place {
        position,
        commit: commit.to_string(),
        landed: None,
        error: None,
    };
    let cells = match worker {
        Ok(worker) => {
            let landing = worker.landings.landing(commit);
            place.landed = landing.map(|(id, date)| (id.to_string(), date));
            // A fault of ours in one commit must not cost the others their rows.
            panic::catch_unwind(AssertUnwindSafe(|| worker.cells(request, commit))).unwrap_or_else(
                |_fault| Err("the analysis failed: a fault of this program".to_owned()),
            )
        }
        Err(error) => Err(in_words(error)),
    };
    let rest = cells.unwrap_or_else(|reason| {
        place.error = Some(reason);
        let outcomes = request.horizons.iter().flat_map(|_| columns::no_outcome());
        columns::no_analysis().into_iter().chain(outcomes).collect()
    });
    columns::place(&place).into_iter().chain(rest).collect()
}

impl Worker<'_> {
    fn cells(&mut self, request: &Request<'_>, commit: ObjectId) -> Result<Row, String> {
        let analysis = self
            .analysis(request, commit)
            .map_err(|error| in_words(&error))?;
        let mut row = analysis;
        for horizon in &request.horizons {
            let target = match horizon.moment {
                Moment::At(target) => Some(target),
                Moment::Days(days) => {
                    let landing = self.landings.landing(commit);
                    landing
                        .and_then(|(_, date)| self.landings.last_by(date + i64::from(days) * DAY))
                }
            };
            row.extend(match target {
                Some(target) => self
                    .outcome(request, commit, target)
                    .map_err(|error| in_words(&error))?,
                None => columns::no_outcome(),
            });
        }
        Ok(row)
    }

    fn analysis(&mut self, request: &Request<'_>, commit: ObjectId) -> Result<Row, LoadError> {
        let landed = self.landings.landed(commit).unwrap_or_default();
        let id = [&self.settings.to_le_bytes()[..], &commit.0, &landed.0].concat();
        self.kept(
            request,
            (ANALYSES, &id),
            columns::no_analysis().len(),
            |worker| {
                let change = changes::commit(commit, &worker.repository)?;
                let free = worker.is_free_of_series(commit)?;
                let bench = Bench {
                    shelf: Some(&worker.shelf),
                    ..request.bench
                };
                let analysis = bench.analysis_of(&change, free, &worker.repository)?;
                Ok(columns::analysis(&Found { change, analysis }))
            },
        )
    }

    fn outcome(
        &mut self,
        request: &Request<'_>,
        commit: ObjectId,
        target: ObjectId,
    ) -> Result<Row, LoadError> {
        let depth = [request.depth as u8];
        let sources = env!("BACKOUT_SOURCES").as_bytes();
        let generated = &self.generated.to_le_bytes();
        let id = [&commit.0[..], &target.0, &depth, sources, generated].concat();
        self.kept(
            request,
            (OUTCOMES, &id),
            columns::no_outcome().len(),
            |worker| {
                if request.depth != Depth::Text {
                    changes::commit(commit, &worker.repository)?;
                }
                let asked = PlanRequest {
                    commits: &[commit],
                    mainline: None,
                    target,
                    depth: request.depth,
                    generated: &request.bench.policy.generated,
                };
                let answer = backout::plan(&worker.repository, request.bench.store, asked)?;
                Ok(columns::outcome(&answer))
            },
        )
    }

    /// Cells out of the cache, or computed and kept.
    fn kept(
        &mut self,
        request: &Request<'_>,
        (space, id): (Space, &[u8]),
        length: usize,
        compute: impl FnOnce(&mut Self) -> Result<Row, LoadError>,
    ) -> Result<Row, LoadError> {
        let store = request.bench.store;
        let kept = store.record(space, id);
        let kept = kept.and_then(|bytes| postcard::from_bytes::<Vec<Value>>(&bytes).ok());
        if let Some(cells) = kept.filter(|cells| cells.len() == length) {
            return Ok(cells);
        }
        let cells = compute(self)?;
        if let Ok(bytes) = postcard::to_stdvec(&cells) {
            store.put(space, id, bytes);
        }
        Ok(cells)
    }

    /// As `check` has it: whether the commit comes out at the end of what landed together with it.
    fn is_free_of_series(&mut self, commit: ObjectId) -> Result<Option<bool>, GitError> {
        let Some(landed) = self.landings.landed(commit) else {
            return Ok(None);
        };
        let last = match self.series.get(&landed) {
            Some(last) => *last,
            None => {
                let series = self.repository.landed_with(landed)?;
                let last = series.last().copied().filter(|_| series.len() > 1);
                self.series.insert(landed, last);
                last
            }
        };
        last.map(|last| series::is_free_at(&self.repository, commit, last))
            .transpose()
    }
}

/// An error and its causes on one line.
fn in_words(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(Some(error), |error| error.source());
    causes
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(": ")
}
