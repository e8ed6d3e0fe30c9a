//! Running a task in this process, from loading the data to the unit in its place; a worker does it, and
//! `--in-process`.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

use harness_datasets::SharedFile;

use super::calibrate::Calibrator;
use super::clock::process_cpu_time;
use super::problem::{PreparedProblem, ProblemError, load as load_data, prepare};
use super::state::SavedState;
use super::task::{Facts, Task};
use super::unit::{Outcome, UnitTask, run_unit};
use crate::plan::hash_files;
use crate::plugins::{LoadedOptimizer, PluginError, load};
use crate::results::{Calibration, ProcessRecord, ResultsError, ResultsFolder, Status, Stored, UnitWriter};
use crate::spec::{Budget, Limit, Stop};

/// Why a task has no outcome: something is wrong with the machine, not with the optimizer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ExecuteError {
    /// The unit cannot be written.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// A point cannot be written.
    #[error("cannot write the trace: {0}")]
    Trace(#[from] std::io::Error),
    /// The plugin is not what it was when the plan was made.
    #[error(transparent)]
    Plugin(#[from] PluginError),
    /// The same, in other words.
    #[error("plugin {path} has changed since the run began", path = .0.display())]
    PluginChanged(PathBuf),
    /// So have other files.
    #[error("{0} changed since the run began: put it back, or run again with what it is now")]
    InputChanged(String),
    /// Data that were there when the plan was made cannot be read.
    #[error("{0}")]
    Data(ProblemError),
}

impl ExecuteError {
    /// The system's error code, where there is one.
    pub(crate) fn errno(&self) -> Option<i32> {
        match self {
            ExecuteError::Results(ResultsError::Io { source, .. }) | ExecuteError::Trace(source) => {
                source.raw_os_error()
            }
            _ => None,
        }
    }

    /// Whether it is the machine's fault for sure. What else keeps a unit from being written, such as too many open
    /// files, may be the work of the plugin: it is if a clean process can write there.
    pub(crate) fn is_of_machine(&self) -> bool {
        let is_written = matches!(self, ExecuteError::Results(_) | ExecuteError::Trace(_));
        let is_of_disk = [libc::ENOSPC, libc::EDQUOT, libc::EROFS, libc::EIO, libc::ENFILE, libc::ENOMEM];
        !is_written || self.errno().is_some_and(|errno| is_of_disk.contains(&errno))
    }
}

/// How a task ended.
#[derive(Debug, Clone)]
pub(crate) struct Ended {
    pub(crate) status: Status,
    pub(crate) reason: String,
    /// The unit is in its place. Otherwise it was interrupted and could not be kept.
    pub(crate) is_kept: bool,
}

/// Runs tasks one after the other; keeps what neighbours share.
#[derive(Debug, Default)]
pub(crate) struct Executor {
    cancelled: Arc<AtomicBool>,
    plugins: HashMap<PathBuf, Vec<Arc<LoadedOptimizer>>>,
    /// The last problem, for the next optimizer.
    prepared: Option<(String, Arc<PreparedProblem>)>,
}

impl Executor {
    /// Runs end soon after `cancelled` is set.
    pub(crate) fn new(cancelled: Arc<AtomicBool>) -> Self {
        Self { cancelled, ..Self::default() }
    }

    /// Runs a task, its data those in `shared` if that is there, which is closed before the first code of the optimizer
    /// runs. `begun` is told then.
    ///
    /// # Errors
    ///
    /// See [`ExecuteError`]. Failures of the optimizer and of the problem are outcomes.
    pub(crate) fn run(
        &mut self,
        task: &Task,
        shared: Option<SharedFile>,
        begun: &mut dyn FnMut(&Facts),
    ) -> Result<Ended, ExecuteError> {
        let (began, cpu) = (Instant::now(), process_cpu_time());
        let optimizer = self.optimizer(task)?;
        let problem = match self.prepared(task, shared)? {
            Ok(problem) => problem,
            Err(error) => {
                begun(&Facts::default());
                let outcome = Outcome::without_points(Status::Error, error.to_string(), Vec::new());
                return commit(task, writer(task)?, Facts::default(), outcome, (ProcessRecord::default(), None));
            }
        };
        check_inputs(task, &optimizer, &problem)?;
        let facts = Facts {
            data: problem.data_record.clone(),
            model: problem.model_record.clone(),
            start_hash: problem.start_hash.clone(),
        };
        let mut writer = writer(task)?;
        begun(&facts);
        let (resume, before) = earlier(task, problem.model.dim());
        let unit_task = UnitTask {
            problem_name: &task.unit.problem,
            seed: task.unit.seed,
            config: &task.config,
            optimizer: &optimizer,
            problem: &problem,
            budget: Budget {
                iterations: task.allowance.iterations,
                passes: task.allowance.passes,
                seconds: task.allowance.seconds,
            },
            limit: Limit { seconds: task.limit.seconds, memory: task.limit.memory },
            stop: Stop { grad_norm: task.stop.0, target: task.stop.1 },
            cancelled: Arc::clone(&self.cancelled),
            resume,
            threads: task.host.pass_threads,
        };
        let mut calibrator = calibrator(task, &problem);
        let before_s = calibrator.as_mut().map(Calibrator::measure);
        let outcome = match run_unit(&unit_task, &mut writer) {
            Ok(outcome) => outcome,
            Err(error) => {
                if error.raw_os_error() == Some(libc::EBADF) {
                    // The optimizer has closed our files: their numbers are not ours any more.
                    std::mem::forget(writer);
                }
                return Err(error.into());
            }
        };
        if outcome.status == Status::Interrupted && (outcome.state.is_none() || task.calibrate) {
            // Not a result: the next `bench` runs the unit again. What has been written is cleared by who has asked.
            return Ok(Ended { status: outcome.status, reason: outcome.reason, is_kept: false });
        }
        if outcome.status == Status::Interrupted && task.has_ended_before() {
            // What is there stays there.
            writer = writer.beside(&ResultsFolder::of_units(&task.units).unfinished())?;
        }
        let cpu = process_cpu_time().saturating_sub(cpu);
        let process = process_record(before, began.elapsed(), cpu, super::system::peak_memory().unwrap_or(0));
        let calibration = before_s
            .zip(calibrator.as_mut().map(Calibrator::measure))
            .map(|(before_s, after_s)| Calibration { before_s, after_s });
        commit(task, writer, facts, outcome, (process, calibration))
    }

    fn optimizer(&mut self, task: &Task) -> Result<Arc<LoadedOptimizer>, ExecuteError> {
        if !self.plugins.contains_key(&task.plugin) {
            self.plugins.insert(task.plugin.clone(), load(&task.plugin)?.optimizers);
        }
        let loaded = self.plugins.get(&task.plugin).into_iter().flatten();
        let found = loaded.into_iter().find(|optimizer| optimizer.info.name == task.used.name);
        let found = found.filter(|optimizer| optimizer.hash == task.used.plugin_hash);
        found.cloned().ok_or_else(|| ExecuteError::PluginChanged(task.plugin.clone()))
    }

    /// The problem of a task, or why there is none; that its data are not those of the plan is another matter.
    fn prepared(
        &mut self,
        task: &Task,
        shared: Option<SharedFile>,
    ) -> Result<Result<Arc<PreparedProblem>, ProblemError>, ExecuteError> {
        let key = task.data_key();
        if let Some((last, prepared)) = &self.prepared
            && *last == key
        {
            return Ok(Ok(Arc::clone(prepared)));
        }
        self.prepared = None;
        let (problem, seed) = (&task.problem, task.unit.seed);
        let load = || load_data(problem, seed, &task.base_dir, Some(&task.inputs.data));
        let data = match shared.map_or_else(load, |shared| shared.get_or_prepare(load)) {
            Ok(data) => data,
            Err(error) if error.is_of_a_file() => return Err(ExecuteError::Data(error)),
            Err(error) => return Ok(Err(error)),
        };
        let prepared = prepare(problem, seed, &task.base_dir, data).map(Arc::new);
        self.prepared = prepared.as_ref().ok().map(|prepared| (key, Arc::clone(prepared)));
        Ok(prepared)
    }
}

/// Refuses to run on files that are not those of the plan.
fn check_inputs(task: &Task, optimizer: &LoadedOptimizer, problem: &PreparedProblem) -> Result<(), ExecuteError> {
    let changed = |what: String| Err(ExecuteError::InputChanged(what));
    if task.inputs.start.as_ref().is_some_and(|start| *start != problem.start_hash) {
        return changed(format!("the start of problem `{}` has", task.unit.problem));
    }
    match hash_files(&task.config, &optimizer.info) {
        Ok(files) if files == task.inputs.files => Ok(()),
        _ => changed(format!("a file that optimizer `{}` is given has", task.unit.optimizer)),
    }
}

/// The earlier run that a task goes on from: where it ended, and what it took.
fn earlier(task: &Task, dim: usize) -> (Option<SavedState>, ProcessRecord) {
    let nothing = (None, ProcessRecord::default());
    let Some(from) = &task.from else { return nothing };
    let folder = ResultsFolder::of_units(from);
    let Stored::Whole(record) = folder.stored(&task.unit.hash) else { return nothing };
    let state = folder.saved_state(&record).and_then(|bytes| SavedState::from_bytes(&bytes, dim).ok());
    match state {
        Some(state) => (Some(state), ProcessRecord { resumed: record.process.resumed + 1, ..record.process }),
        None => nothing,
    }
}

pub(crate) fn process_record(before: ProcessRecord, wall: Duration, cpu: Duration, peak_memory: u64) -> ProcessRecord {
    ProcessRecord {
        wall_s: before.wall_s + wall.as_secs_f64(),
        cpu_s: before.cpu_s + cpu.as_secs_f64(),
        peak_memory: before.peak_memory.max(peak_memory),
        resumed: before.resumed,
    }
}

/// For units of the timing pass.
fn calibrator(task: &Task, problem: &PreparedProblem) -> Option<Calibrator> {
    // A problem that cannot be evaluated fails its unit a moment later, with a reason.
    if task.calibrate { Calibrator::new(problem).ok() } else { None }
}

fn writer(task: &Task) -> Result<UnitWriter, ResultsError> {
    let from = task.from.as_ref().unwrap_or(&task.units).join(&task.unit.hash);
    Ok(UnitWriter::create(&task.units, &task.part, &task.unit, task.metric(), task.with_theta)?.after(from))
}

fn commit(
    task: &Task,
    writer: UnitWriter,
    facts: Facts,
    outcome: Outcome,
    (process, calibration): (ProcessRecord, Option<Calibration>),
) -> Result<Ended, ExecuteError> {
    let ended = Ended { status: outcome.status, reason: outcome.reason.clone(), is_kept: true };
    let state = outcome.state.as_ref().map(SavedState::to_bytes);
    writer.commit(task.record(facts, outcome, process, calibration), state.as_deref())?;
    if ended.status != Status::Interrupted {
        ResultsFolder::of_units(&task.units).unfinished().forget(&task.unit.hash);
    }
    Ok(ended)
}
