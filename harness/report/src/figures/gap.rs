//! The gap to the best known value against a cost: median, 25-75 % band and at most ten single runs per optimizer. A
//! line ends where it meets the floor: what lies below is not resolved, and is not drawn.

use harness_analysis::curves::{gap_curve, gap_track};
use harness_analysis::format::number;
use harness_analysis::{Axis, Curve, Problem, Quartiles, Sample, Series, Spacing};

use super::canvas::{Canvas, Drawn, Stroke};
use super::curve_set::{self, Entry, Shape};
use super::frame::{Frame, Words};
use super::level::{self, Level};
use super::polyline::pieces_within;
use super::scale::Scale;
use super::together::Together;
use super::{Plot, basis};

const HEIGHT: i32 = 310;

/// How far below the lowest median the plot goes on.
const MOST_BELOW: f64 = 1e-3;

/// Single runs drawn per optimizer.
const THIN_RUNS: usize = 10;

/// How far a thin line may be from its run, in pixels.
const THIN_TOLERANCE: f64 = 0.6;

/// The curves of a problem along an axis, and the room that they need.
pub(super) struct Gap<'a> {
    problem: &'a Problem<'a>,
    axis: Axis,
    entries: Vec<Entry<'a>>,
    frame: Frame,
    together: Together,
}

impl<'a> Gap<'a> {
    /// Nothing if no run has a point.
    pub(super) fn new(problem: &'a Problem<'a>, axis: Axis, optimizers: &[&str]) -> Option<Self> {
        problem.series.iter().flat_map(|series| &series.runs).find(|run| !run.points.is_empty())?;
        let spacing = spacing(problem, axis);
        let mut entries: Vec<Entry<'_>> = curve_set::drawn(problem, optimizers)
            .map(|(series, look)| {
                let shape =
                    if series.one_shot { point(series, axis) } else { Shape::Curve(gap_curve(series, axis, spacing)) };
                Entry { series, look, shape }
            })
            .collect();
        let x = x_scale(&entries, spacing);
        curve_set::from_the_start(&mut entries, &x);
        let frame = frame(problem, &entries, axis, x);
        let lowest = lowest(problem, &frame);
        for entry in &mut entries {
            if let Shape::Curve(curve) = &mut entry.shape {
                resolve(curve, lowest);
            }
        }
        let together = Together::find(&frame, &entries);
        Some(Self { problem, axis, entries, frame, together })
    }

    pub(super) fn plot(&self) -> Plot {
        let Self { problem, axis, .. } = self;
        let names: Vec<&str> = self.entries.iter().map(|entry| entry.series.optimizer).collect();
        Plot {
            kind: format!("gap-{}", axis.name()),
            title: format!("{}: gap against {}", problem.name, axis.name()),
            how_to_read: format!(
                "Lower and further left is better. Best gap so far: median and 25–75 % over seeds, thin lines single \
                 runs, down to the floor or the edge; thin dashes once half of the runs have ended; pale: other settings, × where \
                 most failed.{} {}; target {}.",
                self.together.words(&names),
                basis(problem),
                number(problem.target)
            ),
            height: HEIGHT,
        }
    }

    pub(super) fn draw(&self, canvas: &Canvas<'_>) -> Drawn {
        let Self { problem, axis, frame, entries, .. } = self;
        let lowest = lowest(problem, frame);
        let clamp = |gap: f64| gap.max(lowest);
        let words = Words {
            problem: problem.name,
            what: &format!("gap against {}", axis.name()),
            y: "loss − best known loss, nats per row",
            x: axis_title(*axis),
        };
        frame.draw(canvas, &words)?;
        let target: &[&str] =
            if problem.target_is_statistical { &["statistical precision p/(2n)", "p/(2n)"] } else { &["target"] };
        let floor = if problem.floor_is_rounding { "float floor" } else { "best run still falling" };
        let levels = [Level { value: problem.target, words: target }, Level { value: problem.floor, words: &[floor] }];
        level::lines(canvas, frame, &levels)?;
        self.thin_runs(canvas)?;
        curve_set::draw(canvas, frame, entries, &self.together, &clamp)?;
        level::words(canvas, frame, &levels, &curve_set::medians(frame, entries, &clamp))?;
        frame.end_labels(canvas, &curve_set::labels(frame, entries, &clamp))
    }

