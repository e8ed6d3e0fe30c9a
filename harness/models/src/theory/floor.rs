//! How far from the truth an estimate of n rows is bound to be: `sqrt(tr I^-1 / n)`.
//!
//! The maximum likelihood estimate has covariance `I^-1 / n` asymptotically, I the information of one
//! row; the root of its trace, over a block and in the coordinates in which errors are measured (gate
//! and class columns centred), is the root mean squared error that no more iterations remove.
//!
//! Reference: van der Vaart, "Asymptotic Statistics", 1998, theorem 5.39; Cramér and Rao's bound.

use faer::Mat;

use super::eigen::Whitening;
use super::information::Information;
use crate::model::Model;

/// Root mean squared errors of an estimate at the precision of its data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EstimationFloor {
    /// Of the gate, relative to the norm of the true one.
    pub gate: f64,
    /// Of the experts, likewise.
    pub experts: f64,
}

/// The floor at a point with this information, for `n` rows; errors are relative to `truth`, as in
/// [`crate::align::errors`].
///
/// `None` where the information is singular: the data then says nothing of some direction.
pub fn estimation_floor(model: &Model, information: &Information, truth: &[f64], n: usize) -> Option<EstimationFloor> {
    let whitening = Whitening::new(&information.observed, &information.scale)?;
    if whitening.rank() < model.dim() {
        return None;
    }
    let covariance = whitening.inverse();
    let shape = model.shape();
    let k = model.experts();
    let gate =
        block_trace(&covariance, shape.gate(), shape.d, if model.family().is_symmetric() { None } else { Some(k) });
    let classes = model.n_classes().filter(|_| !model.family().is_symmetric());
    let experts: f64 =
        (0..shape.expert_blocks).map(|expert| block_trace(&covariance, shape.expert(expert), shape.d, classes)).sum();
    let (gate_norm, expert_norm) = crate::align::norms(model, truth);
    let scale = 1.0 / n as f64;
    Some(EstimationFloor { gate: (gate * scale).sqrt() / gate_norm, experts: (experts * scale).sqrt() / expert_norm })
}

/// Trace of a block of the covariance, where its columns are centred over `count` of them, the last of
/// which is the reference.
fn block_trace(covariance: &Mat<f64>, place: std::ops::Range<usize>, d: usize, count: Option<usize>) -> f64 {
    let columns = place.len() / d;
    let mut trace = 0.0;
    for a in 0..columns {
        for b in 0..columns {
            // Centring: of c columns the one of index a weighs 1{a = b} - 1/c in the Gram of the map.
            let weight = match count {
                Some(count) => f64::from(u8::from(a == b)) - 1.0 / count as f64,
                None => f64::from(u8::from(a == b)),
            };
            for j in 0..d {
                trace += weight * covariance[(place.start + a * d + j, place.start + b * d + j)];
            }
        }
    }
    trace
}
