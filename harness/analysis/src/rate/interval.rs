//! The interval of a slope, from the slopes of blocks of the very points that it was measured on.
//!
//! Residuals of such a fit are no noise, but what is left of faster directions: standard errors of the fit mean nothing,
//! and neither would blocks of the whole window, whose mean slope is another quantity than the slope at its end. A slope
//! that was extrapolated is known no better than by how far it was.

use crate::stats::interval::t_quantile;
use crate::stats::line::slope;

/// Blocks whose slopes make the interval.
const BLOCKS: usize = 6;

/// Half the width of the 95 % interval of the slope of points (x, y), to which `correction` was added.
pub(super) fn half_width(points: &[(f64, f64)], correction: f64) -> f64 {
    let count = BLOCKS.min(points.len() / 3);
    if count < 2 {
        return f64::INFINITY;
    }
    let slopes: Vec<f64> = (0..count)
        .map(|block| slope(points[block * points.len() / count..(block + 1) * points.len() / count].iter().copied()))
        .collect();
    let mean = slopes.iter().sum::<f64>() / count as f64;
    let variance = slopes.iter().map(|slope| (slope - mean).powi(2)).sum::<f64>() / (count - 1) as f64;
    let half = t_quantile(0.975, (count - 1) as f64) * (variance / count as f64).sqrt();
    half.max(correction.abs())
}
