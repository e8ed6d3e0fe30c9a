//! Symmetric logistic experts: `log s(t) = min(t, 0) - log(1 + e^-|t|)` with `t = y b` and `t = -y b`.

use super::{Densities, PanelExperts, Place, pair};
use crate::families::SymmetricLogistic;
use crate::kernels::Simd;

impl PanelExperts for SymmetricLogistic<'_> {
    const CONSTANT: f64 = 0.0;

    fn target(&self, row: usize) -> f64 {
        f64::from(self.labels[row])
    }

    #[inline(always)]
    fn densities<S: Simd>(&self, simd: S, place: Place, experts: &mut [f64], y: S::Vector, out: &mut Densities<'_>) {
        let (zero, one) = (simd.splat(0.0), simd.splat(1.0));
        let b = simd.read(experts, place.of(0));
        let is_positive = simd.equal(y, one);
        let margin = simd.select(is_positive, b, simd.negate(b));
        let (_, both, sum) = pair(simd, b, zero);
        let scale = simd.div(one, sum);
        for (expert, margin) in [margin, simd.negate(margin)].into_iter().enumerate() {
            simd.write(out.u, place.of(expert), simd.min(zero, margin));
            simd.write(out.v, place.of(expert), scale);
        }
        // What `residuals` needs is the probability of a positive label.
        simd.write(experts, place.of(0), simd.mul(both[0], scale));
    }

    #[inline(always)]
    fn residuals<S: Simd>(
        &self,
        simd: S,
        place: Place,
        experts: &mut [f64],
        (y, _): (S::Vector, S::Mask),
        r: &[f64],
        _noise: &mut [f64],
    ) {
        let is_positive = simd.equal(y, simd.splat(1.0));
        let target = simd.select(is_positive, simd.read(r, place.of(0)), simd.read(r, place.of(1)));
        simd.write(experts, place.of(0), simd.sub(simd.read(experts, place.of(0)), target));
    }
}
