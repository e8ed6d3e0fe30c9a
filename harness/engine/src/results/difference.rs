//! Whether two runs of a unit did the same, times aside.

use super::point::{Maybe, TracePoint};
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
        for (before, after) in self.trace.iter().zip(&again.trace) {
            // The clock decides where a run with an allowance of seconds ends, and thereby its last point.
            if self.is_ended_by_the_clock() && before.iteration != after.iteration {
                return None;
            }
            if without_times(before) != without_times(after) {
                return Some(format!(
                    "differs at iteration {}: the objective was {:?}, and is {:?}",
                    before.iteration, before.loss, after.loss
                ));
            }
        }
        if self.is_ended_by_the_clock() {
            return None;
        }
        if self.record.status != again.record.status {
            let (before, after) = (&self.record, &again.record);
            return Some(format!(
                "was {} ({}), and is {} ({})",
                before.status, before.reason, after.status, after.reason
            ));
        }
        if self.trace.len() != again.trace.len() {
            return Some(format!("had {} points, and has {}", self.trace.len(), again.trace.len()));
        }
        let bits = |theta: &[f64]| theta.iter().map(|number| number.to_bits()).collect::<Vec<_>>();
        (bits(&self.record.theta) != bits(&again.record.theta)).then(|| "ends at other parameters".to_owned())
    }

    /// Its end may be a matter of time.
    fn is_ended_by_the_clock(&self) -> bool {
        matches!(self.record.status, Status::Timeout | Status::Crashed) || self.record.allowance.seconds.is_some()
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
