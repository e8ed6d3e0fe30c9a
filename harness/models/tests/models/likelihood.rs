//! L, Q, their derivatives and the posterior against plain enumeration and finite differences.

use crate::common::{Case, assert_close, brute_value, cases, differences, distance, dot, joint, normals};
use harness_models::{Family, ModelError, Noise, evaluate};
use proptest::prelude::*;
use rand::SeedableRng;

#[test]
fn value_and_posterior_are_those_of_enumeration() {
    for case in cases() {
        let (mut objective, theta) = (case.objective(), case.theta(0.7));
        let brute = brute_value(&objective, &theta);
        let value = objective.value(&theta);
        assert!((value - brute).abs() < 1e-12 * brute.abs().max(1.0), "{case:?}");
        assert!((objective.e_step(&theta) - value).abs() < 1e-14);
        let mut grad = theta.clone();
        assert!((objective.value_gradient(&theta, &mut grad) - value).abs() < 1e-14);
        let k = case.experts;
        for row in 0..case.n {
            let joint = joint(objective.model(), objective.data(), &theta, row);
            let total: f64 = joint.iter().sum();
            let posterior: Vec<f64> = joint.iter().map(|value| value / total).collect();
            let found = &objective.responsibilities()[row * k..(row + 1) * k];
            assert!(distance(found, &posterior) < 1e-12, "{case:?}");
        }
    }
}

#[test]
fn symmetric_posteriors_are_the_papers() {
    let sigmoid = |t: f64| 1.0 / (1.0 + (-t).exp());
    for family in [Family::SymmetricLinear, Family::SymmetricLogistic] {
        let case = Case::new(family);
        let (mut objective, theta) = (case.objective(), case.theta(1.0));
        objective.e_step(&theta);
        let data = objective.data().clone();
        for row in 0..case.n {
            let (w, beta) = theta.split_at(case.d);
            let (a, b) = (dot(&data.row(row), w), dot(&data.row(row), beta));
            let expected = match data.target() {
                harness_models::Target::Real(y) => sigmoid(a + 2.0 * y[row] * b),
                harness_models::Target::Classes { labels, .. } => sigmoid(a + if labels[row] == 1 { b } else { -b }),
            };
            assert!((objective.responsibilities()[2 * row] - expected).abs() < 1e-14);
        }
    }
}

#[test]
fn gradients_are_finite_differences() {
    for case in cases() {
        let (mut objective, theta) = (case.objective(), case.theta(0.5));
        let mut grad = vec![f64::NAN; theta.len()];
        objective.value_gradient(&theta, &mut grad);
        let expected = differences(&theta, |at| objective.value(at));
        assert_close(&grad, &expected, 1e-7, &format!("L of {case:?}"));

        objective.e_step(&theta);
        let phi = Case { seed: 99, ..case }.theta(0.6);
        objective.surrogate_gradient(&phi, &mut grad).unwrap();
        let expected = differences(&phi, |at| objective.surrogate(at).unwrap());
        assert_close(&grad, &expected, 1e-7, &format!("Q of {case:?}"));
    }
}

#[test]
fn hessian_products_are_differences_of_gradients() {
    for case in cases() {
        let (mut objective, theta) = (case.objective(), case.theta(0.5));
        let dim = theta.len();
        let v = normals(&mut rand_pcg::Pcg64::seed_from_u64(3), dim, 1.0);
        let mut found = vec![f64::NAN; dim];
        objective.hessian_vector(&theta, &v, &mut found);
        let mut gradient_at = |step: f64| {
            let at: Vec<f64> = theta.iter().zip(&v).map(|(t, v)| t + step * v).collect();
            let mut grad = vec![0.0; dim];
            objective.value_gradient(&at, &mut grad);
            grad
        };
        let (above, below) = (gradient_at(1e-5), gradient_at(-1e-5));
        let expected: Vec<f64> = above.iter().zip(below).map(|(a, b)| (a - b) / 2e-5).collect();
        assert_close(&found, &expected, 1e-7, &format!("{case:?}"));
    }
}

#[test]
fn surrogate_gradient_at_theta_is_that_of_l() {
    for case in cases() {
        let (mut objective, theta) = (case.objective(), case.theta(0.8));
        let (mut of_l, mut of_q) = (theta.clone(), theta.clone());
        objective.value_gradient(&theta, &mut of_l);
        objective.e_step(&theta);
        objective.surrogate_gradient(&theta, &mut of_q).unwrap();
        assert_close(&of_q, &of_l, 1e-13, &format!("{case:?}"));
    }
}

