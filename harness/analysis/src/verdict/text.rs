//! Pieces of sentences: ratios with their intervals, counts, lists.

use crate::compare::{self, Comparison};
use crate::format::{factor, number, rough};
use crate::stats::Ratio;

/// `3.1× (95 % CI 2.4–4)`, with the seeds that it rests on if some are left out.
pub(super) fn with_interval(pair: &Comparison, level: f64) -> Option<String> {
    let ratio = pair.ratio?;
    Some(format!("{} ({} % CI {})", factor(ratio.estimate), number(level * 100.0), ends(ratio, pair.seeds)))
}

/// `3.1× (2.4–4)`.
pub(super) fn brief(pair: &Comparison) -> Option<String> {
    let ratio = pair.ratio?;
    Some(format!("{} ({})", factor(ratio.estimate), ends(ratio, pair.seeds)))
}

/// `2.4–4`, or `2.4–4, on 11 of 12 seeds`.
pub(super) fn ends(ratio: Ratio, seeds: usize) -> String {
    let on = compare::ratio_seeds(ratio, seeds).map_or(String::new(), |on| format!(", {on}"));
    format!("{}–{}{on}", rough(ratio.interval.low), rough(ratio.interval.high))
}

/// `1 seed`, `12 seeds`.
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

/// The verb that goes with so many subjects.
pub(super) fn verb<'v>(subjects: usize, one: &'v str, several: &'v str) -> &'v str {
    if subjects == 1 { one } else { several }
}
