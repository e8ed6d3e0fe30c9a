//! A quantity of every optimizer as a function of a swept number: iterations per decade, measured and predicted, and the
//! share of runs that reach the target.

use harness_analysis::format::{number, rough};
use harness_analysis::rates::RunRate;
use harness_analysis::stats::interval::{Ratio, wilson};
use harness_analysis::sweeps::Sweep;
use harness_analysis::{Analysis, Series, SeriesRates, art};

use super::Plot;
use super::canvas::{Canvas, Drawn, Point, Stroke};
use super::frame::{EndLabel, Frame, Words};
use super::gap;
use super::scale::Scale;
use super::together::Together;
use crate::style::{Look, look};

const HEIGHT: i32 = 300;

/// Optimizers stand so many pixels beside each other, so that all can be seen.
const ASIDE: f64 = 5.0;

/// So many pixels at most for all optimizers.
const ALL_ASIDE: f64 = 30.0;

/// More values of the swept number than this have round ticks instead.
const MOST_TICKS: usize = 8;

/// As a share of the axis.
const CLOSEST_TICKS: f64 = 0.09;

/// Rates from which their mean has an interval: Student's t covers what it claims from there on.
const LEAST_RATES: usize = 5;

/// Intervals make the axis longer by this factor at most; what goes beyond ends in an arrow.
const LONGEST_BAR: f64 = 10.0;

/// What is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Quantity {
    /// Average runtime to the target.
    Cost,
    /// ln 10 / −ln(rate).
    IterationsPerDecade,
    /// Share of runs that reach the target.
    Success,
    /// Share of runs from whose end Newton's method leads to the best optimum of their data.
    BestBasin,
}

impl Quantity {
    pub(super) const ALL: [Quantity; 4] =
        [Quantity::Cost, Quantity::IterationsPerDecade, Quantity::Success, Quantity::BestBasin];

    fn stem(self) -> &'static str {
        match self {
            Quantity::Cost => "cost",
            Quantity::IterationsPerDecade => "rate",
            Quantity::Success => "success",
            Quantity::BestBasin => "best-basin",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Quantity::Cost => "average runtime to the target",
            Quantity::IterationsPerDecade => "rates, measured and predicted",
            Quantity::Success => "targets reached",
            Quantity::BestBasin => "runs in the best basin",
        }
    }

    fn heading(self) -> &'static str {
        match self {
            Quantity::Cost => "average runtime to the target",
            Quantity::IterationsPerDecade => "iterations per decade of the gap",
            Quantity::Success => "share of runs that reach the target",
            Quantity::BestBasin => "share of runs in the best basin",
        }
    }
}

/// A measured value between the ends of its interval, and a predicted one.
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
    let level = number(analysis.results.analysis.ci.level * 100.0);
    let how = match quantity {
        Quantity::Cost => &format!(
            "Lower is better: {} spent by all runs per run that reaches the target of its problem, with {level} % \
             intervals (from {} runs and {} hits on); a point is missing where none does.{}",
            analysis.axis.name(),
            art::LEAST_RUNS,
            art::LEAST_HITS,
            exponents(&tracks, analysis.results.analysis.ci.level)
        ),
        Quantity::IterationsPerDecade => &format!(
            "Markers: measured, geometric mean over the runs with a linear rate, with {level} % intervals (Student's t on \
                 the logarithms, over seeds, from {LEAST_RATES} runs on); lines: the mean of what the missing information matrix predicts at the \
                 optima of the same runs"
        ),
        Quantity::Success => &format!("Share of runs that reach the target of their problem, with {level} % intervals"),
        Quantity::BestBasin => &format!(
            "Share of runs from whose end Newton's method leads to the best optimum known for their data, with {level} % \
             intervals"
        ),
    };
    let at = || sweep.points.iter().map(|(_, at)| &analysis.problems[*at]);
    let seeds = at().map(|problem| problem.seeds.len()).max().unwrap_or(0);
    let series = || at().flat_map(|problem| &problem.series);
    let failed: usize = series().map(|series| series.summary.failed).sum();
    let runs: usize = series().map(|series| series.summary.runs).sum();
    (!tracks.is_empty()).then(|| Plot {
        kind: quantity.stem().to_owned(),
        title: format!("{}: {} against {}", sweep.name, quantity.heading(), sweep.path),
        how_to_read: format!(
            "{how}; optimizers stand side by side so that all can be seen; best setting of each optimizer. {} problems, {seeds} seeds, {failed} of {runs} runs failed.",
            sweep.points.len()
        ),
        height: HEIGHT,
    })
}

