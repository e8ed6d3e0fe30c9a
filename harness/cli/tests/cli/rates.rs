//! Rates measured in real runs beside those that theory predicts from the matrices at the optimum, and what it guarantees.

use crate::support::{Scratch, cells};

/// One problem of each family, whose experts overlap enough for some thirty iterations above the floor of rounding.
const BENCHMARK: &str = "
name: t
seeds: 1
budget: { iterations: 500 }
problems:
  - name: symmetric-linear
    dataset: { name: symmetric_linear, n: 400, d: 3, gate_norm: 1.5, beta_norm: 0.8 }
    model: { family: symmetric_linear }
    start: { kind: truth_offset, gate: 0.5, experts: 0.5 }
  - name: symmetric-logistic
    dataset: { name: symmetric_logistic, n: 600, d: 3, gate_norm: 3, beta_norm: 3 }
    model: { family: symmetric_logistic }
    start: { kind: truth_offset, gate: 0.3, experts: 0.3 }
  - name: linear
    dataset: { name: linear, n: 500, d: 3, experts: 2, gate_norm: 2, beta_norm: 1.2 }
    model: { family: linear, experts: 2, noise: fixed, sigma: 1 }
    start: { kind: truth_offset, gate: 0.5, experts: 0.5 }
  - name: logistic
    dataset: { name: logistic, n: 500, d: 3, experts: 2, classes: 3, gate_norm: 3, beta_norm: 3 }
    model: { family: logistic, experts: 2, ridge: 1.0e-3 }
    start: { kind: truth_offset, gate: 0.3, experts: 0.3 }
optimizers:
  - em
  - { use: mirror_descent, label: MD, grid: { step: [0.5, 1.0, 1.5] } }
";

#[test]
fn measured_rates_of_em_and_mirror_descent_are_the_predicted_ones() {
    let scratch = Scratch::new();
    scratch.write("b.yaml", BENCHMARK);
    let run = scratch.harness(&["bench", "b.yaml"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let rates = cells(&scratch.path("reports/t/tables/rates.csv"));
    assert_eq!(rates.len(), 1 + 16);
    let column = |name: &str| rates[0].iter().position(|found| found == name).unwrap();
    for row in &rates[1..] {
        let number = |name: &str| row[column(name)].parse::<f64>().unwrap_or(f64::NAN);
        // Factors of the gap. Measured from the steps alone, predicted from the matrices alone.
        assert!((number("rate") / number("predicted") - 1.0).abs() < 1e-4, "{row:?}");
        assert!(number("predicted") < 1.0 && number("spread") <= 2e-5, "{row:?}");
        assert_eq!(row[column("verdict")], "linear");
    }

    let held = cells(&scratch.path("reports/t/tables/certificates.csv"));
    let of = |problem: &str, optimizer: &str, config: &str| {
        let rows = held.iter().filter(|row| row[0] == problem && row[1] == optimizer && row[2] == config);
        rows.map(|row| (row[4].as_str(), row[5].as_str())).collect::<Vec<_>>()
    };
    let per_step = [("descent by the surrogate", "500"), ("monotone descent", "500")];
    assert_eq!(of("linear", "em", ""), per_step);
    assert_eq!(of("symmetric-linear", "em", "")[..2], per_step);
    assert_eq!(of("symmetric-linear", "em", "")[2..], [("stationarity", "500"), ("contraction", "500")]);
    assert_eq!(of("symmetric-linear", "MD", "step=0.5")[..2], [("monotone descent", "500"), ("stationarity", "500")]);
    assert_eq!(of("linear", "MD", "step=1.5"), []);
}
