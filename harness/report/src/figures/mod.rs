//! Figures: one file per kind of plot. Each turns a problem into a drawing and the words that go with it.

mod basins;
mod canvas;
mod cost;
mod course;
mod curve_set;
mod diagnostics;
mod errors;
mod fixed_target;
mod frame;
mod gap;
mod level;
mod log_ratio;
mod metric;
mod pair_matrix;
pub(crate) mod polyline;
mod rate;
mod scale;
mod shares;
mod strip;
mod sweep;
mod together;
mod tuning;

use std::collections::HashSet;

use harness_analysis::{Analysis, Axis, Problem, SeriesRates, ecdf, profiles};
use harness_engine::results::KnownOptimum;

use crate::ReportError;
use crate::svg::{self, Heading};
use canvas::{Canvas, Drawn};
pub(crate) use frame::WIDTH;

/// A finished figure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    /// File name without ending, and anchor in the page; unique in the report.
    pub(crate) stem: String,
    /// What it shows.
    pub(crate) title: String,
    /// One line on how to read it.
    pub(crate) how_to_read: String,
    /// Where the page shows it.
    pub(crate) rank: Rank,
    /// In CSS pixels, where it is as wide as [`WIDTH`].
    pub(crate) height: i32,
    body: String,
}

/// What a figure is worth to a reader of the page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Rank {
    /// Part of the answer.
    First,
    /// Shown with the others.
    Second,
    /// Shown on request.
    More,
    /// Shown on request, and drawn by the live chart too.
    Live,
}

impl Figure {
    /// The content of its file.
    pub(crate) fn standalone(&self) -> String {
        svg::standalone(&self.heading(), &self.body)
    }

    /// The same as a part of the page.
    pub(crate) fn inline(&self) -> String {
        svg::inline(&self.heading(), &self.body)
    }

    fn heading(&self) -> Heading<'_> {
        Heading {
            stem: &self.stem,
            title: &self.title,
            description: &self.how_to_read,
            width: frame::WIDTH,
            height: self.height,
        }
    }
}

/// What a kind of plot makes of a problem.
struct Plot {
    /// The last part of the file name.
    kind: String,
    title: String,
    how_to_read: String,
    height: i32,
}

/// The figures of one problem, or of all together.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Set {
    /// First part of the file names, and anchor of the problem in the page.
    pub(crate) stem: String,
    pub(crate) figures: Vec<Figure>,
}

/// The figures over all problems.
pub(crate) fn suite(analysis: &Analysis<'_>) -> Result<Set, ReportError> {
    let stem = SUITE.to_owned();
    let bands = Some(analysis.results.analysis.ci);
    let (problems, optimizers) = (&analysis.problems, &analysis.optimizers);
    let mut figures = Vec::new();
    let mut add = |rank: Rank, drawn: Result<Option<Figure>, ReportError>| -> Result<(), ReportError> {
        figures.extend(drawn?.map(|figure| Figure { rank, ..figure }));
        Ok(())
    };
    for axis in first(analysis.axis) {
        let bands = bands.filter(|_| axis == analysis.axis);
        let kind = shares::Kind::Runtimes(axis);
        let runtimes = ecdf::runtimes(problems, optimizers, axis, bands);
        let plot = shares::plan(analysis, &runtimes, kind);
        let rank = if axis == analysis.axis { Rank::First } else { Rank::Live };
        add(rank, figure(&stem, plot, |canvas| shares::draw(canvas, analysis, &runtimes, kind)))?;
    }
    let kind = shares::Kind::Performance(analysis.axis);
    let performance = profiles::performance(problems, optimizers, analysis.axis, bands);
    let plot = shares::plan(analysis, &performance, kind);
    add(Rank::First, figure(&stem, plot, |canvas| shares::draw(canvas, analysis, &performance, kind)))?;
    let quality = profiles::quality(problems, optimizers, bands);
    let plot = shares::plan(analysis, &quality, shares::Kind::Quality);
    add(Rank::First, figure(&stem, plot, |canvas| shares::draw(canvas, analysis, &quality, shares::Kind::Quality)))?;
    add(Rank::More, figure(&stem, log_ratio::plan(analysis), |canvas| log_ratio::draw(canvas, analysis)))?;
    Ok(Set { stem, figures })
}

/// All axes, the one that decides first.
fn first(axis: Axis) -> impl Iterator<Item = Axis> {
    std::iter::once(axis).chain(Axis::ALL.into_iter().filter(move |other| *other != axis))
}

