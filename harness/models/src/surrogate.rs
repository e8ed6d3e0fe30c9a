//! EM's surrogate `Q(phi | theta)`, with the responsibilities of the last E-step.

use crate::error::ModelError;
use crate::families::{Experts, gate, with_experts};
use crate::objective::Objective;
use crate::panel::Rows;
use crate::sum::Sum;

impl Objective {
    /// `Q(phi | theta)`, the ridge included, where theta is that of the last E-step:
    /// `-1/n sum_x sum_z r_z [log p(z | x; phi) + log p(y | x, z; phi)] + ridge/2 |phi|^2`.
    pub fn surrogate(&mut self, phi: &[f64]) -> Result<f64, ModelError> {
        self.check_responsibilities()?;
        self.cost.value();
        Ok(self.surrogate_pass(phi, None) + self.ridge_value(phi))
    }

    /// `Q(phi | theta)` and its gradient with respect to phi. At phi = theta the gradient is that
    /// of L (Fisher's identity).
    pub fn surrogate_gradient(&mut self, phi: &[f64], grad: &mut [f64]) -> Result<f64, ModelError> {
        self.check_responsibilities()?;
        self.check_dim(grad);
        self.cost.gradient(1.0);
        let value = self.surrogate_pass(phi, Some(grad));
        self.add_ridge_gradient(phi, grad);
        Ok(value + self.ridge_value(phi))
    }

    pub(crate) fn check_responsibilities(&self) -> Result<(), ModelError> {
        if self.has_responsibilities { Ok(()) } else { Err(ModelError::NoEStep) }
    }

    fn surrogate_pass(&mut self, phi: &[f64], mut grad: Option<&mut [f64]>) -> f64 {
        self.check_dim(phi);
        self.sigmas.refresh(&self.model, phi);
        let (shape, k) = (self.model.shape(), self.model.experts());
        let columns = shape.noise_offset();
        let buffers = &mut self.row;
        let responsibilities = &self.responsibilities;
        buffers.noise.fill(0.0);
        let is_gradient = grad.is_some();
        let product = grad.as_deref_mut().map(|grad| &mut grad[..columns]);
        let mut loss = Sum::default();
        with_experts!(self.model, self.data, &self.sigmas, |experts| {
            self.panel.fused(&self.data, Rows::All, &phi[..columns], product, |row, logits| {
                let r = &responsibilities[row * k..(row + 1) * k];
                let (gate_logits, expert_logits) = logits.split_at_mut(shape.gate_columns);
                gate::log_probabilities(gate_logits, &mut buffers.log_pi);
                experts.log_densities(row, expert_logits, &mut buffers.log_density);
                for (r, log) in r.iter().zip(buffers.log_pi.iter().zip(&buffers.log_density)) {
                    // An impossible expert that nobody holds responsible costs nothing.
                    if *r != 0.0 {
                        loss.add(-r * (log.0 + log.1));
                    }
                }
                if is_gradient {
                    gate::residuals(&buffers.log_pi, r, gate_logits);
                    experts.residuals(row, expert_logits, r, &mut buffers.noise);
                }
            });
        });
        let scale = 1.0 / self.data.n() as f64;
        if let Some(grad) = grad {
            grad[columns..].copy_from_slice(&buffers.noise);
            for value in grad {
                *value *= scale;
            }
        }
        loss.value() * scale
    }
}
