//! Information matrices against enumeration and differences, local rates against the maps themselves.

use std::sync::Arc;

use crate::common::{Case, assert_close, differences, joint};
use faer::Mat;
use harness_models::theory::{
    EmBudget, Information, LocalRates, ProductRates, Steps, Unknown, canonical, distance, estimation_floor, optimum,
    polish,
};
use harness_models::{Curvature, Data, Family, Model, ModelOptions, Noise, Objective, Target, Tolerance};

/// The families with every noise mode, with and without ridge, small enough for brute force.
fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for ridge in [0.0, 0.03] {
        for family in [Family::SymmetricLinear, Family::SymmetricLogistic] {
            cases.push(Case { ridge, n: 200, seed: 3, ..Case::new(family) });
        }
        cases.push(Case { ridge, experts: 3, n: 400, ..Case::new(Family::Linear) });
        cases.push(Case { ridge: ridge + 0.01, experts: 2, classes: 3, n: 400, ..Case::new(Family::Logistic) });
    }
    cases.push(Case { noise: Noise::Shared, n: 300, ..Case::new(Family::Linear) });
    cases.push(Case { noise: Noise::PerExpert, experts: 2, n: 300, ..Case::new(Family::Linear) });
    cases
}

fn close(found: &Mat<f64>, expected: &Mat<f64>, tolerance: f64, what: &str) {
    let error = (found - expected).norm_max() / expected.norm_max().max(1.0);
    assert!(error <= tolerance, "{what}: {error:e}");
}

/// The Jacobian of a map, by central differences.
fn jacobian(at: &[f64], mut map: impl FnMut(&[f64]) -> Vec<f64>) -> Mat<f64> {
    let (p, step) = (at.len(), 1e-5);
    let mut point = at.to_vec();
    let mut columns = Vec::new();
    for j in 0..p {
        point[j] = at[j] + step;
        let above = map(&point);
        point[j] = at[j] - step;
        let below = map(&point);
        point[j] = at[j];
        columns.push(above.iter().zip(&below).map(|(a, b)| (a - b) / (2.0 * step)).collect::<Vec<_>>());
    }
    Mat::from_fn(columns[0].len(), p, |i, j| columns[j][i])
}

fn radius(matrix: &Mat<f64>) -> f64 {
    matrix.eigenvalues().unwrap().iter().map(|value| value.norm()).fold(0.0, f64::max)
}

#[test]
fn observed_and_complete_are_differences_of_gradients() {
    for case in cases() {
        let (mut objective, theta) = (case.objective(), case.theta(0.5));
        let found = Information::new(&mut objective, &theta);
        let p = theta.len();
        let observed = jacobian(&theta, |at| {
            let mut gradient = vec![0.0; p];
            objective.value_gradient(at, &mut gradient);
            gradient
        });
        close(&found.hessian(), &observed, 1e-8, &format!("observed {case:?}"));
        objective.e_step(&theta);
        let complete = jacobian(&theta, |phi| {
            let mut gradient = vec![0.0; p];
            objective.surrogate_gradient(phi, &mut gradient).unwrap();
            gradient
        });
        close(&found.surrogate(), &complete, 1e-8, &format!("complete {case:?}"));
    }
}

#[test]
fn missing_information_is_the_conditional_covariance_of_the_score() {
    for case in cases() {
        let (mut objective, theta) = (case.objective(), case.theta(0.5));
        let found = Information::new(&mut objective, &theta).missing();
        let (p, k) = (theta.len(), case.experts);
        let (model, data) = (objective.model(), objective.data());
        let mut expected = Mat::<f64>::zeros(p, p);
        for row in 0..data.n() {
            let weights = joint(model, data, &theta, row);
            let total: f64 = weights.iter().sum();
            let scores: Vec<Vec<f64>> =
                (0..k).map(|z| differences(&theta, |at| joint(model, data, at, row)[z].ln())).collect();
            let mean: Vec<f64> = (0..p).map(|i| (0..k).map(|z| weights[z] / total * scores[z][i]).sum()).collect();
            for z in 0..k {
                for i in 0..p {
                    for j in 0..p {
                        let centred = (scores[z][i] - mean[i]) * (scores[z][j] - mean[j]);
                        expected[(i, j)] += weights[z] / total * centred / data.n() as f64;
                    }
                }
            }
        }
        close(&found, &expected, 1e-7, &format!("{case:?}"));
    }
}

