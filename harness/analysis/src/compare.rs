//! Optimizers in pairs, seed by seed: both had the same data and the same start, so each seed is a match. One-shot fits
//! and own starts do not take part.
//!
//! Where both always reach the target, the effect is the geometric mean ratio of their costs with Student's t on the
//! logarithms, and the test is the exact signed-rank test. Where one misses, the seed is a win for the other, and the
//! test is the exact sign test.

use std::cmp::Ordering;
use std::collections::HashMap;

use harness_engine::spec::{AnalysisOptions, Correction, TestOptions};

use crate::best;
use crate::budget;
use crate::series::{Problem, Run};
use crate::stats::interval::wilson;
use crate::stats::{Interval, Ratio, holm, sign_test, signed_rank};
use crate::target::Axis;
use crate::twins::Course;

/// With fewer seeds neither test can reach 5 % even if one side always wins.
pub const MIN_SEEDS: usize = 6;

/// The outcome of one pair on one problem; `a` and `b` are indices into the problem's series.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// One side.
    pub a: usize,
    /// The other.
    pub b: usize,
    /// Seeds on which both ran, of seeds that repeat each other one.
    pub seeds: usize,
    /// Seeds on which both reach the target.
    pub both: usize,
    /// Seeds on which `a` is better by more than the factor that counts as equal.
    pub wins: usize,
    /// Seeds on which `b` is.
    pub losses: usize,
    /// Seeds on which they are equal.
    pub ties: usize,
    /// Seeds on which one of them misses the target and one is better all the same.
    pub apart: usize,
    /// log(cost of `b` / cost of `a`) on the seeds on which both reach the target at a cost.
    pub logs: Vec<f64>,
    /// Cost of `b` over that of `a`, geometric mean; where both reach the target on at least four seeds in five.
    pub ratio: Option<Ratio>,
    /// The same wherever there are two such seeds: too few to be told as an effect, enough to tell what is equal.
    costs: Option<Ratio>,
    /// Interval of the probability that `a` is better, ties counted half.
    pub better: Interval,
    /// Which test was made.
    pub test: Test,
    /// Its exact two-sided p-value.
    pub p: f64,
    /// The same after correction over all pairs of all problems.
    pub p_holm: f64,
    /// What follows.
    pub judgement: Judgement,
}

/// A paired test.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Test {
    /// Exact signed-rank test of the logarithms.
    SignedRank,
    /// Exact sign test of wins and losses.
    Sign,
}

/// What a comparison allows to say about `a`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judgement {
    /// Better than `b`.
    Better,
    /// Worse than `b`.
    Worse,
    /// The same, up to the factor that counts as equal.
    Equivalent,
    /// Not separated by these seeds.
    Inconclusive,
}

impl Judgement {
    /// The word used in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Judgement::Better => "better",
            Judgement::Worse => "worse",
            Judgement::Equivalent => "equivalent",
            Judgement::Inconclusive => "inconclusive",
        }
    }

    /// Seen from the other side.
    #[must_use]
    pub fn reversed(self) -> Judgement {
        match self {
            Judgement::Better => Judgement::Worse,
            Judgement::Worse => Judgement::Better,
            same => same,
        }
    }
}

impl Test {
    /// The name used in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Test::SignedRank => "signed-rank",
            Test::Sign => "sign",
        }
    }
}

impl Comparison {
    /// The same comparison seen from the other side.
    #[must_use]
    pub fn reversed(&self) -> Comparison {
        Comparison {
            a: self.b,
            b: self.a,
            wins: self.losses,
            losses: self.wins,
            logs: self.logs.iter().map(|log| -log).collect(),
            ratio: self.ratio.map(Ratio::reversed),
            costs: self.costs.map(Ratio::reversed),
            better: Interval { low: 1.0 - self.better.high, high: 1.0 - self.better.low },
            judgement: self.judgement.reversed(),
            ..*self
        }
    }

