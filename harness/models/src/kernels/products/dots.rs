//! Logits of long rows: dot products along the features.

use super::super::simd::{Kernel, MOST_LANES, Simd};
use super::{Element, Typed, tile};

/// Features of long rows taken at a time: a tile of rows then stays in the first-level cache.
const FEATURES_AT_ONCE: usize = 400;
/// Bytes that are brought closer at a time.
const LINE: usize = 64;

pub(super) struct Dots<'a, E> {
    pub(super) rows: Typed<'a, E>,
    /// What will be asked for next.
    pub(super) ahead: *const u8,
    pub(super) weights: &'a [f64],
    pub(super) z: &'a mut [f64],
    pub(super) stride: usize,
}

impl<E: Element> Kernel for Dots<'_, E> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        if S::LANES == 8 { self.tiles::<S, 8>(simd) } else { self.tiles::<S, 4>(simd) }
    }
}

impl<E: Element> Dots<'_, E> {
    /// Tiles of R rows by up to 3 columns, R the lanes.
    #[inline(always)]
    fn tiles<S: Simd, const R: usize>(self, simd: S) {
        let (d, count) = (self.rows.d, self.rows.count);
        let columns = self.weights.len() / d;
        let at_once = FEATURES_AT_ONCE * size_of::<f64>() / size_of::<E>();
        let chunk = d.div_ceil(d.div_ceil(at_once)).next_multiple_of(MOST_LANES);
        let mut ahead = self.ahead;
        for from in (0..d).step_by(chunk) {
            let len = chunk.min(d - from);
            for first in (0..count).step_by(R) {
                let x: [*const E; R] = std::array::from_fn(|row| {
                    // SAFETY: the row is one of `count`, `from` is within its d features.
                    unsafe { self.rows.x.as_ptr().add((first + row).min(count - 1) * d + from) }
                });
                let mut column = 0;
                while column < columns {
                    let width = tile(columns - column, 3);
                    // SAFETY: `column + width` is at most the columns of W and Z, `first + R` at most the stride.
                    unsafe {
                        let w = self.weights.as_ptr().add(column * d + from);
                        let z = self.z.as_mut_ptr().add(column * self.stride + first);
                        match width {
                            1 => dot_tile::<S, E, R, 1>(simd, x, (w, d), len, (z, self.stride), from > 0, &mut ahead),
                            2 => dot_tile::<S, E, R, 2>(simd, x, (w, d), len, (z, self.stride), from > 0, &mut ahead),
                            _ => dot_tile::<S, E, R, 3>(simd, x, (w, d), len, (z, self.stride), from > 0, &mut ahead),
                        }
                    }
                    column += width;
                }
            }
        }
    }
}

/// R rows by C columns over `len` features.
///
/// # Safety
///
/// The rows and the columns of W have `len` features, the columns of Z R rows. R is `S::LANES`.
#[inline(always)]
unsafe fn dot_tile<S: Simd, E: Element, const R: usize, const C: usize>(
    simd: S,
    x: [*const E; R],
    w: (*const f64, usize),
    len: usize,
    z: (*mut f64, usize),
    is_continued: bool,
    ahead: &mut *const u8,
) {
    let mut sums = [[simd.splat(0.0); R]; C];
    let whole = len / S::LANES * S::LANES;
    let mut j = 0;
    while j < whole {
        // SAFETY: `j + LANES` is at most `len`.
        let w: [S::Vector; C] = std::array::from_fn(|c| unsafe { simd.load(w.0.add(c * w.1 + j)) });
        for row in 0..R {
            // SAFETY: as above.
            let x = unsafe { E::load(simd, x[row].add(j)) };
            for c in 0..C {
                sums[c][row] = simd.fma(x, w[c], sums[c][row]);
            }
        }
        simd.prefetch(*ahead);
        *ahead = ahead.wrapping_add(LINE);
        j += S::LANES;
    }
    if whole < len {
        let rest = len - whole;
        // SAFETY: `whole + rest` is `len`.
        let w: [S::Vector; C] = std::array::from_fn(|c| unsafe { simd.load_first(w.0.add(c * w.1 + whole), rest) });
        for row in 0..R {
            // SAFETY: as above.
            let x = unsafe { E::load_first(simd, x[row].add(whole), rest) };
            for c in 0..C {
                sums[c][row] = simd.fma(x, w[c], sums[c][row]);
            }
        }
    }
    for (c, sums) in sums.iter().enumerate() {
        let total = simd.sum_each(sums);
        // SAFETY: Z has so many columns of R rows.
        unsafe {
            let place = z.0.add(c * z.1);
            simd.store(place, if is_continued { simd.add(simd.load(place), total) } else { total });
        }
    }
}
