//! The binary interface: `#[repr(C)]` tables that cross between the harness and a plugin.
//!
//! # Rules
//!
//! 1. Structs that cross by pointer start with `struct_size`, set by the side that filled them; a field is read only if
//!    it lies inside that size.
//! 2. Fields are appended, never moved, removed or retyped within a major version. Arrays of structs are arrays of
//!    pointers, so that their elements may grow. [`HarnessStr`] never changes.
//! 3. No side frees what the other allocated. Pointers passed to a call live until it returns; the host and problem
//!    tables outlive every instance that was created with them.
//! 4. Text is UTF-8, pointer and length, not terminated.
//! 5. Nothing unwinds across the boundary, in either direction.
//! 6. An instance is used by one thread at a time and may move between calls. Callbacks are allowed only inside
//!    `create` and `step`, on the thread that called them.
//! 7. Codes are integers with named constants; a receiver treats unknown ones as errors.
//! 8. Numbers in θ's order, `double`, contiguous. The plugin writes exactly `dim` of them.
//!
//! # Versions
//!
//! A plugin states the version that it was built for. A host loads every plugin of its own major version: an older one
//! by the sizes of its structs, a newer one likewise, since what a newer plugin adds lies behind what the host reads.
//! [`HARNESS_ABI_LAYOUT`] is a hash of all sizes, alignments and offsets of the version; moving a field stops the build.

use std::ffi::{CStr, c_void};

/// First field of every entry: `"HARNESS\0"` in little-endian bytes.
pub const HARNESS_MAGIC: u64 = u64::from_le_bytes(*b"HARNESS\0");
/// Raised when a field is moved, removed or retyped.
pub const HARNESS_ABI_MAJOR: u32 = 1;
/// Raised when a field or an extension is appended. 1: `harness.hessian/1` and `harness.statistics/1`.
pub const HARNESS_ABI_MINOR: u32 = 1;
/// Hash of the layout of every struct of this version.
pub const HARNESS_ABI_LAYOUT: u64 = 0x0cc6_8fba_74aa_a329;
/// Name of the one symbol that a plugin exports.
pub const HARNESS_ENTRY_SYMBOL: &CStr = c"harness_plugin_entry";

/// Result of a call in either direction: [`HARNESS_OK`] or one of the `HARNESS_ERR_…` codes.
pub type HarnessStatus = i32;
/// The call succeeded.
pub const HARNESS_OK: HarnessStatus = 0;
/// The optimizer failed for a reason of its own.
pub const HARNESS_ERR_FAILED: HarnessStatus = 1;
/// A configuration value is unusable in combination with others or with this problem.
pub const HARNESS_ERR_CONFIG: HarnessStatus = 2;
/// A numerical step has no result (singular system, projection that does not exist, inner solver that did not converge).
pub const HARNESS_ERR_NUMERICAL: HarnessStatus = 3;
/// The problem does not offer what was asked for; the unit is skipped with the reason.
pub const HARNESS_ERR_UNSUPPORTED: HarnessStatus = 4;
/// The host asked the plugin to end.
pub const HARNESS_ERR_CANCELLED: HarnessStatus = 5;
/// A Rust panic, or its like in another language, was caught at the boundary.
pub const HARNESS_ERR_PANIC: HarnessStatus = 6;
/// A pointer was null, a length wrong, or a call came out of order.
pub const HARNESS_ERR_MISUSE: HarnessStatus = 7;

/// UTF-8 text, not terminated. Fixed for ever.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct HarnessStr {
    /// First byte; may be null when `len` is 0.
    pub ptr: *const u8,
    /// Bytes.
    pub len: usize,
}

/// What a plugin exports, as data: it is read before any code of the plugin runs.
#[repr(C)]
#[derive(Debug)]
pub struct HarnessEntry {
    /// [`HARNESS_MAGIC`].
    pub magic: u64,
    /// [`HARNESS_ABI_MAJOR`] of the header that the plugin was built with.
    pub abi_major: u32,
    /// [`HARNESS_ABI_MINOR`] of that header.
    pub abi_minor: u32,
    /// [`HARNESS_ABI_LAYOUT`] of that header.
    pub layout: u64,
    /// `sizeof(HarnessEntry)` in that header.
    pub struct_size: usize,
    /// The optimizers of this library.
    pub optimizers: *const *const HarnessOptimizer,
    /// How many.
    pub n_optimizers: usize,
}

