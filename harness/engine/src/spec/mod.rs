//! The benchmark file: from YAML to a checked [`Benchmark`], with errors that show where.
//!
//! Only this module knows YAML. It knows plugins as a [`Catalog`](crate::plugins::Catalog) of names and parameters, and
//! the options of datasets and models by their types; it opens no data and loads no plugin.
//!
//! The way of a file: text → tree of nodes with their places (`node`, `locate`) → sweeps expanded (`sweep`) → typed
//! values (`decode`, `raw`, `scalar`, `optimizer_entry`) → checks (`check`) → [`Parsed`], which needs no plugin; then
//! hyper-parameters against the catalog (`resolve`, `grid`) → [`Benchmark`] → the resolved file (`export`).
#![forbid(unsafe_code)]

mod analysis;
mod benchmark;
mod check;
mod decode;
mod error;
mod export;
mod grid;
mod load;
mod locate;
pub mod nearest;
mod node;
mod optimizer_entry;
mod places;
mod question;
mod raw;
mod resolve;
mod scalar;
mod sweep;
#[cfg(test)]
mod tests;

pub use analysis::{
    AnalysisOptions, CiOptions, Correction, CostAxis, Headline, TargetOptions, TestOptions, read_analysis,
};
pub use benchmark::{Benchmark, Budget, Limit, OptimizerConfig, Problem, RecordOptions, Start, Stop};
pub use error::{Source, SpecError};
pub use export::to_yaml;
pub use load::{Parsed, load, load_in, parse};
pub use places::Places;
pub use raw::json_schema;
