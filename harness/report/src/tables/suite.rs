//! All problems together.

use harness_analysis::Analysis;

use super::table::{Cell, Table, count, numbers, word, words};
use super::{place, values};

pub(super) fn table(analysis: &Analysis<'_>) -> Table {
    let suite = &analysis.suite;
    let ratio = match suite.baseline {
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
                values::ratio(row.ratio),
                Cell { tone: if row.failed > 0 { "bad" } else { "" }, ..count(row.failed) },
            ]
        })
        .collect();
    Table {
        stem: "suite",
        caption: format!(
            "All problems together, each optimizer at its best setting on each. First: alone, or not separated from the \
             leader. The ratio is the geometric mean over problems with its {:.0} % interval; above 1 is more than the \
             baseline; none over two problems, or where it is not known on all. Failed runs are those of all settings.",
            analysis.results.analysis.ci.level * 100.0
        ),
        columns: vec![
            words("Optimizer", "optimizer"),
            numbers("First or sharing first place", &["first", "problems"]),
            numbers("Ahead of all", &["alone"]),
            numbers("Target reached", &["hits", "runs", "reached_low", "reached_high"]),
            numbers(&ratio, &["ratio", "ratio_low", "ratio_high"]),
            numbers("Failed runs", &["failed"]),
        ],
        rows,
        is_grouped: false,
    }
}

/// With a capital letter.
pub(super) fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().collect::<String>() + letters.as_str())
}
