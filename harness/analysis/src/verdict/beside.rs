//! What stands beside the answer at first sight: whether the clock says the same, and how far one-shot baselines get.

use super::Standing;
use super::ranking::Ranking;
use super::text::{list, verb, with_interval};
use super::words::{UNKNOWN_NOISE, Words};
use crate::best;
use crate::compare::{self, Comparison};
use crate::format::number;
use crate::series::Series;
use crate::target::Axis;

/// More optimizers than this are named without their times.
const MOST_TIMES: usize = 4;

impl Words<'_> {
    pub(super) fn beside(&self, standing: Standing) -> Vec<String> {
        self.by_the_clock(standing).into_iter().chain(self.one_shots(standing)).collect()
    }

    /// Whether the picture changes in seconds; silent where costs decide nothing, or are seconds themselves.
    fn by_the_clock(&self, standing: Standing) -> Option<String> {
        if self.ranking.axis.is_time() || !standing.is_compared() {
            return None;
        }
        let not_judged = |why: &str| Some(format!("Times are not judged: {why}."));
        // Said once for all problems.
        let pairs = self.pairs.by_clock?;
        let Some(timing) = self.pairs.timing else { return not_judged(UNKNOWN_NOISE) };
        if timing.trouble.is_some() {
            return not_judged(&timing.words());
        }
        let clock = Ranking::new(self.problem, best::standing(self.problem, Axis::Seconds), pairs, Axis::Seconds);
        let (mut by_cost, mut by_clock) = (self.ranking.first(), clock.first());
        by_cost.sort_unstable();
        by_clock.sort_unstable();
        let is_same = by_cost == by_clock && self.ranking.leader == clock.leader;
        let change = if is_same { "The clock says the same" } else { "The clock says otherwise" };
        Some(format!("{change}: {} ({}).", self.timed(&clock, pairs)?, timing.words()))
    }

    /// Who is first in seconds, by how much, and how far behind the one is that is first by the cost that decides.
    fn timed(&self, clock: &Ranking, pairs: &[Comparison]) -> Option<String> {
        let fastest = clock.leader?;
        let group = clock.first();
        let seconds = |at: &usize| {
            let median = self.series(*at).summary.median_cost(Axis::Seconds);
            let is_told = median.is_finite() && group.len() <= MOST_TIMES;
            if is_told { format!("{} ({} s)", self.name(*at), number(median)) } else { self.name(*at).to_owned() }
        };
        let first = match group.len() {
            1 if clock.is_undecided() => format!("{} leads, but is not separated from all others", seconds(&fastest)),
            1 => format!("{} is first", seconds(&fastest)),
            _ => {
                let rest: Vec<String> = group.iter().filter(|at| **at != fastest).map(seconds).collect();
                format!("{} leads, not separated from {}", seconds(&fastest), list(&rest))
            }
        };
        // The one that is first by the cost that decides, or else the next.
        let (slower, which) = match self.ranking.leader.filter(|leader| !group.contains(leader)) {
            Some(leader) => (Some(leader), ""),
            None => (clock.behind.first().copied(), ", the next,"),
        };
        let ratio = slower.and_then(|slower| {
            let ratio = with_interval(&compare::between(pairs, fastest, slower)?, self.options.ci.level)?;
            Some(format!(", and {}{which} takes {ratio} its time", self.name(slower)))
        });
        Some(first + &ratio.unwrap_or_default())
    }

    /// Where fits of a single step end; they have no path that could be compared.
    fn one_shots(&self, standing: Standing) -> Option<String> {
        let is_shown = |series: &&Series<'_>| series.is_best && series.one_shot && series.summary.runs > 0;
        let all: Vec<&Series<'_>> = self.problem.series.iter().filter(is_shown).collect();
        if all.is_empty() || standing == Standing::MetAtStart {
            return None;
        }
        // Those that end equally often within the target are told together, the most often first.
        let outcome = |series: &Series<'_>| (series.summary.hits, series.summary.runs);
        let mut outcomes: Vec<(usize, usize)> = all.iter().map(|series| outcome(series)).collect();
        outcomes.sort_unstable_by(|a, b| (b.0 * a.1).cmp(&(a.0 * b.1)).then(b.cmp(a)));
        outcomes.dedup();
        let parts: Vec<String> = outcomes
            .into_iter()
            .map(|(hits, runs)| {
                let group = all.iter().filter(|series| outcome(series) == (hits, runs));
                if hits > 0 {
                    let names: Vec<String> = group.map(|series| series.optimizer.to_owned()).collect();
                    let reach = verb(names.len(), "reaches", "reach");
                    return format!("{} {reach} the target in {hits}/{runs} runs", list(&names));
                }
                let with_gap = |series: &&Series<'_>| {
                    format!("{} (median gap {})", series.optimizer, number(series.summary.median_gap()))
                };
                let names: Vec<String> = group.map(with_gap).collect();
                let reach = verb(names.len(), "reaches", "reach");
                format!("{} never {reach} the target of {}", list(&names), number(self.problem.target))
            })
            .collect();
        Some(format!("One-shot baselines: {}.", parts.join("; ")))
    }
}
