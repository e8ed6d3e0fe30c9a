//! The functions behind the tables: every one goes through `enter`, which keeps cancellation, errors and panics apart.
//!
//! What a plugin passes is checked as far as that is possible: null pointers, buffers that overlap, rows that do not exist,
//! calls before their time. Lengths cannot be checked (rule 8 of the ABI).

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::Ordering;

use harness_models::Tolerance;
use harness_plugin_api::abi::{
    HARNESS_ERR_CANCELLED, HARNESS_ERR_MISUSE, HARNESS_ERR_NUMERICAL, HARNESS_ERR_PANIC, HARNESS_EXT_BATCH,
    HARNESS_EXT_DATA, HARNESS_EXT_EM, HARNESS_EXT_HESSIAN, HARNESS_EXT_MIRROR, HARNESS_EXT_MODEL,
    HARNESS_EXT_STATISTICS, HARNESS_OK, HarnessStatus, HarnessStr,
};

use super::State;

/// Why a callback returns an error code.
enum Failure {
    Numerical(String),
    Misuse(&'static str),
}

impl From<harness_models::ModelError> for Failure {
    fn from(error: harness_models::ModelError) -> Self {
        Self::Numerical(error.to_string())
    }
}

const NULL: Failure = Failure::Misuse("the optimizer passed a null pointer to the harness");
const OVERLAP: Failure = Failure::Misuse(
    "the optimizer passed memory to write a result to that overlaps what the call reads; give the result a buffer of its own",
);

/// The one funnel of all callbacks: null checks, cancellation, errors and panics.
///
/// # Safety
///
/// `ctx` is the context of a table made by [`Oracle::new`], and the call comes from inside `create` or `step` (rule 6).
unsafe fn enter(ctx: *mut c_void, body: impl FnOnce(&mut State) -> Result<(), Failure>) -> HarnessStatus {
    // SAFETY: by the caller's promise; no other reference exists while the plugin runs.
    let Some(state) = (unsafe { ctx.cast::<State>().as_mut() }) else { return HARNESS_ERR_MISUSE };
    if state.cancelled.load(Ordering::Relaxed) {
        return HARNESS_ERR_CANCELLED;
    }
    match catch_unwind(AssertUnwindSafe(|| body(state))) {
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

impl State {
    fn dim(&self) -> usize {
        self.objective.model().dim()
    }

    /// # Safety
    ///
    /// `theta` is null or points to `dim` numbers (rule 8).
    unsafe fn theta<'a>(&self, theta: *const f64) -> Result<&'a [f64], Failure> {
        // SAFETY: by the caller's promise.
        if theta.is_null() { Err(NULL) } else { Ok(unsafe { std::slice::from_raw_parts(theta, self.dim()) }) }
    }

    /// # Safety
    ///
    /// `rows` is null or points to `n` indices.
    unsafe fn rows<'a>(&self, rows: *const u32, n: usize) -> Result<&'a [u32], Failure> {
        if rows.is_null() || n == 0 {
            return Err(Failure::Misuse("the optimizer passed no rows"));
        }
        // SAFETY: by the caller's promise.
        let rows = unsafe { std::slice::from_raw_parts(rows, n) };
        if rows.iter().any(|row| *row as usize >= self.objective.data().n()) {
            return Err(Failure::Misuse("the optimizer passed a row that does not exist"));
        }
        Ok(rows)
    }

    /// Memory to write to, which must be apart from what the same call reads.
    ///
    /// # Safety
    ///
    /// `numbers` is null or points to `dim` numbers that nothing else refers to during the call (rule 8).
    unsafe fn numbers<'a>(&self, numbers: *mut f64, read: &[&[f64]]) -> Result<&'a mut [f64], Failure> {
        if numbers.is_null() {
            return Err(NULL);
        }
        let (begin, size) = (numbers as usize, size_of::<f64>() * self.dim());
        let overlaps = |read: &&[f64]| {
            let (other, other_size) = (read.as_ptr() as usize, size_of_val(*read));
            begin < other.saturating_add(other_size) && other < begin.saturating_add(size)
        };
        if read.iter().any(overlaps) {
            return Err(OVERLAP);
        }
        // SAFETY: by the caller's promise.
        Ok(unsafe { std::slice::from_raw_parts_mut(numbers, self.dim()) })
    }
}

/// # Safety
///
/// `place` is null or valid for writing.
unsafe fn put<T>(place: *mut T, value: T) -> Result<(), Failure> {
    if place.is_null() {
        return Err(NULL);
    }
    // SAFETY: by the caller's promise.
    unsafe { place.write(value) };
    Ok(())
}

pub(super) unsafe extern "C" fn value(ctx: *mut c_void, theta: *const f64, value: *mut f64) -> HarnessStatus {
    // SAFETY: the rules of the ABI, which `enter`, `theta` and `put` name.
    unsafe {
        enter(ctx, |state| {
            let theta = state.theta(theta)?;
            put(value, state.objective.value(theta))
        })
    }
}

pub(super) unsafe extern "C" fn value_gradient(
    ctx: *mut c_void,
    theta: *const f64,
    value: *mut f64,
    gradient: *mut f64,
) -> HarnessStatus {
    // SAFETY: the rules of the ABI.
    unsafe {
        enter(ctx, |state| {
            let theta = state.theta(theta)?;
            let gradient = state.numbers(gradient, &[theta])?;
            put(value, state.objective.value_gradient(theta, gradient))
        })
    }
}

pub(super) unsafe extern "C" fn batch_next(
    ctx: *mut c_void,
    n: usize,
    rows: *mut *const u32,
    n_out: *mut usize,
) -> HarnessStatus {
    // SAFETY: the rules of the ABI.
    unsafe {
        enter(ctx, |state| {
            if n == 0 {
                return Err(Failure::Misuse("the optimizer asked for a batch of 0 rows"));
            }
            let batch = state.batches.next(n);
            put(rows, batch.as_ptr())?;
            put(n_out, batch.len())
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
    // SAFETY: the rules of the ABI; `rows` points to `n` indices.
    unsafe {
        enter(ctx, |state| {
            let rows = state.rows(rows, n)?;
            let theta = state.theta(theta)?;
            let gradient = state.numbers(gradient, &[theta])?;
            put(value, state.objective.value_gradient_rows(theta, rows, gradient))
        })
    }
}

pub(super) unsafe extern "C" fn e_step(ctx: *mut c_void, theta: *const f64, value: *mut f64) -> HarnessStatus {
    // SAFETY: the rules of the ABI.
    unsafe {
        enter(ctx, |state| {
            let theta = state.theta(theta)?;
            put(value, state.objective.e_step(theta))
        })
    }
}

pub(super) unsafe extern "C" fn m_step(
    ctx: *mut c_void,
    theta: *mut f64,
    tolerance: f64,
    inner: *mut u64,
) -> HarnessStatus {
    // SAFETY: the rules of the ABI.
    unsafe {
        enter(ctx, |state| {
            let theta = state.numbers(theta, &[])?;
            let report = state.objective.m_step(theta, Tolerance::from(tolerance))?;
            put(inner, report.iterations)
        })
    }
}

pub(super) unsafe extern "C" fn surrogate(
    ctx: *mut c_void,
    phi: *const f64,
    value: *mut f64,
    gradient: *mut f64,
) -> HarnessStatus {
    // SAFETY: the rules of the ABI; a null gradient means that only the value is wanted.
    unsafe {
        enter(ctx, |state| {
            let phi = state.theta(phi)?;
            let result = if gradient.is_null() {
                state.objective.surrogate(phi)?
            } else {
                let gradient = state.numbers(gradient, &[phi])?;
                state.objective.surrogate_gradient(phi, gradient)?
            };
            put(value, result)
        })
    }
}

pub(super) unsafe extern "C" fn responsibilities(ctx: *mut c_void, out: *mut f64) -> HarnessStatus {
    // SAFETY: the rules of the ABI; `out` points to n_rows × n_components numbers.
    unsafe {
        enter(ctx, |state| {
            if !state.objective.has_responsibilities() {
                return Err(harness_models::ModelError::NoEStep.into());
            }
            let kept = state.objective.responsibilities();
            if out.is_null() {
                return Err(NULL);
            }
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
    // SAFETY: the rules of the ABI.
    unsafe {
        enter(ctx, |state| {
            let theta = state.numbers(theta, &[])?;
            let report = state.objective.mirror_step(theta, step, Tolerance::from(tolerance))?;
            put(inner, report.iterations)
        })
    }
}

pub(super) unsafe extern "C" fn hessian_product(
    ctx: *mut c_void,
    theta: *const f64,
    v: *const f64,
    out: *mut f64,
) -> HarnessStatus {
    // SAFETY: the rules of the ABI.
    unsafe {
        enter(ctx, |state| {
            let (theta, v) = (state.theta(theta)?, state.theta(v)?);
            let out = state.numbers(out, &[theta, v])?;
            state.objective.hessian_vector(theta, v, out);
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
    // SAFETY: the rules of the ABI; `rows` points to `n` indices.
    unsafe {
        enter(ctx, |state| {
            let rows = state.rows(rows, n)?;
            let theta = state.theta(theta)?;
            Ok(state.objective.blend(theta, rows, weight)?)
        })
    }
}

pub(super) unsafe extern "C" fn problem_extension(ctx: *mut c_void, id: HarnessStr) -> *const c_void {
    // SAFETY: `ctx` is ours; the id is a text for the length of the call.
    let (state, id) = unsafe { (ctx.cast::<State>().as_ref(), id.as_str()) };
    let (Some(state), Ok(id)) = (state, id) else { return std::ptr::null() };
    let extensions = &state.extensions;
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
    let (state, message) = unsafe { (ctx.cast::<State>().as_mut(), message.as_str()) };
    if let Some(state) = state {
        state.error = Some(message.unwrap_or("(a message that is not UTF-8)").to_owned());
    }
}

pub(super) unsafe extern "C" fn log(_ctx: *mut c_void, level: u32, message: HarnessStr) {
    // SAFETY: the text lives for the call.
    if let Ok(message) = unsafe { message.as_str() } {
        eprintln!("plugin (level {level}): {message}");
    }
}

pub(super) unsafe extern "C" fn cancelled_flag(ctx: *mut c_void) -> u32 {
    // SAFETY: `ctx` is ours.
    let state = unsafe { ctx.cast::<State>().as_ref() };
    state.map_or(1, |state| u32::from(state.cancelled.load(Ordering::Relaxed)))
}
