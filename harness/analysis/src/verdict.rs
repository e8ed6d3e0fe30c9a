//! What follows from the statistics of a problem, in sentences. A sentence never claims more than the paired test
//! allows, and it names the numbers that it rests on.

use crate::best;
use crate::compare::{self, Comparison, Judgement};
use crate::format::{cost, factor, number, rough};
use crate::series::{Problem, Series};
use crate::target::Axis;

/// How the comparison on one problem came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// One optimizer is ahead of every other.
    Clear,
    /// The leader and at least one other are equal, and no other is in doubt.
    Tied,
    /// The leader is not separated from at least one other.
    Inconclusive,
    /// So few seeds that no difference could be significant.
    TooFewSeeds,
    /// The one that reaches the target most often is not the one that needs the fewest passes.
    TradeOff,
    /// No optimizer that is compared reaches the target on any seed.
    NobodyReaches,
    /// Only one optimizer can be compared.
    Alone,
    /// None can.
    Nothing,
}

/// What follows for one problem.
#[derive(Debug, Clone, PartialEq)]
pub struct Verdict {
    /// How it came out.
    pub standing: Standing,
    /// The first in the order of hits, passes and gap, as an index into the problem's series.
    pub leader: Option<usize>,
    /// The answer in one sentence.
    pub headline: String,
    /// What else a reader has to know.
    pub details: Vec<String>,
}

/// Judges one problem by its comparisons; `all_pairs` is their number over all problems.
pub fn judge(problem: &Problem<'_>, pairs: &[Comparison], all_pairs: usize, jobs: usize) -> Verdict {
    let order = best::standing(problem);
    let (standing, headline, mut details) = match order.as_slice() {
        [] => (Standing::Nothing, "No optimizer ran that can be compared.".to_owned(), Vec::new()),
        [only] => alone(problem, *only),
        [leader, rivals @ ..] if problem.series[*leader].summary.hits == 0 => nobody(problem, *leader, rivals),
        [leader, rivals @ ..] => {
            let against: Vec<Comparison> =
                rivals.iter().filter_map(|rival| compare::between(pairs, *leader, *rival)).collect();
            led(problem, *leader, &against, all_pairs)
        }
    };
    if let Some(&leader) = order.first() {
        details.extend(misses(&problem.series[leader]));
        details.extend(by_the_clock(problem, &order, jobs));
    }
    details.extend(unsettled_reference(problem));
    details.extend(left_out(problem));
    Verdict { standing, leader: order.first().copied(), headline, details }
}

