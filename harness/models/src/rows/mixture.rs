//! One pass over a mixture's logits: its likelihood or EM's surrogate, with responsibilities or residuals.

use super::{Densities, PanelExperts, Place, pair};
use crate::kernels::Simd;
use crate::kernels::exp::{exp, ln};
use crate::panel::{PanelRows, RowKernel, SCRATCH, SCRATCH_PER_EXPERT};

/// Vectors of rows whose normalisers are multiplied before one logarithm is taken: each is between
/// 1 / (experts * classes) and the number of experts, so that no product overflows.
const LOGS_AT_ONCE: usize = 8;

/// What a pass is for.
#[derive(Clone, Copy)]
pub(crate) enum Task<'a> {
    /// The negative log-likelihood alone.
    Value,
    /// And the posterior of each row, which is kept.
    Responsibilities,
    /// And its gradient.
    Gradient,
    /// The surrogate with this posterior, n by k row-major, and its gradient.
    Surrogate(&'a [f64], bool),
}

/// The row work of `L` and of `Q`.
pub(crate) struct Mixture<'a, E> {
    pub(crate) experts: E,
    /// How many experts.
    pub(crate) k: usize,
    pub(crate) task: Task<'a>,
}

/// Normalised exponentials `e_z / sum`, and the logit that was taken off.
struct Normalised<V> {
    largest: V,
    sum: V,
}

impl<E: PanelExperts> RowKernel for Mixture<'_, E> {
    fn scratch(&self) -> usize {
        SCRATCH + SCRATCH_PER_EXPERT * self.k
    }

    #[inline(always)]
    fn panel<S: Simd>(&self, simd: S, panel: &mut PanelRows<'_>) {
        let (k, stride, count) = (self.k, panel.stride, panel.count);
        let (targets, scratch) = panel.scratch.split_at_mut(stride);
        let (ordinals, scratch) = scratch.split_at_mut(stride);
        let rows = panel.rows;
        targets.fill(0.0);
        for (position, target) in targets[..count].iter_mut().enumerate() {
            *target = self.experts.target(rows.index(panel.first + position));
        }
        for (position, ordinal) in ordinals.iter_mut().enumerate() {
            *ordinal = position as f64;
        }
        let (u, scratch) = scratch.split_at_mut(k * stride);
        let (v, scratch) = scratch.split_at_mut(k * stride);
        let (r, pi) = scratch.split_at_mut(k * stride);
        let (gate, experts) = panel.z.split_at_mut((k - 1) * stride);
        if let Task::Surrogate(responsibilities, _) = self.task {
            let given = responsibilities[panel.first * k..(panel.first + count) * k].chunks_exact(k);
            for (position, row) in given.enumerate() {
                for (expert, value) in row.iter().enumerate() {
                    r[expert * stride + position] = *value;
                }
            }
        }
        let zero = simd.splat(0.0);
        let mut sums = zero;
        let mut product = simd.splat(1.0);
        for at in (0..count).step_by(S::LANES) {
            let place = Place { stride, at };
            let y = simd.read(targets, at);
            let valid = simd.less(simd.read(ordinals, at), simd.splat(count as f64));
            self.experts.densities(simd, place, experts, y, &mut Densities { u, v });
            let prior = normalise_gate(simd, place, k, gate, pi);
            if let Task::Surrogate(..) = self.task {
                let value = surrogate(simd, place, k, gate, (u, v, r), &prior, E::CONSTANT);
                sums = simd.add(sums, simd.select(valid, value, zero));
            } else {
                let joint = normalise_joint(simd, place, k, gate, (u, v), r);
                let change = simd.sub(joint.largest, prior.largest);
                sums = simd.add(sums, simd.select(valid, change, zero));
                let ratio = simd.div(joint.sum, prior.sum);
                product = simd.mul(product, simd.select(valid, ratio, simd.splat(1.0)));
                if (at / S::LANES) % LOGS_AT_ONCE == LOGS_AT_ONCE - 1 {
                    sums = simd.add(sums, ln(simd, product));
                    product = simd.splat(1.0);
                }
            }
            if let Task::Gradient | Task::Surrogate(_, true) = self.task {
                for expert in 0..k - 1 {
                    let change = simd.sub(simd.read(pi, place.of(expert)), simd.read(r, place.of(expert)));
                    simd.write(gate, place.of(expert), change);
                }
                self.experts.residuals(simd, place, experts, (y, valid), r, &mut panel.totals.noise);
            }
        }
        if let Task::Surrogate(..) = self.task {
            panel.totals.loss.add(-simd.sum(sums));
        } else {
            sums = simd.add(sums, ln(simd, product));
            panel.totals.loss.add(-simd.sum(sums));
            panel.totals.loss.add(-E::CONSTANT * count as f64);
        }
        if let Task::Responsibilities = self.task {
            for (position, row) in panel.kept.chunks_exact_mut(k).enumerate() {
                for (expert, kept) in row.iter_mut().enumerate() {
                    *kept = r[expert * stride + position];
                }
            }
        }
    }
}

