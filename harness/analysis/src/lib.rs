//! From records to statistics: pure functions.
//!
//! Belongs here: every number and every sentence that a report states, computed from [`Results`] alone. Does not belong
//! here: reading or writing files, drawing, the clock, randomness other than the seeded resampling of bands.
//!
//! The way of the data: [`series`] groups units into problems, series and runs; [`reference`](mod@reference) finds the
//! best known value; [`gap`], [`target`] and [`ladder`] measure each run against it; [`summary`], [`art`] and [`curves`]
//! put the runs of a series together; [`best`] picks each optimizer's setting; [`compare`] tests optimizers in pairs;
//! [`verdict`] says what follows, in words; [`suite`], [`ecdf`] and [`profiles`] look at all problems at once;
//! [`tuning`] and [`diagnostics`] at one optimizer; [`diff`] at two results. [`stats`] knows nothing of optimizers.

#![forbid(unsafe_code)]

pub mod art;
pub mod best;
pub mod budget;
pub mod compare;
pub mod curves;
pub mod diagnostics;
pub mod diff;
pub mod ecdf;
pub mod failures;
pub mod format;
pub mod gap;
pub mod ladder;
pub mod metric;
pub mod profiles;
pub mod quantile;
pub mod rate;
pub mod rates;
pub mod reference;
pub mod series;
pub mod stats;
pub mod suite;
pub mod summary;
pub mod sweeps;
pub mod target;
#[cfg(feature = "testing")]
pub mod testing;
pub mod timing;
pub mod tuning;
pub mod twins;
pub mod verdict;

use harness_engine::results::Results;

pub use crate::art::Art;
pub use crate::compare::{Comparison, Judgement};
pub use crate::curves::{Curve, Sample, Spacing};
pub use crate::ecdf::{Profile, Profiles};
pub use crate::failures::Failure;
pub use crate::metric::Metric;
pub use crate::quantile::Quartiles;
pub use crate::rate::RateVerdict;
pub use crate::rates::SeriesRates;
pub use crate::reference::{FoundBy, Reference};
pub use crate::series::{Problem, Run, Series};
pub use crate::stats::{Interval, Ratio};
pub use crate::suite::{Suite, SuiteRow};
pub use crate::summary::Summary;
pub use crate::target::{Axis, Cost};
pub use crate::timing::{Control, Timing};
pub use crate::verdict::{Standing, Verdict};

/// Everything that is known about a benchmark's results.
#[derive(Debug, Clone)]
pub struct Analysis<'a> {
    /// What was analysed.
    pub results: &'a Results,
    /// The cost that decides.
    pub axis: Axis,
    /// Optimizer labels in the order of the benchmark; colours and markers follow it.
    pub optimizers: Vec<&'a str>,
    /// The problems in the order of the benchmark.
    pub problems: Vec<Problem<'a>>,
    /// Comparisons of all pairs of optimizers by the cost that decides, one list per problem.
    pub comparisons: Vec<Vec<Comparison>>,
    /// The same by wall-clock seconds; `None` where units ran side by side, which spoils times.
    pub by_clock: Option<Vec<Vec<Comparison>>>,
    /// What the clock can tell on each problem; `None` with too few runs.
    pub timings: Vec<Option<Timing>>,
    /// Rates of the series of each problem, measured and predicted.
    pub rates: Vec<Vec<SeriesRates>>,
    /// What follows for each problem.
    pub verdicts: Vec<Verdict>,
    /// All problems together.
    pub suite: Suite<'a>,
    /// All problems in a few words.
    pub overview: String,
    /// Groups of failed runs.
    pub failures: Vec<Failure<'a>>,
    /// The failures in one sentence.
    pub failure_sentence: String,
    /// Why no times are judged, on any problem; empty where they can be.
    pub times: String,
    /// The largest number of units that ran side by side; times taken with more than one are not comparable.
    pub jobs: usize,
}

/// Analyses the results of a benchmark.
pub fn analyze(results: &Results) -> Analysis<'_> {
    let options = &results.analysis;
    let axis: Axis = options.cost.into();
    let problems = series::problems(results);
    let optimizers = series::labels(results);
    let clock = if axis.is_time() { axis } else { Axis::Seconds };
    let jobs = results.units.iter().map(|unit| unit.record.host.jobs).max().unwrap_or(1);
    // Units side by side spoil each other's times; the timing pass runs them one at a time.
    let is_alone = |timing: &Timing| jobs <= 1 || timing.control == timing::Control::Pass;
    let timings: Vec<Option<Timing>> =
        problems.iter().map(|problem| timing::timing(problem, clock).filter(is_alone)).collect();
    let noise: Vec<f64> = timings.iter().map(|timing| timing.as_ref().map_or(f64::INFINITY, Timing::floor)).collect();
    let counted = vec![1.0; problems.len()];
    let comparisons = compare::all_pairs(&problems, axis, if axis.is_time() { &noise } else { &counted }, options);
    let by_clock =
        (jobs <= 1 || results.timing.is_some()).then(|| compare::all_pairs(&problems, Axis::Seconds, &noise, options));
    let all = comparisons.iter().map(Vec::len).sum();
    let verdicts: Vec<Verdict> = problems
        .iter()
        .enumerate()
        .map(|(at, problem)| {
            let pairs = verdict::Pairs {
                by_cost: &comparisons[at],
                by_clock: by_clock.as_ref().map(|by_clock| by_clock[at].as_slice()),
                timing: timings[at],
                all,
            };
            verdict::judge(problem, pairs, options)
        })
        .collect();
    let failures = failures::failures(&problems);
    let suite = suite::suite(
        &problems,
        &comparisons,
        &verdicts,
        &optimizers,
        options.baseline.as_deref(),
        axis,
        options.ci.level,
    );
    Analysis {
        results,
        axis,
        overview: verdict::overview(&problems, &verdicts),
        rates: problems.iter().map(|problem| rates::rates(problem, results)).collect(),
        failure_sentence: failures::sentence(&problems, &failures),
        times: match by_clock {
            Some(_) => String::new(),
            None => format!(
                "Times are not judged: up to {jobs} units ran side by side (bench --timing takes them one by one)."
            ),
        },
        optimizers,
        problems,
        comparisons,
        by_clock,
        timings,
        verdicts,
        suite,
        failures,
        jobs,
    }
}