/// The figures of problems, one set each. A new kind of plot is one more line in [`of_problem`].
pub(crate) fn all(analysis: &Analysis<'_>) -> Result<Vec<Set>, ReportError> {
    let mut stems = Stems::new();
    analysis
        .problems
        .iter()
        .zip(&analysis.rates)
        .enumerate()
        .map(|(at, (problem, rates))| {
            let stem = stems.unique(problem.name);
            let mut figures = of_problem(analysis, problem, rates, &stem)?;
            let plot = pair_matrix::plan(analysis, at);
            let drawn = figure(&stem, plot, |canvas| pair_matrix::draw(canvas, analysis, at))?;
            figures.extend(drawn.map(|figure| Figure { rank: Rank::More, ..figure }));
            Ok(Set { stem, figures })
        })
        .collect()
}

/// Figures over the sweeps of a benchmark.
pub(crate) fn sweeps(analysis: &Analysis<'_>) -> Result<Vec<Figure>, ReportError> {
    let mut stems = Stems::new();
    let mut figures = Vec::new();
    for found in &harness_analysis::sweeps::sweeps(&analysis.problems) {
        let stem = stems.unique(&format!("sweep-{}-{}", found.name, found.path));
        for quantity in sweep::Quantity::ALL {
            let plot = sweep::plan(analysis, found, quantity);
            let drawn = figure(&stem, plot, |canvas| sweep::draw(canvas, analysis, found, quantity))?;
            figures.extend(drawn.map(|figure| Figure { rank: Rank::First, ..figure }));
        }
    }
    Ok(figures)
}

fn of_problem(
    analysis: &Analysis<'_>,
    problem: &Problem<'_>,
    rates: &[SeriesRates],
    stem: &str,
) -> Result<Vec<Figure>, ReportError> {
    let optimizers = &analysis.optimizers;
    let known: Vec<&KnownOptimum> =
        analysis.results.references.iter().filter(|known| known.problem == problem.name).collect();
    let mut figures = Vec::new();
    let mut add = |rank: Rank, drawn: Result<Option<Figure>, ReportError>| -> Result<(), ReportError> {
        figures.extend(drawn?.map(|figure| Figure { rank, ..figure }));
        Ok(())
    };
    for axis in first(analysis.axis) {
        let decides = axis == analysis.axis;
        if let Some(gap) = gap::Gap::new(problem, axis, optimizers) {
            let rank = if decides { Rank::First } else { Rank::Live };
            add(rank, figure(stem, Some(gap.plot()), |canvas| gap.draw(canvas)))?;
        }
        if decides {
            add(Rank::First, figure(stem, cost::plan(problem), |canvas| cost::draw(canvas, problem, optimizers)))?;
        }
    }
    let plot = fixed_target::plan(analysis, problem);
    add(Rank::Second, figure(stem, plot, |canvas| fixed_target::draw(canvas, analysis, problem)))?;
    if let Some(measure) = problem.metric {
        let plot = metric::plan_final(problem, measure);
        add(Rank::Second, figure(stem, plot, |canvas| metric::draw_final(canvas, problem, measure, optimizers)))?;
        let plot = Some(metric::plan(problem, measure));
        add(Rank::More, figure(stem, plot, |canvas| metric::draw(canvas, problem, measure, optimizers)))?;
    }
    let plot = tuning::plan_sensitivity(analysis, problem);
    add(Rank::Second, figure(stem, plot, |canvas| tuning::draw_sensitivity(canvas, analysis, problem)))?;
    let plot = tuning::plan_trials(analysis, problem);
    add(Rank::More, figure(stem, plot, |canvas| tuning::draw_trials(canvas, analysis, problem)))?;
    for quantity in errors::Quantity::ALL {
        for axis in first(analysis.axis) {
            let plot = errors::plan(problem, &known, quantity, axis);
            let draw = |canvas: &Canvas<'_>| errors::draw(canvas, problem, &known, quantity, axis, optimizers);
            let rank = if axis == analysis.axis { Rank::Second } else { Rank::More };
            add(rank, figure(stem, plot, draw))?;
        }
    }
    let plot = basins::plan(problem, &known);
    add(Rank::Second, figure(stem, plot, |canvas| basins::draw(canvas, analysis, problem, &known)))?;
    let plot = rate::plan(problem, &known, rates);
    add(Rank::Second, figure(stem, plot, |canvas| rate::draw(canvas, problem, &known, rates, optimizers)))?;
    for norm in diagnostics::Norm::ALL {
        let plot = diagnostics::plan(problem, norm);
        add(Rank::More, figure(stem, plot, |canvas| diagnostics::draw(canvas, problem, norm, optimizers)))?;
    }
    let plot = diagnostics::plan_rises(problem);
    add(Rank::More, figure(stem, plot, |canvas| diagnostics::draw_rises(canvas, problem, optimizers)))?;
    Ok(figures)
}

