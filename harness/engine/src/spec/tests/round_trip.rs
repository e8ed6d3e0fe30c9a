//! What is read from a good file, and that the resolved file says the same.

use std::collections::BTreeMap;
use std::path::Path;

use super::{complete, read};
use crate::plugins::ParamValue;
use crate::spec::{Benchmark, Start, json_schema, load, parse, to_yaml};

const EXAMPLE: &str = include_str!("example.yaml");

fn without_given(mut benchmark: Benchmark) -> Benchmark {
    for config in &mut benchmark.optimizers {
        config.given = BTreeMap::new();
    }
    benchmark
}

#[track_caller]
fn check_round_trip(yaml: &str) {
    let first = read(yaml).unwrap_or_else(|error| panic!("{error}"));
    let written = to_yaml(&first);
    let second = read(&written).unwrap_or_else(|error| panic!("{error}\n{written}"));
    assert_eq!(to_yaml(&second), written);
    // A resolved file gives every hyper-parameter.
    assert_eq!(without_given(second), without_given(first));
}

#[test]
fn the_resolved_file_reads_as_the_same_benchmark() {
    check_round_trip(EXAMPLE);
    check_round_trip(&complete(""));
    check_round_trip(&complete(
        "seeds: [7, 3]\nlimit: { memory: 1.5GiB }\nstop: { target: -1 }\nrecord: { theta: true }\n",
    ));
    check_round_trip(&complete("optimizers: [adam, { use: adam, label: \"Adam, wärmer: 2\", step: 1e-20 }]\n"));
    check_round_trip(&complete(
        "problems:\n  - name: p\n    dataset: { name: iris }\n    model: {}\n    sweep:\n      model.family: [logistic]\n      \
         dataset.standardize: [true, false]\n      dataset.target: [species, ~]\n      model.experts: [2, 3]\n      reference: [1, -2e-9, ~]\n",
    ));
}

#[test]
fn the_example_of_the_documentation() {
    let benchmark = read(EXAMPLE).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(
        benchmark.question,
        "Does EM beat first-order methods on small real data, per pass and per second?\n\nThe grid shows every step size."
    );
    assert_eq!(benchmark.seeds, (0..20).collect::<Vec<_>>());
    assert_eq!(benchmark.budget.passes, Some(5000.0));
    assert_eq!(benchmark.limit.memory, Some(2_000_000_000));
    assert_eq!(benchmark.stop.grad_norm, Some(1e-8));
    let names: Vec<&str> = benchmark.problems.iter().map(|problem| problem.name.as_str()).collect();
    assert_eq!(names[..4], ["iris", "diabetes", "snr[beta_norm=0.5,gate=0.5]", "snr[beta_norm=0.5,gate=1e-9]"]);
    assert_eq!(names.len(), 10);
    let swept = &benchmark.problems[9];
    assert_eq!(swept.dataset.beta_norm, Some(4.0));
    assert_eq!(swept.start, Start::TruthOffset { gate: 1e-9, experts: 1.1 });
    assert_eq!(
        swept.sweep,
        [("dataset.beta_norm".to_owned(), "4".to_owned()), ("start.gate".to_owned(), "1e-9".to_owned())]
    );
    assert_eq!(benchmark.problems[1].model.sigma, Some(1.0), "defaults are filled in");
    assert_eq!(swept.dataset.gate_norm, Some(2.5), "defaults are filled in");
    let configs: Vec<String> =
        benchmark.optimizers.iter().map(|config| format!("{} {}", config.label, config.config)).collect();
    assert_eq!(
        configs,
        [
            "em ",
            "mirror_descent ",
            "GD step=0.01,momentum=none",
            "GD step=0.01,momentum=nesterov",
            "GD step=0.1,momentum=none",
            "GD step=0.1,momentum=nesterov",
            "GD step=1,momentum=none",
            "GD step=1,momentum=nesterov",
            "adam step=0.003,beta1=0,batch_size=unset",
            "adam step=0.01,beta1=0,batch_size=unset",
            "adam step=0.03,beta1=0,batch_size=unset",
            "adam step=0.1,beta1=0,batch_size=unset",
            "adam step=0.001,beta1=0.9,batch_size=100",
        ]
    );
    let adam = &benchmark.optimizers[12];
    assert_eq!(adam.params[0], ("step".to_owned(), Some(ParamValue::Real(0.001))));
    assert_eq!(adam.given, BTreeMap::from([("batch_size".to_owned(), ParamValue::Integer(100))]));
}

