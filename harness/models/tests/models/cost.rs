//! What each operation charges, to the last fraction of a pass.

use crate::common::Case;
use harness_models::{Family, Noise, Objective, Tolerance};

#[track_caller]
fn check(objective: &Objective, before: f64, expected: f64) {
    let charged = objective.cost().passes - before;
    assert!((charged - expected).abs() < 1e-12, "charged {charged}, expected {expected}");
}

#[test]
fn simple_operations_charge_the_table() {
    let case = Case::new(Family::SymmetricLogistic);
    let (mut objective, theta) = (case.objective(), case.theta(0.5));
    let mut grad = theta.clone();
    objective.value(&theta);
    check(&objective, 0.0, 0.5);
    objective.value_gradient(&theta, &mut grad);
    check(&objective, 0.0, 1.5);
    objective.value_gradient_rows(&theta, &[0, 1, 2], &mut grad);
    check(&objective, 0.0, 1.5 + 3.0 / 150.0);
    objective.e_step(&theta);
    objective.surrogate(&theta).unwrap();
    check(&objective, 0.0, 2.5 + 3.0 / 150.0);
    objective.surrogate_gradient(&theta, &mut grad).unwrap();
    objective.hessian_vector(&theta, &theta, &mut grad);
    check(&objective, 0.0, 4.5 + 3.0 / 150.0);
    objective.nll(&theta);
    objective.mirror_map(&theta).unwrap();
    objective.mirror_gradient(&theta, &mut grad).unwrap();
    objective.bregman(&theta, &theta).unwrap();
    check(&objective, 0.0, 7.5 + 3.0 / 150.0);
    let cost = objective.cost();
    assert_eq!((cost.values, cost.gradients, cost.e_steps, cost.inner), (6, 4, 1, 0));
}

#[test]
fn symmetric_linear_charges_its_gram_once() {
    // m = 2, d = 3: a Gram is 3/8, the gate's value and gradient 1/2.
    let case = Case::new(Family::SymmetricLinear);
    let (mut objective, mut theta) = (case.objective(), case.theta(0.5));
    objective.e_step(&theta);
    for iteration in 0..3 {
        let before = objective.cost();
        let inner = objective.m_step(&mut theta, Tolerance::default()).unwrap();
        let newton = 0.5 * inner.evaluations as f64 + 0.375 * inner.iterations as f64;
        let unit_gram = if iteration == 0 { 0.375 } else { 0.0 };
        check(&objective, before.passes, 0.5 + newton + unit_gram);
        assert_eq!(objective.cost().inner - before.inner, inner.iterations);
    }
    let before = objective.cost().passes;
    let inner = objective.mirror_step(&mut theta, 0.5, Tolerance::default()).unwrap();
    let newton = 0.5 * inner.evaluations as f64 + 0.375 * inner.iterations as f64;
    check(&objective, before, 1.0 + newton);
}

#[test]
fn linear_charges_grams_of_all_experts_but_one_and_the_residuals() {
    // k = 3, d = 4: m = 5, a Gram is 1/5; the gate has 2 columns and 3 Grams.
    for (noise, residuals) in [(Noise::Fixed, 0.0), (Noise::PerExpert, 0.3)] {
        let case = Case { noise, experts: 3, d: 4, n: 400, ..Case::new(Family::Linear) };
        let (mut objective, mut theta) = (case.objective(), case.theta(0.2));
        objective.e_step(&theta);
        let before = objective.cost().passes;
        let inner = objective.m_step(&mut theta, Tolerance::default()).unwrap();
        let newton = 0.4 * inner.evaluations as f64 + 0.6 * inner.iterations as f64;
        // Two experts, and all rows once.
        check(&objective, before, 0.5 + newton + 0.6 + residuals);
        objective.e_step(&theta);
        let before = objective.cost().passes;
        let inner = objective.m_step(&mut theta, Tolerance::default()).unwrap();
        let newton = 0.4 * inner.evaluations as f64 + 0.6 * inner.iterations as f64;
        check(&objective, before, 0.5 + newton + 0.4 + residuals);
        let before = objective.cost().passes;
        let inner = objective.mirror_step(&mut theta, 0.7, Tolerance::default()).unwrap();
        let newton = 0.4 * inner.evaluations as f64 + 0.6 * inner.iterations as f64;
        check(&objective, before, 1.0 + newton + 0.6 + residuals);
    }
}

#[test]
fn logistic_charges_the_grams_of_each_regression() {
    // k = 2, c = 3, d = 3: m = 5, a Gram is 3/20. The gate's iteration 1/5 + 3/20, an expert's 2/5
    // + 3 * 3/20; at a solution each regression is evaluated once more, and needs no Hessian.
    let case = Case { classes: 3, ridge: 0.1, n: 400, ..Case::new(Family::Logistic) };
    let (mut objective, mut theta) = (case.objective(), case.theta(0.2));
    objective.e_step(&theta);
    objective.m_step(&mut theta, Tolerance::default()).unwrap();
    let before = objective.cost();
    let inner = objective.m_step(&mut theta, 1e-6.into()).unwrap();
    assert_eq!(inner.iterations, 0);
    check(&objective, before.passes, 0.5 + 0.2 + 2.0 * 0.4);
}