/// The optimizer does its whole work in one step; it is drawn as a point.
pub const HARNESS_FLAG_ONE_SHOT: u64 = 1;
/// The optimizer does not begin at the shared start; it is left out of paired comparisons.
pub const HARNESS_FLAG_OWN_START: u64 = 2;
/// With its defaults the optimizer never raises the objective of a smooth convex problem on standardized data, but for
/// rounding. `harness plugin check` holds it to that.
pub const HARNESS_FLAG_DESCENT: u64 = 4;

/// One optimizer: description, parameters, functions.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct HarnessOptimizer {
    /// `sizeof(HarnessOptimizer)`.
    pub struct_size: usize,
    /// Name used in benchmark files: lower case, digits and `_`.
    pub name: HarnessStr,
    /// Version of the optimizer.
    pub version: HarnessStr,
    /// One line for lists.
    pub summary: HarnessStr,
    /// Update rule, requirements and references, as long as it needs.
    pub doc: HarnessStr,
    /// `HARNESS_FLAG_…`, or-ed.
    pub flags: u64,
    /// Ids of the problem extensions that it cannot do without; where one is missing the unit is skipped.
    pub required: *const HarnessStr,
    /// How many.
    pub n_required: usize,
    /// Hyper-parameters.
    pub params: *const *const HarnessParamSpec,
    /// How many.
    pub n_params: usize,
    /// Makes an instance for one run. `theta` is the start, `dim` numbers. `*instance` is null on entry.
    pub create: Option<
        unsafe extern "C" fn(
            host: *const HarnessHost,
            problem: *const HarnessProblem,
            config: *const HarnessConfig,
            theta: *const f64,
            instance: *mut *mut c_void,
        ) -> HarnessStatus,
    >,
    /// Takes one step: reads and overwrites `theta`.
    pub step:
        Option<unsafe extern "C" fn(instance: *mut c_void, theta: *mut f64, report: *mut HarnessStep) -> HarnessStatus>,
    /// Ends an instance; called once, also after a failed step, never after a failed `create`.
    pub destroy: Option<unsafe extern "C" fn(instance: *mut c_void)>,
    /// Tables of optional abilities by id; null for unknown ids. May itself be null. Called on any thread, at any time.
    pub get_extension: Option<unsafe extern "C" fn(id: HarnessStr) -> *const c_void>,
}

/// A floating-point parameter.
pub const HARNESS_PARAM_REAL: u32 = 1;
/// A whole number.
pub const HARNESS_PARAM_INTEGER: u32 = 2;
/// True or false.
pub const HARNESS_PARAM_BOOLEAN: u32 = 3;
/// One of a list of words.
pub const HARNESS_PARAM_CHOICE: u32 = 4;
/// Any text.
pub const HARNESS_PARAM_TEXT: u32 = 5;
/// A file. In a benchmark file the path is relative to the benchmark's folder; the plugin receives it as an absolute
/// one. What the file holds decides, like every value, whether a finished run may be used again.
pub const HARNESS_PARAM_FILE: u32 = 6;
/// Whatever else the user gives: the keys of the optimizer's entry that no other parameter declares, arriving as the text
/// of one JSON object, such as `{"step":0.1}`. Only the last parameter may be of this kind. It is never unset.
pub const HARNESS_PARAM_OPTIONS: u32 = 7;

/// There is no default; unless given, the value arrives with `is_set = 0`.
pub const HARNESS_PARAM_OPTIONAL: u64 = 1;
/// `min` itself is not allowed.
pub const HARNESS_PARAM_MIN_OPEN: u64 = 2;
/// `max` itself is not allowed.
pub const HARNESS_PARAM_MAX_OPEN: u64 = 4;

/// Values are compared and searched by difference.
pub const HARNESS_SCALE_LINEAR: u32 = 0;
/// Values are compared and searched by ratio.
pub const HARNESS_SCALE_LOG: u32 = 1;

