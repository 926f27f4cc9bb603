//! Fits the weights of a model to what happened: ridge logistic regression by Newton's method.
//!
//! Pure: the same observations in the same order give the same digits.

use crate::features::Features;

use super::trial::{self, Forecast, Trial};
use super::{Model, Provenance, Transform, Weight};

/// A change and how its back-out ended.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Observation {
    /// What was known on its day.
    pub features: Features,
    /// When it landed, seconds since 1970: what is older is fitted on, what is newer is tried on.
    pub landed: i64,
    /// Whether it still came out.
    pub clean: bool,
}

/// What a model is fitted for.
#[derive(Clone, Debug)]
pub struct Question {
    /// The model's name.
    pub name: String,
    /// Days after landing.
    pub horizon_days: u32,
    /// What was observed, and how.
    pub labels: String,
    /// Where.
    pub histories: String,
    /// The day of the fit, `YYYY-MM-DD`.
    pub fitted: String,
}

/// A fitted model and how its older part did on the newer one.
#[derive(Clone, Debug)]
pub struct Fitted {
    /// Fitted on everything.
    pub model: Model,
    /// The forecasts for the newest 30 % by a model of the older 70 %.
    pub held_out: Trial,
}

/// Too little to fit on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{observations} commits with a known outcome, {rarer} of the rarer one; a model needs {NEEDED} of each in the older 70 % and one of each after"
)]
pub struct TooFew {
    /// Commits whose outcome is known.
    pub observations: usize,
    /// Those of the rarer outcome.
    pub rarer: usize,
}

/// Observations of the rarer outcome for each weight below which a logistic regression is not to be trusted (Peduzzi et
/// al., J. Clin. Epidemiol. 1996), times the weights.
const NEEDED: usize = 10 * FEATURES.len();

/// The features that the shipped model weighs, and so those of every fitted one.
const FEATURES: [&str; 6] = [
    "lines_added",
    "hunks",
    "functions",
    "surface",
    "impact",
    "busiest_file_commits",
];

/// The penalty on squared weights, the baseline left out: what the shipped model was fitted with.
const RIDGE: f64 = 1.0;

/// Newton's method doubles the right digits a step: far more steps than it takes.
const STEPS: usize = 50;

/// Columns of the design: the baseline and the features.
const WIDTH: usize = FEATURES.len() + 1;

type Vector = [f64; WIDTH];
type Matrix = [Vector; WIDTH];

/// Fits a model; tries the same on the newest 30 % first.
///
/// # Errors
/// [`TooFew`].
pub fn of(observations: &[Observation], question: Question) -> Result<Fitted, TooFew> {
    let mut sorted = observations.to_vec();
    sorted.sort_by_key(|one| one.landed);
    let (older, newer) = sorted.split_at(sorted.len() * 7 / 10);
    let rarer = |part: &[Observation]| {
        let clean = part.iter().filter(|one| one.clean).count();
        clean.min(part.len() - clean)
    };
    let too_few = TooFew {
        observations: sorted.len(),
        rarer: rarer(&sorted),
    };
    if rarer(older) < NEEDED || rarer(newer) == 0 {
        return Err(too_few);
    }
    let forecasts: Vec<Forecast> = {
        let model = fitted(older, &question, String::new()).ok_or(too_few)?;
        newer.iter().map(|one| forecast(one, &model)).collect()
    };
    let held_out = trial::of(&forecasts).ok_or(too_few)?;
    let in_words = format!(
        "fitted on the older 70 %, tried on the newest 30 % ({} commits): AUC {:.3}, expected calibration error {:.3}, Brier {:.3}",
        held_out.forecasts,
        held_out.auc.unwrap_or(0.5),
        held_out.ece,
        held_out.brier
    );
    let model = fitted(&sorted, &question, in_words).ok_or(too_few)?;
    Ok(Fitted { model, held_out })
}

