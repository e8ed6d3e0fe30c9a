//! Row work of a softmax regression: its value and gradient, and products with its Hessian.

use super::{Place, pair};
use crate::kernels::Simd;
use crate::kernels::exp::{exp, ln};
use crate::panel::{PanelRows, RowKernel};
use crate::softmax_regression::RowWeights;

/// `sum_x v_x log(1 + sum_a exp z_a)`; keeps the probabilities, panel by panel, column by column.
pub(crate) struct Regression<'a> {
    pub(crate) weights: RowWeights<'a>,
    pub(crate) columns: usize,
}

impl RowKernel for Regression<'_> {
    fn scratch(&self) -> usize {
        2
    }

    #[inline(always)]
    fn panel<S: Simd>(&self, simd: S, panel: &mut PanelRows<'_>) {
        let (stride, count) = (panel.stride, panel.count);
        let weights = fill_weights(self.weights, panel.first, count, &mut panel.scratch[..stride]);
        let z = &mut panel.z[..self.columns * stride];
        let mut loss = simd.splat(0.0);
        for at in (0..count).step_by(S::LANES) {
            let place = Place { stride, at };
            let weight = simd.read(weights, at);
            let (largest, sum) = probabilities(simd, place, self.columns, z);
            let total = simd.mul(weight, simd.add(largest, ln(simd, sum)));
            loss = simd.add(loss, simd.select(simd.equal(weight, simd.splat(0.0)), simd.splat(0.0), total));
        }
        panel.totals.loss.add(simd.sum(loss));
        for (column, kept) in z.chunks_exact_mut(stride).zip(panel.kept.chunks_exact_mut(count)) {
            kept.copy_from_slice(&column[..count]);
            if !matches!(self.weights, RowWeights::Unit) {
                for at in (0..count).step_by(S::LANES) {
                    let weighted = simd.mul(simd.read(column, at), simd.read(weights, at));
                    simd.write(column, at, weighted);
                }
            }
        }
    }
}

/// `v_x p_a (z_a - sum_b p_b z_b)`, with the probabilities that [`Regression`] kept.
pub(crate) struct Curvature<'a> {
    pub(crate) weights: RowWeights<'a>,
    pub(crate) columns: usize,
    pub(crate) probabilities: &'a [f64],
}

impl RowKernel for Curvature<'_> {
    fn scratch(&self) -> usize {
        2
    }

    #[inline(always)]
    fn panel<S: Simd>(&self, simd: S, panel: &mut PanelRows<'_>) {
        let (stride, count) = (panel.stride, panel.count);
        let weights = fill_weights(self.weights, panel.first, count, &mut panel.scratch[..stride]);
        let z = &mut panel.z[..self.columns * stride];
        let from = panel.first * self.columns;
        let kept = &self.probabilities[from..from + count * self.columns];
        let probability = |column: usize, at: usize| simd.read_rest(&kept[..(column + 1) * count], column * count + at);
        for at in (0..count).step_by(S::LANES) {
            let place = Place { stride, at };
            let weight = simd.read(weights, at);
            let mut mean = simd.splat(0.0);
            for column in 0..self.columns {
                mean = simd.fma(probability(column, at), simd.read(z, place.of(column)), mean);
            }
            for column in 0..self.columns {
                let change = simd.sub(simd.read(z, place.of(column)), mean);
                let scaled = simd.mul(simd.mul(weight, probability(column, at)), change);
                simd.write(z, place.of(column), scaled);
            }
        }
    }
}

/// The weights of a panel's rows, zero beyond them.
#[inline(always)]
fn fill_weights<'a>(weights: RowWeights<'_>, first: usize, count: usize, out: &'a mut [f64]) -> &'a [f64] {
    for (position, weight) in out[..count].iter_mut().enumerate() {
        *weight = weights.get(first + position);
    }
    out[count..].fill(0.0);
    out
}

/// Replaces the logits by probabilities; returns the largest logit and the sum of exponentials
/// without it, the reference's zero included in both.
#[inline(always)]
fn probabilities<S: Simd>(simd: S, place: Place, columns: usize, z: &mut [f64]) -> (S::Vector, S::Vector) {
    let (zero, one) = (simd.splat(0.0), simd.splat(1.0));
    if columns == 1 {
        let (largest, both, sum) = pair(simd, simd.read(z, place.at), zero);
        simd.write(z, place.at, simd.div(both[0], sum));
        return (largest, sum);
    }
    let mut largest = zero;
    for column in 0..columns {
        largest = simd.max(largest, simd.read(z, place.of(column)));
    }
    let mut sum = exp(simd, simd.negate(largest));
    for column in 0..columns {
        let e = exp(simd, simd.sub(simd.read(z, place.of(column)), largest));
        sum = simd.add(sum, e);
        simd.write(z, place.of(column), e);
    }
    let scale = simd.div(one, sum);
    for column in 0..columns {
        simd.write(z, place.of(column), simd.mul(simd.read(z, place.of(column)), scale));
    }
    (largest, sum)
}
