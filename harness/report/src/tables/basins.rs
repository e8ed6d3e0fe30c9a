//! The optima that runs end in, seed by seed.

use harness_analysis::format::number;
use harness_analysis::{Analysis, Problem};
use harness_engine::results::{Basin, BasinKind, KnownOptimum};

use super::rates::precise;
use super::table::{Cell, Table, count, exact, numbers, word, words};
use super::values;

/// Problems where each seed has one minimum alone are left out.
pub(super) fn table(analysis: &Analysis<'_>) -> Table {
    Table {
        stem: "basins",
        caption:
            "Where the ends of runs come to when Newton's method goes on from them; ends that mean the same model are \
                  one basin. Above: loss over that of the best. λmax(M): largest eigenvalue of the missing information \
                  matrix. Runs: how many end there, of all settings."
                .to_owned(),
        columns: vec![
            words("Problem", "problem"),
            numbers("Seed", &["seed"]),
            numbers("Basin", &["basin"]),
            numbers("Loss", &["loss"]),
            numbers("Above", &["above"]),
            words("Kind", "kind"),
            numbers("λmax(M)", &["lambda_max"]),
            numbers("Runs", &["runs"]),
        ],
        rows: analysis.problems.iter().flat_map(|problem| rows(analysis, problem)).collect(),
        is_grouped: true,
    }
}

fn rows(analysis: &Analysis<'_>, problem: &Problem<'_>) -> Vec<Vec<Cell>> {
    let known: Vec<&KnownOptimum> =
        analysis.results.references.iter().filter(|known| known.problem == problem.name).collect();
    let is_plain = |known: &&KnownOptimum| known.basins.len() == 1 && known.basins[0].kind == BasinKind::Minimum;
    if known.iter().all(is_plain) {
        return Vec::new();
    }
    let of_seed = |known: &&KnownOptimum| -> Vec<Vec<Cell>> {
        known.basins.iter().enumerate().map(|(place, basin)| row(problem.name, known, place, basin)).collect()
    };
    known.iter().flat_map(of_seed).collect()
}

fn row(problem: &str, known: &KnownOptimum, place: usize, basin: &Basin) -> Vec<Cell> {
    let shown = |text: String, value: f64| Cell { text, raw: vec![exact(value)], ..Cell::default() };
    let above = basin.loss - known.basins[0].loss;
    let kind = match basin.kind {
        BasinKind::Minimum => "minimum",
        BasinKind::Infinite => "parameters run off",
        BasinKind::Saddle => "saddle",
        BasinKind::Unknown => "not polished",
    };
    vec![
        word(problem),
        word(known.seed.to_string()),
        count(place + 1),
        shown(format!("{:.9}", basin.loss), basin.loss),
        shown(number(above), above),
        word(kind),
        basin.lambda_max.map_or_else(|| values::missing("–", 1), |lambda| shown(precise(lambda), lambda)),
        count(known.runs.values().filter(|end| end.basin == Some(place)).count()),
    ]
}
