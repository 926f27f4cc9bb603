//! `backout calibrate`: fits the score to a project's own history.

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::Ordering;

use clap::Args;

use crate::git::Repository;
use crate::graph::around::Limits;
use crate::load::backout::Depth;
use crate::load::input::Bench;
use crate::scan::{self, Horizon, Request};
use crate::score::Model;
use crate::score::fit::{self, Observation, Question};

use super::arguments::Common;
use super::failure::Failure;
use super::scan::{HowFar, Watcher, commits, days};
use super::{Answer, output};

const EXAMPLES: &str = "\
Examples:
  backout calibrate v5.0.0..v7.0.0 --out own.toml     fit on what became of those commits within a year
  backout calibrate --all --sample 3000 --out own.toml
  backout check --model own.toml HEAD                 and score with it

The newest 30 % are kept back and forecast by a model of the rest; how well that went is printed and kept in the file.";

/// Arguments of `backout calibrate`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct CalibrateArguments {
    #[command(flatten)]
    observed: Observed,
    /// The file to write the model to
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

/// The flags that name commits whose outcome is observed.
#[derive(Debug, Args)]
pub(super) struct Observed {
    /// The commits: what B has and A has not, merges left out
    #[arg(value_name = "A..B", required_unless_present = "all")]
    range: Option<String>,
    /// Every commit that HEAD reaches
    #[arg(long, conflicts_with = "range")]
    all: bool,
    /// When it is seen whether a commit still comes out: so many days after it landed
    #[arg(long, value_name = "DAYS", default_value = "365d", value_parser = days)]
    pub(super) horizon: u32,
    /// What counts as coming out: git's merge alone (text), or that the result builds as well
    #[arg(long, value_enum, default_value_t = HowFar::Text)]
    depth: HowFar,
    /// Take at most N commits, chosen by a hash of their ids
    #[arg(long, value_name = "N")]
    sample: Option<usize>,
}

impl Observed {
    /// The range in words.
    pub(super) fn name(&self) -> String {
        self.range.clone().unwrap_or_else(|| "all".to_owned())
    }

    pub(super) fn depth(&self) -> &'static str {
        Depth::from(self.depth).word()
    }

    /// Looks at every commit and at what became of it.
    pub(super) fn read(&self, common: &Common, model: &Model) -> Result<Vec<Observation>, Failure> {
        let repository = common.repository()?;
        let (store, policy) = (common.store(), common.policy(Some(&repository))?);
        let request = Request {
            bench: Bench {
                store: &store,
                policy: &policy,
                model,
                limits: Limits::default(),
                shelf: None,
            },
            commits: commits(self.range.as_deref(), &repository)?,
            horizons: vec![Horizon::after(self.horizon)],
            depth: self.depth.into(),
            shard: None,
            sample: self.sample,
        };
        let watcher = Watcher::new(common)?;
        let observed = scan::observations(&repository, &request, &watcher.stop, |progress| {
            watcher.show(progress)
        })?;
        watcher.bar.finish_and_clear();
        observed.ok_or_else(|| {
            debug_assert!(watcher.stop.load(Ordering::Relaxed));
            Failure::new("interrupted")
                .hint("what was found out is in the cache: the same command goes on from there")
        })
    }
}

pub(super) fn run(arguments: &CalibrateArguments, common: &Common) -> Result<Answer, Failure> {
    let repository = common.repository()?;
    let observations = arguments.observed.read(common, Model::shipped())?;
    let question = question(arguments, &repository, &observations);
    let fitted = fit::of(&observations, question).map_err(|too_few| {
        Failure::of(&too_few)
            .hint("name a longer range, a shorter --horizon, or keep to the shipped model")
    })?;
    let text = toml::to_string(&fitted.model).map_err(|error| Failure::of(&error))?;
    let out = arguments.out.display();
    fs::write(&arguments.out, text)
        .map_err(|error| Failure::new(format!("cannot write {out}: {error}")))?;
    output::print(&format!("{out}: {}\n", fitted.model.provenance.held_out))?;
    Ok(Answer::Yes)
}

fn question(
    arguments: &CalibrateArguments,
    repository: &Repository,
    observations: &[Observation],
) -> Question {
    let observed = &arguments.observed;
    let clean = observations.iter().filter(|one| one.clean).count();
    let day = |seconds: Option<i64>| {
        let time = seconds.and_then(|seconds| jiff::Timestamp::from_second(seconds).ok());
        time.map(|time| time.strftime("%Y-%m-%d").to_string())
            .unwrap_or_default()
    };
    let landed = || observations.iter().map(|one| one.landed);
    let name = arguments
        .out
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy();
    Question {
        name: name.into_owned(),
        horizon_days: observed.horizon,
        labels: format!(
            "the back-out of each commit on the mainline {} days after it landed, to depth {}: {clean} of {} still came out",
            observed.horizon,
            observed.depth(),
            observations.len()
        ),
        histories: format!(
            "{} {}, commits that touch C, landed {} to {}",
            repository.name(),
            observed.name(),
            day(landed().min()),
            day(landed().max())
        ),
        // The day that the newest outcome became known, not today's: the same history gives the same file.
        fitted: day(landed()
            .max()
            .map(|last| last + i64::from(observed.horizon) * 86_400)),
    }
}
