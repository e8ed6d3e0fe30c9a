//! References of a benchmark: the best of all stored runs per problem and seed, polished by Newton's method, and the
//! basins that it leads to from the ends of runs.
//!
//! The end of every run that did not fail is polished, and ends that mean the same model are one basin; where the model is
//! too large for that, the best run alone. What was found before is kept as long as no run has changed. On request EM also
//! runs from further starts, in search of a better basin than any run has found.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use harness_datasets::stream;
use harness_models::Objective;
use harness_models::theory::{DENSE_INFORMATION, EmBudget, Polished, distance, estimation_floor, optimum, polish};

use super::bottom::{self, Bottom};
use super::predict::{Prediction, depends_on_labels, predict};
use crate::plan::Plan;
use crate::results::{KnownOptimum, MULTISTART, Results, ResultsError, ResultsFolder, RunEnd, UnitResult};
use crate::run::{gaussian_start, load, prepare};
use crate::spec::{Benchmark, OptimizerConfig, Problem, Start};

/// Multiplications of one Hessian above which only the best run is polished.
const HESSIAN_WORK: f64 = 2e9;

/// EM from a further start before Newton's method takes over at the latest.
const MULTISTART_BUDGET: EmBudget = EmBudget { iterations: 500, stride: 25 };
/// Scale of further starts where the problem's own are not Gaussian.
const DEFAULT_SCALE: f64 = 0.5;

/// Brings `references.json`, and the references in `results`, up to date with the units in there. Problems that cannot be made ready again are left out: the
/// report then uses the best stored run. `multistart` is the number of further starts that EM runs from, for each problem
/// and seed; `threads` work side by side, with the same outcome for any number. `progress` hears how many problems and seeds
/// are done, of how many.
///
/// # Errors
///
/// The file cannot be written.
pub fn update_references(
    plan: &Plan,
    folder: &ResultsFolder,
    results: &mut Results,
    multistart: usize,
    threads: usize,
    progress: &(dyn Fn(usize, usize) + Sync),
) -> Result<(), ResultsError> {
    let configs: BTreeMap<&str, &OptimizerConfig> = plan
        .units
        .iter()
        .map(|planned| (planned.unit.hash.as_str(), &plan.benchmark.optimizers[planned.optimizer]))
        .collect();
    let mut groups: BTreeMap<(usize, u64), Vec<&UnitResult>> = BTreeMap::new();
    let index: BTreeMap<&str, usize> =
        plan.benchmark.problems.iter().enumerate().map(|(at, problem)| (problem.name.as_str(), at)).collect();
    for unit in results.units.iter().filter(|unit| is_usable(unit)) {
        if let Some(problem) = index.get(unit.record.problem.as_str()) {
            groups.entry((*problem, unit.record.seed)).or_default().push(unit);
        }
    }
    let known: BTreeMap<(&str, u64), &KnownOptimum> =
        results.references.iter().map(|known| ((known.problem.as_str(), known.seed), known)).collect();
    let groups: Vec<((usize, u64), Vec<&UnitResult>)> = groups.into_iter().collect();
    let benchmark = &plan.benchmark;
    let is_known = |((problem, seed), units): &&((usize, u64), Vec<&UnitResult>)| {
        let before = known.get(&(benchmark.problems[*problem].name.as_str(), *seed));
        before.is_some_and(|before| before.multistart >= multistart && is_current(before, units))
    };
    let (done, due) = (AtomicUsize::new(0), groups.iter().filter(|group| !is_known(group)).count());
    let look = |group: &((usize, u64), Vec<&UnitResult>)| {
        let ((problem, seed), units) = group;
        let before = known.get(&(benchmark.problems[*problem].name.as_str(), *seed)).copied();
        if let Some(before) = before.filter(|_| is_known(&group)) {
            return (Some(before.clone()), false);
        }
        // Starts that were tried once are tried again: their basins belong to the answer.
        let multistart = multistart.max(before.map_or(0, |before| before.multistart));
        let found = find(benchmark, (*problem, *seed), units, &configs, before, multistart);
        progress(done.fetch_add(1, Ordering::Relaxed) + 1, due);
        (found, true)
    };
    let looked = in_order(&groups, threads, look);
    let has_changed = looked.iter().any(|(_, is_new)| *is_new);
    let found: Vec<KnownOptimum> = looked.into_iter().filter_map(|(found, _)| found).collect();
    if has_changed || found.len() != known.len() {
        folder.write_references(&found)?;
        results.references = found;
    }
    Ok(())
}

