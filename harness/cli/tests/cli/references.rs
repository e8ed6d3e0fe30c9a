//! `bench --multistart`: a better basin than any run has found becomes the reference.

use serde_json::Value;

use crate::support::{Scratch, cells};

const FILE: &str = "name: t\nseeds: 1\nbudget: { iterations: 60 }\nproblems:\n  - name: p\n    dataset: { name: linear, n: 150, \
                    d: 3, experts: 4, gate_norm: 3, beta_norm: 3 }\n    model: { family: linear, experts: 4, ridge: 0.001 \
                    }\n    start: { kind: gaussian, scale: 0.5 }\noptimizers:\n  - em\n";

fn reference(scratch: &Scratch) -> Value {
    let all: Value = serde_json::from_str(&scratch.read("results/t/references.json")).unwrap();
    all["problems"][0].clone()
}

#[test]
fn further_starts_find_what_no_run_has_found() {
    let scratch = Scratch::new();
    scratch.write("b.yaml", FILE);
    assert_eq!(scratch.harness(&["bench", "b.yaml"]).code, 0);
    let alone = reference(&scratch);
    let run = scratch.harness(&["bench", "b.yaml", "--multistart", "20"]);
    assert!(run.stderr.contains("0 units to run, 1 already there"), "{}", run.stderr);
    let searched = reference(&scratch);
    assert!(searched["value"].as_f64().unwrap() < alone["value"].as_f64().unwrap() - 1e-6, "{alone:#} {searched:#}");
    assert_eq!((&searched["found_by"], &searched["version"]), (&"multistart".into(), &2.into()));
    // The run is in a worse basin than the best that is known, and its gap says so.
    let between = alone["value"].as_f64().unwrap() - searched["value"].as_f64().unwrap();
    let table = cells(&scratch.path("reports/t/tables/table-accuracy.csv"));
    let gap = table[0].iter().position(|name| name == "gap_median").unwrap();
    let gap: f64 = table[1][gap].parse().unwrap();
    assert!(between < gap && gap < 2.0 * between, "{gap} {between}");
    // What was searched once is not forgotten.
    scratch.harness(&["bench", "b.yaml"]);
    assert_eq!(reference(&scratch), searched);
}
