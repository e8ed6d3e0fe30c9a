//! The problem as a plugin calls it: the C tables, and the functions behind them.
//!
//! The tables and the state that the functions change are separate allocations: a plugin holds references to the tables
//! while callbacks change the state.

use std::ffi::c_void;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use harness_models::{BlockKind, Objective, Target, Tolerance};
use harness_plugin_api::abi::{
    HARNESS_BLOCK_EXPERT, HARNESS_BLOCK_GATE, HARNESS_BLOCK_NOISE, HARNESS_ERR_CANCELLED, HARNESS_ERR_MISUSE,
    HARNESS_ERR_NUMERICAL, HARNESS_ERR_PANIC, HARNESS_EXT_BATCH, HARNESS_EXT_DATA, HARNESS_EXT_EM, HARNESS_EXT_HESSIAN,
    HARNESS_EXT_MIRROR, HARNESS_EXT_MODEL, HARNESS_EXT_STATISTICS, HARNESS_OK, HarnessBatch, HarnessBlock, HarnessData,
    HarnessEm, HarnessHessian, HarnessHost, HarnessMirror, HarnessModel, HarnessProblem, HarnessStatistics,
    HarnessStatus, HarnessStr,
};

use super::batch::BatchSampler;

/// What callbacks read and change.
struct State {
    objective: Objective,
    batches: BatchSampler,
    /// Why the current call fails, in the words of the plugin or of a callback.
    error: Option<String>,
    /// A callback panicked: our fault, whatever the plugin makes of it.
    panic: Option<String>,
    cancelled: Arc<AtomicBool>,
    extensions: Extensions,
}

/// Tables of the extensions; addresses are stable since the state is boxed.
struct Extensions {
    model: HarnessModel,
    batch: HarnessBatch,
    em: HarnessEm,
    mirror: HarnessMirror,
    hessian: HarnessHessian,
    statistics: HarnessStatistics,
    data: HarnessData,
}

/// Tables for one instance, and ownership of the state behind them.
pub(crate) struct Oracle {
    state: *mut State,
    host: Box<HarnessHost>,
    problem: Box<HarnessProblem>,
    // What the problem table points to.
    _blocks: Vec<HarnessBlock>,
    _block_pointers: Vec<*const HarnessBlock>,
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
        let extensions = extensions(&objective, has_intercept);
        let state = State { objective, batches, error: None, panic: None, cancelled, extensions };
        let state = Box::into_raw(Box::new(state));

        // Names live in the model, which the state keeps alive.
        let blocks: Vec<HarnessBlock> = model
            .layout()
            .blocks
            .iter()
            .map(|block| HarnessBlock {
                struct_size: size_of::<HarnessBlock>(),
                name: HarnessStr::borrowed(&block.name),
                kind: match block.kind {
                    BlockKind::Gate => HARNESS_BLOCK_GATE,
                    BlockKind::Expert => HARNESS_BLOCK_EXPERT,
                    BlockKind::Noise => HARNESS_BLOCK_NOISE,
                },
                offset: block.offset,
                rows: block.rows,
                cols: block.cols,
            })
            .collect();
        let block_pointers: Vec<*const HarnessBlock> = blocks.iter().map(std::ptr::from_ref).collect();
        let problem = HarnessProblem {
            struct_size: size_of::<HarnessProblem>(),
            ctx: state.cast(),
            dim: model.dim(),
            n_rows,
            blocks: block_pointers.as_ptr(),
            n_blocks: blocks.len(),
            value: Some(value),
            value_gradient: Some(value_gradient),
            get_extension: Some(problem_extension),
        };
        let host = HarnessHost {
            struct_size: size_of::<HarnessHost>(),
            ctx: state.cast(),
            set_error: Some(set_error),
            log: Some(log),
            cancelled: Some(cancelled_flag),
            get_extension: Some(host_extension),
        };
        Self {
            state,
            host: Box::new(host),
            problem: Box::new(problem),
            _blocks: blocks,
            _block_pointers: block_pointers,
        }
    }

    pub(crate) fn host(&self) -> *const HarnessHost {
        &raw const *self.host
    }

    pub(crate) fn problem(&self) -> *const HarnessProblem {
        &raw const *self.problem
    }

    /// Costs charged so far.
    pub(crate) fn cost(&self) -> harness_models::Cost {
        self.state().objective.cost()
    }

    /// What a continued run counts on from.
    pub(crate) fn account(&self) -> harness_models::Account {
        self.state().objective.account()
    }

    /// Position in the stream of mini-batches.
    pub(crate) fn batches(&self) -> (u64, u64) {
        self.state().batches.position()
    }

    /// Goes on from the account and the mini-batches of an earlier run.
    pub(crate) fn resume(&mut self, account: harness_models::Account, batches: (u64, u64)) {
        // SAFETY: no plugin code runs now, so nothing else reaches the state.
        let state = unsafe { &mut *self.state };
        state.objective.resume(account);
        state.batches.resume(batches);
    }

    /// The words that came with a failed call, and the panic of a callback, if there was one; both are then forgotten.
    pub(crate) fn take_failure(&mut self) -> (Option<String>, Option<String>) {
        // SAFETY: no plugin code runs now, so nothing else reaches the state.
        let state = unsafe { &mut *self.state };
        (state.error.take(), state.panic.take())
    }

    fn state(&self) -> &State {
        // SAFETY: no plugin code runs now, so nothing changes the state.
        unsafe { &*self.state }
    }
}

