//! What is said of constructed results: who is first, who shares first place, and what stands beside it.

#![expect(clippy::unwrap_used, reason = "a test")]

use harness_analysis::testing::{of, series};
use harness_analysis::{Analysis, Judgement, Standing, analyze, compare};

fn leader<'a>(analysis: &Analysis<'a>) -> &'a str {
    let problem = &analysis.problems[0];
    problem.series[analysis.verdicts[0].leader().unwrap()].optimizer
}

#[test]
fn a_clear_lead_is_named_with_its_factor() {
    let results = of(vec![series("slow", 12, |unit| unit.rate = 0.8), series("fast", 12, |unit| unit.rate = 0.3)]);
    let analysis = analyze(&results);
    let verdict = &analysis.verdicts[0];
    assert_eq!((verdict.standing, leader(&analysis)), (Standing::Clear, "fast"));
    // 0.3ᵏ ≤ 0.1 at k = 2, 0.8ᵏ ≤ 0.1 at k = 11.
    assert_eq!(verdict.headline, "fast is first: 5.5× (95 % CI 5.5–5.5) fewer passes than slow.");
    assert_eq!(verdict.details[0], "Target reached: fast 12/12, median 2 passes.");
    assert_eq!(verdict.short, "fast is first; next slow 5.5× its passes (5.5–5.5)");
}

#[test]
fn ties_are_called_ties() {
    let results = of(vec![series("a", 12, |_| ()), series("b", 12, |_| ())]);
    let analysis = analyze(&results);
    let pair = &analysis.comparisons[0][0];
    assert_eq!((pair.wins, pair.losses, pair.ties), (0, 0, 12));
    assert_eq!(pair.judgement, Judgement::Equivalent);
    assert_eq!(analysis.verdicts[0].standing, Standing::Tied);
    assert!(analysis.verdicts[0].headline.starts_with("a and b are equivalent and first"));
}

#[test]
fn one_that_equals_another_is_equivalent_even_where_both_miss() {
    let results = of(vec![
        series("best", 12, |unit| unit.rate = 0.9),
        series("em", 12, |unit| unit.limit += if unit.seed < 5 { 1.0 } else { 0.0 }),
        series("mirror", 12, |unit| unit.limit += if unit.seed < 5 { 1.0 } else { 0.0 }),
    ]);
    let analysis = analyze(&results);
    let pair = compare::between(&analysis.comparisons[0], 1, 2).unwrap();
    assert_eq!((pair.ties, pair.judgement), (12, Judgement::Equivalent));
}

#[test]
fn most_seeds_equal_is_no_tie() {
    // Equal on nine seeds of twelve, and three hits of `a` where `b` misses.
    let results =
        of(vec![series("a", 12, |_| ()), series("b", 12, |unit| unit.limit += if unit.seed < 3 { 1.0 } else { 0.0 })]);
    let pair = analyze(&results).comparisons[0][0].clone();
    assert_eq!((pair.ties, pair.apart, pair.judgement), (9, 3, Judgement::Inconclusive));
}

#[test]
fn who_shares_first_place_is_said_at_once() {
    // Two that alternate, and a third that needs many times as much.
    let results = of(vec![
        series("a", 12, |unit| unit.rate = if unit.seed % 2 == 0 { 0.3 } else { 0.5 }),
        series("b", 12, |unit| unit.rate = if unit.seed % 2 == 1 { 0.3 } else { 0.5 }),
        series("c", 12, |unit| unit.rate = 0.93),
    ]);
    let analysis = analyze(&results);
    let verdict = &analysis.verdicts[0];
    assert_eq!(verdict.standing, Standing::Undecided);
    let expected = "Undecided: a leads, not separated by 12 seeds from b (1× its passes, 95 % CI 0.6";
    assert!(verdict.headline.starts_with(expected), "{}", verdict.headline);
    assert!(verdict.headline.contains(" Next is c, with "), "{}", verdict.headline);
    assert_eq!(verdict.first().len(), 2);
    assert_eq!(verdict.ranking.behind.len(), 1);
}

