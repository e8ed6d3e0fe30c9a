//! Results in the format of COCO (numbbo), to look at them with `cocopp`: one folder per optimizer, one function per
//! problem, one instance per seed.
//!
//! Evaluations are whole numbers there: steps, thousandths of a pass, or microseconds. The first, the start, is number 1.
//! A run that failed never comes nearer than its start, as in every other statistic here.

use std::fmt::Write;

use harness_analysis::{Analysis, Axis, Problem, Run, Series, series};

/// Paths below the folder of the export, and contents. Of each optimizer its best setting.
pub fn coco_files(analysis: &Analysis<'_>, axis: Axis) -> Vec<(String, String)> {
    let mut files = Vec::new();
    for label in &analysis.optimizers {
        let folder = folder_name(label);
        for (at, problem) in analysis.problems.iter().enumerate() {
            let drawn = |series: &&Series<'_>| series.optimizer == *label && series.is_best && series.is_comparable();
            if let Some(series) = problem.series.iter().find(drawn) {
                files.extend(function(&folder, at + 1, problem, series, axis));
            }
        }
    }
    files
}

/// How many evaluations one unit of a cost is.
pub fn evaluations_per_unit(axis: Axis) -> f64 {
    match axis {
        Axis::Iterations => 1.0,
        Axis::Passes => 1e3,
        Axis::Seconds | Axis::Cpu => 1e6,
    }
}

fn function(
    folder: &str,
    number: usize,
    problem: &Problem<'_>,
    series: &Series<'_>,
    axis: Axis,
) -> [(String, String); 3] {
    let (mut rows, mut instances) = (String::new(), String::new());
    for (place, run) in series::distinct(&series.runs).into_iter().enumerate() {
        let last = write_run(&mut rows, run, axis);
        let _ = write!(instances, ", {}:{}|{:.1e}", place + 1, last.0, last.1);
    }
    let stem = format!("data_f{number}/bbobexp_f{number}_DIM{}", problem.dim);
    let info = format!(
        "funcId = {number}, DIM = {}, Precision = 1.000e-08, algId = '{}'\n% {}\n{stem}.dat{instances}\n",
        problem.dim,
        series.title().replace('\'', "").replace('\n', " "),
        problem.name.replace('\n', " ")
    );
    [
        (format!("{folder}/bbobexp_f{number}.info"), info),
        (format!("{folder}/{stem}.dat"), rows.clone()),
        // By time as by target: every recorded point is in both.
        (format!("{folder}/{stem}.tdat"), rows),
    ]
}

/// Writes the points at which a run came nearer, and its end; returns the last evaluation and gap.
fn write_run(rows: &mut String, run: &Run<'_>, axis: Axis) -> (u64, f64) {
    rows.push_str(
        "% function evaluation | noise-free fitness - Fopt (0.000000000000e+00) | best noise-free fitness - Fopt | \
         measured fitness | best measured fitness | x1\n",
    );
    let mut row = |evaluation: u64, gap: f64| {
        let _ = writeln!(rows, "{evaluation} {gap:+.9e} {gap:+.9e} {gap:+.9e} {gap:+.9e} 0");
    };
    let start = run.gaps.first().copied().unwrap_or(f64::MAX);
    let mut last = (1, start);
    row(last.0, last.1);
    if !run.record.status.is_failure() {
        for (point, gap) in run.points.iter().zip(&run.gaps).filter(|(_, gap)| **gap < start) {
            let evaluation = evaluations(axis.of(point), axis).max(last.0);
            if *gap < last.1 {
                last = (evaluation, *gap);
                row(last.0, last.1);
            }
        }
    }
    let end = evaluations(run.spent.on(axis), axis);
    if end > last.0 {
        last.0 = end;
        row(last.0, last.1);
    }
    last
}

fn evaluations(cost: f64, axis: Axis) -> u64 {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cost, far below 2⁵³")]
    let count = (cost * evaluations_per_unit(axis)).round() as u64;
    count.max(1)
}

/// A label as the name of a folder.
fn folder_name(label: &str) -> String {
    label.chars().map(|c| if c.is_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect()
}
