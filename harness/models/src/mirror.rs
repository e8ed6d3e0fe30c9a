//! One step of projected mirror descent, computed as such.
//!
//! Given x, the complete data (y, z) is an exponential family with statistics S, natural parameters
//! `theta_x` and log-partition A. A step of size eta has two parts:
//!
//! 1. In every row, in mean parameters: `mu+ = grad A(theta_x) - eta * grad L(theta_x)`, where
//!    `grad A = E[S | x]` and the row's gradient is `E[S | x] - E[S | x, y]`.
//! 2. The Bregman projection back on the model: `argmin_phi 1/n sum_x A(phi_x) - <mu+, phi_x>`,
//!    plus `eta * ridge / 2 * |phi|^2`.
//!
//! The gate's mean parameters are `V_z = pi_z - eta (pi_z - r_z)`; they are also the weights of the
//! experts' projections. For the symmetric families `theta_x` is linear in theta, and the
//! projection is the equation `grad A(theta+) + eta ridge theta+ = grad A(theta) - eta grad L0`,
//! whose right-hand side is `X' mu+ / n`, `L0` being L without its ridge.
//!
//! A step of 1 is an EM iteration (theorem 4.1 of the paper); that is a fact to test, and nothing
//! here calls the M-step. Above 1 weights of single rows may be negative, which is normal; where the
//! projection then has no minimum, that is an error.
//!
//! Linear experts are projected about their old means, `b = x' beta`: with `e = y - b` the first
//! moments of the step are `eta r e`, so that `beta+ - beta` solves a weighted least squares problem
//! on them, and the new variance sums `(1 - eta) pi [(b - b+)^2 + sigma^2] + eta r (y - b+)^2`.
//!
//! Reference: Fruytier, Mokhtari, Sanghavi, ICML 2025, arXiv 2411.06056, theorems 4.1 and 5.1.

use crate::blocks::{check_have_rows, or_few_rows, regression_failed, singular_gram};
use crate::data::Target;
use crate::error::ModelError;
use crate::families::{Experts, gate, with_experts};
use crate::newton::{Inner, Tolerance};
use crate::objective::{Objective, bench};
use crate::options::Family;
use crate::panel::Rows;
use crate::softmax_regression::{RowWeights, SoftmaxRegression};
use crate::sum::axpy;

impl Objective {
    /// Replaces theta by the projected mirror step of size `eta` from it. After an error theta is
    /// unchanged. The responsibilities of the last E-step are left alone.
    pub fn mirror_step(&mut self, theta: &mut [f64], eta: f64, tolerance: Tolerance) -> Result<Inner, ModelError> {
        if !(eta > 0.0 && eta.is_finite()) {
            return Err(ModelError::StepSize { found: eta });
        }
        self.check_dim(theta);
        self.next.copy_from_slice(theta);
        self.mean_parameters(theta, eta);
        self.project(theta, eta, tolerance)
            .map_err(|error| or_few_rows(&self.model, &self.data, &self.mirror_weights, error))
    }

    /// Part 2, block by block.
    fn project(&mut self, theta: &mut [f64], eta: f64, tolerance: Tolerance) -> Result<Inner, ModelError> {
        check_have_rows(&self.model, &self.data, &self.mirror_weights)?;
        let mut inner = self.project_softmax(None, eta, tolerance)?;
        match self.model.family() {
            Family::SymmetricLinear => self.project_symmetric_linear(eta)?,
            Family::SymmetricLogistic => inner.add(self.project_softmax(Some(0), eta, tolerance)?),
            Family::Linear => inner.iterations += self.project_linear(theta, eta)?,
            Family::Logistic => {
                for expert in 0..self.model.experts() {
                    inner.add(self.project_softmax(Some(expert), eta, tolerance)?);
                }
            }
        }
        theta.copy_from_slice(&self.next);
        Ok(inner)
    }

