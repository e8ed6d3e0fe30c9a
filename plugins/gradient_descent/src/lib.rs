//! Gradient descent with a constant step, with momentum and mini-batches on request.
//!
//! Plain: θᵗ⁺¹ = θᵗ − η ∇L(θᵗ). Heavy ball: θᵗ⁺¹ = θᵗ − η ∇L(θᵗ) + μ (θᵗ − θᵗ⁻¹). Nesterov: v = θᵗ + μ (θᵗ − θᵗ⁻¹),
//! θᵗ⁺¹ = v − η ∇L(v). The step η may differ per block of θ; θ⁻¹ = θ⁰.

use harness_plugin_api::abi::HarnessStr;
use harness_plugin_api::{
    BlockSteps, Config, Error, Flow, Info, Optimizer, Param, Problem, Result, STEP_EXPERTS, STEP_GATE, STEP_NOISE,
    StateReader, StateWriter, export,
};

const MOMENTUM: &[HarnessStr] = &[HarnessStr::new("none"), HarnessStr::new("heavy_ball"), HarnessStr::new("nesterov")];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Momentum {
    None,
    HeavyBall,
    Nesterov,
}

/// See the crate's documentation.
#[derive(Debug)]
pub struct GradientDescent {
    steps: BlockSteps,
    momentum: Momentum,
    mu: f64,
    batch_size: usize,
    gradient: Vec<f64>,
    previous: Vec<f64>,
}

impl Optimizer for GradientDescent {
    const INFO: Info = Info {
        name: "gradient_descent",
        version: env!("CARGO_PKG_VERSION"),
        summary: "gradient descent with a constant step, optionally with momentum or mini-batches",
        doc: "Update: θ⁺ = θ − step · ∇L(θ). heavy_ball adds mu · (θ − θ⁻); nesterov takes the step from \
              v = θ + mu · (θ − θ⁻) with the gradient at v.\n\
              Reference: Polyak (1964), doi:10.1016/0041-5553(64)90137-5; Nesterov (1983), Soviet Math. Dokl. 27.",
        params: &[
            &Param::real("step", "step size").default(0.1).positive().log_search(1e-4, 1e2),
            &STEP_GATE,
            &STEP_EXPERTS,
            &STEP_NOISE,
            &Param::choice("momentum", "kind of momentum", MOMENTUM),
            &Param::real("mu", "momentum coefficient; plays no part without momentum")
                .default(0.9)
                .fraction()
                .search(0.5, 0.99),
            &Param::integer("batch_size", "rows per step; 0 takes all").default(0.0).range(0.0, 4e9),
        ],
        ..Info::DEFAULT
    };

    fn create(problem: &Problem<'_>, config: &Config<'_>, start: &[f64]) -> Result<Self> {
        let momentum = match config.choice("momentum")? {
            "none" => Momentum::None,
            "heavy_ball" => Momentum::HeavyBall,
            "nesterov" => Momentum::Nesterov,
            other => return Err(Error::config(format!("unknown momentum `{other}`"))),
        };
        Ok(Self {
            steps: BlockSteps::new(problem, config)?,
            momentum,
            mu: config.real("mu")?,
            batch_size: config.count("batch_size")?,
            gradient: vec![0.0; problem.dim()],
            previous: start.to_vec(),
        })
    }

    fn step(&mut self, problem: &Problem<'_>, theta: &mut [f64]) -> Result<Flow> {
        match self.momentum {
            Momentum::None => {
                self.evaluate(*problem, theta)?;
                self.steps.descend(theta, &self.gradient);
            }
            Momentum::HeavyBall => {
                self.evaluate(*problem, theta)?;
                self.add_momentum(theta);
                self.steps.descend(theta, &self.gradient);
            }
            Momentum::Nesterov => {
                self.add_momentum(theta);
                self.evaluate(*problem, theta)?;
                self.steps.descend(theta, &self.gradient);
            }
        }
        Ok(Flow::Continue)
    }

    fn save(&self) -> Option<Vec<u8>> {
        Some(StateWriter::new().numbers(&self.previous).finish())
    }

    fn restore(&mut self, state: &[u8]) -> Result<()> {
        let mut reader = StateReader::new(state);
        reader.numbers(&mut self.previous)?;
        reader.finish()
    }
}

impl GradientDescent {
    fn evaluate(&mut self, problem: Problem<'_>, theta: &[f64]) -> Result<f64> {
        if self.batch_size == 0 {
            problem.value_gradient(theta, &mut self.gradient)
        } else {
            problem.batch()?.next_value_gradient(self.batch_size, theta, &mut self.gradient)
        }
    }

    /// θ ← θ + μ (θ − θ⁻), and θ⁻ ← the θ of before.
    fn add_momentum(&mut self, theta: &mut [f64]) {
        for (parameter, previous) in theta.iter_mut().zip(&mut self.previous) {
            let current = *parameter;
            *parameter += self.mu * (current - *previous);
            *previous = current;
        }
    }
}

export!(GradientDescent);
