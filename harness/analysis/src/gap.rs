//! The gap: how far a run is above the best known value, best so far, and from where on it is rounding.

use harness_engine::results::TracePoint;

/// Below this a difference of losses near `loss`, each a mean over `n_train` rows, is rounding: 8·2⁻⁵²·max(1, |f|)·√n.
pub fn float_floor(loss: f64, n_train: usize) -> f64 {
    8.0 * f64::EPSILON * loss.abs().max(1.0) * (n_train.max(1) as f64).sqrt()
}

/// Best-so-far gap to `reference` at each point.
pub fn best_so_far(points: &[TracePoint], reference: f64) -> Vec<f64> {
    let mut best = f64::INFINITY;
    points
        .iter()
        .map(|point| {
            best = best.min(point.loss);
            (best - reference).max(0.0)
        })
        .collect()
}
