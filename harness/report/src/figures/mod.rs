//! Figures: one file per kind of plot. Each turns a problem into a drawing and the words that go with it.

mod canvas;
mod cost;
mod curve_set;
mod errors;
mod frame;
mod gap;
mod metric;
mod polyline;
mod rate;
mod scale;
mod strip;
mod sweep;

use std::collections::HashSet;

use harness_analysis::{Analysis, Axis, Problem};
use harness_engine::results::KnownOptimum;

use crate::ReportError;
use crate::svg::{self, Heading};
use canvas::{Canvas, Drawn};

/// A finished figure.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Figure {
    /// File name without ending, and anchor in the page; unique in the report.
    pub(crate) stem: String,
    /// What it shows.
    pub(crate) title: String,
    /// One line on how to read it.
    pub(crate) how_to_read: String,
    height: i32,
    body: String,
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

/// The figures of one problem.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Set {
    /// First part of the file names, and anchor of the problem in the page.
    pub(crate) stem: String,
    pub(crate) figures: Vec<Figure>,
}

/// All figures, one set per problem. A new kind of plot is one more line here.
pub(crate) fn all(analysis: &Analysis<'_>) -> Result<Vec<Set>, ReportError> {
    let mut stems = Stems::new();
    analysis
        .problems
        .iter()
        .zip(&analysis.rates)
        .map(|(problem, rates)| {
            let stem = stems.unique(problem.name);
            let known: Vec<&KnownOptimum> =
                analysis.results.references.iter().filter(|known| known.problem == problem.name).collect();
            let optimizers = &analysis.optimizers;
            let mut figures = Vec::new();
            let mut add = |figure: Result<Option<Figure>, ReportError>| -> Result<(), ReportError> {
                figures.extend(figure?);
                Ok(())
            };
            add(figure(&stem, cost::plan(problem), |canvas| cost::draw(canvas, problem, optimizers)))?;
            for axis in [Axis::Passes, Axis::Iterations, Axis::Seconds] {
                let plot = gap::plan(problem, axis);
                add(figure(&stem, plot, |canvas| gap::draw(canvas, problem, axis, optimizers)))?;
            }
            if let Some(measure) = problem.metric {
                let plot = Some(metric::plan(problem, measure));
                add(figure(&stem, plot, |canvas| metric::draw(canvas, problem, measure, optimizers)))?;
                let plot = metric::plan_final(problem, measure);
                add(figure(&stem, plot, |canvas| metric::draw_final(canvas, problem, measure, optimizers)))?;
            }
            for quantity in errors::Quantity::ALL {
                for axis in [Axis::Iterations, Axis::Passes, Axis::Seconds] {
                    let plot = errors::plan(problem, &known, quantity, axis);
                    add(figure(&stem, plot, |canvas| {
                        errors::draw(canvas, problem, &known, quantity, axis, optimizers)
                    }))?;
                }
            }
            let plot = rate::plan(problem, rates);
            add(figure(&stem, plot, |canvas| rate::draw(canvas, problem, &known, rates, optimizers)))?;
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
            figures.extend(figure(&stem, plot, |canvas| sweep::draw(canvas, analysis, found, quantity))?);
        }
    }
    Ok(figures)
}

/// The number of runs and failures that a figure rests on.
fn basis(problem: &Problem<'_>) -> String {
    let runs: usize = problem.series.iter().map(|series| series.summary.runs).sum();
    let failed: usize = problem.series.iter().map(|series| series.summary.failed).sum();
    let seeds = problem.seeds.len();
    format!("{seeds} {}, {failed} of {runs} runs failed", if seeds == 1 { "seed" } else { "seeds" })
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
            height: plot.height,
            body: svg::body(&buffer),
        })),
        Err(error) => Err(ReportError::Draw { figure: stem, reason: error.to_string() }),
    }
}

/// File names that are safe everywhere and unique. They never hold two hyphens in a row, so the page may put its own
/// anchors behind two.
struct Stems {
    taken: HashSet<String>,
}

impl Stems {
    /// The page's own sections keep their anchors.
    fn new() -> Self {
        Self { taken: ["verdicts", "summary", "sweeps", "units", "settings", "failures"].map(String::from).into() }
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
