//! Curves that lie on each other: each is drawn with its share of common dashes, so that all can be seen, and the
//! caption says so.

use super::canvas::Point;
use super::curve_set::{Entry, Shape};
use super::frame::Frame;
use crate::svg::UNITS;

/// Lines closer than this everywhere, in pixels, look like one.
const TOLERANCE: f64 = 1.0;

/// Length of a dash, in pixels.
const DASH: i32 = 9;

/// Groups of entries that look like one line.
pub(crate) struct Together {
    groups: Vec<Vec<usize>>,
}

impl Together {
    /// Among the bold curves.
    pub(crate) fn find(frame: &Frame, entries: &[Entry<'_>]) -> Self {
        let line = |entry: &Entry<'_>| -> Vec<Point> {
            match &entry.shape {
                Shape::Curve(curve) if !entry.is_pale() => {
                    curve.samples.iter().filter_map(|sample| frame.point(sample.x, sample.y.median)).collect()
                }
                _ => Vec::new(),
            }
        };
        Self::of(entries.iter().map(line))
    }

    /// Among lines of ascending x.
    pub(crate) fn of(lines: impl Iterator<Item = Vec<Point>>) -> Self {
        let mut groups: Vec<(Vec<Point>, Vec<usize>)> = Vec::new();
        for (at, line) in lines.enumerate() {
            match groups.iter_mut().find(|(other, _)| coincide(&line, other)) {
                Some((_, group)) => group.push(at),
                None => groups.push((line, vec![at])),
            }
        }
        Self { groups: groups.into_iter().map(|(_, group)| group).filter(|group| group.len() > 1).collect() }
    }

    /// Attributes by which an entry's line takes turns with the others of its group.
    pub(crate) fn dashes(&self, entry: usize) -> Option<String> {
        let group = self.groups.iter().find(|group| group.contains(&entry))?;
        let turn = i32::try_from(group.iter().position(|at| *at == entry)?).ok()?;
        let others = i32::try_from(group.len() - 1).ok()?;
        let dash = DASH * UNITS;
        Some(format!(
            r#"stroke-linecap="butt" stroke-dasharray="{dash} {}" stroke-dashoffset="{}""#,
            dash * others,
            -dash * turn
        ))
    }

    /// ` em and mirror_descent lie on each other (dashes of both colours).`, or nothing.
    pub(crate) fn words(&self, names: &[&str]) -> String {
        let sentence = |group: &Vec<usize>| {
            let names: Vec<&str> = group.iter().map(|at| names[*at]).collect();
            let (last, rest) = names.split_last().map_or(("", &[][..]), |(last, rest)| (*last, rest));
            format!(" {} and {last} lie on each other (dashes of both colours).", rest.join(", "))
        };
        self.groups.iter().map(sentence).collect()
    }
}

/// Whether two lines of ascending x run together over nearly all of the longer one.
fn coincide(a: &[Point], b: &[Point]) -> bool {
    let (Some(a_ends), Some(b_ends)) = (ends(a), ends(b)) else { return false };
    let close = |x: f64, y: f64| (x - y).abs() <= 4.0 * TOLERANCE;
    close(a_ends.0, b_ends.0)
        && close(a_ends.1, b_ends.1)
        && a.iter().all(|point| near(*point, b))
        && b.iter().all(|point| near(*point, a))
}

fn ends(line: &[Point]) -> Option<(f64, f64)> {
    let (first, last) = (line.first()?, line.last()?);
    (last.0 - first.0 > 10.0 * TOLERANCE).then_some((first.0, last.0))
}

/// Whether a point lies on a line, beyond its ends on its nearest end.
fn near(point: Point, line: &[Point]) -> bool {
    let after = line.partition_point(|other| other.0 < point.0).clamp(1, line.len() - 1);
    let (from, to) = (line[after - 1], line[after]);
    let share = if to.0 > from.0 { ((point.0 - from.0) / (to.0 - from.0)).clamp(0.0, 1.0) } else { 0.0 };
    let (low, high) = (from.1.min(to.1), from.1.max(to.1));
    let on = from.1 + share * (to.1 - from.1);
    // A steep line is met by its height, a flat one by its place.
    (point.1 - on).abs() <= TOLERANCE
        || (to.0 - from.0 < 2.0 * TOLERANCE && (low - TOLERANCE..=high + TOLERANCE).contains(&point.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_that_look_like_one_are_found() {
        let line: Vec<Point> = (0..50).map(|i| (f64::from(i) * 4.0, 300.0 * (-f64::from(i) / 9.0).exp())).collect();
        let fewer: Vec<Point> = line.iter().step_by(7).copied().collect();
        let shifted: Vec<Point> = line.iter().map(|point| (point.0, point.1 + 3.0)).collect();
        let shorter = &line[..30];
        assert!(coincide(&line, &line));
        assert!(coincide(&line, &line.iter().map(|p| (p.0, p.1 + 0.4)).collect::<Vec<_>>()));
        assert!(!coincide(&line, &shifted));
        assert!(!coincide(&line, shorter));
        assert!(!coincide(&line, &[]));
        assert!(!coincide(&fewer, &shifted));
    }

    #[test]
    fn dashes_take_turns() {
        let together = Together { groups: vec![vec![1, 4]] };
        assert_eq!(together.dashes(0), None);
        assert!(together.dashes(1).unwrap().contains(r#"dasharray="90 90" stroke-dashoffset="0""#));
        assert!(together.dashes(4).unwrap().contains(r#"dasharray="90 90" stroke-dashoffset="-90""#));
    }
}
