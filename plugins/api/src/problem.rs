//! The problem as an optimizer sees it: the objective, its parts, and what else it offers.

use std::ffi::c_void;
use std::ops::Range;

use crate::abi::{
    HARNESS_ERR_UNSUPPORTED, HARNESS_EXT_BATCH, HARNESS_EXT_DATA, HARNESS_EXT_EM, HARNESS_EXT_HESSIAN,
    HARNESS_EXT_MIRROR, HARNESS_EXT_MODEL, HARNESS_EXT_STATISTICS, HARNESS_OK, HarnessBatch, HarnessBlock, HarnessData,
    HarnessEm, HarnessHessian, HarnessMirror, HarnessModel, HarnessProblem, HarnessStatistics, HarnessStatus,
    HarnessStr,
};
use crate::table::{self, Table};
use crate::{Error, Result};

/// A likelihood to fit: minimise L(θ), the mean negative log-likelihood of the training rows plus ridge, in nats.
///
/// Valid inside `create` and `step`. Every call is counted and charged in passes.
#[derive(Debug, Clone, Copy)]
pub struct Problem<'a> {
    raw: &'a HarnessProblem,
}

/// A part of θ: a `rows × cols` matrix, column by column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block<'a> {
    /// `gate`, `expert_0`, …, `noise`.
    pub name: &'a str,
    /// One of the `HARNESS_BLOCK_…` constants.
    pub kind: u32,
    /// Index in θ of the first number.
    pub offset: usize,
    /// Rows: features (1 for noise).
    pub rows: usize,
    /// Columns.
    pub cols: usize,
}

impl Block<'_> {
    /// Where the block lies in θ.
    pub fn range(&self) -> Range<usize> {
        self.offset..self.offset + self.rows * self.cols
    }
}

impl<'a> Problem<'a> {
    /// # Safety
    ///
    /// `raw` was read from a host that follows the rules of the ABI.
    pub(crate) unsafe fn new(raw: &'a HarnessProblem) -> Self {
        Self { raw }
    }

    /// Numbers in θ.
    pub fn dim(&self) -> usize {
        self.raw.dim
    }

    /// Training rows.
    pub fn n_rows(&self) -> usize {
        self.raw.n_rows
    }

    /// Parts of θ: gate, experts, noise.
    pub fn blocks(&self) -> impl Iterator<Item = Block<'a>> + use<'a> {
        let raw = self.raw;
        (0..raw.n_blocks).filter_map(move |i| {
            // SAFETY: rule 2, an array of `n_blocks` pointers to tables that outlive the instance (rule 3).
            let block: HarnessBlock = unsafe { table::read(*raw.blocks.add(i)) }.ok()?;
            // SAFETY: as above.
            let name = unsafe { block.name.as_str() }.ok()?;
            Some(Block { name, kind: block.kind, offset: block.offset, rows: block.rows, cols: block.cols })
        })
    }

    /// L(θ); infinite or NaN where it is. ½ pass.
    ///
    /// # Errors
    ///
    /// The host failed or cancelled the run.
    pub fn value(&self, theta: &[f64]) -> Result<f64> {
        self.check_length(theta.len())?;
        let function = self.raw.value.ok_or_else(|| Error::misuse("no `value`"))?;
        let mut value = f64::NAN;
        // SAFETY: `theta` holds `dim` numbers.
        check(unsafe { function(self.raw.ctx, theta.as_ptr(), &raw mut value) })?;
        Ok(value)
    }

    /// L(θ), and ∇L(θ) to `gradient`. 1 pass.
    ///
    /// # Errors
    ///
    /// The host failed or cancelled the run.
    pub fn value_gradient(&self, theta: &[f64], gradient: &mut [f64]) -> Result<f64> {
        self.check_length(theta.len())?;
        self.check_length(gradient.len())?;
        let function = self.raw.value_gradient.ok_or_else(|| Error::misuse("no `value_gradient`"))?;
        let mut value = f64::NAN;
        // SAFETY: both slices hold `dim` numbers.
        check(unsafe { function(self.raw.ctx, theta.as_ptr(), &raw mut value, gradient.as_mut_ptr()) })?;
        Ok(value)
    }

