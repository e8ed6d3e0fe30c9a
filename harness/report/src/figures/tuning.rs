//! What a hyper-parameter does: cost to the target against its value, and what trying only some values would give.

use harness_analysis::tuning::{Tuning, tunings};
use harness_analysis::{Analysis, Problem};

use super::canvas::{Canvas, Drawn, Point, Stroke};
use super::frame::{EndLabel, Frame, Words};
use super::gap;
use super::scale::Scale;
use super::{Plot, basis};
use crate::style::{Look, MUTED, look};

const HEIGHT: i32 = 300;

/// Height of the marks of settings that miss.
const MISSED: f64 = 6.0;

pub(super) fn plan_sensitivity(analysis: &Analysis<'_>, problem: &Problem<'_>) -> Option<Plot> {
    (!sensitive(analysis, problem).is_empty()).then(|| Plot {
        kind: "sensitivity".to_owned(),
        title: format!("{}: sensitivity to the setting", problem.name),
        how_to_read: format!(
            "Lower is better, flat is easy to tune: median {} to the target for every setting tried; grey marks at the \
             top: half of the runs or more miss it; dashed levels: optimizers with one setting. {}.",
            analysis.axis.name(),
            basis(problem)
        ),
        height: HEIGHT,
    })
}

pub(super) fn draw_sensitivity(canvas: &Canvas<'_>, analysis: &Analysis<'_>, problem: &Problem<'_>) -> Drawn {
    let all = sensitive(analysis, problem);
    let flat = single(analysis, problem);
    let frame = sensitivity_frame(&all, &flat);
    let mut parameters: Vec<&str> = all.iter().filter_map(|(tuning, _)| tuning.parameter).collect();
    parameters.dedup();
    let (x, y) = (parameters.join(", "), format!("{} to the target", analysis.axis.name()));
    frame.draw(canvas, &Words { problem: problem.name, what: "sensitivity to the setting", y: &y, x: &x })?;
    let mut labels = Vec::new();
    for (name, look, cost) in &flat {
        if let Some(y) = frame.py(*cost) {
            canvas.of(*look, || {
                let stroke = Stroke { dashed: true, ..Stroke::solid(look.ink, 1.4) };
                canvas.line(&[(frame.left, y), (frame.right, y)], stroke)
            })?;
            labels.push(EndLabel { name, look: *look, end: (frame.right, y) });
        }
    }
    for (tuning, look) in &all {
        let mut last = None;
        canvas.of(*look, || {
            let mut line: Vec<Point> = Vec::new();
            for trial in &tuning.trials {
                let Some(x) = trial.value.and_then(|value| frame.px(value)) else { continue };
                let median = trial.cost.map_or(f64::INFINITY, |cost| cost.median);
                match frame.py(median).filter(|_| median.is_finite()) {
                    Some(y) => line.push((x, y)),
                    None => canvas.shape(look.marker, (x, frame.top + MISSED), 3.4, MUTED, 0.8)?,
                }
            }
            canvas.line(&line, Stroke::solid(look.ink, 2.0))?;
            last = line.last().copied();
            canvas.markers(look.marker, &line, 3.8, look.ink)
        })?;
        let end = last.unwrap_or((frame.right, frame.top + MISSED));
        labels.push(EndLabel { name: tuning.optimizer, look: *look, end });
    }
    frame.end_labels(canvas, &labels)
}

