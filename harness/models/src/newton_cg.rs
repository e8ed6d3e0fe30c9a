//! Newton steps of large softmax regressions, by conjugate gradients on Hessian-vector products.
//!
//! Preconditioned by the Gram matrix of the rows, which bounds the Hessian of a softmax (Böhning,
//! "Multinomial logistic regression algorithm", 1992) and is the same for every column, so that one
//! d by d factorization serves all iterations of a solve. Weights enter by their mean alone: the matrix
//! is made once in an objective's life, and a better one for each solve would cost more than it saves.

use crate::newton::Cholesky;
use crate::panel::Rows;
use crate::rows::Curvature;
use crate::softmax_regression::{Bench, SoftmaxRegression};
use crate::sum::{axpy, dot};

/// Iterations per Newton step; a step cut short is still a descent direction.
const MAX_ITERATIONS: u64 = 1000;
/// Residuals are reduced at least by this factor, and near the solution down to `LEAST`.
const FORCING: f64 = 0.1;
const LEAST: f64 = 1e-6;
/// Squared decrement above which a step is far from the solution, and precision wasted on it: iterations end
/// where the last, times their number, gained less than `GAIN` of what all gained (Nash and Sofer,
/// "Assessing a search direction within a truncated-Newton method", Oper. Res. Lett. 9, 1990).
const FAR: f64 = 1e-4;
const GAIN: f64 = 0.5;
/// The same, relative to the squared decrement that the caller is content with.
const CONTENT: f64 = 0.25;

/// The iteration's buffers, and the preconditioner of the current solve.
pub(crate) struct ConjugateGradients {
    residual: Vec<f64>,
    preconditioned: Vec<f64>,
    direction: Vec<f64>,
    image: Vec<f64>,
    gram: Vec<f64>,
    has_gram: bool,
    cholesky: Cholesky,
}

impl ConjugateGradients {
    /// For `columns` columns of `d` unknowns; none at all if there are no columns.
    pub(crate) fn new(d: usize, columns: usize) -> Self {
        let zeros = || vec![0.0; d * columns];
        let dim = if columns == 0 { 0 } else { d };
        Self {
            residual: zeros(),
            preconditioned: zeros(),
            direction: zeros(),
            image: zeros(),
            gram: vec![0.0; dim * dim],
            has_gram: false,
            cholesky: Cholesky::new(dim),
        }
    }

    /// Drops the preconditioner: the next problem has other weights.
    pub(crate) fn forget(&mut self) {
        self.has_gram = false;
    }

    /// `step = H^-1 gradient`, approximately; the caller is content with a decrement of `target`. Returns
    /// the iterations, `None` where H is not definite.
    pub(crate) fn solve(
        &mut self,
        problem: &SoftmaxRegression<'_>,
        bench: &mut Bench<'_>,
        probabilities: &[f64],
        gradient: &[f64],
        step: &mut [f64],
        target: f64,
    ) -> Option<u64> {
        let len = gradient.len();
        self.precondition(problem, bench, len)?;
        step.fill(0.0);
        self.residual[..len].copy_from_slice(gradient);
        let mut product = self.apply_preconditioner(problem, len);
        self.direction[..len].copy_from_slice(&self.preconditioned[..len]);
        let first = product.sqrt();
        let goal = first * first.clamp(LEAST, FORCING);
        let mut gained = 0.0;
        for iteration in 1..=MAX_ITERATIONS {
            self.hessian_product(problem, bench, probabilities, len);
            let curvature = dot(&self.direction[..len], &self.image[..len]);
            if curvature.is_nan() || curvature <= 0.0 {
                return None;
            }
            let length = product / curvature;
            axpy(length, &self.direction[..len], step);
            axpy(-length, &self.image[..len], &mut self.residual[..len]);
            let gain = length * product;
            gained += gain;
            let coming = iteration as f64 * gain;
            if coming <= CONTENT * target * target || (gained > FAR && coming <= GAIN * gained) {
                return Some(iteration);
            }
            let next = self.apply_preconditioner(problem, len);
            if next.sqrt() <= goal || iteration == MAX_ITERATIONS {
                return Some(iteration);
            }
            let momentum = next / product;
            product = next;
            for (q, z) in self.direction[..len].iter_mut().zip(&self.preconditioned) {
                *q = z + momentum * *q;
            }
        }
        Some(MAX_ITERATIONS)
    }

    fn precondition(&mut self, problem: &SoftmaxRegression<'_>, bench: &mut Bench<'_>, len: usize) -> Option<()> {
        if self.has_gram {
            return Some(());
        }
        let data = problem.data;
        let d = data.d();
        let classes = (len / d + 1) as f64;
        let mass: f64 = (0..data.n()).map(|row| problem.weights.get(row).abs()).sum();
        // The curvature of a uniform softmax along one column, at the mean weight.
        let scale = (1.0 - 1.0 / classes) / classes * mass / data.n() as f64;
        let Bench { unit_gram, panel, cost, prices } = bench;
        let unit = unit_gram.get(data, panel, cost, *prices);
        for (entry, unit) in self.gram.iter_mut().zip(unit) {
            *entry = scale * unit;
        }
        for j in 0..d {
            self.gram[j * d + j] += problem.ridge;
        }
        self.cholesky.factor(&mut self.gram, d)?;
        self.has_gram = true;
        Some(())
    }

    /// `preconditioned = P^-1 residual`; returns their inner product.
    fn apply_preconditioner(&mut self, problem: &SoftmaxRegression<'_>, len: usize) -> f64 {
        self.preconditioned[..len].copy_from_slice(&self.residual[..len]);
        self.cholesky.solve(&self.gram, problem.data.d(), &mut self.preconditioned[..len]);
        dot(&self.residual[..len], &self.preconditioned[..len])
    }

    /// `image = H direction`.
    fn hessian_product(
        &mut self,
        problem: &SoftmaxRegression<'_>,
        bench: &mut Bench<'_>,
        probabilities: &[f64],
        len: usize,
    ) {
        let data = problem.data;
        let p = len / data.d();
        bench.cost.work(bench.prices.column * p as f64);
        let image = &mut self.image[..len];
        let direction = &self.direction[..len];
        let kernel = Curvature { weights: problem.weights, columns: p, probabilities };
        bench.panel.pass(data, Rows::All, direction, Some(&mut *image), &mut [], &kernel);
        let scale = 1.0 / data.n() as f64;
        for (value, q) in image.iter_mut().zip(direction) {
            *value = *value * scale + problem.ridge * q;
        }
    }
}
