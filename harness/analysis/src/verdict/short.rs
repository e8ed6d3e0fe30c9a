//! The answer in one line, where there are many problems: who is first or leads, and by how much.

use super::Standing;
use super::text::{ends, list};
use super::words::Words;
use crate::format::{factor, number};

/// More rivals than this are counted.
const MOST_RIVALS: usize = 2;

impl Words<'_> {
    pub(super) fn short(&self, standing: Standing) -> String {
        let Some(leader) = self.ranking.leader else { return "no optimizer ran that can be compared".to_owned() };
        let name = self.name(leader);
        let achieved = self.achieved(leader);
        match standing {
            Standing::Nothing | Standing::Alone => format!("{name} alone ({achieved})"),
            Standing::NobodyReaches | Standing::MetAtStart => {
                format!("{name} has the least gap, {}", number(self.series(leader).summary.median_budget_gap()))
            }
            Standing::Unsettled | Standing::Untimed | Standing::TooFewSeeds => {
                format!("{name} is ahead so far ({achieved})")
            }
            Standing::TradeOff => {
                let faster = self.names(&self.ranking.ahead);
                format!("{name} arrives most often ({}), {} faster", self.hits(leader), list(&faster))
            }
            Standing::Undecided => {
                let never = &self.ranking.never;
                let rest = [&self.ranking.open[..], &self.ranking.equivalent, never].concat();
                format!("{name} leads; not separated: {}", self.some(leader, &rest))
            }
            Standing::Tied => list(&self.names(&self.ranking.first())) + " are equivalent" + &self.ahead_of(leader),
            Standing::Clear => name.to_owned() + " is first" + &self.ahead_of(leader),
        }
    }

    /// `; next em 2.1× its passes (1.7–2.5)`.
    fn ahead_of(&self, leader: usize) -> String {
        let next = self.ranking.behind.first();
        next.map_or(String::new(), |next| format!("; next {}", self.measured(leader, *next)))
    }

    /// A few by name and ratio, the others counted.
    fn some(&self, leader: usize, all: &[usize]) -> String {
        // One more is named rather than counted.
        let named = if all.len() <= MOST_RIVALS + 1 { all.len() } else { MOST_RIVALS };
        let mut parts: Vec<String> = all[..named].iter().map(|at| self.measured(leader, *at)).collect();
        if all.len() > named {
            parts.push(format!("{} more", all.len() - named));
        }
        list(&parts)
    }

    /// `em 2.1× its passes (1.7–2.5)`, or how often it reaches the target.
    fn measured(&self, leader: usize, at: usize) -> String {
        let ratio = self.against(leader, at).and_then(|pair| Some((pair.ratio?, pair.seeds)));
        let how_much = match ratio {
            Some((ratio, seeds)) => {
                format!("{} its {} ({})", factor(ratio.estimate), self.ranking.axis.amount(), ends(ratio, seeds))
            }
            None => format!("({})", self.hits(at)),
        };
        format!("{} {how_much}", self.name(at))
    }
}
