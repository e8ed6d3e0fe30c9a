//! One unit from start to status: create on the clock, then step on the clock and measure off it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use harness_datasets::stream;
use harness_models::Objective;
use rand::Rng;

use super::certificates::{Certificates, Checked};
use super::clock::Clock;
use super::evaluate::{Evaluator, Measurement};
use super::guard::GuardedTheta;
use super::instance::{CallFailure, Flow, Instance};
use super::problem::PreparedProblem;
use super::state::SavedState;
use super::values::CallValues;
use crate::oracle::{BatchSampler, Oracle};
use crate::plugins::LoadedOptimizer;
use crate::results::{Certificate, Spent, Status, TracePoint, TraceRow};
use crate::spec::{Budget, Limit, OptimizerConfig, Stop};

/// Every iteration is recorded up to this one, then geometrically.
const DENSE_ITERATIONS: u64 = 1000;
/// Growth of the recorded iterations beyond, 20 per decade.
const SPARSE_GROWTH: f64 = 1.122_018_454_301_963_3; // 10^(1/20)
/// A run whose objective ends above its start by more than this share of max(1, |L|) has diverged.
const RISE_TOLERANCE: f64 = 1e-9;

/// What to run.
pub(crate) struct UnitTask<'a> {
    pub(crate) problem_name: &'a str,
    pub(crate) seed: u64,
    pub(crate) config: &'a OptimizerConfig,
    pub(crate) optimizer: &'a Arc<LoadedOptimizer>,
    pub(crate) problem: &'a PreparedProblem,
    pub(crate) budget: Budget,
    pub(crate) limit: Limit,
    pub(crate) stop: Stop,
    pub(crate) cancelled: Arc<AtomicBool>,
    /// Where an earlier run ended, which this one goes on from.
    pub(crate) resume: Option<SavedState>,
    /// Of passes over the data.
    pub(crate) threads: usize,
}

/// Where the points of a run go as they are made.
pub(crate) trait Sink {
    /// A recorded point.
    fn row(&mut self, row: &TraceRow) -> std::io::Result<()>;
    /// Every iterate, recorded or not, if the benchmark asks for them.
    fn iterate(&mut self, iteration: u64, theta: &[f64]) -> std::io::Result<()>;
    /// An earlier run is taken up: its first `rows` points and its iterates come before all others. The last of these
    /// points.
    fn resume(&mut self, rows: u64) -> std::io::Result<Option<TracePoint>>;
}

/// How it ended.
pub(crate) struct Outcome {
    pub(crate) status: Status,
    pub(crate) reason: String,
    pub(crate) spent: Spent,
    /// The last finite iterate; empty if the unit was skipped.
    pub(crate) theta: Vec<f64>,
    /// Where a longer run would go on, if it could.
    pub(crate) state: Option<SavedState>,
    /// What theory guarantees and was seen to hold.
    pub(crate) certificates: Vec<Certificate>,
}

impl Outcome {
    /// A run that ended before its first point.
    pub(crate) fn without_points(status: Status, reason: String, theta: Vec<f64>) -> Self {
        Self { status, reason, spent: Spent::default(), theta, state: None, certificates: Vec::new() }
    }
}

/// Runs a unit.
///
/// # Errors
///
/// The sink failed: the disk is full or the folder is gone. Failures of the optimizer are outcomes.
pub(crate) fn run_unit(task: &UnitTask<'_>, sink: &mut dyn Sink) -> std::io::Result<Outcome> {
    let missing = task.optimizer.info.requires.iter().find(|id| !OFFERED.contains(&id.as_str()));
    if let Some(id) = missing {
        let reason = format!("needs `{id}`, which this problem does not offer");
        return Ok(Outcome::without_points(Status::Skipped, reason, Vec::new()));
    }
    if let Some(state) = &task.resume
        && let Ok(mut run) = Run::begin(task, Some(state))
    {
        run.last = sink.resume(state.rows)?;
        run.measure_again();
        return run.finish(sink);
    }
    // Also where the optimizer does not take up what it saved: the run begins again.
    match Run::begin(task, None) {
        Ok(run) => run.finish(sink),
        Err(CallFailure::Unsupported(reason)) => Ok(Outcome::without_points(Status::Skipped, reason, Vec::new())),
        Err(failure) => {
            let (status, reason) = status_of(failure, "create", &task.cancelled);
            Ok(Outcome::without_points(status, reason, task.problem.start.clone()))
        }
    }
}

