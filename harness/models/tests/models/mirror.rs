//! Projected mirror descent: EM at a step of 1, the dual equations, and the paper's formulas.

use crate::common::{Case, assert_close, cases, joint};
use harness_models::{Family, ModelError, Noise, Target, Tolerance};

#[test]
fn a_unit_step_is_an_em_iteration() {
    for case in cases() {
        let mut objective = case.objective();
        let mut by_em = case.theta(0.5);
        let mut by_mirror = by_em.clone();
        for iteration in 0..10 {
            objective.e_step(&by_em);
            objective.m_step(&mut by_em, Tolerance::default()).unwrap();
            objective.mirror_step(&mut by_mirror, 1.0, Tolerance::default()).unwrap();
            assert_close(&by_mirror, &by_em, 1e-9, &format!("{case:?} at {iteration}"));
        }
    }
}

#[test]
fn steps_of_at_most_one_never_raise_l() {
    for case in cases() {
        for eta in [0.1, 0.5, 0.9] {
            let (mut objective, mut theta) = (case.objective(), case.theta(0.5));
            let mut last = objective.value(&theta);
            for _ in 0..6 {
                objective.mirror_step(&mut theta, eta, Tolerance::default()).unwrap();
                let value = objective.value(&theta);
                // With a ridge the fixed step is no longer a majorizer's, but still descends here.
                assert!(value <= last + 1e-13, "{case:?} {eta}: {last} {value}");
                last = value;
            }
        }
    }
}

#[test]
fn symmetric_steps_satisfy_the_dual_equation() {
    for family in [Family::SymmetricLinear, Family::SymmetricLogistic] {
        for ridge in [0.0, 0.1] {
            for eta in [0.3, 1.0, 1.4] {
                let case = Case { ridge, ..Case::new(family) };
                let (mut objective, theta) = after_some_em(&case);
                let dim = theta.len();
                let (mut dual, mut grad) = (vec![0.0; dim], vec![0.0; dim]);
                objective.mirror_gradient(&theta, &mut dual).unwrap();
                objective.value_gradient(&theta, &mut grad);
                let mut next = theta.clone();
                objective.mirror_step(&mut next, eta, Tolerance::default()).unwrap();
                let mut next_dual = vec![0.0; dim];
                objective.mirror_gradient(&next, &mut next_dual).unwrap();
                for i in 0..dim {
                    let left = next_dual[i] + eta * ridge * next[i];
                    let right = dual[i] - eta * (grad[i] - ridge * theta[i]);
                    assert!((left - right).abs() < 1e-11, "{case:?} {eta}: {left} {right}");
                }
            }
        }
    }
}

/// A point from which long steps have a projection: far from an optimum they may have none.
fn after_some_em(case: &Case) -> (harness_models::Objective, Vec<f64>) {
    let (mut objective, mut theta) = (case.objective(), case.theta(0.5));
    for _ in 0..6 {
        objective.e_step(&theta);
        objective.m_step(&mut theta, Tolerance::default()).unwrap();
    }
    (objective, theta)
}

#[test]
fn symmetric_linear_experts_step_towards_ems() {
    let case = Case::new(Family::SymmetricLinear);
    let (mut objective, theta) = after_some_em(&case);
    let (mut by_em, mut by_mirror) = (theta.clone(), theta.clone());
    objective.e_step(&theta);
    objective.m_step(&mut by_em, Tolerance::default()).unwrap();
    for eta in [0.25, 1.0, 1.8] {
        by_mirror.copy_from_slice(&theta);
        objective.mirror_step(&mut by_mirror, eta, Tolerance::default()).unwrap();
        for i in case.d..2 * case.d {
            let expected = theta[i] + eta * (by_em[i] - theta[i]);
            assert!((by_mirror[i] - expected).abs() < 1e-12);
        }
    }
}

#[test]
fn linear_steps_are_the_stated_formula() {
    for (noise, ridge) in [(Noise::Fixed, 0.0), (Noise::Fixed, 0.2), (Noise::Shared, 0.0), (Noise::PerExpert, 0.0)] {
        for eta in [0.4, 1.0, 1.2] {
            let case = Case { noise, ridge, experts: 3, n: 300, ..Case::new(Family::Linear) };
            check_linear_formula(&case, eta);
        }
    }
}