/// The number of runs and failures that a figure rests on.
fn basis(problem: &Problem<'_>) -> String {
    let runs: usize = problem.series.iter().map(|series| series.summary.runs).sum();
    let failed: usize = problem.series.iter().map(|series| series.summary.failed).sum();
    let seeds = problem.seeds.len();
    format!("{seeds} {}, {failed} of {runs} runs failed", if seeds == 1 { "seed" } else { "seeds" })
}

/// The same over all problems, best settings only.
fn suite_basis(analysis: &Analysis<'_>) -> String {
    let problems = analysis.problems.len();
    let seeds = analysis.problems.iter().map(|problem| problem.seeds.len()).max().unwrap_or(0);
    let best = || analysis.problems.iter().flat_map(|p| &p.series).filter(|s| s.is_best && s.is_comparable());
    let runs: usize = best().map(|series| series.summary.runs).sum();
    let failed: usize = best().map(|series| series.summary.failed).sum();
    let count = |n: usize, word: &str| format!("{n} {word}{}", if n == 1 { "" } else { "s" });
    let (problems, seeds) = (count(problems, "problem"), count(seeds, "seed"));
    format!("{problems}, {seeds}, best setting of each optimizer, {failed} of {runs} runs failed")
}

fn figure(
    problem: &str,
    plot: Option<Plot>,
    draw: impl FnOnce(&Canvas<'_>) -> Drawn,
) -> Result<Option<Figure>, ReportError> {
    let Some(plot) = plot else { return Ok(None) };
    let stem = format!("{problem}-{}", plot.kind);
    let mut buffer = String::new();
    let canvas = Canvas::new(&mut buffer, frame::WIDTH, plot.height);
    let drawn = canvas.paper().and_then(|()| draw(&canvas));
    drop(canvas);
    match drawn {
        Ok(()) => Ok(Some(Figure {
            stem,
            title: plot.title,
            how_to_read: plot.how_to_read,
            rank: Rank::Second,
            height: plot.height,
            body: svg::body(&buffer),
        })),
        Err(error) => Err(ReportError::Draw { figure: stem, reason: error.to_string() }),
    }
}

/// First part of the file names over all problems.
const SUITE: &str = "suite";

/// File names that are safe everywhere and unique. They never hold two hyphens in a row, so the page may put its own
/// anchors behind two.
struct Stems {
    taken: HashSet<String>,
}

impl Stems {
    /// The page's own parts keep their anchors.
    fn new() -> Self {
        let sections =
            [SUITE, "verdicts", "summary", "explore", "sweeps", "pairs", "tuning", "failures", "units", "settings"];
        let parts = ["data", "pack", "figure-style", "legend", "chart", "values", "how", "tip"];
        let controls = ["pick", "axis", "log-x", "log-y", "others", "save-svg", "save-csv", "copy"];
        Self { taken: sections.into_iter().chain(parts).chain(controls).map(String::from).collect() }
    }

    fn unique(&mut self, name: &str) -> String {
        let mut stem = String::new();
        for c in name.chars() {
            let c = if c.is_ascii_alphanumeric() || c == '_' { c.to_ascii_lowercase() } else { '-' };
            if !(c == '-' && stem.ends_with('-')) {
                stem.push(c);
            }
        }
        let stem = stem.trim_matches('-');
        let stem = if stem.is_empty() { "problem" } else { stem };
        let mut unique = stem.to_owned();
        let mut count = 1;
        while !self.taken.insert(unique.clone()) {
            count += 1;
            unique = format!("{stem}-{count}");
        }
        unique
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_unique() {
        let mut stems = Stems::new();
        assert_eq!(stems.unique("snr[dataset.beta_norm=0.5]"), "snr-dataset-beta_norm-0-5");
        assert_eq!(stems.unique("snr[dataset.beta_norm=0/5]"), "snr-dataset-beta_norm-0-5-2");
        assert_eq!(stems.unique("../../etc/passwd"), "etc-passwd");
        assert_eq!(stems.unique("é"), "problem");
        assert_eq!(stems.unique("summary"), "summary-2");
    }
}
