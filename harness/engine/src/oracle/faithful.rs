//! The oracle of runs: does what it is asked, and keeps why a call failed.
//!
//! The tables and the state that the functions change are separate allocations: a plugin holds references to the tables
//! while calls change the state.

use std::ffi::c_void;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use harness_models::{Account, Cost, Objective};
use harness_plugin_api::abi::{
    HARNESS_ERR_CANCELLED, HARNESS_ERR_MISUSE, HARNESS_ERR_NUMERICAL, HARNESS_ERR_PANIC, HARNESS_OK, HarnessHost,
    HarnessProblem, HarnessStatus,
};

use super::{BatchSampler, Call, Door, Extensions, Failure, Served, Tables};

/// What calls read and change.
struct State {
    served: Served,
    /// Why the current call fails, in the words of the plugin or of a callback.
    error: Option<String>,
    /// A callback panicked: our fault, whatever the plugin makes of it.
    panic: Option<String>,
    cancelled: Arc<AtomicBool>,
    extensions: Extensions,
}

/// Tables for one instance, and ownership of the state behind them.
pub(crate) struct Oracle {
    state: *mut State,
    tables: Tables,
}

// SAFETY: the state is reached through this value alone (plugins call back only while we call them, on our thread:
// rule 6), and everything in it may move between threads.
unsafe impl Send for Oracle {}

impl Oracle {
    pub(crate) fn new(
        objective: Objective,
        batches: BatchSampler,
        has_intercept: bool,
        cancelled: Arc<AtomicBool>,
    ) -> Self {
        let model = Arc::clone(objective.model());
        let n_rows = objective.data().n();
        let extensions = Extensions::new::<Self>(&objective, has_intercept, false);
        let served = Served { objective, batches, is_spoiled: false };
        let state = Box::into_raw(Box::new(State { served, error: None, panic: None, cancelled, extensions }));
        Self { state, tables: Tables::new::<Self>(state.cast(), &model, n_rows, false) }
    }

    pub(crate) fn host(&self) -> *const HarnessHost {
        self.tables.host()
    }

    pub(crate) fn problem(&self) -> *const HarnessProblem {
        self.tables.problem()
    }

    /// Costs charged so far.
    pub(crate) fn cost(&self) -> Cost {
        self.state().served.objective.cost()
    }

    /// What a continued run counts on from.
    pub(crate) fn account(&self) -> Account {
        self.state().served.objective.account()
    }

    /// Position in the stream of mini-batches.
    pub(crate) fn batches(&self) -> (u64, u64) {
        self.state().served.batches.position()
    }

    /// Goes on from the account and the mini-batches of an earlier run.
    pub(crate) fn resume(&mut self, account: Account, batches: (u64, u64)) {
        let served = &mut self.state_mut().served;
        served.objective.resume(account);
        served.batches.resume(batches);
    }

    /// The words that came with a failed call, and the panic of a callback, if there was one; both are then forgotten.
    pub(crate) fn take_failure(&mut self) -> (Option<String>, Option<String>) {
        let state = self.state_mut();
        (state.error.take(), state.panic.take())
    }

    fn state(&self) -> &State {
        // SAFETY: no plugin code runs now, so nothing changes the state.
        unsafe { &*self.state }
    }

    fn state_mut(&mut self) -> &mut State {
        // SAFETY: no plugin code runs now, so nothing else reaches the state.
        unsafe { &mut *self.state }
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // SAFETY: made by `Box::into_raw` in `new`, freed once.
        drop(unsafe { Box::from_raw(self.state) });
    }
}

impl Door for Oracle {
    unsafe fn enter(
        ctx: *mut c_void,
        _call: Call,
        body: impl FnOnce(&mut Served) -> Result<(), Failure>,
    ) -> HarnessStatus {
        // SAFETY: the context of our tables; calls come from inside `create` or `step` (rule 6), while no other reference
        // to the state exists.
        let Some(state) = (unsafe { ctx.cast::<State>().as_mut() }) else { return HARNESS_ERR_MISUSE };
        if state.cancelled.load(Ordering::Relaxed) {
            return HARNESS_ERR_CANCELLED;
        }
        match catch_unwind(AssertUnwindSafe(|| body(&mut state.served))) {
            Ok(Ok(())) => HARNESS_OK,
            Ok(Err(Failure::Numerical(message))) => {
                state.error = Some(message);
                HARNESS_ERR_NUMERICAL
            }
            Ok(Err(Failure::Misuse(message))) => {
                state.error = Some(message.to_owned());
                HARNESS_ERR_MISUSE
            }
            Err(payload) => {
                let text = payload.downcast_ref::<&str>().copied();
                let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
                state.panic = Some(text.unwrap_or("no message").to_owned());
                HARNESS_ERR_PANIC
            }
        }
    }

    unsafe fn offered<'a>(ctx: *mut c_void, _id: &str) -> Option<&'a Extensions> {
        // SAFETY: as in `enter`.
        unsafe { ctx.cast::<State>().as_ref() }.map(|state| &state.extensions)
    }

    unsafe fn set_error(ctx: *mut c_void, message: Result<&str, &str>) {
        // SAFETY: as in `enter`.
        if let Some(state) = unsafe { ctx.cast::<State>().as_mut() } {
            state.error = Some(message.unwrap_or("(a message that is not UTF-8)").to_owned());
        }
    }

    unsafe fn log(_ctx: *mut c_void, level: u32, message: Result<&str, &str>) {
        if let Ok(message) = message {
            // Nobody may be there to read it.
            let _ = writeln!(std::io::stderr(), "plugin (level {level}): {message}");
        }
    }

    unsafe fn is_cancelled(ctx: *mut c_void) -> bool {
        // SAFETY: as in `enter`.
        unsafe { ctx.cast::<State>().as_ref() }.is_none_or(|state| state.cancelled.load(Ordering::Relaxed))
    }
}
