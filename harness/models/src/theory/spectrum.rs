//! Ends of the spectra by products alone, for models with too many parameters for matrices.
//!
//! Pencils are solved by Lanczos in the inner product of their right-hand matrix, whose systems are
//! solved by conjugate gradients; the answer comes with a bound on its error.

use super::krylov::{Extremes, conjugate_gradients, lanczos};
use crate::hessian::Curvature;
use crate::objective::Objective;
use crate::sum::axpy;

/// Least and largest eigenvalue, and bounds on their errors.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ends {
    /// Least.
    pub least: f64,
    /// Largest.
    pub largest: f64,
    /// Bound on the error of the least.
    pub least_error: f64,
    /// Bound on the error of the largest.
    pub largest_error: f64,
}

impl From<Extremes> for Ends {
    fn from(found: Extremes) -> Self {
        let Extremes { least, largest, least_error, largest_error } = found;
        Self { least, largest, least_error, largest_error }
    }
}

/// Relative error at which an end counts as known.
const TOLERANCE: f64 = 1e-9;
/// Relative residual of the systems with the right-hand matrix.
const SOLVE: f64 = 1e-12;

impl Objective {
    /// Ends of the Hessian of L with its ridge.
    pub(crate) fn hessian_ends(&mut self, theta: &[f64], max_iterations: usize) -> Option<Ends> {
        let dim = theta.len();
        let apply = |v: &[f64]| {
            let mut out = vec![0.0; dim];
            self.hessian_vector(theta, v, &mut out);
            out
        };
        lanczos(dim, TOLERANCE, max_iterations, apply, <[f64]>::to_vec).map(Ends::from)
    }

    /// Ends of the pencil `eta (I_observed + ridge I), H_eta`: those of mirror descent's contraction.
    pub(crate) fn mirror_ends(&mut self, theta: &[f64], eta: f64, max_iterations: usize) -> Option<Ends> {
        let dim = theta.len();
        let cell = std::cell::RefCell::new(self);
        let projection = |v: &[f64], out: &mut [f64]| cell.borrow_mut().projection_vector(theta, eta, v, out);
        let apply = |v: &[f64]| {
            let mut image = vec![0.0; dim];
            cell.borrow_mut().hessian_vector(theta, v, &mut image);
            let mut solved = conjugate_gradients(&image, None, SOLVE, 10 * dim.min(1000), projection).x;
            for value in &mut solved {
                *value *= eta;
            }
            solved
        };
        let inner = |v: &[f64]| {
            let mut out = vec![0.0; dim];
            projection(v, &mut out);
            out
        };
        lanczos(dim, TOLERANCE, max_iterations, apply, inner).map(Ends::from)
    }

    /// `H_eta v`.
    fn projection_vector(&mut self, theta: &[f64], eta: f64, v: &[f64], out: &mut [f64]) {
        self.information_vector(Curvature::Complete, theta, v, out);
        for value in out.iter_mut() {
            *value *= eta;
        }
        axpy(eta * self.model().ridge(), v, out);
        // At a step of 1 nothing of the model's matrix is left.
        if eta.to_bits() != 1.0_f64.to_bits() {
            let mut model = vec![0.0; v.len()];
            self.information_vector(Curvature::Model, theta, v, &mut model);
            axpy(1.0 - eta, &model, out);
        }
    }
}

/// Ends of the Hessian, and of EM's contraction `C^-1 O` whose eigenvalues are `1 - eig(M)`.
pub fn spectrum(objective: &mut Objective, theta: &[f64], max_iterations: usize) -> Option<(Ends, Ends)> {
    Some((objective.hessian_ends(theta, max_iterations)?, objective.mirror_ends(theta, 1.0, max_iterations)?))
}
