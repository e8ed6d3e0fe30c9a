//! Rows and targets, checked once; everything behind this module trusts them.

use std::borrow::Cow;

use crate::buffer::Buffer;
use crate::design::{Design, Shared};
use crate::error::ModelError;
use crate::kernels::element::Elements;
use crate::kernels::pages::enlarge;

/// What is predicted.
#[derive(Clone, Debug, PartialEq)]
pub enum Target {
    /// A number per row.
    Real(Vec<f64>),
    /// A class per row.
    Classes {
        /// Labels `0..n_classes`, one per row.
        labels: Vec<u32>,
        /// The number of classes, those that no row has included.
        n_classes: usize,
    },
}

/// A design matrix, `n` rows by `d` columns, row-major and contiguous, with its target.
#[derive(Clone, Debug, PartialEq)]
pub struct Data {
    x: Design,
    n: usize,
    d: usize,
    target: Target,
}

impl Data {
    /// Checks sizes, finiteness and labels.
    pub fn new(x: Vec<f64>, n: usize, d: usize, target: Target) -> Result<Self, ModelError> {
        // Checked where they are, moved after that.
        Self::check(Elements::F64(&x), n, d, &target)?;
        Ok(Self::of(Design::Owned(Buffer::from_vec(x)), n, d, target))
    }

    /// The same with a design matrix that somebody else keeps, such as a mapped file. Passes are fastest where it
    /// begins at a multiple of 64 bytes.
    pub fn shared(x: Shared<f64>, n: usize, d: usize, target: Target) -> Result<Self, ModelError> {
        Self::check(Elements::F64(&x), n, d, &target)?;
        Ok(Self::of(Design::Shared(x), n, d, target))
    }

    /// The same with a design matrix that is stored as f32: half the memory, and less time where a pass waits for memory.
    /// Each number is turned into f64 as it is loaded; all arithmetic is in f64.
    pub fn narrow(x: Shared<f32>, n: usize, d: usize, target: Target) -> Result<Self, ModelError> {
        Self::check(Elements::F32(&x), n, d, &target)?;
        Ok(Self::of(Design::Narrow(x), n, d, target))
    }

    fn of(x: Design, n: usize, d: usize, target: Target) -> Self {
        match x.elements() {
            Elements::F64(numbers) => enlarge(numbers),
            Elements::F32(numbers) => enlarge(numbers),
        }
        Self { x, n, d, target }
    }

    fn check(x: Elements<'_>, n: usize, d: usize, target: &Target) -> Result<(), ModelError> {
        if n == 0 {
            return Err(ModelError::Empty { what: "rows" });
        }
        if d == 0 {
            return Err(ModelError::Empty { what: "columns" });
        }
        let needed = n.saturating_mul(d);
        check_size("design matrix", x.len(), needed)?;
        let infinite = match x {
            Elements::F64(numbers) => numbers.iter().position(|value| !value.is_finite()),
            Elements::F32(numbers) => numbers.iter().position(|value| !value.is_finite()),
        };
        if let Some(position) = infinite {
            return Err(ModelError::NonFiniteData { what: "design matrix", row: position / d, column: position % d });
        }
        match target {
            Target::Real(values) => {
                check_size("target", values.len(), n)?;
                if let Some(row) = values.iter().position(|value| !value.is_finite()) {
                    return Err(ModelError::NonFiniteData { what: "target", row, column: 0 });
                }
            }
            Target::Classes { labels, n_classes } => {
                check_size("target", labels.len(), n)?;
                let outside = |label: &u32| *label as usize >= *n_classes;
                if let Some(row) = labels.iter().position(outside) {
                    return Err(ModelError::Label { row, found: labels[row], n_classes: *n_classes });
                }
            }
        }
        Ok(())
    }

