//! The page: what the template needs, said in strings, so that the template decides on structure alone.

use std::collections::BTreeMap;

use harness_analysis::format::{number, rough};
use harness_analysis::{Analysis, Axis, FoundBy, Problem, Quartiles, Series, Standing};
use harness_engine::results::{Record, Status};
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, value::Serde};
use serde::Serialize;

use crate::figures::{Figure, Set};
use crate::style;
use crate::svg;
use crate::tables::Table;
use crate::theory::{self, BasinRow, RateRow};

const TEMPLATE: &str = include_str!("../templates/index.html");
const STYLE: &str = include_str!("../templates/style.css");

/// More units than this are folded away; failures are shown in any case.
const UNFOLDED: usize = 50;

/// Fills in the page.
pub(crate) fn html(
    analysis: &Analysis<'_>,
    sets: &[Set],
    sweeps: &[Figure],
    tables: &[Table],
) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_template("index.html", TEMPLATE)?;
    environment.get_template("index.html")?.render(Serde(page(analysis, sets, sweeps, tables)))
}

#[derive(Serialize)]
struct Page<'a> {
    name: &'a str,
    question: &'a str,
    style: String,
    facts: Vec<String>,
    overview: &'a str,
    failure_sentence: &'a str,
    cards: Vec<Card<'a>>,
    sweeps: Vec<FigureView<'a>>,
    failures: Vec<FailureRow<'a>>,
    units: Vec<UnitRow<'a>>,
    fold_units: bool,
    tables: Vec<&'a str>,
    benchmark_yaml: &'a str,
    optimizers: Vec<OptimizerRow<'a>>,
    hosts: Vec<HostRow>,
    jobs: usize,
    has_grid: bool,
}

/// One problem.
#[derive(Serialize)]
struct Card<'a> {
    stem: &'a str,
    name: &'a str,
    badge: &'static str,
    tone: &'static str,
    headline: &'a str,
    details: &'a [String],
    data: String,
    target: String,
    reference: String,
    metric: &'static str,
    best: Vec<Row<'a>>,
    rows: Vec<Row<'a>>,
    skipped: Vec<(String, &'a str)>,
    figures: Vec<FigureView<'a>>,
    rates: Vec<RateRow<'a>>,
    basins: Vec<BasinRow>,
}

/// One series in a table.
#[derive(Serialize)]
struct Row<'a> {
    symbol: &'static str,
    color: usize,
    optimizer: &'a str,
    config: &'a str,
    settings: usize,
    is_best: bool,
    leads: bool,
    note: &'static str,
    reached: String,
    iterations: Cell,
    passes: Cell,
    seconds: Cell,
    gap: Cell,
    metric: Cell,
    art: String,
    ended: String,
    failed: usize,
}

/// A median and its quartiles.
#[derive(Serialize, Default)]
struct Cell {
    median: String,
    range: String,
    is_missing: bool,
}

#[derive(Serialize)]
struct FigureView<'a> {
    stem: &'a str,
    title: &'a str,
    how_to_read: &'a str,
    svg: String,
}

#[derive(Serialize)]
struct FailureRow<'a> {
    problem: &'a str,
    series: &'a str,
    status: &'static str,
    count: String,
    reason: &'a str,
}

#[derive(Serialize)]
struct UnitRow<'a> {
    problem: &'a str,
    series: String,
    seed: u64,
    status: &'static str,
    is_failure: bool,
    reason: &'a str,
    iterations: u64,
    passes: String,
    seconds: String,
    gap: String,
}

#[derive(Serialize)]
struct OptimizerRow<'a> {
    label: &'a str,
    name: &'a str,
    version: &'a str,
    plugin: &'a str,
    hash: &'a str,
    settings: Vec<String>,
}

#[derive(Serialize)]
struct HostRow {
    facts: Vec<(&'static str, String)>,
}

fn page<'a>(analysis: &'a Analysis<'a>, sets: &'a [Set], sweeps: &'a [Figure], tables: &'a [Table]) -> Page<'a> {
    let results = analysis.results;
    let unit_count = results.units.len();
    Page {
        name: &results.name,
        question: results.question.trim(),
        style: STYLE.to_owned() + &palette() + &svg::style_sheet(),
        facts: facts(analysis),
        overview: &analysis.overview,
        failure_sentence: &analysis.failure_sentence,
        cards: sets.iter().enumerate().map(|(at, set)| card(analysis, at, set)).collect(),
        sweeps: sweeps.iter().map(view).collect(),
        failures: analysis
            .failures
            .iter()
            .map(|failure| FailureRow {
                problem: failure.problem,
                series: &failure.series,
                status: failure.status.as_str(),
                count: format!("{}/{}", failure.count, failure.runs),
                reason: failure.reason,
            })
            .collect(),
        units: units(analysis),
        fold_units: unit_count > UNFOLDED,
        tables: tables.iter().map(|table| table.file_name).collect(),
        benchmark_yaml: &results.benchmark_yaml,
        optimizers: optimizers(analysis),
        hosts: hosts(analysis),
        jobs: analysis.jobs,
        has_grid: analysis.problems.iter().flat_map(|problem| &problem.series).any(|series| series.settings > 1),
    }
}

