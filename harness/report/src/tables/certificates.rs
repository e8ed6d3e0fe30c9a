//! What theory guarantees of EM and mirror descent, and on how many steps it was seen to hold.

use harness_analysis::format::number;
use harness_analysis::{Analysis, Problem, Series};
use harness_engine::results::{Certificate, Guarantee, Status};

use super::table::{Cell, Table, count, exact, numbers, word, words};
use super::{csv, place, values};

pub(super) fn table(analysis: &Analysis<'_>) -> Table {
    Table {
        stem: "certificates",
        caption: "What theory guarantees of EM and mirror descent, checked at every recorded step. Held: in how many of the \
                  runs that it applies to. Steps: how many were checked in all. Margin: the least by which it held, in nats \
                  per row; below 0 it is within rounding. α: relative strong convexity along the runs, the least of them. \
                  A run that breaks a guarantee fails."
            .to_owned(),
        columns: vec![
            words("Problem", "problem"),
            words("Optimizer", "optimizer"),
            words("Setting", "config"),
            words("Guarantee", "guarantee"),
            numbers("Held", &["held", "checked_runs"]),
            numbers("Steps", &["steps"]),
            numbers("Margin", &["margin"]),
            numbers("α", &["alpha"]),
        ],
        rows: analysis.problems.iter().flat_map(|problem| rows(analysis, problem)).collect(),
        is_grouped: true,
    }
}

fn rows(analysis: &Analysis<'_>, problem: &Problem<'_>) -> Vec<Vec<Cell>> {
    let of = |series: &Series<'_>| {
        let found = Guarantee::ALL.iter().filter_map(|guarantee| row(analysis, problem, series, *guarantee));
        found.collect::<Vec<_>>()
    };
    problem.series.iter().flat_map(of).collect()
}

fn row(analysis: &Analysis<'_>, problem: &Problem<'_>, series: &Series<'_>, guarantee: Guarantee) -> Option<Vec<Cell>> {
    let records = || series.runs.iter().map(|run| run.record);
    // A run that breaks one may have kept it for a while.
    let breaks = |reason: &str| {
        reason.starts_with("certificate violated") && reason.contains(&format!(": {}: ", guarantee.name()))
    };
    let broken = records().filter(|record| record.status == Status::Error && breaks(&record.reason)).count();
    let held: Vec<&Certificate> = records()
        .filter(|record| !breaks(&record.reason))
        .flat_map(|record| &record.certificates)
        .filter(|certificate| certificate.guarantee == guarantee)
        .collect();
    if held.is_empty() && broken == 0 {
        return None;
    }
    let least = |pick: fn(&Certificate) -> Option<f64>| held.iter().copied().filter_map(pick).min_by(f64::total_cmp);
    let shown = |value: Option<f64>| match value {
        Some(value) => Cell { text: number(value), raw: vec![exact(value)], ..Cell::default() },
        None => values::missing("–", 1),
    };
    let runs = held.len() + broken;
    Some(vec![
        word(problem.name),
        Cell { place: place(analysis, series.optimizer), ..word(series.optimizer) },
        word(series.config),
        word(guarantee.name()),
        Cell {
            text: format!("{}/{runs}", held.len()),
            raw: vec![held.len().to_string(), runs.to_string()],
            tone: if broken > 0 { "bad" } else { "" },
            ..Cell::default()
        },
        count(held.iter().map(|certificate| usize::try_from(certificate.steps).unwrap_or(usize::MAX)).sum()),
        shown(least(|certificate| Some(certificate.margin))),
        shown(least(|certificate| certificate.alpha)),
    ])
}

/// One row per run and guarantee that held.
pub(super) fn all(analysis: &Analysis<'_>) -> String {
    let header = ["problem", "optimizer", "config", "seed", "guarantee", "steps", "margin", "alpha"];
    let rows = analysis.results.units.iter().flat_map(|unit| {
        let record = &unit.record;
        record.certificates.iter().map(move |certificate| {
            vec![
                record.problem.clone(),
                record.optimizer.clone(),
                record.config.clone(),
                record.seed.to_string(),
                certificate.guarantee.name().to_owned(),
                certificate.steps.to_string(),
                exact(certificate.margin),
                certificate.alpha.map_or(String::new(), exact),
            ]
        })
    });
    csv(header.map(String::from).to_vec(), rows)
}
