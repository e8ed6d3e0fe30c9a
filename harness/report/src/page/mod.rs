//! The page: what the template needs, said in strings, so that the template decides on structure alone.

mod card;
mod data;
mod matrix;
mod pack;
mod provenance;
mod views;

use harness_analysis::Analysis;
use harness_engine::results::Results;
use minijinja::syntax::SyntaxConfig;
use minijinja::{Environment, context, value::Serde};
use serde::Serialize;

use crate::figures::{Figure, Set};
use crate::style;
use crate::svg;
use crate::tables::{Table, Tables};
use card::Card;
pub(crate) use card::tone;
use matrix::Matrix;
use provenance::Provenance;
use views::{FigureView, Views};

const TEMPLATE: &str = include_str!("../../templates/index.html");
const MACROS: &str = include_str!("../../templates/macros.html");
const TABLE: &str = include_str!("../../templates/table.html");
const STYLE: &str = include_str!("../../templates/style.css");
const SCRIPT: &str = include_str!("../../templates/script.js");

/// The answers to more problems than this stand in a line each.
pub(crate) const MANY: usize = 4;

/// More units than this stand in the file alone.
const MOST_UNITS: usize = 150;

/// Longer tables, those of the answer apart, are drawn by the script.
const MOST_ROWS: usize = 120;

/// Longer files, in bytes, are not saved from the page.
const LONGEST_FILE: usize = 300_000;

/// Fills in the page.
pub(crate) fn html(
    analysis: &Analysis<'_>,
    suite: &Set,
    sets: &[Set],
    sweeps: &[Figure],
    tables: &Tables,
    files: &[(String, String)],
    records: Option<&str>,
) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.add_filter("key", key);
    environment.add_template("macros.html", MACROS)?;
    environment.add_template("index.html", TEMPLATE)?;
    environment.add_template("table.html", TABLE)?;
    let views = Views::new(suite, sweeps, sets);
    let cards: Vec<Card<'_>> =
        sets.iter().enumerate().map(|(at, set)| card::card(analysis, at, set, &views, tables)).collect();
    let matrices: Vec<Matrix<'_>> =
        sets.iter().enumerate().filter_map(|(at, set)| matrix::matrix(analysis, at, &set.stem)).collect();
    let files: Vec<&(String, String)> = files.iter().filter(|(_, text)| text.len() <= LONGEST_FILE).collect();
    let symbols: Vec<&str> = (0..analysis.optimizers.len()).map(|place| style::look(place).marker.symbol()).collect();

    let mut packed = format!("{{\"series\":{},\"runtimes\":{}", data::series(analysis), data::runtimes(analysis));
    packed += &mapping("figures", views.packed().iter().map(|(stem, svg)| (*stem, svg.as_str())));
    packed += &mapping("files", files.iter().map(|(name, text)| (name.as_str(), text.as_str())));
    let long = long(tables, &cards);
    let mut drawn = Vec::new();
    for (name, table) in &long {
        let context = context! { t => Serde(table), symbols => &symbols, colors => style::COLORS, name };
        drawn.push((name.clone(), environment.get_template("table.html")?.render(context)?));
    }
    packed += &mapping("tables", drawn.iter().map(|(name, html)| (name.as_str(), html.as_str())));
    packed += &mapping("pairs", matrices.iter().map(|matrix| (matrix.stem(), matrix.words())));

    let page = Page {
        pack: pack::pack(&(packed + "}")),
        data: data::head(analysis, sets, &files.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>()),
        long: drawn.into_iter().map(|(name, _)| name).collect(),
        symbols,
        cards,
        matrices,
        records,
        ..page(analysis, suite, sweeps, tables, &views)
    };
    environment.get_template("index.html")?.render(Serde(page))
}

/// Tables that the script draws, by the name that the page gives them.
fn long<'t>(tables: &'t Tables, cards: &'t [Card<'_>]) -> Vec<(String, &'t Table)> {
    let is_long = |table: &Table| table.rows.len() > MOST_ROWS;
    let whole = [&tables.targets, &tables.accuracy, &tables.pairs, &tables.tuning];
    let mut long: Vec<(String, &Table)> =
        whole.into_iter().filter(|table| is_long(table)).map(|table| (table.stem.to_owned(), table)).collect();
    // Those of problems all or none, by their length together.
    if is_long(&tables.rates) {
        long.extend(cards.iter().map(Card::rates));
    }
    if is_long(&tables.certificates) {
        long.extend(cards.iter().map(Card::certificates));
    }
    if is_long(&tables.basins) {
        long.extend(cards.iter().map(Card::basins));
    }
    long
}

/// `,"name":{"key":"text",…}`.
fn mapping<'t, T: AsRef<str>>(name: &str, entries: impl Iterator<Item = (&'t str, T)>) -> String {
    let entry = |(key, text): (&str, T)| format!("{}:{}", data::text(key), data::text(text.as_ref()));
    format!(",{}:{{{}}}", data::text(name), entries.map(entry).collect::<Vec<_>>().join(","))
}

/// What a column is sorted by, as short as it allows.
fn key(raw: &str) -> String {
    match raw.parse::<f64>() {
        Ok(value) if value.is_finite() => {
            let (plain, short) = (raw.to_owned(), format!("{value:.5e}"));
            if plain.len() <= short.len() { plain } else { short }
        }
        _ => raw.to_owned(),
    }
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
    pack: String,
    facts: Vec<String>,
    overview: &'a str,
    failure_sentence: &'a str,
    suite_figures: Vec<FigureView<'a>>,
    suite_more: Vec<FigureView<'a>>,
    cards: Vec<Card<'a>>,
    is_many: bool,
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
    /// Names of the tables that are drawn by the script.
    long: Vec<String>,
    symbols: Vec<&'static str>,
    colors: usize,
    units: Vec<UnitRow<'a>>,
    unit_count: usize,
    /// Where the results folder lies, if the page can link to it.
    records: Option<&'a str>,
    benchmark_yaml: &'a str,
    optimizers: Vec<OptimizerRow<'a>>,
    provenance: Provenance<'a>,
    times: &'a str,
    axis: &'static str,
}

#[derive(Serialize)]
struct UnitRow<'a> {
    hash: &'a str,
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

/// All but what [`html`] has made.
fn page<'a>(
    analysis: &'a Analysis<'a>,
    suite: &'a Set,
    sweeps: &'a [Figure],
    tables: &'a Tables,
    views: &Views<'a>,
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
        data: String::new(),
        pack: String::new(),
        facts: facts(analysis),
        overview: &analysis.overview,
        failure_sentence: &analysis.failure_sentence,
        suite_figures: views.shown(&suite.figures),
        suite_more: views.more(&suite.figures),
        cards: Vec::new(),
        is_many: analysis.problems.len() > MANY,
        sweeps: views.shown(sweeps),
        matrices: Vec::new(),
        suite: &tables.suite,
        headline: &tables.headline,
        targets: &tables.targets,
        accuracy: &tables.accuracy,
        pairs: &tables.pairs,
        tuning: &tables.tuning,
        failures: &tables.failures,
        environment: &tables.environment,
        long: Vec::new(),
        symbols: Vec::new(),
        colors: style::COLORS,
        units: units(analysis),
        unit_count: results.units.len(),
        records: None,
        benchmark_yaml: &results.benchmark_yaml,
        optimizers: optimizers(analysis),
        provenance: provenance::provenance(analysis),
        times: &analysis.times,
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
                hash: &record.unit,
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
