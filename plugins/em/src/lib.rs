//! Expectation maximisation (EM).
//!
//! E-step: responsibilities r(θᵗ). M-step: θᵗ⁺¹ = argmin_φ Q(φ|θᵗ), gate and every expert separately, each solved to a
//! declared tolerance. Where the M-step has no closed form its Newton iterations cost passes over the data, and they are
//! charged.
//!
//! With `inner_relative: q` the M-step is inexact: it stops at a decrement of τₜ = q·√(2·(Lᵗ⁻¹ − Lᵗ)), that is, within about
//! q² of the last iteration's gain of the surrogate's minimum. τ₀ = q; τ never grows, and falls to 0.3 of itself at most.

use harness_plugin_api::abi::{HARNESS_EXT_EM, HarnessStr};
use harness_plugin_api::{Config, Flow, Info, Optimizer, Param, Problem, Result, StateReader, StateWriter, export};

const REQUIRES: &[HarnessStr] = &[HARNESS_EXT_EM];

/// See the crate's documentation.
#[derive(Debug)]
pub struct ExpectationMaximisation {
    inner_tolerance: f64,
    inner_relative: f64,
    /// Of the last M-step, and the loss before it; infinite before the first.
    last: (f64, f64),
}

/// The least ratio of successive tolerances of inexact M-steps: one iteration that gains nothing is no reason to solve
/// the next exactly.
const FALL: f64 = 0.3;

impl Optimizer for ExpectationMaximisation {
    const INFO: Info = Info {
        name: "em",
        version: env!("CARGO_PKG_VERSION"),
        summary: "expectation maximisation: exact E-step, M-step solved to a tolerance",
        doc: "Update: θ⁺ = argmin_φ Q(φ|θ), the minimiser of the EM surrogate under the responsibilities at θ.\n\
              Equal to projected mirror descent with step 1 (Fruytier, Mokhtari, Sanghavi, ICML 2025, theorem 4.1).\n\
              Reference: Dempster, Laird, Rubin (1977), JRSS B 39(1), doi:10.1111/j.2517-6161.1977.tb01600.x; \
              for mixtures of experts Jordan, Jacobs (1994), doi:10.1162/neco.1994.6.2.181.",
        params: &[
            &Param::real(
                "inner_tolerance",
                "M-step: Newton decrement, or gradient norm, at which an inner solver stops",
            )
            .default(1e-12)
            .positive()
            .log_search(1e-12, 1e-1),
            &Param::real(
                "inner_relative",
                "inexact M-step: stop at this times the square root of twice the last decrease of L; 0 for exact ones",
            )
            .default(0.0)
            .range(0.0, 1.0),
        ],
        requires: REQUIRES,
        descent: true,
        ..Info::DEFAULT
    };

    fn create(_problem: &Problem<'_>, config: &Config<'_>, _start: &[f64]) -> Result<Self> {
        Ok(Self {
            inner_tolerance: config.real("inner_tolerance")?,
            inner_relative: config.real("inner_relative")?,
            last: (f64::INFINITY, f64::INFINITY),
        })
    }

    fn step(&mut self, problem: &Problem<'_>, theta: &mut [f64]) -> Result<Flow> {
        let em = problem.em()?;
        let loss = em.e_step(theta)?;
        let tolerance = self.tolerance(loss);
        em.m_step(theta, tolerance)?;
        self.last = (tolerance, loss);
        Ok(Flow::Continue)
    }

    fn save(&self) -> Option<Vec<u8>> {
        let writer = StateWriter::new();
        // With exact M-steps θ is all that it remembers.
        Some(if self.inner_relative > 0.0 { writer.number(self.last.0).number(self.last.1) } else { writer }.finish())
    }

    fn restore(&mut self, state: &[u8]) -> Result<()> {
        let mut reader = StateReader::new(state);
        if self.inner_relative > 0.0 {
            self.last = (reader.number()?, reader.number()?);
        }
        reader.finish()
    }
}

impl ExpectationMaximisation {
    /// τₜ where L has come to `loss`.
    fn tolerance(&self, loss: f64) -> f64 {
        let (last, before) = self.last;
        if self.inner_relative <= 0.0 {
            return self.inner_tolerance;
        }
        if last.is_infinite() {
            return self.inner_relative.max(self.inner_tolerance);
        }
        let wanted = self.inner_relative * (2.0 * (before - loss)).max(0.0).sqrt();
        wanted.clamp(FALL * last, last).max(self.inner_tolerance)
    }
}

export!(ExpectationMaximisation);
