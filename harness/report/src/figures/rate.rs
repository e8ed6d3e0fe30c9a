//! The tail of a run against its own limit, with the slope that theory predicts.
//!
//! One run per optimizer, of its best setting: the first whose tail is linear. The gap is to the bottom of the run's own
//! basin; the dashed line starts where the linear regime does and falls by the predicted factor per iteration.

use harness_analysis::rates::RunRate;
use harness_analysis::{Axis, Problem, Run, SeriesRates};
use harness_engine::results::KnownOptimum;

use super::canvas::{Canvas, Drawn, Stroke};
use super::curve_set;
use super::frame::{EndLabel, Frame, Words};
use super::gap;
use super::polyline::pieces;
use super::scale::Scale;
use super::{Plot, basis};
use crate::style::Look;

const HEIGHT: i32 = 310;

/// A run with its limit.
struct Tail<'a> {
    name: &'a str,
    look: Look,
    points: Vec<(f64, f64)>,
    /// Onset, gap there, predicted factor of the gap, end.
    slope: Option<(f64, f64, f64, f64)>,
    /// Where the linear regime ends: what comes after it is rounding.
    end: f64,
}

pub(super) fn plan(problem: &Problem<'_>, known: &[&KnownOptimum], rates: &[SeriesRates]) -> Option<Plot> {
    let tails = tails(problem, known, rates, &[]);
    (!tails.is_empty()).then(|| Plot {
        kind: "rate".to_owned(),
        title: format!("{}: {}", problem.name, what(&tails)),
        how_to_read: format!(
            "The gap to the optimum that Newton's method leads to from its end, of one run per optimizer, the first whose tail is linear{} {}.",
            slopes(&tails),
            basis(problem)
        ),
        height: HEIGHT,
    })
}

/// The heading: where nothing is predicted, no prediction is announced.
fn what(tails: &[Tail<'_>]) -> &'static str {
    if tails.iter().any(|tail| tail.slope.is_some()) { "rates, measured and predicted" } else { "rates, measured" }
}

/// What the dashed lines are, and for whom there is none.
fn slopes(tails: &[Tail<'_>]) -> String {
    let without: Vec<&str> = tails.iter().filter(|tail| tail.slope.is_none()).map(|tail| tail.name).collect();
    if without.len() == tails.len() {
        return ". Theory predicts no slope for any of them.".to_owned();
    }
    let none =
        if without.is_empty() { String::new() } else { format!(" It predicts none for {}.", without.join(", ")) };
    format!(
        "; dashed: the slope that theory predicts there, from where the linear regime begins. Parallel lines agree.{none}"
    )
}

pub(super) fn draw(
    canvas: &Canvas<'_>,
    problem: &Problem<'_>,
    known: &[&KnownOptimum],
    rates: &[SeriesRates],
    optimizers: &[&str],
) -> Drawn {
    let tails = tails(problem, known, rates, optimizers);
    let frame = frame(problem, &tails);
    let words = Words {
        problem: problem.name,
        what: what(&tails),
        y: "loss − loss at the optimum that the run leads to",
        x: gap::axis_title(Axis::Iterations),
    };
    frame.draw(canvas, &words)?;
    let lowest = frame.y.as_ref().map_or(0.0, Scale::low);
    let mut labels = Vec::new();
    for tail in &tails {
        let line = pieces(tail.points.iter().map(|(x, y)| if *y >= lowest { frame.point(*x, *y) } else { None }));
        for piece in &line {
            canvas.line(piece, Stroke::solid(tail.look.ink, 1.6))?;
        }
        if let Some((onset, gap, factor, end)) = tail.slope {
            let last = end.min(onset + (lowest / gap).ln() / factor.ln());
            let ends = [frame.point(onset, gap), frame.point(last, gap * factor.powf(last - onset))];
            if let [Some(from), Some(to)] = ends {
                canvas.line(&[from, to], Stroke { dashed: true, ..Stroke::solid(tail.look.ink, 3.2) })?;
            }
        }
        if let Some(end) = line.last().and_then(|piece| piece.last()) {
            labels.push(EndLabel { name: tail.name, look: tail.look, end: *end });
        }
    }
    frame.end_labels(canvas, &labels)
}

fn tails<'p>(
    problem: &'p Problem<'p>,
    known: &[&KnownOptimum],
    rates: &[SeriesRates],
    optimizers: &[&str],
) -> Vec<Tail<'p>> {
    curve_set::drawn(problem, optimizers)
        .filter(|(series, _)| series.is_best && !series.one_shot)
        .filter_map(|(series, look)| {
            let at = problem.series.iter().position(|other| std::ptr::eq(other, series))?;
            let rates = rates.iter().find(|rates| rates.series == at)?;
            let rate = rates.runs.iter().find(|run| run.verdict.linear().is_some())?;
            let run = series.runs.iter().find(|run| run.record.seed == rate.seed)?;
            tail(run, series.optimizer, look, known, rate)
        })
        .collect()
}

fn tail<'a>(run: &Run<'_>, name: &'a str, look: Look, known: &[&KnownOptimum], rate: &RunRate) -> Option<Tail<'a>> {
    let known = known.iter().find(|known| known.seed == run.record.seed)?;
    let bottom = known.basins.get(known.runs.get(&run.record.unit)?.basin?)?.loss;
    let linear = rate.verdict.linear()?;
    let points: Vec<(f64, f64)> = run
        .points
        .iter()
        .map(|point| (point.iteration as f64, point.loss - bottom))
        .filter(|point| point.1 > 0.0)
        .collect();
    let predicted = rate.predicted().filter(|rate| *rate < 1.0 && *rate > 0.0);
    let slope = predicted.map(|predicted| (linear.onset, linear.onset_gap, predicted, linear.end));
    Some(Tail { name, look, points, slope, end: linear.end })
}

fn frame(problem: &Problem<'_>, tails: &[Tail<'_>]) -> Frame {
    let values = || tails.iter().flat_map(|tail| &tail.points);
    let high = values().map(|point| point.1).fold(problem.target, f64::max);
    let low = values().map(|point| point.1).fold(high, f64::min).max(problem.floor / 8.0).min(high / 10.0);
    let end = tails.iter().map(|tail| tail.end).fold(1.0, f64::max);
    Frame::new(Scale::linear(0.0, end, 5), Scale::log(low, high * 1.5, 6), tails.iter().map(|tail| tail.name), HEIGHT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_said_to_be_predicted_where_nothing_is() {
        let tail =
            |name: &'static str, slope| Tail { name, look: crate::style::look(0), points: Vec::new(), slope, end: 9.0 };
        let (with, without) = (tail("em", Some((1.0, 0.1, 0.5, 9.0))), tail("adam", None));
        assert_eq!(slopes(&[without]), ". Theory predicts no slope for any of them.");
        let words = slopes(&[with, tail("adam", None)]);
        assert!(words.starts_with("; dashed") && words.ends_with("It predicts none for adam."), "{words}");
        assert_eq!(what(&[tail("adam", None)]), "rates, measured");
    }
}