/// `[sum V x x' + n sigma^2 eta ridge] beta+ = sum x [(1 - eta) pi x'beta + eta r y]` holds for the
/// new experts, and the new variances are those of the formula, in uncentred form.
fn check_linear_formula(case: &Case, eta: f64) {
    let (mut objective, theta) = (case.objective(), case.theta(0.4));
    let (d, k, n) = (case.d, case.experts, case.n);
    let mut next = theta.clone();
    objective.mirror_step(&mut next, eta, Tolerance::default()).unwrap();
    let (model, data) = (objective.model(), objective.data());
    let Target::Real(y) = data.target() else { unreachable!() };
    let noise = d * (2 * k - 1);
    let sigma = |theta: &[f64], z: usize| match case.noise {
        Noise::Fixed => model.sigma(),
        Noise::Shared => theta[noise].exp(),
        Noise::PerExpert => theta[noise + z].exp(),
    };
    let (mut all_squares, mut all_mass) = (0.0, 0.0);
    for z in 0..k {
        let place = d * (k - 1 + z)..d * (k + z);
        let (beta, beta_next) = (&theta[place.clone()], &next[place]);
        let mut residual = vec![0.0; d];
        let (mut squares, mut mass) = (0.0, 0.0);
        for (row, y) in y.iter().enumerate() {
            let x = &*data.row(row);
            let joint = joint(model, data, &theta, row);
            let r = joint[z] / joint.iter().sum::<f64>();
            let mut gate: Vec<f64> =
                (0..k - 1).map(|j| crate::common::dot(x, &theta[j * d..(j + 1) * d]).exp()).collect();
            gate.push(1.0);
            let pi = gate[z] / gate.iter().sum::<f64>();
            let (b, b_next) = (crate::common::dot(x, beta), crate::common::dot(x, beta_next));
            let v = (1.0 - eta) * pi + eta * r;
            for (value, x) in residual.iter_mut().zip(x) {
                *value += x * (v * b_next - (1.0 - eta) * pi * b - eta * r * y);
            }
            squares +=
                (1.0 - eta) * pi * ((b - b_next).powi(2) + sigma(&theta, z).powi(2)) + eta * r * (y - b_next).powi(2);
            mass += v;
        }
        let shift = n as f64 * sigma(&theta, z).powi(2) * eta * case.ridge;
        for (value, beta) in residual.iter().zip(beta_next) {
            assert!((value + shift * beta).abs() < 1e-10 * n as f64, "{case:?} {eta}: {value:e}");
        }
        if case.noise == Noise::PerExpert {
            assert!((squares / mass - sigma(&next, z).powi(2)).abs() < 1e-10, "{case:?} {eta}");
        }
        all_squares += squares;
        all_mass += mass;
    }
    assert!((all_mass - n as f64).abs() < 1e-9);
    if case.noise == Noise::Shared {
        assert!((all_squares / n as f64 - sigma(&next, 0).powi(2)).abs() < 1e-10);
    }
}