    fn thin_runs(&self, canvas: &Canvas<'_>) -> Drawn {
        let Self { axis, frame, entries, .. } = self;
        for entry in entries.iter().filter(|entry| entry.series.is_best && !entry.series.one_shot) {
            canvas.of(entry.look, || {
                let stroke = Stroke { opacity: 0.3, ..Stroke::solid(entry.look.ink, 0.6) };
                for run in entry.series.runs.iter().take(shown_runs(entries)) {
                    let track = begun(&gap_track(run, *axis), frame.x.low());
                    let track = resolved(track, lowest(self.problem, frame));
                    let line = pieces_within(THIN_TOLERANCE, track.into_iter().map(|(x, gap)| frame.point(x, gap)));
                    for piece in &line {
                        canvas.line(piece, stroke)?;
                    }
                    if run.record.status.is_failure()
                        && let Some(end) = line.last().and_then(|piece| piece.last())
                    {
                        canvas.cross(*end, entry.look.ink)?;
                    }
                }
                Ok(())
            })?;
        }
        Ok(())
    }
}

/// The lowest gap that is drawn: the floor, or the edge of the plot where that is higher.
fn lowest(problem: &Problem<'_>, frame: &Frame) -> f64 {
    problem.floor.max(frame.y.as_ref().map_or(0.0, Scale::low))
}

/// Ends the median and the quartiles where they first meet the lowest gap. A band that reaches below is drawn as far
/// as that while its upper edge is above.
fn resolve(curve: &mut Curve, lowest: f64) {
    let (mut median_ended, mut band_ended) = (false, false);
    for sample in &mut curve.samples {
        let cut = |value: f64, ended: &mut bool| {
            let shown = if *ended { f64::INFINITY } else { value.max(lowest) };
            *ended |= value <= lowest;
            shown
        };
        sample.y = Quartiles {
            q1: sample.y.q1.max(lowest),
            median: cut(sample.y.median, &mut median_ended),
            q3: cut(sample.y.q3, &mut band_ended),
        };
    }
}

/// A run from the beginning of the axis on: where it starts, until its first step.
fn begun(track: &[(f64, f64)], from: f64) -> Vec<(f64, f64)> {
    let Some(((first, start), rest)) = track.split_first() else { return Vec::new() };
    let until = rest.first().map_or(*first, |next| next.0);
    let mut begun = vec![(from.max(*first), *start)];
    if until > from {
        begun.push((until, *start));
    }
    begun.extend_from_slice(rest);
    begun
}

/// The same for one run.
fn resolved(mut track: Vec<(f64, f64)>, lowest: f64) -> Vec<(f64, f64)> {
    let end = track.iter().position(|point| point.1 <= lowest).map_or(track.len(), |at| at + 1);
    track.truncate(end);
    for point in &mut track {
        point.1 = point.1.max(lowest);
    }
    track
}

/// Heading of a cost axis.
pub(super) fn axis_title(axis: Axis) -> &'static str {
    match axis {
        Axis::Iterations => "iterations",
        Axis::Passes => "passes over the data",
        Axis::Seconds => "seconds (wall clock, evaluation not counted)",
        Axis::Cpu => "CPU seconds (all threads, evaluation not counted)",
    }
}

/// Linear or logarithmic: iterations are linear unless the shortest curve would be squeezed into the edge, the others
/// logarithmic if they span more than two decades.
pub(super) fn spacing(problem: &Problem<'_>, axis: Axis) -> Spacing {
    let best = || problem.series.iter().filter(|series| series.is_best && !series.one_shot);
    let ends: Vec<f64> = best()
        .filter_map(|series| {
            harness_analysis::quantile::median(
                series.runs.iter().filter_map(|run| run.points.last().map(|p| axis.of(p))),
            )
        })
        .filter(|end| *end > 0.0)
        .collect();
    let longest = ends.iter().copied().fold(0.0, f64::max);
    let squeezed = match axis {
        Axis::Iterations => longest > 20.0 * ends.iter().copied().fold(f64::INFINITY, f64::min),
        Axis::Passes | Axis::Seconds | Axis::Cpu => {
            let first = best()
                .flat_map(|series| &series.runs)
                .filter_map(|run| run.points.iter().map(|p| axis.of(p)).find(|x| *x > 0.0))
                .fold(f64::INFINITY, f64::min);
            longest > 100.0 * first
        }
    };
    if squeezed { Spacing::Log } else { Spacing::Linear }
}

