//! Friedman's test: do several treatments differ over many blocks?

use statrs::distribution::{ChiSquared, ContinuousCDF};

/// With fewer blocks the chi-squared approximation is not to be trusted.
pub const MIN_BLOCKS: usize = 10;

/// Mean ranks and p-value.
#[derive(Debug, Clone, PartialEq)]
pub struct Friedman {
    /// Mean rank of each treatment, 1 is best.
    pub mean_ranks: Vec<f64>,
    /// Chi-squared statistic, corrected for ties.
    pub statistic: f64,
    /// p-value.
    pub p: f64,
}

/// Of one row per block, smaller is better, all rows of the same length; `None` below [`MIN_BLOCKS`] blocks or three
/// treatments, or where all are equal.
pub fn friedman(blocks: &[Vec<f64>]) -> Option<Friedman> {
    let k = blocks.first()?.len();
    if blocks.len() < MIN_BLOCKS || k < 3 {
        return None;
    }
    let n = blocks.len() as f64;
    let mut sums = vec![0.0; k];
    let mut ties = 0.0;
    for block in blocks {
        let mut order: Vec<usize> = (0..k).collect();
        order.sort_by(|&a, &b| block[a].total_cmp(&block[b]));
        let mut at = 0;
        for group in order.chunk_by(|&a, &b| block[a].total_cmp(&block[b]).is_eq()) {
            let size = group.len() as f64;
            for &treatment in group {
                sums[treatment] += at as f64 + f64::midpoint(1.0, size);
            }
            ties += size.powi(3) - size;
            at += group.len();
        }
    }
    let treatments = k as f64;
    let correction = 1.0 - ties / (n * treatments * (treatments * treatments - 1.0));
    let squares: f64 = sums.iter().map(|sum| sum * sum).sum();
    let statistic =
        (12.0 / (n * treatments * (treatments + 1.0)) * squares - 3.0 * n * (treatments + 1.0)) / correction;
    let p = ChiSquared::new(treatments - 1.0).ok()?.sf(statistic);
    p.is_finite().then(|| Friedman { mean_ranks: sums.iter().map(|sum| sum / n).collect(), statistic, p })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_problems_are_not_tested() {
        assert_eq!(friedman(&vec![vec![1.0, 2.0, 3.0]; 9]), None);
        assert_eq!(friedman(&vec![vec![1.0, 1.0, 1.0]; 12]), None, "all equal");
    }
}
