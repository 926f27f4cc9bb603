//! Many commits into rows: in parallel, in a stable order, to be interrupted and gone on with at any moment.
//!
//! A row says what `check` and `plan` say of the commit. Rows are computed in windows of consecutive commits, kept in a
//! journal beside the result as they come, and put into the result at the end. The bytes of the result depend neither on
//! the threads nor on the cache nor on how often the scan was interrupted. Prints nothing.

pub mod columns;
mod journal;
mod output;
mod plan;
mod threads;
pub mod value;
mod worker;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use crate::change::ObjectId;
use crate::git::{GitError, Repository};
use crate::load::LoadError;
use crate::load::backout::Depth;
use crate::load::input::Bench;
use crate::load::shelf::Origin;
use crate::score::fit::Observation;

use journal::{Found, Journal};
use output::Output;
use plan::Plan;
use value::Row;
use worker::Worker;

pub use plan::Shard;

/// Commits that one thread takes on at a time, and that the journal keeps together.
const WINDOW: usize = 16;

/// Which commits a scan is about; merges are left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commits {
    /// What `to` has and `from` has not.
    Range {
        /// The older end.
        from: ObjectId,
        /// The newer end.
        to: ObjectId,
    },
    /// All that `tip` reaches.
    All {
        /// The newest commit.
        tip: ObjectId,
    },
}

/// A moment at which every commit is backed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Horizon {
    /// What the names of its columns end in: `365d`, `at`.
    pub label: String,
    /// When that is.
    pub moment: Moment,
}

impl Horizon {
    /// So many days after landing; its columns end in `_365d` and the like.
    #[must_use]
    pub fn after(days: u32) -> Self {
        Self {
            label: format!("{days}d"),
            moment: Moment::Days(days),
        }
    }
}

/// When a commit is backed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// So many days after it landed, on HEAD's first-parent history.
    Days(u32),
    /// At one commit for all.
    At(ObjectId),
}

/// What to scan for, and how.
#[derive(Clone, Debug)]
pub struct Request<'a> {
    /// How single commits are analysed.
    pub bench: Bench<'a>,
    /// Which commits.
    pub commits: Commits,
    /// When to back each of them out.
    pub horizons: Vec<Horizon>,
    /// How far to go then.
    pub depth: Depth,
    /// The part of the commits to take; `None` for all.
    pub shard: Option<Shard>,
    /// At most so many commits, chosen by a stable hash.
    pub sample: Option<usize>,
}

/// How a scan went on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Progress {
    /// Rows that are kept.
    pub done: usize,
    /// Rows that will be there in the end.
    pub total: usize,
    /// Those of `done` that carry a reason instead of an analysis.
    pub failed: usize,
}

/// Whether what an interrupted scan left behind counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// From the beginning.
    Afresh,
    /// From where it stopped, if it was the same scan.
    Resume,
}

/// A scan that could not be finished.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ScanError {
    /// Git could not answer.
    #[error(transparent)]
    Git(#[from] GitError),
    /// The commits could not be read.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// An ending that stands for no format.
    #[error("cannot tell the format of {} from its name", path.display())]
    Format {
        /// As typed.
        path: PathBuf,
    },
    /// The result cannot be written.
    #[error("cannot write {}", path.display())]
    Output {
        /// As typed.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The journal cannot be read or written.
    #[error("cannot keep the rows of the scan")]
    Journal(#[from] io::Error),
    /// A journal that another scan left behind.
    #[error("{} belongs to another scan: other commits, settings or version", path.display())]
    OtherScan {
        /// The journal.
        path: PathBuf,
    },
    /// Nothing to scan.
    #[error("the range holds no commit to scan")]
    NoCommits,
}

impl ScanError {
    /// The next thing to try, if there is one.
    #[must_use]
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::Git(error) => error.hint(),
            Self::Load(error) => error.hint(),
            Self::Format { .. } if cfg!(feature = "parquet") => {
                Some("end it in .parquet, .jsonl or .csv".to_owned())
            }
            Self::Format { .. } => {
                Some("end it in .jsonl or .csv; this program was built without parquet".to_owned())
            }
            Self::OtherScan { .. } => {
                Some("leave --resume out to start afresh, or name another --out".to_owned())
            }
            Self::NoCommits => Some("ranges go from old to new; merges are no rows".to_owned()),
            Self::Output { .. } | Self::Journal(_) => None,
        }
    }
}

