//! Running a plan: what is already there is kept, the rest runs, some units side by side if asked for.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use super::problem::{PreparedProblem, ProblemError, load_table, prepare, task_of};
use super::unit::{Outcome, UnitTask, run_unit};
use crate::host;
use crate::plan::{Plan, PlannedUnit, Unit};
use crate::results::{
    Allowance, HostRecord, OptimizerRecord, Record, ResultsError, ResultsFolder, SCHEMA, Status, TestMetric, UnitWriter,
};

/// How to run a plan.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Units side by side. With more than 1, times are not comparable and are marked so.
    pub jobs: usize,
    /// Run again what is already there.
    pub force: bool,
    /// Only units in whose `problem/optimizer/setting` one of these texts occurs; empty for all.
    pub only: Vec<String>,
    /// Set from outside to end the run.
    pub cancelled: Arc<AtomicBool>,
}

/// Why a run could not go on. Failures of optimizers are not among these: they are results.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// Records cannot be written.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// The trace of a unit cannot be written.
    #[error("{unit}: cannot write the trace: {source}")]
    Trace {
        /// The unit.
        unit: String,
        /// Why.
        source: std::io::Error,
    },
    /// A problem cannot be made ready for one of its seeds.
    #[error(transparent)]
    Problem(#[from] ProblemError),
}

/// Told what happens while a plan runs. Called from several threads.
pub trait Progress: Sync {
    /// Before the first unit: how many will run, and how many are there already.
    fn begin(&self, to_run: usize, cached: usize);
    /// After every unit that ran.
    fn finished(&self, unit: &Unit, status: Status, reason: &str);
}

/// What a run did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// Units that ran.
    pub ran: usize,
    /// Units that were there already.
    pub cached: usize,
    /// Units that were not asked for (`--only`) and are not there.
    pub left_out: usize,
}

/// The units that would run, in order, and how many are there already.
pub fn pending<'p>(plan: &'p Plan, folder: &ResultsFolder, options: &RunOptions) -> (Vec<&'p PlannedUnit>, Summary) {
    let mut summary = Summary { ran: 0, cached: 0, left_out: 0 };
    let mut to_run = Vec::new();
    for planned in &plan.units {
        let is_there = folder.record(&planned.unit.hash).is_some_and(|record| is_current(plan, folder, &record));
        let is_selected = is_selected(&planned.unit, &options.only);
        match (is_selected && options.force, is_there, is_selected) {
            (false, true, _) => summary.cached += 1,
            (_, _, true) => to_run.push(planned),
            (_, _, false) => summary.left_out += 1,
        }
    }
    summary.ran = to_run.len();
    (to_run, summary)
}

/// Runs what is pending.
///
/// # Errors
///
/// See [`RunError`]. Units that have finished by then stay.
pub fn run(
    plan: &Plan,
    folder: &ResultsFolder,
    options: &RunOptions,
    progress: &dyn Progress,
) -> Result<Summary, RunError> {
    let (to_run, summary) = pending(plan, folder, options);
    progress.begin(to_run.len(), summary.cached);
    let queue = Queue { plan, folder, options, progress, host: host::describe(options.jobs), units: group(to_run) };
    let next = AtomicUsize::new(0);
    let failed: Mutex<Option<RunError>> = Mutex::new(None);
    std::thread::scope(|scope| {
        for _ in 0..options.jobs.max(1) {
            scope.spawn(|| {
                while let Some(item) = queue.units.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let has_failed = failed.lock().unwrap_or_else(PoisonError::into_inner).is_some();
                    if has_failed || options.cancelled.load(Ordering::Relaxed) {
                        break;
                    }
                    if let Err(error) = queue.run(item) {
                        failed.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
                    }
                }
            });
        }
    });
    match failed.into_inner().unwrap_or_else(PoisonError::into_inner) {
        Some(error) => Err(error),
        None => Ok(summary),
    }
}

/// A problem made ready, shared by the units of one problem and seed, and let go after the last of them.
struct Group {
    prepared: Mutex<Option<Arc<PreparedProblem>>>,
    remaining: AtomicUsize,
}

struct Queue<'a> {
    plan: &'a Plan,
    folder: &'a ResultsFolder,
    options: &'a RunOptions,
    progress: &'a dyn Progress,
    host: HostRecord,
    units: Vec<(&'a PlannedUnit, Arc<Group>)>,
}

/// Units follow each other by problem and seed; neighbours share a group.
fn group(units: Vec<&PlannedUnit>) -> Vec<(&PlannedUnit, Arc<Group>)> {
    let mut grouped: Vec<(&PlannedUnit, Arc<Group>)> = Vec::with_capacity(units.len());
    for unit in units {
        let shared = grouped
            .last()
            .filter(|(last, _)| last.problem == unit.problem && last.unit.seed == unit.unit.seed)
            .map(|(_, group)| Arc::clone(group));
        let group = shared
            .unwrap_or_else(|| Arc::new(Group { prepared: Mutex::new(None), remaining: AtomicUsize::new(0) }));
        group.remaining.fetch_add(1, Ordering::Relaxed);
        grouped.push((unit, group));
    }
    grouped
}

