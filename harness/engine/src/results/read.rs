//! Reading a results folder back, whole, in plan order.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use serde::Deserialize;

use super::folder::{ResultsError, ResultsFolder, Stored};
use super::record::{OptimizerRecord, Results, SCHEMA};
use super::seal;
use crate::plan::Unit;

/// Replaces an optimizer's record by the one that says the same, if there was one before.
fn share(used: &mut Arc<OptimizerRecord>, known: &mut Vec<Arc<OptimizerRecord>>) {
    match known.iter().rev().find(|known| *known == used) {
        Some(known) => *used = Arc::clone(known),
        None => known.push(Arc::clone(used)),
    }
}

#[derive(Deserialize)]
struct PlanFile {
    benchmark: String,
    question: String,
    #[serde(default)]
    base_dir: PathBuf,
    #[serde(default)]
    references: BTreeMap<String, f64>,
    /// Checksum of `benchmark.yaml`.
    #[serde(default)]
    benchmark_checksum: Option<String>,
    units: Vec<Unit>,
}

/// A unit that is there but cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    /// The unit.
    pub unit: Unit,
    /// What is wrong with it.
    pub reason: String,
}

impl std::fmt::Display for Damage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "unit {} is damaged and left out: {}", self.unit.hash, self.reason)
    }
}

impl ResultsFolder {
    /// Reads every finished unit of the plan. Labels, settings and references are those of the plan: they may have
    /// changed since a unit ran. Damaged units are left out.
    ///
    /// # Errors
    ///
    /// The plan is missing or damaged.
    pub fn read(&self) -> Result<Results, ResultsError> {
        Ok(self.read_noting_damage()?.0)
    }

    /// The same, and notes on what was left out because it is damaged.
    ///
    /// # Errors
    ///
    /// The plan is missing or damaged.
    pub fn read_noting_damage(&self) -> Result<(Results, Vec<String>), ResultsError> {
        let plan = self.read_plan()?;
        let path = self.root().join("benchmark.yaml");
        let benchmark_yaml = fs::read_to_string(&path).map_err(ResultsError::io(&path))?;
        let analysis = crate::spec::read_analysis(&benchmark_yaml).map_err(|reason| ResultsError::NotResults {
            path: path.clone(),
            reason: format!("damaged: {reason}; run the benchmark again to write it anew"),
        })?;
        let mut units = Vec::with_capacity(plan.units.len());
        let mut damaged = Vec::new();
        if plan.benchmark_checksum.is_some_and(|sum| sum != seal::checksum(benchmark_yaml.as_bytes())) {
            damaged.push(format!(
                "{}: changed since the benchmark ran, so it may not say what the units are; run the benchmark again to \
                 write it anew",
                path.display()
            ));
        }
        let mut optimizers: Vec<Arc<OptimizerRecord>> = Vec::new();
        for unit in plan.units {
            let record = match self.stored(&unit.hash) {
                // A plan that was only partly run (`--only`, or interrupted) is read as far as it goes.
                Stored::Missing => continue,
                Stored::Damaged(reason) => {
                    damaged.push(Damage { unit, reason }.to_string());
                    continue;
                }
                Stored::Whole(record) => *record,
            };
            let mut result = match self.read_unit(record) {
                Ok(result) => result,
                Err(error) => {
                    damaged.push(Damage { unit, reason: error.to_string() }.to_string());
                    continue;
                }
            };
            result.record.reference = plan.references.get(&unit.problem).copied();
            share(&mut result.record.used, &mut optimizers);
            result.record.problem = unit.problem;
            result.record.optimizer = unit.optimizer;
            result.record.config = unit.config;
            units.push(result);
        }
        let timing = self.apply_timing(&mut units);
        let references = self.references().unwrap_or_else(|reason| {
            damaged.push(format!("the references are left out, which the next run finds again: {reason}"));
            Vec::new()
        });
        let results = Results {
            name: plan.benchmark,
            question: plan.question,
            benchmark_yaml,
            analysis,
            units,
            references,
            timing,
        };
        Ok((results, damaged))
    }

    fn read_plan(&self) -> Result<PlanFile, ResultsError> {
        let path = self.root().join("plan.json");
        let text = fs::read_to_string(&path).map_err(ResultsError::io(&path))?;
        seal::read(&text, SCHEMA).map_err(|reason| ResultsError::NotResults {
            path,
            reason: format!("the plan cannot be used: {reason}; run the benchmark again to write it anew"),
        })
    }

    /// The folder that relative paths of the benchmark are relative to, as it was when the benchmark ran.
    ///
    /// # Errors
    ///
    /// The plan is missing or damaged.
    pub fn base_dir(&self) -> Result<PathBuf, ResultsError> {
        Ok(self.read_plan()?.base_dir)
    }
}
