//! Constructed results with known answers. Traces fall geometrically, so the cost to any target is known in closed
//! form; a small fixed hash stands in for randomness.

use std::collections::BTreeMap;
use std::sync::Arc;

use harness_engine::results::{
    Allowance, DataRecord, HostRecord, LimitRecord, Maybe, ModelRecord, OptimizerRecord, ProcessRecord, Record,
    Results, SCHEMA, Spent, Status, TracePoint, UnitResult,
};

/// One unit to construct; the fields say how its loss behaves.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "independent properties")]
pub struct UnitSpec {
    /// Problem name.
    pub problem: String,
    /// Optimizer label.
    pub optimizer: String,
    /// Setting.
    pub config: String,
    /// Seed.
    pub seed: u64,
    /// Loss that the run tends to.
    pub limit: f64,
    /// Gap at iteration 0.
    pub start_gap: f64,
    /// Factor of the gap per iteration; above 1 the run diverges.
    pub rate: f64,
    /// Iterations.
    pub iterations: u64,
    /// Passes per iteration.
    pub passes: f64,
    /// Seconds per iteration.
    pub seconds: f64,
    /// How the run ends.
    pub status: Status,
    /// Does a whole fit in one step.
    pub one_shot: bool,
    /// Brings its own start.
    pub own_start: bool,
    /// Accuracy on the test rows that the run tends to; `None` for a regression with RMSE.
    pub accuracy: Option<f64>,
    /// Parameters.
    pub dim: usize,
    /// Training rows.
    pub n_train: usize,
    /// Whether all seeds see the same rows.
    pub same_data: bool,
    /// Whether all seeds begin at the same point.
    pub same_start: bool,
    /// Passes that the run was allowed.
    pub allowed_passes: f64,
}

impl UnitSpec {
    /// A well-behaved run: gap 1 at the start, halved by each iteration of one pass, limit 0.5.
    pub fn new(problem: &str, optimizer: &str, seed: u64) -> Self {
        Self {
            problem: problem.to_owned(),
            optimizer: optimizer.to_owned(),
            config: String::new(),
            seed,
            limit: 0.5,
            start_gap: 1.0,
            rate: 0.5,
            iterations: 60,
            passes: 1.0,
            seconds: 1e-4,
            status: Status::Stalled,
            one_shot: false,
            own_start: false,
            accuracy: Some(0.9),
            dim: 20,
            n_train: 100,
            same_data: false,
            same_start: false,
            allowed_passes: 5000.0,
        }
    }

    /// Builds record and trace.
    pub fn build(&self) -> UnitResult {
        let trace = if self.status == Status::Skipped { Vec::new() } else { self.trace() };
        let last = trace.last().copied();
        UnitResult { record: self.record(last.as_ref()), trace, repetitions: 0 }
    }

    fn trace(&self) -> Vec<TracePoint> {
        let mut trace: Vec<TracePoint> = Vec::new();
        for iteration in 0..=self.iterations {
            let exponent = i32::try_from(iteration).unwrap_or(i32::MAX);
            let gap = self.start_gap * self.rate.powi(exponent);
            let steps = iteration as f64;
            let progress = 1.0 - (gap / self.start_gap).min(1.0);
            let loss = self.limit + gap;
            trace.push(TracePoint {
                iteration,
                passes: steps * self.passes,
                cpu_s: 2e-5 + steps * self.seconds,
                wall_s: 2e-5 + steps * self.seconds,
                loss: if loss > 1e12 { f64::NAN } else { loss },
                grad_norm: gap,
                step_norm: gap,
                slope_before: Maybe::NONE,
                slope_after: Maybe::NONE,
                test_nll: Some(loss + 0.05).into(),
                test_accuracy: self.accuracy.map(|end| ((0.3 + (end - 0.3) * progress) * 38.0).round() / 38.0).into(),
                test_rmse: self.accuracy.is_none().then_some(0.7 + 0.1 * jitter(self.seed) + gap.min(3.0)).into(),
                gate_error: Maybe::NONE,
                expert_error: Maybe::NONE,
            });
        }
        trace
    }

