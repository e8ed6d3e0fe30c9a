//! Two results of the same benchmark, say of two commits: what got better, worse, or stayed the same.
//!
//! Series are matched by problem, optimizer and setting, runs by seed, if they had the same rows, model and start. Both
//! sides are measured against the same best known values, the lower of the two, so that a side that finds a better
//! optimum is seen to. Tests are those of [`compare`](mod@crate::compare), with Holm's correction over all series that differ at all.

use harness_engine::results::Results;
use harness_engine::spec::{AnalysisOptions, Correction};

use crate::compare::{self, Comparison, Judgement, Match, Measure};
use crate::series::{self, Problem, Run, Series};
use crate::stats::{Ratio, holm};
use crate::target::Axis;
use crate::timing;

/// How a series changed from A to B.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// Costs more, reaches the target less often, or fails more often.
    Worse,
    /// Costs less, reaches the target more often, or fails less often.
    Better,
    /// The same, up to the factor that counts as equal.
    Same,
    /// Not decided by these seeds.
    Unclear,
    /// In both, but with other rows, another model or another start.
    Unmatched,
    /// Only in A.
    Gone,
    /// Only in B.
    New,
}

impl Change {
    /// All of them, the most urgent first.
    pub const ALL: [Change; 7] =
        [Change::Worse, Change::Better, Change::Same, Change::Unclear, Change::Unmatched, Change::Gone, Change::New];

    /// The word used in tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Change::Worse => "worse",
            Change::Better => "better",
            Change::Same => "same",
            Change::Unclear => "unclear",
            Change::Unmatched => "other data",
            Change::Gone => "only in A",
            Change::New => "only in B",
        }
    }
}

/// One series in both results.
#[derive(Debug, Clone, PartialEq)]
pub struct Difference {
    /// Problem.
    pub problem: String,
    /// Optimizer and setting.
    pub series: String,
    /// Seeds on which both ran, of seeds that repeat each other one.
    pub seeds: usize,
    /// Those that reach the target in A and in B.
    pub hits: [usize; 2],
    /// Failed runs in A and in B.
    pub failed: [usize; 2],
    /// Cost in B over cost in A, where both reach the target on at least four seeds in five.
    pub ratio: Option<Ratio>,
    /// Exact two-sided p-value, after Holm's correction over all series that differ; `None` where nothing was compared.
    pub p: Option<f64>,
    /// What follows.
    pub change: Change,
}

/// Compares B with A on an axis; settings of the analysis are those of B's benchmark file.
pub fn differences(a: &Results, b: &Results, axis: Axis) -> Vec<Difference> {
    let options = &b.analysis;
    let (before, after) = (series::problems_beside(a, Some(b), options), series::problems_beside(b, Some(a), options));
    let mut all: Vec<(Difference, Option<(Comparison, f64)>)> = Vec::new();
    for problem in &after {
        let earlier = before.iter().find(|other| other.name == problem.name);
        for series in &problem.series {
            let old = earlier.and_then(|earlier| Some((earlier, same_series(earlier, series)?)));
            all.extend(one(old, Some((problem, series)), axis, options));
        }
    }
    for problem in &before {
        let later = after.iter().find(|other| other.name == problem.name);
        for series in problem.series.iter().filter(|series| later.is_none_or(|p| same_series(p, series).is_none())) {
            all.extend(one(Some((problem, series)), None, axis, options));
        }
    }
    judge(all, options)
}

fn same_series<'p, 'a>(problem: &'p Problem<'a>, series: &Series<'_>) -> Option<&'p Series<'a>> {
    let is_same = |other: &&Series<'_>| other.optimizer == series.optimizer && other.config == series.config;
    problem.series.iter().find(is_same)
}

type Side<'s, 'a> = Option<(&'s Problem<'a>, &'s Series<'a>)>;

