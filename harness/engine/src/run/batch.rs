//! Mini-batches: a seeded shuffle of the rows, epoch by epoch.

use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

/// Deals the rows out in random order; every row once per epoch.
#[derive(Debug)]
pub(crate) struct BatchSampler {
    rng: Pcg64,
    order: Vec<u32>,
    dealt: usize,
}

impl BatchSampler {
    /// For `n_rows` rows, shuffled when the first batch is asked for.
    pub(crate) fn new(n_rows: usize, rng: Pcg64) -> Self {
        let n_rows = u32::try_from(n_rows).unwrap_or(u32::MAX);
        Self { rng, order: (0..n_rows).collect(), dealt: n_rows as usize }
    }

    /// The next `n` rows, fewer at the end of an epoch.
    pub(crate) fn next(&mut self, n: usize) -> &[u32] {
        if self.dealt >= self.order.len() {
            self.order.shuffle(&mut self.rng);
            self.dealt = 0;
        }
        let first = self.dealt;
        self.dealt = (first + n).min(self.order.len());
        &self.order[first..self.dealt]
    }
}

#[cfg(test)]
mod tests {
    use super::BatchSampler;

    #[test]
    fn every_row_once_per_epoch_and_the_last_batch_is_short() {
        let mut sampler = BatchSampler::new(10, harness_datasets::stream("p", 0, "batch"));
        for _ in 0..3 {
            let sizes: Vec<usize> = (0..3).map(|_| sampler.next(4).len()).collect();
            assert_eq!(sizes, [4, 4, 2]);
        }
        let mut seen: Vec<u32> = (0..3).flat_map(|_| sampler.next(4).to_vec()).collect();
        seen.sort_unstable();
        assert_eq!(seen, (0..10).collect::<Vec<_>>());
    }

    #[test]
    fn the_same_stream_deals_the_same_rows() {
        let deal = || BatchSampler::new(100, harness_datasets::stream("p", 7, "batch")).next(20).to_vec();
        assert_eq!(deal(), deal());
    }
}