    /// E-step, M-step and surrogate.
    ///
    /// # Errors
    ///
    /// The problem has no latent variable.
    pub fn em(&self) -> Result<Em<'a>> {
        Ok(Em { problem: *self, table: self.extension::<HarnessEm>(HARNESS_EXT_EM)? })
    }

    /// Projected mirror descent.
    ///
    /// # Errors
    ///
    /// The problem has no mirror map.
    pub fn mirror(&self) -> Result<Mirror<'a>> {
        Ok(Mirror { problem: *self, table: self.extension::<HarnessMirror>(HARNESS_EXT_MIRROR)? })
    }

    /// Mini-batches.
    ///
    /// # Errors
    ///
    /// The problem is not a mean over rows.
    pub fn batch(&self) -> Result<Batch<'a>> {
        Ok(Batch { problem: *self, table: self.extension::<HarnessBatch>(HARNESS_EXT_BATCH)? })
    }

    /// Second derivatives.
    ///
    /// # Errors
    ///
    /// The problem does not offer them.
    pub fn hessian(&self) -> Result<Hessian<'a>> {
        Ok(Hessian { problem: *self, table: self.extension::<HarnessHessian>(HARNESS_EXT_HESSIAN)? })
    }

    /// Stochastic approximation of EM's expected statistics.
    ///
    /// # Errors
    ///
    /// The problem does not offer it.
    pub fn statistics(&self) -> Result<Statistics<'a>> {
        let batch = self.batch()?;
        Ok(Statistics { batch, table: self.extension::<HarnessStatistics>(HARNESS_EXT_STATISTICS)? })
    }

    /// Which model is fitted.
    ///
    /// # Errors
    ///
    /// The problem does not say.
    pub fn model(&self) -> Result<Model<'a>> {
        let table: HarnessModel = self.extension(HARNESS_EXT_MODEL)?;
        // SAFETY: rule 3, the table outlives the instance.
        let family = unsafe { table.family.as_str() }.map_err(Error::misuse)?;
        Ok(Model {
            family,
            n_experts: table.n_experts,
            n_classes: table.n_classes,
            n_features: table.n_features,
            ridge: table.ridge,
            sigma: table.sigma,
        })
    }

    /// The training rows themselves.
    ///
    /// # Errors
    ///
    /// The problem does not show them.
    pub fn data(&self) -> Result<Data<'a>> {
        let table: HarnessData = self.extension(HARNESS_EXT_DATA)?;
        if table.col_stride != 1 || table.row_stride != table.n_features {
            return Err(Error::misuse("data that is not contiguous row by row"));
        }
        let n = table.n_rows;
        // SAFETY: rule 3 and the description of `HarnessData`: the arrays have these sizes and outlive the instance.
        unsafe {
            Ok(Data {
                x: std::slice::from_raw_parts(table.x, n * table.n_features),
                n_rows: n,
                n_features: table.n_features,
                target: (!table.target.is_null()).then(|| std::slice::from_raw_parts(table.target, n)),
                labels: (!table.labels.is_null()).then(|| std::slice::from_raw_parts(table.labels, n)),
                has_intercept: table.has_intercept != 0,
            })
        }
    }

    fn extension<T: Table>(&self, id: HarnessStr) -> Result<T> {
        // SAFETY: ids are statics.
        let name = unsafe { id.as_str() }.unwrap_or_default();
        let missing = || Error::unsupported(format!("this problem does not offer `{name}`"));
        let get = self.raw.get_extension.ok_or_else(missing)?;
        // SAFETY: rule 3, the id is a static.
        let table = unsafe { get(self.raw.ctx, id) };
        if table.is_null() {
            return Err(missing());
        }
        // SAFETY: the id names the type of the table.
        unsafe { table::read(table.cast::<T>()) }.map_err(Error::misuse)
    }

    fn check_length(self, length: usize) -> Result<()> {
        if length == self.dim() {
            Ok(())
        } else {
            Err(Error::misuse(format!("{length} numbers passed where {} are needed", self.dim())))
        }
    }

    fn ctx(&self) -> *mut c_void {
        self.raw.ctx
    }
}

/// The latent-variable structure; the responsibilities stay with the host between calls.
#[derive(Debug, Clone, Copy)]
pub struct Em<'a> {
    problem: Problem<'a>,
    table: HarnessEm,
}

