//! Runtime distributions: which share of all (run, target) pairs is reached at a cost. Absolute, so that another
//! optimizer in the benchmark moves nobody's curve.

use harness_engine::spec::CiOptions;

use crate::best;
use crate::series::{Problem, Run, Series};
use crate::stats::Interval;
use crate::stats::bootstrap::{Banded, Shares};
use crate::target::Axis;

/// Places at which a distribution is read.
const PLACES: usize = 72;

/// A share as a function of a cost or a factor, for one optimizer over all problems.
#[derive(Debug, Clone, PartialEq)]
pub struct Profile {
    /// Place of the optimizer in the benchmark.
    pub place: usize,
    /// Problems that it rests on.
    pub problems: usize,
    /// Share at each place of the grid.
    pub values: Vec<f64>,
    /// Pointwise intervals; empty where they were not asked for.
    pub bands: Vec<Interval>,
}

/// Profiles of all optimizers on one grid.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Profiles {
    /// Places, ascending.
    pub grid: Vec<f64>,
    /// One per optimizer that has any, in the order of the benchmark.
    pub profiles: Vec<Profile>,
}

/// Distribution of the cost to the targets of the ladder over runs and targets, every problem of the same weight.
pub fn runtimes(problems: &[Problem<'_>], optimizers: &[&str], axis: Axis, bands: Option<CiOptions>) -> Profiles {
    let grid = cost_grid(problems, axis);
    let bands = bands.map(Bands::Shares);
    profiles(problems, optimizers, grid, bands, |problem, run, grid| {
        let mut costs: Vec<f64> =
            problem.ladder.iter().map_while(|target| run.hit_at(*target)).map(|cost| cost.on(axis)).collect();
        costs.sort_unstable_by(f64::total_cmp);
        let targets = problem.ladder.len().max(1) as f64;
        grid.iter().map(|cost| costs.partition_point(|c| c <= cost) as f64 / targets).collect()
    })
}

/// What a run contributes, which decides on the bands.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bands {
    /// A share of many targets.
    Shares(CiOptions),
    /// 0 or 1.
    Successes(CiOptions),
}

/// Profiles from what each run contributes at each place of the grid.
pub(crate) fn profiles(
    problems: &[Problem<'_>],
    optimizers: &[&str],
    grid: Vec<f64>,
    bands: Option<Bands>,
    contribution: impl Fn(&Problem<'_>, &Run<'_>, &[f64]) -> Vec<f64>,
) -> Profiles {
    if grid.is_empty() {
        return Profiles::default();
    }
    let mut places = Vec::new();
    let mut shares = Vec::new();
    for (place, label) in optimizers.iter().enumerate() {
        let strata: Vec<Vec<Option<Vec<f64>>>> = problems
            .iter()
            .map(|problem| match drawn(problem, label) {
                None => Vec::new(),
                Some(series) => by_seed(problem, series, |run| contribution(problem, run, &grid)),
            })
            .collect();
        let counted = strata.iter().filter(|seeds| !seeds.is_empty()).count();
        if counted > 0 {
            places.push((place, counted));
            shares.push(strata);
        }
    }
    let shares = Shares { shares, places: grid.len() };
    let curves: Vec<Banded> = match bands {
        Some(Bands::Shares(ci)) => shares.banded(ci.level, ci.resamples, ci.seed),
        Some(Bands::Successes(ci)) => shares.banded_successes(ci.level, ci.resamples, ci.seed),
        None => shares.values().into_iter().map(|values| Banded { values, bands: Vec::new() }).collect(),
    };
    let profiles = places
        .into_iter()
        .zip(curves)
        .map(|((place, problems), Banded { values, bands })| Profile { place, problems, values, bands })
        .collect();
    Profiles { grid, profiles }
}

/// The best setting of an optimizer, if it can be compared.
fn drawn<'p, 'a>(problem: &'p Problem<'a>, label: &str) -> Option<&'p Series<'a>> {
    problem.series.iter().find(|series| series.optimizer == label && series.is_best && series.is_comparable())
}

/// One entry per distinct seed of the problem, so that all optimizers are resampled together.
fn by_seed(
    problem: &Problem<'_>,
    series: &Series<'_>,
    contribution: impl Fn(&Run<'_>) -> Vec<f64>,
) -> Vec<Option<Vec<f64>>> {
    problem
        .distinct_seeds
        .iter()
        .map(|seed| {
            let at = series.runs.binary_search_by_key(seed, |run| run.record.seed).ok()?;
            Some(contribution(&series.runs[at]))
        })
        .collect()
}

/// From the cheapest target that anyone reaches to the largest cost, evenly in the logarithm.
fn cost_grid(problems: &[Problem<'_>], axis: Axis) -> Vec<f64> {
    let mut low = f64::INFINITY;
    let mut high = 0.0_f64;
    for problem in problems {
        for at in best::standing(problem, axis) {
            for run in &problem.series[at].runs {
                let costs = problem.ladder.iter().map_while(|target| run.hit_at(*target)).map(|cost| cost.on(axis));
                low = costs.filter(|cost| *cost > 0.0).fold(low, f64::min);
                high = high.max(run.spent.on(axis));
            }
        }
    }
    log_grid(low, high, PLACES)
}

/// Evenly spaced in the logarithm, ends included.
pub(crate) fn log_grid(low: f64, high: f64, places: usize) -> Vec<f64> {
    if !(low > 0.0 && low < high && high.is_finite()) {
        return if low.is_finite() && low > 0.0 { vec![low] } else { Vec::new() };
    }
    let step = (high / low).ln() / (places - 1) as f64;
    // The last place is exactly the end, so that what is reached there counts.
    (0..places).map(|i| if i + 1 == places { high } else { low * (step * i as f64).exp() }).collect()
}
