//! The only loops over the data: panels of rows, a product in, row work in place, a product out.
//!
//! `Z = X_panel W` for all logits at once, a row kernel that turns a row of Z into residuals, and
//! `G += X_panel' Z` while the panel is in cache. Panels are visited in order, so every sum is
//! deterministic. This module knows nothing of likelihoods.

use faer::linalg::matmul::matmul;
use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::{Accum, MatMut, MatRef, Par};

use crate::data::Data;

/// Rows per panel where rows are short: the logits of a panel then stay in the first-level cache.
const SHORT_ROWS: usize = 256;
/// Rows per panel where rows are long: a panel then stays in the second-level cache.
const LONG_ROWS: usize = 64;
/// Features from which a row counts as long.
const LONG_FROM: usize = 256;

/// Which rows a pass visits.
#[derive(Clone, Copy)]
pub(crate) enum Rows<'a> {
    All,
    Subset(&'a [u32]),
}

impl Rows<'_> {
    fn count(self, data: &Data) -> usize {
        match self {
            Self::All => data.n(),
            Self::Subset(rows) => rows.len(),
        }
    }

    fn index(self, position: usize) -> usize {
        match self {
            Self::All => position,
            Self::Subset(rows) => rows[position] as usize,
        }
    }
}

/// Buffers of one panel, allocated once.
pub(crate) struct Panel {
    rows: usize,
    gathered: Vec<f64>,
    logits: Vec<f64>,
    directions: Vec<f64>,
    scaled: Vec<f64>,
}

impl Panel {
    /// For passes over at most `columns` columns of `data`.
    pub(crate) fn new(data: &Data, columns: usize) -> Self {
        let rows = if data.d() >= LONG_FROM { LONG_ROWS } else { SHORT_ROWS };
        Self {
            rows,
            gathered: vec![0.0; rows * data.d()],
            logits: vec![0.0; rows * columns],
            directions: vec![0.0; rows * columns],
            scaled: vec![0.0; rows * data.d()],
        }
    }

    /// Visits each row with its logits `W' x`; what `row` leaves there is multiplied by X' into
    /// `gradient`, if that is wanted.
    pub(crate) fn fused(
        &mut self,
        data: &Data,
        rows: Rows<'_>,
        weights: &[f64],
        mut gradient: Option<&mut [f64]>,
        mut row: impl FnMut(usize, &mut [f64]),
    ) {
        let d = data.d();
        let cols = weights.len() / d;
        let weights = MatRef::from_column_major_slice(weights, d, cols);
        let mut first = 0;
        while first < rows.count(data) {
            let count = self.rows.min(rows.count(data) - first);
            let x = design(data, rows, first, count, &mut self.gathered);
            let z = &mut self.logits[..count * cols];
            multiply(x, weights, z);
            for (position, logits) in z.chunks_exact_mut(cols).enumerate() {
                row(rows.index(first + position), logits);
            }
            if let Some(gradient) = gradient.as_deref_mut() {
                accumulate(x, z, gradient, first == 0);
            }
            first += count;
        }
    }

    /// The same with two sets of weights: `row` gets the logits of both and leaves its result in
    /// the second.
    pub(crate) fn paired(
        &mut self,
        data: &Data,
        weights: &[f64],
        directions: &[f64],
        mut gradient: Option<&mut [f64]>,
        mut row: impl FnMut(usize, &mut [f64], &mut [f64]),
    ) {
        let d = data.d();
        let (cols, direction_cols) = (weights.len() / d, directions.len() / d);
        let weights = MatRef::from_column_major_slice(weights, d, cols);
        let directions = MatRef::from_column_major_slice(directions, d, direction_cols);
        let mut first = 0;
        while first < data.n() {
            let count = self.rows.min(data.n() - first);
            let x = design(data, Rows::All, first, count, &mut self.gathered);
            let z = &mut self.logits[..count * cols];
            let dz = &mut self.directions[..count * direction_cols];
            multiply(x, weights, z);
            multiply(x, directions, dz);
            let rows = z.chunks_exact_mut(cols).zip(dz.chunks_exact_mut(direction_cols));
            for (position, (logits, direction)) in rows.enumerate() {
                row(first + position, logits, direction);
            }
            if let Some(gradient) = gradient.as_deref_mut() {
                accumulate(x, dz, gradient, first == 0);
            }
            first += count;
        }
    }

