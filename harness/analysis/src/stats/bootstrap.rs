//! Bands around shares, by resampling whole seeds jointly for all curves: what ran on the same seed stays together.
//!
//! Draws are hashes of (seed, resample, block), so that nothing depends on order or threads. With few seeds percentiles
//! are too narrow; they are taken further out by what Student's t is wider than the normal (Hesterberg 2015, the
//! "expanded percentile" interval).
//!
//! Where all seeds agree no resample differs, and a band would have no width, which eight hits of eight do not bear out. Of
//! shares of runs that either do something or do not, the band therefore also holds the interval that follows from
//! Wilson's in each stratum (the squares of their half-widths added: Zou and Donner 2008).

use super::interval::{Interval, normal_cdf, t_quantile, wilson};

/// What each seed contributes to curves that are means over strata of means over seeds.
///
/// `shares[curve][stratum][seed]` holds one value per place of the grid; a seed on which a curve has no run, or a
/// stratum without any, is `None` and left out of its mean.
pub struct Shares {
    /// One entry per curve.
    pub shares: Vec<Vec<Vec<Option<Vec<f64>>>>>,
    /// Places of the grid.
    pub places: usize,
}

/// A curve with its band.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Banded {
    /// Values at the places of the grid.
    pub values: Vec<f64>,
    /// Pointwise intervals.
    pub bands: Vec<Interval>,
}

impl Shares {
    /// The curves themselves.
    pub fn values(&self) -> Vec<Vec<f64>> {
        self.shares.iter().map(|strata| mean(strata, self.places, |_, _| 1.0)).collect()
    }

    /// The curves with pointwise bands. Strata are resampled each for itself.
    pub fn banded(&self, level: f64, resamples: u32, seed: u64) -> Vec<Banded> {
        let sizes: Vec<usize> = (0..self.strata()).map(|stratum| self.seeds(stratum)).collect();
        let mut drawn: Vec<Vec<Vec<f32>>> =
            vec![vec![Vec::with_capacity(resamples as usize); self.places]; self.shares.len()];
        let mut weights: Vec<Vec<f64>> = sizes.iter().map(|size| vec![0.0; *size]).collect();
        for resample in 0..u64::from(resamples) {
            for (stratum, weights) in weights.iter_mut().enumerate() {
                weights.fill(0.0);
                for block in 0..weights.len() {
                    let at = draw(&[seed, resample, stratum as u64, block as u64], weights.len());
                    weights[at] += 1.0;
                }
            }
            for (curve, strata) in self.shares.iter().enumerate() {
                for (place, value) in mean(strata, self.places, |stratum, at| weights[stratum][at]).iter().enumerate() {
                    #[expect(clippy::cast_possible_truncation, reason = "seven digits of a share are enough")]
                    drawn[curve][place].push(*value as f32);
                }
            }
        }
        let least = sizes.iter().copied().filter(|size| *size > 0).min().unwrap_or(0);
        let tail = expanded_tail(level, least);
        self.values()
            .into_iter()
            .zip(drawn)
            .map(|(values, mut drawn)| {
                let bands = drawn.iter_mut().map(|draws| percentiles(draws, tail)).collect();
                Banded { values, bands }
            })
            .collect()
    }

    /// As [`Shares::banded`], for contributions that are 0 or 1: the band and Wilson's interval together.
    pub fn banded_successes(&self, level: f64, resamples: u32, seed: u64) -> Vec<Banded> {
        let mut banded = self.banded(level, resamples, seed);
        for (curve, strata) in banded.iter_mut().zip(&self.shares) {
            for (place, (band, value)) in curve.bands.iter_mut().zip(&curve.values).enumerate() {
                let wilson = of_strata(strata, place, *value, level);
                *band = Interval { low: band.low.min(wilson.low), high: band.high.max(wilson.high) };
            }
        }
        banded
    }

    fn strata(&self) -> usize {
        self.shares.iter().map(Vec::len).max().unwrap_or(0)
    }

    fn seeds(&self, stratum: usize) -> usize {
        self.shares.iter().filter_map(|strata| strata.get(stratum)).map(Vec::len).max().unwrap_or(0)
    }
}

/// Interval of the mean over strata of shares of successes, whose Wilson intervals it puts together.
fn of_strata(strata: &[Vec<Option<Vec<f64>>>], place: usize, mean: f64, level: f64) -> Interval {
    let (mut counted, mut below, mut above) = (0.0_f64, 0.0, 0.0);
    for seeds in strata {
        let hits: Vec<f64> = seeds.iter().flatten().map(|shares| shares[place]).collect();
        if hits.is_empty() {
            continue;
        }
        let successes = hits.iter().sum::<f64>();
        let (share, interval) = (successes / hits.len() as f64, wilson(successes, hits.len(), level));
        counted += 1.0;
        below += (share - interval.low).powi(2);
        above += (interval.high - share).powi(2);
    }
    let counted = counted.max(1.0);
    Interval { low: (mean - below.sqrt() / counted).max(0.0), high: (mean + above.sqrt() / counted).min(1.0) }
}

