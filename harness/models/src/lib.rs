//! Mixture-of-experts likelihoods and the kernels that optimizers call.
//!
//! What belongs here: the model families, their negative log-likelihoods with gradients and
//! Hessian-vector products, EM's E-step and M-step, projected mirror descent, what is measured
//! on parameters (test metrics, errors after alignment), and what [`theory`] says of a problem. Everything is charged in passes over the
//! data, see [`Cost`]. What does not: YAML, clocks, files, plugins, random numbers.
//!
//! The families and the view of EM as mirror descent are those of Fruytier, Mokhtari and Sanghavi,
//! "Learning Mixtures of Experts with EM: A Mirror Descent Perspective", ICML 2025
//! ([arXiv 2411.06056](https://arxiv.org/abs/2411.06056)).
//!
//! Notation: `n` rows `x` with `d` features, `k` experts, `c` classes; `theta` holds the gate, then
//! the experts, then the noise, as [`Layout`] says. `L` is the mean negative log-likelihood in nats
//! per row plus `ridge / 2 * |theta|^2`; `Q(phi | theta)` is EM's surrogate of it.
//!
//! ```
//! use std::sync::Arc;
//! use harness_models::{Data, Family, Model, ModelOptions, Objective, Target, Tolerance};
//!
//! let data = Data::new(vec![-1.0, -0.5, 0.5, 1.0, 1.5], 5, 1, Target::Real(vec![1.2, -0.4, 0.3, 1.1, -1.4]))?;
//! let model = Model::new(&ModelOptions::new(Family::SymmetricLinear), data.d(), data.n_classes(), data.n())?;
//! let mut objective = Objective::new(Arc::new(model), Arc::new(data))?;
//! let mut theta = vec![0.1, 0.5];
//! let before = objective.e_step(&theta);
//! objective.m_step(&mut theta, Tolerance::default())?;
//! assert!(objective.value(&theta) < before);
//! # Ok::<(), harness_models::ModelError>(())
//! ```

#![deny(unsafe_code)]

pub mod align;
mod assignment;
mod blocks;
mod buffer;
mod cost;
mod data;
mod design;
mod em;
mod error;
mod families;
mod hessian;
#[expect(unsafe_code, reason = "vector instructions")]
#[expect(clippy::inline_always, reason = "a kernel has to be compiled into code of its vector unit")]
pub mod kernels;
mod layout;
mod least_squares;
mod likelihood;
mod metrics;
mod mirror;
mod mirror_map;
mod model;
mod newton;
mod newton_cg;
mod noise;
mod objective;
mod options;
mod panel;
mod resume;
#[expect(clippy::inline_always, reason = "as for `kernels`")]
mod rows;
mod softmax_regression;
mod sum;
mod surrogate;
pub mod theory;
mod unit_gram;
mod weighted_cg;

pub use cost::Cost;
pub use data::{Data, Target};
pub use error::ModelError;
pub use hessian::Curvature;
pub use layout::{Block, BlockKind, Layout};
pub use metrics::{Evaluation, TestMetrics, evaluate, test_metrics};
pub use model::{DEFAULT_SIGMA_FLOOR, Model};
pub use newton::{Inner, MAX_NEWTON_ITERATIONS, Tolerance};
pub use objective::Objective;
pub use options::{Family, ModelOptions, Noise};
pub use resume::Account;

/// A hash of the sources of this crate and of the datasets crate; part of the key of cached results.
pub const BUILD_HASH: &str = env!("HARNESS_MODELS_BUILD_HASH");
