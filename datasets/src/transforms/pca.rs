//! Principal components of the training rows.

use faer::linalg::matmul::matmul;
use faer::{Accum, Mat, MatRef, Par, Side};

use super::frame::Frame;
use super::options::Transform;
use crate::error::{DataError, PrepareError};

/// Rows whose products are added up at once: a copy of the training rows would not fit where the table is large.
const ROWS: usize = 1024;

/// Replaces the columns by their projections, largest variance first. The sign of a component is that of its largest
/// loading, so that it does not depend on the solver.
pub(super) fn pca(frame: &mut Frame, transform: &Transform) -> Result<(), DataError> {
    let components = transform.components.unwrap_or(1);
    let most = frame.d.min(frame.rows.train.len());
    if components > most {
        return Err(PrepareError::TransformValue {
            kind: transform.kind,
            option: "components",
            found: components.to_string(),
            expected: "at most the number of columns, and of training rows",
        }
        .into());
    }
    frame.check_cells((frame.d as u128).pow(2))?;
    let n = frame.rows.train.len() as f64;
    let mean: Vec<f64> = (0..frame.d).map(|column| frame.training_values(column).sum::<f64>() / n).collect();
    let failed = || DataError::from(PrepareError::NoComponents { dataset: frame.dataset.clone() });
    let covariance = covariance(frame, &mean);
    let eigen = covariance.self_adjoint_eigen(Side::Lower).map_err(|_| failed())?;
    // The eigenvalues come in rising order.
    let axes: Vec<Vec<f64>> = (0..components)
        .map(|component| {
            let axis = eigen.U().col(frame.d - 1 - component);
            let axis: Vec<f64> = (0..frame.d).map(|column| axis[column]).collect();
            let largest =
                axis.iter().copied().fold(0.0, |largest: f64, v| if v.abs() > largest.abs() { v } else { largest });
            axis.into_iter().map(|v| v * largest.signum()).collect()
        })
        .collect();
    if axes.iter().flatten().any(|loading| !loading.is_finite()) {
        return Err(failed());
    }
    let names = (1..=components).map(|component| format!("pc{component}")).collect();
    frame.replace(names, |old, new| {
        for (cell, axis) in new.iter_mut().zip(&axes) {
            *cell = old.iter().zip(&mean).zip(axis).map(|((x, mean), loading)| (x - mean) * loading).sum();
        }
    })
}

fn covariance(frame: &Frame, mean: &[f64]) -> Mat<f64> {
    let d = frame.d;
    let n = frame.rows.train.len() as f64;
    let mut covariance = Mat::zeros(d, d);
    let mut block = Vec::with_capacity(ROWS * d);
    for rows in frame.rows.train.chunks(ROWS) {
        block.clear();
        for &row in rows {
            block.extend(frame.x[row * d..][..d].iter().zip(mean).map(|(x, mean)| x - mean));
        }
        let centered = MatRef::from_row_major_slice(&block, rows.len(), d);
        matmul(&mut covariance, Accum::Add, centered.transpose(), centered, 1.0 / n, Par::Seq);
    }
    covariance
}
