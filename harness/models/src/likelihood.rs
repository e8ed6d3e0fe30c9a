//! The mean negative log-likelihood, its gradient and the E-step.

use crate::data::Data;
use crate::error::ModelError;
use crate::families::with_experts;
use crate::objective::Objective;
use crate::panel::{Panel, Rows};
use crate::rows::{Mixture, PanelExperts, Task};
use crate::sum::dot;

/// What a pass over the likelihood leaves behind beside its value.
enum Keep<'a> {
    Nothing,
    Responsibilities,
    /// The posteriors of these rows, elsewhere.
    Posteriors(&'a mut [f64]),
    Gradient(&'a mut [f64]),
}

impl Objective {
    /// `L(theta)`, the ridge included. NaN or infinite only where theta has overflowed.
    pub fn value(&mut self, theta: &[f64]) -> f64 {
        self.cost.value();
        self.likelihood(theta, Rows::All, Keep::Nothing) + self.ridge_value(theta)
    }

    /// `L(theta)` without the ridge.
    pub fn nll(&mut self, theta: &[f64]) -> f64 {
        self.cost.value();
        self.likelihood(theta, Rows::All, Keep::Nothing)
    }

    /// `L(theta)` and its gradient, the ridge included in both.
    pub fn value_gradient(&mut self, theta: &[f64], grad: &mut [f64]) -> f64 {
        self.nll_gradient(theta, grad).1
    }

    /// The value with and without ridge, and the gradient with it.
    pub(crate) fn nll_gradient(&mut self, theta: &[f64], grad: &mut [f64]) -> (f64, f64) {
        self.cost.gradient(1.0);
        self.check_dim(grad);
        let nll = self.likelihood(theta, Rows::All, Keep::Gradient(grad));
        self.add_ridge_gradient(theta, grad);
        (nll, nll + self.ridge_value(theta))
    }

    /// Value and gradient of a mini-batch: the mean over `rows` (repeated ones count repeatedly)
    /// plus the whole ridge.
    ///
    /// # Panics
    ///
    /// Where `rows` is empty or names a row that does not exist.
    pub fn value_gradient_rows(&mut self, theta: &[f64], rows: &[u32], grad: &mut [f64]) -> f64 {
        assert!(!rows.is_empty(), "a mini-batch has at least one row");
        self.cost.gradient(rows.len() as f64 / self.data.n() as f64);
        self.check_dim(grad);
        let nll = self.likelihood(theta, Rows::Subset(rows), Keep::Gradient(grad));
        self.add_ridge_gradient(theta, grad);
        nll + self.ridge_value(theta)
    }

    /// EM's E-step: keeps the posterior of every row and returns `L(theta)`, the ridge included.
    pub fn e_step(&mut self, theta: &[f64]) -> f64 {
        self.cost.e_step();
        let nll = self.likelihood(theta, Rows::All, Keep::Responsibilities);
        self.has_responsibilities = true;
        self.is_blended = false;
        nll + self.ridge_value(theta)
    }

    /// Moves the expected statistics towards those of some rows, `S <- (1 - weight) S + weight S(rows; theta)`,
    /// S a mean; the next M-step uses them, with every row weighing the sum of what is kept of it. An
    /// E-step, which must have come before, sets S to the statistics of all rows.
    ///
    /// The statistics are kept row by row, as weights of the experts: for linear experts that is the
    /// same as keeping sums, and for logistic ones, whose M-step no finite sums determine, it is what
    /// keeping them would mean.
    ///
    /// Reference: Cappé, Moulines, "On-line expectation-maximization algorithm for latent data models",
    /// JRSS B 71(3), 2009.
    ///
    /// # Panics
    ///
    /// Where `rows` is empty or names a row that does not exist.
    pub fn blend(&mut self, theta: &[f64], rows: &[u32], weight: f64) -> Result<(), ModelError> {
        assert!(!rows.is_empty(), "a mini-batch has at least one row");
        if !self.has_responsibilities {
            return Err(ModelError::NoEStep);
        }
        let share = rows.len() as f64 / self.data.n() as f64;
        self.cost.work(0.5 * share);
        let k = self.model.experts();
        let mut fresh = std::mem::take(&mut self.fresh);
        fresh.resize(rows.len() * k, 0.0);
        self.likelihood(theta, Rows::Subset(rows), Keep::Posteriors(&mut fresh));
        for kept in &mut self.responsibilities {
            *kept *= 1.0 - weight;
        }
        for (row, r) in rows.iter().zip(fresh.chunks_exact(k)) {
            let row = *row as usize;
            for (kept, r) in self.responsibilities[row * k..(row + 1) * k].iter_mut().zip(r) {
                *kept += weight / share * r;
            }
        }
        self.fresh = fresh;
        self.is_blended = true;
        Ok(())
    }

    pub(crate) fn ridge_value(&self, theta: &[f64]) -> f64 {
        match self.model.ridge() {
            0.0 => 0.0,
            ridge => 0.5 * ridge * dot(theta, theta),
        }
    }

    pub(crate) fn add_ridge_gradient(&self, theta: &[f64], grad: &mut [f64]) {
        let ridge = self.model.ridge();
        if ridge != 0.0 {
            crate::sum::axpy(ridge, theta, grad);
        }
    }

    /// One pass: the mean over `rows` of `-log sum_z p(y | x, z) p(z | x)`.
    fn likelihood(&mut self, theta: &[f64], rows: Rows<'_>, keep: Keep<'_>) -> f64 {
        self.check_dim(theta);
        self.sigmas.refresh(&self.model, theta);
        let columns = self.model.shape().noise_offset();
        let (task, gradient, kept): (_, _, &mut [f64]) = match keep {
            Keep::Nothing => (Task::Value, None, &mut []),
            Keep::Responsibilities => (Task::Responsibilities, None, &mut self.responsibilities),
            Keep::Posteriors(posteriors) => (Task::Responsibilities, None, posteriors),
            Keep::Gradient(gradient) => (Task::Gradient, Some(gradient), &mut []),
        };
        let scale = 1.0 / rows.count(&self.data) as f64;
        let k = self.model.experts();
        with_experts!(self.model, self.data, &self.sigmas, |experts| {
            let kernel = Mixture { experts, k, task };
            mean_pass(&mut self.panel, &self.data, rows, &theta[..columns], gradient, kept, &kernel, scale)
        })
    }
}

/// One pass over `rows`, its sums multiplied by `scale`: the loss, and the gradient with the noise's part.
#[expect(clippy::too_many_arguments, reason = "the fields of an objective, borrowed one by one")]
pub(crate) fn mean_pass<E: PanelExperts>(
    panel: &mut Panel,
    data: &Data,
    rows: Rows<'_>,
    weights: &[f64],
    mut gradient: Option<&mut [f64]>,
    kept: &mut [f64],
    kernel: &Mixture<'_, E>,
    scale: f64,
) -> f64 {
    let product = gradient.as_deref_mut().map(|gradient| &mut gradient[..weights.len()]);
    let totals = panel.pass(data, rows, weights, product, kept, kernel);
    if let Some(gradient) = gradient {
        gradient[weights.len()..].copy_from_slice(&totals.noise);
        for value in gradient {
            *value *= scale;
        }
    }
    totals.loss.value() * scale
}
