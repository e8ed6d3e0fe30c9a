//! What theory says of a problem: information matrices, local rates, optima and the precision that the
//! data supports.
//!
//! Matrices are formed where p is small; `krylov` has what is needed of them by products alone.
//! Nothing here is charged to anybody: it is made for inspection and for records, off the clock.

mod canonical;
mod eigen;
mod floor;
mod information;
mod krylov;
mod optimum;
mod polish;
mod rates;
mod spectrum;

pub use canonical::{canonical, distance};
pub use floor::{EstimationFloor, estimation_floor};
pub use information::{DENSE_INFORMATION, Information};
pub use optimum::{EmBudget, Optimum, optimum};
pub use polish::{Polished, REFERENCE_DECREMENT, polish};
pub use rates::{BestSteps, LocalRates, Steps};
pub use spectrum::{Ends, ProductRates, Unknown};
