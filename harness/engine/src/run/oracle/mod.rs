//! The problem as a plugin calls it: the C tables, and the state behind them, which `callbacks` read and change.
//!
//! The tables and the state that the functions change are separate allocations: a plugin holds references to the tables
//! while callbacks change the state.

mod callbacks;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use harness_models::{BlockKind, Objective, Target};
use harness_plugin_api::abi::{
    HARNESS_BLOCK_EXPERT, HARNESS_BLOCK_GATE, HARNESS_BLOCK_NOISE, HarnessBatch, HarnessBlock, HarnessData, HarnessEm,
    HarnessHessian, HarnessHost, HarnessMirror, HarnessModel, HarnessProblem, HarnessStatistics, HarnessStr,
};

use super::batch::BatchSampler;
use callbacks::{
    batch_next, batch_value_gradient, blend, cancelled_flag, e_step, hessian_product, host_extension, log, m_step,
    mirror_step, problem_extension, responsibilities, set_error, surrogate, value, value_gradient,
};

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