#[test]
fn the_resolved_file_in_full() {
    let yaml = "# A question.\nname: small\nseeds: [4]\nproblems:\n  - name: p\n    dataset: { name: linear, n: 50 }\n    \
                model: { family: linear }\n    sweep: { dataset.d: [3] }\noptimizers: [{ use: adam, step: 1 }]\n";
    let expected = "\
# A question.
name: small
seeds:
- 4
budget:
  iterations: 1000
record:
  theta: false
analysis:
  cost: passes
  target:
    headline: stat
    ladder_per_decade: 5
    decades: 8
  ci:
    level: 0.95
    resamples: 2000
    seed: 20240601
  test:
    level: 0.05
    rope: 1.05
    correction: holm
problems:
- name: p
  dataset:
    name: linear
    standardize: false
    standardize_target: false
    intercept: false
    test_fraction: 0.0
    n: 50
    experts: 2
    gate_norm: 2.5
    beta_norm: 2.5
    sigma: 1.0
    x: gaussian
    outliers: 0.0
    collinearity: 0.0
    imbalance: 0.0
  model:
    family: linear
    experts: 2
    ridge: 0.0
    noise: fixed
    sigma: 1.0
    sigma_floor: 0.001
  start:
    kind: gaussian
    scale: 0.5
  sweep:
    dataset.d:
    - 3
optimizers:
- use: adam
  step: 1.0
  beta1: 0.9
  beta2: 0.999
";
    assert_eq!(to_yaml(&read(yaml).unwrap()), expected);
}

#[test]
fn names_and_paths() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("theta0.csv"), "0\n").unwrap();
    std::fs::write(folder.path().join("my.csv"), "a,b\n1,2\n").unwrap();
    let path = folder.path().join("from_file-2.yaml");
    let yaml = "problems:\n  - name: p\n    dataset: { file: my.csv, target: b }\n    model: { family: linear }\n    \
                start: { kind: file, path: theta0.csv }\n";
    std::fs::write(&path, complete(yaml)).unwrap();
    let parsed = load(&path).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(parsed.name(), "from_file-2");
    assert_eq!(parsed.optimizer_names(), ["em"]);
    let benchmark = parsed.resolve(&super::catalog::catalog()).unwrap();
    assert_eq!(benchmark.base_dir, folder.path());
    assert_eq!(benchmark.problems[0].start, Start::File { path: "theta0.csv".into() });
    let bare = parse(Path::new("bench.yaml"), &complete("optimizers: [em, adam, { use: em, label: EM }]\n")).unwrap();
    assert_eq!(bare.optimizer_names(), ["em", "adam"]);
}

#[test]
fn numbers_and_words_as_people_write_them() {
    let budget = |text: &str| read(&complete(&format!("budget: {{ {text} }}\n"))).unwrap().budget;
    assert_eq!(budget("iterations: 1e3").iterations, 1000);
    assert_eq!(budget("iterations: 0x10").iterations, 16);
    assert_eq!(budget("seconds: 1e-3").seconds, Some(1e-3));
    assert_eq!(budget("seconds: .5").seconds, Some(0.5));
    assert_eq!(budget("passes: +7").passes, Some(7.0));
    assert_eq!(budget("passes: ~").passes, None);
}

#[test]
fn the_schema_knows_every_key() {
    let schema = json_schema();
    let keys = |pointer: &str| -> Vec<&str> {
        let properties = schema.pointer(pointer).and_then(|value| value.as_object());
        properties.unwrap_or_else(|| panic!("{pointer} in {schema:#}")).keys().map(String::as_str).collect()
    };
    assert_eq!(
        keys("/properties"),
        ["name", "seeds", "budget", "limit", "stop", "record", "analysis", "problems", "optimizers"]
    );
    assert_eq!(keys("/$defs/problem/properties"), ["name", "dataset", "model", "start", "reference", "sweep"]);
    assert_eq!(keys("/$defs/start/properties"), ["kind", "scale", "path", "gate", "experts"]);
    assert_eq!(schema["required"], serde_json::json!(["seeds", "problems", "optimizers"]));
    assert_eq!(schema["additionalProperties"], false);
    for pointer in ["/properties", "/$defs/problem/properties", "/$defs/start/properties", "/$defs/budget/properties"] {
        for (key, property) in schema.pointer(pointer).unwrap().as_object().unwrap() {
            assert!(property["description"].is_string(), "{pointer}/{key} has no description");
        }
    }
}

#[test]
fn the_benchmarks_of_this_repository_load() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../benchmarks");
    let mut n_files = 0;
    for entry in std::fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|ending| ending == "yaml") {
            let parsed = load(&path).unwrap_or_else(|error| panic!("{error}"));
            assert!(!parsed.benchmark.question.is_empty(), "{}: a comment says what it answers", path.display());
            n_files += 1;
        }
    }
    assert!(n_files > 0, "{}", folder.display());
}