#[test]
fn logistic_steps_solve_the_stated_regressions() {
    let sigmoid = |t: f64| 1.0 / (1.0 + (-t).exp());
    for (ridge, eta) in [(0.0, 0.5), (0.1, 0.5), (0.1, 1.2)] {
        let case = Case { ridge, n: 400, ..Case::new(Family::Logistic) };
        let (mut objective, theta) = (case.objective(), case.theta(0.5));
        let (d, mut next) = (case.d, theta.clone());
        objective.mirror_step(&mut next, eta, Tolerance::default()).unwrap();
        let (model, data) = (objective.model(), objective.data());
        let Target::Classes { labels, .. } = data.target() else { unreachable!() };
        let mut residual = vec![0.0; theta.len()];
        for (row, label) in labels.iter().enumerate() {
            let x = &*data.row(row);
            let logit = |theta: &[f64], column: usize| crate::common::dot(x, &theta[column * d..(column + 1) * d]);
            let joint = joint(model, data, &theta, row);
            for z in 0..2 {
                let r = joint[z] / (joint[0] + joint[1]);
                let pi = sigmoid(if z == 0 { logit(&theta, 0) } else { -logit(&theta, 0) });
                let v = (1.0 - eta) * pi + eta * r;
                let is_first = f64::from(u8::from(*label == 0));
                let target = (1.0 - eta) * pi * sigmoid(logit(&theta, 1 + z)) + eta * r * is_first;
                let expert = v * sigmoid(logit(&next, 1 + z)) - target;
                for (i, x) in x.iter().enumerate() {
                    residual[(1 + z) * d + i] += x * expert / case.n as f64;
                    if z == 0 {
                        residual[i] += x * (sigmoid(logit(&next, 0)) - v) / case.n as f64;
                    }
                }
            }
        }
        for (residual, value) in residual.iter().zip(&next) {
            assert!((residual + eta * ridge * value).abs() < 1e-11, "{case:?} {eta}");
        }
    }
}

#[test]
fn divergences_are_those_of_the_mirror_map() {
    for family in [Family::SymmetricLinear, Family::SymmetricLogistic] {
        let case = Case::new(family);
        let (mut objective, theta) = (case.objective(), case.theta(0.6));
        let mut dual = theta.clone();
        objective.mirror_gradient(&theta, &mut dual).unwrap();
        let expected = crate::common::differences(&theta, |at| objective.mirror_map(at).unwrap());
        assert_close(&dual, &expected, 1e-9, "gradient of the mirror map");
        for scale in [1.0, 0.1, 1e-2, 1e-3] {
            let phi: Vec<f64> = theta.iter().enumerate().map(|(i, t)| t + scale * (i as f64 - 2.0)).collect();
            let change: Vec<f64> = phi.iter().zip(&theta).map(|(p, t)| p - t).collect();
            let by_definition = objective.mirror_map(&phi).unwrap()
                - objective.mirror_map(&theta).unwrap()
                - crate::common::dot(&dual, &change);
            let found = objective.bregman(&phi, &theta).unwrap();
            assert!((found - by_definition).abs() < 1e-14 + 1e-12 * found, "{family} {scale}");
            assert!(found > 0.0);
        }
        assert_eq!(objective.bregman(&theta, &theta).unwrap().to_bits(), 0.0_f64.to_bits());
    }
    let mut objective = Case::new(Family::Linear).objective();
    let theta = Case::new(Family::Linear).theta(1.0);
    assert_eq!(
        objective.mirror_map(&theta).unwrap_err().to_string(),
        "family `linear` has no mirror map on theta: only the symmetric families do"
    );
}

#[test]
fn step_sizes_must_be_positive() {
    let case = Case::new(Family::Linear);
    let (mut objective, mut theta) = (case.objective(), case.theta(0.5));
    for eta in [0.0, -1.0, f64::NAN, f64::INFINITY] {
        let refused = objective.mirror_step(&mut theta, eta, Tolerance::default());
        assert!(matches!(refused, Err(ModelError::StepSize { .. })));
    }
}

#[test]
fn long_steps_fail_by_name_or_stay_finite() {
    let mut n_failed = 0;
    for case in cases() {
        for eta in [1.5, 3.0, 8.0] {
            let (mut objective, mut theta) = (case.objective(), case.theta(1.0));
            for _ in 0..5 {
                match objective.mirror_step(&mut theta, eta, Tolerance::default()) {
                    Ok(_) => assert!(theta.iter().all(|value| value.is_finite())),
                    Err(error) => {
                        n_failed += 1;
                        assert!(
                            matches!(
                                error,
                                ModelError::MirrorNotPositiveDefinite { .. }
                                    | ModelError::Variance { .. }
                                    | ModelError::NotConverged { .. }
                            ),
                            "{case:?} {eta}: {error}"
                        );
                        break;
                    }
                }
            }
        }
    }
    assert!(n_failed > 0);
}
