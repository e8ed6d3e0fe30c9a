//! The mirror map of the symmetric families, whose natural parameters are linear in theta.
//!
//! With `a = x' w` and `b = x' beta`: `A(theta) = mean[b^2 / 2 + log(1 + e^a)]` for
//! `symmetric_linear` and `mean[log(1 + e^b) + log(1 + e^a)]` for `symmetric_logistic`. Its Bregman
//! divergence is a mean Kullback-Leibler divergence of the complete data:
//! `D_A(phi, theta) = mean KL(p_theta || p_phi)`.
//!
//! Reference: Fruytier, Mokhtari, Sanghavi, ICML 2025, arXiv 2411.06056, theorem 5.1.

use crate::error::ModelError;
use crate::families::{sigmoid, softplus};
use crate::objective::Objective;
use crate::options::Family;
use crate::panel::Rows;
use crate::sum::Sum;

impl Objective {
    /// `A(theta)`; only for the symmetric families.
    pub fn mirror_map(&mut self, theta: &[f64]) -> Result<f64, ModelError> {
        let is_linear = self.is_linear_map()?;
        self.check_dim(theta);
        self.cost.value();
        let mut total = Sum::default();
        self.panel.fused(&self.data, Rows::All, theta, None, |_, logits| {
            let (a, b) = (logits[0], logits[1]);
            total.add(softplus(a) + if is_linear { 0.5 * b * b } else { softplus(b) });
        });
        Ok(total.value() / self.data.n() as f64)
    }

    /// Writes `grad A(theta)`, the dual of theta; only for the symmetric families.
    pub fn mirror_gradient(&mut self, theta: &[f64], out: &mut [f64]) -> Result<(), ModelError> {
        let is_linear = self.is_linear_map()?;
        self.check_dim(theta);
        self.check_dim(out);
        self.cost.gradient(1.0);
        self.panel.fused(&self.data, Rows::All, theta, Some(&mut *out), |_, logits| {
            logits[0] = sigmoid(logits[0]);
            if !is_linear {
                logits[1] = sigmoid(logits[1]);
            }
        });
        let scale = 1.0 / self.data.n() as f64;
        for value in out {
            *value *= scale;
        }
        Ok(())
    }

    /// `D_A(phi, theta) = A(phi) - A(theta) - <grad A(theta), phi - theta>`, row by row; only for
    /// the symmetric families.
    pub fn bregman(&mut self, phi: &[f64], theta: &[f64]) -> Result<f64, ModelError> {
        let is_linear = self.is_linear_map()?;
        self.check_dim(phi);
        self.check_dim(theta);
        self.cost.value();
        self.cost.value();
        let mut total = Sum::default();
        self.panel.paired(&self.data, phi, theta, None, |_, phi, theta| {
            total.add(logistic_divergence(phi[0], theta[0]));
            total.add(if is_linear {
                0.5 * (phi[1] - theta[1]) * (phi[1] - theta[1])
            } else {
                logistic_divergence(phi[1], theta[1])
            });
        });
        Ok((total.value() / self.data.n() as f64).max(0.0))
    }

    fn is_linear_map(&self) -> Result<bool, ModelError> {
        match self.model.family() {
            Family::SymmetricLinear => Ok(true),
            Family::SymmetricLogistic => Ok(false),
            family => Err(ModelError::Unsupported { family, what: "mirror map on theta" }),
        }
    }
}

/// `log(1 + e^u) - log(1 + e^v) - s(v) (u - v)`.
fn logistic_divergence(u: f64, v: f64) -> f64 {
    let change = u - v;
    if change.abs() < 1e-3 {
        // The Taylor series: the formula loses everything to cancellation.
        let (p, q) = (sigmoid(v), sigmoid(-v));
        let second = p * q;
        let third = second * (q - p);
        let fourth = second * (1.0 - 6.0 * second);
        return change * change * (second / 2.0 + change * (third / 6.0 + change * fourth / 24.0));
    }
    softplus(u) - softplus(v) - sigmoid(v) * change
}
