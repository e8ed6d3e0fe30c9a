//! Confidence intervals: Wilson's for a share, Student's t on logarithms for a ratio.

use statrs::distribution::{ContinuousCDF, Normal, StudentsT};

/// A confidence interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interval {
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Interval {
    /// Whether both ends lie within `low..=high`.
    pub fn is_within(self, low: f64, high: f64) -> bool {
        self.low >= low && self.high <= high
    }
}

/// Quantile of Student's t, for `1/2 < p < 1`; infinite without a degree of freedom.
pub fn t_quantile(p: f64, degrees: f64) -> f64 {
    if degrees < 1.0 {
        return f64::INFINITY;
    }
    StudentsT::new(0.0, 1.0, degrees).map_or(f64::NAN, |t| t.inverse_cdf(p))
}

/// Quantile of the normal distribution.
pub fn normal_quantile(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p)
}

/// Distribution function of the normal distribution.
pub fn normal_cdf(z: f64) -> f64 {
    Normal::standard().cdf(z)
}

/// Wilson's interval of the share `successes / n`; successes may be halves, where ties count so.
pub fn wilson(successes: f64, n: usize, level: f64) -> Interval {
    if n == 0 {
        return Interval { low: 0.0, high: 1.0 };
    }
    let n = n as f64;
    let z = normal_quantile(0.5 + level / 2.0);
    let share = successes / n;
    let centre = (share + z * z / (2.0 * n)) / (1.0 + z * z / n);
    let half = z / (1.0 + z * z / n) * (share * (1.0 - share) / n + z * z / (4.0 * n * n)).sqrt();
    Interval { low: (centre - half).max(0.0), high: (centre + half).min(1.0) }
}

/// A geometric mean ratio with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ratio {
    /// exp of the mean logarithm.
    pub estimate: f64,
    /// Student's t on the logarithms.
    pub interval: Interval,
    /// How many pairs it rests on.
    pub pairs: usize,
}

impl Ratio {
    /// Of the logarithms of ratios; `None` with fewer than two.
    ///
    /// Student's t on logarithms covers what it claims from five pairs on, where the bootstrap of percentiles does not.
    pub fn of(logs: &[f64], level: f64) -> Option<Ratio> {
        if logs.len() < 2 {
            return None;
        }
        let n = logs.len() as f64;
        let mean = logs.iter().sum::<f64>() / n;
        let variance = logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let half = t_quantile(0.5 + level / 2.0, n - 1.0) * (variance / n).sqrt();
        Some(Ratio {
            estimate: mean.exp(),
            interval: Interval { low: (mean - half).exp(), high: (mean + half).exp() },
            pairs: logs.len(),
        })
    }

    /// The ratio the other way round.
    #[must_use]
    pub fn reversed(self) -> Ratio {
        let interval = Interval { low: self.interval.high.recip(), high: self.interval.low.recip() };
        Ratio { estimate: self.estimate.recip(), interval, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_pairs_have_an_interval_without_width() {
        let ratio = Ratio::of(&[2.0_f64.ln(); 6], 0.95).unwrap();
        assert!((ratio.estimate - 2.0).abs() < 1e-12 && (ratio.interval.high - ratio.interval.low).abs() < 1e-12);
        assert!((ratio.reversed().estimate - 0.5).abs() < 1e-12);
        assert_eq!(Ratio::of(&[0.1], 0.95), None);
    }

    #[test]
    fn nothing_is_known_of_no_runs() {
        assert_eq!(wilson(0.0, 0, 0.95), Interval { low: 0.0, high: 1.0 });
    }
}
