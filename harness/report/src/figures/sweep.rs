//! A quantity of every optimizer as a function of a swept number: iterations per decade, measured and predicted, and the
//! share of runs that reach the target.

use harness_analysis::sweeps::Sweep;
use harness_analysis::{Analysis, Series, SeriesRates};

use super::Plot;
use super::canvas::{Canvas, Drawn, Stroke};
use super::frame::{EndLabel, Frame, WIDTH, Words, margin};
use super::scale::Scale;
use crate::style::{Look, look};

const HEIGHT: i32 = 300;

/// What is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity {
    /// ln 10 / −ln(rate).
    IterationsPerDecade,
    /// Share of runs that reach the target.
    Success,
    /// Share of runs that end in the best basin of their data.
    BestBasin,
}

impl Quantity {
    pub(super) const ALL: [Quantity; 3] = [Quantity::IterationsPerDecade, Quantity::Success, Quantity::BestBasin];

    fn stem(self) -> &'static str {
        match self {
            Quantity::IterationsPerDecade => "rate",
            Quantity::Success => "success",
            Quantity::BestBasin => "best-basin",
        }
    }

    fn heading(self) -> &'static str {
        match self {
            Quantity::IterationsPerDecade => "iterations per decade of the gap",
            Quantity::Success => "share of runs that reach the target",
            Quantity::BestBasin => "share of runs in the best basin",
        }
    }
}

/// A measured value with its quartiles, and a predicted one.
struct Mark {
    x: f64,
    measured: Option<(f64, f64, f64)>,
    predicted: Option<f64>,
}

struct Track<'a> {
    name: &'a str,
    look: Look,
    marks: Vec<Mark>,
}

pub(super) fn plan(analysis: &Analysis<'_>, sweep: &Sweep<'_>, quantity: Quantity) -> Option<Plot> {
    let tracks = tracks(analysis, sweep, quantity);
    let how = match quantity {
        Quantity::IterationsPerDecade => {
            "Markers: measured, median and 25–75 % over the runs with a linear rate; lines: what the missing information \
             matrix predicts at the optimum"
        }
        Quantity::Success => "Share of runs whose gap comes within the statistical precision of the best known value",
        Quantity::BestBasin => "Share of runs that end in the best optimum that any run on their data came to",
    };
    (!tracks.is_empty()).then(|| Plot {
        kind: quantity.stem().to_owned(),
        title: format!("{}: {} against {}", sweep.name, quantity.heading(), sweep.path),
        how_to_read: format!("{how}; best setting of each optimizer."),
        height: HEIGHT,
    })
}

pub(super) fn draw(canvas: &Canvas<'_>, analysis: &Analysis<'_>, sweep: &Sweep<'_>, quantity: Quantity) -> Drawn {
    let tracks = tracks(analysis, sweep, quantity);
    let frame = frame(&tracks, quantity);
    let words = Words { problem: sweep.name, what: "over the sweep", y: quantity.heading(), x: sweep.path };
    frame.draw(canvas, &words)?;
    let mut labels = Vec::new();
    for track in &tracks {
        let is_rate = quantity == Quantity::IterationsPerDecade;
        let line = track.marks.iter().filter_map(|mark| {
            let y = if is_rate { mark.predicted } else { mark.measured.map(|measured| measured.1) };
            frame.point(mark.x, y?)
        });
        let line: Vec<_> = line.collect();
        canvas.line(&line, Stroke::solid(track.look.ink, 1.6))?;
        for mark in &track.marks {
            let Some((low, median, high)) = mark.measured else { continue };
            if let (Some(low), Some(high)) = (frame.point(mark.x, low), frame.point(mark.x, high)) {
                canvas.line(&[low, high], Stroke::solid(track.look.ink, 1.2))?;
            }
            if let Some(at) = frame.point(mark.x, median) {
                canvas.marker(track.look.marker, at, 3.8, track.look.ink)?;
            }
        }
        if let Some(end) = line.last() {
            labels.push(EndLabel { name: track.name, look: track.look, y: end.1 });
        }
    }
    frame.end_labels(canvas, &labels)
}

fn tracks<'a>(analysis: &'a Analysis<'a>, sweep: &Sweep<'_>, quantity: Quantity) -> Vec<Track<'a>> {
    analysis
        .optimizers
        .iter()
        .enumerate()
        .filter_map(|(place, optimizer)| {
            let marks: Vec<Mark> = sweep
                .points
                .iter()
                .filter_map(|(x, at)| {
                    let problem = &analysis.problems[*at];
                    let is_wanted = |series: &Series<'_>| series.optimizer == *optimizer && series.is_best;
                    let index = problem.series.iter().position(is_wanted)?;
                    let rates = analysis.rates[*at].iter().find(|rates| rates.series == index);
                    mark(*x, &problem.series[index], rates, quantity)
                })
                .collect();
            (!marks.is_empty()).then_some(Track { name: optimizer, look: look(place), marks })
        })
        .collect()
}

fn mark(x: f64, series: &Series<'_>, rates: Option<&SeriesRates>, quantity: Quantity) -> Option<Mark> {
    let share = |share: f64| Some((share, share, share));
    match quantity {
        Quantity::IterationsPerDecade => {
            let rates = rates?;
            let per_decade = |rate: f64| std::f64::consts::LN_10 / -rate.ln();
            let measured =
                rates.fitted.map(|fitted| (per_decade(fitted.q1), per_decade(fitted.median), per_decade(fitted.q3)));
            let predicted = rates.predicted.filter(|rate| *rate > 0.0 && *rate < 1.0).map(per_decade);
            (measured.is_some() || predicted.is_some()).then_some(Mark { x, measured, predicted })
        }
        Quantity::Success => {
            let share = share(series.summary.hits as f64 / series.summary.runs.max(1) as f64);
            Some(Mark { x, measured: share, predicted: None })
        }
        Quantity::BestBasin => Some(Mark { x, measured: share(rates?.best_basin?), predicted: None }),
    }
}

fn frame(tracks: &[Track<'_>], quantity: Quantity) -> Frame {
    let marks = || tracks.iter().flat_map(|track| &track.marks);
    let (first, last) =
        marks().map(|mark| mark.x).fold((f64::INFINITY, f64::NEG_INFINITY), |ends, x| (ends.0.min(x), ends.1.max(x)));
    let room = 0.04 * (last - first).max(1e-12);
    let y = if quantity == Quantity::IterationsPerDecade {
        let values = marks()
            .flat_map(|mark| [mark.predicted, mark.measured.map(|m| m.0), mark.measured.map(|m| m.2)])
            .flatten()
            .filter(|value| value.is_finite() && *value > 0.0);
        let (low, high) = values.fold((f64::INFINITY, 0.0_f64), |ends, y| (ends.0.min(y), ends.1.max(y)));
        let (low, high) = if low <= high { (low, high) } else { (0.1, 10.0) };
        Scale::log(low / 1.5, high * 1.5, 6)
    } else {
        Scale::linear(-0.03, 1.03, 5)
    };
    let is_wide = first > 0.0 && last > 4.0 * first;
    Frame {
        x: if is_wide { Scale::log(first / 1.1, last * 1.1, 6) } else { Scale::linear(first - room, last + room, 6) },
        y: Some(y),
        left: 48.0,
        right: f64::from(WIDTH) - margin(tracks.iter().map(|track| track.name)),
        top: 46.0,
        bottom: f64::from(HEIGHT) - 42.0,
    }
}
