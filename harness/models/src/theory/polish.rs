//! From a point near an optimum to the optimum, by Newton's method on L.
//!
//! With few parameters and rows the Hessian is formed and its eigenvalues are taken by their absolute value, so
//! that every step descends and saddles are left; with many, steps come from conjugate gradients. Flat
//! directions are no part of a step. The last steps are judged by the decrement, since a decrease of L
//! is then lost in rounding. Work by products is bounded: on large data the optimum stays out of reach,
//! and the decrement says how far.

use faer::Mat;

use super::eigen::{Scale, rounding};
use super::information::{DENSE_INFORMATION, hessian};
use super::krylov::conjugate_gradients;
use crate::objective::Objective;
use crate::sum::{axpy, dot, norm};

/// Newton decrement `1/2 g' H^+ g`, relative to `max(1, |L|)`, at which a point is a reference.
pub const REFERENCE_DECREMENT: f64 = 1e-14;

/// Newton iterations, after which the optimum counts as out of reach.
const MAX_ITERATIONS: u64 = 200;
/// Halvings of a step.
const MAX_HALVINGS: u32 = 50;
/// Multiplications of all products with the Hessian where it is not formed, some ten seconds of one core.
const PRODUCTS_WORK: f64 = 2e11;
/// Hessians whose forming, by as many products as there are parameters, has to fit into that work.
const HESSIANS: usize = 10;
/// The least and the most products for one step.
const STEP_PRODUCTS: (usize, usize) = (10, 2000);
/// Below this decrement L no longer tells a better point from a worse one.
const BLURRED: f64 = 1e-13;
/// A scaled curvature below this at a "minimum" is a direction in which L falls for ever: separated
/// data, whose optimum is infinite.
const RUNS_OFF: f64 = 1e-8;

/// Where Newton's method ended.
#[derive(Clone, Debug, PartialEq)]
pub struct Polished {
    /// The point.
    pub theta: Vec<f64>,
    /// L there.
    pub loss: f64,
    /// `1/2 g' H^+ g`: about how far L still is above its minimum. Where the work ran out it is a bound from
    /// below, or the last fall of L if that is more.
    pub decrement: f64,
    /// Norm of the gradient.
    pub grad_norm: f64,
    /// Least eigenvalue of the Hessian scaled to a unit diagonal, flat directions left out; not known
    /// for many parameters.
    pub least_curvature: Option<f64>,
    /// Directions that have no curvature anywhere: of collinear columns, and standard deviations at
    /// their floor.
    pub flat_directions: usize,
    /// Directions almost without curvature: along them the optimum is infinite, or nearly so.
    pub vanishing_directions: usize,
    /// Newton iterations.
    pub iterations: u64,
}

impl Polished {
    /// Whether the decrement is that of a reference.
    pub fn is_stationary(&self) -> bool {
        self.decrement <= REFERENCE_DECREMENT * self.loss.abs().max(1.0)
    }

    /// Whether it is a minimum, with a finite place.
    pub fn is_optimum(&self) -> bool {
        self.is_stationary() && self.least_curvature.is_none_or(|least| least > 0.0) && self.vanishing_directions == 0
    }
}

/// What a Newton step rests on.
struct Step {
    direction: Vec<f64>,
    decrement: f64,
    least: Option<f64>,
    /// Directions with next to no curvature, structural ones included.
    flat: Vec<Vec<f64>>,
}

/// Newton's method from theta. Nothing is NaN in the answer unless it is at theta.
pub fn polish(objective: &mut Objective, theta: &[f64]) -> Polished {
    let products = most_products(objective);
    polish_within(objective, theta, products)
}

/// The same with at most about so many products where the Hessian is not formed.
fn polish_within(objective: &mut Objective, theta: &[f64], mut products: usize) -> Polished {
    let is_dense = theta.len() <= DENSE_INFORMATION && products >= HESSIANS * theta.len();
    let mut at = theta.to_vec();
    let mut gradient = vec![0.0; theta.len()];
    let mut loss = objective.value_gradient(&at, &mut gradient);
    let mut step = newton_step(objective, &at, &gradient, is_dense, &mut products);
    let mut iterations = 0;
    while iterations < MAX_ITERATIONS && step.decrement > 0.0 && loss.is_finite() && step.decrement.is_finite() {
        let is_blurred = step.decrement <= BLURRED * loss.abs().max(1.0);
        let Some((next, next_loss, next_gradient)) = search(objective, &at, loss, &step, is_blurred) else { break };
        let next_step = newton_step(objective, &next, &next_gradient, is_dense, &mut products);
        let is_better = next_step.decrement < 0.5 * step.decrement;
        if is_blurred && !is_better {
            break;
        }
        let fall = loss - next_loss;
        (at, loss, gradient, step) = (next, next_loss, next_gradient, next_step);
        iterations += 1;
        if products == 0 {
            step.decrement = step.decrement.max(fall);
            break;
        }
    }
    let structural = if is_dense { structural_directions(objective, &at) } else { 0 };
    let bending = step.flat.iter().filter(|direction| bends(objective, &at, loss, direction)).count();
    Polished {
        theta: at,
        loss,
        decrement: step.decrement,
        grad_norm: norm(&gradient),
        least_curvature: step.least,
        flat_directions: structural,
        vanishing_directions: step.flat.len().saturating_sub(bending + structural),
        iterations,
    }
}

