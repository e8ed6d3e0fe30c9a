//! The precision that the data supports, against the spread of maximum likelihood estimates over drawn data.

use std::sync::Arc;

use crate::common::{Case, dot, normals};
use harness_models::theory::{Information, estimation_floor, polish};
use harness_models::{Data, Family, Model, Objective, Target, align};
use rand::{RngExt, SeedableRng};
use rand_distr::StandardNormal;
use rand_pcg::Pcg64;

/// Data sets of each family.
const DRAWS: u64 = 50;
/// Standard deviation of the noise of `linear`; the symmetric family has 1.
const SIGMA: f64 = 0.8;

/// Rows of a model with these parameters.
fn draw(case: &Case, truth: &[f64], seed: u64) -> Data {
    let mut rng = Pcg64::seed_from_u64(seed);
    let (n, d, k) = (case.n, case.d, case.experts);
    let x = normals(&mut rng, n * d, 1.0);
    let mut real = Vec::new();
    let mut labels = Vec::new();
    for row in x.chunks_exact(d) {
        let column = |index: usize| dot(row, &truth[index * d..(index + 1) * d]);
        let sigmoid = |t: f64| 1.0 / (1.0 + (-t).exp());
        let mut pick = |logits: &[f64]| {
            let total: f64 = logits.iter().map(|logit| logit.exp()).sum();
            let mut left = rng.random::<f64>() * total;
            let found = logits.iter().position(|logit| {
                left -= logit.exp();
                left < 0.0
            });
            found.unwrap_or(logits.len() - 1)
        };
        match case.family {
            Family::SymmetricLinear => {
                let sign = if pick(&[column(0), 0.0]) == 0 { 1.0 } else { -1.0 };
                real.push(sign * column(1) + rng.sample::<f64, _>(StandardNormal));
            }
            Family::SymmetricLogistic => {
                let sign = if pick(&[column(0), 0.0]) == 0 { 1.0 } else { -1.0 };
                labels.push(u32::from(rng.random::<f64>() < sigmoid(sign * column(1))));
            }
            Family::Linear => {
                let mut gate: Vec<f64> = (0..k - 1).map(column).collect();
                gate.push(0.0);
                let z = pick(&gate);
                real.push(column(k - 1 + z) + SIGMA * rng.sample::<f64, _>(StandardNormal));
            }
            Family::Logistic => {
                let mut gate: Vec<f64> = (0..k - 1).map(column).collect();
                gate.push(0.0);
                let first = k - 1 + pick(&gate) * (case.classes - 1);
                let mut classes: Vec<f64> = (0..case.classes - 1).map(|class| column(first + class)).collect();
                classes.push(0.0);
                labels.push(u32::try_from(pick(&classes)).unwrap());
            }
        }
    }
    let target =
        if labels.is_empty() { Target::Real(real) } else { Target::Classes { labels, n_classes: case.classes } };
    Data::new(x, n, d, target).unwrap()
}

#[test]
fn estimates_are_as_far_from_the_truth_as_the_information_says() {
    let cases = [
        (Case { n: 800, ..Case::new(Family::SymmetricLinear) }, 1.2),
        (Case { n: 2500, ..Case::new(Family::SymmetricLogistic) }, 1.5),
        (Case { n: 1000, experts: 3, ..Case::new(Family::Linear) }, 1.8),
        (Case { n: 2000, classes: 3, ..Case::new(Family::Logistic) }, 2.2),
    ];
    for (case, scale) in cases {
        let truth = case.theta(scale);
        let n_classes = Some(case.classes).filter(|_| case.family.is_classification());
        let model = Arc::new(Model::new(&case.options(), case.d, n_classes, case.n).unwrap());
        let (mut squares, mut floors) = ([0.0; 2], [0.0; 2]);
        for seed in 0..DRAWS {
            let mut objective = Objective::new(Arc::clone(&model), Arc::new(draw(&case, &truth, 77 + seed))).unwrap();
            // The truth is in the basin of the estimate.
            let found = polish(&mut objective, &truth);
            assert!(found.is_optimum(), "{case:?}: {found:?}");
            let information = Information::new(&mut objective, &found.theta);
            let floor = estimation_floor(&model, &information, &truth, case.n).unwrap();
            let (gate, experts) = align::errors(&model, &found.theta, &truth);
            squares = [squares[0] + gate * gate, squares[1] + experts * experts];
            floors = [floors[0] + floor.gate.powi(2), floors[1] + floor.experts.powi(2)];
        }
        for (square, floor) in squares.iter().zip(floors) {
            let ratio = (square / floor).sqrt();
            // A block has 3 parameters at least: its mean square over the draws is known to √(2 / 150), which is 6 % of the
            // root. Three times that.
            assert!((0.82..1.18).contains(&ratio), "{case:?}: {ratio}");
        }
    }
}
