//! Where a slope that still drifts is going: Aitken's Δ² on the slopes of three stretches of a window.
//!
//! While slower directions take over from faster ones, the contraction per step approaches its limit geometrically. Three
//! slopes then determine the limit; it is believed if their changes shrink clearly from one to the next.

use crate::stats::line::slope;

/// Ratio of two changes of the slope up to which the second is taken for a shrunken first.
const SHRINKS: f64 = 0.8;
/// Correction, relative to the slope, beyond which nothing is believed.
const FAR: f64 = 0.1;

/// How far the limit is from the slope of the last third of the points (x, y); 0 where there is no telling.
pub(super) fn correction(points: &[(f64, f64)]) -> f64 {
    let third = points.len() / 3;
    if third < 3 {
        return 0.0;
    }
    let part = |index: usize| slope(points[index * third..(index + 1) * third].iter().copied());
    let (first, second, last) = (part(0), part(1), part(2));
    let ratio = (last - second) / (second - first);
    if !(ratio > 0.0 && ratio < SHRINKS) {
        return 0.0;
    }
    let correction = (last - second) * ratio / (1.0 - ratio);
    if correction.abs() <= FAR * last.abs() { correction } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Slope −1 in the limit, which is approached by a factor 0.8 per step.
    fn drifting(count: i32) -> Vec<(f64, f64)> {
        (0..count).map(|k| (f64::from(k), -f64::from(k) - 2.0 * 0.8_f64.powi(k))).collect()
    }

    #[test]
    fn a_geometric_drift_is_followed_to_its_limit() {
        let points = drifting(15);
        let last = slope(points[10..].iter().copied());
        assert!((last + 1.0).abs() > 0.02, "{last}");
        let limit = last + correction(&points);
        assert!((limit + 1.0).abs() < 1e-9, "{limit}");
    }

    #[test]
    fn what_does_not_shrink_is_left_as_it_is() {
        let points: Vec<(f64, f64)> = (0..15).map(|k| (f64::from(k), -f64::from(k * k))).collect();
        assert!(correction(&points).abs() < f64::EPSILON);
        assert!(correction(&drifting(8)).abs() < f64::EPSILON, "too few points");
    }
}
