//! What a run shows about itself: steps on which the objective rose, and how small its gradient became.

use crate::quantile::Quartiles;
use crate::series::{Run, Series};

/// Over the runs of a series.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Diagnostics {
    /// Share of recorded steps on which the objective rose by more than rounding, median over runs.
    pub rising: f64,
    /// Largest rise of any run, in nats per row.
    pub largest_rise: f64,
    /// Norm of the gradient at the end.
    pub grad_norm: Option<Quartiles>,
}

/// Reads the diagnostics off the traces; rises up to `floor` are rounding.
pub fn diagnose(series: &Series<'_>, floor: f64) -> Diagnostics {
    let mut shares = Vec::new();
    let mut largest = 0.0_f64;
    for run in &series.runs {
        let rising = rises(run).filter(|rise| *rise > floor).count();
        largest = largest.max(largest_rise(run, floor).unwrap_or(0.0));
        shares.push(rising as f64 / run.points.len().saturating_sub(1).max(1) as f64);
    }
    Diagnostics {
        rising: crate::quantile::median(shares).unwrap_or(0.0),
        largest_rise: largest,
        grad_norm: Quartiles::of(
            series.runs.iter().map(|run| run.points.last().map_or(f64::INFINITY, |point| point.grad_norm)),
        ),
    }
}

/// The largest finite rise of the loss between recorded points of a run; `None` if none is above `floor`.
pub fn largest_rise(run: &Run<'_>, floor: f64) -> Option<f64> {
    rises(run).filter(|rise| *rise > floor && rise.is_finite()).max_by(f64::total_cmp)
}

fn rises(run: &Run<'_>) -> impl Iterator<Item = f64> {
    run.points.windows(2).map(|pair| pair[1].loss - pair[0].loss)
}