/// A point along the step that is lower, or where L is blurred the whole step.
fn search(
    objective: &mut Objective,
    at: &[f64],
    loss: f64,
    step: &Step,
    is_blurred: bool,
) -> Option<(Vec<f64>, f64, Vec<f64>)> {
    let mut length = 1.0;
    let mut gradient = vec![0.0; at.len()];
    for _ in 0..MAX_HALVINGS {
        let mut next = at.to_vec();
        axpy(length, &step.direction, &mut next);
        let value = objective.value_gradient(&next, &mut gradient);
        let slope = dot(&gradient, &step.direction);
        let is_lower = value <= loss - 2e-4 * length * step.decrement;
        // Near the blur: flat in L, and the slope has shrunk.
        let is_flat = value <= loss + 4.0 * f64::EPSILON * loss.abs().max(1.0) && slope.abs() <= step.decrement;
        if value.is_finite() && (is_lower || is_flat || is_blurred) {
            return Some((next, value, gradient));
        }
        length *= 0.5;
    }
    None
}

fn newton_step(objective: &mut Objective, at: &[f64], gradient: &[f64], is_dense: bool, products: &mut usize) -> Step {
    if !is_dense {
        return product_step(objective, at, gradient, products);
    }
    let none = Step { direction: vec![0.0; at.len()], decrement: f64::NAN, least: None, flat: Vec::new() };
    let scale = Scale::new(objective, at);
    let Some((values, vectors)) = scale.eigen(&hessian(objective, at)) else { return none };
    let (tolerance, scale) = (rounding(at.len()), scale.0);
    let mut step = Step { decrement: 0.0, ..none };
    let mut scaled_direction = vec![0.0; at.len()];
    for (j, value) in values.iter().enumerate() {
        if value.abs() <= RUNS_OFF {
            step.flat.push((0..at.len()).map(|i| vectors[(i, j)] * scale[i]).collect());
        }
        if value.abs() <= tolerance {
            continue;
        }
        step.least.get_or_insert(*value);
        let component: f64 = (0..at.len()).map(|i| vectors[(i, j)] * scale[i] * gradient[i]).sum();
        step.decrement += 0.5 * component * component / value.abs();
        for (i, target) in scaled_direction.iter_mut().enumerate() {
            *target -= vectors[(i, j)] * component / value.abs();
        }
    }
    step.direction = scaled_direction.iter().zip(&scale).map(|(value, scale)| value * scale).collect();
    step
}

/// Whether L bends along a direction when most rows feel it: a curvature that is small beside that of one enormous row,
/// which the scale of a column is made of, is none that vanishes.
fn bends(objective: &mut Objective, at: &[f64], loss: f64, direction: &[f64]) -> bool {
    let (d, columns) = (objective.data().d(), objective.model().shape().columns());
    let reach = |row: &[f64]| {
        let along = direction[..d * columns].chunks_exact(d).map(|column| dot(row, column).powi(2));
        along.sum::<f64>().sqrt()
    };
    let mut reaches = Vec::with_capacity(objective.data().n());
    objective.data().for_each_row(|row| reaches.push(reach(row)));
    reaches.sort_unstable_by(f64::total_cmp);
    let middle = reaches[reaches.len() / 2];
    // Where most rows feel nothing the direction is structural, or only of few rows.
    if middle <= 0.0 {
        return false;
    }
    let mut moved = |length: f64| {
        let mut there = at.to_vec();
        axpy(length / middle, direction, &mut there);
        objective.value(&there)
    };
    moved(1.0) + moved(-1.0) - 2.0 * loss > RUNS_OFF * loss.abs().max(1.0)
}

/// Directions that no parameters give any curvature: those of collinear columns, in every column of
/// logits, and standard deviations held by their floor.
fn structural_directions(objective: &mut Objective, at: &[f64]) -> usize {
    // At zero every softmax is as curved as it can be, and every mean too.
    let Objective { model, data, sigmas, .. } = objective;
    sigmas.refresh(model, at);
    let estimated = model.shape().noise;
    let held = if estimated > 0 && sigmas.parameter.iter().all(Option::is_none) { estimated } else { 0 };
    let held = if estimated > 1 { sigmas.parameter.iter().filter(|place| place.is_none()).count() } else { held };
    let d = data.d();
    let mut squares = vec![0.0; d];
    let mut gram = Mat::<f64>::zeros(d, d);
    data.for_each_row(|row| {
        for i in 0..d {
            squares[i] += row[i] * row[i];
            for j in 0..=i {
                gram[(i, j)] += row[i] * row[j];
            }
        }
    });
    let scale = squares.iter().map(|square| if *square > 0.0 { square.sqrt().recip() } else { 0.0 }).collect();
    let Some((values, _)) = Scale(scale).eigen(&gram) else { return held };
    let collinear = values.iter().filter(|value| **value <= rounding(d)).count();
    held + collinear * model.shape().columns()
}

