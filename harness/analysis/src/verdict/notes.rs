//! What a reader has to know besides who is first: seeds that repeat each other, settings at the edge of their grid or
//! without any effect, a best value that was still falling, who was left out.

use super::Standing;
use super::text::list;
use crate::format::number;
use crate::series::{Problem, Series};
use crate::target::Axis;
use crate::tuning::tunings;

/// Seeds that are no observations of their own.
pub(super) fn repeats(problem: &Problem<'_>) -> Option<String> {
    const WHY: &str = "the same rows, the same start, nothing random";
    let (all, distinct) = (problem.seeds.len(), problem.distinct_seeds.len());
    if distinct < all {
        return Some(format!("Effective seeds: {distinct} of {all}; the others repeat them to the last bit ({WHY})."));
    }
    let repeating: Vec<String> = compared(problem)
        .filter(|series| series.summary.repeats > 0)
        .map(|series| format!("{} ({} of {})", series.optimizer, series.summary.repeats, series.runs.len()))
        .collect();
    (!repeating.is_empty())
        .then(|| format!("Runs that repeat others to the last bit ({WHY}) are not counted: {}.", list(&repeating)))
}

/// Best settings beyond which nothing was tried.
pub(super) fn edges(problem: &Problem<'_>, axis: Axis) -> Option<String> {
    let mut found = Vec::new();
    for tuning in tunings(problem, axis) {
        for edge in &tuning.edges {
            let end = if edge.is_largest { "largest" } else { "smallest" };
            found.push(format!(
                "{} ({}={}, the {end} of {})",
                tuning.optimizer,
                edge.parameter,
                number(edge.value),
                edge.tried
            ));
        }
    }
    (!found.is_empty())
        .then(|| format!("Best at the edge of what was tried, so a wider grid may do better: {}.", list(&found)))
}

/// Settings that made no difference.
pub(super) fn unchanged(problem: &Problem<'_>, axis: Axis) -> Option<String> {
    let mut found = Vec::new();
    for tuning in tunings(problem, axis) {
        for group in &tuning.unchanged {
            let settings: Vec<String> = group.iter().map(|&at| tuning.trials[at].config.to_owned()).collect();
            found.push(format!("{} with {}", tuning.optimizer, list(&settings)));
        }
    }
    (!found.is_empty()).then(|| format!("Settings that changed nothing, to the last bit: {}.", found.join("; ")))
}

/// A best known value that may still fall.
pub(super) fn unsettled_reference(problem: &Problem<'_>, standing: Standing) -> Option<String> {
    if problem.resolves_target() && standing != Standing::Unsettled {
        return None;
    }
    let why = if problem.floor_is_rounding {
        format!("Rounding blurs losses by {}: the target is too small to be measured.", number(problem.floor))
    } else {
        format!(
            "The best run was itself still falling (by {} over the last tenth of its way): a larger budget may change \
             this.",
            number(problem.floor)
        )
    };
    Some(why)
}

/// Optimizers that ran and are in no comparison.
pub(super) fn left_out(problem: &Problem<'_>) -> Option<String> {
    let why = |series: &Series<'_>| match (series.one_shot, series.own_start) {
        (true, true) => "one-shot, own start",
        (true, false) => "one-shot",
        _ => "own start",
    };
    let out: Vec<&Series<'_>> = problem
        .series
        .iter()
        .filter(|series| series.is_best && !series.runs.is_empty() && !series.is_comparable())
        .collect();
    let first = why(out.first()?);
    if out.iter().all(|series| why(series) == first) {
        let names: Vec<String> = out.iter().map(|series| series.optimizer.to_owned()).collect();
        return Some(format!("Not compared ({first}): {}.", names.join(", ")));
    }
    let names: Vec<String> = out.iter().map(|series| format!("{} ({})", series.optimizer, why(series))).collect();
    Some(format!("Not compared: {}.", names.join(", ")))
}

fn compared<'p, 'a>(problem: &'p Problem<'a>) -> impl Iterator<Item = &'p Series<'a>> {
    problem.series.iter().filter(|series| series.is_best && series.is_comparable())
}
