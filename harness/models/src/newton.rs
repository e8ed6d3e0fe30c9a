//! How far inner solves go, what they report, and the symmetric systems that they share.

use faer::dyn_stack::{MemBuffer, MemStack};
use faer::linalg::cholesky::llt;
use faer::{MatMut, MatRef, Par};

/// Newton iterations after which an inner solve gives up.
pub const MAX_NEWTON_ITERATIONS: u64 = 200;

/// When an inner solve ends: at a Newton decrement `sqrt(g' H^-1 g)` or a gradient norm of at most
/// `absolute * max(1, sqrt |f|)`, or at a decrement of at most `relative` times the first one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tolerance {
    /// 1e-12 by default.
    pub absolute: f64,
    /// 0 by default: no relative rule. Loose inner solves that still move set, say, 1e-2.
    pub relative: f64,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self { absolute: 1e-12, relative: 0.0 }
    }
}

impl From<f64> for Tolerance {
    /// An absolute tolerance.
    fn from(absolute: f64) -> Self {
        Self { absolute, relative: 0.0 }
    }
}

/// What the inner solves of one step took.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Inner {
    /// Newton plus conjugate gradient iterations, over all blocks.
    pub iterations: u64,
    /// Evaluations of value and gradient in softmax regressions, those that line searches rejected
    /// included.
    pub evaluations: u64,
    /// Whether some block stopped above its tolerance because rounding allows no further progress:
    /// where a decrease of f is lost in the rounding of its terms and the Newton decrement has
    /// stopped falling, or where the Hessian has vanished on the way: separated data, whose optimum is
    /// infinite. The point is then no worse than the warm start, so that EM still descends, and the
    /// parameters run off as far as arithmetic lets them.
    pub at_floor: bool,
}

impl Inner {
    pub(crate) fn add(&mut self, other: Self) {
        self.iterations += other.iterations;
        self.evaluations += other.evaluations;
        self.at_floor |= other.at_floor;
    }
}

/// Cholesky factorization of positive definite systems in place, with its scratch.
pub(crate) struct Cholesky {
    memory: MemBuffer,
    diagonal: Vec<f64>,
}

impl Cholesky {
    /// For systems of at most `dim` unknowns.
    pub(crate) fn new(dim: usize) -> Self {
        let scratch = llt::factor::cholesky_in_place_scratch::<f64>(dim, Par::Seq, faer::Spec::default());
        Self { memory: MemBuffer::new(scratch), diagonal: vec![0.0; dim] }
    }

    /// Replaces the lower triangle of a column-major matrix by its factor. `None` where the matrix
    /// is not positive definite to working precision: where a pivot is nothing but the rounding of
    /// its diagonal entry, solutions would be noise.
    #[must_use]
    pub(crate) fn factor(&mut self, matrix: &mut [f64], dim: usize) -> Option<()> {
        for (j, diagonal) in self.diagonal[..dim].iter_mut().enumerate() {
            *diagonal = matrix[j * dim + j];
        }
        llt::factor::cholesky_in_place(
            MatMut::from_column_major_slice_mut(matrix, dim, dim),
            llt::factor::LltRegularization::default(),
            Par::Seq,
            MemStack::new(&mut self.memory),
            faer::Spec::default(),
        )
        .ok()?;
        let least = 16.0 * f64::EPSILON * dim.max(8) as f64;
        let is_definite = self.diagonal[..dim].iter().enumerate().all(|(j, diagonal)| {
            let pivot = matrix[j * dim + j];
            pivot * pivot > least * diagonal && pivot.is_finite()
        });
        is_definite.then_some(())
    }

    /// Solves with a factor for right-hand sides of `dim` values each, in place.
    pub(crate) fn solve(&mut self, factor: &[f64], dim: usize, rhs: &mut [f64]) {
        let cols = rhs.len() / dim;
        llt::solve::solve_in_place(
            MatRef::from_column_major_slice(factor, dim, dim),
            MatMut::from_column_major_slice_mut(rhs, dim, cols),
            Par::Seq,
            MemStack::new(&mut self.memory),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn solves_what_is_definite_and_refuses_the_rest() {
        let mut cholesky = Cholesky::new(2);
        let mut matrix = [4.0, 2.0, 2.0, 3.0];
        cholesky.factor(&mut matrix, 2).unwrap();
        let mut rhs = [8.0, 8.0];
        cholesky.solve(&matrix, 2, &mut rhs);
        assert!((rhs[0] - 1.0).abs() < 1e-15 && (rhs[1] - 2.0).abs() < 1e-15);
        for singular in [[1.0, 2.0, 2.0, 4.0], [1.0, 2.0, 2.0, 1.0], [0.0; 4], [f64::NAN, 0.0, 0.0, 1.0]] {
            assert!(cholesky.factor(&mut { singular }, 2).is_none(), "{singular:?}");
        }
    }
}
