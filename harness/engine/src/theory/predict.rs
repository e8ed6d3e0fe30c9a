//! The local rate that theory predicts for a configuration of a built-in optimizer.
//!
//! Formulas are in [`harness_models::theory`]; here configurations are matched to them, by the optimizer's name and its
//! parameters. What another plugin does is not known, so it has no prediction.

use harness_models::Model;
use harness_models::theory::{LocalRates, ProductRates, Steps, Unknown};
use serde::{Deserialize, Serialize};

use crate::plugins::ParamValue;
use crate::spec::OptimizerConfig;

/// Tolerance of inner solves up to which theory about exact ones applies.
const EXACT: f64 = 1e-9;

/// What is predicted of a configuration near an optimum.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Prediction {
    /// The error in θ contracts by this factor per iteration, and the gap of the objective by its square; at 1 or above
    /// it does not contract.
    Linear(f64),
    /// Faster than any factor.
    Superlinear,
    /// The step does not exist there: the projection of a long mirror step has no minimum.
    NoStep,
    /// There is no formula.
    None,
}

impl Prediction {
    /// The rate of θ, if there is one.
    pub fn rate(self) -> Option<f64> {
        match self {
            Prediction::Linear(rate) => Some(rate),
            _ => None,
        }
    }
}

/// Where rates come from: matrices, or products.
pub(crate) trait Rates {
    /// EM.
    fn em(&mut self) -> Prediction;
    /// Mirror descent.
    fn mirror(&mut self, eta: f64) -> Prediction;
    /// Gradient descent with a momentum, which may be 0.
    fn momentum(&mut self, steps: Steps, mu: f64, is_nesterov: bool) -> Prediction;
    /// Gradient EM.
    fn gradient_em(&mut self, steps: Steps, inner_steps: u64) -> Prediction;
}

fn linear(rate: Option<f64>) -> Prediction {
    rate.map_or(Prediction::None, Prediction::Linear)
}

impl Rates for &LocalRates {
    fn em(&mut self) -> Prediction {
        linear(LocalRates::em(self))
    }

    fn mirror(&mut self, eta: f64) -> Prediction {
        LocalRates::mirror(self, eta).map_or(Prediction::NoStep, Prediction::Linear)
    }

    fn momentum(&mut self, steps: Steps, mu: f64, is_nesterov: bool) -> Prediction {
        linear(if is_nesterov { self.nesterov(steps, mu) } else { self.heavy_ball(steps, mu) })
    }

    fn gradient_em(&mut self, steps: Steps, inner_steps: u64) -> Prediction {
        linear(LocalRates::gradient_em(self, steps, inner_steps))
    }
}

impl Rates for ProductRates<'_> {
    fn em(&mut self) -> Prediction {
        Rates::mirror(self, 1.0)
    }

    fn mirror(&mut self, eta: f64) -> Prediction {
        match ProductRates::mirror(self, eta) {
            Ok(rate) => Prediction::Linear(rate),
            Err(Unknown::Indefinite) => Prediction::NoStep,
            Err(_) => Prediction::None,
        }
    }

    fn momentum(&mut self, steps: Steps, mu: f64, is_nesterov: bool) -> Prediction {
        linear(ProductRates::momentum(self, steps, mu, is_nesterov).ok())
    }

    /// A polynomial of two matrices: not by products alone.
    fn gradient_em(&mut self, _: Steps, _: u64) -> Prediction {
        Prediction::None
    }
}

/// Whether what is predicted of an optimizer depends on which expert's gate is fixed at zero: EM and mirror descent do
/// the same whatever the experts are called, gradients do not; experts of opposite signs are alike for all.
pub(crate) fn depends_on_labels(config: &OptimizerConfig, model: &Model) -> bool {
    !model.family().is_symmetric() && matches!(config.use_name.as_str(), "gradient_descent" | "gradient_em")
}

/// The prediction for one configuration, with the rates at the optimum in question.
pub(crate) fn predict(config: &OptimizerConfig, rates: &mut impl Rates) -> Prediction {
    match config.use_name.as_str() {
        // An inexact step contracts by a rate of its own.
        "em" | "mirror_descent" if !is_exact(config) => Prediction::None,
        "em" => rates.em(),
        "mirror_descent" => number(config, "step").map_or(Prediction::None, |step| rates.mirror(step)),
        "gradient_descent" => gradient_descent(config, rates),
        "gradient_em" => {
            let inner = count(config, "inner_steps").filter(|count| *count > 0);
            let steps = steps(config).zip(inner);
            steps.map_or(Prediction::None, |(steps, inner)| rates.gradient_em(steps, inner))
        }
        "newton_cg" | "lbfgs" => Prediction::Superlinear,
        _ => Prediction::None,
    }
}

/// Whether the inner solves of EM or mirror descent are exact but for rounding.
pub(crate) fn is_exact(config: &OptimizerConfig) -> bool {
    number(config, "inner_tolerance").is_some_and(|tolerance| tolerance <= EXACT)
        && number(config, "inner_relative").is_none_or(|relative| relative <= 0.0)
}

fn gradient_descent(config: &OptimizerConfig, rates: &mut impl Rates) -> Prediction {
    let is_full = count(config, "batch_size").unwrap_or(0) == 0;
    let (Some(steps), true) = (steps(config), is_full) else { return Prediction::None };
    let mu = number(config, "mu").unwrap_or(0.0);
    match text(config, "momentum") {
        None | Some("none") => rates.momentum(steps, 0.0, false),
        Some("heavy_ball") => rates.momentum(steps, mu, false),
        Some("nesterov") => rates.momentum(steps, mu, true),
        Some(_) => Prediction::None,
    }
}

fn steps(config: &OptimizerConfig) -> Option<Steps> {
    let common = number(config, "step")?;
    let of = |name: &str| number(config, name).unwrap_or(common);
    Some(Steps { gate: of("step_gate"), experts: of("step_experts"), noise: of("step_noise") })
}

fn value<'a>(config: &'a OptimizerConfig, name: &str) -> Option<&'a ParamValue> {
    config.params.iter().find(|(known, _)| known == name).and_then(|(_, value)| value.as_ref())
}

fn number(config: &OptimizerConfig, name: &str) -> Option<f64> {
    match value(config, name)? {
        ParamValue::Real(number) => Some(*number),
        ParamValue::Integer(number) => Some(*number as f64),
        _ => None,
    }
}

fn count(config: &OptimizerConfig, name: &str) -> Option<u64> {
    match value(config, name)? {
        ParamValue::Integer(number) => u64::try_from(*number).ok(),
        _ => None,
    }
}

fn text<'a>(config: &'a OptimizerConfig, name: &str) -> Option<&'a str> {
    match value(config, name)? {
        ParamValue::Text(word) => Some(word),
        _ => None,
    }
}
