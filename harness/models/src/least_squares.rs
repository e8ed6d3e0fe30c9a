//! Weighted least squares by the normal equations: linear experts in M-steps and mirror projections.
//!
//! Solves `[1/n sum_x v_x x x' + shift I] beta = rhs`. Who calls decides weights, shift and
//! right-hand side.

use faer::MatMut;

use crate::data::Data;
use crate::newton::Cholesky;
use crate::softmax_regression::{Bench, RowWeights};
use crate::sum::axpy;
use crate::weighted_cg::WeightedCg;

/// Features up to which the normal equations are formed; beyond, conjugate gradients solve them for all
/// experts in one go, with 10 to 25 passes of one column each where a Gram matrix costs d / 4.
const FORMED_UP_TO: usize = 128;

/// Gram matrices and their factors, allocated once.
pub(crate) struct LeastSquares {
    factor: Vec<f64>,
    /// The shift with which `factor` was made from the Gram matrix of unit weights.
    unit_shift: Option<f64>,
    cholesky: Cholesky,
    conjugate: Option<WeightedCg>,
    /// What is left of the Gram matrix of all rows when those of other experts are taken off.
    rest: Vec<f64>,
}

impl LeastSquares {
    /// For `d` unknowns, 0 where a family has no least squares, and `k` systems at a time.
    pub(crate) fn new(d: usize, k: usize) -> Self {
        Self {
            factor: vec![0.0; d * d],
            unit_shift: None,
            cholesky: Cholesky::new(d),
            conjugate: (d > FORMED_UP_TO).then(|| WeightedCg::new(d, k)),
            rest: vec![0.0; if d > FORMED_UP_TO { 0 } else { d * d }],
        }
    }

    /// Replaces the right-hand sides, d by k, by the solutions for the k columns of `weights`, row-major,
    /// which add up to 1 in every row if `is_partition`; `start` is where iterations begin. The number of the
    /// expert whose system is not definite is an error.
    pub(crate) fn solve_all(
        &mut self,
        data: &Data,
        (weights, is_partition): (&[f64], bool),
        shift: f64,
        bench: &mut Bench<'_>,
        rhs: &mut [f64],
        start: Option<&[f64]>,
    ) -> Result<u64, usize> {
        let d = data.d();
        let k = rhs.len() / d;
        let mut iterations = 0;
        if self.conjugate.is_some() && self.factor_unit(data, shift * k as f64, bench).is_some() {
            let conjugate = self.conjugate.as_mut().expect("looked at above");
            let factor = (self.factor.as_slice(), &mut self.cholesky);
            if conjugate.solve(data, weights, shift, bench, factor, rhs, start, &mut iterations).is_some() {
                return Ok(iterations);
            }
        }
        if is_partition && !self.rest.is_empty() {
            return self.solve_partition(data, weights, shift, bench, rhs).map(|()| iterations);
        }
        for (expert, rhs) in rhs.chunks_exact_mut(d).enumerate() {
            self.solve_weighted(data, RowWeights::of(weights, k, expert), shift, bench, rhs).ok_or(expert)?;
        }
        Ok(iterations)
    }

    /// The experts' Gram matrices add up to that of all rows, so that one of them need not be formed: that
    /// of the largest expert, which loses no digits to the differences.
    fn solve_partition(
        &mut self,
        data: &Data,
        weights: &[f64],
        shift: f64,
        bench: &mut Bench<'_>,
        rhs: &mut [f64],
    ) -> Result<(), usize> {
        let d = data.d();
        let k = rhs.len() / d;
        let mass = |expert: usize| weights.iter().skip(expert).step_by(k).sum::<f64>();
        let largest = (0..k).max_by(|a, b| mass(*a).total_cmp(&mass(*b))).unwrap_or(0);
        let Bench { unit_gram, panel, cost, prices } = bench;
        self.rest.copy_from_slice(unit_gram.get(data, panel, cost, *prices));
        for expert in (0..k).filter(|expert| *expert != largest).chain([largest]) {
            if expert == largest {
                self.factor.copy_from_slice(&self.rest);
            } else {
                weighted_gram(data, RowWeights::of(weights, k, expert), bench, &mut self.factor);
                axpy(-1.0, &self.factor, &mut self.rest);
            }
            self.solve_formed(d, shift, &mut rhs[expert * d..(expert + 1) * d]).ok_or(expert)?;
        }
        Ok(())
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
        self.solve_formed(d, shift, rhs)
    }

    /// With the Gram matrix in `factor`.
    fn solve_formed(&mut self, d: usize, shift: f64, rhs: &mut [f64]) -> Option<()> {
        self.unit_shift = None;
        for j in 0..d {
            self.factor[j * d + j] += shift;
        }
        self.cholesky.factor(&mut self.factor, d)?;
        self.cholesky.solve(&self.factor, d, rhs);
        Some(())
    }

    /// The same with unit weights: the Gram matrix is made and charged once, its factor is kept.
    pub(crate) fn solve_unit(&mut self, data: &Data, shift: f64, bench: &mut Bench<'_>, rhs: &mut [f64]) -> Option<()> {
        self.factor_unit(data, shift, bench)?;
        self.cholesky.solve(&self.factor, data.d(), rhs);
        Some(())
    }

    /// Leaves in `factor` that of `1/n X' X + shift I`.
    fn factor_unit(&mut self, data: &Data, shift: f64, bench: &mut Bench<'_>) -> Option<()> {
        if self.unit_shift.map(f64::to_bits) == Some(shift.to_bits()) {
            return Some(());
        }
        let d = data.d();
        let Bench { unit_gram, panel, cost, prices } = bench;
        self.factor.copy_from_slice(unit_gram.get(data, panel, cost, *prices));
        for j in 0..d {
            self.factor[j * d + j] += shift;
        }
        self.unit_shift = None;
        self.cholesky.factor(&mut self.factor, d)?;
        self.unit_shift = Some(shift);
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
