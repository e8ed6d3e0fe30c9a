//! Who stands where on one problem, by one cost.

use crate::compare::{Comparison, Judgement, between};
use crate::target::Axis;

/// Optimizers relative to the leader, as indices into the problem's series, each list best first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ranking {
    /// The cost.
    pub axis: Axis,
    /// All that can be compared.
    pub order: Vec<usize>,
    /// The first of them.
    pub leader: Option<usize>,
    /// The same as the leader.
    pub equivalent: Vec<usize>,
    /// Not separated from the leader.
    pub open: Vec<usize>,
    /// Worse than the leader.
    pub behind: Vec<usize>,
    /// Better than the leader where they reach the target, which they do less often.
    pub ahead: Vec<usize>,
}

impl Ranking {
    /// Ranks in the given order by what the comparisons allow to say.
    pub(super) fn new(order: Vec<usize>, pairs: &[Comparison], axis: Axis) -> Self {
        let leader = order.first().copied();
        let with = |judgement| -> Vec<usize> {
            let Some(leader) = leader else { return Vec::new() };
            let judged = |rival: usize| {
                between(pairs, leader, rival).map_or(Judgement::Inconclusive, |comparison| comparison.judgement)
            };
            order[1..].iter().copied().filter(|rival| judged(*rival) == judgement).collect()
        };
        Self {
            axis,
            leader,
            equivalent: with(Judgement::Equivalent),
            open: with(Judgement::Inconclusive),
            behind: with(Judgement::Better),
            ahead: with(Judgement::Worse),
            order,
        }
    }

    /// The leader and all that are equivalent to it or not separated from it, best first.
    pub fn first(&self) -> Vec<usize> {
        let beside = |at: &usize| Some(*at) == self.leader || self.equivalent.contains(at) || self.open.contains(at);
        self.order.iter().copied().filter(beside).collect()
    }
}