/// One line, not judged yet; none where nothing ran on either side.
fn one(
    a: Side<'_, '_>,
    b: Side<'_, '_>,
    axis: Axis,
    options: &AnalysisOptions,
) -> Option<(Difference, Option<(Comparison, f64)>)> {
    let ran = |side: Side<'_, '_>| side.is_some_and(|(_, series)| !series.runs.is_empty());
    let (problem, series) = b.or(a)?;
    let mut difference = Difference {
        problem: problem.name.to_owned(),
        series: series.title(),
        seeds: 0,
        hits: [0; 2],
        failed: [0; 2],
        ratio: None,
        p: None,
        change: Change::Unclear,
    };
    let (Some((old_problem, old)), Some((new_problem, new))) = (a.filter(|_| ran(a)), b.filter(|_| ran(b))) else {
        difference.change = if ran(a) { Change::Gone } else { Change::New };
        return (ran(a) || ran(b)).then_some((difference, None));
    };
    let mut matches = compare::matches(&old.runs, &new.runs);
    for repeated in &mut matches {
        repeated.retain(|(one, other)| is_same_task(one, other));
    }
    matches.retain(|repeated| !repeated.is_empty());
    if matches.is_empty() {
        difference.change = Change::Unmatched;
        return Some((difference, None));
    }
    let noise = if axis.is_time() {
        let factor = |problem| timing::timing(problem, axis).map_or(f64::INFINITY, |timing| timing.floor());
        factor(old_problem).max(factor(new_problem))
    } else {
        1.0
    };
    let budget = [old_problem, new_problem].map(|problem| crate::budget::common(problem, axis));
    let measure = Measure {
        axis,
        budget: budget.into_iter().flatten().fold(f64::INFINITY, f64::min),
        equal: if noise.is_finite() { options.test.rope.max(noise) } else { options.test.rope },
        equal_gap: (problem.target / 10.0).max(old_problem.floor.max(new_problem.floor)),
        level: options.ci.level,
    };
    difference.seeds = matches.len();
    difference.hits = sides(&matches, |run| run.hit.is_some());
    difference.failed = sides(&matches, |run| run.record.status.is_failure());
    let comparison = measure.compare(&matches);
    difference.ratio = comparison.ratio;
    Some((difference, Some((comparison, noise))))
}

/// On how many seeds something holds, in A and in B.
fn sides(matches: &[Match<'_, '_>], holds: impl Fn(&Run<'_>) -> bool) -> [usize; 2] {
    let count = |pick: &dyn Fn(&Match<'_, '_>) -> bool| matches.iter().filter(|repeated| pick(repeated)).count();
    [count(&|repeated| holds(repeated[0].0)), count(&|repeated| holds(repeated[0].1))]
}

/// Did both sides do the same: the same rows, model and start?
fn is_same_task(one: &Run<'_>, other: &Run<'_>) -> bool {
    let (one, other) = (one.record, other.record);
    let is_known = !one.data.rows_hash.is_empty() && !other.data.rows_hash.is_empty();
    let same_rows =
        if is_known { one.data.rows_hash == other.data.rows_hash } else { one.data.hash == other.data.hash };
    same_rows && one.model == other.model && one.start_hash == other.start_hash
}

fn judge(all: Vec<(Difference, Option<(Comparison, f64)>)>, options: &AnalysisOptions) -> Vec<Difference> {
    // Where not a digit differs there is nothing to test, and nothing to correct for.
    let tested = |(_, compared): &(Difference, Option<(Comparison, f64)>)| {
        compared.as_ref().filter(|(pair, _)| !is_same(pair)).map(|(pair, _)| pair.p)
    };
    let raw: Vec<f64> = all.iter().filter_map(tested).collect();
    let corrected = if options.test.correction == Correction::Holm { holm::holm(&raw) } else { raw };
    let mut corrected = corrected.into_iter();
    let judged = |(mut difference, compared): (Difference, Option<(Comparison, f64)>)| {
        if let Some((mut pair, noise)) = compared {
            pair.p_holm = if is_same(&pair) { 1.0 } else { corrected.next().unwrap_or(1.0) };
            difference.p = Some(pair.p_holm);
            difference.change = change(&pair, noise, difference.failed, options);
        }
        difference
    };
    all.into_iter().map(judged).collect()
}

fn is_same(pair: &Comparison) -> bool {
    pair.ties == pair.seeds && pair.logs.iter().all(|log| *log == 0.0)
}

fn change(pair: &Comparison, noise: f64, [before, after]: [usize; 2], options: &AnalysisOptions) -> Change {
    // More failures on the very same tasks are a fact, and so is not a digit of difference.
    if after > before {
        return Change::Worse;
    }
    if before == after && is_same(pair) {
        return Change::Same;
    }
    match pair.judge(options.test, noise) {
        Judgement::Better => Change::Worse,
        Judgement::Worse => Change::Better,
        Judgement::Equivalent => Change::Same,
        Judgement::Inconclusive if after < before && pair.wins == 0 => Change::Better,
        Judgement::Inconclusive => Change::Unclear,
    }
}
