//! Bytes of an optimizer's state, written and read in the same order: what [`Optimizer::save`](crate::Optimizer::save)
//! and [`restore`](crate::Optimizer::restore) need, to the last bit.

use crate::{Error, Result};

/// Collects the state of an optimizer.
///
/// ```
/// use harness_plugin_api::{StateReader, StateWriter};
///
/// let bytes = StateWriter::new().number(0.5).numbers(&[1.0, 2.0]).finish();
/// let mut reader = StateReader::new(&bytes);
/// let mut momentum = [0.0; 2];
/// assert_eq!(reader.number(), Ok(0.5));
/// reader.numbers(&mut momentum)?;
/// reader.finish()?;
/// assert_eq!(momentum, [1.0, 2.0]);
/// # Ok::<(), harness_plugin_api::Error>(())
/// ```
#[derive(Debug, Default)]
pub struct StateWriter(Vec<u8>);

impl StateWriter {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a number.
    #[must_use]
    pub fn number(mut self, number: f64) -> Self {
        self.0.extend_from_slice(&number.to_le_bytes());
        self
    }

    /// Appends a count.
    #[must_use]
    pub fn count(mut self, count: u64) -> Self {
        self.0.extend_from_slice(&count.to_le_bytes());
        self
    }

    /// Appends numbers, without their count: the reader knows it.
    #[must_use]
    pub fn numbers(self, numbers: &[f64]) -> Self {
        numbers.iter().fold(self, |writer, number| writer.number(*number))
    }

    /// The bytes.
    pub fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Reads what a [`StateWriter`] wrote.
#[derive(Debug)]
pub struct StateReader<'a>(&'a [u8]);

impl<'a> StateReader<'a> {
    /// From the first byte.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next number.
    ///
    /// # Errors
    ///
    /// There are no more bytes.
    pub fn number(&mut self) -> Result<f64> {
        self.take().map(f64::from_le_bytes)
    }

    /// The next count.
    ///
    /// # Errors
    ///
    /// There are no more bytes.
    pub fn count(&mut self) -> Result<u64> {
        self.take().map(u64::from_le_bytes)
    }

    /// The next numbers, as many as fit.
    ///
    /// # Errors
    ///
    /// There are too few bytes.
    pub fn numbers(&mut self, numbers: &mut [f64]) -> Result<()> {
        for number in numbers {
            *number = self.number()?;
        }
        Ok(())
    }

    /// All bytes that are left.
    pub fn rest(self) -> &'a [u8] {
        self.0
    }

    /// Checks that all has been read.
    ///
    /// # Errors
    ///
    /// Bytes are left.
    pub fn finish(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Error::failed("the saved state is longer than expected")) }
    }

    fn take(&mut self) -> Result<[u8; 8]> {
        let (first, rest) =
            self.0.split_first_chunk().ok_or_else(|| Error::failed("the saved state is shorter than expected"))?;
        self.0 = rest;
        Ok(*first)
    }
}
