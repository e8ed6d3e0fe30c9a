//! What theory says of a benchmark's problems: optima, the information there, and the local rate that each
//! configuration of an optimizer should show.
//!
//! Belongs here: putting the mathematics of `harness-models` to the problems, configurations and records of a
//! benchmark. Does not belong here: the mathematics itself, and anything that runs on the clock.

mod bottom;
mod inspect;
mod predict;
mod references;

pub use inspect::{Inspection, MirrorStep, Rate, inspect};
pub use predict::Prediction;
pub(crate) use predict::is_exact;
pub use references::update_references;
