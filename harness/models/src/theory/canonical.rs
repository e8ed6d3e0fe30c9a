//! One form for all parameter vectors that mean the same model, and the distance between models.
//!
//! Experts can be permuted, and reference columns stand for columns known up to a common shift. The
//! canonical form has all k gate columns centred, all class columns centred, and the experts in the
//! order of their largest canonical coordinates; symmetric families take the sign (and for
//! `symmetric_logistic` the order of w and beta) that comes first. For looking at, and for keys; the
//! distance between two models is [`distance`], which searches the group.

use crate::align;
use crate::model::Model;
use crate::options::Family;

/// The canonical form: for symmetric families gate then expert, else expert by expert its gate column,
/// its columns and its log standard deviation.
///
/// # Panics
///
/// Where `theta` does not have [`Model::dim`] values.
pub fn canonical(model: &Model, theta: &[f64]) -> Vec<f64> {
    assert_eq!(theta.len(), model.dim(), "theta has not the model's dimension");
    if !model.family().is_symmetric() {
        let mut experts = align::experts(model, theta);
        experts.sort_by(|a, b| compare(b, a));
        return experts.concat();
    }
    let (gate, expert) = theta.split_at(model.d());
    let signed =
        |a: &[f64], b: &[f64], sign: f64| -> Vec<f64> { a.iter().chain(b).map(|value| sign * value).collect() };
    let mut images = vec![signed(gate, expert, 1.0), signed(gate, expert, -1.0)];
    if model.family() == Family::SymmetricLogistic {
        images.extend([signed(expert, gate, 1.0), signed(expert, gate, -1.0)]);
    }
    images.into_iter().max_by(|a, b| compare(a, b)).expect("a group has an identity")
}

/// Distance of two models over the symmetries of the family, relative to `max(1, |b|)`; standard
/// deviations count by their logs.
///
/// # Panics
///
/// Where a vector does not have [`Model::dim`] values.
pub fn distance(model: &Model, a: &[f64], b: &[f64]) -> f64 {
    align::distance(model, a, b)
}

fn compare(a: &[f64], b: &[f64]) -> std::cmp::Ordering {
    let differing = a.iter().zip(b).map(|(a, b)| a.total_cmp(b)).find(|order| order.is_ne());
    differing.unwrap_or(std::cmp::Ordering::Equal)
}
