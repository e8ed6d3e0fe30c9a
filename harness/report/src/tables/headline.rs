//! The cost to the headline target, problem by problem.

use harness_analysis::stats::interval::wilson;
use harness_analysis::tuning::tunings;
use harness_analysis::{Analysis, Axis, Problem, Series, Standing, Verdict, compare};
use harness_engine::results::Status;

use super::table::{Cell, Table, numbers, word, words};
use super::{place, suite, values};

pub(super) fn table(analysis: &Analysis<'_>) -> Table {
    let axis = analysis.axis;
    let name = axis.name();
    let mut rows = Vec::new();
    for (at, problem) in analysis.problems.iter().enumerate() {
        let drawn = problem.series.iter().enumerate().filter(|(_, series)| series.is_best);
        rows.extend(drawn.map(|(index, series)| row(analysis, at, problem, index, series)));
    }
    Table {
        stem: "headline",
        caption: format!(
            "Cost to the target, best setting of each optimizer (chosen on the same seeds). Medians with quartiles over \
             seeds, in which a run that misses counts as infinite. Ratio: {name} relative to the leader, seed by seed, on the seeds on which both reach the target. aRT: \
             {name} spent by all runs per run that reaches the target, with its {:.0} % interval (≈: fewer than 20 runs; \
             none below 10 runs or 5 hits). At the edge: no setting beyond \
             the best one was tried.",
            analysis.results.analysis.ci.level * 100.0
        ),
        columns: vec![
            words("Problem", "problem"),
            words("Optimizer", "optimizer"),
            words("Setting", "config"),
            words("Verdict", "verdict"),
            numbers("Target reached", &["hits", "runs", "reached_low", "reached_high"]),
            numbers(&suite::capital(name), &["median", "q1", "q3"]),
            numbers("Ratio to the leader", &["ratio", "ratio_low", "ratio_high", "ratio_seeds"]),
            numbers("aRT", &["art", "art_low", "art_high"]),
            numbers(if axis.is_time() { "Passes" } else { "Seconds" }, &["other_median", "other_q1", "other_q3"]),
            numbers("Smallest gap", &["gap_median", "gap_q1", "gap_q3"]),
            words("Runs ended as", "ended"),
        ],
        rows,
        is_grouped: true,
    }
}

fn row(analysis: &Analysis<'_>, at: usize, problem: &Problem<'_>, index: usize, series: &Series<'_>) -> Vec<Cell> {
    let axis = analysis.axis;
    let summary = &series.summary;
    let level = analysis.results.analysis.ci.level;
    let verdict = &analysis.verdicts[at];
    let is_counted = |axis: Axis| axis != Axis::Passes || series.counts_passes();
    let cost = |axis: Axis| {
        if !is_counted(axis) {
            return values::missing("not counted", 3);
        }
        values::quartiles(summary.cost(axis), if series.runs.is_empty() { "–" } else { "not reached" })
    };
    let ratio = match verdict.leader() {
        Some(leader) if leader == index => {
            Cell { text: "1×".to_owned(), raw: ["1", "", "", ""].map(String::from).to_vec(), ..Cell::default() }
        }
        Some(leader) => {
            let pair = compare::between(&analysis.comparisons[at], leader, index);
            values::ratio(pair.as_ref().and_then(|pair| pair.ratio), pair.map_or(0, |pair| pair.seeds))
        }
        None => values::missing("–", 4),
    };
    vec![
        word(problem.name),
        Cell { place: place(analysis, series.optimizer), ..word(series.optimizer) },
        setting(analysis, problem, series),
        standing(problem, verdict, index),
        values::reached(summary.hits, summary.runs, wilson(summary.hits as f64, summary.runs, level)),
        cost(axis),
        ratio,
        if is_counted(axis) { values::art(summary.art(axis)) } else { values::missing("–", 3) },
        cost(if axis.is_time() { Axis::Passes } else { Axis::Seconds }),
        values::gap(summary.best_gap, problem.floor),
        Cell { tone: if summary.failed > 0 { "bad" } else { "" }, ..word(ended(series)) },
    ]
}

fn setting(analysis: &Analysis<'_>, problem: &Problem<'_>, series: &Series<'_>) -> Cell {
    let tunings = tunings(problem, analysis.axis);
    let at_edge = tunings.iter().any(|tuning| tuning.optimizer == series.optimizer && tuning.is_best_at_edge());
    let note = match (series.one_shot, series.own_start) {
        (true, true) => "one-shot, own start".to_owned(),
        (true, false) => "one-shot".to_owned(),
        (false, true) => "own start".to_owned(),
        (false, false) if at_edge => format!("best of {}, at the edge", series.settings),
        (false, false) if series.settings > 1 => format!("best of {}", series.settings),
        (false, false) => String::new(),
    };
    Cell { note, tone: if at_edge { "some" } else { "" }, ..word(series.config) }
}

/// What the verdict says of one optimizer.
fn standing(problem: &Problem<'_>, verdict: &Verdict, index: usize) -> Cell {
    let (series, ranking) = (&problem.series[index], &verdict.ranking);
    let group = verdict.first();
    if let Some((_, winner)) = ranking.beaten.iter().find(|(worse, _)| *worse == index && !group.is_empty()) {
        return word(format!("behind {}", problem.series[*winner].optimizer));
    }
    let (text, tone) = if series.runs.is_empty() {
        ("skipped", "none")
    } else if !series.is_comparable() {
        ("not compared", "none")
    } else if series.summary.hits == 0 {
        ("never reaches it", "bad")
    } else if group.first() == Some(&index) {
        match verdict.standing {
            Standing::Clear => ("first", "good"),
            Standing::Tied => ("first, with equals", "good"),
            _ => ("leads, undecided", "good"),
        }
    } else if group.contains(&index) {
        (if ranking.equivalent.contains(&index) { "equal to the leader" } else { "not separated from it" }, "good")
    } else if ranking.ahead.contains(&index) {
        ("faster, less reliable", "some")
    } else if ranking.behind.contains(&index) {
        ("behind", "")
    } else if verdict.standing == Standing::Alone {
        ("nothing to compare", "none")
    } else {
        ("undecided", "none")
    };
    Cell { tone, ..word(text) }
}

/// `11 stalled, 1 budget`; or why it was skipped.
fn ended(series: &Series<'_>) -> String {
    if let Some(record) = series.skipped.first().filter(|_| series.runs.is_empty()) {
        return format!("skipped: {}", record.reason);
    }
    let counts = Status::ALL
        .iter()
        .filter_map(|status| series.summary.statuses.get(status).map(|count| format!("{count} {status}")));
    counts.collect::<Vec<_>>().join(", ")
}
