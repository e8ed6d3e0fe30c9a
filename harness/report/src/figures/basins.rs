//! Which optima Newton's method leads to from the ends of an optimizer's runs: shares of its runs, failed ones included,
//! with the interval of the share that leads to the best optimum known for its data.

use harness_analysis::format::number;
use harness_analysis::stats::interval::wilson;
use harness_analysis::{Analysis, Problem, Series, quantile};
use harness_engine::results::{BasinKind, KnownOptimum};

use super::canvas::{Canvas, Drawn, Side, Stroke, Type};
use super::curve_set;
use super::frame::{Frame, Words};
use super::scale::Scale;
use super::strip::{self, Row};
use super::{Plot, basis};
use crate::style::{Look, MUTED, RULE, TEXT};

/// Height of a bar.
const BAR: f64 = 14.0;

/// Where Newton's method leads from the end of a run, best first; the later, the paler.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// The best optimum that any run on the same data came to.
    Best,
    /// Another optimum.
    Worse,
    /// A saddle, or where Newton's method found no rest.
    Unsettled,
    /// Nobody looked, or the run has no end.
    Unknown,
}

impl End {
    const ALL: [End; 4] = [End::Best, End::Worse, End::Unsettled, End::Unknown];

    fn opacity(self) -> f64 {
        match self {
            End::Best => 0.85,
            End::Worse => 0.4,
            End::Unsettled => 0.18,
            End::Unknown => 0.0,
        }
    }
}

struct Bar<'a> {
    series: &'a Series<'a>,
    look: Look,
    ends: Vec<End>,
    /// Median height of the worse optima above the best.
    above: Option<f64>,
}

/// Nothing where every run leads to the best optimum.
pub(super) fn plan(problem: &Problem<'_>, known: &[&KnownOptimum]) -> Option<Plot> {
    let bars = bars(problem, known, &[]);
    let looked = bars.iter().flat_map(|bar| &bar.ends).any(|end| *end != End::Unknown);
    let differ = bars.iter().flat_map(|bar| &bar.ends).any(|end| *end != End::Best);
    (looked && differ).then(|| Plot {
        kind: "basins".to_owned(),
        title: format!("{}: optima that runs lead to", problem.name),
        how_to_read: format!(
            "Where Newton's method leads from the end of each run, which may itself have stopped on the way. Longer full \
             bars are better: the best optimum known for the run's data; paler: a worse optimum (its median height above \
             the best below the name), paler still: a saddle; unfilled: failed or not looked at. Line: interval of the \
             full share; best setting of each optimizer. {}.",
            basis(problem)
        ),
        height: strip::height(bars.len()),
    })
}

pub(super) fn draw(
    canvas: &Canvas<'_>,
    analysis: &Analysis<'_>,
    problem: &Problem<'_>,
    known: &[&KnownOptimum],
) -> Drawn {
    let bars = bars(problem, known, &analysis.optimizers);
    let notes: Vec<String> =
        bars.iter().map(|bar| bar.above.map_or(String::new(), |above| format!("worse: +{}", number(above)))).collect();
    let rows: Vec<Row<'_>> = bars
        .iter()
        .zip(&notes)
        .map(|(bar, note)| Row { name: bar.series.optimizer, note, look: bar.look, values: Vec::new() })
        .collect();
    let left = strip::left(&rows);
    let frame = Frame {
        x: Scale::linear(0.0, 1.0, 5),
        y: None,
        left,
        right: strip::RIGHT - 46.0,
        top: strip::TOP,
        bottom: strip::TOP + strip::ROW * rows.len() as f64,
    };
    let words = Words {
        problem: problem.name,
        what: "optima that runs lead to",
        y: "by Newton's method from their ends; full: the best known",
        x: "share of runs",
    };
    frame.draw(canvas, &words)?;
    let level = analysis.results.analysis.ci.level;
    for (place, (row, bar)) in rows.iter().zip(&bars).enumerate() {
        let middle = strip::TOP + strip::ROW * (place as f64 + 0.5);
        canvas.of(row.look, || {
            strip::name(canvas, row, middle, left)?;
            one(canvas, &frame, bar, middle, level)
        })?;
    }
    Ok(())
}

fn one(canvas: &Canvas<'_>, frame: &Frame, bar: &Bar<'_>, middle: f64, level: f64) -> Drawn {
    let runs = bar.ends.len().max(1) as f64;
    let (top, bottom) = (middle - BAR / 2.0, middle + BAR / 2.0);
    let at = |share: f64| frame.left + share * (frame.right - frame.left);
    let mut from = 0.0;
    for end in End::ALL {
        let to = from + bar.ends.iter().filter(|other| **other == end).count() as f64 / runs;
        if to > from && end.opacity() > 0.0 {
            let corners = [(at(from), top), (at(to), top), (at(to), bottom), (at(from), bottom)];
            canvas.area(&corners, bar.look.ink, end.opacity())?;
        }
        from = to;
    }
    let outline = [(at(0.0), top), (at(1.0), top), (at(1.0), bottom), (at(0.0), bottom), (at(0.0), top)];
    canvas.line(&outline, Stroke::solid(RULE, 0.8))?;
    let best = bar.ends.iter().filter(|end| **end == End::Best).count();
    let interval = wilson(best as f64, bar.ends.len(), level);
    canvas.line(&[(at(interval.low), bottom + 5.0), (at(interval.high), bottom + 5.0)], Stroke::solid(TEXT, 1.6))?;
    let typeface = Type { ink: MUTED, size: 12.0, bold: false, side: Side::Start };
    canvas.text(&format!("{best}/{}", bar.ends.len()), (frame.right + 6.0, middle), typeface)
}

fn bars<'p>(problem: &'p Problem<'p>, known: &[&KnownOptimum], optimizers: &[&str]) -> Vec<Bar<'p>> {
    if known.is_empty() {
        return Vec::new();
    }
    curve_set::drawn(problem, optimizers)
        .filter(|(series, _)| series.is_best && !series.one_shot)
        .map(|(series, look)| {
            let ends: Vec<(End, f64)> = series.runs.iter().map(|run| end(run.record, known)).collect();
            let above = quantile::median(ends.iter().filter(|end| end.0 == End::Worse).map(|end| end.1));
            Bar { series, look, ends: ends.into_iter().map(|end| end.0).collect(), above }
        })
        .collect()
}

/// Where a run ends, and how far above the best optimum that is.
fn end(record: &harness_engine::results::Record, known: &[&KnownOptimum]) -> (End, f64) {
    let found = known.iter().find(|known| known.seed == record.seed).and_then(|known| {
        let at = known.runs.get(&record.unit)?.basin?;
        Some((at, known.basins.get(at)?, known.basins.first()?))
    });
    match found {
        None => (End::Unknown, 0.0),
        Some((0, ..)) => (End::Best, 0.0),
        Some((_, basin, best)) => match basin.kind {
            BasinKind::Minimum | BasinKind::Infinite => (End::Worse, basin.loss - best.loss),
            BasinKind::Saddle | BasinKind::Unknown => (End::Unsettled, basin.loss - best.loss),
        },
    }
}