impl Em<'_> {
    /// Latent states.
    pub fn n_components(&self) -> usize {
        self.table.n_components
    }

    /// Computes and keeps the responsibilities at θ; returns L(θ). ½ pass.
    ///
    /// # Errors
    ///
    /// The host failed or cancelled the run.
    pub fn e_step(&self, theta: &[f64]) -> Result<f64> {
        self.problem.check_length(theta.len())?;
        let function = self.table.e_step.ok_or_else(|| Error::misuse("no `e_step`"))?;
        let mut value = f64::NAN;
        // SAFETY: `theta` holds `dim` numbers.
        check(unsafe { function(self.problem.ctx(), theta.as_ptr(), &raw mut value) })?;
        Ok(value)
    }

    /// θ ← argmin Q(·) under the kept responsibilities, from θ as warm start; returns the inner iterations.
    ///
    /// # Errors
    ///
    /// The minimiser does not exist or was not reached; the message says which block.
    pub fn m_step(&self, theta: &mut [f64], tolerance: f64) -> Result<u64> {
        self.problem.check_length(theta.len())?;
        let function = self.table.m_step.ok_or_else(|| Error::misuse("no `m_step`"))?;
        let mut inner = 0;
        // SAFETY: `theta` holds `dim` numbers.
        check(unsafe { function(self.problem.ctx(), theta.as_mut_ptr(), tolerance, &raw mut inner) })?;
        Ok(inner)
    }

    /// Q(φ) under the kept responsibilities. ½ pass.
    ///
    /// # Errors
    ///
    /// No E-step came before, or the host failed.
    pub fn surrogate(&self, phi: &[f64]) -> Result<f64> {
        self.problem.check_length(phi.len())?;
        self.call_surrogate(phi, std::ptr::null_mut())
    }

    /// Q(φ) and ∇Q(φ) under the kept responsibilities. 1 pass.
    ///
    /// # Errors
    ///
    /// No E-step came before, or the host failed.
    pub fn surrogate_gradient(&self, phi: &[f64], gradient: &mut [f64]) -> Result<f64> {
        self.problem.check_length(phi.len())?;
        self.problem.check_length(gradient.len())?;
        self.call_surrogate(phi, gradient.as_mut_ptr())
    }

    /// Copies the kept responsibilities, `n_rows × n_components`, row by row.
    ///
    /// # Errors
    ///
    /// No E-step came before, or `out` has another length.
    pub fn responsibilities(&self, out: &mut [f64]) -> Result<()> {
        if out.len() != self.problem.n_rows() * self.n_components() {
            return Err(Error::misuse("responsibilities need n_rows × n_components numbers"));
        }
        let function = self.table.responsibilities.ok_or_else(|| Error::misuse("no `responsibilities`"))?;
        // SAFETY: the length was checked above.
        check(unsafe { function(self.problem.ctx(), out.as_mut_ptr()) })
    }

    fn call_surrogate(&self, phi: &[f64], gradient: *mut f64) -> Result<f64> {
        let function = self.table.surrogate.ok_or_else(|| Error::misuse("no `surrogate`"))?;
        let mut value = f64::NAN;
        // SAFETY: `phi` holds `dim` numbers, and so does `gradient` unless it is null.
        check(unsafe { function(self.problem.ctx(), phi.as_ptr(), &raw mut value, gradient) })?;
        Ok(value)
    }
}

/// Projected mirror descent on the complete-data exponential family.
#[derive(Debug, Clone, Copy)]
pub struct Mirror<'a> {
    problem: Problem<'a>,
    table: HarnessMirror,
}

impl Mirror<'_> {
    /// θ ← the projected mirror step of size `step`; returns the inner iterations.
    ///
    /// # Errors
    ///
    /// The projection does not exist (possible for `step` > 1) or was not reached.
    pub fn step(&self, theta: &mut [f64], step: f64, tolerance: f64) -> Result<u64> {
        self.problem.check_length(theta.len())?;
        let function = self.table.step.ok_or_else(|| Error::misuse("no mirror `step`"))?;
        let mut inner = 0;
        // SAFETY: `theta` holds `dim` numbers.
        check(unsafe { function(self.problem.ctx(), theta.as_mut_ptr(), step, tolerance, &raw mut inner) })?;
        Ok(inner)
    }
}

/// Parts of the rows, from the run's own seeded shuffle.
#[derive(Debug, Clone, Copy)]
pub struct Batch<'a> {
    problem: Problem<'a>,
    table: HarnessBatch,
}

