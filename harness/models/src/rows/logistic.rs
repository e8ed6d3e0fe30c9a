//! Softmax experts: `u = b_y - max`, `v = 1 / sum exp(b - max)`; no logarithm.

use super::{Densities, PanelExperts, Place, pair};
use crate::families::Logistic;
use crate::kernels::Simd;
use crate::kernels::exp::exp;

impl PanelExperts for Logistic<'_> {
    const CONSTANT: f64 = 0.0;

    fn target(&self, row: usize) -> f64 {
        f64::from(self.labels[row])
    }

    #[inline(always)]
    fn densities<S: Simd>(&self, simd: S, place: Place, experts: &mut [f64], y: S::Vector, out: &mut Densities<'_>) {
        let (zero, one) = (simd.splat(0.0), simd.splat(1.0));
        let block = self.columns * place.stride;
        for (expert, logits) in experts.chunks_exact_mut(block).enumerate() {
            // The reference's logit is zero.
            let mut own = zero;
            let mut largest = zero;
            let scale;
            if self.columns == 1 {
                let b = simd.read(logits, place.of(0));
                let (most, both, sum) = pair(simd, b, zero);
                own = simd.select(simd.equal(y, zero), b, zero);
                largest = most;
                scale = simd.div(one, sum);
                simd.write(logits, place.of(0), simd.mul(both[0], scale));
            } else {
                let mut class = zero;
                for column in 0..self.columns {
                    let b = simd.read(logits, place.of(column));
                    largest = simd.max(largest, b);
                    own = simd.select(simd.equal(y, class), b, own);
                    class = simd.add(class, one);
                }
                let mut sum = exp(simd, simd.negate(largest));
                for column in 0..self.columns {
                    let e = exp(simd, simd.sub(simd.read(logits, place.of(column)), largest));
                    sum = simd.add(sum, e);
                    simd.write(logits, place.of(column), e);
                }
                scale = simd.div(one, sum);
                for column in 0..self.columns {
                    let p = simd.mul(simd.read(logits, place.of(column)), scale);
                    simd.write(logits, place.of(column), p);
                }
            }
            simd.write(out.u, place.of(expert), simd.sub(own, largest));
            simd.write(out.v, place.of(expert), scale);
        }
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
        let (zero, one) = (simd.splat(0.0), simd.splat(1.0));
        let block = self.columns * place.stride;
        for (expert, probabilities) in experts.chunks_exact_mut(block).enumerate() {
            let r = simd.read(r, place.of(expert));
            let mut class = zero;
            for column in 0..self.columns {
                let label = simd.select(simd.equal(y, class), one, zero);
                let p = simd.read(probabilities, place.of(column));
                simd.write(probabilities, place.of(column), simd.mul(r, simd.sub(p, label)));
                class = simd.add(class, one);
            }
        }
    }
}