/// Writes `pi_z` of all experts but the last.
#[inline(always)]
fn normalise_gate<S: Simd>(simd: S, place: Place, k: usize, gate: &[f64], pi: &mut [f64]) -> Normalised<S::Vector> {
    let (zero, one) = (simd.splat(0.0), simd.splat(1.0));
    if k == 2 {
        let (largest, both, sum) = pair(simd, simd.read(gate, place.at), zero);
        simd.write(pi, place.at, simd.div(both[0], sum));
        return Normalised { largest, sum };
    }
    let mut largest = zero;
    for expert in 0..k - 1 {
        largest = simd.max(largest, simd.read(gate, place.of(expert)));
    }
    let mut sum = exp(simd, simd.negate(largest));
    for expert in 0..k - 1 {
        let e = exp(simd, simd.sub(simd.read(gate, place.of(expert)), largest));
        sum = simd.add(sum, e);
        simd.write(pi, place.of(expert), e);
    }
    let scale = simd.div(one, sum);
    for expert in 0..k - 1 {
        simd.write(pi, place.of(expert), simd.mul(simd.read(pi, place.of(expert)), scale));
    }
    Normalised { largest, sum }
}

/// Writes `r_z`, proportional to `exp(gate + u) v`.
#[inline(always)]
fn normalise_joint<S: Simd>(
    simd: S,
    place: Place,
    k: usize,
    gate: &[f64],
    (u, v): (&[f64], &[f64]),
    r: &mut [f64],
) -> Normalised<S::Vector> {
    if k == 2 {
        let first = simd.add(simd.read(gate, place.at), simd.read(u, place.at));
        let (largest, both, _) = pair(simd, first, simd.read(u, place.of(1)));
        let e = [simd.mul(both[0], simd.read(v, place.at)), simd.mul(both[1], simd.read(v, place.of(1)))];
        let sum = simd.add(e[0], e[1]);
        let scale = simd.div(simd.splat(1.0), sum);
        simd.write(r, place.at, simd.mul(e[0], scale));
        simd.write(r, place.of(1), simd.mul(e[1], scale));
        return Normalised { largest, sum };
    }
    let joint = |expert: usize| {
        let u = simd.read(u, place.of(expert));
        if expert + 1 < k { simd.add(u, simd.read(gate, place.of(expert))) } else { u }
    };
    let mut largest = joint(0);
    for expert in 1..k {
        largest = simd.max(largest, joint(expert));
    }
    let mut sum = simd.splat(0.0);
    for expert in 0..k {
        let e = simd.mul(exp(simd, simd.sub(joint(expert), largest)), simd.read(v, place.of(expert)));
        sum = simd.add(sum, e);
        simd.write(r, place.of(expert), e);
    }
    let scale = simd.div(simd.splat(1.0), sum);
    for expert in 0..k {
        simd.write(r, place.of(expert), simd.mul(simd.read(r, place.of(expert)), scale));
    }
    Normalised { largest, sum }
}

/// `sum_z r_z [log pi_z + log p(y | x, z)]`; an impossible expert that nobody holds responsible costs
/// nothing.
#[inline(always)]
fn surrogate<S: Simd>(
    simd: S,
    place: Place,
    k: usize,
    gate: &[f64],
    (u, v, r): (&[f64], &[f64], &[f64]),
    prior: &Normalised<S::Vector>,
    constant: f64,
) -> S::Vector {
    let zero = simd.splat(0.0);
    let shift = simd.sub(simd.splat(constant), simd.add(prior.largest, ln(simd, prior.sum)));
    let mut total = zero;
    for expert in 0..k {
        let logit = if expert + 1 < k { simd.read(gate, place.of(expert)) } else { zero };
        let density = simd.add(simd.read(u, place.of(expert)), ln(simd, simd.read(v, place.of(expert))));
        let log = simd.add(simd.add(logit, density), shift);
        let r = simd.read(r, place.of(expert));
        total = simd.add(total, simd.select(simd.equal(r, zero), zero, simd.mul(r, log)));
    }
    total
}
