//! The only loops over the data: panels of rows, a product in, row work in place, a product out.
//!
//! `Z = X_panel W` for all logits at once, a row kernel that turns logits into residuals, and
//! `G += X_panel' Z` while the panel is in cache. Rows are cut into chunks by their number alone, each
//! with sums of its own that are added in order, so that results do not depend on the number of
//! threads. This module knows nothing of likelihoods.

mod grams;
mod pass;

use std::sync::Mutex;

use crate::buffer::Buffer;
use crate::data::Data;
use crate::kernels::element::Elements;
use crate::kernels::products::{self, LONG_FROM};
use crate::kernels::{Level, MOST_LANES, Simd};
use crate::sum::Sum;
use pass::{Job, Pass};

/// Rows per panel where rows are short: the logits of a panel then stay in the first-level cache.
const SHORT_ROWS: usize = 128;
/// Rows per panel where rows are long: a panel then stays in the second-level cache.
const LONG_ROWS: usize = 64;
/// Rows that a chunk has at least.
const LEAST_ROWS: usize = 2048;
/// The most chunks.
const MOST_CHUNKS: usize = 16;
/// Multiplications in a product from which a second thread earns what starting it costs.
const WORTH_A_THREAD: usize = 20_000_000;

/// Which rows a pass visits.
#[derive(Clone, Copy)]
pub(crate) enum Rows<'a> {
    All,
    Subset(&'a [u32]),
}

impl Rows<'_> {
    pub(crate) fn count(self, data: &Data) -> usize {
        match self {
            Self::All => data.n(),
            Self::Subset(rows) => rows.len(),
        }
    }

    pub(crate) fn index(self, position: usize) -> usize {
        match self {
            Self::All => position,
            Self::Subset(rows) => rows[position] as usize,
        }
    }
}

/// Work on the rows of a panel, in vectors of rows.
pub(crate) trait RowKernel: Sync {
    /// Columns of scratch that the work needs.
    fn scratch(&self) -> usize;

    /// Turns the logits of a panel into what is multiplied by X', if that is wanted. Has to be
    /// `#[inline(always)]`, and all that it calls.
    fn panel<S: Simd>(&self, simd: S, panel: &mut PanelRows<'_>);
}

/// The rows of a panel as row kernels see them: columns of `stride` rows, of which `count` are real;
/// what is beyond, up to the next multiple of the lanes, is computed and thrown away.
pub(crate) struct PanelRows<'a> {
    pub(crate) rows: Rows<'a>,
    /// Position of the first row among those visited.
    pub(crate) first: usize,
    pub(crate) count: usize,
    pub(crate) stride: usize,
    /// Logits, then residuals.
    pub(crate) z: &'a mut [f64],
    pub(crate) scratch: &'a mut [f64],
    /// These rows' part of what is kept of every row.
    pub(crate) kept: &'a mut [f64],
    pub(crate) totals: &'a mut Totals,
}

/// What a chunk sums up.
#[derive(Clone, Debug, Default)]
pub(crate) struct Totals {
    pub(crate) loss: Sum,
    /// Gradients with respect to the standard deviations.
    pub(crate) noise: Vec<f64>,
}

/// Buffers of all passes over an objective's data, allocated once.
pub(crate) struct Panel {
    level: Level,
    rows: usize,
    threads: usize,
    workers: Vec<Worker>,
    packed: Buffer,
    packed_directions: Buffer,
    /// Gradients of the chunks beyond the first.
    partial: Vec<f64>,
    totals: Vec<Totals>,
    row: Vec<f64>,
    along: Vec<f64>,
    /// Weights of a panel's rows, and the rows times them.
    weights: Vec<f64>,
    scaled: Buffer,
    gram: Buffer,
    columns: usize,
}

/// Buffers of one thread.
struct Worker {
    gathered: Buffer,
    z: Buffer,
    directions: Buffer,
    scratch: Buffer,
}

impl Panel {
    /// For passes over at most `columns` columns of `data`, by row kernels of `experts` experts and
    /// `noise` standard deviations.
    pub(crate) fn new(data: &Data, columns: usize, experts: usize, noise: usize) -> Self {
        let d = data.d();
        let rows = if d >= LONG_FROM && !data.is_narrow() { LONG_ROWS } else { SHORT_ROWS };
        let chunks = Chunks::of(data.n(), rows).count;
        // The products need a layout of the weights that depends on how many columns there are.
        let most_packed = (1..=columns).map(|columns| products::packed_len(d, columns)).max().unwrap_or(0);
        let mut panel = Self {
            level: Level::best(),
            rows,
            threads: 1,
            workers: Vec::new(),
            packed: Buffer::zeros(most_packed),
            packed_directions: Buffer::zeros(most_packed),
            partial: vec![0.0; (chunks - 1) * d * columns],
            totals: vec![Totals { loss: Sum::default(), noise: vec![0.0; noise] }; chunks],
            row: vec![0.0; columns],
            along: vec![0.0; columns],
            weights: vec![0.0; rows],
            scaled: Buffer::zeros(rows * d),
            gram: Buffer::zeros(if grams::are_own(d) { d * d } else { 0 }),
            columns,
        };
        panel.workers.push(panel.worker(d, experts));
        panel
    }

