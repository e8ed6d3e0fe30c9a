//! The Gram matrix of all rows with unit weights, made and charged once in an objective's life: a system to
//! solve for one family, and a preconditioner for large ones.

use faer::MatMut;

use crate::cost::{Cost, Prices};
use crate::data::Data;
use crate::panel::Panel;

/// `1/n X' X`, lower triangle, column-major.
pub(crate) struct UnitGram {
    gram: Vec<f64>,
    is_made: bool,
}

impl UnitGram {
    /// For `d` features; 0 where nobody will ask.
    pub(crate) fn new(d: usize) -> Self {
        Self { gram: vec![0.0; d * d], is_made: false }
    }

    /// Whether it has been made, and charged.
    pub(crate) fn is_made(&self) -> bool {
        self.is_made
    }

    /// The matrix, made when first asked for.
    pub(crate) fn get(&mut self, data: &Data, panel: &mut Panel, cost: &mut Cost, prices: Prices) -> &[f64] {
        if !self.is_made {
            let (d, scale) = (data.d(), 1.0 / data.n() as f64);
            cost.work(prices.gram);
            let gram = MatMut::from_column_major_slice_mut(&mut self.gram, d, d);
            panel.weighted_grams(data, &std::iter::once((0, 0)), gram, |_, _| scale);
            self.is_made = true;
        }
        &self.gram
    }
}
