//! Constructed results that would mislead a careless analysis; each has one right answer.

#![expect(clippy::float_cmp, reason = "counts, and sums that are exact in binary")]

use std::sync::Arc;

use harness_analysis::testing::{UnitSpec, of, series};
use harness_analysis::{Axis, Control, Judgement, Standing, analyze, ecdf, tuning};
use harness_engine::results::{Calibration, Results, Status, Timed, Timing};
use harness_engine::spec::{CostAxis, Headline};

#[test]
fn a_run_that_fails_after_the_target_is_a_miss_in_text_and_numbers() {
    let results = of(vec![
        series("safe", 12, |unit| unit.rate = 0.9),
        series("fragile", 12, |unit| {
            unit.rate = 0.1;
            unit.status = if unit.seed < 9 { Status::Crashed } else { Status::Stalled };
        }),
    ]);
    let analysis = analyze(&results);
    let problem = &analysis.problems[0];
    let fragile = &problem.series[1].summary;
    assert_eq!((fragile.runs, fragile.hits, fragile.failed), (12, 3, 9));
    assert_eq!(fragile.median_cost(Axis::Passes), f64::INFINITY);
    assert_eq!(fragile.median_gap(), f64::INFINITY, "a gap that was left behind by a crash is no result");
    // Nine runs of 60 passes bought nothing, three hit after one pass.
    assert_eq!(fragile.art(Axis::Passes).value, (9.0 * 60.0 + 3.0) / 3.0);
    let pair = &analysis.comparisons[0][0];
    assert_eq!((pair.wins, pair.losses), (9, 3), "the safe one wins where the fragile one crashed");
    let runtimes = ecdf::runtimes(&analysis.problems, &analysis.optimizers, Axis::Passes, None);
    assert!(*runtimes.profiles[1].values.last().unwrap() <= 0.25);
    assert!(analysis.failure_sentence.starts_with("9 of 24 runs failed and count as misses: fragile crashed on 9 of"));
    assert!(analysis.verdicts[0].details[0].contains("fragile 3/12"), "{:?}", analysis.verdicts[0]);
}

#[test]
fn two_that_miss_are_compared_by_gap_and_a_failed_one_loses() {
    let results = of(vec![
        series("reference", 12, |_| ()),
        series("stuck", 12, |unit| unit.limit += 0.5),
        series("crashing", 12, |unit| unit.status = Status::Crashed),
    ]);
    let analysis = analyze(&results);
    let pair = harness_analysis::compare::between(&analysis.comparisons[0], 1, 2).unwrap();
    assert_eq!((pair.wins, pair.judgement), (12, Judgement::Better));
}

#[test]
fn the_best_step_at_the_edge_of_its_grid_is_flagged() {
    let setting = |value: &'static str, rate: f64| {
        series("gd", 12, move |unit| {
            unit.config = format!("step={value}");
            unit.rate = rate;
        })
    };
    let flagged = |rates: [f64; 3]| {
        let results = of(vec![
            series("em", 12, |_| ()),
            setting("0.01", rates[0]),
            setting("0.1", rates[1]),
            setting("1", rates[2]),
        ]);
        let verdict = analyze(&results).verdicts[0].clone();
        verdict.headline + " " + &verdict.details.join(" ")
    };
    let at_the_top = flagged([0.9, 0.5, 0.1]);
    assert!(
        at_the_top.contains(
            "Best at the edge of what was tried, so a wider grid may do better: gd (step=1, the largest of 3)."
        ),
        "{at_the_top}"
    );
    assert!(flagged([0.1, 0.5, 0.9]).contains("gd (step=0.01, the smallest of 3)"));
    assert!(!flagged([0.9, 0.1, 0.5]).contains("edge"));
    assert!(!flagged([0.9, 0.5, 0.5]).contains("edge"), "a setting inside the grid is as good");
    // A lead over one whose best setting stands at the edge is one over what was tried, and says so at once.
    let behind = flagged([0.9, 0.8, 0.7]);
    assert!(
        behind.starts_with("em is first: 1.8× (95 % CI 1.8–1.8) fewer passes than gd. The best setting of gd lies at the edge of its grid: a wider one may change this."),
        "{behind}"
    );
    assert!(!at_the_top.contains("The best setting of"), "the leader's own edge takes nothing from its lead");
}