impl Queue<'_> {
    fn run(&self, (planned, group): &(&PlannedUnit, Arc<Group>)) -> Result<(), RunError> {
        let prepared = self.prepared(planned, group)?;
        if group.remaining.fetch_sub(1, Ordering::Relaxed) == 1 {
            *group.prepared.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        let benchmark = &self.plan.benchmark;
        let task = UnitTask {
            problem_name: &planned.unit.problem,
            seed: planned.unit.seed,
            config: &benchmark.optimizers[planned.optimizer],
            optimizer: &planned.loaded,
            problem: &prepared,
            budget: benchmark.budget,
            limit: benchmark.limit,
            stop: benchmark.stop,
            cancelled: Arc::clone(&self.options.cancelled),
        };
        let family = benchmark.problems[planned.problem].model.family;
        let metric = match task_of(family) {
            harness_datasets::Task::Classification => TestMetric::Accuracy,
            harness_datasets::Task::Regression => TestMetric::Rmse,
        };
        let mut writer: UnitWriter = self.folder.begin(&planned.unit, metric, benchmark.record.theta)?;
        let outcome = run_unit(&task, &mut writer)
            .map_err(|source| RunError::Trace { unit: planned.unit.hash.clone(), source })?;
        if outcome.status == Status::Interrupted {
            // Not a result: the unit is run again by the next `bench`.
            return Ok(());
        }
        let record = self.record(planned, &task, outcome);
        writer.commit(&record)?;
        self.progress.finished(&planned.unit, record.status, &record.reason);
        Ok(())
    }

    fn prepared(&self, planned: &PlannedUnit, group: &Group) -> Result<Arc<PreparedProblem>, ProblemError> {
        let mut slot = group.prepared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(prepared) = &*slot {
            return Ok(Arc::clone(prepared));
        }
        let benchmark = &self.plan.benchmark;
        let problem = &benchmark.problems[planned.problem];
        let table = load_table(problem, planned.unit.seed, &benchmark.base_dir)?;
        let prepared = Arc::new(prepare(problem, planned.unit.seed, &benchmark.base_dir, &table)?);
        *slot = Some(Arc::clone(&prepared));
        Ok(prepared)
    }

    fn record(&self, planned: &PlannedUnit, task: &UnitTask<'_>, outcome: Outcome) -> Record {
        let info = &planned.loaded.info;
        let file_name = planned.loaded.path.file_name().map(|name| name.to_string_lossy().into_owned());
        Record {
            schema: SCHEMA,
            unit: planned.unit.hash.clone(),
            problem: planned.unit.problem.clone(),
            optimizer: planned.unit.optimizer.clone(),
            config: planned.unit.config.clone(),
            seed: planned.unit.seed,
            status: outcome.status,
            reason: outcome.reason,
            allowance: allowance(self.plan),
            spent: outcome.spent,
            theta: outcome.theta,
            start_hash: task.problem.start_hash.clone(),
            reference: self.plan.benchmark.problems[planned.problem].reference,
            data: task.problem.data_record.clone(),
            model: task.problem.model_record.clone(),
            used: OptimizerRecord {
                name: info.name.clone(),
                version: info.version.clone(),
                params: task
                    .config
                    .params
                    .iter()
                    .filter_map(|(name, value)| {
                        Some((name.clone(), serde_json::to_value(value.as_ref()?).unwrap_or_default()))
                    })
                    .collect(),
                one_shot: info.one_shot,
                own_start: info.own_start,
                plugin: file_name.unwrap_or_default(),
                plugin_hash: planned.loaded.hash.clone(),
            },
            host: self.host.clone(),
        }
    }
}

fn allowance(plan: &Plan) -> Allowance {
    let budget = &plan.benchmark.budget;
    Allowance { iterations: budget.iterations, passes: budget.passes, seconds: budget.seconds }
}

/// Whether a record answers the question that the benchmark asks now.
fn is_current(plan: &Plan, folder: &ResultsFolder, record: &Record) -> bool {
    if plan.benchmark.record.theta && record.status != Status::Skipped && !folder.has_theta(&record.unit) {
        return false;
    }
    let allowed = allowance(plan);
    if record.allowance == allowed {
        return true;
    }
    // Under another budget a run that ended by itself, inside the new one, would have ended alike.
    let ended_by_itself =
        matches!(record.status, Status::Target | Status::Stopped | Status::Stalled | Status::Skipped | Status::Error);
    let spent = &record.spent;
    ended_by_itself
        && spent.iterations < allowed.iterations
        && allowed.passes.is_none_or(|passes| spent.passes < passes)
        && allowed.seconds.is_none_or(|seconds| spent.wall_s < seconds)
}

fn is_selected(unit: &Unit, only: &[String]) -> bool {
    let name = format!("{}/{}/{}", unit.problem, unit.optimizer, unit.config);
    only.is_empty() || only.iter().any(|text| name.contains(text.as_str()))
}
