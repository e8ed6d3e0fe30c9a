//! Simulations with known answers: how often intervals cover the truth, and how often tests keep a true null. Used by
//! the test and, with more rounds, by the example `coverage`.

use harness_analysis::art;
use harness_analysis::stats::bootstrap::Shares;
use harness_analysis::stats::{Ratio, interval, signed_rank};

/// A small generator of its own; nothing here has to be unpredictable.
struct Random(u64);

impl Random {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.uniform()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

/// A simulation.
pub(crate) struct Gate {
    /// Of what.
    pub(crate) name: String,
    /// How often it covers.
    pub(crate) covered: f64,
    /// The least that is accepted.
    pub(crate) least: f64,
}

impl Gate {
    /// Whether enough is covered, but for what chance takes from few rounds.
    pub(crate) fn holds(&self, chance: f64) -> bool {
        self.covered >= self.least - chance
    }
}

/// All simulations; those of bands, which take longest, with a fifth of the rounds.
pub(crate) fn gates(rounds: usize) -> Vec<Gate> {
    let mut gates = Vec::new();
    for n in [5, 10, 20] {
        gates.push(paired_ratio(n, rounds));
    }
    for (n, p, least) in [(10, 1.0, 0.87), (10, 0.5, 0.93), (20, 1.0, 0.87), (20, 0.9, 0.89)] {
        gates.push(average_runtime(n, p, least, rounds));
    }
    for (hits, n) in [(0.5, 12), (0.9, 20)] {
        gates.push(wilson(hits, n, rounds));
    }
    for n in [6, 12, 20] {
        gates.push(band(n, rounds / 5));
    }
    gates.push(signed_rank_level(12, rounds));
    gates
}

fn share(rounds: usize, mut covers: impl FnMut() -> bool) -> f64 {
    (0..rounds).filter(|_| covers()).count() as f64 / rounds as f64
}

/// Normal log-ratios: Student's t is exact.
fn paired_ratio(n: usize, rounds: usize) -> Gate {
    let mut random = Random(1);
    let truth = 0.7_f64;
    let covered = share(rounds, || {
        let logs: Vec<f64> = (0..n).map(|_| truth + random.normal()).collect();
        Ratio::of(&logs, 0.95).is_some_and(|r| r.interval.low <= truth.exp() && truth.exp() <= r.interval.high)
    });
    Gate { name: format!("paired ratio, t on logs, n = {n}"), covered, least: 0.93 }
}

/// Lognormal runtimes with σ = 1, a hard case; a miss spends as much as a hit.
fn average_runtime(n: usize, p: f64, least: f64, rounds: usize) -> Gate {
    let mut random = Random(2);
    let truth = 0.5_f64.exp() / p;
    let mut defined = 0;
    let covered = share(rounds, || {
        let runs: Vec<(f64, bool)> = (0..n).map(|_| (random.normal().exp(), random.uniform() < p)).collect();
        match art::average(runs.into_iter(), 0.95).interval {
            Some(interval) => {
                defined += 1;
                interval.low <= truth && truth <= interval.high
            }
            None => false,
        }
    });
    let covered = covered * rounds as f64 / f64::from(defined.max(1));
    Gate { name: format!("average runtime, n = {n}, success {p}"), covered, least }
}

fn wilson(p: f64, n: usize, rounds: usize) -> Gate {
    let mut random = Random(3);
    let covered = share(rounds, || {
        let hits = (0..n).filter(|_| random.uniform() < p).count();
        let interval = interval::wilson(hits as f64, n, 0.95);
        interval.low <= p && p <= interval.high
    });
    Gate { name: format!("share of hits, Wilson, n = {n}, p = {p}"), covered, least: 0.92 }
}

/// Bands of runtime distributions: two problems, 20 targets, lognormal difficulty of seeds; pointwise coverage.
fn band(n: usize, rounds: usize) -> Gate {
    let mut random = Random(4);
    let grid = [0.5, 1.0, 2.0, 4.0, 8.0, 16.0];
    let contribution = |random: &mut Random| -> Vec<f64> {
        let difficulty = (0.8 * random.normal()).exp();
        grid.iter()
            .map(|cost| (1..=20).filter(|j| difficulty * f64::from(*j) * 0.5 <= *cost).count() as f64 / 20.0)
            .collect()
    };
    let many = 40_000;
    let mut truth = vec![0.0; grid.len()];
    for _ in 0..many {
        for (sum, value) in truth.iter_mut().zip(contribution(&mut random)) {
            *sum += value / f64::from(many);
        }
    }
    let (mut covered, mut all) = (0, 0);
    for round in 0..rounds {
        let strata =
            (0..2).map(|_| (0..n).map(|_| Some(contribution(&mut random))).collect::<Vec<_>>()).collect::<Vec<_>>();
        let shares = Shares { shares: vec![strata], places: grid.len() };
        for (band, truth) in shares.banded(0.95, 500, round as u64)[0].bands.iter().zip(&truth) {
            all += 1;
            // The bands are kept in single precision.
            covered += usize::from(band.low <= truth + 1e-6 && *truth <= band.high + 1e-6);
        }
    }
    let covered = covered as f64 / f64::from(u32::try_from(all.max(1)).unwrap_or(u32::MAX));
    Gate { name: format!("band of a runtime distribution, n = {n}, pointwise"), covered, least: 0.90 }
}

/// A true null is kept at 5 % in at least 95 % of all cases: the test is exact.
fn signed_rank_level(n: usize, rounds: usize) -> Gate {
    let mut random = Random(5);
    let covered = share(rounds, || {
        let differences: Vec<f64> = (0..n).map(|_| random.normal()).collect();
        signed_rank::p_value(&differences) > 0.05
    });
    Gate { name: format!("signed-rank test keeps a true null, n = {n}"), covered, least: 0.935 }
}
