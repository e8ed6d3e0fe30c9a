//! Whether two runs of a unit did the same, times aside.

use super::folder::{ResultsError, ResultsFolder, THETA_FILE};
use super::point::{Maybe, TracePoint, TraceRow};
use super::record::{Record, Status, UnitResult};

impl Record {
    /// Problem, optimizer, setting and seed, in words.
    pub fn name(&self) -> String {
        let config = if self.config.is_empty() { String::new() } else { format!(" {}", self.config) };
        format!("{} {}{config} seed {}", self.problem, self.optimizer, self.seed)
    }
}

impl UnitResult {
    /// What a second run did otherwise first, in words; `None` where all but the times is the same to the last bit.
    pub fn difference(&self, again: &UnitResult) -> Option<String> {
        // Where the clock ends one of the runs, it decides how far that one goes, and which point is its last.
        let by_the_clock = [self, again].into_iter().any(UnitResult::is_ended_by_the_clock);
        for (before, after) in self.trace.iter().zip(&again.trace) {
            if by_the_clock && before.iteration != after.iteration {
                break;
            }
            if without_times(before) != without_times(after) {
                return Some(format!(
                    "differs at iteration {}: the objective was {:?}, and is {:?}",
                    before.iteration, before.loss, after.loss
                ));
            }
        }
        let (before, after) = (&self.record, &again.record);
        let fails_otherwise = [before, after].iter().any(|record| !is_of_the_clock(record.status));
        if before.status != after.status && (!by_the_clock || fails_otherwise) {
            return Some(format!(
                "was {} ({}), and is {} ({})",
                before.status, before.reason, after.status, after.reason
            ));
        }
        if by_the_clock {
            return None;
        }
        if self.trace.len() != again.trace.len() {
            return Some(format!("had {} points, and has {}", self.trace.len(), again.trace.len()));
        }
        let bits = |theta: &[f64]| theta.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
        (bits(&before.theta) != bits(&after.theta)).then(|| "ends at other parameters".to_owned())
    }

    /// Its end may be a matter of time.
    fn is_ended_by_the_clock(&self) -> bool {
        let record = &self.record;
        match record.status {
            Status::Timeout | Status::Crashed => true,
            Status::Budget => record.allowance.seconds.is_some_and(|seconds| record.spent.wall_s >= seconds),
            _ => false,
        }
    }
}

/// Statuses that a run may have because it was slower, or faster, than another of the same unit.
fn is_of_the_clock(status: Status) -> bool {
    !matches!(status, Status::Error | Status::Diverged | Status::Skipped)
}

impl ResultsFolder {
    /// What a second run of a unit, kept in another folder, did otherwise: as [`UnitResult::difference`], and in the work
    /// that was counted and the iterates that were kept.
    ///
    /// # Errors
    ///
    /// A trace cannot be read.
    pub fn difference(
        &self,
        before: &UnitResult,
        other: &ResultsFolder,
        after: &UnitResult,
    ) -> Result<Option<String>, ResultsError> {
        let difference = before.difference(after);
        if difference.is_some() || [before, after].into_iter().any(UnitResult::is_ended_by_the_clock) {
            return Ok(difference);
        }
        let (mut first, mut second) = (Vec::new(), Vec::new());
        self.read_rows(&before.record, |row| first.push(row))?;
        other.read_rows(&after.record, |row| second.push(row))?;
        let work = |row: &TraceRow| [row.values, row.gradients, row.estep, row.inner, row.nll.to_bits()];
        if let Some((row, _)) = first.iter().zip(&second).find(|(row, again)| work(row) != work(again)) {
            return Ok(Some(format!("counts other work at iteration {}", row.point.iteration)));
        }
        let iterates = |unit: &UnitResult| unit.record.files.get(THETA_FILE).cloned();
        let differ = iterates(before).zip(iterates(after)).is_some_and(|(before, after)| before != after);
        Ok(differ.then(|| "had other iterates".to_owned()))
    }
}

/// The bits of a point, but for what a clock measured.
fn without_times(point: &TracePoint) -> [u64; 10] {
    let maybe = |number: Maybe| number.get().map_or(u64::MAX, f64::to_bits);
    [
        point.iteration,
        point.passes.to_bits(),
        point.loss.to_bits(),
        point.grad_norm.to_bits(),
        point.step_norm.to_bits(),
        maybe(point.test_nll),
        maybe(point.test_accuracy),
        maybe(point.test_rmse),
        maybe(point.gate_error),
        maybe(point.expert_error),
    ]
}
