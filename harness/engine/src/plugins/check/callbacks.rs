//! The callbacks of the misbehaving host: each through one funnel that sees who calls and what is to fail.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

use harness_models::{ModelError, Tolerance};
use harness_plugin_api::abi::{
    HARNESS_ERR_CANCELLED, HARNESS_ERR_MISUSE, HARNESS_ERR_NUMERICAL, HARNESS_EXT_BATCH, HARNESS_EXT_DATA,
    HARNESS_EXT_EM, HARNESS_EXT_HESSIAN, HARNESS_EXT_MIRROR, HARNESS_EXT_MODEL, HARNESS_EXT_STATISTICS, HARNESS_OK,
    HarnessStatus, HarnessStr,
};

use super::host::{Context, Fault, State, lock};

/// What a callback does to its outputs when they are to be no numbers.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spoil {
    No,
    Yes,
}

/// The one funnel of all callbacks: who calls, what is to fail, and panics of our own.
///
/// # Safety
///
/// `ctx` is null or the context of a host that is alive.
unsafe fn enter(
    ctx: *mut c_void,
    pointers: &[*const c_void],
    body: impl FnOnce(&mut State, Spoil) -> Result<(), ModelError>,
) -> HarnessStatus {
    // SAFETY: `ctx` is ours, or null.
    let Some(context) = (unsafe { ctx.cast::<Context>().as_ref() }) else { return HARNESS_ERR_MISUSE };
    let caller = *lock(&context.caller);
    let violation = match caller {
        None => Some("a callback outside of `create` and `step`"),
        Some(thread) if thread != std::thread::current().id() => {
            Some("a callback from another thread than the one that called the plugin")
        }
        Some(_) if pointers.iter().any(|pointer| pointer.is_null()) => Some("a null pointer passed to a callback"),
        Some(_) => None,
    };
    if let Some(violation) = violation {
        lock(&context.violations).push(violation.to_owned());
        return HARNESS_ERR_MISUSE;
    }
    let mut state = lock(&context.state);
    let index = state.calls.all;
    state.calls.all += 1;
    let spoil = match state.behaviour.fault {
        Fault::Error(from) if index >= from => {
            state.failed += 1;
            return HARNESS_ERR_NUMERICAL;
        }
        Fault::Cancelled(from) if index >= from => {
            state.failed += 1;
            context.cancelled.store(1, Ordering::Relaxed);
            return HARNESS_ERR_CANCELLED;
        }
        Fault::NotANumber(from) if index >= from => {
            state.failed += 1;
            Spoil::Yes
        }
        _ => Spoil::No,
    };
    match catch_unwind(AssertUnwindSafe(|| body(&mut state, spoil))) {
        Ok(Ok(())) => HARNESS_OK,
        Ok(Err(error)) => {
            state.error = Some(error.to_string());
            HARNESS_ERR_NUMERICAL
        }
        Err(_) => HARNESS_ERR_MISUSE,
    }
}

/// A value, or what is made of it.
fn spoiled(value: f64, spoil: Spoil) -> f64 {
    if spoil == Spoil::Yes { f64::NAN } else { value }
}

pub(super) unsafe extern "C" fn value(ctx: *mut c_void, theta: *const f64, value: *mut f64) -> HarnessStatus {
    // SAFETY: the rules of the ABI; null pointers are found by `enter`.
    unsafe {
        enter(ctx, &[theta.cast(), value.cast()], |state, spoil| {
            state.calls.values += 1;
            let theta = std::slice::from_raw_parts(theta, state.objective.model().dim());
            *value = spoiled(state.objective.value(theta), spoil);
            Ok(())
        })
    }
}

pub(super) unsafe extern "C" fn value_gradient(
    ctx: *mut c_void,
    theta: *const f64,
    value: *mut f64,
    gradient: *mut f64,
) -> HarnessStatus {
    // SAFETY: as in `value`.
    unsafe {
        enter(ctx, &[theta.cast(), value.cast(), gradient.cast()], |state, spoil| {
            state.calls.gradients += 1;
            let dim = state.objective.model().dim();
            let (theta, gradient) =
                (std::slice::from_raw_parts(theta, dim), std::slice::from_raw_parts_mut(gradient, dim));
            *value = spoiled(state.objective.value_gradient(theta, gradient), spoil);
            if spoil == Spoil::Yes {
                gradient.fill(f64::NAN);
            }
            Ok(())
        })
    }
}

