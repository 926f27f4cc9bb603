//! `backout scan`: one row a commit, for whole histories.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use crate::git::{Repository, Selection};
use crate::graph::around::Limits;
use crate::load::backout::Depth;
use crate::load::input::Bench;
use crate::scan::{self, Commits, Horizon, Moment, Progress, Request, Shard, Start, columns};

use super::arguments::Common;
use super::failure::Failure;
use super::{Answer, output};

const EXAMPLES: &str = "\
Examples:
  backout scan v8.2.0..v9.0.0 --out rows.parquet          one row a commit
  backout scan --all --horizon 30d,365d --out rows.jsonl  and how each would have come out after a month and a year
  backout scan v8.2.0..HEAD --at HEAD --depth text --out rows.csv
  backout scan --all --out rows.parquet --resume          go on where an interrupted scan stopped
  backout scan --all --shard 3/16 --out part-3.parquet    one of sixteen parts, on a machine of its own
  backout scan --columns                                  what the columns mean

Exit code: 0 every row is written (a commit that cannot be analysed is a row with its reason), 2 otherwise.";

/// Arguments of `backout scan`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ScanArguments {
    /// The commits: what B has and A has not, merges left out
    #[arg(value_name = "A..B", required_unless_present_any = ["all", "columns"])]
    range: Option<String>,
    /// Every commit that HEAD reaches
    #[arg(long, conflicts_with = "range")]
    all: bool,
    /// The file to write; its ending says how: .parquet, .jsonl or .csv
    #[arg(long, value_name = "FILE", required_unless_present = "columns")]
    out: Option<PathBuf>,
    /// Back each commit out so many days after it landed as well
    #[arg(long, value_name = "DAYS", value_delimiter = ',', value_parser = days)]
    horizon: Vec<u32>,
    /// Back each commit out at this revision as well
    #[arg(long, value_name = "T")]
    at: Option<String>,
    /// How far to go when backing out; each step costs more than the one before
    #[arg(long, value_enum, default_value_t = HowFar::Cascade)]
    depth: HowFar,
    /// Go on where an interrupted scan of the same stopped
    #[arg(long)]
    resume: bool,
    /// Take the I-th of N parts of the commits, chosen by a hash of their ids
    #[arg(long, value_name = "I/N", value_parser = shard)]
    shard: Option<Shard>,
    /// Take at most N commits, chosen by a hash of their ids
    #[arg(long, value_name = "N")]
    sample: Option<usize>,
    /// Print what the columns mean, and scan nothing
    #[arg(long, conflicts_with_all = ["out", "resume", "shard", "sample"])]
    columns: bool,
}

/// [`Depth`] as the user says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum HowFar {
    /// What git's merge says
    Text,
    /// And what would no longer compile or link
    Build,
    /// And which later commits have to go along
    Cascade,
}

impl From<HowFar> for Depth {
    fn from(how_far: HowFar) -> Self {
        match how_far {
            HowFar::Text => Self::Text,
            HowFar::Build => Self::Build,
            HowFar::Cascade => Self::Cascade,
        }
    }
}

/// `365d` or `365`.
pub(super) fn days(argument: &str) -> Result<u32, String> {
    let digits = argument.strip_suffix('d').unwrap_or(argument);
    digits
        .parse()
        .map_err(|_not_a_number| "expected days, such as 365d".to_owned())
}

fn shard(argument: &str) -> Result<Shard, String> {
    let parts = argument.split_once('/');
    let parsed = parts.and_then(|(number, of)| Some((number.parse().ok()?, of.parse().ok()?)));
    match parsed {
        Some((number, of)) if (1..=of).contains(&number) => Ok(Shard { number, of }),
        _ => Err("expected I/N with I from 1 to N, such as 3/16".to_owned()),
    }
}

