//! Row work of the hot passes, on vectors of rows: what `families` says of one row, for many at once.
//!
//! Logits and scratch are columns of a panel's rows. The formulas are those of `families`; here they
//! are arranged so that a row costs few exponentials and hardly a logarithm.

mod linear;
mod logistic;
mod mixture;
mod softmax;
mod symmetric_linear;
mod symmetric_logistic;

pub(crate) use mixture::{Mixture, Task};
pub(crate) use softmax::{Curvature, Regression};

use crate::kernels::Simd;
use crate::kernels::exp::exp;

/// The experts of one family, on vectors of rows. `experts` and `scratch` columns have the stride of
/// the panel; the vector of rows begins at `at`.
pub(crate) trait PanelExperts: Sync {
    /// What every log density has besides what `densities` writes.
    const CONSTANT: f64;

    /// The target of a row as a number: y, or the label.
    fn target(&self, row: usize) -> f64;

    /// Writes u and v with `log p(y | x, z) = u + log v + CONSTANT`, v at most 1 and not small; returns
    /// nothing else. May replace the logits by a form that `residuals` reads.
    fn densities<S: Simd>(&self, simd: S, place: Place, experts: &mut [f64], y: S::Vector, out: &mut Densities<'_>);

    /// Replaces the logits by the gradient of `-sum_z r_z log p(y | x, z)` with respect to them, and
    /// adds that with respect to the log standard deviations, of `valid` rows, to `noise`.
    fn residuals<S: Simd>(
        &self,
        simd: S,
        place: Place,
        experts: &mut [f64],
        row: (S::Vector, S::Mask),
        r: &[f64],
        noise: &mut [f64],
    );
}

/// A vector of rows in columns.
#[derive(Clone, Copy)]
pub(crate) struct Place {
    pub(crate) stride: usize,
    pub(crate) at: usize,
}

impl Place {
    /// Where the rows are in a column.
    #[inline(always)]
    pub(crate) fn of(self, column: usize) -> usize {
        column * self.stride + self.at
    }
}

/// Log densities `u + log v`, a column per expert.
pub(crate) struct Densities<'a> {
    pub(crate) u: &'a mut [f64],
    pub(crate) v: &'a mut [f64],
}

/// Probabilities of two outcomes with the logits a and b: the larger logit, the exponentials of both
/// after it is taken off, and their sum. One exponential.
#[inline(always)]
pub(crate) fn pair<S: Simd>(simd: S, a: S::Vector, b: S::Vector) -> (S::Vector, [S::Vector; 2], S::Vector) {
    let one = simd.splat(1.0);
    let e = exp(simd, simd.negate(simd.abs(simd.sub(a, b))));
    let is_second = simd.less(a, b);
    let both = [simd.select(is_second, e, one), simd.select(is_second, one, e)];
    (simd.max(a, b), both, simd.add(one, e))
}
