//! The revertibility score: a calibrated probability and the reasons that add up to it.
//!
//! A logistic regression over the features of a change; the model is data (`data/*.toml`) with its provenance. Knows
//! nothing of how it was fitted; `fit` knows, and `trial` measures how good it was.

pub mod fit;
pub mod trial;

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::features::Features;

/// A logistic model of one outcome: `clean` after [`Model::horizon_days`].
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Model {
    /// Its name and version, as reports print it.
    pub name: String,
    /// Days after landing at which the outcome was observed.
    pub horizon_days: u32,
    /// Log-odds of a change whose features are all at their centres.
    pub baseline: f64,
    /// Where the numbers come from.
    pub provenance: Provenance,
    /// The features it reads, in the order in which contributions are printed.
    pub features: Vec<Weight>,
    /// Covariance of the estimates: baseline first, then the features in order.
    pub covariance: Vec<Vec<f64>>,
}

/// Where a model comes from, so that a reader can judge it.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// What was observed, and how.
    pub labels: String,
    /// Which histories, and how many changes of each.
    pub histories: String,
    /// How the weights were found.
    pub method: String,
    /// How well it did on changes it was not fitted on.
    pub held_out: String,
    /// The day it was fitted.
    pub fitted: String,
}

/// One feature's part in a model.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Weight {
    /// The feature's name, a field of [`Features`].
    pub name: String,
    /// What is done to its value before it is weighed.
    pub transform: Transform,
    /// The mean of the transformed value over the changes the model was fitted on.
    pub center: f64,
    /// Log-odds for each unit above the centre.
    pub log_odds: f64,
}

/// What is done to a feature's value before it is weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Transform {
    /// `ln(1 + x)`: the tenth line matters less than the first.
    Log,
    /// 1 where the value is above 0, else 0.
    Any,
}

impl Transform {
    fn of(self, value: u32) -> f64 {
        match self {
            Self::Log => f64::from(value).ln_1p(),
            Self::Any => f64::from(u8::from(value > 0)),
        }
    }
}

/// A model that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ModelError {
    /// Not TOML of the expected form.
    #[error("cannot read the score model")]
    Form(#[from] toml::de::Error),
    /// A feature that this version does not compute.
    #[error("the score model weighs \"{0}\", which is not a feature")]
    UnknownFeature(String),
    /// A covariance that does not fit the features.
    #[error(
        "the score model has {features} features and a covariance of {rows} rows; expected one more than features"
    )]
    Covariance {
        /// How many features.
        features: usize,
        /// How many rows.
        rows: usize,
    },
}

impl Model {
    /// Reads a model from TOML text.
    ///
    /// # Errors
    /// [`ModelError`], where the text is no model or speaks of features that are not computed.
    pub fn from_toml(text: &str) -> Result<Self, ModelError> {
        let model: Self = toml::from_str(text)?;
        if let Some(unknown) = model
            .features
            .iter()
            .find(|weight| Features::default().value(&weight.name).is_none())
        {
            return Err(ModelError::UnknownFeature(unknown.name.clone()));
        }
        let (features, rows) = (model.features.len(), model.covariance.len());
        if rows != features + 1 || model.covariance.iter().any(|row| row.len() != rows) {
            return Err(ModelError::Covariance { features, rows });
        }
        Ok(model)
    }

    /// The model that ships with this version.
    #[must_use]
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<Model> = LazyLock::new(|| {
            Model::from_toml(include_str!("data/first.toml"))
                .expect("a test reads the shipped model")
        });
        &SHIPPED
    }
}

/// One reason of a score.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Contribution {
    /// `baseline`, or the feature's name.
    pub feature: String,
    /// The feature's value; 1 for the baseline.
    pub value: u32,
    /// What it adds to the log-odds, rounded to three decimals.
    pub log_odds: f64,
}

/// How likely a change, alone, still backs out `clean` after the horizon, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct RevertScore {
    /// In `[0, 1]`; its logit is the sum of the contributions.
    pub probability: f64,
    /// The 90 % confidence interval of the estimate (Wald, on the log-odds), as probabilities. It says how well the
    /// model knows its mean for such changes, not how one change will fare.
    pub band: (f64, f64),
    /// Days after landing.
    pub horizon_days: u32,
    /// The model's name.
    pub model: String,
    /// `baseline` first, then the model's features in its order.
    pub contributions: Vec<Contribution>,
}

