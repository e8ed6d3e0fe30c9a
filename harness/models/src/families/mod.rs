//! The row kernels of each family: what one row's logits mean.
//!
//! A family turns the expert logits of one row into log densities, residuals and targets; loops,
//! products and averages are elsewhere. `z` runs over the experts; a symmetric family has two,
//! first z = +1, then z = -1, and one logit for both.

pub(crate) mod gate;
mod linear;
mod logistic;
mod symmetric_linear;
mod symmetric_logistic;

pub(crate) use linear::Linear;
pub(crate) use logistic::Logistic;
pub(crate) use symmetric_linear::SymmetricLinear;
pub(crate) use symmetric_logistic::SymmetricLogistic;

/// 1/2 log(2 pi), the constant of a Gaussian density.
pub(crate) const HALF_LOG_TWO_PI: f64 = 0.918_938_533_204_672_7;

/// The experts of one family, over all rows.
pub(crate) trait Experts {
    /// Writes `log p(y | x, z)`. May replace the logits by a form that the other methods read:
    /// all of them take the logits as this method left them.
    fn log_densities(&self, row: usize, logits: &mut [f64], log_density: &mut [f64]);

    /// Adds `d log p(y | x, z)` along `direction` to `change`, for each expert.
    fn log_density_changes(
        &self,
        row: usize,
        logits: &[f64],
        direction: &[f64],
        noise_direction: &[f64],
        change: &mut [f64],
    );

    /// Replaces `direction` by the change along it of the residuals, the gradient of
    /// `-sum_z r_z log p(y | x, z)` with respect to the logits, where `r` changes by
    /// `r_change`; the same for `noise`, added.
    #[expect(clippy::too_many_arguments, reason = "a row and its derivative")]
    fn residual_changes(
        &self,
        row: usize,
        logits: &[f64],
        direction: &mut [f64],
        noise_direction: &[f64],
        r: &[f64],
        r_change: &[f64],
        noise: &mut [f64],
    );

    /// The same for the expected Hessian of the complete data's negative log-likelihood, y drawn from
    /// the model: weights `pi`, which do not change (`no_change` is zero).
    #[expect(clippy::too_many_arguments, reason = "as `residual_changes`")]
    fn model_changes(
        &self,
        row: usize,
        logits: &[f64],
        direction: &mut [f64],
        noise_direction: &[f64],
        pi: &[f64],
        no_change: &[f64],
        noise: &mut [f64],
    ) {
        // The Hessian of a family that is linear in its statistics does not depend on y.
        self.residual_changes(row, logits, direction, noise_direction, pi, no_change, noise);
    }

    /// Writes the M-step's targets: X' times them is the linear term of the experts' subproblems.
    fn em_targets(&self, row: usize, r: &[f64], targets: &mut [f64]);

    /// Writes the mean parameters of the experts' statistics after a mirror step of size `eta`:
    /// `mean - eta * (mean - posterior mean)`, with the gate's `pi` and the posterior `r`.
    fn mirror_targets(&self, row: usize, logits: &[f64], pi: &[f64], r: &[f64], eta: f64, targets: &mut [f64]);

    /// What the mixture with gate `pi` predicts for the row, and how far off it is.
    fn predict(&self, row: usize, logits: &[f64], pi: &[f64]) -> Prediction;
}

/// A row's prediction against its target.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Prediction {
    /// Whether the most probable class is the row's.
    Class { is_correct: bool },
    /// Target minus the mixture's mean.
    Mean { error: f64 },
}

/// Runs an expression with the experts of the objective's family.
macro_rules! with_experts {
    ($model:expr, $data:expr, $sigmas:expr, |$experts:ident| $body:expr) => {
        match ($model.family(), $data.target()) {
            (crate::options::Family::SymmetricLinear, crate::data::Target::Real(y)) => {
                let $experts = crate::families::SymmetricLinear { y };
                $body
            }
            (crate::options::Family::Linear, crate::data::Target::Real(y)) => {
                let $experts = crate::families::Linear { y, sigmas: $sigmas };
                $body
            }
            (crate::options::Family::SymmetricLogistic, crate::data::Target::Classes { labels, .. }) => {
                let $experts = crate::families::SymmetricLogistic { labels };
                $body
            }
            (crate::options::Family::Logistic, crate::data::Target::Classes { labels, n_classes }) => {
                let $experts = crate::families::Logistic { labels, columns: n_classes - 1 };
                $body
            }
            _ => unreachable!("checked by `Objective::new`"),
        }
    };
}
pub(crate) use with_experts;

/// `log(1 + e^t)` without overflow.
pub(crate) fn softplus(t: f64) -> f64 {
    t.max(0.0) + (-t.abs()).exp().ln_1p()
}

/// `1 / (1 + e^-t)` without overflow.
pub(crate) fn sigmoid(t: f64) -> f64 {
    let small = (-t.abs()).exp();
    if t >= 0.0 { 1.0 / (1.0 + small) } else { small / (1.0 + small) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logistic_functions_do_not_overflow() {
        for t in [-800.0, -3.0, 0.0, 0.5, 800.0] {
            assert!((sigmoid(t) + sigmoid(-t) - 1.0).abs() < 1e-15);
            assert!((softplus(t) - softplus(-t) - t).abs() < 1e-13);
        }
        assert!((softplus(1.0) - (1.0 + 1.0_f64.exp()).ln()).abs() < 1e-15);
        assert!(sigmoid(-800.0) >= 0.0 && softplus(800.0).is_finite());
        assert!(sigmoid(f64::NAN).is_nan());
        assert!((HALF_LOG_TWO_PI - 0.5 * std::f64::consts::TAU.ln()).abs() < 1e-16);
    }
}
