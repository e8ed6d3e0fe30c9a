//! The columns' values as a model reads them: as f64, or rounded to f32 for half the memory.

use std::borrow::Cow;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::numbers::Numbers;

/// Numbers that are rounded at a time, and whose memory is then given back to the system.
const CHUNK: usize = 1 << 20;

/// How the columns' values are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Storage {
    /// 8 bytes each.
    #[default]
    F64,
    /// 4 bytes each: rounded to about 7 digits, and turned into f64 again wherever they are used.
    F32,
}

impl Storage {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub(crate) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Values of the columns, row by row.
#[derive(Clone, Debug, PartialEq)]
pub enum Matrix {
    /// As f64.
    F64(Numbers),
    /// As f32.
    F32(Numbers<f32>),
}

impl Matrix {
    /// Stores numbers; the position of the first one that cannot be stored so where there is one.
    pub(crate) fn new(numbers: Vec<f64>, storage: Storage) -> Result<Self, usize> {
        match storage {
            Storage::F64 => Ok(Self::F64(numbers.into())),
            Storage::F32 => match numbers.iter().position(|&number| !narrow(number).is_finite()) {
                Some(position) => Err(position),
                None => Ok(Self::F32(narrowed(numbers).into())),
            },
        }
    }

    /// How many numbers there are.
    pub fn len(&self) -> usize {
        match self {
            Self::F64(numbers) => numbers.len(),
            Self::F32(numbers) => numbers.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether they are in a mapped file.
    pub fn is_mapped(&self) -> bool {
        match self {
            Self::F64(numbers) => numbers.is_mapped(),
            Self::F32(numbers) => numbers.is_mapped(),
        }
    }

    /// The numbers as f64, a copy of those that are stored as f32.
    pub fn wide(&self) -> Cow<'_, [f64]> {
        match self {
            Self::F64(numbers) => Cow::Borrowed(numbers),
            Self::F32(numbers) => Cow::Owned(numbers.iter().map(|&number| number.into()).collect()),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "rounding is what is asked for")]
fn narrow(number: f64) -> f32 {
    number as f32
}

/// Rounds from the last to the first, and shortens the list on the way, so that both never need their full memory.
fn narrowed(mut numbers: Vec<f64>) -> Vec<f32> {
    let mut narrowed = vec![0.0; numbers.len()];
    while !numbers.is_empty() {
        let kept = (numbers.len() - 1) / CHUNK * CHUNK;
        for (to, from) in narrowed[kept..].iter_mut().zip(&numbers[kept..]) {
            *to = narrow(*from);
        }
        numbers.truncate(kept);
        numbers.shrink_to_fit();
    }
    narrowed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_every_number_to_the_nearest() {
        let numbers: Vec<f64> = (0..2 * CHUNK + 3).map(|i| 0.1 + i as f64).collect();
        let Ok(Matrix::F32(narrow)) = Matrix::new(numbers.clone(), Storage::F32) else { panic!("f32") };
        assert!(narrow.iter().zip(&numbers).all(|(a, b)| (f64::from(*a) - b).abs() <= b * 2_f64.powi(-24)));
        assert_eq!(Matrix::new(numbers.clone(), Storage::F64).unwrap().wide(), numbers);
    }

    #[test]
    fn what_f32_cannot_hold_is_found() {
        assert_eq!(Matrix::new(vec![1.0, -1e39], Storage::F32), Err(1));
        assert_eq!(Matrix::new(vec![1e-50], Storage::F32).unwrap().wide()[..], [0.0]);
    }
}
