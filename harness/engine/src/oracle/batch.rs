//! Mini-batches: a seeded shuffle of the rows, epoch by epoch.

use rand::seq::SliceRandom;
use rand_pcg::Pcg64;

/// Deals the rows out in random order; every row once per epoch.
#[derive(Debug)]
pub(crate) struct BatchSampler {
    rng: Pcg64,
    order: Vec<u32>,
    dealt: usize,
    /// Shuffles so far.
    epochs: u64,
}

impl BatchSampler {
    /// For `n_rows` rows, shuffled when the first batch is asked for.
    pub(crate) fn new(n_rows: usize, rng: Pcg64) -> Self {
        let n_rows = u32::try_from(n_rows).unwrap_or(u32::MAX);
        Self { rng, order: (0..n_rows).collect(), dealt: n_rows as usize, epochs: 0 }
    }

    /// The next `n` rows, fewer at the end of an epoch.
    pub(crate) fn next(&mut self, n: usize) -> &[u32] {
        if self.dealt >= self.order.len() {
            self.shuffle();
        }
        let first = self.dealt;
        self.dealt = (first + n).min(self.order.len());
        &self.order[first..self.dealt]
    }

    /// How far the dealing is: epochs begun, and rows dealt in the last one.
    pub(crate) fn position(&self) -> (u64, u64) {
        (self.epochs, self.dealt as u64)
    }

    /// Deals on from a position that a sampler of the same rows and stream had reached.
    pub(crate) fn resume(&mut self, (epochs, dealt): (u64, u64)) {
        while self.epochs < epochs {
            self.shuffle();
        }
        self.dealt = usize::try_from(dealt).map_or(self.order.len(), |dealt| dealt.min(self.order.len()));
    }

    fn shuffle(&mut self) {
        self.order.shuffle(&mut self.rng);
        self.dealt = 0;
        self.epochs += 1;
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
    fn a_resumed_sampler_deals_what_the_first_would_have_dealt() {
        let mut first = BatchSampler::new(10, harness_datasets::stream("p", 0, "batch"));
        for _ in 0..5 {
            first.next(4);
        }
        let mut second = BatchSampler::new(10, harness_datasets::stream("p", 0, "batch"));
        second.resume(first.position());
        for _ in 0..7 {
            assert_eq!(first.next(4), second.next(4));
        }
    }

    #[test]
    fn the_same_stream_deals_the_same_rows() {
        let deal = || BatchSampler::new(100, harness_datasets::stream("p", 7, "batch")).next(20).to_vec();
        assert_eq!(deal(), deal());
    }
}