    /// `noise` is the factor up to which differences are the clock's; infinite where it is not known.
    pub(crate) fn judge(&self, options: TestOptions, noise: f64) -> Judgement {
        let beyond = options.rope.max(noise);
        if self.seeds < MIN_SEEDS || noise.is_infinite() {
            return Judgement::Inconclusive;
        }
        let significant = self.p_holm <= options.level;
        if self.test == Test::SignedRank
            && let Some(Ratio { interval, .. }) = self.ratio
        {
            return if interval.is_within(options.rope.recip(), options.rope) {
                Judgement::Equivalent
            } else if significant && interval.low > beyond {
                Judgement::Better
            } else if significant && interval.high < beyond.recip() {
                Judgement::Worse
            } else {
                Judgement::Inconclusive
            };
        }
        if significant && self.better.low > 0.5 {
            Judgement::Better
        } else if significant && self.better.high < 0.5 {
            Judgement::Worse
        } else if self.apart == 0 && self.is_equal_where_both_reach(options.rope) && noise <= options.rope {
            Judgement::Equivalent
        } else {
            Judgement::Inconclusive
        }
    }

    /// Whether the interval of the costs, on the seeds on which both reach the target, lies within the factor that counts
    /// as equal; one such seed has no interval, and none has nothing that could differ.
    fn is_equal_where_both_reach(&self, rope: f64) -> bool {
        match self.costs {
            Some(ratio) => ratio.interval.is_within(rope.recip(), rope),
            None => self.logs.iter().all(|log| log.abs() <= rope.ln()),
        }
    }

    /// The seeds that the ratio rests on, where it leaves some out: `on 11 of 12 seeds`.
    pub fn ratio_seeds(&self) -> Option<String> {
        ratio_seeds(self.ratio?, self.seeds)
    }
}

