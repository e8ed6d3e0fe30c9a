//! Curves of all optimizers of a problem in one plot, shared by the gap and the test metric: which series are bold,
//! which pale, where markers stand, how one-shot fits look.

use harness_analysis::{Curve, Problem, Sample, Series};

use super::canvas::{Canvas, Drawn, Point, Stroke};
use super::frame::{EndLabel, Frame};
use super::polyline::pieces;
use super::scale::Scale;
use super::together::Together;
use crate::style::Look;

/// Something to draw for one series.
pub(crate) struct Entry<'a> {
    pub(crate) series: &'a Series<'a>,
    pub(crate) look: Look,
    pub(crate) shape: Shape,
}

/// A curve, or the point of a one-shot fit (cost unknown where it is not counted).
pub(crate) enum Shape {
    Curve(Curve),
    Point(Option<f64>, Sample),
}

/// Markers along a curve.
const MARKERS: usize = 5;

impl Entry<'_> {
    pub(crate) fn is_pale(&self) -> bool {
        !self.series.is_best
    }

    /// All samples.
    pub(crate) fn samples(&self) -> &[Sample] {
        match &self.shape {
            Shape::Curve(curve) => &curve.samples,
            Shape::Point(_, sample) => std::slice::from_ref(sample),
        }
    }
}