/// Mean over strata of the weighted mean over seeds.
fn mean(strata: &[Vec<Option<Vec<f64>>>], places: usize, weight: impl Fn(usize, usize) -> f64) -> Vec<f64> {
    let mut total = vec![0.0; places];
    let mut counted = 0.0_f64;
    let mut sum = vec![0.0; places];
    for (stratum, seeds) in strata.iter().enumerate() {
        let mut weights = 0.0;
        sum.fill(0.0);
        for (at, shares) in seeds.iter().enumerate() {
            let (Some(shares), w) = (shares, weight(stratum, at)) else { continue };
            if w > 0.0 {
                weights += w;
                for (sum, share) in sum.iter_mut().zip(shares) {
                    *sum += w * share;
                }
            }
        }
        if weights > 0.0 {
            counted += 1.0;
            for (total, sum) in total.iter_mut().zip(&sum) {
                *total += sum / weights;
            }
        }
    }
    total.iter().map(|total| total / counted.max(1.0)).collect()
}

/// The share of resamples left out at each end.
fn expanded_tail(level: f64, blocks: usize) -> f64 {
    if blocks < 2 {
        return 0.0;
    }
    let n = blocks as f64;
    normal_cdf(-(n / (n - 1.0)).sqrt() * t_quantile(0.5 + level / 2.0, n - 1.0))
}

fn percentiles(draws: &mut [f32], tail: f64) -> Interval {
    if draws.is_empty() {
        return Interval { low: f64::NAN, high: f64::NAN };
    }
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a small part of a length")]
    let skipped = (tail * draws.len() as f64).floor() as usize;
    let last = draws.len() - 1;
    let low = *draws.select_nth_unstable_by(skipped.min(last), f32::total_cmp).1;
    let high = *draws.select_nth_unstable_by(last - skipped.min(last), f32::total_cmp).1;
    Interval { low: f64::from(low), high: f64::from(high) }
}

/// A place below `count`, a hash of where it is drawn (SplitMix64, absorbing one word after the other).
fn draw(words: &[u64], count: usize) -> usize {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    for word in words {
        state = mix(state ^ word);
    }
    // The upper half times the count: unbiased enough for any count of seeds.
    let scaled = (u128::from(state) * count as u128) >> 64;
    usize::try_from(scaled).unwrap_or(0)
}

fn mix(word: u64) -> u64 {
    let mut z = word.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shares(values: &[f64]) -> Shares {
        Shares { shares: vec![vec![values.iter().map(|value| Some(vec![*value])).collect()]], places: 1 }
    }

    #[test]
    fn the_same_seed_gives_the_same_band() {
        let data = shares(&[0.1, 0.537, 0.91, 0.331, 0.713, 0.223]);
        assert_eq!(data.banded(0.95, 500, 1), data.banded(0.95, 500, 1));
        assert_ne!(data.banded(0.95, 500, 1), data.banded(0.95, 500, 2));
        let band = data.banded(0.95, 2000, 1)[0].bands[0];
        assert!(band.low < 0.46 && 0.48 < band.high && band.low >= 0.1 && band.high <= 0.91, "{band:?}");
    }

    #[test]
    fn where_all_seeds_agree_the_band_is_wilsons() {
        let of = |problems: usize, value: f64| {
            let stratum = vec![Some(vec![value]); 12];
            let data = Shares { shares: vec![vec![stratum; problems]], places: 1 };
            (data.banded(0.95, 300, 1)[0].bands[0], data.banded_successes(0.95, 300, 1)[0].bands[0])
        };
        let (resampled, whole) = of(1, 1.0);
        assert_eq!((resampled.low, resampled.high), (1.0, 1.0), "twelve of twelve");
        let wilson = wilson(12.0, 12, 0.95);
        assert!((whole.low - wilson.low).abs() < 1e-12 && whole.high >= 1.0, "{whole:?}");
        assert!(of(1, 0.0).1.high > 0.2 && of(1, 0.0).1.low <= 0.0);
        // Four problems: half as wide.
        assert!((1.0 - of(4, 1.0).1.low - (1.0 - wilson.low) / 2.0).abs() < 1e-12);
    }

    #[test]
    fn seeds_without_a_run_are_left_out_of_the_mean() {
        let data = Shares { shares: vec![vec![vec![Some(vec![1.0]), None], vec![Some(vec![0.0])], vec![]]], places: 1 };
        assert!((data.values()[0][0] - 0.5).abs() < 1e-15);
    }

    #[test]
    fn equal_curves_have_equal_resamples() {
        let one = vec![vec![Some(vec![0.2]), Some(vec![0.8]), Some(vec![0.4])]];
        let data = Shares { shares: vec![one.clone(), one], places: 1 };
        let banded = data.banded(0.9, 300, 7);
        assert_eq!(banded[0], banded[1]);
    }

    #[test]
    fn draws_are_even() {
        let mut counts = [0_usize; 7];
        for i in 0..70_000 {
            counts[draw(&[5, i, 3], 7)] += 1;
        }
        assert!(counts.iter().all(|count| (9_600..10_400).contains(count)), "{counts:?}");
    }
}
