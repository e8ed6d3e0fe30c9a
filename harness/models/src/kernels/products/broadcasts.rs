//! Logits of short rows: sums over features, each broadcast along the columns.

use super::super::simd::{Kernel, MOST_LANES, Simd};
use super::{Element, Typed, tile};

pub(super) struct Broadcasts<'a, E> {
    pub(super) rows: Typed<'a, E>,
    pub(super) columns: usize,
    pub(super) packed: &'a [f64],
    pub(super) z: &'a mut [f64],
    pub(super) stride: usize,
}

impl<E: Element> Kernel for Broadcasts<'_, E> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        if S::LANES == 8 { self.tiles::<S, 8>(simd) } else { self.tiles::<S, 4>(simd) }
    }
}

impl<E: Element> Broadcasts<'_, E> {
    /// Tiles of R rows by up to 3 vectors of columns, R the lanes.
    #[inline(always)]
    fn tiles<S: Simd, const R: usize>(self, simd: S) {
        let (d, count) = (self.rows.d, self.rows.count);
        let vectors = self.columns.div_ceil(S::LANES);
        let width = self.columns.next_multiple_of(MOST_LANES);
        for first in (0..count).step_by(R) {
            let x: [*const E; R] = std::array::from_fn(|row| {
                // SAFETY: the row is one of `count`.
                unsafe { self.rows.x.as_ptr().add((first + row).min(count - 1) * d) }
            });
            let mut vector = 0;
            while vector < vectors {
                let many = tile(vectors - vector, 3);
                let column = vector * S::LANES;
                let columns = self.columns - column;
                // SAFETY: the packed weights are d rows of `width`, at least `column + many * LANES`; Z has the
                // columns, of at least `first + R` rows.
                unsafe {
                    let w = (self.packed.as_ptr().add(column), width);
                    let z = (self.z.as_mut_ptr().add(column * self.stride + first), self.stride);
                    match many {
                        1 => broadcast_tile::<S, E, R, 1>(simd, x, d, w, z, columns),
                        2 => broadcast_tile::<S, E, R, 2>(simd, x, d, w, z, columns),
                        _ => broadcast_tile::<S, E, R, 3>(simd, x, d, w, z, columns),
                    }
                }
                vector += many;
            }
        }
    }
}

/// R rows by V vectors of columns, of which `columns` are there.
///
/// # Safety
///
/// The rows have d features, W d rows of V vectors, Z so many columns of R rows. R is `S::LANES`.
#[inline(always)]
unsafe fn broadcast_tile<S: Simd, E: Element, const R: usize, const V: usize>(
    simd: S,
    x: [*const E; R],
    d: usize,
    w: (*const f64, usize),
    z: (*mut f64, usize),
    columns: usize,
) {
    let mut sums = [[simd.splat(0.0); R]; V];
    for j in 0..d {
        // SAFETY: row j of W has V vectors.
        let w: [S::Vector; V] = std::array::from_fn(|v| unsafe { simd.load(w.0.add(j * w.1 + v * S::LANES)) });
        for row in 0..R {
            // SAFETY: the row has d features.
            let x = simd.splat(unsafe { *x[row].add(j) }.into());
            for v in 0..V {
                sums[v][row] = simd.fma(x, w[v], sums[v][row]);
            }
        }
    }
    for (v, sums) in sums.iter_mut().enumerate() {
        simd.transpose(sums);
        for (lane, column) in sums.iter().enumerate() {
            let place = v * S::LANES + lane;
            if place < columns {
                // SAFETY: Z has this column.
                unsafe { simd.store(z.0.add(place * z.1), *column) }
            }
        }
    }
}
