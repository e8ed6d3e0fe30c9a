//! Rates and optima, run by run and seed by seed.

use harness_analysis::Analysis;
use harness_analysis::rate::LinearRate;

use super::csv;
use super::table::exact as number;

/// One row per run: the verdict on its tail, the rate of its gap per iteration, and the predicted one.
pub(super) fn rates(analysis: &Analysis<'_>) -> String {
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
        "passes_per_decade",
        "spread",
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
                    optional(run.passes_per_decade()),
                    optional(linear.and_then(|rate| rate.spread)),
                ]
            })
        })
    });
    csv(header.map(String::from).to_vec(), rows)
}

/// One row per problem and seed: the reference, and what is known of it.
pub(super) fn optima(analysis: &Analysis<'_>) -> String {
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
