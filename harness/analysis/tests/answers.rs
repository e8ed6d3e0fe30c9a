//! Constructed results whose answers are known.

#![expect(clippy::float_cmp, reason = "counts, and sums that are exact in binary")]
#![expect(clippy::unwrap_used, reason = "a test")]

use harness_analysis::diff::{self, Change};
use harness_analysis::testing::{UnitSpec, of, series};
use harness_analysis::{Analysis, Axis, FoundBy, Standing, analyze, compare, curves, ecdf, gap, profiles, tuning};
use harness_engine::results::Status;

fn leader<'a>(analysis: &Analysis<'a>) -> &'a str {
    let problem = &analysis.problems[0];
    problem.series[analysis.verdicts[0].leader().unwrap()].optimizer
}

#[test]
fn cost_to_the_target_is_that_of_the_first_point_within_it() {
    // Gap 2⁻ᵏ, target 20/(2·100) = 0.1: reached at k = 4, at 2 passes and 0.0001 s each.
    let results = of(vec![series("em", 6, |unit| unit.passes = 2.0)]);
    let analysis = analyze(&results);
    let problem = &analysis.problems[0];
    assert!((problem.target - 0.1).abs() < 1e-15);
    let summary = &problem.series[0].summary;
    assert_eq!((summary.runs, summary.hits), (6, 6));
    assert_eq!(summary.median_cost(Axis::Iterations), 4.0);
    assert_eq!(summary.median_cost(Axis::Passes), 8.0);
    assert!((summary.median_cost(Axis::Seconds) - 4.2e-4).abs() < 1e-12);
    assert_eq!(summary.art(Axis::Passes).value, 8.0);
    assert!((summary.median_cost(Axis::Cpu) - 4.2e-4).abs() < 1e-12);
    assert_eq!(analysis.verdicts[0].standing, Standing::Alone);
}

#[test]
fn average_runtime_charges_what_misses_spent() {
    let results = of(vec![
        series("reference", 4, |_| ()),
        series("em", 4, |unit| {
            if unit.seed == 0 {
                unit.limit += 1.0;
            }
        }),
    ]);
    let analysis = analyze(&results);
    let em = &analysis.problems[0].series[1].summary;
    // Three hits at 4 passes each and one miss of 60.
    assert_eq!(em.hits, 3);
    assert_eq!(em.art(Axis::Passes).value, (3.0 * 4.0 + 60.0) / 3.0);
    assert_eq!(em.median_cost(Axis::Passes), 4.0);
}

#[test]
fn a_bad_basin_never_ranks_first() {
    // `stuck` is fast and stops at once, half a nat above the others; on its own scale it would look best.
    for stuck_on in [6, 12] {
        let results = of(vec![
            series("stuck", 12, |unit| {
                unit.rate = 0.01;
                unit.iterations = 8;
                unit.limit += if unit.seed < stuck_on { 0.5 } else { 0.0 };
            }),
            series("slow", 12, |unit| unit.rate = 0.9),
        ]);
        let analysis = analyze(&results);
        assert_eq!(leader(&analysis), "slow");
        let stuck = &analysis.problems[0].series[0].summary;
        assert_eq!(stuck.hits, usize::try_from(12 - stuck_on).unwrap());
        assert!(stuck.median_cost(Axis::Passes).is_infinite());
    }
}

#[test]
fn the_reference_is_per_seed_and_shared_by_all() {
    let results = of(vec![
        series("a", 6, |unit| unit.limit = -2.0 - unit.seed as f64),
        series("b", 6, |unit| unit.limit = -1.9 - unit.seed as f64),
    ]);
    let analysis = analyze(&results);
    let problem = &analysis.problems[0];
    for (seed, reference) in &problem.references {
        assert!((reference.value - (-2.0 - *seed as f64)).abs() < 1e-12);
        assert_eq!(reference.found_by, FoundBy::Run { optimizer: "a", config: "" });
    }
    // The optimum is negative, and the gap is a plain difference.
    assert!((problem.series[1].summary.median_gap() - 0.1).abs() < 1e-9);
    assert_eq!(problem.series[0].summary.median_gap(), 0.0);
}

