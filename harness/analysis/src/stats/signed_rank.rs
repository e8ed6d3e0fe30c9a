//! Wilcoxon's signed-rank test, exact by dynamic programming, ties included.

use super::interval::normal_cdf;

/// Up to this many differences the distribution is counted; beyond, the normal approximation is right to three digits.
const EXACT: usize = 100;

/// Two-sided p-value of the hypothesis that differences are symmetric about 0. Zeros are left out; equal sizes share
/// their mean rank, and the distribution is that of these ranks with random signs.
pub fn p_value(differences: &[f64]) -> f64 {
    let mut sizes: Vec<(f64, bool)> = differences.iter().filter(|d| **d != 0.0).map(|d| (d.abs(), *d > 0.0)).collect();
    if sizes.is_empty() {
        return 1.0;
    }
    sizes.sort_by(|a, b| a.0.total_cmp(&b.0));
    let ranks = doubled_ranks(&sizes);
    let positive: usize = ranks.iter().zip(&sizes).filter(|(_, size)| size.1).map(|(rank, _)| *rank).sum();
    if sizes.len() <= EXACT { exact(&ranks, positive) } else { approximate(&ranks, positive) }
}

/// Ranks times two, so that the mean of two neighbours is whole.
fn doubled_ranks(sorted: &[(f64, bool)]) -> Vec<usize> {
    let mut ranks = Vec::with_capacity(sorted.len());
    for group in sorted.chunk_by(|a, b| a.0.total_cmp(&b.0).is_eq()) {
        let first = ranks.len();
        let doubled = (first + 1) + (first + group.len());
        ranks.extend(std::iter::repeat_n(doubled, group.len()));
    }
    ranks
}

fn exact(ranks: &[usize], positive: usize) -> f64 {
    let total: usize = ranks.iter().sum();
    let mut probability = vec![0.0; total + 1];
    probability[0] = 1.0;
    let mut reached = 0;
    for &rank in ranks {
        for sum in (0..=reached).rev() {
            let half = probability[sum] / 2.0;
            probability[sum] = half;
            probability[sum + rank] += half;
        }
        reached += rank;
    }
    let fewer = positive.min(total - positive);
    (2.0 * probability[..=fewer].iter().sum::<f64>()).min(1.0)
}

fn approximate(ranks: &[usize], positive: usize) -> f64 {
    let mean = ranks.iter().sum::<usize>() as f64 / 2.0;
    let deviation = (ranks.iter().map(|rank| (*rank as f64).powi(2)).sum::<f64>() / 4.0).sqrt();
    (2.0 * normal_cdf(-(positive as f64 - mean).abs() / deviation)).min(1.0)
}

/// The least number of differences with which `comparisons` tests, corrected for each other, can be significant.
pub fn least_pairs(comparisons: usize, level: f64) -> usize {
    let mut n = 2;
    while 0.5_f64.powi(n - 1) * comparisons.max(1) as f64 > level {
        n += 1;
    }
    usize::try_from(n).unwrap_or(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_one_sign_is_as_sure_as_the_sign_test() {
        let all: Vec<f64> = (1..=6).map(f64::from).collect();
        assert!((p_value(&all) - 2.0 / 64.0).abs() < 1e-15);
    }

    #[test]
    fn zeros_say_nothing() {
        assert!((p_value(&[0.0; 8]) - 1.0).abs() < 1e-15);
    }

    #[test]
    fn the_table_of_the_least_number_of_pairs() {
        for (comparisons, pairs) in [(1, 6), (3, 7), (6, 8), (10, 9), (15, 10), (28, 11)] {
            assert_eq!(least_pairs(comparisons, 0.05), pairs);
        }
    }

    #[test]
    fn the_approximation_continues_the_exact_distribution() {
        let ranks: Vec<usize> = (1..=100).map(|rank| 2 * rank).collect();
        for positive in [4000, 4600, 5050] {
            let (one, other) = (exact(&ranks, positive), approximate(&ranks, positive));
            assert!((one / other - 1.0).abs() < 0.02, "{one} {other}");
        }
    }
}
