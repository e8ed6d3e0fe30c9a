//! The norm of the gradient against the cost: whether a run that stands still stands at a stationary point.

use harness_analysis::curves::value_curve;
use harness_analysis::{Axis, Problem, Run, Spacing};
use harness_engine::results::TracePoint;

use super::canvas::{Canvas, Drawn};
use super::curve_set::{self, Entry, Shape};
use super::frame::{Frame, WIDTH, Words, margin};
use super::gap;
use super::scale::Scale;
use super::together::Together;
use super::{Plot, basis};

const HEIGHT: i32 = 290;

pub(super) fn plan(problem: &Problem<'_>) -> Option<Plot> {
    entries(problem, &[])
        .iter()
        .flat_map(Entry::samples)
        .any(|sample| sample.y.median.is_finite() && sample.y.median > 0.0)
        .then(|| Plot {
            kind: "gradient-passes".to_owned(),
            title: format!("{}: norm of the gradient against passes", problem.name),
            how_to_read: format!(
                "A run has settled where its gradient vanishes: median and 25–75 % over seeds, the value at that cost; a \
                 level that stays high is a run cut off, or a step that is too large. {}.",
                basis(problem)
            ),
            height: HEIGHT,
        })
}

pub(super) fn draw(canvas: &Canvas<'_>, problem: &Problem<'_>, optimizers: &[&str]) -> Drawn {
    let entries = entries(problem, optimizers);
    let values = || {
        entries
            .iter()
            .flat_map(Entry::samples)
            .flat_map(|sample| [sample.y.q1, sample.y.median, sample.y.q3])
            .filter(|value| value.is_finite() && *value > 0.0)
    };
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
    let frame = Frame {
        x: gap::x_scale(&entries, gap::spacing(problem, Axis::Passes)),
        y: Some(Scale::log(low / 1.5, high * 1.5, 6)),
        left: 48.0,
        right: f64::from(WIDTH) - margin(entries.iter().map(|entry| entry.series.optimizer)),
        top: 46.0,
        bottom: f64::from(HEIGHT) - 42.0,
    };
    let lowest = frame.y.as_ref().map_or(0.0, Scale::low);
    let clamp = |norm: f64| norm.max(lowest);
    let words = Words {
        problem: problem.name,
        what: "norm of the gradient",
        y: "Euclidean norm of the gradient of the loss",
        x: gap::axis_title(Axis::Passes),
    };
    frame.draw(canvas, &words)?;
    curve_set::draw(canvas, &frame, &entries, &Together::find(&frame, &entries), &clamp)?;
    frame.end_labels(canvas, &curve_set::labels(&frame, &entries, &clamp))
}

/// Best settings with a path of their own.
fn entries<'p>(problem: &'p Problem<'p>, optimizers: &[&str]) -> Vec<Entry<'p>> {
    let spacing: Spacing = gap::spacing(problem, Axis::Passes);
    curve_set::drawn(problem, optimizers)
        .filter(|(series, _)| series.is_best && !series.one_shot)
        .map(|(series, look)| {
            let norm = |_: &Run<'_>, point: &TracePoint| Some(point.grad_norm);
            let shape = Shape::Curve(value_curve(series, Axis::Passes, spacing, &norm));
            Entry { series, look, shape }
        })
        .collect()
}
