//! What was reached in the end: on the training rows, on the test rows, and against the truth where it is known.

use harness_analysis::diagnostics::diagnose;
use harness_analysis::format::rough;
use harness_analysis::{Analysis, Problem, Quartiles, Series};
use harness_engine::results::{Maybe, TracePoint};

use super::table::{Cell, Table, exact, numbers, word, words};
use super::{place, values};

pub(super) fn table(analysis: &Analysis<'_>) -> Table {
    let mut rows = Vec::new();
    for problem in &analysis.problems {
        for series in problem.series.iter().filter(|series| series.is_best && !series.runs.is_empty()) {
            rows.push(row(analysis, problem, series));
        }
    }
    Table {
        stem: "accuracy",
        caption: "At the end of the runs, best setting of each optimizer: median and quartiles over seeds. Gap and test \
                  NLL in nats per row; errors are relative Frobenius norms after alignment, where the truth is known. \
                  Rising steps: median share of recorded steps on which the loss rose by more than rounding; an EM that \
                  rises is wrong."
            .to_owned(),
        columns: vec![
            words("Problem", "problem"),
            words("Optimizer", "optimizer"),
            words("Setting", "config"),
            numbers("Gap", &["gap_median", "gap_q1", "gap_q3"]),
            numbers("Gradient norm", &["grad_norm_median", "grad_norm_q1", "grad_norm_q3"]),
            numbers("Test NLL", &["test_nll_median", "test_nll_q1", "test_nll_q3"]),
            numbers("Test metric", &["metric_median", "metric_q1", "metric_q3", "metric"]),
            numbers("Gate error", &["gate_error_median", "gate_error_q1", "gate_error_q3"]),
            numbers("Expert error", &["expert_error_median", "expert_error_q1", "expert_error_q3"]),
            numbers("Rising steps", &["rising_share", "largest_rise"]),
        ],
        rows,
        is_grouped: true,
    }
}

fn row(analysis: &Analysis<'_>, problem: &Problem<'_>, series: &Series<'_>) -> Vec<Cell> {
    let end = |pick: fn(&TracePoint) -> Maybe| {
        let pick = |point: &TracePoint| pick(point).get();
        let any = series.runs.iter().any(|run| run.points.last().and_then(pick).is_some());
        let value =
            |point: Option<&TracePoint>| point.and_then(pick).filter(|v| v.is_finite()).unwrap_or(f64::INFINITY);
        let all = Quartiles::of(series.runs.iter().map(|run| value(run.points.last())));
        values::quartiles(all.filter(|_| any), "–")
    };
    let diagnostics = diagnose(series, problem.floor);
    let mut metric = values::quartiles(series.summary.metric, "–");
    metric.raw.push(problem.metric.map_or(String::new(), |metric| metric.file_name().to_owned()));
    let rising = diagnostics.rising;
    vec![
        word(problem.name),
        Cell { place: place(analysis, series.optimizer), ..word(series.optimizer) },
        word(series.config),
        values::gap(series.summary.last_gap, problem.floor),
        values::quartiles(diagnostics.grad_norm, "–"),
        end(|point| point.test_nll),
        metric,
        end(|point| point.gate_error),
        end(|point| point.expert_error),
        Cell {
            text: if rising > 0.0 { format!("{} %", rough(100.0 * rising)) } else { "none".to_owned() },
            raw: vec![exact(rising), exact(diagnostics.largest_rise)],
            ..Cell::default()
        },
    ]
}
