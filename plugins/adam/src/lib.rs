//! Adam: steps scaled by running moments of the gradient.
//!
//! m ← β₁ m + (1−β₁) g, v ← β₂ v + (1−β₂) g², θ ← θ − η m̂ / (√v̂ + ε) with the bias-corrected m̂ = m/(1−β₁ᵗ),
//! v̂ = v/(1−β₂ᵗ). The ridge is part of the gradient g = ∇L(θ). With a constant step Adam may leave an optimum again.

use harness_plugin_api::{
    BlockSteps, Config, Flow, Info, Optimizer, Param, Problem, Result, STEP_EXPERTS, STEP_GATE, STEP_NOISE,
    StateReader, StateWriter, export,
};

/// See the crate's documentation.
#[derive(Debug)]
pub struct Adam {
    steps: BlockSteps,
    beta1: f64,
    beta2: f64,
    epsilon: f64,
    batch_size: usize,
    /// β₁ᵗ and β₂ᵗ.
    decay: (f64, f64),
    gradient: Vec<f64>,
    first_moment: Vec<f64>,
    second_moment: Vec<f64>,
}

impl Optimizer for Adam {
    const INFO: Info = Info {
        name: "adam",
        version: env!("CARGO_PKG_VERSION"),
        summary: "adaptive moment estimation, full batch or mini-batch",
        doc: "Update: θ⁺ = θ − step · m̂ / (√v̂ + epsilon), with bias-corrected running means m of the gradient and v of \
              its square.\n\
              Reference: Kingma, Ba (2015), arXiv:1412.6980, algorithm 1.",
        params: &[
            &Param::real("step", "step size").default(0.01).positive().log_search(1e-4, 1.0),
            &STEP_GATE,
            &STEP_EXPERTS,
            &STEP_NOISE,
            &Param::real("beta1", "decay of the mean of the gradient").default(0.9).fraction().search(0.5, 0.99),
            &Param::real("beta2", "decay of the mean of its square").default(0.999).fraction().search(0.9, 0.9999),
            &Param::real("epsilon", "added to the root of the second moment").default(1e-8).positive(),
            &Param::integer("batch_size", "rows per step; 0 takes all").default(0.0).range(0.0, 4e9),
        ],
        ..Info::DEFAULT
    };

    fn create(problem: &Problem<'_>, config: &Config<'_>, _start: &[f64]) -> Result<Self> {
        let dim = problem.dim();
        Ok(Self {
            steps: BlockSteps::new(problem, config)?,
            beta1: config.real("beta1")?,
            beta2: config.real("beta2")?,
            epsilon: config.real("epsilon")?,
            batch_size: config.count("batch_size")?,
            decay: (1.0, 1.0),
            gradient: vec![0.0; dim],
            first_moment: vec![0.0; dim],
            second_moment: vec![0.0; dim],
        })
    }

    fn step(&mut self, problem: &Problem<'_>, theta: &mut [f64]) -> Result<Flow> {
        if self.batch_size == 0 {
            problem.value_gradient(theta, &mut self.gradient)?;
        } else {
            problem.batch()?.next_value_gradient(self.batch_size, theta, &mut self.gradient)?;
        }
        self.decay.0 *= self.beta1;
        self.decay.1 *= self.beta2;
        let correction = (1.0 - self.decay.0, 1.0 - self.decay.1);
        for (range, step) in self.steps.iter() {
            for i in range {
                let g = self.gradient[i];
                let m = self.beta1 * self.first_moment[i] + (1.0 - self.beta1) * g;
                let v = self.beta2 * self.second_moment[i] + (1.0 - self.beta2) * g * g;
                self.first_moment[i] = m;
                self.second_moment[i] = v;
                theta[i] -= step * (m / correction.0) / ((v / correction.1).sqrt() + self.epsilon);
            }
        }
        Ok(Flow::Continue)
    }

    fn save(&self) -> Option<Vec<u8>> {
        let (decay1, decay2) = self.decay;
        let writer = StateWriter::new().number(decay1).number(decay2);
        Some(writer.numbers(&self.first_moment).numbers(&self.second_moment).finish())
    }

    fn restore(&mut self, state: &[u8]) -> Result<()> {
        let mut reader = StateReader::new(state);
        self.decay = (reader.number()?, reader.number()?);
        reader.numbers(&mut self.first_moment)?;
        reader.numbers(&mut self.second_moment)?;
        reader.finish()
    }
}

export!(Adam);
