//! Data on which likelihoods have no finite optimum, or solves no solution: every unit ends in a stated status, soon, and
//! nothing that is not a number reaches a figure.

use std::fmt::Write as _;
use std::time::Instant;

use serde_json::Value;

use crate::support::Scratch;

/// Rows of two features and a target, from a rule.
fn csv(rows: i32, rule: impl Fn(i32) -> (f64, f64, String)) -> String {
    let mut text = "a,b,y\n".to_owned();
    for i in 0..rows {
        let (a, b, y) = rule(i);
        writeln!(text, "{a},{b},{y}").unwrap();
    }
    text
}

fn feature(i: i32, step: i32, of: i32) -> f64 {
    f64::from(i * step % of) / f64::from(of) * 4.0 - 2.0
}

#[test]
fn every_hard_case_ends_in_a_stated_status() {
    let scratch = Scratch::new();
    let (a, b) = (|i| feature(i, 7, 41), |i| feature(i, 11, 37));
    let real = |i: i32| if i % 2 == 0 { 2.0 * a(i) } else { -b(i) } + feature(i, 5, 13) / 8.0;
    scratch.write("separable.csv", csv(60, |i| (a(i), b(i), if a(i) > 0.1 { "x" } else { "z" }.to_owned())));
    scratch.write("outlier.csv", csv(60, |i| (a(i), b(i), if i == 7 { 1e6 } else { real(i) }.to_string())));
    scratch.write("collinear.csv", csv(60, |i| (a(i), 3.0 * a(i), real(i).to_string())));
    scratch.write("few.csv", csv(4, |i| (a(i), b(i), real(i).to_string())));
    scratch.write("plain.csv", csv(60, |i| (a(i), b(i), real(i).to_string())));
    // The second expert predicts a million everywhere: no row is its.
    scratch.write("far.txt", "0\n0\n0\n1\n1\n0\n0\n0\n1e6\n");
    let problem = |name: &str, file: &str, model: &str, start: &str| {
        format!(
            "  - name: {name}\n    dataset: {{ file: {file}.csv, target: y, intercept: true }}\n    model: {{ {model} }}\n{start}"
        )
    };
    let linear = "family: linear, experts: 2";
    let mut yaml = "name: t\nseeds: 1\nbudget: { iterations: 60 }\nlimit: { seconds: 60 }\nproblems:\n".to_owned();
    yaml += &problem("separable", "separable", "family: logistic, experts: 2", "");
    yaml += &problem("separable-symmetric", "separable", "family: symmetric_logistic", "");
    yaml += &problem("outlier", "outlier", linear, "");
    yaml += &problem("empty-expert", "plain", linear, "    start: { kind: file, path: far.txt }\n");
    yaml += &problem("too-many-experts", "plain", "family: linear, experts: 6, noise: per_expert", "");
    yaml += &problem("collinear", "collinear", linear, "");
    yaml += &problem("singular-gram", "few", "family: linear, experts: 2, noise: shared", "");
    yaml += "optimizers:\n  - em\n  - { use: mirror_descent, step: 1.5 }\n  - { use: gradient_descent, label: GD, step: 1.0 }\n  \
             - lbfgs\n  - newton_cg\n  - squarem\n  - anderson_em\n";
    scratch.write("b.yaml", yaml);
    let begun = Instant::now();
    let run = scratch.harness(&["bench", "b.yaml"]);
    assert!(begun.elapsed().as_secs() < 120, "{:?}", begun.elapsed());
    assert!([0, 3].contains(&run.code), "{}", run.stderr);
    let units = scratch.names("results/t/units");
    assert_eq!(units.len(), 49);
    for unit in units {
        let record: Value =
            serde_json::from_str(&scratch.read(&format!("results/t/units/{unit}/record.json"))).unwrap();
        let text = |key: &str| record[key].as_str().unwrap().to_owned();
        assert!(!text("reason").is_empty(), "{record}");
        assert!(
            !text("reason").contains("certificate"),
            "{} {}: {}",
            text("problem"),
            text("optimizer"),
            text("reason")
        );
        assert!(!["crashed", "timeout"].contains(&text("status").as_str()), "{record}");
        assert!(record["theta"].as_array().unwrap().iter().all(Value::is_number));
    }
    for figure in scratch.names("reports/t/figures") {
        let svg = scratch.read(&format!("reports/t/figures/{figure}"));
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{figure}");
    }
}
