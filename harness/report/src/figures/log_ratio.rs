//! Every optimizer against the baseline, seed by seed: the ratios of their costs, sorted. Unlike a performance profile it
//! does not depend on who else is in the benchmark.

use harness_analysis::{Analysis, compare};

use super::canvas::{Canvas, Drawn, Point, Stroke};
use super::frame::{EndLabel, Frame, Words};
use super::level::{self, Level};
use super::scale::Scale;
use super::{Plot, suite_basis};
use crate::style::{Look, look};

const HEIGHT: i32 = 300;

/// Larger factors stand at the edge.
const LARGEST: f64 = 64.0;

struct Line<'a> {
    name: &'a str,
    look: Look,
    /// Cost over that of the baseline, ascending; infinite where this one misses, 0 where the baseline does.
    ratios: Vec<f64>,
}

pub(super) fn plan(analysis: &Analysis<'_>) -> Option<Plot> {
    let baseline = analysis.suite.baseline?;
    (!lines(analysis).is_empty()).then(|| Plot {
        kind: "ratios".to_owned(),
        title: format!("All problems: {} relative to {baseline}", analysis.axis.name()),
        how_to_read: format!(
            "Below 1 the optimizer needs less than {baseline} on that (problem, seed); all of them, sorted, misses at the \
             edges. Where a line crosses 1 is how often it wins. {}.",
            suite_basis(analysis)
        ),
        height: HEIGHT,
    })
}

pub(super) fn draw(canvas: &Canvas<'_>, analysis: &Analysis<'_>) -> Drawn {
    let lines = lines(analysis);
    let baseline = analysis.suite.baseline.unwrap_or("");
    let frame = Frame::new(
        Scale::linear(0.0, 100.0, 5),
        Scale::log(1.0 / LARGEST, LARGEST, 7),
        lines.iter().map(|line| line.name),
        HEIGHT,
    );
    let what = format!("{} relative to {baseline}", analysis.axis.name());
    let y = format!("{} to the target, over that of {baseline}", analysis.axis.name());
    let x = "share of (problem, seed), percent, sorted";
    frame.draw(canvas, &Words { problem: "All problems", what: &what, y: &y, x })?;
    let even = [Level { value: 1.0, words: &[&format!("as {baseline}")] }];
    level::lines(canvas, &frame, &even)?;
    let steps = |line: &Line<'_>| -> Vec<Point> {
        let count = line.ratios.len().max(1) as f64;
        let corners = line.ratios.iter().enumerate().flat_map(|(i, ratio)| {
            let y = ratio.clamp(1.0 / LARGEST, LARGEST);
            [i, i + 1].map(|i| frame.point(100.0 * i as f64 / count, y))
        });
        super::polyline::thin(&corners.flatten().collect::<Vec<_>>())
    };
    let drawn: Vec<Vec<Point>> = lines.iter().map(steps).collect();
    for (line, steps) in lines.iter().zip(&drawn) {
        canvas.of(line.look, || canvas.line(steps, Stroke::solid(line.look.ink, 1.8)))?;
    }
    level::words(canvas, &frame, &even, &drawn)?;
    let labels: Vec<EndLabel<'_>> = lines
        .iter()
        .filter_map(|line| {
            let y = frame.py(line.ratios.last()?.clamp(1.0 / LARGEST, LARGEST))?;
            Some(EndLabel { name: line.name, look: line.look, end: (frame.right, y) })
        })
        .collect();
    frame.end_labels(canvas, &labels)
}

fn lines<'a>(analysis: &Analysis<'a>) -> Vec<Line<'a>> {
    let Some(baseline) = analysis.suite.baseline else { return Vec::new() };
    let mut all = Vec::new();
    for (place, label) in analysis.optimizers.iter().enumerate().filter(|(_, label)| **label != baseline) {
        let mut ratios = Vec::new();
        for (problem, pairs) in analysis.problems.iter().zip(&analysis.comparisons) {
            let at = |label: &str| problem.series.iter().position(|s| s.is_best && s.optimizer == label);
            let pair = at(baseline).zip(at(label)).and_then(|(base, other)| compare::between(pairs, base, other));
            let Some(pair) = pair else { continue };
            ratios.extend(pair.logs.iter().map(|log| log.exp()));
            let (base, other) = (&problem.series[pair.a], &problem.series[pair.b]);
            for run in &base.runs {
                let rival = other.runs.iter().find(|rival| rival.record.seed == run.record.seed);
                match (run.hit.is_some(), rival.map(|rival| rival.hit.is_some())) {
                    (true, Some(false)) => ratios.push(f64::INFINITY),
                    (false, Some(true)) => ratios.push(0.0),
                    _ => {}
                }
            }
        }
        if ratios.len() > 1 {
            ratios.sort_by(f64::total_cmp);
            all.push(Line { name: label, look: look(place), ratios });
        }
    }
    all
}
