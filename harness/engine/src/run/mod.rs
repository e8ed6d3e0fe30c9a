//! Running units: one optimizer on one problem, on the clock, with everything measured off it.
//!
//! [`run_unit`](unit::run_unit) knows nothing of where it runs or where its points go; [`schedule`] decides the order and
//! what is already there. This is the seam for worker processes.

mod batch;
mod clock;
mod evaluate;
mod instance;
mod oracle;
mod problem;
mod schedule;
mod unit;
mod values;

pub use problem::ProblemError;
pub(crate) use problem::{load_table, prepare};
pub use schedule::{Progress, RunError, RunOptions, Summary, pending, run};
pub(crate) use unit::{Sink, configuration_key};
