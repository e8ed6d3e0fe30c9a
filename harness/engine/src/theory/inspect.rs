//! `harness inspect`: one problem at one seed, its optimum and everything that theory predicts there.

use std::path::Path;
use std::sync::Arc;

use harness_models::theory::{
    BestSteps, DENSE_INFORMATION, EmBudget, Information, LocalRates, Optimum, ProductRates, estimation_floor, optimum,
};
use harness_models::{BlockKind, Layout, Objective};
use serde::Serialize;

use super::predict::{Prediction, predict};
use crate::run::{ProblemError, load, prepare};
use crate::spec::{OptimizerConfig, Problem};

/// EM iterations for models that are too large for matrices.
const LARGE_EM: EmBudget = EmBudget { iterations: 300, stride: 10 };
/// Mirror steps that are always shown.
const MIRROR_STEPS: [f64; 3] = [0.5, 1.0, 1.5];

/// What was found. Rates are of θ, per iteration; the gap of the objective contracts by the square.
#[derive(Debug, Clone, Serialize)]
pub struct Inspection {
    /// Problem, its sweep point included.
    pub problem: String,
    /// Seed of data and start.
    pub seed: u64,
    /// Family of the model.
    pub family: String,
    /// Training rows.
    pub n: usize,
    /// Features.
    pub d: usize,
    /// Parameters.
    pub dim: usize,
    /// Least value that was found.
    pub loss: f64,
    /// Newton decrement ½gᵀH⁺g there.
    pub decrement: f64,
    /// Norm of the gradient there.
    pub grad_norm: f64,
    /// Whether it is a minimum with a finite place, reached to the decrement of a reference.
    pub is_optimum: bool,
    /// What keeps it from being one, or what to know of it.
    pub remarks: Vec<String>,
    /// EM iterations from the start.
    pub em_iterations: u64,
    /// Newton iterations after them.
    pub newton_iterations: u64,
    /// `reference:` of the benchmark file.
    pub stated_reference: Option<f64>,
    /// Largest eigenvalue of the missing information matrix, EM's rate.
    pub lambda_max: Option<f64>,
    /// Least eigenvalue of it.
    pub lambda_min: Option<f64>,
    /// Condition number of ∇²L, the ridge included.
    pub condition_observed: Option<f64>,
    /// Condition number of the surrogate's Hessian.
    pub condition_complete: Option<f64>,
    /// Least and largest eigenvalue of ∇²L.
    pub curvature: Option<(f64, f64)>,
    /// Mirror descent at fixed steps.
    pub mirror: Vec<MirrorStep>,
    /// The step of mirror descent with the least rate.
    pub best_mirror: Option<MirrorStep>,
    /// The best common step of gradient descent.
    pub best_gradient_descent: Option<Rate>,
    /// The best pair of steps, one for the gate.
    pub best_per_block: Option<Rate>,
    /// The best heavy ball.
    pub best_heavy_ball: Option<Rate>,
    /// Every configuration of the benchmark.
    pub optimizers: Vec<(String, Prediction)>,
    /// Where the truth is known: errors of gate and experts that no estimate from this data undercuts by much.
    pub estimation_floor: Option<(f64, f64)>,
    /// The parameters, in θ's order.
    pub theta: Vec<f64>,
}

/// Mirror descent at one step size.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct MirrorStep {
    /// The step.
    pub step: f64,
    /// Spectral radius of its Jacobian; none where the projection does not exist.
    pub rate: Option<f64>,
}

/// Step sizes and their rate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rate {
    /// For the gate.
    pub step_gate: f64,
    /// For all else.
    pub step_experts: f64,
    /// Momentum.
    pub mu: f64,
    /// The rate.
    pub rate: f64,
}

impl From<BestSteps> for Rate {
    fn from(best: BestSteps) -> Self {
        Self { step_gate: best.steps.gate, step_experts: best.steps.experts, mu: best.momentum, rate: best.rate }
    }
}

/// Finds the optimum that EM reaches from the problem's start, polishes it, and computes the rates there.
///
/// # Errors
///
/// The problem cannot be made ready.
pub fn inspect(
    problem: &Problem,
    seed: u64,
    base_dir: &Path,
    optimizers: &[OptimizerConfig],
) -> Result<Inspection, ProblemError> {
    let prepared = prepare(problem, seed, base_dir, load(problem, seed, base_dir, None)?)?;
    let model_error = |source| ProblemError::Model { problem: problem.name.clone(), source };
    let mut objective =
        Objective::new(Arc::clone(&prepared.model), Arc::clone(&prepared.train)).map_err(model_error)?;
    let is_dense = prepared.model.dim() <= DENSE_INFORMATION;
    let budget = if is_dense { EmBudget::default() } else { LARGE_EM };
    let found = optimum(&mut objective, &prepared.start, budget);
    let mut inspection = describe(problem, seed, &objective, &found);
    let theta = &found.polished.theta;
    if is_dense {
        let information = Information::new(&mut objective, theta);
        if let Some(truth) = &prepared.truth {
            let floor = estimation_floor(&prepared.model, &information, truth, prepared.train.n());
            inspection.estimation_floor = floor.map(|floor| (floor.gate, floor.experts));
        }
        match LocalRates::new(information, prepared.model.layout()) {
            Some(rates) => fill(&mut inspection, &rates, optimizers),
            None => inspection.remarks.push("the surrogate's Hessian is not positive here: no rates".to_owned()),
        }
    } else {
        by_products(&mut inspection, &mut objective, theta, optimizers);
    }
    Ok(inspection)
}

