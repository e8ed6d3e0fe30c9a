//! Everything that is known of series, pairs and units, as CSV alone: for programs, not for paper.

use harness_analysis::{Analysis, Axis, Comparison, Problem, Quartiles, Ratio, Run, Series};

use super::csv;
use super::table::exact as number;

/// One row per setting of an optimizer on a problem.
pub(super) fn summary(analysis: &Analysis<'_>) -> String {
    let mut header: Vec<String> = [
        "problem",
        "optimizer",
        "config",
        "best_setting",
        "settings",
        "one_shot",
        "own_start",
        "target",
        "floor",
        "runs",
        "hits",
        "failed",
        "skipped",
        "repeats",
    ]
    .map(String::from)
    .to_vec();
    let quantities = [
        "iterations_to_target",
        "passes_to_target",
        "seconds_to_target",
        "cpu_to_target",
        "best_gap",
        "last_gap",
        "final_metric",
        "budget_gap",
    ];
    for quantity in quantities {
        header.extend(["q1", "median", "q3"].map(|quartile| format!("{quantity}_{quartile}")));
    }
    header.push("metric".to_owned());
    for axis in Axis::ALL {
        header.extend(["", "_low", "_high"].map(|end| format!("art_{}{end}", axis.name())));
    }
    let rows = analysis
        .problems
        .iter()
        .flat_map(|problem| problem.series.iter().map(move |series| summary_row(problem, series)));
    csv(header, rows)
}

fn summary_row(problem: &Problem<'_>, series: &Series<'_>) -> Vec<String> {
    let s = &series.summary;
    let counts_passes = series.counts_passes();
    let mut row = vec![
        problem.name.to_owned(),
        series.optimizer.to_owned(),
        series.config.to_owned(),
        series.is_best.to_string(),
        series.settings.to_string(),
        series.one_shot.to_string(),
        series.own_start.to_string(),
        number(problem.target),
        number(problem.floor),
        s.runs.to_string(),
        s.hits.to_string(),
        s.failed.to_string(),
        series.skipped.len().to_string(),
        s.repeats.to_string(),
    ];
    let is_known = |axis: Axis| axis != Axis::Passes || counts_passes;
    let costs = Axis::ALL.map(|axis| s.cost(axis).filter(|_| is_known(axis)));
    for quartiles in costs.into_iter().chain([s.best_gap, s.last_gap, s.metric, s.budget_gap]) {
        row.extend(three(quartiles));
    }
    row.push(problem.metric.map_or(String::new(), |metric| metric.file_name().to_owned()));
    for axis in Axis::ALL {
        let art = s.art(axis);
        let ends = art.interval.map(|interval| [interval.low, interval.high]);
        let values = [Some(art.value), ends.map(|ends| ends[0]), ends.map(|ends| ends[1])];
        row.extend(values.map(|v| v.filter(|_| is_known(axis) && s.runs > 0).map_or(String::new(), number)));
    }
    row
}

/// One row per pair of optimizers, problem and cost.
pub(super) fn comparisons(analysis: &Analysis<'_>) -> String {
    let header = [
        "axis",
        "problem",
        "a",
        "b",
        "seeds",
        "both_reach",
        "a_wins",
        "b_wins",
        "ties",
        "ratio_b_over_a",
        "ratio_low",
        "ratio_high",
        "p_a_better_low",
        "p_a_better_high",
        "test",
        "p",
        "p_holm",
        "a_is",
        "ratio_seeds",
    ];
    let clock = analysis.by_clock.iter().map(|pairs| (Axis::Seconds, pairs));
    let rows = std::iter::once((analysis.axis, &analysis.comparisons)).chain(clock).flat_map(|(axis, comparisons)| {
        let problems = analysis.problems.iter().zip(comparisons);
        problems.flat_map(move |(problem, pairs)| pairs.iter().map(move |pair| pair_row(axis, problem, pair)))
    });
    csv(header.map(String::from).to_vec(), rows)
}

fn pair_row(axis: Axis, problem: &Problem<'_>, pair: &Comparison) -> Vec<String> {
    let ratio = |pick: fn(Ratio) -> f64| pair.ratio.map_or(String::new(), |ratio| number(pick(ratio)));
    vec![
        axis.name().to_owned(),
        problem.name.to_owned(),
        problem.series[pair.a].title(),
        problem.series[pair.b].title(),
        pair.seeds.to_string(),
        pair.both.to_string(),
        pair.wins.to_string(),
        pair.losses.to_string(),
        pair.ties.to_string(),
        ratio(|r| r.estimate),
        ratio(|r| r.interval.low),
        ratio(|r| r.interval.high),
        number(pair.better.low),
        number(pair.better.high),
        pair.test.as_str().to_owned(),
        number(pair.p),
        number(pair.p_holm),
        pair.judgement.as_str().to_owned(),
        pair.ratio.map_or(String::new(), |ratio| ratio.pairs.to_string()),
    ]
}

/// One row per unit.
pub(super) fn units(analysis: &Analysis<'_>) -> String {
    let header = [
        "unit",
        "problem",
        "optimizer",
        "config",
        "seed",
        "status",
        "reason",
        "iterations",
        "passes",
        "wall_s",
        "cpu_s",
        "reached",
        "iterations_to_target",
        "passes_to_target",
        "seconds_to_target",
        "cpu_to_target",
        "best_gap",
        "last_gap",
        "final_metric",
    ];
    let rows = analysis.problems.iter().flat_map(|problem| {
        problem.series.iter().flat_map(move |series| {
            let ran = series.runs.iter().map(move |run| (run.record, Some(run)));
            ran.chain(series.skipped.iter().map(|record| (*record, None))).map(move |(record, run)| {
                let mut row = vec![
                    record.unit.clone(),
                    record.problem.clone(),
                    record.optimizer.clone(),
                    record.config.clone(),
                    record.seed.to_string(),
                    record.status.to_string(),
                    record.reason.clone(),
                    record.spent.iterations.to_string(),
                    number(record.spent.passes),
                    number(record.spent.wall_s),
                    number(record.spent.cpu_s),
                ];
                row.extend(outcome(problem, run));
                row
            })
        })
    });
    csv(header.map(String::from).to_vec(), rows)
}

fn outcome(problem: &Problem<'_>, run: Option<&Run<'_>>) -> Vec<String> {
    let Some(run) = run else { return vec![String::new(); 8] };
    let mut row = vec![run.hit.is_some().to_string()];
    row.extend(Axis::ALL.map(|axis| run.hit.map_or(String::new(), |cost| number(cost.on(axis)))));
    row.push(number(run.best_gap()));
    row.push(number(run.last_gap));
    let metric = problem.metric.map(|metric| metric.at_end(run)).filter(|value| value.is_finite());
    row.push(metric.map_or(String::new(), number));
    row
}

fn three(quartiles: Option<Quartiles>) -> [String; 3] {
    quartiles.map_or_else(Default::default, |q| [q.q1, q.median, q.q3].map(number))
}