    fn record(&self, last: Option<&TracePoint>) -> Record {
        let params: BTreeMap<String, serde_json::Value> = self
            .config
            .split_once('=')
            .map(|(name, value)| (name.to_owned(), serde_json::Value::from(value)))
            .into_iter()
            .collect();
        Record {
            schema: SCHEMA,
            unit: format!("{:016x}", hash(&[&self.problem, &self.optimizer, &self.config], self.seed)),
            problem: self.problem.clone(),
            optimizer: self.optimizer.clone(),
            config: self.config.clone(),
            seed: self.seed,
            status: self.status,
            reason: reason(self.status).to_owned(),
            again: false,
            allowance: Allowance {
                iterations: self.iterations,
                passes: Some(self.allowed_passes),
                seconds: Some(30.0),
            },
            limit: LimitRecord::default(),
            spent: last.map_or_else(Spent::default, |point| Spent {
                iterations: point.iteration,
                passes: point.passes,
                cpu_s: point.cpu_s,
                wall_s: point.wall_s,
                eval_s: 0.0,
            }),
            theta: Vec::new(),
            start_hash: if self.same_start { "start".to_owned() } else { format!("start-{}", self.seed) },
            reference: None,
            data: DataRecord {
                dataset: self.problem.clone(),
                hash: format!("{:016x}", hash(&[&self.problem], 0)),
                n_train: self.n_train,
                n_test: 38,
                d: 5,
                columns: Vec::new(),
                dropped: Vec::new(),
                rows_hash: if self.same_data { "rows".to_owned() } else { format!("rows-{}", self.seed) },
            },
            model: ModelRecord {
                family: if self.accuracy.is_some() { "logistic" } else { "linear" }.to_owned(),
                experts: 2,
                classes: self.accuracy.map(|_| 3),
                dim: self.dim,
                ridge: 1e-3,
            },
            used: Arc::new(OptimizerRecord {
                name: self.optimizer.to_lowercase(),
                version: "0.1.0".to_owned(),
                params,
                one_shot: self.one_shot,
                own_start: self.own_start,
                plugin: format!("lib{}.so", self.optimizer.to_lowercase()),
                plugin_hash: format!("{:016x}", hash(&[&self.optimizer], 1)),
                outside: false,
            }),
            host: HostRecord {
                version: "0.1.0".to_owned(),
                commit: "0123456789ab".to_owned(),
                build: "fedcba98".to_owned(),
                cpu: "Example CPU @ 2.50GHz".to_owned(),
                cores: 2,
                memory: 8 << 30,
                system: "linux x86_64".to_owned(),
                jobs: 1,
                load: Some(0.1),
                governor: None,
                rustc: "rustc 1.95.0".to_owned(),
                threads: 1,
                pass_threads: 1,
                processors: vec![0, 1],
                isolated: true,
            },
            process: ProcessRecord::default(),
            calibration: None,
            certificates: Vec::new(),
            files: BTreeMap::new(),
        }
    }
}

/// The same unit of problem `p` on every seed, changed by `change`.
pub fn series(optimizer: &str, seeds: u64, change: impl Fn(&mut UnitSpec)) -> Vec<UnitSpec> {
    let one = |seed| {
        let mut unit = UnitSpec::new("p", optimizer, seed);
        change(&mut unit);
        unit
    };
    (0..seeds).map(one).collect()
}

/// Puts series together.
pub fn of(series: Vec<Vec<UnitSpec>>) -> Results {
    results("test", series.into_iter().flatten())
}

/// Puts units together.
pub fn results(name: &str, units: impl IntoIterator<Item = UnitSpec>) -> Results {
    Results {
        name: name.to_owned(),
        question: "Does EM beat first-order methods on small real data, per pass and per second?".to_owned(),
        benchmark_yaml: format!("name: {name}\nseeds: 12\nbudget:\n  iterations: 500\n"),
        analysis: harness_engine::spec::AnalysisOptions::default(),
        units: units.into_iter().map(|unit| unit.build()).collect(),
        references: Vec::new(),
        timing: None,
    }
}

