//! Products with the Hessian of L, analytic.
//!
//! With `u_z` the gradient of `log p(y, z | x)` in the logits, residuals are `-sum_z r_z u_z`. Along
//! a direction `r_z` changes by `r_z (g_z - sum_j r_j g_j)`, `g_z` the change of `log p(y, z | x)`;
//! the families add the change of `u_z`.

use crate::families::{Experts, gate, with_experts};
use crate::objective::Objective;
use crate::sum::{axpy, dot};

impl Objective {
    /// `out = (Hessian of L at theta) v`, the ridge included.
    pub fn hessian_vector(&mut self, theta: &[f64], v: &[f64], out: &mut [f64]) {
        self.check_dim(theta);
        self.check_dim(v);
        self.check_dim(out);
        self.cost.work(1.0);
        self.sigmas.refresh(&self.model, theta);
        let shape = self.model.shape();
        let columns = shape.noise_offset();
        let (weights, directions) = (&theta[..columns], &v[..columns]);
        let noise_direction = &v[columns..];
        let buffers = &mut self.row;
        buffers.noise.fill(0.0);
        let product = Some(&mut out[..columns]);
        with_experts!(self.model, self.data, &self.sigmas, |experts| {
            self.panel.paired(&self.data, weights, directions, product, |row, logits, along| {
                let (gate_logits, expert_logits) = logits.split_at_mut(shape.gate_columns);
                let (gate_along, expert_along) = along.split_at_mut(shape.gate_columns);
                gate::log_probabilities(gate_logits, &mut buffers.log_pi);
                experts.log_densities(row, expert_logits, &mut buffers.log_density);
                gate::posterior(&buffers.log_pi, &buffers.log_density, &mut buffers.r);
                for (pi, log_pi) in buffers.pi.iter_mut().zip(&buffers.log_pi) {
                    *pi = log_pi.exp();
                }
                let change = &mut buffers.change;
                let mean = dot(&buffers.pi, gate_along);
                for (expert, change) in change.iter_mut().enumerate() {
                    *change = gate_along.get(expert).copied().unwrap_or(0.0) - mean;
                }
                experts.log_density_changes(row, expert_logits, expert_along, noise_direction, change);
                let average = dot(&buffers.r, change);
                for (change, r) in change.iter_mut().zip(&buffers.r) {
                    *change = r * (*change - average);
                }
                for (expert, along) in gate_along.iter_mut().enumerate() {
                    *along = buffers.pi[expert] * (*along - mean) - change[expert];
                }
                experts.residual_changes(
                    row,
                    expert_logits,
                    expert_along,
                    noise_direction,
                    &buffers.r,
                    change,
                    &mut buffers.noise,
                );
            });
        });
        out[columns..].copy_from_slice(&buffers.noise);
        let scale = 1.0 / self.data.n() as f64;
        for value in out.iter_mut() {
            *value *= scale;
        }
        axpy(self.model.ridge(), v, out);
    }
}
