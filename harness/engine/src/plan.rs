//! The plan: every problem × seed × optimizer of a benchmark as a unit with a content hash.
//!
//! The hash covers what determines the iterates (resolved configuration, data, start, plugin binary, sources of the
//! models) and nothing else: budget, label and what is recorded may change without recomputing what is there.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::plugins::{LoadedOptimizer, OptimizerInfo, ParamKind, ParamValue, Registry};
use crate::run::{ProblemError, configuration_key, load, prepare};
use crate::spec::{Benchmark, OptimizerConfig, Start};

/// One problem × optimizer configuration × seed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Content hash, 32 hexadecimal digits.
    pub hash: String,
    /// Problem name.
    pub problem: String,
    /// Label of the optimizer.
    pub optimizer: String,
    /// Setting within the label.
    pub config: String,
    /// Seed.
    pub seed: u64,
}

/// What is to run. Units are ordered by problem, seed, optimizer: whatever drifts on the machine meanwhile meets all
/// optimizers alike.
#[derive(Debug)]
pub struct Plan {
    /// The benchmark.
    pub benchmark: Benchmark,
    /// The units.
    pub units: Vec<PlannedUnit>,
}

/// A unit with what it takes to run it.
#[derive(Debug, Clone)]
pub struct PlannedUnit {
    /// Identity.
    pub unit: Unit,
    /// Index in `benchmark.problems`.
    pub problem: usize,
    /// Index in `benchmark.optimizers`.
    pub optimizer: usize,
    /// The optimizer.
    pub loaded: Arc<LoadedOptimizer>,
    /// Whether its plugin does not come with the program.
    pub is_outside: bool,
    /// What it is fed.
    pub(crate) inputs: Arc<Inputs>,
}

/// Hashes of the files that a unit reads: one that changes while a plan runs must not run under the plan's hash.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Inputs {
    /// The dataset, as [`DataRecord::hash`](crate::results::DataRecord::hash).
    pub(crate) data: String,
    /// The start, where it is read from a file.
    pub(crate) start: Option<String>,
    /// Files among the hyper-parameters.
    pub(crate) files: Vec<String>,
}

/// Why there is no plan.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// A problem cannot be made ready.
    #[error(transparent)]
    Problem(#[from] ProblemError),
    /// An optimizer is not in the registry that the benchmark was resolved against.
    #[error("optimizer `{name}` is not loaded")]
    Optimizer {
        /// The name.
        name: String,
    },
    /// A file that an optimizer is given cannot be read.
    #[error("optimizer `{label}`: {path}: {reason}", path = .path.display())]
    File {
        /// Label of the optimizer.
        label: String,
        /// The file.
        path: PathBuf,
        /// Why.
        reason: String,
    },
}

impl Plan {
    /// Plans a benchmark. Every problem is made ready once, with its first seed, so that bad data ends the command
    /// before anything has run.
    ///
    /// # Errors
    ///
    /// See [`PlanError`].
    pub fn new(benchmark: Benchmark, registry: &Registry) -> Result<Self, PlanError> {
        let mut loaded = HashMap::new();
        for config in &benchmark.optimizers {
            let name = &config.use_name;
            let optimizer = registry.get(name).ok_or_else(|| PlanError::Optimizer { name: name.clone() })?;
            loaded.insert(name.as_str(), Arc::clone(optimizer));
        }
        let files = benchmark
            .optimizers
            .iter()
            .map(|config| hash_files(config, &loaded[config.use_name.as_str()].info))
            .collect::<Result<Vec<_>, _>>()?;
        let mut units = Vec::new();
        for (problem_index, problem) in benchmark.problems.iter().enumerate() {
            let first_seed = benchmark.seeds.first().copied().unwrap_or(0);
            let data = load(problem, first_seed, &benchmark.base_dir, None)?;
            let prepared = prepare(problem, first_seed, &benchmark.base_dir, data)?;
            let start = match &problem.start {
                Start::Gaussian { scale } => json!({ "gaussian": scale }),
                Start::File { .. } => json!({ "file": prepared.start_hash }),
                Start::TruthOffset { gate, experts } => json!({ "truth_offset": [gate, experts] }),
            };
            let start_hash = matches!(problem.start, Start::File { .. }).then(|| prepared.start_hash.clone());
            let data = &prepared.data_record.hash;
            let inputs: Vec<Arc<Inputs>> = files
                .iter()
                .map(|files| Inputs { data: data.clone(), start: start_hash.clone(), files: files.clone() })
                .map(Arc::new)
                .collect();
            for seed in &benchmark.seeds {
                for (optimizer_index, config) in benchmark.optimizers.iter().enumerate() {
                    let optimizer = &loaded[config.use_name.as_str()];
                    let mut key = json!({
                        "problem": problem.name,
                        "dataset": problem.dataset,
                        "data": prepared.data_record.hash,
                        "model": problem.model,
                        "start": start,
                        "seed": seed,
                        "optimizer": configuration_key(config),
                        "plugin": optimizer.hash,
                        "stop": [benchmark.stop.grad_norm, benchmark.stop.target],
                        "build": harness_models::BUILD_HASH,
                    });
                    if !files[optimizer_index].is_empty() {
                        key["files"] = json!(files[optimizer_index]);
                    }
                    let hash = blake3::hash(key.to_string().as_bytes()).to_hex().as_str()[..32].to_owned();
                    units.push(PlannedUnit {
                        unit: Unit {
                            hash,
                            problem: problem.name.clone(),
                            optimizer: config.label.clone(),
                            config: config.config.clone(),
                            seed: *seed,
                        },
                        problem: problem_index,
                        optimizer: optimizer_index,
                        loaded: Arc::clone(optimizer),
                        is_outside: !registry.is_own(&config.use_name),
                        inputs: Arc::clone(&inputs[optimizer_index]),
                    });
                }
            }
        }
        Ok(Self { benchmark, units })
    }
}

/// Hashes of the files among the hyper-parameters: a unit runs again when one of them changes.
pub(crate) fn hash_files(config: &OptimizerConfig, info: &OptimizerInfo) -> Result<Vec<String>, PlanError> {
    let mut hashes = Vec::new();
    for param in info.params.iter().filter(|param| param.kind == ParamKind::File) {
        let value = config.params.iter().find(|(name, _)| *name == param.name);
        let Some((_, Some(ParamValue::Text(path)))) = value else { continue };
        let path = config.base_dir.join(path);
        let bytes = std::fs::read(&path).map_err(|error| PlanError::File {
            label: config.label.clone(),
            path: path.clone(),
            reason: format!("cannot be read: {error}"),
        })?;
        hashes.push(blake3::hash(&bytes).to_hex().to_string());
    }
    Ok(hashes)
}