#[test]
fn a_stated_reference_counts_if_it_is_lower() {
    let mut results = of(vec![series("em", 6, |_| ())]);
    for unit in &mut results.units {
        unit.record.reference = Some(0.2);
    }
    let analysis = analyze(&results);
    assert!(analysis.problems[0].references.values().all(|r| r.found_by == FoundBy::Stated && r.value == 0.2));
    assert_eq!(analysis.problems[0].series[0].summary.hits, 0);
    for unit in &mut results.units {
        unit.record.reference = Some(0.8);
    }
    assert!(analyze(&results).problems[0].references.values().all(|r| r.found_by != FoundBy::Stated));
}

#[test]
fn failed_runs_count_against_their_optimizer() {
    let results = of(vec![
        series("good", 12, |_| ()),
        series("fragile", 12, |unit| {
            unit.rate = 0.2;
            if unit.seed < 7 {
                unit.rate = 1.9;
                unit.status = Status::Diverged;
            }
        }),
    ]);
    let analysis = analyze(&results);
    let fragile = &analysis.problems[0].series[1];
    assert_eq!((fragile.summary.runs, fragile.summary.hits, fragile.summary.failed), (12, 5, 7));
    assert_eq!(fragile.summary.median_cost(Axis::Passes), f64::INFINITY);
    assert_eq!(fragile.summary.metric.unwrap().median, f64::NEG_INFINITY);
    assert_eq!(leader(&analysis), "good");
    assert_eq!(analysis.failures[0].count, 7);
    assert!(analysis.failure_sentence.contains("7 of 24 runs failed"), "{}", analysis.failure_sentence);
    // The best value before it left the finite numbers stays.
    let run = &fragile.runs[0];
    assert_eq!(run.best_gap(), 1.0);
    assert_eq!(run.last_gap, f64::INFINITY);
    let curve = curves::gap_curve(fragile, Axis::Iterations, harness_analysis::Spacing::Linear);
    assert_eq!(curve.samples.last().unwrap().y.median, 1.0);
}

#[test]
fn the_best_setting_hits_most_then_costs_least() {
    let setting = |config: &'static str, rate: f64, misses: u64| {
        series("gd", 8, move |unit| {
            config.clone_into(&mut unit.config);
            unit.rate = rate;
            unit.limit += if unit.seed < misses { 1.0 } else { 0.0 };
        })
    };
    let results = of(vec![setting("step=1", 0.1, 1), setting("step=0.1", 0.4, 0), setting("step=0.01", 0.8, 0)]);
    let analysis = analyze(&results);
    let best: Vec<&str> = analysis.problems[0].series.iter().filter(|s| s.is_best).map(|s| s.config).collect();
    assert_eq!(best, ["step=0.1"]);
    assert!(analysis.problems[0].series.iter().all(|series| series.settings == 3));
}

#[test]
fn skipped_units_are_no_runs() {
    let results = of(vec![series("em", 6, |_| ()), series("newton", 6, |unit| unit.status = Status::Skipped)]);
    let analysis = analyze(&results);
    let newton = &analysis.problems[0].series[1];
    assert_eq!((newton.summary.runs, newton.skipped.len()), (0, 6));
    assert_eq!(analysis.failure_sentence, "No run failed (6 runs).");
}

#[test]
fn the_float_floor_grows_with_the_loss_and_the_rows() {
    assert_eq!(gap::float_floor(-0.5, 1), 8.0 * f64::EPSILON);
    assert_eq!(gap::float_floor(-3.0, 400), 8.0 * f64::EPSILON * 3.0 * 20.0);
}

#[test]
fn a_reference_that_still_falls_raises_the_floor() {
    let settled = of(vec![series("em", 6, |_| ())]);
    assert!(analyze(&settled).problems[0].floor_is_rounding);
    let cut_off = of(vec![series("gd", 6, |unit| {
        unit.rate = 0.99;
        unit.status = Status::Budget;
    })]);
    let analysis = analyze(&cut_off);
    let problem = &analysis.problems[0];
    assert!(!problem.floor_is_rounding);
    let expected = 0.99_f64.powi(54) - 0.99_f64.powi(60);
    assert!((problem.floor - expected).abs() < 1e-12);
    assert!(analysis.verdicts[0].details.join(" ").contains("still falling"));
}

