//! Errors after alignment against exhaustive search over the symmetries.

use crate::common::{Case, cases, normals};
use harness_models::{Family, Model, align};
use rand::{RngExt, SeedableRng};
use rand_pcg::Pcg64;

/// The same mixture with its experts in another order: reference coding shifts the gate.
fn permuted(model: &Model, theta: &[f64], order: &[usize]) -> Vec<f64> {
    let (d, k) = (model.d(), model.experts());
    let mut gate = theta[..d * (k - 1)].to_vec();
    gate.resize(d * k, 0.0);
    let per_expert = model.layout().blocks[1].len();
    let mut image = Vec::with_capacity(theta.len());
    for z in 0..k - 1 {
        for i in 0..d {
            image.push(gate[order[z] * d + i] - gate[order[k - 1] * d + i]);
        }
    }
    for &z in order {
        let first = d * (k - 1) + z * per_expert;
        image.extend(&theta[first..first + per_expert]);
    }
    let noise = &theta[image.len()..];
    match noise.len() {
        0 | 1 => image.extend(noise),
        _ => image.extend(order.iter().map(|&z| noise[z])),
    }
    image
}

fn orders(k: usize) -> Vec<Vec<usize>> {
    if k == 0 {
        return vec![Vec::new()];
    }
    let mut all = Vec::new();
    for shorter in orders(k - 1) {
        for place in 0..k {
            let mut order = shorter.clone();
            order.insert(place, k - 1);
            all.push(order);
        }
    }
    all
}

#[test]
fn permutations_have_no_error_and_the_same_likelihood() {
    for case in cases().into_iter().filter(|case| !case.family.is_symmetric()) {
        let case = Case { ridge: 0.0, ..case };
        let (mut objective, truth) = (case.objective(), case.theta(1.0));
        let model = objective.model().clone();
        let value = objective.value(&truth);
        for order in orders(case.experts).into_iter().take(24) {
            let image = permuted(&model, &truth, &order);
            assert!((objective.value(&image) - value).abs() < 1e-12);
            let (gate, experts) = align::errors(&model, &image, &truth);
            assert!(gate < 1e-14 && experts < 1e-14, "{case:?} {order:?}: {gate} {experts}");
        }
    }
}

#[test]
fn symmetric_images_have_no_error_and_the_same_likelihood() {
    for family in [Family::SymmetricLinear, Family::SymmetricLogistic] {
        let case = Case::new(family);
        let (mut objective, truth) = (case.objective(), case.theta(1.0));
        let model = objective.model().clone();
        let value = objective.value(&truth);
        let negated: Vec<f64> = truth.iter().map(|value| -value).collect();
        let swap = |theta: &[f64]| [&theta[case.d..], &theta[..case.d]].concat();
        let mut images = vec![negated.clone()];
        if family == Family::SymmetricLogistic {
            images.extend([swap(&truth), swap(&negated)]);
        } else {
            assert!(align::errors(&model, &swap(&truth), &truth).0 > 0.1);
        }
        for image in images {
            assert!((objective.value(&image) - value).abs() < 1e-13);
            assert_eq!(align::errors(&model, &image, &truth), (0.0, 0.0));
        }
    }
}

#[test]
fn errors_are_the_least_over_all_permutations() {
    let mut rng = Pcg64::seed_from_u64(11);
    for experts in 2..=5 {
        for classes in [2, 3] {
            let case = Case { experts, classes, ..Case::new(Family::Logistic) };
            let model = case.objective().model().clone();
            let truth = normals(&mut rng, model.dim(), 1.0);
            let scale = rng.random_range(0.1..2.0);
            let noise = normals(&mut rng, model.dim(), scale);
            let theta: Vec<f64> = truth.iter().zip(noise).map(|(t, e)| t + e).collect();
            let (gate, expert) = align::errors(&model, &theta, &truth);
            let least = orders(experts)
                .iter()
                .map(|order| plain_errors(&model, &permuted(&model, &theta, order), &truth))
                .min_by(|a, b| (a.0.powi(2) + a.1.powi(2)).total_cmp(&(b.0.powi(2) + b.1.powi(2))))
                .unwrap();
            assert!((gate - least.0).abs() < 1e-12 && (expert - least.1).abs() < 1e-12);
        }
    }
}

/// Errors of centred columns without any alignment.
fn plain_errors(model: &Model, theta: &[f64], truth: &[f64]) -> (f64, f64) {
    let (d, k, c) = (model.d(), model.experts(), model.n_classes().unwrap());
    let centred = |columns: &[f64], count: usize| {
        let mut all = columns.to_vec();
        all.resize(d * count, 0.0);
        for i in 0..d {
            let mean = (0..count).map(|j| all[j * d + i]).sum::<f64>() / count as f64;
            (0..count).for_each(|j| all[j * d + i] -= mean);
        }
        all
    };
    let experts =
        |theta: &[f64]| -> Vec<f64> { theta[d * (k - 1)..].chunks(d * (c - 1)).flat_map(|b| centred(b, c)).collect() };
    let relative = |found: Vec<f64>, actual: Vec<f64>| {
        let change: Vec<f64> = found.iter().zip(&actual).map(|(f, a)| f - a).collect();
        crate::common::norm(&change) / crate::common::norm(&actual)
    };
    let gate = |theta: &[f64]| centred(&theta[..d * (k - 1)], k);
    (relative(gate(theta), gate(truth)), relative(experts(theta), experts(truth)))
}

#[test]
fn relative_errors_have_the_expected_size() {
    let case = Case::new(Family::SymmetricLinear);
    let model = case.objective().model().clone();
    let truth = [3.0, 0.0, 0.0, 0.0, 4.0, 0.0];
    let (gate, expert) = align::errors(&model, &[3.0, 0.3, 0.0, 0.0, 4.0, 1.0], &truth);
    assert!((gate - 0.1).abs() < 1e-15 && (expert - 0.25).abs() < 1e-15);
    // A true block of zero: the error is absolute.
    let (gate, expert) = align::errors(&model, &[0.0; 6], &[0.0; 6]);
    assert!(gate.abs() + expert.abs() < 1e-300);
}
