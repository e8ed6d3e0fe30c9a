//! What follows from the statistics of a problem: who is first, who shares first place, how far the rest is behind.
//!
//! `ranking` decides, `words` gives the answer, `beside` what belongs to it at first sight, `details` the rest. A sentence never claims more than the paired test allows, and it names the
//! numbers that it rests on.

mod beside;
mod details;
mod notes;
mod overview;
mod ranking;
mod short;
mod text;
mod words;

use harness_engine::spec::AnalysisOptions;

use crate::best;
use crate::compare::Comparison;
use crate::ladder;
use crate::series::Problem;
use crate::target::Axis;
use crate::timing::Timing;

pub use overview::overview;
pub use ranking::Ranking;

/// How the comparison on one problem came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// One optimizer is ahead of every other.
    Clear,
    /// The leader and at least one other are shown to be equal, and no other is in doubt.
    Tied,
    /// The leader is not separated from at least one other.
    Undecided,
    /// So few seeds that no difference could be significant.
    TooFewSeeds,
    /// The one that reaches the target most often is not the one that needs the least.
    TradeOff,
    /// No optimizer that is compared reaches the target on any seed.
    NobodyReaches,
    /// The start itself is within the target on every seed.
    MetAtStart,
    /// The best known value is not settled well enough for this target.
    Unsettled,
    /// Time decides, and its noise is not known.
    Untimed,
    /// Only one optimizer can be compared.
    Alone,
    /// None can.
    Nothing,
}

impl Standing {
    /// Two or three words for a badge.
    pub fn badge(self) -> &'static str {
        match self {
            Standing::Clear => "clear winner",
            Standing::Tied => "tie",
            Standing::Undecided => "undecided",
            Standing::TooFewSeeds => "too few seeds",
            Standing::TradeOff => "trade-off",
            Standing::NobodyReaches => "target not reached",
            Standing::MetAtStart => "met at the start",
            Standing::Unsettled => "best value not settled",
            Standing::Untimed => "times not resolved",
            Standing::Alone | Standing::Nothing => "nothing to compare",
        }
    }

    /// Whether costs to the target were compared and the comparison says something.
    fn is_compared(self) -> bool {
        matches!(self, Standing::Clear | Standing::Tied | Standing::Undecided | Standing::TradeOff)
    }
}

/// What follows for one problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// How it came out.
    pub standing: Standing,
    /// Who stands where, by the cost that decides.
    pub ranking: Ranking,
    /// The answer in a line, for a list of many problems.
    pub short: String,
    /// The answer in one or two sentences.
    pub headline: String,
    /// What belongs to the answer at first sight: whether seconds say the same, how far one-shot baselines get.
    pub beside: Vec<String>,
    /// What else a reader has to know, a sentence each.
    pub details: Vec<String>,
}

impl Verdict {
    /// The first in the order of hits, cost and gap, as an index into the problem's series.
    pub fn leader(&self) -> Option<usize> {
        self.ranking.leader
    }

    /// The answer with what belongs to it at first sight.
    pub fn answer(&self) -> String {
        std::iter::once(&self.headline).chain(&self.beside).cloned().collect::<Vec<_>>().join(" ")
    }

    /// The leader and all that share first place with it: equivalent or not separated, and not beaten by another of
    /// them.
    pub fn first(&self) -> Vec<usize> {
        match self.standing {
            Standing::NobodyReaches
            | Standing::MetAtStart
            | Standing::Unsettled
            | Standing::Untimed
            | Standing::Alone
            | Standing::Nothing
            | Standing::TooFewSeeds => Vec::new(),
            _ => self.ranking.first(),
        }
    }
}

/// Pairs on one problem, by the cost that decides and by the clock.
#[derive(Debug, Clone, Copy)]
pub struct Pairs<'p> {
    /// By the cost that decides.
    pub by_cost: &'p [Comparison],
    /// By wall-clock seconds; `None` where times are not comparable.
    pub by_clock: Option<&'p [Comparison]>,
    /// What the clock can tell.
    pub timing: Option<Timing>,
    /// Number of pairs over all problems.
    pub all: usize,
}

/// Judges one problem by its comparisons.
pub fn judge(problem: &Problem<'_>, pairs: Pairs<'_>, options: &AnalysisOptions) -> Verdict {
    let axis: Axis = options.cost.into();
    let ranking = Ranking::new(problem, best::standing(problem, axis), pairs.by_cost, axis);
    let seeds = pairs.by_cost.iter().map(|pair| pair.seeds).max().unwrap_or(0);
    let least = crate::stats::signed_rank::least_pairs(pairs.all, options.test.level);
    let standing = match ranking.leader {
        None => Standing::Nothing,
        Some(_) if ranking.order.len() == 1 => Standing::Alone,
        Some(_) if ladder::met_at_start(problem) == problem.distinct_seeds.len() => Standing::MetAtStart,
        Some(leader) if problem.series[leader].summary.hits == 0 => Standing::NobodyReaches,
        Some(_) if axis.is_time() && pairs.timing.is_none_or(|timing| timing.trouble.is_some()) => Standing::Untimed,
        Some(_) if !ranking.ahead.is_empty() && problem.resolves_target() => Standing::TradeOff,
        Some(_) if ranking.is_undecided() && seeds < least => Standing::TooFewSeeds,
        Some(_) if ranking.is_undecided() => Standing::Undecided,
        Some(_) if !problem.resolves_target() => Standing::Unsettled,
        Some(_) if !ranking.equivalent.is_empty() => Standing::Tied,
        Some(_) => Standing::Clear,
    };
    let say = words::Words { problem, pairs, ranking: &ranking, options, seeds, least };
    let short = say.short(standing);
    let headline = say.headline(standing);
    let beside = say.beside(standing);
    let details = say.details(standing);
    Verdict { standing, ranking, short, headline, beside, details }
}
