//! From a benchmark file to records: spec (YAML) → plan (units) → run → results.
//!
//! Belongs here: everything that decides what runs, runs it, and keeps what came out. Does not belong here: mathematics
//! of the models (`harness-models`), statistics (`harness-analysis`), pictures (`harness-report`).

mod host;
mod oracle;
pub mod plan;
pub mod plugins;
pub mod results;
pub mod run;
pub mod spec;
pub mod theory;
