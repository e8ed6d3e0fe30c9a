//! Distance to the true parameters, up to the symmetries of the model.
//!
//! Experts can be permuted, and reference-coded columns stand for columns that are known up to a
//! common shift: gate columns are centred over the experts, class columns over the classes, zero
//! references included, before they are compared. One permutation serves gate and experts. The
//! symmetric families are compared over their whole group: `(w, beta)` and `(-w, -beta)`, and for
//! `symmetric_logistic`, where gate and expert enter alike, also with w and beta exchanged. Standard
//! deviations do not count.

use crate::assignment::assign;
use crate::model::Model;
use crate::options::Family;

/// Relative Frobenius errors of gate and experts, `(gate, experts)`.
///
/// Of all symmetries the one with the least sum of the two squared errors is taken. Where a true
/// block is zero its error is absolute.
///
/// # Panics
///
/// Where `theta` or `truth` does not have [`Model::dim`] values.
pub fn errors(model: &Model, theta: &[f64], truth: &[f64]) -> (f64, f64) {
    assert_eq!(theta.len(), model.dim(), "theta has not the model's dimension");
    assert_eq!(truth.len(), model.dim(), "the truth has not the model's dimension");
    if model.family().is_symmetric() {
        symmetric_errors(model, theta, truth)
    } else {
        permuted_errors(model, theta, truth)
    }
}

fn symmetric_errors(model: &Model, theta: &[f64], truth: &[f64]) -> (f64, f64) {
    let (gate, expert) = theta.split_at(model.d());
    let (true_gate, true_expert) = truth.split_at(model.d());
    let mut images = vec![(gate, expert, 1.0), (gate, expert, -1.0)];
    if model.family() == Family::SymmetricLogistic {
        images.extend([(expert, gate, 1.0), (expert, gate, -1.0)]);
    }
    let squares = images.into_iter().map(|(gate, expert, sign)| {
        let gate = squared_distance(gate, true_gate, sign) / scale(true_gate);
        (gate, squared_distance(expert, true_expert, sign) / scale(true_expert))
    });
    roots(least(squares))
}

fn permuted_errors(model: &Model, theta: &[f64], truth: &[f64]) -> (f64, f64) {
    let k = model.experts();
    let (found, actual) = (Centred::new(model, theta), Centred::new(model, truth));
    let (gate_scale, expert_scale) = (scale(&actual.gate), scale(&actual.experts));
    let distances = |expert: usize, other: usize| {
        let pair = |found: &[f64], actual: &[f64]| {
            let len = actual.len() / k;
            let found = &found[expert * len..(expert + 1) * len];
            squared_distance(found, &actual[other * len..(other + 1) * len], 1.0)
        };
        (pair(&found.gate, &actual.gate) / gate_scale, pair(&found.experts, &actual.experts) / expert_scale)
    };
    let mut cost = Vec::with_capacity(k * k);
    for expert in 0..k {
        for other in 0..k {
            let (gate, experts) = distances(expert, other);
            cost.push(gate + experts);
        }
    }
    let assigned = assign(&cost, k);
    let pairs = assigned.into_iter().enumerate().map(|(expert, other)| distances(expert, other));
    roots(pairs.fold((0.0, 0.0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1)))
}

/// Norms of gate and experts to which errors are relative; 1 for zero.
pub(crate) fn norms(model: &Model, truth: &[f64]) -> (f64, f64) {
    if model.family().is_symmetric() {
        let (gate, expert) = truth.split_at(model.d());
        return (scale(gate).sqrt(), scale(expert).sqrt());
    }
    let actual = Centred::new(model, truth);
    (scale(&actual.gate).sqrt(), scale(&actual.experts).sqrt())
}

/// Distance of two models over all symmetries, relative to `max(1, |b|)`; logs of standard deviations
/// count too.
pub(crate) fn distance(model: &Model, a: &[f64], b: &[f64]) -> f64 {
    let size = b.iter().map(|value| value * value).sum::<f64>().sqrt().max(1.0);
    if model.family().is_symmetric() {
        let d = model.d();
        let swapped = [&a[d..], &a[..d]].concat();
        let mut images = vec![(a, 1.0)];
        images.push((a, -1.0));
        if model.family() == Family::SymmetricLogistic {
            images.extend([(swapped.as_slice(), 1.0), (swapped.as_slice(), -1.0)]);
        }
        let squares = images.into_iter().map(|(image, sign)| squared_distance(image, b, sign));
        return squares.fold(f64::INFINITY, f64::min).sqrt() / size;
    }
    let k = model.experts();
    let (left, right) = (experts(model, a), experts(model, b));
    let cost: Vec<f64> =
        left.iter().flat_map(|one| right.iter().map(|other| squared_distance(one, other, 1.0))).collect();
    let total: f64 = assign(&cost, k).into_iter().enumerate().map(|(row, column)| cost[row * k + column]).sum();
    total.sqrt() / size
}

/// What belongs to each expert: its centred gate column, its centred columns, the log of its standard
/// deviation.
pub(crate) fn experts(model: &Model, theta: &[f64]) -> Vec<Vec<f64>> {
    let k = model.experts();
    let centred = Centred::new(model, theta);
    let noise = &theta[model.shape().noise_offset()..];
    let part = |all: &[f64], expert: usize| all[expert * all.len() / k..(expert + 1) * all.len() / k].to_vec();
    (0..k)
        .map(|expert| {
            let mut own = [part(&centred.gate, expert), part(&centred.experts, expert)].concat();
            own.extend(noise.get(expert).or(noise.first()));
            own
        })
        .collect()
}

/// All k gate columns and all k experts, centred, expert by expert.
struct Centred {
    gate: Vec<f64>,
    experts: Vec<f64>,
}

impl Centred {
    fn new(model: &Model, theta: &[f64]) -> Self {
        let (shape, k) = (model.shape(), model.experts());
        let gate = centre(&theta[shape.gate()], model.d(), k);
        let mut experts = Vec::new();
        for expert in 0..k {
            let columns = &theta[shape.expert(expert)];
            match model.n_classes() {
                Some(n_classes) => experts.extend(centre(columns, model.d(), n_classes)),
                None => experts.extend(columns),
            }
        }
        Self { gate, experts }
    }
}

/// Appends the zero reference column, up to `count` columns, and subtracts the columns' mean.
fn centre(columns: &[f64], d: usize, count: usize) -> Vec<f64> {
    let mut centred = columns.to_vec();
    centred.resize(d * count, 0.0);
    for feature in 0..d {
        let mean = centred.iter().skip(feature).step_by(d).sum::<f64>() / count as f64;
        for value in centred.iter_mut().skip(feature).step_by(d) {
            *value -= mean;
        }
    }
    centred
}

fn least(squares: impl Iterator<Item = (f64, f64)>) -> (f64, f64) {
    let best = squares.min_by(|a, b| (a.0 + a.1).total_cmp(&(b.0 + b.1)));
    best.expect("a group has an identity")
}

fn roots(squares: (f64, f64)) -> (f64, f64) {
    (squares.0.sqrt(), squares.1.sqrt())
}

/// `|sign * found - actual|^2`.
fn squared_distance(found: &[f64], actual: &[f64], sign: f64) -> f64 {
    found.iter().zip(actual).map(|(found, actual)| (sign * found - actual).powi(2)).sum()
}

/// Squared norm, 1 for zero.
fn scale(actual: &[f64]) -> f64 {
    let square: f64 = actual.iter().map(|value| value * value).sum();
    if square > 0.0 { square } else { 1.0 }
}