impl RevertScore {
    /// The probability in percent, rounded to one decimal.
    #[must_use]
    pub fn value(&self) -> f64 {
        (self.probability * 1000.0).round() / 10.0
    }
}

/// Scores a change.
///
/// The contributions are rounded first and the probability is computed from the rounded ones, so that whoever adds up
/// what is printed gets what is printed.
#[must_use]
pub fn of(features: &Features, model: &Model) -> RevertScore {
    let mut contributions = vec![Contribution {
        feature: "baseline".to_owned(),
        value: 1,
        log_odds: rounded(model.baseline),
    }];
    let mut deviations = vec![1.0];
    for weight in &model.features {
        let value = features.value(&weight.name).unwrap_or_default();
        let deviation = weight.transform.of(value) - weight.center;
        let log_odds = rounded(weight.log_odds * deviation);
        contributions.push(Contribution {
            feature: weight.name.clone(),
            value,
            log_odds,
        });
        deviations.push(deviation);
    }
    let log_odds: f64 = contributions.iter().map(|row| row.log_odds).sum();
    let margin = NINETY_PERCENT * standard_error(&deviations, &model.covariance);
    RevertScore {
        probability: logistic(log_odds),
        band: (logistic(log_odds - margin), logistic(log_odds + margin)),
        horizon_days: model.horizon_days,
        model: model.name.clone(),
        contributions,
    }
}

/// Standard deviations that hold 90 % of a normal distribution.
const NINETY_PERCENT: f64 = 1.644_853_6;

/// The standard error of a linear predictor: the square root of x' V x.
fn standard_error(x: &[f64], covariance: &[Vec<f64>]) -> f64 {
    let quadratic: f64 = x
        .iter()
        .zip(covariance)
        .map(|(xi, row)| xi * x.iter().zip(row).map(|(xj, v)| xj * v).sum::<f64>())
        .sum();
    quadratic.max(0.0).sqrt()
}

/// The inverse of the logit.
fn logistic(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

fn rounded(log_odds: f64) -> f64 {
    // Adding zero turns -0.0, which would be printed with its sign, into 0.0.
    (log_odds * 1000.0).round() / 1000.0 + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"
        name = "small"
        horizon_days = 365
        baseline = -0.5
        covariance = [[0.01, 0.0], [0.0, 0.04]]
        provenance = { labels = "", histories = "", method = "", held_out = "", fitted = "" }
        features = [{ name = "lines_added", transform = "log", center = 2.0, log_odds = -0.4 }]
    "#;

    #[test]
    fn the_contributions_add_up_to_the_logit() {
        let score = of(
            &Features {
                lines_added: 40,
                ..Features::default()
            },
            &Model::from_toml(SMALL).unwrap(),
        );
        let sum: f64 = score.contributions.iter().map(|row| row.log_odds).sum();
        let logit = (score.probability / (1.0 - score.probability)).ln();
        assert!((sum - logit).abs() < 1e-9, "{sum} {logit}");
        assert!(score.band.0 < score.probability && score.probability < score.band.1);
    }

    #[test]
    fn more_lines_are_never_easier_to_back_out_here() {
        let model = Model::from_toml(SMALL).unwrap();
        let probability = |lines_added| {
            of(
                &Features {
                    lines_added,
                    ..Features::default()
                },
                &model,
            )
            .probability
        };
        assert!(probability(10) > probability(11));
    }

    #[test]
    fn a_model_with_an_unknown_feature_is_refused() {
        let error = Model::from_toml(&SMALL.replace("lines_added", "lines_add")).unwrap_err();
        assert!(matches!(error, ModelError::UnknownFeature(name) if name == "lines_add"));
    }

    #[test]
    fn a_covariance_of_another_size_is_refused() {
        let error = Model::from_toml(&SMALL.replace("[0.0, 0.04]]", "[0.0, 0.04], [0.0, 0.0]]"))
            .unwrap_err();
        assert!(matches!(
            error,
            ModelError::Covariance {
                features: 1,
                rows: 3
            }
        ));
    }

    #[test]
    fn the_shipped_model_can_be_read() {
        assert!(!Model::shipped().features.is_empty());
    }
}
