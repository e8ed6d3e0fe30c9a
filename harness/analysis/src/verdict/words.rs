//! The answer in one or two sentences: who leads, by how much, and who is not separated from the leader.

use harness_engine::spec::AnalysisOptions;

use super::text::{count, ends, list, verb, with_interval};
use super::{Pairs, Ranking, Standing};
use crate::compare::{self, Comparison, Judgement};
use crate::format::{factor, number};
use crate::series::{Problem, Series};
use crate::tuning::tunings;

/// Said where the clock has no control.
pub(super) const UNKNOWN_NOISE: &str = "too few runs to tell the machine's noise";

/// More rivals than this are named without their ratios, which the details have.
const MOST_RATIOS: usize = 3;

/// All that sentences are made of.
pub(super) struct Words<'w> {
    pub(super) problem: &'w Problem<'w>,
    pub(super) pairs: Pairs<'w>,
    pub(super) ranking: &'w Ranking,
    pub(super) options: &'w AnalysisOptions,
    /// Paired seeds.
    pub(super) seeds: usize,
    /// Seeds with which a difference could be significant.
    pub(super) least: usize,
}

impl Words<'_> {
    pub(super) fn headline(&self, standing: Standing) -> String {
        let Some(leader) = self.ranking.leader else {
            return "No optimizer ran that can be compared.".to_owned();
        };
        let name = self.name(leader);
        match standing {
            Standing::Nothing | Standing::Alone => self.alone(leader),
            Standing::NobodyReaches => {
                format!("Nobody reaches the target on any of {}. {}", count(self.seeds, "seed"), self.closest())
            }
            Standing::MetAtStart => format!(
                "The start already meets the target (gap {} ≤ {}), so there is nothing to compare: ask for a smaller gap \
                 (`analysis: target: headline`). {}",
                number(self.problem.start_gap),
                number(self.problem.target),
                self.closest()
            ),
            Standing::Unsettled => format!(
                "Not settled: gaps are known to {} only, too coarsely for a target of {}. So far {name} is ahead ({}).",
                number(self.problem.floor),
                number(self.problem.target),
                self.achieved(leader)
            ),
            Standing::Untimed => format!(
                "Times are not judged: {}. So far {name} is ahead ({}).",
                self.pairs.timing.map_or_else(|| UNKNOWN_NOISE.to_owned(), |timing| timing.words()),
                self.achieved(leader)
            ),
            Standing::TradeOff => self.trade_off(leader),
            Standing::TooFewSeeds => format!(
                "Inconclusive, too few seeds: {} cannot decide {}, {} are needed. So far {name} is ahead ({}).",
                count(self.seeds, "seed"),
                count(self.pairs.all, "comparison"),
                self.least,
                self.achieved(leader)
            ),
            Standing::Undecided => self.undecided(leader),
            Standing::Tied => format!(
                "{} are equivalent and first, within a factor of {}. {} {}",
                list(&self.names(&self.ranking.first())),
                number(self.options.test.rope),
                self.next(leader),
                self.on_an_edge()
            ),
            Standing::Clear => format!("{} {}", self.clear(leader), self.on_an_edge()),
        }
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
    }

    /// Who is nearest to the best known value where all can be compared, and whether that is more than luck.
    fn closest(&self) -> String {
        let axis = self.ranking.axis;
        let gap = |at: usize| self.series(at).summary.median_budget_gap();
        let Some((&first, rest)) = self.ranking.order.split_first() else { return String::new() };
        let at_cost = self
            .problem
            .budget
            .map_or_else(|| "At the end".to_owned(), |budget| format!("At {} {}", number(budget), axis.unit()));
        let others: Vec<String> = rest.iter().map(|&at| format!("{} {}", self.name(at), number(gap(at)))).collect();
        let beaten = |at: &usize| self.against(first, *at).is_some_and(|pair| pair.judgement == Judgement::Better);
        let doubt = if rest.iter().all(beaten) {
            "closer than every other, seed by seed".to_owned()
        } else {
            let open: Vec<String> = rest.iter().filter(|at| !beaten(at)).map(|at| self.name(*at).to_owned()).collect();
            format!("not separated from {}", list(&open))
        };
        format!(
            "{at_cost} {} has the least median gap, {} ({doubt}); {}.",
            self.name(first),
            number(gap(first)),
            list(&others)
        )
    }

    fn alone(&self, only: usize) -> String {
        let name = self.name(only);
        let summary = &self.series(only).summary;
        if summary.hits == 0 {
            let runs = count(summary.runs, "run");
            return format!("Only {name} can be compared; it never reaches the target ({runs}).");
        }
        format!("Only {name} can be compared ({}).", self.achieved(only))
    }

    fn trade_off(&self, leader: usize) -> String {
        let ahead = self.ranking.ahead.first().copied().unwrap_or(leader);
        let ratio = self.against(ahead, leader).and_then(|pair| with_interval(&pair, self.options.ci.level));
        let how_much = ratio.map_or(String::new(), |ratio| format!("{ratio} {}, ", self.ranking.axis.less()));
        format!(
            "A trade-off: {} reaches the target most often ({}), {} is faster where it does ({how_much}{}).",
            self.name(leader),
            self.hits(leader),
            self.name(ahead),
            self.hits(ahead)
        )
    }

    fn clear(&self, leader: usize) -> String {
        let name = self.name(leader);
        let Some(&next) = self.ranking.behind.first() else { return format!("{name} has no rival on its seeds.") };
        let rest = if self.ranking.behind.len() > 1 { ", the next best" } else { "" };
        let pair = self.against(leader, next);
        let ahead = pair.filter(|pair| pair.ratio.is_some_and(|ratio| ratio.estimate > 1.0));
        match ahead.and_then(|pair| with_interval(&pair, self.options.ci.level)) {
            Some(ratio) => {
                format!("{name} is first: {ratio} {} than {}{rest}.", self.ranking.axis.less(), self.name(next))
            }
            None => format!(
                "{name} is first: it reaches the target on {} seeds, {}{rest}, on {}.",
                self.hits(leader),
                self.name(next),
                self.hits(next)
            ),
        }
    }

    /// Who leads without being separated from others, and who is kept out of first place all the same.
    fn undecided(&self, leader: usize) -> String {
        let Ranking { equivalent, open, never, .. } = self.ranking;
        let name = self.name(leader);
        let seeds = count(self.seeds, "seed");
        let beside = match (equivalent.is_empty(), open.is_empty()) {
            (true, true) => format!(
                "Undecided: {name} alone reaches the target ({} seeds), too rarely to be separated from {}, which never \
                 {} it.",
                self.hits(leader),
                list(&self.names(never)),
                verb(never.len(), "reaches", "reach")
            ),
            (false, true) => format!("Undecided: {name} leads, equivalent to {}.", list(&self.names(equivalent))),
            (true, false) => format!("Undecided: {name} leads, not separated by {seeds} from {}.", self.rivals(leader)),
            (false, false) => format!(
                "Undecided: {name} leads, equivalent to {}, and not separated by {seeds} from {}.",
                list(&self.names(equivalent)),
                self.rivals(leader)
            ),
        };
        format!("{beside} {} {}", self.kept_out(), self.next(leader))
    }

    /// `em (1× its passes, 95 % CI 0.86–1.3) and Adam (1.2×, 0.97–1.6)`.
    fn rivals(&self, leader: usize) -> String {
        let open = &self.ranking.open;
        if open.len() > MOST_RATIOS {
            return list(&self.names(open));
        }
        let mut is_explained = false;
        let rivals: Vec<String> = open
            .iter()
            .map(|&at| {
                let name = self.name(at);
                let pair = self.against(leader, at);
                let Some((ratio, seeds)) = pair.and_then(|pair| Some((pair.ratio?, pair.seeds))) else {
                    return format!("{name} (reaches the target on {})", self.hits(at));
                };
                let (times, ends) = (factor(ratio.estimate), ends(ratio, seeds));
                if is_explained {
                    return format!("{name} ({times}, {ends})");
                }
                is_explained = true;
                let level = number(self.options.ci.level * 100.0);
                format!("{name} ({times} its {}, {level} % CI {ends})", self.ranking.axis.amount())
            })
            .collect();
        list(&rivals)
    }

    /// Those that the leader is not separated from, though they have no part in first place.
    fn kept_out(&self) -> String {
        let mut sentences = Vec::new();
        let is_winner = |at: &usize| self.ranking.beaten.iter().any(|(_, winner)| winner == at);
        for winner in self.ranking.order.iter().copied().filter(is_winner) {
            let worse: Vec<usize> =
                self.ranking.beaten.iter().filter(|pair| pair.1 == winner).map(|pair| pair.0).collect();
            sentences.push(format!(
                "{} {} behind {}.",
                list(&self.names(&worse)),
                verb(worse.len(), "is", "are"),
                self.name(winner)
            ));
        }
        let never = &self.ranking.never;
        if !never.is_empty() && self.ranking.first().len() > 1 {
            let reach = verb(never.len(), "reaches", "reach");
            sentences.push(format!("{} never {reach} the target.", list(&self.names(never))));
        }
        sentences.join(" ")
    }

    /// Who comes after the first.
    fn next(&self, leader: usize) -> String {
        let Some(&next) = self.ranking.behind.first() else { return String::new() };
        let name = self.name(next);
        match self.against(leader, next).and_then(|pair| with_interval(&pair, self.options.ci.level)) {
            Some(ratio) => {
                format!("Next is {name}, with {ratio} the {} of {}.", self.ranking.axis.amount(), self.name(leader))
            }
            None => format!("Next is {name}, which reaches the target on {} seeds.", self.hits(next)),
        }
    }

    /// Rivals that a wider grid might serve better: a lead over them is one over what was tried.
    fn on_an_edge(&self) -> String {
        let tunings = tunings(self.problem, self.ranking.axis);
        let is_at_edge = |at: &&usize| {
            let name = self.name(**at);
            tunings.iter().any(|tuning| tuning.optimizer == name && tuning.is_best_at_edge())
        };
        let rivals: Vec<usize> = self.ranking.behind.iter().filter(is_at_edge).copied().collect();
        match rivals.len() {
            0 => String::new(),
            n if n > MOST_RATIOS => {
                let of = self.ranking.behind.len();
                format!(
                    "The best settings of {n} of its {of} rivals lie at the edge of their grids: wider ones may change this."
                )
            }
            n => format!(
                "The best {} of {} {} at the edge of {}: a wider one may change this.",
                verb(n, "setting", "settings"),
                list(&self.names(&rivals)),
                verb(n, "lies", "lie"),
                verb(n, "its grid", "their grids")
            ),
        }
    }

    pub(super) fn series(&self, at: usize) -> &Series<'_> {
        &self.problem.series[at]
    }

    pub(super) fn name(&self, at: usize) -> &str {
        self.series(at).optimizer
    }

    pub(super) fn names(&self, all: &[usize]) -> Vec<String> {
        all.iter().map(|at| self.name(*at).to_owned()).collect()
    }

    pub(super) fn hits(&self, at: usize) -> String {
        let summary = &self.series(at).summary;
        format!("{}/{}", summary.hits, summary.runs)
    }

    /// `12/12, median 22.5 passes`.
    pub(super) fn achieved(&self, at: usize) -> String {
        let axis = self.ranking.axis;
        let median = self.series(at).summary.median_cost(axis);
        if median.is_finite() {
            format!("{}, median {} {}", self.hits(at), number(median), axis.unit())
        } else {
            self.hits(at)
        }
    }

    pub(super) fn against(&self, a: usize, b: usize) -> Option<Comparison> {
        compare::between(self.pairs.by_cost, a, b)
    }
}
