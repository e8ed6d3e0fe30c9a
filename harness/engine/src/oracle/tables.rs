//! The tables that a plugin is given, filled with the functions of `callbacks`.
//!
//! Every table lies in a box of its own at a stable address, before words that a later version of the ABI might append:
//! a host that claims to be newer offers them, and a plugin that believes them is found out.

use std::borrow::Cow;
use std::ffi::c_void;
use std::sync::{Arc, OnceLock};

use harness_models::{BlockKind, Data, Model, Objective, Target};
use harness_plugin_api::abi::{
    HARNESS_BLOCK_EXPERT, HARNESS_BLOCK_GATE, HARNESS_BLOCK_NOISE, HARNESS_EXT_BATCH, HARNESS_EXT_DATA, HARNESS_EXT_EM,
    HARNESS_EXT_HESSIAN, HARNESS_EXT_MIRROR, HARNESS_EXT_MODEL, HARNESS_EXT_STATISTICS, HarnessBatch, HarnessBlock,
    HarnessData, HarnessEm, HarnessHessian, HarnessHost, HarnessMirror, HarnessModel, HarnessProblem,
    HarnessStatistics, HarnessStr,
};

use super::Door;
use super::callbacks::{
    batch_next, batch_value_gradient, blend, cancelled, e_step, hessian_product, host_extension, log, m_step,
    mirror_step, problem_extension, responsibilities, set_error, surrogate, value, value_gradient,
};

/// A table, and what a later version might append to it.
#[repr(C)]
struct Padded<T> {
    table: T,
    appended: [u64; 8],
}

impl<T> Padded<T> {
    /// What a newer version's tables are longer by.
    const GROWTH: usize = size_of::<[u64; 8]>();

    fn new(table: T) -> Self {
        // Neither null nor a valid address: a plugin that believes it crashes.
        Self { table, appended: [0x5a5a_5a5a_5a5a_5a5a; 8] }
    }
}

/// Host and problem, as they are passed to `create`.
pub(crate) struct Tables {
    host: Box<Padded<HarnessHost>>,
    problem: Box<Padded<HarnessProblem>>,
    // What the problem table points to.
    _blocks: Vec<Padded<HarnessBlock>>,
    _pointers: Vec<*const HarnessBlock>,
}

