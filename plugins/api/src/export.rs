//! The one funnel between the C tables and the safe trait: null checks, panics and errors are handled here.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::ffi::c_void;
use std::marker::PhantomData;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use crate::abi::{
    HARNESS_ABI_LAYOUT, HARNESS_ABI_MAJOR, HARNESS_ABI_MINOR, HARNESS_ERR_MISUSE, HARNESS_ERR_PANIC, HARNESS_EXT_STATE,
    HARNESS_FLOW_CONTINUE, HARNESS_FLOW_CONVERGED, HARNESS_MAGIC, HARNESS_OK, HarnessConfig, HarnessEntry, HarnessHost,
    HarnessOptimizer, HarnessProblem, HarnessState, HarnessStatus, HarnessStep, HarnessStr, HarnessWrite,
};
use crate::table;
use crate::{Config, Error, Flow, Optimizer, Problem, Result};

/// Exports the optimizers of a plugin: `export!(MyOptimizer);`, once per library.
#[macro_export]
macro_rules! export {
    ($($optimizer:ty),+ $(,)?) => {
        /// The one symbol that the harness looks up.
        #[unsafe(no_mangle)]
        #[expect(non_upper_case_globals, reason = "the name is part of the binary interface")]
        pub static harness_plugin_entry: $crate::abi::HarnessEntry = {
            static OPTIMIZERS: &[&$crate::abi::HarnessOptimizer] =
                &[$(&$crate::optimizer_table::<$optimizer>()),+];
            $crate::entry(OPTIMIZERS)
        };
    };
}

/// The entry of a plugin with these optimizers; used by [`export!`].
pub const fn entry(optimizers: &'static [&'static HarnessOptimizer]) -> HarnessEntry {
    HarnessEntry {
        magic: HARNESS_MAGIC,
        abi_major: HARNESS_ABI_MAJOR,
        abi_minor: HARNESS_ABI_MINOR,
        layout: HARNESS_ABI_LAYOUT,
        struct_size: size_of::<HarnessEntry>(),
        optimizers: optimizers.as_ptr().cast(),
        n_optimizers: optimizers.len(),
    }
}

/// The table of one optimizer; used by [`export!`].
pub const fn optimizer_table<T: Optimizer>() -> HarnessOptimizer {
    let info = &T::INFO;
    HarnessOptimizer {
        struct_size: size_of::<HarnessOptimizer>(),
        name: HarnessStr::new(info.name),
        version: HarnessStr::new(info.version),
        summary: HarnessStr::new(info.summary),
        doc: HarnessStr::new(info.doc),
        flags: info.flags(),
        required: info.requires.as_ptr(),
        n_required: info.requires.len(),
        params: info.params.as_ptr().cast(),
        n_params: info.params.len(),
        create: Some(create::<T>),
        step: Some(step::<T>),
        destroy: Some(destroy::<T>),
        get_extension: Some(extension::<T>),
    }
}

/// An optimizer and copies of the host's tables, as far as this version knows them.
struct Instance<T> {
    host: HarnessHost,
    problem: HarnessProblem,
    optimizer: T,
}

unsafe extern "C" fn create<T: Optimizer>(
    host: *const HarnessHost,
    problem: *const HarnessProblem,
    config: *const HarnessConfig,
    theta: *const f64,
    instance: *mut *mut c_void,
) -> HarnessStatus {
    install_panic_hook();
    if host.is_null() || problem.is_null() || config.is_null() || theta.is_null() || instance.is_null() {
        return HARNESS_ERR_MISUSE;
    }
    // SAFETY: not null, and filled by a host that follows the rules of the ABI.
    let Ok(host) = (unsafe { table::read(host) }) else { return HARNESS_ERR_MISUSE };
    guard(&host, || {
        // SAFETY: as above.
        let (problem, config) = unsafe { (table::read(problem), table::read(config)) };
        let (problem, config) = (problem.map_err(Error::misuse)?, config.map_err(Error::misuse)?);
        // SAFETY: as above.
        let view = unsafe { Problem::new(&problem) };
        // SAFETY: as above; `theta` holds `dim` numbers.
        let (config, start) =
            unsafe { (Config::new(&config, &T::INFO)?, std::slice::from_raw_parts(theta, view.dim())) };
        let optimizer = T::create(&view, &config, start)?;
        let boxed = Box::new(Instance { host, problem, optimizer });
        // SAFETY: `instance` is a valid out-pointer for the call.
        unsafe { *instance = Box::into_raw(boxed).cast() };
        Ok(())
    })
}

