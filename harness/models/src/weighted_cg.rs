//! Weighted least squares of many features, for all experts at once, by conjugate gradients.
//!
//! Solves `[1/n sum_x v_xz x x' + shift I] beta_z = rhs_z` for every z. Products with the k matrices are one
//! pass over the data; the preconditioner is the factor of `1/n X' X + shift k I`, which the weights, summing
//! to one in a row, make k times too large. It knows nothing of mixtures.

use crate::data::Data;
use crate::kernels::Simd;
use crate::newton::Cholesky;
use crate::panel::{PanelRows, RowKernel, Rows};
use crate::softmax_regression::Bench;
use crate::sum::{axpy, dot};

/// Residual, in the preconditioner's norm and relative to the right-hand side, at which a system is solved:
/// what rounding leaves of a factorization's solution, too.
const GOAL: f64 = 1e-14;
/// Iterations after which a factorization is cheaper.
const MAX_ITERATIONS: u64 = 60;
/// Residuals that have not been halved in so many iterations have met rounding.
const PATIENCE: u64 = 5;
/// Where rounding is met above this, the systems are left to a factorization.
const ACCEPTABLE: f64 = 1e-11;

/// The iteration's vectors, d by k each.
pub(crate) struct WeightedCg {
    solution: Vec<f64>,
    residual: Vec<f64>,
    preconditioned: Vec<f64>,
    direction: Vec<f64>,
    image: Vec<f64>,
    systems: Vec<System>,
}

/// How far one expert's system is.
#[derive(Clone, Copy, Default)]
struct System {
    product: f64,
    goal: f64,
    best: f64,
    since_best: u64,
    is_done: bool,
}

impl WeightedCg {
    pub(crate) fn new(d: usize, k: usize) -> Self {
        let zeros = || vec![0.0; d * k];
        Self {
            solution: zeros(),
            residual: zeros(),
            preconditioned: zeros(),
            direction: zeros(),
            image: zeros(),
            systems: vec![System::default(); k],
        }
    }

    /// Replaces `rhs` by the solutions, or leaves it and returns `None` where they are not reached.
    #[expect(clippy::too_many_arguments, reason = "a system, its preconditioner and where to work")]
    pub(crate) fn solve(
        &mut self,
        data: &Data,
        weights: &[f64],
        shift: f64,
        bench: &mut Bench<'_>,
        (factor, cholesky): (&[f64], &mut Cholesky),
        rhs: &mut [f64],
        start: Option<&[f64]>,
        iterations: &mut u64,
    ) -> Option<()> {
        let d = data.d();
        self.preconditioned.copy_from_slice(rhs);
        cholesky.solve(factor, d, &mut self.preconditioned);
        let sides = rhs.chunks_exact(d).zip(self.preconditioned.chunks_exact(d));
        for (system, (rhs, preconditioned)) in self.systems.iter_mut().zip(sides) {
            let size = dot(rhs, preconditioned).sqrt();
            *system = System { goal: GOAL * size, best: f64::INFINITY, ..System::default() };
        }
        self.residual.copy_from_slice(rhs);
        if let Some(start) = start {
            self.solution.copy_from_slice(start);
            self.direction.copy_from_slice(start);
            self.multiply(data, weights, shift, bench);
            axpy(-1.0, &self.image, &mut self.residual);
        } else {
            self.solution.fill(0.0);
        }
        self.direction.fill(0.0);
        for _ in 0..MAX_ITERATIONS {
            self.preconditioned.copy_from_slice(&self.residual);
            cholesky.solve(factor, d, &mut self.preconditioned);
            self.redirect(d)?;
            if self.systems.iter().all(|system| system.is_done) {
                rhs.copy_from_slice(&self.solution);
                return Some(());
            }
            self.multiply(data, weights, shift, bench);
            *iterations += 1;
            bench.cost.inner += 1;
            self.advance(d)?;
        }
        None
    }

    /// New directions from the preconditioned residuals; says which systems are done.
    fn redirect(&mut self, d: usize) -> Option<()> {
        for (expert, system) in self.systems.iter_mut().enumerate() {
            let place = expert * d..(expert + 1) * d;
            let direction = &mut self.direction[place.clone()];
            let (residual, preconditioned) = (&self.residual[place.clone()], &self.preconditioned[place]);
            let product = dot(residual, preconditioned);
            let size = product.sqrt();
            if !size.is_finite() {
                return None;
            }
            if size <= 0.5 * system.best {
                (system.best, system.since_best) = (size, 0);
            } else {
                system.since_best += 1;
            }
            if system.is_done || size <= system.goal {
                system.is_done = true;
            } else if system.since_best >= PATIENCE {
                if size > ACCEPTABLE / GOAL * system.goal {
                    return None;
                }
                system.is_done = true;
            }
            if system.is_done {
                direction.fill(0.0);
                continue;
            }
            let momentum = if system.product > 0.0 { product / system.product } else { 0.0 };
            system.product = product;
            for (q, z) in direction.iter_mut().zip(preconditioned) {
                *q = z + momentum * *q;
            }
        }
        Some(())
    }

    /// A step along each direction; `None` where a matrix is not definite.
    fn advance(&mut self, d: usize) -> Option<()> {
        for (expert, system) in self.systems.iter().enumerate().filter(|(_, system)| !system.is_done) {
            let place = expert * d..(expert + 1) * d;
            let (direction, image) = (&self.direction[place.clone()], &self.image[place.clone()]);
            let curvature = dot(direction, image);
            if curvature.is_nan() || curvature <= 0.0 {
                return None;
            }
            let length = system.product / curvature;
            axpy(length, direction, &mut self.solution[place.clone()]);
            axpy(-length, image, &mut self.residual[place]);
        }
        Some(())
    }

    /// `image = [1/n X' V X + shift I] direction`.
    fn multiply(&mut self, data: &Data, weights: &[f64], shift: f64, bench: &mut Bench<'_>) {
        let k = self.systems.len();
        bench.cost.work(bench.prices.column * k as f64);
        let kernel = Scale { weights, k };
        bench.panel.pass(data, Rows::All, &self.direction, Some(&mut self.image), &mut [], &kernel);
        let scale = 1.0 / data.n() as f64;
        for (value, q) in self.image.iter_mut().zip(&self.direction) {
            *value = *value * scale + shift * q;
        }
    }
}

/// Multiplies column z of the logits by column z of the weights, n by k row-major.
struct Scale<'a> {
    weights: &'a [f64],
    k: usize,
}

impl RowKernel for Scale<'_> {
    fn scratch(&self) -> usize {
        0
    }

    #[expect(clippy::inline_always, reason = "as for `kernels`")]
    #[inline(always)]
    fn panel<S: Simd>(&self, _simd: S, panel: &mut PanelRows<'_>) {
        let from = panel.first * self.k;
        let weights = &self.weights[from..from + panel.count * self.k];
        for (position, row) in weights.chunks_exact(self.k).enumerate() {
            for (column, weight) in row.iter().enumerate() {
                panel.z[column * panel.stride + position] *= weight;
            }
        }
    }
}
