//! Symmetric logistic experts (SymMoLogE): `P(y | x, z) = s(y z b)`, `y` and `z` in {+1, -1}.
//!
//! Label 0 is y = -1, label 1 is y = +1. Posterior `r = s(a + y b)` for z = +1; the expert's soft
//! target is `q = P(z y = 1 | x, y)`, which is `r` where y = +1 and `1 - r` where y = -1.

use super::{Experts, Prediction, sigmoid, softplus};

/// Labels of the rows.
pub(crate) struct SymmetricLogistic<'a> {
    pub(crate) labels: &'a [u32],
}

impl SymmetricLogistic<'_> {
    fn y(&self, row: usize) -> f64 {
        if self.labels[row] == 1 { 1.0 } else { -1.0 }
    }

    fn soft_target(&self, row: usize, r: &[f64]) -> f64 {
        if self.labels[row] == 1 { r[0] } else { r[1] }
    }
}

impl Experts for SymmetricLogistic<'_> {
    fn log_densities(&self, row: usize, logits: &mut [f64], log_density: &mut [f64]) {
        let margin = self.y(row) * logits[0];
        log_density[0] = -softplus(-margin);
        log_density[1] = -softplus(margin);
    }

    fn log_density_changes(
        &self,
        row: usize,
        logits: &[f64],
        direction: &[f64],
        _noise_direction: &[f64],
        change: &mut [f64],
    ) {
        let y = self.y(row);
        let margin = y * logits[0];
        change[0] += sigmoid(-margin) * y * direction[0];
        change[1] -= sigmoid(margin) * y * direction[0];
    }

    fn residual_changes(
        &self,
        row: usize,
        logits: &[f64],
        direction: &mut [f64],
        _noise_direction: &[f64],
        _r: &[f64],
        r_change: &[f64],
        _noise: &mut [f64],
    ) {
        let curvature = sigmoid(logits[0]) * sigmoid(-logits[0]);
        direction[0] = curvature * direction[0] - self.soft_target(row, r_change);
    }

    fn em_targets(&self, row: usize, r: &[f64], targets: &mut [f64]) {
        targets[0] = self.soft_target(row, r);
    }

    fn mirror_targets(&self, row: usize, logits: &[f64], _pi: &[f64], r: &[f64], eta: f64, targets: &mut [f64]) {
        let mean = sigmoid(logits[0]);
        let gradient = mean - self.soft_target(row, r);
        targets[0] = mean - eta * gradient;
    }

    fn predict(&self, row: usize, logits: &[f64], pi: &[f64]) -> Prediction {
        let positive = pi[0] * sigmoid(logits[0]) + pi[1] * sigmoid(-logits[0]);
        let label = u32::from(positive > 1.0 - positive);
        Prediction::Class { is_correct: label == self.labels[row] }
    }
}
