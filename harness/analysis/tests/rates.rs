//! Rates of constructed results whose optima are known.

use std::collections::BTreeSet;

use harness_analysis::analyze;
use harness_analysis::testing::{of, series};
use harness_engine::results::{Basin, BasinKind, KnownOptimum, Results, RunEnd, UnitResult};
use harness_engine::theory::Prediction;

/// One minimum per seed, at `bottom`, to which Newton's method leads from the ends of all runs.
fn known(results: &Results, bottom: f64) -> Vec<KnownOptimum> {
    let seeds: BTreeSet<u64> = results.units.iter().map(|unit| unit.record.seed).collect();
    let of = |seed: u64| {
        let end = |unit: &UnitResult| RunEnd {
            iterations: unit.record.spent.iterations,
            basin: Some(0),
            distance: Some(0.0),
            prediction: Prediction::None,
        };
        let runs = results.units.iter().filter(|unit| unit.record.seed == seed);
        KnownOptimum {
            problem: "p".to_owned(),
            seed,
            version: 1,
            value: bottom,
            decrement: 0.0,
            grad_norm: 0.0,
            least_curvature: None,
            is_optimum: true,
            found_by: String::new(),
            multistart: 0,
            truth_loss: None,
            estimation_floor: None,
            basins: vec![Basin { loss: bottom, kind: BasinKind::Minimum, lambda_max: None }],
            runs: runs.map(|unit| (unit.record.unit.clone(), end(unit))).collect(),
        }
    };
    seeds.into_iter().map(of).collect()
}

#[test]
fn passes_per_decade_are_those_of_the_iterations() {
    // Half of the gap per iteration of 4.5 passes, after ten of one pass each.
    let mut results = of(vec![series("em", 3, |_| ())]);
    for unit in &mut results.units {
        for point in &mut unit.trace {
            let steps = point.iteration as f64;
            point.passes = steps.min(10.0) + 4.5 * (steps - 10.0).max(0.0);
            // Steps go like the root of the gap.
            point.step_norm = (point.loss - 0.5).sqrt();
        }
    }
    results.references = known(&results, 0.5);
    let analysis = analyze(&results);
    let rates = &analysis.rates[0][0];
    let run = &rates.runs[0];
    let (window, rate) = (run.linear().unwrap(), 0.5_f64);
    let iterations = std::f64::consts::LN_10 / -rate.ln();
    assert!((window.iterations_per_decade() / iterations - 1.0).abs() < 1e-6);
    let cheap = (10.0 - window.onset).max(0.0);
    let all = window.end - window.onset;
    let expected = iterations * (cheap + 4.5 * (all - cheap)) / all;
    assert!(
        (rates.passes_per_decade.unwrap() / expected - 1.0).abs() < 1e-6,
        "{:?} {expected}",
        rates.passes_per_decade
    );
}