pub(super) fn run(arguments: &ScanArguments, common: &Common) -> Result<Answer, Failure> {
    if arguments.columns {
        output::print(&described(&horizons_asked(arguments, None)))?;
        return Ok(Answer::Yes);
    }
    let repository = common.repository()?;
    let (store, policy) = (common.store(), common.policy(Some(&repository))?);
    let model = common.model()?;
    let at = arguments.at.as_ref();
    let at = at
        .map(|revision| repository.resolve(revision))
        .transpose()?;
    let request = Request {
        bench: Bench {
            store: &store,
            policy: &policy,
            model: &model,
            limits: Limits::default(),
            shelf: None,
        },
        commits: commits(arguments.range.as_deref(), &repository)?,
        horizons: horizons_asked(arguments, at),
        depth: arguments.depth.into(),
        shard: arguments.shard,
        sample: arguments.sample,
    };
    let Some(out) = &arguments.out else {
        return Err(Failure::new("--out is missing").hint("name a file to write"));
    };
    let start = if arguments.resume {
        Start::Resume
    } else {
        Start::Afresh
    };
    let watcher = Watcher::new(common)?;
    let progress = scan::to_file(
        &repository,
        &request,
        (out, start),
        &watcher.stop,
        |progress| {
            watcher.show(progress);
        },
    )?;
    watcher.bar.finish_and_clear();
    let Progress {
        done,
        total,
        failed,
    } = progress;
    if done < total {
        return Err(
            Failure::new(format!("interrupted: {done} of {total} rows are kept"))
                .hint("the same command with --resume goes on from there"),
        );
    }
    if !common.quiet {
        let shown = out.display();
        eprintln!("{shown}: {total} rows, {failed} of them with a reason why there is no analysis");
    }
    Ok(Answer::Yes)
}

/// The commits of a range; all that HEAD reaches where none was named.
pub(super) fn commits(range: Option<&str>, repository: &Repository) -> Result<Commits, Failure> {
    let Some(range) = range else {
        let tip = repository.resolve("HEAD")?;
        return Ok(Commits::All { tip });
    };
    match repository.select(range)? {
        Selection::Range { from, to } => Ok(Commits::Range { from, to }),
        Selection::Commit(_) => Err(Failure::new(format!("{range} is no range"))
            .hint(format!("say {range}..HEAD, {range}^..{range} or --all"))),
    }
}

fn horizons_asked(arguments: &ScanArguments, at: Option<crate::change::ObjectId>) -> Vec<Horizon> {
    let mut days = arguments.horizon.clone();
    days.sort_unstable();
    days.dedup();
    let mut horizons: Vec<_> = days.into_iter().map(Horizon::after).collect();
    let moment = at.map(Moment::At);
    horizons.extend(moment.map(|moment| Horizon {
        label: "at".to_owned(),
        moment,
    }));
    horizons
}

fn described(horizons: &[Horizon]) -> String {
    let labels = match horizons {
        [] => vec!["365d".to_owned()],
        horizons => horizons
            .iter()
            .map(|horizon| horizon.label.clone())
            .collect(),
    };
    let rows = columns::all(&labels);
    let lines = rows.iter().map(|column| {
        format!(
            "{}\t{}\t{}\n",
            column.name,
            column.kind.word(),
            column.about
        )
    });
    lines.collect()
}

/// Shows how far a scan is, and hears Ctrl-C.
pub(super) struct Watcher {
    pub(super) stop: Arc<AtomicBool>,
    pub(super) bar: ProgressBar,
}

impl Watcher {
    /// A bar on a terminal, nothing in a pipe. The first Ctrl-C lets what is under way finish, the second ends at once.
    pub(super) fn new(common: &Common) -> Result<Self, Failure> {
        let stop = Arc::new(AtomicBool::new(false));
        let heard = Arc::clone(&stop);
        ctrlc::set_handler(move || {
            if heard.swap(true, Ordering::Relaxed) {
                std::process::exit(130);
            }
        })
        .map_err(|error| Failure::new(format!("cannot listen for Ctrl-C: {error}")))?;
        let bar = if common.quiet {
            ProgressBar::hidden()
        } else {
            ProgressBar::new(0)
        };
        let style =
            ProgressStyle::with_template("{wide_bar} {pos}/{len} commits, {per_sec}, {eta} left");
        bar.set_style(style.unwrap_or_else(|_unknown_key| ProgressStyle::default_bar()));
        Ok(Self { stop, bar })
    }

    pub(super) fn show(&self, progress: Progress) {
        self.bar.set_length(progress.total as u64);
        if self.bar.position() == 0 && progress.done > 0 {
            // What an earlier run left behind does not count into the rate.
            self.bar.reset_eta();
        }
        self.bar.set_position(progress.done as u64);
    }
}
