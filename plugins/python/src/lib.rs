//! Optimizers written in Python: a class in a file that the benchmark names.
//!
//! `use: python`, `file: my_optimizer.py`; every other key becomes a keyword argument of the class. The interpreter is
//! found and loaded when the first run needs it. θ lives in one NumPy array per instance, copied in and out by this
//! plugin (8·dim bytes per step), so that an array that the class keeps never points to memory that is gone; everything
//! else is handed over by address.
//!
//! Written against the C tables themselves, since Python needs their addresses.

mod instance;
mod python;

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};

use harness_plugin_api::abi::{
    HARNESS_ERR_CONFIG, HARNESS_ERR_FAILED, HARNESS_ERR_MISUSE, HARNESS_ERR_PANIC, HARNESS_EXT_PREPARE,
    HARNESS_FLOW_CONVERGED, HARNESS_OK, HarnessConfig, HarnessEntry, HarnessHost, HarnessOptimizer, HarnessPrepare,
    HarnessProblem, HarnessStatus, HarnessStep, HarnessStr,
};
use harness_plugin_api::{Param, entry, table};

use crate::instance::{Instance, Stopped};

const PARAMS: &[&Param] = &[
    &Param::file("file", "Python file that holds the class; relative to the benchmark file"),
    &Param::text("class", "name of the class; may be left out where the file has one class with a method `step`"),
    &Param::options("options", "keyword arguments of the class"),
];

static OPTIMIZER: HarnessOptimizer = HarnessOptimizer {
    struct_size: size_of::<HarnessOptimizer>(),
    name: HarnessStr::new("python"),
    version: HarnessStr::new(env!("CARGO_PKG_VERSION")),
    summary: HarnessStr::new("an optimizer written in Python: a class with a method `step`"),
    doc: HarnessStr::new(
        "Runs the class of a Python file: `file: my.py`, and every other key becomes a keyword argument of the class. \
         The class gets a problem (dim, start, value, value_gradient, e_step, m_step, …) and overwrites theta in \
         `step(theta)`. Needs Python 3.8 or later with its shared library, and NumPy; HARNESS_PYTHON names the \
         interpreter, `python3` unless set. Only the named file is watched for changes, not what it imports.",
    ),
    flags: 0,
    required: std::ptr::null(),
    n_required: 0,
    params: PARAMS.as_ptr().cast(),
    n_params: PARAMS.len(),
    create: Some(create),
    step: Some(step),
    destroy: Some(destroy),
    get_extension: Some(get_extension),
};

static PREPARE: HarnessPrepare = HarnessPrepare { struct_size: size_of::<HarnessPrepare>(), prepare: Some(prepare) };

/// The one symbol that the harness looks up.
#[unsafe(no_mangle)]
pub static harness_plugin_entry: HarnessEntry = {
    static OPTIMIZERS: &[&HarnessOptimizer] = &[&OPTIMIZER];
    entry(OPTIMIZERS)
};

unsafe extern "C" fn get_extension(id: HarnessStr) -> *const c_void {
    // SAFETY: both texts live for the call (rule 3).
    let is_prepare = unsafe { id.as_str().is_ok_and(|id| Ok(id) == HARNESS_EXT_PREPARE.as_str()) };
    if is_prepare { (&raw const PREPARE).cast() } else { std::ptr::null() }
}

unsafe extern "C" fn prepare(host: *const HarnessHost, config: *const HarnessConfig) -> HarnessStatus {
    // SAFETY: filled by a host that follows the rules of the ABI.
    let (Ok(host), Ok(config)) = (unsafe { (table::read(host), table::read(config)) }) else {
        return HARNESS_ERR_MISUSE;
    };
    guard(&host, || {
        // SAFETY: as above.
        let settings = unsafe { Settings::read(&config) }?;
        instance::prepare(settings.file, settings.class)
    })
}

