//! A model with its data and the workspace of every operation on them.

use std::sync::Arc;

use crate::cost::{Cost, Prices};
use crate::data::Data;
use crate::error::ModelError;
use crate::least_squares::LeastSquares;
use crate::model::Model;
use crate::noise::{Moments, Sigmas};
use crate::options::Family;
use crate::panel::Panel;
use crate::softmax_regression::{SoftmaxSolver, is_dense};
use crate::unit_gram::UnitGram;

/// What optimizers minimise: the likelihood of a model on data, with everything EM and mirror
/// descent need of it.
///
/// All buffers are allocated at construction; operations allocate nothing. Every operation charges
/// its price to [`Objective::cost`].
///
/// # Panics
///
/// Operations panic where theta, a gradient or a direction does not have [`Model::dim`] values.
pub struct Objective {
    pub(crate) model: Arc<Model>,
    pub(crate) data: Arc<Data>,
    pub(crate) cost: Cost,
    pub(crate) prices: Prices,
    pub(crate) panel: Panel,
    pub(crate) row: RowBuffers,
    pub(crate) sigmas: Sigmas,
    pub(crate) moments: Moments,
    pub(crate) solver: SoftmaxSolver,
    pub(crate) least_squares: LeastSquares,
    pub(crate) unit_gram: UnitGram,
    /// Posterior of each row, n by k row-major, of the last E-step.
    pub(crate) responsibilities: Vec<f64>,
    pub(crate) has_responsibilities: bool,
    /// Whether they are statistics blended from parts of the rows: each row then weighs their sum.
    pub(crate) is_blended: bool,
    /// Posteriors of a part of the rows, on their way there.
    pub(crate) fresh: Vec<f64>,
    /// The mirror step's weights V, of the same shape.
    pub(crate) mirror_weights: Vec<f64>,
    /// The part of V that comes from the posterior, and the old means: for variances.
    pub(crate) mirror_posterior: Vec<f64>,
    pub(crate) mirror_means: Vec<f64>,
    /// Linear terms of all columns, d by m column-major.
    pub(crate) linear: Vec<f64>,
    /// The step under construction; theta is replaced only when all of it succeeded.
    pub(crate) next: Vec<f64>,
}

/// Buffers of one row's work.
pub(crate) struct RowBuffers {
    pub(crate) log_pi: Vec<f64>,
    pub(crate) log_density: Vec<f64>,
    pub(crate) pi: Vec<f64>,
    pub(crate) r: Vec<f64>,
    pub(crate) change: Vec<f64>,
    /// As many values as the experts have logits.
    pub(crate) targets: Vec<f64>,
    /// As many values as theta has standard deviations.
    pub(crate) noise: Vec<f64>,
}

impl RowBuffers {
    fn new(model: &Model) -> Self {
        let (shape, k) = (model.shape(), model.experts());
        let zeros = || vec![0.0; k];
        Self {
            log_pi: zeros(),
            log_density: zeros(),
            pi: zeros(),
            r: zeros(),
            change: zeros(),
            targets: vec![0.0; shape.columns() - shape.gate_columns],
            noise: vec![0.0; shape.noise],
        }
    }
}

impl Objective {
    /// Joins a model with data of the shape it was made for. The number of rows is free, so that
    /// test rows make an objective too.
    pub fn new(model: Arc<Model>, data: Arc<Data>) -> Result<Self, ModelError> {
        model.check_data(&data)?;
        let shape = model.shape();
        let (n, d, k) = (data.n(), data.d(), model.experts());
        let family = model.family();
        let mut regressions = vec![shape.gate_columns];
        if family.is_classification() {
            regressions.push(shape.expert_columns);
        }
        let is_large = regressions.iter().any(|columns| !is_dense(d, *columns));
        let needs_gram = !family.is_classification() || is_large;
        let has_variances = family == Family::Linear && model.noise().is_estimated();
        let has_mirror_weights = !family.is_symmetric();
        let rows_if = |condition: bool| vec![0.0; if condition { n * k } else { 0 }];
        Ok(Self {
            cost: Cost::default(),
            prices: Prices::new(d, shape.columns()),
            panel: Panel::new(&data, shape.columns(), k, shape.noise),
            row: RowBuffers::new(&model),
            sigmas: Sigmas::new(k),
            moments: Moments::new(k),
            solver: SoftmaxSolver::new(&data, &regressions),
            least_squares: LeastSquares::new(if family.is_classification() { 0 } else { d }, k),
            unit_gram: UnitGram::new(if needs_gram { d } else { 0 }),
            responsibilities: rows_if(true),
            has_responsibilities: false,
            is_blended: false,
            fresh: Vec::new(),
            mirror_weights: rows_if(has_mirror_weights),
            mirror_posterior: rows_if(has_variances),
            mirror_means: rows_if(has_variances),
            linear: vec![0.0; d * shape.columns()],
            next: vec![0.0; model.dim()],
            model,
            data,
        })
    }

    /// The model.
    pub fn model(&self) -> &Arc<Model> {
        &self.model
    }

    /// The data.
    pub fn data(&self) -> &Arc<Data> {
        &self.data
    }

    /// How many threads large passes may use; 1 at first. Results are the same, bit for bit.
    pub fn set_threads(&mut self, threads: usize) {
        self.panel.set_threads(threads, self.data.d(), self.model.experts());
    }

    /// What was charged so far.
    pub fn cost(&self) -> Cost {
        self.cost
    }

    /// The posterior of the last E-step, n by k row-major; the symmetric families have z = +1
    /// first, then z = -1. All zero before the first E-step.
    pub fn responsibilities(&self) -> &[f64] {
        &self.responsibilities
    }

    /// Whether there was an E-step yet, so that there are responsibilities.
    pub fn has_responsibilities(&self) -> bool {
        self.has_responsibilities
    }

    #[track_caller]
    pub(crate) fn check_dim(&self, vector: &[f64]) {
        assert_eq!(vector.len(), self.model.dim(), "a vector has not the dimension of theta");
    }

    /// Divides the linear terms by n and leaves them in `self.linear`.
    pub(crate) fn average_linear(&mut self) {
        let scale = 1.0 / self.data.n() as f64;
        for value in &mut self.linear {
            *value *= scale;
        }
    }
}

/// The solver's workplace from an objective's fields, which stay borrowable one by one.
macro_rules! bench {
    ($objective:expr) => {
        crate::softmax_regression::Bench {
            panel: &mut $objective.panel,
            cost: &mut $objective.cost,
            prices: $objective.prices,
            unit_gram: &mut $objective.unit_gram,
        }
    };
}
pub(crate) use bench;