    fn worker(&self, d: usize, experts: usize) -> Worker {
        let stride = self.stride();
        Worker {
            gathered: Buffer::zeros(self.rows * d),
            z: Buffer::zeros(stride * self.columns),
            directions: Buffer::zeros(stride * self.columns),
            scratch: Buffer::zeros(stride * (SCRATCH + SCRATCH_PER_EXPERT * experts)),
        }
    }

    /// How many threads large passes use; results do not depend on it.
    pub(crate) fn set_threads(&mut self, threads: usize, d: usize, experts: usize) {
        self.threads = threads.clamp(1, MOST_CHUNKS);
        while self.workers.len() < self.threads {
            let worker = self.worker(d, experts);
            self.workers.push(worker);
        }
    }

    /// Rows of a panel's column: an odd number of cache lines.
    fn stride(&self) -> usize {
        self.rows + MOST_LANES
    }

    /// Rows per panel.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// One pass: logits of each row, the kernel's work on them and, if wanted, X' times what it left.
    /// `kept` has as many numbers for each row as the kernel keeps. The sums of all chunks are in
    /// `totals` of the result.
    pub(crate) fn pass<K: RowKernel>(
        &mut self,
        data: &Data,
        rows: Rows<'_>,
        weights: &[f64],
        gradient: Option<&mut [f64]>,
        kept: &mut [f64],
        kernel: &K,
    ) -> &Totals {
        let (d, count) = (data.d(), rows.count(data));
        let len = weights.len();
        let chunks = Chunks::of(count, self.rows);
        products::pack(weights, d, &mut self.packed);
        let pass = Pass {
            data,
            rows,
            weights,
            packed: &self.packed,
            level: self.level,
            panel_rows: self.rows,
            stride: self.rows + MOST_LANES,
            width: kept.len() / count,
            has_gradient: gradient.is_some(),
            kernel,
        };
        let has_gradient = gradient.is_some();
        let gradient = gradient.unwrap_or_default();
        let kept_per_chunk = (chunks.rows * pass.width).max(1);
        // Zips end with the shortest: what a pass does not want gets empty slices instead.
        let mut jobs = {
            let gradients = std::iter::once(&mut *gradient)
                .chain(self.partial.chunks_exact_mut(len))
                .map(Some)
                .chain(std::iter::repeat_with(|| None));
            let kept = kept.chunks_mut(kept_per_chunk).map(Some).chain(std::iter::repeat_with(|| None));
            (0..chunks.count).zip(self.totals.iter_mut()).zip(gradients.zip(kept)).map(
                move |((chunk, totals), (gradient, kept))| Job {
                    range: chunk * chunks.rows..((chunk + 1) * chunks.rows).min(count),
                    totals,
                    gradient: gradient.filter(|_| has_gradient).unwrap_or_default(),
                    kept: kept.unwrap_or_default(),
                },
            )
        };
        let threads = self.threads.min(chunks.count).min(count * len / WORTH_A_THREAD + 1);
        let (own, others) = self.workers.split_first_mut().expect("a panel has a worker");
        if threads == 1 {
            jobs.for_each(|job| pass.chunk(own, job));
        } else {
            let jobs = Mutex::new(&mut jobs);
            let next = || jobs.lock().expect("no thread panics while it holds this").next();
            std::thread::scope(|scope| {
                for worker in &mut others[..threads - 1] {
                    let (pass, next) = (&pass, &next);
                    scope.spawn(move || {
                        while let Some(job) = next() {
                            pass.chunk(worker, job);
                        }
                    });
                }
                while let Some(job) = next() {
                    pass.chunk(own, job);
                }
            });
        }
        if !gradient.is_empty() {
            for partial in self.partial.chunks_exact(len).take(chunks.count - 1) {
                crate::sum::axpy(1.0, partial, gradient);
            }
        }
        let (total, others) = self.totals.split_first_mut().expect("a pass has a chunk");
        for other in &others[..chunks.count - 1] {
            total.loss.merge(other.loss);
            crate::sum::axpy(1.0, &other.noise, &mut total.noise);
        }
        total
    }

