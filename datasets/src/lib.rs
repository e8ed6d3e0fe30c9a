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
#![deny(unsafe_code)]
#![cfg_attr(test, expect(clippy::float_cmp, reason = "exact values are meant"))]

mod cache;
mod data_dir;
mod docs;
mod draw;
mod embedded;
mod error;
#[cfg(feature = "fetch")]
pub mod fetch;
mod format;
mod formats;
#[cfg(any(test, feature = "fuzzing"))]
pub mod fuzzing;
mod load;
mod matrix;
mod numbers;
mod options;
mod prepare;
mod published;
mod registry;
mod row_maker;
mod scale;
mod shared;
mod split;
mod stream;
mod synthetic;
mod table;
mod transforms;

pub use data_dir::{data_dir, set_data_dir};
pub use docs::markdown;
pub use draw::Draw;
pub use error::{At, CellProblem, DataError, FileError, PrepareError};
pub use format::Format;
pub use load::{content_hash, load, validate};
pub use matrix::{Matrix, Storage};
pub use numbers::Numbers;
pub use options::{CovariateLaw, Missing, Options, SplitKind, Task};
pub use prepare::{Part, Prepared, prepare};
pub use published::{Archive, FileState, FileStatus, Holds, Source, files, not_there};
pub use registry::{Entry, Info, Parameter, common_parameters, find, registry};
pub use shared::SharedFile;
pub use stream::stream;
pub use table::{Table, Target, Truth};
pub use transforms::{By, Kind, Transform};
