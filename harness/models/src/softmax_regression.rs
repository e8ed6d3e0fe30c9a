//! Softmax regression with row weights and a linear term: the one inner problem of gates and
//! logistic experts, in M-steps and in mirror projections.
//!
//! Minimises `f(Phi) = 1/n sum_x v_x log(1 + sum_a exp(phi_a' x)) - <C, Phi> + lambda/2 |Phi|^2`
//! over a d by p matrix Phi by Newton's method with backtracking; `C = X' T / n` for targets T.
//! It knows nothing of mixtures: who calls decides the weights v, C and lambda.

use faer::MatMut;

use crate::cost::{Cost, Prices};
use crate::data::Data;
use crate::newton::{Cholesky, Inner, MAX_NEWTON_ITERATIONS, Tolerance};
use crate::newton_cg::ConjugateGradients;
use crate::panel::{Panel, Rows};
use crate::rows::Regression;
use crate::sum::{axpy, dot, norm};
use crate::unit_gram::UnitGram;

/// Products with the Hessian that forming it may cost, by flops, before conjugate gradients take over:
/// preconditioned, a Newton step takes them 5 to 20.
const PRODUCTS_PER_STEP: usize = 30;

/// Whether the Hessian of p columns is formed: p (p + 1) / 2 Gram matrices of n d^2 flops each, where a product
/// with it is 4 n d p.
pub(crate) fn is_dense(d: usize, p: usize) -> bool {
    (p + 1) * d <= 8 * PRODUCTS_PER_STEP
}

/// Squared decrement, relative to `max(1, |f|)`, below which rounding hides a decrease of f. From
/// there on the decrement itself is the measure of progress.
const FLOOR: f64 = 1e-13;
/// The same relative to the size of the terms whose sum f is: large parameters that cancel in the
/// logits (columns of very different scales) make f less certain.
const TERMS_FLOOR: f64 = 64.0 * f64::EPSILON;
/// Gradient norm, relative to `max(1, sqrt |f|, |C|)`, at which a point counts as stationary where the
/// Hessian has vanished: the data is separated, the optimum infinite, and f as good as there.
const STATIONARY: f64 = 1e-8;
/// At the floor, a decrement that does not fall by this factor has stopped falling.
const STALL: f64 = 0.9;
/// Squared decrement of a step after which the Hessian is the same to well within a factor of 4: the factor at hand
/// then tells whether the point is a solution, and none is made for that alone.
const NEAR: f64 = 1e-8;
/// Armijo's constant.
const SUFFICIENT: f64 = 1e-4;
/// Evaluations, at steps halved each time, before the line search gives up.
const MAX_EVALUATIONS: u64 = 40;

/// One problem; the fields are those of the formula above.
pub(crate) struct SoftmaxRegression<'a> {
    pub(crate) data: &'a Data,
    pub(crate) weights: RowWeights<'a>,
    pub(crate) linear: &'a [f64],
    pub(crate) ridge: f64,
    /// Whether f is known to be bounded below, so that a Hessian which vanishes along the way means an infinite optimum
    /// (separated data) and not a problem without one.
    pub(crate) is_bounded: bool,
}

impl SoftmaxRegression<'_> {
    /// f at zero, which takes no product with the data.
    fn value_at_zero(&self, len: usize) -> f64 {
        let n = self.data.n();
        let mass: f64 = (0..n).map(|row| self.weights.get(row)).sum();
        mass / n as f64 * ((len / self.data.d() + 1) as f64).ln()
    }
}

/// The weights v.
#[derive(Clone, Copy)]
pub(crate) enum RowWeights<'a> {
    Unit,
    /// A column of a row-major matrix with `stride` columns.
    Column {
        matrix: &'a [f64],
        stride: usize,
        column: usize,
    },
    /// The sum over a row of such a matrix.
    Total {
        matrix: &'a [f64],
        stride: usize,
    },
}

impl<'a> RowWeights<'a> {
    /// An expert's column of an n by k matrix.
    pub(crate) fn of(matrix: &'a [f64], k: usize, expert: usize) -> Self {
        Self::Column { matrix, stride: k, column: expert }
    }

