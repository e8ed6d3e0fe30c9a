//! Limited-memory BFGS on the likelihood.
//!
//! Direction −H∇L(θ), H the two-loop product of the last pairs (s, y) = (Δθ, Δ∇L); then a line search to the strong Wolfe
//! conditions, every evaluation of which is charged. One step is one accepted point. The recursion is written out here,
//! since libraries own their loop and the harness needs to hold it: a step has to return.

use std::collections::VecDeque;

use harness_plugin_api::{Config, Flow, Info, Optimizer, Param, Problem, Result, export};

/// Sufficient decrease and curvature (Nocedal and Wright's values for quasi-Newton methods).
const DECREASE: f64 = 1e-4;
const CURVATURE: f64 = 0.9;
/// Evaluations of one line search.
const MAX_EVALUATIONS: u32 = 40;

/// See the crate's documentation.
#[derive(Debug)]
pub struct LimitedMemoryBfgs {
    memory: usize,
    pairs: VecDeque<Pair>,
    /// Value and gradient at θ, known since the last step.
    value: Option<f64>,
    gradient: Vec<f64>,
}

#[derive(Debug)]
struct Pair {
    step: Vec<f64>,
    change: Vec<f64>,
    /// 1 / ⟨s, y⟩.
    rho: f64,
}

/// A point on the line.
struct Trial {
    length: f64,
    value: f64,
    slope: f64,
    theta: Vec<f64>,
    gradient: Vec<f64>,
}

impl Optimizer for LimitedMemoryBfgs {
    const INFO: Info = Info {
        name: "lbfgs",
        version: env!("CARGO_PKG_VERSION"),
        summary: "limited-memory BFGS with a line search to the strong Wolfe conditions",
        doc: "Update: θ⁺ = θ − a·H∇L(θ), H the two-loop recursion over the last `memory` pairs, a by bracketing and \
              zooming. Stops where no point on the line is lower, even along the gradient.\n\
              Reference: Liu, Nocedal (1989), Math. Programming 45, doi:10.1007/BF01589116; Nocedal, Wright, \
              Numerical Optimization (2006), algorithms 7.4, 3.5 and 3.6; near the rounding of L the approximate \
              Wolfe conditions of Hager, Zhang (2005), doi:10.1137/030601880.",
        params: &[&Param::integer("memory", "pairs that are kept").default(10.0).range(1.0, 1000.0).search(3.0, 30.0)],
        descent: true,
        ..Info::DEFAULT
    };

    fn create(problem: &Problem<'_>, config: &Config<'_>, _start: &[f64]) -> Result<Self> {
        Ok(Self {
            memory: config.count("memory")?,
            pairs: VecDeque::new(),
            value: None,
            gradient: vec![0.0; problem.dim()],
        })
    }

    fn step(&mut self, problem: &Problem<'_>, theta: &mut [f64]) -> Result<Flow> {
        let value = match self.value {
            Some(value) => value,
            None => problem.value_gradient(theta, &mut self.gradient)?,
        };
        self.value = Some(value);
        if self.gradient.iter().all(|component| *component == 0.0) {
            return Ok(Flow::Converged);
        }
        let mut found = self.search(*problem, theta, value)?;
        if found.is_none() && !self.pairs.is_empty() {
            self.pairs.clear();
            found = self.search(*problem, theta, value)?;
        }
        let Some(trial) = found else { return Ok(Flow::Converged) };
        self.remember(theta, &trial);
        theta.copy_from_slice(&trial.theta);
        self.gradient = trial.gradient;
        self.value = Some(trial.value);
        Ok(Flow::Continue)
    }
}

impl LimitedMemoryBfgs {
    /// −H∇L by the two-loop recursion.
    fn direction(&self) -> Vec<f64> {
        let mut direction: Vec<f64> = self.gradient.iter().map(|component| -component).collect();
        let mut shares = Vec::with_capacity(self.pairs.len());
        for pair in self.pairs.iter().rev() {
            let share = pair.rho * dot(&pair.step, &direction);
            axpy(-share, &pair.change, &mut direction);
            shares.push(share);
        }
        if let Some(last) = self.pairs.back() {
            let scale = 1.0 / (last.rho * dot(&last.change, &last.change));
            for component in &mut direction {
                *component *= scale;
            }
        }
        for (pair, share) in self.pairs.iter().zip(shares.iter().rev()) {
            let back = pair.rho * dot(&pair.change, &direction);
            axpy(share - back, &pair.step, &mut direction);
        }
        direction
    }

    fn remember(&mut self, theta: &[f64], trial: &Trial) {
        let step: Vec<f64> = trial.theta.iter().zip(theta).map(|(new, old)| new - old).collect();
        let change: Vec<f64> = trial.gradient.iter().zip(&self.gradient).map(|(new, old)| new - old).collect();
        let product = dot(&step, &change);
        // Only pairs of positive curvature keep H positive definite.
        if product > f64::EPSILON * dot(&change, &change).sqrt() * dot(&step, &step).sqrt() {
            self.pairs.push_back(Pair { step, change, rho: 1.0 / product });
            if self.pairs.len() > self.memory {
                self.pairs.pop_front();
            }
        }
    }

    /// A point on the line that satisfies the strong Wolfe conditions, or the best that was found; `None` if nothing is
    /// lower.
    fn search(&self, problem: Problem<'_>, theta: &[f64], value: f64) -> Result<Option<Trial>> {
        let direction = self.direction();
        let slope = dot(&self.gradient, &direction);
        if slope.is_nan() || slope >= 0.0 {
            return Ok(None);
        }
        let first = if self.pairs.is_empty() { 1.0_f64.min(1.0 / dot(&direction, &direction).sqrt()) } else { 1.0 };
        let line = Line { problem, theta, direction: &direction, value, slope };
        let (mut low, mut high) = (0.0, f64::INFINITY);
        let (mut length, mut best): (f64, Option<Trial>) = (first, None);
        for _ in 0..MAX_EVALUATIONS {
            let trial = line.at(length)?;
            if !trial.value.is_finite() || !line.is_lower(&trial) {
                high = length;
            } else if trial.slope.abs() <= CURVATURE * slope.abs() {
                return Ok(Some(trial));
            } else {
                if trial.slope < 0.0 {
                    low = length;
                } else {
                    high = length;
                }
                if best.as_ref().is_none_or(|best| trial.value < best.value) {
                    best = Some(trial);
                }
            }
            length = if high.is_finite() { 0.5 * (low + high) } else { 2.0 * length };
            if high.is_finite() && high - low <= f64::EPSILON * high {
                break;
            }
        }
        Ok(best)
    }
}

struct Line<'a> {
    problem: Problem<'a>,
    theta: &'a [f64],
    direction: &'a [f64],
    value: f64,
    slope: f64,
}

impl Line<'_> {
    fn at(&self, length: f64) -> Result<Trial> {
        let mut theta = self.theta.to_vec();
        axpy(length, self.direction, &mut theta);
        let mut gradient = vec![0.0; theta.len()];
        let value = self.problem.value_gradient(&theta, &mut gradient)?;
        let slope = dot(&gradient, self.direction);
        Ok(Trial { length, value, slope, theta, gradient })
    }

    /// Armijo's rule, or where rounding blurs L the same rule on its slope.
    fn is_lower(&self, trial: &Trial) -> bool {
        let blur = 4.0 * f64::EPSILON * self.value.abs().max(1.0);
        trial.value <= self.value + DECREASE * trial.length * self.slope
            || (trial.value <= self.value + blur && trial.slope <= (2.0 * DECREASE - 1.0) * self.slope)
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

export!(LimitedMemoryBfgs);
