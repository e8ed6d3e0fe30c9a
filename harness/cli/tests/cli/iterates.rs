//! Every optimizer, step by step, against an independent implementation (`reference/iterates.py`, written from the
//! formulas alone): the same data and start through the real binary must give the same iterates.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::support::{Scratch, cells};

/// Relative to 1 + |θ|. Rounding grows by up to two orders of magnitude over 30 iterations; inner solvers stop at 1e-12.
const TOLERANCE: f64 = 1e-9;

#[test]
fn iterates_equal_those_of_an_independent_implementation() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/reference/cases");
    let mut names: Vec<_> = std::fs::read_dir(&cases).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    assert_eq!(names.len(), 10);
    for case in names {
        check(&case);
    }
}

fn check(case: &Path) {
    let name = case.file_name().unwrap().to_string_lossy().into_owned();
    let expected: Value = serde_json::from_str(&std::fs::read_to_string(case.join("expected.json")).unwrap()).unwrap();
    let scratch = Scratch::new();
    scratch.write("b.yaml", benchmark(case, &expected));
    let run = scratch.harness(&["bench", "b.yaml", "--jobs", "2"]);
    assert_eq!(run.code, 0, "{name}: {}", run.stderr);

    let plan: Value = serde_json::from_str(&scratch.read("results/t/plan.json")).unwrap();
    let units: BTreeMap<&str, &str> = plan["units"]
        .as_array()
        .unwrap()
        .iter()
        .map(|unit| (unit["optimizer"].as_str().unwrap(), unit["hash"].as_str().unwrap()))
        .collect();
    for (i, run) in expected["runs"].as_array().unwrap().iter().enumerate() {
        let folder = scratch.path("results/t/units").join(units[format!("o{i}").as_str()]);
        let iterates = cells(&folder.join("theta.csv"));
        let trace = cells(&folder.join("trace.csv"));
        let loss_column = trace[0].iter().position(|column| column == "loss").unwrap();
        for (iteration, theta) in run["iterates"].as_object().unwrap() {
            let row = &iterates[iteration.parse::<usize>().unwrap() + 1];
            assert_eq!(row[0], *iteration);
            for (found, wanted) in row[1..].iter().zip(theta.as_array().unwrap()) {
                let (found, wanted): (f64, f64) = (found.parse().unwrap(), wanted.as_f64().unwrap());
                assert!(
                    (found - wanted).abs() <= TOLERANCE * (1.0 + wanted.abs()),
                    "{name} {} {}: iteration {iteration}: {found} for {wanted}",
                    run["optimizer"],
                    run["params"]
                );
            }
        }
        for (iteration, loss) in run["loss"].as_object().unwrap() {
            let found: f64 = trace[iteration.parse::<usize>().unwrap() + 1][loss_column].parse().unwrap();
            let wanted = loss.as_f64().unwrap();
            assert!((found - wanted).abs() <= 1e-11 * (1.0 + wanted.abs()), "{name}: loss {found} for {wanted}");
        }
    }
}

/// The benchmark file of a case: every run is an optimizer labelled `o0`, `o1`, ….
fn benchmark(case: &Path, expected: &Value) -> String {
    let family = expected["family"].as_str().unwrap();
    let mut model = format!("family: {family}");
    if !family.starts_with("symmetric") {
        let _ = write!(model, ", experts: {}", expected["experts"]);
    }
    if family == "linear" {
        let _ = write!(model, ", noise: {}, sigma: {}", expected["noise"].as_str().unwrap(), expected["sigma"]);
    }
    if expected["ridge"].as_f64().unwrap() > 0.0 {
        let _ = write!(model, ", ridge: {}", expected["ridge"]);
    }
    let mut text = format!(
        "name: t\nseeds: 1\nbudget: {{ iterations: 30 }}\nrecord: {{ theta: true }}\nproblems:\n  - name: p\n    dataset: {{ \
         file: {folder}/data.csv, target: y, standardize: {}, intercept: {} }}\n    model: {{ {model} }}\n    start: {{ kind: \
         file, path: {folder}/theta0.csv }}\noptimizers:\n",
        expected["standardize"],
        expected["intercept"],
        folder = case.display()
    );
    for (i, run) in expected["runs"].as_array().unwrap().iter().enumerate() {
        let _ = write!(text, "  - {{ use: {}, label: o{i}", run["optimizer"].as_str().unwrap());
        for (param, value) in run["params"].as_object().unwrap() {
            let _ = write!(text, ", {param}: {}", value.as_str().map_or(value.to_string(), str::to_owned));
        }
        text.push_str(" }\n");
    }
    text
}
