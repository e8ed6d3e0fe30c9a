//! A unit with everything that it takes to run it elsewhere: what the scheduler sends to a worker.
//!
//! It names files (the plugin, the data) and holds every value, so that a worker needs no plan, no benchmark file and
//! no memory of earlier units.

use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::unit::Outcome;
use crate::plan::{Inputs, Plan, PlannedUnit, Unit};
use crate::results::{
    Allowance, Calibration, DataRecord, HostRecord, LimitRecord, ModelRecord, OptimizerRecord, PART, ProcessRecord,
    Record, ResultsFolder, SCHEMA, Status, Stored, TestMetric, nonce,
};
use crate::spec::{Benchmark, OptimizerConfig, Problem};

/// What to run, and where to put it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) unit: Unit,
    pub(crate) problem: Problem,
    pub(crate) config: OptimizerConfig,
    /// The plugin's file; its hash is in `used`.
    pub(crate) plugin: PathBuf,
    pub(crate) used: Arc<OptimizerRecord>,
    /// Hashes of what the unit reads.
    pub(crate) inputs: Arc<Inputs>,
    pub(crate) allowance: Allowance,
    pub(crate) limit: LimitRecord,
    pub(crate) stop: (Option<f64>, Option<f64>),
    pub(crate) with_theta: bool,
    /// What relative paths are relative to.
    pub(crate) base_dir: PathBuf,
    /// The folder of all units.
    pub(crate) units: PathBuf,
    /// Name of the folder in it that the unit is written to before it is whole.
    pub(crate) part: String,
    /// Go on from where the unit that is in place ended.
    pub(crate) from: Option<PathBuf>,
    /// Measure how fast the machine is, before and after.
    pub(crate) calibrate: bool,
    pub(crate) host: HostRecord,
}

/// What only the one who has loaded the data knows, and the record needs.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(crate) struct Facts {
    pub(crate) data: DataRecord,
    pub(crate) model: ModelRecord,
    pub(crate) start_hash: String,
}

impl Task {
    pub(crate) fn new(
        plan: &Plan,
        planned: &PlannedUnit,
        units: PathBuf,
        host: HostRecord,
        from: Option<PathBuf>,
    ) -> Self {
        let benchmark = &plan.benchmark;
        let config = benchmark.optimizers[planned.optimizer].clone();
        let info = &planned.loaded.info;
        let file_name = planned.loaded.path.file_name().map(|name| name.to_string_lossy().into_owned());
        let params = config.params.iter().filter_map(|(name, value)| {
            Some((name.clone(), serde_json::to_value(value.as_ref()?).unwrap_or_default()))
        });
        Self {
            used: Arc::new(OptimizerRecord {
                name: info.name.clone(),
                version: info.version.clone(),
                params: params.collect(),
                one_shot: info.one_shot,
                own_start: info.own_start,
                plugin: file_name.unwrap_or_default(),
                plugin_hash: planned.loaded.hash.clone(),
                outside: planned.is_outside,
            }),
            inputs: Arc::clone(&planned.inputs),
            unit: planned.unit.clone(),
            problem: benchmark.problems[planned.problem].clone(),
            config,
            plugin: planned.loaded.path.clone(),
            allowance: allowance(benchmark),
            limit: limit(benchmark),
            stop: (benchmark.stop.grad_norm, benchmark.stop.target),
            with_theta: benchmark.record.theta,
            // Absolute, since a plugin may change the working directory.
            base_dir: std::path::absolute(&benchmark.base_dir).unwrap_or_else(|_| benchmark.base_dir.clone()),
            part: part(&planned.unit),
            units: std::path::absolute(&units).unwrap_or(units),
            from: from.map(|from| std::path::absolute(&from).unwrap_or(from)),
            calibrate: false,
            host,
        }
    }

    /// The same task, as a run of the timing pass: with the machine's speed measured around it.
    pub(crate) fn calibrated(mut self) -> Self {
        self.calibrate = true;
        self
    }

    /// The same task, to be written to a folder that nobody has begun.
    pub(crate) fn afresh(mut self) -> Self {
        self.part = part(&self.unit);
        self
    }

    /// Whether there is a run of this unit that has ended.
    pub(crate) fn has_ended_before(&self) -> bool {
        let stored = ResultsFolder::of_units(&self.units).stored(&self.unit.hash);
        matches!(stored, Stored::Whole(record) if record.status != Status::Interrupted)
    }

    /// A text that two tasks share if their data are the same.
    pub(crate) fn data_key(&self) -> String {
        format!("{}\n{}\n{:?}", self.unit.seed, self.base_dir.display(), self.problem)
    }

    /// Which test metric the trace has.
    pub(crate) fn metric(&self) -> TestMetric {
        match super::problem::task_of(self.problem.model.family) {
            harness_datasets::Task::Classification => TestMetric::Accuracy,
            harness_datasets::Task::Regression => TestMetric::Rmse,
        }
    }

    /// The record of a run that has ended.
    pub(crate) fn record(
        &self,
        facts: Facts,
        outcome: Outcome,
        process: ProcessRecord,
        calibration: Option<Calibration>,
    ) -> Record {
        Record {
            schema: SCHEMA,
            unit: self.unit.hash.clone(),
            problem: self.unit.problem.clone(),
            optimizer: self.unit.optimizer.clone(),
            config: self.unit.config.clone(),
            seed: self.unit.seed,
            status: outcome.status,
            reason: outcome.reason,
            again: false,
            allowance: self.allowance,
            limit: self.limit,
            spent: outcome.spent,
            theta: outcome.theta,
            start_hash: facts.start_hash,
            reference: self.problem.reference,
            data: facts.data,
            model: facts.model,
            used: Arc::clone(&self.used),
            host: self.host.clone(),
            process,
            calibration,
            certificates: outcome.certificates,
            files: std::collections::BTreeMap::new(),
        }
    }
}

fn part(unit: &Unit) -> String {
    format!("{}.{}.{PART}", unit.hash, nonce())
}

pub(crate) fn allowance(benchmark: &Benchmark) -> Allowance {
    let budget = &benchmark.budget;
    Allowance { iterations: budget.iterations, passes: budget.passes, seconds: budget.seconds }
}

pub(crate) fn limit(benchmark: &Benchmark) -> LimitRecord {
    LimitRecord { seconds: benchmark.limit.seconds, memory: benchmark.limit.memory }
}
