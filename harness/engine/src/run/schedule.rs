//! Running a plan: what is already there is kept, the rest runs, in workers or (for a debugger) in this process.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::decide::{Action, Pending, Summary, pending};
use super::execute::Executor;
use super::obituary;
use super::pool::Pool;
use super::task::Task;
use crate::host;
use crate::plan::{Plan, Unit};
use crate::results::{ResultsError, ResultsFolder, Status};

/// How to run a plan.
#[derive(Debug, Clone)]
pub struct RunOptions {
    /// Units side by side. With more than 1, times are not comparable and are marked so.
    pub jobs: usize,
    /// Threads of every unit's passes over the data; what they compute does not depend on it.
    pub threads: usize,
    /// Run again what is already there.
    pub force: bool,
    /// Only units in whose `problem/optimizer/setting` one of these texts occurs; empty for all.
    pub only: Vec<String>,
    /// Run units in this process, one at a time: a plugin that crashes takes everything with it.
    pub in_process: bool,
    /// Set from outside to end the run: units at work end after their step.
    pub cancelled: Arc<AtomicBool>,
    /// Set from outside to end the run at once.
    pub stop_now: Arc<AtomicBool>,
}

/// Why a run could not go on. Failures of optimizers are not among these: they are results.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RunError {
    /// Records cannot be written.
    #[error(transparent)]
    Results(#[from] ResultsError),
    /// A unit cannot be run or written, for a reason that is not the optimizer's.
    #[error("unit {unit}: {message}")]
    Unit {
        /// The unit.
        unit: String,
        /// Why.
        message: String,
    },
    /// No worker process can be had.
    #[error("cannot start a worker process: {source}")]
    Worker {
        /// Why.
        source: std::io::Error,
    },
}

/// Told what happens while a plan runs.
pub trait Progress {
    /// Before the first unit: what will run.
    fn begin(&self, pending: &Pending<'_>);
    /// Something that the user has to know, since the results depend on it.
    fn warn(&self, text: &str);
    /// Something that the user may want to know.
    fn note(&self, text: &str);
    /// What a plugin prints.
    fn output(&self, text: &str);
    /// After every unit that ran.
    fn finished(&self, unit: &Unit, status: Status, reason: &str);
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
    let pending = pending(plan, folder, options.force, &options.only);
    let summary = pending.summary;
    progress.begin(&pending);
    if pending.due.is_empty() {
        return Ok(summary);
    }
    let host = host::describe(options.jobs, options.threads, !options.in_process);
    if let Some(noise) = host::noise(&host) {
        progress.note(&format!("times will be noisy: {noise}"));
    }
    let tasks = pending.due.iter().map(|due| {
        let from = match due.action {
            Action::Run => None,
            Action::Extend => Some(folder.units()),
            Action::TakeUp => Some(folder.unfinished().units()),
        };
        Task::new(plan, due.planned, folder.units(), host.clone(), from)
    });
    if options.in_process {
        run_here(options, progress, tasks)?;
    } else {
        Pool::new(options, progress).run(tasks)?;
    }
    Ok(summary)
}

fn run_here(options: &RunOptions, progress: &dyn Progress, tasks: impl Iterator<Item = Task>) -> Result<(), RunError> {
    let mut executor = Executor::new(Arc::clone(&options.cancelled));
    for task in tasks {
        if options.cancelled.load(Ordering::Relaxed) {
            break;
        }
        let ended = executor.run(&task, None, &mut |_| {}).map_err(|error| {
            obituary::clear(&task);
            RunError::Unit { unit: task.unit.hash.clone(), message: error.to_string() }
        })?;
        if ended.is_kept {
            progress.finished(&task.unit, ended.status, &ended.reason);
        } else {
            obituary::clear(&task);
        }
    }
    Ok(())
}