    pub(crate) fn get(self, row: usize) -> f64 {
        match self {
            Self::Unit => 1.0,
            Self::Column { matrix, stride, column } => matrix[row * stride + column],
            Self::Total { matrix, stride } => matrix[row * stride..(row + 1) * stride].iter().sum(),
        }
    }
}

/// Why a solve failed; the caller knows which block of theta it was for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum SolveFailure {
    Indefinite,
    Stalled { iterations: u64, decrement: f64 },
    Overflow,
}

/// Where the solver works and what it charges.
pub(crate) struct Bench<'a> {
    pub(crate) panel: &'a mut Panel,
    pub(crate) cost: &'a mut Cost,
    pub(crate) prices: Prices,
    pub(crate) unit_gram: &'a mut UnitGram,
}

/// Newton's method with its buffers, allocated once for the largest problem of an objective.
pub(crate) struct SoftmaxSolver {
    probabilities: Vec<f64>,
    /// Sum of the sizes of the terms of f at the last evaluation.
    terms: f64,
    gradient: Vec<f64>,
    step: Vec<f64>,
    trial: Vec<f64>,
    best: Vec<f64>,
    /// A warm start that was left for zero.
    warm: Vec<f64>,
    hessian: Vec<f64>,
    cholesky: Cholesky,
    conjugate: ConjugateGradients,
}

impl SoftmaxSolver {
    /// For problems on `data` with the given numbers of columns p.
    pub(crate) fn new(data: &Data, columns: &[usize]) -> Self {
        let most = columns.iter().copied().max().unwrap_or(0);
        let d = data.d();
        let dense = columns.iter().filter(|p| is_dense(d, **p)).map(|p| p * d).max();
        let is_any_large = columns.iter().any(|p| !is_dense(d, *p));
        let dense = dense.unwrap_or(0);
        let zeros = || vec![0.0; most * d];
        Self {
            probabilities: vec![0.0; data.n() * most],
            terms: 0.0,
            gradient: zeros(),
            step: zeros(),
            trial: zeros(),
            best: zeros(),
            warm: zeros(),
            hessian: vec![0.0; dense * dense],
            cholesky: Cholesky::new(dense),
            conjugate: ConjugateGradients::new(d, if is_any_large { most } else { 0 }),
        }
    }

