//! The exact sign test: for pairs of which one side may have no value.

/// Two-sided p-value of the exact sign test: how likely is a split at least this uneven if both sides are equal?
/// Ties are dropped before.
pub fn p_value(wins: usize, losses: usize) -> f64 {
    let n = wins + losses;
    let fewer = wins.min(losses);
    // Σ C(n, k) 2⁻ⁿ for k ≤ fewer, in logarithms so that it holds for any n.
    let mut log_term = -(n as f64) * std::f64::consts::LN_2;
    let mut tail = log_term.exp();
    for k in 0..fewer {
        log_term += ((n - k) as f64).ln() - ((k + 1) as f64).ln();
        tail += log_term.exp();
    }
    (2.0 * tail).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(wins: usize, losses: usize, expected: f64) {
        assert!((p_value(wins, losses) - expected).abs() < 1e-12, "{}", p_value(wins, losses));
    }

    #[test]
    fn agrees_with_scipy_binomtest() {
        check(0, 0, 1.0);
        check(6, 0, 0.03125);
        check(5, 0, 0.0625);
        check(1, 11, 0.006_347_656_25);
        check(9, 3, 0.145_996_093_75);
        check(10, 10, 1.0);
        check(15, 5, 0.041_389_465_332_031_25);
    }

    #[test]
    fn holds_for_many_seeds() {
        assert!(p_value(3000, 0) >= 0.0 && p_value(3000, 0) < 1e-300);
        assert!((p_value(1500, 1500) - 1.0).abs() < 1e-9);
    }
}