/// Declares a hyper-parameter; the host checks values against it before anything runs.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct HarnessParamSpec {
    /// `sizeof(HarnessParamSpec)`.
    pub struct_size: usize,
    /// Name in benchmark files.
    pub name: HarnessStr,
    /// One line: meaning and unit.
    pub doc: HarnessStr,
    /// `HARNESS_PARAM_…`.
    pub kind: u32,
    /// `HARNESS_SCALE_…`, for tuning.
    pub scale: u32,
    /// `HARNESS_PARAM_OPTIONAL`, `…_OPEN`, or-ed.
    pub flags: u64,
    /// Default of a real, integer or boolean (0 or 1).
    pub default_number: f64,
    /// Default of a choice, text or file.
    pub default_text: HarnessStr,
    /// Least valid value; −∞ for none.
    pub min: f64,
    /// Greatest valid value; ∞ for none.
    pub max: f64,
    /// Least value worth trying when tuning; NaN if the parameter is not tuned.
    pub search_min: f64,
    /// Greatest value worth trying.
    pub search_max: f64,
    /// Words of a choice.
    pub choices: *const HarnessStr,
    /// How many.
    pub n_choices: usize,
}

/// A checked value of a parameter. All of `number`, `integer` and `text` that make sense for its kind are filled.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct HarnessValue {
    /// `sizeof(HarnessValue)`.
    pub struct_size: usize,
    /// `HARNESS_PARAM_…`, as declared.
    pub kind: u32,
    /// 0 where an optional parameter was not given.
    pub is_set: u32,
    /// Real value; integers and booleans too.
    pub number: f64,
    /// Integer value; booleans as 0 or 1.
    pub integer: i64,
    /// The chosen word, text, absolute path or JSON object.
    pub text: HarnessStr,
}

/// Values for one instance.
#[repr(C)]
#[derive(Debug)]
pub struct HarnessConfig {
    /// `sizeof(HarnessConfig)`.
    pub struct_size: usize,
    /// One per declared parameter, in the order of declaration.
    pub values: *const *const HarnessValue,
    /// How many.
    pub n_values: usize,
    /// Seed of the optimizer's own randomness; a function of problem, seed and configuration.
    pub seed: u64,
}

/// Log levels.
pub const HARNESS_LOG_DEBUG: u32 = 1;
/// Something a user may want to know.
pub const HARNESS_LOG_INFO: u32 = 2;
/// Something that may make a result wrong.
pub const HARNESS_LOG_WARN: u32 = 3;

/// What the host offers to every instance.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct HarnessHost {
    /// `sizeof(HarnessHost)`.
    pub struct_size: usize,
    /// Passed back as the first argument.
    pub ctx: *mut c_void,
    /// States why the current call is about to return an error. The host copies the text.
    pub set_error: Option<unsafe extern "C" fn(ctx: *mut c_void, message: HarnessStr)>,
    /// Writes to the host's log.
    pub log: Option<unsafe extern "C" fn(ctx: *mut c_void, level: u32, message: HarnessStr)>,
    /// Not 0 once the run should end: return `HARNESS_ERR_CANCELLED` from long steps.
    pub cancelled: Option<unsafe extern "C" fn(ctx: *mut c_void) -> u32>,
    /// Tables of optional host services by id; null for unknown ids.
    pub get_extension: Option<unsafe extern "C" fn(ctx: *mut c_void, id: HarnessStr) -> *const c_void>,
}

/// Gate parameters: columns of logits.
pub const HARNESS_BLOCK_GATE: u32 = 1;
/// Parameters of one expert.
pub const HARNESS_BLOCK_EXPERT: u32 = 2;
/// Logarithms of standard deviations.
pub const HARNESS_BLOCK_NOISE: u32 = 3;

/// A contiguous part of θ: a `rows × cols` matrix, column by column, at `offset`.
#[repr(C)]
#[derive(Debug)]
pub struct HarnessBlock {
    /// `sizeof(HarnessBlock)`.
    pub struct_size: usize,
    /// `gate`, `expert_0`, …, `noise`.
    pub name: HarnessStr,
    /// `HARNESS_BLOCK_…`.
    pub kind: u32,
    /// Index in θ of the first number.
    pub offset: usize,
    /// Rows: features (1 for noise).
    pub rows: usize,
    /// Columns.
    pub cols: usize,
}

