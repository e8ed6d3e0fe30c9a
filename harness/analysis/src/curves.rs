//! The course of a series: median and 25-75 % band over its runs of the best-so-far gap or the test metric, read as
//! step functions on a common grid. Nothing is smoothed, no run is dropped: one that has ended keeps its last value.

use harness_engine::results::TracePoint;

use crate::metric::Metric;
use crate::quantile::Quartiles;
use crate::series::{Run, Series};
use crate::target::Axis;

/// At most this many points per curve; more could not be told apart in a figure.
const GRID: usize = 240;
/// So many places are collected before those that repeat are dropped.
const CHUNK: usize = 1 << 16;

/// How the grid is spaced when it has to be thinned; the scale of the axis it is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spacing {
    /// Evenly.
    Linear,
    /// Evenly in the logarithm; what is at or below zero is left out.
    Log,
}

/// Median and band at one place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Sample {
    /// Cost.
    pub x: f64,
    /// Over the runs.
    pub y: Quartiles,
}

/// The course of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// In ascending order of `x`.
    pub samples: Vec<Sample>,
    /// Before all of them, where every run is at its first point.
    pub start: Quartiles,
    /// From here on half of the runs have ended: draw dashed.
    pub median_end: f64,
}

impl Curve {
    /// The corners of the step function that it is, from `from` on: a value holds until the next one, and before its first
    /// step a run is where it starts.
    #[must_use]
    pub fn steps(&self, from: f64) -> Curve {
        let mut samples: Vec<Sample> = Vec::with_capacity(2 * self.samples.len() + 1);
        if self.samples.first().is_some_and(|first| from < first.x) {
            samples.push(Sample { x: from, y: self.start });
        }
        for sample in &self.samples {
            if let Some(before) = samples.last().filter(|before| before.y != sample.y && before.x < sample.x) {
                samples.push(Sample { x: sample.x, y: before.y });
            }
            samples.push(*sample);
        }
        Curve { samples, ..*self }
    }
}

/// Best-so-far gap of a series along an axis.
pub fn gap_curve(series: &Series<'_>, axis: Axis, spacing: Spacing) -> Curve {
    curve(&tracks(series, axis, &|run, at| run.gaps[at]), spacing, f64::INFINITY)
}

/// Test metric of a series along an axis, as it is at that cost, not best so far.
pub fn metric_curve(series: &Series<'_>, metric: Metric, axis: Axis, spacing: Spacing) -> Curve {
    let value = |run: &Run<'_>, at: usize| metric.value(&run.points[at]).unwrap_or(metric.worst());
    curve(&tracks(series, axis, &value), spacing, metric.worst())
}

/// Any quantity of a point along an axis, not best so far; infinite where a point has none.
pub fn value_curve(
    series: &Series<'_>,
    axis: Axis,
    spacing: Spacing,
    value: &dyn Fn(&Run<'_>, &TracePoint) -> Option<f64>,
) -> Curve {
    let value = |run: &Run<'_>, at: usize| value(run, &run.points[at]).unwrap_or(f64::INFINITY);
    curve(&tracks(series, axis, &value), spacing, f64::INFINITY)
}

/// Best-so-far gap of one run along an axis: cost and gap, ascending in cost.
pub fn gap_track(run: &Run<'_>, axis: Axis) -> Vec<(f64, f64)> {
    run.points.iter().zip(&run.gaps).map(|(point, gap)| (axis.of(point), *gap)).collect()
}

/// Points of one run, ascending in cost. A series may have millions: they are computed when they are looked at.
trait Track {
    fn len(&self) -> usize;
    fn x(&self, at: usize) -> f64;
    fn y(&self, at: usize) -> f64;
}

struct RunTrack<'t, 'a> {
    run: &'t Run<'a>,
    axis: Axis,
    value: &'t dyn Fn(&Run<'_>, usize) -> f64,
}

impl Track for RunTrack<'_, '_> {
    fn len(&self) -> usize {
        self.run.points.len()
    }

    fn x(&self, at: usize) -> f64 {
        self.axis.of(&self.run.points[at])
    }

    fn y(&self, at: usize) -> f64 {
        (self.value)(self.run, at)
    }
}

fn tracks<'t, 'a>(
    series: &'t Series<'a>,
    axis: Axis,
    value: &'t dyn Fn(&Run<'_>, usize) -> f64,
) -> Vec<RunTrack<'t, 'a>> {
    series.runs.iter().map(|run| RunTrack { run, axis, value }).collect()
}