/// Extensions that every problem of this version offers.
const OFFERED: [&str; 7] = [
    "harness.model/1",
    "harness.batch/1",
    "harness.em/1",
    "harness.mirror/1",
    "harness.hessian/1",
    "harness.statistics/1",
    "harness.data/1",
];

struct Run<'a> {
    task: &'a UnitTask<'a>,
    instance: Instance,
    evaluator: Evaluator,
    /// What theory guarantees of this optimizer, if anything.
    certificates: Option<Certificates>,
    clock: Clock,
    begun: Instant,
    eval_s: f64,
    theta: GuardedTheta,
    previous: Vec<f64>,
    iteration: u64,
    next_recorded: u64,
    /// Rows of the trace that a longer run would have too.
    rows: u64,
    start_loss: f64,
    last: Option<TracePoint>,
    /// Iterate that was last measured for its own sake: a longer run would have measured it too.
    measured: Option<u64>,
    /// The last step did not end well.
    is_cut_short: bool,
    is_resumed: bool,
}

impl<'a> Run<'a> {
    fn begin(task: &'a UnitTask<'a>, resume: Option<&SavedState>) -> Result<Self, CallFailure> {
        let problem = task.problem;
        let failed = |error: harness_models::ModelError| CallFailure::Failed(error.to_string());
        let mut objective = Objective::new(Arc::clone(&problem.model), Arc::clone(&problem.train)).map_err(failed)?;
        objective.set_threads(task.threads);
        let evaluator = Evaluator::new(problem, task.threads).map_err(failed)?;
        let certificates = Certificates::new(problem, task.config).map_err(failed)?;
        // The optimizer's own streams: a function of problem, seed and configuration.
        let own = format!("{}\n{}", task.problem_name, configuration_key(task.config));
        let batches = BatchSampler::new(problem.train.n(), stream(&own, task.seed, "batch"));
        let optimizer_seed = stream(&own, task.seed, "optimizer").next_u64();
        let values = CallValues::new(&task.optimizer.info, &task.config.params, &task.config.base_dir);
        let mut oracle = Oracle::new(objective, batches, problem.has_intercept, Arc::clone(&task.cancelled));
        Instance::prepare(task.optimizer, &mut oracle, &values, optimizer_seed)?;
        let mut clock = Clock::default();
        let begun = Instant::now();
        let theta =
            GuardedTheta::new(&problem.start).map_err(|error| CallFailure::Failed(format!("no memory: {error}")))?;
        let instance = clock.run(|| Instance::create(task.optimizer, oracle, &values, optimizer_seed, &theta))?;
        let mut run = Self {
            task,
            instance,
            evaluator,
            certificates,
            clock,
            begun,
            eval_s: 0.0,
            theta,
            previous: problem.start.clone(),
            iteration: 0,
            next_recorded: 0,
            rows: 0,
            start_loss: f64::NAN,
            last: None,
            measured: None,
            is_cut_short: false,
            is_resumed: false,
        };
        if let Some(state) = resume {
            run.instance.restore(state)?;
            run.theta.copy_from_slice(&state.theta);
            run.clock = state.clock();
            run.eval_s = state.eval_s;
            run.iteration = state.iteration;
            run.next_recorded = state.next_recorded;
            run.rows = state.rows;
            run.start_loss = state.start_loss;
            if let Some(certificates) = &mut run.certificates {
                certificates.restore(&state.certificates);
            }
            run.is_resumed = true;
        }
        Ok(run)
    }