/// Rows alone, with a target put in.
fn one_row(objective: &Objective, row: usize, target: Target) -> Objective {
    let data = objective.data();
    let data = Data::new(data.row(row).to_vec(), 1, data.d(), target).unwrap();
    Objective::new(Arc::clone(objective.model()), Arc::new(data)).unwrap()
}

#[test]
fn model_information_is_the_mean_over_the_models_own_targets() {
    for case in cases() {
        let case = Case { n: 5, ..case };
        let (mut objective, theta) = (case.objective(), case.theta(0.5));
        let found = Information::new(&mut objective, &theta).model;
        let p = theta.len();
        let mut expected = Mat::<f64>::zeros(p, p);
        for row in 0..case.n {
            let mut add = |target: Target, volume: f64| {
                let mut alone = one_row(&objective, row, target);
                let probability = (-alone.nll(&theta)).exp() * volume;
                expected += Information::new(&mut alone, &theta).complete * (probability / case.n as f64);
            };
            if case.family.is_classification() {
                for label in 0..u32::try_from(case.classes).unwrap() {
                    add(Target::Classes { labels: vec![label], n_classes: case.classes }, 1.0);
                }
            } else {
                // The trapezoidal rule is spectrally exact for densities that vanish at both ends.
                let width = 0.1;
                for step in -250..=250 {
                    add(Target::Real(vec![f64::from(step) * width]), width);
                }
            }
        }
        close(&found, &expected, 1e-9, &format!("{case:?}"));
    }
}

#[test]
fn rates_are_those_of_the_maps() {
    for case in cases() {
        let mut objective = case.objective();
        let found = optimum(&mut objective, &case.theta(0.5), EmBudget::default());
        assert!(found.polished.is_optimum(), "{case:?}: {:?}", found.polished);
        let theta = found.polished.theta;
        let layout = objective.model().layout().clone();
        let rates = LocalRates::new(Information::new(&mut objective, &theta), &layout).unwrap();
        assert_eq!(rates.flat_directions(), 0);

        let tight = Tolerance::from(1e-14);
        let em = jacobian(&theta, |at| {
            let mut next = at.to_vec();
            objective.e_step(at);
            objective.m_step(&mut next, tight).unwrap();
            next
        });
        check_rate(rates.em(), radius(&em), 1e-6, &format!("EM {case:?}"));
        for eta in [0.5, 1.0, 1.5] {
            let mirror = jacobian(&theta, |at| {
                let mut next = at.to_vec();
                objective.mirror_step(&mut next, eta, tight).unwrap();
                next
            });
            check_rate(rates.mirror(eta), radius(&mirror), 1e-6, &format!("mirror {eta} {case:?}"));
        }

        let steps = Steps { gate: 0.7, experts: 0.2, noise: 0.1 };
        let p = theta.len();
        for inner in [1, 2, 5] {
            let map = jacobian(&theta, |at| {
                let mut phi = at.to_vec();
                objective.e_step(at);
                for _ in 0..inner {
                    let mut gradient = vec![0.0; p];
                    objective.surrogate_gradient(&phi, &mut gradient).unwrap();
                    descend(&mut phi, &gradient, &layout, steps);
                }
                phi
            });
            check_rate(rates.gradient_em(steps, inner), radius(&map), 1e-6, &format!("gradient EM {inner} {case:?}"));
        }
        check_rate(rates.gradient_em(steps, 1), rates.gradient_descent(steps).unwrap(), 1e-11, "one inner step");
        check_rate(rates.heavy_ball(steps, 0.0), rates.gradient_descent(steps).unwrap(), 1e-12, "no momentum");
        for nesterov in [false, true] {
            let map = jacobian(&[theta.clone(), theta.clone()].concat(), |at| {
                momentum(&mut objective, at, &layout, steps, 0.6, nesterov)
            });
            let found = if nesterov { rates.nesterov(steps, 0.6) } else { rates.heavy_ball(steps, 0.6) };
            check_rate(found, radius(&map), 1e-6, &format!("momentum {nesterov} {case:?}"));
        }
        check_best(&rates, &case);
    }
}

