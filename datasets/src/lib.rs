//! The datasets of the harness: from the `dataset:` of a benchmark file to numbers that a model can use.
//!
//! Here belong the options of a dataset ([`Options`]), the registry of named sets ([`registry`]: sets embedded in the
//! program and synthetic generators with a known truth), the readers of users' files, the preparation that defines a
//! problem (split, standardization, intercept: [`prepare`]) and the random streams that it is drawn from ([`stream`]).
//!
//! Here does not belong anything that knows a likelihood, an optimizer, a plan or a result: a [`Table`] is numbers with
//! names, and a [`Truth`] is columns of numbers in the order of the models' parameters.
//!
//! The way of the data: [`validate`] (no file is opened) → [`load`] (a whole [`Table`]) → [`prepare`] (training and test
//! [`Part`]s). [`content_hash`] names the data for the cache without preparing it.
#![forbid(unsafe_code)]
#![cfg_attr(
    test,
    expect(clippy::unwrap_used, clippy::float_cmp, reason = "a test fails by panicking, and exact values are meant")
)]

mod embedded;
mod error;
mod formats;
mod load;
mod options;
mod prepare;
mod registry;
mod split;
mod stream;
mod synthetic;
mod table;

pub use error::{CellProblem, DataError};
pub use load::{content_hash, load, validate};
pub use options::{CovariateLaw, Options, Task};
pub use prepare::{Part, Prepared, prepare};
pub use registry::{Entry, Info, Parameter, common_parameters, find, registry};
pub use stream::stream;
pub use table::{Table, Target, Truth};
