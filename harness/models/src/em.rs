//! EM's exact M-step: `argmin_phi Q(phi | theta)` with the responsibilities of the last E-step.
//!
//! The gate is a softmax regression on soft labels, logistic experts are weighted softmax
//! regressions, linear experts weighted least squares; each is solved separately. The M-step of
//! `symmetric_linear` is closed but for the gate: `beta = (X'X)^-1 X'[(2 r - 1) y]`, with the
//! factor kept for all iterations.
//!
//! Reference: Fruytier, Mokhtari, Sanghavi, ICML 2025, arXiv 2411.06056.

use crate::blocks::{check_have_rows, or_few_rows, regression_failed, singular_gram};
use crate::data::Target;
use crate::error::ModelError;
use crate::families::{Experts, with_experts};
use crate::newton::{Inner, Tolerance};
use crate::objective::{Objective, bench};
use crate::options::Family;
use crate::panel::Rows;
use crate::softmax_regression::{RowWeights, SoftmaxRegression};

/// What each row weighs: 1, or the sum of its blended statistics. The other fields stay borrowable.
macro_rules! row_weights {
    ($objective:expr) => {
        if $objective.is_blended {
            RowWeights::Total { matrix: &$objective.responsibilities, stride: $objective.model.experts() }
        } else {
            RowWeights::Unit
        }
    };
}

impl Objective {
    /// Replaces theta, the warm start, by the minimiser of the surrogate. After an error theta is
    /// unchanged.
    pub fn m_step(&mut self, theta: &mut [f64], tolerance: Tolerance) -> Result<Inner, ModelError> {
        self.m_step_of_blocks(theta, tolerance)
            .map_err(|error| or_few_rows(&self.model, &self.data, &self.responsibilities, error))
    }

    fn m_step_of_blocks(&mut self, theta: &mut [f64], tolerance: Tolerance) -> Result<Inner, ModelError> {
        if !self.has_responsibilities {
            return Err(ModelError::NoEStep);
        }
        self.check_dim(theta);
        self.next.copy_from_slice(theta);
        check_have_rows(&self.model, &self.data, &self.responsibilities)?;
        self.em_linear_terms();
        let mut inner = self.em_gate(tolerance)?;
        match self.model.family() {
            Family::SymmetricLinear => self.em_symmetric_linear()?,
            Family::SymmetricLogistic => inner.add(self.em_logistic(0, tolerance)?),
            Family::Linear => inner.iterations += self.em_linear()?,
            Family::Logistic => {
                for expert in 0..self.model.experts() {
                    inner.add(self.em_logistic(expert, tolerance)?);
                }
            }
        }
        theta.copy_from_slice(&self.next);
        Ok(inner)
    }

    /// `linear = X' T / n` for the targets T of all blocks.
    fn em_linear_terms(&mut self) {
        let (k, gate_columns) = (self.model.experts(), self.model.shape().gate_columns);
        let responsibilities = &self.responsibilities;
        self.cost.work(0.5);
        with_experts!(self.model, self.data, &self.sigmas, |experts| {
            self.panel.product(&self.data, &mut self.linear, |row, targets| {
                let r = &responsibilities[row * k..(row + 1) * k];
                let (gate, expert) = targets.split_at_mut(gate_columns);
                gate.copy_from_slice(&r[..gate_columns]);
                experts.em_targets(row, r, expert);
            });
        });
        self.average_linear();
    }

    fn em_gate(&mut self, tolerance: Tolerance) -> Result<Inner, ModelError> {
        let gate = self.model.shape().gate();
        let problem = SoftmaxRegression {
            data: &self.data,
            weights: row_weights!(self),
            linear: &self.linear[gate.clone()],
            ridge: self.model.ridge(),
            is_bounded: true,
        };
        self.solver
            .solve(&problem, &mut bench!(self), &mut self.next[gate], tolerance)
            .map_err(|failure| regression_failed(&self.model, 0, None, failure))
    }

    fn em_symmetric_linear(&mut self) -> Result<(), ModelError> {
        let expert = self.model.shape().expert(0);
        let solution = &mut self.next[expert.clone()];
        solution.copy_from_slice(&self.linear[expert]);
        let ridge = self.model.ridge();
        let solved = if self.is_blended {
            self.least_squares.solve_weighted(&self.data, row_weights!(self), ridge, &mut bench!(self), solution)
        } else {
            self.least_squares.solve_unit(&self.data, ridge, &mut bench!(self), solution)
        };
        solved.ok_or_else(|| singular_gram(&self.model, 1, None))
    }

    /// One softmax regression: an expert of `logistic`, or the expert of `symmetric_logistic`.
    fn em_logistic(&mut self, expert: usize, tolerance: Tolerance) -> Result<Inner, ModelError> {
        let weights = if self.model.family().is_symmetric() {
            row_weights!(self)
        } else {
            RowWeights::of(&self.responsibilities, self.model.experts(), expert)
        };
        let place = self.model.shape().expert(expert);
        let problem = SoftmaxRegression {
            data: &self.data,
            weights,
            linear: &self.linear[place.clone()],
            ridge: self.model.ridge(),
            is_bounded: true,
        };
        self.solver
            .solve(&problem, &mut bench!(self), &mut self.next[place], tolerance)
            .map_err(|failure| regression_failed(&self.model, 1 + expert, None, failure))
    }

    /// Returns the iterations of conjugate gradients, none where matrices are formed.
    fn em_linear(&mut self) -> Result<u64, ModelError> {
        let shift = self.model.ridge() * self.model.sigma() * self.model.sigma();
        let shape = self.model.shape();
        let experts = shape.gate().end..shape.noise_offset();
        let solution = &mut self.linear[experts.clone()];
        let start = Some(&self.next[experts.clone()]);
        let iterations = self
            .least_squares
            .solve_all(
                &self.data,
                (&self.responsibilities, !self.is_blended),
                shift,
                &mut bench!(self),
                solution,
                start,
            )
            .map_err(|expert| singular_gram(&self.model, 1 + expert, None))?;
        self.next[experts.clone()].copy_from_slice(&self.linear[experts]);
        if self.model.noise().is_estimated() {
            self.em_variances()?;
        }
        Ok(iterations)
    }

    /// `sigma_z^2 = sum r_z (y - x' beta_z)^2 / sum r_z`, at least the floor; shared: over all
    /// experts, divided by n.
    fn em_variances(&mut self) -> Result<(), ModelError> {
        let (shape, k) = (self.model.shape(), self.model.experts());
        let Target::Real(y) = self.data.target() else { unreachable!("checked by `Objective::new`") };
        self.cost.work(0.5 * self.prices.column * k as f64);
        let experts = shape.gate().end..shape.noise_offset();
        let (responsibilities, moments) = (&self.responsibilities, &mut self.moments);
        moments.clear();
        self.panel.fused(&self.data, Rows::All, &self.next[experts], None, |row, means| {
            for (expert, mean) in means.iter().enumerate() {
                let (r, error) = (responsibilities[row * k + expert], y[row] - *mean);
                moments.add(expert, r, r * error * error);
            }
        });
        moments.log_sigmas(&self.model, &mut self.next[shape.noise_offset()..])
    }
}
