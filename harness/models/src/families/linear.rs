//! Linear experts (MoLinE): `y ~ N(b_z, sigma_z^2)` with `b_z = x' beta_z`.
//!
//! With `e_z = y - b_z` the residual of `b_z` is `-r_z e_z / sigma_z^2`, that of `log sigma_z` is
//! `r_z (1 - e_z^2 / sigma_z^2)`.

use super::{Experts, HALF_LOG_TWO_PI, Prediction};
use crate::noise::Sigmas;
use crate::sum::dot;

/// Targets of the rows, and the experts' standard deviations.
pub(crate) struct Linear<'a> {
    pub(crate) y: &'a [f64],
    pub(crate) sigmas: &'a Sigmas,
}

impl Linear<'_> {
    fn noise_direction(&self, expert: usize, noise_direction: &[f64]) -> f64 {
        self.sigmas.parameter[expert].map_or(0.0, |index| noise_direction[index])
    }
}

impl Experts for Linear<'_> {
    fn log_densities(&self, row: usize, logits: &mut [f64], log_density: &mut [f64]) {
        for (expert, (target, b)) in log_density.iter_mut().zip(logits).enumerate() {
            let e = self.y[row] - *b;
            let scaled = 0.5 * e * e * self.sigmas.precision[expert];
            *target = -HALF_LOG_TWO_PI - self.sigmas.log[expert] - scaled;
        }
    }

    fn log_density_changes(
        &self,
        row: usize,
        logits: &[f64],
        direction: &[f64],
        noise_direction: &[f64],
        change: &mut [f64],
    ) {
        for (expert, target) in change.iter_mut().enumerate() {
            let e = self.y[row] - logits[expert];
            let precision = self.sigmas.precision[expert];
            let ds = self.noise_direction(expert, noise_direction);
            *target += e * precision * direction[expert] + (e * e * precision - 1.0) * ds;
        }
    }

    fn residual_changes(
        &self,
        row: usize,
        logits: &[f64],
        direction: &mut [f64],
        noise_direction: &[f64],
        r: &[f64],
        r_change: &[f64],
        noise: &mut [f64],
    ) {
        for (expert, db) in direction.iter_mut().enumerate() {
            let e = self.y[row] - logits[expert];
            let precision = self.sigmas.precision[expert];
            let ds = self.noise_direction(expert, noise_direction);
            let (r, dr) = (r[expert], r_change[expert]);
            if let Some(index) = self.sigmas.parameter[expert] {
                noise[index] += dr * (1.0 - e * e * precision) + 2.0 * r * precision * e * (*db + e * ds);
            }
            *db = precision * (r * *db - dr * e + 2.0 * r * e * ds);
        }
    }

    /// Over the model's own y, `e_z` has mean 0 and variance `sigma_z^2`.
    fn model_changes(
        &self,
        _row: usize,
        _logits: &[f64],
        direction: &mut [f64],
        noise_direction: &[f64],
        pi: &[f64],
        _no_change: &[f64],
        noise: &mut [f64],
    ) {
        for (expert, db) in direction.iter_mut().enumerate() {
            *db *= pi[expert] * self.sigmas.precision[expert];
            if let Some(index) = self.sigmas.parameter[expert] {
                noise[index] += 2.0 * pi[expert] * noise_direction[index];
            }
        }
    }

    fn em_targets(&self, row: usize, r: &[f64], targets: &mut [f64]) {
        for (target, r) in targets.iter_mut().zip(r) {
            *target = r * self.y[row];
        }
    }

    /// Means of the first moments about the old means: `E[1{z} (y - b_z)]` is zero under the model
    /// and `r_z e_z` given y, so the step leaves `eta r_z e_z`.
    fn mirror_targets(&self, row: usize, logits: &[f64], _pi: &[f64], r: &[f64], eta: f64, targets: &mut [f64]) {
        for (expert, target) in targets.iter_mut().enumerate() {
            let mean = 0.0;
            let gradient = mean - r[expert] * (self.y[row] - logits[expert]);
            *target = mean - eta * gradient;
        }
    }

    fn predict(&self, row: usize, logits: &[f64], pi: &[f64]) -> Prediction {
        Prediction::Mean { error: self.y[row] - dot(logits, pi) }
    }
}
