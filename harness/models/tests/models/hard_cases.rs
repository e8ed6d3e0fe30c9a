//! Data that breaks naive code: each ends in a stated error or in finite numbers, and soon.

use std::sync::Arc;
use std::time::Instant;

use crate::common::{Case, normals};
use harness_models::{Data, Family, Model, ModelError, ModelOptions, Noise, Objective, Target, Tolerance};
use rand::SeedableRng;
use rand_pcg::Pcg64;

fn objective(options: &ModelOptions, x: Vec<f64>, d: usize, target: Target) -> Objective {
    let n = x.len() / d;
    let data = Data::new(x, n, d, target).unwrap();
    let model = Model::new(options, d, data.n_classes(), n).unwrap();
    Objective::new(Arc::new(model), Arc::new(data)).unwrap()
}

/// EM, then mirror descent, for some iterations; all numbers stay finite.
fn run(objective: &mut Objective, theta: &mut [f64], iterations: usize) -> Result<(), ModelError> {
    let mut last = f64::INFINITY;
    for _ in 0..iterations {
        let value = objective.e_step(theta);
        assert!(value.is_finite());
        assert!(value <= last + 1e-9 * value.abs().max(1.0), "{last} {value}");
        last = value;
        objective.m_step(theta, Tolerance::default())?;
        assert!(theta.iter().all(|value| value.is_finite()));
    }
    for _ in 0..iterations {
        objective.mirror_step(theta, 0.7, Tolerance::default())?;
        assert!(theta.iter().all(|value| value.is_finite()));
    }
    Ok(())
}

fn collinear(case: &Case) -> Data {
    let data = case.data();
    let x = data.x();
    let x = x.chunks_exact(case.d).flat_map(|row| [row, &[row[0] - 2.0 * row[1]]].concat());
    Data::new(x.collect(), case.n, case.d + 1, data.target().clone()).unwrap()
}

#[test]
fn collinear_columns_are_named_and_a_ridge_cures_them() {
    for family in Family::ALL {
        let case = Case { n: 300, ..Case::new(family) };
        let data = Arc::new(collinear(&case));
        let mut options = case.options();
        let mut attempt = |ridge: f64| {
            options.ridge = ridge;
            let model = Model::new(&options, case.d + 1, data.n_classes(), case.n).unwrap();
            let mut objective = Objective::new(Arc::new(model), data.clone()).unwrap();
            let dim = objective.model().dim();
            let mut theta = normals(&mut Pcg64::seed_from_u64(5), dim, 0.5);
            run(&mut objective, &mut theta, 5)
        };
        let refused = attempt(0.0).unwrap_err();
        assert_eq!(
            refused,
            ModelError::NotPositiveDefinite { block: "gate".to_owned(), matrix: "Hessian" },
            "{family}"
        );
        assert!(refused.to_string().contains("add a ridge or drop collinear columns"));
        attempt(1e-3).unwrap();
    }
}

#[test]
fn separable_classes_end_in_an_error_or_far_out() {
    for family in [Family::SymmetricLogistic, Family::Logistic] {
        let x: Vec<f64> = (0..40).flat_map(|i| [f64::from(i) / 10.0 - 1.95, 1.0]).collect();
        let labels = (0..40).map(|i| u32::from(i >= 20)).collect();
        let target = Target::Classes { labels, n_classes: 2 };
        let mut options = ModelOptions::new(family);
        let mut at = objective(&options, x.clone(), 2, target.clone());
        let mut theta = normals(&mut Pcg64::seed_from_u64(2), at.model().dim(), 0.5);
        let start = Instant::now();
        if let Err(error) = run(&mut at, &mut theta, 60) {
            assert!(
                matches!(error, ModelError::NotPositiveDefinite { .. } | ModelError::NotConverged { .. }),
                "{error}"
            );
        }
        assert!(start.elapsed().as_secs() < 10);
        options.ridge = 1e-3;
        let mut at = objective(&options, x, 2, target);
        run(&mut at, &mut theta, 60).unwrap();
    }
}

#[test]
fn an_expert_without_rows_is_named_and_a_ridge_cures_it() {
    let case = Case { n: 100, ..Case::new(Family::Linear) };
    for ridge in [0.0, 0.1] {
        let case = Case { ridge, ..case };
        let mut objective = case.objective();
        let mut theta = vec![0.0; objective.model().dim()];
        // The last expert predicts 1e6 everywhere: no row is its.
        *theta.last_mut().unwrap() = 1e6;
        objective.e_step(&theta);
        let result = objective.m_step(&mut theta, Tolerance::default());
        if ridge > 0.0 {
            result.unwrap();
            assert!(theta[9..].iter().all(|value| value.abs() < 1e-12));
        } else {
            assert_eq!(result, Err(ModelError::EmptyExpert { expert: 1 }));
        }
    }
}