    fn finish(mut self, sink: &mut dyn Sink) -> std::io::Result<Outcome> {
        if !self.is_resumed {
            sink.iterate(0, &self.theta)?;
            if !self.record(sink)? {
                return Ok(self.outcome(Status::Diverged, "the objective is not finite at the start".to_owned(), None));
            }
        }
        let process = std::process::id();
        let (status, reason) = loop {
            if let Some(ending) = self.check_rules() {
                // A continued run may have been at its end already; its last point was not one that all runs record.
                let is_recorded = self.last.is_some_and(|point| point.iteration == self.iteration);
                if ending.0 == Status::Budget && !is_recorded {
                    self.record(sink)?;
                }
                break ending;
            }
            self.previous.copy_from_slice(&self.theta);
            let flow = self.clock.run(|| self.instance.step(&mut self.theta));
            if std::process::id() != process {
                // The optimizer forked, and this is its child, in our clothes.
                leave_at_once();
            }
            let flow = if self.theta.is_intact() { flow } else { Err(outside()) };
            let flow = match flow {
                Ok(flow) => flow,
                Err(failure) => {
                    self.is_cut_short = true;
                    self.theta.copy_from_slice(&self.previous);
                    break status_of(failure, &format!("step {}", self.iteration + 1), &self.task.cancelled);
                }
            };
            self.iteration += 1;
            if let Some(i) = self.theta.iter().position(|parameter| !parameter.is_finite()) {
                let reason = format!("step {} made parameter {i} {}", self.iteration, self.theta[i]);
                self.iteration -= 1;
                self.theta.copy_from_slice(&self.previous);
                break (Status::Diverged, reason);
            }
            sink.iterate(self.iteration, &self.theta)?;
            let is_last = flow == Flow::Converged || self.budget_is_spent().is_some();
            if (self.iteration >= self.next_recorded || is_last) && !self.record(sink)? {
                break (Status::Diverged, format!("the objective is not finite after step {}", self.iteration));
            }
            if let Some(violation) = self.violation() {
                break (Status::Error, violation);
            }
            if flow == Flow::Converged {
                let is_one_shot = self.task.optimizer.info.one_shot;
                break (Status::Stopped, if is_one_shot { "done in one step" } else { "by its own test" }.to_owned());
            }
        };
        let checked = self.certificates.as_ref().map(Certificates::saved).unwrap_or_default();
        let kept = checked.kept.clone();
        let at_end = self.certificates.take().filter(|_| !status.is_failure()).map(Certificates::end);
        let (status, reason, kept) = match at_end {
            Some(Err(violation)) => (Status::Error, violation.0, kept),
            Some(Ok(all)) => (status, reason, all),
            None => (status, reason, kept),
        };
        let state = matches!(status, Status::Budget | Status::Interrupted).then(|| self.save(checked)).flatten();
        let (status, reason) = self.demote_rise(status, reason);
        Ok(Outcome { certificates: kept, ..self.outcome(status, reason, state) })
    }

    /// Which guarantee the last step, if it was recorded for its own sake, does not keep. Off the clock, like measuring.
    fn violation(&mut self) -> Option<String> {
        let certificates = self.certificates.as_mut().filter(|_| self.measured == Some(self.iteration))?;
        let begun = Instant::now();
        let checked = certificates.step(self.iteration, &self.previous, &self.theta);
        self.eval_s += begun.elapsed().as_secs_f64();
        checked.err().map(|violation| violation.0)
    }

    /// What a longer run would begin with. Only between two steps: a step that was cut short is in no state to be kept.
    fn save(&mut self, certificates: Checked) -> Option<SavedState> {
        if self.task.optimizer.info.one_shot || self.is_cut_short {
            return None;
        }
        Some(SavedState {
            iteration: self.iteration,
            next_recorded: self.next_recorded,
            rows: self.rows,
            start_loss: self.start_loss,
            eval_s: self.eval_s,
            wall: self.clock.wall,
            cpu: self.clock.cpu,
            account: self.instance.account(),
            batches: self.instance.batches(),
            certificates,
            theta: self.theta.to_vec(),
            optimizer: self.instance.save()?,
        })
    }

