//! A host that misbehaves on request: small problems behind the tables of the ABI, with faults, fences and a watch on
//! who calls when.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::ThreadId;

use harness_models::Objective;
use harness_plugin_api::abi::{
    HARNESS_ERR_CANCELLED, HARNESS_ERR_MISUSE, HARNESS_ERR_NUMERICAL, HARNESS_OK, HarnessHost, HarnessProblem,
    HarnessStatus,
};

use crate::oracle::{BatchSampler, Call, Door, Extensions, Failure, Served, Tables};

/// What goes wrong in callbacks, from a given one on (counted from 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    None,
    /// Every callback fails.
    Error(u64),
    /// Every callback says that the run is cancelled.
    Cancelled(u64),
    /// Values and gradients are not numbers.
    NotANumber(u64),
}

impl Fault {
    /// Whether the call of this index is to fail.
    fn is_due(self, index: u64) -> bool {
        match self {
            Fault::None => false,
            Fault::Error(from) | Fault::Cancelled(from) | Fault::NotANumber(from) => index >= from,
        }
    }
}

/// How the host behaves.
#[derive(Debug, Clone, Copy)]
pub(super) struct Behaviour {
    pub(super) fault: Fault,
    /// Offers no extension but those that the optimizer declares to require.
    pub(super) bare: bool,
    /// Fills longer tables, as a later version would.
    pub(super) newer: bool,
}

impl Behaviour {
    pub(super) const GOOD: Self = Self { fault: Fault::None, bare: false, newer: false };
}

/// Calls of the callbacks, by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Calls {
    pub(super) all: u64,
    pub(super) values: u64,
    pub(super) gradients: u64,
    pub(super) steps: u64,
}

impl Calls {
    /// Counts a call; returns its index.
    fn count(&mut self, call: Call) -> u64 {
        match call {
            Call::Value => self.values += 1,
            Call::Gradient => self.gradients += 1,
            Call::Step => self.steps += 1,
            Call::Other => {}
        }
        self.all += 1;
        self.all - 1
    }
}

struct State {
    served: Served,
    behaviour: Behaviour,
    required: Vec<String>,
    calls: Calls,
    failed: u64,
    error: Option<String>,
}

/// What calls reach. The state is locked: a plugin that calls from a thread of its own is found out, not undefined.
struct Context {
    state: Mutex<State>,
    caller: Mutex<Option<ThreadId>>,
    cancelled: AtomicBool,
    violations: Mutex<Vec<String>>,
    extensions: Extensions,
}

/// A host for one instance.
pub(super) struct Host {
    context: *mut Context,
    tables: Tables,
}

// SAFETY: everything behind the context is locked or atomic; the tables are not changed after they are made.
unsafe impl Send for Host {}

impl Host {
    pub(super) fn new(objective: Objective, behaviour: Behaviour, required: &[String]) -> Self {
        let model = Arc::clone(objective.model());
        let n_rows = objective.data().n();
        let extensions = Extensions::new::<Self>(&objective, true, behaviour.newer);
        let batches = BatchSampler::new(n_rows, harness_datasets::stream("check", 0, "batch"));
        let state = State {
            served: Served { objective, batches, is_spoiled: false },
            behaviour,
            required: required.to_vec(),
            calls: Calls::default(),
            failed: 0,
            error: None,
        };
        let context = Box::into_raw(Box::new(Context {
            state: Mutex::new(state),
            caller: Mutex::new(None),
            cancelled: AtomicBool::new(false),
            violations: Mutex::new(Vec::new()),
            extensions,
        }));
        Self { context, tables: Tables::new::<Self>(context.cast(), &model, n_rows, behaviour.newer) }
    }

    pub(super) fn host(&self) -> *const HarnessHost {
        self.tables.host()
    }

    pub(super) fn problem(&self) -> *const HarnessProblem {
        self.tables.problem()
    }

    /// How much longer the tables are than this version knows them.
    pub(super) fn growth(&self) -> usize {
        self.tables.growth()
    }

    pub(super) fn dim(&self) -> usize {
        self.tables.dim()
    }

    /// Runs a call into the plugin: callbacks are welcome until it returns, from this thread.
    pub(super) fn during<T>(&self, call: impl FnOnce() -> T) -> T {
        *lock(&self.context().caller) = Some(std::thread::current().id());
        let result = call();
        *lock(&self.context().caller) = None;
        result
    }

    pub(super) fn calls(&self) -> Calls {
        lock(&self.context().state).calls
    }

