//! The two products of a pass: logits `Z = X W` of a panel of rows, and `G += X' Z`.
//!
//! X is row-major as the data is kept; nothing is packed or copied. Z is kept column by column, so
//! that row kernels work on vectors of rows. Logits of long rows are dot products along the features,
//! those of short rows sums over broadcast features along the columns; gradients are sums over rows
//! along the features. All keep a tile of accumulators in registers.

mod broadcasts;
mod dots;
mod sums;

use self::broadcasts::Broadcasts;
use self::dots::Dots;
use self::sums::Sums;
use super::element::{Element, Elements};
use super::simd::{Level, MOST_LANES};

/// Features from which rows count as long: the sums over lanes at the end of a dot product then weigh little.
pub(crate) const LONG_FROM: usize = 256;
/// The same where there are so few columns that vectors along them would be mostly empty.
const LONG_FROM_FEW: usize = 24;
const FEW_COLUMNS: usize = 3;

/// A panel of rows of the design matrix; element (i, j) is `x[i * d + j]`.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) x: Elements<'a>,
    pub(crate) d: usize,
    /// The rows that will be asked for next, to be brought closer; may be empty.
    pub(crate) next: Elements<'a>,
}

impl Rows<'_> {
    fn count(&self) -> usize {
        self.x.len() / self.d
    }

    /// Where the next rows begin.
    fn ahead(&self) -> *const u8 {
        match self.next {
            Elements::F64(next) => next.as_ptr().cast(),
            Elements::F32(next) => next.as_ptr().cast(),
        }
    }
}

/// Rows whose numbers are of one type, as the inner loops see them.
#[derive(Clone, Copy)]
struct Typed<'a, E> {
    x: &'a [E],
    d: usize,
    count: usize,
}

impl<'a, E: Element> Typed<'a, E> {
    fn new(x: &'a [E], d: usize) -> Self {
        Self { x, d, count: x.len() / d }
    }
}

/// Runs a kernel that is made of typed rows.
macro_rules! run_typed {
    ($level:expr, $rows:expr, |$typed:ident| $kernel:expr) => {
        match $rows.x {
            Elements::F64(x) => {
                let $typed = Typed::new(x, $rows.d);
                $level.run($kernel)
            }
            Elements::F32(x) => {
                let $typed = Typed::new(x, $rows.d);
                $level.run($kernel)
            }
        }
    };
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
        run_typed!(level, rows, |typed| Dots { rows: typed, ahead: rows.ahead(), weights, z, stride });
    } else {
        assert!(packed.len() >= packed_len(rows.d, columns));
        run_typed!(level, rows, |typed| Broadcasts { rows: typed, columns, packed, z, stride });
    }
}

/// `G += X' Z` for the rows of X; G is d by m column-major.
pub(crate) fn accumulate(level: Level, rows: Rows<'_>, z: &[f64], stride: usize, gradient: &mut [f64]) {
    let columns = gradient.len() / rows.d;
    assert!(rows.x.len() == rows.count() * rows.d && gradient.len() == columns * rows.d);
    assert!(stride >= rows.count() && z.len() >= columns * stride);
    run_typed!(level, rows, |typed| {
        Sums { rows: typed, z, z_strides: (stride, 1), gradient, columns, is_lower: false }
    });
}

/// `G += X' S`, of which only the lower triangle is wanted: G is d by d, S as many rows as X, row-major.
pub(crate) fn accumulate_lower(level: Level, rows: Rows<'_>, s: &[f64], gram: &mut [f64]) {
    let d = rows.d;
    assert!(rows.x.len() == rows.count() * d && s.len() == rows.x.len() && gram.len() == d * d);
    run_typed!(level, rows, |typed| {
        Sums { rows: typed, z: s, z_strides: (1, d), gradient: gram, columns: d, is_lower: true }
    });
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
            // Numbers that f32 can hold, so that both ways to store them have the same products.
            #[expect(clippy::cast_possible_truncation, reason = "as above")]
            let narrow: Vec<f32> = draw(count * d).into_iter().map(|number| number as f32).collect();
            let x: Vec<f64> = narrow.iter().map(|&number| number.into()).collect();
            let (weights, residuals) = (draw(d * columns), draw(columns * 72));
            let start = draw(d * columns);
            for level in Level::all() {
                let rows = Rows { x: Elements::F64(&x), d, next: Elements::F64(&[]) };
                let stored = Rows { x: Elements::F32(&narrow), d, next: Elements::F32(&[]) };
                let mut packed = vec![f64::NAN; packed_len(d, columns)];
                pack(&weights, d, &mut packed);
                let mut z = vec![0.0; columns * 72];
                logits(level, rows, &weights, &packed, &mut z, 72);
                let mut gradient = start.clone();
                accumulate(level, rows, &residuals, 72, &mut gradient);
                let (mut same_z, mut same_gradient) = (vec![0.0; columns * 72], start.clone());
                logits(level, stored, &weights, &packed, &mut same_z, 72);
                accumulate(level, stored, &residuals, 72, &mut same_gradient);
                let is_close = |(a, b): (&f64, &f64)| (a - b).abs() < 1e-12;
                assert!(z.iter().zip(&same_z).all(is_close), "{} {d} {columns}", level.name());
                assert_eq!(gradient, same_gradient, "{} {d} {columns}", level.name());
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
                let mut same_gram = vec![0.0; d * d];
                accumulate_lower(level, stored, &scaled, &mut same_gram);
                assert_eq!(gram, same_gram, "{} {d}", level.name());
                for (column, line) in [(0, d - 1), (d / 2, d - 1), (d - 1, d - 1), (d / 3, d / 2)] {
                    let sum: f64 = (0..count).map(|i| 0.5 * x[i * d + line] * x[i * d + column]).sum();
                    assert!((gram[column * d + line] - sum).abs() < 1e-12, "{} {d} {column} {line}", level.name());
                }
            }
        }
    }
}