/// Products with the Hessian that all steps may take.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small positive number")]
pub(super) fn most_products(objective: &Objective) -> usize {
    let (data, columns) = (&objective.data, objective.model.shape().columns());
    // Logits of the point and of the direction, and the product back.
    let each = 3.0 * data.n() as f64 * (data.d() * columns) as f64;
    (PRODUCTS_WORK / each) as usize
}

/// `H d = -g` by conjugate gradients, cut at negative curvature and after a third of the products that are left.
fn product_step(objective: &mut Objective, at: &[f64], gradient: &[f64], products: &mut usize) -> Step {
    let rhs: Vec<f64> = gradient.iter().map(|value| -value).collect();
    let most = (*products / 3).clamp(STEP_PRODUCTS.0, STEP_PRODUCTS.1);
    let solution = conjugate_gradients(&rhs, None, 1e-10, most, |v, out| {
        *products = products.saturating_sub(1);
        objective.hessian_vector(at, v, out);
    });
    let decrement = 0.5 * dot(&rhs, &solution.x);
    Step { direction: solution.x, decrement, least: None, flat: Vec::new() }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::{Data, Family, Model, ModelOptions, Target};

    /// Two logistic experts of three classes with more parameters than are worth a matrix.
    fn objective() -> (Objective, Vec<f64>) {
        let (n, d) = (400, 130);
        let x: Vec<f64> = (0..n * d).map(|i| ((i * 7919 + 13 * (i / d)) % 1009) as f64 / 504.5 - 1.0).collect();
        let labels = x.chunks_exact(d).map(|row| u32::from(row[0] > -0.3) + u32::from(row[0] + row[1] > 0.3));
        let target = Target::Classes { labels: labels.collect(), n_classes: 3 };
        let data = Data::new(x, n, d, target).unwrap();
        let mut options = ModelOptions::new(Family::Logistic);
        options.ridge = 1e-3;
        let model = Model::new(&options, d, data.n_classes(), n).unwrap();
        let theta = (0..model.dim()).map(|i| ((i % 7) as f64 - 3.0) / 50.0).collect();
        (Objective::new(Arc::new(model), Arc::new(data)).unwrap(), theta)
    }

    #[test]
    fn one_enormous_row_does_not_make_an_optimum_infinite() {
        let (n, d) = (200, 2);
        let mut x: Vec<f64> = (0..n * d).map(|i| ((i * 7919 + 5 * (i / d)) % 1009) as f64 / 504.5 - 1.0).collect();
        // The first feature says a little of which expert it is: the gate is finite, and saturated in the enormous row.
        let noise = |i: usize, by: usize| ((i * by) % 17) as f64 / 17.0 - 0.5;
        let sign = |i: usize, row: &[f64]| if row[0] + 4.0 * noise(i, 13) > 0.0 { 2.0 } else { -2.0 };
        let y = x.chunks_exact(d).enumerate().map(|(i, row)| sign(i, row) * row[1] + noise(i, 31));
        let y: Vec<f64> = y.collect();
        x[0] = 1e6;
        let data = Data::new(x, n, d, Target::Real(y)).unwrap();
        let model = Model::new(&ModelOptions::new(Family::SymmetricLinear), d, None, n).unwrap();
        let mut objective = Objective::new(Arc::new(model), Arc::new(data)).unwrap();
        let polished = polish(&mut objective, &[0.5, 0.0, 0.0, 1.8]);
        assert!(polished.is_optimum(), "{polished:?}");
        let curvatures = hessian(&mut objective, &polished.theta).self_adjoint_eigenvalues(faer::Side::Lower).unwrap();
        assert!(curvatures[0] > 1e-3, "{curvatures:?}");
    }

    #[test]
    fn where_the_work_runs_out_the_point_is_lower_and_no_optimum() {
        let (mut objective, theta) = objective();
        let before = objective.value(&theta);
        let mut last = before;
        for products in [10, 30, 90] {
            let passes = objective.cost().passes;
            let polished = polish_within(&mut objective, &theta, products);
            assert!(polished.loss < last && !polished.is_stationary() && !polished.is_optimum(), "{polished:?}");
            // Ten for the decrement of the last point, and line searches.
            assert!(objective.cost().passes - passes < products as f64 + 30.0);
            last = polished.loss;
        }
        let polished = polish(&mut objective, &theta);
        assert!(polished.is_optimum() && polished.loss < last, "{polished:?}");
    }
}
