//! `bench --timing`: finished units are timed again, in their own place, and nothing but times changes.

use std::collections::BTreeSet;

use crate::support::{Scratch, benchmark, cells, regression_csv};

const OPTIMIZERS: &str = "  - em\n  - { use: gradient_descent, grid: { step: [0.01, 0.1] } }";

fn prepared() -> Scratch {
    let scratch = Scratch::new();
    scratch.write("data.csv", regression_csv());
    scratch.write("b.yaml", benchmark(OPTIMIZERS));
    scratch
}

#[test]
fn every_finished_unit_is_timed_and_one_of_each_block_twice() {
    let scratch = prepared();
    let run = scratch.harness(&["bench", "b.yaml", "--timing=3"]);
    assert_eq!(run.code, 0, "{}", run.stderr);
    // 3 configurations and a control, on 2 seeds, 3 times.
    assert!(run.stderr.contains("t, timing: 24 units to run"), "{}", run.stderr);
    let rows = cells(&scratch.path("results/t/timing.csv"));
    assert_eq!(rows.len(), 1 + 24);
    let column = |name: &str| rows[0].iter().position(|cell| cell == name).unwrap();
    let (control, seed, repetition) = (column("control"), column("seed"), column("repetition"));
    let controls: BTreeSet<(&str, &str, &str)> = rows[1..]
        .iter()
        .filter(|row| row[control] == "true")
        .map(|row| (row[column("optimizer")].as_str(), row[seed].as_str(), row[repetition].as_str()))
        .collect();
    let expected = ["0", "1"].into_iter().flat_map(|seed| ["1", "2", "3"].map(|repetition| ("em", seed, repetition)));
    assert_eq!(controls, expected.collect());
    for row in &rows[1..] {
        for name in ["wall_s", "calibration_before_s", "calibration_after_s"] {
            assert!(row[column(name)].parse::<f64>().unwrap() > 0.0, "{name} of {row:?}");
        }
    }

    // Again: everything is there.
    let again = scratch.harness(&["bench", "b.yaml", "--timing=3"]);
    assert!(again.stderr.contains("t, timing: 0 units to run, 24 already there"), "{}", again.stderr);
    let cleaned = scratch.harness(&["clean", "results/t"]);
    assert_eq!((cleaned.code, scratch.names("results")), (0, Vec::new()), "{}", cleaned.stderr);
}

#[test]
fn times_become_medians_and_nothing_else_changes() {
    let scratch = prepared();
    scratch.harness(&["bench", "b.yaml"]);
    let unit = &scratch.names("results/t/units")[0];
    let before = scratch.read(&format!("results/t/units/{unit}/trace.csv"));
    assert_eq!(scratch.harness(&["bench", "b.yaml", "--timing=3"]).code, 0);
    assert_eq!(scratch.read(&format!("results/t/units/{unit}/trace.csv")), before, "the first run stays as it was");
    // The report's table of runs holds the median of the three repetitions.
    let wall = |path: String| {
        let rows = cells(&scratch.path(&path));
        let column = rows[0].iter().position(|cell| cell == "wall_s").unwrap();
        rows.last().unwrap()[column].parse::<f64>().unwrap()
    };
    let mut times: Vec<f64> =
        (1..=3).map(|number| wall(format!("results/t/timing/{number}/units/{unit}/trace.csv"))).collect();
    times.sort_by(f64::total_cmp);
    let results = harness_engine::results::ResultsFolder::open(&scratch.path("results/t")).unwrap().read().unwrap();
    let timed = results.units.iter().find(|result| result.record.unit == *unit).unwrap();
    assert_eq!((timed.repetitions, timed.trace.last().unwrap().wall_s.to_bits()), (3, times[1].to_bits()));
    assert_eq!(results.timing.unwrap().differing, Vec::<String>::new());
}

#[test]
fn a_repetition_that_does_otherwise_is_not_believed() {
    let scratch = prepared();
    scratch.harness(&["bench", "b.yaml", "--timing=1"]);
    // The control of one unit in the place of another's repetition, as a plugin that draws from the clock would do it.
    let place = scratch.path("results/t/timing/1/units");
    let (one, other) = (&scratch.names("results/t/units")[0], &scratch.names("results/t/units")[1]);
    let record = scratch.read(&format!("results/t/timing/1/units/{other}/record.json"));
    assert!(record.contains(other.as_str()));
    std::fs::remove_dir_all(place.join(one)).unwrap();
    std::fs::rename(place.join(other), place.join(one)).unwrap();
    let folder = harness_engine::results::ResultsFolder::open(&scratch.path("results/t")).unwrap();
    let results = folder.read().unwrap();
    let unit = results.units.iter().find(|result| result.record.unit == *one).unwrap();
    assert_eq!(unit.repetitions, 0, "a record of another unit is no repetition of this one");
}

#[test]
fn a_number_of_repetitions_is_asked_for_in_words() {
    let scratch = prepared();
    let run = scratch.harness(&["bench", "b.yaml", "--timing=0"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("0 is not in 1..=1000"), "{}", run.stderr);
}
