//! What is recorded of an iterate: objective and gradient norm on training rows, predictions on
//! test rows.

use crate::families::{Experts, Prediction, gate, with_experts};
use crate::objective::Objective;
use crate::panel::Rows;
use crate::sum::{Sum, norm};

/// The objective at a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evaluation {
    /// L, the ridge included.
    pub loss: f64,
    /// L without the ridge: mean negative log-likelihood, in nats per row.
    pub nll: f64,
    /// Euclidean norm of the gradient of L.
    pub grad_norm: f64,
}

/// How well the mixture predicts rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TestMetrics {
    /// Mean negative log-likelihood, for classes the cross-entropy.
    pub nll: f64,
    /// Share of rows whose most probable class is theirs; ties go to the smaller class.
    pub accuracy: Option<f64>,
    /// Root mean squared error of the mixture's mean.
    pub rmse: Option<f64>,
}

/// Evaluates the objective; the gradient is left in `grad`. Charged as one value and gradient.
pub fn evaluate(objective: &mut Objective, theta: &[f64], grad: &mut [f64]) -> Evaluation {
    let (nll, loss) = objective.nll_gradient(theta, grad);
    Evaluation { loss, nll, grad_norm: norm(grad) }
}

/// Predictions on the rows of `objective`, made of the model and its test data. Charged as one
/// value.
pub fn test_metrics(objective: &mut Objective, theta: &[f64]) -> TestMetrics {
    objective.predictions(theta)
}

impl Objective {
    fn predictions(&mut self, theta: &[f64]) -> TestMetrics {
        self.check_dim(theta);
        self.cost.value();
        self.sigmas.refresh(&self.model, theta);
        let shape = self.model.shape();
        let columns = shape.noise_offset();
        let buffers = &mut self.row;
        let (mut loss, mut squares, mut n_correct) = (Sum::default(), Sum::default(), 0_usize);
        with_experts!(self.model, self.data, &self.sigmas, |experts| {
            self.panel.fused(&self.data, Rows::All, &theta[..columns], None, |row, logits| {
                let (gate_logits, expert_logits) = logits.split_at_mut(shape.gate_columns);
                gate::log_probabilities(gate_logits, &mut buffers.log_pi);
                experts.log_densities(row, expert_logits, &mut buffers.log_density);
                loss.add(-gate::posterior(&buffers.log_pi, &buffers.log_density, &mut buffers.r));
                for (pi, log_pi) in buffers.pi.iter_mut().zip(&buffers.log_pi) {
                    *pi = log_pi.exp();
                }
                match experts.predict(row, expert_logits, &buffers.pi) {
                    Prediction::Class { is_correct } => n_correct += usize::from(is_correct),
                    Prediction::Mean { error } => squares.add(error * error),
                }
            });
        });
        let n = self.data.n() as f64;
        let is_classification = self.model.family().is_classification();
        TestMetrics {
            nll: loss.value() / n,
            accuracy: is_classification.then(|| n_correct as f64 / n),
            rmse: (!is_classification).then(|| (squares.value() / n).sqrt()),
        }
    }
}
