//! All problems together.

use std::fmt::Write;

use harness_analysis::{Analysis, SuiteRow};

use super::table::{Cell, Table, count, numbers, word, words};
use super::{place, values};

pub(super) fn table(analysis: &Analysis<'_>) -> Table {
    let suite = &analysis.suite;
    let head = match suite.baseline {
        Some(baseline) => format!("{} relative to {baseline}", capital(analysis.axis.name())),
        None => "Relative cost".to_owned(),
    };
    let rows = suite
        .rows
        .iter()
        .map(|row| {
            let first = if row.problems == 0 {
                Cell { raw: vec!["0".to_owned(); 2], ..values::missing("not compared", 2) }
            } else {
                Cell {
                    text: format!("{} of {}", row.first, row.problems),
                    raw: vec![row.first.to_string(), row.problems.to_string()],
                    tone: if row.first == row.problems { "good" } else { "" },
                    ..Cell::default()
                }
            };
            vec![
                Cell { place: place(analysis, row.optimizer), ..word(row.optimizer) },
                first,
                count(row.alone),
                values::reached(row.hits, row.runs, row.reached),
                ratio(row),
                Cell { tone: if row.failed > 0 { "bad" } else { "" }, ..count(row.failed) },
            ]
        })
        .collect();
    Table {
        stem: "suite",
        caption: format!(
            "All problems together, each optimizer at its best setting on each. First: alone, or not separated from the \
             leader and beaten by no other of these. The ratio is the geometric mean over problems with its {:.0} % interval; above 1 is more than the \
             baseline; none over two problems, or where it is not known on all; seeds on which one of both misses the \
             target are left out, and counted. Failed runs are those of all settings.",
            analysis.results.analysis.ci.level * 100.0
        ),
        columns: vec![
            words("Optimizer", "optimizer"),
            numbers("First, or not separated", &["first", "problems"]),
            numbers("Ahead of all", &["alone"]),
            numbers("Target reached", &["hits", "runs", "reached_low", "reached_high"]),
            numbers(&head, &["ratio", "ratio_low", "ratio_high", "ratio_left_out"]),
            numbers("Failed runs", &["failed"]),
        ],
        rows,
        is_grouped: false,
    }
}

/// The ratio with the number of seeds that it leaves out.
fn ratio(row: &SuiteRow<'_>) -> Cell {
    let mut cell = values::ratio(row.ratio, 0);
    if row.ratio.is_some() {
        cell.raw[3] = row.left_out.to_string();
        if row.left_out > 0 {
            let _ = write!(cell.note, ", without {} seed{}", row.left_out, if row.left_out == 1 { "" } else { "s" });
        }
    }
    cell
}

/// With a capital letter.
pub(super) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().collect::<String>() + letters.as_str())
}