#[test]
fn holm_counts_the_pairs_of_all_problems() {
    let two = |problem: &'static str| {
        vec![
            series("a", 6, move |unit| problem.clone_into(&mut unit.problem)),
            series("b", 6, move |unit| {
                problem.clone_into(&mut unit.problem);
                unit.rate = 0.9;
            }),
        ]
    };
    let results = of([two("p"), two("q")].concat());
    let analysis = analyze(&results);
    let pair = &analysis.comparisons[0][0];
    assert!((pair.p - 0.03125).abs() < 1e-12 && (pair.p_holm - 0.0625).abs() < 1e-12);
    assert_eq!(analysis.verdicts[0].standing, Standing::TooFewSeeds);
    assert_eq!(analysis.overview, "Too few seeds on both problems.");
    let reversed = compare::between(&analysis.comparisons[0], 1, 0).unwrap();
    assert_eq!((reversed.wins, reversed.losses), (0, 6));
}

#[test]
fn order_of_units_and_missing_seeds_do_not_matter() {
    let mut results = of(vec![series("a", 12, |_| ()), series("b", 12, |unit| unit.rate = 0.9)]);
    let whole = analyze(&results).comparisons[0][0].clone();
    results.units.reverse();
    results.units.sort_by_key(|unit| unit.record.optimizer.clone());
    assert_eq!(analyze(&results).comparisons[0][0], whole);
    results.units.retain(|unit| unit.record.optimizer != "b" || unit.record.seed < 9);
    assert_eq!(analyze(&results).comparisons[0][0].seeds, 9);
}

#[test]
fn nothing_gives_nothing() {
    let results = of(vec![]);
    let analysis = analyze(&results);
    assert!(analysis.problems.is_empty() && analysis.overview.is_empty());
}

#[test]
fn settings_of_the_file_decide() {
    let build = || of(vec![series("a", 12, |_| ()), series("b", 12, |unit| unit.rate = 0.6)]);
    let mut results = build();
    results.analysis.target.headline = harness_engine::spec::Headline::Gap(0.5);
    assert_eq!(analyze(&results).problems[0].series[0].summary.median_cost(Axis::Passes), 1.0);
    let mut results = build();
    results.analysis.test.rope = 2.0;
    assert_eq!(analyze(&results).verdicts[0].standing, Standing::Tied, "5 against 4 passes are within a factor of 2");
    let mut results = build();
    results.analysis.baseline = Some("b".to_owned());
    let analysis = analyze(&results);
    assert_eq!(analysis.suite.baseline, Some("b"));
    assert!((analysis.suite.rows[0].ratio.unwrap().estimate - 0.8).abs() < 1e-12);
}

#[test]
fn no_ratio_over_the_problems_alone_that_have_one() {
    let on = |problem: &'static str, rate: f64, stuck: bool| {
        let change = move |unit: &mut UnitSpec| {
            problem.clone_into(&mut unit.problem);
            unit.rate = rate;
            unit.limit += if stuck { 1.0 } else { 0.0 };
        };
        (problem, change)
    };
    let build = |stuck: bool, problems: &[&'static str]| {
        let mut parts = Vec::new();
        for problem in problems {
            parts.push(series("base", 12, on(problem, 0.5, false).1));
            parts.push(series("rival", 12, on(problem, 0.8, stuck && *problem == "r").1));
        }
        let results = of(parts);
        analyze(&results).suite.rows[1].ratio
    };
    assert!(build(false, &["p", "q", "r"]).is_some());
    assert!(build(true, &["p", "q", "r"]).is_none(), "it misses on the third");
    assert!(build(false, &["p", "q"]).is_none(), "two problems say nothing of problems");
    assert!(build(false, &["p"]).is_some());
}

