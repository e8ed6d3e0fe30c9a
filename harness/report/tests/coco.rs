//! The export to COCO's format as `cocopp` reads it: `fixtures/write_coco_cases.py` has written what it makes of it.

use harness_analysis::{Axis, analyze, art, testing};
use serde_json::Value;

const FIXTURE: &str = include_str!("fixtures/coco.json");

#[test]
fn average_runtimes_are_those_of_cocopp() {
    let cases: Vec<Value> = serde_json::from_str(FIXTURE).unwrap();
    let results = testing::demo(12);
    let analysis = analyze(&results);
    let unit = harness_report::evaluations_per_unit(Axis::Passes);
    let (mut finite, mut missed) = (0, 0);
    for case in &cases {
        let problem = &analysis.problems[usize::try_from(case["problem"].as_u64().unwrap()).unwrap()];
        let is_it = |label: &str| label == case["optimizer"].as_str().unwrap();
        let series = problem.series.iter().find(|series| is_it(series.optimizer) && series.is_best).unwrap();
        let ours = art::to_target(&series.runs, case["target"].as_f64().unwrap(), Axis::Passes, 0.95);
        assert_eq!(ours.runs as u64, case["runs"].as_u64().unwrap(), "{case}");
        assert_eq!(ours.hits as u64, case["hits"].as_u64().unwrap(), "{case}");
        if let Some(art) = case["art"].as_f64() {
            assert!((ours.value * unit - art).abs() <= 1e-9 * art, "{case} {}", ours.value * unit);
            finite += 1;
        } else {
            assert!(ours.value.is_infinite(), "{case}");
            missed += 1;
        }
    }
    assert!(finite > 20 && missed > 0, "{finite} {missed}");
}
