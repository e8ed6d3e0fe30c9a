//! Rows times a number each: the weighted side of a Gram matrix.

use super::element::{Element, Elements};
use super::simd::{Kernel, Level, Simd};

/// `out = diag(weights) X` for row-major rows of `d` numbers.
pub(crate) fn scale_rows(level: Level, x: Elements<'_>, d: usize, weights: &[f64], out: &mut [f64]) {
    assert!(x.len() == d * weights.len() && out.len() == x.len());
    match x {
        Elements::F64(x) => level.run(Scale { x, d, weights, out }),
        Elements::F32(x) => level.run(Scale { x, d, weights, out }),
    }
}

struct Scale<'a, E> {
    x: &'a [E],
    d: usize,
    weights: &'a [f64],
    out: &'a mut [f64],
}

impl<E: Element> Kernel for Scale<'_, E> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        let rows = self.x.chunks_exact(self.d).zip(self.out.chunks_exact_mut(self.d));
        for (weight, (from, to)) in self.weights.iter().zip(rows) {
            let whole = self.d / S::LANES * S::LANES;
            let factor = simd.splat(*weight);
            for at in (0..whole).step_by(S::LANES) {
                // SAFETY: `at + LANES` is at most the row's length.
                let numbers = unsafe { E::load(simd, from.as_ptr().add(at)) };
                simd.write(to, at, simd.mul(factor, numbers));
            }
            for (to, from) in to[whole..].iter_mut().zip(&from[whole..]) {
                *to = weight * (*from).into();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_is_multiplied_by_its_weight_on_every_unit() {
        for d in [1, 3, 8, 13, 50] {
            let x: Vec<f64> = (0..5 * d).map(|i| i as f64 - 7.5).collect();
            let weights = [0.5, -1.0, 0.0, 3.0, 1e-3];
            for level in Level::all() {
                let mut out = vec![f64::NAN; x.len()];
                scale_rows(level, Elements::F64(&x), d, &weights, &mut out);
                let narrow: Vec<f32> = (0..5 * d).map(|i| i as f32 - 7.5).collect();
                let mut same = vec![f64::NAN; x.len()];
                scale_rows(level, Elements::F32(&narrow), d, &weights, &mut same);
                assert_eq!(out, same);
                for (i, found) in out.iter().enumerate() {
                    assert_eq!(found.to_bits(), (weights[i / d] * x[i]).to_bits(), "{} {d} {i}", level.name());
                }
            }
        }
    }
}
