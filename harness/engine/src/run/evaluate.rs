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
    /// The gradient that `gradient` has replaced.
    gradient_before: Vec<f64>,
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
            gradient_before: vec![0.0; problem.model.dim()],
        })
    }

    pub(crate) fn measure(&mut self, theta: &[f64]) -> Measurement {
        std::mem::swap(&mut self.gradient, &mut self.gradient_before);
        Measurement {
            train: evaluate(&mut self.train, theta, &mut self.gradient),
            test: self.test.as_mut().map(|objective| test_metrics(objective, theta)),
            errors: self.truth.as_ref().map(|truth| align::errors(self.train.model(), theta, truth)),
        }
    }

    /// Derivatives of the objective along a step between the last two iterates that were measured, at its two ends.
    pub(crate) fn slopes(&self, step: &[f64]) -> (f64, f64) {
        let along = |gradient: &[f64]| gradient.iter().zip(step).map(|(slope, part)| slope * part).sum();
        (along(&self.gradient_before), along(&self.gradient))
    }
}
