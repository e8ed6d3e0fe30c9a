//! Measuring an iterate for the record, off the clock, with an objective of its own: nothing that a measurement computes
//! can be of use to the optimizer.

use std::sync::Arc;

use harness_models::{Evaluation, ModelError, Objective, TestMetrics, align, evaluate, test_metrics};

use super::problem::PreparedProblem;

/// Everything that is measured of one iterate.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measurement {
    pub(crate) train: Evaluation,
    pub(crate) test: Option<TestMetrics>,
    /// Errors of gate and experts against the truth.
    pub(crate) errors: Option<(f64, f64)>,
}

pub(crate) struct Evaluator {
    train: Objective,
    test: Option<Objective>,
    truth: Option<Vec<f64>>,
    gradient: Vec<f64>,
}

impl Evaluator {
    pub(crate) fn new(problem: &PreparedProblem, threads: usize) -> Result<Self, ModelError> {
        let objective = |data| {
            let mut objective = Objective::new(Arc::clone(&problem.model), Arc::clone(data))?;
            objective.set_threads(threads);
            Ok::<_, ModelError>(objective)
        };
        Ok(Self {
            train: objective(&problem.train)?,
            test: problem.test.as_ref().map(objective).transpose()?,
            truth: problem.truth.clone(),
            gradient: vec![0.0; problem.model.dim()],
        })
    }

    pub(crate) fn measure(&mut self, theta: &[f64]) -> Measurement {
        Measurement {
            train: evaluate(&mut self.train, theta, &mut self.gradient),
            test: self.test.as_mut().map(|objective| test_metrics(objective, theta)),
            errors: self.truth.as_ref().map(|truth| align::errors(self.train.model(), theta, truth)),
        }
    }
}
