//! Weighted Gram matrices `X' D X`, panel by panel: by our own tiles where rows are short, by faer where they are long.

use faer::linalg::matmul::triangular::{self, BlockStructure};
use faer::{Accum, MatMut, MatRef, Par};

use super::{Panel, Rows, Worker, design};
use crate::data::Data;
use crate::kernels::products;
use crate::kernels::scale::scale_rows;

/// Features from which Gram matrices are faer's: its blocks then outrun our tiles.
const OWN_GRAMS_UP_TO: usize = 128;

/// Whether Gram matrices of so many features are made by our tiles.
pub(super) fn are_own(d: usize) -> bool {
    d < OWN_GRAMS_UP_TO
}

impl Panel {
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
        if are_own(d) {
            for block in blocks.clone() {
                self.short_gram(data, |row| weight(block, row));
                let gram = MatRef::from_column_major_slice(&self.gram, d, d);
                out.as_mut().submatrix_mut(block.0 * d, block.1 * d, d, d).copy_from_triangular_lower(gram);
            }
            return;
        }
        for first in (0..data.n()).step_by(self.rows) {
            let count = self.rows.min(data.n() - first);
            for block in blocks.clone() {
                let weights = weights_of(&mut self.weights, first, count, |row| weight(block, row));
                let x = design(data, Rows::All, first, count, &mut []).x;
                let scaled = &mut self.scaled[..x.len()];
                scale_rows(self.level, x, d, weights, scaled);
                let Worker { gathered, .. } = &mut self.workers[0];
                let x = x.wide(&mut gathered[..x.len()]);
                triangular::matmul(
                    out.as_mut().submatrix_mut(block.0 * d, block.1 * d, d, d),
                    BlockStructure::TriangularLower,
                    Accum::Add,
                    MatRef::from_column_major_slice(x, d, count),
                    BlockStructure::Rectangular,
                    MatRef::from_row_major_slice(scaled, count, d),
                    BlockStructure::Rectangular,
                    1.0,
                    Par::Seq,
                );
            }
        }
    }

    /// One weighted Gram matrix of short rows, in `self.gram`.
    fn short_gram(&mut self, data: &Data, weight: impl Fn(usize) -> f64) {
        self.gram.fill(0.0);
        for first in (0..data.n()).step_by(self.rows) {
            let count = self.rows.min(data.n() - first);
            let weights = weights_of(&mut self.weights, first, count, &weight);
            let rows = design(data, Rows::All, first, count, &mut []);
            let scaled = &mut self.scaled[..rows.x.len()];
            scale_rows(self.level, rows.x, data.d(), weights, scaled);
            products::accumulate_lower(self.level, rows, scaled, &mut self.gram);
        }
    }
}

/// The weights of a panel's rows.
fn weights_of(weights: &mut [f64], first: usize, count: usize, weight: impl Fn(usize) -> f64) -> &[f64] {
    for (position, value) in weights[..count].iter_mut().enumerate() {
        *value = weight(first + position);
    }
    &weights[..count]
}
