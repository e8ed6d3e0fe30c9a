//! What a benchmark file means once everything is checked: the types that the rest of the engine works with.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::analysis::AnalysisOptions;
use crate::plugins::ParamValue;

/// A checked benchmark: every default filled in, every sweep and grid expanded.
#[derive(Debug, Clone, PartialEq)]
pub struct Benchmark {
    /// Name, fit for a folder: ASCII letters, digits, `.`, `_`, `-` and `+`.
    pub name: String,
    /// The comment at the head of the file; paragraphs are separated by an empty line.
    pub question: String,
    /// One run of every problem and optimizer for each of these.
    pub seeds: Vec<u64>,
    /// What ends a run without failure.
    pub budget: Budget,
    /// What ends a run as a failure.
    pub limit: Limit,
    /// When a run is good enough.
    pub stop: Stop,
    /// What is kept of a run beyond the trace.
    pub record: RecordOptions,
    /// How the report judges.
    pub analysis: AnalysisOptions,
    /// Problems in file order, swept ones expanded; names are distinct.
    pub problems: Vec<Problem>,
    /// Optimizer configurations in file order, grids expanded; pairs of label and config are distinct.
    pub optimizers: Vec<OptimizerConfig>,
    /// What relative paths are relative to: the folder of the file.
    pub base_dir: PathBuf,
}

/// The allowances of a run; whichever ends first ends it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Budget {
    /// Steps.
    pub iterations: u64,
    /// Machine-free cost, if bounded.
    pub passes: Option<f64>,
    /// Seconds on the clock, if bounded.
    pub seconds: Option<f64>,
}

impl Default for Budget {
    fn default() -> Self {
        Budget { iterations: 1000, passes: None, seconds: None }
    }
}

/// The hard limits of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Limit {
    /// Wall-clock seconds, evaluation included.
    pub seconds: Option<f64>,
    /// Bytes of memory.
    pub memory: Option<u64>,
}

/// The stopping rule; nothing stops a run early unless one of these is set.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct Stop {
    /// Stop where the gradient's norm is at most this.
    pub grad_norm: Option<f64>,
    /// Stop where the objective is at most this.
    pub target: Option<f64>,
}

/// What is kept of a run beyond the trace.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordOptions {
    /// Every iterate, from 0.
    pub theta: bool,
}

/// A dataset, a model and a start.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// Name, with the swept values if there are any: `snr[beta_norm=0.5]`.
    pub name: String,
    /// The dataset, its defaults filled in.
    pub dataset: harness_datasets::Options,
    /// The model, its defaults filled in.
    pub model: harness_models::ModelOptions,
    /// Where all optimizers begin.
    pub start: Start,
    /// A known least value of the objective.
    pub reference: Option<f64>,
    /// The swept values of this problem: path in the file, such as `dataset.beta_norm`, and value as YAML text.
    pub sweep: Vec<(String, String)>,
}

/// Where the optimizers of a problem begin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Start {
    /// Gate and experts drawn from N(0, scale²).
    Gaussian {
        /// Standard deviation.
        scale: f64,
    },
    /// A text file with one number per line, in the order of θ.
    File {
        /// The file, relative to the benchmark's folder.
        path: PathBuf,
    },
    /// The truth of a synthetic dataset, moved in a random direction.
    TruthOffset {
        /// Distance of the gate from the truth, relative to the truth's norm.
        gate: f64,
        /// Distance of the experts from the truth, relative to the truth's norm.
        experts: f64,
    },
}

impl Default for Start {
    fn default() -> Self {
        Start::Gaussian { scale: 0.5 }
    }
}

/// An optimizer with all its hyper-parameters set.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct OptimizerConfig {
    /// The optimizer's name in its plugin.
    pub use_name: String,
    /// Name in the report: `label`, or else the optimizer's name.
    pub label: String,
    /// What tells this apart from the others of its label: `step=0.1`; empty if there is no other.
    pub config: String,
    /// Every declared hyper-parameter in the plugin's order, `None` where it stays unset; then, for an optimizer that
    /// takes free options, those by name.
    pub params: Vec<(String, Option<ParamValue>)>,
    /// Those that the file gives, by its grid or directly.
    pub given: BTreeMap<String, ParamValue>,
    /// What relative paths of files among them are relative to.
    pub base_dir: PathBuf,
}