pub(super) fn draw(canvas: &Canvas<'_>, analysis: &Analysis<'_>, sweep: &Sweep<'_>, quantity: Quantity) -> Drawn {
    let tracks = tracks(analysis, sweep, quantity);
    let frame = frame(&tracks, quantity);
    let heading = match quantity {
        Quantity::Cost => gap::axis_title(analysis.axis),
        _ => quantity.heading(),
    };
    let words = Words { problem: sweep.name, what: quantity.title(), y: heading, x: sweep.path };
    frame.draw(canvas, &words)?;
    let mut labels = Vec::new();
    let is_rate = quantity == Quantity::IterationsPerDecade;
    let line = |track: &Track<'_>| -> Vec<Point> {
        let value = |mark: &Mark| if is_rate { mark.predicted } else { mark.measured.map(|measured| measured.1) };
        track.marks.iter().filter_map(|mark| frame.point(mark.x, value(mark)?)).collect()
    };
    let together = Together::of(tracks.iter().map(line));
    for (at, track) in tracks.iter().enumerate() {
        let aside = ASIDE.min(ALL_ASIDE / tracks.len() as f64) * (at as f64 - (tracks.len() - 1) as f64 / 2.0);
        let line: Vec<Point> = line(track).into_iter().map(|(x, y)| (x + aside, y)).collect();
        canvas.of(track.look, || {
            canvas.shared_line(&line, Stroke::solid(track.look.ink, 1.6), together.dashes(at).as_deref())?;
            track.marks.iter().try_for_each(|mark| measured(canvas, &frame, mark, aside, track.look))
        })?;
        // A line of predictions, or the last measured value where nothing is predicted.
        let measured = track.marks.iter().rev().find_map(|mark| frame.point(mark.x, mark.measured?.1));
        if let Some(end) = line.last().copied().or(measured) {
            labels.push(EndLabel { name: track.name, look: track.look, end });
        }
    }
    frame.end_labels(canvas, &labels)
}

/// The measured value with its interval, some pixels beside its place.
fn measured(canvas: &Canvas<'_>, frame: &Frame, mark: &Mark, aside: f64, look: Look) -> Drawn {
    let Some((low, middle, high)) = mark.measured else { return Ok(()) };
    let place = |value: f64| frame.point(mark.x, value).map(|(x, y)| (x + aside, y));
    if let Some(x) = frame.px(mark.x) {
        frame.bar(canvas, x + aside, (low, high), Stroke::solid(look.ink, 1.2))?;
    }
    match place(middle) {
        Some(at) => canvas.marker(look.marker, at, 3.4, look.ink),
        None => Ok(()),
    }
}

/// ` Cost grows as the power 1.2 (0.9–1.5) for em, ….`, where three points or more say so.
fn exponents(tracks: &[Track<'_>], level: f64) -> String {
    let fitted = tracks.iter().filter_map(|track| {
        let points: Vec<(f64, f64)> = track.marks.iter().filter_map(|mark| Some((mark.x, mark.measured?.1))).collect();
        let (power, interval) = harness_analysis::sweeps::exponent(&points, level)?;
        Some(format!("{} ({} to {}) for {}", rough(power), rough(interval.low), rough(interval.high), track.name))
    });
    let fitted: Vec<String> = fitted.collect();
    if fitted.is_empty() { String::new() } else { format!(" Fitted power of the cost: {}.", fitted.join(", ")) }
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
                    mark(analysis, *x, &problem.series[index], rates, quantity)
                })
                .collect();
            (!marks.is_empty()).then_some(Track { name: optimizer, look: look(place), marks })
        })
        .collect()
}

