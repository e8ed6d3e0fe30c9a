//! A problem made ready for one seed: rows split and prepared, the model checked, the start drawn.
//!
//! Everything here is a function of problem and seed alone, so that all optimizers see the same.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use harness_datasets::{Matrix, Prepared, Task, stream};
use harness_models::{BlockKind, Data, Family, Model, ModelError, Target};
use rand_distr::{Distribution, StandardNormal};
use rand_pcg::Pcg64;

use crate::results::{DataRecord, ModelRecord};
use crate::spec::{Places, Problem, SpecError, Start};

/// Why a problem cannot be made ready.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProblemError {
    /// The data cannot be had or used.
    #[error("problem `{problem}`: {source}")]
    Data {
        /// The problem.
        problem: String,
        /// Why.
        source: Box<harness_datasets::DataError>,
    },
    /// The data are not those that the plan was made with.
    #[error(
        "the data of problem `{problem}` have changed since the run began: put them back, or run again with what they are now"
    )]
    Changed {
        /// The problem.
        problem: String,
    },
    /// The model does not fit the data.
    #[error("problem `{problem}`: {source}")]
    Model {
        /// The problem.
        problem: String,
        /// Why.
        source: ModelError,
    },
    /// The start cannot be had.
    #[error("problem `{problem}`: start: {reason}")]
    Start {
        /// The problem.
        problem: String,
        /// Why.
        reason: String,
    },
}

impl ProblemError {
    /// Whether a file of the data is to blame: missing, unreadable, or not what it should be.
    pub(crate) fn is_of_a_file(&self) -> bool {
        match self {
            ProblemError::Changed { .. } => true,
            ProblemError::Data { source, .. } => matches!(**source, harness_datasets::DataError::File(_)),
            _ => false,
        }
    }

    /// The same with the line of the benchmark file that it is about, where it is about one.
    pub fn located(&self, places: &Places) -> Option<SpecError> {
        match self {
            ProblemError::Data { problem, source } => places.of_data(problem, source),
            ProblemError::Model { problem, source } => places.of_model(problem, source),
            ProblemError::Changed { .. } | ProblemError::Start { .. } => None,
        }
    }

    /// What to do about it, where that is known.
    pub fn help(&self) -> Option<String> {
        match self {
            ProblemError::Data { source, .. } => source.help(),
            _ => None,
        }
    }
}

/// A problem for one seed.
#[derive(Debug)]
pub(crate) struct PreparedProblem {
    pub(crate) model: Arc<Model>,
    pub(crate) train: Arc<Data>,
    pub(crate) test: Option<Arc<Data>>,
    /// The truth in θ's order, where the data are synthetic and the model can hold it.
    pub(crate) truth: Option<Vec<f64>>,
    pub(crate) start: Vec<f64>,
    pub(crate) start_hash: String,
    pub(crate) has_intercept: bool,
    pub(crate) data_record: DataRecord,
    pub(crate) model_record: ModelRecord,
}

/// What a model family predicts.
pub(crate) fn task_of(family: Family) -> Task {
    if family.is_classification() { Task::Classification } else { Task::Regression }
}

/// Loads the data of a problem, splits and prepares them. `planned` is the hash that they must have.
pub(crate) fn load(
    problem: &Problem,
    seed: u64,
    base_dir: &Path,
    planned: Option<&str>,
) -> Result<Prepared, ProblemError> {
    let data_error = |source| ProblemError::Data { problem: problem.name.clone(), source: Box::new(source) };
    let mut rng = stream(&problem.name, seed, "data");
    let task = task_of(problem.model.family);
    let table = harness_datasets::load(&problem.dataset, task, base_dir, &mut rng).map_err(data_error)?;
    if planned.is_some_and(|planned| planned != table.hash) {
        return Err(ProblemError::Changed { problem: problem.name.clone() });
    }
    let draw = harness_datasets::Draw::new(&problem.name, seed);
    harness_datasets::prepare(table, &problem.dataset, &draw).map_err(data_error)
}