/// Colours of the markers in tables, as custom properties, light and dark.
fn palette() -> String {
    let rules = |pick: &dyn Fn(style::Ink) -> u32| {
        (0..style::COLORS)
            .map(|i| format!(".c{i}{{color:#{:06X}}}", pick(style::look(i).ink)))
            .collect::<Vec<_>>()
            .concat()
    };
    format!(
        "{}\n@media screen and (prefers-color-scheme:dark){{{}}}\n",
        rules(&|ink| ink.light),
        rules(&|ink| ink.dark)
    )
}

fn facts(analysis: &Analysis<'_>) -> Vec<String> {
    let count = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let runs = || analysis.problems.iter().flat_map(|problem| &problem.series);
    let seeds = analysis.problems.iter().map(|problem| problem.seeds.len()).max().unwrap_or(0);
    let failed = runs().map(|series| series.summary.failed).sum::<usize>();
    let skipped = runs().map(|series| series.skipped.len()).sum::<usize>();
    let mut facts = vec![
        count(analysis.problems.len(), "problem"),
        count(analysis.optimizers.len(), "optimizer"),
        count(seeds, "seed"),
        count(runs().map(|series| series.summary.runs).sum(), "run"),
        format!("{failed} failed"),
    ];
    if skipped > 0 {
        facts.push(format!("{skipped} skipped"));
    }
    facts
}

fn card<'a>(analysis: &'a Analysis<'a>, at: usize, set: &'a Set) -> Card<'a> {
    let problem = &analysis.problems[at];
    let verdict = &analysis.verdicts[at];
    let (badge, tone) = match verdict.standing {
        Standing::Clear => ("clear", "good"),
        Standing::Tied => ("tie", "even"),
        Standing::TradeOff => ("trade-off", "even"),
        Standing::Inconclusive => ("inconclusive", "open"),
        Standing::TooFewSeeds => ("too few seeds", "open"),
        Standing::NobodyReaches => ("target not reached", "bad"),
        Standing::Alone | Standing::Nothing => ("nothing to compare", "open"),
    };
    let clear = verdict.leader.filter(|_| verdict.standing == Standing::Clear);
    let rows = || problem.series.iter().enumerate().filter(|(_, series)| !series.runs.is_empty());
    let cells = |(index, series)| row(analysis, problem, series, clear == Some(index));
    Card {
        stem: &set.stem,
        name: problem.name,
        badge,
        tone,
        headline: &verdict.headline,
        details: &verdict.details,
        data: data(problem),
        target: number(problem.target),
        reference: reference(problem),
        metric: problem.metric.map_or("", harness_analysis::Metric::name),
        best: rows().filter(|(_, series)| series.is_best).map(cells).collect(),
        rows: rows().map(cells).collect(),
        skipped: problem
            .series
            .iter()
            .filter_map(|series| series.skipped.first().map(|record| (series.title(), record.reason.as_str())))
            .collect(),
        rates: theory::rate_rows(analysis, at),
        basins: theory::basin_rows(analysis, problem),
        figures: set.figures.iter().map(view).collect(),
    }
}

fn data(problem: &Problem<'_>) -> String {
    let Some(record) = problem.series.iter().flat_map(|series| &series.runs).map(|run| run.record).next() else {
        return String::new();
    };
    let classes = record.model.classes.map_or(String::new(), |classes| format!(", {classes} classes"));
    format!(
        "{}: {} training and {} test rows, {} columns; {} mixture of {} experts{classes}, {} parameters, ridge {}",
        record.data.dataset,
        record.data.n_train,
        record.data.n_test,
        record.data.d,
        record.model.family,
        record.model.experts,
        record.model.dim,
        number(record.model.ridge)
    )
}

fn view(figure: &Figure) -> FigureView<'_> {
    FigureView { stem: &figure.stem, title: &figure.title, how_to_read: &figure.how_to_read, svg: figure.inline() }
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
            FoundBy::Run { optimizer, config } => format!("{optimizer} {config}").trim().to_owned(),
        };
        *found.entry(by).or_insert(0) += 1;
    }
    let mut found: Vec<(String, usize)> = found.into_iter().collect();
    found.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    found
        .iter()
        .map(|(by, count)| format!("{by} ({count} seed{})", if *count == 1 { "" } else { "s" }))
        .collect::<Vec<_>>()
        .join(", ")
}

