//! Gradients and Gram matrices: sums over rows along the features.

use super::super::simd::{Kernel, MOST_LANES, Simd};
use super::{Element, Typed, tile};

pub(super) struct Sums<'a, E> {
    pub(super) rows: Typed<'a, E>,
    pub(super) z: &'a [f64],
    /// From a column of Z to the next, and from a row.
    pub(super) z_strides: (usize, usize),
    pub(super) gradient: &'a mut [f64],
    pub(super) columns: usize,
    pub(super) is_lower: bool,
}

impl<E: Element> Kernel for Sums<'_, E> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        let d = self.rows.d;
        let vectors = d.div_ceil(S::LANES);
        // Accumulators: 24 of 32 registers, or 12 of 16.
        let most = match (S::LANES, self.is_lower) {
            (8, false) => 8,
            (_, false) => 4,
            // Short tiles compute less above the diagonal.
            (lanes, true) => lanes / 2,
        };
        let mut vector = 0;
        while vector < vectors {
            let many = tile(vectors - vector, most);
            let feature = vector * S::LANES;
            let last = (d - feature - (many - 1) * S::LANES).min(S::LANES);
            self.features(simd, many, feature, last);
            vector += many;
        }
    }
}

impl<E: Element> Sums<'_, E> {
    /// All columns of `many` vectors of features, the last with `last` lanes.
    #[inline(always)]
    fn features<S: Simd>(&mut self, simd: S, many: usize, feature: usize, last: usize) {
        let widest = match (S::LANES, many) {
            (8, 1..=2) | (4, 1) => 8,
            (8, 3..=4) | (4, 2) => 6,
            _ => 3,
        };
        let mut column = 0;
        let columns = if self.is_lower { self.columns.min(feature + many * S::LANES) } else { self.columns };
        while column < columns {
            let width = tile(columns - column, widest);
            // SAFETY: features and columns are those of G, columns those of Z.
            unsafe {
                let tile = SumTile {
                    x: self.rows.x.as_ptr().add(feature),
                    z: self.z.as_ptr().add(column * self.z_strides.0),
                    z_strides: self.z_strides,
                    g: self.gradient.as_mut_ptr().add(column * self.rows.d + feature),
                    d: self.rows.d,
                    count: self.rows.count,
                    last,
                };
                tile.dispatch(simd, many, width);
            }
            column += width;
        }
    }
}

/// A vector, or its first `last` lanes.
///
/// # Safety
///
/// So many numbers are readable at `from`.
#[inline(always)]
unsafe fn load<S: Simd, E: Element>(simd: S, from: *const E, is_whole: bool, last: usize) -> S::Vector {
    // SAFETY: by the caller's promise.
    unsafe { if is_whole { E::load(simd, from) } else { E::load_first(simd, from, last) } }
}

struct SumTile<E> {
    x: *const E,
    z: *const f64,
    g: *mut f64,
    z_strides: (usize, usize),
    d: usize,
    count: usize,
    last: usize,
}

impl<E: Element> SumTile<E> {
    /// # Safety
    ///
    /// X has `count` rows of `many` vectors, the last of `last` lanes, Z `width` columns of so many rows, G so
    /// many columns of those vectors.
    #[inline(always)]
    unsafe fn dispatch<S: Simd>(self, simd: S, many: usize, width: usize) {
        macro_rules! shapes {
            ($($f:literal: $($c:literal)+;)+) => {
                // SAFETY: by the caller's promise.
                unsafe {
                    match (many, width) {
                        $($(($f, $c) => self.run::<S, $f, $c>(simd),)+)+
                        _ => unreachable!("tiles have these shapes"),
                    }
                }
            };
        }
        if S::LANES == 8 {
            shapes! {
                1: 1 2 3 4 5 6 7 8;
                2: 1 2 3 4 5 6 7 8;
                3: 1 2 3 4 5 6;
                4: 1 2 3 4 5 6;
                5: 1 2 3;
                6: 1 2 3;
                7: 1 2 3;
                8: 1 2 3;
            }
        } else {
            shapes! {
                1: 1 2 3 4 5 6 7 8;
                2: 1 2 3 4 5 6;
                3: 1 2 3;
                4: 1 2 3;
            }
        }
    }

    /// F vectors of features by C columns, over all rows.
    ///
    /// # Safety
    ///
    /// As `dispatch`.
    #[inline(always)]
    unsafe fn run<S: Simd, const F: usize, const C: usize>(self, simd: S) {
        // SAFETY: by the caller's promise; the last vector reads and writes `last` lanes alone.
        unsafe {
            let is_whole = |f: usize| f + 1 < F || (S::LANES < MOST_LANES && self.last == S::LANES);
            let mut sums: [[S::Vector; F]; C] = std::array::from_fn(|c| {
                std::array::from_fn(|f| {
                    let from = self.g.add(c * self.d + f * S::LANES).cast_const();
                    load(simd, from, is_whole(f), self.last)
                })
            });
            for row in 0..self.count {
                let z = self.z.add(row * self.z_strides.1);
                let z: [S::Vector; C] = std::array::from_fn(|c| simd.splat(*z.add(c * self.z_strides.0)));
                // One vector of features at a time: all of them would take registers from the sums.
                for f in 0..F {
                    let x = load(simd, self.x.add(row * self.d + f * S::LANES), is_whole(f), self.last);
                    for (sums, z) in sums.iter_mut().zip(z) {
                        sums[f] = simd.fma(x, z, sums[f]);
                    }
                }
            }
            for (c, sums) in sums.iter().enumerate() {
                for (f, sum) in sums.iter().enumerate() {
                    let place = self.g.add(c * self.d + f * S::LANES);
                    if f + 1 < F {
                        simd.store(place, *sum);
                    } else {
                        simd.store_first(place, self.last, *sum);
                    }
                }
            }
        }
    }
}