    /// Visits each row with its logits `W' x`; what `row` leaves there is multiplied by X' into
    /// `gradient`, if that is wanted.
    pub(crate) fn fused(
        &mut self,
        data: &Data,
        rows: Rows<'_>,
        weights: &[f64],
        mut gradient: Option<&mut [f64]>,
        mut row: impl FnMut(usize, &mut [f64]),
    ) {
        let (d, stride) = (data.d(), self.stride());
        let cols = weights.len() / d;
        products::pack(weights, d, &mut self.packed);
        if let Some(gradient) = gradient.as_deref_mut() {
            gradient.fill(0.0);
        }
        let Worker { gathered, z, .. } = &mut self.workers[0];
        for first in (0..rows.count(data)).step_by(self.rows) {
            let count = self.rows.min(rows.count(data) - first);
            let x = design(data, rows, first, count, gathered);
            products::logits(self.level, x, weights, &self.packed, z, stride);
            for position in 0..count {
                let logits = &mut self.row[..cols];
                gather(z, stride, position, logits);
                row(rows.index(first + position), logits);
                scatter(logits, z, stride, position);
            }
            if let Some(gradient) = gradient.as_deref_mut() {
                products::accumulate(self.level, x, z, stride, gradient);
            }
        }
    }

    /// The same with two sets of weights: `row` gets the logits of both and leaves its result in
    /// the second.
    pub(crate) fn paired(
        &mut self,
        data: &Data,
        weights: &[f64],
        directions: &[f64],
        mut gradient: Option<&mut [f64]>,
        mut row: impl FnMut(usize, &mut [f64], &mut [f64]),
    ) {
        let (d, stride) = (data.d(), self.stride());
        let (cols, direction_cols) = (weights.len() / d, directions.len() / d);
        products::pack(weights, d, &mut self.packed);
        products::pack(directions, d, &mut self.packed_directions);
        if let Some(gradient) = gradient.as_deref_mut() {
            gradient.fill(0.0);
        }
        let Worker { gathered, z, directions: dz, .. } = &mut self.workers[0];
        for first in (0..data.n()).step_by(self.rows) {
            let count = self.rows.min(data.n() - first);
            let x = design(data, Rows::All, first, count, gathered);
            products::logits(self.level, x, weights, &self.packed, z, stride);
            products::logits(self.level, x, directions, &self.packed_directions, dz, stride);
            for position in 0..count {
                let (logits, along) = (&mut self.row[..cols], &mut self.along[..direction_cols]);
                gather(z, stride, position, logits);
                gather(dz, stride, position, along);
                row(first + position, logits, along);
                scatter(along, dz, stride, position);
            }
            if let Some(gradient) = gradient.as_deref_mut() {
                products::accumulate(self.level, x, dz, stride, gradient);
            }
        }
    }

    /// `out = X' T`, with the rows of T made by `row`.
    pub(crate) fn product(&mut self, data: &Data, out: &mut [f64], mut row: impl FnMut(usize, &mut [f64])) {
        let stride = self.stride();
        let cols = out.len() / data.d();
        out.fill(0.0);
        let Worker { gathered, z, .. } = &mut self.workers[0];
        for first in (0..data.n()).step_by(self.rows) {
            let count = self.rows.min(data.n() - first);
            let x = design(data, Rows::All, first, count, gathered);
            for position in 0..count {
                let target = &mut self.row[..cols];
                row(first + position, target);
                scatter(target, z, stride, position);
            }
            products::accumulate(self.level, x, z, stride, out);
        }
    }
}

/// Columns of scratch for row kernels: these, and so many for each expert.
pub(crate) const SCRATCH: usize = 2;
pub(crate) const SCRATCH_PER_EXPERT: usize = 4;

/// How rows are cut.
#[derive(Clone, Copy)]
struct Chunks {
    count: usize,
    rows: usize,
}

impl Chunks {
    /// By the number of rows alone; whole panels.
    fn of(rows: usize, panel_rows: usize) -> Self {
        let wanted = (rows / LEAST_ROWS).clamp(1, MOST_CHUNKS);
        let each = rows.div_ceil(wanted).next_multiple_of(panel_rows);
        Self { count: rows.div_ceil(each).max(1), rows: each }
    }
}

/// A panel of the design matrix: a view where rows are consecutive, a copy where they are not.
fn design<'a>(
    data: &'a Data,
    rows: Rows<'_>,
    first: usize,
    count: usize,
    gathered: &'a mut [f64],
) -> products::Rows<'a> {
    let d = data.d();
    match rows {
        Rows::All => {
            let (x, next) = data.elements().split(first * d, count * d);
            products::Rows { x, d, next }
        }
        Rows::Subset(rows) => {
            let gathered = &mut gathered[..count * d];
            for (target, &row) in gathered.chunks_exact_mut(d).zip(&rows[first..first + count]) {
                data.elements().copy(row as usize * d, target);
            }
            products::Rows { x: Elements::F64(gathered), d, next: Elements::F64(&[]) }
        }
    }
}

/// A row out of columns.
fn gather(z: &[f64], stride: usize, position: usize, row: &mut [f64]) {
    for (column, value) in row.iter_mut().enumerate() {
        *value = z[column * stride + position];
    }
}

/// A row into columns.
fn scatter(row: &[f64], z: &mut [f64], stride: usize, position: usize) {
    for (column, value) in row.iter().enumerate() {
        z[column * stride + position] = *value;
    }
}
