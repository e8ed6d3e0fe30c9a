//! A table on its way through the transforms: its columns and rows, and which rows are in which part.

use std::collections::HashSet;

use crate::error::{DataError, PrepareError, excerpt};
use crate::split::Split;
use crate::table::{MAX_CELLS, Table, Target};

pub(crate) struct Frame {
    pub(crate) dataset: String,
    pub(crate) columns: Vec<String>,
    pub(crate) n: usize,
    pub(crate) d: usize,
    pub(crate) x: Vec<f64>,
    pub(crate) target: Target,
    /// Rows of the parts, in the table's order.
    pub(crate) rows: Split,
    /// Whether the features are still those that the truth is about.
    pub(crate) keeps_truth: bool,
    /// What else the table was.
    rest: Table,
}

impl Frame {
    pub(crate) fn new(mut table: Table, rows: Split) -> Self {
        Self {
            dataset: std::mem::take(&mut table.name),
            columns: std::mem::take(&mut table.columns),
            n: table.n,
            d: table.d,
            x: std::mem::take(&mut table.x).into_vec(),
            target: std::mem::replace(&mut table.target, Target::Real(Vec::new())),
            rows,
            keeps_truth: true,
            rest: table,
        }
    }

    /// The table that it has become, and the rows of its parts.
    pub(crate) fn into_table(self) -> (Table, Split) {
        let table = Table {
            name: self.dataset,
            columns: self.columns,
            d: self.d,
            x: self.x.into(),
            target: self.target,
            truth: self.rest.truth.filter(|_| self.keeps_truth),
            ..self.rest
        };
        (table, self.rows)
    }

    /// Fills in what is missing: the mean of the column's training rows.
    pub(crate) fn fill_missing(&mut self) -> Result<(), DataError> {
        for column in 0..self.d {
            let (mut sum, mut count) = (0.0, 0_usize);
            for value in self.training_values(column).filter(|value| !value.is_nan()) {
                sum += value;
                count += 1;
            }
            let mut mean = sum / count as f64;
            if count > 0 && !mean.is_finite() {
                // The sum of very large values overflows, their mean does not.
                let values = self.training_values(column).filter(|value| !value.is_nan());
                mean = values.map(|value| value / count as f64).sum();
            }
            for value in self.x.iter_mut().skip(column).step_by(self.d).filter(|value| value.is_nan()) {
                if count == 0 {
                    return Err(PrepareError::NoMean {
                        dataset: self.dataset.clone(),
                        column: self.columns[column].clone(),
                    }
                    .into());
                }
                *value = mean;
            }
        }
        Ok(())
    }

    /// The values of a column in the training rows.
    pub(crate) fn training_values(&self, column: usize) -> impl Iterator<Item = f64> {
        self.rows.train.iter().map(move |&row| self.x[row * self.d + column])
    }

    /// The places of the columns of those names, in the table's order; all where there are no names.
    pub(crate) fn places(&self, names: &[String]) -> Result<Vec<usize>, DataError> {
        if names.is_empty() {
            return Ok((0..self.d).collect());
        }
        let mut chosen = vec![false; self.d];
        for name in names {
            let places = named(&self.columns, name);
            if places.is_empty() {
                return Err(DataError::NoSuchColumn {
                    dataset: self.dataset.clone(),
                    option: "transforms",
                    column: name.clone(),
                    columns: self.columns.iter().map(|name| excerpt(name)).collect(),
                });
            }
            for place in places {
                chosen[place] = true;
            }
        }
        Ok((0..self.d).filter(|&column| chosen[column]).collect())
    }

    /// Replaces all columns: `make` writes a new row from an old one.
    pub(crate) fn replace(
        &mut self,
        columns: Vec<String>,
        mut make: impl FnMut(&[f64], &mut [f64]),
    ) -> Result<(), DataError> {
        let d = columns.len();
        self.check_size(d as u128)?;
        let mut seen = HashSet::new();
        if let Some(name) = columns.iter().find(|name| !seen.insert(name.as_str())) {
            return Err(PrepareError::ColumnTwice { dataset: self.dataset.clone(), column: name.clone() }.into());
        }
        let mut x = vec![0.0; self.n * d];
        for (old, new) in self.x.chunks_exact(self.d).zip(x.chunks_exact_mut(d)) {
            make(old, new);
        }
        self.x = x;
        self.d = d;
        self.columns = columns;
        self.keeps_truth = false;
        Ok(())
    }

    /// Refuses more columns than memory could hold.
    pub(crate) fn check_size(&self, d: u128) -> Result<(), DataError> {
        self.check_cells(d.saturating_mul(self.n as u128))
    }

    /// Refuses more numbers than memory could hold.
    pub(crate) fn check_cells(&self, cells: u128) -> Result<(), DataError> {
        if cells > MAX_CELLS {
            return Err(
                PrepareError::TransformTooLarge { dataset: self.dataset.clone(), cells, limit: MAX_CELLS }.into()
            );
        }
        Ok(())
    }
}

/// The columns of that name, or those that one column of words of that name became.
pub(crate) fn named(columns: &[String], name: &str) -> Vec<usize> {
    let is_level = |column: &str| column.strip_prefix(name).is_some_and(|rest| rest.starts_with('='));
    match columns.iter().position(|column| column == name) {
        // A number with a mark for its missing values has both.
        Some(place) => {
            let mark = format!("{name}=missing");
            let marked = columns.iter().position(|column| *column == mark);
            std::iter::once(place).chain(marked).collect()
        }
        None => (0..columns.len()).filter(|&place| is_level(&columns[place])).collect(),
    }
}
