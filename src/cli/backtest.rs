//! `backout backtest`: the forecasts of the score against what really happened.

use clap::{Args, ValueEnum};

use crate::report::backtest::BacktestReport;
use crate::score::fit;
use crate::score::trial;

use super::arguments::Common;
use super::calibrate::Observed;
use super::failure::Failure;
use super::{Answer, output};

const EXAMPLES: &str = "\
Examples:
  backout backtest v5.0.0..v6.0.0 --horizon 365d            did the changes of that time come out a year later?
  backout backtest v5.0.0..v6.0.0 --model own.toml          the same for a model of one's own
  backout backtest --all --sample 2000 --format json

Only commits whose horizon lies within HEAD's history count, and of those the ones that touch C.";

/// Arguments of `backout backtest`.
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct BacktestArguments {
    #[command(flatten)]
    observed: Observed,
    /// How to print it
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For a terminal
    Text,
    /// Schema backout/backtest@1
    Json,
}

pub(super) fn run(arguments: &BacktestArguments, common: &Common) -> Result<Answer, Failure> {
    let model = common.model()?;
    let observations = arguments.observed.read(common, &model)?;
    let forecasts: Vec<_> = observations
        .iter()
        .map(|one| fit::forecast(one, &model))
        .collect();
    let Some(trial) = trial::of(&forecasts) else {
        return Err(
            Failure::new("no commit of the range touches C and has reached its horizon")
                .hint("name an older range or a shorter --horizon"),
        );
    };
    let settings = (arguments.observed.horizon, arguments.observed.depth());
    let report = BacktestReport::new(arguments.observed.name(), model.name, settings, trial);
    output::print(&match arguments.format {
        Format::Text => report.text(),
        Format::Json => output::json(&report)?,
    })?;
    Ok(Answer::Yes)
}
