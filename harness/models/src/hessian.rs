//! Products with Hessians, analytic: of L, and of the complete data's likelihood.
//!
//! With `u_z` the gradient of `log p(y, z | x)` in the logits, residuals are `-sum_z r_z u_z`. Along
//! a direction `r_z` changes by `r_z (g_z - sum_j r_j g_j)`, `g_z` the change of `log p(y, z | x)`;
//! the families add the change of `u_z`. Without the change of r what is left is the Hessian of EM's
//! surrogate, and with the gate's `pi` for r and the model's own y its expectation.

use crate::families::{Experts, gate, with_experts};
use crate::objective::Objective;
use crate::sum::{axpy, dot};

/// One of the three information matrices, all of the likelihood without its ridge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Curvature {
    /// `I_observed`: the Hessian of L.
    Observed,
    /// `I_complete`: the Hessian of `Q(phi | theta)` in phi at theta, weighted by the posterior r.
    Complete,
    /// `I_model`: the same averaged over the model's own y given x, weighted by the gate's pi.
    Model,
}

impl Objective {
    /// `out = (Hessian of L at theta) v`, the ridge included.
    pub fn hessian_vector(&mut self, theta: &[f64], v: &[f64], out: &mut [f64]) {
        self.information_vector(Curvature::Observed, theta, v, out);
        axpy(self.model.ridge(), v, out);
    }

    /// `out = I v` with one of the information matrices at theta, without the ridge. Charged as one
    /// value and gradient.
    ///
    /// Reference for the three and how they make EM's rate: Dempster, Laird, Rubin, JRSS B 39(1), 1977;
    /// Louis, JRSS B 44(2), 1982.
    pub fn information_vector(&mut self, curvature: Curvature, theta: &[f64], v: &[f64], out: &mut [f64]) {
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
                change.fill(0.0);
                if curvature == Curvature::Observed {
                    for (expert, change) in change.iter_mut().enumerate() {
                        *change = gate_along.get(expert).copied().unwrap_or(0.0) - mean;
                    }
                    experts.log_density_changes(row, expert_logits, expert_along, noise_direction, change);
                    let average = dot(&buffers.r, change);
                    for (change, r) in change.iter_mut().zip(&buffers.r) {
                        *change = r * (*change - average);
                    }
                }
                for (expert, along) in gate_along.iter_mut().enumerate() {
                    *along = buffers.pi[expert] * (*along - mean) - change[expert];
                }
                let noise = &mut buffers.noise;
                if curvature == Curvature::Model {
                    experts.model_changes(
                        row,
                        expert_logits,
                        expert_along,
                        noise_direction,
                        &buffers.pi,
                        change,
                        noise,
                    );
                } else {
                    let r = &buffers.r;
                    experts.residual_changes(row, expert_logits, expert_along, noise_direction, r, change, noise);
                }
            });
        });
        out[columns..].copy_from_slice(&buffers.noise);
        let scale = 1.0 / self.data.n() as f64;
        for value in out.iter_mut() {
            *value *= scale;
        }
    }
}
