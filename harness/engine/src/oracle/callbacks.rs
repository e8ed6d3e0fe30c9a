//! The functions behind the tables, for whatever stands behind them: each goes through its door.
//!
//! What a plugin passes is checked as far as that is possible: null pointers, buffers that overlap, rows that do not exist,
//! calls before their time. Lengths cannot be checked (rule 8 of the ABI).

use std::ffi::c_void;

use harness_models::{ModelError, Tolerance};
use harness_plugin_api::abi::{HarnessStatus, HarnessStr};

use super::{Call, Door, Failure, Served};

const NULL: Failure = Failure::Misuse("the optimizer passed a null pointer to the harness");
const OVERLAP: Failure = Failure::Misuse(
    "the optimizer passed memory to write a result to that overlaps what the call reads; give the result a buffer of its own",
);

impl Served {
    fn dim(&self) -> usize {
        self.objective.model().dim()
    }

    /// A result, or none where results are spoiled.
    fn result(&self, value: f64) -> f64 {
        if self.is_spoiled { f64::NAN } else { value }
    }

    /// Spoils a result in place, where results are.
    fn spoil(&self, numbers: &mut [f64]) {
        if self.is_spoiled {
            numbers.fill(f64::NAN);
        }
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

pub(super) unsafe extern "C" fn value<D: Door>(ctx: *mut c_void, theta: *const f64, value: *mut f64) -> HarnessStatus {
    // SAFETY: the rules of the ABI, which `enter`, `theta` and `put` name.
    unsafe {
        D::enter(ctx, Call::Value, |served| {
            let theta = served.theta(theta)?;
            let found = served.objective.value(theta);
            put(value, served.result(found))
        })
    }
}

pub(super) unsafe extern "C" fn value_gradient<D: Door>(
    ctx: *mut c_void,
    theta: *const f64,
    value: *mut f64,
    gradient: *mut f64,
) -> HarnessStatus {
    // SAFETY: the rules of the ABI.
    unsafe {
        D::enter(ctx, Call::Gradient, |served| {
            let theta = served.theta(theta)?;
            let gradient = served.numbers(gradient, &[theta])?;
            let found = served.objective.value_gradient(theta, gradient);
            served.spoil(gradient);
            put(value, served.result(found))
        })
    }
}

pub(super) unsafe extern "C" fn batch_next<D: Door>(
    ctx: *mut c_void,
    n: usize,
    rows: *mut *const u32,
    n_out: *mut usize,
) -> HarnessStatus {
    // SAFETY: the rules of the ABI.
    unsafe {
        D::enter(ctx, Call::Other, |served| {
            if n == 0 {
                return Err(Failure::Misuse("the optimizer asked for a batch of 0 rows"));
            }
            let batch = served.batches.next(n);
            put(rows, batch.as_ptr())?;
            put(n_out, batch.len())
        })
    }
}

pub(super) unsafe extern "C" fn batch_value_gradient<D: Door>(
    ctx: *mut c_void,
    theta: *const f64,
    rows: *const u32,
    n: usize,
    value: *mut f64,
    gradient: *mut f64,
) -> HarnessStatus {
    // SAFETY: the rules of the ABI; `rows` points to `n` indices.
    unsafe {
        D::enter(ctx, Call::Gradient, |served| {
            let rows = served.rows(rows, n)?;
            let theta = served.theta(theta)?;
            let gradient = served.numbers(gradient, &[theta])?;
            let found = served.objective.value_gradient_rows(theta, rows, gradient);
            served.spoil(gradient);
            put(value, served.result(found))
        })
    }
}

pub(super) unsafe extern "C" fn e_step<D: Door>(ctx: *mut c_void, theta: *const f64, value: *mut f64) -> HarnessStatus {
    // SAFETY: the rules of the ABI.
    unsafe {
        D::enter(ctx, Call::Value, |served| {
            let theta = served.theta(theta)?;
            let found = served.objective.e_step(theta);
            put(value, served.result(found))
        })
    }
}

pub(super) unsafe extern "C" fn m_step<D: Door>(
    ctx: *mut c_void,
    theta: *mut f64,
    tolerance: f64,
    inner: *mut u64,
) -> HarnessStatus {
    // SAFETY: the rules of the ABI.
    unsafe {
        D::enter(ctx, Call::Step, |served| {
            let theta = served.numbers(theta, &[])?;
            let report = served.objective.m_step(theta, Tolerance::from(tolerance))?;
            put(inner, report.iterations)
        })
    }
}

pub(super) unsafe extern "C" fn surrogate<D: Door>(
    ctx: *mut c_void,
    phi: *const f64,
    value: *mut f64,
    gradient: *mut f64,
) -> HarnessStatus {
    // A null gradient means that only the value is wanted.
    let call = if gradient.is_null() { Call::Value } else { Call::Gradient };
    // SAFETY: the rules of the ABI.
    unsafe {
        D::enter(ctx, call, |served| {
            let phi = served.theta(phi)?;
            let found = if gradient.is_null() {
                served.objective.surrogate(phi)?
            } else {
                let gradient = served.numbers(gradient, &[phi])?;
                let found = served.objective.surrogate_gradient(phi, gradient)?;
                served.spoil(gradient);
                found
            };
            put(value, served.result(found))
        })
    }
}

pub(super) unsafe extern "C" fn responsibilities<D: Door>(ctx: *mut c_void, out: *mut f64) -> HarnessStatus {
    // SAFETY: the rules of the ABI; `out` points to n_rows × n_components numbers.
    unsafe {
        D::enter(ctx, Call::Other, |served| {
            if !served.objective.has_responsibilities() {
                return Err(ModelError::NoEStep.into());
            }
            let kept = served.objective.responsibilities();
            if out.is_null() {
                return Err(NULL);
            }
            std::slice::from_raw_parts_mut(out, kept.len()).copy_from_slice(kept);
            Ok(())
        })
    }
}

pub(super) unsafe extern "C" fn mirror_step<D: Door>(
    ctx: *mut c_void,
    theta: *mut f64,
    step: f64,
    tolerance: f64,
    inner: *mut u64,
) -> HarnessStatus {
    // SAFETY: the rules of the ABI.
    unsafe {
        D::enter(ctx, Call::Step, |served| {
            let theta = served.numbers(theta, &[])?;
            let report = served.objective.mirror_step(theta, step, Tolerance::from(tolerance))?;
            put(inner, report.iterations)
        })
    }
}

pub(super) unsafe extern "C" fn hessian_product<D: Door>(
    ctx: *mut c_void,
    theta: *const f64,
    v: *const f64,
    out: *mut f64,
) -> HarnessStatus {
    // SAFETY: the rules of the ABI.
    unsafe {
        D::enter(ctx, Call::Other, |served| {
            let (theta, v) = (served.theta(theta)?, served.theta(v)?);
            let out = served.numbers(out, &[theta, v])?;
            served.objective.hessian_vector(theta, v, out);
            served.spoil(out);
            Ok(())
        })
    }
}

pub(super) unsafe extern "C" fn blend<D: Door>(
    ctx: *mut c_void,
    theta: *const f64,
    rows: *const u32,
    n: usize,
    weight: f64,
) -> HarnessStatus {
    // SAFETY: the rules of the ABI; `rows` points to `n` indices.
    unsafe {
        D::enter(ctx, Call::Other, |served| {
            let rows = served.rows(rows, n)?;
            let theta = served.theta(theta)?;
            Ok(served.objective.blend(theta, rows, weight)?)
        })
    }
}

pub(super) unsafe extern "C" fn problem_extension<D: Door>(ctx: *mut c_void, id: HarnessStr) -> *const c_void {
    // SAFETY: `ctx` is ours; the id is a text for the length of the call.
    let offered = unsafe { id.as_str().ok().and_then(|id| D::offered(ctx, id)?.find(id)) };
    offered.unwrap_or(std::ptr::null())
}

pub(super) unsafe extern "C" fn host_extension(_ctx: *mut c_void, _id: HarnessStr) -> *const c_void {
    std::ptr::null()
}

pub(super) unsafe extern "C" fn set_error<D: Door>(ctx: *mut c_void, message: HarnessStr) {
    // SAFETY: `ctx` is ours; the text lives for the call.
    unsafe { D::set_error(ctx, message.as_str()) };
}

pub(super) unsafe extern "C" fn log<D: Door>(ctx: *mut c_void, level: u32, message: HarnessStr) {
    // SAFETY: as above.
    unsafe { D::log(ctx, level, message.as_str()) };
}

pub(super) unsafe extern "C" fn cancelled<D: Door>(ctx: *mut c_void) -> u32 {
    // SAFETY: `ctx` is ours.
    u32::from(unsafe { D::is_cancelled(ctx) })
}
