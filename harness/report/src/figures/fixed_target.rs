//! What it costs on average to gain digits: average runtime against the target, with its interval.

use harness_analysis::format::number;
use harness_analysis::{Analysis, Art, Problem, Series, art};

use super::canvas::{Canvas, Drawn, Point, Stroke};
use super::curve_set::marker_places;
use super::frame::{EndLabel, Frame, Words};
use super::gap;
use super::scale::Scale;
use super::together::Together;
use super::{Plot, basis};
use crate::style::{Look, look};

const HEIGHT: i32 = 300;

/// Distance between the bars of two lines, in pixels, and the most that all take together.
const ASIDE: f64 = 4.0;
const ALL_ASIDE: f64 = 24.0;

struct Line<'a> {
    series: &'a Series<'a>,
    look: Look,
    /// Digits gained, and average runtime.
    points: Vec<(f64, Art)>,
}

pub(super) fn plan(analysis: &Analysis<'_>, problem: &Problem<'_>) -> Option<Plot> {
    (problem.ladder.len() > 1 && !lines(analysis, problem).is_empty()).then(|| Plot {
        kind: "fixed-target".to_owned(),
        title: format!("{}: average runtime against the target", problem.name),
        how_to_read: format!(
            "Lower is better: what all runs spent in {}, per run that reaches the target, which gets harder to the \
             right; bars: {} % interval (from {} runs and {} hits on), side by side, with an arrow where it goes beyond the \
             axis; a line ends where no run reaches the target. {}.",
            analysis.axis.name(),
            number(analysis.results.analysis.ci.level * 100.0),
            art::LEAST_RUNS,
            art::LEAST_HITS,
            basis(problem)
        ),
        height: HEIGHT,
    })
}

pub(super) fn draw(canvas: &Canvas<'_>, analysis: &Analysis<'_>, problem: &Problem<'_>) -> Drawn {
    let lines = lines(analysis, problem);
    let points = || lines.iter().flat_map(|line| &line.points);
    let values = || points().map(|(_, art)| art.value).filter(|v| v.is_finite() && *v > 0.0);
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
    let digits = points().map(|point| point.0).fold(1.0, f64::max);
    let frame = Frame::new(
        Scale::linear(0.0, digits, 6),
        if low < high { Scale::log(low / 1.2, high * 1.5, 5) } else { Scale::log(0.1, 10.0, 3) },
        lines.iter().map(|line| line.series.optimizer),
        HEIGHT,
    );
    let words = Words {
        problem: problem.name,
        what: "average runtime against the target",
        y: gap::axis_title(analysis.axis),
        x: "digits gained: target = gap at the start · 10⁻ᵏ",
    };
    frame.draw(canvas, &words)?;
    let mut labels = Vec::new();
    let path = |line: &Line<'_>| -> Vec<Point> {
        line.points.iter().filter_map(|(digits, art)| frame.point(*digits, art.value)).collect()
    };
    let together = Together::of(lines.iter().map(path));
    for (at, line) in lines.iter().enumerate() {
        let path = path(line);
        canvas.of(line.look, || {
            for (digits, art) in &line.points {
                let Some(x) = frame.px(*digits) else { continue };
                // The start itself is within the target of no digit on half of the seeds: an interval of nothing.
                let is_whole = (digits - digits.round()).abs() < 1e-9 && *digits > 0.5;
                if let Some(interval) = art.interval.filter(|_| is_whole) {
                    let stroke = Stroke { opacity: 0.5, ..Stroke::solid(line.look.ink, 1.6) };
                    frame.bar(canvas, x + aside(at, lines.len()), (interval.low, interval.high), stroke)?;
                }
            }
            let stroke = Stroke::solid(line.look.ink, 2.0);
            canvas.shared_line(&super::polyline::thin(&path), stroke, together.dashes(at).as_deref())?;
            let mut markers = marker_places(std::slice::from_ref(&path), line.look.place);
            markers.extend(path.last());
            canvas.markers(line.look.marker, &markers, 3.4, line.look.ink)
        })?;
        if let Some(end) = path.last() {
            labels.push(EndLabel { name: line.series.optimizer, look: line.look, end: *end });
        }
    }
    frame.end_labels(canvas, &labels)
}

/// How far, in pixels, the bars of a line stand beside their place, so that those of others do not hide them.
fn aside(line: usize, lines: usize) -> f64 {
    ASIDE.min(ALL_ASIDE / lines as f64) * (line as f64 - (lines - 1) as f64 / 2.0)
}

fn lines<'p>(analysis: &Analysis<'_>, problem: &'p Problem<'p>) -> Vec<Line<'p>> {
    let (axis, level) = (analysis.axis, analysis.results.analysis.ci.level);
    let drawn = problem.series.iter().filter(|series| series.is_best && series.is_comparable());
    drawn
        .map(|series| {
            let place = analysis.optimizers.iter().position(|label| *label == series.optimizer).unwrap_or(0);
            let points = problem
                .ladder
                .iter()
                .map(|target| {
                    let digits = (problem.start_gap / target).log10();
                    (digits, art::to_target(&series.runs, *target, axis, level))
                })
                .filter(|(_, art)| art.value.is_finite())
                .collect();
            Line { series, look: look(place), points }
        })
        .filter(|line: &Line<'_>| line.points.iter().any(|(_, art)| art.value > 0.0))
        .collect()
}