unsafe extern "C" fn create(
    host: *const HarnessHost,
    problem: *const HarnessProblem,
    config: *const HarnessConfig,
    theta: *const f64,
    instance: *mut *mut c_void,
) -> HarnessStatus {
    if theta.is_null() || instance.is_null() {
        return HARNESS_ERR_MISUSE;
    }
    // SAFETY: filled by a host that follows the rules of the ABI.
    let (Ok(host), Ok(shape), Ok(config)) = (unsafe { (table::read(host), table::read(problem), table::read(config)) })
    else {
        return HARNESS_ERR_MISUSE;
    };
    guard(&host, || {
        // SAFETY: as above.
        let settings = unsafe { Settings::read(&config) }?;
        let address = (problem as u64, theta as u64);
        let made = Instance::new(host, &settings, config.seed, address, shape.dim)?;
        // SAFETY: `instance` is a valid out-pointer for the call.
        unsafe { *instance = Box::into_raw(Box::new(made)).cast() };
        Ok(())
    })
}

unsafe extern "C" fn step(instance: *mut c_void, theta: *mut f64, report: *mut HarnessStep) -> HarnessStatus {
    if instance.is_null() || theta.is_null() || report.is_null() {
        return HARNESS_ERR_MISUSE;
    }
    // SAFETY: `instance` came from `create`, is not destroyed, and no other thread uses it now (rule 6).
    let instance = unsafe { &*instance.cast::<Instance>() };
    guard(&instance.host, || {
        // SAFETY: rule 8, `theta` holds `dim` numbers.
        let converged = unsafe { instance.step(theta) }?;
        if converged {
            // SAFETY: `report` is valid for the call and has had the field `flow` since 1.0.
            unsafe { (*report).flow = HARNESS_FLOW_CONVERGED };
        }
        Ok(())
    })
}

unsafe extern "C" fn destroy(instance: *mut c_void) {
    if !instance.is_null() {
        // SAFETY: `instance` came from `create` and is destroyed once.
        let boxed = unsafe { Box::from_raw(instance.cast::<Instance>()) };
        let _ = catch_unwind(AssertUnwindSafe(move || drop(boxed)));
    }
}

/// The declared parameters.
pub(crate) struct Settings<'a> {
    pub(crate) file: &'a str,
    pub(crate) class: &'a str,
    pub(crate) options: &'a str,
}

impl<'a> Settings<'a> {
    /// # Safety
    ///
    /// `config` was read from a host that follows the rules of the ABI.
    unsafe fn read(config: &'a HarnessConfig) -> Result<Self, Stopped> {
        if config.n_values != PARAMS.len() {
            return Err(Stopped { status: HARNESS_ERR_MISUSE, message: "wrong number of values".to_owned() });
        }
        let text = |index: usize| -> Result<&'a str, Stopped> {
            // SAFETY: rule 2, an array of `n_values` pointers; rule 3, texts live until the call returns.
            let text = unsafe { table::read(*config.values.add(index)).and_then(|v| Ok(v.text.as_str()?)) };
            text.map_err(|message| Stopped { status: HARNESS_ERR_MISUSE, message })
        };
        let settings = Self { file: text(0)?, class: text(1)?, options: text(2)? };
        if settings.file.is_empty() {
            let message = "`file` must name the Python file: `{ use: python, file: my_optimizer.py }`".to_owned();
            return Err(Stopped { status: HARNESS_ERR_CONFIG, message });
        }
        Ok(settings)
    }
}

fn guard(host: &HarnessHost, body: impl FnOnce() -> Result<(), Stopped>) -> HarnessStatus {
    let stopped = match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(())) => return HARNESS_OK,
        Ok(Err(stopped)) => stopped,
        Err(_) => Stopped { status: HARNESS_ERR_PANIC, message: "the bridge to Python panicked".to_owned() },
    };
    if let (Some(set_error), false) = (host.set_error, stopped.message.is_empty()) {
        // SAFETY: the text lives until the call returns, and the host copies it (rule 3).
        unsafe { set_error(host.ctx, HarnessStr::borrowed(&stopped.message)) };
    }
    if stopped.status == HARNESS_OK { HARNESS_ERR_FAILED } else { stopped.status }
}
