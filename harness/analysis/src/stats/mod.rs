//! Statistics that know nothing of optimizers: intervals, exact tests, resampling. Each is checked against scipy.
//!
//! Quantiles of known distributions come from statrs; what it does not have is here.

pub mod bootstrap;
pub mod friedman;
pub mod holm;
pub mod interval;
pub mod line;
pub mod sign_test;
pub mod signed_rank;

pub use interval::{Interval, Ratio};