fn descend(phi: &mut [f64], gradient: &[f64], layout: &harness_models::Layout, steps: Steps) {
    for block in &layout.blocks {
        let step = match block.kind {
            harness_models::BlockKind::Gate => steps.gate,
            harness_models::BlockKind::Expert => steps.experts,
            harness_models::BlockKind::Noise => steps.noise,
        };
        for i in block.range() {
            phi[i] -= step * gradient[i];
        }
    }
}

/// One step of momentum on the pair (theta, theta-).
fn momentum(
    objective: &mut Objective,
    at: &[f64],
    layout: &harness_models::Layout,
    steps: Steps,
    mu: f64,
    nesterov: bool,
) -> Vec<f64> {
    let p = at.len() / 2;
    let (now, before) = at.split_at(p);
    let ahead: Vec<f64> = now.iter().zip(before).map(|(a, b)| a + mu * (a - b)).collect();
    let mut gradient = vec![0.0; p];
    objective.value_gradient(if nesterov { &ahead } else { now }, &mut gradient);
    let mut next = ahead;
    descend(&mut next, &gradient, layout, steps);
    [next, now.to_vec()].concat()
}

#[track_caller]
fn check_rate(found: Option<f64>, expected: f64, tolerance: f64, what: &str) {
    let found = found.unwrap();
    assert!((found - expected).abs() <= tolerance * expected.max(1.0), "{what}: {found} {expected}");
}

fn check_best(rates: &LocalRates, case: &Case) {
    let (eta, rate) = rates.best_mirror().unwrap();
    for nearby in [0.99 * eta, 1.01 * eta] {
        assert!(rates.mirror(nearby).is_none_or(|other| other > rate), "{case:?}");
    }
    let missing = rates.missing();
    if case.family.is_symmetric() && case.ridge == 0.0 {
        let expected = 2.0 / (2.0 - missing[0] - missing[missing.len() - 1]);
        assert!((eta - expected).abs() < 1e-10, "{case:?}: {eta} {expected}");
    }
    let best = rates.best_gradient_descent().unwrap();
    check_rate(rates.gradient_descent(best.steps), best.rate, 1e-11, "best step");
    let blocks = rates.best_gradient_descent_per_block().unwrap();
    assert!(blocks.rate <= best.rate + 1e-12, "{case:?}");
    check_rate(rates.gradient_descent(blocks.steps), blocks.rate, 1e-11, "best steps");
    let ball = rates.best_heavy_ball().unwrap();
    // A double root: half of the digits are lost in the square root.
    check_rate(rates.heavy_ball(ball.steps, ball.momentum), ball.rate, 1e-6, "best heavy ball");
}

#[test]
fn products_find_what_matrices_find() {
    let mut n_refused = 0;
    for case in [Case { n: 300, ..Case::new(Family::SymmetricLinear) }, cases()[2], cases()[3]] {
        let mut objective = case.objective();
        let theta = optimum(&mut objective, &case.theta(0.5), EmBudget::default()).polished.theta;
        let layout = objective.model().layout().clone();
        let rates = LocalRates::new(Information::new(&mut objective, &theta), &layout).unwrap();
        let mut products = ProductRates::new(&mut objective, &theta);
        let hessian = products.hessian().unwrap();
        let curvatures = rates.curvatures();
        assert_close(&[hessian.least, hessian.largest], &[curvatures[0], *curvatures.last().unwrap()], 1e-9, "Hessian");
        let complete = products.complete().unwrap();
        check_rate(rates.surrogate_condition(), complete.largest / complete.least, 1e-7, "condition");
        for eta in [0.5, 1.0, 1.2] {
            check_rate(rates.mirror(eta), products.mirror(eta).unwrap(), 1e-8, &format!("mirror {eta} {case:?}"));
        }
        let steps = Steps { gate: 0.7, experts: 0.2, noise: 0.1 };
        for (found, mu, is_nesterov) in [
            (rates.gradient_descent(steps), 0.0, false),
            (rates.heavy_ball(steps, 0.3), 0.3, false),
            (rates.nesterov(steps, 0.6), 0.6, true),
        ] {
            check_rate(found, products.momentum(steps, mu, is_nesterov).unwrap(), 1e-8, &format!("mu {mu} {case:?}"));
        }
        let refused = products.mirror(1e4).err();
        assert_eq!(refused.is_none(), rates.mirror(1e4).is_some(), "{case:?}: {refused:?}");
        n_refused += usize::from(refused == Some(Unknown::Indefinite));
    }
    assert_eq!(n_refused, 1);
}