fn mark(
    analysis: &Analysis<'_>,
    x: f64,
    series: &Series<'_>,
    rates: Option<&SeriesRates>,
    quantity: Quantity,
) -> Option<Mark> {
    let level = analysis.results.analysis.ci.level;
    let runs = series.runs.len();
    let share = |share: f64| {
        let interval = wilson(share * runs as f64, runs, level);
        Mark { x, measured: Some((interval.low, share, interval.high)), predicted: None }
    };
    match quantity {
        Quantity::Cost => {
            let art = series.summary.art(analysis.axis);
            let ends = art.interval.map_or((art.value, art.value), |interval| (interval.low, interval.high));
            let is_shown = series.is_comparable() && art.value.is_finite() && art.value > 0.0;
            is_shown.then_some(Mark { x, measured: Some((ends.0, art.value, ends.1)), predicted: None })
        }
        Quantity::IterationsPerDecade => {
            let rates = rates?;
            let contracts = |rate: &f64| *rate > 0.0 && *rate < 1.0;
            let log = |rate: f64| (std::f64::consts::LN_10 / -rate.ln()).ln();
            let has_any = rates.runs.iter().any(|run| run.linear().is_some());
            let counted = || rates.runs.iter().filter(|run| run.linear().is_some() || !has_any);
            let measured: Vec<f64> = counted().filter_map(|run| Some(log(run.linear()?.rate))).collect();
            let predicted: Vec<f64> = counted().filter_map(RunRate::predicted).filter(contracts).map(log).collect();
            let measured = mean(&measured, level);
            let predicted = mean(&predicted, level).map(|(_, middle, _)| middle);
            (measured.is_some() || predicted.is_some()).then_some(Mark { x, measured, predicted })
        }
        Quantity::Success => Some(share(series.summary.hits as f64 / series.summary.runs.max(1) as f64)),
        Quantity::BestBasin => Some(share(rates?.best_basin?)),
    }
}

/// The geometric mean of what these are the logarithms of, between the ends of its interval; of few there is none.
fn mean(logs: &[f64], level: f64) -> Option<(f64, f64, f64)> {
    let mean = (logs.iter().sum::<f64>() / logs.len() as f64).exp();
    let interval = Ratio::of(logs, level).filter(|_| logs.len() >= LEAST_RATES).map(|mean| mean.interval);
    let ends = interval.map_or((mean, mean), |interval| (interval.low, interval.high));
    (!logs.is_empty()).then_some((ends.0, mean, ends.1))
}

fn frame(tracks: &[Track<'_>], quantity: Quantity) -> Frame {
    let marks = || tracks.iter().flat_map(|track| &track.marks);
    let (first, last) =
        marks().map(|mark| mark.x).fold((f64::INFINITY, f64::NEG_INFINITY), |ends, x| (ends.0.min(x), ends.1.max(x)));
    let room = 0.04 * (last - first).max(1e-12);
    let y = if matches!(quantity, Quantity::Cost | Quantity::IterationsPerDecade) {
        let values = marks()
            .flat_map(|mark| {
                let least = mark.measured.map(|m| m.0.max(m.1 / LONGEST_BAR));
                [mark.predicted, least, mark.measured.map(|m| m.2.min(m.1 * LONGEST_BAR))]
            })
            .flatten()
            .filter(|value| value.is_finite() && *value > 0.0);
        let (low, high) = values.fold((f64::INFINITY, 0.0_f64), |ends, y| (ends.0.min(y), ends.1.max(y)));
        let (low, high) = if low <= high { (low, high) } else { (0.1, 10.0) };
        Scale::log(low / 1.5, high * 1.5, 6)
    } else {
        Scale::linear(-0.03, 1.03, 5)
    };
    let is_wide = first > 0.0 && last > 4.0 * first;
    Frame::new(
        if is_wide { swept(tracks, first, last) } else { Scale::linear(first - room, last + room, 6) },
        y,
        tracks.iter().map(|track| track.name),
        HEIGHT,
    )
}

/// A logarithmic axis with the swept values themselves as ticks, where there is room for them.
fn swept(tracks: &[Track<'_>], first: f64, last: f64) -> Scale {
    let scale = Scale::log(first / 1.15, last * 1.15, 6);
    let mut values: Vec<f64> = tracks.iter().flat_map(|track| &track.marks).map(|mark| mark.x).collect();
    values.sort_by(f64::total_cmp);
    values.dedup();
    let places: Vec<f64> = values.iter().filter_map(|value| scale.at(*value)).collect();
    let is_roomy = values.len() <= MOST_TICKS && places.windows(2).all(|pair| pair[1] - pair[0] > CLOSEST_TICKS);
    if is_roomy { scale.with_ticks(values) } else { scale }
}
