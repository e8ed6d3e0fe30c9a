//! `harness inspect`: optima, spectra and predictions, as text and as JSON.

use serde_json::Value;

use crate::support::{Scratch, benchmark, regression_csv};

const OPTIMIZERS: &str =
    "  - em\n  - { use: mirror_descent, step: 0.5 }\n  - { use: gradient_descent, label: GD, step: 0.1 }\n  - adam";

#[test]
fn predictions_of_a_benchmark_as_text_and_json() {
    let scratch = Scratch::new();
    scratch.write("data.csv", regression_csv());
    scratch.write("b.yaml", benchmark(OPTIMIZERS));
    let text = scratch.harness(&["inspect", "b.yaml"]);
    assert_eq!(text.code, 0, "{}", text.stderr);
    for words in ["L at the optimum", "λ_max(M), the rate of EM", "best mirror step", "no formula"] {
        assert!(text.stdout.contains(words), "{words}: {}", text.stdout);
    }

    let json = scratch.harness(&["inspect", "b.yaml", "--json", "--seed", "1"]);
    let found: Value = serde_json::from_str(&json.stdout).unwrap();
    let problem = &found[0];
    assert_eq!(problem["is_optimum"], true, "{problem}");
    assert!(problem["decrement"].as_f64().unwrap() <= 1e-14);
    let rate = |optimizer: usize| problem["optimizers"][optimizer][1]["linear"].as_f64().unwrap();
    assert_eq!(problem["optimizers"][0][0], "em");
    let em = problem["lambda_max"].as_f64().unwrap();
    assert!((rate(0) - em).abs() < 1e-12 && em < 1.0);
    assert!((rate(1) - problem["mirror"][0]["rate"].as_f64().unwrap()).abs() < 1e-12);
    assert_eq!(problem["optimizers"][3][1], "none");
    assert_eq!(problem["theta"].as_array().unwrap().len(), 9);
}

#[test]
fn a_name_that_no_problem_has_is_refused() {
    let scratch = Scratch::new();
    scratch.write("data.csv", regression_csv());
    scratch.write("b.yaml", benchmark("  - em"));
    let run = scratch.harness(&["inspect", "b.yaml", "--only", "nothing"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("no problem is named like that: there are p"), "{}", run.stderr);
}