/// What a model says of an observation, beside what happened.
#[must_use]
pub fn forecast(observation: &Observation, model: &Model) -> Forecast {
    Forecast {
        probability: super::of(&observation.features, model).probability,
        happened: observation.clean,
    }
}

fn fitted(observations: &[Observation], question: &Question, held_out: String) -> Option<Model> {
    let transformed: Vec<(Vector, f64)> = observations.iter().map(row).collect();
    let count = f64::from(u32::try_from(observations.len()).ok()?);
    let mut centers = [0.0; WIDTH];
    for (row, _) in &transformed {
        for (center, value) in centers.iter_mut().zip(row) {
            *center += value / count;
        }
    }
    centers[0] = 0.0;
    let centers = centers.map(rounded);
    let design: Vec<(Vector, f64)> = transformed
        .into_iter()
        .map(|(row, clean)| (std::array::from_fn(|at| row[at] - centers[at]), clean))
        .collect();
    let (weights, covariance) = newton(&design)?;
    let features = FEATURES
        .iter()
        .zip(1..)
        .map(|(name, at): (_, usize)| Weight {
            name: (*name).to_owned(),
            transform: Transform::Log,
            center: centers[at],
            log_odds: rounded(weights[at]),
        });
    Some(Model {
        name: question.name.clone(),
        horizon_days: question.horizon_days,
        baseline: rounded(weights[0]),
        features: features.collect(),
        covariance: covariance.iter().map(|row| row.map(rounded).to_vec()).collect(),
        provenance: Provenance {
            labels: question.labels.clone(),
            histories: question.histories.clone(),
            method: "logistic regression on ln(1 + x) of each feature about its mean, ridge 1.0, by Newton's method"
                .to_owned(),
            held_out,
            fitted: question.fitted.clone(),
        },
    })
}

fn row(observation: &Observation) -> (Vector, f64) {
    let mut row = [1.0; WIDTH];
    for (cell, name) in row[1..].iter_mut().zip(FEATURES) {
        let value = observation.features.value(name).unwrap_or_default();
        *cell = Transform::Log.of(value);
    }
    (row, f64::from(u8::from(observation.clean)))
}

/// The weights that maximise the penalised likelihood, and the inverse of its curvature there; `None` where the steps
/// do not settle.
fn newton(design: &[(Vector, f64)]) -> Option<(Vector, Matrix)> {
    let mut weights = [0.0; WIDTH];
    for _ in 0..STEPS {
        let (gradient, curvature) = slope(design, &weights);
        let step = solve(curvature, gradient)?;
        for (weight, step) in weights.iter_mut().zip(step) {
            *weight += step;
        }
        if step.iter().all(|step| step.abs() < 1e-10) {
            let (_, curvature) = slope(design, &weights);
            return Some((weights, inverse(curvature)?));
        }
    }
    None
}

fn slope(design: &[(Vector, f64)], weights: &Vector) -> (Vector, Matrix) {
    let penalty = |at: usize| if at == 0 { 0.0 } else { RIDGE };
    let mut gradient: Vector = std::array::from_fn(|at| -penalty(at) * weights[at]);
    let mut curvature: Matrix = [[0.0; WIDTH]; WIDTH];
    for (at, row) in curvature.iter_mut().enumerate() {
        row[at] = penalty(at);
    }
    for (row, clean) in design {
        let log_odds: f64 = row.iter().zip(weights).map(|(x, w)| x * w).sum();
        let probability = super::logistic(log_odds);
        let spread = probability * (1.0 - probability);
        for (at, x) in row.iter().enumerate() {
            gradient[at] += x * (clean - probability);
            for (cell, other) in curvature[at].iter_mut().zip(row) {
                *cell += spread * x * other;
            }
        }
    }
    (gradient, curvature)
}

