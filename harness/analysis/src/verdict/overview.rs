//! All problems in one or two sentences.

use super::text::list;
use super::{Standing, Verdict};
use crate::series::Problem;

/// All problems together; empty if there is only one.
pub fn overview(problems: &[Problem<'_>], verdicts: &[Verdict]) -> String {
    let total = problems.len();
    if total < 2 {
        return String::new();
    }
    let mut sentences = Vec::new();
    let alone = tally(
        problems,
        verdicts.iter().map(|verdict| match verdict.standing {
            Standing::Clear => verdict.leader().into_iter().collect(),
            _ => Vec::new(),
        }),
    );
    match alone.as_slice() {
        [(label, count)] if *count == total => return format!("{label} is first on {}.", all(total)),
        _ => {}
    }
    let beside = tally(problems, verdicts.iter().map(Verdict::first));
    if !beside.is_empty() {
        sentences.push(format!("First, or not separated from the leader: {}.", on(&beside, total)));
        let sole = if alone.is_empty() { "nobody".to_owned() } else { on(&alone, total) };
        sentences.push(format!("Ahead of all others: {sole}."));
    }
    for (standings, words) in [
        (&[Standing::TradeOff][..], "A trade-off on"),
        (&[Standing::TooFewSeeds], "Too few seeds on"),
        (&[Standing::NobodyReaches], "Target not reached by anyone on"),
        (&[Standing::MetAtStart], "Target met at the start on"),
        (&[Standing::Unsettled], "Best known value not settled on"),
        (&[Standing::Untimed], "Times not resolved on"),
        (&[Standing::Alone, Standing::Nothing], "Nothing to compare on"),
    ] {
        let names: Vec<String> = problems
            .iter()
            .zip(verdicts)
            .filter(|(_, verdict)| standings.contains(&verdict.standing))
            .map(|(problem, _)| problem.name.to_owned())
            .collect();
        match names.len() {
            0 => {}
            n if n == total => sentences.push(format!("{words} {}.", all(total))),
            n if n > 3 => sentences.push(format!("{words} {n} of {total} problems.")),
            _ => sentences.push(format!("{words} {}.", list(&names))),
        }
    }
    sentences.join(" ")
}

/// How often each label is named, most often first.
fn tally<'a>(problems: &[Problem<'a>], named: impl Iterator<Item = Vec<usize>>) -> Vec<(&'a str, usize)> {
    let mut counts: Vec<(&str, usize)> = Vec::new();
    for (problem, places) in problems.iter().zip(named) {
        for at in places {
            let label = problem.series[at].optimizer;
            match counts.iter_mut().find(|(name, _)| *name == label) {
                Some((_, count)) => *count += 1,
                None => counts.push((label, 1)),
            }
        }
    }
    counts.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    counts
}

/// `Adam on all 3 problems, EM on 2`.
fn on(counts: &[(&str, usize)], total: usize) -> String {
    let mut parts: Vec<String> = Vec::new();
    for group in counts.chunk_by(|a, b| a.1 == b.1) {
        let names: Vec<String> = group.iter().map(|(label, _)| (*label).to_owned()).collect();
        let many = match group[0].1 {
            count if count == total => all(total),
            count if parts.is_empty() => format!("{count} of {total} problems"),
            count => count.to_string(),
        };
        parts.push(format!("{} on {many}", list(&names)));
    }
    parts.join("; ")
}

fn all(total: usize) -> String {
    if total == 2 { "both problems".to_owned() } else { format!("all {total} problems") }
}
