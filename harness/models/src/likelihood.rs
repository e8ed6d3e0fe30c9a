//! The mean negative log-likelihood, its gradient and the E-step.

use crate::families::{Experts, gate, with_experts};
use crate::objective::Objective;
use crate::panel::Rows;
use crate::sum::{Sum, dot};

/// What a pass over the likelihood leaves behind beside its value.
enum Keep<'a> {
    Nothing,
    Responsibilities,
    Gradient(&'a mut [f64]),
}

impl Objective {
    /// `L(theta)`, the ridge included. NaN or infinite only where theta has overflowed.
    pub fn value(&mut self, theta: &[f64]) -> f64 {
        self.cost.value();
        self.likelihood(theta, Rows::All, Keep::Nothing) + self.ridge_value(theta)
    }

    /// `L(theta)` without the ridge.
    pub fn nll(&mut self, theta: &[f64]) -> f64 {
        self.cost.value();
        self.likelihood(theta, Rows::All, Keep::Nothing)
    }

    /// `L(theta)` and its gradient, the ridge included in both.
    pub fn value_gradient(&mut self, theta: &[f64], grad: &mut [f64]) -> f64 {
        self.nll_gradient(theta, grad).1
    }

    /// The value with and without ridge, and the gradient with it.
    pub(crate) fn nll_gradient(&mut self, theta: &[f64], grad: &mut [f64]) -> (f64, f64) {
        self.cost.gradient(1.0);
        self.check_dim(grad);
        let nll = self.likelihood(theta, Rows::All, Keep::Gradient(grad));
        self.add_ridge_gradient(theta, grad);
        (nll, nll + self.ridge_value(theta))
    }

    /// Value and gradient of a mini-batch: the mean over `rows` (repeated ones count repeatedly)
    /// plus the whole ridge.
    ///
    /// # Panics
    ///
    /// Where `rows` is empty or names a row that does not exist.
    pub fn value_gradient_rows(&mut self, theta: &[f64], rows: &[u32], grad: &mut [f64]) -> f64 {
        assert!(!rows.is_empty(), "a mini-batch has at least one row");
        self.cost.gradient(rows.len() as f64 / self.data.n() as f64);
        self.check_dim(grad);
        let nll = self.likelihood(theta, Rows::Subset(rows), Keep::Gradient(grad));
        self.add_ridge_gradient(theta, grad);
        nll + self.ridge_value(theta)
    }

    /// EM's E-step: keeps the posterior of every row and returns `L(theta)`, the ridge included.
    pub fn e_step(&mut self, theta: &[f64]) -> f64 {
        self.cost.e_step();
        let nll = self.likelihood(theta, Rows::All, Keep::Responsibilities);
        self.has_responsibilities = true;
        nll + self.ridge_value(theta)
    }

    pub(crate) fn ridge_value(&self, theta: &[f64]) -> f64 {
        match self.model.ridge() {
            0.0 => 0.0,
            ridge => 0.5 * ridge * dot(theta, theta),
        }
    }

    pub(crate) fn add_ridge_gradient(&self, theta: &[f64], grad: &mut [f64]) {
        let ridge = self.model.ridge();
        if ridge != 0.0 {
            crate::sum::axpy(ridge, theta, grad);
        }
    }

    /// One pass: the mean over `rows` of `-log sum_z p(y | x, z) p(z | x)`.
    fn likelihood(&mut self, theta: &[f64], rows: Rows<'_>, mut keep: Keep<'_>) -> f64 {
        self.check_dim(theta);
        self.sigmas.refresh(&self.model, theta);
        let (shape, k) = (self.model.shape(), self.model.experts());
        let columns = shape.noise_offset();
        let count = match rows {
            Rows::All => self.data.n(),
            Rows::Subset(rows) => rows.len(),
        };
        let buffers = &mut self.row;
        let responsibilities = &mut self.responsibilities;
        buffers.noise.fill(0.0);
        let is_gradient = matches!(keep, Keep::Gradient(_));
        let is_e_step = matches!(keep, Keep::Responsibilities);
        let product = match &mut keep {
            Keep::Gradient(grad) => Some(&mut grad[..columns]),
            _ => None,
        };
        let mut loss = Sum::default();
        with_experts!(self.model, self.data, &self.sigmas, |experts| {
            self.panel.fused(&self.data, rows, &theta[..columns], product, |row, logits| {
                let (gate_logits, expert_logits) = logits.split_at_mut(shape.gate_columns);
                gate::log_probabilities(gate_logits, &mut buffers.log_pi);
                experts.log_densities(row, expert_logits, &mut buffers.log_density);
                loss.add(-gate::posterior(&buffers.log_pi, &buffers.log_density, &mut buffers.r));
                if is_e_step {
                    responsibilities[row * k..(row + 1) * k].copy_from_slice(&buffers.r);
                }
                if is_gradient {
                    gate::residuals(&buffers.log_pi, &buffers.r, gate_logits);
                    experts.residuals(row, expert_logits, &buffers.r, &mut buffers.noise);
                }
            });
        });
        let scale = 1.0 / count as f64;
        if let Keep::Gradient(grad) = keep {
            grad[columns..].copy_from_slice(&buffers.noise);
            for value in grad {
                *value *= scale;
            }
        }
        loss.value() * scale
    }
}