    /// Measures and records the current iterate; false if the objective is not finite there.
    fn record(&mut self, sink: &mut dyn Sink) -> std::io::Result<bool> {
        let begun = Instant::now();
        let measured = self.evaluator.measure(&self.theta);
        self.eval_s += begun.elapsed().as_secs_f64();
        if !measured.train.loss.is_finite() {
            return Ok(false);
        }
        let has_slopes = self.iteration.checked_sub(1).is_some_and(|before| self.measured == Some(before));
        let row = self.row(&measured, has_slopes);
        self.measured = None;
        if self.iteration == 0 {
            self.start_loss = row.point.loss;
        }
        self.last = Some(row.point);
        if self.iteration >= self.next_recorded {
            // Otherwise it is recorded because it is the last: a longer run would not have recorded it.
            self.next_recorded = next_recorded(self.iteration);
            self.rows += 1;
            self.measured = Some(self.iteration);
        }
        sink.row(&row)?;
        Ok(true)
    }

    /// Measures where an earlier run ended, if that is a point of its own: the next one is described by both.
    fn measure_again(&mut self) {
        if self.last.is_some_and(|last| last.iteration == self.iteration) {
            let begun = Instant::now();
            self.evaluator.measure(&self.theta);
            self.eval_s += begun.elapsed().as_secs_f64();
            self.measured = Some(self.iteration);
        }
    }

    fn row(&self, measured: &Measurement, has_slopes: bool) -> TraceRow {
        let cost = self.instance.cost();
        let step: Vec<f64> = self.theta.iter().zip(&self.previous).map(|(new, old)| new - old).collect();
        let slopes = has_slopes.then(|| self.evaluator.slopes(&step));
        let point = TracePoint {
            iteration: self.iteration,
            passes: cost.passes,
            cpu_s: self.clock.cpu_s(),
            wall_s: self.clock.wall_s(),
            loss: measured.train.loss,
            grad_norm: measured.train.grad_norm,
            step_norm: step.iter().map(|part| part * part).sum::<f64>().sqrt(),
            test_nll: measured.test.map(|test| test.nll).into(),
            test_accuracy: measured.test.and_then(|test| test.accuracy).into(),
            test_rmse: measured.test.and_then(|test| test.rmse).into(),
            gate_error: measured.errors.map(|(gate, _)| gate).into(),
            expert_error: measured.errors.map(|(_, experts)| experts).into(),
            slope_before: slopes.map(|(before, _)| before).into(),
            slope_after: slopes.map(|(_, after)| after).into(),
        };
        TraceRow {
            point,
            values: cost.values,
            gradients: cost.gradients,
            estep: cost.e_steps,
            inner: cost.inner,
            eval_s: self.eval_s,
            nll: measured.train.nll,
        }
    }

    /// Whether the run ends before another step.
    fn check_rules(&self) -> Option<(Status, String)> {
        if let Some(point) = self.last.filter(|point| point.iteration == self.iteration) {
            if let Some(bound) = self.task.stop.grad_norm.filter(|bound| point.grad_norm <= *bound) {
                return Some((Status::Target, format!("gradient norm {:.3e} ≤ {bound:e}", point.grad_norm)));
            }
            if let Some(bound) = self.task.stop.target.filter(|bound| point.loss <= *bound) {
                return Some((Status::Target, format!("objective {:.6e} ≤ {bound:e}", point.loss)));
            }
        }
        if let Some(reason) = self.budget_is_spent() {
            return Some((Status::Budget, reason));
        }
        if self.task.cancelled.load(Ordering::Relaxed) {
            return Some((Status::Interrupted, "ended by the user".to_owned()));
        }
        let limit = self.task.limit.seconds.filter(|limit| self.begun.elapsed().as_secs_f64() > *limit)?;
        Some((Status::Timeout, format!("limit of {limit} s reached after step {}", self.iteration)))
    }

