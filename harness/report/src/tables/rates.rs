//! How fast gaps shrink near the limit, measured and predicted.

use harness_analysis::format::number;
use harness_analysis::{Analysis, Quartiles, SeriesRates};
use harness_engine::theory::Prediction;

use super::table::{Cell, Table, exact, numbers, word, words};
use super::{place, values};

pub(super) fn table(analysis: &Analysis<'_>) -> Table {
    let mut rows = Vec::new();
    for (at, rates) in analysis.rates.iter().enumerate() {
        rows.extend(rates.iter().map(|rates| row(analysis, at, rates)));
    }
    Table {
        stem: "rates",
        caption: "How the gap shrinks near the limit of each run. Tail: what the last points look like, and in how many runs. \
                  Factor: per iteration, median and quartiles over the runs with a linear rate; per decade: iterations, and \
                  passes at what they cost there, that this means for a tenth of the gap. Predicted: the factor, by theory at that limit. Measured/predicted: \
                  median over the runs. Onset: iteration from which on the rate holds. Best basin: share of the runs \
                  from whose end Newton's method leads to the best optimum known for their data. A number is given only where the tail is linear."
            .to_owned(),
        columns: vec![
            words("Problem", "problem"),
            words("Optimizer", "optimizer"),
            words("Setting", "config"),
            words("Tail", "tail"),
            numbers("Factor", &["factor_median", "factor_q1", "factor_q3"]),
            numbers("Iterations per decade", &["per_decade"]),
            numbers("Passes per decade", &["passes_per_decade"]),
            numbers("Predicted", &["predicted"]),
            numbers("Measured/predicted", &["ratio"]),
            numbers("Onset", &["onset_median", "onset_q1", "onset_q3"]),
            numbers("Best basin", &["best_basin"]),
        ],
        rows,
        is_grouped: true,
    }
}

fn row(analysis: &Analysis<'_>, at: usize, rates: &SeriesRates) -> Vec<Cell> {
    let problem = &analysis.problems[at];
    let series = &problem.series[rates.series];
    let tail: Vec<String> = rates.verdicts.iter().map(|(word, count)| format!("{word} {count}")).collect();
    let single = |value: Option<f64>| match value {
        Some(value) => Cell { text: precise(value), raw: vec![exact(value)], ..Cell::default() },
        None => values::missing("–", 1),
    };
    let onset = Quartiles::of(rates.runs.iter().filter_map(|run| run.verdict.linear()).map(|rate| rate.onset));
    let factor = match rates.fitted {
        None => values::missing("–", 3),
        Some(fitted) => Cell {
            text: precise(fitted.median),
            note: format!("{}–{}", precise(fitted.q1), precise(fitted.q3)),
            raw: [fitted.median, fitted.q1, fitted.q3].map(exact).to_vec(),
            ..Cell::default()
        },
    };
    vec![
        word(problem.name),
        Cell { place: place(analysis, series.optimizer), ..word(series.optimizer) },
        word(series.config),
        word(tail.join(", ")),
        factor,
        single(rates.fitted.map(|fitted| std::f64::consts::LN_10 / -fitted.median.ln())),
        single(rates.passes_per_decade),
        predicted(rates),
        single(rates.ratio),
        values::quartiles(onset, "–"),
        match rates.best_basin {
            Some(share) => Cell { text: format!("{:.0} %", 100.0 * share), ..single(Some(share)) },
            None => values::missing("–", 1),
        },
    ]
}

/// The predicted factor, or why there is none.
fn predicted(rates: &SeriesRates) -> Cell {
    let words = match rates.predicted {
        Some(rate) if rate < 1.0 => return Cell { text: precise(rate), raw: vec![exact(rate)], ..Cell::default() },
        Some(rate) => {
            return Cell { raw: vec![exact(rate)], ..values::missing("does not contract", 1) };
        }
        None => match rates.runs.first().map(|run| run.prediction) {
            Some(Prediction::Superlinear) => "superlinear",
            Some(Prediction::NoStep) => "no step",
            _ => "no formula",
        },
    };
    values::missing(words, 1)
}

/// Four significant digits: rates near 1 need them.
pub(super) fn precise(value: f64) -> String {
    if (0.1..10.0).contains(&value) { format!("{value:.4}") } else { number(value) }
}
