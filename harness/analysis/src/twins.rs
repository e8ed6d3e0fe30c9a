//! Runs that repeat each other: the same data, the same start and the same course to the last bit. However many seeds
//! they stand on, they are one observation, and are counted once.

use std::collections::HashSet;
use std::hash::Hash;

use harness_engine::results::{Record, TracePoint};

/// Names the course of a run: two with the same one did the same work with the same outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Course(u64);

/// Of a record and its trace. Records that do not say which rows they saw are like no other.
pub(crate) fn course(record: &Record, trace: &[TracePoint]) -> Course {
    let mut state = if record.data.rows_hash.is_empty() { absorb(1, record.seed) } else { 0 };
    for byte in record.data.rows_hash.bytes().chain(record.start_hash.bytes()) {
        state = absorb(state, u64::from(byte));
    }
    state = absorb(state, record.status as u64);
    for point in trace {
        state = absorb(state, point.loss.to_bits());
        state = absorb(state, point.passes.to_bits() ^ point.iteration.rotate_left(32));
    }
    Course(state)
}

/// One step of a multiplicative hash; courses are only ever compared within a problem, so 64 bits are plenty.
fn absorb(state: u64, word: u64) -> u64 {
    let mixed = (state ^ word).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed ^ (mixed >> 29)
}

/// Places of the first of each kind, in order.
pub(crate) fn firsts<T: Eq + Hash>(all: &[T]) -> Vec<usize> {
    let mut seen = HashSet::new();
    (0..all.len()).filter(|&at| seen.insert(&all[at])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::UnitSpec;

    #[test]
    fn the_same_rows_start_and_course_are_twins() {
        let twin = |seed: u64| {
            let mut unit = UnitSpec::new("p", "em", seed).build();
            unit.record.data.rows_hash = "rows".to_owned();
            unit.record.start_hash = "start".to_owned();
            unit
        };
        let of = |unit: &harness_engine::results::UnitResult| course(&unit.record, &unit.trace);
        let (one, mut other) = (twin(0), twin(1));
        assert_eq!(of(&one), of(&other));
        other.trace[3].wall_s *= 2.0;
        assert_eq!(of(&one), of(&other), "times are no part of the course");
        other.trace[3].loss += f64::EPSILON;
        assert_ne!(of(&one), of(&other));
        let (mut one, mut other) = (twin(0), twin(1));
        for unit in [&mut one, &mut other] {
            unit.record.data.rows_hash.clear();
        }
        assert_ne!(of(&one), of(&other), "unknown rows");
    }

    #[test]
    fn firsts_are_in_order() {
        assert_eq!(firsts(&[3, 1, 3, 2, 1]), [0, 1, 3]);
    }
}