/// All problems in one sentence; empty if there is only one.
pub fn overview(problems: &[Problem<'_>], verdicts: &[Verdict]) -> String {
    if problems.len() < 2 {
        return String::new();
    }
    let mut wins: Vec<(&str, usize)> = Vec::new();
    for (problem, verdict) in problems.iter().zip(verdicts) {
        let (Standing::Clear, Some(leader)) = (verdict.standing, verdict.leader) else { continue };
        let label = problem.series[leader].optimizer;
        match wins.iter_mut().find(|(name, _)| *name == label) {
            Some((_, count)) => *count += 1,
            None => wins.push((label, 1)),
        }
    }
    wins.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let total = problems.len();
    let mut parts: Vec<String> = wins
        .iter()
        .map(|(label, count)| match *count {
            2 if total == 2 => format!("{label} needs the fewest passes on both problems"),
            count if count == total => format!("{label} needs the fewest passes on all {total} problems"),
            count => format!("{label} needs the fewest passes on {count} of {total} problems"),
        })
        .collect();
    for (standings, words) in [
        (&[Standing::Tied][..], "tied on"),
        (&[Standing::TradeOff][..], "a trade-off on"),
        (&[Standing::Inconclusive, Standing::TooFewSeeds][..], "inconclusive on"),
        (&[Standing::NobodyReaches][..], "target not reached on"),
        (&[Standing::Alone, Standing::Nothing][..], "nothing to compare on"),
    ] {
        let count = verdicts.iter().filter(|verdict| standings.contains(&verdict.standing)).count();
        if count > 0 {
            let all = match count {
                2 if total == 2 => "both problems".to_owned(),
                _ if count == total => format!("all {total} problems"),
                _ => count.to_string(),
            };
            parts.push(format!("{words} {all}"));
        }
    }
    let mut sentence = parts.join("; ");
    if let Some(first) = sentence.get(..1).filter(|_| wins.is_empty()) {
        sentence = first.to_uppercase() + &sentence[1..];
    }
    sentence + "."
}

fn alone(problem: &Problem<'_>, only: usize) -> (Standing, String, Vec<String>) {
    let series = &problem.series[only];
    let summary = &series.summary;
    let headline = if summary.hits == 0 {
        format!(
            "Only {} can be compared; it does not reach {} on any of {} seeds.",
            series.title(),
            target(problem),
            summary.runs
        )
    } else {
        format!(
            "Only {} can be compared; it reaches {} on {}/{} seeds, with a median of {} passes.",
            series.title(),
            target(problem),
            summary.hits,
            summary.runs,
            cost(summary.median_cost(Axis::Passes))
        )
    };
    (Standing::Alone, headline, Vec::new())
}

fn nobody(problem: &Problem<'_>, leader: usize, rivals: &[usize]) -> (Standing, String, Vec<String>) {
    let series = &problem.series[leader];
    let headline = format!(
        "None of the {} optimizers compared reaches {} on any seed; {} comes closest, with a median gap of {}.",
        rivals.len() + 1,
        target(problem),
        named(series),
        number(series.summary.median_gap())
    );
    (Standing::NobodyReaches, headline, Vec::new())
}

fn led(
    problem: &Problem<'_>,
    leader: usize,
    against: &[Comparison],
    all_pairs: usize,
) -> (Standing, String, Vec<String>) {
    let with = |judgement| against.iter().filter(|c| c.judgement() == judgement).collect::<Vec<_>>();
    let (better, worse, tied, open) =
        (with(Judgement::Better), with(Judgement::Worse), with(Judgement::Tied), with(Judgement::Inconclusive));
    let series = &problem.series[leader];
    let median = number(series.summary.median_cost(Axis::Passes));
    let mut details = Vec::new();

    let (standing, headline) = if let Some(rival) = worse.first() {
        let other = &problem.series[rival.b];
        (
            Standing::TradeOff,
            format!(
                "A trade-off: {} reaches {} most often, but {} needs fewer passes on {}/{} paired seeds.",
                described(series),
                target(problem),
                described(other),
                rival.losses,
                rival.seeds
            ),
        )
    } else if let Some(closest) = open.first() {
        let seeds = against.iter().map(|c| c.seeds).max().unwrap_or(0);
        let needed = seeds_needed(all_pairs);
        let lowest = format!(
            "{} and {} are not separated: {}",
            described(series),
            described(&problem.series[closest.b]),
            paired(problem, closest)
        );
        if seeds < needed {
            let headline = format!(
                "Inconclusive: {seeds} {} for {all_pairs} {} cannot show any difference, at least {needed} are \
                 needed. So far {lowest}.",
                plural(seeds, "seed"),
                plural(all_pairs, "comparison"),
            );
            (Standing::TooFewSeeds, headline)
        } else {
            (Standing::Inconclusive, format!("Inconclusive: {lowest}."))
        }
    } else if let Some(equal) = tied.first() {
        let headline = format!(
            "A tie: {} and {} need the same passes to reach {} within 5 % on {}/{} paired seeds (median {median}).",
            named(series),
            list(problem, &tied),
            target(problem),
            equal.ties,
            equal.seeds
        );
        (Standing::Tied, headline)
    } else if let Some(next) = better.first() {
        let first = if series.summary.median_cost(Axis::Passes).is_finite() {
            format!("needs the fewest passes: a median of {median} to reach {}", target(problem))
        } else {
            format!("reaches {} most often, yet on {} only", target(problem), hits(series))
        };
        let headline = format!("{} {first}, {}; {}.", named(series), advantage(problem, next), paired(problem, next));
        (Standing::Clear, headline)
    } else {
        (Standing::Inconclusive, format!("Inconclusive: {} has no rival on its seeds.", named(series)))
    };

    let also: Vec<&Comparison> = better.iter().skip(usize::from(standing == Standing::Clear)).copied().collect();
    if !also.is_empty() {
        let weakest = also.iter().map(|c| c.p_holm).fold(0.0, f64::max);
        let word = if standing == Standing::Clear { "also ahead" } else { "ahead" };
        details.push(format!("{} is {word} of {} (p ≤ {}).", series.optimizer, list(problem, &also), rough(weakest)));
    }
    if standing != Standing::Inconclusive && standing != Standing::TooFewSeeds && !open.is_empty() {
        details.push(format!("Not separated from {}.", list(problem, &open)));
    } else if open.len() > 1 {
        details.push(format!("Not separated from {} either.", list(problem, &open[1..])));
    }
    if standing != Standing::Tied && !tied.is_empty() {
        details.push(format!("Tied with {}.", list(problem, &tied)));
    }
    (standing, headline, details)
}

/// The target in words.
fn target(problem: &Problem<'_>) -> String {
    format!("the target (gap ≤ {})", number(problem.target))
}

/// A series with the number of settings that it was picked from.
fn named(series: &Series<'_>) -> String {
    if series.settings > 1 {
        format!("{} (best of {} settings)", series.title(), series.settings)
    } else {
        series.title()
    }
}

fn list(problem: &Problem<'_>, comparisons: &[&Comparison]) -> String {
    let names: Vec<String> = comparisons.iter().map(|c| problem.series[c.b].title()).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}

fn hits(series: &Series<'_>) -> String {
    format!("{}/{} seeds", series.summary.hits, series.summary.runs)
}

fn passes(series: &Series<'_>) -> String {
    let median = series.summary.median_cost(Axis::Passes);
    if median.is_finite() { format!("{} passes", number(median)) } else { "not reached".to_owned() }
}

/// The same with what it achieves.
fn described(series: &Series<'_>) -> String {
    let settings = if series.settings > 1 { format!("best of {} settings; ", series.settings) } else { String::new() };
    format!("{} ({settings}{}, median {})", series.title(), hits(series), passes(series))
}

fn advantage(problem: &Problem<'_>, comparison: &Comparison) -> String {
    let other = &problem.series[comparison.b];
    match comparison.ratio {
        Some(ratio) if ratio > 1.0 => format!("{} fewer than {}", factor(ratio), named(other)),
        _ if other.summary.hits < other.summary.runs => {
            format!("which {} reaches on {} only", named(other), hits(other))
        }
        _ => format!("ahead of {}", named(other)),
    }
}

fn paired(problem: &Problem<'_>, comparison: &Comparison) -> String {
    let ties = if comparison.ties > 0 { format!(", {} ties", comparison.ties) } else { String::new() };
    format!(
        "{} is better on {}/{} paired seeds{ties} (p = {})",
        problem.series[comparison.a].optimizer,
        comparison.wins,
        comparison.seeds,
        rough(comparison.p_holm)
    )
}

fn misses(leader: &Series<'_>) -> Option<String> {
    let missed = leader.summary.runs - leader.summary.hits;
    (missed > 0 && leader.summary.hits > 0)
        .then(|| format!("{} misses the target on {missed} of {} seeds.", leader.optimizer, leader.summary.runs))
}

/// Names the fastest by wall clock where it is another one; silent where times are not comparable.
fn by_the_clock(problem: &Problem<'_>, order: &[usize], jobs: usize) -> Option<String> {
    let (&leader, rest) = order.split_first()?;
    if jobs > 1 {
        return None;
    }
    let first = &problem.series[leader];
    let seconds = |at: usize| problem.series[at].summary.median_cost(Axis::Seconds);
    let as_often = |at: usize| {
        let summary = &problem.series[at].summary;
        summary.hits * first.summary.runs >= first.summary.hits * summary.runs
    };
    let fastest = rest.iter().copied().filter(|&at| as_often(at)).min_by(|&a, &b| seconds(a).total_cmp(&seconds(b)))?;
    (seconds(fastest) * compare::SAME < seconds(leader)).then(|| {
        format!(
            "By the clock {} is first: a median of {} s to the target against {} s for {}.",
            problem.series[fastest].title(),
            number(seconds(fastest)),
            number(seconds(leader)),
            first.title()
        )
    })
}

fn unsettled_reference(problem: &Problem<'_>) -> Option<String> {
    (!problem.floor_is_rounding && problem.target < 10.0 * problem.floor).then(|| {
        format!(
            "The best run was itself still falling (by {} over the last tenth of its way), so a larger budget may \
             change this.",
            number(problem.floor)
        )
    })
}

fn left_out(problem: &Problem<'_>) -> Option<String> {
    let why = |series: &Series<'_>| match (series.one_shot, series.own_start) {
        (true, true) => "one-shot, own start",
        (true, false) => "one-shot",
        _ => "own start",
    };
    let mut names: Vec<String> = problem
        .series
        .iter()
        .filter(|series| series.is_best && !series.runs.is_empty() && !series.is_comparable())
        .map(|series| format!("{} ({})", series.optimizer, why(series)))
        .collect();
    names.dedup();
    (!names.is_empty()).then(|| format!("Not compared in pairs: {}.", names.join(", ")))
}

/// The least number of seeds with which the first of `comparisons` could be significant.
fn seeds_needed(comparisons: usize) -> usize {
    let mut seeds = compare::MIN_SEEDS;
    while crate::sign_test::p_value(seeds, 0) * comparisons as f64 > compare::LEVEL {
        seeds += 1;
    }
    seeds
}

fn plural(count: usize, word: &str) -> String {
    if count == 1 { word.to_owned() } else { format!("{word}s") }
}
