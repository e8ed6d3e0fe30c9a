//! Projected mirror descent on the complete-data exponential family.
//!
//! For every row a mirror step in mean parameters, μ⁺ = ∇A(θ_x) − η ∇L, then the Bregman projection (a KL projection)
//! back on the model. The mathematics lives with the host, since the mirror map belongs to the model.

use harness_plugin_api::abi::{HARNESS_EXT_MIRROR, HarnessStr};
use harness_plugin_api::{Config, Flow, Info, Optimizer, Param, Problem, Result, StateReader, export};

const REQUIRES: &[HarnessStr] = &[HARNESS_EXT_MIRROR];

/// See the crate's documentation.
#[derive(Debug)]
pub struct MirrorDescent {
    step: f64,
    inner_tolerance: f64,
}

impl Optimizer for MirrorDescent {
    const INFO: Info = Info {
        name: "mirror_descent",
        version: env!("CARGO_PKG_VERSION"),
        summary: "projected mirror descent with a constant step; step 1 is EM",
        doc: "Update: μ⁺ = ∇A(θ_x) − step · ∇L in the mean parameters of every row's complete data, then \
              θ⁺ = argmin_φ mean A(φ_x) − ⟨μ⁺, φ_x⟩. A ridge λ enters the projection as step · λ.\n\
              Monotone for step ≤ 1. Above 1 the projection may not exist; the run then ends with an error that says so.\n\
              Reference: Fruytier, Mokhtari, Sanghavi, Learning Mixtures of Experts with EM: A Mirror Descent \
              Perspective, ICML 2025, arXiv:2411.06056, theorems 4.1 and 5.1.",
        params: &[
            &Param::real("step", "step size η of the mirror step").default(1.0).positive().search(0.1, 2.0),
            &Param::real(
                "inner_tolerance",
                "projection: Newton decrement, or gradient norm, at which an inner solver stops",
            )
            .default(1e-12)
            .positive()
            .log_search(1e-12, 1e-1),
        ],
        requires: REQUIRES,
        descent: true,
        ..Info::DEFAULT
    };

    fn create(_problem: &Problem<'_>, config: &Config<'_>, _start: &[f64]) -> Result<Self> {
        Ok(Self { step: config.real("step")?, inner_tolerance: config.real("inner_tolerance")? })
    }

    fn step(&mut self, problem: &Problem<'_>, theta: &mut [f64]) -> Result<Flow> {
        problem.mirror()?.step(theta, self.step, self.inner_tolerance)?;
        Ok(Flow::Continue)
    }

    fn save(&self) -> Option<Vec<u8>> {
        Some(Vec::new()) // θ is all that it remembers
    }

    fn restore(&mut self, state: &[u8]) -> Result<()> {
        StateReader::new(state).finish()
    }
}

export!(MirrorDescent);