/// The problem to minimise: mean negative log-likelihood plus ridge, in nats per row. Every call is counted.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct HarnessProblem {
    /// `sizeof(HarnessProblem)`.
    pub struct_size: usize,
    /// Passed as the first argument of every function of this table and of its extensions.
    pub ctx: *mut c_void,
    /// Numbers in θ.
    pub dim: usize,
    /// Training rows.
    pub n_rows: usize,
    /// Parts of θ, in order, without gaps.
    pub blocks: *const *const HarnessBlock,
    /// How many.
    pub n_blocks: usize,
    /// L(θ). May be infinite or NaN: that is not an error. ½ pass.
    pub value: Option<unsafe extern "C" fn(ctx: *mut c_void, theta: *const f64, value: *mut f64) -> HarnessStatus>,
    /// L(θ) and ∇L(θ), `dim` numbers. 1 pass.
    pub value_gradient: Option<
        unsafe extern "C" fn(ctx: *mut c_void, theta: *const f64, value: *mut f64, gradient: *mut f64) -> HarnessStatus,
    >,
    /// Tables of further abilities by id; null where this problem does not offer one.
    pub get_extension: Option<unsafe extern "C" fn(ctx: *mut c_void, id: HarnessStr) -> *const c_void>,
}

/// Id of [`HarnessModel`].
pub const HARNESS_EXT_MODEL: HarnessStr = HarnessStr::new("harness.model/1");
/// Id of [`HarnessBatch`].
pub const HARNESS_EXT_BATCH: HarnessStr = HarnessStr::new("harness.batch/1");
/// Id of [`HarnessEm`].
pub const HARNESS_EXT_EM: HarnessStr = HarnessStr::new("harness.em/1");
/// Id of [`HarnessMirror`].
pub const HARNESS_EXT_MIRROR: HarnessStr = HarnessStr::new("harness.mirror/1");
/// Id of [`HarnessHessian`].
pub const HARNESS_EXT_HESSIAN: HarnessStr = HarnessStr::new("harness.hessian/1");
/// Id of [`HarnessStatistics`].
pub const HARNESS_EXT_STATISTICS: HarnessStr = HarnessStr::new("harness.statistics/1");
/// Id of [`HarnessData`].
pub const HARNESS_EXT_DATA: HarnessStr = HarnessStr::new("harness.data/1");

/// `harness.model/1`: which model the problem fits.
#[repr(C)]
#[derive(Debug)]
pub struct HarnessModel {
    /// `sizeof(HarnessModel)`.
    pub struct_size: usize,
    /// `symmetric_linear`, `symmetric_logistic`, `linear` or `logistic`.
    pub family: HarnessStr,
    /// Experts.
    pub n_experts: usize,
    /// Classes; 0 for real targets.
    pub n_classes: usize,
    /// Columns of the design matrix.
    pub n_features: usize,
    /// Ridge λ: the objective holds λ/2·‖θ‖².
    pub ridge: f64,
    /// The stated (or starting) standard deviation; 1 where it plays no part.
    pub sigma: f64,
}

/// `harness.batch/1`: parts of the rows.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct HarnessBatch {
    /// `sizeof(HarnessBatch)`.
    pub struct_size: usize,
    /// The next `n` row indices of the run's own seeded shuffle, epoch by epoch; the last batch of an epoch may be
    /// shorter. `*rows` stays valid until the next call; `*n_out` says how many.
    pub next: Option<
        unsafe extern "C" fn(ctx: *mut c_void, n: usize, rows: *mut *const u32, n_out: *mut usize) -> HarnessStatus,
    >,
    /// Mean over these rows, ridge included, and its gradient. `n / n_rows` passes.
    pub value_gradient: Option<
        unsafe extern "C" fn(
            ctx: *mut c_void,
            theta: *const f64,
            rows: *const u32,
            n: usize,
            value: *mut f64,
            gradient: *mut f64,
        ) -> HarnessStatus,
    >,
}

