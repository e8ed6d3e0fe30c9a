//! Expectation maximisation (EM).
//!
//! E-step: responsibilities r(θᵗ). M-step: θᵗ⁺¹ = argmin_φ Q(φ|θᵗ), gate and every expert separately, each solved to a
//! declared tolerance. Where the M-step has no closed form its Newton iterations cost passes over the data, and they are
//! charged.

use harness_plugin_api::abi::{HARNESS_EXT_EM, HarnessStr};
use harness_plugin_api::{Config, Flow, Info, Optimizer, Param, Problem, Result, StateReader, export};

const REQUIRES: &[HarnessStr] = &[HARNESS_EXT_EM];

/// See the crate's documentation.
#[derive(Debug)]
pub struct ExpectationMaximisation {
    inner_tolerance: f64,
}

impl Optimizer for ExpectationMaximisation {
    const INFO: Info = Info {
        name: "em",
        version: env!("CARGO_PKG_VERSION"),
        summary: "expectation maximisation: exact E-step, M-step solved to a tolerance",
        doc: "Update: θ⁺ = argmin_φ Q(φ|θ), the minimiser of the EM surrogate under the responsibilities at θ.\n\
              Equal to projected mirror descent with step 1 (Fruytier, Mokhtari, Sanghavi, ICML 2025, theorem 4.1).\n\
              Reference: Dempster, Laird, Rubin (1977), JRSS B 39(1), doi:10.1111/j.2517-6161.1977.tb01600.x; \
              for mixtures of experts Jordan, Jacobs (1994), doi:10.1162/neco.1994.6.2.181.",
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

    fn create(_problem: &Problem<'_>, config: &Config<'_>, _start: &[f64]) -> Result<Self> {
        Ok(Self { inner_tolerance: config.real("inner_tolerance")? })
    }

    fn step(&mut self, problem: &Problem<'_>, theta: &mut [f64]) -> Result<Flow> {
        let em = problem.em()?;
        em.e_step(theta)?;
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

export!(ExpectationMaximisation);
