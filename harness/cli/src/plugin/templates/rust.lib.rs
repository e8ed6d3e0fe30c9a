//! @NAME@: gradient descent with a constant step. Replace this by your method.
//!
//! θᵗ⁺¹ = θᵗ − η ∇L(θᵗ), where L is the mean negative log-likelihood plus ridge. One pass over the data per step.
//! Converges to a stationary point where η is below 2 over the largest curvature of L.

use harness_plugin_api::{Config, Flow, Info, Optimizer, Param, Problem, Result, export};

/// See the crate's documentation.
#[derive(Debug)]
pub struct @TYPE@ {
    step: f64,
    gradient: Vec<f64>,
}

impl Optimizer for @TYPE@ {
    const INFO: Info = Info {
        name: "@NAME@",
        version: env!("CARGO_PKG_VERSION"),
        summary: "gradient descent with a constant step",
        doc: "Update: θ⁺ = θ − step · ∇L(θ).\nReference: your paper, with its DOI.",
        params: &[&Param::real("step", "step size").default(0.1).positive().log_search(1e-3, 1e1)],
        ..Info::DEFAULT
    };

    fn create(problem: &Problem<'_>, config: &Config<'_>, _start: &[f64]) -> Result<Self> {
        Ok(Self { step: config.real("step")?, gradient: vec![0.0; problem.dim()] })
    }

    fn step(&mut self, problem: &Problem<'_>, theta: &mut [f64]) -> Result<Flow> {
        problem.value_gradient(theta, &mut self.gradient)?;
        descend(theta, &self.gradient, self.step);
        Ok(Flow::Continue)
    }
}

/// θ ← θ − η g.
fn descend(theta: &mut [f64], gradient: &[f64], step: f64) {
    for (parameter, derivative) in theta.iter_mut().zip(gradient) {
        *parameter -= step * derivative;
    }
}

export!(@TYPE@);

#[cfg(test)]
mod tests {
    use super::descend;

    /// L(θ) = ½‖θ‖² has the gradient θ: every step shrinks θ by 1 − η.
    #[test]
    fn a_quadratic_shrinks_by_one_minus_the_step() {
        let mut theta = [1.0, -2.0];
        for _ in 0..3 {
            let gradient = theta;
            descend(&mut theta, &gradient, 0.5);
        }
        assert_eq!(theta, [0.125, -0.25]);
    }
}
