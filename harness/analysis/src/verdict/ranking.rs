//! Who stands where on one problem, by one cost.

use crate::compare::{Comparison, Judgement, between};
use crate::series::Problem;
use crate::target::Axis;

/// Optimizers relative to the leader, as indices into the problem's series, each list best first.
///
/// First place belongs to the leader and to those that are not separated from it, `equivalent` or `open`. Not being
/// separated from the leader is not enough: who is beaten by one of these (`beaten`), or never reaches the target where
/// the leader does (`never`), stands outside.
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
    /// Not separated from the leader, but worse than one that shares first place with it, which is named second.
    pub beaten: Vec<(usize, usize)>,
    /// Not separated from the leader, but without a hit, where the leader has some.
    pub never: Vec<usize>,
    /// Worse than the leader.
    pub behind: Vec<usize>,
    /// Better than the leader where they reach the target, which they do less often.
    pub ahead: Vec<usize>,
}

impl Ranking {
    /// Ranks in the given order by what the comparisons allow to say.
    pub(super) fn new(problem: &Problem<'_>, order: Vec<usize>, pairs: &[Comparison], axis: Axis) -> Self {
        let leader = order.first().copied();
        let hits = |at: usize| problem.series[at].summary.hits;
        let judged = |a: usize, b: usize| between(pairs, a, b).map_or(Judgement::Inconclusive, |pair| pair.judgement);
        let against_leader = |judgement: Judgement| -> Vec<usize> {
            let Some(leader) = leader else { return Vec::new() };
            order[1..].iter().copied().filter(|rival| judged(leader, *rival) == judgement).collect()
        };
        let (mut equivalent, mut open) =
            (against_leader(Judgement::Equivalent), against_leader(Judgement::Inconclusive));
        let misses_all = |at: usize| hits(at) == 0 && leader.is_some_and(|leader| hits(leader) > 0);
        let never: Vec<usize> = open.iter().copied().filter(|at| misses_all(*at)).collect();
        open.retain(|at| !misses_all(*at));
        let group: Vec<usize> = order
            .iter()
            .copied()
            .filter(|at| Some(*at) == leader || equivalent.contains(at) || open.contains(at))
            .collect();
        let beaten = beaten(&group, |a, b| judged(a, b) == Judgement::Better);
        let is_beaten = |at: &usize| beaten.iter().any(|(worse, _)| worse == at);
        equivalent.retain(|at| !is_beaten(at));
        open.retain(|at| !is_beaten(at));
        Self {
            axis,
            leader,
            equivalent,
            open,
            beaten,
            never,
            behind: against_leader(Judgement::Better),
            ahead: against_leader(Judgement::Worse),
            order,
        }
    }

    /// The leader and all that share first place with it, best first.
    pub fn first(&self) -> Vec<usize> {
        let beside = |at: &usize| Some(*at) == self.leader || self.equivalent.contains(at) || self.open.contains(at);
        self.order.iter().copied().filter(beside).collect()
    }

    /// Whether the tests leave anybody unseparated from the leader without showing that it is the same.
    pub fn is_undecided(&self) -> bool {
        !(self.open.is_empty() && self.beaten.is_empty() && self.never.is_empty())
    }
}

/// Those of a group that one who stays in it beats, each with the first who does. Being beaten by one who is beaten
/// oneself is not enough, unless they beat each other in a circle, of which the first in order stays.
fn beaten(group: &[usize], beats: impl Fn(usize, usize) -> bool) -> Vec<(usize, usize)> {
    let mut left = group.to_vec();
    let mut beaten = Vec::new();
    while let Some(&first) = left.first() {
        let is_free = |at: &usize| !left.iter().any(|other| beats(*other, *at));
        let stays = left.iter().copied().find(is_free).unwrap_or(first);
        left.retain(|at| *at != stays);
        beaten.extend(left.iter().filter(|at| beats(stays, **at)).map(|at| (*at, stays)));
        left.retain(|at| !beats(stays, *at));
    }
    beaten.sort_by_key(|(worse, _)| group.iter().position(|at| at == worse));
    beaten
}

#[cfg(test)]
mod tests {
    use super::beaten;

    #[test]
    fn who_is_beaten_by_one_that_stays_goes() {
        let with = |pairs: &'static [(usize, usize)]| beaten(&[0, 1, 2, 3], |a, b| pairs.contains(&(a, b)));
        assert_eq!(with(&[]), []);
        assert_eq!(with(&[(1, 2)]), [(2, 1)]);
        assert_eq!(with(&[(1, 2), (2, 3)]), [(2, 1)], "2 is out itself, so 3 stays");
        assert_eq!(with(&[(3, 1), (3, 2)]), [(1, 3), (2, 3)], "the order of the list decides nothing");
        assert_eq!(with(&[(1, 2), (2, 3), (3, 1)]), [(2, 1)], "a circle keeps its first");
    }
}
