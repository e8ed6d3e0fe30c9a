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
        next.map_or(String::new(), |next| format!("; next {}", self.measured(leader, *next, true)))
    }

    /// A few by name and ratio, the others counted.
    fn some(&self, leader: usize, all: &[usize]) -> String {
        let named = all.len().min(MOST_RIVALS);
        let mut is_explained = false;
        let mut parts: Vec<String> = Vec::new();
        for at in &all[..named] {
            let ratio = self.against(leader, *at).and_then(|pair| pair.ratio);
            parts.push(self.measured(leader, *at, !is_explained));
            is_explained |= ratio.is_some();
        }
        if all.len() > named {
            parts.push(format!("{} more", all.len() - named));
        }
        list(&parts)
    }

    /// `em 2.1× its passes (1.7–2.5)`, or how often it reaches the target; `of_what` says passes.
    fn measured(&self, leader: usize, at: usize, of_what: bool) -> String {
        let ratio = self.against(leader, at).and_then(|pair| Some((pair.ratio?, pair.seeds)));
        let how_much = match ratio {
            Some((ratio, seeds)) => {
                let what = if of_what { format!(" its {}", self.ranking.axis.amount()) } else { String::new() };
                format!("{}{what} ({})", factor(ratio.estimate), ends(ratio, seeds))
            }
            None => format!("({})", self.hits(at)),
        };
        format!("{} {how_much}", self.name(at))
    }
}
