//! Mini-batch EM: a stochastic approximation of the expected statistics, then an M-step.
//!
//! Ŝ ← (1 − γ_t)·Ŝ + γ_t·S(batch; θ) with γ_t = (t + delay)^(−decay), then θ ← argmin of the surrogate under Ŝ. Ŝ begins
//! as the statistics of a full E-step at the start. The statistics are kept row by row, as weights of (row, expert): for
//! the linear families that is the same as keeping sums, and for logistic experts, whose M-step no finite sums
//! determine, it is what keeping them would mean. The price: every M-step visits all rows, and is charged so.

use harness_plugin_api::abi::{HARNESS_EXT_BATCH, HARNESS_EXT_EM, HARNESS_EXT_STATISTICS, HarnessStr};
use harness_plugin_api::{Config, Flow, Info, Optimizer, Param, Problem, Result, export};

const REQUIRES: &[HarnessStr] = &[HARNESS_EXT_BATCH, HARNESS_EXT_EM, HARNESS_EXT_STATISTICS];

/// See the crate's documentation.
#[derive(Debug)]
pub struct MiniBatchEm {
    batch_size: usize,
    decay: f64,
    delay: f64,
    inner_tolerance: f64,
    steps: u64,
}

impl Optimizer for MiniBatchEm {
    const INFO: Info = Info {
        name: "minibatch_em",
        version: env!("CARGO_PKG_VERSION"),
        summary: "mini-batch (online) EM: decreasing steps on the expected statistics",
        doc: "Update: Ŝ ← (1 − γ)Ŝ + γ S(batch; θ), γ = (t + delay)^(−decay), t = 1, 2, …; θ⁺ = argmin_φ Q under Ŝ. It \
              converges for decay in (1/2, 1].\n\
              Reference: Cappé, Moulines (2009), JRSS B 71(3), doi:10.1111/j.1467-9868.2009.00698.x.",
        params: &[
            &Param::integer("batch_size", "rows per step").default(256.0).range(1.0, 4e9),
            &Param::real("decay", "exponent of the step sizes").default(0.6).range(0.0, 1.0).search(0.5, 1.0),
            &Param::real("delay", "shift of the step sizes").default(2.0).range(0.0, 1e9),
            &Param::real(
                "inner_tolerance",
                "M-step: Newton decrement, or gradient norm, at which an inner solver stops",
            )
            .default(1e-6)
            .positive()
            .log_search(1e-12, 1e-1),
        ],
        requires: REQUIRES,
        ..Info::DEFAULT
    };

    fn create(_problem: &Problem<'_>, config: &Config<'_>, _start: &[f64]) -> Result<Self> {
        Ok(Self {
            batch_size: config.count("batch_size")?,
            decay: config.real("decay")?,
            delay: config.real("delay")?,
            inner_tolerance: config.real("inner_tolerance")?,
            steps: 0,
        })
    }

    fn step(&mut self, problem: &Problem<'_>, theta: &mut [f64]) -> Result<Flow> {
        let em = problem.em()?;
        if self.steps == 0 {
            em.e_step(theta)?;
        }
        self.steps += 1;
        let gamma = (self.steps as f64 + self.delay).powf(-self.decay);
        problem.statistics()?.blend_next(self.batch_size, theta, gamma.min(1.0))?;
        em.m_step(theta, self.inner_tolerance)?;
        Ok(Flow::Continue)
    }
}

export!(MiniBatchEm);
