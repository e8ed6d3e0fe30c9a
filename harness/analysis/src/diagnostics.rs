//! What a run shows about itself: steps on which the objective rose, and how small its gradient became.

use crate::quantile::Quartiles;
use crate::series::Series;

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
    let mut largest_rise = 0.0_f64;
    for run in &series.runs {
        let rises = run.points.windows(2).map(|pair| pair[1].loss - pair[0].loss);
        let rising = rises.clone().filter(|rise| *rise > floor).count();
        largest_rise = rises.filter(|rise| *rise > floor).fold(largest_rise, f64::max);
        shares.push(rising as f64 / run.points.len().saturating_sub(1).max(1) as f64);
    }
    Diagnostics {
        rising: crate::quantile::median(shares).unwrap_or(0.0),
        largest_rise,
        grad_norm: Quartiles::of(
            series.runs.iter().map(|run| run.points.last().map_or(f64::INFINITY, |point| point.grad_norm)),
        ),
    }
}
