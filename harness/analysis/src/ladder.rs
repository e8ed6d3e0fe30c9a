//! A ladder of targets from the starts down to what is resolved, the same for all optimizers of a problem.

use std::collections::BTreeMap;

use harness_engine::spec::TargetOptions;

use crate::quantile;
use crate::series::Problem;

/// Median over seeds of the gap at the shared start; not a number if no run has one.
pub fn start_gap(problem: &Problem<'_>) -> f64 {
    let mut by_seed: BTreeMap<u64, f64> = BTreeMap::new();
    for run in problem.series.iter().filter(|series| series.is_comparable()).flat_map(|series| &series.runs) {
        if let (Some(point), Some(gap)) = (run.points.first(), run.gaps.first())
            && point.iteration == 0
        {
            by_seed.entry(run.record.seed).or_insert(*gap);
        }
    }
    quantile::median(by_seed.into_values()).unwrap_or(f64::NAN)
}

/// Distinct seeds on which the shared start is within the headline target: nothing can be told apart there.
pub fn met_at_start(problem: &Problem<'_>) -> usize {
    let compared = || problem.series.iter().filter(|series| series.is_comparable());
    let is_met = |seed: &&u64| {
        let mut runs = compared().filter_map(|series| {
            let at = series.runs.binary_search_by_key(*seed, |run| run.record.seed).ok()?;
            Some(&series.runs[at])
        });
        runs.any(|run| {
            let start = run.points.first().filter(|point| point.iteration == 0);
            start.is_some() && run.gaps[0] <= problem.target
        })
    };
    problem.distinct_seeds.iter().filter(is_met).count()
}

/// Targets `start · 10^(−j/per_decade)`, largest first; those below the floor, which would measure rounding, are left
/// out.
pub fn ladder(start: f64, floor: f64, options: TargetOptions) -> Vec<f64> {
    let steps = options.ladder_per_decade * options.decades;
    (0..=steps)
        .map(|step| start * 10_f64.powf(-f64::from(step) / f64::from(options.ladder_per_decade)))
        .take_while(|target| *target >= floor && *target > 0.0)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_below_the_floor_are_left_out() {
        let options = TargetOptions { ladder_per_decade: 1, decades: 4, ..TargetOptions::default() };
        assert_eq!(ladder(2.0, 0.01, options).len(), 3);
        assert_eq!(ladder(2.0, 0.0, options).len(), 5);
        assert!(ladder(f64::NAN, 0.0, options).is_empty() && ladder(0.0, 0.0, options).is_empty());
    }
}
