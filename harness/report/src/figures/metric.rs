//! The measure on the test rows: its course against passes, and where every run ended.

use harness_analysis::curves::metric_curve;
use harness_analysis::{Axis, Metric, Problem, Quartiles, Sample};

use super::canvas::{Canvas, Drawn};
use super::curve_set::{self, Entry, Shape};
use super::frame::{Frame, Words};
use super::gap;
use super::scale::Scale;
use super::strip::{self, Row, Strip};
use super::together::Together;
use super::{Plot, basis};

const HEIGHT: i32 = 290;

pub(super) fn plan(problem: &Problem<'_>, metric: Metric) -> Plot {
    Plot {
        kind: format!("{}-passes", metric.file_name()),
        title: format!("{}: {} against passes", problem.name, metric.name()),
        how_to_read: format!(
            "{}. The value at that cost, not the best so far: median and 25–75 % over seeds; dashed once half of the \
             runs have ended; pale: other settings. {}.",
            metric.better(),
            basis(problem)
        ),
        height: HEIGHT,
    }
}

pub(super) fn draw(canvas: &Canvas<'_>, problem: &Problem<'_>, metric: Metric, optimizers: &[&str]) -> Drawn {
    let axis = Axis::Passes;
    let spacing = gap::spacing(problem, axis);
    let mut entries: Vec<Entry<'_>> = curve_set::drawn(problem, optimizers)
        .map(|(series, look)| {
            let shape = if series.one_shot {
                let missing = Quartiles { q1: f64::NAN, median: f64::NAN, q3: f64::NAN };
                let y = series.summary.metric.unwrap_or(missing);
                Shape::Point(gap::one_shot_cost(series, axis), Sample { x: 0.0, y })
            } else {
                Shape::Curve(metric_curve(series, metric, axis, spacing))
            };
            Entry { series, look, shape }
        })
        .collect();
    let x = gap::x_scale(&entries, spacing);
    curve_set::from_the_start(&mut entries, &x);
    let frame = frame(&entries, x);
    let clamp = |value: f64| value;
    let what = format!("{} against passes", metric.name());
    frame.draw(canvas, &Words { problem: problem.name, what: &what, y: metric.heading(), x: gap::axis_title(axis) })?;
    curve_set::draw(canvas, &frame, &entries, &Together::find(&frame, &entries), &clamp)?;
    frame.end_labels(canvas, &curve_set::labels(&frame, &entries, &clamp))
}

fn frame(entries: &[Entry<'_>], x: Scale) -> Frame {
    let bold = || entries.iter().filter(|entry| entry.series.is_best);
    let (low, high) = bold()
        .flat_map(|entry| entry.samples().iter().flat_map(|s| [s.y.q1, s.y.median, s.y.q3]))
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(v), high.max(v)));
    let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
    let room = 0.06 * (high - low);
    Frame::new(x, Scale::linear(low - room, high + room, 5), bold().map(|entry| entry.series.optimizer), HEIGHT)
}

pub(super) fn plan_final(problem: &Problem<'_>, metric: Metric) -> Option<Plot> {
    let rows = rows(problem, metric, &[]);
    (!rows.is_empty()).then(|| Plot {
        kind: format!("final-{}", metric.file_name()),
        title: format!("{}: {} at the end of every run", problem.name, metric.name()),
        how_to_read: format!(
            "{}. One point per run, stacked where equal; bar: median, line: 25–75 %.{} Best setting of each optimizer. \
             {}.",
            metric.better(),
            strip::words(&rows),
            basis(problem)
        ),
        height: strip::height(rows.len()),
    })
}

pub(super) fn draw_final(canvas: &Canvas<'_>, problem: &Problem<'_>, metric: Metric, optimizers: &[&str]) -> Drawn {
    let rows = rows(problem, metric, optimizers);
    let (low, high) = rows
        .iter()
        .flat_map(|row| &row.values)
        .filter(|value| value.is_finite())
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
    let (low, high) = if low <= high { (low, high) } else { (0.0, 1.0) };
    let room = 0.04 * (high - low).max(1e-12);
    strip::draw(
        canvas,
        &Strip {
            problem: problem.name,
            what: &format!("{} at the end", metric.name()),
            subtitle: "every run a point; bar: median, line: 25–75 %",
            x: metric.heading(),
            scale: Scale::linear(low - room, high + room, 5),
            gutter: "no value",
            gutter_value: metric.worst(),
            rows,
        },
    )
}

fn rows<'a>(problem: &'a Problem<'a>, metric: Metric, optimizers: &[&str]) -> Vec<Row<'a>> {
    curve_set::drawn(problem, optimizers)
        .filter(|(series, _)| series.is_best)
        .map(|(series, look)| Row {
            name: series.optimizer,
            note: series.config,
            look,
            values: series.runs.iter().map(|run| metric.at_end(run)).collect(),
        })
        .collect()
}
