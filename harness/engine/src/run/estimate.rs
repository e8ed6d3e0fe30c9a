//! How long units will take, judged by those that have run.

use std::collections::HashMap;

use super::decide::Due;
use crate::plan::PlannedUnit;
use crate::results::Record;

/// Sum of seconds and number of units.
#[derive(Debug, Clone, Copy, Default)]
struct Mean(f64, f64);

impl Mean {
    fn add(&mut self, seconds: f64) {
        self.0 += seconds;
        self.1 += 1.0;
    }

    fn get(self) -> f64 {
        self.0 / self.1
    }
}

/// Seconds of finished units by (problem, optimizer), by problem, and in all.
#[derive(Debug, Default)]
pub(crate) struct Past {
    alike: HashMap<(usize, usize), Mean>,
    problem: HashMap<usize, Mean>,
    all: Mean,
}

impl Past {
    /// Takes note of a finished unit.
    pub(crate) fn add(&mut self, planned: &PlannedUnit, record: &Record) {
        let seconds = record.process.wall_s;
        self.alike.entry((planned.problem, planned.optimizer)).or_default().add(seconds);
        self.problem.entry(planned.problem).or_default().add(seconds);
        self.all.add(seconds);
    }

    /// Seconds that these units are likely to take one after the other.
    pub(crate) fn estimate(&self, due: &[Due<'_>]) -> Option<f64> {
        if self.all.1 == 0.0 {
            return None;
        }
        let one = |unit: &PlannedUnit| {
            let alike = self.alike.get(&(unit.problem, unit.optimizer)).or_else(|| self.problem.get(&unit.problem));
            alike.copied().unwrap_or(self.all).get()
        };
        Some(due.iter().map(|due| one(due.planned)).sum())
    }
}
