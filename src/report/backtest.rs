//! The answer of `backtest` as data (`backout/backtest@1`) and as text: forecasts beside what happened.

use std::fmt::Write;

use serde::Serialize;

use crate::score::trial::Trial;

use super::schema;

/// How good the forecasts of a model were on a range.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BacktestReport {
    schema: &'static str,
    /// The range as typed; `all` for the whole history.
    pub range: String,
    /// The model's name.
    pub model: String,
    /// Days after landing at which the outcome was observed.
    pub horizon_days: u32,
    /// How far the back-outs went: `text`, `build` or `cascade`.
    pub depth: &'static str,
    /// The measures; a forecast says that a change still comes out.
    pub trial: Trial,
}

impl BacktestReport {
    /// The measures under their schema.
    #[must_use]
    pub fn new(
        range: String,
        model: String,
        (horizon_days, depth): (u32, &'static str),
        trial: Trial,
    ) -> Self {
        Self {
            schema: schema::BACKTEST,
            range,
            model,
            horizon_days,
            depth,
            trial,
        }
    }

    /// The page for a terminal.
    #[must_use]
    pub fn text(&self) -> String {
        let trial = &self.trial;
        let auc = trial
            .auc
            .map_or_else(|| "unknown".to_owned(), |auc| format!("{auc:.3}"));
        let mut page = format!(
            "{}: {} commits, {} of them still came out after {} days (depth {}); model {}\n\n  AUC {auc}  ECE {:.3}  Brier {:.3} (always the frequency: {:.3})\n\n",
            self.range,
            trial.forecasts,
            trial.happened,
            self.horizon_days,
            self.depth,
            self.model,
            trial.ece,
            trial.brier,
            trial.brier_of_frequency
        );
        page.push_str("  forecast         mean  came out  commits\n");
        for bin in &trial.reliability {
            // Writing to a string cannot fail.
            let _ = writeln!(
                page,
                "  {:.3} to {:.3}   {:.3}     {:.3}  {:7}",
                bin.low, bin.high, bin.forecast, bin.frequency, bin.forecasts
            );
        }
        page
    }
}
