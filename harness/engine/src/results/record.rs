//! What is kept of one finished unit: the record (`record.json`), beside the rows of its trace (`point.rs`).
//!
//! A record is data for every later stage and for readers outside this program: names are part of the published
//! format (`docs/results.md`), so fields are added, never renamed.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::certificate::Certificate;
use super::point::TracePoint;
use super::references::KnownOptimum;
use super::timing::Timing;

/// Version of the layout of `record.json`; raised when a reader of the older form would be wrong.
pub const SCHEMA: u32 = 2;

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// The stopping rule of the benchmark (`stop:`) was met.
    Target,
    /// An allowance of `budget:` was used up.
    Budget,
    /// The optimizer said that it had converged, or that it does all its work in one step.
    Stopped,
    /// No further progress was possible in floating point.
    Stalled,
    /// The optimizer cannot work on this problem; the reason says why.
    Skipped,
    /// The user ended the run.
    Interrupted,
    /// Iterates or the objective left the finite numbers, or the objective ended above its start.
    Diverged,
    /// The hard limit on time ended the run.
    Timeout,
    /// The process that ran the unit died.
    Crashed,
    /// The optimizer or the model reported an error.
    Error,
}

impl Status {
    /// All statuses, in the order in which tables list them.
    pub const ALL: [Status; 10] = [
        Status::Target,
        Status::Budget,
        Status::Stopped,
        Status::Stalled,
        Status::Skipped,
        Status::Interrupted,
        Status::Diverged,
        Status::Timeout,
        Status::Crashed,
        Status::Error,
    ];

    /// Whether this counts against the optimizer and turns the exit code to 3.
    pub fn is_failure(self) -> bool {
        matches!(self, Status::Diverged | Status::Timeout | Status::Crashed | Status::Error)
    }

    /// The word used in files and tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Status::Target => "target",
            Status::Budget => "budget",
            Status::Stopped => "stopped",
            Status::Stalled => "stalled",
            Status::Skipped => "skipped",
            Status::Interrupted => "interrupted",
            Status::Diverged => "diverged",
            Status::Timeout => "timeout",
            Status::Crashed => "crashed",
            Status::Error => "error",
        }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.as_str())
    }
}

/// What a run used in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Spent {
    /// Steps taken.
    pub iterations: u64,
    /// Machine-free cost.
    pub passes: f64,
    /// CPU seconds on the clock.
    pub cpu_s: f64,
    /// Wall-clock seconds on the clock.
    pub wall_s: f64,
    /// Wall-clock seconds of evaluation, off the clock.
    pub eval_s: f64,
}

/// What ends a run without failure: the first allowance that is used up.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Allowance {
    /// Steps.
    pub iterations: u64,
    /// Passes over the data.
    pub passes: Option<f64>,
    /// Wall-clock seconds on the clock.
    pub seconds: Option<f64>,
}

/// The hard limits of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct LimitRecord {
    /// Wall-clock seconds, evaluation included.
    pub seconds: Option<f64>,
    /// Bytes of memory.
    pub memory: Option<u64>,
}

/// The data that a unit saw.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct DataRecord {
    /// Registry name or file.
    pub dataset: String,
    /// Content hash of the source (file bytes, embedded set, or generator and its options).
    pub hash: String,
    /// Training rows.
    pub n_train: usize,
    /// Test rows.
    pub n_test: usize,
    /// Columns of the design matrix, intercept included.
    pub d: usize,
    /// Their names, in order.
    pub columns: Vec<String>,
    /// Constant columns that standardizing left out.
    pub dropped: Vec<String>,
    /// Hash of the training rows as the model sees them: seeds with the same one have the same objective. Empty in
    /// records of earlier versions.
    #[serde(default)]
    pub rows_hash: String,
}

/// The model that a unit fitted.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct ModelRecord {
    /// Family name as in the benchmark file.
    pub family: String,
    /// Number of experts.
    pub experts: usize,
    /// Number of classes, for classification.
    pub classes: Option<usize>,
    /// Number of parameters.
    pub dim: usize,
    /// Ridge λ.
    pub ridge: f64,
}

/// The optimizer that ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OptimizerRecord {
    /// Name in the plugin (`use:`).
    pub name: String,
    /// Version that the plugin states.
    pub version: String,
    /// Hyper-parameters as they were passed, defaults included.
    pub params: BTreeMap<String, serde_json::Value>,
    /// Does a whole fit in one step; drawn as a point.
    pub one_shot: bool,
    /// Brings its own start; left out of paired comparisons.
    pub own_start: bool,
    /// File name of the plugin.
    pub plugin: String,
    /// Hash of the plugin's file.
    pub plugin_hash: String,
    /// The plugin does not come with the program: who reproduces the run has to name it.
    #[serde(default)]
    pub outside: bool,
}