/// Scans into a file, and says how far it came; short of the total where `stop` was set, to be resumed later.
///
/// # Errors
/// [`ScanError`]; a commit that cannot be analysed is none, but a row with its reason.
pub fn to_file(
    repository: &Repository,
    request: &Request<'_>,
    out: (&Path, Start),
    stop: &AtomicBool,
    mut watch: impl FnMut(Progress),
) -> Result<Progress, ScanError> {
    let (path, start) = out;
    output::check(path)?;
    let plan = Plan::new(repository, request)?;
    let labels: Vec<String> = request
        .horizons
        .iter()
        .map(|horizon| horizon.label.clone())
        .collect();
    let columns = columns::all(&labels);
    let fingerprint = plan.fingerprint(request, &columns);
    let journal_path = Journal::beside(path);
    let mut journal = match start {
        Start::Afresh => Journal::create(&journal_path, fingerprint)?,
        Start::Resume => match Journal::open(&journal_path, fingerprint)? {
            Found::Same(journal) => journal,
            Found::Nothing => Journal::create(&journal_path, fingerprint)?,
            Found::Other => return Err(ScanError::OtherScan { path: journal_path }),
        },
    };
    let mut progress = Progress {
        total: plan.commits.len(),
        ..Progress::default()
    };
    journal.rows(|rows| {
        progress.add(rows);
        Ok::<(), ScanError>(())
    })?;
    watch(progress);
    rows(
        repository,
        request,
        &plan,
        journal.batches(),
        stop,
        |rows| {
            journal.append(&rows)?;
            progress.add(&rows);
            watch(progress);
            Ok(())
        },
    )?;
    request.bench.store.flush();
    if progress.done == progress.total {
        let mut output = Output::create(path, &columns)?;
        journal.rows(|rows| output.rows(rows))?;
        output.finish()?;
        journal.remove()?;
    }
    Ok(progress)
}

/// The commits in the order of a scan: as they landed, parents before children, merges left out.
///
/// # Errors
/// [`ScanError::NoCommits`], and what git cannot read.
pub fn in_order(repository: &Repository, commits: Commits) -> Result<Vec<ObjectId>, ScanError> {
    let (commits, _) = plan::ordered(repository, commits)?;
    Ok(commits.into_iter().map(|(_, commit)| commit).collect())
}

/// What is known of the commits whose outcome at the request's first horizon is known, those that touch no C left out; in
/// the order of the scan. `None` where `stop` was set.
///
/// # Errors
/// As [`to_file`].
pub fn observations(
    repository: &Repository,
    request: &Request<'_>,
    stop: &AtomicBool,
    mut watch: impl FnMut(Progress),
) -> Result<Option<Vec<Observation>>, ScanError> {
    let plan = Plan::new(repository, request)?;
    let mut progress = Progress {
        total: plan.commits.len(),
        ..Progress::default()
    };
    let mut observations = Vec::new();
    rows(repository, request, &plan, 0, stop, |rows| {
        observations.extend(rows.iter().filter_map(columns::observation));
        progress.add(&rows);
        watch(progress);
        Ok(())
    })?;
    request.bench.store.flush();
    Ok((progress.done == progress.total).then_some(observations))
}

/// Computes the windows from number `first` on and hands over the rows of each, in order.
fn rows(
    repository: &Repository,
    request: &Request<'_>,
    plan: &Plan,
    first: usize,
    stop: &AtomicBool,
    emit: impl FnMut(Vec<Row>) -> Result<(), ScanError>,
) -> Result<(), ScanError> {
    let directory = repository.git_directory();
    let origin = Origin::default();
    let windows: Vec<_> = plan.commits.chunks(WINDOW).skip(first).collect();
    let work = threads::Work {
        pieces: &windows,
        worker: &|| Worker::new(directory, request, (&plan.landings, &origin)),
        answer: &|worker: &mut Result<Worker<'_>, GitError>, window: &&[(usize, ObjectId)]| {
            let rows = window
                .iter()
                .map(|(position, commit)| worker::row(worker, request, *position, *commit));
            rows.collect()
        },
    };
    threads::in_order(&work, stop, emit)
}

impl Progress {
    fn add(&mut self, rows: &[Row]) {
        self.done += rows.len();
        self.failed += rows.iter().filter(|row| columns::has_failed(row)).count();
    }
}
