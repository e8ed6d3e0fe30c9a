//! What runs show about themselves: the norms of gradient and step against the cost, and the rises of the loss.

use harness_analysis::{Axis, Problem, diagnostics};

use super::canvas::{Canvas, Drawn};
use super::course::{self, Course};
use super::curve_set;
use super::scale::Scale;
use super::strip::{self, Row, Strip};
use super::{Plot, basis};

/// A norm of the iterates.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Norm {
    Gradient,
    Step,
}

impl Norm {
    pub(super) const ALL: [Norm; 2] = [Norm::Gradient, Norm::Step];

    fn name(self) -> &'static str {
        match self {
            Norm::Gradient => "norm of the gradient",
            Norm::Step => "length of the step",
        }
    }

    fn heading(self) -> &'static str {
        match self {
            Norm::Gradient => "Euclidean norm of the gradient of the loss",
            Norm::Step => "Euclidean distance to the iterate before",
        }
    }

    fn how_to_read(self) -> &'static str {
        match self {
            Norm::Gradient => {
                "A run has settled where its gradient vanishes: a level that stays high is a run cut off, or a step that is \
                 too large."
            }
            Norm::Step => {
                "How far the parameters still move: a level that stays high is a run that wanders or runs off, steps that \
                 vanish before the gradient does are too short."
            }
        }
    }
}

fn course<'a>(problem: &'a Problem<'a>, norm: Norm, optimizers: &[&str]) -> Course<'a> {
    Course::new(problem, Axis::Passes, optimizers, |series| series.is_best, &|_, point| {
        // Nothing has moved yet at the start.
        let norm = if norm == Norm::Gradient { point.grad_norm } else { point.step_norm };
        Some(norm).filter(|norm| *norm > 0.0)
    })
}

pub(super) fn plan(problem: &Problem<'_>, norm: Norm) -> Option<Plot> {
    (!course(problem, norm, &[]).is_empty()).then(|| Plot {
        kind: format!("{}-passes", if norm == Norm::Gradient { "gradient" } else { "step" }),
        title: format!("{}: {} against passes", problem.name, norm.name()),
        how_to_read: format!(
            "{} Median and 25–75 % over seeds, the value at that cost, best setting of each optimizer. {}.",
            norm.how_to_read(),
            basis(problem)
        ),
        height: course::HEIGHT,
    })
}

pub(super) fn draw(canvas: &Canvas<'_>, problem: &Problem<'_>, norm: Norm, optimizers: &[&str]) -> Drawn {
    course(problem, norm, optimizers).draw(canvas, norm.name(), norm.heading(), &[])
}

/// Where any run rises.
pub(super) fn plan_rises(problem: &Problem<'_>) -> Option<Plot> {
    let rows = rows(problem, &[]);
    rows.iter().any(|row| row.values.iter().any(|value| value.is_finite())).then(|| Plot {
        kind: "rises".to_owned(),
        title: format!("{}: rises of the loss", problem.name),
        how_to_read: format!(
            "Further left is steadier: the largest rise of the loss from one recorded point of a run to the next, every run \
             a point; those that never rise by more than rounding at the left.{} Best setting of each optimizer. {}.",
            strip::words(&rows),
            basis(problem)
        ),
        height: strip::height(rows.len()),
    })
}

pub(super) fn draw_rises(canvas: &Canvas<'_>, problem: &Problem<'_>, optimizers: &[&str]) -> Drawn {
    let rows = rows(problem, optimizers);
    let (low, high) = rows
        .iter()
        .flat_map(|row| row.values.iter().copied())
        .filter(|rise| rise.is_finite())
        .fold((f64::INFINITY, 0.0_f64), |(low, high), rise| (low.min(rise), high.max(rise)));
    let strip = Strip {
        problem: problem.name,
        what: "rises of the loss",
        subtitle: "every run a point; bar: median, line: 25–75 %",
        x: "largest rise, nats per row",
        scale: Scale::log(low / 1.5, high * 1.5, 5),
        gutter: "never rises",
        gutter_value: f64::NEG_INFINITY,
        rows,
    };
    strip::draw(canvas, &strip)
}

fn rows<'a>(problem: &'a Problem<'a>, optimizers: &[&str]) -> Vec<Row<'a>> {
    let rise = |run| diagnostics::largest_rise(run, problem.floor).unwrap_or(f64::NEG_INFINITY);
    curve_set::drawn(problem, optimizers)
        .filter(|(series, _)| series.is_best && !series.one_shot)
        .map(|(series, look)| Row {
            name: series.optimizer,
            note: series.config,
            look,
            values: series.runs.iter().map(rise).collect(),
        })
        .collect()
}
