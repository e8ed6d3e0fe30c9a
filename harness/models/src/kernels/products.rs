//! The two products of a pass: logits `Z = X W` of a panel of rows, and `G += X' Z`.
//!
//! X is row-major as the data is kept; nothing is packed or copied. Z is kept column by column, so
//! that row kernels work on vectors of rows. Logits of long rows are dot products along the features,
//! those of short rows sums over broadcast features along the columns; gradients are sums over rows
//! along the features. All keep a tile of accumulators in registers.

use super::simd::{Kernel, Level, MOST_LANES, Simd};

/// Features from which rows count as long: the sums over lanes at the end of a dot product then weigh little.
pub(crate) const LONG_FROM: usize = 256;
/// The same where there are so few columns that vectors along them would be mostly empty.
const LONG_FROM_FEW: usize = 24;
const FEW_COLUMNS: usize = 3;
/// Features of long rows taken at a time: a tile of rows then stays in the first-level cache.
const FEATURES_AT_ONCE: usize = 400;

/// A panel of rows of the design matrix; element (i, j) is `x[i * d + j]`.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) x: &'a [f64],
    pub(crate) d: usize,
    /// The rows that will be asked for next, to be brought closer; may be empty.
    pub(crate) next: &'a [f64],
}

impl Rows<'_> {
    fn count(&self) -> usize {
        self.x.len() / self.d
    }
}

/// Whether logits of this shape are dot products.
fn is_long(d: usize, columns: usize) -> bool {
    d >= LONG_FROM || (columns <= FEW_COLUMNS && d >= LONG_FROM_FEW)
}

/// Length of `packed` for `pack`: zero where the weights are used as they are.
pub(crate) fn packed_len(d: usize, columns: usize) -> usize {
    if is_long(d, columns) { 0 } else { d * columns.next_multiple_of(MOST_LANES) }
}

/// Weights, d by m column-major, row by row with zeros up to a multiple of the lanes.
pub(crate) fn pack(weights: &[f64], d: usize, packed: &mut [f64]) {
    let columns = weights.len() / d;
    if is_long(d, columns) {
        return;
    }
    let stride = columns.next_multiple_of(MOST_LANES);
    for (j, row) in packed.chunks_exact_mut(stride).take(d).enumerate() {
        for (column, value) in row[..columns].iter_mut().enumerate() {
            *value = weights[column * d + j];
        }
        row[columns..].fill(0.0);
    }
}

/// `Z = X W`: column c of Z begins at `z[c * stride]`. Rows of Z beyond those of X, up to the next
/// multiple of the lanes, repeat the last.
pub(crate) fn logits(level: Level, rows: Rows<'_>, weights: &[f64], packed: &[f64], z: &mut [f64], stride: usize) {
    let columns = weights.len() / rows.d;
    assert!(rows.count() > 0 && rows.x.len() == rows.count() * rows.d && weights.len() == columns * rows.d);
    assert!(stride >= rows.count().next_multiple_of(MOST_LANES) && z.len() >= columns * stride);
    if is_long(rows.d, columns) {
        level.run(Dots { rows, weights, z, stride });
    } else {
        assert!(packed.len() >= packed_len(rows.d, columns));
        level.run(Broadcasts { rows, columns, packed, z, stride });
    }
}

/// `G += X' Z` for the rows of X; G is d by m column-major.
pub(crate) fn accumulate(level: Level, rows: Rows<'_>, z: &[f64], stride: usize, gradient: &mut [f64]) {
    let columns = gradient.len() / rows.d;
    assert!(rows.x.len() == rows.count() * rows.d && gradient.len() == columns * rows.d);
    assert!(stride >= rows.count() && z.len() >= columns * stride);
    level.run(Sums { rows, z, z_strides: (stride, 1), gradient, columns, is_lower: false });
}

/// `G += X' S`, of which only the lower triangle is wanted: G is d by d, S as many rows as X, row-major.
pub(crate) fn accumulate_lower(level: Level, rows: Rows<'_>, s: &[f64], gram: &mut [f64]) {
    let d = rows.d;
    assert!(rows.x.len() == rows.count() * d && s.len() == rows.x.len() && gram.len() == d * d);
    level.run(Sums { rows, z: s, z_strides: (1, d), gradient: gram, columns: d, is_lower: true });
}

