//! How good forecasts were: discrimination, calibration, and the table that shows both.

use serde::Serialize;

/// A forecast and what happened.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Forecast {
    /// The probability that was given, in `[0, 1]`.
    pub probability: f64,
    /// Whether it came true.
    pub happened: bool,
}

/// How good a set of forecasts was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trial {
    /// How many forecasts.
    pub forecasts: usize,
    /// How many came true.
    pub happened: usize,
    /// The probability that of one that came true and one that did not, the former had the higher forecast; ties count
    /// half. `None` where all ended alike.
    pub auc: Option<f64>,
    /// The mean difference between forecast and frequency over the bins, weighted by their sizes (expected calibration
    /// error).
    pub ece: f64,
    /// The mean squared error of the forecasts.
    pub brier: f64,
    /// The same for whoever always says the overall frequency.
    pub brier_of_frequency: f64,
    /// About ten bins of about equal size, lowest forecasts first; equal forecasts are in one bin.
    pub reliability: Vec<Bin>,
}

/// Forecasts of about the same height.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Bin {
    /// How many.
    pub forecasts: usize,
    /// The lowest of them.
    pub low: f64,
    /// The highest of them.
    pub high: f64,
    /// Their mean.
    pub forecast: f64,
    /// The share that came true.
    pub frequency: f64,
}

/// Bins of a reliability table.
const BINS: usize = 10;

/// Measures forecasts against what happened; rounded to six decimals. `None` where there are none.
#[must_use]
pub fn of(forecasts: &[Forecast]) -> Option<Trial> {
    let mut sorted = forecasts.to_vec();
    sorted.sort_by(|one, other| one.probability.total_cmp(&other.probability));
    let happened = sorted.iter().filter(|one| one.happened).count();
    let overall = mean(sorted.iter().map(outcome))?;
    let reliability = bins(&sorted);
    let error = |bin: &Bin| (bin.forecast - bin.frequency).abs() * count(bin.forecasts);
    let squared = |forecast: f64, one: &Forecast| (forecast - outcome(one)).powi(2);
    Some(Trial {
        forecasts: sorted.len(),
        happened,
        auc: auc(&sorted).map(rounded),
        ece: rounded(reliability.iter().map(error).sum::<f64>() / count(sorted.len())),
        brier: rounded(mean(
            sorted.iter().map(|one| squared(one.probability, one)),
        )?),
        brier_of_frequency: rounded(mean(sorted.iter().map(|one| squared(overall, one)))?),
        reliability: reliability.into_iter().map(Bin::rounded).collect(),
    })
}

impl Bin {
    fn rounded(self) -> Self {
        Self {
            low: rounded(self.low),
            high: rounded(self.high),
            forecast: rounded(self.forecast),
            frequency: rounded(self.frequency),
            ..self
        }
    }
}

fn bins(sorted: &[Forecast]) -> Vec<Bin> {
    let size = sorted.len().div_ceil(BINS);
    let (mut bins, mut rest) = (Vec::new(), sorted);
    while let Some(edge) = rest.get(size.min(rest.len()).saturating_sub(1)) {
        let end = rest.partition_point(|one| one.probability.total_cmp(&edge.probability).is_le());
        let (full, after) = rest.split_at(end);
        bins.extend(bin(full));
        rest = after;
    }
    bins
}

fn bin(forecasts: &[Forecast]) -> Option<Bin> {
    Some(Bin {
        forecasts: forecasts.len(),
        low: forecasts.first()?.probability,
        high: forecasts.last()?.probability,
        forecast: mean(forecasts.iter().map(|one| one.probability))?,
        frequency: mean(forecasts.iter().map(outcome))?,
    })
}

/// The Mann-Whitney statistic over sorted forecasts, as a share.
fn auc(sorted: &[Forecast]) -> Option<f64> {
    let (mut below, mut wins) = (0.0, 0.0);
    for tied in sorted.chunk_by(|one, other| one.probability.total_cmp(&other.probability).is_eq())
    {
        let came_true = count(tied.iter().filter(|one| one.happened).count());
        let came_false = count(tied.len()) - came_true;
        wins += came_true * (below + came_false / 2.0);
        below += came_false;
    }
    let came_true = count(sorted.len()) - below;
    (below > 0.0 && came_true > 0.0).then(|| wins / (below * came_true))
}

fn outcome(one: &Forecast) -> f64 {
    f64::from(u8::from(one.happened))
}

fn mean(values: impl ExactSizeIterator<Item = f64>) -> Option<f64> {
    let length = values.len();
    (length > 0).then(|| values.sum::<f64>() / count(length))
}

fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6 + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn forecasts(pairs: &[(f64, bool)]) -> Vec<Forecast> {
        let forecast = |(probability, happened): &(f64, bool)| Forecast {
            probability: *probability,
            happened: *happened,
        };
        pairs.iter().map(forecast).collect()
    }

    #[test]
    fn the_auc_is_the_share_of_pairs_in_the_right_order() {
        // Of the four pairs (true, false) two are right, one is tied, one is wrong.
        let trial = of(&forecasts(&[
            (0.9, true),
            (0.4, true),
            (0.4, false),
            (0.6, false),
        ]))
        .unwrap();
        assert_eq!(trial.auc, Some(0.625));
    }

    #[test]
    fn forecasts_that_all_ended_alike_have_no_auc() {
        assert_eq!(
            of(&forecasts(&[(0.9, true), (0.4, true)])).unwrap().auc,
            None
        );
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn calibrated_forecasts_have_no_error_and_biased_ones_have_their_bias() {
        let fair: Vec<_> = (0..1000).map(|at| (0.3, at % 10 < 3)).collect();
        let trial = of(&forecasts(&fair)).unwrap();
        assert!((trial.brier - 0.21).abs() < 1e-9, "{trial:?}");
        assert_eq!((trial.reliability.len(), trial.ece), (1, 0.0));
        let levels: Vec<_> = (0..1000)
            .map(|at| {
                let level = at / 100;
                (f64::from(level) / 10.0 + 0.05, at % 100 < 10 * level + 5)
            })
            .collect();
        assert!(of(&forecasts(&levels)).unwrap().ece < 1e-9);
        let shifted: Vec<_> = levels
            .iter()
            .map(|(p, happened)| (p * 0.5, *happened))
            .collect();
        assert!((of(&forecasts(&shifted)).unwrap().ece - 0.25).abs() < 1e-9);
    }
}
