//! Lines made light: points that nobody could see are dropped, gaps in the data stay gaps.

use super::canvas::Point;

/// Points closer to the line than this, in pixels, are dropped.
pub(crate) const TOLERANCE: f64 = 0.3;

/// Splits at missing points, then thins each piece.
pub(crate) fn pieces(points: impl IntoIterator<Item = Option<Point>>) -> Vec<Vec<Point>> {
    pieces_within(TOLERANCE, points)
}

/// The same for lines that need less care.
pub(crate) fn pieces_within(tolerance: f64, points: impl IntoIterator<Item = Option<Point>>) -> Vec<Vec<Point>> {
    let mut pieces = vec![Vec::new()];
    for point in points {
        match point {
            Some(point) => {
                if let Some(piece) = pieces.last_mut() {
                    piece.push(point);
                }
            }
            None => {
                if pieces.last().is_some_and(|piece| !piece.is_empty()) {
                    pieces.push(Vec::new());
                }
            }
        }
    }
    pieces.retain(|piece| !piece.is_empty());
    pieces.iter().map(|piece| thin_within(tolerance, piece)).collect()
}

/// Ramer, Douglas and Peucker's method.
pub(crate) fn thin(points: &[Point]) -> Vec<Point> {
    thin_within(TOLERANCE, points)
}

fn thin_within(tolerance: f64, points: &[Point]) -> Vec<Point> {
    points.iter().zip(kept(tolerance, points)).filter(|(_, keep)| *keep).map(|(point, _)| *point).collect()
}

/// Which points a line needs, so that none is farther from it than `tolerance` pixels.
pub(crate) fn kept(tolerance: f64, points: &[Point]) -> Vec<bool> {
    let mut keep = vec![points.len() < 3; points.len()];
    if points.len() < 3 {
        return keep;
    }
    keep[0] = true;
    keep[points.len() - 1] = true;
    let mut spans = vec![(0, points.len() - 1)];
    while let Some((from, to)) = spans.pop() {
        let farthest = (from + 1..to)
            .map(|at| (at, distance(points[at], points[from], points[to])))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((at, distance)) = farthest
            && distance > tolerance
        {
            keep[at] = true;
            spans.push((from, at));
            spans.push((at, to));
        }
    }
    keep
}

fn distance(point: Point, from: Point, to: Point) -> f64 {
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy);
    if length < 1e-9 {
        return (point.0 - from.0).hypot(point.1 - from.1);
    }
    (dx * (from.1 - point.1) - dy * (from.0 - point.0)).abs() / length
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_keeps_its_ends_and_a_corner_stays() {
        let line: Vec<Point> =
            (0..100).map(|i| (f64::from(i), 0.0)).chain((0..100).map(|i| (99.0, f64::from(i)))).collect();
        assert_eq!(thin(&line), [(0.0, 0.0), (99.0, 0.0), (99.0, 99.0)]);
    }

    #[test]
    fn a_missing_point_breaks_the_line() {
        let pieces = pieces([Some((0.0, 0.0)), Some((1.0, 0.0)), None, None, Some((3.0, 0.0))]);
        assert_eq!(pieces.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1]);
    }
}