/// A horizontal axis over the extent of curves.
pub(super) fn x_scale(entries: &[Entry<'_>], spacing: Spacing) -> Scale {
    let all = || {
        entries.iter().flat_map(|entry| match &entry.shape {
            Shape::Curve(curve) => ends(curve),
            Shape::Point(cost, _) => [*cost, *cost],
        })
    };
    let high = all().flatten().fold(0.0, f64::max);
    match spacing {
        Spacing::Linear => Scale::linear(0.0, if high > 0.0 { high } else { 1.0 }, 5),
        Spacing::Log => {
            let low = all().flatten().filter(|x| *x > 0.0).fold(f64::INFINITY, f64::min);
            Scale::log(low.max(high * 1e-7), high, 6)
        }
    }
}

fn ends(curve: &Curve) -> [Option<f64>; 2] {
    [curve.samples.first().map(|sample| sample.x), curve.samples.last().map(|sample| sample.x)]
}

/// The result of a one-shot fit; its cost in passes is unknown where the host could not count it.
fn point(series: &Series<'_>, axis: Axis) -> Shape {
    let gap =
        series.summary.best_gap.unwrap_or(Quartiles { q1: f64::INFINITY, median: f64::INFINITY, q3: f64::INFINITY });
    Shape::Point(one_shot_cost(series, axis), Sample { x: 0.0, y: gap })
}

pub(super) fn one_shot_cost(series: &Series<'_>, axis: Axis) -> Option<f64> {
    if axis == Axis::Passes && !series.counts_passes() {
        return None;
    }
    harness_analysis::quantile::median(series.runs.iter().map(|run| run.spent.on(axis)))
}

fn frame(problem: &Problem<'_>, entries: &[Entry<'_>], axis: Axis, x: Scale) -> Frame {
    let bold = || entries.iter().filter(|entry| entry.series.is_best);
    let values = || {
        entries
            .iter()
            .flat_map(|entry| entry.samples().iter().flat_map(|s| [s.y.q1, s.y.median, s.y.q3]))
            .chain(bold().flat_map(|entry| thin(entry.series, axis).flat_map(|track| track.into_iter().map(|p| p.1))))
            .filter(|gap| gap.is_finite())
    };
    let high = values().fold(problem.target, f64::max) * 1.5;
    let least = values().fold(high, f64::min);
    // A decade below the floor leaves room for its words.
    let low = if least <= problem.floor * 3.0 { problem.floor / 8.0 } else { least / 1.5 };
    // A few lucky runs do not press all others into the upper edge: they leave the plot below.
    let lowest_median = bold()
        .flat_map(|entry| entry.samples().iter().map(|sample| sample.y.median))
        .filter(|gap| *gap > problem.floor)
        .fold(high, f64::min);
    let low = if bold().any(|entry| entry.samples().iter().any(|sample| sample.y.median <= problem.floor)) {
        low
    } else {
        low.max(lowest_median * MOST_BELOW)
    };
    let names = bold().map(|entry| entry.series.optimizer);
    Frame::new(x, Scale::log(low.min(problem.target / 2.0), high, 6), names, HEIGHT)
}

/// Fewer single runs where there are many optimizers: they would only grey each other out.
fn shown_runs(entries: &[Entry<'_>]) -> usize {
    let bold = entries.iter().filter(|entry| entry.series.is_best && !entry.series.one_shot).count();
    THIN_RUNS.min(60 / bold.max(1)).max(2)
}

fn thin<'a>(series: &'a Series<'a>, axis: Axis) -> impl Iterator<Item = Vec<(f64, f64)>> + 'a {
    let shown = if series.one_shot { 0 } else { THIN_RUNS };
    series.runs.iter().take(shown).map(move |run| gap_track(run, axis))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_below_the_floor_is_not_drawn() {
        let sample = |x: f64, median: f64| Sample { x, y: Quartiles { q1: median / 10.0, median, q3: median * 10.0 } };
        let samples = vec![sample(1.0, 1.0), sample(2.0, 1e-3), sample(3.0, 1e-6), sample(4.0, 0.0)];
        let start = Quartiles { q1: 1.0, median: 1.0, q3: 1.0 };
        let mut curve = Curve { samples, start, median_end: 4.0 };
        resolve(&mut curve, 1e-3);
        let medians: Vec<f64> = curve.samples.iter().map(|sample| sample.y.median).collect();
        assert_eq!(medians, [1.0, 1e-3, f64::INFINITY, f64::INFINITY]);
        let upper: Vec<f64> = curve.samples.iter().map(|sample| sample.y.q3).collect();
        assert_eq!(upper, [10.0, 1e-2, 1e-3, f64::INFINITY]);
        assert!(curve.samples.iter().all(|sample| sample.y.q1 >= 1e-3));
        let track = resolved(vec![(0.0, 1.0), (1.0, 0.0), (2.0, 0.0)], 1e-9);
        assert_eq!(track, [(0.0, 1.0), (1.0, 1e-9)]);
        assert_eq!(begun(&[(0.0, 1.0), (4.5, 0.5)], 0.1), [(0.1, 1.0), (4.5, 1.0), (4.5, 0.5)]);
    }
}