fn sensitivity_frame(all: &[(Tuning<'_>, Look)], flat: &[(&str, Look, f64)]) -> Frame {
    let trials = || all.iter().flat_map(|(tuning, _)| &tuning.trials);
    let values = || trials().filter_map(|trial| trial.value);
    let costs = || {
        let medians = trials().filter_map(|trial| trial.cost).map(|cost| cost.median);
        medians.chain(flat.iter().map(|flat| flat.2)).filter(|cost| cost.is_finite() && *cost > 0.0)
    };
    let (low, high) = (costs().fold(f64::INFINITY, f64::min), costs().fold(0.0, f64::max));
    let (low, high) = if low <= high { (low / 1.3, high * 2.2) } else { (0.1, 10.0) };
    let names = all.iter().map(|(tuning, _)| tuning.optimizer).chain(flat.iter().map(|flat| flat.0));
    Frame::new(
        Scale::log(values().fold(f64::INFINITY, f64::min) / 1.3, values().fold(0.0, f64::max) * 1.3, 6),
        Scale::log(low, high, 5),
        names,
        HEIGHT,
    )
}

pub(super) fn plan_trials(analysis: &Analysis<'_>, problem: &Problem<'_>) -> Option<Plot> {
    (!several(analysis, problem).is_empty()).then(|| Plot {
        kind: "trials".to_owned(),
        title: format!("{}: best of k settings tried", problem.name),
        how_to_read: format!(
            "Lower is better: expected median {} to the target if k of the settings, drawn at random, are tried and the \
             best is kept; exact. A line begins where no draw can miss. {}.",
            analysis.axis.name(),
            basis(problem)
        ),
        height: HEIGHT,
    })
}

pub(super) fn draw_trials(canvas: &Canvas<'_>, analysis: &Analysis<'_>, problem: &Problem<'_>) -> Drawn {
    let all = several(analysis, problem);
    let expected = || all.iter().flat_map(|(tuning, _)| &tuning.expected_best).copied();
    let values = || expected().filter(|v| v.is_finite() && *v > 0.0);
    let (low, high) = (values().fold(f64::INFINITY, f64::min), values().fold(0.0, f64::max));
    let most = all.iter().map(|(tuning, _)| tuning.expected_best.len()).max().unwrap_or(1);
    let frame = Frame::new(
        Scale::linear(0.5, most as f64 + 0.5, most.min(8)),
        if low <= high { Scale::log(low / 1.3, high * 1.3, 5) } else { Scale::log(0.1, 10.0, 3) },
        all.iter().map(|(tuning, _)| tuning.optimizer),
        HEIGHT,
    );
    let y = gap::axis_title(analysis.axis);
    frame
        .draw(canvas, &Words { problem: problem.name, what: "best of k settings tried", y, x: "settings tried, k" })?;
    let mut labels = Vec::new();
    for (tuning, look) in &all {
        let finite = tuning.expected_best.iter().enumerate().filter(|(_, value)| value.is_finite());
        let line: Vec<Point> = finite.filter_map(|(i, value)| frame.point(i as f64 + 1.0, *value)).collect();
        canvas.of(*look, || {
            canvas.line(&line, Stroke::solid(look.ink, 2.0))?;
            canvas.markers(look.marker, &line, 3.8, look.ink)
        })?;
        if let Some(end) = line.last() {
            labels.push(EndLabel { name: tuning.optimizer, look: *look, end: *end });
        }
    }
    frame.end_labels(canvas, &labels)
}

fn look_of(analysis: &Analysis<'_>, label: &str) -> Look {
    look(analysis.optimizers.iter().position(|other| *other == label).unwrap_or(0))
}

fn with_looks<'a>(analysis: &Analysis<'_>, problem: &Problem<'a>) -> Vec<(Tuning<'a>, Look)> {
    tunings(problem, analysis.axis)
        .into_iter()
        .map(|tuning| {
            let look = look_of(analysis, tuning.optimizer);
            (tuning, look)
        })
        .collect()
}

fn sensitive<'a>(analysis: &Analysis<'_>, problem: &Problem<'a>) -> Vec<(Tuning<'a>, Look)> {
    with_looks(analysis, problem).into_iter().filter(|(tuning, _)| tuning.parameter.is_some()).collect()
}

fn several<'a>(analysis: &Analysis<'_>, problem: &Problem<'a>) -> Vec<(Tuning<'a>, Look)> {
    let finite = |tuning: &Tuning<'_>| tuning.expected_best.iter().any(|value| value.is_finite());
    with_looks(analysis, problem).into_iter().filter(|(tuning, _)| tuning.trials.len() > 2 && finite(tuning)).collect()
}

/// Optimizers with one setting that reach the target.
fn single<'a>(analysis: &Analysis<'_>, problem: &Problem<'a>) -> Vec<(&'a str, Look, f64)> {
    problem
        .series
        .iter()
        .filter(|series| series.settings == 1 && series.is_comparable())
        .map(|series| {
            let median = series.summary.median_cost(analysis.axis);
            (series.optimizer, look_of(analysis, series.optimizer), median)
        })
        .filter(|flat| flat.2.is_finite())
        .collect()
}
