//! Rows of the theory section of a problem: measured rates beside predicted ones, and the basins.

use harness_analysis::format::number;
use harness_analysis::{Analysis, Problem, SeriesRates};
use harness_engine::results::{BasinKind, KnownOptimum};
use harness_engine::theory::Prediction;
use serde::Serialize;

use crate::style;

/// A series: what its tail looks like, and what theory says.
#[derive(Serialize)]
pub(crate) struct RateRow<'a> {
    symbol: &'static str,
    color: usize,
    place: usize,
    optimizer: &'a str,
    config: &'a str,
    verdict: String,
    fitted: String,
    range: String,
    predicted: String,
    ratio: String,
    per_decade: String,
    best_basin: String,
}

/// A basin of one seed's data.
#[derive(Serialize)]
pub(crate) struct BasinRow {
    seed: u64,
    place: usize,
    loss: String,
    above: String,
    kind: &'static str,
    lambda: String,
    runs: usize,
}

/// Rates of the series of a problem.
pub(crate) fn rate_rows<'a>(analysis: &'a Analysis<'a>, at: usize) -> Vec<RateRow<'a>> {
    let problem = &analysis.problems[at];
    analysis.rates[at].iter().map(|rates| rate_row(analysis, problem, rates)).collect()
}

fn rate_row<'a>(analysis: &Analysis<'_>, problem: &'a Problem<'a>, rates: &SeriesRates) -> RateRow<'a> {
    let series = &problem.series[rates.series];
    let place = analysis.optimizers.iter().position(|label| *label == series.optimizer).unwrap_or(0);
    let optional = |value: Option<f64>| value.map_or_else(|| "–".to_owned(), precise);
    let predicted = match rates.predicted {
        Some(rate) if rate < 1.0 => precise(rate),
        Some(_) => "does not contract".to_owned(),
        None => match rates.runs.first().map(|run| run.prediction) {
            Some(Prediction::Superlinear) => "superlinear".to_owned(),
            Some(Prediction::NoStep) => "no step".to_owned(),
            _ => "no formula".to_owned(),
        },
    };
    RateRow {
        symbol: style::look(place).marker.symbol(),
        color: place % style::COLORS,
        place,
        optimizer: series.optimizer,
        config: series.config,
        verdict: rates.verdicts.iter().map(|(word, count)| format!("{word} {count}")).collect::<Vec<_>>().join(", "),
        fitted: optional(rates.fitted.map(|fitted| fitted.median)),
        range: rates.fitted.map_or(String::new(), |fitted| format!("{}–{}", precise(fitted.q1), precise(fitted.q3))),
        predicted,
        ratio: optional(rates.ratio),
        per_decade: optional(rates.fitted.map(|fitted| std::f64::consts::LN_10 / -fitted.median.ln())),
        best_basin: rates.best_basin.map_or_else(|| "–".to_owned(), |share| format!("{:.0} %", 100.0 * share)),
    }
}

/// Four significant digits: rates near 1 need them.
fn precise(value: f64) -> String {
    if value >= 0.1 { format!("{value:.4}") } else { number(value) }
}

/// Basins of every seed, best first; none where each seed has one alone.
pub(crate) fn basin_rows(analysis: &Analysis<'_>, problem: &Problem<'_>) -> Vec<BasinRow> {
    let known: Vec<&KnownOptimum> =
        analysis.results.references.iter().filter(|known| known.problem == problem.name).collect();
    let is_plain = |known: &&KnownOptimum| known.basins.len() == 1 && known.basins[0].kind == BasinKind::Minimum;
    if known.iter().all(is_plain) {
        return Vec::new();
    }
    known
        .iter()
        .flat_map(|known| {
            known.basins.iter().enumerate().map(|(place, basin)| BasinRow {
                seed: known.seed,
                place: place + 1,
                loss: format!("{:.9}", basin.loss),
                above: number(basin.loss - known.basins[0].loss),
                kind: match basin.kind {
                    BasinKind::Minimum => "minimum",
                    BasinKind::Infinite => "parameters run off",
                    BasinKind::Saddle => "saddle",
                    BasinKind::Unknown => "not polished",
                },
                lambda: basin.lambda_max.map_or_else(|| "–".to_owned(), precise),
                runs: known.runs.values().filter(|end| end.basin == Some(place)).count(),
            })
        })
        .collect()
}
