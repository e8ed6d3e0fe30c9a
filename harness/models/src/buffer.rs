//! Numbers that begin at a cache line, so that vectors do not straddle two of them.

use std::ops::{Deref, DerefMut};

/// f64 in a cache line.
const LINE: usize = 8;

/// A fixed number of f64, aligned to 64 bytes.
#[derive(Debug)]
pub(crate) struct Buffer {
    values: Vec<f64>,
    first: usize,
    len: usize,
}

impl Buffer {
    pub(crate) fn zeros(len: usize) -> Self {
        let values = vec![0.0; len + LINE - 1];
        let first = until_line(&values);
        Self { values, first, len }
    }

    /// Takes numbers over and moves them to the next line, within their own memory where that can grow.
    pub(crate) fn from_vec(mut values: Vec<f64>) -> Self {
        let len = values.len();
        if until_line(&values) == 0 {
            return Self { values, first: 0, len };
        }
        values.reserve_exact(LINE - 1);
        values.resize(len + LINE - 1, 0.0);
        let first = until_line(&values);
        values.copy_within(..len, first);
        Self { values, first, len }
    }
}

impl Deref for Buffer {
    type Target = [f64];

    fn deref(&self) -> &[f64] {
        &self.values[self.first..self.first + self.len]
    }
}

impl DerefMut for Buffer {
    fn deref_mut(&mut self) -> &mut [f64] {
        &mut self.values[self.first..self.first + self.len]
    }
}

impl Clone for Buffer {
    fn clone(&self) -> Self {
        Self::from_vec(self.to_vec())
    }
}

impl PartialEq for Buffer {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

/// Numbers before the next one that begins a line.
fn until_line(values: &[f64]) -> usize {
    (values.as_ptr().addr() / size_of::<f64>()).wrapping_neg() % LINE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn begins_at_a_line() {
        for len in [0, 1, 7, 1000] {
            let mut buffer = Buffer::zeros(len);
            assert_eq!((buffer.len(), buffer.as_ptr().addr() % 64), (len, 0));
            buffer.fill(1.0);
            let taken = Buffer::from_vec((0..len).map(|i| i as f64).collect());
            assert_eq!((taken.len(), taken.as_ptr().addr() % 64), (len, 0));
            assert!(taken.iter().enumerate().all(|(i, value)| value.to_bits() == (i as f64).to_bits()));
            assert_eq!(taken.clone(), taken);
        }
    }
}