#[test]
fn one_gradient_em_step_is_a_gradient_step() {
    for case in cases() {
        let (mut objective, theta) = (case.objective(), case.theta(0.5));
        let mut grad = theta.clone();
        let descend = |grad: &[f64]| -> Vec<f64> { theta.iter().zip(grad).map(|(t, g)| t - 0.1 * g).collect() };
        objective.value_gradient(&theta, &mut grad);
        let by_descent = descend(&grad);
        objective.e_step(&theta);
        objective.surrogate_gradient(&theta, &mut grad).unwrap();
        assert_close(&descend(&grad), &by_descent, 1e-14, &format!("{case:?}"));
    }
}

#[test]
fn surrogate_needs_an_e_step() {
    let case = Case::new(Family::Linear);
    let (mut objective, mut theta) = (case.objective(), case.theta(0.5));
    assert_eq!(objective.surrogate(&theta), Err(ModelError::NoEStep));
    assert_eq!(objective.m_step(&mut theta, 1e-12.into()), Err(ModelError::NoEStep));
    assert!(objective.cost().passes.abs() < f64::EPSILON);
}

#[test]
fn batches_average_to_the_whole() {
    for case in cases() {
        let (mut objective, theta) = (case.objective(), case.theta(0.5));
        let (mut whole, mut part) = (theta.clone(), theta.clone());
        let value = objective.value_gradient(&theta, &mut whole);
        // Batches of equal size, in scrambled order.
        let count = 5;
        let rows: Vec<u32> = (0..case.n).map(|row| u32::try_from(row * 7 % case.n).unwrap()).collect();
        let (mut mean, mut mean_value) = (vec![0.0; theta.len()], 0.0);
        for batch in rows.chunks_exact(case.n / count) {
            mean_value += objective.value_gradient_rows(&theta, batch, &mut part) / count as f64;
            for (m, g) in mean.iter_mut().zip(&part) {
                *m += g / count as f64;
            }
        }
        assert!((mean_value - value).abs() < 1e-12, "{case:?}");
        assert_close(&mean, &whole, 1e-12, &format!("{case:?}"));
    }
}

#[test]
fn likelihood_is_flat_below_the_sigma_floor() {
    let case = Case { noise: Noise::Shared, ..Case::new(Family::Linear) };
    let (mut objective, mut theta) = (case.objective(), case.theta(0.5));
    let dim = theta.len();
    theta[dim - 1] = 1e-4_f64.ln();
    let mut grad = theta.clone();
    let low = objective.value_gradient(&theta, &mut grad);
    assert_eq!(grad[dim - 1].to_bits(), 0.0_f64.to_bits());
    theta[dim - 1] = harness_models::DEFAULT_SIGMA_FLOOR.ln();
    assert_eq!(objective.value(&theta).to_bits(), low.to_bits());
    theta[dim - 1] += 1e-6;
    objective.value_gradient(&theta, &mut grad);
    assert!(grad[dim - 1].abs() > 0.1);
}

#[test]
fn evaluation_has_loss_with_and_without_ridge() {
    let case = Case { ridge: 0.3, ..Case::new(Family::Linear) };
    let (mut objective, theta) = (case.objective(), case.theta(0.5));
    let mut grad = vec![0.0; theta.len()];
    let evaluation = evaluate(&mut objective, &theta, &mut grad);
    assert!((evaluation.loss - evaluation.nll - 0.15 * dot(&theta, &theta)).abs() < 1e-14);
    assert!((evaluation.nll - objective.nll(&theta)).abs() < 1e-15);
    assert!((evaluation.grad_norm - crate::common::norm(&grad)).abs() < 1e-14);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Panels, odd sizes and far-out parameters.
    #[test]
    fn values_and_gradients_hold_at_any_size(
        family in 0_usize..4,
        n in 6_usize..600,
        d in 1_usize..9,
        experts in 2_usize..5,
        scale in 0.01_f64..3.0,
        seed in 0_u64..1000,
    ) {
        let family = Family::ALL[family];
        let experts = if family.is_symmetric() { 2 } else { experts };
        let case = Case { experts, n, d, seed, ..Case::new(family) };
        let (mut objective, theta) = (case.objective(), case.theta(scale));
        let brute = brute_value(&objective, &theta);
        let mut grad = theta.clone();
        let value = objective.value_gradient(&theta, &mut grad);
        prop_assert!(value.is_finite());
        if brute.is_finite() {
            prop_assert!((value - brute).abs() < 1e-10 * brute.abs().max(1.0));
        }
        let v = Case { seed: seed + 1, ..case }.theta(1.0);
        let slope = differences(&[0.0], |step| {
            let at: Vec<f64> = theta.iter().zip(&v).map(|(t, v)| t + step[0] * v).collect();
            objective.value(&at)
        })[0];
        let exact = dot(&grad, &v);
        prop_assert!((slope - exact).abs() < 1e-6 * exact.abs().max(1.0), "{slope} {exact}");
    }
}
