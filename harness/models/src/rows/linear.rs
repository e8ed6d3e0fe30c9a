//! Linear experts: `u = -e^2 / (2 sigma^2) - log sigma`, `e = y - b`.

use super::{Densities, PanelExperts, Place};
use crate::families::{HALF_LOG_TWO_PI, Linear};
use crate::kernels::Simd;

impl PanelExperts for Linear<'_> {
    const CONSTANT: f64 = -HALF_LOG_TWO_PI;

    fn target(&self, row: usize) -> f64 {
        self.y[row]
    }

    #[inline(always)]
    fn densities<S: Simd>(&self, simd: S, place: Place, experts: &mut [f64], y: S::Vector, out: &mut Densities<'_>) {
        for (expert, (precision, log)) in self.sigmas.precision.iter().zip(&self.sigmas.log).enumerate() {
            let e = simd.sub(y, simd.read(experts, place.of(expert)));
            let scaled = simd.mul(simd.mul(e, e), simd.splat(0.5 * precision));
            simd.write(out.u, place.of(expert), simd.sub(simd.splat(-log), scaled));
            simd.write(out.v, place.of(expert), simd.splat(1.0));
        }
    }

    #[inline(always)]
    fn residuals<S: Simd>(
        &self,
        simd: S,
        place: Place,
        experts: &mut [f64],
        (y, valid): (S::Vector, S::Mask),
        r: &[f64],
        noise: &mut [f64],
    ) {
        for (expert, precision) in self.sigmas.precision.iter().enumerate() {
            let e = simd.sub(y, simd.read(experts, place.of(expert)));
            let r = simd.read(r, place.of(expert));
            let scaled = simd.mul(simd.mul(r, e), simd.splat(*precision));
            simd.write(experts, place.of(expert), simd.negate(scaled));
            if let Some(index) = self.sigmas.parameter[expert] {
                let gradient = simd.fnma(scaled, e, r);
                noise[index] += simd.sum(simd.select(valid, gradient, simd.splat(0.0)));
            }
        }
    }
}