#[test]
fn a_collinear_column_or_a_standard_deviation_at_its_floor_is_flat() {
    let case = Case { noise: Noise::PerExpert, n: 300, ..Case::new(Family::Linear) };
    let mut objective = case.objective();
    let mut theta = case.theta(0.3);
    *theta.last_mut().unwrap() = -50.0;
    let information = Information::new(&mut objective, &theta);
    assert!(information.complete[(theta.len() - 1, theta.len() - 1)] == 0.0);

    let plain = Case { n: 300, seed: 4, ..Case::new(Family::SymmetricLinear) };
    let data = plain.data();
    let x = data.x().chunks_exact(plain.d).flat_map(|row| [row, &[1e4 * row[0]]].concat()).collect();
    let wide = Data::new(x, plain.n, plain.d + 1, data.target().clone()).unwrap();
    let model = harness_models::Model::new(&plain.options(), plain.d + 1, None, plain.n).unwrap();
    let mut objective = Objective::new(Arc::new(model), Arc::new(wide)).unwrap();
    let theta =
        optimum(&mut objective, &[0.3, 0.2, 0.1, 0.0, 0.3, 0.2, 0.1, 0.0], EmBudget { iterations: 0, stride: 1 })
            .polished;
    assert_eq!(theta.flat_directions, 2);
    assert!(theta.is_optimum(), "{theta:?}");
    let layout = objective.model().layout().clone();
    let rates = LocalRates::new(Information::new(&mut objective, &theta.theta), &layout).unwrap();
    assert_eq!((rates.flat_directions(), rates.missing().len(), rates.curvatures().len()), (2, 6, 6));
    assert!(rates.em().unwrap() < 1.0);
}

#[test]
fn polishing_reaches_the_decrement_of_a_reference_from_nearby() {
    for case in cases() {
        let mut objective = case.objective();
        let mut theta = case.theta(0.5);
        for _ in 0..60 {
            objective.e_step(&theta);
            objective.m_step(&mut theta, Tolerance::default()).unwrap();
        }
        let before = objective.value(&theta);
        let polished = polish(&mut objective, &theta);
        assert!(polished.is_stationary() && polished.decrement < 1e-22, "{case:?} {polished:?}");
        assert!(polished.loss <= before + 1e-14);
    }
}

#[test]
fn separated_data_has_no_finite_optimum_and_polishing_says_so() {
    let x: Vec<f64> = (0..40).flat_map(|i| [f64::from(i) / 10.0 - 1.95, 1.0]).collect();
    let labels = (0..40).map(|i| u32::from(i >= 20)).collect();
    let data = Data::new(x, 40, 2, Target::Classes { labels, n_classes: 2 }).unwrap();
    let options = harness_models::ModelOptions::new(Family::SymmetricLogistic);
    let model = harness_models::Model::new(&options, 2, Some(2), 40).unwrap();
    let mut objective = Objective::new(Arc::new(model), Arc::new(data)).unwrap();
    let found = optimum(&mut objective, &[0.5, 0.1, 0.5, 0.1], EmBudget { iterations: 300, stride: 25 });
    assert!(!found.polished.is_optimum(), "{found:?}");
    assert!(found.polished.theta.iter().all(|value| value.is_finite()));
}