fn describe(problem: &Problem, seed: u64, objective: &Objective, found: &Optimum) -> Inspection {
    let (model, data, polished) = (objective.model(), objective.data(), &found.polished);
    Inspection {
        problem: problem.name.clone(),
        seed,
        family: model.family().as_str().to_owned(),
        n: data.n(),
        d: data.d(),
        dim: model.dim(),
        loss: polished.loss,
        decrement: polished.decrement,
        grad_norm: polished.grad_norm,
        is_optimum: polished.is_optimum(),
        remarks: remarks(found, model.layout()),
        em_iterations: found.em_iterations,
        newton_iterations: polished.iterations,
        stated_reference: problem.reference,
        lambda_max: None,
        lambda_min: None,
        condition_observed: None,
        condition_complete: None,
        curvature: None,
        mirror: Vec::new(),
        best_mirror: None,
        best_gradient_descent: None,
        best_per_block: None,
        best_heavy_ball: None,
        optimizers: Vec::new(),
        estimation_floor: None,
        theta: polished.theta.clone(),
    }
}

fn remarks(found: &Optimum, layout: &Layout) -> Vec<String> {
    let polished = &found.polished;
    let mut remarks = Vec::new();
    if let Some(error) = &found.em_error {
        remarks.push(format!("EM ended after {} iterations: {error}", found.em_iterations));
    }
    let plural = |count: usize| if count == 1 { "direction" } else { "directions" };
    if polished.vanishing_directions > 0 {
        let (count, words) = (polished.vanishing_directions, plural(polished.vanishing_directions));
        remarks.push(format!(
            "no finite optimum: along {count} {words} the parameters run off (separated data) or the curvature is gone; \
             rates are of the directions that are left"
        ));
    }
    if polished.flat_directions > 0 {
        let has_noise = layout.blocks.iter().any(|block| block.kind == BlockKind::Noise);
        let noise = if has_noise { ", or a standard deviation at its floor" } else { "" };
        let (count, words) = (polished.flat_directions, plural(polished.flat_directions));
        remarks.push(format!("{count} flat {words} left out: collinear columns{noise}"));
    }
    if polished.least_curvature.is_some_and(|least| least < 0.0) {
        remarks.push("a saddle: L still falls in some direction".to_owned());
    }
    if !polished.is_stationary() {
        remarks.push(format!("not polished: the Newton decrement is still {:.3e}", polished.decrement));
    }
    remarks
}

fn fill(inspection: &mut Inspection, rates: &LocalRates, optimizers: &[OptimizerConfig]) {
    inspection.lambda_max = rates.missing().last().copied();
    inspection.lambda_min = rates.missing().first().copied();
    inspection.condition_observed = rates.condition();
    inspection.condition_complete = rates.surrogate_condition();
    inspection.curvature = rates.curvatures().first().copied().zip(rates.curvatures().last().copied());
    inspection.mirror = MIRROR_STEPS.iter().map(|step| MirrorStep { step: *step, rate: rates.mirror(*step) }).collect();
    inspection.best_mirror = rates.best_mirror().map(|(step, rate)| MirrorStep { step, rate: Some(rate) });
    inspection.best_gradient_descent = rates.best_gradient_descent().map(Rate::from);
    inspection.best_per_block = rates.best_gradient_descent_per_block().map(Rate::from);
    inspection.best_heavy_ball = rates.best_heavy_ball().map(Rate::from);
    inspection.optimizers = optimizers.iter().map(|config| (title(config), predict(config, &mut &*rates))).collect();
}

/// What products alone can tell.
fn by_products(inspection: &mut Inspection, objective: &mut Objective, theta: &[f64], optimizers: &[OptimizerConfig]) {
    let mut rates = ProductRates::new(objective, theta);
    let mut remarks = Vec::new();
    match rates.hessian() {
        Ok(hessian) => {
            let (least, most) = (hessian.least, hessian.largest);
            inspection.condition_observed = Some(most / least);
            inspection.curvature = Some((least, most));
            if least > 0.0 {
                let (step, rate) = (2.0 / (least + most), (most - least) / (most + least));
                inspection.best_gradient_descent = Some(Rate { step_gate: step, step_experts: step, mu: 0.0, rate });
            }
            let error = hessian.least_error.max(hessian.largest_error);
            remarks.push(format!("{} parameters: spectra by products; curvatures to {error:.1e}", theta.len()));
        }
        Err(reason) => remarks.push(format!("the curvatures are not known: {reason}")),
    }
    match rates.mirror_ends(1.0) {
        Ok(contraction) => {
            inspection.lambda_max = Some(1.0 - contraction.least);
            inspection.lambda_min = Some(1.0 - contraction.largest);
            let error = contraction.least_error.max(contraction.largest_error);
            remarks.push(format!("λ of the missing information to {error:.1e}"));
        }
        Err(reason) => remarks.push(format!("λ of the missing information is not known: {reason}")),
    }
    inspection.condition_complete = rates.complete().ok().map(|complete| complete.largest / complete.least);
    inspection.mirror =
        MIRROR_STEPS.iter().map(|step| MirrorStep { step: *step, rate: rates.mirror(*step).ok() }).collect();
    inspection.optimizers = optimizers.iter().map(|config| (title(config), predict(config, &mut rates))).collect();
    inspection.remarks.append(&mut remarks);
}

/// Label and setting.
fn title(config: &OptimizerConfig) -> String {
    if config.config.is_empty() { config.label.clone() } else { format!("{} {}", config.label, config.config) }
}
