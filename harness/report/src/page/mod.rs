//! The page: what the template needs, said in strings, so that the template decides on structure alone.

mod card;
mod data;
mod matrix;
mod provenance;

use harness_analysis::Analysis;
use harness_engine::results::Results;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, value::Serde};
use serde::Serialize;

use crate::figures::{Figure, Set};
use crate::style;
use crate::svg;
use crate::tables::{Table, Tables};
use card::Card;
pub(crate) use card::tone;
use matrix::Matrix;
use provenance::Provenance;

const TEMPLATE: &str = include_str!("../../templates/index.html");
const MACROS: &str = include_str!("../../templates/macros.html");
const STYLE: &str = include_str!("../../templates/style.css");
const SCRIPT: &str = include_str!("../../templates/script.js");

/// More units than this stand in the file alone.
const MOST_UNITS: usize = 150;

/// Fills in the page.
pub(crate) fn html(
    analysis: &Analysis<'_>,
    suite: &Set,
    sets: &[Set],
    sweeps: &[Figure],
    tables: &Tables,
    files: &[(String, String)],
) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_template("macros.html", MACROS)?;
    environment.add_template("index.html", TEMPLATE)?;
    environment.get_template("index.html")?.render(Serde(page(analysis, suite, sets, sweeps, tables, files)))
}

#[derive(Serialize)]
struct Page<'a> {
    name: &'a str,
    /// The first paragraph of the question, and the others.
    question: &'a str,
    more: &'a str,
    style: String,
    figure_style: String,
    script: String,
    data: String,
    files: String,
    facts: Vec<String>,
    overview: &'a str,
    failure_sentence: &'a str,
    suite_figures: Vec<FigureView<'a>>,
    suite_files: Vec<FigureView<'a>>,
    cards: Vec<Card<'a>>,
    sweeps: Vec<FigureView<'a>>,
    matrices: Vec<Matrix<'a>>,
    suite: &'a Table,
    headline: &'a Table,
    targets: &'a Table,
    accuracy: &'a Table,
    pairs: &'a Table,
    tuning: &'a Table,
    failures: &'a Table,
    environment: &'a Table,
    symbols: Vec<&'static str>,
    colors: usize,
    units: Vec<UnitRow<'a>>,
    unit_count: usize,
    benchmark_yaml: &'a str,
    optimizers: Vec<OptimizerRow<'a>>,
    provenance: Provenance<'a>,
    jobs: usize,
    axis: &'static str,
}

/// A figure; one that is a file alone has no drawing.
#[derive(Serialize)]
struct FigureView<'a> {
    stem: &'a str,
    title: &'a str,
    how_to_read: &'a str,
    svg: String,
}

/// Files of the tables that the page shows are saved from the page itself.
fn on_the_page(name: &str) -> bool {
    name.starts_with("table-") || name == "rates.csv"
}

#[derive(Serialize)]
struct UnitRow<'a> {
    problem: &'a str,
    series: String,
    seed: u64,
    status: &'static str,
    is_failure: bool,
    reason: &'a str,
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

fn page<'a>(
    analysis: &'a Analysis<'a>,
    suite: &'a Set,
    sets: &'a [Set],
    sweeps: &'a [Figure],
    tables: &'a Tables,
    files: &[(String, String)],
) -> Page<'a> {
    let results = analysis.results;
    let (question, more) = question(results);
    Page {
        name: &results.name,
        question,
        more,
        style: STYLE.to_owned() + &palette(),
        figure_style: svg::style_sheet(),
        script: short(SCRIPT),
        data: data::json(analysis, sets),
        files: data::files(files.iter().filter(|(name, _)| on_the_page(name))),
        facts: facts(analysis),
        overview: &analysis.overview,
        failure_sentence: &analysis.failure_sentence,
        suite_figures: on_page(suite),
        suite_files: in_files(suite),
        cards: sets.iter().enumerate().map(|(at, set)| card::card(analysis, at, set)).collect(),
        sweeps: sweeps.iter().map(|figure| view(figure, figure.inline())).collect(),
        matrices: sets.iter().enumerate().filter_map(|(at, set)| matrix::matrix(analysis, at, &set.stem)).collect(),
        suite: &tables.suite,
        headline: &tables.headline,
        targets: &tables.targets,
        accuracy: &tables.accuracy,
        pairs: &tables.pairs,
        tuning: &tables.tuning,
        failures: &tables.failures,
        environment: &tables.environment,
        symbols: (0..analysis.optimizers.len()).map(|place| style::look(place).marker.symbol()).collect(),
        colors: style::COLORS,
        units: units(analysis),
        unit_count: results.units.len(),
        benchmark_yaml: &results.benchmark_yaml,
        optimizers: optimizers(analysis),
        provenance: provenance::provenance(analysis),
        jobs: analysis.jobs,
        axis: analysis.axis.name(),
    }
}

/// The first paragraph of the question that the benchmark answers, and the others.
pub(crate) fn question(results: &Results) -> (&str, &str) {
    let question = results.question.trim();
    question.split_once("\n\n").unwrap_or((question, ""))
}

/// The script without indentation and comments of one line; no string of it goes over a line end.
fn short(script: &str) -> String {
    let lines = script.lines().map(str::trim_start).filter(|line| !line.starts_with("/*"));
    lines.collect::<Vec<_>>().join("\n")
}

fn on_page(set: &Set) -> Vec<FigureView<'_>> {
    set.figures.iter().filter(|figure| figure.on_page).map(|figure| view(figure, figure.inline())).collect()
}

fn in_files(set: &Set) -> Vec<FigureView<'_>> {
    set.figures.iter().filter(|figure| !figure.on_page).map(|figure| view(figure, String::new())).collect()
}

fn view(figure: &Figure, svg: String) -> FigureView<'_> {
    FigureView { stem: &figure.stem, title: &figure.title, how_to_read: &figure.how_to_read, svg }
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

pub(crate) fn facts(analysis: &Analysis<'_>) -> Vec<String> {
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

/// All units if they are few; otherwise those that failed, as far as there is room.
fn units<'a>(analysis: &'a Analysis<'a>) -> Vec<UnitRow<'a>> {
    let few = analysis.results.units.len() <= MOST_UNITS;
    let mut rows = Vec::new();
    for problem in &analysis.problems {
        for series in &problem.series {
            let records = series.runs.iter().map(|run| run.record).chain(series.skipped.iter().copied());
            rows.extend(records.filter(|record| few || record.status.is_failure()).map(|record| UnitRow {
                problem: problem.name,
                series: series.title(),
                seed: record.seed,
                status: record.status.as_str(),
                is_failure: record.status.is_failure(),
                reason: &record.reason,
            }));
        }
    }
    rows.truncate(MOST_UNITS);
    rows
}

fn optimizers<'a>(analysis: &'a Analysis<'a>) -> Vec<OptimizerRow<'a>> {
    let mut rows: Vec<OptimizerRow<'a>> = Vec::new();
    for record in analysis.results.units.iter().map(|unit| &unit.record) {
        let used = &record.used;
        let same = |row: &OptimizerRow<'_>| {
            row.label == record.optimizer && row.hash == used.plugin_hash && row.version == used.version
        };
        let values: Vec<String> = used.params.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let setting = values.join(", ");
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
