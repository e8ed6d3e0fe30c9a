//! The problem as a plugin calls it: C tables, the functions behind them, and what those read and change.
//!
//! Two things stand behind the tables: `faithful` in runs, and in `harness plugin check` one that misbehaves on request.
//! They differ in their [`Door`], which every call goes through; tables and functions are the same, so that a plugin is
//! checked against what it will meet.

mod batch;
mod callbacks;
mod faithful;
mod tables;

use std::ffi::c_void;

use harness_models::{ModelError, Objective};
use harness_plugin_api::abi::HarnessStatus;

pub(crate) use batch::BatchSampler;
pub(crate) use faithful::Oracle;
pub(crate) use tables::{Extensions, Tables};

/// What the functions work on.
pub(crate) struct Served {
    pub(crate) objective: Objective,
    pub(crate) batches: BatchSampler,
    /// Results are to be no numbers.
    pub(crate) is_spoiled: bool,
}

/// The kinds of calls that are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Call {
    /// A value.
    Value,
    /// A value and gradient.
    Gradient,
    /// A whole step of EM or mirror descent.
    Step,
    /// Anything else.
    Other,
}

/// Why a call returns an error code.
pub(crate) enum Failure {
    /// The mathematics failed, in words.
    Numerical(String),
    /// The plugin broke a rule of the ABI.
    Misuse(&'static str),
}

impl From<ModelError> for Failure {
    fn from(error: ModelError) -> Self {
        Self::Numerical(error.to_string())
    }
}

/// How plugins get to what stands behind the tables.
///
/// # Safety of all functions
///
/// `ctx` is null or the context that the tables were made with, which is alive.
pub(crate) trait Door {
    /// Runs the body of a call, or refuses it; keeps cancellation, errors and panics apart.
    unsafe fn enter(
        ctx: *mut c_void,
        call: Call,
        body: impl FnOnce(&mut Served) -> Result<(), Failure>,
    ) -> HarnessStatus;

    /// The extensions, if this one is offered at all.
    unsafe fn offered<'a>(ctx: *mut c_void, id: &str) -> Option<&'a Extensions>;

    /// Takes the words for an error, or what is wrong with them.
    unsafe fn set_error(ctx: *mut c_void, message: Result<&str, &str>);

    /// Takes a message, or what is wrong with it.
    unsafe fn log(ctx: *mut c_void, level: u32, message: Result<&str, &str>);

    /// Whether the run is to end.
    unsafe fn is_cancelled(ctx: *mut c_void) -> bool;
}
