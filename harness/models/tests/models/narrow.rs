//! A design matrix that is stored as f32: everything is as with the same numbers stored as f64.

use std::sync::Arc;

use harness_models::theory::{Information, polish};
use harness_models::{Curvature, Data, Family, ModelError, Objective, Target, Tolerance};

use crate::common::{Case, assert_close, cases, distance};

/// The objective on numbers that f32 can hold, stored as f64 and as f32.
fn both(case: &Case) -> [Objective; 2] {
    let drawn = case.objective();
    let data = drawn.data();
    #[expect(clippy::cast_possible_truncation, reason = "what is tested")]
    let narrow: Vec<f32> = data.x().iter().map(|&number| number as f32).collect();
    let wide: Vec<f64> = narrow.iter().map(|&number| number.into()).collect();
    let target = || data.target().clone();
    let wide = Data::new(wide, case.n, case.d, target()).unwrap();
    let narrow = Data::narrow(Arc::new(narrow), case.n, case.d, target()).unwrap();
    assert!(narrow.is_narrow() && !wide.is_narrow());
    assert_eq!(narrow.x(), wide.x(), "who asks for f64 gets the same numbers");
    [wide, narrow].map(|data| Objective::new(drawn.model().clone(), Arc::new(data)).unwrap())
}

fn long_rows() -> [Case; 2] {
    [
        Case { experts: 3, d: 300, n: 5000, ..Case::new(Family::Linear) },
        Case { classes: 4, d: 140, n: 3000, ridge: 1e-3, ..Case::new(Family::Logistic) },
    ]
}

#[test]
fn values_gradients_and_steps_are_those_of_the_same_numbers() {
    for case in cases().into_iter().chain(long_rows()) {
        let theta = case.theta(0.3 / (case.d as f64).sqrt());
        let rows: Vec<u32> = (0..u32::try_from(case.n).unwrap()).step_by(3).collect();
        let [wide, narrow] = both(&case).map(|mut objective| {
            let mut gradient = theta.clone();
            let mut found = vec![objective.value_gradient(&theta, &mut gradient)];
            found.extend(&gradient);
            found.push(objective.value_gradient_rows(&theta, &rows, &mut gradient));
            found.extend(&gradient);
            objective.hessian_vector(&theta, &theta, &mut gradient);
            found.extend(&gradient);
            objective.e_step(&theta);
            found.extend(objective.responsibilities());
            let mut next = theta.clone();
            objective.m_step(&mut next, Tolerance::default()).unwrap();
            found.extend(&next);
            found
        });
        assert_close(&narrow, &wide, 1e-9, &format!("{case:?}"));
    }
}

#[test]
fn theory_is_that_of_the_same_numbers() {
    for family in [Family::SymmetricLinear, Family::Linear, Family::Logistic] {
        let case = Case { ridge: 0.05, ..Case::new(family) };
        let theta = case.theta(0.5);
        let [wide, narrow] = both(&case).map(|mut objective| {
            let information = Information::new(&mut objective, &theta);
            (information.observed + information.complete).col_as_slice(0).to_vec()
        });
        assert_close(&narrow, &wide, 1e-12, "information matrices");
        let [wide, narrow] = both(&case).map(|mut objective| polish(&mut objective, &theta).theta);
        assert_close(&narrow, &wide, 1e-7, "optimum");
        let [wide, narrow] = both(&case).map(|mut objective| {
            let mut out = theta.clone();
            objective.information_vector(Curvature::Complete, &theta, &theta, &mut out);
            out
        });
        assert!(distance(&wide, &narrow) < 1e-12);
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let case = Case { experts: 3, d: 300, n: 40_000, ..Case::new(Family::Linear) };
    let theta = case.theta(0.1);
    let [_, mut one] = both(&case);
    let mut two = Objective::new(one.model().clone(), one.data().clone()).unwrap();
    two.set_threads(2);
    let (mut first, mut second) = (theta.clone(), theta.clone());
    let values = [one.value_gradient(&theta, &mut first), two.value_gradient(&theta, &mut second)];
    assert_eq!((values[0].to_bits(), first), (values[1].to_bits(), second));
}

#[test]
fn what_is_no_number_is_refused() {
    let data = |x: &[f32]| Data::narrow(Arc::new(x.to_vec()), 2, 1, Target::Real(vec![0.0, 1.0]));
    assert!(data(&[1.0, 2.0]).is_ok());
    assert!(matches!(data(&[1.0, f32::INFINITY]), Err(ModelError::NonFiniteData { row: 1, column: 0, .. })));
    assert!(matches!(data(&[1.0]), Err(ModelError::Size { found: 1, needed: 2, .. })));
}
