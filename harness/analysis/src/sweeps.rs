//! Problems that differ in one swept number, put in its order: what a sweep shows as a function of it.
//!
//! The swept number is read off the names, `snr[beta_norm=0.5]`. Sweeps over several paths, or over words, have no axis.

use crate::series::Problem;
use crate::stats::Interval;
use crate::stats::interval::t_quantile;
use crate::stats::line;

/// The problems of one sweep over one number.
#[derive(Debug, Clone, PartialEq)]
pub struct Sweep<'a> {
    /// Name before the brackets.
    pub name: &'a str,
    /// The swept path, its last word where that is enough.
    pub path: &'a str,
    /// Value and index of the problem, ascending.
    pub points: Vec<(f64, usize)>,
}

/// All sweeps with at least two points, in the order of the benchmark.
pub fn sweeps<'a>(problems: &[Problem<'a>]) -> Vec<Sweep<'a>> {
    let mut found: Vec<Sweep<'a>> = Vec::new();
    for (at, problem) in problems.iter().enumerate() {
        let Some((name, path, value)) = parse(problem.name) else { continue };
        match found.iter_mut().find(|sweep| sweep.name == name && sweep.path == path) {
            Some(sweep) => sweep.points.push((value, at)),
            None => found.push(Sweep { name, path, points: vec![(value, at)] }),
        }
    }
    for sweep in &mut found {
        sweep.points.sort_by(|a, b| a.0.total_cmp(&b.0));
    }
    found.retain(|sweep| sweep.points.len() > 1);
    found
}

fn parse(name: &str) -> Option<(&str, &str, f64)> {
    let (name, rest) = name.split_once('[')?;
    let (path, value) = rest.strip_suffix(']')?.split_once('=')?;
    let value: f64 = value.trim().parse().ok()?;
    value.is_finite().then_some((name, path, value))
}

/// Power with which a positive quantity grows along a sweep, by least squares on logarithms, with Student's t interval;
/// `None` with fewer than three points, or where any is not positive.
pub fn exponent(points: &[(f64, f64)], level: f64) -> Option<(f64, Interval)> {
    if points.len() < 3 || points.iter().any(|(x, y)| !(*x > 0.0 && *y > 0.0 && x.is_finite() && y.is_finite())) {
        return None;
    }
    let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
    let n = logs.len() as f64;
    let slope = line::slope(logs.iter().copied());
    let mean = |pick: fn(&(f64, f64)) -> f64| logs.iter().map(pick).sum::<f64>() / n;
    let (mean_x, mean_y) = (mean(|point| point.0), mean(|point| point.1));
    let spread: f64 = logs.iter().map(|(x, _)| (x - mean_x).powi(2)).sum();
    let residual: f64 = logs.iter().map(|(x, y)| (y - mean_y - slope * (x - mean_x)).powi(2)).sum();
    let half = t_quantile(0.5 + level / 2.0, n - 2.0) * (residual / (n - 2.0) / spread).sqrt();
    slope.is_finite().then_some((slope, Interval { low: slope - half, high: slope + half }))
}

#[cfg(test)]
mod tests {
    use super::{exponent, parse};

    #[test]
    fn powers_agree_with_scipy() {
        // scipy.stats.linregress on the logarithms, and stats.t.ppf(0.975, 2).
        let (power, interval) = exponent(&[(1.0, 1.0), (2.0, 2.2), (4.0, 3.9), (8.0, 8.5)], 0.95).unwrap();
        assert!((power - 1.008_835_912_397_597).abs() < 1e-12);
        assert!((interval.low - 0.823_156_201_056_627).abs() < 1e-9, "{interval:?}");
        assert!((interval.high - 1.194_515_623_738_567).abs() < 1e-9, "{interval:?}");
        assert_eq!(exponent(&[(1.0, 1.0), (2.0, 4.0)], 0.95), None);
        assert_eq!(exponent(&[(0.0, 1.0), (1.0, 2.0), (2.0, 4.0)], 0.95), None);
    }

    #[test]
    fn a_swept_number_is_read_off_the_name() {
        assert_eq!(parse("snr[beta_norm=0.5]"), Some(("snr", "beta_norm", 0.5)));
        for other in ["snr", "snr[x=gaussian]", "snr[a=1, b=2]", "snr[a=1"] {
            assert_eq!(parse(other), None, "{other}");
        }
    }
}
