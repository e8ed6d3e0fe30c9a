//! Step sizes per block of θ: `step` for all, overridden by `step_gate`, `step_experts` and `step_noise`.

use std::ops::Range;

use crate::abi::{HARNESS_BLOCK_EXPERT, HARNESS_BLOCK_GATE, HARNESS_BLOCK_NOISE};
use crate::{Config, Param, Problem, Result};

/// Declares `step_gate`.
pub const STEP_GATE: Param =
    Param::real("step_gate", "step size for the gate; `step` unless given").positive().log_search(1e-4, 1e2);
/// Declares `step_experts`.
pub const STEP_EXPERTS: Param =
    Param::real("step_experts", "step size for the experts; `step` unless given").positive().log_search(1e-4, 1e2);
/// Declares `step_noise`.
pub const STEP_NOISE: Param = Param::real("step_noise", "step size for log standard deviations; `step` unless given")
    .positive()
    .log_search(1e-4, 1e2);

/// The step size of every part of θ.
#[derive(Debug, Clone, PartialEq)]
pub struct BlockSteps(Vec<(Range<usize>, f64)>);

impl BlockSteps {
    /// Reads `step` and the three overrides, which the plugin has declared.
    ///
    /// # Errors
    ///
    /// One of them is not declared.
    pub fn new(problem: &Problem<'_>, config: &Config<'_>) -> Result<Self> {
        let step = config.real("step")?;
        let gate = config.optional_real("step_gate")?.unwrap_or(step);
        let experts = config.optional_real("step_experts")?.unwrap_or(step);
        let noise = config.optional_real("step_noise")?.unwrap_or(step);
        let blocks = problem.blocks().map(|block| {
            let size = match block.kind {
                HARNESS_BLOCK_GATE => gate,
                HARNESS_BLOCK_EXPERT => experts,
                HARNESS_BLOCK_NOISE => noise,
                _ => step,
            };
            (block.range(), size)
        });
        Ok(Self(blocks.collect()))
    }

    /// Every part of θ with its step size, in order.
    pub fn iter(&self) -> impl Iterator<Item = (Range<usize>, f64)> + '_ {
        self.0.iter().cloned()
    }

    /// θ ← θ − step · direction, block by block.
    pub fn descend(&self, theta: &mut [f64], direction: &[f64]) {
        for (range, step) in self.iter() {
            for (parameter, component) in theta[range.clone()].iter_mut().zip(&direction[range]) {
                *parameter -= step * component;
            }
        }
    }
}
