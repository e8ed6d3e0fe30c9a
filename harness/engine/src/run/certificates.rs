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
use crate::results::{Certificate, Guarantee};
use crate::spec::OptimizerConfig;
use crate::theory::is_exact;

/// Iterates that are kept for the contraction, as numbers.
const MOST_NUMBERS: usize = 50_000;

/// A guarantee that does not hold, and where.
#[derive(Debug)]
pub(crate) struct Violation(pub(crate) String);

/// What a step did, in nats per row.
#[derive(Debug, Clone, Copy)]
struct Step {
    /// L(θ) − L(θ⁺).
    fall: f64,
    /// Q(θ|θ) − Q(θ⁺|θ), of EM.
    surrogate_fall: Option<f64>,
    /// D_A(θ, θ⁺), where it bounds the fall from below.
    divergence: Option<f64>,
    /// Step of mirror descent.
    eta: f64,
}

impl Step {
    /// By how much each guarantee holds, and the words for it where it does not.
    fn margins(&self) -> Vec<(Guarantee, f64, String)> {
        let fall = self.fall;
        let mut margins = vec![(Guarantee::MonotoneDescent, fall, format!("the objective rose by {:.3e}", -fall))];
        if let Some(surrogate) = self.surrogate_fall {
            let rose = format!("the surrogate rose by {:.3e}", -surrogate);
            let less = format!("the objective fell by {fall:.3e}, less than the surrogate by {surrogate:.3e}");
            let (margin, says) =
                if surrogate <= fall - surrogate { (surrogate, rose) } else { (fall - surrogate, less) };
            margins.push((Guarantee::SurrogateDescent, margin, says));
        }
        if let Some(divergence) = self.divergence {
            let says = format!("D_A is {divergence:.3e}, the objective fell by {fall:.3e}");
            margins.push((Guarantee::Stationarity, self.eta * fall - divergence, says));
        }
        margins
    }
}

