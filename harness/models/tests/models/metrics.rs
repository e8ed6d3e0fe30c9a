//! Predictions of the mixture on test rows.

use std::sync::Arc;

use crate::common::{Case, dot};
use harness_models::{Data, Family, Model, Objective, Target, test_metrics};

#[test]
fn regression_is_scored_by_the_mixtures_mean() {
    let case = Case { experts: 3, ..Case::new(Family::Linear) };
    let (mut objective, theta) = (case.objective(), case.theta(1.0));
    let metrics = test_metrics(&mut objective, &theta);
    let (d, data) = (case.d, objective.data().clone());
    let Target::Real(y) = data.target() else { unreachable!() };
    let mut squares = 0.0;
    for (row, y) in y.iter().enumerate() {
        let column = |index: usize| dot(&data.row(row), &theta[index * d..(index + 1) * d]);
        let gate = [column(0).exp(), column(1).exp(), 1.0];
        let total: f64 = gate.iter().sum();
        let mean: f64 = (0..3).map(|z| gate[z] / total * column(2 + z)).sum();
        squares += (y - mean).powi(2);
    }
    let rmse = (squares / case.n as f64).sqrt();
    assert!((metrics.rmse.unwrap() - rmse).abs() < 1e-13);
    assert_eq!(metrics.accuracy, None);
    assert!((metrics.nll - objective.nll(&theta)).abs() < 1e-15);
}

#[test]
fn classes_are_scored_by_the_most_probable_one() {
    for (family, experts, classes) in
        [(Family::Logistic, 3, 4), (Family::Logistic, 2, 2), (Family::SymmetricLogistic, 2, 2)]
    {
        let case = Case { experts, classes, ..Case::new(family) };
        let (mut objective, theta) = (case.objective(), case.theta(1.0));
        let metrics = test_metrics(&mut objective, &theta);
        // By enumeration: the likelihood of each label in turn.
        let data = objective.data().clone();
        let Target::Classes { labels, n_classes } = data.target() else { unreachable!() };
        let mut n_correct = 0;
        for (row, label) in labels.iter().enumerate() {
            let probability = |class: usize| -> f64 {
                let mut labels = labels.clone();
                labels[row] = u32::try_from(class).unwrap();
                let target = Target::Classes { labels, n_classes: *n_classes };
                let other = Data::new(data.x().to_vec(), data.n(), data.d(), target).unwrap();
                crate::common::joint(objective.model(), &other, &theta, row).iter().sum()
            };
            let best = (0..*n_classes).max_by(|a, b| probability(*a).total_cmp(&probability(*b))).unwrap();
            n_correct += usize::from(best == *label as usize);
        }
        assert!((metrics.accuracy.unwrap() - n_correct as f64 / case.n as f64).abs() < 1e-15);
        assert_eq!(metrics.rmse, None);
    }
}

#[test]
fn a_test_set_can_have_fewer_rows_than_experts() {
    let case = Case { experts: 5, ..Case::new(Family::Linear) };
    let model = Model::new(&case.options(), 3, None, 100).unwrap();
    let data = Data::new(vec![1.0, 2.0, 3.0], 1, 3, Target::Real(vec![0.5])).unwrap();
    let mut objective = Objective::new(Arc::new(model), Arc::new(data)).unwrap();
    let theta = case.theta(0.5);
    assert!(test_metrics(&mut objective, &theta).rmse.unwrap().is_finite());
}

#[test]
fn data_of_another_shape_is_refused() {
    let model = Arc::new(Model::new(&Case::new(Family::Linear).options(), 3, None, 100).unwrap());
    let data = Data::new(vec![1.0, 2.0], 1, 2, Target::Real(vec![0.5])).unwrap();
    let refused = Objective::new(model, Arc::new(data)).err().unwrap();
    assert_eq!(refused.to_string(), "the data does not fit the model: found 2 columns, needed 3");
}
