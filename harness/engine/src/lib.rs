//! From a benchmark file to records: spec (YAML) → plan (units) → run → results.
//!
//! Belongs here: everything that decides what runs, runs it, and keeps what came out. Does not belong here: mathematics
//! of the models (`harness-models`), statistics (`harness-analysis`), pictures (`harness-report`).

pub mod plugins;
pub mod results;