#[test]
fn a_grid_over_two_parameters_has_edges_too() {
    let setting = |step: f64, beta: f64, rate: f64| {
        series("adam", 12, move |unit| {
            unit.config = format!("step={step} beta={beta}");
            unit.rate = rate;
        })
    };
    let mut results =
        of(vec![setting(0.1, 0.5, 0.9), setting(0.1, 0.9, 0.5), setting(1.0, 0.5, 0.8), setting(1.0, 0.9, 0.3)]);
    for unit in &mut results.units {
        let params = unit.record.config.split(' ').filter_map(|part| part.split_once('='));
        Arc::make_mut(&mut unit.record.used).params =
            params.map(|(name, value)| (name.to_owned(), value.parse::<f64>().unwrap().into())).collect();
    }
    let analysis = analyze(&results);
    let edges = tuning::tunings(&analysis.problems[0], Axis::Passes)[0].edges.clone();
    assert_eq!(
        edges.iter().map(|edge| (edge.parameter, edge.value)).collect::<Vec<_>>(),
        [("beta", 0.9), ("step", 1.0)]
    );
}

#[test]
fn settings_without_effect_are_named() {
    let setting = |value: &'static str| series("gd", 12, move |unit| unit.config = format!("shape={value}"));
    let results = of(vec![series("em", 12, |unit| unit.rate = 0.9), setting("1"), setting("2"), setting("4")]);
    let analysis = analyze(&results);
    let words = analysis.verdicts[0].details.join(" ");
    let expected = "Settings that changed nothing, to the last bit: gd with shape=1, shape=2 and shape=4.";
    assert!(words.contains(expected), "{words}");
    assert!(!words.contains("edge"), "{words}");
}

#[test]
fn seeds_that_repeat_each_other_are_one_observation() {
    let same = |unit: &mut UnitSpec| (unit.same_data, unit.same_start) = (true, true);
    let results = of(vec![
        series("fast", 12, |unit| {
            unit.rate = 0.1;
            same(unit);
        }),
        series("slow", 12, |unit| {
            unit.rate = 0.9;
            same(unit);
        }),
    ]);
    let analysis = analyze(&results);
    let problem = &analysis.problems[0];
    assert_eq!((problem.seeds.len(), problem.distinct_seeds.as_slice()), (12, [0].as_slice()));
    let fast = &problem.series[0].summary;
    assert_eq!((fast.runs, fast.hits, fast.repeats, fast.art(Axis::Passes).interval), (1, 1, 11, None));
    assert_eq!((analysis.comparisons[0][0].seeds, analysis.comparisons[0][0].wins), (1, 1));
    let verdict = &analysis.verdicts[0];
    assert_eq!(verdict.standing, Standing::TooFewSeeds);
    assert!(
        verdict.headline.starts_with("Inconclusive, too few seeds: 1 seed cannot decide 1 comparison"),
        "{}",
        verdict.headline
    );
    let words = verdict.details.join(" ");
    let expected = "Effective seeds: 1 of 12; the others repeat them to the last bit (the same rows, the same start, \
                    nothing random).";
    assert!(words.contains(expected), "{words}");
}

#[test]
fn one_that_is_random_gives_as_many_observations_as_seeds() {
    let results = of(vec![
        series("em", 12, |unit| (unit.same_data, unit.same_start) = (true, true)),
        series("sgd", 12, |unit| {
            unit.rate = 0.8 + 0.01 * unit.seed as f64;
            (unit.same_data, unit.same_start) = (true, true);
        }),
    ]);
    let analysis = analyze(&results);
    assert_eq!(analysis.comparisons[0][0].seeds, 12);
    assert_eq!(analysis.problems[0].series[0].summary.runs, 1);
    assert_eq!(analysis.verdicts[0].standing, Standing::Clear);
    assert!(analysis.verdicts[0].details.join(" ").contains("are not counted: em (11 of 12)."));
}

#[test]
fn the_best_value_is_shared_by_all_seeds_with_the_same_rows() {
    let build = |same_data: bool| {
        of(vec![series("em", 8, |unit| {
            // One start of eight finds the better optimum.
            unit.limit = if unit.seed == 5 { -1.0 } else { -0.5 };
            unit.same_data = same_data;
        })])
    };
    let (shared, own) = (build(true), build(false));
    assert_eq!(analyze(&shared).problems[0].series[0].summary.hits, 1, "seven are stuck half a nat above");
    assert_eq!(analyze(&own).problems[0].series[0].summary.hits, 8, "other rows, other optima");
    let analysis = analyze(&shared);
    assert!(analysis.problems[0].references.values().all(|reference| (reference.value + 1.0).abs() < 1e-12));
}

