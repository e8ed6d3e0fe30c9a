//! What theory guarantees of EM and mirror descent, checked while they run, off the clock, on objectives of their own.
//!
//! - **Descent by the surrogate**, EM: `L(θ) − L(θ⁺) ≥ Q(θ|θ) − Q(θ⁺|θ) ≥ 0`.
//! - **Monotone descent**, EM, and mirror descent with a step η ≤ 1: `L(θ⁺) ≤ L(θ)`, ridge or not.
//! - **Stationarity**, symmetric families, both: `D_A(θ, θ⁺) ≤ η (L(θ) − L(θ⁺))`, whose sum over T steps is
//!   `min D_A ≤ (L(θ⁰) − L_ref) / T`.
//! - **Contraction**, symmetric families without ridge: with α the least of
//!   `[L* − L(θ) − ⟨∇L(θ), θ* − θ⟩] / D_A(θ*, θ)` over the iterates, if it is positive,
//!   `D_A(θ*, θᵀ) ≤ (1 − ηα)ᵀ D_A(θ*, θ⁰)`. Checked at the end, where θ* is known by Newton's method.
//!
//! Reference: Dempster, Laird, Rubin (1977), JRSS B 39(1) (descent); Fruytier, Mokhtari, Sanghavi, ICML 2025, arXiv
//! 2411.06056 (stationarity and contraction, from relative smoothness and convexity: Lu, Freund, Nesterov (2018), SIAM J.
//! Optim. 28(1), doi:10.1137/16M1099546). A violation beyond rounding is a bug, of ours or of a kernel.

use std::sync::Arc;

use harness_models::theory::{DENSE_INFORMATION, polish};
use harness_models::{ModelError, Objective};

use super::problem::PreparedProblem;
use crate::plugins::ParamValue;
use crate::spec::OptimizerConfig;
use crate::theory::is_exact;

/// Iterates that are kept for the contraction, as numbers.
const MOST_NUMBERS: usize = 2_000_000;

/// A guarantee that does not hold, and where.
#[derive(Debug)]
pub(crate) struct Violation(pub(crate) String);

/// Checks of one run.
pub(crate) struct Certificates {
    objective: Objective,
    /// Step of mirror descent; 1 for EM.
    eta: f64,
    is_em: bool,
    /// The stationarity and contraction certificates apply.
    is_symmetric: bool,
    /// Largest feature, for the size of rounding.
    largest: f64,
    /// Iterates from the first, without a gap; given up when there is one, or when there are too many.
    iterates: Option<Vec<Vec<f64>>>,
}

impl Certificates {
    /// `None` for optimizers that theory says nothing of.
    pub(crate) fn new(problem: &PreparedProblem, config: &OptimizerConfig) -> Result<Option<Self>, ModelError> {
        let number = |name: &str| {
            let value = config.params.iter().find(|(known, _)| known == name).and_then(|(_, value)| value.as_ref());
            if let Some(ParamValue::Real(number)) = value { Some(*number) } else { None }
        };
        let eta = match config.use_name.as_str() {
            "em" => 1.0,
            "mirror_descent" => number("step").unwrap_or(f64::INFINITY),
            _ => return Ok(None),
        };
        if eta > 1.0 {
            return Ok(None);
        }
        let is_symmetric = problem.model.family().is_symmetric() && is_exact(config);
        let keeps = is_symmetric && problem.model.ridge() == 0.0 && problem.model.dim() <= DENSE_INFORMATION;
        Ok(Some(Self {
            objective: Objective::new(Arc::clone(&problem.model), Arc::clone(&problem.train))?,
            eta,
            is_em: config.use_name == "em",
            is_symmetric,
            largest: problem.train.largest(),
            iterates: keeps.then(Vec::new),
        }))
    }

    /// Checks the step from `before` to `after`, which is step number `iteration`.
    pub(crate) fn step(&mut self, iteration: u64, before: &[f64], after: &[f64]) -> Result<(), Violation> {
        let old = self.objective.e_step(before);
        let surrogate_fall = match (self.objective.surrogate(before), self.objective.surrogate(after)) {
            (Ok(old), Ok(new)) => old - new,
            _ => f64::NAN,
        };
        let new = self.objective.value(after);
        let fall = old - new;
        let slack = self.slack(old, before).max(self.slack(new, after));
        let violated = |name: &str, says: String| {
            Err(Violation(format!(
                "certificate violated at step {iteration}: {name}: {says} (rounding is {slack:.1e})"
            )))
        };
        if fall < -slack {
            return violated("monotone descent", format!("the objective rose by {:.3e}", -fall));
        }
        if self.is_em && surrogate_fall < -slack {
            return violated("descent by the surrogate", format!("the surrogate rose by {:.3e}", -surrogate_fall));
        }
        if self.is_em && fall < surrogate_fall - slack {
            let says = format!("the objective fell by {fall:.3e}, less than the surrogate by {surrogate_fall:.3e}");
            return violated("descent by the surrogate", says);
        }
        if self.is_symmetric
            && let Ok(divergence) = self.objective.bregman(before, after)
            && divergence > self.eta * fall + slack
        {
            let says = format!("D_A is {divergence:.3e}, the objective fell by {fall:.3e}");
            return violated("stationarity", says);
        }
        self.keep(iteration, before, after);
        Ok(())
    }

    fn keep(&mut self, iteration: u64, before: &[f64], after: &[f64]) {
        let Some(mut iterates) = self.iterates.take() else { return };
        if iterates.is_empty() {
            iterates.push(before.to_vec());
        }
        // Steps that were not recorded were not seen: what is kept must be whole.
        let is_next = iterates.last().is_some_and(|last| last == before);
        iterates.push(after.to_vec());
        let is_small = iterates.len() * after.len() <= MOST_NUMBERS;
        if is_next && is_small && iteration > 0 {
            self.iterates = Some(iterates);
        }
    }