#[test]
fn who_is_beaten_within_the_group_is_kept_out_of_it() {
    // `b` costs a passes more than `a` on every seed; `lead` is now below both and now above, so that it is separated
    // from neither.
    let target_after = |steps: f64| 0.1_f64.powf(1.0 / (steps - 0.5));
    let results = of(vec![
        series("lead", 12, |unit| unit.rate = target_after(if unit.seed % 3 == 0 { 60.0 } else { 8.0 })),
        series("a", 12, |unit| {
            unit.rate = target_after(20.0);
            unit.iterations = 300;
        }),
        series("b", 12, |unit| {
            unit.rate = target_after(24.0);
            unit.iterations = 300;
        }),
    ]);
    let analysis = analyze(&results);
    let (pairs, verdict) = (&analysis.comparisons[0], &analysis.verdicts[0]);
    let judged = |a, b| compare::between(pairs, a, b).unwrap().judgement;
    assert_eq!((judged(0, 1), judged(0, 2)), (Judgement::Inconclusive, Judgement::Inconclusive));
    assert_eq!(judged(1, 2), Judgement::Better);
    assert_eq!((verdict.standing, leader(&analysis)), (Standing::Undecided, "lead"));
    assert_eq!(verdict.first(), [0, 1]);
    assert_eq!(verdict.ranking.beaten, [(2, 1)]);
    assert!(verdict.short.starts_with("lead leads; not separated: a 1."), "{}", verdict.short);
    assert!(
        verdict.headline.contains("from a (1.") && verdict.headline.contains("b is behind a."),
        "{}",
        verdict.headline
    );
    let firsts: Vec<usize> = analysis.suite.rows.iter().map(|row| row.first).collect();
    assert_eq!(firsts, [1, 1, 0]);
}

#[test]
fn who_never_hits_has_no_part_in_first_place() {
    // Four hits against none on twelve seeds are not significant: p = 1/8.
    let mut results = of(vec![
        series("rare", 12, |unit| unit.limit += if unit.seed < 4 { 0.0 } else { 1.0 }),
        series("never", 12, |unit| unit.limit += 1.0),
    ]);
    for unit in &mut results.units {
        unit.record.reference = Some(0.5);
    }
    let analysis = analyze(&results);
    let verdict = &analysis.verdicts[0];
    assert_eq!(analysis.comparisons[0][0].judgement, Judgement::Inconclusive);
    assert_eq!((verdict.standing, verdict.first()), (Standing::Undecided, vec![0]));
    assert_eq!(
        verdict.headline,
        "Undecided: rare alone reaches the target (4/12 seeds), too rarely to be separated from never, which never \
         reaches it."
    );
    assert_eq!(analysis.suite.rows[1].first, 0);
}

#[test]
fn a_ratio_says_on_how_many_seeds_it_is_known() {
    let results = of(vec![
        series("a", 12, |unit| unit.rate = if unit.seed % 2 == 0 { 0.3 } else { 0.5 }),
        series("b", 12, |unit| {
            unit.rate = if unit.seed % 2 == 1 { 0.3 } else { 0.5 };
            unit.limit += if unit.seed == 0 { 1.0 } else { 0.0 };
        }),
    ]);
    let analysis = analyze(&results);
    let pair = &analysis.comparisons[0][0];
    assert_eq!((pair.ratio.unwrap().pairs, pair.seeds), (11, 12));
    assert_eq!(pair.ratio_seeds().as_deref(), Some("on 11 of 12 seeds"));
    assert!(analysis.verdicts[0].headline.contains(", on 11 of 12 seeds)"), "{}", analysis.verdicts[0].headline);
    assert_eq!(analysis.suite.rows[1].left_out, 1);
    let whole = of(vec![series("a", 12, |_| ()), series("b", 12, |unit| unit.rate = 0.9)]);
    assert_eq!(analyze(&whole).comparisons[0][0].ratio_seeds(), None);
    assert_eq!(analyze(&whole).suite.rows[1].left_out, 0);
}

