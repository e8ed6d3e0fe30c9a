//! One optimizer at work on one problem: `create`, `step` and `destroy` behind a safe face.

use std::ffi::c_void;
use std::sync::Arc;

use harness_plugin_api::abi::{
    HARNESS_ERR_CANCELLED, HARNESS_ERR_UNSUPPORTED, HARNESS_EXT_PREPARE, HARNESS_EXT_STATE, HARNESS_FLOW_CONTINUE,
    HARNESS_FLOW_CONVERGED, HARNESS_OK, HarnessPrepare, HarnessState, HarnessStatus, HarnessStep,
};
use harness_plugin_api::table;

use super::state::SavedState;
use super::values::CallValues;
use crate::oracle::Oracle;
use crate::plugins::LoadedOptimizer;

/// A running optimizer.
pub(crate) struct Instance {
    optimizer: Arc<LoadedOptimizer>,
    raw: *mut c_void,
    oracle: Oracle,
}

// SAFETY: rule 6 of the ABI, an instance may move between threads and is used by one at a time.
unsafe impl Send for Instance {}

/// How a call into a plugin failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum CallFailure {
    /// The optimizer does not apply to this problem.
    Unsupported(String),
    /// The optimizer ended because it was asked to.
    Cancelled,
    /// Anything else, in words.
    Failed(String),
}

/// Whether another step may follow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    Continue,
    Converged,
}

impl Instance {
    /// Lets an optimizer that asks for it get ready, off the clock: start an interpreter, for example.
    pub(crate) fn prepare(
        optimizer: &LoadedOptimizer,
        oracle: &mut Oracle,
        values: &CallValues,
        seed: u64,
    ) -> Result<(), CallFailure> {
        let Some(get) = optimizer.table.get_extension else { return Ok(()) };
        // SAFETY: a function of a library that stays loaded; the id is a static and names the type of the table.
        let offered = unsafe { table::read(get(HARNESS_EXT_PREPARE).cast::<HarnessPrepare>()) };
        let Some(prepare) = offered.ok().and_then(|offered| offered.prepare) else { return Ok(()) };
        let config = values.table(seed);
        // SAFETY: both tables are valid for the call.
        match unsafe { prepare(oracle.host(), &raw const config) } {
            HARNESS_OK => Ok(()),
            status => Err(failure(status, oracle)),
        }
    }

    /// Calls `create`. `theta` is the start.
    pub(crate) fn create(
        optimizer: &Arc<LoadedOptimizer>,
        mut oracle: Oracle,
        values: &CallValues,
        seed: u64,
        theta: &[f64],
    ) -> Result<Self, CallFailure> {
        let config = values.table(seed);
        let Some(create) = optimizer.table.create else { return Err(CallFailure::Failed("no `create`".to_owned())) };
        let mut raw = std::ptr::null_mut();
        // SAFETY: all pointers are valid for the call, host and problem tables until `destroy` (they are boxed in
        // `oracle`, which this instance keeps); `theta` holds `dim` numbers.
        let status =
            unsafe { create(oracle.host(), oracle.problem(), &raw const config, theta.as_ptr(), &raw mut raw) };
        if status != HARNESS_OK {
            return Err(failure(status, &mut oracle));
        }
        let mut instance = Self { optimizer: Arc::clone(optimizer), raw, oracle };
        settle(&mut instance.oracle).map(|()| instance)
    }

    /// Calls `step`, which overwrites `theta`.
    pub(crate) fn step(&mut self, theta: &mut [f64]) -> Result<Flow, CallFailure> {
        let Some(step) = self.optimizer.table.step else { return Err(CallFailure::Failed("no `step`".to_owned())) };
        let mut report = HarnessStep { struct_size: size_of::<HarnessStep>(), flow: HARNESS_FLOW_CONTINUE };
        // SAFETY: `raw` came from `create` and is not destroyed; `theta` holds `dim` numbers.
        let status = unsafe { step(self.raw, theta.as_mut_ptr(), &raw mut report) };
        if status != HARNESS_OK {
            return Err(failure(status, &mut self.oracle));
        }
        settle(&mut self.oracle)?;
        match report.flow {
            HARNESS_FLOW_CONTINUE => Ok(Flow::Continue),
            HARNESS_FLOW_CONVERGED => Ok(Flow::Converged),
            other => Err(CallFailure::Failed(format!(
                "`step` set `flow` to {other}; {HARNESS_FLOW_CONTINUE} (continue) and {HARNESS_FLOW_CONVERGED} (converged) \
                 are known"
            ))),
        }
    }

