//! What the generators draw: directions, features, the latent expert, classes. Only numbers here, no options.

use rand::{Rng, RngExt};
use rand_distr::{Distribution, StandardNormal};

use crate::options::CovariateLaw;
use crate::split::below;
use crate::table::Truth;

/// A vector of that norm in a uniformly random direction.
pub(super) fn direction(d: usize, norm: f64, rng: &mut dyn Rng) -> Vec<f64> {
    loop {
        let normals: Vec<f64> = (0..d).map(|_| normal(rng)).collect();
        let length = dot(&normals, &normals).sqrt();
        if length > 0.0 {
            return normals.iter().map(|v| v / length * norm).collect();
        }
    }
}

pub(super) fn covariate(law: CovariateLaw, rng: &mut dyn Rng) -> f64 {
    match law {
        CovariateLaw::Gaussian => normal(rng),
        // t = z/√(χ²₄/4) has variance 2, so t/√2 = z·√(2/χ²₄).
        CovariateLaw::StudentT => {
            let z = normal(rng);
            let chi_square: f64 = (0..4).map(|_| normal(rng).powi(2)).sum();
            z * (2.0 / chi_square).sqrt()
        }
    }
}

/// A draw of a standard normal.
pub(super) fn normal(rng: &mut dyn Rng) -> f64 {
    StandardNormal.sample(rng)
}

/// One of the numbers below `count`, each alike.
pub(super) fn uniform(count: usize, rng: &mut dyn Rng) -> usize {
    below(count as u64, rng)
}

/// True with probability `p`; draws one number whatever `p` is.
pub(super) fn coin(p: f64, rng: &mut dyn Rng) -> bool {
    rng.random::<f64>() < p
}

/// A draw from the softmax of the inner products of `x` with `columns` and a last logit of 0.
pub(super) fn choose(columns: &[Vec<f64>], x: &[f64], rng: &mut dyn Rng) -> usize {
    let logits: Vec<f64> = columns.iter().map(|column| dot(column, x)).chain([0.0]).collect();
    let largest = logits.iter().copied().fold(0.0, f64::max);
    let weights: Vec<f64> = logits.iter().map(|logit| (logit - largest).exp()).collect();
    let mut left = rng.random::<f64>() * weights.iter().sum::<f64>();
    for (i, weight) in weights.iter().enumerate() {
        left -= weight;
        if left < 0.0 {
            return i;
        }
    }
    // Rounding may leave a remainder of the sum.
    weights.len() - 1
}

/// ±1 from the symmetric families' gate, P(+1) = σ(xᵀw).
pub(super) fn sign(truth: &Truth, x: &[f64], rng: &mut dyn Rng) -> f64 {
    if coin(sigmoid(dot(&truth.gate[0], x)), rng) { 1.0 } else { -1.0 }
}

pub(super) fn sigmoid(logit: f64) -> f64 {
    1.0 / (1.0 + (-logit).exp())
}

pub(super) fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
