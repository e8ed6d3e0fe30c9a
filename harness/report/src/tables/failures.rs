//! Failed runs, by how they ended.

use harness_analysis::Analysis;

use super::table::{Cell, Table, numbers, word, words};

pub(super) fn table(analysis: &Analysis<'_>) -> Table {
    let rows = analysis
        .failures
        .iter()
        .map(|failure| {
            vec![
                word(failure.problem),
                word(failure.series.clone()),
                Cell { tone: "bad", ..word(failure.status.as_str()) },
                Cell {
                    text: format!("{}/{}", failure.count, failure.runs),
                    raw: vec![failure.count.to_string(), failure.runs.to_string()],
                    ..Cell::default()
                },
                word(failure.reason),
            ]
        })
        .collect();
    Table {
        stem: "failures",
        caption: "Failed runs. They count as misses in every statistic.".to_owned(),
        columns: vec![
            words("Problem", "problem"),
            words("Optimizer", "series"),
            words("Ended as", "status"),
            numbers("Runs", &["failed", "runs"]),
            words("Reason (of the first)", "reason"),
        ],
        rows,
        is_grouped: true,
    }
}
