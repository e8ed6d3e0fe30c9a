//! Newton's method on the likelihood, its systems solved by truncated conjugate gradients.
//!
//! (∇²L)d = −∇L by conjugate gradients on Hessian-vector products, to a residual of min(½, √‖∇L‖)·‖∇L‖, cut at negative
//! curvature; then backtracking. Products and evaluations are charged.

use harness_plugin_api::abi::{HARNESS_EXT_HESSIAN, HarnessStr};
use harness_plugin_api::{Config, Flow, Info, Optimizer, Param, Problem, Result, export};

const REQUIRES: &[HarnessStr] = &[HARNESS_EXT_HESSIAN];
const DECREASE: f64 = 1e-4;
/// Halvings of a step.
const MAX_HALVINGS: u32 = 40;

/// See the crate's documentation.
#[derive(Debug)]
pub struct NewtonCg {
    max_products: usize,
    value: Option<f64>,
    gradient: Vec<f64>,
    trial: Vec<f64>,
    trial_gradient: Vec<f64>,
}

impl Optimizer for NewtonCg {
    const INFO: Info = Info {
        name: "newton_cg",
        version: env!("CARGO_PKG_VERSION"),
        summary: "truncated Newton: conjugate gradients on Hessian-vector products, with backtracking",
        doc: "Update: θ⁺ = θ + a·d, d an approximate solution of ∇²L(θ) d = −∇L(θ). At negative curvature d is what the \
              conjugate gradients have so far, or the steepest descent. Stops where no point on the line is lower.\n\
              Reference: Dembo, Steihaug (1983), Math. Programming 26, doi:10.1007/BF02592055; Nocedal, Wright, \
              Numerical Optimization (2006), algorithm 7.1.",
        params: &[&Param::integer("max_products", "Hessian-vector products of one step, at most")
            .default(200.0)
            .range(1.0, 1e6)],
        requires: REQUIRES,
        descent: true,
        ..Info::DEFAULT
    };

    fn create(problem: &Problem<'_>, config: &Config<'_>, _start: &[f64]) -> Result<Self> {
        let zeros = || vec![0.0; problem.dim()];
        Ok(Self {
            max_products: config.count("max_products")?,
            value: None,
            gradient: zeros(),
            trial: zeros(),
            trial_gradient: zeros(),
        })
    }

    fn step(&mut self, problem: &Problem<'_>, theta: &mut [f64]) -> Result<Flow> {
        let value = match self.value {
            Some(value) => value,
            None => problem.value_gradient(theta, &mut self.gradient)?,
        };
        if self.gradient.iter().all(|component| *component == 0.0) {
            return Ok(Flow::Converged);
        }
        let direction = self.direction(*problem, theta)?;
        let slope = dot(&self.gradient, &direction);
        let blur = 4.0 * f64::EPSILON * value.abs().max(1.0);
        let mut length = 1.0;
        for _ in 0..MAX_HALVINGS {
            self.trial.copy_from_slice(theta);
            axpy(length, &direction, &mut self.trial);
            let lower = problem.value_gradient(&self.trial, &mut self.trial_gradient)?;
            let new_slope = dot(&self.trial_gradient, &direction);
            // Armijo's rule, or where rounding blurs L the same rule on its slope.
            let is_flat =
                lower <= value + blur && new_slope <= (2.0 * DECREASE - 1.0) * slope && new_slope.abs() < -slope;
            if lower.is_finite() && (lower <= value + DECREASE * length * slope || is_flat) {
                theta.copy_from_slice(&self.trial);
                std::mem::swap(&mut self.gradient, &mut self.trial_gradient);
                self.value = Some(lower);
                return Ok(Flow::Continue);
            }
            length *= 0.5;
        }
        self.value = Some(value);
        Ok(Flow::Converged)
    }
}

impl NewtonCg {
    fn direction(&self, problem: Problem<'_>, theta: &[f64]) -> Result<Vec<f64>> {
        let hessian = problem.hessian()?;
        let size = dot(&self.gradient, &self.gradient).sqrt();
        let goal = (size.sqrt().min(0.5) * size).powi(2);
        let mut direction = vec![0.0; theta.len()];
        let mut residual: Vec<f64> = self.gradient.iter().map(|component| -component).collect();
        let mut search = residual.clone();
        let mut image = vec![0.0; theta.len()];
        let mut product = size * size;
        for iteration in 0..self.max_products {
            hessian.product(theta, &search, &mut image)?;
            let curvature = dot(&search, &image);
            if curvature.is_nan() || curvature <= 0.0 {
                return Ok(if iteration == 0 { search } else { direction });
            }
            let length = product / curvature;
            axpy(length, &search, &mut direction);
            axpy(-length, &image, &mut residual);
            let next = dot(&residual, &residual);
            if next <= goal {
                break;
            }
            for (component, r) in search.iter_mut().zip(&residual) {
                *component = r + next / product * *component;
            }
            product = next;
        }
        Ok(direction)
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(x, y)| x * y).sum()
}

fn axpy(scale: f64, x: &[f64], y: &mut [f64]) {
    for (target, value) in y.iter_mut().zip(x) {
        *target += scale * value;
    }
}

export!(NewtonCg);
