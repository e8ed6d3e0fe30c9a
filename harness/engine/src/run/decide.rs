//! What has to run: for every unit of a plan, whether what is on disk answers the question that is asked now.

use std::collections::HashSet;

use super::task::{allowance, limit};
use crate::plan::{Plan, PlannedUnit, Unit};
use crate::results::{Allowance, Damage, Record, ResultsFolder, Status, Stored};

/// What to do about a unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Run it from its start.
    Run,
    /// Go on where the earlier run ended.
    Extend,
    /// Go on where an extension of it was interrupted.
    TakeUp,
}

/// A unit that is to run.
#[derive(Debug, Clone, Copy)]
pub struct Due<'p> {
    /// The unit.
    pub planned: &'p PlannedUnit,
    /// How.
    pub action: Action,
}

/// What a run has to do, or did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Summary {
    /// Units to run, those to extend among them.
    pub ran: usize,
    /// Of these, units whose run is taken up where it ended.
    pub extended: usize,
    /// Units that are there already.
    pub cached: usize,
    /// Units that were not asked for (`--only`) and are not there.
    pub left_out: usize,
}

/// What is due, in the order in which it runs.
#[derive(Debug)]
pub struct Pending<'p> {
    /// The units.
    pub due: Vec<Due<'p>>,
    /// How many there are of each kind.
    pub summary: Summary,
    /// Units that were there but are damaged; they run again.
    pub damaged: Vec<Damage>,
    /// Seconds that the due units are likely to take one after the other, judged by finished units of the same problem
    /// and optimizer; `None` where there are none.
    pub seconds: Option<f64>,
}

/// Looks at every unit of a plan.
pub fn pending<'p>(plan: &'p Plan, folder: &ResultsFolder, force: bool, only: &[String]) -> Pending<'p> {
    let mut summary = Summary::default();
    let (mut due, mut damaged) = (Vec::new(), Vec::new());
    let mut past = super::estimate::Past::default();
    // Two names may stand for one configuration: it runs once.
    let mut seen = HashSet::new();
    for planned in &plan.units {
        let unit = &planned.unit;
        let is_selected = is_selected(unit, only);
        // What is left out stays as it is.
        let mut note = |reason| damaged.extend(is_selected.then(|| Damage { unit: unit.clone(), reason }));
        let mut ended_at = 0;
        let mut action = match folder.stored(&unit.hash) {
            Stored::Missing => Some(Action::Run),
            Stored::Damaged(reason) => {
                note(reason);
                Some(Action::Run)
            }
            Stored::Whole(record) => {
                past.add(planned, &record);
                ended_at = record.spent.iterations;
                let action = action(plan, folder, &record);
                if action == Some(Action::Run) && is_larger(plan, &record) && folder.has_damaged_state(&record) {
                    note("state.bin: not as it was written, so that it cannot be continued".to_owned());
                }
                action
            }
        };
        if matches!(action, Some(Action::Run | Action::Extend)) && goes_on(plan, folder, &unit.hash, ended_at) {
            action = Some(Action::TakeUp);
        }
        let is_repeated = !seen.insert(unit.hash.as_str());
        match (is_selected, force, action) {
            (true, ..) if is_repeated => summary.cached += 1,
            (true, true, _) => due.push(Due { planned, action: Action::Run }),
            (true, false, Some(action)) => {
                summary.extended += usize::from(action != Action::Run);
                due.push(Due { planned, action });
            }
            (_, _, None) => summary.cached += 1,
            (false, _, Some(_)) => summary.left_out += 1,
        }
    }
    summary.ran = due.len();
    let seconds = past.estimate(&due);
    Pending { due, summary, damaged, seconds }
}

/// What is to be done about a finished unit; `None` where it answers the question.
fn action(plan: &Plan, folder: &ResultsFolder, record: &Record) -> Option<Action> {
    let (asked, had) = (allowance(&plan.benchmark), record.allowance);
    if record.again {
        return Some(Action::Run);
    }
    let lacks_theta = plan.benchmark.record.theta && record.status != Status::Skipped && !record.has_theta();
    if lacks_theta {
        return Some(Action::Run);
    }
    let is_limited = matches!(record.status, Status::Timeout | Status::Crashed)
        || (record.status.is_failure() && limit(&plan.benchmark).memory != record.limit.memory);
    if is_limited {
        // The same limits would end it again.
        return (asked != had || limit(&plan.benchmark) != record.limit).then_some(Action::Run);
    }
    if record.status != Status::Interrupted && (asked == had || would_have_ended_alike(record, &asked)) {
        return None;
    }
    let can_extend = is_larger(plan, record) && folder.saved_state(record).is_some();
    Some(if can_extend { Action::Extend } else { Action::Run })
}

/// Whether a run that goes on from this one comes to what is asked for.
fn is_larger(plan: &Plan, record: &Record) -> bool {
    let asked = allowance(&plan.benchmark);
    allows(&asked, &record.allowance) || (record.status == Status::Interrupted && contains(&asked, record))
}

/// Whether an extension of this unit was interrupted, further than the unit has come itself, that can go on to what is
/// asked for now.
fn goes_on(plan: &Plan, folder: &ResultsFolder, unit: &str, ended_at: u64) -> bool {
    let unfinished = folder.unfinished();
    let Stored::Whole(record) = unfinished.stored(unit) else { return false };
    let lacks_theta = plan.benchmark.record.theta && !record.has_theta();
    !lacks_theta
        && record.spent.iterations > ended_at
        && contains(&allowance(&plan.benchmark), &record)
        && unfinished.saved_state(&record).is_some()
}

/// Whether a run that ended by itself did so inside the allowance that is asked for now.
fn would_have_ended_alike(record: &Record, asked: &Allowance) -> bool {
    let ended_by_itself =
        matches!(record.status, Status::Target | Status::Stopped | Status::Stalled | Status::Skipped | Status::Error);
    ended_by_itself && contains(asked, record)
}

/// Whether what a run has spent is inside an allowance.
fn contains(asked: &Allowance, record: &Record) -> bool {
    let spent = &record.spent;
    spent.iterations < asked.iterations
        && asked.passes.is_none_or(|passes| spent.passes < passes)
        && asked.seconds.is_none_or(|seconds| spent.wall_s < seconds)
}

/// Whether `asked` allows everything that `had` allowed.
fn allows(asked: &Allowance, had: &Allowance) -> bool {
    let covers = |asked: Option<f64>, had: Option<f64>| match (asked, had) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(asked), Some(had)) => asked >= had,
    };
    asked.iterations >= had.iterations && covers(asked.passes, had.passes) && covers(asked.seconds, had.seconds)
}

/// The units of a plan in whose `problem/optimizer/setting` one of the texts occurs; all where there is none.
pub fn selected<'p>(plan: &'p Plan, only: &[String]) -> impl Iterator<Item = &'p PlannedUnit> {
    plan.units.iter().filter(|planned| is_selected(&planned.unit, only))
}

fn is_selected(unit: &Unit, only: &[String]) -> bool {
    let name = format!("{}/{}/{}", unit.problem, unit.optimizer, unit.config);
    only.is_empty() || only.iter().any(|text| name.contains(text.as_str()))
}