/// Builds the model of loaded data and draws the start.
pub(crate) fn prepare(
    problem: &Problem,
    seed: u64,
    base_dir: &Path,
    prepared: Prepared,
) -> Result<PreparedProblem, ProblemError> {
    let model_error = |source| ProblemError::Model { problem: problem.name.clone(), source };
    let (n_train, d) = (prepared.train.n, prepared.train.d);
    let n_test = prepared.test.as_ref().map_or(0, |part| part.n);
    let rows_hash = hash_rows(&prepared.train);
    let train = Arc::new(to_data(prepared.train).map_err(model_error)?);
    let test = prepared.test.map(to_data).transpose().map_err(model_error)?.map(Arc::new);
    let model = Model::new(&problem.model, d, train.n_classes(), n_train).map_err(model_error)?;

    let n_log_sigmas = model
        .layout()
        .blocks
        .iter()
        .filter(|block| block.kind == BlockKind::Noise)
        .map(harness_models::Block::len)
        .sum();
    let truth = prepared
        .truth
        .filter(|truth| truth.family == model.family().as_str())
        .map(|truth| truth.theta(n_log_sigmas))
        .filter(|theta| theta.len() == model.dim());
    let start = draw_start(problem, seed, base_dir, &model, truth.as_deref())
        .and_then(|start| check_finite(start, &model))
        .map_err(|reason| ProblemError::Start { problem: problem.name.clone(), reason })?;
    Ok(PreparedProblem {
        start_hash: hash_numbers(&start),
        start,
        truth,
        has_intercept: problem.dataset.intercept,
        data_record: DataRecord {
            dataset: prepared.name,
            hash: prepared.hash,
            n_train,
            n_test,
            d,
            columns: prepared.columns,
            dropped: prepared.dropped,
            rows_hash,
        },
        model_record: ModelRecord {
            family: model.family().as_str().to_owned(),
            experts: model.experts(),
            classes: model.n_classes(),
            dim: model.dim(),
            ridge: model.ridge(),
        },
        model: Arc::new(model),
        train,
        test,
    })
}

fn to_data(part: harness_datasets::Part) -> Result<Data, ModelError> {
    let target = match part.target {
        harness_datasets::Target::Real(values) => Target::Real(values),
        harness_datasets::Target::Classes { labels, names } => Target::Classes { labels, n_classes: names.len() },
    };
    match part.x {
        Matrix::F64(x) if x.is_mapped() => Data::shared(Arc::new(x), part.n, part.d, target),
        Matrix::F64(x) => Data::new(x.into_vec(), part.n, part.d, target),
        Matrix::F32(x) => Data::narrow(Arc::new(x), part.n, part.d, target),
    }
}

fn check_finite(start: Vec<f64>, model: &Model) -> Result<Vec<f64>, String> {
    let Some(i) = start.iter().position(|parameter| !parameter.is_finite()) else { return Ok(start) };
    let block = model.layout().blocks.iter().find(|block| block.range().contains(&i));
    let block = block.map_or("", |block| block.name.as_str());
    Err(format!("parameter {i} (block `{block}`) is {}: use a smaller scale", start[i]))
}

/// Gate and experts from N(0, scale²), the noise as the model states it.
pub(crate) fn gaussian_start(model: &Model, scale: f64, rng: &mut Pcg64) -> Vec<f64> {
    let mut theta = vec![0.0; model.dim()];
    for block in &model.layout().blocks {
        for parameter in &mut theta[block.range()] {
            *parameter = match block.kind {
                BlockKind::Gate | BlockKind::Expert => scale * standard_normal(rng),
                BlockKind::Noise => model.sigma().ln(),
            };
        }
    }
    theta
}