/// `harness.em/1`: the latent-variable structure. The responsibilities stay with the host.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct HarnessEm {
    /// `sizeof(HarnessEm)`.
    pub struct_size: usize,
    /// Latent states.
    pub n_components: usize,
    /// Computes and keeps the responsibilities at `theta`; L(θ) to `*value`. ½ pass.
    pub e_step: Option<unsafe extern "C" fn(ctx: *mut c_void, theta: *const f64, value: *mut f64) -> HarnessStatus>,
    /// Overwrites `theta`, the warm start, by the minimiser of the surrogate Q under the kept responsibilities, to
    /// `tolerance` (Newton decrement or gradient norm). Inner iterations to `*inner`. Charged by the work done.
    pub m_step: Option<
        unsafe extern "C" fn(ctx: *mut c_void, theta: *mut f64, tolerance: f64, inner: *mut u64) -> HarnessStatus,
    >,
    /// Q(φ) under the kept responsibilities (½ pass), and ∇Q if `gradient` is not null (1 pass in all).
    pub surrogate: Option<
        unsafe extern "C" fn(ctx: *mut c_void, phi: *const f64, value: *mut f64, gradient: *mut f64) -> HarnessStatus,
    >,
    /// Copies the kept responsibilities, `n_rows × n_components`, row by row.
    pub responsibilities: Option<unsafe extern "C" fn(ctx: *mut c_void, out: *mut f64) -> HarnessStatus>,
}

/// `harness.mirror/1`: projected mirror descent on the complete-data exponential family.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct HarnessMirror {
    /// `sizeof(HarnessMirror)`.
    pub struct_size: usize,
    /// Overwrites `theta` by the Bregman projection of the mirror step of size `step`, solved to `tolerance`.
    /// Inner iterations to `*inner`. Charged by the work done.
    pub step: Option<
        unsafe extern "C" fn(
            ctx: *mut c_void,
            theta: *mut f64,
            step: f64,
            tolerance: f64,
            inner: *mut u64,
        ) -> HarnessStatus,
    >,
}

/// `harness.hessian/1`: second derivatives of the objective.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct HarnessHessian {
    /// `sizeof(HarnessHessian)`.
    pub struct_size: usize,
    /// `out` = ∇²L(θ)·v, ridge included; all three of `dim` numbers. 1 pass.
    pub product: Option<
        unsafe extern "C" fn(ctx: *mut c_void, theta: *const f64, v: *const f64, out: *mut f64) -> HarnessStatus,
    >,
}

/// `harness.statistics/1`: stochastic approximation of the expected statistics of `harness.em/1`.
#[repr(C)]
#[derive(Debug, Clone, Copy)]
pub struct HarnessStatistics {
    /// `sizeof(HarnessStatistics)`.
    pub struct_size: usize,
    /// Ŝ ← (1 − weight)·Ŝ + weight·S(rows; θ), S the mean over these `n` rows; the next `m_step` minimises the surrogate
    /// under Ŝ, which an `e_step` sets to that of all rows and must have come first. ½·`n / n_rows` passes.
    pub blend: Option<
        unsafe extern "C" fn(
            ctx: *mut c_void,
            theta: *const f64,
            rows: *const u32,
            n: usize,
            weight: f64,
        ) -> HarnessStatus,
    >,
}

/// `harness.data/1`: the training rows themselves. Element (i, j) is `x[i·row_stride + j·col_stride]`.
#[repr(C)]
#[derive(Debug)]
pub struct HarnessData {
    /// `sizeof(HarnessData)`.
    pub struct_size: usize,
    /// Design matrix.
    pub x: *const f64,
    /// Rows.
    pub n_rows: usize,
    /// Columns.
    pub n_features: usize,
    /// Distance between rows, in numbers.
    pub row_stride: usize,
    /// Distance between columns, in numbers.
    pub col_stride: usize,
    /// Real targets, or null.
    pub target: *const f64,
    /// Class labels `0..n_classes`, or null.
    pub labels: *const u32,
    /// 1 where the last column is an intercept.
    pub has_intercept: u32,
}

