//! The headline in one picture: passes to the target, every run a point, misses in a gutter of their own.

use harness_analysis::format::number;
use harness_analysis::{Axis, Problem};

use super::canvas::{Canvas, Drawn};
use super::curve_set;
use super::scale::Scale;
use super::strip::{self, Row, Strip};
use super::{Plot, basis};

pub(super) fn plan(problem: &Problem<'_>) -> Option<Plot> {
    let rows = rows(problem, &[]);
    (!rows.is_empty()).then(|| Plot {
        kind: "passes-to-target".to_owned(),
        title: format!("{}: passes to the target", problem.name),
        how_to_read: format!(
            "Further left is better. One point per run, those that never come within {} of the best known loss at the \
             right; bar: median, line: 25–75 %, misses counted.{} Best setting of each optimizer. {}.",
            number(problem.target),
            strip::words(&rows),
            basis(problem)
        ),
        height: strip::height(rows.len()),
    })
}

pub(super) fn draw(canvas: &Canvas<'_>, problem: &Problem<'_>, optimizers: &[&str]) -> Drawn {
    let rows = rows(problem, optimizers);
    let finite = || rows.iter().flat_map(|row| &row.values).copied().filter(|value| value.is_finite());
    let high = finite().fold(0.0, f64::max);
    let low = finite().filter(|value| *value > 0.0).fold(f64::INFINITY, f64::min);
    let starts_there = finite().any(|value| value <= 0.0);
    let scale = if high > 20.0 * low && !starts_there {
        Scale::log(low / 1.25, high * 1.25, 6)
    } else {
        Scale::linear(0.0, if high > 0.0 { high * 1.05 } else { 1.0 }, 5)
    };
    let which = if problem.target_is_statistical { " (statistical precision p/(2n))" } else { "" };
    strip::draw(
        canvas,
        &Strip {
            problem: problem.name,
            what: "passes to the target",
            subtitle: &format!("first gap ≤ {}{which}", number(problem.target)),
            x: "passes over the data",
            scale,
            gutter: "not reached",
            gutter_value: f64::INFINITY,
            rows,
        },
    )
}

/// Optimizers whose work is counted in passes.
fn rows<'a>(problem: &'a Problem<'a>, optimizers: &[&str]) -> Vec<Row<'a>> {
    curve_set::drawn(problem, optimizers)
        .filter(|(series, _)| series.is_best && series.counts_passes())
        .map(|(series, look)| Row {
            name: series.optimizer,
            note: series.config,
            look,
            values: series.runs.iter().map(|run| run.hit.map_or(f64::INFINITY, |cost| cost.on(Axis::Passes))).collect(),
        })
        .collect()
}