/// Makes every curve the step function that it is, from the beginning of the axis on.
pub(crate) fn from_the_start(entries: &mut [Entry<'_>], axis: &Scale) {
    for entry in entries {
        if let Shape::Curve(curve) = &mut entry.shape {
            *curve = curve.steps(axis.low());
        }
    }
}

/// Pale series first, then bands, then lines and markers; `clamp` brings a value into the range of the axis.
pub(crate) fn draw(
    canvas: &Canvas<'_>,
    frame: &Frame,
    entries: &[Entry<'_>],
    together: &Together,
    clamp: &dyn Fn(f64) -> f64,
) -> Drawn {
    let place = |x: f64, y: f64| if y.is_finite() { frame.point(x, clamp(y)) } else { None };
    for entry in entries.iter().filter(|entry| entry.is_pale()) {
        canvas.of(entry.look, || pale(canvas, entry, &place))?;
    }
    for entry in entries.iter().filter(|entry| !entry.is_pale()) {
        canvas.of(entry.look, || band(canvas, entry, &place))?;
    }
    for (at, entry) in entries.iter().enumerate().filter(|(_, entry)| !entry.is_pale()) {
        if let Shape::Curve(curve) = &entry.shape {
            canvas.of(entry.look, || bold(canvas, frame, entry, curve, together.dashes(at).as_deref(), &place))?;
        }
    }
    for entry in entries.iter().filter(|entry| !entry.is_pale()) {
        if let Shape::Point(cost, sample) = &entry.shape {
            canvas.of(entry.look, || one_shot(canvas, frame, entry.look, *cost, *sample, clamp))?;
        }
    }
    Ok(())
}

/// Names of the bold series at their ends.
pub(crate) fn labels<'a>(frame: &Frame, entries: &'a [Entry<'a>], clamp: &dyn Fn(f64) -> f64) -> Vec<EndLabel<'a>> {
    entries
        .iter()
        .filter(|entry| !entry.is_pale())
        .filter_map(|entry| {
            let at = entry.samples().iter().rposition(|sample| sample.y.median.is_finite())?;
            let last = entry.samples()[at];
            let y = frame.py(clamp(last.y.median))?;
            // A line goes on to the edge unless it meets the floor.
            let goes_on = at + 1 == entry.samples().len();
            let x = if goes_on { frame.right } else { frame.px(last.x).unwrap_or(frame.right) };
            Some(EndLabel { name: entry.series.optimizer, look: entry.look, end: (x, y) })
        })
        .collect()
}

/// The middle lines of all entries, where words should not stand.
pub(crate) fn medians(frame: &Frame, entries: &[Entry<'_>], clamp: &dyn Fn(f64) -> f64) -> Vec<Vec<Point>> {
    let place = |x: f64, y: f64| if y.is_finite() { frame.point(x, clamp(y)) } else { None };
    let line = |entry: &Entry<'_>| match &entry.shape {
        Shape::Curve(curve) => pieces(curve.samples.iter().map(|sample| place(sample.x, sample.y.median))),
        Shape::Point(cost, sample) => {
            let level = Some(sample.y.median).filter(|y| y.is_finite()).and_then(|y| frame.py(clamp(y)));
            let from = cost.and_then(|cost| frame.px(cost)).unwrap_or(frame.left);
            level.map(|y| vec![(from, y), (frame.right, y)]).into_iter().collect()
        }
    };
    entries.iter().flat_map(line).collect()
}

type Place<'f> = dyn Fn(f64, f64) -> Option<Point> + 'f;

fn pale(canvas: &Canvas<'_>, entry: &Entry<'_>, place: &Place<'_>) -> Drawn {
    let line = pieces(entry.samples().iter().map(|sample| place(sample.x, sample.y.median)));
    let stroke = Stroke { opacity: 0.42, ..Stroke::solid(entry.look.ink, 1.1) };
    for piece in &line {
        canvas.line(piece, stroke)?;
    }
    let failed = entry.series.summary.failed * 2 > entry.series.summary.runs;
    match line.last().and_then(|piece| piece.last()) {
        Some(end) if failed => canvas.cross(*end, entry.look.ink),
        _ => Ok(()),
    }
}

fn band(canvas: &Canvas<'_>, entry: &Entry<'_>, place: &Place<'_>) -> Drawn {
    let Shape::Curve(curve) = &entry.shape else { return Ok(()) };
    let side = |pick: &dyn Fn(&Sample) -> f64| -> Vec<Vec<Point>> {
        pieces(curve.samples.iter().map(|sample| {
            // A band that is open on one side has no area; the median line alone is drawn there.
            if sample.y.q1.is_finite() && sample.y.q3.is_finite() { place(sample.x, pick(sample)) } else { None }
        }))
    };
    for (low, high) in side(&|sample| sample.y.q1).iter().zip(side(&|sample| sample.y.q3)) {
        let outline: Vec<Point> = low.iter().copied().chain(high.into_iter().rev()).collect();
        canvas.area(&outline, entry.look.ink, 0.15)?;
    }
    Ok(())
}

fn bold(
    canvas: &Canvas<'_>,
    frame: &Frame,
    entry: &Entry<'_>,
    curve: &Curve,
    dashes: Option<&str>,
    place: &Place<'_>,
) -> Drawn {
    let ink = entry.look.ink;
    let (running, ended): (Vec<&Sample>, Vec<&Sample>) =
        curve.samples.iter().partition(|sample| sample.x <= curve.median_end);
    let solid: Vec<Vec<Point>> = pieces(running.iter().map(|sample| place(sample.x, sample.y.median)));
    for piece in &solid {
        canvas.shared_line(piece, Stroke::solid(ink, 2.1), dashes)?;
    }
    // After half of the runs have ended: dashed, to the edge of the plot at the last value.
    let join = running.last().into_iter().chain(&ended).copied();
    let mut rest: Vec<Option<Point>> = join.map(|sample| place(sample.x, sample.y.median)).collect();
    if let Some(Some((x, y))) = rest.last().copied()
        && x < frame.right - 0.5
    {
        rest.push(Some((frame.right, y)));
    }
    for piece in pieces(rest) {
        canvas.line(&piece, Stroke { dashed: true, opacity: 0.75, ..Stroke::solid(ink, 1.2) })?;
    }
    let mut markers = marker_places(&solid, entry.look.place);
    let end = solid.last().and_then(|piece| piece.last()).copied();
    let failed = entry.series.summary.failed * 2 > entry.series.summary.runs;
    markers.extend(end.filter(|_| !failed));
    canvas.markers(entry.look.marker, &markers, 3.4, ink)?;
    match end {
        Some(end) if failed => canvas.cross(end, ink),
        _ => Ok(()),
    }
}

/// Places along a line at equal distances of x, shifted by series so that markers of close curves do not coincide.
pub(crate) fn marker_places(line: &[Vec<Point>], shift: usize) -> Vec<Point> {
    let all: Vec<Point> = line.iter().flatten().copied().collect();
    let (Some(first), Some(last)) = (all.first(), all.last()) else { return Vec::new() };
    let offset = 0.25 + 0.5 * ((shift * 3) % 7) as f64 / 7.0;
    (0..MARKERS)
        .filter_map(|k| {
            let x = first.0 + (last.0 - first.0) * (k as f64 + offset) / MARKERS as f64;
            all.windows(2).find(|pair| pair[0].0 <= x && x <= pair[1].0 && pair[1].0 > pair[0].0).map(|pair| {
                let share = (x - pair[0].0) / (pair[1].0 - pair[0].0);
                (x, pair[0].1 + share * (pair[1].1 - pair[0].1))
            })
        })
        .filter(|at| last.0 - at.0 > 9.0)
        .collect()
}

fn one_shot(
    canvas: &Canvas<'_>,
    frame: &Frame,
    look: Look,
    cost: Option<f64>,
    sample: Sample,
    clamp: &dyn Fn(f64) -> f64,
) -> Drawn {
    let Some(y) = Some(sample.y.median).filter(|y| y.is_finite()).and_then(|y| frame.py(clamp(y))) else {
        return Ok(());
    };
    let level = Stroke { dashed: true, opacity: 0.75, ..Stroke::solid(look.ink, 1.0) };
    let Some(x) = cost.and_then(|cost| frame.px(cost)) else {
        // Its cost is not on this axis: a level across the plot.
        return canvas.line(&[(frame.left, y), (frame.right, y)], level);
    };
    canvas.line(&[(x, y), (frame.right, y)], level)?;
    let ends = [sample.y.q1, sample.y.q3].map(|q| if q.is_finite() { frame.py(clamp(q)) } else { None });
    if let [Some(low), Some(high)] = ends {
        canvas.line(&[(x, low), (x, high)], Stroke::solid(look.ink, 1.4))?;
    }
    canvas.marker(look.marker, (x, y), 5.0, look.ink)
}

/// The series of a problem that have runs, with their looks.
pub(crate) fn drawn<'a>(problem: &'a Problem<'a>, optimizers: &[&str]) -> impl Iterator<Item = (&'a Series<'a>, Look)> {
    problem.series.iter().filter(|series| !series.runs.is_empty()).map(|series| {
        let place = optimizers.iter().position(|label| *label == series.optimizer).unwrap_or(0);
        (series, crate::style::look(place))
    })
}
