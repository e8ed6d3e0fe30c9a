//! EM's surrogate `Q(phi | theta)`, with the responsibilities of the last E-step.

use crate::error::ModelError;
use crate::families::with_experts;
use crate::likelihood::mean_pass;
use crate::objective::Objective;
use crate::panel::Rows;
use crate::rows::{Mixture, Task};

impl Objective {
    /// `Q(phi | theta)`, the ridge included, where theta is that of the last E-step:
    /// `-1/n sum_x sum_z r_z [log p(z | x; phi) + log p(y | x, z; phi)] + ridge/2 |phi|^2`.
    pub fn surrogate(&mut self, phi: &[f64]) -> Result<f64, ModelError> {
        self.check_responsibilities()?;
        self.cost.value();
        Ok(self.surrogate_pass(phi, None) + self.ridge_value(phi))
    }

    /// `Q(phi | theta)` and its gradient with respect to phi. At phi = theta the gradient is that
    /// of L (Fisher's identity).
    pub fn surrogate_gradient(&mut self, phi: &[f64], grad: &mut [f64]) -> Result<f64, ModelError> {
        self.check_responsibilities()?;
        self.check_dim(grad);
        self.cost.gradient(1.0);
        let value = self.surrogate_pass(phi, Some(grad));
        self.add_ridge_gradient(phi, grad);
        Ok(value + self.ridge_value(phi))
    }

    pub(crate) fn check_responsibilities(&self) -> Result<(), ModelError> {
        if self.has_responsibilities && !self.is_blended { Ok(()) } else { Err(ModelError::NoEStep) }
    }

    fn surrogate_pass(&mut self, phi: &[f64], grad: Option<&mut [f64]>) -> f64 {
        self.check_dim(phi);
        self.sigmas.refresh(&self.model, phi);
        let columns = self.model.shape().noise_offset();
        let (k, scale) = (self.model.experts(), 1.0 / self.data.n() as f64);
        let task = Task::Surrogate(&self.responsibilities, grad.is_some());
        with_experts!(self.model, self.data, &self.sigmas, |experts| {
            let kernel = Mixture { experts, k, task };
            mean_pass(&mut self.panel, &self.data, Rows::All, &phi[..columns], grad, &mut [], &kernel, scale)
        })
    }
}
