//! Optimizers in pairs, seed by seed: both had the same data and the same start, so each seed is a match that one wins
//! or that is a tie. One-shot fits and own starts do not take part.

use std::cmp::Ordering;

use crate::best;
use crate::quantile;
use crate::series::{Problem, Run, Series};
use crate::sign_test;
use crate::target::Axis;

/// With fewer seeds the exact sign test cannot reach 5 % even if one side always wins.
pub const MIN_SEEDS: usize = 6;

/// Significance level, after Holm's correction.
pub const LEVEL: f64 = 0.05;

/// Costs within this factor of each other count as equal.
pub const SAME: f64 = 1.05;

/// The outcome of one pair on one problem; `a` and `b` are indices into the problem's series.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// One side.
    pub a: usize,
    /// The other.
    pub b: usize,
    /// Seeds on which both ran.
    pub seeds: usize,
    /// Seeds on which `a` is better.
    pub wins: usize,
    /// Seeds on which `b` is better.
    pub losses: usize,
    /// Seeds on which they are equal.
    pub ties: usize,
    /// Median passes to the target of `b` over that of `a`, on these seeds, where both are finite and positive.
    pub ratio: Option<f64>,
    /// Exact two-sided sign test.
    pub p: f64,
    /// The same after Holm's correction over all pairs of all problems.
    pub p_holm: f64,
}

/// What a comparison allows to say about `a`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// Better than `b`.
    Better,
    /// Worse than `b`.
    Worse,
    /// Equal on at least three seeds in four.
    Tied,
    /// Not separated by these seeds.
    Inconclusive,
}

impl Comparison {
    /// What it allows to say.
    pub fn judgement(&self) -> Judgement {
        if self.seeds < MIN_SEEDS {
            Judgement::Inconclusive
        } else if self.p_holm <= LEVEL {
            if self.wins > self.losses { Judgement::Better } else { Judgement::Worse }
        } else if self.ties * 4 >= self.seeds * 3 {
            Judgement::Tied
        } else {
            Judgement::Inconclusive
        }
    }

    /// The same comparison seen from the other side.
    #[must_use]
    pub fn reversed(&self) -> Comparison {
        Comparison {
            a: self.b,
            b: self.a,
            wins: self.losses,
            losses: self.wins,
            ratio: self.ratio.map(f64::recip),
            ..self.clone()
        }
    }
}

/// The comparison of `a` with `b`, whichever way round it is stored.
pub fn between(pairs: &[Comparison], a: usize, b: usize) -> Option<Comparison> {
    pairs.iter().find_map(|pair| {
        if (pair.a, pair.b) == (a, b) {
            Some(pair.clone())
        } else if (pair.a, pair.b) == (b, a) {
            Some(pair.reversed())
        } else {
            None
        }
    })
}

/// All pairs of best settings on every problem, corrected over all of them together.
pub fn all_pairs(problems: &[Problem<'_>]) -> Vec<Vec<Comparison>> {
    let mut all: Vec<Vec<Comparison>> = problems
        .iter()
        .map(|problem| {
            let standing = best::standing(problem);
            let mut pairs = Vec::new();
            for (place, &a) in standing.iter().enumerate() {
                for &b in &standing[place + 1..] {
                    pairs.push(pair(problem, a, b));
                }
            }
            pairs
        })
        .collect();
    let p_values: Vec<f64> = all.iter().flatten().map(|pair| pair.p).collect();
    for (pair, p) in all.iter_mut().flatten().zip(sign_test::holm(&p_values)) {
        pair.p_holm = p;
    }
    all
}

fn pair(problem: &Problem<'_>, a: usize, b: usize) -> Comparison {
    let matches: Vec<(&Run<'_>, &Run<'_>)> = matches(&problem.series[a], &problem.series[b]);
    let (mut wins, mut losses, mut ties) = (0, 0, 0);
    for (one, other) in &matches {
        match better(problem, one, other) {
            Ordering::Less => wins += 1,
            Ordering::Greater => losses += 1,
            Ordering::Equal => ties += 1,
        }
    }
    let median = |runs: &mut dyn Iterator<Item = &Run<'_>>| {
        quantile::median(runs.map(|run| run.hit.map_or(f64::INFINITY, |cost| cost.on(Axis::Passes))))
            .filter(|median| median.is_finite() && *median > 0.0)
    };
    let of_a = median(&mut matches.iter().map(|pair| pair.0));
    let of_b = median(&mut matches.iter().map(|pair| pair.1));
    let p = sign_test::p_value(wins, losses);
    Comparison {
        a,
        b,
        seeds: matches.len(),
        wins,
        losses,
        ties,
        ratio: of_a.zip(of_b).map(|(of_a, of_b)| of_b / of_a),
        p,
        p_holm: p,
    }
}

fn matches<'s, 'a>(a: &'s Series<'a>, b: &'s Series<'a>) -> Vec<(&'s Run<'a>, &'s Run<'a>)> {
    a.runs
        .iter()
        .filter_map(|run| b.runs.iter().find(|other| other.record.seed == run.record.seed).map(|other| (run, other)))
        .collect()
}

/// `Less` if `one` is better: it alone hits, or it hits at lower cost; if neither hits, the smaller gap wins unless the
/// difference is a tenth of the target or rounding.
fn better(problem: &Problem<'_>, one: &Run<'_>, other: &Run<'_>) -> Ordering {
    match (one.hit, other.hit) {
        (Some(one), Some(other)) => {
            let (one, other) = (one.on(Axis::Passes), other.on(Axis::Passes));
            if one.max(other) <= one.min(other) * SAME { Ordering::Equal } else { one.total_cmp(&other) }
        }
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => {
            let (one, other) = (one.best_gap(), other.best_gap());
            let same =
                one.total_cmp(&other).is_eq() || (one - other).abs() <= (problem.target / 10.0).max(problem.floor);
            if same { Ordering::Equal } else { one.total_cmp(&other) }
        }
    }
}
