//! Conjugate gradients and the Lanczos method: what is needed of matrices that are known by their
//! products alone.
//!
//! Reference: Golub, Van Loan, "Matrix Computations", 4th edition, 2013, sections 10.1 and 11.3; Parlett,
//! "The Symmetric Eigenvalue Problem", 1998, chapter 13 (full reorthogonalization) and 15 (pencils).

use faer::{Mat, Side};

use crate::sum::{axpy, dot, norm};

/// An approximate solution of a definite system.
#[derive(Clone, Debug)]
pub(crate) struct Solution {
    pub(crate) x: Vec<f64>,
    /// Whether the residual fell to its share; false at negative curvature or when iterations ran out.
    pub(crate) is_solved: bool,
    /// Whether it ended at negative curvature, or at none.
    pub(crate) is_indefinite: bool,
}

/// Solves `A x = b` from zero until the preconditioned residual has fallen to `share` of b's. At
/// negative curvature it returns what it has, or b itself if that is nothing. `inverse_diagonal` is a
/// preconditioner.
pub(crate) fn conjugate_gradients(
    b: &[f64],
    inverse_diagonal: Option<&[f64]>,
    share: f64,
    max_iterations: usize,
    mut apply: impl FnMut(&[f64], &mut [f64]),
) -> Solution {
    let precondition = |residual: &[f64]| -> Vec<f64> {
        match inverse_diagonal {
            Some(inverse) => residual.iter().zip(inverse).map(|(r, inverse)| r * inverse).collect(),
            None => residual.to_vec(),
        }
    };
    let mut x = vec![0.0; b.len()];
    let mut residual = b.to_vec();
    let mut direction = precondition(&residual);
    let mut product = dot(&residual, &direction);
    let goal = share * share * product;
    let mut image = vec![0.0; b.len()];
    if product <= 0.0 {
        return Solution { x, is_solved: product == 0.0, is_indefinite: false };
    }
    for iteration in 0..max_iterations {
        apply(&direction, &mut image);
        let curvature = dot(&direction, &image);
        if curvature.is_nan() || curvature <= 0.0 {
            if iteration == 0 {
                x.copy_from_slice(b);
            }
            return Solution { x, is_solved: false, is_indefinite: true };
        }
        let length = product / curvature;
        axpy(length, &direction, &mut x);
        axpy(-length, &image, &mut residual);
        let preconditioned = precondition(&residual);
        let next = dot(&residual, &preconditioned);
        if next <= goal {
            return Solution { x, is_solved: true, is_indefinite: false };
        }
        for (q, z) in direction.iter_mut().zip(&preconditioned) {
            *q = z + next / product * *q;
        }
        product = next;
    }
    Solution { x, is_solved: false, is_indefinite: false }
}

/// Both ends of the spectrum of an operator that is symmetric in the inner product of B.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Extremes {
    pub(crate) least: f64,
    pub(crate) largest: f64,
    /// Bounds on the errors of the two.
    pub(crate) least_error: f64,
    pub(crate) largest_error: f64,
}

