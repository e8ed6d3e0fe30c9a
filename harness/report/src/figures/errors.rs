//! Distance to the truth where it is known: errors of gate and experts after alignment, and of the objective; against
//! iterations, passes and seconds, with the error that the data supports.

use std::collections::BTreeMap;

use harness_analysis::curves::value_curve;
use harness_analysis::{Axis, Problem, Run};
use harness_engine::results::{KnownOptimum, TracePoint};

use super::canvas::{Canvas, Drawn, Side};
use super::curve_set::{self, Entry, Shape};
use super::frame::{Frame, WIDTH, Words, margin};
use super::gap;
use super::scale::Scale;
use super::together::Together;
use super::{Plot, basis};

const HEIGHT: i32 = 290;

/// What is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity {
    /// ‖w − w*‖/‖w*‖.
    Gate,
    /// ‖β − β*‖/‖β*‖.
    Experts,
    /// |L(θ) − L(θ*)|, θ* the truth.
    Loss,
}

impl Quantity {
    pub(super) const ALL: [Quantity; 3] = [Quantity::Loss, Quantity::Experts, Quantity::Gate];

    fn name(self) -> &'static str {
        match self {
            Quantity::Gate => "gate error",
            Quantity::Experts => "expert error",
            Quantity::Loss => "loss error",
        }
    }

    fn stem(self) -> &'static str {
        match self {
            Quantity::Gate => "gate-error",
            Quantity::Experts => "expert-error",
            Quantity::Loss => "truth-gap",
        }
    }

    fn heading(self) -> &'static str {
        match self {
            Quantity::Gate => "‖gate − truth‖ / ‖truth‖",
            Quantity::Experts => "‖experts − truth‖ / ‖truth‖",
            Quantity::Loss => "|loss − loss at the truth|, nats per row",
        }
    }

    fn value(self, truth: &TruthLoss, run: &Run<'_>, point: &TracePoint) -> Option<f64> {
        match self {
            Quantity::Gate => point.gate_error.get(),
            Quantity::Experts => point.expert_error.get(),
            Quantity::Loss => truth.get(&run.record.seed).map(|truth| (point.loss - truth).abs()),
        }
    }

    /// What the data supports: the median over seeds.
    fn floor(self, known: &[&KnownOptimum]) -> Option<f64> {
        let floors = known.iter().filter_map(|known| known.estimation_floor);
        match self {
            Quantity::Gate => harness_analysis::quantile::median(floors.map(|floor| floor.0)),
            Quantity::Experts => harness_analysis::quantile::median(floors.map(|floor| floor.1)),
            Quantity::Loss => None,
        }
    }
}

/// Loss of the truth on the data of each seed.
type TruthLoss = BTreeMap<u64, f64>;

fn truth_loss(known: &[&KnownOptimum]) -> TruthLoss {
    known.iter().filter_map(|known| Some((known.seed, known.truth_loss?))).collect()
}

pub(super) fn plan(problem: &Problem<'_>, known: &[&KnownOptimum], quantity: Quantity, axis: Axis) -> Option<Plot> {
    let truth = truth_loss(known);
    let has_any = problem
        .series
        .iter()
        .flat_map(|series| &series.runs)
        .any(|run| run.points.iter().any(|point| quantity.value(&truth, run, point).is_some()));
    let floor = if quantity.floor(known).is_some() {
        " Line: the error that this many rows support, √(tr I⁻¹/n)."
    } else if quantity == Quantity::Loss {
        " The optimum lies below the truth, which the curves pass on their way."
    } else {
        ""
    };
    has_any.then(|| Plot {
        kind: format!("{}-{}", quantity.stem(), axis.name()),
        title: format!("{}: {} against {}", problem.name, quantity.name(), axis.name()),
        how_to_read: format!(
            "Lower is better, after alignment over the symmetries of the model; median and 25–75 % over seeds; dashed \
             once half of the runs have ended; pale: other settings.{floor} {}.",
            basis(problem)
        ),
        height: HEIGHT,
    })
}

pub(super) fn draw(
    canvas: &Canvas<'_>,
    problem: &Problem<'_>,
    known: &[&KnownOptimum],
    quantity: Quantity,
    axis: Axis,
    optimizers: &[&str],
) -> Drawn {
    let spacing = gap::spacing(problem, axis);
    let truth = truth_loss(known);
    let value = |run: &Run<'_>, point: &TracePoint| quantity.value(&truth, run, point);
    let entries: Vec<Entry<'_>> = curve_set::drawn(problem, optimizers)
        .filter(|(series, _)| !series.one_shot)
        .map(|(series, look)| Entry { series, look, shape: Shape::Curve(value_curve(series, axis, spacing, &value)) })
        .collect();
    let floor = quantity.floor(known);
    let frame = frame(&entries, gap::x_scale(&entries, spacing), floor);
    let lowest = frame.y.as_ref().map_or(0.0, Scale::low);
    let clamp = |value: f64| value.max(lowest);
    let what = format!("{} against {}", quantity.name(), axis.name());
    let words = Words { problem: problem.name, what: &what, y: quantity.heading(), x: gap::axis_title(axis) };
    frame.draw(canvas, &words)?;
    if let Some(floor) = floor {
        frame.level(canvas, floor)?;
    }
    curve_set::draw(canvas, &frame, &entries, &Together::find(&frame, &entries), &clamp)?;
    if let Some(floor) = floor {
        frame.level_label(canvas, floor, "what the data supports", Side::End)?;
    }
    frame.end_labels(canvas, &curve_set::labels(&frame, &entries, &clamp))
}

fn frame(entries: &[Entry<'_>], x: Scale, floor: Option<f64>) -> Frame {
    let bold = || entries.iter().filter(|entry| entry.series.is_best);
    let (low, high) = entries
        .iter()
        .flat_map(|entry| entry.samples().iter().map(|sample| sample.y.median))
        .chain(bold().flat_map(|entry| entry.samples().iter().flat_map(|s| [s.y.q1, s.y.q3])))
        .chain(floor)
        .filter(|value| value.is_finite() && *value > 0.0)
        .fold((f64::INFINITY, 0.0_f64), |(low, high), value| (low.min(value), high.max(value)));
    let (low, high) = if low <= high { (low, high) } else { (0.1, 1.0) };
    Frame {
        x,
        y: Some(Scale::log((low / 1.5).max(high * 1e-8), high * 1.5, 6)),
        left: 48.0,
        right: f64::from(WIDTH) - margin(bold().map(|entry| entry.series.optimizer)),
        top: 46.0,
        bottom: f64::from(HEIGHT) - 42.0,
    }
}