#[test]
fn the_clock_and_one_shot_baselines_stand_beside_the_answer() {
    let build = |seconds: f64| {
        of(vec![
            series("frugal", 12, |unit| (unit.rate, unit.seconds) = (0.3, seconds)),
            series("quick", 12, |unit| (unit.rate, unit.seconds) = (0.8, 1e-3)),
            series("library", 12, |unit| {
                (unit.one_shot, unit.own_start, unit.iterations, unit.rate) = (true, true, 1, 1e-3);
                unit.limit += if unit.seed < 3 { 1.0 } else { 0.0 };
            }),
            series("other", 12, |unit| {
                (unit.one_shot, unit.own_start, unit.iterations, unit.rate) = (true, true, 1, 1e-3);
                unit.limit += 1.0;
            }),
        ])
    };
    // 2 steps against 11 of a millisecond.
    let beside = |seconds: f64| {
        let results = build(seconds);
        let analysis = analyze(&results);
        analysis.verdicts[0].beside.clone()
    };
    let [clock, baselines] = beside(1e-3).try_into().unwrap();
    assert!(
        clock.starts_with("The clock says the same: frugal (0.00202 s) is first, and quick, the next, takes 5.5×"),
        "{clock}"
    );
    let [clock, _] = beside(1e-1).try_into().unwrap();
    assert!(clock.starts_with("The clock says otherwise: quick (0.011 s) is first, and frugal takes 18×"), "{clock}");
    assert_eq!(
        baselines,
        "One-shot baselines: library reaches the target in 9/12 runs; other (median gap 1) never reaches the target of 0.1."
    );
    let mut results = build(1e-3);
    for unit in &mut results.units {
        unit.record.host.jobs = 2;
    }
    let analysis = analyze(&results);
    assert_eq!(analysis.verdicts[0].beside, [baselines]);
    assert!(analysis.times.starts_with("Times are not judged: up to 2 units ran side by side"), "{}", analysis.times);
}

#[test]
fn few_seeds_are_inconclusive_however_clear() {
    let results = of(vec![series("slow", 5, |unit| unit.rate = 0.99), series("fast", 5, |unit| unit.rate = 0.1)]);
    let analysis = analyze(&results);
    assert_eq!(analysis.verdicts[0].standing, Standing::TooFewSeeds);
    assert!(analysis.verdicts[0].headline.contains("5 seeds"), "{}", analysis.verdicts[0].headline);
}

#[test]
fn an_even_split_is_inconclusive() {
    let results = of(vec![
        series("a", 12, |unit| unit.rate = if unit.seed % 2 == 0 { 0.3 } else { 0.7 }),
        series("b", 12, |unit| unit.rate = if unit.seed % 2 == 1 { 0.3 } else { 0.7 }),
    ]);
    let analysis = analyze(&results);
    assert!(analysis.comparisons[0][0].p >= 1.0);
    assert_eq!(analysis.verdicts[0].standing, Standing::Undecided);
    assert!(
        analysis.verdicts[0]
            .headline
            .starts_with("Undecided: a leads, not separated by 12 seeds from b (1× its passes"),
        "{}",
        analysis.verdicts[0].headline
    );
    assert_eq!(analysis.verdicts[0].standing.badge(), "undecided", "a tie is shown, not assumed");
}

#[test]
fn fast_but_less_reliable_is_a_trade_off() {
    let results = of(vec![
        series("fast", 12, |unit| {
            unit.rate = 0.1;
            unit.limit += if unit.seed == 3 { 1.0 } else { 0.0 };
        }),
        series("safe", 12, |unit| unit.rate = 0.9),
    ]);
    let analysis = analyze(&results);
    assert_eq!(analysis.verdicts[0].standing, Standing::TradeOff, "{}", analysis.verdicts[0].headline);
    assert_eq!(leader(&analysis), "safe");
}

#[test]
fn nobody_reaching_the_target_is_said() {
    let mut results = of(vec![series("a", 8, |_| ()), series("b", 8, |unit| unit.limit += 0.1)]);
    for unit in &mut results.units {
        unit.record.reference = Some(0.0);
    }
    let analysis = analyze(&results);
    assert_eq!(analysis.verdicts[0].standing, Standing::NobodyReaches);
    assert!(
        analysis.verdicts[0]
            .headline
            .starts_with("Nobody reaches the target on any of 8 seeds. At 60 passes a has the least")
    );
    assert!(analysis.verdicts[0].first().is_empty());
    assert_eq!(leader(&analysis), "a");
}

#[test]
fn one_shot_fits_and_own_starts_are_not_compared() {
    let results = of(vec![
        series("em", 12, |_| ()),
        series("library", 12, |unit| {
            unit.one_shot = true;
            unit.iterations = 1;
            unit.rate = 1e-3;
        }),
        series("kmeans", 12, |unit| {
            unit.own_start = true;
            unit.rate = 1e-3;
        }),
    ]);
    let analysis = analyze(&results);
    assert!(analysis.comparisons[0].is_empty());
    assert_eq!((analysis.verdicts[0].standing, leader(&analysis)), (Standing::Alone, "em"));
    assert!(analysis.verdicts[0].details.join(" ").contains("library (one-shot), kmeans (own start)"));
}
