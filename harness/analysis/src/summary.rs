//! What the runs of one series amount to. Every run that took place counts: one that failed or missed the target is
//! infinitely far away, never left out.

use std::collections::BTreeMap;

use harness_engine::results::{Record, Status};

use crate::art::{self, Art};
use crate::budget;
use crate::metric::Metric;
use crate::quantile::Quartiles;
use crate::series::{self, Run};
use crate::target::Axis;

/// Statistics of one series.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Runs that count: those that took place, of runs that repeat each other one.
    pub runs: usize,
    /// Runs that repeat another one to the last bit, and count nowhere else but in `failed` and `statuses`.
    pub repeats: usize,
    /// Runs that reached the target.
    pub hits: usize,
    /// Runs that failed, repetitions included.
    pub failed: usize,
    /// How the units ended, skipped ones included.
    pub statuses: BTreeMap<Status, usize>,
    /// Cost to the target on each of [`Axis::ALL`].
    pub costs: [Option<Quartiles>; 4],
    /// Average runtime on each of [`Axis::ALL`].
    pub arts: [Art; 4],
    /// Smallest gap of each run, infinite for one that failed.
    pub best_gap: Option<Quartiles>,
    /// Smallest gap of each run within the cost up to which all optimizers can be compared.
    pub budget_gap: Option<Quartiles>,
    /// Gap at the end of each run.
    pub last_gap: Option<Quartiles>,
    /// Test metric at the end of each run.
    pub metric: Option<Quartiles>,
}

impl Summary {
    /// Quartiles of the cost to the target.
    pub fn cost(&self, axis: Axis) -> Option<Quartiles> {
        self.costs[axis as usize]
    }

    /// Average runtime to the target.
    pub fn art(&self, axis: Axis) -> Art {
        self.arts[axis as usize]
    }

    /// Median cost to the target, infinite if half of the runs or more miss it.
    pub fn median_cost(&self, axis: Axis) -> f64 {
        self.cost(axis).map_or(f64::INFINITY, |quartiles| quartiles.median)
    }

    /// Median gap at the cost up to which all optimizers can be compared.
    pub fn median_budget_gap(&self) -> f64 {
        self.budget_gap.map_or(f64::INFINITY, |quartiles| quartiles.median)
    }

    /// Median of the smallest gaps.
    pub fn median_gap(&self) -> f64 {
        self.best_gap.map_or(f64::INFINITY, |quartiles| quartiles.median)
    }
}

/// Summarizes the runs of a series; `skipped` units are counted by status alone.
///
/// `budget` is an axis and the cost on it up to which all optimizers can be compared.
pub fn summarize(
    runs: &[Run<'_>],
    skipped: &[&Record],
    metric: Option<Metric>,
    (axis, budget): (Axis, f64),
    level: f64,
) -> Summary {
    let mut statuses = BTreeMap::new();
    for record in runs.iter().map(|run| run.record).chain(skipped.iter().copied()) {
        *statuses.entry(record.status).or_insert(0) += 1;
    }
    let failed = runs.iter().filter(|run| run.record.status.is_failure()).count();
    let all = runs.len();
    let runs = series::distinct(runs);
    let cost = |axis| Quartiles::of(runs.iter().map(|run| run.hit.map_or(f64::INFINITY, |cost| cost.on(axis))));
    Summary {
        runs: runs.len(),
        repeats: all - runs.len(),
        hits: runs.iter().filter(|run| run.hit.is_some()).count(),
        failed,
        statuses,
        costs: Axis::ALL.map(cost),
        arts: Axis::ALL.map(|axis| art::to_headline(runs.iter().copied(), axis, level)),
        best_gap: Quartiles::of(runs.iter().map(|run| run.counted_gap())),
        budget_gap: Quartiles::of(runs.iter().map(|run| budget::gap_within(run, axis, budget))),
        last_gap: Quartiles::of(runs.iter().map(|run| run.last_gap)),
        metric: metric.and_then(|metric| Quartiles::of(runs.iter().map(|run| metric.at_end(run)))),
    }
}