#[test]
fn a_hit_beyond_the_budget_does_not_count() {
    // Steps of 3 passes; the gap is within 0.1 at the fourth step, 12 passes.
    let run = |allowed: f64| {
        let results = of(vec![series("em", 6, |unit| {
            unit.passes = 3.0;
            unit.iterations = 4;
            unit.allowed_passes = allowed;
            unit.status = Status::Budget;
        })]);
        let mut results = results;
        for unit in &mut results.units {
            unit.record.reference = Some(0.5);
        }
        let analysis = analyze(&results);
        let summary = &analysis.problems[0].series[0].summary;
        (summary.hits, summary.median_gap())
    };
    assert_eq!(run(12.0), (6, 0.0625));
    assert_eq!(run(10.0), (0, 0.125), "what the step over the budget found is not counted either");
}

#[test]
fn no_winner_where_the_best_value_is_not_settled() {
    // The best run still falls by a thousandth a step when its budget ends.
    let results = of(vec![
        series("fast", 12, |unit| (unit.rate, unit.iterations) = (0.99, 60)),
        series("slow", 12, |unit| (unit.rate, unit.iterations) = (0.9985, 60)),
    ]);
    let analysis = analyze(&results);
    let verdict = &analysis.verdicts[0];
    assert!(!analysis.problems[0].resolves_target());
    assert_eq!(analysis.comparisons[0][0].judgement, Judgement::Better, "the test alone would have said so");
    assert_eq!(verdict.standing, Standing::Unsettled);
    assert!(verdict.headline.starts_with("Not settled: gaps are known to 0.0"), "{}", verdict.headline);
    assert!(verdict.details.join(" ").contains("still falling") && verdict.first().is_empty());
}

#[test]
fn a_target_met_at_the_start_is_no_tie() {
    let mut results = of(vec![series("a", 12, |_| ()), series("b", 12, |unit| unit.rate = 0.9)]);
    results.analysis.target.headline = Headline::Gap(2.0);
    let analysis = analyze(&results);
    let verdict = &analysis.verdicts[0];
    assert_eq!(verdict.standing, Standing::MetAtStart);
    assert!(verdict.headline.starts_with("The start already meets the target (gap 1 ≤ 2)"), "{}", verdict.headline);
    assert!(verdict.headline.contains("a has the least median gap"), "{}", verdict.headline);
    let mut some = of(vec![
        series("a", 12, |unit| unit.start_gap = if unit.seed < 3 { 0.05 } else { 1.0 }),
        series("b", 12, |unit| {
            unit.rate = 0.9;
            unit.start_gap = if unit.seed < 3 { 0.05 } else { 1.0 };
        }),
    ]);
    some.analysis.target.headline = Headline::Gap(0.1);
    let analysis = analyze(&some);
    let words = analysis.verdicts[0].details.join(" ");
    assert!(words.contains("On 3 of 12 seeds the start already meets the target"), "{words}");
}

#[test]
fn where_nobody_arrives_the_gap_at_equal_cost_is_told() {
    // `heavy` takes 5 passes a step: at 12 passes, where the other one's budget ends, it has made 2 steps.
    let mut results = of(vec![
        series("light", 12, |unit| {
            (unit.rate, unit.iterations, unit.status) = (0.9, 12, Status::Budget);
        }),
        series("heavy", 12, |unit| {
            (unit.rate, unit.iterations, unit.passes, unit.status) = (0.8, 12, 5.0, Status::Budget);
        }),
    ]);
    for unit in &mut results.units {
        unit.record.reference = Some(0.4);
    }
    results.analysis.target.headline = Headline::Gap(0.01);
    let analysis = analyze(&results);
    let verdict = &analysis.verdicts[0];
    assert_eq!(verdict.standing, Standing::NobodyReaches);
    // Gaps: 0.1 + 0.9¹² = 0.382, 0.1 + 0.8² = 0.74.
    assert_eq!(
        verdict.headline,
        "Nobody reaches the target on any of 12 seeds. At 12 passes light has the least median gap, 0.382 (closer than \
         every other, seed by seed); heavy 0.74."
    );
}

#[test]
fn times_are_judged_only_beyond_their_noise() {
    let build = |noise: f64, ratio: f64| {
        of(vec![
            series("a", 12, |unit| unit.seconds = 1e-3 * (1.0 + if unit.seed % 2 == 0 { noise } else { 0.0 })),
            series("b", 12, |unit| unit.seconds = ratio * 1e-3 * (1.0 + if unit.seed % 2 == 0 { noise } else { 0.0 })),
        ])
    };
    let clock = |results: &Results| {
        let analysis = analyze(results);
        (analysis.by_clock.as_ref().unwrap()[0][0].judgement, analysis.verdicts[0].beside.join(" "))
    };
    // A lead by half is real on a quiet machine, and nothing on one whose times differ by twice.
    let (judgement, words) = clock(&build(0.01, 1.5));
    assert_eq!(judgement, Judgement::Better);
    assert!(words.contains("The clock says otherwise: a (") && words.contains(") is first"), "{words}");
    let (judgement, words) = clock(&build(1.0, 1.5));
    assert_eq!(judgement, Judgement::Inconclusive);
    assert!(words.contains(", not separated from "), "{words}");
    assert!(words.contains("(seconds per pass of one setting differ by up to 100 %)"), "{words}");
}

