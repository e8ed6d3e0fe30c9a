//! The contract between the harness and optimizer plugins.
//!
//! A plugin is a shared library that exports one symbol, [`abi::HarnessEntry`] under the name `harness_plugin_entry`,
//! and holds one or more optimizers. The harness owns the parameters θ, the data and all mathematics of the models; an
//! optimizer is the update rule and nothing else. It sees a [`Problem`]: dimension, blocks of θ, the objective and its
//! gradient, and by extension the E- and M-step, the mirror step, mini-batches and the data.
//!
//! In Rust an optimizer is a type that implements [`Optimizer`], exported by [`export!`]:
//!
//! ```
//! use harness_plugin_api::{Config, Flow, Info, Optimizer, Param, Problem, Result};
//!
//! /// θ⁺ = θ − step · sign(∇L(θ)).
//! struct SignDescent {
//!     step: f64,
//!     gradient: Vec<f64>,
//! }
//!
//! impl Optimizer for SignDescent {
//!     const INFO: Info = Info {
//!         name: "sign_descent",
//!         version: "0.1.0",
//!         summary: "moves every parameter by a fixed amount against the sign of its derivative",
//!         doc: "θ⁺ = θ − step · sign(∇L(θ))",
//!         params: &[&Param::real("step", "distance moved by every parameter").default(0.01).positive().log_search(1e-4, 1.0)],
//!         ..Info::DEFAULT
//!     };
//!
//!     fn create(problem: &Problem<'_>, config: &Config<'_>, _start: &[f64]) -> Result<Self> {
//!         Ok(Self { step: config.real("step")?, gradient: vec![0.0; problem.dim()] })
//!     }
//!
//!     fn step(&mut self, problem: &Problem<'_>, theta: &mut [f64]) -> Result<Flow> {
//!         problem.value_gradient(theta, &mut self.gradient)?;
//!         for (parameter, derivative) in theta.iter_mut().zip(&self.gradient) {
//!             *parameter -= self.step * derivative.signum();
//!         }
//!         Ok(Flow::Continue)
//!     }
//! }
//!
//! harness_plugin_api::export!(SignDescent);
//! # fn main() {}
//! ```
//!
//! The crate has no dependencies and is all that a Rust plugin needs. Its rules are those of [`abi`]; another language
//! follows them directly.
//!
//! Belongs here: the ABI, its safe Rust side, what plugins share in declaring parameters. Does not belong here: how the
//! harness loads and calls plugins (`harness-engine`), and any mathematics.

#[cfg(not(panic = "unwind"))]
compile_error!(
    "plugins must be built with panic = \"unwind\": a panic is reported to the harness, not turned into an exit"
);

pub mod abi;
mod config;
mod error;
mod export;
pub mod layout;
mod optimizer;
mod param;
mod problem;
mod state;
mod steps;
pub mod table;

pub use config::Config;
pub use error::{Error, Result};
pub use export::{entry, optimizer_table};
pub use optimizer::{Flow, Info, Optimizer};
pub use param::Param;
pub use problem::{Batch, Block, Data, Em, Hessian, Mirror, Model, Problem, Statistics};
pub use state::{StateReader, StateWriter};
pub use steps::{BlockSteps, STEP_EXPERTS, STEP_GATE, STEP_NOISE};