#[test]
fn an_expert_with_one_row_is_told_from_collinear_columns() {
    let case = Case { n: 100, ..Case::new(Family::Linear) };
    let data = case.data();
    let Target::Real(y) = data.target() else { unreachable!() };
    let mut y = y.clone();
    y[7] = 1e6;
    let mut objective = objective(&case.options(), data.x().to_vec(), case.d, Target::Real(y));
    // The last expert predicts 1e6 everywhere, and one row is there.
    let mut theta = vec![0.0; objective.model().dim()];
    *theta.last_mut().unwrap() = 1e6;
    objective.e_step(&theta);
    for error in [
        objective.m_step(&mut theta.clone(), Tolerance::default()).unwrap_err(),
        objective.mirror_step(&mut theta, 1.0, Tolerance::default()).unwrap_err(),
    ] {
        assert_eq!(
            error.to_string(),
            "expert 1 is left with about 1.0 rows for 3 features: use fewer experts, another start, or a ridge"
        );
    }
}

#[test]
fn an_outlier_of_a_million_does_no_harm() {
    for family in Family::ALL {
        let case = Case { n: 200, ..Case::new(family) };
        let data = case.data();
        let mut x = data.x().to_vec();
        x[0] = 1e6;
        let target = match data.target() {
            Target::Real(y) => {
                let mut y = y.clone();
                y[1] = 1e6;
                Target::Real(y)
            }
            classes @ Target::Classes { .. } => classes.clone(),
        };
        let mut at = objective(&case.options(), x, case.d, target);
        let mut theta = case.theta(0.5);
        if let Err(error) = run(&mut at, &mut theta, 10) {
            assert!(!error.to_string().is_empty());
        }
        let mut options = case.options();
        options.ridge = 1e-2;
        let mut at = objective(&options, at.data().x().to_vec(), case.d, at.data().target().clone());
        let mut theta = case.theta(0.5);
        run(&mut at, &mut theta, 10).unwrap_or_else(|error| panic!("{family}: {error}"));
    }
}

#[test]
fn more_experts_than_the_data_needs() {
    for noise in Noise::ALL {
        let case = Case { noise, experts: 6, n: 300, ..Case::new(Family::Linear) };
        let (mut objective, mut theta) = (case.objective(), case.theta(0.3));
        if let Err(error) = run(&mut objective, &mut theta, 30) {
            assert!(!error.to_string().is_empty());
        }
        // Equal experts stay equal, and finite.
        let mut theta = vec![0.0; objective.model().dim()];
        run(&mut objective, &mut theta, 10).unwrap();
    }
}

#[test]
fn a_perfect_fit_stops_at_the_sigma_floor() {
    let x: Vec<f64> = (0..30).flat_map(|i| [f64::from(i) / 10.0, 1.0]).collect();
    let y: Vec<f64> = (0..30).map(|i| 2.0 * f64::from(i) / 10.0 - 1.0).collect();
    let mut options = ModelOptions::new(Family::Linear);
    for noise in [Noise::Shared, Noise::PerExpert] {
        options.noise = Some(noise);
        let mut at = objective(&options, x.clone(), 2, Target::Real(y.clone()));
        let mut theta = vec![0.0; at.model().dim()];
        run(&mut at, &mut theta, 20).unwrap();
        let floor = harness_models::DEFAULT_SIGMA_FLOOR.ln();
        assert!(theta[6..].iter().all(|log| (log - floor).abs() < 1e-12), "{theta:?}");
    }
}

#[test]
fn overflown_parameters_are_refused() {
    for family in Family::ALL {
        let case = Case::new(family);
        let mut objective = case.objective();
        let mut theta = vec![f64::NAN; objective.model().dim()];
        objective.e_step(&theta);
        assert!(objective.m_step(&mut theta, Tolerance::default()).is_err());
        assert!(objective.mirror_step(&mut theta, 1.0, Tolerance::default()).is_err());
    }
}

#[test]
fn a_saturated_warm_start_is_left() {
    let case = Case { n: 300, ..Case::new(Family::Linear) };
    let (mut objective, theta) = (case.objective(), case.theta(0.5));
    objective.e_step(&theta);
    let mut expected = theta.clone();
    objective.m_step(&mut expected, Tolerance::default()).unwrap();
    for scale in [1e2, 1e4, 1e8] {
        let mut far: Vec<f64> = theta.iter().map(|value| value * scale).collect();
        objective.m_step(&mut far, Tolerance::default()).unwrap();
        crate::common::assert_close(&far, &expected, 1e-9, &format!("from {scale:e}"));
    }
}

#[test]
fn large_logistic_gradients_are_not_slow() {
    let case = Case { experts: 2, classes: 10, d: 784, n: 2000, ridge: 1e-3, ..Case::new(Family::Logistic) };
    let (mut objective, theta) = (case.objective(), case.theta(0.01));
    let mut grad = theta.clone();
    let start = Instant::now();
    for _ in 0..5 {
        objective.value_gradient(&theta, &mut grad);
    }
    assert!(start.elapsed().as_secs_f64() < 2.0, "{:?}", start.elapsed());
}
