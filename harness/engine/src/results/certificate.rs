//! What theory guarantees of a run and was checked while it ran.

use serde::{Deserialize, Serialize};

/// A guarantee; `docs/theory.md` has the formulas.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Guarantee {
    /// The objective falls by at least as much as the surrogate, and that does not rise.
    SurrogateDescent,
    /// The objective does not rise.
    MonotoneDescent,
    /// The divergence of a step is at most η times the fall of the objective.
    Stationarity,
    /// The divergence to the optimum shrinks by 1 − ηα per step.
    Contraction,
}

impl Guarantee {
    /// All of them.
    pub const ALL: [Guarantee; 4] =
        [Guarantee::SurrogateDescent, Guarantee::MonotoneDescent, Guarantee::Stationarity, Guarantee::Contraction];

    /// The words for it.
    pub fn name(self) -> &'static str {
        match self {
            Guarantee::SurrogateDescent => "descent by the surrogate",
            Guarantee::MonotoneDescent => "monotone descent",
            Guarantee::Stationarity => "stationarity",
            Guarantee::Contraction => "contraction",
        }
    }
}

/// A guarantee that a run kept.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Certificate {
    /// Which.
    pub guarantee: Guarantee,
    /// Steps that it was checked on.
    pub steps: u64,
    /// The least by which it held, in nats per row; below 0 within rounding.
    pub margin: f64,
    /// Relative strong convexity along the run; of the contraction only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub alpha: Option<f64>,
}

impl Certificate {
    /// Counts a step on which the guarantee held by `margin`.
    pub(crate) fn count(certificates: &mut Vec<Self>, guarantee: Guarantee, margin: f64) {
        if let Some(known) = certificates.iter_mut().find(|known| known.guarantee == guarantee) {
            known.steps += 1;
            known.margin = known.margin.min(margin);
        } else {
            certificates.push(Self { guarantee, steps: 1, margin, alpha: None });
            certificates.sort_by_key(|certificate| certificate.guarantee);
        }
    }
}
