//! EM: the M-step minimises the surrogate, and L falls by at least as much as it.

use crate::common::{Case, assert_close, cases, norm};
use harness_models::{Family, Tolerance};
use proptest::prelude::*;

/// Rounding of a loss of the order of 1.
const FLOOR: f64 = 1e-13;

#[test]
fn m_steps_are_stationary_points_of_the_surrogate() {
    for case in cases() {
        let (mut objective, theta) = (case.objective(), case.theta(0.5));
        objective.e_step(&theta);
        let mut phi = theta.clone();
        let inner = objective.m_step(&mut phi, Tolerance::default()).unwrap();
        assert!(inner.iterations < 60, "{case:?}: {inner:?}");
        let mut grad = theta.clone();
        objective.surrogate_gradient(&phi, &mut grad).unwrap();
        assert!(norm(&grad) < 1e-10, "{case:?}: {:e}", norm(&grad));
        // The minimiser does not depend on the warm start.
        let mut other = vec![0.0; theta.len()];
        objective.m_step(&mut other, Tolerance::default()).unwrap();
        assert_close(&other, &phi, 1e-9, &format!("{case:?}"));
    }
}

#[test]
fn l_falls_by_at_least_the_surrogates_descent() {
    for case in cases() {
        let (mut objective, mut theta) = (case.objective(), case.theta(0.5));
        for iteration in 0..12 {
            let before = objective.e_step(&theta);
            let at_theta = objective.surrogate(&theta).unwrap();
            objective.m_step(&mut theta, Tolerance::default()).unwrap();
            let surrogate_descent = at_theta - objective.surrogate(&theta).unwrap();
            let descent = before - objective.value(&theta);
            assert!(surrogate_descent >= -FLOOR, "{case:?} {iteration}: {surrogate_descent:e}");
            assert!(descent >= surrogate_descent - FLOOR, "{case:?} {iteration}: {descent:e} < {surrogate_descent:e}");
        }
    }
}

#[test]
fn loose_solves_take_fewer_inner_iterations_and_still_descend() {
    let case = Case { experts: 3, n: 500, ..Case::new(Family::Linear) };
    let run = |tolerance: Tolerance| {
        let (mut objective, mut theta) = (case.objective(), case.theta(0.5));
        let mut last = f64::INFINITY;
        for _ in 0..20 {
            let value = objective.e_step(&theta);
            assert!(value <= last + FLOOR);
            last = value;
            objective.m_step(&mut theta, tolerance).unwrap();
        }
        (objective.cost().inner, objective.value(&theta))
    };
    let (tight_inner, tight) = run(Tolerance::default());
    let (loose_inner, loose) = run(Tolerance { absolute: 1e-12, relative: 1e-2 });
    assert!(loose_inner < tight_inner);
    assert!((tight - loose).abs() < 1e-2);
}

#[test]
fn a_bad_warm_start_never_raises_the_surrogate() {
    // Nearly separated rows and a start that is confidently wrong.
    for scale in [10.0, 100.0, 1000.0] {
        let case = Case { classes: 3, n: 120, ridge: 1e-8, ..Case::new(Family::Logistic) };
        let (mut objective, mut theta) = (case.objective(), case.theta(scale));
        objective.e_step(&theta);
        let before = objective.surrogate(&theta).unwrap();
        let inner = objective.m_step(&mut theta, Tolerance::default()).unwrap();
        assert!(inner.iterations < 200, "{inner:?}");
        assert!(objective.surrogate(&theta).unwrap() <= before);
    }
}

#[test]
fn large_regressions_agree_with_small_ones_by_another_method() {
    // 60 features and 18 columns are solved by conjugate gradients, columns split over experts.
    let case = Case { experts: 2, classes: 19, d: 60, n: 1500, ridge: 0.02, ..Case::new(Family::Logistic) };
    let (mut objective, mut theta) = (case.objective(), case.theta(0.05));
    objective.e_step(&theta);
    let inner = objective.m_step(&mut theta, Tolerance::default()).unwrap();
    assert!(!inner.at_floor);
    let mut grad = theta.clone();
    objective.surrogate_gradient(&theta, &mut grad).unwrap();
    assert!(norm(&grad) < 1e-11, "{:e} in {inner:?}", norm(&grad));
}

#[test]
fn runs_are_reproducible_to_the_bit() {
    for case in [Case::new(Family::SymmetricLinear), Case::new(Family::Logistic)] {
        let run = || {
            let (mut objective, mut theta) = (case.objective(), case.theta(0.5));
            for _ in 0..5 {
                objective.e_step(&theta);
                objective.m_step(&mut theta, Tolerance::default()).unwrap();
            }
            theta.iter().map(|value| value.to_bits()).collect::<Vec<_>>()
        };
        assert_eq!(run(), run());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Either a stated error or descent, whatever the data.
    #[test]
    fn em_descends_or_says_why_not(
        family in 0_usize..4,
        n in 6_usize..200,
        d in 1_usize..5,
        experts in 2_usize..5,
        scale in 0.01_f64..4.0,
        seed in 0_u64..1000,
    ) {
        let family = Family::ALL[family];
        let experts = if family.is_symmetric() { 2 } else { experts };
        let case = Case { experts, n, d, seed, ..Case::new(family) };
        let (mut objective, mut theta) = (case.objective(), case.theta(scale));
        for _ in 0..4 {
            let before = objective.e_step(&theta);
            let start = theta.clone();
            match objective.m_step(&mut theta, Tolerance::default()) {
                Ok(_) => {
                    let after = objective.value(&theta);
                    prop_assert!(after <= before + 1e-10 * before.abs().max(1.0));
                }
                Err(error) => {
                    prop_assert!(!error.to_string().is_empty());
                    prop_assert_eq!(&theta, &start);
                    break;
                }
            }
        }
    }
}

#[test]
fn blending_all_rows_is_an_e_step_and_blending_twice_repeats_rows() {
    for case in cases() {
        let (mut objective, theta) = (case.objective(), case.theta(0.4));
        let other: Vec<f64> = theta.iter().map(|value| 0.5 * value).collect();
        let mut expected = theta.clone();
        objective.e_step(&theta);
        objective.m_step(&mut expected, Tolerance::default()).unwrap();

        // Statistics of all rows replace whatever was there.
        let rows: Vec<u32> = (0..u32::try_from(case.n).unwrap()).collect();
        let mut blended = theta.clone();
        objective.e_step(&other);
        objective.blend(&theta, &rows, 1.0).unwrap();
        objective.m_step(&mut blended, Tolerance::default()).unwrap();
        assert_close(&blended, &expected, 1e-9, &format!("{case:?}"));
        assert!(objective.surrogate(&theta).is_err());

        // Half by half with weights that amount to the same.
        let (first, second) = rows.split_at(case.n / 2);
        let mut halves = theta.clone();
        objective.blend(&theta, first, 1.0).unwrap();
        objective.blend(&theta, second, 0.5).unwrap();
        objective.m_step(&mut halves, Tolerance::default()).unwrap();
        assert_close(&halves, &expected, 1e-9, &format!("halves {case:?}"));
    }
    assert!(Case::new(harness_models::Family::Linear).objective().blend(&[0.0; 9], &[0], 0.5).is_err());
}