#[test]
fn runtime_distributions_count_targets_and_runs() {
    // The gap is 2⁻ᵏ and the ladder has 5 targets per decade over 8 decades: all are reached within 27 passes.
    let results = of(vec![series("em", 6, |_| ()), series("slow", 6, |unit| unit.rate = 0.9)]);
    let analysis = analyze(&results);
    assert_eq!(analysis.problems[0].ladder.len(), 41);
    let ecdf = ecdf::runtimes(&analysis.problems, &analysis.optimizers, Axis::Passes, Some(results.analysis.ci));
    let em = &ecdf.profiles[0];
    let at = |cost: f64| em.values[ecdf.grid.partition_point(|x| *x <= cost) - 1];
    assert_eq!(*em.values.last().unwrap(), 1.0);
    // 10^(−j/5) ≥ 2⁻⁴ for j ≤ 6: seven targets of 41 by the fourth pass.
    assert!((at(4.5) - 7.0 / 41.0).abs() < 1e-12, "{}", at(4.5));
    assert!(em.values.windows(2).all(|pair| pair[0] <= pair[1]));
    let slow = &ecdf.profiles[1];
    assert!(slow.values.last().unwrap() < &0.5);
    // Equal seeds: the band has no width.
    assert!(em.bands.iter().zip(&em.values).all(|(band, y)| (band.low - y).abs() < 1e-6));
}

#[test]
fn profiles_know_factors_and_digits() {
    let results = of(vec![series("a", 6, |_| ()), series("b", 6, |unit| unit.passes = 3.0)]);
    let analysis = analyze(&results);
    let performance = profiles::performance(&analysis.problems, &analysis.optimizers, Axis::Passes, None);
    assert!(performance.profiles[0].values.iter().all(|share| *share == 1.0));
    let b = &performance.profiles[1].values;
    for (factor, share) in performance.grid.iter().zip(b) {
        assert_eq!(*share, f64::from(u8::from(*factor > 2.999)), "{factor}");
    }
    let quality = profiles::quality(&analysis.problems, &analysis.optimizers, None);
    assert!(quality.profiles[0].values.iter().all(|share| *share == 1.0), "60 halvings are 18 digits");
}

#[test]
fn tuning_names_the_edge_and_what_few_trials_give() {
    let setting = |value: &'static str, rate: f64| {
        series("gd", 6, move |unit| {
            unit.config = format!("step={value}");
            unit.rate = rate;
        })
    };
    let results = of(vec![setting("0.01", 0.9), setting("0.1", 0.5), setting("1", 0.1)]);
    let analysis = analyze(&results);
    let tuning = &tuning::tunings(&analysis.problems[0], Axis::Passes)[0];
    assert_eq!(tuning.parameter, Some("step"));
    assert!(tuning.is_best_at_edge());
    // 22, 4 and 1 passes to the target.
    for (found, expected) in tuning.expected_best.iter().zip([9.0, 2.0, 1.0]) {
        assert!((found - expected).abs() < 1e-12, "{:?}", tuning.expected_best);
    }
    assert_eq!(tuning.spent, 3.0 * 6.0 * 60.0);
}

#[test]
fn two_results_say_what_got_better_and_worse() {
    let of_rate = |em: f64, gd: f64| {
        of(vec![
            series("em", 12, move |unit| unit.rate = em),
            series("gd", 12, move |unit| unit.rate = gd),
            series("same", 12, |_| ()),
        ])
    };
    let (a, b) = (of_rate(0.5, 0.5), of_rate(0.8, 0.2));
    let changes: Vec<(String, Change)> =
        diff::differences(&a, &b, Axis::Passes).into_iter().map(|d| (d.series, d.change)).collect();
    let expected = [("em", Change::Worse), ("gd", Change::Better), ("same", Change::Same)];
    assert_eq!(changes, expected.map(|(name, change)| (name.to_owned(), change)));
    let failing = of(vec![series("em", 12, |unit| {
        if unit.seed == 0 {
            unit.status = Status::Crashed;
        }
    })]);
    let found = diff::differences(&a, &failing, Axis::Passes);
    assert_eq!(found[0].change, Change::Worse, "a new failure");
    assert_eq!(found[1].change, Change::Gone);
}
