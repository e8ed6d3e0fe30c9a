//! Measured rates of every series beside those that theory predicts at the optimum where each run ends, and the basins
//! that Newton's method leads to from the ends of runs.
//!
//! The gap of a run is measured to the bottom of its own basin, so that a rate is a rate wherever the run ends; without
//! a polished bottom nothing is measured.

use std::collections::HashMap;

use harness_engine::results::{Basin, KnownOptimum, Results};
use harness_engine::theory::Prediction;

use crate::gap::float_floor;
use crate::quantile::{Quartiles, median};
use crate::rate::{LinearRate, RateVerdict, TracedGap, judge};
use crate::series::{Problem, Run, Series};

/// Distance, relative, within which a run counts as having come to its basin's bottom.
const ARRIVED: f64 = 1e-2;

/// One run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RunRate {
    /// Seed.
    pub seed: u64,
    /// What its tail looks like.
    pub verdict: RateVerdict,
    /// What theory predicts for it.
    pub prediction: Prediction,
    /// Passes over the data that an iteration takes in the window of the rate.
    pub passes_per_iteration: Option<f64>,
    /// Index of the basin that Newton's method leads to from its end.
    pub basin: Option<usize>,
}

impl RunRate {
    /// Predicted factor of the gap per iteration: the square of that of θ.
    pub fn predicted(&self) -> Option<f64> {
        self.prediction.rate().map(|rate| rate * rate)
    }

    /// The measured rate, if it can be relied on: the step lengths, which need no reference, say the same.
    pub fn linear(&self) -> Option<&LinearRate> {
        self.verdict.linear().filter(|rate| rate.is_confirmed)
    }

    /// Measured over predicted.
    pub fn ratio(&self) -> Option<f64> {
        Some(self.linear()?.rate / self.predicted()?)
    }

    /// Passes over the data per factor 10 of the gap, of a rate that can be relied on: what an iteration costs differs
    /// between optimizers, and within a run.
    pub fn passes_per_decade(&self) -> Option<f64> {
        Some(self.linear()?.iterations_per_decade() * self.passes_per_iteration?)
    }

    /// The word for what the tail looks like.
    pub fn word(&self) -> &'static str {
        if self.verdict.linear().is_some() && self.linear().is_none() { "unreliable" } else { self.verdict.word() }
    }
}

/// The runs of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesRates {
    /// Index of the series in its problem.
    pub series: usize,
    /// Runs that ended near the bottom of a known basin, by seed.
    pub runs: Vec<RunRate>,
    /// Measured factors of the gap per iteration, of runs with a linear rate.
    pub fitted: Option<Quartiles>,
    /// Median of the passes per factor 10 of the gap, of the same runs.
    pub passes_per_decade: Option<f64>,
    /// Predicted factors, of the same runs, or of all if none has a linear rate.
    pub predicted: Option<f64>,
    /// Median of measured over predicted.
    pub ratio: Option<f64>,
    /// Verdicts and how many runs have them, most first.
    pub verdicts: Vec<(&'static str, usize)>,
    /// Share of its runs, failed ones included, from whose end Newton's method leads to the best basin of their data.
    pub best_basin: Option<f64>,
}

/// What is known of the optima of a problem, by seed.
type Known<'a> = HashMap<u64, &'a KnownOptimum>;

/// Rates of all series of a problem; empty where nothing is known of optima.
pub fn rates(problem: &Problem<'_>, results: &Results) -> Vec<SeriesRates> {
    let known: Known<'_> = results
        .references
        .iter()
        .filter(|known| known.problem == problem.name)
        .map(|known| (known.seed, known))
        .collect();
    if known.is_empty() {
        return Vec::new();
    }
    problem.series.iter().enumerate().filter_map(|(at, series)| series_rates(at, series, &known)).collect()
}

fn series_rates(at: usize, series: &Series<'_>, known: &Known<'_>) -> Option<SeriesRates> {
    if series.one_shot || series.runs.is_empty() {
        return None;
    }
    let runs: Vec<RunRate> = series.runs.iter().filter_map(|run| run_rate(run, known)).collect();
    let linear = || runs.iter().filter_map(RunRate::linear);
    let of_linear = median(runs.iter().filter(|run| run.linear().is_some()).filter_map(RunRate::predicted));
    let mut verdicts: Vec<(&'static str, usize)> = Vec::new();
    for run in &runs {
        let word = run.word();
        match verdicts.iter_mut().find(|(known, _)| *known == word) {
            Some((_, count)) => *count += 1,
            None => verdicts.push((word, 1)),
        }
    }
    verdicts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let in_best = runs.iter().filter(|run| run.basin == Some(0)).count();
    Some(SeriesRates {
        series: at,
        fitted: Quartiles::of(linear().map(|rate| rate.rate)),
        passes_per_decade: median(runs.iter().filter_map(RunRate::passes_per_decade)),
        predicted: of_linear.or_else(|| median(runs.iter().filter_map(RunRate::predicted))),
        ratio: median(runs.iter().filter_map(RunRate::ratio)),
        verdicts,
        best_basin: (!runs.is_empty()).then(|| in_best as f64 / series.runs.len() as f64),
        runs,
    })
}

fn run_rate(run: &Run<'_>, known: &Known<'_>) -> Option<RunRate> {
    let known = known.get(&run.record.seed)?;
    let end = known.runs.get(&run.record.unit)?;
    let basin: &Basin = known.basins.get(end.basin?)?;
    let has_arrived = end.distance? <= ARRIVED;
    let floor = float_floor(basin.loss, run.record.data.n_train);
    let trace: Vec<TracedGap> = run
        .points
        .iter()
        .map(|point| TracedGap {
            iteration: point.iteration as f64,
            gap: point.loss - basin.loss,
            step: point.step_norm,
            slopes: point.slope_before.get().zip(point.slope_after.get()),
        })
        .collect();
    let verdict = match judge(&trace, floor) {
        _ if !has_arrived => RateVerdict::NotReached,
        // At a strict minimum no run is sublinear for good: a sum of many rates looks like a power for a while.
        RateVerdict::Sublinear if end.prediction.rate().is_some_and(|rate| rate < 1.0) => RateVerdict::NotReached,
        verdict => verdict,
    };
    let passes_per_iteration = verdict.linear().and_then(|rate| passes_per_iteration(run, rate));
    Some(RunRate { seed: run.record.seed, verdict, prediction: end.prediction, passes_per_iteration, basin: end.basin })
}

/// Between the ends of the window of a rate; `None` where passes are not counted.
fn passes_per_iteration(run: &Run<'_>, rate: &LinearRate) -> Option<f64> {
    let at = |iteration: f64| {
        let after = run.points.partition_point(|point| (point.iteration as f64) < iteration);
        run.points.get(after).map(|point| (point.iteration as f64, point.passes))
    };
    let (from, to) = (at(rate.onset)?, at(rate.end)?);
    let passes = (to.1 - from.1) / (to.0 - from.0);
    (passes > 0.0 && passes.is_finite()).then_some(passes)
}