/// What `work` makes of every item, in their order, on as many threads: each item is worked on by one of them, so that the
/// outcome does not depend on their number.
fn in_order<T: Sync, R: Send>(items: &[T], threads: usize, work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let mut done: Vec<(usize, R)> = std::thread::scope(|scope| {
        let serve = || {
            let mut done = Vec::new();
            loop {
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(item) = items.get(index) else { return done };
                done.push((index, work(item)));
            }
        };
        let handles: Vec<_> = (0..threads.max(1)).map(|_| scope.spawn(serve)).collect();
        let join = |handle: std::thread::ScopedJoinHandle<'_, Vec<(usize, R)>>| {
            handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
        };
        handles.into_iter().flat_map(join).collect()
    });
    done.sort_by_key(|(index, _)| *index);
    done.into_iter().map(|(_, result)| result).collect()
}

fn is_usable(unit: &UnitResult) -> bool {
    let record = &unit.record;
    !record.status.is_failure()
        && record.theta.len() == record.model.dim
        && record.theta.iter().all(|value| value.is_finite())
        && unit.trace.iter().any(|point| point.loss.is_finite())
}

fn is_current(before: &KnownOptimum, units: &[&UnitResult]) -> bool {
    let is_known = |unit: &&UnitResult| {
        before.runs.get(&unit.record.unit).is_some_and(|end| end.iterations == unit.record.spent.iterations)
    };
    before.runs.len() == units.len() && units.iter().all(is_known)
}

