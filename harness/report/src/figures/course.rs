//! The course of a positive quantity of the iterates against a cost, in one form for all quantities: curves of all
//! optimizers on a logarithmic axis, a level to compare with, names at the ends.

use harness_analysis::curves::value_curve;
use harness_analysis::{Axis, Problem, Run, Series};
use harness_engine::results::TracePoint;

use super::canvas::{Canvas, Drawn};
use super::curve_set::{self, Entry, Shape};
use super::frame::{Frame, Words};
use super::gap;
use super::level::{self, Level};
use super::scale::Scale;
use super::together::Together;

pub(super) const HEIGHT: i32 = 290;

/// No curve is drawn farther below the highest.
const RANGE: f64 = 1e-8;

/// Curves of a problem.
pub(super) struct Course<'a> {
    problem: &'a Problem<'a>,
    axis: Axis,
    x: Scale,
    entries: Vec<Entry<'a>>,
}

impl<'a> Course<'a> {
    /// Of the settings that are wanted, those without a path of their own left out.
    pub(super) fn new(
        problem: &'a Problem<'a>,
        axis: Axis,
        optimizers: &[&str],
        is_wanted: impl Fn(&Series<'_>) -> bool,
        value: &dyn Fn(&Run<'_>, &TracePoint) -> Option<f64>,
    ) -> Self {
        let spacing = gap::spacing(problem, axis);
        let mut entries: Vec<Entry<'a>> = curve_set::drawn(problem, optimizers)
            .filter(|(series, _)| !series.one_shot && is_wanted(series))
            .map(|(series, look)| Entry {
                series,
                look,
                shape: Shape::Curve(value_curve(series, axis, spacing, value)),
            })
            .collect();
        let x = gap::x_scale(&entries, spacing);
        curve_set::from_the_start(&mut entries, &x);
        Self { problem, axis, x, entries }
    }

    /// Whether there is nothing that a logarithmic axis could show.
    pub(super) fn is_empty(&self) -> bool {
        !self.values().any(|value| value.is_finite() && value > 0.0)
    }

    /// Medians, and the quartiles of the best settings.
    fn values(&self) -> impl Iterator<Item = f64> {
        self.entries.iter().flat_map(|entry| {
            entry.samples().iter().flat_map(|sample| {
                let ends = if entry.is_pale() { [sample.y.median; 2] } else { [sample.y.q1, sample.y.q3] };
                [ends[0], sample.y.median, ends[1]]
            })
        })
    }

    /// `heading` says what the vertical axis shows; the levels are drawn with their words.
    pub(super) fn draw(&self, canvas: &Canvas<'_>, what: &str, heading: &str, levels: &[Level<'_>]) -> Drawn {
        let Self { problem, axis, x, entries } = self;
        let (low, high) = self
            .values()
            .chain(levels.iter().map(|level| level.value))
            .filter(|value| value.is_finite() && *value > 0.0)
            .fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
        let (low, high) = if low <= high { (low, high) } else { (0.1, 1.0) };
        let y = Scale::log((low / 1.5).max(high * RANGE), high * 1.5, 6);
        let lowest = y.low();
        let names = entries.iter().filter(|entry| !entry.is_pale()).map(|entry| entry.series.optimizer);
        let frame = Frame::new(x.clone(), y, names, HEIGHT);
        frame.draw(canvas, &Words { problem: problem.name, what, y: heading, x: gap::axis_title(*axis) })?;
        level::lines(canvas, &frame, levels)?;
        let clamp = |value: f64| value.max(lowest);
        curve_set::draw(canvas, &frame, entries, &Together::find(&frame, entries), &clamp)?;
        level::words(canvas, &frame, levels, &curve_set::medians(&frame, entries, &clamp))?;
        frame.end_labels(canvas, &curve_set::labels(&frame, entries, &clamp))
    }
}
