//! SQUAREM: squared extrapolation of EM, kept monotone.
//!
//! Two EM steps θ₁ = F(θ), θ₂ = F(θ₁) give r = θ₁ − θ and v = (θ₂ − θ₁) − r; the extrapolation θ′ = θ − 2αr + α²v with
//! α = −‖r‖/‖v‖ (scheme S3) is followed by a third EM step. θ′ is kept only if L(θ′) ≤ L(θ₁), which the E-step of the
//! third EM step tells for free; else α is halved towards −1, where θ′ = θ₂. So L never rises. One step is one cycle.

use harness_plugin_api::abi::{HARNESS_EXT_EM, HarnessStr};
use harness_plugin_api::{Config, Flow, Info, Optimizer, Param, Problem, Result, StateReader, export};

const REQUIRES: &[HarnessStr] = &[HARNESS_EXT_EM];
/// Extrapolations tried, each nearer to plain EM.
const MAX_TRIALS: u32 = 6;

/// See the crate's documentation.
#[derive(Debug)]
pub struct Squarem {
    inner_tolerance: f64,
    first: Vec<f64>,
    second: Vec<f64>,
}

impl Optimizer for Squarem {
    const INFO: Info = Info {
        name: "squarem",
        version: env!("CARGO_PKG_VERSION"),
        summary: "SQUAREM: squared extrapolation of EM, monotone; one step is three EM steps",
        doc: "Update: θ⁺ = F(θ − 2αr + α²v), F an EM step, r = F(θ) − θ, v = F(F(θ)) − 2F(θ) + θ, α = −‖r‖/‖v‖, brought \
              towards −1 until L does not rise.\n\
              Reference: Varadhan, Roland (2008), Scand. J. Statist. 35(2), doi:10.1111/j.1467-9469.2007.00585.x.",
        params: &[&Param::real(
            "inner_tolerance",
            "M-step: Newton decrement, or gradient norm, at which an inner solver stops",
        )
        .default(1e-12)
        .positive()
        .log_search(1e-12, 1e-1)],
        requires: REQUIRES,
        descent: true,
        ..Info::DEFAULT
    };

    fn create(problem: &Problem<'_>, config: &Config<'_>, _start: &[f64]) -> Result<Self> {
        let zeros = || vec![0.0; problem.dim()];
        Ok(Self { inner_tolerance: config.real("inner_tolerance")?, first: zeros(), second: zeros() })
    }

    fn step(&mut self, problem: &Problem<'_>, theta: &mut [f64]) -> Result<Flow> {
        let em = problem.em()?;
        em.e_step(theta)?;
        self.first.copy_from_slice(theta);
        em.m_step(&mut self.first, self.inner_tolerance)?;
        let value = em.e_step(&self.first)?;
        self.second.copy_from_slice(&self.first);
        em.m_step(&mut self.second, self.inner_tolerance)?;

        let change: Vec<f64> = self.first.iter().zip(&*theta).map(|(new, old)| new - old).collect();
        let curvature: Vec<f64> =
            self.second.iter().zip(&self.first).zip(&change).map(|((second, first), r)| second - first - r).collect();
        if norm(&change) == 0.0 {
            return Ok(Flow::Converged);
        }
        let mut alpha = -norm(&change) / norm(&curvature);
        // Shorter than EM's own step would be a step back.
        if alpha.is_finite() && alpha < -1.0 {
            for _ in 0..MAX_TRIALS {
                let mut next: Vec<f64> = theta
                    .iter()
                    .zip(change.iter().zip(&curvature))
                    .map(|(old, (r, v))| old - 2.0 * alpha * r + alpha * alpha * v)
                    .collect();
                let lower = em.e_step(&next)?;
                if lower <= value && em.m_step(&mut next, self.inner_tolerance).is_ok() {
                    theta.copy_from_slice(&next);
                    return Ok(Flow::Continue);
                }
                alpha = 0.5 * (alpha - 1.0);
            }
        }
        em.e_step(&self.second)?;
        theta.copy_from_slice(&self.second);
        em.m_step(theta, self.inner_tolerance)?;
        Ok(Flow::Continue)
    }

    fn save(&self) -> Option<Vec<u8>> {
        Some(Vec::new()) // θ is all that it remembers
    }

    fn restore(&mut self, state: &[u8]) -> Result<()> {
        StateReader::new(state).finish()
    }
}

fn norm(a: &[f64]) -> f64 {
    a.iter().map(|x| x * x).sum::<f64>().sqrt()
}

export!(Squarem);