    /// The design matrix, row-major; a copy where it is stored as f32.
    pub fn x(&self) -> Cow<'_, [f64]> {
        self.elements().to_f64()
    }

    /// One row of the design matrix; a copy where it is stored as f32.
    pub fn row(&self, row: usize) -> Cow<'_, [f64]> {
        self.elements().split(row * self.d, self.d).0.to_f64()
    }

    /// Visits the rows in their order; of what is stored as f32 one at a time is copied.
    pub fn for_each_row(&self, mut visit: impl FnMut(&[f64])) {
        let mut row = vec![0.0; self.d];
        for first in (0..self.n * self.d).step_by(self.d) {
            visit(self.elements().split(first, self.d).0.wide(&mut row));
        }
    }

    /// The largest absolute value of the design matrix.
    pub fn largest(&self) -> f64 {
        match self.elements() {
            Elements::F64(numbers) => numbers.iter().fold(0.0, |largest, number| number.abs().max(largest)),
            Elements::F32(numbers) => numbers.iter().fold(0.0_f32, |largest, number| number.abs().max(largest)).into(),
        }
    }

    /// The numbers as they are stored.
    pub(crate) fn elements(&self) -> Elements<'_> {
        self.x.elements()
    }

    /// Whether the design matrix is stored as f32.
    pub fn is_narrow(&self) -> bool {
        matches!(self.elements(), Elements::F32(_))
    }

    /// The number of rows.
    pub fn n(&self) -> usize {
        self.n
    }

    /// The number of columns.
    pub fn d(&self) -> usize {
        self.d
    }

    /// What is predicted.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// The number of classes, if the target is a class.
    pub fn n_classes(&self) -> Option<usize> {
        match self.target {
            Target::Real(_) => None,
            Target::Classes { n_classes, .. } => Some(n_classes),
        }
    }
}

fn check_size(what: &'static str, found: usize, needed: usize) -> Result<(), ModelError> {
    if found == needed { Ok(()) } else { Err(ModelError::Size { what, found, needed }) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn shared_numbers_are_checked_alike() {
        let real = || Target::Real(vec![0.5, 1.5]);
        let shared = |x: &[f64]| Data::shared(Arc::new(x.to_vec()), 2, 1, real());
        assert_eq!(shared(&[1.0, 2.0]).unwrap(), Data::new(vec![1.0, 2.0], 2, 1, real()).unwrap());
        assert!(matches!(shared(&[1.0, f64::NAN]), Err(ModelError::NonFiniteData { row: 1, column: 0, .. })));
        assert!(matches!(shared(&[1.0]), Err(ModelError::Size { what: "design matrix", found: 1, needed: 2 })));
    }

    #[test]
    fn refuses_what_is_not_data() {
        let real = |values: &[f64]| Target::Real(values.to_vec());
        assert!(matches!(
            Data::new(vec![1.0; 5], 3, 2, real(&[0.0; 3])),
            Err(ModelError::Size { what: "design matrix", found: 5, needed: 6 })
        ));
        assert!(matches!(
            Data::new(vec![1.0, 2.0, 3.0, f64::NAN], 2, 2, real(&[0.0; 2])),
            Err(ModelError::NonFiniteData { row: 1, column: 1, .. })
        ));
        assert!(matches!(
            Data::new(vec![1.0; 2], 2, 1, real(&[0.0, f64::INFINITY])),
            Err(ModelError::NonFiniteData { what: "target", row: 1, .. })
        ));
        assert!(matches!(Data::new(vec![1.0; 2], 2, 1, real(&[0.0])), Err(ModelError::Size { what: "target", .. })));
        let classes = Target::Classes { labels: vec![0, 2], n_classes: 2 };
        let refused = Data::new(vec![1.0; 2], 2, 1, classes).unwrap_err();
        assert_eq!(refused.to_string(), "label out of range in row 1: found 2, needed less than 2");
        assert!(Data::new(vec![], 0, 1, real(&[])).is_err());
        assert!(Data::new(vec![], 1, 0, real(&[0.0])).is_err());
    }
}
