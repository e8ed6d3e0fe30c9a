//! Average runtime to targets that get harder.

use harness_analysis::{Analysis, Problem, Series, art};

use super::table::{Cell, Table, numbers, word, words};
use super::{place, values};

/// Digits of the gap at the start.
const DIGITS: [(i32, &str, [&str; 3]); 5] = [
    (1, "1 digit", ["art_1", "art_1_low", "art_1_high"]),
    (2, "2 digits", ["art_2", "art_2_low", "art_2_high"]),
    (4, "4 digits", ["art_4", "art_4_low", "art_4_high"]),
    (6, "6 digits", ["art_6", "art_6_low", "art_6_high"]),
    (8, "8 digits", ["art_8", "art_8_low", "art_8_high"]),
];

pub(super) fn table(analysis: &Analysis<'_>) -> Table {
    let mut columns = vec![words("Problem", "problem"), words("Optimizer", "optimizer"), words("Setting", "config")];
    columns.extend(DIGITS.map(|(_, head, names)| numbers(head, &names)));
    let mut rows = Vec::new();
    for problem in &analysis.problems {
        for series in problem.series.iter().filter(|series| series.is_best && series.is_comparable()) {
            rows.push(row(analysis, problem, series));
        }
    }
    Table {
        stem: "targets",
        caption: format!(
            "Average runtime in {} to targets of 1, 2, 4, 6 and 8 digits: the gap falls to 10⁻ᵏ of the median gap at the \
             start. “> x”: no run reaches it, x was spent in all; “–”: below what is resolved.",
            analysis.axis.name()
        ),
        columns,
        rows,
        is_grouped: true,
    }
}

fn row(analysis: &Analysis<'_>, problem: &Problem<'_>, series: &Series<'_>) -> Vec<Cell> {
    let mut row = vec![
        word(problem.name),
        Cell { place: place(analysis, series.optimizer), ..word(series.optimizer) },
        word(series.config),
    ];
    row.extend(DIGITS.map(|(digits, _, _)| {
        let target = problem.start_gap * 10_f64.powi(-digits);
        if target.is_nan() || target < problem.floor {
            return values::missing("–", 3);
        }
        values::art(art::to_target(&series.runs, target, analysis.axis, analysis.results.analysis.ci.level))
    }));
    row
}
