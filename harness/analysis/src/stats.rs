//! Lines through points, and the one quantile of Student's t that intervals here need.

/// Slope of the least squares line.
pub(crate) fn slope(points: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    weighted_slope(points.map(|(x, y)| (x, y, 1.0)))
}

/// The same with weights.
pub(crate) fn weighted_slope(points: impl Iterator<Item = (f64, f64, f64)> + Clone) -> f64 {
    let total: f64 = points.clone().map(|(_, _, w)| w).sum();
    let (mean_x, mean_y) =
        points.clone().fold((0.0, 0.0), |sum, (x, y, w)| (sum.0 + w * x / total, sum.1 + w * y / total));
    let (mut product, mut square) = (0.0, 0.0);
    for (x, y, w) in points {
        product += w * (x - mean_x) * (y - mean_y);
        square += w * (x - mean_x) * (x - mean_x);
    }
    product / square
}

/// The 97.5 % quantile of Student's t; the normal one beyond the table.
pub(crate) fn student_t_975(degrees: usize) -> f64 {
    const TABLE: [f64; 30] = [
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131,
        2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042,
    ];
    match degrees {
        0 => f64::INFINITY,
        1..=30 => TABLE[degrees - 1],
        // Hill's first correction of the normal quantile.
        _ => 1.959_964 * (1.0 + (1.959_964_f64.powi(2) + 1.0) / (4.0 * degrees as f64)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_and_quantiles() {
        let points = [(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)];
        assert!((slope(points.into_iter()) - 2.0).abs() < 1e-15);
        assert!((student_t_975(40) - 2.021).abs() < 2e-3);
        assert!((student_t_975(5) - 2.571).abs() < 1e-12);
    }
}