/// The solution of `matrix x = right` by Gaussian elimination with pivots; `None` where there is no single one.
fn solve(mut matrix: Matrix, mut right: Vector) -> Option<Vector> {
    for at in 0..WIDTH {
        let pivot = (at..WIDTH)
            .max_by(|one, other| matrix[*one][at].abs().total_cmp(&matrix[*other][at].abs()))?;
        matrix.swap(at, pivot);
        right.swap(at, pivot);
        let (row, value) = (matrix[at], right[at]);
        if row[at].abs() < 1e-12 {
            return None;
        }
        for below in at + 1..WIDTH {
            let factor = matrix[below][at] / row[at];
            for (cell, above) in matrix[below].iter_mut().zip(row) {
                *cell -= factor * above;
            }
            right[below] -= factor * value;
        }
    }
    let mut solution = [0.0; WIDTH];
    for at in (0..WIDTH).rev() {
        let known: f64 = (at + 1..WIDTH)
            .map(|next| matrix[at][next] * solution[next])
            .sum();
        solution[at] = (right[at] - known) / matrix[at][at];
    }
    Some(solution)
}

fn inverse(matrix: Matrix) -> Option<Matrix> {
    let mut columns = [[0.0; WIDTH]; WIDTH];
    for (at, column) in columns.iter_mut().enumerate() {
        let mut unit = [0.0; WIDTH];
        unit[at] = 1.0;
        *column = solve(matrix, unit)?;
    }
    // Symmetric, so its columns are its rows.
    Some(columns)
}

fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6 + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question() -> Question {
        Question {
            name: "own".to_owned(),
            horizon_days: 365,
            labels: String::new(),
            histories: String::new(),
            fitted: String::new(),
        }
    }

    /// Changes of 0 to 99 lines; the odds of coming out are 4 to 1 below 50 lines and 1 to 4 from there.
    fn observations(count: i64) -> Vec<Observation> {
        let observation = |at: i64| {
            let lines = u32::try_from(at * 37 % 100).unwrap();
            let is_usual = at * 7 % 5 != 0;
            Observation {
                features: Features {
                    lines_added: lines,
                    ..Features::default()
                },
                landed: at,
                clean: (lines < 50) == is_usual,
            }
        };
        (0..count).map(observation).collect()
    }

    #[test]
    fn a_fitted_model_can_be_read_again_and_tells_small_from_large() {
        let fitted = of(&observations(2000), question()).unwrap();
        let text = toml::to_string(&fitted.model).unwrap();
        let model = Model::from_toml(&text).unwrap();
        let probability = |lines_added| {
            let features = Features {
                lines_added,
                ..Features::default()
            };
            super::super::of(&features, &model).probability
        };
        assert!(probability(2) > 0.6 && probability(95) < 0.4);
        assert!(fitted.held_out.auc.unwrap() > 0.75, "{:?}", fitted.held_out);
    }

    #[test]
    fn a_fit_without_features_is_the_overall_frequency() {
        let same = observations(3000).into_iter().map(|one| Observation {
            features: Features::default(),
            ..one
        });
        let same: Vec<_> = same.collect();
        let clean = same.iter().filter(|one| one.clean).count();
        let model = of(&same, question()).unwrap().model;
        let expected = f64::from(u32::try_from(clean).unwrap()) / 3000.0;
        assert!((super::super::logistic(model.baseline) - expected).abs() < 1e-5);
    }

    #[test]
    fn too_few_commits_are_refused() {
        let error = of(&observations(100), question()).unwrap_err();
        assert_eq!(error.observations, 100);
    }

    #[test]
    fn a_system_is_solved_and_a_singular_one_is_not() {
        let mut matrix = [[0.0; WIDTH]; WIDTH];
        for (at, row) in matrix.iter_mut().enumerate() {
            row[WIDTH - 1 - at] = 2.0;
        }
        assert_eq!(solve(matrix, [2.0; WIDTH]), Some([1.0; WIDTH]));
        assert_eq!(solve([[1.0; WIDTH]; WIDTH], [1.0; WIDTH]), None);
    }
}
