//! Optimizers in pairs, problem by problem.

use harness_analysis::format::{number, rough};
use harness_analysis::{Analysis, Judgement};

use super::table::{Cell, Table, count, exact, numbers, word, words};
use super::{place, suite, values};

pub(super) fn table(analysis: &Analysis<'_>) -> Table {
    let options = &analysis.results.analysis;
    let mut rows = Vec::new();
    for (problem, pairs) in analysis.problems.iter().zip(&analysis.comparisons) {
        for pair in pairs {
            let (a, b) = (&problem.series[pair.a], &problem.series[pair.b]);
            let tone = match pair.judgement {
                Judgement::Better => "good",
                Judgement::Worse => "bad",
                Judgement::Equivalent => "",
                Judgement::Inconclusive => "none",
            };
            let p = |p: f64| Cell { text: rough(p), raw: vec![exact(p)], ..Cell::default() };
            rows.push(vec![
                word(problem.name),
                Cell { place: place(analysis, a.optimizer), ..word(a.title()) },
                Cell { place: place(analysis, b.optimizer), ..word(b.title()) },
                Cell { tone, ..word(pair.judgement.as_str()) },
                values::ratio(pair.ratio, pair.seeds),
                count(pair.wins),
                count(pair.ties),
                count(pair.losses),
                word(pair.test.as_str()),
                p(pair.p),
                p(pair.p_holm),
            ]);
        }
    }
    let rope = number(options.test.rope);
    Table {
        stem: "pairs",
        caption: format!(
            "Is A better than B? {} to the target, seed by seed, same data and start. Ratio: cost of B over cost of A, \
             geometric mean with its interval; a seed on which one of them misses has none, and where that leaves seeds out \
             it is said; none if they are more than one in five. Better and worse need an interval outside 1/{rope} to {rope} and a \
             corrected p of at most {}; equivalent an interval inside. p: exact, two-sided; corrected over all pairs and \
             problems.",
            suite::capital(analysis.axis.name()),
            rough(options.test.level),
        ),
        columns: vec![
            words("Problem", "problem"),
            words("A", "a"),
            words("B", "b"),
            words("A is", "a_is"),
            numbers("Ratio B/A", &["ratio", "ratio_low", "ratio_high", "ratio_seeds"]),
            numbers("A wins", &["a_wins"]),
            numbers("Ties", &["ties"]),
            numbers("B wins", &["b_wins"]),
            words("Test", "test"),
            numbers("p", &["p"]),
            numbers("p corrected", &["p_corrected"]),
        ],
        rows,
        is_grouped: true,
    }
}
