//! The optima that Newton's method leads to from the ends of runs, seed by seed.

use harness_analysis::format::number;
use harness_analysis::{Analysis, Problem};
use harness_engine::results::{Basin, BasinKind, KnownOptimum};

use super::csv;
use super::rates::precise;
use super::table::{Cell, Table, count, exact, numbers, word, words};
use super::values;

/// More basins of a problem than this stand in the file of data alone.
const MOST_BASINS: usize = 100;

/// Problems where each seed has one minimum alone are left out, and of long lists the rest.
pub(super) fn table(analysis: &Analysis<'_>) -> Table {
    Table {
        stem: "basins",
        caption:
            "Where the ends of runs come to when Newton's method goes on from them; ends that mean the same model are \
                  one basin. Above: loss over that of the best. λmax(M): largest eigenvalue of the missing information \
                  matrix. Runs: from how many ends, of all settings, Newton's method comes there; the runs themselves may have stopped \
                  on the way. The first 100 of a problem; all are in basins.csv."
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

/// How many basins of a problem there are, if the table shows but the first of them.
pub(crate) fn beyond(analysis: &Analysis<'_>, problem: &Problem<'_>) -> Option<usize> {
    let count = references(analysis, problem).map(|known| known.basins.len()).sum();
    Some(count).filter(|count| *count > MOST_BASINS)
}

/// All of them, those of plain problems too.
pub(super) fn all(analysis: &Analysis<'_>) -> String {
    let header = ["problem", "seed", "basin", "loss", "above", "kind", "lambda_max", "runs"];
    let rows = analysis.results.references.iter().flat_map(|known| {
        known.basins.iter().enumerate().map(move |(place, basin)| {
            let cells = row(&known.problem, known, place, basin);
            cells.into_iter().flat_map(|cell| cell.raw).collect()
        })
    });
    csv(header.map(String::from).to_vec(), rows)
}

fn rows(analysis: &Analysis<'_>, problem: &Problem<'_>) -> Vec<Vec<Cell>> {
    let is_plain = |known: &KnownOptimum| known.basins.len() == 1 && known.basins[0].kind == BasinKind::Minimum;
    if references(analysis, problem).all(is_plain) {
        return Vec::new();
    }
    let basins = references(analysis, problem)
        .flat_map(|known| known.basins.iter().enumerate().map(move |(place, basin)| (known, place, basin)));
    basins.take(MOST_BASINS).map(|(known, place, basin)| row(problem.name, known, place, basin)).collect()
}

fn references<'a>(analysis: &'a Analysis<'_>, problem: &'a Problem<'_>) -> impl Iterator<Item = &'a KnownOptimum> {
    analysis.results.references.iter().filter(|known| known.problem == problem.name)
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