    /// What the optimizer and its problem need in order to go on elsewhere; `None` where the optimizer cannot tell.
    pub(crate) fn save(&mut self) -> Option<Vec<u8>> {
        unsafe extern "C" fn write(ctx: *mut c_void, bytes: *const u8, len: usize) -> HarnessStatus {
            if bytes.is_null() || len == 0 {
                return HARNESS_OK;
            }
            // SAFETY: `ctx` is the vector below, and the plugin's bytes live until this returns (rule 3).
            unsafe { (*ctx.cast::<Vec<u8>>()).extend_from_slice(std::slice::from_raw_parts(bytes, len)) };
            HARNESS_OK
        }
        let save = self.state_table()?.save?;
        let mut bytes = Vec::new();
        // SAFETY: `raw` came from `create` and is not destroyed; `write` is called before this returns.
        let status = unsafe { save(self.raw, Some(write), (&raw mut bytes).cast()) };
        self.oracle.take_failure();
        (status == HARNESS_OK).then_some(bytes)
    }

    /// Takes up a run that ended with this state, after `create` and before the first step.
    pub(crate) fn restore(&mut self, state: &SavedState) -> Result<(), CallFailure> {
        let cannot = || CallFailure::Failed("the optimizer cannot take up a run".to_owned());
        let restore = self.state_table().and_then(|table| table.restore).ok_or_else(cannot)?;
        let bytes = &state.optimizer;
        // SAFETY: `raw` came from `create` and is not destroyed; the bytes live until this returns.
        let status = unsafe { restore(self.raw, bytes.as_ptr(), bytes.len()) };
        if status != HARNESS_OK {
            return Err(failure(status, &mut self.oracle));
        }
        self.oracle.resume(state.account, state.batches);
        Ok(())
    }

    fn state_table(&self) -> Option<&'static HarnessState> {
        let get_extension = self.optimizer.table.get_extension?;
        // SAFETY: the id is a static; the answer is null or a static table of a library that stays loaded.
        let table = unsafe { get_extension(HARNESS_EXT_STATE).cast::<HarnessState>().as_ref() }?;
        (table.struct_size >= size_of::<HarnessState>()).then_some(table)
    }

    /// What a continued run counts on from.
    pub(crate) fn account(&self) -> harness_models::Account {
        self.oracle.account()
    }

    /// Position in the stream of mini-batches.
    pub(crate) fn batches(&self) -> (u64, u64) {
        self.oracle.batches()
    }

    /// Costs charged so far.
    pub(crate) fn cost(&self) -> harness_models::Cost {
        self.oracle.cost()
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let Some(destroy) = self.optimizer.table.destroy {
            // SAFETY: `raw` came from a successful `create` and is destroyed once, before the tables it points to.
            unsafe { destroy(self.raw) };
        }
    }
}

/// After a call that went well: what a callback complained of meanwhile the plugin has dealt with, and it must not be taken
/// for the reason of a later failure. A panic in a callback is our bug, whatever the plugin made of it.
fn settle(oracle: &mut Oracle) -> Result<(), CallFailure> {
    match oracle.take_failure() {
        (_, Some(panic)) => Err(CallFailure::Failed(format!("bug in the harness: a callback panicked: {panic}"))),
        _ => Ok(()),
    }
}

fn failure(status: HarnessStatus, oracle: &mut Oracle) -> CallFailure {
    let (error, panic) = oracle.take_failure();
    if let Some(panic) = panic {
        return CallFailure::Failed(format!("bug in the harness: a callback panicked: {panic}"));
    }
    match status {
        HARNESS_ERR_UNSUPPORTED => {
            CallFailure::Unsupported(error.unwrap_or_else(|| "the optimizer does not apply to this problem".to_owned()))
        }
        HARNESS_ERR_CANCELLED => CallFailure::Cancelled,
        code => {
            CallFailure::Failed(error.unwrap_or_else(|| format!("the optimizer returned code {code} without a reason")))
        }
    }
}
