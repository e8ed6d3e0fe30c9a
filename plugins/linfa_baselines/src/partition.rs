//! Dividing the rows among the experts by their features alone.

use harness_plugin_api::{Data, Error, Result};
use linfa::DatasetBase;
use linfa::traits::{Fit, Predict};
use linfa_clustering::{GaussianMixtureModel, KMeans};
use linfa_linalg::cholesky::Cholesky;
use ndarray::{Array1, Array2, ArrayView2, Axis};
use rand_08::SeedableRng;
use rand_pcg_03::Pcg64;

/// Which part every row belongs to.
pub(crate) struct Partition {
    pub(crate) n_parts: usize,
    pub(crate) part_of_row: Vec<usize>,
}

impl Partition {
    /// All rows in one part.
    pub(crate) fn whole(n_rows: usize) -> Self {
        Self { n_parts: 1, part_of_row: vec![0; n_rows] }
    }

    pub(crate) fn rows_of(&self, part: usize) -> Vec<usize> {
        self.part_of_row.iter().enumerate().filter(|(_, p)| **p == part).map(|(row, _)| row).collect()
    }
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum PartitionKind {
    KMeans,
    GaussianMixture {
        /// Added to the diagonal of every covariance.
        reg_covariance: f64,
    },
}

/// Partitions the rows by their features, the intercept left out.
pub(crate) fn partition(kind: PartitionKind, data: &Data<'_>, n_parts: usize, seed: u64) -> Result<Partition> {
    let x = ArrayView2::from_shape((data.n_rows, data.n_features), data.x)
        .map_err(|error| Error::failed(format!("design matrix: {error}")))?;
    let n_used = data.n_features - usize::from(data.has_intercept);
    let features = x.slice(ndarray::s![.., ..n_used]).to_owned();
    let rng = Pcg64::seed_from_u64(seed);
    let part_of_row = match kind {
        PartitionKind::KMeans => {
            let dataset = DatasetBase::from(features);
            let model = KMeans::params_with_rng(n_parts, rng)
                .fit(&dataset)
                .map_err(|error| Error::failed(format!("linfa k-means: {error}")))?;
            model.predict(&dataset).to_vec()
        }
        PartitionKind::GaussianMixture { reg_covariance } => {
            let dataset = DatasetBase::from(features);
            // Tolerance and iterations are looser than linfa's defaults: there an unconverged mixture is an error.
            let model = GaussianMixtureModel::params_with_rng(n_parts, rng)
                .n_runs(1)
                .max_n_iterations(1000)
                .reg_covariance(reg_covariance)
                .fit(&dataset)
                .map_err(|error| Error::failed(format!("linfa Gaussian mixture: {error}")))?;
            most_probable_components(&model, dataset.records())?
        }
    };
    Ok(Partition { n_parts, part_of_row })
}

/// argmax_c log w_c + log N(x; μ_c, Σ_c), in logarithms throughout: linfa's own `predict_proba` overflows between
/// components that lie far apart.
fn most_probable_components(model: &GaussianMixtureModel<f64>, x: &Array2<f64>) -> Result<Vec<usize>> {
    let mut scores = Array2::<f64>::zeros((x.nrows(), model.weights().len()));
    for (component, mut column) in scores.axis_iter_mut(Axis(1)).enumerate() {
        let covariance = model.covariances().index_axis(Axis(0), component).to_owned();
        let factor = covariance
            .cholesky()
            .map_err(|error| Error::numerical(format!("covariance of component {component}: {error}")))?;
        let half_log_det: f64 = factor.diag().iter().map(|entry| entry.ln()).sum();
        let precision = model.precisions().index_axis(Axis(0), component);
        let mean = model.means().row(component);
        for (row, score) in x.rows().into_iter().zip(column.iter_mut()) {
            let centred: Array1<f64> = &row - &mean;
            *score = model.weights()[component].ln() - half_log_det - 0.5 * centred.dot(&precision.dot(&centred));
        }
    }
    let argmax = |row: ndarray::ArrayView1<'_, f64>| {
        row.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1)).map_or(0, |(component, _)| component)
    };
    Ok(scores.rows().into_iter().map(argmax).collect())
}