impl Tables {
    /// Tables whose calls go through the door `D` to `ctx`, which keeps `model` alive: names of blocks lie in it. A newer
    /// host's tables claim to be longer than this version knows them.
    pub(crate) fn new<D: Door>(ctx: *mut c_void, model: &Model, n_rows: usize, is_newer: bool) -> Self {
        let growth = growth(is_newer);
        let blocks: Vec<Padded<HarnessBlock>> = model
            .layout()
            .blocks
            .iter()
            .map(|block| {
                Padded::new(HarnessBlock {
                    struct_size: size_of::<HarnessBlock>() + growth,
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
            ctx,
            dim: model.dim(),
            n_rows,
            blocks: pointers.as_ptr(),
            n_blocks: pointers.len(),
            value: Some(value::<D>),
            value_gradient: Some(value_gradient::<D>),
            get_extension: Some(problem_extension::<D>),
        };
        let host = HarnessHost {
            struct_size: size_of::<HarnessHost>() + growth,
            ctx,
            set_error: Some(set_error::<D>),
            log: Some(log::<D>),
            cancelled: Some(cancelled::<D>),
            get_extension: Some(host_extension),
        };
        Self {
            host: Box::new(Padded::new(host)),
            problem: Box::new(Padded::new(problem)),
            _blocks: blocks,
            _pointers: pointers,
        }
    }

    pub(crate) fn host(&self) -> *const HarnessHost {
        &raw const self.host.table
    }

    pub(crate) fn problem(&self) -> *const HarnessProblem {
        &raw const self.problem.table
    }

    /// Parameters.
    pub(crate) fn dim(&self) -> usize {
        self.problem.table.dim
    }

    /// How much longer the tables claim to be than this version knows them.
    pub(crate) fn growth(&self) -> usize {
        self.host.table.struct_size - size_of::<HarnessHost>()
    }
}

/// Tables of the extensions; they stay where they are as long as the context that holds them.
pub(crate) struct Extensions {
    model: Padded<HarnessModel>,
    batch: Padded<HarnessBatch>,
    em: Padded<HarnessEm>,
    mirror: Padded<HarnessMirror>,
    hessian: Padded<HarnessHessian>,
    statistics: Padded<HarnessStatistics>,
    /// Made when it is asked for: rows that are stored as f32 have to be copied for it, to where they stay as long.
    table_of_data: OnceLock<(Padded<HarnessData>, Option<Vec<f64>>)>,
    data: Arc<Data>,
    has_intercept: bool,
    growth: usize,
}

impl Extensions {
    pub(crate) fn new<D: Door>(objective: &Objective, has_intercept: bool, is_newer: bool) -> Self {
        let growth = growth(is_newer);
        let model = objective.model();
        Self {
            model: Padded::new(HarnessModel {
                struct_size: size_of::<HarnessModel>() + growth,
                family: HarnessStr::new(model.family().as_str()),
                n_experts: model.experts(),
                n_classes: model.n_classes().unwrap_or(0),
                n_features: model.d(),
                ridge: model.ridge(),
                sigma: model.sigma(),
            }),
            batch: Padded::new(HarnessBatch {
                struct_size: size_of::<HarnessBatch>() + growth,
                next: Some(batch_next::<D>),
                value_gradient: Some(batch_value_gradient::<D>),
            }),
            em: Padded::new(HarnessEm {
                struct_size: size_of::<HarnessEm>() + growth,
                n_components: model.experts(),
                e_step: Some(e_step::<D>),
                m_step: Some(m_step::<D>),
                surrogate: Some(surrogate::<D>),
                responsibilities: Some(responsibilities::<D>),
            }),
            mirror: Padded::new(HarnessMirror {
                struct_size: size_of::<HarnessMirror>() + growth,
                step: Some(mirror_step::<D>),
            }),
            hessian: Padded::new(HarnessHessian {
                struct_size: size_of::<HarnessHessian>() + growth,
                product: Some(hessian_product::<D>),
            }),
            statistics: Padded::new(HarnessStatistics {
                struct_size: size_of::<HarnessStatistics>() + growth,
                blend: Some(blend::<D>),
            }),
            table_of_data: OnceLock::new(),
            data: Arc::clone(objective.data()),
            has_intercept,
            growth,
        }
    }

    fn table_of_data(&self) -> *const c_void {
        let data = &self.data;
        let (target, labels) = match data.target() {
            Target::Real(values) => (values.as_ptr(), std::ptr::null()),
            Target::Classes { labels, .. } => (std::ptr::null(), labels.as_ptr()),
        };
        let table = self.table_of_data.get_or_init(|| {
            let x = data.x();
            let from = x.as_ptr();
            let copy = if let Cow::Owned(copy) = x { Some(copy) } else { None };
            let table = Padded::new(HarnessData {
                struct_size: size_of::<HarnessData>() + self.growth,
                x: from,
                n_rows: data.n(),
                n_features: data.d(),
                row_stride: data.d(),
                col_stride: 1,
                target,
                labels,
                has_intercept: u32::from(self.has_intercept),
            });
            (table, copy)
        });
        (&raw const table.0.table).cast()
    }

    /// The table of an extension.
    pub(super) fn find(&self, id: &str) -> Option<*const c_void> {
        let tables: [(HarnessStr, *const c_void); 6] = [
            (HARNESS_EXT_MODEL, (&raw const self.model.table).cast()),
            (HARNESS_EXT_BATCH, (&raw const self.batch.table).cast()),
            (HARNESS_EXT_EM, (&raw const self.em.table).cast()),
            (HARNESS_EXT_MIRROR, (&raw const self.mirror.table).cast()),
            (HARNESS_EXT_HESSIAN, (&raw const self.hessian.table).cast()),
            (HARNESS_EXT_STATISTICS, (&raw const self.statistics.table).cast()),
        ];
        // SAFETY: ids are statics.
        let is_asked_for = |known: HarnessStr| unsafe { known.as_str() } == Ok(id);
        if is_asked_for(HARNESS_EXT_DATA) {
            return Some(self.table_of_data());
        }
        tables.into_iter().find(|(known, _)| is_asked_for(*known)).map(|(_, table)| table)
    }
}

fn growth(is_newer: bool) -> usize {
    if is_newer { Padded::<()>::GROWTH } else { 0 }
}
