//! The ranking of a problem in sentences: short, each with the numbers that it rests on.

use harness_engine::spec::AnalysisOptions;

use super::{Pairs, Ranking, Standing, notes};
use crate::best;
use crate::compare::{self, Comparison, Judgement};
use crate::format::{factor, number, rough};
use crate::ladder;
use crate::series::{Problem, Series};
use crate::stats::Ratio;
use crate::target::Axis;

/// Said where the clock has no control.
const UNKNOWN_NOISE: &str = "too few runs to tell the machine's noise";

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
                "Too few seeds to say: {} cannot decide {}, {} are needed. So far {name} is ahead ({}).",
                count(self.seeds, "seed"),
                count(self.pairs.all, "comparison"),
                self.least,
                self.achieved(leader)
            ),
            Standing::Shared if self.ranking.first().len() == self.ranking.order.len() => format!(
                "Nobody is ahead: {} do not separate {}.",
                count(self.seeds, "seed"),
                list(&self.names(&self.ranking.order))
            ),
            Standing::Shared => format!(
                "{} share first place: {} do not separate them. {}",
                list(&self.names(&self.ranking.first())),
                count(self.seeds, "seed"),
                self.next(leader)
            ),
            Standing::Tied => {
                let group = list(&self.names(&self.ranking.first()));
                let same = self.options.test.rope;
                let next = self.next(leader);
                format!("{group} are equivalent and first, within a factor of {}. {next}", rough(same))
                    .trim()
                    .to_owned()
            }
            Standing::Clear => self.clear(leader),
        }
        .trim()
        .to_owned()
    }

    pub(super) fn details(&self, standing: Standing) -> Vec<String> {
        let mut details = Vec::new();
        if matches!(standing, Standing::Clear | Standing::Tied | Standing::Shared | Standing::TradeOff) {
            details.push(self.reached());
        }
        if matches!(standing, Standing::Shared | Standing::TradeOff) {
            details.extend(self.equivalent());
        }
        if standing != Standing::NobodyReaches {
            details.extend(self.behind(standing));
        }
        details.extend(self.by_the_clock(standing));
        details.extend(self.met_at_start(standing));
        details.extend(notes::repeats(self.problem));
        details.extend(notes::edges(self.problem, self.ranking.axis));
        details.extend(notes::unchanged(self.problem, self.ranking.axis));
        details.extend(notes::unsettled_reference(self.problem, standing));
        details.extend(notes::left_out(self.problem));
        details
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

    /// Seeds on which the start is good enough say nothing.
    fn met_at_start(&self, standing: Standing) -> Option<String> {
        let met = ladder::met_at_start(self.problem);
        let distinct = self.problem.distinct_seeds.len();
        (met > 0 && standing != Standing::MetAtStart).then(|| {
            format!(
                "On {met} of {} the start already meets the target, so all are equal there.",
                count(distinct, "seed")
            )
        })
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
        let how_much = self.against(leader, ahead).and_then(|pair| pair.ratio).map_or(String::new(), |ratio| {
            format!("{} {}, ", with_interval(ratio.reversed(), self.options), self.ranking.axis.less())
        });
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
        match self.against(leader, next).and_then(|pair| pair.ratio) {
            Some(ratio) if ratio.estimate > 1.0 => format!(
                "{name} is first: {} {} than {}{rest}.",
                with_interval(ratio, self.options),
                self.ranking.axis.less(),
                self.name(next)
            ),
            _ => format!(
                "{name} is first: it reaches the target on {} seeds, {}{rest}, on {}.",
                self.hits(leader),
                self.name(next),
                self.hits(next)
            ),
        }
    }

    /// Who comes after the first.
    fn next(&self, leader: usize) -> String {
        let Some(&next) = self.ranking.behind.first() else { return String::new() };
        let name = self.name(next);
        match self.against(leader, next).and_then(|pair| pair.ratio) {
            Some(ratio) => format!(
                "Next is {name}, with {} {} as {}.",
                with_interval(ratio, self.options),
                self.ranking.axis.as_much(),
                self.name(leader)
            ),
            None => format!("Next is {name}, which reaches the target on {} seeds.", self.hits(next)),
        }
    }

    fn reached(&self) -> String {
        let parts: Vec<String> = self
            .ranking
            .first()
            .into_iter()
            .chain(self.ranking.ahead.iter().copied())
            .map(|at| format!("{} {}", self.name(at), self.achieved(at)))
            .collect();
        format!("Target reached: {}.", parts.join("; "))
    }

    /// Groups within first place that are the same.
    fn equivalent(&self) -> Option<String> {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for at in self.ranking.first() {
            let same = |group: &&mut Vec<usize>| {
                group
                    .iter()
                    .all(|other| self.against(*other, at).is_some_and(|pair| pair.judgement == Judgement::Equivalent))
            };
            match groups.iter_mut().find(same) {
                Some(group) => group.push(at),
                None => groups.push(vec![at]),
            }
        }
        let parts: Vec<String> = groups
            .iter()
            .filter(|group| group.len() > 1)
            .map(|group| format!("{} are equivalent", list(&self.names(group))))
            .collect();
        (!parts.is_empty()).then(|| format!("{}.", parts.join("; ")))
    }

    /// All that are worse than the leader, with factors.
    fn behind(&self, standing: Standing) -> Option<String> {
        let leader = self.ranking.leader?;
        // The next one is in the headline.
        let told = usize::from(matches!(standing, Standing::Clear | Standing::Tied | Standing::Shared));
        let parts: Vec<String> = self
            .ranking
            .behind
            .iter()
            .skip(told)
            .map(|&at| {
                let ratio = self.against(leader, at).and_then(|pair| pair.ratio);
                let how_much = ratio.map_or_else(|| format!("reaches it on {}", self.hits(at)), brief);
                format!("{} {how_much}", self.name(at))
            })
            .collect();
        let axis = self.ranking.axis.as_much();
        (!parts.is_empty()).then(|| format!("Behind {} ({axis}): {}.", self.name(leader), parts.join(", ")))
    }

    /// Names the first by wall clock; silent where times are not comparable or too few seeds decide nothing.
    fn by_the_clock(&self, standing: Standing) -> Option<String> {
        let pairs = self.pairs.by_clock.filter(|_| !self.ranking.axis.is_time())?;
        if !matches!(standing, Standing::Clear | Standing::Tied | Standing::Shared | Standing::TradeOff) {
            return None;
        }
        let Some(timing) = self.pairs.timing else {
            return Some(format!("Times are not judged: {UNKNOWN_NOISE}."));
        };
        if timing.trouble.is_some() {
            return Some(format!("Times are not judged: {}.", timing.words()));
        }
        let clock = Ranking::new(best::standing(self.problem, Axis::Seconds), pairs, Axis::Seconds);
        let fastest = clock.leader?;
        let group = clock.first();
        let with_time = |at: &usize| {
            let median = self.series(*at).summary.median_cost(Axis::Seconds);
            if median.is_finite() {
                format!("{} ({} s)", self.name(*at), number(median))
            } else {
                self.name(*at).to_owned()
            }
        };
        let who = list(&group.iter().map(with_time).collect::<Vec<_>>());
        let verb = match group.len() {
            1 => "is first",
            n if n == clock.order.len() => "are not separated",
            _ => "share first place",
        };
        let leader = self.ranking.leader.filter(|leader| !group.contains(leader));
        let slower = leader.and_then(|leader| {
            let ratio = compare::between(pairs, fastest, leader).and_then(|pair| pair.ratio)?;
            let ratio = with_interval(ratio, self.options);
            Some(format!("; {} takes {ratio} {}", self.name(leader), Axis::Seconds.as_much()))
        });
        let noise = timing.words();
        Some(format!("By the clock {who} {verb}{} ({noise}).", slower.unwrap_or_default()))
    }

    fn series(&self, at: usize) -> &Series<'_> {
        &self.problem.series[at]
    }

    fn name(&self, at: usize) -> &str {
        self.series(at).optimizer
    }

    fn names(&self, all: &[usize]) -> Vec<String> {
        all.iter().map(|at| self.name(*at).to_owned()).collect()
    }

    fn hits(&self, at: usize) -> String {
        let summary = &self.series(at).summary;
        format!("{}/{}", summary.hits, summary.runs)
    }

    /// `12/12, median 22.5 passes`.
    fn achieved(&self, at: usize) -> String {
        let axis = self.ranking.axis;
        let median = self.series(at).summary.median_cost(axis);
        if median.is_finite() {
            format!("{}, median {} {}", self.hits(at), number(median), axis.unit())
        } else {
            self.hits(at)
        }
    }

    fn against(&self, a: usize, b: usize) -> Option<Comparison> {
        compare::between(self.pairs.by_cost, a, b)
    }
}

/// `3.1× (95 % CI 2.4–4.0)`.
fn with_interval(ratio: Ratio, options: &AnalysisOptions) -> String {
    let level = number(options.ci.level * 100.0);
    format!("{} ({level} % CI {}–{})", factor(ratio.estimate), rough(ratio.interval.low), rough(ratio.interval.high))
}

/// `3.1× (2.4–4.0)`.
fn brief(ratio: Ratio) -> String {
    format!("{} ({}–{})", factor(ratio.estimate), rough(ratio.interval.low), rough(ratio.interval.high))
}

pub(super) fn count(n: usize, word: &str) -> String {
    format!("{n} {word}{}", if n == 1 { "" } else { "s" })
}

/// `A`, `A and B`, `A, B and C`.
pub(super) fn list(names: &[String]) -> String {
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}
