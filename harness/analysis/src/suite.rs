//! All problems together, optimizer by optimizer: how often first, how reliable, how far from the baseline. No single
//! score: a ranking of suites hides what each problem says.

use crate::best;
use crate::compare::{self, Comparison};
use crate::series::Problem;
use crate::stats::friedman::{Friedman, friedman};
use crate::stats::interval::wilson;
use crate::stats::{Interval, Ratio};
use crate::target::Axis;
use crate::verdict::{Standing, Verdict};

/// With fewer problems, but more than one, no ratio is given over them.
pub const LEAST_PROBLEMS: usize = 3;

/// One optimizer over all problems, at its best setting on each.
#[derive(Debug, Clone, PartialEq)]
pub struct SuiteRow<'a> {
    /// Label.
    pub optimizer: &'a str,
    /// Problems on which it was compared.
    pub problems: usize,
    /// Problems on which it is first, alone or with others.
    pub first: usize,
    /// Problems on which it is first alone.
    pub alone: usize,
    /// Runs that reach the target.
    pub hits: usize,
    /// All runs of best settings.
    pub runs: usize,
    /// Wilson's interval of their share.
    pub reached: Interval,
    /// Failed runs, of all settings.
    pub failed: usize,
    /// Cost relative to the baseline, geometric mean over problems.
    pub ratio: Option<Ratio>,
    /// Seeds, over all problems, that the ratio leaves out because one of both misses the target there.
    pub left_out: usize,
}

/// The suite.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Suite<'a> {
    /// What ratios are relative to.
    pub baseline: Option<&'a str>,
    /// In the order of the benchmark.
    pub rows: Vec<SuiteRow<'a>>,
    /// Friedman's test over the optimizers that were compared on every problem, with their labels; from ten problems
    /// on.
    pub friedman: Option<(Vec<&'a str>, Friedman)>,
}

/// Puts the problems together.
pub fn suite<'a>(
    problems: &[Problem<'a>],
    comparisons: &[Vec<Comparison>],
    verdicts: &[Verdict],
    optimizers: &[&'a str],
    wanted: Option<&str>,
    axis: Axis,
    level: f64,
) -> Suite<'a> {
    let baseline = wanted
        .and_then(|wanted| optimizers.iter().copied().find(|label| *label == wanted))
        .or_else(|| optimizers.iter().copied().find(|label| problems.iter().any(|p| at(p, label).is_some())));
    let rows = optimizers
        .iter()
        .map(|label| row(problems, comparisons, verdicts, label, baseline, level))
        .filter(|row| row.runs > 0 || row.failed > 0)
        .collect();
    Suite { baseline, rows, friedman: ranks(problems, optimizers, axis) }
}

/// The best setting of an optimizer on a problem, if it can be compared.
fn at(problem: &Problem<'_>, label: &str) -> Option<usize> {
    problem.series.iter().position(|series| series.optimizer == label && series.is_best && series.is_comparable())
}

fn row<'a>(
    problems: &[Problem<'a>],
    comparisons: &[Vec<Comparison>],
    verdicts: &[Verdict],
    label: &'a str,
    baseline: Option<&str>,
    level: f64,
) -> SuiteRow<'a> {
    let (mut compared, mut first, mut alone, mut hits, mut runs, mut failed, mut left_out) = (0, 0, 0, 0, 0, 0, 0);
    let mut logs = Vec::new();
    let mut only = None;
    for ((problem, pairs), verdict) in problems.iter().zip(comparisons).zip(verdicts) {
        for series in problem.series.iter().filter(|series| series.optimizer == label) {
            failed += series.summary.failed;
            if series.is_best {
                hits += series.summary.hits;
                runs += series.summary.runs;
            }
        }
        let Some(place) = at(problem, label) else { continue };
        compared += usize::from(verdict.standing != Standing::Alone);
        let group = verdict.first();
        first += usize::from(group.contains(&place));
        alone += usize::from(group == [place] && verdict.standing == Standing::Clear);
        let base = baseline.and_then(|baseline| at(problem, baseline));
        let pair = base.and_then(|base| compare::between(pairs, base, place));
        if let Some((ratio, seeds)) = pair.and_then(|pair| Some((pair.ratio?, pair.seeds))) {
            logs.push(ratio.estimate.ln());
            left_out += seeds - ratio.pairs;
            only = Some(ratio);
        }
    }
    SuiteRow {
        optimizer: label,
        problems: compared,
        first,
        alone,
        hits,
        runs,
        reached: wilson(hits as f64, runs, level),
        failed,
        // One problem: the ratio over its seeds; several: each counts once. Never over those alone that have one, which
        // would leave out where it misses, nor over so few that the interval says nothing.
        ratio: match logs.len() {
            all if all < compared => None,
            1 => only,
            all if all < LEAST_PROBLEMS => None,
            _ => Ratio::of(&logs, level),
        },
        left_out,
    }
}

fn ranks<'a>(problems: &[Problem<'a>], optimizers: &[&'a str], axis: Axis) -> Option<(Vec<&'a str>, Friedman)> {
    let everywhere: Vec<&str> =
        optimizers.iter().copied().filter(|label| problems.iter().all(|p| at(p, label).is_some())).collect();
    let blocks: Vec<Vec<f64>> = problems
        .iter()
        .map(|problem| {
            // Places in the order of hits, cost and gap; equal summaries share theirs.
            let order = best::standing(problem, axis);
            let mut place = vec![0.0; problem.series.len()];
            for (rank, series) in order.iter().enumerate() {
                let same = rank > 0 && {
                    let (a, b) = (&problem.series[order[rank - 1]].summary, &problem.series[*series].summary);
                    best::order(a, b, axis).is_eq()
                };
                place[*series] = if same { place[order[rank - 1]] } else { rank as f64 };
            }
            everywhere.iter().filter_map(|label| at(problem, label)).map(|series| place[series]).collect()
        })
        .collect();
    friedman(&blocks).map(|test| (everywhere, test))
}