/// The machine and program that ran the unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HostRecord {
    /// Version of this program.
    pub version: String,
    /// Commit that it was built from, `-dirty` appended where the tree differed; `unknown` outside a checkout.
    pub commit: String,
    /// Hash of the sources of models and datasets.
    pub build: String,
    /// Processor.
    pub cpu: String,
    /// Logical processors.
    pub cores: usize,
    /// Memory in bytes.
    pub memory: u64,
    /// Operating system and architecture.
    pub system: String,
    /// Units that ran side by side; times taken with more than 1 are not comparable.
    pub jobs: usize,
    /// Load of the machine (1 minute average) when the run began, where the system tells it.
    #[serde(default)]
    pub load: Option<f64>,
    /// What governs the processor's frequency, where the system tells it: `performance`, `powersave`, …
    #[serde(default)]
    pub governor: Option<String>,
    /// Compiler of this program.
    #[serde(default)]
    pub rustc: String,
    /// Threads that libraries of plugins (BLAS, OpenMP, rayon) were told to use.
    #[serde(default)]
    pub threads: usize,
    /// Threads that the harness used for a pass over the data; 0 where it is not known.
    #[serde(default)]
    pub pass_threads: usize,
    /// Processors that the unit was bound to; empty where it was not.
    #[serde(default)]
    pub processors: Vec<usize>,
    /// Ran in a process of its own.
    #[serde(default)]
    pub isolated: bool,
}

/// What the operating system counted for a unit: loading, evaluation and everything else included.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct ProcessRecord {
    /// Wall-clock seconds from beginning to end.
    pub wall_s: f64,
    /// CPU seconds of all threads.
    pub cpu_s: f64,
    /// Most memory that was resident, in bytes, the program itself and the data included; 0 where it is not known.
    pub peak_memory: u64,
    /// How many times the run was taken up again, under a larger budget or after an interruption.
    pub resumed: u32,
}

/// What one value and gradient of the unit's own data took on the machine, around a timed run: the unit of time that two
/// machines have in common.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Median seconds of an evaluation just before the run.
    pub before_s: f64,
    /// The same just after it.
    pub after_s: f64,
}

/// `record.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// Layout version of this file.
    pub schema: u32,
    /// Content hash that names the unit.
    pub unit: String,
    /// Problem name, sweep point included.
    pub problem: String,
    /// Label of the optimizer: its name, or `label:` of the benchmark.
    pub optimizer: String,
    /// The setting within the label: `step=0.1`, or empty where there is only one.
    pub config: String,
    /// Seed.
    pub seed: u64,
    /// How the run ended.
    pub status: Status,
    /// Why, in words.
    pub reason: String,
    /// Something outside ended it that says nothing of the optimizer: the next run tries again.
    #[serde(default, skip_serializing_if = "is_false")]
    pub again: bool,
    /// What it was allowed.
    pub allowance: Allowance,
    /// The hard limits that it ran under.
    #[serde(default)]
    pub limit: LimitRecord,
    /// What it used.
    pub spent: Spent,
    /// Final parameters; empty for skipped units, and where the process that knew them died.
    pub theta: Vec<f64>,
    /// Hash of the start's bytes.
    pub start_hash: String,
    /// Known optimum that the benchmark file states (`reference:`).
    pub reference: Option<f64>,
    /// Data.
    pub data: DataRecord,
    /// Model.
    pub model: ModelRecord,
    /// Optimizer; shared between the units that it ran.
    pub used: Arc<OptimizerRecord>,
    /// Machine and program.
    pub host: HostRecord,
    /// What the operating system counted.
    #[serde(default)]
    pub process: ProcessRecord,
    /// How fast the machine was meanwhile; of units of the timing pass only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calibration: Option<Calibration>,
    /// Guarantees of theory that were checked on the run and held; empty where there are none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<Certificate>,
    /// BLAKE3 of the unit's other files, by name. The record itself ends with a `checksum` of its own.
    #[serde(default)]
    pub files: BTreeMap<String, String>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_false(value: &bool) -> bool {
    !value
}

impl Record {
    /// Whether the unit's iterates were kept.
    pub(crate) fn has_theta(&self) -> bool {
        self.files.contains_key(super::folder::THETA_FILE)
    }
}

/// A finished unit as read back.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitResult {
    /// The record.
    pub record: Record,
    /// Its trace, in order of iteration; empty for skipped units.
    pub trace: Vec<TracePoint>,
    /// Repetitions of the timing pass that the times of the trace are medians of; 0 where they are those of the one run
    /// that made the trace.
    pub repetitions: usize,
}

/// All finished units of a benchmark, in plan order: problem, seed, optimizer.
#[derive(Debug, Clone, PartialEq)]
pub struct Results {
    /// Benchmark name.
    pub name: String,
    /// The leading comment of the benchmark file: the question that it answers.
    pub question: String,
    /// The benchmark as it was resolved, as YAML.
    pub benchmark_yaml: String,
    /// How the report judges, as the resolved benchmark says it.
    pub analysis: crate::spec::AnalysisOptions,
    /// The units.
    pub units: Vec<UnitResult>,
    /// What is known of optima; empty where nobody has looked.
    pub references: Vec<KnownOptimum>,
    /// The timing pass, if there was one.
    pub timing: Option<Timing>,
}
