//! How much the clock can tell: by what factor the times of the same work differ.
//!
//! Runs that repeat each other are the control: same program, same work, so any difference is the machine's. Without
//! them the pace of one setting, seconds per pass, is compared between seeds: work per pass is nearly the same there, so
//! its spread bounds the machine's from above.

use crate::format::factor;
use crate::quantile;
use crate::series::{Problem, Run};
use crate::target::Axis;

/// With fewer pairs of runs nothing is said of times.
const LEAST_PAIRS: usize = 5;

/// What the noise was measured on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Runs that repeat each other.
    Repeats,
    /// Seconds per pass of the same setting on other seeds.
    Pace,
}

/// The noise of times on one problem.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Timing {
    /// Times within this factor of each other are noise: 95 of 100 pairs of runs with the same work are.
    pub factor: f64,
    /// Pairs of runs that it rests on.
    pub pairs: usize,
    /// What they were.
    pub control: Control,
}

impl Timing {
    /// `repeated runs differ by up to 30 %`.
    pub fn words(&self) -> String {
        let what = match self.control {
            Control::Repeats => "repeated runs",
            Control::Pace => "seconds per pass of one setting",
        };
        let percent = (self.factor - 1.0) * 100.0;
        let much = match percent {
            0.0..1.0 => "less than 1 %".to_owned(),
            1.0..100.0 => format!("up to {percent:.0} %"),
            _ => format!("up to {}", factor(self.factor)),
        };
        format!("{what} differ by {much}")
    }
}

/// Measures the noise of wall-clock or CPU times; `None` with too few runs.
pub fn timing(problem: &Problem<'_>, axis: Axis) -> Option<Timing> {
    let repeats = repeats(problem, axis);
    if repeats.len() >= LEAST_PAIRS {
        return Some(of(&repeats, Control::Repeats));
    }
    let paces = paces(problem, axis);
    (paces.len() >= LEAST_PAIRS).then(|| of(&paces, Control::Pace))
}

fn of(logs: &[f64], control: Control) -> Timing {
    let mut sizes: Vec<f64> = logs.iter().map(|log| log.abs()).collect();
    sizes.sort_unstable_by(f64::total_cmp);
    Timing { factor: quantile::quantile(&sizes, 0.95).exp(), pairs: logs.len(), control }
}

/// Log-ratios of the times of runs of one setting that repeat each other, each with the one before.
fn repeats(problem: &Problem<'_>, axis: Axis) -> Vec<f64> {
    let mut logs = Vec::new();
    for series in &problem.series {
        for (at, run) in series.runs.iter().enumerate() {
            if let Some(before) = series.runs[..at].iter().rev().find(|other| other.course == run.course) {
                logs.extend(log_ratio(before.charged().on(axis), run.charged().on(axis)));
            }
        }
    }
    logs
}

/// Log-ratios of seconds per pass on neighbouring seeds.
fn paces(problem: &Problem<'_>, axis: Axis) -> Vec<f64> {
    let pace = |run: &Run<'_>| run.spent.on(axis) / run.spent.passes;
    let is_told = |run: &&Run<'_>| !run.record.status.is_failure() && run.spent.passes > 0.0;
    let mut logs = Vec::new();
    for series in problem.series.iter().filter(|series| series.is_comparable()) {
        let paces: Vec<f64> = series.runs.iter().filter(is_told).map(pace).collect();
        logs.extend(paces.windows(2).filter_map(|pair| log_ratio(pair[0], pair[1])));
    }
    logs
}

fn log_ratio(one: f64, other: f64) -> Option<f64> {
    let log = (other / one).ln();
    log.is_finite().then_some(log)
}
