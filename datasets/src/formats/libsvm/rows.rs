//! Rows that become dense as they are read, in one place: the number of columns is known when the last row is.

use super::super::builder::malformed_line;
use super::super::csv::Records;
use super::super::sparse::most_cells;
use crate::error::{DataError, FileError};
use crate::table::MOST_COLUMNS;

/// As many numbers may move for new columns before these are made with room to spare.
const SELDOM_MOVED: u64 = 1 << 24;

pub(super) struct Rows {
    x: Vec<f64>,
    /// Numbers from one row to the next.
    stride: usize,
    n: usize,
    /// The largest number of columns so far.
    width: usize,
    /// The numbers that the file has.
    entries: u64,
    /// The numbers that have been moved to make room.
    moved: u64,
    features: Option<usize>,
}

impl Rows {
    /// No rows, of `features` columns if that is known.
    pub(super) fn new(features: Option<usize>) -> Self {
        Self { x: Vec::new(), stride: features.unwrap_or(0), n: 0, width: 0, entries: 0, moved: 0, features }
    }

    /// The number of rows.
    pub(super) fn n(&self) -> usize {
        self.n
    }

    /// Begins a row of zeros.
    pub(super) fn begin(&mut self, records: &Records<'_>) -> Result<(), DataError> {
        self.check_size(self.stride, records)?;
        self.make_room((self.n + 1) * self.stride, records)
    }

    /// Sets a number of the row that has begun.
    #[inline]
    pub(super) fn set(&mut self, column: usize, value: f64, records: &Records<'_>) -> Result<(), DataError> {
        self.entries += 1;
        if column >= self.width {
            self.widen(column + 1, records)?;
        }
        self.x[self.n * self.stride + column] = value;
        Ok(())
    }

    /// Ends the row that has begun.
    pub(super) fn end(&mut self) {
        self.n += 1;
    }

    /// The number of rows, that of columns, and the table row by row.
    pub(super) fn finish(mut self) -> (usize, usize, Vec<f64>) {
        let d = self.features.unwrap_or(self.width);
        if d != self.stride {
            for row in 0..self.n {
                self.x.copy_within(row * self.stride..row * self.stride + d, row * d);
            }
            self.x.truncate(self.n * d);
        }
        (self.n, d, self.x)
    }

    /// Makes room for columns: every row so far moves apart. Where that comes often, by a quarter more than needed.
    #[cold]
    fn widen(&mut self, width: usize, records: &Records<'_>) -> Result<(), DataError> {
        self.width = width;
        if width <= self.stride {
            return Ok(());
        }
        self.moved += self.x.len() as u64;
        let is_seldom = self.moved <= SELDOM_MOVED.max(self.entries);
        let stride = if is_seldom { width } else { width.max(self.stride + self.stride / 4) };
        // The width alone counts: the room beyond it is only made if it is free.
        let stride = if self.check_size(stride, records).is_ok() { stride } else { width };
        self.check_size(stride, records)?;
        self.make_room((self.n + 1) * stride, records)?;
        for row in (0..=self.n).rev() {
            self.x.copy_within(row * self.stride..(row + 1) * self.stride, row * stride);
            self.x[row * stride + self.stride..(row + 1) * stride].fill(0.0);
        }
        self.stride = stride;
        Ok(())
    }

    /// Adds zeros until there are `cells` numbers.
    #[inline]
    fn make_room(&mut self, cells: usize, records: &Records<'_>) -> Result<(), DataError> {
        if self.x.try_reserve(cells - self.x.len()).is_err() {
            let found = format!("{cells} numbers in the dense table");
            return Err(malformed_line(records.path(), records.line(), found, "as many as memory holds"));
        }
        self.x.resize(cells, 0.0);
        Ok(())
    }

    #[inline]
    fn check_size(&self, stride: usize, records: &Records<'_>) -> Result<(), DataError> {
        let cells = stride as u128 * (self.n as u128 + 1);
        let (path, line, said) = (records.path(), records.line(), self.features.is_some());
        let limit = most_cells(self.entries, said);
        if cells > limit {
            let (path, columns) = (path.to_owned(), self.width.max(stride));
            let help = if said {
                "give `features` as many as the largest index needs"
            } else {
                "correct the index, or say how many features there are with `features`"
            };
            return Err(FileError::TooSparse { path, line, columns, cells, limit, help }.into());
        }
        if stride > MOST_COLUMNS {
            return Err(malformed_line(path, line, format!("{stride} features"), format!("at most {MOST_COLUMNS}")));
        }
        Ok(())
    }
}
