//! Performance profiles (how often is an optimizer within a factor of the best?) and quality profiles (how many digits
//! does it gain in the end?), over all problems and seeds.

use std::collections::HashMap;

use harness_engine::spec::CiOptions;

use crate::best;
use crate::ecdf::{self, Bands, Profiles};
use crate::series::Problem;
use crate::target::Axis;

/// The largest factor shown.
pub const LARGEST_FACTOR: f64 = 32.0;

/// Digits shown by the quality profile.
pub const DIGITS: usize = 12;

/// Share of (problem, seed) on which the cost to the headline target is within a factor of the least of all.
pub fn performance(problems: &[Problem<'_>], optimizers: &[&str], axis: Axis, bands: Option<CiOptions>) -> Profiles {
    let mut least: HashMap<(&str, u64), f64> = HashMap::new();
    for problem in problems {
        for at in best::standing(problem, axis) {
            for run in &problem.series[at].runs {
                if let Some(cost) = run.hit {
                    let entry = least.entry((problem.name, run.record.seed)).or_insert(f64::INFINITY);
                    *entry = entry.min(cost.on(axis));
                }
            }
        }
    }
    let grid = if least.is_empty() { Vec::new() } else { ecdf::log_grid(1.0, LARGEST_FACTOR, 41) };
    ecdf::profiles(problems, optimizers, grid, bands.map(Bands::Successes), |problem, run, grid| {
        let ratio = match (run.hit, least.get(&(problem.name, run.record.seed))) {
            (Some(cost), Some(least)) if cost.on(axis) > *least => cost.on(axis) / least,
            (Some(_), Some(_)) => 1.0,
            _ => f64::INFINITY,
        };
        // A hair of tolerance, since the grid is made by exp and log.
        grid.iter().map(|factor| f64::from(u8::from(ratio <= factor * (1.0 + 1e-12)))).collect()
    })
}

/// Share of runs whose smallest gap is at most 10⁻ᵏ of the gap at the start, for k = 0, 1, …; no threshold is chosen,
/// and wrong basins stay. Ends where the float floor does on any problem.
pub fn quality(problems: &[Problem<'_>], optimizers: &[&str], bands: Option<CiOptions>) -> Profiles {
    let resolved = problems
        .iter()
        .filter(|problem| problem.start_gap > 0.0)
        .map(|problem| (problem.start_gap / problem.floor.max(f64::MIN_POSITIVE)).log10().floor())
        .fold(f64::INFINITY, f64::min);
    if !resolved.is_finite() || resolved < 1.0 {
        return Profiles::default();
    }
    let grid = (0..=DIGITS).map(|k| k as f64).take_while(|k| *k <= resolved).collect();
    ecdf::profiles(problems, optimizers, grid, bands.map(Bands::Successes), |problem, run, grid| {
        let start = run.gaps.first().copied().unwrap_or(problem.start_gap);
        let share = run.counted_gap() / start;
        grid.iter()
            .map(|k| f64::from(u8::from(run.counted_gap() <= problem.floor || share <= 10_f64.powf(-k) * (1.0 + 1e-9))))
            .collect()
    })
}