fn row<'a>(analysis: &Analysis<'_>, problem: &Problem<'_>, series: &'a Series<'a>, leads: bool) -> Row<'a> {
    let place = analysis.optimizers.iter().position(|label| *label == series.optimizer).unwrap_or(0);
    let summary = &series.summary;
    let cost = |axis| cost_cell(summary.cost(axis));
    let passes = if series.counts_passes() {
        cost(Axis::Passes)
    } else {
        Cell { median: "not counted".to_owned(), range: String::new(), is_missing: true }
    };
    Row {
        symbol: style::look(place).marker.symbol(),
        color: place % style::COLORS,
        optimizer: series.optimizer,
        config: series.config,
        settings: series.settings,
        is_best: series.is_best,
        leads,
        note: match (series.one_shot, series.own_start) {
            (true, true) => "one-shot, own start",
            (true, false) => "one-shot",
            (false, true) => "own start",
            (false, false) => "",
        },
        reached: format!("{}/{}", summary.hits, summary.runs),
        iterations: cost(Axis::Iterations),
        passes,
        seconds: cost(Axis::Seconds),
        gap: gap_cell(summary.best_gap, problem.floor),
        metric: value_cell(summary.metric),
        art: if series.counts_passes() && summary.art_passes.is_finite() {
            number(summary.art_passes)
        } else {
            "–".to_owned()
        },
        ended: ended(series),
        failed: summary.failed,
    }
}

fn cost_cell(quartiles: Option<Quartiles>) -> Cell {
    match quartiles {
        Some(q) if q.median.is_finite() => {
            Cell { median: number(q.median), range: format!("{}–{}", number(q.q1), number(q.q3)), is_missing: false }
        }
        _ => Cell { median: "not reached".to_owned(), range: String::new(), is_missing: true },
    }
}

fn gap_cell(quartiles: Option<Quartiles>, floor: f64) -> Cell {
    let show = |gap: f64| if gap <= floor { format!("<{}", rough(floor)) } else { number(gap) };
    match quartiles {
        Some(q) if q.median.is_finite() => {
            Cell { median: show(q.median), range: format!("{}–{}", show(q.q1), show(q.q3)), is_missing: false }
        }
        _ => Cell { median: "–".to_owned(), range: String::new(), is_missing: true },
    }
}

fn value_cell(quartiles: Option<Quartiles>) -> Cell {
    match quartiles {
        Some(q) if q.median.is_finite() => {
            let show = |value: f64| if value.is_finite() { number(value) } else { "–".to_owned() };
            Cell { median: number(q.median), range: format!("{}–{}", show(q.q1), show(q.q3)), is_missing: false }
        }
        _ => Cell { median: "–".to_owned(), range: String::new(), is_missing: true },
    }
}

fn ended(series: &Series<'_>) -> String {
    let counts = Status::ALL
        .iter()
        .filter_map(|status| series.summary.statuses.get(status).map(|count| format!("{count} {status}")));
    counts.collect::<Vec<_>>().join(", ")
}

fn units<'a>(analysis: &'a Analysis<'a>) -> Vec<UnitRow<'a>> {
    let mut rows = Vec::new();
    for problem in &analysis.problems {
        for series in &problem.series {
            let mut add = |record: &'a Record, gap: String| {
                rows.push(UnitRow {
                    problem: problem.name,
                    series: series.title(),
                    seed: record.seed,
                    status: record.status.as_str(),
                    is_failure: record.status.is_failure(),
                    reason: &record.reason,
                    iterations: record.spent.iterations,
                    passes: number(record.spent.passes),
                    seconds: number(record.spent.wall_s),
                    gap,
                });
            };
            for run in &series.runs {
                let gap = run.best_gap();
                add(run.record, if gap <= problem.floor { format!("<{}", rough(problem.floor)) } else { number(gap) });
            }
            for record in &series.skipped {
                add(record, "–".to_owned());
            }
        }
    }
    rows
}

fn optimizers<'a>(analysis: &'a Analysis<'a>) -> Vec<OptimizerRow<'a>> {
    let mut rows: Vec<OptimizerRow<'a>> = Vec::new();
    for record in analysis.results.units.iter().map(|unit| &unit.record) {
        let used = &record.used;
        let values: Vec<String> = used.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let setting = values.join(", ");
        let same = |row: &OptimizerRow<'_>| {
            row.label == record.optimizer && row.hash == used.plugin_hash && row.version == used.version
        };
        match rows.iter().position(same) {
            Some(at) if rows[at].settings.contains(&setting) => {}
            Some(at) => rows[at].settings.push(setting),
            None => rows.push(OptimizerRow {
                label: &record.optimizer,
                name: &used.name,
                version: &used.version,
                plugin: &used.plugin,
                hash: &used.plugin_hash,
                settings: vec![setting],
            }),
        }
    }
    rows
}

fn hosts(analysis: &Analysis<'_>) -> Vec<HostRow> {
    let mut seen = Vec::new();
    for host in analysis.results.units.iter().map(|unit| &unit.record.host) {
        if !seen.contains(&host) {
            seen.push(host);
        }
    }
    seen.into_iter()
        .map(|host| HostRow {
            facts: vec![
                ("harness", format!("{}, commit {}, models and datasets {}", host.version, host.commit, host.build)),
                ("processor", format!("{}, {} logical", host.cpu, host.cores)),
                ("memory", format!("{:.1} GiB", host.memory as f64 / f64::from(1 << 30))),
                ("system", host.system.clone()),
                ("units side by side", host.jobs.to_string()),
            ],
        })
        .collect()
}
