//! Tables as CSV files: full precision, one header row, infinity as `inf`, nothing where there is no value.

use harness_analysis::rate::LinearRate;
use harness_analysis::{Analysis, Axis, Problem, Quartiles, Run, Series};

/// A table.
pub(crate) struct Table {
    pub(crate) file_name: &'static str,
    pub(crate) csv: String,
}

/// All tables of a report. A new one is one more line here.
pub(crate) fn all(analysis: &Analysis<'_>) -> Vec<Table> {
    vec![
        Table { file_name: "summary.csv", csv: summary(analysis) },
        Table { file_name: "comparisons.csv", csv: comparisons(analysis) },
        Table { file_name: "units.csv", csv: units(analysis) },
        Table { file_name: "rates.csv", csv: rates(analysis) },
        Table { file_name: "optima.csv", csv: optima(analysis) },
    ]
}

fn summary(analysis: &Analysis<'_>) -> String {
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
    ]
    .map(String::from)
    .to_vec();
    for quantity in
        ["iterations_to_target", "passes_to_target", "seconds_to_target", "best_gap", "last_gap", "final_metric"]
    {
        header.extend(["q1", "median", "q3"].map(|quartile| format!("{quantity}_{quartile}")));
    }
    header.extend(["metric", "art_passes", "art_seconds"].map(String::from));
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
    ];
    let passes = s.passes.filter(|_| counts_passes);
    for quartiles in [s.iterations, passes, s.seconds, s.best_gap, s.last_gap, s.metric] {
        row.extend(three(quartiles));
    }
    row.push(problem.metric.map_or(String::new(), |metric| metric.file_name().to_owned()));
    row.push(if counts_passes && s.runs > 0 { number(s.art_passes) } else { String::new() });
    row.push(if s.runs > 0 { number(s.art_seconds) } else { String::new() });
    row
}

fn comparisons(analysis: &Analysis<'_>) -> String {
    let header =
        ["problem", "a", "b", "seeds", "a_wins", "b_wins", "ties", "passes_b_over_a", "p_sign", "p_holm", "a_is"];
    let rows = analysis.problems.iter().zip(&analysis.comparisons).flat_map(|(problem, pairs)| {
        pairs.iter().map(|pair| {
            vec![
                problem.name.to_owned(),
                problem.series[pair.a].title(),
                problem.series[pair.b].title(),
                pair.seeds.to_string(),
                pair.wins.to_string(),
                pair.losses.to_string(),
                pair.ties.to_string(),
                pair.ratio.map_or(String::new(), number),
                number(pair.p),
                number(pair.p_holm),
                format!("{:?}", pair.judgement()).to_lowercase(),
            ]
        })
    });
    csv(header.map(String::from).to_vec(), rows)
}

fn units(analysis: &Analysis<'_>) -> String {
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

/// One row per run: the verdict on its tail, the rate of its gap per iteration, and the predicted one.
fn rates(analysis: &Analysis<'_>) -> String {
    let header = [
        "problem",
        "optimizer",
        "config",
        "seed",
        "verdict",
        "rate",
        "rate_low",
        "rate_high",
        "onset",
        "end",
        "points",
        "confirmed",
        "predicted",
        "ratio",
        "basin",
    ];
    let rows = analysis.problems.iter().zip(&analysis.rates).flat_map(|(problem, all)| {
        all.iter().flat_map(move |rates| {
            let series = &problem.series[rates.series];
            rates.runs.iter().map(move |run| {
                let optional = |value: Option<f64>| value.map_or(String::new(), number);
                let linear = run.verdict.linear();
                let of = |pick: fn(&LinearRate) -> f64| optional(linear.map(pick));
                vec![
                    problem.name.to_owned(),
                    series.optimizer.to_owned(),
                    series.config.to_owned(),
                    run.seed.to_string(),
                    run.verdict.word().to_owned(),
                    of(|rate| rate.rate),
                    of(|rate| rate.low),
                    of(|rate| rate.high),
                    of(|rate| rate.onset),
                    of(|rate| rate.end),
                    linear.map_or(String::new(), |rate| rate.points.to_string()),
                    linear.map_or(String::new(), |rate| rate.is_confirmed.to_string()),
                    optional(run.predicted()),
                    optional(run.ratio()),
                    run.basin.map_or(String::new(), |basin| (basin + 1).to_string()),
                ]
            })
        })
    });
    csv(header.map(String::from).to_vec(), rows)
}

/// One row per problem and seed: the reference, and what is known of it.
fn optima(analysis: &Analysis<'_>) -> String {
    let header = [
        "problem",
        "seed",
        "version",
        "value",
        "decrement",
        "grad_norm",
        "is_optimum",
        "found_by",
        "lambda_max",
        "basins",
        "truth_loss",
        "gate_floor",
        "expert_floor",
    ];
    let rows = analysis.results.references.iter().map(|known| {
        let optional = |value: Option<f64>| value.map_or(String::new(), number);
        vec![
            known.problem.clone(),
            known.seed.to_string(),
            known.version.to_string(),
            number(known.value),
            number(known.decrement),
            number(known.grad_norm),
            known.is_optimum.to_string(),
            known.found_by.clone(),
            optional(known.basins.first().and_then(|basin| basin.lambda_max)),
            known.basins.len().to_string(),
            optional(known.truth_loss),
            optional(known.estimation_floor.map(|floor| floor.0)),
            optional(known.estimation_floor.map(|floor| floor.1)),
        ]
    });
    csv(header.map(String::from).to_vec(), rows)
}

fn outcome(problem: &Problem<'_>, run: Option<&Run<'_>>) -> Vec<String> {
    let Some(run) = run else { return vec![String::new(); 7] };
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

/// Shortest digits that read back to the same number.
fn number(value: f64) -> String {
    format!("{value}")
}

fn csv(header: Vec<String>, rows: impl Iterator<Item = Vec<String>>) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in std::iter::once(header).chain(rows) {
        writer.write_record(&row).expect("writing to memory, rows of equal length");
    }
    let bytes = writer.into_inner().expect("writing to memory");
    String::from_utf8(bytes).expect("made of strings")
}
