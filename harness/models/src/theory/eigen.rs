//! Eigenvalues of symmetric matrices and of symmetric pencils, flat directions set apart.
//!
//! A direction is flat where a matrix has no curvature beyond rounding: a standard deviation held by its
//! floor, a collinear column, a saturated gate. What counts as rounding is decided after scaling by the
//! curvature that the data could give ([`Scale`]), so that it does not depend on the units of features.

use faer::{Mat, Side};

use crate::layout::BlockKind;
use crate::objective::Objective;
use crate::options::Family;

/// Curvature, relative to what the data could give and times the number of parameters, that is rounding.
const FLAT: f64 = 1e-14;

/// Eigenvalues of a symmetric matrix in ascending order; `None` if it is not finite.
pub(crate) fn eigenvalues(matrix: &Mat<f64>) -> Option<Vec<f64>> {
    if !is_finite(matrix) {
        return None;
    }
    matrix.self_adjoint_eigenvalues(Side::Lower).ok()
}

/// A positive semidefinite matrix B as `W` with `W' B W = I` on all but its flat directions.
#[derive(Clone, Debug)]
pub(crate) struct Whitening {
    /// p by rank.
    basis: Mat<f64>,
}

impl Whitening {
    /// `None` if the matrix is not finite, or has a negative direction.
    pub(crate) fn new(matrix: &Mat<f64>, scale: &Scale) -> Option<Self> {
        let (values, vectors) = scale.eigen(matrix)?;
        let p = matrix.nrows();
        let (tolerance, scale) = (rounding(p), &scale.0);
        if values.first().is_some_and(|least| *least < -tolerance) {
            return None;
        }
        let kept: Vec<usize> = (0..p).filter(|j| values[*j] > tolerance).collect();
        let basis = Mat::from_fn(p, kept.len(), |i, j| scale[i] * vectors[(i, kept[j])] / values[kept[j]].sqrt());
        Some(Self { basis })
    }

    /// Directions that are not flat.
    pub(crate) fn rank(&self) -> usize {
        self.basis.ncols()
    }

    /// Eigenvalues of the pencil `A v = mu B v`, ascending.
    pub(crate) fn pencil(&self, a: &Mat<f64>) -> Option<Vec<f64>> {
        let inner = self.basis.transpose() * a * &self.basis;
        eigenvalues(&symmetric(&inner))
    }

    /// `B^+`, the inverse on all but the flat directions.
    pub(crate) fn inverse(&self) -> Mat<f64> {
        &self.basis * self.basis.transpose()
    }
}

/// For each parameter, the inverse root of the curvature that the data could give: `mean x_j^2 / 4` for a
/// softmax, over the variance for a mean, 2 for the log of a standard deviation.
#[derive(Clone, Debug)]
pub(crate) struct Scale(pub(crate) Vec<f64>);

impl Scale {
    pub(crate) fn new(objective: &mut Objective, theta: &[f64]) -> Self {
        let Objective { model, data, sigmas, .. } = objective;
        sigmas.refresh(model, theta);
        let d = data.d();
        let mut squares = vec![0.0; d];
        data.for_each_row(|row| {
            for (sum, value) in squares.iter_mut().zip(row) {
                *sum += value * value / data.n() as f64;
            }
        });
        let mut scale = vec![0.0; theta.len()];
        let mut expert = 0;
        for block in &model.layout().blocks {
            let curvature = match (block.kind, model.family()) {
                (BlockKind::Noise, _) => {
                    scale[block.range()].fill(0.5_f64.sqrt());
                    continue;
                }
                (BlockKind::Expert, Family::SymmetricLinear | Family::Linear) => sigmas.precision[expert],
                _ => 0.25,
            };
            expert += usize::from(block.kind == BlockKind::Expert);
            for (target, square) in scale[block.range()].iter_mut().zip(squares.iter().cycle()) {
                *target = if *square > 0.0 { (curvature * square).sqrt().recip() } else { 0.0 };
            }
        }
        Self(scale)
    }

    /// Eigenvalues, ascending, and eigenvectors of the scaled matrix `S A S`.
    pub(crate) fn eigen(&self, matrix: &Mat<f64>) -> Option<(Vec<f64>, Mat<f64>)> {
        if !is_finite(matrix) {
            return None;
        }
        let (p, scale) = (matrix.nrows(), &self.0);
        let scaled = Mat::from_fn(p, p, |i, j| scale[i] * matrix[(i, j)] * scale[j]);
        let eigen = scaled.self_adjoint_eigen(Side::Lower).ok()?;
        let values: Vec<f64> = eigen.S().column_vector().iter().copied().collect();
        Some((values, eigen.U().to_owned()))
    }
}

/// Below this an eigenvalue of a scaled matrix of `p` parameters is rounding.
pub(crate) fn rounding(p: usize) -> f64 {
    FLAT * p.max(8) as f64
}

pub(crate) fn symmetric(matrix: &Mat<f64>) -> Mat<f64> {
    let p = matrix.nrows();
    Mat::from_fn(p, p, |i, j| 0.5 * (matrix[(i, j)] + matrix[(j, i)]))
}

fn is_finite(matrix: &Mat<f64>) -> bool {
    (0..matrix.ncols()).all(|j| (0..matrix.nrows()).all(|i| matrix[(i, j)].is_finite()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flat_directions_are_left_out_whatever_the_units() {
        // The third column repeats the first in other units, the fourth does not exist.
        let rows = [[1.0, 0.2, 1e6, 0.0], [0.2, 2.0, 0.2e6, 0.0], [1e6, 0.2e6, 1e12, 0.0], [0.0; 4]];
        let b = Mat::from_fn(4, 4, |i, j| rows[i][j]);
        let scale = Scale(vec![1.0, 1.0, 1e-6, 1.0]);
        let whitening = Whitening::new(&b, &scale).unwrap();
        assert_eq!(whitening.rank(), 2);
        let ones = whitening.pencil(&b).unwrap();
        assert!(ones.iter().all(|value| (value - 1.0).abs() < 1e-9), "{ones:?}");
    }

    #[test]
    fn a_negative_direction_has_no_root() {
        let b = Mat::from_fn(2, 2, |i, j| if i == j { 1.0 } else { 2.0 });
        assert!(Whitening::new(&b, &Scale(vec![1.0; 2])).is_none());
        assert!(Whitening::new(&Mat::from_fn(1, 1, |_, _| f64::NAN), &Scale(vec![1.0])).is_none());
    }
}
