//! The timing pass: finished units again, several times over, for their clocks alone.
//!
//! One unit at a time, each in a fresh process; within a repetition the optimizers of a problem and seed run one after
//! the other in an order drawn anew, so that whatever drifts on the machine meets all of them alike. One unit of every
//! problem and seed runs twice (the A/A control): what differs between the two runs is what the clock cannot resolve.

use harness_datasets::stream;
use rand::seq::SliceRandom;

use super::decide::{Action, Due, Pending, Summary, selected};
use super::estimate::Past;
use super::pool::Pool;
use super::schedule::{Progress, RunError, RunOptions};
use super::task::{Task, allowance};
use crate::host;
use crate::plan::{Plan, PlannedUnit};
use crate::results::{ResultsFolder, Status, Stored};

/// A run of the timing pass.
#[derive(Debug, Clone, Copy)]
struct Turn<'p> {
    planned: &'p PlannedUnit,
    repetition: usize,
    is_control: bool,
}

/// Times every finished unit of a plan that is selected, `repetitions` times; repetitions that are there are kept.
///
/// # Errors
///
/// See [`RunError`]. Runs that have finished by then stay.
pub fn time(
    plan: &Plan,
    folder: &ResultsFolder,
    repetitions: usize,
    options: &RunOptions,
    progress: &dyn Progress,
) -> Result<Summary, RunError> {
    let options = RunOptions { jobs: 1, ..options.clone() };
    if options.force {
        folder.forget_timing()?;
    }
    let mut past = Past::default();
    let finished = finished(plan, folder, &options.only, &mut past);
    let is_there = |turn: &Turn<'_>| {
        let place = folder.timing(turn.repetition, turn.is_control);
        matches!(place.stored(&turn.planned.unit.hash),
            Stored::Whole(record)
                if record.status != Status::Interrupted && record.allowance == allowance(&plan.benchmark))
    };
    let turns: Vec<Turn<'_>> = (1..=repetitions).flat_map(|repetition| order(plan, &finished, repetition)).collect();
    for repetition in 1..=repetitions {
        for is_control in [false, true] {
            folder.timing(repetition, is_control).prepare()?;
        }
    }
    let (there, turns): (Vec<_>, Vec<_>) = turns.into_iter().partition(is_there);
    let due: Vec<Due<'_>> = turns.iter().map(|turn| Due { planned: turn.planned, action: Action::Run }).collect();
    let summary = Summary { ran: due.len(), cached: there.len(), ..Summary::default() };
    let seconds = past.estimate(&due);
    progress.begin(&Pending { due, summary, damaged: Vec::new(), seconds });
    if turns.is_empty() {
        return Ok(summary);
    }
    let host = host::describe(1, options.threads, true);
    if let Some(noise) = host::noise(&host) {
        progress.warn(&format!("times will be noisy: {noise}"));
    }
    let tasks = turns.iter().map(|turn| {
        let units = folder.timing(turn.repetition, turn.is_control).units();
        Task::new(plan, turn.planned, units, host.clone(), None).calibrated()
    });
    Pool::new(&options, progress).with_fresh_workers().run(tasks)?;
    Ok(summary)
}

/// Selected units with a result whose time says something.
fn finished<'p>(plan: &'p Plan, folder: &ResultsFolder, only: &[String], past: &mut Past) -> Vec<&'p PlannedUnit> {
    let has_ended = |planned: &PlannedUnit, past: &mut Past| match folder.stored(&planned.unit.hash) {
        Stored::Whole(record) => {
            past.add(planned, &record);
            matches!(record.status, Status::Budget | Status::Target | Status::Stopped | Status::Stalled)
        }
        _ => false,
    };
    selected(plan, only).filter(|planned| has_ended(planned, past)).collect()
}

/// One repetition: problem by problem and seed by seed, the optimizers of each and the control in an order of its own.
fn order<'p>(plan: &Plan, finished: &[&'p PlannedUnit], repetition: usize) -> Vec<Turn<'p>> {
    let mut turns = Vec::with_capacity(finished.len());
    for block in finished.chunk_by(|a, b| a.problem == b.problem && a.unit.seed == b.unit.seed) {
        let turn = |planned, is_control| Turn { planned, repetition, is_control };
        let mut runs: Vec<Turn<'_>> = block.iter().map(|&planned| turn(planned, false)).collect();
        runs.extend(block.first().map(|&planned| turn(planned, true)));
        let name = format!("{}\n{}", plan.benchmark.name, block[0].unit.problem);
        runs.shuffle(&mut stream(&name, block[0].unit.seed, &format!("timing {repetition}")));
        turns.append(&mut runs);
    }
    turns
}