    /// Callbacks that were made to fail.
    pub(super) fn failed(&self) -> u64 {
        lock(&self.context().state).failed
    }

    /// L at a point, not counted.
    pub(super) fn objective_at(&self, theta: &[f64]) -> f64 {
        lock(&self.context().state).served.objective.value(theta)
    }

    /// Deals mini-batches on from where another run has left off.
    pub(super) fn deal_like(&self, other: &Host) {
        let position = lock(&other.context().state).served.batches.position();
        lock(&self.context().state).served.batches.resume(position);
    }

    /// What the plugin said of its last error.
    pub(super) fn take_error(&self) -> Option<String> {
        lock(&self.context().state).error.take()
    }

    pub(super) fn violations(&self) -> Vec<String> {
        lock(&self.context().violations).clone()
    }

    fn context(&self) -> &Context {
        // SAFETY: made by `Box::into_raw` in `new`, freed in `drop`.
        unsafe { &*self.context }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        // SAFETY: made by `Box::into_raw` in `new`, freed once.
        drop(unsafe { Box::from_raw(self.context) });
    }
}

impl Door for Host {
    unsafe fn enter(
        ctx: *mut c_void,
        call: Call,
        body: impl FnOnce(&mut Served) -> Result<(), Failure>,
    ) -> HarnessStatus {
        // SAFETY: the context of our tables, or null.
        let Some(context) = (unsafe { ctx.cast::<Context>().as_ref() }) else { return HARNESS_ERR_MISUSE };
        let violation = match *lock(&context.caller) {
            None => Some("a callback outside of `create` and `step`"),
            Some(thread) if thread != std::thread::current().id() => {
                Some("a callback from another thread than the one that called the plugin")
            }
            Some(_) => None,
        };
        if let Some(violation) = violation {
            lock(&context.violations).push(violation.to_owned());
            return HARNESS_ERR_MISUSE;
        }
        let mut state = lock(&context.state);
        let index = state.calls.count(call);
        let fault = state.behaviour.fault;
        state.failed += u64::from(fault.is_due(index));
        match fault {
            Fault::Error(_) if fault.is_due(index) => return HARNESS_ERR_NUMERICAL,
            Fault::Cancelled(_) if fault.is_due(index) => {
                context.cancelled.store(true, Ordering::Relaxed);
                return HARNESS_ERR_CANCELLED;
            }
            _ => {}
        }
        state.served.is_spoiled = matches!(fault, Fault::NotANumber(_)) && fault.is_due(index);
        match catch_unwind(AssertUnwindSafe(|| body(&mut state.served))) {
            Ok(Ok(())) => HARNESS_OK,
            Ok(Err(Failure::Numerical(message))) => {
                state.error = Some(message);
                HARNESS_ERR_NUMERICAL
            }
            Ok(Err(Failure::Misuse(message))) => {
                state.error = Some(message.to_owned());
                lock(&context.violations).push(message.to_owned());
                HARNESS_ERR_MISUSE
            }
            Err(_) => HARNESS_ERR_MISUSE,
        }
    }

    unsafe fn offered<'a>(ctx: *mut c_void, id: &str) -> Option<&'a Extensions> {
        // SAFETY: as in `enter`.
        let context = unsafe { ctx.cast::<Context>().as_ref() }?;
        let state = lock(&context.state);
        let is_offered = !state.behaviour.bare || state.required.iter().any(|required| required == id);
        is_offered.then_some(&context.extensions)
    }

    unsafe fn set_error(ctx: *mut c_void, message: Result<&str, &str>) {
        // SAFETY: as in `enter`.
        let Some(context) = (unsafe { ctx.cast::<Context>().as_ref() }) else { return };
        match message {
            Ok(message) => lock(&context.state).error = Some(message.to_owned()),
            Err(reason) => lock(&context.violations).push(format!("an error message that is {reason}")),
        }
    }

    unsafe fn log(ctx: *mut c_void, _level: u32, message: Result<&str, &str>) {
        // SAFETY: as in `enter`.
        if let (Some(context), Err(reason)) = (unsafe { ctx.cast::<Context>().as_ref() }, message) {
            lock(&context.violations).push(format!("a log message that is {reason}"));
        }
    }

    unsafe fn is_cancelled(ctx: *mut c_void) -> bool {
        // SAFETY: as in `enter`.
        unsafe { ctx.cast::<Context>().as_ref() }.is_none_or(|context| context.cancelled.load(Ordering::Relaxed))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