unsafe extern "C" fn step<T: Optimizer>(
    instance: *mut c_void,
    theta: *mut f64,
    report: *mut HarnessStep,
) -> HarnessStatus {
    if instance.is_null() || theta.is_null() || report.is_null() {
        return HARNESS_ERR_MISUSE;
    }
    // SAFETY: `instance` came from `create::<T>`, is not destroyed, and no other thread uses it now (rule 6).
    let instance = unsafe { &mut *instance.cast::<Instance<T>>() };
    guard(&instance.host, || {
        // SAFETY: rule 3, what the table points to outlives the instance.
        let view = unsafe { Problem::new(&instance.problem) };
        // SAFETY: rule 8, `theta` holds `dim` numbers that the plugin may write until the call returns.
        let theta = unsafe { std::slice::from_raw_parts_mut(theta, view.dim()) };
        let flow = match instance.optimizer.step(&view, theta)? {
            Flow::Continue => HARNESS_FLOW_CONTINUE,
            Flow::Converged => HARNESS_FLOW_CONVERGED,
        };
        // SAFETY: `report` is valid for the call and has had the field `flow` since 1.0.
        unsafe { (*report).flow = flow };
        Ok(())
    })
}

/// The tables of optional abilities of one optimizer.
struct Abilities<T>(PhantomData<T>);

impl<T: Optimizer> Abilities<T> {
    const STATE: &'static HarnessState =
        &HarnessState { struct_size: size_of::<HarnessState>(), save: Some(save::<T>), restore: Some(restore::<T>) };
}

unsafe extern "C" fn extension<T: Optimizer>(id: HarnessStr) -> *const c_void {
    // SAFETY: the host's text lives for the call (rule 3); ours is a static.
    let is_state = unsafe { id.as_str().is_ok_and(|id| Ok(id) == HARNESS_EXT_STATE.as_str()) };
    if is_state { std::ptr::from_ref(Abilities::<T>::STATE).cast() } else { std::ptr::null() }
}

unsafe extern "C" fn save<T: Optimizer>(
    instance: *mut c_void,
    write: Option<HarnessWrite>,
    ctx: *mut c_void,
) -> HarnessStatus {
    let (false, Some(write)) = (instance.is_null(), write) else { return HARNESS_ERR_MISUSE };
    // SAFETY: as in `step`.
    let instance = unsafe { &*instance.cast::<Instance<T>>() };
    guard(&instance.host, || {
        let state = instance.optimizer.save().ok_or_else(|| Error::unsupported("this run cannot be taken up"))?;
        // SAFETY: the bytes live until the call returns.
        match unsafe { write(ctx, state.as_ptr(), state.len()) } {
            HARNESS_OK => Ok(()),
            code => Err(Error::from_host(code)),
        }
    })
}

unsafe extern "C" fn restore<T: Optimizer>(instance: *mut c_void, bytes: *const u8, len: usize) -> HarnessStatus {
    if instance.is_null() || (bytes.is_null() && len > 0) {
        return HARNESS_ERR_MISUSE;
    }
    // SAFETY: as in `step`.
    let instance = unsafe { &mut *instance.cast::<Instance<T>>() };
    // SAFETY: `len` bytes that live until the call returns.
    let state = if len == 0 { &[][..] } else { unsafe { std::slice::from_raw_parts(bytes, len) } };
    guard(&instance.host, || instance.optimizer.restore(state))
}

unsafe extern "C" fn destroy<T: Optimizer>(instance: *mut c_void) {
    if !instance.is_null() {
        // SAFETY: `instance` came from `create::<T>` and is destroyed once.
        let boxed = unsafe { Box::from_raw(instance.cast::<Instance<T>>()) };
        // A panic in a destructor must not cross; there is nobody left to tell.
        let _ = catch_unwind(AssertUnwindSafe(move || drop(boxed)));
    }
}

thread_local! {
    /// How deep this thread is inside calls of this plugin.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// Message and place of the last panic inside such a call.
    static PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Every shared library has its own copy of the standard library, so the harness cannot catch the plugin's panic report
/// with a hook of its own. Outside calls of the plugin the previous hook goes on as before.
fn install_panic_hook() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if DEPTH.get() == 0 {
                return previous(panic);
            }
            let message = payload_text(panic.payload());
            let place = panic.location().map(|place| format!(" ({}:{})", place.file(), place.line()));
            PANIC.set(Some(format!("panicked: {message}{}", place.unwrap_or_default())));
        }));
    });
}

fn guard(host: &HarnessHost, body: impl FnOnce() -> Result<()>) -> HarnessStatus {
    DEPTH.set(DEPTH.get() + 1);
    let outcome = catch_unwind(AssertUnwindSafe(body));
    DEPTH.set(DEPTH.get() - 1);
    match outcome {
        Ok(Ok(())) => HARNESS_OK,
        Ok(Err(error)) => {
            report(host, &error);
            error.code()
        }
        Err(payload) => {
            let text = PANIC.take().unwrap_or_else(|| format!("panicked: {}", payload_text(payload.as_ref())));
            // Dropping a payload may panic in turn; leaking it is harmless.
            std::mem::forget(payload);
            report(host, &Error::failed(text));
            HARNESS_ERR_PANIC
        }
    }
}

fn report(host: &HarnessHost, error: &Error) {
    if let (Some(set_error), false) = (host.set_error, error.message().is_empty()) {
        // SAFETY: the text lives until the call returns, and the host copies it (rule 3).
        unsafe { set_error(host.ctx, HarnessStr::borrowed(error.message())) };
    }
}

fn payload_text(payload: &(dyn Any + Send)) -> &str {
    let text = payload.downcast_ref::<&str>().copied();
    text.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
