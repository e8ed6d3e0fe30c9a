//! Softmax experts (MoLogE): `P(y = c | x, z) = softmax(B_z' x)_c`, the last class the reference.
//!
//! `log_densities` replaces the logits by the class probabilities `p_zc`, c below the reference;
//! with them the residual is `r_z (p_zc - 1{y = c})`.

use super::gate::log_sum_exp_with_zero;
use super::{Experts, Prediction};
use crate::sum::dot;

/// Labels of the rows, and the columns of an expert: one less than the classes.
pub(crate) struct Logistic<'a> {
    pub(crate) labels: &'a [u32],
    pub(crate) columns: usize,
}

impl Logistic<'_> {
    /// 1 in the column of the row's class; no column for the reference.
    fn is_label(&self, row: usize, class: usize) -> f64 {
        f64::from(u8::from(self.labels[row] as usize == class))
    }
}

impl Experts for Logistic<'_> {
    fn log_densities(&self, row: usize, logits: &mut [f64], log_density: &mut [f64]) {
        let label = self.labels[row] as usize;
        let experts = logits.chunks_exact_mut(self.columns);
        for (expert, target) in experts.zip(log_density) {
            let total = log_sum_exp_with_zero(expert);
            *target = expert.get(label).copied().unwrap_or(0.0) - total;
            for logit in expert {
                *logit = (*logit - total).exp();
            }
        }
    }

    fn log_density_changes(
        &self,
        row: usize,
        logits: &[f64],
        direction: &[f64],
        _noise_direction: &[f64],
        change: &mut [f64],
    ) {
        let label = self.labels[row] as usize;
        let experts = logits.chunks_exact(self.columns).zip(direction.chunks_exact(self.columns));
        for (target, (p, dz)) in change.iter_mut().zip(experts) {
            *target += dz.get(label).copied().unwrap_or(0.0) - dot(p, dz);
        }
    }

    fn residual_changes(
        &self,
        row: usize,
        logits: &[f64],
        direction: &mut [f64],
        _noise_direction: &[f64],
        r: &[f64],
        r_change: &[f64],
        _noise: &mut [f64],
    ) {
        let directions = direction.chunks_exact_mut(self.columns);
        let experts = logits.chunks_exact(self.columns).zip(directions);
        for (expert, (p, dz)) in experts.enumerate() {
            let mean = dot(p, dz);
            for (class, (p, dz)) in p.iter().zip(dz.iter_mut()).enumerate() {
                *dz = r[expert] * p * (*dz - mean) + r_change[expert] * (p - self.is_label(row, class));
            }
        }
    }

    fn em_targets(&self, row: usize, r: &[f64], targets: &mut [f64]) {
        for (expert, r) in targets.chunks_exact_mut(self.columns).zip(r) {
            for (class, target) in expert.iter_mut().enumerate() {
                *target = r * self.is_label(row, class);
            }
        }
    }

    fn mirror_targets(&self, row: usize, logits: &[f64], pi: &[f64], r: &[f64], eta: f64, targets: &mut [f64]) {
        let experts = logits.chunks_exact(self.columns).zip(targets.chunks_exact_mut(self.columns));
        for ((p, target), (pi, r)) in experts.zip(pi.iter().zip(r)) {
            for (class, (p, target)) in p.iter().zip(target).enumerate() {
                let mean = pi * p;
                let gradient = mean - r * self.is_label(row, class);
                *target = mean - eta * gradient;
            }
        }
    }

    fn predict(&self, row: usize, logits: &[f64], pi: &[f64]) -> Prediction {
        let mixture =
            |class: usize| -> f64 { logits.chunks_exact(self.columns).zip(pi).map(|(p, pi)| pi * p[class]).sum() };
        let mut reference = 1.0;
        let (mut best, mut largest) = (0, f64::NEG_INFINITY);
        for class in 0..self.columns {
            let probability = mixture(class);
            reference -= probability;
            if probability > largest {
                (best, largest) = (class, probability);
            }
        }
        if reference > largest {
            best = self.columns;
        }
        Prediction::Class { is_correct: best == self.labels[row] as usize }
    }
}