#[test]
fn canonical_forms_and_distances_ignore_permutations() {
    let case = Case { experts: 3, noise: Noise::PerExpert, n: 60, ..Case::new(Family::Linear) };
    let theta = case.theta(1.0);
    let objective = case.objective();
    let (model, d) = (objective.model(), case.d);
    // Experts 0 1 2 become 2 0 1; the gate's reference moves with its expert.
    let gate = |z: usize, j: usize| if z < 2 { theta[z * d + j] } else { 0.0 };
    let order = [2, 0, 1];
    let mut other = Vec::new();
    for z in 0..2 {
        other.extend((0..d).map(|j| gate(order[z], j) - gate(order[2], j)));
    }
    for z in order {
        other.extend_from_slice(&theta[d * (2 + z)..d * (3 + z)]);
    }
    other.extend(order.map(|z| theta[5 * d + z]));
    assert_close(&canonical(model, &other), &canonical(model, &theta), 1e-12, "canonical");
    assert!(distance(model, &other, &theta) < 1e-12);
    other[0] += 0.1;
    assert!(distance(model, &other, &theta) > 1e-3);

    for family in [Family::SymmetricLinear, Family::SymmetricLogistic] {
        let case = Case { n: 20, ..Case::new(family) };
        let (objective, theta) = (case.objective(), case.theta(1.0));
        let mut images = vec![theta.iter().map(|value| -value).collect::<Vec<_>>()];
        if family == Family::SymmetricLogistic {
            images.push([&theta[3..], &theta[..3]].concat());
        }
        for image in images {
            assert!(distance(objective.model(), &image, &theta) < 1e-15);
            assert_close(&canonical(objective.model(), &image), &canonical(objective.model(), &theta), 1e-15, "sign");
        }
    }
}

#[test]
fn the_estimation_floor_is_the_trace_of_the_inverse_information() {
    let case = Case { n: 400, ..Case::new(Family::SymmetricLinear) };
    let (mut objective, truth) = (case.objective(), case.theta(1.0));
    let information = Information::new(&mut objective, &truth);
    let theta = optimum(&mut objective, &truth, EmBudget::default()).polished.theta;
    let at = Information::new(&mut objective, &theta);
    let floor = estimation_floor(objective.model(), &at, &truth, case.n).unwrap();
    let p = truth.len();
    let mut identity = Mat::<f64>::identity(p, p);
    faer::linalg::solvers::Solve::solve_in_place(&at.observed.partial_piv_lu(), identity.as_mut());
    let trace = |range: std::ops::Range<usize>| range.map(|j| identity[(j, j)]).sum::<f64>();
    let norm = |v: &[f64]| crate::common::norm(v);
    let expected = [(trace(0..3) / 400.0).sqrt() / norm(&truth[..3]), (trace(3..6) / 400.0).sqrt() / norm(&truth[3..])];
    assert_close(&[floor.gate, floor.experts], &expected, 1e-10, "floor");
    assert!(information.observed.nrows() == p);
}

#[test]
fn products_are_charged() {
    let (mut objective, theta) = (Case::new(Family::Logistic).objective(), Case::new(Family::Logistic).theta(0.5));
    let mut out = theta.clone();
    let before = objective.cost().passes;
    objective.information_vector(Curvature::Model, &theta, &theta, &mut out);
    assert!((objective.cost().passes - before - 1.0).abs() < 1e-15);
}

#[test]
fn at_a_saddle_no_method_contracts() {
    // Equal experts and an even gate: stationary, and L falls where they part.
    let (model, data) = symmetric_saddle();
    let mut objective = Objective::new(model, data).unwrap();
    let at = vec![0.0; objective.model().dim()];
    let layout = objective.model().layout().clone();
    let rates = LocalRates::new(Information::new(&mut objective, &at), &layout).unwrap();
    assert!(rates.curvatures()[0] < 0.0);
    let steps = Steps::common(0.1);
    let found = [rates.em(), rates.mirror(0.5), rates.gradient_descent(steps), rates.gradient_em(steps, 3)];
    assert!(found.iter().all(|rate| rate.is_some_and(|rate| rate > 1.0)), "{found:?}");
}

/// Two symmetric experts on rows whose slope has either sign: no slope at all is stationary.
fn symmetric_saddle() -> (Arc<Model>, Arc<Data>) {
    let x: Vec<f64> = (0..120_i32).map(|i| f64::from((i * 37) % 41) / 20.0 - 1.0).collect();
    let y = x.iter().enumerate().map(|(i, x)| if i % 2 == 0 { 3.0 * x } else { -3.0 * x }).collect();
    let data = Data::new(x, 120, 1, Target::Real(y)).unwrap();
    let model = Model::new(&ModelOptions::new(Family::SymmetricLinear), 1, None, 120).unwrap();
    (Arc::new(model), Arc::new(data))
}