    /// `out = X' T`, with the rows of T made by `row`.
    pub(crate) fn product(&mut self, data: &Data, out: &mut [f64], mut row: impl FnMut(usize, &mut [f64])) {
        let cols = out.len() / data.d();
        let mut first = 0;
        while first < data.n() {
            let count = self.rows.min(data.n() - first);
            let x = design(data, Rows::All, first, count, &mut self.gathered);
            let targets = &mut self.logits[..count * cols];
            for (position, target) in targets.chunks_exact_mut(cols).enumerate() {
                row(first + position, target);
            }
            accumulate(x, targets, out, first == 0);
            first += count;
        }
    }

    /// `X' D X` for several diagonal matrices D at once, each added to the lower triangle of its
    /// own block of `out`; `blocks` lists the blocks' places and `weight(block, row)` is D.
    pub(crate) fn weighted_grams(
        &mut self,
        data: &Data,
        blocks: &(impl Iterator<Item = (usize, usize)> + Clone),
        mut out: MatMut<'_, f64>,
        weight: impl Fn((usize, usize), usize) -> f64,
    ) {
        let d = data.d();
        out.fill(0.0);
        let mut first = 0;
        while first < data.n() {
            let count = self.rows.min(data.n() - first);
            let x = design(data, Rows::All, first, count, &mut self.gathered);
            for block in blocks.clone() {
                let rows = data.x()[first * d..(first + count) * d].chunks_exact(d);
                let scaled = &mut self.scaled[..count * d];
                for (position, (source, target)) in rows.zip(scaled.chunks_exact_mut(d)).enumerate() {
                    let factor = weight(block, first + position);
                    for (value, entry) in target.iter_mut().zip(source) {
                        *value = factor * entry;
                    }
                }
                triangular::matmul(
                    out.as_mut().submatrix_mut(block.0 * d, block.1 * d, d, d),
                    BlockStructure::TriangularLower,
                    Accum::Add,
                    x.transpose(),
                    BlockStructure::Rectangular,
                    MatRef::from_row_major_slice(scaled, count, d),
                    BlockStructure::Rectangular,
                    1.0,
                    Par::Seq,
                );
            }
            first += count;
        }
    }
}

/// A panel of the design matrix: a view where rows are consecutive, a copy where they are not.
fn design<'a>(data: &'a Data, rows: Rows<'_>, first: usize, count: usize, gathered: &'a mut [f64]) -> MatRef<'a, f64> {
    let d = data.d();
    match rows {
        Rows::All => MatRef::from_row_major_slice(&data.x()[first * d..(first + count) * d], count, d),
        Rows::Subset(rows) => {
            let gathered = &mut gathered[..count * d];
            for (target, &row) in gathered.chunks_exact_mut(d).zip(&rows[first..first + count]) {
                target.copy_from_slice(data.row(row as usize));
            }
            MatRef::from_row_major_slice(gathered, count, d)
        }
    }
}

fn multiply(x: MatRef<'_, f64>, weights: MatRef<'_, f64>, z: &mut [f64]) {
    let z = MatMut::from_row_major_slice_mut(z, x.nrows(), weights.ncols());
    matmul(z, Accum::Replace, x, weights, 1.0, Par::Seq);
}

fn accumulate(x: MatRef<'_, f64>, residuals: &[f64], gradient: &mut [f64], is_first: bool) {
    let cols = gradient.len() / x.ncols();
    let residuals = MatRef::from_row_major_slice(residuals, x.nrows(), cols);
    let gradient = MatMut::from_column_major_slice_mut(gradient, x.ncols(), cols);
    let mode = if is_first { Accum::Replace } else { Accum::Add };
    matmul(gradient, mode, x.transpose(), residuals, 1.0, Par::Seq);
}