    /// Solves from the warm start in `phi`, which is replaced by the minimiser.
    pub(crate) fn solve(
        &mut self,
        problem: &SoftmaxRegression<'_>,
        bench: &mut Bench<'_>,
        phi: &mut [f64],
        tolerance: Tolerance,
    ) -> Result<Inner, SolveFailure> {
        let mut inner = Inner { evaluations: 1, ..Inner::default() };
        let mut f = self.evaluate(problem, bench, phi);
        let mut may_restart = phi.iter().any(|value| *value != 0.0);
        if may_restart && f > problem.value_at_zero(phi.len()) {
            // A warm start worse than none, saturated perhaps.
            may_restart = false;
            f = self.restart(problem, bench, phi, &mut inner);
        }
        let mut left_behind = f64::INFINITY;
        let mut was_definite = false;
        let mut first_decrement = None;
        let mut previous = f64::INFINITY;
        let mut is_near = false;
        self.conjugate.forget();
        for _ in 0..MAX_NEWTON_ITERATIONS {
            let gradient_norm = norm(&self.gradient[..phi.len()]);
            if !(f.is_finite() && gradient_norm.is_finite()) {
                return Err(SolveFailure::Overflow);
            }
            let scale = f.abs().sqrt().max(1.0);
            let target = tolerance.absolute * scale;
            if gradient_norm <= target {
                return Ok(inner);
            }
            let wanted = first_decrement.map_or(target, |first| target.max(tolerance.relative * first));
            if is_near && self.stale_decrement(problem, phi.len()) <= 0.5 * wanted && f <= left_behind {
                return Ok(inner);
            }
            let Some(iterations) = self.newton_step(problem, bench, phi.len(), target) else {
                let sizes = scale.max(norm(problem.linear));
                if gradient_norm <= STATIONARY * sizes && f <= left_behind {
                    inner.at_floor = true;
                    return Ok(inner);
                }
                // Saturation hides a Hessian that is definite at zero.
                if may_restart {
                    may_restart = false;
                    left_behind = f;
                    previous = f64::INFINITY;
                    is_near = false;
                    self.warm[..phi.len()].copy_from_slice(phi);
                    f = self.restart(problem, bench, phi, &mut inner);
                    continue;
                }
                if !(problem.is_bounded && was_definite) {
                    return Err(SolveFailure::Indefinite);
                }
                // The optimum is infinite, and f is as low here as arithmetic can see; the warm start may be lower.
                if f > left_behind {
                    phi.copy_from_slice(&self.warm[..phi.len()]);
                }
                inner.at_floor = true;
                return Ok(inner);
            };
            was_definite = true;
            inner.iterations += iterations;
            bench.cost.inner += iterations;
            let squared = dot(&self.gradient[..phi.len()], &self.step[..phi.len()]);
            if squared.is_nan() || squared <= 0.0 {
                return Err(SolveFailure::Indefinite);
            }
            let decrement = squared.sqrt();
            let first = *first_decrement.get_or_insert(decrement);
            if decrement <= target.max(tolerance.relative * first) && f <= left_behind {
                return Ok(inner);
            }
            let is_floor = squared <= (FLOOR * f.abs().max(1.0)).max(TERMS_FLOOR * self.terms);
            if is_floor && decrement >= STALL * previous {
                if decrement > previous {
                    phi.copy_from_slice(&self.best[..phi.len()]);
                }
                inner.at_floor = true;
                return Ok(inner);
            }
            previous = if is_floor { decrement } else { f64::INFINITY };
            self.best[..phi.len()].copy_from_slice(phi);
            match self.search(problem, bench, phi, f, squared, is_floor) {
                Ok((lower, evaluations)) => {
                    is_near = squared <= NEAR && is_dense(problem.data.d(), phi.len() / problem.data.d());
                    f = lower;
                    inner.evaluations += evaluations;
                }
                // Steps out of saturation can be wild.
                Err(evaluations) if may_restart => {
                    may_restart = false;
                    left_behind = f;
                    previous = f64::INFINITY;
                    is_near = false;
                    inner.evaluations += evaluations;
                    f = self.restart(problem, bench, phi, &mut inner);
                }
                Err(_) => return Err(SolveFailure::Stalled { iterations: inner.iterations, decrement }),
            }
        }
        let decrement = dot(&self.gradient[..phi.len()], &self.step[..phi.len()]).abs().sqrt();
        Err(SolveFailure::Stalled { iterations: inner.iterations, decrement })
    }

    /// Puts `phi` to zero; returns f there.
    fn restart(
        &mut self,
        problem: &SoftmaxRegression<'_>,
        bench: &mut Bench<'_>,
        phi: &mut [f64],
        inner: &mut Inner,
    ) -> f64 {
        phi.fill(0.0);
        inner.evaluations += 1;
        self.evaluate(problem, bench, phi)
    }

    /// Moves `phi` along the Newton step, which is halved until f falls enough; at the floor the
    /// whole step is taken. Returns the new f and the evaluations it took, or those it took in vain.
    fn search(
        &mut self,
        problem: &SoftmaxRegression<'_>,
        bench: &mut Bench<'_>,
        phi: &mut [f64],
        f: f64,
        squared_decrement: f64,
        is_floor: bool,
    ) -> Result<(f64, u64), u64> {
        let len = phi.len();
        let mut length = 1.0;
        for evaluations in 1..=MAX_EVALUATIONS {
            let mut trial = std::mem::take(&mut self.trial);
            trial[..len].copy_from_slice(phi);
            axpy(-length, &self.step[..len], &mut trial[..len]);
            let lower = self.evaluate(problem, bench, &trial[..len]);
            self.trial = trial;
            // Armijo's rule, or, where rounding blurs f, the same rule on its slope (Hager and
            // Zhang's approximate Wolfe condition).
            let slope = -dot(&self.gradient[..len], &self.step[..len]);
            let is_lower = lower <= f - SUFFICIENT * length * squared_decrement;
            let is_flat = lower <= f + 4.0 * f64::EPSILON * self.terms.max(1.0)
                && slope <= (1.0 - 2.0 * SUFFICIENT) * squared_decrement;
            if lower.is_finite() && (is_lower || is_flat || is_floor) {
                phi.copy_from_slice(&self.trial[..len]);
                return Ok((lower, evaluations));
            }
            length *= 0.5;
        }
        Err(MAX_EVALUATIONS)
    }

