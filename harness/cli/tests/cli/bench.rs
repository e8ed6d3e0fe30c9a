//! `harness bench` from a file to a report: what it leaves on disk, what it runs again, and that it repeats itself.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::support::{Scratch, benchmark, cells, regression_csv};

const OPTIMIZERS: &str = "  - em\n  - { use: adam, label: Adam, grid: { step: [0.01, 0.1] } }\n  - linfa_single";

fn scratch(optimizers: &str) -> Scratch {
    let scratch = Scratch::new();
    scratch.write("data.csv", regression_csv());
    scratch.write("b.yaml", benchmark(optimizers));
    scratch
}

#[test]
fn a_run_leaves_records_traces_tables_and_a_report() {
    let scratch = scratch(OPTIMIZERS);
    let run = scratch.harness(&["bench", "b.yaml"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(run.stdout.contains("report: ./reports/t/index.html"), "{}", run.stdout);
    assert_eq!(run.stderr, "t: 8 units to run\n");
    for name in ["benchmark.yaml", "plan.json", "traces.parquet", "units"] {
        assert!(scratch.path("results/t").join(name).exists(), "{name}");
    }
    assert!(scratch.path("reports/t/index.html").is_file());
    assert!(scratch.names("reports/t/figures").contains(&"p-gap-passes.svg".to_owned()));

    let units = scratch.names("results/t/units");
    assert_eq!(units.len(), 8);
    for unit in units {
        let record: Value =
            serde_json::from_str(&scratch.read(&format!("results/t/units/{unit}/record.json"))).unwrap();
        let trace = cells(&scratch.path(&format!("results/t/units/{unit}/trace.csv")));
        let is_one_shot = record["used"]["one_shot"].as_bool().unwrap();
        assert_eq!(record["status"], if is_one_shot { "stopped" } else { "budget" });
        assert_eq!(trace.len(), if is_one_shot { 3 } else { 7 }, "header, start and steps");
        assert_eq!(record["theta"].as_array().unwrap().len(), 9, "gate and two experts of three columns");
    }
}

#[test]
fn what_has_run_is_not_run_again_unless_forced() {
    let scratch = scratch(OPTIMIZERS);
    scratch.harness(&["bench", "b.yaml"]);
    let before = scratch.read("reports/t/index.html");
    let again = scratch.harness(&["bench", "b.yaml"]);
    assert_eq!((again.code, again.stderr.as_str()), (0, "t: 0 units to run, 8 already there\n"));
    assert_eq!(scratch.read("reports/t/index.html"), before);
    let forced = scratch.harness(&["bench", "b.yaml", "--force", "--only", "Adam"]);
    assert_eq!(forced.stderr, "t: 4 units to run, 4 already there\n");
    let more_seeds = scratch.harness(&["bench", "b.yaml", "--seeds", "3", "--dry-run"]);
    assert_eq!(more_seeds.stderr, "t: 4 to run (under 1 s), 8 already there, 0 left out\n");
    assert_eq!(more_seeds.stdout.lines().count(), 4);
    assert!(more_seeds.stdout.contains(" p Adam step=0.01 seed 2\n"), "{}", more_seeds.stdout);
    let timed = scratch.harness(&["bench", "b.yaml", "--dry-run", "--timing=4", "--only", "Adam"]);
    let expected = "t: 0 to run, 8 already there, 0 left out\n\
                    t: then the timing pass: 4 repetitions of up to 4 units that ended well\n";
    assert_eq!(timed.stderr, expected);
}

#[test]
fn the_resolved_benchmark_is_a_benchmark() {
    let scratch = scratch(OPTIMIZERS);
    scratch.harness(&["bench", "b.yaml"]);
    std::fs::copy(scratch.path("results/t/benchmark.yaml"), scratch.path("resolved.yaml")).unwrap();
    let run = scratch.harness(&["bench", "resolved.yaml"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, "t: 0 units to run, 8 already there\n"));
}

/// Everything of a trace but its times.
fn iterates(scratch: &Scratch) -> BTreeMap<String, Vec<Vec<String>>> {
    let mut all = BTreeMap::new();
    for unit in scratch.names("results/t/units") {
        let mut rows = cells(&scratch.path(&format!("results/t/units/{unit}/trace.csv")));
        let times: Vec<usize> = (0..rows[0].len()).filter(|i| rows[0][*i].ends_with("_s")).collect();
        assert_eq!(times.len(), 3);
        for row in &mut rows {
            for column in &times {
                row[*column].clear();
            }
        }
        all.insert(unit, rows);
    }
    all
}

#[test]
fn results_do_not_depend_on_the_number_of_jobs() {
    let optimizers = "  - em\n  - { use: mirror_descent, step: 0.5 }\n  - { use: adam, batch_size: 8 }\n  - { use: \
                      gradient_descent, momentum: nesterov }\n  - linfa_kmeans\n  - linfa_gmm";
    let runs: Vec<_> = ["1", "3"]
        .iter()
        .map(|jobs| {
            let scratch = scratch(optimizers);
            assert_eq!(scratch.harness(&["bench", "b.yaml", "--jobs", jobs]).code, 0);
            iterates(&scratch)
        })
        .collect();
    assert_eq!(runs[0].len(), 12);
    assert_eq!(runs[0], runs[1]);
}

#[test]
fn columns_stored_as_f32_are_the_same_problem_rounded() {
    let optimizers = "  - em\n  - { use: adam, batch_size: 8 }\n  - lbfgs\n  - linfa_kmeans";
    let losses = |storage: &str, jobs: &str| {
        let scratch = scratch(optimizers);
        let yaml = benchmark(optimizers).replace("intercept: true", &format!("intercept: true{storage}"));
        scratch.write("b.yaml", &yaml);
        let run = scratch.harness(&["bench", "b.yaml", "--jobs", jobs]);
        assert_eq!(run.code, 0, "{}", run.stderr);
        iterates(&scratch)
    };
    let (wide, narrow) = (losses("", "1"), losses(", storage: f32", "1"));
    assert_eq!(narrow, losses(", storage: f32", "2"), "with workers that share the rows");
    // Other units, as the problem is another one, in the same order once sorted by what they are.
    let last = |units: &BTreeMap<String, Vec<Vec<String>>>| -> Vec<f64> {
        let end = |rows: &Vec<Vec<String>>| {
            let loss = rows[0].iter().position(|name| name == "loss").unwrap();
            rows.last().unwrap()[loss].parse().unwrap()
        };
        let mut losses: Vec<f64> = units.values().map(end).collect();
        losses.sort_by(f64::total_cmp);
        losses
    };
    for (a, b) in last(&wide).iter().zip(last(&narrow)) {
        assert!(a.to_bits() != b.to_bits() && (a - b).abs() < 1e-5, "{a} {b}");
    }
}

/// That large passes are the same for any number of threads is a test of the models; polishing a reference of such
/// data would take longer than all tests here.
#[test]
fn threads_are_recorded_and_change_no_result() {
    let runs: Vec<_> = ["1", "3"]
        .iter()
        .map(|threads| {
            let scratch = scratch("  - em\n  - { use: adam, batch_size: 8 }");
            assert_eq!(scratch.harness(&["bench", "b.yaml", "--threads", threads]).code, 0);
            for unit in scratch.names("results/t/units") {
                let record: Value =
                    serde_json::from_str(&scratch.read(&format!("results/t/units/{unit}/record.json"))).unwrap();
                assert_eq!(record["host"]["pass_threads"].to_string(), **threads);
            }
            iterates(&scratch)
        })
        .collect();
    assert_eq!(runs[0], runs[1]);
}

#[test]
fn failed_units_are_results_and_turn_the_exit_code_to_3() {
    let scratch = scratch("  - em\n  - { use: gradient_descent, label: GD, grid: { step: [0.1, 50] } }");
    let run = scratch.harness(&["bench", "b.yaml"]);
    assert_eq!(run.code, 3);
    assert!(run.stderr.ends_with("2 units failed: the report lists their reasons\n"), "{}", run.stderr);
    assert_eq!(scratch.names("results/t/units").len(), 6);
    assert!(scratch.read("reports/t/index.html").contains("diverged"));
    assert_eq!(scratch.harness(&["bench", "b.yaml"]).code, 3, "also when nothing is run again");
}

#[test]
fn an_optimizer_that_does_not_apply_is_skipped_with_a_reason() {
    let scratch = Scratch::new();
    scratch.write(
        "b.yaml",
        "name: t\nseeds: 1\nbudget: { iterations: 3 }\nproblems:\n  - name: p\n    dataset: { name: symmetric_linear, n: 50, d: 2 \
         }\n    model: { family: symmetric_linear }\noptimizers: [em, linfa_single]\n",
    );
    let run = scratch.harness(&["bench", "b.yaml"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    assert!(scratch.read("reports/t/index.html").contains("no linfa counterpart"), "the report says why");
}

#[test]
fn the_truth_is_known_on_synthetic_data() {
    let scratch = Scratch::new();
    scratch.write(
        "b.yaml",
        "name: t\nseeds: 1\nbudget: { iterations: 20 }\nproblems:\n  - name: p\n    dataset: { name: symmetric_linear, n: 4000, \
         d: 3 }\n    model: { family: symmetric_linear }\n    start: { kind: truth_offset, gate: 0.85, experts: 1.1 \
         }\noptimizers: [em]\n",
    );
    assert_eq!(scratch.harness(&["bench", "b.yaml"]).code, 0);
    let unit = &scratch.names("results/t/units")[0];
    let rows = cells(&scratch.path(&format!("results/t/units/{unit}/trace.csv")));
    let error = |row: usize, name: &str| -> f64 {
        let column = rows[0].iter().position(|column| column == name).unwrap();
        rows[row][column].parse().unwrap()
    };
    assert!((error(1, "gate_error") - 0.85).abs() < 1e-12, "the start is where it was asked to be");
    assert!((error(1, "expert_error") - 1.1).abs() < 1e-12);
    assert!(error(21, "gate_error") < 0.1 && error(21, "expert_error") < 0.03, "EM finds the truth");
}

#[test]
fn show_report_and_clean_work_on_results() {
    let scratch = scratch("  - em\n  - adam");
    scratch.harness(&["bench", "b.yaml"]);
    let show = scratch.harness(&["show", "results/t"]);
    assert_eq!(show.code, 0);
    assert!(show.stdout.contains("em") && show.stdout.lines().all(|line| line.chars().count() <= 80));
    let report = scratch.read("reports/t/index.html");
    std::fs::remove_dir_all(scratch.path("reports")).unwrap();
    assert_eq!(scratch.harness(&["report", "results/t"]).code, 0);
    assert_eq!(scratch.read("reports/t/index.html"), report);
    assert_eq!(scratch.harness(&["clean", "data.csv"]).code, 2, "only results are deleted");
    scratch.write("foreign/plan.json", "{}");
    scratch.write("foreign/thesis.tex", "");
    assert_eq!(scratch.harness(&["clean", "foreign"]).code, 2);
    assert_eq!(scratch.names("foreign"), ["plan.json", "thesis.tex"]);
    scratch.write("results/t/notes.txt", "");
    assert_eq!(scratch.harness(&["clean", "results/t"]).code, 0);
    assert_eq!(scratch.names("results/t"), ["notes.txt"], "what is not ours stays");
    scratch.harness(&["bench", "b.yaml"]);
    std::fs::remove_file(scratch.path("results/t/notes.txt")).unwrap();
    assert_eq!(scratch.harness(&["clean", "results/t"]).code, 0);
    assert!(!scratch.path("results/t").exists());
}
