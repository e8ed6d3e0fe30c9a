//! Shares of runs against a cost, a factor or a number of digits, all problems together: runtime distributions,
//! performance profiles and quality profiles.

use std::collections::BTreeMap;

use harness_analysis::format::number;
use harness_analysis::{Analysis, Axis, Problem, Profile, Profiles, budget};

use super::canvas::{Canvas, Drawn, Point, Stroke};
use super::curve_set::marker_places;
use super::frame::{EndLabel, Frame, WIDTH, Words, margin};
use super::gap;
use super::polyline::thin;
use super::scale::{Scale, power};
use super::together::Together;
use super::{Plot, suite_basis};
use crate::style::{GRID, TEXT, look};

const HEIGHT: i32 = 300;

/// Where a share is read.
#[derive(Debug, Clone, Copy)]
pub(super) enum Kind {
    /// Cost to targets of the ladder.
    Runtimes(Axis),
    /// Factor of the least cost to the headline target.
    Performance(Axis),
    /// Digits of the gap at the start.
    Quality,
}

impl Kind {
    fn file_name(self) -> String {
        match self {
            Kind::Runtimes(axis) => format!("runtimes-{}", axis.name()),
            Kind::Performance(_) => "performance".to_owned(),
            Kind::Quality => "quality".to_owned(),
        }
    }

    fn what(self) -> String {
        match self {
            Kind::Runtimes(axis) => format!("targets reached against {}", axis.name()),
            Kind::Performance(_) => "performance profile".to_owned(),
            Kind::Quality => "digits gained in the end".to_owned(),
        }
    }

    fn how_to_read(self, analysis: &Analysis<'_>, profiles: &Profiles) -> String {
        match self {
            Kind::Runtimes(_) => {
                format!(
                    "Higher and further left is better: the share of all (run, target) pairs reached at that cost, {}, \
                     problems weighted equally.{}",
                    targets(&analysis.problems),
                    if cuts(analysis, profiles, self).is_empty() {
                        ""
                    } else {
                        " ×: the budget ended the first run of the optimizer; grey: beyond the first of all, where shares are \
                         lower bounds."
                    }
                )
            }
            Kind::Performance(axis) => format!(
                "Higher is better: the share of (problem, seed) on which the optimizer reaches the target within that \
                 factor of the least {} of all; at 1 how often it is the first.",
                axis.name()
            ),
            Kind::Quality => {
                "Higher is better: the share of runs whose smallest gap is at most 10⁻ᵏ of the gap at the \
                              start; wrong basins and failures stay low."
                    .to_owned()
            }
        }
    }

    fn x_title(self) -> String {
        match self {
            Kind::Runtimes(axis) => gap::axis_title(axis).to_owned(),
            Kind::Performance(axis) => format!("factor of the least {} to the target", axis.name()),
            Kind::Quality => "digits k: gap ≤ 10⁻ᵏ of the gap at the start".to_owned(),
        }
    }

    fn y_title(self) -> &'static str {
        match self {
            Kind::Runtimes(_) => "share of (run, target) pairs",
            Kind::Performance(_) => "share of (problem, seed)",
            Kind::Quality => "share of runs",
        }
    }
}