    /// f at `phi`; its gradient and the probabilities are kept.
    fn evaluate(&mut self, problem: &SoftmaxRegression<'_>, bench: &mut Bench<'_>, phi: &[f64]) -> f64 {
        let data = problem.data;
        let p = phi.len() / data.d();
        bench.cost.work(bench.prices.column * p as f64);
        let gradient = &mut self.gradient[..phi.len()];
        let kept = &mut self.probabilities[..data.n() * p];
        let kernel = Regression { weights: problem.weights, columns: p };
        let loss = bench.panel.pass(data, Rows::All, phi, Some(&mut *gradient), kept, &kernel).loss;
        let scale = 1.0 / data.n() as f64;
        for (g, (c, value)) in gradient.iter_mut().zip(problem.linear.iter().zip(phi)) {
            *g = *g * scale - c + problem.ridge * value;
        }
        let (loss, ridge) = (loss.value() * scale, 0.5 * problem.ridge * dot(phi, phi));
        let linear = problem.linear.iter().zip(phi).map(|(c, value)| c * value);
        self.terms = loss.abs() + linear.clone().map(f64::abs).sum::<f64>() + ridge;
        loss - linear.sum::<f64>() + ridge
    }

    /// `sqrt(g' H^-1 g)` with the factor of the last Newton step's H.
    fn stale_decrement(&mut self, problem: &SoftmaxRegression<'_>, len: usize) -> f64 {
        debug_assert!(is_dense(problem.data.d(), len / problem.data.d()));
        let (gradient, step) = (&self.gradient[..len], &mut self.step[..len]);
        step.copy_from_slice(gradient);
        self.cholesky.solve(&self.hessian[..len * len], len, step);
        dot(gradient, step).sqrt()
    }

    /// `step = H^-1 gradient`, and the iterations it took; `None` where H is not definite.
    fn newton_step(
        &mut self,
        problem: &SoftmaxRegression<'_>,
        bench: &mut Bench<'_>,
        len: usize,
        target: f64,
    ) -> Option<u64> {
        let (gradient, step) = (&self.gradient[..len], &mut self.step[..len]);
        if !is_dense(problem.data.d(), len / problem.data.d()) {
            return self
                .conjugate
                .solve(problem, bench, &self.probabilities, gradient, step, target)
                .map(|iterations| iterations + 1);
        }
        let data = problem.data;
        let (d, scale) = (data.d(), 1.0 / data.n() as f64);
        let p = len / d;
        let blocks = (0..p).flat_map(|a| (0..=a).map(move |b| (a, b)));
        bench.cost.work(bench.prices.gram * (p * (p + 1) / 2) as f64);
        let hessian = &mut self.hessian[..len * len];
        let probabilities = &self.probabilities;
        let panel_rows = bench.panel.rows();
        bench.panel.weighted_grams(
            data,
            &blocks,
            MatMut::from_column_major_slice_mut(hessian, len, len),
            |(a, b), row| {
                let place = kept_place(row, data.n(), panel_rows, p);
                let of = |column: usize| probabilities[place.0 + column * place.1];
                let other = if a == b { 1.0 - of(a) } else { -of(b) };
                scale * problem.weights.get(row) * of(a) * other
            },
        );
        for (a, b) in blocks.filter(|(a, b)| a != b) {
            for column in 0..d {
                for line in 0..column {
                    let mirrored = hessian[(b * d + line) * len + a * d + column];
                    hessian[(b * d + column) * len + a * d + line] = mirrored;
                }
            }
        }
        for j in 0..len {
            hessian[j * len + j] += problem.ridge;
        }
        self.cholesky.factor(hessian, len)?;
        step.copy_from_slice(gradient);
        self.cholesky.solve(hessian, len, step);
        Some(1)
    }
}

/// Where the probabilities of a row are: the first column's place, and the distance to the next.
fn kept_place(row: usize, n: usize, panel_rows: usize, columns: usize) -> (usize, usize) {
    let (panel, position) = (row / panel_rows, row % panel_rows);
    let count = panel_rows.min(n - panel * panel_rows);
    (panel * panel_rows * columns + position, count)
}
