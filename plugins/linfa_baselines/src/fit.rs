//! The linfa fits: multinomial logistic regression and least squares on a choice of rows.

use harness_plugin_api::{Error, Result};
use linfa::Dataset;
use linfa::traits::Fit;
use linfa_linear::LinearRegression;
use linfa_logistic::MultiLogisticRegression;
use ndarray::{Array1, Array2};

/// Coefficients of classes `0..n_classes − 1` against the last class, column by column: the models' reference coding.
///
/// Every class must occur in `labels`.
pub(crate) fn logistic(x: Array2<f64>, labels: &[usize], n_classes: usize, alpha: f64) -> Result<Vec<f64>> {
    let targets = Array1::from_vec(labels.to_vec());
    let model = MultiLogisticRegression::default()
        .alpha(alpha)
        .with_intercept(false) // the design matrix has its own
        .max_iterations(1000)
        .fit(&Dataset::new(x, targets))
        .map_err(|error| Error::failed(format!("linfa logistic regression: {error}")))?;
    let params = model.params();
    if params.ncols() != n_classes {
        return Err(Error::failed(format!("linfa logistic regression saw {} of {n_classes} classes", params.ncols())));
    }
    let reference = params.column(n_classes - 1);
    Ok((0..n_classes - 1).flat_map(|class| (&params.column(class) - &reference).to_vec()).collect())
}

/// Least-squares coefficients.
pub(crate) fn least_squares(x: Array2<f64>, target: &[f64]) -> Result<Vec<f64>> {
    if x.nrows() < x.ncols() {
        return Err(Error::numerical(format!("{} rows for {} coefficients", x.nrows(), x.ncols())));
    }
    let targets = Array1::from_vec(target.to_vec());
    let model = LinearRegression::new()
        .with_intercept(false)
        .fit(&Dataset::new(x, targets))
        .map_err(|error| Error::failed(format!("linfa linear regression: {error}")))?;
    Ok(model.params().to_vec())
}
