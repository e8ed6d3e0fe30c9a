//! The optimum that EM reaches from a start: EM until Newton's method is safe, then Newton's method.

use super::eigen::{Scale, rounding};
use super::information::{DENSE_INFORMATION, hessian};
use super::polish::{Polished, polish};
use crate::error::ModelError;
use crate::newton::Tolerance;
use crate::objective::Objective;
use crate::sum::norm;

/// How long EM may go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EmBudget {
    /// Iterations.
    pub iterations: u64,
    /// Iterations between looks at the Hessian.
    pub stride: u64,
}

impl Default for EmBudget {
    fn default() -> Self {
        Self { iterations: 20_000, stride: 25 }
    }
}

/// What was found from a start.
#[derive(Clone, Debug)]
pub struct Optimum {
    /// Where Newton's method ended.
    pub polished: Polished,
    /// EM iterations before it.
    pub em_iterations: u64,
    /// Why EM ended early, if it did.
    pub em_error: Option<ModelError>,
}

/// Newton decrement, relative to `max(1, |L|)`, below which Newton's method stays in the basin of EM's
/// iterate, if the Hessian is definite there.
const IN_BASIN: f64 = 1e-7;

/// EM from `start`, then Newton's method.
///
/// Newton's method takes over where the Hessian is definite and the decrement says that L is within
/// rounding of a quadratic; or when EM has used its budget or cannot go on.
pub fn optimum(objective: &mut Objective, start: &[f64], budget: EmBudget) -> Optimum {
    let mut theta = start.to_vec();
    let mut em_error = None;
    let mut em_iterations = 0;
    while em_iterations < budget.iterations {
        objective.e_step(&theta);
        if let Err(error) = objective.m_step(&mut theta, Tolerance::default()) {
            em_error = Some(error);
            break;
        }
        em_iterations += 1;
        if em_iterations % budget.stride == 0 && is_safe(objective, &theta) {
            break;
        }
    }
    Optimum { polished: polish(objective, &theta), em_iterations, em_error }
}

fn is_safe(objective: &mut Objective, theta: &[f64]) -> bool {
    let mut gradient = vec![0.0; theta.len()];
    let loss = objective.value_gradient(theta, &mut gradient);
    if theta.len() > DENSE_INFORMATION {
        return norm(&gradient) <= 1e-6;
    }
    let scale = Scale::new(objective, theta);
    let Some((values, vectors)) = scale.eigen(&hessian(objective, theta)) else { return true };
    let tolerance = rounding(theta.len());
    if values.first().is_none_or(|least| *least < -tolerance) {
        return false;
    }
    let squares = values.iter().enumerate().filter(|(_, value)| **value > tolerance).map(|(j, value)| {
        let component: f64 = (0..theta.len()).map(|i| vectors[(i, j)] * scale.0[i] * gradient[i]).sum();
        0.5 * component * component / value
    });
    squares.sum::<f64>() <= IN_BASIN * loss.abs().max(1.0)
}
