//! Identities between algorithms, on random problems: EM is a mirror step of 1, mirror descent of the symmetric families
//! lives in the dual, and gradient EM with one inner step is gradient descent.

use crate::common::{Case, assert_close, dot};
use harness_models::{Family, Noise, Target, Tolerance};
use proptest::prelude::*;

/// A problem of any family, with enough rows for its experts and classes to be told apart.
fn any_case() -> impl Strategy<Value = Case> {
    let family = prop_oneof![
        1 => Just(Family::SymmetricLinear),
        1 => Just(Family::SymmetricLogistic),
        3 => Just(Family::Linear),
        3 => Just(Family::Logistic),
    ];
    let noise = prop_oneof![Just(Noise::Fixed), Just(Noise::Shared), Just(Noise::PerExpert)];
    let ridge = prop_oneof![Just(0.0), 1e-3..0.3];
    let experts = prop_oneof![Just(2_usize), Just(3), Just(5)];
    let classes = prop_oneof![Just(2_usize), Just(3), Just(10)];
    (family, noise, ridge, experts, classes, 2_usize..5, 1_u64..1 << 40)
        .prop_map(|(family, noise, ridge, experts, classes, d, seed)| {
            let mut case = Case { ridge, d, seed, ..Case::new(family) };
            match family {
                Family::Linear => {
                    // A ridge and estimated standard deviations are not offered together.
                    let noise = if ridge > 0.0 { Noise::Fixed } else { noise };
                    case = Case { experts, noise, n: 150 * experts, ..case };
                }
                Family::Logistic => case = Case { experts, classes, n: 100 * experts + 60 * classes, ..case },
                _ => case.n = 200,
            }
            case
        })
        .prop_filter("a class of few rows is separable, and has no finite regression", |case| {
            match case.data().target() {
                Target::Classes { labels, n_classes } => {
                    (0..*n_classes).all(|class| labels.iter().filter(|label| **label as usize == class).count() >= 20)
                }
                Target::Real(_) => true,
            }
        })
}

fn symmetric_case() -> impl Strategy<Value = Case> {
    any_case().prop_filter("a mirror map on theta", |case| case.family.is_symmetric())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn em_is_mirror_descent_with_a_step_of_one(case in any_case(), scale in 0.1..0.8) {
        let mut objective = case.objective();
        let mut by_em = case.theta(scale);
        let mut by_mirror = by_em.clone();
        for iteration in 0..5 {
            objective.e_step(&by_em);
            let em = objective.m_step(&mut by_em, Tolerance::default());
            let mirror = objective.mirror_step(&mut by_mirror, 1.0, Tolerance::default());
            prop_assert_eq!(em.is_ok(), mirror.is_ok(), "{:?} at {}: {:?} {:?}", case, iteration, em, mirror);
            if em.is_err() {
                break;
            }
            assert_close(&by_mirror, &by_em, 1e-9, &format!("{case:?} at {iteration}"));
        }
    }

    #[test]
    fn in_the_symmetric_families_a_mirror_step_is_a_gradient_step_of_the_dual(case in symmetric_case(), eta in 0.05..1.3) {
        let (mut objective, theta) = (case.objective(), case.theta(0.4));
        let mut next = theta.clone();
        if objective.mirror_step(&mut next, eta, Tolerance::default()).is_ok() {
            let p = theta.len();
            let (mut gradient, mut dual, mut dual_next) = (vec![0.0; p], vec![0.0; p], vec![0.0; p]);
            objective.value_gradient(&theta, &mut gradient);
            objective.mirror_gradient(&theta, &mut dual).unwrap();
            objective.mirror_gradient(&next, &mut dual_next).unwrap();
            // A ridge is taken at the new point: that of the gradient goes, and stands there instead.
            let expected: Vec<f64> = (0..p)
                .map(|i| dual[i] - eta * (gradient[i] + case.ridge * (next[i] - theta[i])))
                .collect();
            assert_close(&dual_next, &expected, 1e-10, &format!("{case:?} {eta}"));
        } else {
            // Only a step that extrapolates may have no projection.
            prop_assert!(eta > 1.0, "{case:?} {eta}");
        }
    }

    #[test]
    fn gradient_em_with_one_inner_step_is_gradient_descent(case in any_case(), step in 0.01..0.3) {
        let mut objective = case.objective();
        let mut by_surrogate = case.theta(0.5);
        let mut by_objective = by_surrogate.clone();
        let mut gradient = vec![0.0; by_surrogate.len()];
        for iteration in 0..5 {
            objective.e_step(&by_surrogate);
            objective.surrogate_gradient(&by_surrogate, &mut gradient).unwrap();
            by_surrogate.iter_mut().zip(&gradient).for_each(|(theta, slope)| *theta -= step * slope);
            objective.value_gradient(&by_objective, &mut gradient);
            by_objective.iter_mut().zip(&gradient).for_each(|(theta, slope)| *theta -= step * slope);
            prop_assert!(dot(&gradient, &gradient) > 0.0);
            assert_close(&by_surrogate, &by_objective, 1e-12, &format!("{case:?} at {iteration}"));
        }
    }
}
