//! Which setting of an optimizer is its best, and in which order optimizers stand: most hits first, then least median
//! cost to the target, then least median gap at equal cost. Hits come first so that one that is fast into a bad basin never
//! leads.

use std::cmp::Ordering;

use crate::series::{Problem, Series};
use crate::summary::Summary;
use crate::target::Axis;

/// Orders summaries, best first.
pub fn order(a: &Summary, b: &Summary, axis: Axis) -> Ordering {
    // Shares of runs, not counts: a partial result must not favour what happened to run more often.
    let share = |summary: &Summary| summary.hits as f64 / summary.runs.max(1) as f64;
    share(b)
        .total_cmp(&share(a))
        .then_with(|| a.median_cost(axis).total_cmp(&b.median_cost(axis)))
        .then_with(|| a.median_budget_gap().total_cmp(&b.median_budget_gap()))
}

/// Marks the best setting of each optimizer and counts the settings. The series of an optimizer stand together.
pub(crate) fn mark(all: &mut [Series<'_>], axis: Axis) {
    for settings in all.chunk_by_mut(|a, b| a.optimizer == b.optimizer) {
        let count = settings.len();
        let best = settings
            .iter()
            .enumerate()
            .min_by(|(_, a), (_, b)| {
                a.runs.is_empty().cmp(&b.runs.is_empty()).then_with(|| order(&a.summary, &b.summary, axis))
            })
            .map(|(at, _)| at);
        for (at, series) in settings.iter_mut().enumerate() {
            series.settings = count;
            series.is_best = Some(at) == best;
        }
    }
}

/// The best settings that may be compared in pairs, as indices into the problem's series, best first.
pub fn standing(problem: &Problem<'_>, axis: Axis) -> Vec<usize> {
    let mut standing: Vec<usize> = (0..problem.series.len())
        .filter(|&at| problem.series[at].is_best && problem.series[at].is_comparable())
        .collect();
    standing.sort_by(|&a, &b| order(&problem.series[a].summary, &problem.series[b].summary, axis));
    standing
}
