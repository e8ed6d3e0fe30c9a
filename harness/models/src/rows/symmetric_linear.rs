//! Symmetric linear experts: `u = -(y -+ b)^2 / 2`.

use super::{Densities, PanelExperts, Place};
use crate::families::{HALF_LOG_TWO_PI, SymmetricLinear};
use crate::kernels::Simd;

impl PanelExperts for SymmetricLinear<'_> {
    const CONSTANT: f64 = -HALF_LOG_TWO_PI;

    fn target(&self, row: usize) -> f64 {
        self.y[row]
    }

    #[inline(always)]
    fn densities<S: Simd>(&self, simd: S, place: Place, experts: &mut [f64], y: S::Vector, out: &mut Densities<'_>) {
        let b = simd.read(experts, place.of(0));
        for (expert, e) in [simd.sub(y, b), simd.add(y, b)].into_iter().enumerate() {
            simd.write(out.u, place.of(expert), simd.mul(simd.mul(e, e), simd.splat(-0.5)));
            simd.write(out.v, place.of(expert), simd.splat(1.0));
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
        let b = simd.read(experts, place.of(0));
        let sign = simd.sub(simd.read(r, place.of(0)), simd.read(r, place.of(1)));
        simd.write(experts, place.of(0), simd.fnma(sign, y, b));
    }
}
