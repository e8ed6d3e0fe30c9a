//! The three information matrices as matrices, where p is small enough to form them.
//!
//! `I_observed`, `I_complete` and `I_model` are those of the likelihood without its ridge; the ridge
//! enters where it is asked for. `M = (I_complete + ridge I)^-1 (I_complete - I_observed)` is the share
//! of information that is missing; its largest eigenvalue is EM's local rate.
//!
//! Reference: Dempster, Laird, Rubin, "Maximum likelihood from incomplete data via the EM algorithm",
//! JRSS B 39(1), 1977, section 3; Louis, JRSS B 44(2), 1982. With a ridge and for mirror steps:
//! differentiate the projection's stationarity at a fixed point.

use faer::Mat;

use super::eigen::{Scale, symmetric};
use crate::hessian::Curvature;
use crate::objective::Objective;

/// Parameters up to which information matrices are formed.
pub const DENSE_INFORMATION: usize = 600;

/// The information matrices at a point.
#[derive(Clone, Debug)]
pub struct Information {
    /// Hessian of L without its ridge.
    pub observed: Mat<f64>,
    /// Hessian of the surrogate without its ridge.
    pub complete: Mat<f64>,
    /// The same averaged over the model's own y.
    pub model: Mat<f64>,
    /// The ridge of the objective.
    pub ridge: f64,
    pub(crate) scale: Scale,
}

impl Information {
    /// Forms the matrices at theta, by p products each.
    pub fn new(objective: &mut Objective, theta: &[f64]) -> Self {
        Self {
            observed: matrix(objective, Curvature::Observed, theta),
            complete: matrix(objective, Curvature::Complete, theta),
            model: matrix(objective, Curvature::Model, theta),
            ridge: objective.model().ridge(),
            scale: Scale::new(objective, theta),
        }
    }

    /// `I_observed + ridge I`, the Hessian of the objective.
    pub fn hessian(&self) -> Mat<f64> {
        shifted(&self.observed, self.ridge)
    }

    /// `I_complete + ridge I`, the Hessian of the surrogate.
    pub fn surrogate(&self) -> Mat<f64> {
        shifted(&self.complete, self.ridge)
    }

    /// `I_complete - I_observed`: the mean conditional covariance of the complete score.
    pub fn missing(&self) -> Mat<f64> {
        &self.complete - &self.observed
    }

    /// `H_eta = (1 - eta) I_model + eta I_complete + eta ridge I`, the Hessian of the projection of a
    /// mirror step of size eta.
    pub fn projection(&self, eta: f64) -> Mat<f64> {
        let p = self.model.nrows();
        Mat::from_fn(p, p, |i, j| {
            let ridge = if i == j { eta * self.ridge } else { 0.0 };
            (1.0 - eta) * self.model[(i, j)] + eta * self.complete[(i, j)] + ridge
        })
    }
}

fn shifted(matrix: &Mat<f64>, shift: f64) -> Mat<f64> {
    let mut shifted = matrix.clone();
    for j in 0..shifted.ncols() {
        shifted[(j, j)] += shift;
    }
    shifted
}

/// The Hessian of the objective.
pub(crate) fn hessian(objective: &mut Objective, theta: &[f64]) -> Mat<f64> {
    shifted(&matrix(objective, Curvature::Observed, theta), objective.model().ridge())
}

/// One information matrix, column by column.
fn matrix(objective: &mut Objective, curvature: Curvature, theta: &[f64]) -> Mat<f64> {
    let p = theta.len();
    let (mut unit, mut column) = (vec![0.0; p], vec![0.0; p]);
    let mut matrix = Mat::zeros(p, p);
    for j in 0..p {
        unit[j] = 1.0;
        objective.information_vector(curvature, theta, &unit, &mut column);
        unit[j] = 0.0;
        for (i, value) in column.iter().enumerate() {
            matrix[(i, j)] = *value;
        }
    }
    symmetric(&matrix)
}