/// A run without points has the value `missing` everywhere.
fn curve(tracks: &[impl Track], spacing: Spacing, missing: f64) -> Curve {
    let grid = grid(tracks, spacing);
    let mut at = vec![0_usize; tracks.len()];
    let mut values = vec![missing; tracks.len()];
    let mut sorted = Vec::with_capacity(tracks.len());
    let samples = grid
        .into_iter()
        .map(|x| {
            for ((track, at), value) in tracks.iter().zip(&mut at).zip(&mut values) {
                while *at + 1 < track.len() && track.x(*at + 1) <= x {
                    *at += 1;
                }
                // Before its first point a run is where it starts.
                *value = if *at < track.len() { track.y(*at) } else { missing };
            }
            sorted.clone_from(&values);
            Sample { x, y: Quartiles::of_slice(&mut sorted) }
        })
        .collect();
    let start = Quartiles::of(tracks.iter().map(|track| if track.len() > 0 { track.y(0) } else { missing }));
    let start = start.unwrap_or(Quartiles { q1: missing, median: missing, q3: missing });
    let ends = tracks.iter().map(|track| track.len().checked_sub(1).map_or(0.0, |last| track.x(last)));
    Curve { samples, start, median_end: crate::quantile::median(ends).unwrap_or(0.0) }
}

/// All places where any run has a point, thinned to an even spacing if there are too many.
fn grid(tracks: &[impl Track], spacing: Spacing) -> Vec<f64> {
    let mut all: Vec<f64> = Vec::new();
    let mut settled = 0;
    for track in tracks {
        let places = (0..track.len()).map(|at| track.x(at));
        all.extend(places.filter(|x| x.is_finite() && (spacing == Spacing::Linear || *x > 0.0)));
        // Runs mostly have their points at the same places: there is no need to hold them all.
        if all.len() > 2 * settled + CHUNK {
            distinct(&mut all);
            settled = all.len();
        }
    }
    distinct(&mut all);
    if all.len() <= GRID {
        return all;
    }
    let scale = |x: f64| if spacing == Spacing::Log { x.ln() } else { x };
    let (first, last) = (scale(all[0]), scale(all[all.len() - 1]));
    let step = (last - first) / (GRID - 1) as f64;
    let mut thinned: Vec<f64> = Vec::with_capacity(GRID);
    let mut next = first;
    for &x in &all {
        if scale(x) >= next {
            thinned.push(x);
            next = (scale(x)).max(next) + step * 0.999;
        }
    }
    if thinned.last() != all.last() {
        thinned.extend(all.last());
    }
    thinned
}

fn distinct(places: &mut Vec<f64>) {
    places.sort_unstable_by(f64::total_cmp);
    places.dedup();
}

#[cfg(test)]
#[expect(clippy::float_cmp, reason = "counts")]
mod tests {
    use super::*;

    type Points = Vec<(f64, f64)>;

    impl Track for Points {
        fn len(&self) -> usize {
            self.len()
        }
        fn x(&self, at: usize) -> f64 {
            self[at].0
        }
        fn y(&self, at: usize) -> f64 {
            self[at].1
        }
    }

    #[test]
    fn a_run_that_ended_keeps_its_last_value() {
        let tracks = vec![vec![(0.0, 8.0), (1.0, 1.0)], vec![(0.0, 8.0), (4.0, 2.0)], vec![(0.0, 8.0), (4.0, 4.0)]];
        let curve = curve(&tracks, Spacing::Linear, f64::INFINITY);
        let medians: Vec<_> = curve.samples.iter().map(|s| (s.x, s.y.median)).collect();
        assert_eq!(medians, [(0.0, 8.0), (1.0, 8.0), (4.0, 2.0)]);
        assert_eq!(curve.median_end, 4.0);
    }

    #[test]
    fn a_curve_is_a_step_function_that_begins_at_the_start() {
        // Two steps, the first at cost 4: on a logarithmic axis the start has no place of its own.
        let tracks = vec![vec![(0.0, 8.0), (4.0, 2.0), (8.0, 1.0)]];
        let curve = curve(&tracks, Spacing::Log, f64::INFINITY);
        assert_eq!(curve.samples.iter().map(|s| s.x).collect::<Vec<_>>(), [4.0, 8.0]);
        let corners: Vec<_> = curve.steps(1.0).samples.iter().map(|s| (s.x, s.y.median)).collect();
        assert_eq!(corners, [(1.0, 8.0), (4.0, 8.0), (4.0, 2.0), (8.0, 2.0), (8.0, 1.0)]);
        assert_eq!(curve.steps(4.0).samples[0].x, 4.0, "nothing before the axis begins");
    }

    #[test]
    fn a_run_without_points_is_infinitely_far() {
        let tracks = vec![vec![(1.0, 1.0)], vec![], vec![]];
        assert_eq!(curve(&tracks, Spacing::Linear, f64::INFINITY).samples[0].y.median, f64::INFINITY);
    }

    #[test]
    fn a_long_grid_is_thinned_and_keeps_its_ends() {
        let track: Points = (0..100_000).map(|i| (f64::from(i), 1.0)).collect();
        for spacing in [Spacing::Linear, Spacing::Log] {
            let grid = grid(std::slice::from_ref(&track), spacing);
            assert!(grid.len() <= GRID + 1, "{}", grid.len());
            assert_eq!(grid[grid.len() - 1], 99_999.0);
            assert!(grid.windows(2).all(|pair| pair[0] < pair[1]));
        }
    }
}