    /// Checks the contraction over the whole run.
    pub(crate) fn end(mut self) -> Result<(), Violation> {
        let Some(iterates) = self.iterates.take() else { return Ok(()) };
        let (Some(first), Some(last)) = (iterates.first(), iterates.last()) else { return Ok(()) };
        let polished = polish(&mut self.objective, last);
        if !polished.is_optimum() {
            return Ok(());
        }
        let (optimum, least) = (&polished.theta, polished.loss);
        let mut alpha = f64::INFINITY;
        let mut gradient = vec![0.0; optimum.len()];
        for theta in &iterates[..iterates.len() - 1] {
            let value = self.objective.value_gradient(theta, &mut gradient);
            let along: f64 =
                gradient.iter().zip(optimum.iter().zip(theta)).map(|(g, (to, from))| g * (to - from)).sum();
            let Ok(divergence) = self.objective.bregman(optimum, theta) else { return Ok(()) };
            // Once rounding decides, the ratio says nothing, and the bound holds by its slack.
            if divergence > 1e3 * self.slack(value, theta) {
                alpha = alpha.min((least - value - along) / divergence);
            }
        }
        if !(alpha > 0.0 && alpha.is_finite()) {
            return Ok(());
        }
        let steps = (iterates.len() - 1) as f64;
        let (Ok(start), Ok(end)) = (self.objective.bregman(optimum, first), self.objective.bregman(optimum, last))
        else {
            return Ok(());
        };
        let bound = (1.0 - self.eta * alpha.min(1.0)).powf(steps) * start;
        if end > bound * (1.0 + 1e-9) + self.slack(least, last) {
            return Err(Violation(format!(
                "certificate violated after {steps} steps: contraction: D_A to the optimum is {end:.3e}, the bound with \
                 α = {alpha:.4} is {bound:.3e}"
            )));
        }
        Ok(())
    }

    /// What rounding may do to a value: of its own size, and of the logits, whose error is that of their terms.
    fn slack(&self, value: f64, theta: &[f64]) -> f64 {
        let logits = self.largest * theta.iter().map(|parameter| parameter.abs()).sum::<f64>();
        8.0 * f64::EPSILON * value.abs().max(1.0).max(logits) * (self.objective.data().n() as f64).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::results::{DataRecord, ModelRecord};
    use harness_models::{Data, Family, Model, ModelOptions, Target, Tolerance};

    fn problem() -> PreparedProblem {
        let x: Vec<f64> = (0..120).map(|i| f64::from(i * 37 % 101) / 50.0 - 1.0).collect();
        let y = x
            .chunks_exact(2)
            .enumerate()
            .map(|(i, row)| if i % 3 == 0 { -1.0 } else { 1.0 } * (row[0] + 2.0 * row[1]))
            .collect();
        let data = Arc::new(Data::new(x, 60, 2, Target::Real(y)).unwrap());
        let model = Arc::new(Model::new(&ModelOptions::new(Family::SymmetricLinear), 2, None, 60).unwrap());
        PreparedProblem {
            model,
            train: data,
            test: None,
            truth: None,
            start: vec![0.2, -0.1, 0.5, 0.4],
            start_hash: String::new(),
            has_intercept: false,
            data_record: DataRecord::default(),
            model_record: ModelRecord::default(),
        }
    }

    fn em() -> OptimizerConfig {
        OptimizerConfig {
            use_name: "em".to_owned(),
            label: "em".to_owned(),
            config: String::new(),
            params: vec![("inner_tolerance".to_owned(), Some(ParamValue::Real(1e-12)))],
            given: std::collections::BTreeMap::new(),
            base_dir: std::path::PathBuf::new(),
        }
    }

    #[test]
    fn what_theory_says_of_exact_steps_is_not_asked_of_inexact_ones() {
        let problem = problem();
        let loose = |name: &str, value: f64| {
            let mut config = em();
            config.params.retain(|(known, _)| known != name);
            config.params.push((name.to_owned(), Some(ParamValue::Real(value))));
            Certificates::new(&problem, &config).unwrap().unwrap()
        };
        assert!(loose("inner_relative", 0.0).is_symmetric && loose("inner_relative", 0.0).iterates.is_some());
        for inexact in [loose("inner_relative", 0.1), loose("inner_tolerance", 1e-3)] {
            assert!(!inexact.is_symmetric && inexact.iterates.is_none());
        }
    }

    #[test]
    fn em_holds_its_certificates_and_an_impostor_does_not() {
        let problem = problem();
        let mut objective = Objective::new(Arc::clone(&problem.model), Arc::clone(&problem.train)).unwrap();
        let mut certificates = Certificates::new(&problem, &em()).unwrap().unwrap();
        let mut theta = problem.start.clone();
        for iteration in 1..=40 {
            let before = theta.clone();
            objective.e_step(&theta);
            objective.m_step(&mut theta, Tolerance::default()).unwrap();
            certificates.step(iteration, &before, &theta).unwrap();
        }
        // Too far: L may still fall, but not by what the surrogate's minimum would give.
        let far: Vec<f64> = theta.iter().map(|value| value + 0.5).collect();
        let found = certificates.step(41, &theta, &far).unwrap_err();
        assert!(found.0.contains("certificate violated at step 41: monotone descent"), "{}", found.0);
        assert!(certificates.end().is_ok());
    }
}