/// What has been checked so far, and what the end of the run will be checked on: a longer run goes on from it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Checked {
    /// What held.
    pub(crate) kept: Vec<Certificate>,
    /// Iterates from the first, without a gap; given up when there is one, or when there are too many.
    pub(crate) iterates: Option<Vec<Vec<f64>>>,
}

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
    checked: Checked,
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
            checked: Checked { kept: Vec::new(), iterates: keeps.then(Vec::new) },
        }))
    }

    /// Checks the step from `before` to `after`, which is step number `iteration`.
    pub(crate) fn step(&mut self, iteration: u64, before: &[f64], after: &[f64]) -> Result<(), Violation> {
        let old = self.objective.e_step(before);
        let surrogates = self.objective.surrogate(before).ok().zip(self.objective.surrogate(after).ok());
        let new = self.objective.value(after);
        let slack = self.slack(old, before).max(self.slack(new, after));
        let step = Step {
            fall: old - new,
            surrogate_fall: surrogates.filter(|_| self.is_em).map(|(old, new)| old - new),
            divergence: if self.is_symmetric { self.objective.bregman(before, after).ok() } else { None },
            eta: self.eta,
        };
        for (guarantee, margin, says) in step.margins() {
            if margin < -slack {
                let name = guarantee.name();
                return Err(Violation(format!(
                    "certificate violated at step {iteration}: {name}: {says} (rounding is {slack:.1e})"
                )));
            }
            // What cannot be computed is not checked.
            if margin.is_finite() {
                Certificate::count(&mut self.checked.kept, guarantee, margin);
            }
        }
        self.keep(iteration, before, after);
        Ok(())
    }

    fn keep(&mut self, iteration: u64, before: &[f64], after: &[f64]) {
        let Some(mut iterates) = self.checked.iterates.take() else { return };
        if iterates.is_empty() {
            iterates.push(before.to_vec());
        }
        // Steps that were not recorded were not seen: what is kept must be whole.
        let is_next = iterates.last().is_some_and(|last| last == before);
        iterates.push(after.to_vec());
        let is_small = iterates.len() * after.len() <= MOST_NUMBERS;
        if is_next && is_small && iteration > 0 {
            self.checked.iterates = Some(iterates);
        }
    }

    /// What a longer run goes on from.
    pub(crate) fn saved(&self) -> Checked {
        self.checked.clone()
    }

    /// Goes on from what an earlier run has saved.
    pub(crate) fn restore(&mut self, saved: &Checked) {
        self.checked = saved.clone();
    }

    /// Checks the contraction over the whole run, where it applies; what held in all.
    pub(crate) fn end(mut self) -> Result<Vec<Certificate>, Violation> {
        if let Some(contraction) = self.contraction()? {
            self.checked.kept.push(contraction);
        }
        Ok(self.checked.kept)
    }

    fn contraction(&mut self) -> Result<Option<Certificate>, Violation> {
        let Some(iterates) = self.checked.iterates.take() else { return Ok(None) };
        let (Some(first), Some(last)) = (iterates.first(), iterates.last()) else { return Ok(None) };
        let polished = polish(&mut self.objective, last);
        if !polished.is_optimum() {
            return Ok(None);
        }
        let (optimum, least) = (&polished.theta, polished.loss);
        let mut alpha = f64::INFINITY;
        let mut gradient = vec![0.0; optimum.len()];
        for theta in &iterates[..iterates.len() - 1] {
            let value = self.objective.value_gradient(theta, &mut gradient);
            let along: f64 =
                gradient.iter().zip(optimum.iter().zip(theta)).map(|(g, (to, from))| g * (to - from)).sum();
            let Ok(divergence) = self.objective.bregman(optimum, theta) else { return Ok(None) };
            // Once rounding decides, the ratio says nothing, and the bound holds by its slack.
            if divergence > 1e3 * self.slack(value, theta) {
                alpha = alpha.min((least - value - along) / divergence);
            }
        }
        if !(alpha > 0.0 && alpha.is_finite()) {
            return Ok(None);
        }
        let steps = (iterates.len() - 1) as u64;
        let (Ok(start), Ok(end)) = (self.objective.bregman(optimum, first), self.objective.bregman(optimum, last))
        else {
            return Ok(None);
        };
        let bound = (1.0 - self.eta * alpha.min(1.0)).powf(steps as f64) * start;
        if end > bound * (1.0 + 1e-9) + self.slack(least, last) {
            return Err(Violation(format!(
                "certificate violated after {steps} steps: contraction: D_A to the optimum is {end:.3e}, the bound with \
                 α = {alpha:.4} is {bound:.3e}"
            )));
        }
        let guarantee = Guarantee::Contraction;
        Ok(Some(Certificate { guarantee, steps, margin: bound - end, alpha: Some(alpha) }))
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
        assert!(loose("inner_relative", 0.0).is_symmetric && loose("inner_relative", 0.0).checked.iterates.is_some());
        for inexact in [loose("inner_relative", 0.1), loose("inner_tolerance", 1e-3)] {
            assert!(!inexact.is_symmetric && inexact.checked.iterates.is_none());
        }
    }

    /// A run of something that calls itself EM, and moves from θ by `share` of the way to EM's next iterate.
    fn run(problem: &PreparedProblem, share: f64, steps: u64) -> Result<Vec<Certificate>, String> {
        let mut objective = Objective::new(Arc::clone(&problem.model), Arc::clone(&problem.train)).unwrap();
        let mut certificates = Certificates::new(problem, &em()).unwrap().unwrap();
        let mut theta = problem.start.clone();
        for iteration in 1..=steps {
            let before = theta.clone();
            objective.e_step(&theta);
            objective.m_step(&mut theta, Tolerance::default()).unwrap();
            for (after, before) in theta.iter_mut().zip(&before) {
                *after = before + share * (*after - before);
            }
            certificates.step(iteration, &before, &theta).map_err(|violation| violation.0)?;
        }
        certificates.end().map_err(|violation| violation.0)
    }

    #[test]
    fn em_keeps_every_guarantee() {
        let kept = run(&problem(), 1.0, 40).unwrap();
        let guarantees: Vec<Guarantee> = kept.iter().map(|certificate| certificate.guarantee).collect();
        assert_eq!(
            guarantees,
            [Guarantee::SurrogateDescent, Guarantee::MonotoneDescent, Guarantee::Stationarity, Guarantee::Contraction]
        );
        assert!(kept.iter().all(|certificate| certificate.steps == 40 && certificate.margin > -1e-13), "{kept:?}");
        let alpha = kept[3].alpha.unwrap();
        assert!(alpha > 0.0 && alpha <= 1.0, "{alpha}");
    }

    #[test]
    fn impostors_are_told_by_the_guarantee_that_they_break() {
        // As far again as EM goes: L falls still, but by less than a minimum of the surrogate gives.
        let found = run(&problem(), 1.9, 5).unwrap_err();
        assert!(found.contains(": stationarity: D_A is"), "{found}");
        // A twentieth of the way: every step descends, and too slowly.
        let found = run(&problem(), 0.05, 40).unwrap_err();
        assert!(found.contains("after 40 steps: contraction: D_A to the optimum is"), "{found}");
        // Far beyond.
        let found = run(&problem(), 8.0, 5).unwrap_err();
        assert!(found.contains(": monotone descent: the objective rose by"), "{found}");
        // Where EM is slow, beyond the other side of the surrogate's bowl L falls while the surrogate rises.
        let found = run(&slow(), 2.2, 5).unwrap_err();
        assert!(found.contains("descent by the surrogate: the surrogate rose by"), "{found}");
    }

    /// Experts that hardly differ: EM takes many small steps.
    fn slow() -> PreparedProblem {
        let mut problem = problem();
        let y: Vec<f64> = (0..60).map(|i| f64::from(i * 29 % 61) / 30.0 - 1.0).collect();
        problem.train = Arc::new(Data::new(problem.train.x().to_vec(), 60, 2, Target::Real(y)).unwrap());
        problem.start = vec![0.1, 0.05, 0.1, 0.1];
        problem
    }

    #[test]
    fn a_fall_below_that_of_the_surrogate_is_seen() {
        // No step of any optimizer does this, only a wrong kernel.
        let step = Step { fall: 0.1, surrogate_fall: Some(0.3), divergence: Some(0.04), eta: 0.5 };
        let margins = step.margins();
        let (guarantee, margin, says) = &margins[1];
        assert_eq!(*guarantee, Guarantee::SurrogateDescent);
        assert!((margin + 0.2).abs() < 1e-15);
        assert_eq!(says, "the objective fell by 1.000e-1, less than the surrogate by 3.000e-1");
        assert!((margins[2].1 - 0.01).abs() < 1e-15);
    }
}
