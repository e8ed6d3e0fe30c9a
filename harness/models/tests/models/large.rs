//! Many features and many rows: conjugate gradients in place of matrices, and threads.

use crate::common::{Case, norm};
use harness_models::{Family, Noise, Tolerance};

#[test]
fn linear_experts_of_many_features_are_solved_without_matrices() {
    for noise in [Noise::Fixed, Noise::PerExpert] {
        let case = Case { noise, experts: 3, d: 140, n: 3000, ..Case::new(Family::Linear) };
        let (mut objective, mut theta) = (case.objective(), case.theta(0.02));
        let mut grad = theta.clone();
        for _ in 0..2 {
            objective.e_step(&theta);
            objective.m_step(&mut theta, Tolerance::default()).unwrap();
            objective.surrogate_gradient(&theta, &mut grad).unwrap();
            assert!(norm(&grad) < 1e-10, "{:e}", norm(&grad));
        }
        // A mirror step of 1 is an EM iteration.
        let mut mirrored = theta.clone();
        objective.mirror_step(&mut mirrored, 1.0, Tolerance::default()).unwrap();
        objective.e_step(&theta);
        objective.m_step(&mut theta, Tolerance::default()).unwrap();
        for (a, b) in mirrored.iter().zip(&theta) {
            assert!((a - b).abs() < 1e-9 * (1.0 + b.abs()), "{a} {b}");
        }
    }
}

#[test]
fn more_features_than_rows_need_a_ridge() {
    let case = Case { d: 150, n: 100, ..Case::new(Family::Linear) };
    let (mut objective, mut theta) = (case.objective(), case.theta(0.02));
    objective.e_step(&theta);
    let error = objective.m_step(&mut theta, Tolerance::default()).unwrap_err();
    assert!(error.to_string().contains("not positive definite"), "{error}");
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let cases = [
        Case { classes: 4, d: 60, n: 70_000, ridge: 1e-3, ..Case::new(Family::Logistic) },
        Case { experts: 3, d: 300, n: 40_000, ..Case::new(Family::Linear) },
    ];
    for case in cases {
        let (data, theta) = (case.objective(), case.theta(0.1));
        let run = |threads: usize| {
            let mut objective = harness_models::Objective::new(data.model().clone(), data.data().clone()).unwrap();
            objective.set_threads(threads);
            let mut grad = theta.clone();
            let value = objective.value_gradient(&theta, &mut grad);
            objective.e_step(&theta);
            let surrogate = objective.surrogate(&theta).unwrap();
            let bits = |values: &[f64]| values.iter().map(|v| v.to_bits()).collect::<Vec<_>>();
            (bits(&[value, surrogate]), bits(&grad), bits(objective.responsibilities()))
        };
        assert!(run(1) == run(3));
    }
}
