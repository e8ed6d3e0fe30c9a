//! From records to statistics: pure functions.
//!
//! Belongs here: every number and every sentence that a report states, computed from [`Results`] alone. Does not belong
//! here: reading or writing files, drawing, randomness, the clock.
//!
//! The way of the data: [`series`] groups units into problems, series and runs; [`reference`](mod@reference) finds the
//! best known value; [`gap`] and [`target`] measure each run against it; [`summary`] and [`curves`] put the runs of a
//! series together; [`best`] picks each optimizer's setting; [`compare`] tests optimizers in pairs; [`verdict`] says
//! what follows, in words.

#![forbid(unsafe_code)]

pub mod best;
pub mod compare;
pub mod curves;
pub mod failures;
pub mod format;
pub mod gap;
pub mod metric;
pub mod quantile;
pub mod rate;
pub mod rates;
pub mod reference;
pub mod series;
pub mod sign_test;
mod stats;
pub mod summary;
pub mod sweeps;
pub mod target;
#[cfg(feature = "testing")]
pub mod testing;
pub mod verdict;

use harness_engine::results::Results;

pub use crate::compare::{Comparison, Judgement};
pub use crate::curves::{Curve, Sample, Spacing};
pub use crate::failures::Failure;
pub use crate::metric::Metric;
pub use crate::quantile::Quartiles;
pub use crate::rate::RateVerdict;
pub use crate::rates::SeriesRates;
pub use crate::reference::{FoundBy, Reference};
pub use crate::series::{Problem, Run, Series};
pub use crate::summary::Summary;
pub use crate::target::{Axis, Cost};
pub use crate::verdict::{Standing, Verdict};

/// Everything that is known about a benchmark's results.
#[derive(Debug, Clone)]
pub struct Analysis<'a> {
    /// What was analysed.
    pub results: &'a Results,
    /// Optimizer labels in the order of the benchmark; colours and markers follow it.
    pub optimizers: Vec<&'a str>,
    /// The problems in the order of the benchmark.
    pub problems: Vec<Problem<'a>>,
    /// Comparisons of all pairs of optimizers, one list per problem.
    pub comparisons: Vec<Vec<Comparison>>,
    /// Rates of the series of each problem, measured and predicted.
    pub rates: Vec<Vec<SeriesRates>>,
    /// What follows for each problem.
    pub verdicts: Vec<Verdict>,
    /// All problems in one sentence.
    pub overview: String,
    /// Groups of failed runs.
    pub failures: Vec<Failure<'a>>,
    /// The failures in one sentence.
    pub failure_sentence: String,
    /// The largest number of units that ran side by side; times taken with more than one are not comparable.
    pub jobs: usize,
}

/// Analyses the results of a benchmark.
pub fn analyze(results: &Results) -> Analysis<'_> {
    let problems = series::problems(results);
    let comparisons = compare::all_pairs(&problems);
    let jobs = results.units.iter().map(|unit| unit.record.host.jobs).max().unwrap_or(1);
    let all_pairs = comparisons.iter().map(Vec::len).sum();
    let verdicts: Vec<Verdict> = problems
        .iter()
        .zip(&comparisons)
        .map(|(problem, pairs)| verdict::judge(problem, pairs, all_pairs, jobs))
        .collect();
    let failures = failures::failures(&problems);
    Analysis {
        results,
        optimizers: series::labels(results),
        overview: verdict::overview(&problems, &verdicts),
        rates: problems.iter().map(|problem| rates::rates(problem, results)).collect(),
        failure_sentence: failures::sentence(&problems, &failures),
        problems,
        comparisons,
        verdicts,
        failures,
        jobs,
    }
}