fn find(
    benchmark: &Benchmark,
    (problem, seed): (usize, u64),
    units: &[&UnitResult],
    configs: &BTreeMap<&str, &OptimizerConfig>,
    before: Option<&KnownOptimum>,
    multistart: usize,
) -> Option<KnownOptimum> {
    let problem = &benchmark.problems[problem];
    let data = load(problem, seed, &benchmark.base_dir, None).ok()?;
    let prepared = prepare(problem, seed, &benchmark.base_dir, data).ok()?;
    let model = Arc::clone(&prepared.model);
    let mut objective = Objective::new(Arc::clone(&model), Arc::clone(&prepared.train)).ok()?;
    let least = |unit: &UnitResult| {
        unit.trace.iter().map(|point| point.loss).filter(|loss| loss.is_finite()).fold(f64::INFINITY, f64::min)
    };
    let best = units.iter().min_by(|a, b| least(a).total_cmp(&least(b)))?;

    let (p, n, m) = (model.dim() as f64, prepared.train.n() as f64, model.layout().logit_columns as f64);
    let is_small = model.dim() <= DENSE_INFORMATION && 4.0 * p * n * m * model.d() as f64 <= HESSIAN_WORK;
    let mut bottoms: Vec<Bottom> = Vec::new();
    let mut ends: BTreeMap<String, (usize, Option<usize>, f64, u64)> = BTreeMap::new();
    let mut found_by = (f64::INFINITY, String::new());
    for unit in units.iter().filter(|unit| is_small || unit.record.unit == best.record.unit) {
        let record = &unit.record;
        let polished = polish(&mut objective, &record.theta);
        if polished.loss < found_by.0 {
            found_by = (polished.loss, record.unit.clone());
        }
        let far = distance(&model, &record.theta, &polished.theta);
        let theta = polished.theta.clone();
        let at = bottom::place(&mut bottoms, polished, &model);
        let copy = configs.get(record.unit.as_str()).filter(|config| depends_on_labels(config, &model));
        // Along directions that mean nothing every end is a place of its own.
        let copy = copy.filter(|_| bottoms[at].polished.flat_directions == 0);
        let copy = copy.map(|_| bottoms[at].copy(theta));
        ends.insert(record.unit.clone(), (at, copy, far, record.spent.iterations));
    }
    for polished in from_further_starts(&mut objective, problem, seed, multistart) {
        if polished.loss < found_by.0 {
            found_by = (polished.loss, MULTISTART.to_owned());
        }
        bottom::place(&mut bottoms, polished, &model);
    }
    if is_small {
        for bottom in &mut bottoms {
            bottom.find_rates(&mut objective);
        }
    }
    let order = bottom::order(&bottoms);
    let lowest = &bottoms[*order.first()?];
    let stored = least(best);
    let value = lowest.polished.loss.min(stored);
    // A run may have been lower on its way than where any run led to: then nothing is known of that point but its loss.
    let is_polished = lowest.polished.loss <= stored + bottom::SAME_LOSS * stored.abs().max(1.0);
    let floor = prepared.truth.as_ref().zip(lowest.rates.as_ref()).and_then(|(truth, rates)| {
        estimation_floor(&model, rates.information(), truth, prepared.train.n())
            .map(|floor| (floor.gate, floor.experts))
    });
    let runs = units.iter().map(|unit| {
        let record = &unit.record;
        let end = match ends.get(&record.unit) {
            Some(&(at, copy, distance, iterations)) => {
                let rates = bottoms[at].rates_at(copy).filter(|_| bottoms[at].polished.is_stationary());
                let config = configs.get(record.unit.as_str());
                let prediction =
                    config.zip(rates).map_or(Prediction::None, |(config, rates)| predict(config, &mut &*rates));
                let basin = order.iter().position(|index| *index == at);
                RunEnd { iterations, basin, distance: Some(distance), prediction }
            }
            // Not looked at: too large. It counts as seen, so that it is not looked at again.
            None => RunEnd {
                iterations: record.spent.iterations,
                basin: None,
                distance: None,
                prediction: Prediction::None,
            },
        };
        (record.unit.clone(), end)
    });
    let is_better = before.is_none_or(|before| value < before.value - 10.0 * before.decrement.max(f64::EPSILON));
    Some(KnownOptimum {
        problem: problem.name.clone(),
        seed,
        version: before.map_or(1, |before| before.version + u32::from(is_better)),
        value,
        decrement: finite(if is_polished { lowest.polished.decrement } else { f64::NAN }),
        grad_norm: finite(if is_polished { lowest.polished.grad_norm } else { f64::NAN }),
        least_curvature: lowest.polished.least_curvature.filter(|_| is_polished),
        is_optimum: is_polished && lowest.polished.is_optimum(),
        found_by: if is_polished { found_by.1 } else { String::new() },
        multistart,
        truth_loss: prepared.truth.as_ref().map(|truth| objective.value(truth)).filter(|loss| loss.is_finite()),
        estimation_floor: floor,
        runs: runs.collect(),
        basins: order.iter().map(|index| bottoms[*index].basin()).collect(),
    })
}

/// Where EM and Newton's method end from Gaussian starts that no run has.
fn from_further_starts(objective: &mut Objective, problem: &Problem, seed: u64, count: usize) -> Vec<Polished> {
    let scale = if let Start::Gaussian { scale } = problem.start { scale } else { DEFAULT_SCALE };
    let mut rng = stream(&problem.name, seed, "multistart");
    let model = Arc::clone(objective.model());
    let starts = (0..count).map(|_| gaussian_start(&model, scale, &mut rng));
    let ends = starts.map(|start| optimum(objective, &start, MULTISTART_BUDGET).polished);
    ends.filter(|polished| polished.loss.is_finite()).collect()
}

/// JSON has no NaN.
fn finite(value: f64) -> f64 {
    if value.is_finite() { value } else { f64::MAX }
}