/// How many of the remaining columns the next tile takes, of at most `most`: no tile of one column
/// is left over where it can be helped.
#[inline(always)]
fn tile(remaining: usize, most: usize) -> usize {
    if remaining <= most {
        remaining
    } else if remaining < 2 * most {
        remaining.div_ceil(2)
    } else {
        most
    }
}

struct Dots<'a> {
    rows: Rows<'a>,
    weights: &'a [f64],
    z: &'a mut [f64],
    stride: usize,
}

impl Kernel for Dots<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        if S::LANES == 8 { self.tiles::<S, 8>(simd) } else { self.tiles::<S, 4>(simd) }
    }
}

impl Dots<'_> {
    /// Tiles of R rows by up to 3 columns, R the lanes.
    #[inline(always)]
    fn tiles<S: Simd, const R: usize>(self, simd: S) {
        let (d, count) = (self.rows.d, self.rows.count());
        let columns = self.weights.len() / d;
        let chunk = d.div_ceil(d.div_ceil(FEATURES_AT_ONCE)).next_multiple_of(MOST_LANES);
        let mut ahead = self.rows.next.as_ptr();
        for from in (0..d).step_by(chunk) {
            let len = chunk.min(d - from);
            for first in (0..count).step_by(R) {
                let x: [*const f64; R] = std::array::from_fn(|row| {
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
                            1 => dot_tile::<S, R, 1>(simd, x, (w, d), len, (z, self.stride), from > 0, &mut ahead),
                            2 => dot_tile::<S, R, 2>(simd, x, (w, d), len, (z, self.stride), from > 0, &mut ahead),
                            _ => dot_tile::<S, R, 3>(simd, x, (w, d), len, (z, self.stride), from > 0, &mut ahead),
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
unsafe fn dot_tile<S: Simd, const R: usize, const C: usize>(
    simd: S,
    x: [*const f64; R],
    w: (*const f64, usize),
    len: usize,
    z: (*mut f64, usize),
    is_continued: bool,
    ahead: &mut *const f64,
) {
    let mut sums = [[simd.splat(0.0); R]; C];
    let whole = len / S::LANES * S::LANES;
    let mut j = 0;
    while j < whole {
        // SAFETY: `j + LANES` is at most `len`.
        let w: [S::Vector; C] = std::array::from_fn(|c| unsafe { simd.load(w.0.add(c * w.1 + j)) });
        for row in 0..R {
            // SAFETY: as above.
            let x = unsafe { simd.load(x[row].add(j)) };
            for c in 0..C {
                sums[c][row] = simd.fma(x, w[c], sums[c][row]);
            }
        }
        simd.prefetch(*ahead);
        *ahead = ahead.wrapping_add(MOST_LANES);
        j += S::LANES;
    }
    if whole < len {
        let rest = len - whole;
        // SAFETY: `whole + rest` is `len`.
        let w: [S::Vector; C] = std::array::from_fn(|c| unsafe { simd.load_first(w.0.add(c * w.1 + whole), rest) });
        for row in 0..R {
            // SAFETY: as above.
            let x = unsafe { simd.load_first(x[row].add(whole), rest) };
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

struct Broadcasts<'a> {
    rows: Rows<'a>,
    columns: usize,
    packed: &'a [f64],
    z: &'a mut [f64],
    stride: usize,
}

impl Kernel for Broadcasts<'_> {
    type Output = ();
    #[inline(always)]
    fn run<S: Simd>(self, simd: S) {
        if S::LANES == 8 { self.tiles::<S, 8>(simd) } else { self.tiles::<S, 4>(simd) }
    }
}

impl Broadcasts<'_> {
    /// Tiles of R rows by up to 3 vectors of columns, R the lanes.
    #[inline(always)]
    fn tiles<S: Simd, const R: usize>(self, simd: S) {
        let (d, count) = (self.rows.d, self.rows.count());
        let vectors = self.columns.div_ceil(S::LANES);
        let width = self.columns.next_multiple_of(MOST_LANES);
        for first in (0..count).step_by(R) {
            let x: [*const f64; R] = std::array::from_fn(|row| {
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
                        1 => broadcast_tile::<S, R, 1>(simd, x, d, w, z, columns),
                        2 => broadcast_tile::<S, R, 2>(simd, x, d, w, z, columns),
                        _ => broadcast_tile::<S, R, 3>(simd, x, d, w, z, columns),
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
unsafe fn broadcast_tile<S: Simd, const R: usize, const V: usize>(
    simd: S,
    x: [*const f64; R],
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
            let x = simd.splat(unsafe { *x[row].add(j) });
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

struct Sums<'a> {
    rows: Rows<'a>,
    z: &'a [f64],
    /// From a column of Z to the next, and from a row.
    z_strides: (usize, usize),
    gradient: &'a mut [f64],
    columns: usize,
    is_lower: bool,
}

impl Kernel for Sums<'_> {
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

impl Sums<'_> {
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
                    count: self.rows.count(),
                    last,
                };
                tile.dispatch(simd, many, width);
            }
            column += width;
        }
    }
}

struct SumTile {
    x: *const f64,
    z: *const f64,
    g: *mut f64,
    z_strides: (usize, usize),
    d: usize,
    count: usize,
    last: usize,
}

impl SumTile {
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
            let load = |from: *const f64, f: usize| {
                if f + 1 < F || (S::LANES < MOST_LANES && self.last == S::LANES) {
                    simd.load(from.add(f * S::LANES))
                } else {
                    simd.load_first(from.add(f * S::LANES), self.last)
                }
            };
            let mut sums: [[S::Vector; F]; C] =
                std::array::from_fn(|c| std::array::from_fn(|f| load(self.g.add(c * self.d).cast_const(), f)));
            for row in 0..self.count {
                let z = self.z.add(row * self.z_strides.1);
                let z: [S::Vector; C] = std::array::from_fn(|c| simd.splat(*z.add(c * self.z_strides.0)));
                // One vector of features at a time: all of them would take registers from the sums.
                for f in 0..F {
                    let x = load(self.x.add(row * self.d), f);
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

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};

    #[test]
    fn products_equal_their_definition_on_every_unit() {
        let mut rng = rand_pcg::Pcg64::seed_from_u64(3);
        let mut draw = |len: usize| -> Vec<f64> { (0..len).map(|_| rng.random_range(-1.0..1.0)).collect() };
        for (count, d, columns) in
            [(1, 1, 1), (7, 3, 2), (64, 10, 9), (13, 17, 25), (64, 50, 21), (37, 100, 3), (30, 300, 7), (9, 785, 19)]
        {
            let (x, weights, residuals) = (draw(count * d), draw(d * columns), draw(columns * 72));
            let start = draw(d * columns);
            for level in Level::all() {
                let rows = Rows { x: &x, d, next: &[] };
                let mut packed = vec![f64::NAN; packed_len(d, columns)];
                pack(&weights, d, &mut packed);
                let mut z = vec![0.0; columns * 72];
                logits(level, rows, &weights, &packed, &mut z, 72);
                let mut gradient = start.clone();
                accumulate(level, rows, &residuals, 72, &mut gradient);
                for c in 0..columns {
                    for i in 0..count {
                        let expected: f64 = (0..d).map(|j| x[i * d + j] * weights[c * d + j]).sum();
                        assert!((z[c * 72 + i] - expected).abs() < 1e-12, "{} {d} {c} {i}", level.name());
                    }
                    for j in 0..d {
                        let sum: f64 = (0..count).map(|i| x[i * d + j] * residuals[c * 72 + i]).sum();
                        let found = gradient[c * d + j];
                        assert!((found - sum - start[c * d + j]).abs() < 1e-12, "{} {d} {c} {j}", level.name());
                    }
                }
                let scaled: Vec<f64> = x.iter().map(|x| 0.5 * x).collect();
                let mut gram = vec![0.0; d * d];
                accumulate_lower(level, rows, &scaled, &mut gram);
                for (column, line) in [(0, d - 1), (d / 2, d - 1), (d - 1, d - 1), (d / 3, d / 2)] {
                    let sum: f64 = (0..count).map(|i| 0.5 * x[i * d + line] * x[i * d + column]).sum();
                    assert!((gram[column * d + line] - sum).abs() < 1e-12, "{} {d} {column} {line}", level.name());
                }
            }
        }
    }
}
