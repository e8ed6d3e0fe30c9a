//! Settings: what was tried, what was best, what it cost to find.

use harness_analysis::format::number;
use harness_analysis::tuning::{Trial, Tuning, tunings};
use harness_analysis::{Analysis, Problem};

use super::table::{Cell, Column, Table, exact, numbers, word, words};
use super::{place, suite, values};

pub(super) fn table(analysis: &Analysis<'_>) -> Table {
    let name = analysis.axis.name();
    let mut rows = Vec::new();
    for problem in &analysis.problems {
        for tuning in tunings(problem, analysis.axis) {
            rows.extend(tuning.trials.iter().map(|trial| row(analysis, problem, &tuning, trial)));
        }
    }
    Table {
        stem: "tuning",
        caption: format!(
            "Every setting of optimizers that have more than one. Median {name} to the target with quartiles. Within 2×: \
             share of the settings within twice the best; high is easy to tune. Spent: {name} of all runs of all settings. \
             The best was chosen on the seeds that are shown."
        ),
        columns: vec![
            words("Problem", "problem"),
            words("Optimizer", "optimizer"),
            words("Setting", "config"),
            Column { head: "Best".to_owned(), csv: vec!["is_best", "at_edge"], is_number: false },
            numbers("Target reached", &["hits", "runs"]),
            numbers(&suite::capital(name), &["median", "q1", "q3"]),
            numbers("Within 2×", &["within_twice"]),
            numbers("Spent in all", &["spent"]),
        ],
        rows,
        is_grouped: true,
    }
}

fn row(analysis: &Analysis<'_>, problem: &Problem<'_>, tuning: &Tuning<'_>, trial: &Trial<'_>) -> Vec<Cell> {
    let at_edge = trial.is_best && tuning.is_best_at_edge();
    // What holds for the optimizer as a whole stands with its best setting.
    let once = |text: String, raw: String| {
        let (text, raw) = if trial.is_best { (text, raw) } else { Default::default() };
        Cell { text, raw: vec![raw], ..Cell::default() }
    };
    let best = Cell {
        text: if trial.is_best { "best" } else { "" }.to_owned(),
        note: if at_edge { "at the edge of what was tried" } else { "" }.to_owned(),
        raw: vec![trial.is_best.to_string(), at_edge.to_string()],
        tone: match (trial.is_best, at_edge) {
            (true, false) => "good",
            (true, true) => "some",
            _ => "",
        },
        ..Cell::default()
    };
    vec![
        word(problem.name),
        Cell { place: place(analysis, tuning.optimizer), ..word(tuning.optimizer) },
        word(trial.config),
        best,
        Cell {
            text: format!("{}/{}", trial.hits, trial.runs),
            raw: vec![trial.hits.to_string(), trial.runs.to_string()],
            ..Cell::default()
        },
        values::quartiles(trial.cost, "not reached"),
        once(format!("{:.0} %", 100.0 * tuning.tunability), exact(tuning.tunability)),
        once(number(tuning.spent), exact(tuning.spent)),
    ]
}