/// The seeds that a ratio rests on, if those are fewer than `seeds`: a seed on which one side misses the target has none.
pub fn ratio_seeds(ratio: Ratio, seeds: usize) -> Option<String> {
    (ratio.pairs < seeds).then(|| format!("on {} of {seeds} seeds", ratio.pairs))
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
///
/// `noise` has one factor per problem: times closer than that are not told apart, none are where it is infinite. For
/// costs that are counted it is 1.
pub fn all_pairs(
    problems: &[Problem<'_>],
    axis: Axis,
    noise: &[f64],
    options: &AnalysisOptions,
) -> Vec<Vec<Comparison>> {
    let mut all: Vec<Vec<Comparison>> = problems
        .iter()
        .zip(noise)
        .map(|(problem, noise)| {
            // What counts as equal on one seed; where the noise is not known nothing is judged in the end.
            let same = if noise.is_finite() { options.test.rope.max(*noise) } else { options.test.rope };
            let standing = best::standing(problem, axis);
            let mut pairs = Vec::new();
            for (place, &a) in standing.iter().enumerate() {
                for &b in &standing[place + 1..] {
                    pairs.push(pair(problem, a, b, axis, same, options));
                }
            }
            pairs
        })
        .collect();
    if options.test.correction == Correction::Holm {
        let p_values: Vec<f64> = all.iter().flatten().map(|pair| pair.p).collect();
        for (pair, p) in all.iter_mut().flatten().zip(holm::holm(&p_values)) {
            pair.p_holm = p;
        }
    }
    for (pairs, noise) in all.iter_mut().zip(noise) {
        for pair in pairs {
            pair.judgement = pair.judge(options.test, *noise);
        }
    }
    all
}

fn pair(problem: &Problem<'_>, a: usize, b: usize, axis: Axis, same: f64, options: &AnalysisOptions) -> Comparison {
    let budget = if axis == Axis::from(options.cost) { problem.budget } else { budget::common(problem, axis) };
    let measure = Measure {
        axis,
        budget: budget.unwrap_or(f64::INFINITY),
        equal: same,
        equal_gap: (problem.target / 10.0).max(problem.floor),
        level: options.ci.level,
    };
    Comparison { a, b, ..measure.compare(&matches(&problem.series[a].runs, &problem.series[b].runs)) }
}

/// What makes one run better than another.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Measure {
    /// The cost.
    pub(crate) axis: Axis,
    /// Where gaps are compared if both miss.
    pub(crate) budget: f64,
    /// Costs within this factor are equal.
    pub(crate) equal: f64,
    /// Gaps within this difference are.
    pub(crate) equal_gap: f64,
    /// Of intervals.
    pub(crate) level: f64,
}

impl Measure {
    /// Compares two series by their matched runs; nothing is judged yet.
    pub(crate) fn compare(&self, matches: &[Match<'_, '_>]) -> Comparison {
        let seeds = matches.len();
        let (mut wins, mut losses, mut ties, mut apart, mut both) = (0, 0, 0, 0, 0);
        let mut logs = Vec::with_capacity(seeds);
        for repeated in matches {
            let (one, other) = repeated[0];
            let order = self.better(repeated);
            match order {
                Ordering::Less => wins += 1,
                Ordering::Greater => losses += 1,
                Ordering::Equal => ties += 1,
            }
            apart += usize::from(order.is_ne() && (one.hit.is_none() || other.hit.is_none()));
            if one.hit.is_some() && other.hit.is_some() {
                both += 1;
                logs.extend(log_ratio(repeated, self.axis));
            }
        }
        let ranked = both == seeds && logs.len() == seeds;
        let (test, p) = if ranked {
            (Test::SignedRank, signed_rank::p_value(&logs))
        } else {
            (Test::Sign, sign_test::p_value(wins, losses))
        };
        let mostly = logs.len() * 5 >= seeds * 4;
        let costs = Ratio::of(&logs, self.level);
        Comparison {
            a: 0,
            b: 0,
            seeds,
            both,
            wins,
            losses,
            ties,
            apart,
            ratio: costs.filter(|_| mostly),
            costs,
            better: wilson(wins as f64 + ties as f64 / 2.0, seeds, self.level),
            logs,
            test,
            p,
            p_holm: p,
            judgement: Judgement::Inconclusive,
        }
    }

    /// `Less` if one is better than the other: it alone hits, or it hits at lower cost; if neither hits, the smaller gap
    /// at the same cost wins unless the difference is a tenth of the target or rounding.
    fn better(&self, repeated: &Match<'_, '_>) -> Ordering {
        let (one, other) = repeated[0];
        match (one.hit.is_some(), other.hit.is_some()) {
            (true, true) => match log_ratio(repeated, self.axis) {
                Some(log) if log.abs() <= self.equal.ln() + 1e-12 => Ordering::Equal,
                Some(log) => 0_f64.total_cmp(&log),
                // One alone is free.
                None => one.charged().on(self.axis).total_cmp(&other.charged().on(self.axis)),
            },
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => {
                let gap = |run| budget::gap_within(run, self.axis, self.budget);
                let (one, other) = (gap(one), gap(other));
                let same = one.total_cmp(&other).is_eq() || (one - other).abs() <= self.equal_gap;
                if same { Ordering::Equal } else { one.total_cmp(&other) }
            }
        }
    }
}

/// The runs of both on one seed, or on several that repeat each other; at least one.
pub(crate) type Match<'s, 'a> = Vec<(&'s Run<'a>, &'s Run<'a>)>;

/// log(other / one) where both hit: 0 where both are free, none where one alone is. Over repetitions the mean, since
/// times differ where nothing else does.
fn log_ratio(repeated: &Match<'_, '_>, axis: Axis) -> Option<f64> {
    let log = |one: f64, other: f64| {
        if one > 0.0 && other > 0.0 { Some((other / one).ln()) } else { (one <= 0.0 && other <= 0.0).then_some(0.0) }
    };
    let hits = repeated.iter().filter_map(|(one, other)| Some((one.hit?.on(axis), other.hit?.on(axis))));
    let logs: Vec<f64> = hits.map(|(one, other)| log(one, other)).collect::<Option<_>>()?;
    (!logs.is_empty()).then(|| logs.iter().sum::<f64>() / logs.len() as f64)
}

/// One entry per seed, those that repeat each other together.
pub(crate) fn matches<'s, 'a>(a: &'s [Run<'a>], b: &'s [Run<'a>]) -> Vec<Match<'s, 'a>> {
    let mut place: HashMap<(Course, Course), usize> = HashMap::new();
    let mut matches: Vec<Match<'s, 'a>> = Vec::new();
    for run in a {
        // Runs are sorted by seed.
        let Ok(at) = b.binary_search_by_key(&run.record.seed, |other| other.record.seed) else { continue };
        let both = (run, &b[at]);
        let place = *place.entry((both.0.course, both.1.course)).or_insert_with(|| {
            matches.push(Vec::new());
            matches.len() - 1
        });
        matches[place].push(both);
    }
    matches
}
