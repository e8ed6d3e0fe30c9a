//! The accelerated, second-order and stochastic optimizers end where EM ends.

use crate::support::{Scratch, cells};

const PROBLEMS: &str = "
  - name: symmetric-linear
    dataset: { name: symmetric_linear, n: 600, d: 4 }
    model: { family: symmetric_linear }
    start: { kind: truth_offset, gate: 0.3, experts: 0.3 }
  - name: linear
    dataset: { name: linear, n: 600, d: 3, experts: 2, gate_norm: 3, beta_norm: 3 }
    model: { family: linear, experts: 2, noise: shared }
    start: { kind: truth_offset, gate: 0.3, experts: 0.3 }
  - name: logistic
    dataset: { name: logistic, n: 800, d: 3, experts: 2, classes: 3, gate_norm: 3, beta_norm: 3 }
    model: { family: logistic, experts: 2, ridge: 1.0e-3 }
    start: { kind: truth_offset, gate: 0.3, experts: 0.3 }
optimizers:
";

/// Final loss and number of points of every unit, by problem and optimizer, and the largest rise between points.
fn finals(scratch: &Scratch) -> Vec<(String, String, f64, f64)> {
    let mut finals = Vec::new();
    for unit in scratch.names("results/t/units") {
        let trace = cells(&scratch.path(&format!("results/t/units/{unit}/trace.csv")));
        let column = |name: &str| trace[0].iter().position(|found| found == name).unwrap();
        let loss: Vec<f64> = trace[1..].iter().map(|row| row[column("loss")].parse().unwrap()).collect();
        let rise = loss.windows(2).map(|pair| pair[1] - pair[0]).fold(0.0, f64::max);
        let word = |name: &str| trace[1][column(name)].clone();
        finals.push((word("problem"), word("optimizer"), *loss.last().unwrap(), rise));
    }
    finals
}

#[test]
fn rivals_reach_the_optimum_of_em() {
    let scratch = Scratch::new();
    let optimizers = "  - em\n  - lbfgs\n  - newton_cg\n  - squarem\n  - anderson_em\n";
    let head = "name: t\nseeds: 1\nbudget: { iterations: 400 }\nproblems:";
    scratch.write("b.yaml", format!("{head}{PROBLEMS}{optimizers}"));
    let run = scratch.harness(&["bench", "b.yaml"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let finals = finals(&scratch);
    assert_eq!(finals.len(), 15);
    for (problem, optimizer, loss, rise) in &finals {
        let (_, _, em, _) = finals.iter().find(|other| other.0 == *problem && other.1 == "em").unwrap();
        assert!((loss - em).abs() < 1e-11, "{problem} {optimizer}: {loss} {em}");
        assert!(*rise < 1e-13, "{problem} {optimizer} rose by {rise:e}");
    }
}

#[test]
fn mini_batch_em_comes_within_the_statistical_precision() {
    let scratch = Scratch::new();
    let optimizers = "  - em\n  - { use: minibatch_em, batch_size: 100, decay: 0.9 }\n";
    let head = "name: t\nseeds: 1\nbudget: { iterations: 300 }\nproblems:";
    scratch.write("b.yaml", format!("{head}{PROBLEMS}{optimizers}"));
    let run = scratch.harness(&["bench", "b.yaml"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let finals = finals(&scratch);
    for (problem, optimizer, loss, _) in &finals {
        let (_, _, em, _) = finals.iter().find(|other| other.0 == *problem && other.1 == "em").unwrap();
        // A tenth of p / (2 n), about.
        assert!((loss - em).abs() < 1e-3, "{problem} {optimizer}: {loss} {em}");
    }
}
