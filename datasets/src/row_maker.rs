//! Rows of the parts from rows of the table: columns chosen and scaled, an intercept added.

use crate::scale::Scale;

/// A column of the parts: which of the table's it is, and how it is scaled.
pub(crate) struct Column {
    pub(crate) source: usize,
    pub(crate) scale: Scale,
}

/// Makes the rows.
pub(crate) struct RowMaker<'a> {
    /// Without the intercept, in the order of the table.
    pub(crate) columns: &'a [Column],
    pub(crate) intercept: bool,
    /// Columns of the table.
    pub(crate) from: usize,
}

impl RowMaker<'_> {
    /// Columns of the parts.
    pub(crate) fn width(&self) -> usize {
        self.columns.len() + usize::from(self.intercept)
    }

    fn make(&self, old: &[f64], new: &mut [f64]) {
        let (features, intercept) = new.split_at_mut(self.columns.len());
        for (cell, column) in features.iter_mut().zip(self.columns) {
            *cell = column.scale.apply(old[column.source]);
        }
        intercept.fill(1.0);
    }

    /// Some rows, with the table as it is.
    pub(crate) fn copied(&self, x: &[f64], rows: &[usize]) -> Vec<f64> {
        let mut made = vec![0.0; rows.len() * self.width()];
        for (&row, new) in rows.iter().zip(made.chunks_exact_mut(self.width())) {
            self.make(&x[row * self.from..][..self.from], new);
        }
        made
    }

    /// Some rows, ascending, in place of the table.
    pub(crate) fn in_place(&self, x: &mut Vec<f64>, rows: &[usize]) {
        debug_assert!(rows.is_sorted_by(|a, b| a < b), "no row may be overwritten before it is read");
        let (from, to) = (self.from, self.width());
        let mut old = vec![0.0; from];
        if to <= from {
            for (place, &row) in rows.iter().enumerate() {
                old.copy_from_slice(&x[row * from..][..from]);
                self.make(&old, &mut x[place * to..][..to]);
            }
            x.truncate(rows.len() * to);
            x.shrink_to_fit();
            return;
        }
        // Rows grow: they are brought together first, then made from the last to the first.
        for (place, &row) in rows.iter().enumerate().filter(|(place, row)| place != *row) {
            x.copy_within(row * from..(row + 1) * from, place * from);
        }
        x.truncate(rows.len() * from);
        x.reserve_exact(rows.len() * (to - from));
        x.resize(rows.len() * to, 0.0);
        for place in (0..rows.len()).rev() {
            old.copy_from_slice(&x[place * from..][..from]);
            self.make(&old, &mut x[place * to..][..to]);
        }
        x.shrink_to_fit();
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn in_place_is_as_copied(
            (n, from) in (1_usize..12, 1_usize..5),
            chosen in prop::collection::vec(any::<bool>(), 12),
            kept in prop::collection::vec(any::<bool>(), 5),
            intercept: bool,
        ) {
            let x: Vec<f64> = (0..n * from).map(|i| i as f64 - 3.0).collect();
            let rows: Vec<usize> = (0..n).filter(|&row| chosen[row]).collect();
            let scale = Scale::of(&[1.0, 2.0, 5.0]).unwrap();
            let columns: Vec<Column> =
                (0..from).filter(|&source| kept[source]).map(|source| Column { source, scale }).collect();
            prop_assume!(!columns.is_empty());
            let maker = RowMaker { columns: &columns, intercept, from };
            let copied = maker.copied(&x, &rows);
            let mut moved = x;
            maker.in_place(&mut moved, &rows);
            prop_assert_eq!(moved, copied);
        }
    }
}
