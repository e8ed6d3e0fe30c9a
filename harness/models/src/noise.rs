//! The standard deviations that theta stands for.

use crate::error::ModelError;
use crate::model::Model;
use crate::options::Noise;
use crate::sum::Sum;

/// Effective standard deviations of linear experts, refreshed from theta before each pass.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sigmas {
    /// Log of the effective standard deviation of each expert: `max(log sigma, log floor)`.
    pub(crate) log: Vec<f64>,
    /// `1 / sigma^2` of each expert.
    pub(crate) precision: Vec<f64>,
    /// Where in the noise block an expert's log sigma is; none where it is fixed, or held by the
    /// floor, where the likelihood does not depend on it.
    pub(crate) parameter: Vec<Option<usize>>,
}

impl Sigmas {
    pub(crate) fn new(experts: usize) -> Self {
        Self { log: vec![0.0; experts], precision: vec![1.0; experts], parameter: vec![None; experts] }
    }

    pub(crate) fn refresh(&mut self, model: &Model, theta: &[f64]) {
        let offset = model.shape().noise_offset();
        let floor = model.sigma_floor().ln();
        for expert in 0..model.experts() {
            let parameter = match model.noise() {
                Noise::Fixed => None,
                Noise::Shared => Some(0),
                Noise::PerExpert => Some(expert),
            };
            let (log, parameter) = match parameter {
                None => (model.sigma().ln(), None),
                Some(index) => {
                    let log = theta[offset + index];
                    // `log <= floor` and not its negation: NaN has to show in the likelihood.
                    if log <= floor { (floor, None) } else { (log, Some(index)) }
                }
            };
            self.log[expert] = log;
            self.precision[expert] = (-2.0 * log).exp();
            self.parameter[expert] = parameter;
        }
    }
}

/// Each expert's mass and weighted sum of squares, from which variances follow.
pub(crate) struct Moments {
    masses: Vec<Sum>,
    squares: Vec<Sum>,
}

impl Moments {
    pub(crate) fn new(experts: usize) -> Self {
        Self { masses: vec![Sum::default(); experts], squares: vec![Sum::default(); experts] }
    }

    pub(crate) fn clear(&mut self) {
        self.masses.fill(Sum::default());
        self.squares.fill(Sum::default());
    }

    pub(crate) fn add(&mut self, expert: usize, mass: f64, square: f64) {
        self.masses[expert].add(mass);
        self.squares[expert].add(square);
    }

    /// Writes the logs of the standard deviations, none below the floor. A shared variance sums
    /// over the experts and divides by the mass of all, n.
    pub(crate) fn log_sigmas(&self, model: &Model, noise: &mut [f64]) -> Result<(), ModelError> {
        let mut write = |index: usize, mass: f64, squares: f64, which: &dyn Fn() -> String| {
            let variance = squares / mass;
            // Zero is a perfect fit, which the floor is for.
            if !(mass > 0.0 && variance >= 0.0 && variance.is_finite()) {
                return Err(ModelError::Variance { which: which(), found: variance });
            }
            noise[index] = (0.5 * variance.ln()).max(model.sigma_floor().ln());
            Ok(())
        };
        if model.noise() == Noise::Shared {
            let total = |sums: &[Sum]| sums.iter().map(|sum| sum.value()).sum::<f64>();
            return write(0, total(&self.masses), total(&self.squares), &|| "all experts".to_owned());
        }
        for (expert, (mass, squares)) in self.masses.iter().zip(&self.squares).enumerate() {
            let which = || format!("expert {expert}");
            write(expert, mass.value(), squares.value(), &which)?;
        }
        Ok(())
    }
}