impl Drop for Oracle {
    fn drop(&mut self) {
        // SAFETY: made by `Box::into_raw` in `new`, freed once.
        drop(unsafe { Box::from_raw(self.state) });
    }
}

fn extensions(objective: &Objective, has_intercept: bool) -> Extensions {
    let (model, data) = (objective.model(), objective.data());
    let (target, labels) = match data.target() {
        Target::Real(values) => (values.as_ptr(), std::ptr::null()),
        Target::Classes { labels, .. } => (std::ptr::null(), labels.as_ptr()),
    };
    Extensions {
        model: HarnessModel {
            struct_size: size_of::<HarnessModel>(),
            family: HarnessStr::new(model.family().as_str()),
            n_experts: model.experts(),
            n_classes: model.n_classes().unwrap_or(0),
            n_features: model.d(),
            ridge: model.ridge(),
            sigma: model.sigma(),
        },
        batch: HarnessBatch {
            struct_size: size_of::<HarnessBatch>(),
            next: Some(batch_next),
            value_gradient: Some(batch_value_gradient),
        },
        em: HarnessEm {
            struct_size: size_of::<HarnessEm>(),
            n_components: model.experts(),
            e_step: Some(e_step),
            m_step: Some(m_step),
            surrogate: Some(surrogate),
            responsibilities: Some(responsibilities),
        },
        mirror: HarnessMirror { struct_size: size_of::<HarnessMirror>(), step: Some(mirror_step) },
        hessian: HarnessHessian { struct_size: size_of::<HarnessHessian>(), product: Some(hessian_product) },
        statistics: HarnessStatistics { struct_size: size_of::<HarnessStatistics>(), blend: Some(blend) },
        data: HarnessData {
            struct_size: size_of::<HarnessData>(),
            x: data.x().as_ptr(),
            n_rows: data.n(),
            n_features: data.d(),
            row_stride: data.d(),
            col_stride: 1,
            target,
            labels,
            has_intercept: u32::from(has_intercept),
        },
    }
}

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
    /// `numbers` is null or points to `dim` numbers that nothing else refers to during the call (rule 8).
    unsafe fn numbers<'a>(&self, numbers: *mut f64) -> Result<&'a mut [f64], Failure> {
        // SAFETY: by the caller's promise.
        if numbers.is_null() { Err(NULL) } else { Ok(unsafe { std::slice::from_raw_parts_mut(numbers, self.dim()) }) }
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

unsafe extern "C" fn value(ctx: *mut c_void, theta: *const f64, value: *mut f64) -> HarnessStatus {
    // SAFETY: the rules of the ABI, which `enter`, `theta` and `put` name.
    unsafe {
        enter(ctx, |state| {
            let theta = state.theta(theta)?;
            put(value, state.objective.value(theta))
        })
    }
}

unsafe extern "C" fn value_gradient(
    ctx: *mut c_void,
    theta: *const f64,
    value: *mut f64,
    gradient: *mut f64,
) -> HarnessStatus {
    // SAFETY: the rules of the ABI.
    unsafe {
        enter(ctx, |state| {
            let (theta, gradient) = (state.theta(theta)?, state.numbers(gradient)?);
            put(value, state.objective.value_gradient(theta, gradient))
        })
    }
}

unsafe extern "C" fn batch_next(ctx: *mut c_void, n: usize, rows: *mut *const u32, n_out: *mut usize) -> HarnessStatus {
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

unsafe extern "C" fn batch_value_gradient(
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
            if rows.is_null() || n == 0 {
                return Err(Failure::Misuse("the optimizer passed no rows"));
            }
            let rows = std::slice::from_raw_parts(rows, n);
            if rows.iter().any(|row| *row as usize >= state.objective.data().n()) {
                return Err(Failure::Misuse("the optimizer passed a row that does not exist"));
            }
            let (theta, gradient) = (state.theta(theta)?, state.numbers(gradient)?);
            put(value, state.objective.value_gradient_rows(theta, rows, gradient))
        })
    }
}

