//! The budget that all optimizers of a problem had, and the gap there: what can be compared where targets are missed.

use harness_engine::results::Status;

use crate::series::{Problem, Run};
use crate::target::Axis;

/// The largest cost up to which the course of every setting is known: the allowance if all had the same, else the
/// least that a run spent whose budget ended it. A run that ended by itself stays where it is at any cost. `None` if no
/// run spent anything.
pub fn common(problem: &Problem<'_>, axis: Axis) -> Option<f64> {
    let runs = || {
        let compared = problem.series.iter().filter(|series| series.is_comparable());
        compared.flat_map(|series| &series.runs).filter(|run| !run.record.status.is_failure())
    };
    let allowed = |run: &Run<'_>| match axis {
        Axis::Iterations => Some(run.record.allowance.iterations as f64),
        Axis::Passes => run.record.allowance.passes,
        Axis::Seconds => run.record.allowance.seconds,
        Axis::Cpu => None,
    };
    let spent = |run: &Run<'_>| run.spent.on(axis);
    let most = runs().map(spent).fold(0.0, f64::max);
    let cut_off = runs().filter(|run| run.record.status == Status::Budget);
    let first_cut = cut_off.map(spent).fold(f64::INFINITY, f64::min);
    let first_allowed = runs().map(|run| allowed(run).unwrap_or(f64::INFINITY)).fold(f64::INFINITY, f64::min);
    // An allowance of passes that no run came near says nothing where iterations ended them.
    let budget = first_cut.min(first_allowed).min(most);
    (budget > 0.0).then_some(budget)
}

/// The least cost at which the budget ended a run of an optimizer's best setting, over all problems: from there on the
/// share of what it reaches is only known from below. `None` if the budget ended no run.
pub fn first_cut(problems: &[Problem<'_>], optimizer: &str, axis: Axis) -> Option<f64> {
    let series = problems.iter().flat_map(|problem| &problem.series);
    let best = series.filter(|series| series.optimizer == optimizer && series.is_best && series.is_comparable());
    let cut = best.flat_map(|series| &series.runs).filter(|run| run.record.status == Status::Budget);
    cut.map(|run| run.spent.on(axis)).min_by(f64::total_cmp)
}

/// Best-so-far gap within a cost; infinite for a run that failed or has no point within it.
pub fn gap_within(run: &Run<'_>, axis: Axis, budget: f64) -> f64 {
    if run.record.status.is_failure() {
        return f64::INFINITY;
    }
    let within = run.points.partition_point(|point| axis.of(point) <= budget);
    within.checked_sub(1).map_or(f64::INFINITY, |last| run.gaps[last])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{self, UnitSpec};

    #[test]
    fn the_first_run_that_the_budget_ended_counts() {
        let unit = |optimizer: &str, iterations: u64, status: Status| UnitSpec {
            iterations,
            status,
            ..UnitSpec::new("iris", optimizer, iterations)
        };
        let units = [
            unit("em", 7, Status::Stalled),
            unit("em", 20, Status::Budget),
            unit("em", 12, Status::Budget),
            unit("gd", 5, Status::Stopped),
        ];
        let results = testing::results("cut", units);
        let analysis = crate::analyze(&results);
        assert_eq!(first_cut(&analysis.problems, "em", Axis::Iterations), Some(12.0));
        assert_eq!(first_cut(&analysis.problems, "gd", Axis::Iterations), None);
    }
}