/// A benchmark as a user would run it: two problems, EM, a grid of GD with one setting that diverges, a grid of Adam,
/// a one-shot baseline, and an optimizer that skips one of the problems.
pub fn demo(seeds: u64) -> Results {
    let mut units = Vec::new();
    for (problem, difficulty, accuracy) in [("iris", 1.0, Some(0.95)), ("diabetes", 0.6, None)] {
        for seed in 0..seeds {
            units.extend(demo_units(problem, difficulty, accuracy, seed));
        }
    }
    results("demo", units)
}

fn demo_units(problem: &str, difficulty: f64, accuracy: Option<f64>, seed: u64) -> Vec<UnitSpec> {
    let unit = |optimizer: &str, config: &str, decades: f64| {
        let noise = 0.6 + 0.8 * jitter(hash(&[problem, optimizer, config], seed));
        UnitSpec {
            config: config.to_owned(),
            limit: -1.5 + jitter(seed),
            start_gap: 1.0 + 2.0 * jitter(seed + 77),
            rate: 10_f64.powf(-decades * difficulty * noise),
            accuracy: accuracy.map(|end| end - 0.08 * jitter(hash(&[problem, optimizer], seed))),
            ..UnitSpec::new(problem, optimizer, seed)
        }
    };
    let basin = |unit: UnitSpec| UnitSpec { limit: unit.limit + 0.35, ..unit };
    let budget = |unit: UnitSpec| UnitSpec { iterations: 500, status: Status::Budget, ..unit };
    let mut em = UnitSpec { iterations: 60, passes: 4.5, seconds: 3e-4, ..unit("em", "", 0.25) };
    if problem == "diabetes" && seed % 4 == 1 {
        em = basin(em);
    }
    let mut mirror = UnitSpec { iterations: 110, passes: 4.5, seconds: 2.8e-4, ..unit("mirror_descent", "", 0.12) };
    if seed % 5 == 2 {
        mirror = basin(mirror);
    }
    let diverging = UnitSpec { iterations: 60, status: Status::Diverged, rate: 1.9, ..unit("GD", "step=10", 0.1) };
    let skips = accuracy.is_none();
    vec![
        em,
        mirror,
        budget(unit("GD", "step=0.1", 0.002)),
        budget(unit("GD", "step=1", 0.02)),
        diverging,
        budget(unit("adam", "step=0.003", 0.004)),
        budget(unit("adam", "step=0.03", 0.03)),
        UnitSpec {
            one_shot: true,
            own_start: true,
            iterations: 1,
            passes: 0.0,
            seconds: 4e-3,
            rate: 0.08 + 0.1 * jitter(seed),
            status: Status::Stopped,
            ..unit("linfa_kmeans", "", 1.0)
        },
        UnitSpec {
            status: if skips { Status::Skipped } else { Status::Stalled },
            iterations: 80,
            passes: 2.0,
            ..unit("gradient_em", "", 0.04)
        },
    ]
}

fn reason(status: Status) -> &'static str {
    match status {
        Status::Target => "target reached",
        Status::Budget => "500 iterations used up",
        Status::Stopped => "done in one step",
        Status::Stalled => "the step no longer changes θ",
        Status::Skipped => "needs classes, this problem has real targets",
        Status::Interrupted => "interrupted by the user",
        Status::Diverged => "the loss is not finite after 41 steps",
        Status::Timeout => "over the hard limit of 60 s",
        Status::Crashed => "the worker died: signal 11",
        Status::Error => "singular system in the M-step",
    }
}

/// A number in [0, 1) that depends on nothing but its argument.
fn jitter(seed: u64) -> f64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
}

fn hash(words: &[&str], seed: u64) -> u64 {
    words
        .iter()
        .flat_map(|word| word.bytes().chain([0]))
        .fold(0xcbf2_9ce4_8422_2325 ^ seed.wrapping_mul(0x0100_0193), |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
        })
}