    fn budget_is_spent(&self) -> Option<String> {
        let budget = &self.task.budget;
        if self.iteration >= budget.iterations {
            return Some(format!("{} iterations", budget.iterations));
        }
        if let Some(passes) = budget.passes.filter(|passes| self.instance.cost().passes >= *passes) {
            return Some(format!("{passes} passes"));
        }
        budget.seconds.filter(|seconds| self.clock.wall_s() >= *seconds).map(|seconds| format!("{seconds} s"))
    }

    /// A run that used its budget, or called itself converged, above its start has not done what it claims.
    fn demote_rise(&self, status: Status, reason: String) -> (Status, String) {
        let (Status::Budget | Status::Stopped, Some(last)) = (status, &self.last) else { return (status, reason) };
        let allowed = self.start_loss + RISE_TOLERANCE * self.start_loss.abs().max(1.0);
        if self.task.optimizer.info.own_start || last.loss <= allowed {
            return (status, reason);
        }
        (Status::Diverged, format!("the objective rose from {:.4e} to {:.4e} ({reason})", self.start_loss, last.loss))
    }

    fn outcome(self, status: Status, reason: String, state: Option<SavedState>) -> Outcome {
        let spent = Spent {
            iterations: self.iteration,
            passes: self.instance.cost().passes,
            cpu_s: self.clock.cpu_s(),
            wall_s: self.clock.wall_s(),
            eval_s: self.eval_s,
        };
        Outcome { status, reason, spent, theta: self.theta.to_vec(), state, certificates: Vec::new() }
    }
}

/// Ends this process without running anything of the one that it was copied from.
fn leave_at_once() -> ! {
    // SAFETY: `_exit` has no conditions.
    unsafe { libc::_exit(0) }
}

/// Name and hyper-parameters of an optimizer as one text: with the problem and the seed it determines the run.
pub(crate) fn configuration_key(config: &OptimizerConfig) -> String {
    let params: Vec<String> = config
        .params
        .iter()
        .filter_map(|(name, value)| value.as_ref().map(|value| format!("{name}={value:?}")))
        .collect();
    format!("{}({})", config.use_name, params.join(", "))
}

fn outside() -> CallFailure {
    CallFailure::Failed("wrote before the beginning of theta".to_owned())
}

fn status_of(failure: CallFailure, place: &str, is_cancelled: &AtomicBool) -> (Status, String) {
    match failure {
        CallFailure::Unsupported(reason) => (Status::Skipped, reason),
        CallFailure::Cancelled if is_cancelled.load(Ordering::Relaxed) => {
            (Status::Interrupted, "ended by the user".to_owned())
        }
        CallFailure::Cancelled => {
            (Status::Error, format!("{place}: says that it was cancelled, which nobody has done"))
        }
        CallFailure::Failed(reason) => (Status::Error, format!("{place}: {reason}")),
    }
}

fn next_recorded(iteration: u64) -> u64 {
    if iteration < DENSE_ITERATIONS {
        return iteration + 1;
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "iteration counts are far below 2^53")]
    let next = (iteration as f64 * SPARSE_GROWTH).ceil() as u64;
    next
}

#[cfg(test)]
mod tests {
    use super::next_recorded;

    #[test]
    fn every_iteration_up_to_a_thousand_then_twenty_per_decade() {
        let mut recorded = vec![0];
        while let Some(last) = recorded.last().copied().filter(|last| *last < 100_000) {
            recorded.push(next_recorded(last));
        }
        assert_eq!(recorded[..1001], (0..=1000).collect::<Vec<_>>());
        let beyond = recorded.len() - 1001;
        assert!((39..=41).contains(&beyond), "{beyond} points for two decades");
    }
}
