//! Average runtime: what all runs spent until they hit a target or ended, per hit. Misses cost, and are not left out.

use crate::series::{self, Run};
use crate::stats::Interval;
use crate::stats::interval::t_quantile;
use crate::target::Axis;

/// With fewer runs no interval is given: it would not cover what it claims.
pub const LEAST_RUNS: usize = 10;

/// With fewer hits neither: the spread of what one hit costs is not known from one or two.
pub const LEAST_HITS: usize = 5;

/// With fewer runs the interval is called approximate.
pub const SURE_RUNS: usize = 20;

/// The average runtime to a target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Art {
    /// Σ cost / hits; infinite without a hit.
    pub value: f64,
    /// Σ cost: what the average runtime exceeds if there is no hit.
    pub spent: f64,
    /// Runs that hit.
    pub hits: usize,
    /// All runs.
    pub runs: usize,
    /// Student's t on the logarithm of the ratio; from [`LEAST_RUNS`] runs and [`LEAST_HITS`] hits on.
    pub interval: Option<Interval>,
}

impl Default for Art {
    fn default() -> Self {
        Art { value: f64::INFINITY, spent: 0.0, hits: 0, runs: 0, interval: None }
    }
}

impl Art {
    /// Whether the interval is to be called approximate.
    pub fn is_approximate(&self) -> bool {
        self.runs < SURE_RUNS
    }

    /// Whether there is no interval for want of hits alone.
    pub fn has_too_few_hits(&self) -> bool {
        self.runs >= LEAST_RUNS && (1..LEAST_HITS).contains(&self.hits)
    }
}

/// Of runs, to the headline target.
pub fn to_headline<'r, 'a: 'r>(runs: impl Iterator<Item = &'r Run<'a>>, axis: Axis, level: f64) -> Art {
    average(runs.map(|run| (run.charged().on(axis), run.hit.is_some())), level)
}

/// Of runs, to any target; of runs that repeat each other, one.
pub fn to_target(runs: &[Run<'_>], target: f64, axis: Axis, level: f64) -> Art {
    let outcome = |run: &Run<'_>| match run.hit_at(target) {
        Some(cost) => (cost.on(axis), true),
        None => (run.spent.on(axis), false),
    };
    average(series::distinct(runs).into_iter().map(outcome), level)
}

/// Of pairs of what a run spent until its hit or end, and whether it hit.
pub fn average(runs: impl Iterator<Item = (f64, bool)>, level: f64) -> Art {
    let all: Vec<(f64, bool)> = runs.collect();
    let hits = all.iter().filter(|run| run.1).count();
    let spent: f64 = all.iter().map(|run| run.0).sum();
    let value = if hits == 0 { f64::INFINITY } else { spent / hits as f64 };
    let is_told = hits >= LEAST_HITS && all.len() >= LEAST_RUNS;
    let interval = if is_told { interval(&all, value, hits, level) } else { None };
    Art { value, spent, hits, runs: all.len(), interval }
}

/// Delta method on log(Σc / Σs), with r = c − aRT·s.
fn interval(all: &[(f64, bool)], art: f64, hits: usize, level: f64) -> Option<Interval> {
    let n = all.len() as f64;
    let residuals: f64 = all.iter().map(|(cost, hit)| (cost - if *hit { art } else { 0.0 }).powi(2)).sum();
    let share = hits as f64 / n;
    let error = (residuals / (n * (n - 1.0))).sqrt() / (share * art);
    let half = t_quantile(0.5 + level / 2.0, (hits as f64 - 1.0).max(1.0)) * error;
    let interval = Interval { low: art * (-half).exp(), high: art * half.exp() };
    (interval.low.is_finite() && interval.high.is_finite()).then_some(interval)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misses_cost_and_no_hit_gives_a_lower_bound() {
        let art = average([(4.0, true), (10.0, false)].into_iter(), 0.95);
        assert_eq!((art.value, art.interval), (14.0, None));
        let none = average([(4.0, false), (10.0, false)].into_iter(), 0.95);
        assert_eq!((none.value, none.spent), (f64::INFINITY, 14.0));
    }

    #[test]
    fn few_hits_have_no_interval() {
        let of = |hits: usize| average((0..12).map(|run| (8.0 + run as f64, run < hits)), 0.95);
        assert!(of(4).interval.is_none() && of(4).has_too_few_hits());
        assert!(of(5).interval.is_some() && !of(5).has_too_few_hits());
        assert!(!of(0).has_too_few_hits());
    }

    #[test]
    fn equal_runs_have_an_interval_without_width() {
        let art = average(std::iter::repeat_n((8.0, true), 12), 0.95);
        assert_eq!(art.interval, Some(Interval { low: 8.0, high: 8.0 }));
        assert!(art.is_approximate());
    }
}
