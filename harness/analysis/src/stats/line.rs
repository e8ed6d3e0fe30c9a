//! Lines through points.

/// Slope of the least squares line.
pub fn slope(points: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    weighted_slope(points.map(|(x, y)| (x, y, 1.0)))
}

/// The same with weights.
pub fn weighted_slope(points: impl Iterator<Item = (f64, f64, f64)> + Clone) -> f64 {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_has_its_slope() {
        let points = [(0.0, 1.0), (1.0, 3.0), (2.0, 5.0)];
        assert!((slope(points.into_iter()) - 2.0).abs() < 1e-15);
    }
}
