//! Gradient EM: the M-step is replaced by a few gradient steps on the surrogate.
//!
//! φ⁰ = θᵗ; φ ← φ − η_b ∇_b Q(φ|θᵗ) for every block b, `inner_steps` times; θᵗ⁺¹ = φ. With one inner step this is
//! gradient descent, by Fisher's identity ∇Q(θ|θ) = ∇L(θ).

use harness_plugin_api::abi::{HARNESS_EXT_EM, HarnessStr};
use harness_plugin_api::{
    BlockSteps, Config, Flow, Info, Optimizer, Param, Problem, Result, STEP_EXPERTS, STEP_GATE, STEP_NOISE,
    StateReader, export,
};

const REQUIRES: &[HarnessStr] = &[HARNESS_EXT_EM];

/// See the crate's documentation.
#[derive(Debug)]
pub struct GradientEm {
    steps: BlockSteps,
    inner_steps: usize,
    gradient: Vec<f64>,
}

impl Optimizer for GradientEm {
    const INFO: Info = Info {
        name: "gradient_em",
        version: env!("CARGO_PKG_VERSION"),
        summary: "EM whose M-step is a fixed number of gradient steps on the surrogate",
        doc: "Update: E-step at θ, then `inner_steps` times φ ← φ − step · ∇Q(φ|θ) from φ = θ, with a step size per \
              block on request. One inner step is gradient descent.\n\
              Reference: Balakrishnan, Wainwright, Yu (2017), Annals of Statistics 45(1), doi:10.1214/16-AOS1435.",
        params: &[
            &Param::real("step", "step size").default(0.1).positive().log_search(1e-4, 1e2),
            &STEP_GATE,
            &STEP_EXPERTS,
            &STEP_NOISE,
            &Param::integer("inner_steps", "gradient steps per E-step")
                .default(5.0)
                .range(1.0, 1e6)
                .log_search(1.0, 100.0),
        ],
        requires: REQUIRES,
        ..Info::DEFAULT
    };

    fn create(problem: &Problem<'_>, config: &Config<'_>, _start: &[f64]) -> Result<Self> {
        Ok(Self {
            steps: BlockSteps::new(problem, config)?,
            inner_steps: config.count("inner_steps")?,
            gradient: vec![0.0; problem.dim()],
        })
    }

    fn step(&mut self, problem: &Problem<'_>, theta: &mut [f64]) -> Result<Flow> {
        let em = problem.em()?;
        em.e_step(theta)?;
        for _ in 0..self.inner_steps {
            em.surrogate_gradient(theta, &mut self.gradient)?;
            self.steps.descend(theta, &self.gradient);
        }
        Ok(Flow::Continue)
    }

    fn save(&self) -> Option<Vec<u8>> {
        Some(Vec::new()) // θ is all that it remembers
    }

    fn restore(&mut self, state: &[u8]) -> Result<()> {
        StateReader::new(state).finish()
    }
}

export!(GradientEm);
