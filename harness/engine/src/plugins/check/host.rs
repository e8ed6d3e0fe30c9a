//! A host that misbehaves on request: small problems behind the tables of the ABI, with faults, fences and a watch on
//! who calls when.

use std::sync::atomic::AtomicU32;
use std::sync::{Mutex, PoisonError};
use std::thread::ThreadId;

use harness_models::{BlockKind, Objective, Target};
use harness_plugin_api::abi::{
    HARNESS_BLOCK_EXPERT, HARNESS_BLOCK_GATE, HARNESS_BLOCK_NOISE, HarnessBatch, HarnessBlock, HarnessData, HarnessEm,
    HarnessHessian, HarnessHost, HarnessMirror, HarnessModel, HarnessProblem, HarnessStatistics, HarnessStr,
};

use super::callbacks::{
    batch_next, batch_value_gradient, blend, cancelled, e_step, hessian_product, host_extension, log, m_step,
    mirror_step, problem_extension, responsibilities, set_error, surrogate, value, value_gradient,
};

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

pub(super) struct State {
    pub(super) objective: Objective,
    pub(super) behaviour: Behaviour,
    pub(super) required: Vec<String>,
    pub(super) calls: Calls,
    pub(super) failed: u64,
    pub(super) rows: Vec<u32>,
    pub(super) dealt: usize,
    pub(super) error: Option<String>,
}

/// What callbacks reach. The state is locked: a plugin that calls from a thread of its own is found out, not undefined.
pub(super) struct Context {
    pub(super) state: Mutex<State>,
    pub(super) caller: Mutex<Option<ThreadId>>,
    pub(super) cancelled: AtomicU32,
    pub(super) violations: Mutex<Vec<String>>,
    pub(super) extensions: Extensions,
}

pub(super) struct Extensions {
    pub(super) model: Padded<HarnessModel>,
    pub(super) batch: Padded<HarnessBatch>,
    pub(super) em: Padded<HarnessEm>,
    pub(super) mirror: Padded<HarnessMirror>,
    pub(super) hessian: Padded<HarnessHessian>,
    pub(super) statistics: Padded<HarnessStatistics>,
    pub(super) data: Padded<HarnessData>,
}

/// A table, and what a later version might append to it.
#[repr(C)]
pub(super) struct Padded<T> {
    table: T,
    appended: [u64; 8],
}

/// A host for one instance.
pub(super) struct Host {
    context: *mut Context,
    services: Box<Padded<HarnessHost>>,
    problem: Box<Padded<HarnessProblem>>,
    _blocks: Vec<Padded<HarnessBlock>>,
    _pointers: Vec<*const HarnessBlock>,
}

// SAFETY: everything behind the context is locked or atomic; the tables are not changed after they are made.
unsafe impl Send for Host {}

impl Host {
    pub(super) fn new(objective: Objective, behaviour: Behaviour, required: &[String]) -> Self {
        let growth = if behaviour.newer { size_of::<[u64; 8]>() } else { 0 };
        let model = std::sync::Arc::clone(objective.model());
        let n_rows = objective.data().n();
        let extensions = extensions(&objective, growth);
        let state = State {
            behaviour,
            required: required.to_vec(),
            calls: Calls::default(),
            failed: 0,
            rows: (0..u32::try_from(n_rows).unwrap_or(u32::MAX)).collect(),
            dealt: 0,
            error: None,
            objective,
        };
        let context = Box::into_raw(Box::new(Context {
            state: Mutex::new(state),
            caller: Mutex::new(None),
            cancelled: AtomicU32::new(0),
            violations: Mutex::new(Vec::new()),
            extensions,
        }));
        let blocks: Vec<Padded<HarnessBlock>> = model
            .layout()
            .blocks
            .iter()
            .map(|block| {
                pad(HarnessBlock {
                    struct_size: size_of::<HarnessBlock>() + growth,
                    // Names live in the model, which the state keeps alive.
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
            })
            .collect();
        let pointers: Vec<*const HarnessBlock> = blocks.iter().map(|block| &raw const block.table).collect();
        let problem = HarnessProblem {
            struct_size: size_of::<HarnessProblem>() + growth,
            ctx: context.cast(),
            dim: model.dim(),
            n_rows,
            blocks: pointers.as_ptr(),
            n_blocks: pointers.len(),
            value: Some(value),
            value_gradient: Some(value_gradient),
            get_extension: Some(problem_extension),
        };
        let services = HarnessHost {
            struct_size: size_of::<HarnessHost>() + growth,
            ctx: context.cast(),
            set_error: Some(set_error),
            log: Some(log),
            cancelled: Some(cancelled),
            get_extension: Some(host_extension),
        };
        Self {
            context,
            services: Box::new(pad(services)),
            problem: Box::new(pad(problem)),
            _blocks: blocks,
            _pointers: pointers,
        }
    }

    pub(super) fn host(&self) -> *const HarnessHost {
        &raw const self.services.table
    }

    pub(super) fn problem(&self) -> *const HarnessProblem {
        &raw const self.problem.table
    }

    /// How much longer the tables are than this version knows them.
    pub(super) fn growth(&self) -> usize {
        self.services.table.struct_size - size_of::<HarnessHost>()
    }

    pub(super) fn dim(&self) -> usize {
        self.problem.table.dim
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
        lock(&self.context().state).objective.value(theta)
    }

    /// Deals mini-batches on from where another run has left off.
    pub(super) fn deal_like(&self, other: &Host) {
        let dealt = lock(&other.context().state).dealt;
        lock(&self.context().state).dealt = dealt;
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

fn pad<T>(table: T) -> Padded<T> {
    // Neither null nor a valid address: a plugin that believes it crashes.
    Padded { table, appended: [0x5a5a_5a5a_5a5a_5a5a; 8] }
}

pub(super) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn extensions(objective: &Objective, growth: usize) -> Extensions {
    let (model, data) = (objective.model(), objective.data());
    let (target, labels) = match data.target() {
        Target::Real(values) => (values.as_ptr(), std::ptr::null()),
        Target::Classes { labels, .. } => (std::ptr::null(), labels.as_ptr()),
    };
    Extensions {
        model: pad(HarnessModel {
            struct_size: size_of::<HarnessModel>() + growth,
            family: HarnessStr::new(model.family().as_str()),
            n_experts: model.experts(),
            n_classes: model.n_classes().unwrap_or(0),
            n_features: model.d(),
            ridge: model.ridge(),
            sigma: model.sigma(),
        }),
        batch: pad(HarnessBatch {
            struct_size: size_of::<HarnessBatch>() + growth,
            next: Some(batch_next),
            value_gradient: Some(batch_value_gradient),
        }),
        em: pad(HarnessEm {
            struct_size: size_of::<HarnessEm>() + growth,
            n_components: model.experts(),
            e_step: Some(e_step),
            m_step: Some(m_step),
            surrogate: Some(surrogate),
            responsibilities: Some(responsibilities),
        }),
        mirror: pad(HarnessMirror { struct_size: size_of::<HarnessMirror>() + growth, step: Some(mirror_step) }),
        hessian: pad(HarnessHessian {
            struct_size: size_of::<HarnessHessian>() + growth,
            product: Some(hessian_product),
        }),
        statistics: pad(HarnessStatistics { struct_size: size_of::<HarnessStatistics>() + growth, blend: Some(blend) }),
        data: pad(HarnessData {
            struct_size: size_of::<HarnessData>() + growth,
            x: data.x().as_ptr(),
            n_rows: data.n(),
            n_features: data.d(),
            row_stride: data.d(),
            col_stride: 1,
            target,
            labels,
            has_intercept: 1,
        }),
    }
}
