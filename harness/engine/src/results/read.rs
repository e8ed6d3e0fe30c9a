//! Reading a results folder back, whole, in plan order.

use std::collections::BTreeMap;
use std::fs;

use serde::Deserialize;

use super::folder::{ResultsError, ResultsFolder};
use super::record::Results;
use crate::plan::Unit;

#[derive(Deserialize)]
struct PlanFile {
    benchmark: String,
    question: String,
    #[serde(default)]
    references: BTreeMap<String, f64>,
    units: Vec<Unit>,
}

impl ResultsFolder {
    /// Reads every finished unit of the plan. Labels, settings and references are those of the plan: they may have
    /// changed since a unit ran.
    ///
    /// # Errors
    ///
    /// The plan or a unit is missing or damaged.
    pub fn read(&self) -> Result<Results, ResultsError> {
        let path = self.root().join("plan.json");
        let text = fs::read_to_string(&path).map_err(ResultsError::io(&path))?;
        let plan: PlanFile = serde_json::from_str(&text)
            .map_err(|error| ResultsError::Damaged { path: path.clone(), reason: error.to_string() })?;
        let path = self.root().join("benchmark.yaml");
        let benchmark_yaml = fs::read_to_string(&path).map_err(ResultsError::io(&path))?;
        let mut units = Vec::with_capacity(plan.units.len());
        for unit in plan.units {
            // A plan that was only partly run (`--only`, or interrupted) is read as far as it goes.
            if self.record(&unit.hash).is_none() {
                continue;
            }
            let mut result = self.read_unit(&unit.hash)?;
            result.record.reference = plan.references.get(&unit.problem).copied();
            result.record.problem = unit.problem;
            result.record.optimizer = unit.optimizer;
            result.record.config = unit.config;
            units.push(result);
        }
        Ok(Results { name: plan.benchmark, question: plan.question, benchmark_yaml, units })
    }
}