/// Id of [`HarnessState`].
pub const HARNESS_EXT_STATE: HarnessStr = HarnessStr::new("harness.state/1");

/// Takes bytes from a plugin; may be called several times, the parts are joined.
pub type HarnessWrite = unsafe extern "C" fn(ctx: *mut c_void, bytes: *const u8, len: usize) -> HarnessStatus;

/// `harness.state/1`, offered by an optimizer: a run that ended can be taken up again later, in another process, under
/// a larger budget. θ, the mini-batches and the counts are kept by the host; this is about what the instance itself
/// remembers between steps.
#[repr(C)]
#[derive(Debug)]
pub struct HarnessState {
    /// `sizeof(HarnessState)`.
    pub struct_size: usize,
    /// Hands the state between two steps to `write(ctx, …)`. `HARNESS_ERR_UNSUPPORTED` where this instance has none
    /// that can be kept.
    pub save: Option<
        unsafe extern "C" fn(instance: *mut c_void, write: Option<HarnessWrite>, ctx: *mut c_void) -> HarnessStatus,
    >,
    /// Called once, after `create` with the same arguments as in the earlier run and before the first `step`: every
    /// later step must do what it would have done in the earlier run, to the last bit.
    pub restore: Option<unsafe extern "C" fn(instance: *mut c_void, bytes: *const u8, len: usize) -> HarnessStatus>,
}

/// The instance goes on.
pub const HARNESS_FLOW_CONTINUE: u32 = 0;
/// The optimizer has converged by its own test, or has done its one shot: no further step.
pub const HARNESS_FLOW_CONVERGED: u32 = 1;

/// What a step says of itself. Filled by the host before the call with the values for "go on".
#[repr(C)]
#[derive(Debug)]
pub struct HarnessStep {
    /// `sizeof(HarnessStep)`, of the host.
    pub struct_size: usize,
    /// `HARNESS_FLOW_…`.
    pub flow: u32,
}

/// Id of [`HarnessPrepare`], an extension of the optimizer.
pub const HARNESS_EXT_PREPARE: HarnessStr = HarnessStr::new("harness.prepare/1");

/// `harness.prepare/1`: what must be there before a run but is not the optimizer's work, such as an interpreter.
#[repr(C)]
#[derive(Debug)]
pub struct HarnessPrepare {
    /// `sizeof(HarnessPrepare)`.
    pub struct_size: usize,
    /// Called before `create`, off the clock, with the same values. May be called more than once.
    pub prepare: Option<unsafe extern "C" fn(host: *const HarnessHost, config: *const HarnessConfig) -> HarnessStatus>,
}

impl HarnessStr {
    /// Text that lives as long as the program.
    pub const fn new(text: &'static str) -> Self {
        Self { ptr: text.as_ptr(), len: text.len() }
    }

    /// Text for the length of a call.
    pub const fn borrowed(text: &str) -> Self {
        Self { ptr: text.as_ptr(), len: text.len() }
    }

    /// No text.
    pub const EMPTY: Self = Self::new("");

    /// Reads the text.
    ///
    /// # Safety
    ///
    /// `ptr` and `len` describe bytes that live for `'a`, or `len` is 0 (rule 3).
    ///
    /// # Errors
    ///
    /// The bytes are not UTF-8, or the pointer is null with a length.
    pub unsafe fn as_str<'a>(self) -> Result<&'a str, &'static str> {
        if self.len == 0 {
            return Ok("");
        }
        if self.ptr.is_null() {
            return Err("null text with a length");
        }
        // SAFETY: by the caller's promise the bytes live for 'a.
        let bytes = unsafe { std::slice::from_raw_parts(self.ptr, self.len) };
        std::str::from_utf8(bytes).map_err(|_| "text that is not UTF-8")
    }
}

// SAFETY: the tables that plugins export are immutable data; their pointers lead to immutable statics.
unsafe impl Sync for HarnessEntry {}
// SAFETY: as above.
unsafe impl Sync for HarnessOptimizer {}
// SAFETY: as above.
unsafe impl Sync for HarnessParamSpec {}
// SAFETY: as above.
unsafe impl Sync for HarnessState {}
// SAFETY: as above.
unsafe impl Sync for HarnessStr {}