pub(super) unsafe extern "C" fn batch_next(
    ctx: *mut c_void,
    n: usize,
    rows: *mut *const u32,
    n_out: *mut usize,
) -> HarnessStatus {
    // SAFETY: as in `value`.
    unsafe {
        enter(ctx, &[rows.cast(), n_out.cast()], |state, _| {
            let first = state.dealt % state.rows.len();
            let last = (first + n.max(1)).min(state.rows.len());
            state.dealt = last;
            *rows = state.rows[first..last].as_ptr();
            *n_out = last - first;
            Ok(())
        })
    }
}

pub(super) unsafe extern "C" fn batch_value_gradient(
    ctx: *mut c_void,
    theta: *const f64,
    rows: *const u32,
    n: usize,
    value: *mut f64,
    gradient: *mut f64,
) -> HarnessStatus {
    // SAFETY: as in `value`; `rows` came from `batch_next`.
    unsafe {
        enter(ctx, &[theta.cast(), rows.cast(), value.cast(), gradient.cast()], |state, spoil| {
            state.calls.gradients += 1;
            let dim = state.objective.model().dim();
            let (theta, gradient) =
                (std::slice::from_raw_parts(theta, dim), std::slice::from_raw_parts_mut(gradient, dim));
            let rows = std::slice::from_raw_parts(rows, n);
            *value = spoiled(state.objective.value_gradient_rows(theta, rows, gradient), spoil);
            if spoil == Spoil::Yes {
                gradient.fill(f64::NAN);
            }
            Ok(())
        })
    }
}

pub(super) unsafe extern "C" fn e_step(ctx: *mut c_void, theta: *const f64, value: *mut f64) -> HarnessStatus {
    // SAFETY: as in `value`.
    unsafe {
        enter(ctx, &[theta.cast(), value.cast()], |state, spoil| {
            state.calls.values += 1;
            let theta = std::slice::from_raw_parts(theta, state.objective.model().dim());
            *value = spoiled(state.objective.e_step(theta), spoil);
            Ok(())
        })
    }
}

pub(super) unsafe extern "C" fn m_step(
    ctx: *mut c_void,
    theta: *mut f64,
    tolerance: f64,
    inner: *mut u64,
) -> HarnessStatus {
    // SAFETY: as in `value`.
    unsafe {
        enter(ctx, &[theta.cast(), inner.cast()], |state, _| {
            state.calls.steps += 1;
            let theta = std::slice::from_raw_parts_mut(theta, state.objective.model().dim());
            *inner = state.objective.m_step(theta, Tolerance::from(tolerance))?.iterations;
            Ok(())
        })
    }
}

pub(super) unsafe extern "C" fn surrogate(
    ctx: *mut c_void,
    phi: *const f64,
    value: *mut f64,
    gradient: *mut f64,
) -> HarnessStatus {
    // SAFETY: as in `value`; a null gradient means that only the value is wanted.
    unsafe {
        enter(ctx, &[phi.cast(), value.cast()], |state, spoil| {
            let dim = state.objective.model().dim();
            let phi = std::slice::from_raw_parts(phi, dim);
            if gradient.is_null() {
                state.calls.values += 1;
                *value = spoiled(state.objective.surrogate(phi)?, spoil);
            } else {
                state.calls.gradients += 1;
                let gradient = std::slice::from_raw_parts_mut(gradient, dim);
                *value = spoiled(state.objective.surrogate_gradient(phi, gradient)?, spoil);
                if spoil == Spoil::Yes {
                    gradient.fill(f64::NAN);
                }
            }
            Ok(())
        })
    }
}

pub(super) unsafe extern "C" fn responsibilities(ctx: *mut c_void, out: *mut f64) -> HarnessStatus {
    // SAFETY: as in `value`.
    unsafe {
        enter(ctx, &[out.cast()], |state, _| {
            let kept = state.objective.responsibilities();
            std::slice::from_raw_parts_mut(out, kept.len()).copy_from_slice(kept);
            Ok(())
        })
    }
}

