//! Symmetric linear experts (SymMoLinE): `y ~ N(z b, 1)` with `b = x' beta`, `z` in {+1, -1}.
//!
//! Posterior `r = s(a + 2 y b)` for z = +1; with it the residual of `b` is `b - (2 r - 1) y`.

use super::{Experts, HALF_LOG_TWO_PI, Prediction};

/// Targets of the rows.
pub(crate) struct SymmetricLinear<'a> {
    pub(crate) y: &'a [f64],
}

impl Experts for SymmetricLinear<'_> {
    fn log_densities(&self, row: usize, logits: &mut [f64], log_density: &mut [f64]) {
        let (y, b) = (self.y[row], logits[0]);
        log_density[0] = -HALF_LOG_TWO_PI - 0.5 * (y - b) * (y - b);
        log_density[1] = -HALF_LOG_TWO_PI - 0.5 * (y + b) * (y + b);
    }

    fn log_density_changes(
        &self,
        row: usize,
        logits: &[f64],
        direction: &[f64],
        _noise_direction: &[f64],
        change: &mut [f64],
    ) {
        let (y, b) = (self.y[row], logits[0]);
        change[0] += (y - b) * direction[0];
        change[1] -= (y + b) * direction[0];
    }

    fn residual_changes(
        &self,
        row: usize,
        _logits: &[f64],
        direction: &mut [f64],
        _noise_direction: &[f64],
        _r: &[f64],
        r_change: &[f64],
        _noise: &mut [f64],
    ) {
        direction[0] -= (r_change[0] - r_change[1]) * self.y[row];
    }

    fn em_targets(&self, row: usize, r: &[f64], targets: &mut [f64]) {
        targets[0] = (r[0] - r[1]) * self.y[row];
    }

    fn mirror_targets(&self, row: usize, logits: &[f64], _pi: &[f64], r: &[f64], eta: f64, targets: &mut [f64]) {
        // The natural parameter is b, its mean parameter b, its gradient the residual.
        let gradient = logits[0] - (r[0] - r[1]) * self.y[row];
        targets[0] = logits[0] - eta * gradient;
    }

    fn predict(&self, row: usize, logits: &[f64], pi: &[f64]) -> Prediction {
        Prediction::Mean { error: self.y[row] - (pi[0] - pi[1]) * logits[0] }
    }
}