/// `41 targets per problem from the gap at the start down to 10⁻⁸ of it`.
fn targets(problems: &[Problem<'_>]) -> String {
    let ladders = || problems.iter().filter(|problem| !problem.ladder.is_empty());
    let counts = || ladders().map(|problem| problem.ladder.len());
    let (least, most) = (counts().min().unwrap_or(0), counts().max().unwrap_or(0));
    let count = if least == most { most.to_string() } else { format!("{least} to {most}") };
    let share = |problem: &Problem<'_>| problem.ladder[problem.ladder.len() - 1] / problem.ladder[0];
    let (lowest, highest) = ladders().map(share).fold((1.0_f64, 0.0_f64), |ends, x| (ends.0.min(x), ends.1.max(x)));
    // A ladder that is shorter than another ends at its floor.
    let down = if least == most {
        format!("down to {} of it", power(lowest))
    } else {
        format!("down to {} to {} of it, where the floor of the problem is", power(highest), power(lowest))
    };
    format!("{count} targets per problem from the gap at the start {down}")
}

pub(super) fn plan(analysis: &Analysis<'_>, profiles: &Profiles, kind: Kind) -> Option<Plot> {
    (!profiles.profiles.is_empty() && profiles.grid.len() > 1).then(|| Plot {
        kind: kind.file_name(),
        title: format!("All problems: {}", kind.what()),
        how_to_read: format!(
            "{} {}{}.",
            kind.how_to_read(analysis, profiles),
            band_words(analysis, profiles, kind),
            suite_basis(analysis)
        ),
        height: HEIGHT,
    })
}

fn band_words(analysis: &Analysis<'_>, profiles: &Profiles, kind: Kind) -> String {
    if profiles.profiles.iter().all(|profile| profile.bands.is_empty()) {
        return String::new();
    }
    let level = number(analysis.results.analysis.ci.level * 100.0);
    let of_targets = matches!(kind, Kind::Runtimes(_));
    let agree = if of_targets { "; it has no width where all runs agree" } else { "" };
    format!("Band: {level} % over seeds, problems fixed{agree}. ")
}

pub(super) fn draw(canvas: &Canvas<'_>, analysis: &Analysis<'_>, profiles: &Profiles, kind: Kind) -> Drawn {
    let (low, high) = (profiles.grid[0], profiles.grid[profiles.grid.len() - 1]);
    let name = |profile: &Profile| analysis.optimizers[profile.place];
    let frame = Frame {
        x: if matches!(kind, Kind::Quality) { Scale::linear(low, high, 6) } else { Scale::log(low, high, 6) },
        y: Some(Scale::linear(0.0, 1.0, 5)),
        left: 40.0,
        right: f64::from(WIDTH) - margin(profiles.profiles.iter().map(name)),
        top: 46.0,
        bottom: f64::from(HEIGHT) - 42.0,
    };
    let words = Words { problem: "All problems", what: &kind.what(), y: kind.y_title(), x: &kind.x_title() };
    let cuts = cuts(analysis, profiles, kind);
    if let Some(from) = cuts.values().copied().min_by(f64::total_cmp).and_then(|first| frame.px(first)) {
        let corners = [(from, frame.top), (frame.right, frame.top), (frame.right, frame.bottom), (from, frame.bottom)];
        canvas.area(&corners, GRID, 0.6)?;
    }
    frame.draw(canvas, &words)?;
    let lines: Vec<Vec<Point>> = profiles
        .profiles
        .iter()
        .map(|profile| {
            let points = profiles.grid.iter().zip(&profile.values);
            thin(&points.filter_map(|(x, share)| frame.point(*x, share.clamp(0.0, 1.0))).collect::<Vec<_>>())
        })
        .collect();
    let together = Together::of(lines.iter().cloned());
    for (at, (profile, line)) in profiles.profiles.iter().zip(&lines).enumerate() {
        let look = look(profile.place);
        canvas.of(look, || {
            let side = |pick: &dyn Fn(usize) -> f64| -> Vec<Point> {
                let places = profiles.grid.iter().enumerate();
                let all = places.filter_map(|(i, x)| frame.point(*x, pick(i).clamp(0.0, 1.0)));
                thin(&all.collect::<Vec<_>>())
            };
            if !profile.bands.is_empty() {
                let mut outline = side(&|i| profile.bands[i].low);
                outline.extend(side(&|i| profile.bands[i].high).into_iter().rev());
                canvas.area(&outline, look.ink, 0.13)?;
            }
            canvas.shared_line(line, Stroke::solid(look.ink, 2.1), together.dashes(at).as_deref())?;
            let mut markers = marker_places(std::slice::from_ref(line), profile.place);
            markers.extend(line.last());
            canvas.markers(look.marker, &markers, 3.4, look.ink)?;
            match cuts.get(&profile.place).and_then(|cut| frame.px(*cut)).and_then(|x| Some((x, height(line, x)?))) {
                Some(cut) => canvas.cross(cut, TEXT),
                None => Ok(()),
            }
        })?;
    }
    let labels: Vec<EndLabel<'_>> = profiles
        .profiles
        .iter()
        .filter_map(|profile| {
            let y = frame.py(profile.values.last()?.clamp(0.0, 1.0))?;
            Some(EndLabel { name: name(profile), look: look(profile.place), end: (frame.right, y) })
        })
        .collect();
    frame.end_labels(canvas, &labels)
}

/// Where the budget ended the first run, by the place of the optimizer, if that is before the end of the figure.
fn cuts(analysis: &Analysis<'_>, profiles: &Profiles, kind: Kind) -> BTreeMap<usize, f64> {
    let (Kind::Runtimes(axis), Some(end)) = (kind, profiles.grid.last()) else { return BTreeMap::new() };
    let places = analysis.optimizers.iter().enumerate();
    places
        .filter_map(|(place, name)| Some((place, budget::first_cut(&analysis.problems, name, axis)?)))
        .filter(|(_, cut)| *cut < 0.98 * end)
        .collect()
}

/// Height of a line of ascending x.
fn height(line: &[Point], x: f64) -> Option<f64> {
    let pair = line.windows(2).find(|pair| pair[0].0 <= x && x <= pair[1].0)?;
    let share = (x - pair[0].0) / (pair[1].0 - pair[0].0).max(1e-9);
    Some(pair[0].1 + share * (pair[1].1 - pair[0].1))
}