fn draw_start(
    problem: &Problem,
    seed: u64,
    base_dir: &Path,
    model: &Model,
    truth: Option<&[f64]>,
) -> Result<Vec<f64>, String> {
    let mut rng = stream(&problem.name, seed, "start");
    match &problem.start {
        Start::Gaussian { scale } => Ok(gaussian_start(model, *scale, &mut rng)),
        Start::File { path } => read_start(&base_dir.join(path), model),
        Start::TruthOffset { gate, experts } => {
            let truth = truth.ok_or(
                "`truth_offset` needs a synthetic dataset whose truth the model can hold \
                 (same family and number of experts, no standardized target)",
            )?;
            let mut theta = truth.to_vec();
            let n_gate = model
                .layout()
                .blocks
                .iter()
                .filter(|b| b.kind == BlockKind::Gate)
                .map(harness_models::Block::len)
                .sum();
            let n_noise: usize = model
                .layout()
                .blocks
                .iter()
                .filter(|b| b.kind == BlockKind::Noise)
                .map(harness_models::Block::len)
                .sum();
            let n_location = theta.len() - n_noise;
            offset(&mut theta[..n_gate], *gate, &mut rng);
            offset(&mut theta[n_gate..n_location], *experts, &mut rng);
            theta[n_location..].fill(model.sigma().ln());
            Ok(theta)
        }
    }
}

/// Moves a vector by `relative` times its norm in a random direction.
fn offset(vector: &mut [f64], relative: f64, rng: &mut Pcg64) {
    let norm = |values: &[f64]| values.iter().map(|v| v * v).sum::<f64>().sqrt();
    let direction: Vec<f64> = vector.iter().map(|_| standard_normal(rng)).collect();
    let scale = relative * norm(vector) / norm(&direction);
    for (value, component) in vector.iter_mut().zip(&direction) {
        *value += scale * component;
    }
}

fn standard_normal(rng: &mut Pcg64) -> f64 {
    StandardNormal.sample(rng)
}

fn read_start(path: &PathBuf, model: &Model) -> Result<Vec<f64>, String> {
    let shown = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{shown}: cannot be read: {error}"))?;
    let mut theta = Vec::with_capacity(model.dim());
    for (i, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let number: f64 = line
            .trim()
            .parse()
            .ok()
            .filter(|number: &f64| number.is_finite())
            .ok_or_else(|| format!("{shown}:{}: a finite number expected, found `{}`", i + 1, line.trim()))?;
        theta.push(number);
    }
    if theta.len() != model.dim() {
        let blocks: Vec<String> =
            model.layout().blocks.iter().map(|b| format!("{} {}×{}", b.name, b.rows, b.cols)).collect();
        return Err(format!(
            "{shown}: {} numbers, {} needed, one per line: {}",
            theta.len(),
            model.dim(),
            blocks.join(", ")
        ));
    }
    Ok(theta)
}

/// Hash of the exact bits of some numbers.
pub(crate) fn hash_numbers(numbers: &[f64]) -> String {
    let mut hasher = blake3::Hasher::new();
    for number in numbers {
        hasher.update(&number.to_le_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// Hash of all that the data contribute to the objective: columns and target.
fn hash_rows(part: &harness_datasets::Part) -> String {
    // In blocks: hashing eight bytes at a time is many times slower.
    const BLOCK: usize = 8192;
    let mut hasher = blake3::Hasher::new();
    let mut add = |block: &[f64]| {
        hasher.update(&block.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<u8>>());
    };
    match &part.x {
        Matrix::F64(x) => x.chunks(BLOCK).for_each(&mut add),
        Matrix::F32(x) => {
            x.chunks(BLOCK).for_each(|block| add(&block.iter().map(|&v| v.into()).collect::<Vec<f64>>()));
        }
    }
    match &part.target {
        harness_datasets::Target::Real(values) => values.chunks(BLOCK).for_each(&mut add),
        harness_datasets::Target::Classes { labels, .. } => {
            add(&labels.iter().map(|label| f64::from(*label)).collect::<Vec<f64>>());
        }
    }
    hasher.finalize().to_hex().as_str()[..32].to_owned()
}