    /// Part 1: `mu+` of every row. Keeps the weights V and leaves `X' mu+ / n` of the linear
    /// statistics in `linear`.
    fn mean_parameters(&mut self, theta: &[f64], eta: f64) {
        self.cost.gradient(1.0);
        self.sigmas.refresh(&self.model, theta);
        let (shape, k) = (self.model.shape(), self.model.experts());
        let buffers = &mut self.row;
        let weights = &mut self.mirror_weights;
        let (posterior, means) = (&mut self.mirror_posterior, &mut self.mirror_means);
        let columns = &theta[..shape.noise_offset()];
        let product = Some(self.linear.as_mut_slice());
        with_experts!(self.model, self.data, &self.sigmas, |experts| {
            self.panel.fused(&self.data, Rows::All, columns, product, |row, logits| {
                let (gate_logits, expert_logits) = logits.split_at_mut(shape.gate_columns);
                gate::log_probabilities(gate_logits, &mut buffers.log_pi);
                experts.log_densities(row, expert_logits, &mut buffers.log_density);
                gate::posterior(&buffers.log_pi, &buffers.log_density, &mut buffers.r);
                for (pi, log_pi) in buffers.pi.iter_mut().zip(&buffers.log_pi) {
                    *pi = log_pi.exp();
                }
                let place = row * k..(row + 1) * k;
                if !posterior.is_empty() {
                    for (kept, r) in posterior[place.clone()].iter_mut().zip(&buffers.r) {
                        *kept = eta * r;
                    }
                    means[place.clone()].copy_from_slice(expert_logits);
                }
                experts.mirror_targets(row, expert_logits, &buffers.pi, &buffers.r, eta, &mut buffers.targets);
                expert_logits.copy_from_slice(&buffers.targets);
                for (pi, r) in buffers.pi.iter_mut().zip(&buffers.r) {
                    let gradient = *pi - r;
                    *pi -= eta * gradient;
                }
                gate_logits.copy_from_slice(&buffers.pi[..shape.gate_columns]);
                if !weights.is_empty() {
                    weights[place].copy_from_slice(&buffers.pi);
                }
            });
        });
        self.average_linear();
    }

    /// Projection of the gate (`None`), of a logistic expert or of the symmetric logistic one.
    fn project_softmax(&mut self, expert: Option<usize>, eta: f64, tolerance: Tolerance) -> Result<Inner, ModelError> {
        let shape = self.model.shape();
        let place = expert.map_or(shape.gate(), |expert| shape.expert(expert));
        let weights = match expert {
            Some(expert) if !self.model.family().is_symmetric() => {
                RowWeights::of(&self.mirror_weights, self.model.experts(), expert)
            }
            _ => RowWeights::Unit,
        };
        let problem = SoftmaxRegression {
            data: &self.data,
            weights,
            linear: &self.linear[place.clone()],
            ridge: eta * self.model.ridge(),
            is_bounded: eta <= 1.0,
        };
        let block = expert.map_or(0, |expert| 1 + expert);
        self.solver
            .solve(&problem, &mut bench!(self), &mut self.next[place], tolerance)
            .map_err(|failure| regression_failed(&self.model, block, Some(eta), failure))
    }

    /// `(X'X / n + eta ridge I) beta+ = X' mu+ / n`.
    fn project_symmetric_linear(&mut self, eta: f64) -> Result<(), ModelError> {
        let place = self.model.shape().expert(0);
        let shift = eta * self.model.ridge();
        let solution = &mut self.next[place.clone()];
        solution.copy_from_slice(&self.linear[place]);
        self.least_squares
            .solve_unit(&self.data, shift, &mut bench!(self), solution)
            .ok_or_else(|| singular_gram(&self.model, 1, Some(eta)))
    }

    /// Returns the iterations of conjugate gradients, none where matrices are formed.
    fn project_linear(&mut self, theta: &[f64], eta: f64) -> Result<u64, ModelError> {
        let shape = self.model.shape();
        let shift = eta * self.model.ridge() * self.model.sigma() * self.model.sigma();
        let experts = shape.gate().end..shape.noise_offset();
        let change = &mut self.linear[experts.clone()];
        axpy(-shift, &theta[experts.clone()], change);
        let iterations = self
            .least_squares
            .solve_all(&self.data, (&self.mirror_weights, false), shift, &mut bench!(self), change, None)
            .map_err(|expert| singular_gram(&self.model, 1 + expert, Some(eta)))?;
        axpy(1.0, &self.linear[experts.clone()], &mut self.next[experts]);
        if self.model.noise().is_estimated() {
            self.project_variances()?;
        }
        Ok(iterations)
    }

    fn project_variances(&mut self) -> Result<(), ModelError> {
        let (shape, k) = (self.model.shape(), self.model.experts());
        let Target::Real(y) = self.data.target() else { unreachable!("checked by `Objective::new`") };
        self.cost.work(0.5 * self.prices.column * k as f64);
        let experts = shape.gate().end..shape.noise_offset();
        let (weights, posterior) = (&self.mirror_weights, &self.mirror_posterior);
        let (old_means, precision) = (&self.mirror_means, &self.sigmas.precision);
        let moments = &mut self.moments;
        moments.clear();
        self.panel.fused(&self.data, Rows::All, &self.next[experts], None, |row, means| {
            for (expert, mean) in means.iter().enumerate() {
                let index = row * k + expert;
                let (moved, error) = (old_means[index] - mean, y[row] - mean);
                let from_posterior = posterior[index];
                let from_model = weights[index] - from_posterior;
                let square = from_model * (moved * moved + 1.0 / precision[expert]) + from_posterior * error * error;
                moments.add(expert, weights[index], square);
            }
        });
        moments.log_sigmas(&self.model, &mut self.next[shape.noise_offset()..])
    }
}