impl Batch<'_> {
    /// Draws the next `n` rows of the shuffle (fewer at the end of an epoch) and computes the mean over them, ridge
    /// included, and its gradient. `n / n_rows` passes.
    ///
    /// # Errors
    ///
    /// `n` is 0, or the host failed or cancelled the run.
    pub fn next_value_gradient(&self, n: usize, theta: &[f64], gradient: &mut [f64]) -> Result<f64> {
        self.problem.check_length(theta.len())?;
        self.problem.check_length(gradient.len())?;
        let next = self.table.next.ok_or_else(|| Error::misuse("no batch `next`"))?;
        let function = self.table.value_gradient.ok_or_else(|| Error::misuse("no batch `value_gradient`"))?;
        let ctx = self.problem.ctx();
        let (mut rows, mut len, mut value) = (std::ptr::null(), 0, f64::NAN);
        // SAFETY: both out-pointers are valid for the call.
        check(unsafe { next(ctx, n, &raw mut rows, &raw mut len) })?;
        // SAFETY: both slices hold `dim` numbers; `rows` stays valid until the next call of `next`.
        check(unsafe { function(ctx, theta.as_ptr(), rows, len, &raw mut value, gradient.as_mut_ptr()) })?;
        Ok(value)
    }
}

/// Second derivatives of the objective.
#[derive(Debug, Clone, Copy)]
pub struct Hessian<'a> {
    problem: Problem<'a>,
    table: HarnessHessian,
}

impl Hessian<'_> {
    /// `out` = ∇²L(θ)·v, ridge included. 1 pass.
    ///
    /// # Errors
    ///
    /// The host failed or cancelled the run.
    pub fn product(&self, theta: &[f64], v: &[f64], out: &mut [f64]) -> Result<()> {
        self.problem.check_length(theta.len())?;
        self.problem.check_length(v.len())?;
        self.problem.check_length(out.len())?;
        let function = self.table.product.ok_or_else(|| Error::misuse("no Hessian `product`"))?;
        // SAFETY: all three slices hold `dim` numbers.
        check(unsafe { function(self.problem.ctx(), theta.as_ptr(), v.as_ptr(), out.as_mut_ptr()) })
    }
}

/// Stochastic approximation of EM's expected statistics, from the run's own seeded shuffle.
#[derive(Debug, Clone, Copy)]
pub struct Statistics<'a> {
    batch: Batch<'a>,
    table: HarnessStatistics,
}

impl Statistics<'_> {
    /// Draws the next `n` rows of the shuffle (fewer at the end of an epoch) and moves the statistics that the next M-step
    /// uses towards theirs at θ: Ŝ ← (1 − weight)·Ŝ + weight·S(rows; θ). ½·`n / n_rows` passes.
    ///
    /// # Errors
    ///
    /// No E-step came before, `n` is 0, or the host failed or cancelled the run.
    pub fn blend_next(&self, n: usize, theta: &[f64], weight: f64) -> Result<()> {
        let problem = self.batch.problem;
        problem.check_length(theta.len())?;
        let next = self.batch.table.next.ok_or_else(|| Error::misuse("no batch `next`"))?;
        let function = self.table.blend.ok_or_else(|| Error::misuse("no statistics `blend`"))?;
        let (mut rows, mut len) = (std::ptr::null(), 0);
        // SAFETY: both out-pointers are valid for the call.
        check(unsafe { next(problem.ctx(), n, &raw mut rows, &raw mut len) })?;
        // SAFETY: `theta` holds `dim` numbers; `rows` stays valid until the next call of `next`.
        check(unsafe { function(problem.ctx(), theta.as_ptr(), rows, len, weight) })
    }
}

/// Which model a problem fits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Model<'a> {
    /// `symmetric_linear`, `symmetric_logistic`, `linear` or `logistic`.
    pub family: &'a str,
    /// Experts.
    pub n_experts: usize,
    /// Classes; 0 for real targets.
    pub n_classes: usize,
    /// Columns of the design matrix.
    pub n_features: usize,
    /// Ridge λ.
    pub ridge: f64,
    /// The stated (or starting) standard deviation.
    pub sigma: f64,
}

/// The training rows.
#[derive(Debug, Clone, Copy)]
pub struct Data<'a> {
    /// Design matrix, row by row.
    pub x: &'a [f64],
    /// Rows.
    pub n_rows: usize,
    /// Columns.
    pub n_features: usize,
    /// Real targets.
    pub target: Option<&'a [f64]>,
    /// Class labels.
    pub labels: Option<&'a [u32]>,
    /// The last column is an intercept.
    pub has_intercept: bool,
}

fn check(status: HarnessStatus) -> Result<()> {
    match status {
        HARNESS_OK => Ok(()),
        HARNESS_ERR_UNSUPPORTED => Err(Error::unsupported("")),
        code => Err(Error::from_host(code)),
    }
}
