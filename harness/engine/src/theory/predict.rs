//! The local rate that theory predicts for a configuration of a built-in optimizer.
//!
//! Formulas are in [`harness_models::theory`]; here configurations are matched to them, by the optimizer's name and its
//! parameters. What another plugin does is not known, so it has no prediction.

use harness_models::theory::{LocalRates, Steps};
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

/// The prediction for one configuration, with the rates at the optimum in question.
pub fn predict(config: &OptimizerConfig, rates: &LocalRates) -> Prediction {
    let linear = |rate: Option<f64>| rate.map_or(Prediction::None, Prediction::Linear);
    match config.use_name.as_str() {
        // An inexact step contracts by a rate of its own.
        "em" | "mirror_descent" if !is_exact(config) => Prediction::None,
        "em" => linear(rates.em()),
        "mirror_descent" => match number(config, "step") {
            Some(step) => rates.mirror(step).map_or(Prediction::NoStep, Prediction::Linear),
            None => Prediction::None,
        },
        "gradient_descent" => gradient_descent(config, rates),
        "gradient_em" => {
            let inner = count(config, "inner_steps").filter(|count| *count > 0);
            linear(steps(config).zip(inner).and_then(|(steps, inner)| rates.gradient_em(steps, inner)))
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

fn gradient_descent(config: &OptimizerConfig, rates: &LocalRates) -> Prediction {
    let is_full = count(config, "batch_size").unwrap_or(0) == 0;
    let (Some(steps), true) = (steps(config), is_full) else { return Prediction::None };
    let mu = number(config, "mu").unwrap_or(0.0);
    let rate = match text(config, "momentum") {
        None | Some("none") => rates.gradient_descent(steps),
        Some("heavy_ball") => rates.heavy_ball(steps, mu),
        Some("nesterov") => rates.nesterov(steps, mu),
        Some(_) => None,
    };
    rate.map_or(Prediction::None, Prediction::Linear)
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
