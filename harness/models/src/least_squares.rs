//! Weighted least squares by the normal equations: linear experts in M-steps and mirror projections.
//!
//! Solves `[1/n sum_x v_x x x' + shift I] beta = rhs`. Who calls decides weights, shift and
//! right-hand side.

use faer::MatMut;

use crate::data::Data;
use crate::newton::Cholesky;
use crate::softmax_regression::{Bench, RowWeights};

/// Gram matrices and their factors, allocated once.
pub(crate) struct LeastSquares {
    gram: Vec<f64>,
    factor: Vec<f64>,
    /// Whether `gram` is that of unit weights, which never changes.
    has_unit_gram: bool,
    /// The shift with which `factor` was made from it.
    unit_shift: Option<f64>,
    cholesky: Cholesky,
}

impl LeastSquares {
    /// For `d` unknowns; 0 where a family has no least squares.
    pub(crate) fn new(d: usize) -> Self {
        Self {
            gram: vec![0.0; d * d],
            factor: vec![0.0; d * d],
            has_unit_gram: false,
            unit_shift: None,
            cholesky: Cholesky::new(d),
        }
    }

    /// Replaces `rhs` by the solution for weighted rows; `None` where the system is not definite.
    pub(crate) fn solve_weighted(
        &mut self,
        data: &Data,
        weights: RowWeights<'_>,
        shift: f64,
        bench: &mut Bench<'_>,
        rhs: &mut [f64],
    ) -> Option<()> {
        let d = data.d();
        weighted_gram(data, weights, bench, &mut self.factor);
        self.unit_shift = None;
        for j in 0..d {
            self.factor[j * d + j] += shift;
        }
        self.cholesky.factor(&mut self.factor, d)?;
        self.cholesky.solve(&self.factor, d, rhs);
        Some(())
    }

    /// Whether the Gram matrix of unit weights has been made.
    pub(crate) fn has_unit_gram(&self) -> bool {
        self.has_unit_gram
    }

    /// Makes the Gram matrix of unit weights, once.
    pub(crate) fn make_unit_gram(&mut self, data: &Data, bench: &mut Bench<'_>) {
        if !self.has_unit_gram {
            weighted_gram(data, RowWeights::Unit, bench, &mut self.gram);
            self.has_unit_gram = true;
        }
    }

    /// The same with unit weights: the Gram matrix is made and charged once, its factor is kept.
    pub(crate) fn solve_unit(&mut self, data: &Data, shift: f64, bench: &mut Bench<'_>, rhs: &mut [f64]) -> Option<()> {
        let d = data.d();
        self.make_unit_gram(data, bench);
        if self.unit_shift.map(f64::to_bits) != Some(shift.to_bits()) {
            self.factor.copy_from_slice(&self.gram);
            for j in 0..d {
                self.factor[j * d + j] += shift;
            }
            self.unit_shift = None;
            self.cholesky.factor(&mut self.factor, d)?;
            self.unit_shift = Some(shift);
        }
        self.cholesky.solve(&self.factor, d, rhs);
        Some(())
    }
}

/// `1/n X' V X`, lower triangle.
fn weighted_gram(data: &Data, weights: RowWeights<'_>, bench: &mut Bench<'_>, gram: &mut [f64]) {
    let d = data.d();
    let scale = 1.0 / data.n() as f64;
    bench.cost.work(bench.prices.gram);
    bench.panel.weighted_grams(
        data,
        &std::iter::once((0, 0)),
        MatMut::from_column_major_slice_mut(gram, d, d),
        |_, row| scale * weights.get(row),
    );
}