#[test]
fn without_a_control_times_decide_nothing() {
    let mut results = of(vec![series("a", 2, |_| ()), series("b", 2, |unit| unit.seconds = 1e-2)]);
    assert!(analyze(&results).timings[0].is_none());
    results.analysis.cost = CostAxis::Seconds;
    let analysis = analyze(&results);
    assert_eq!(analysis.verdicts[0].standing, Standing::Untimed);
    assert!(analysis.verdicts[0].headline.starts_with("Times are not judged"), "{}", analysis.verdicts[0].headline);
}

#[test]
fn repeated_runs_are_the_control_of_times() {
    let results = of(vec![series("a", 12, |unit| {
        (unit.same_data, unit.same_start) = (true, true);
        unit.seconds = if unit.seed % 2 == 0 { 1e-3 } else { 1.25e-3 };
    })]);
    let timing = analyze(&results).timings[0].unwrap();
    assert_eq!((timing.control, timing.pairs), (Control::Repeats, 11));
    assert!((timing.factor - 1.25).abs() < 0.01, "{timing:?}");
}

#[test]
fn one_of_anything_is_singular() {
    let results = of(vec![series("em", 1, |unit| {
        unit.status = Status::Crashed;
    })]);
    let analysis = analyze(&results);
    assert_eq!(analysis.failure_sentence, "1 of 1 run failed and counts as a miss: em crashed on 1 of 1 seed (p).");
    assert!(analysis.verdicts[0].first().is_empty(), "alone is not first");
    assert_eq!(analysis.verdicts[0].headline, "Only em can be compared; it never reaches the target (1 run).");
}

/// A timing pass over 6 seeds whose control takes `bias` times as long, at a speed that changes by `drift` meanwhile.
fn pass(bias: f64, drift: f64) -> Timing {
    let run = |seed: u64, repetition: usize, is_control: bool| Timed {
        problem: "p".to_owned(),
        optimizer: "a".to_owned(),
        config: String::new(),
        seed,
        repetition,
        is_control,
        wall_s: if is_control { bias } else { 1.0 } * (1.0 + 0.001 * (seed + repetition as u64) as f64),
        cpu_s: 1.0,
        calibration: Calibration { before_s: 1e-3, after_s: 1e-3 * drift },
    };
    let repetitions = || (0..6).flat_map(|seed| (1..=3).map(move |repetition| (seed, repetition)));
    let runs =
        repetitions().flat_map(|(seed, repetition)| [false, true].map(|is_control| run(seed, repetition, is_control)));
    Timing { repetitions: 3, runs: runs.collect(), differing: Vec::new() }
}

#[test]
fn control_runs_decide_what_the_clock_can_tell() {
    let mut results =
        of(vec![series("a", 12, |unit| unit.seconds = 0.01), series("b", 12, |unit| unit.seconds = 0.0103)]);
    // Times taken side by side say nothing, but those of the timing pass do.
    for unit in &mut results.units {
        unit.record.host.jobs = 2;
    }
    let judge = |results: &Results| {
        let analysis = analyze(results);
        let pair = analysis.by_clock.as_ref().map(|pairs| pairs[0][0].judgement);
        (pair, analysis.verdicts[0].beside.join(" "))
    };
    assert_eq!(judge(&results).0, None);
    results.timing = Some(pass(1.01, 1.0));
    let analysis = analyze(&results);
    let timing = analysis.timings[0].unwrap();
    assert_eq!((timing.control, timing.pairs, timing.trouble), (Control::Pass, 6, None));
    assert!((timing.factor - 1.01).abs() < 1e-12, "{timing:?}");
    // 3 % is more than the noise, though less than the region of practical equivalence.
    assert_ne!(judge(&results).0, None);
    results.timing = Some(pass(1.08, 1.0));
    let (pair, words) = judge(&results);
    assert_eq!(pair, Some(Judgement::Inconclusive));
    assert!(words.contains("Times are not judged: noisy host: control runs differ by 8 % on average."), "{words}");
    results.timing = Some(pass(1.0, 0.8));
    let (pair, words) = judge(&results);
    assert_eq!(pair, Some(Judgement::Inconclusive));
    assert!(words.contains("the machine's speed changes by 25 % during a run"), "{words}");
}
