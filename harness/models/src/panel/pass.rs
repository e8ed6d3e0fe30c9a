//! One pass over a chunk of rows: what all chunks share, and what each has of its own.

use super::{PanelRows, RowKernel, Rows, Totals, Worker, design};
use crate::data::Data;
use crate::kernels::{Kernel, Level, Simd, products};
use crate::sum::Sum;

/// One chunk's rows and the places of its results.
pub(super) struct Job<'a> {
    pub(super) range: std::ops::Range<usize>,
    pub(super) totals: &'a mut Totals,
    pub(super) gradient: &'a mut [f64],
    pub(super) kept: &'a mut [f64],
}

/// What is the same for all chunks of a pass.
pub(super) struct Pass<'a, K> {
    pub(super) data: &'a Data,
    pub(super) rows: Rows<'a>,
    pub(super) weights: &'a [f64],
    pub(super) packed: &'a [f64],
    pub(super) level: Level,
    pub(super) panel_rows: usize,
    pub(super) stride: usize,
    pub(super) width: usize,
    pub(super) has_gradient: bool,
    pub(super) kernel: &'a K,
}

impl<K: RowKernel> Pass<'_, K> {
    /// Does one chunk: logits, row work, and its share of the gradient, panel by panel.
    pub(super) fn chunk(&self, worker: &mut Worker, job: Job<'_>) {
        let Job { range, totals, gradient, kept } = job;
        totals.loss = Sum::default();
        totals.noise.fill(0.0);
        gradient.fill(0.0);
        let Worker { gathered, z, scratch, .. } = worker;
        debug_assert!(self.kernel.scratch() * self.stride <= scratch.len());
        for first in range.clone().step_by(self.panel_rows) {
            let count = self.panel_rows.min(range.end - first);
            let x = design(self.data, self.rows, first, count, gathered);
            products::logits(self.level, x, self.weights, self.packed, z, self.stride);
            let kept_from = (first - range.start) * self.width;
            self.level.run(OnPanel {
                kernel: self.kernel,
                panel: PanelRows {
                    rows: self.rows,
                    first,
                    count,
                    stride: self.stride,
                    z,
                    scratch,
                    kept: &mut kept[kept_from..kept_from + count * self.width],
                    totals,
                },
            });
            if self.has_gradient {
                products::accumulate(self.level, x, z, self.stride, gradient);
            }
        }
    }
}

struct OnPanel<'a, K> {
    kernel: &'a K,
    panel: PanelRows<'a>,
}

impl<K: RowKernel> Kernel for OnPanel<'_, K> {
    type Output = ();
    #[expect(clippy::inline_always, reason = "as for `kernels`")]
    #[inline(always)]
    fn run<S: Simd>(mut self, simd: S) {
        self.kernel.panel(simd, &mut self.panel);
    }
}
