//! Mixtures assembled from the fits of the linfa library, without joint optimisation.
//!
//! What a practitioner gets from a general library in an afternoon, expressed in the parameters of our models so that
//! the same objective and metrics apply: one model for all rows (`linfa_single`), or a partition of the rows with one
//! fit per part and a fitted gate (`linfa_kmeans`, `linfa_gmm`). Each does its work in one step and begins where it
//! likes; it is drawn as a point. linfa has no mixture of experts, so these are a floor for the others, not rivals.

mod assemble;
mod fit;
mod partition;

use harness_plugin_api::abi::{HARNESS_EXT_DATA, HARNESS_EXT_MODEL, HarnessStr};
use harness_plugin_api::{Config, Flow, Info, Optimizer, Param, Problem, Result, export};

use crate::partition::{Partition, PartitionKind};

const REQUIRES: &[HarnessStr] = &[HARNESS_EXT_MODEL, HARNESS_EXT_DATA];

const ALPHA: Param =
    Param::real("alpha", "linfa's L2 penalty on the summed loss of a logistic fit; n · ridge unless given")
        .range(0.0, 1e12);

const REG_COVARIANCE: Param = Param::real(
    "reg_covariance",
    "variance added to every feature of every component; linfa's E-step underflows, and fails, on rows that are far from \
     all components",
)
.default(1e-6)
.range(1e-12, 1e6);

/// One linfa fit to all rows: a mixture whose experts agree, under an even gate.
#[derive(Debug)]
pub struct Single {
    alpha: Option<f64>,
}

impl Optimizer for Single {
    const INFO: Info = Info {
        name: "linfa_single",
        version: env!("CARGO_PKG_VERSION"),
        summary: "one linfa model for all rows, as a mixture whose experts agree",
        doc: "linfa's multinomial logistic regression (L-BFGS) or ordinary least squares on all rows; every expert gets \
              that fit and the gate is even. Least squares takes no ridge, whatever the problem's: linfa's has none.",
        params: &[&ALPHA],
        requires: REQUIRES,
        one_shot: true,
        own_start: true,
        descent: false,
    };

    fn create(_problem: &Problem<'_>, config: &Config<'_>, _start: &[f64]) -> Result<Self> {
        Ok(Self { alpha: config.optional_real("alpha")? })
    }

    fn step(&mut self, problem: &Problem<'_>, theta: &mut [f64]) -> Result<Flow> {
        assemble::from_partition(*problem, &Partition::whole(problem.n_rows()), self.alpha, theta)?;
        Ok(Flow::Converged)
    }
}

/// Declares an optimizer that partitions the rows, then fits each part.
macro_rules! partitioned {
    ($(#[$doc:meta])* $type:ident, $name:literal, $params:expr, $kind:expr, $summary:literal, $text:literal) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $type {
            kind: PartitionKind,
            alpha: Option<f64>,
            seed: u64,
        }

        impl Optimizer for $type {
            const INFO: Info = Info {
                name: $name,
                version: env!("CARGO_PKG_VERSION"),
                summary: $summary,
                doc: $text,
                params: $params,
                requires: REQUIRES,
                one_shot: true,
                own_start: true,
                descent: false,
            };

            fn create(_problem: &Problem<'_>, config: &Config<'_>, _start: &[f64]) -> Result<Self> {
                let kind: fn(&Config<'_>) -> Result<PartitionKind> = $kind;
                Ok(Self { kind: kind(config)?, alpha: config.optional_real("alpha")?, seed: config.seed() })
            }

            fn step(&mut self, problem: &Problem<'_>, theta: &mut [f64]) -> Result<Flow> {
                let n_parts = problem.model()?.n_experts;
                let partition = partition::partition(self.kind, &problem.data()?, n_parts, self.seed)?;
                assemble::from_partition(*problem, &partition, self.alpha, theta)?;
                Ok(Flow::Converged)
            }
        }
    };
}

partitioned!(
    /// K-means on the features, one linfa fit per cluster, and a linfa-fitted gate.
    KMeans,
    "linfa_kmeans",
    &[&ALPHA],
    |_| Ok(PartitionKind::KMeans),
    "k-means partition, one linfa fit per cluster, a linfa-fitted gate",
    "linfa's k-means on the features (k-means++, best of 10 runs), then logistic regression or least squares in every \
     cluster, then a multinomial logistic regression of the cluster on the features as gate. A cluster without rows of \
     some class borrows the nearest row of that class."
);

partitioned!(
    /// A Gaussian mixture on the features, one linfa fit per component, and a linfa-fitted gate.
    GaussianMixture,
    "linfa_gmm",
    &[&ALPHA, &REG_COVARIANCE],
    |config| Ok(PartitionKind::GaussianMixture { reg_covariance: config.real("reg_covariance")? }),
    "Gaussian-mixture partition, one linfa fit per component, a linfa-fitted gate",
    "linfa's Gaussian mixture on the features, rows assigned to their most probable component, then as linfa_kmeans."
);

export!(Single, KMeans, GaussianMixture);
