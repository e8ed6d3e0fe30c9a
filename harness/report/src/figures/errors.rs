//! Distance to the truth where it is known: errors of gate and experts after alignment, and of the objective; against
//! iterations, passes and seconds, with the error that the data supports.

use std::collections::BTreeMap;

use harness_analysis::{Axis, Problem, Run};
use harness_engine::results::{KnownOptimum, TracePoint};

use super::canvas::{Canvas, Drawn};
use super::course::{self, Course};
use super::level::Level;
use super::{Plot, basis};

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
        height: course::HEIGHT,
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
    let course = course(problem, known, quantity, axis, optimizers);
    let floor = quantity.floor(known).map(|value| Level { value, words: &["what the data supports"] });
    let what = format!("{} against {}", quantity.name(), axis.name());
    course.draw(canvas, &what, quantity.heading(), floor.as_slice())
}

fn course<'a>(
    problem: &'a Problem<'a>,
    known: &[&KnownOptimum],
    quantity: Quantity,
    axis: Axis,
    optimizers: &[&str],
) -> Course<'a> {
    let truth = truth_loss(known);
    Course::new(problem, axis, optimizers, |_| true, &|run, point| quantity.value(&truth, run, point))
}