/// Lanczos with full reorthogonalization: `apply` is `B^-1 A`, `inner` is B. Stops where both ends are
/// known to `tolerance`, relative to the larger, or after `max_iterations`.
pub(crate) fn lanczos(
    dim: usize,
    tolerance: f64,
    max_iterations: usize,
    mut apply: impl FnMut(&[f64]) -> Vec<f64>,
    mut inner: impl FnMut(&[f64]) -> Vec<f64>,
) -> Option<Extremes> {
    let steps = max_iterations.min(dim);
    let (mut basis, mut images): (Vec<Vec<f64>>, Vec<Vec<f64>>) = (Vec::new(), Vec::new());
    let (mut diagonal, mut off): (Vec<f64>, Vec<f64>) = (Vec::new(), Vec::new());
    let mut next = start(dim);
    let mut found = None;
    for step in 0..steps {
        let image = inner(&next);
        let length = dot(&next, &image).sqrt();
        if !length.is_finite() {
            return None;
        }
        if step > 0 {
            off.push(length);
        }
        // An invariant subspace: its ends are those of the whole, the start having no zero component.
        if length <= 1e-13 * diagonal.iter().fold(1.0_f64, |a: f64, b: &f64| a.max(b.abs())) {
            return found;
        }
        basis.push(next.iter().map(|value| value / length).collect());
        images.push(image.iter().map(|value| value / length).collect());
        let mut applied = apply(&basis[step]);
        diagonal.push(dot(&applied, &images[step]));
        for _ in 0..2 {
            for (vector, image) in basis.iter().zip(&images) {
                let share = dot(&applied, image);
                axpy(-share, vector, &mut applied);
            }
        }
        next = applied;
        let residual = dot(&next, &inner(&next)).max(0.0).sqrt();
        let extremes = ritz(&diagonal, &off, residual)?;
        found = Some(extremes);
        let goal = tolerance * extremes.largest.abs().max(extremes.least.abs());
        if residual == 0.0 || (extremes.least_error.max(extremes.largest_error) <= goal && step + 1 >= steps.min(8)) {
            break;
        }
    }
    found
}

/// Ends of the tridiagonal matrix, with the residuals of their Ritz vectors.
fn ritz(diagonal: &[f64], off: &[f64], residual: f64) -> Option<Extremes> {
    let m = diagonal.len();
    let matrix = Mat::from_fn(m, m, |i, j| match i.abs_diff(j) {
        0 => diagonal[i],
        1 => off[i.min(j)],
        _ => 0.0,
    });
    let eigen = matrix.self_adjoint_eigen(Side::Lower).ok()?;
    let (values, vectors) = (eigen.S().column_vector(), eigen.U());
    Some(Extremes {
        least: values[0],
        largest: values[m - 1],
        least_error: residual * vectors[(m - 1, 0)].abs(),
        largest_error: residual * vectors[(m - 1, m - 1)].abs(),
    })
}

/// A fixed vector without structure: fractional parts of multiples of the golden ratio, centred.
fn start(dim: usize) -> Vec<f64> {
    let mut vector: Vec<f64> = (1..=dim).map(|i| (i as f64 * 0.618_033_988_749_894_9).fract() - 0.5).collect();
    let length = norm(&vector);
    for value in &mut vector {
        *value /= length;
    }
    vector
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_of_a_known_spectrum() {
        // Second differences with Dirichlet ends: 2 - 2 cos(k pi / (n + 1)).
        let n = 60;
        let apply = |v: &[f64]| -> Vec<f64> {
            (0..n)
                .map(|i| 2.0 * v[i] - if i > 0 { v[i - 1] } else { 0.0 } - v.get(i + 1).copied().unwrap_or(0.0))
                .collect()
        };
        let found = lanczos(n, 1e-12, n, apply, <[f64]>::to_vec).unwrap();
        let exact = |k: usize| 2.0 - 2.0 * (k as f64 * std::f64::consts::PI / (n + 1) as f64).cos();
        assert!((found.least - exact(1)).abs() < 1e-11 && (found.largest - exact(n)).abs() < 1e-11, "{found:?}");
        let rhs = vec![1.0; n];
        let solution = conjugate_gradients(&rhs, None, 1e-12, 500, |v, out| out.copy_from_slice(&apply(v)));
        assert!(solution.is_solved);
        let back = apply(&solution.x);
        assert!(back.iter().all(|value| (value - 1.0).abs() < 1e-9));
    }

    #[test]
    fn negative_curvature_is_said() {
        let solution = conjugate_gradients(&[1.0, 2.0], None, 1e-12, 9, |v, out| {
            out[0] = -v[0];
            out[1] = -v[1];
        });
        assert!(!solution.is_solved);
    }
}
