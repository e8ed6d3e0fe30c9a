//! What the timing pass has left: `timing/<repetition>/units/<hash>`, written like any other unit, and
//! `timing/<repetition>/control/units/<hash>`, one unit of every problem and seed a second time.
//!
//! Reading results puts the medians over repetitions in the place of the times of the first run, point by point, if every
//! repetition did the same to the last bit.

use std::fs;

use super::folder::{ResultsError, ResultsFolder, Stored};
use super::point::TracePoint;
use super::record::{Calibration, Status, UnitResult};

/// The folder of the timing pass in a results folder.
const TIMING: &str = "timing";
/// Columns of `timing.csv`.
const COLUMNS: [&str; 10] = [
    "problem",
    "optimizer",
    "config",
    "seed",
    "repetition",
    "control",
    "wall_s",
    "cpu_s",
    "calibration_before_s",
    "calibration_after_s",
];

/// One run of a unit in the timing pass.
#[derive(Debug, Clone, PartialEq)]
pub struct Timed {
    /// Problem name.
    pub problem: String,
    /// Label of the optimizer.
    pub optimizer: String,
    /// Setting within the label.
    pub config: String,
    /// Seed.
    pub seed: u64,
    /// From 1.
    pub repetition: usize,
    /// A second run of a unit under the same name, at another moment of the same repetition: what differs between the two
    /// is the machine's doing (the A/A control).
    pub is_control: bool,
    /// Wall-clock seconds on the clock.
    pub wall_s: f64,
    /// CPU seconds on the clock.
    pub cpu_s: f64,
    /// The machine's speed around the run.
    pub calibration: Calibration,
}

/// A timing pass.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Timing {
    /// How often it went over the units.
    pub repetitions: usize,
    /// Every run.
    pub runs: Vec<Timed>,
    /// Units that did not do the same again, in words: their times are those of the first run.
    pub differing: Vec<String>,
}

impl ResultsFolder {
    /// The place of a repetition, or of its control.
    pub(crate) fn timing(&self, repetition: usize, is_control: bool) -> ResultsFolder {
        let root = self.root().join(TIMING).join(repetition.to_string());
        ResultsFolder::below(if is_control { root.join("control") } else { root })
    }

    /// Repetitions that have been begun, in order.
    pub(crate) fn repetitions(&self) -> Vec<usize> {
        let entries = fs::read_dir(self.root().join(TIMING)).into_iter().flatten().flatten();
        let mut numbers: Vec<usize> =
            entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).filter(|number| *number > 0).collect();
        numbers.sort_unstable();
        numbers
    }

    /// Deletes repetitions and controls, for others to take their place.
    pub(crate) fn forget_timing(&self) -> Result<(), ResultsError> {
        let path = self.root().join(TIMING);
        if path.exists() { fs::remove_dir_all(&path).map_err(ResultsError::io(&path)) } else { Ok(()) }
    }

    /// Writes `timing.csv`: one row for every run of the timing pass.
    ///
    /// # Errors
    ///
    /// The file cannot be written; what was there before stays.
    pub fn write_timing(&self, timing: &Timing) -> Result<(), ResultsError> {
        let mut table = csv::Writer::from_writer(Vec::new());
        let write = |table: &mut csv::Writer<Vec<u8>>| -> Result<(), csv::Error> {
            table.write_record(COLUMNS)?;
            for run in &timing.runs {
                let times = [run.wall_s, run.cpu_s, run.calibration.before_s, run.calibration.after_s];
                let [wall_s, cpu_s, before_s, after_s] = times.map(|seconds| format!("{seconds:?}"));
                table.write_record([
                    &run.problem,
                    &run.optimizer,
                    &run.config,
                    &run.seed.to_string(),
                    &run.repetition.to_string(),
                    &run.is_control.to_string(),
                    &wall_s,
                    &cpu_s,
                    &before_s,
                    &after_s,
                ])?;
            }
            Ok(())
        };
        let path = self.root().join("timing.csv");
        let failed = |error: String| ResultsError::io(&path)(std::io::Error::other(error));
        write(&mut table).map_err(|error| failed(error.to_string()))?;
        let bytes = table.into_inner().map_err(|error| failed(error.to_string()))?;
        self.write_file("timing.csv", &bytes)
    }

    /// Reads the timing pass and puts its medians into the traces.
    pub(crate) fn apply_timing(&self, units: &mut [UnitResult]) -> Option<Timing> {
        let repetitions = self.repetitions();
        let mut timing = Timing { repetitions: repetitions.len(), ..Timing::default() };
        for unit in units {
            let mut runs = Vec::new();
            for &repetition in &repetitions {
                for is_control in [false, true] {
                    let folder = self.timing(repetition, is_control);
                    let Stored::Whole(record) = folder.stored(&unit.record.unit) else { continue };
                    // Of a run under another budget, or one that was cut short: it took another time.
                    if record.allowance != unit.record.allowance || record.status == Status::Interrupted {
                        continue;
                    }
                    let Some(calibration) = record.calibration else { continue };
                    timing.runs.push(Timed {
                        problem: unit.record.problem.clone(),
                        optimizer: unit.record.optimizer.clone(),
                        config: unit.record.config.clone(),
                        seed: unit.record.seed,
                        repetition,
                        is_control,
                        wall_s: record.spent.wall_s,
                        cpu_s: record.spent.cpu_s,
                        calibration,
                    });
                    if !is_control && let Ok(run) = folder.read_unit(*record) {
                        runs.push(run);
                    }
                }
            }
            if runs.is_empty() {
                continue;
            }
            match runs.iter().find_map(|run| unit.difference(run)) {
                Some(difference) => timing.differing.push(format!("{}: {difference}", unit.record.name())),
                None => take_medians(unit, &runs),
            }
        }
        (!timing.runs.is_empty()).then_some(timing)
    }
}

/// Times of the trace become medians over the runs.
fn take_medians(unit: &mut UnitResult, runs: &[UnitResult]) {
    let mut times = Vec::with_capacity(runs.len());
    let mut median = |index: usize, time: fn(&TracePoint) -> f64| {
        times.clear();
        times.extend(runs.iter().filter_map(|run| run.trace.get(index)).map(time));
        times.sort_by(f64::total_cmp);
        let middle = times.len() / 2;
        match times.len() {
            0 => None,
            odd if odd % 2 == 1 => Some(times[middle]),
            _ => Some(f64::midpoint(times[middle - 1], times[middle])),
        }
    };
    for (index, point) in unit.trace.iter_mut().enumerate() {
        // Where the clock ends the run, a repetition may have fewer points.
        let (Some(wall_s), Some(cpu_s)) = (median(index, |point| point.wall_s), median(index, |point| point.cpu_s))
        else {
            break;
        };
        (point.wall_s, point.cpu_s) = (wall_s, cpu_s);
    }
    if let Some(last) = unit.trace.last() {
        (unit.record.spent.wall_s, unit.record.spent.cpu_s) = (last.wall_s, last.cpu_s);
    }
    unit.repetitions = runs.len();
}
