//! What the numbers depend on: machine, program, settings of the analysis, references.

use std::collections::BTreeMap;

use harness_analysis::format::number;
use harness_analysis::{Analysis, FoundBy, Problem};
use harness_engine::spec::{Correction, Headline};

use super::table::{Table, word, words};

/// Of what, what, and its value.
type Fact = (String, String, String);

pub(super) fn table(analysis: &Analysis<'_>) -> Table {
    let mut facts = machines(analysis);
    facts.extend(settings(analysis));
    facts.extend(analysis.problems.iter().map(|problem| fact("best known loss", problem.name, reference(problem))));
    let rows = facts.into_iter().map(|(of, what, value)| vec![word(of), word(what), word(value)]).collect();
    Table {
        stem: "environment",
        caption:
            "What the numbers depend on: machine, program, settings of the analysis, and who found the best known \
                  loss of each problem."
                .to_owned(),
        columns: vec![words("Of", "of"), words("What", "what"), words("Value", "value")],
        rows,
        is_grouped: true,
    }
}

fn fact(of: &str, what: &str, value: impl Into<String>) -> Fact {
    (of.to_owned(), what.to_owned(), value.into())
}

fn machines(analysis: &Analysis<'_>) -> Vec<Fact> {
    let mut seen: Vec<Vec<(&str, String)>> = Vec::new();
    for host in analysis.results.units.iter().map(|unit| &unit.record.host) {
        let mut facts = vec![
            ("harness", format!("{}, commit {}, models and datasets {}", host.version, host.commit, host.build)),
            ("processor", format!("{}, {} logical", host.cpu, host.cores)),
            ("memory", format!("{:.1} GiB", host.memory as f64 / f64::from(1 << 30))),
            ("system", host.system.clone()),
            ("units side by side", host.jobs.to_string()),
        ];
        if !host.rustc.is_empty() {
            facts.push(("compiler", host.rustc.clone()));
        }
        facts.extend(host.governor.iter().map(|governor| ("frequency governor", governor.clone())));
        if !seen.contains(&facts) {
            seen.push(facts);
        }
    }
    let many = seen.len() > 1;
    seen.into_iter()
        .enumerate()
        .flat_map(|(at, facts)| {
            let of = if many { format!("machine {}", at + 1) } else { "machine".to_owned() };
            facts.into_iter().map(move |(what, value)| fact(&of, what, value))
        })
        .collect()
}

fn settings(analysis: &Analysis<'_>) -> Vec<Fact> {
    let options = &analysis.results.analysis;
    let headline = match options.target.headline {
        Headline::Statistical => "statistical precision p/(2n), per problem".to_owned(),
        Headline::Gap(gap) => format!("gap of {} nats per row", number(gap)),
    };
    let correction = match options.test.correction {
        Correction::Holm => "Holm's, over all pairs of all problems",
        Correction::None => "none",
    };
    let bands = format!(
        "joint bootstrap of whole seeds, stratified by problem, expanded percentiles, {} resamples, seed {}",
        options.ci.resamples, options.ci.seed
    );
    let mut facts: Vec<Fact> = [
        ("cost that decides", analysis.axis.name().to_owned()),
        ("baseline", analysis.suite.baseline.unwrap_or("none").to_owned()),
        ("target", headline),
        (
            "ladder of targets",
            format!("{} per decade, {} decades", options.target.ladder_per_decade, options.target.decades),
        ),
        ("targets left out", "below 8·2⁻⁵²·max(1, |loss|)·√n, or below what the best run still fell".to_owned()),
        ("level of intervals", format!("{} %", number(options.ci.level * 100.0))),
        ("interval of a ratio", "Student's t on logarithms, seed by seed".to_owned()),
        ("interval of aRT", "Student's t on the logarithm, from 10 runs on, approximate below 20".to_owned()),
        ("interval of a share", "Wilson".to_owned()),
        ("bands", bands),
        ("test where all reach the target", "exact signed-rank, two-sided".to_owned()),
        ("test where some miss", "exact sign test, two-sided, ties dropped".to_owned()),
        ("correction", correction.to_owned()),
        ("level of tests", number(options.test.level)),
        ("equal within a factor of", number(options.test.rope)),
    ]
    .into_iter()
    .map(|(what, value)| fact("analysis", what, value))
    .collect();
    if let Some((labels, test)) = &analysis.suite.friedman {
        let ranks = labels.iter().zip(&test.mean_ranks).map(|(label, rank)| format!("{label} {}", number(*rank)));
        let ranks = ranks.collect::<Vec<_>>().join(", ");
        facts.push(fact("analysis", "Friedman's test", format!("p = {}; mean ranks: {ranks}", number(test.p))));
    }
    facts
}

/// Who found the best known values.
fn reference(problem: &Problem<'_>) -> String {
    let mut found: BTreeMap<String, usize> = BTreeMap::new();
    for reference in problem.references.values() {
        let by = match reference.found_by {
            FoundBy::Stated => "the benchmark file".to_owned(),
            FoundBy::Polished { optimizer, config } => {
                format!("{}, polished by Newton's method", format!("{optimizer} {config}").trim())
            }
            FoundBy::Multistart => "EM from a further start, polished by Newton's method".to_owned(),
            FoundBy::Run { optimizer, config } => format!("{optimizer} {config}").trim().to_owned(),
        };
        *found.entry(by).or_insert(0) += 1;
    }
    let mut found: Vec<(String, usize)> = found.into_iter().collect();
    found.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let parts = found.iter().map(|(by, count)| format!("{by} ({count} seed{})", if *count == 1 { "" } else { "s" }));
    parts.collect::<Vec<_>>().join(", ")
}
