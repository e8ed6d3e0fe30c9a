//! The numbers behind the answer, and what else a reader has to know.

use super::text::{brief, count, list};
use super::words::Words;
use super::{Standing, notes};
use crate::compare::Judgement;
use crate::ladder;

impl Words<'_> {
    pub(super) fn details(&self, standing: Standing) -> Vec<String> {
        let mut details = Vec::new();
        if standing.is_compared() {
            details.push(self.reached());
        }
        if matches!(standing, Standing::Undecided | Standing::TradeOff) {
            details.extend(self.equivalent());
        }
        if standing != Standing::NobodyReaches {
            details.extend(self.behind(standing));
        }
        details.extend(self.met_at_start(standing));
        details.extend(notes::repeats(self.problem));
        details.extend(notes::edges(self.problem, self.ranking.axis));
        details.extend(notes::unchanged(self.problem, self.ranking.axis));
        details.extend(notes::unsettled_reference(self.problem, standing));
        details.extend(notes::left_out(self.problem));
        details
    }

    fn reached(&self) -> String {
        let ranking = self.ranking;
        let parts: Vec<String> = ranking
            .first()
            .into_iter()
            .chain(ranking.beaten.iter().map(|(worse, _)| *worse))
            .chain(ranking.ahead.iter().copied())
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
        let told = usize::from(matches!(standing, Standing::Clear | Standing::Tied | Standing::Undecided));
        let parts: Vec<String> = self
            .ranking
            .behind
            .iter()
            .skip(told)
            .map(|&at| {
                let ratio = self.against(leader, at).and_then(|pair| brief(&pair));
                let how_much = ratio.unwrap_or_else(|| format!("reaches it on {}", self.hits(at)));
                format!("{} {how_much}", self.name(at))
            })
            .collect();
        let (name, amount) = (self.name(leader), self.ranking.axis.amount());
        (!parts.is_empty()).then(|| format!("Behind {name}, in multiples of its {amount}: {}.", parts.join(", ")))
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
}