pub(super) unsafe extern "C" fn mirror_step(
    ctx: *mut c_void,
    theta: *mut f64,
    step: f64,
    tolerance: f64,
    inner: *mut u64,
) -> HarnessStatus {
    // SAFETY: as in `value`.
    unsafe {
        enter(ctx, &[theta.cast(), inner.cast()], |state, _| {
            state.calls.steps += 1;
            let theta = std::slice::from_raw_parts_mut(theta, state.objective.model().dim());
            *inner = state.objective.mirror_step(theta, step, Tolerance::from(tolerance))?.iterations;
            Ok(())
        })
    }
}

pub(super) unsafe extern "C" fn hessian_product(
    ctx: *mut c_void,
    theta: *const f64,
    v: *const f64,
    out: *mut f64,
) -> HarnessStatus {
    // SAFETY: as in `value`.
    unsafe {
        enter(ctx, &[theta.cast(), v.cast(), out.cast()], |state, spoil| {
            let dim = state.objective.model().dim();
            let (theta, v) = (std::slice::from_raw_parts(theta, dim), std::slice::from_raw_parts(v, dim));
            let out = std::slice::from_raw_parts_mut(out, dim);
            state.objective.hessian_vector(theta, v, out);
            if spoil == Spoil::Yes {
                out.fill(f64::NAN);
            }
            Ok(())
        })
    }
}

pub(super) unsafe extern "C" fn blend(
    ctx: *mut c_void,
    theta: *const f64,
    rows: *const u32,
    n: usize,
    weight: f64,
) -> HarnessStatus {
    // SAFETY: as in `value`; `rows` came from `batch_next`.
    unsafe {
        enter(ctx, &[theta.cast(), rows.cast()], |state, _| {
            let theta = std::slice::from_raw_parts(theta, state.objective.model().dim());
            state.objective.blend(theta, std::slice::from_raw_parts(rows, n), weight)?;
            Ok(())
        })
    }
}

pub(super) unsafe extern "C" fn problem_extension(ctx: *mut c_void, id: HarnessStr) -> *const c_void {
    // SAFETY: `ctx` is ours; the id is a text for the length of the call.
    let (Some(context), Ok(id)) = (unsafe { (ctx.cast::<Context>().as_ref(), id.as_str()) }) else {
        return std::ptr::null();
    };
    let state = lock(&context.state);
    if state.behaviour.bare && !state.required.iter().any(|required| required == id) {
        return std::ptr::null();
    }
    let extensions = &context.extensions;
    // SAFETY: ids are statics.
    let is = |known: HarnessStr| unsafe { known.as_str() } == Ok(id);
    if is(HARNESS_EXT_MODEL) {
        (&raw const extensions.model).cast()
    } else if is(HARNESS_EXT_BATCH) {
        (&raw const extensions.batch).cast()
    } else if is(HARNESS_EXT_EM) {
        (&raw const extensions.em).cast()
    } else if is(HARNESS_EXT_MIRROR) {
        (&raw const extensions.mirror).cast()
    } else if is(HARNESS_EXT_HESSIAN) {
        (&raw const extensions.hessian).cast()
    } else if is(HARNESS_EXT_STATISTICS) {
        (&raw const extensions.statistics).cast()
    } else if is(HARNESS_EXT_DATA) {
        (&raw const extensions.data).cast()
    } else {
        std::ptr::null()
    }
}

pub(super) unsafe extern "C" fn host_extension(_ctx: *mut c_void, _id: HarnessStr) -> *const c_void {
    std::ptr::null()
}

pub(super) unsafe extern "C" fn set_error(ctx: *mut c_void, message: HarnessStr) {
    // SAFETY: `ctx` is ours; the text lives for the call and is copied.
    let (Some(context), message) = (unsafe { (ctx.cast::<Context>().as_ref(), message.as_str()) }) else { return };
    match message {
        Ok(message) => lock(&context.state).error = Some(message.to_owned()),
        Err(reason) => lock(&context.violations).push(format!("an error message that is {reason}")),
    }
}

pub(super) unsafe extern "C" fn log(ctx: *mut c_void, _level: u32, message: HarnessStr) {
    // SAFETY: as above.
    if let (Some(context), Err(reason)) = unsafe { (ctx.cast::<Context>().as_ref(), message.as_str()) } {
        lock(&context.violations).push(format!("a log message that is {reason}"));
    }
}

pub(super) unsafe extern "C" fn cancelled(ctx: *mut c_void) -> u32 {
    // SAFETY: `ctx` is ours.
    unsafe { ctx.cast::<Context>().as_ref() }.map_or(1, |context| context.cancelled.load(Ordering::Relaxed))
}
