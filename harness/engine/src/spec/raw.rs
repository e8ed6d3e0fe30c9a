//! A benchmark file as it is written: the types that the file is read with and that its JSON Schema is made from.
//!
//! The doc comments here are the descriptions that an editor shows.

use std::marker::PhantomData;
use std::path::PathBuf;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, IgnoredAny};

use super::analysis::AnalysisOptions;
use super::scalar::{Count, Memory, NotNegative, Positive, RawSeeds};

/// The JSON Schema of a benchmark file, for editors.
pub fn json_schema() -> serde_json::Value {
    SchemaGenerator::default().into_root_schema_for::<RawBenchmark>().to_value()
}

/// A benchmark: problems × optimizers × seeds.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename = "benchmark")]
pub(super) struct RawBenchmark {
    /// Name of the benchmark and of its folder of results; the name of the file if there is none.
    #[serde(default)]
    pub(super) name: Option<String>,
    /// How many seeds, from 0, or a list of them.
    pub(super) seeds: RawSeeds,
    /// What ends a run: whichever of these is used up first.
    #[serde(default)]
    pub(super) budget: RawBudget,
    /// Hard limits of a run; beyond them it counts as failed.
    #[serde(default)]
    pub(super) limit: RawLimit,
    /// When a run is good enough; nothing else stops it before its budget.
    #[serde(default)]
    pub(super) stop: RawStop,
    /// What is kept of a run beyond its trace.
    #[serde(default)]
    pub(super) record: RawRecord,
    /// How the report judges: targets, intervals, tests; changes nothing that runs.
    #[serde(default)]
    pub(super) analysis: AnalysisOptions,
    /// What the optimizers work on.
    #[expect(dead_code, reason = "read item by item; here for the schema")]
    problems: ReadApart<RawProblem>,
    /// The optimizers to compare: a name, or a mapping with `use` and hyper-parameters.
    #[expect(dead_code, reason = "read item by item; here for the schema")]
    optimizers: ReadApart<RawOptimizer>,
}

/// The allowances of a run.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename = "budget")]
pub(super) struct RawBudget {
    /// Steps of the optimizer (1000).
    pub(super) iterations: Option<Count>,
    /// Machine-free cost: one value and gradient of all rows is 1 pass.
    pub(super) passes: Option<Positive>,
    /// Seconds on the clock.
    pub(super) seconds: Option<Positive>,
}

/// The hard limits of a run.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename = "limit")]
pub(super) struct RawLimit {
    /// Wall-clock seconds; status `timeout`.
    pub(super) seconds: Option<Positive>,
    /// Bytes, or a text such as `2GB`; status `crashed`.
    pub(super) memory: Option<Memory>,
}

/// The stopping rule.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename = "stop")]
pub(super) struct RawStop {
    /// Stop where the norm of the gradient is at most this.
    pub(super) grad_norm: Option<Positive>,
    /// Stop where the objective is at most this.
    pub(super) target: Option<f64>,
}

/// What is kept of a run beyond its trace.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename = "record")]
pub(super) struct RawRecord {
    /// Every iterate, from 0 (false).
    pub(super) theta: bool,
}

/// A problem: a dataset, a model and a start.
#[derive(Debug, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename = "problem")]
pub(super) struct RawProblem {
    /// Name of the problem.
    pub(super) name: String,
    /// The data.
    pub(super) dataset: harness_datasets::Options,
    /// The likelihood.
    pub(super) model: harness_models::ModelOptions,
    /// Where all optimizers begin; gaussian if there is none.
    #[serde(default)]
    pub(super) start: RawStart,
    /// The least value of the objective, where it is known.
    #[serde(default)]
    pub(super) reference: Option<f64>,
    /// Paths and lists of values, such as `dataset.beta_norm: [0.5, 1, 2]`: one problem for each combination.
    #[serde(default)]
    #[schemars(with = "std::collections::BTreeMap<String, Vec<serde_json::Value>>")]
    #[expect(dead_code, reason = "expanded before the problem is read; here for the schema")]
    sweep: Option<IgnoredAny>,
}

/// The start of a problem.
#[derive(Debug, Default, serde::Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default, rename = "start")]
pub(super) struct RawStart {
    /// The kind of start (gaussian).
    pub(super) kind: StartKind,
    /// `gaussian`: standard deviation of gate and experts (0.5).
    pub(super) scale: Option<Positive>,
    /// `file`: a text file with one number per line, in the order of theta; relative to the benchmark file.
    pub(super) path: Option<PathBuf>,
    /// `truth_offset`: distance of the gate from the truth, relative to the truth's norm (0.85).
    pub(super) gate: Option<NotNegative>,
    /// `truth_offset`: distance of the experts from the truth, relative to the truth's norm (1.1).
    pub(super) experts: Option<NotNegative>,
}

/// Kinds of starts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case", rename = "start_kind")]
pub(super) enum StartKind {
    /// Gate and experts drawn from N(0, scale²).
    #[default]
    Gaussian,
    /// Numbers from a file.
    File,
    /// The truth of a synthetic dataset, moved in a random direction.
    TruthOffset,
}

impl StartKind {
    /// The word in the file.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            StartKind::Gaussian => "gaussian",
            StartKind::File => "file",
            StartKind::TruthOffset => "truth_offset",
        }
    }
}

/// A list that is read item by item, so that the errors of all items are found.
#[derive(Debug)]
pub(super) struct ReadApart<T>(PhantomData<T>);

impl<'de, T> Deserialize<'de> for ReadApart<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::<IgnoredAny>::deserialize(deserializer).map(|_| ReadApart(PhantomData))
    }
}

impl<T: JsonSchema> JsonSchema for ReadApart<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("list of {}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let items = generator.subschema_for::<T>();
        json_schema!({ "type": "array", "minItems": 1, "items": items })
    }
}

/// An optimizer as written, for the schema; [`super::optimizer_entry`] reads it.
#[derive(Debug)]
pub(super) struct RawOptimizer;

impl JsonSchema for RawOptimizer {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "optimizer".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "description": "An optimizer: its name, or a mapping with `use` and hyper-parameters.",
            "anyOf": [
                { "type": "string", "description": "The optimizer's name; `harness list optimizers` shows them." },
                {
                    "type": "object",
                    "required": ["use"],
                    "properties": {
                        "use": {
                            "type": "string",
                            "description": "The optimizer's name; `harness list optimizers` shows them."
                        },
                        "label": { "type": "string", "description": "Its name in the report." },
                        "grid": {
                            "type": "object",
                            "description": "Hyper-parameters with lists of values: one configuration for each combination.",
                            "additionalProperties": {
                                "type": "array",
                                "minItems": 1,
                                "items": { "type": ["number", "boolean", "string"] }
                            }
                        }
                    },
                    "additionalProperties": {
                        "type": ["number", "boolean", "string", "null"],
                        "description": "A hyper-parameter of the optimizer."
                    }
                }
            ]
        })
    }
}