unsafe extern "C" fn e_step(ctx: *mut c_void, theta: *const f64, value: *mut f64) -> HarnessStatus {
    // SAFETY: the rules of the ABI.
    unsafe {
        enter(ctx, |state| {
            let theta = state.theta(theta)?;
            put(value, state.objective.e_step(theta))
        })
    }
}

unsafe extern "C" fn m_step(ctx: *mut c_void, theta: *mut f64, tolerance: f64, inner: *mut u64) -> HarnessStatus {
    // SAFETY: the rules of the ABI.
    unsafe {
        enter(ctx, |state| {
            let theta = state.numbers(theta)?;
            let report = state.objective.m_step(theta, Tolerance::from(tolerance))?;
            put(inner, report.iterations)
        })
    }
}

unsafe extern "C" fn surrogate(
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
                let gradient = state.numbers(gradient)?;
                state.objective.surrogate_gradient(phi, gradient)?
            };
            put(value, result)
        })
    }
}

unsafe extern "C" fn responsibilities(ctx: *mut c_void, out: *mut f64) -> HarnessStatus {
    // SAFETY: the rules of the ABI; `out` points to n_rows × n_components numbers.
    unsafe {
        enter(ctx, |state| {
            let kept = state.objective.responsibilities();
            if out.is_null() {
                return Err(NULL);
            }
            std::slice::from_raw_parts_mut(out, kept.len()).copy_from_slice(kept);
            Ok(())
        })
    }
}

unsafe extern "C" fn mirror_step(
    ctx: *mut c_void,
    theta: *mut f64,
    step: f64,
    tolerance: f64,
    inner: *mut u64,
) -> HarnessStatus {
    // SAFETY: the rules of the ABI.
    unsafe {
        enter(ctx, |state| {
            let theta = state.numbers(theta)?;
            let report = state.objective.mirror_step(theta, step, Tolerance::from(tolerance))?;
            put(inner, report.iterations)
        })
    }
}

unsafe extern "C" fn hessian_product(
    ctx: *mut c_void,
    theta: *const f64,
    v: *const f64,
    out: *mut f64,
) -> HarnessStatus {
    // SAFETY: the rules of the ABI.
    unsafe {
        enter(ctx, |state| {
            let (theta, v, out) = (state.theta(theta)?, state.theta(v)?, state.numbers(out)?);
            state.objective.hessian_vector(theta, v, out);
            Ok(())
        })
    }
}

unsafe extern "C" fn blend(
    ctx: *mut c_void,
    theta: *const f64,
    rows: *const u32,
    n: usize,
    weight: f64,
) -> HarnessStatus {
    // SAFETY: the rules of the ABI; `rows` points to `n` indices.
    unsafe {
        enter(ctx, |state| {
            if rows.is_null() || n == 0 {
                return Err(Failure::Misuse("the optimizer passed no rows"));
            }
            let rows = std::slice::from_raw_parts(rows, n);
            if rows.iter().any(|row| *row as usize >= state.objective.data().n()) {
                return Err(Failure::Misuse("the optimizer passed a row that does not exist"));
            }
            let theta = state.theta(theta)?;
            Ok(state.objective.blend(theta, rows, weight)?)
        })
    }
}

unsafe extern "C" fn problem_extension(ctx: *mut c_void, id: HarnessStr) -> *const c_void {
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

unsafe extern "C" fn host_extension(_ctx: *mut c_void, _id: HarnessStr) -> *const c_void {
    std::ptr::null()
}

unsafe extern "C" fn set_error(ctx: *mut c_void, message: HarnessStr) {
    // SAFETY: `ctx` is ours; the text lives for the call and is copied.
    let (state, message) = unsafe { (ctx.cast::<State>().as_mut(), message.as_str()) };
    if let Some(state) = state {
        state.error = Some(message.unwrap_or("(a message that is not UTF-8)").to_owned());
    }
}

unsafe extern "C" fn log(_ctx: *mut c_void, level: u32, message: HarnessStr) {
    // SAFETY: the text lives for the call.
    if let Ok(message) = unsafe { message.as_str() } {
        eprintln!("plugin (level {level}): {message}");
    }
}

unsafe extern "C" fn cancelled_flag(ctx: *mut c_void) -> u32 {
    // SAFETY: `ctx` is ours.
    let state = unsafe { ctx.cast::<State>().as_ref() };
    state.map_or(1, |state| u32::from(state.cancelled.load(Ordering::Relaxed)))
}
