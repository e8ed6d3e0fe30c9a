//! How much the clock can tell: by what factor the times of the same work differ.
//!
//! After a timing pass (`bench --timing`) its control runs tell. Otherwise runs that repeat each other are the control:
//! same program, same work, so any difference is the machine's. Without them the pace of one setting, seconds per pass, is
//! compared between seeds: work per pass is nearly the same there, so its spread bounds the machine's from above.

use harness_engine::results::{Timed, Timing as TimingPass};

use crate::format::factor;
use crate::quantile;
use crate::series::{Problem, Run};
use crate::target::Axis;

/// With fewer pairs of runs nothing is said of times.
const LEAST_PAIRS: usize = 5;
/// Average difference of control runs, or typical change of the machine's speed during a run, beyond which times decide
/// nothing.
const NOISY: f64 = 1.05;

/// What the noise was measured on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Control {
    /// Control runs of the timing pass.
    Pass,
    /// Runs that repeat each other.
    Repeats,
    /// Seconds per pass of the same setting on other seeds.
    Pace,
}

/// Why the times of a timing pass decide nothing.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Trouble {
    /// Control runs differ on average, by this factor.
    Bias(f64),
    /// The machine's speed changes by this factor during a typical run.
    Drift(f64),
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
    /// A noisy host.
    pub trouble: Option<Trouble>,
}

impl Timing {
    /// The factor that a ratio of times must exceed to mean anything; infinite where none does.
    pub fn floor(&self) -> f64 {
        if self.trouble.is_some() { f64::INFINITY } else { self.factor }
    }

    /// `repeated runs differ by up to 30 %`.
    pub fn words(&self) -> String {
        match self.trouble {
            Some(Trouble::Bias(by)) => return format!("noisy host: control runs differ by {} on average", much(by)),
            Some(Trouble::Drift(by)) => {
                return format!("noisy host: the machine's speed changes by {} during a run", much(by));
            }
            None => {}
        }
        let what = match self.control {
            Control::Pass => "control runs",
            Control::Repeats => "repeated runs",
            Control::Pace => "seconds per pass of one setting",
        };
        if self.factor < 1.01 {
            return format!("{what} differ by less than 1 %");
        }
        format!("{what} differ by up to {}", much(self.factor))
    }
}

/// A factor above 1 as a difference: `30 %`, or `2.5×` from a doubling on.
fn much(by: f64) -> String {
    if by <= 2.0 { format!("{:.0} %", (by - 1.0) * 100.0) } else { factor(by) }
}

/// Measures the noise of wall-clock or CPU times; `None` with too few runs.
pub fn timing(problem: &Problem<'_>, axis: Axis) -> Option<Timing> {
    if let Some(timing) = problem.pass.and_then(|pass| of_pass(problem, pass, axis)) {
        return Some(timing);
    }
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
    Timing { factor: quantile::quantile(&sizes, 0.95).exp(), pairs: logs.len(), control, trouble: None }
}

/// From the control runs of the timing pass.
fn of_pass(problem: &Problem<'_>, pass: &TimingPass, axis: Axis) -> Option<Timing> {
    let runs: Vec<&Timed> = pass.runs.iter().filter(|run| run.problem == problem.name).collect();
    let seconds = |run: &Timed| if axis == Axis::Cpu { run.cpu_s } else { run.wall_s };
    let controls = runs.iter().filter(|run| run.is_control);
    // Times of the report are medians over repetitions, and so are these, if there are enough of them.
    let mut single = Vec::new();
    let mut medians = Vec::new();
    let mut seen: Vec<u64> = Vec::new();
    for control in controls {
        let is_same = |run: &&&Timed| {
            (&run.optimizer, &run.config, run.seed) == (&control.optimizer, &control.config, control.seed)
        };
        let of = |is_control| runs.iter().filter(is_same).filter(move |run| run.is_control == is_control);
        let twin = of(false).find(|run| run.repetition == control.repetition);
        single.extend(twin.and_then(|twin| log_ratio(seconds(twin), seconds(control))));
        if !seen.contains(&control.seed) {
            seen.push(control.seed);
            let median = |is_control| quantile::median(of(is_control).map(|run| seconds(run)));
            medians.extend(median(false).zip(median(true)).and_then(|(one, other)| log_ratio(one, other)));
        }
    }
    let logs = if medians.len() >= LEAST_PAIRS { medians } else { single };
    if logs.is_empty() {
        return None;
    }
    let bias = (logs.iter().sum::<f64>() / logs.len() as f64).abs().exp();
    let speeds = runs.iter().map(|run| (run.calibration.after_s / run.calibration.before_s).ln().abs());
    let drift = quantile::median(speeds).map_or(1.0, f64::exp);
    let trouble =
        if bias > NOISY { Some(Trouble::Bias(bias)) } else { (drift > NOISY).then_some(Trouble::Drift(drift)) };
    Some(Timing { trouble, ..of(&logs, Control::Pass) })
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
