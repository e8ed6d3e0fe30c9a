//! Transforms that move and scale columns by what the training rows are like.

use super::frame::Frame;
use super::options::{By, Transform};
use crate::error::DataError;
use crate::scale::Scale;

/// Mean 0 and 1/n standard deviation 1; a constant column becomes 0.
pub(super) fn standardize(frame: &mut Frame, transform: &Transform) -> Result<(), DataError> {
    for column in frame.places(&transform.columns)? {
        let values: Vec<f64> = frame.training_values(column).collect();
        let scale = Scale::of(&values);
        for value in frame.x.iter_mut().skip(column).step_by(frame.d) {
            *value = scale.map_or(0.0, |scale| scale.apply(*value));
        }
    }
    frame.keeps_truth = false;
    Ok(())
}

/// The range of the training rows becomes [0, 1]; a constant column becomes 0.
pub(super) fn scale01(frame: &mut Frame, transform: &Transform) -> Result<(), DataError> {
    let places = frame.places(&transform.columns)?;
    let ranges: Vec<(f64, f64)> = places.iter().map(|&column| range(frame.training_values(column))).collect();
    let all = ranges.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |all, one| (all.0.min(one.0), all.1.max(one.1)));
    for (&column, &own) in places.iter().zip(&ranges) {
        let (low, high) = if transform.by == Some(By::All) { all } else { own };
        // Halves, so that the width of the widest range is finite.
        let width = high / 2.0 - low / 2.0;
        for value in frame.x.iter_mut().skip(column).step_by(frame.d) {
            *value = if width > 0.0 { (*value / 2.0 - low / 2.0) / width } else { 0.0 };
        }
    }
    frame.keeps_truth = false;
    Ok(())
}

/// The least and the largest value.
pub(super) fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(value), high.max(value)))
}
